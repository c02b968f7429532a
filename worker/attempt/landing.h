/*
 * landing.h - the files that a pattern names, in the order they are read.
 */
#ifndef WORKER_ATTEMPT_LANDING_H
#define WORKER_ATTEMPT_LANDING_H

#include "core/base/err.h"

struct landing {
	char **paths; /* absolute */
	const char *
	    *names; /* relative to the project directory where they are in it; sorted by bytes */
	size_t count;
};

enum { LANDING_FILES_MAX = 100000 };

/*
 * Find the regular files that `pattern` names; `*` and `?` are wild within one
 * name, nothing else is special.  A relative pattern starts at project_dir.
 * None is no error.
 */
enum err_code landing_find(struct landing *out, const char *project_dir, const char *pattern,
			   struct err *err) MUST_CHECK;

/* Free the names; an empty one is fine. */
void landing_release(struct landing *l);

#endif
