/*
 * child.h - the program of a task, in a process of its own.
 */
#ifndef WORKER_PROCESS_CHILD_H
#define WORKER_PROCESS_CHILD_H

#include "core/wire/spec.h"

#include <sys/types.h>

/* What a program is told besides what every worker is. */
struct told {
	const struct spec_env *more; /* n_more variables that the attempt itself adds */
	size_t n_more;
	mode_t umask; /* that of the person, which is the program's */
};

/* Become the program of the spec, its argv.  Returns only with an error. */
enum err_code child_replace(const struct spec *spec, const struct told *told,
			    struct err *err) MUST_CHECK;

/*
 * Run it to its end as a child.  ERR_INPUT: it could not be run, or did not end with 0;
 * *exit_code is what it ended with, 0 where it did not end by itself.
 */
enum err_code child_run(const struct spec *spec, const struct told *told, int *exit_code,
			struct err *err) MUST_CHECK;

#endif
