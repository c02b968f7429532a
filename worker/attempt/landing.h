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
 * name, nothing else is special.  `literal` has a byte for each of the pattern's:
 * where it is not 0 the character stands for itself; NULL is all 0.  A relative
 * pattern starts at project_dir.  None is no error.
 */
enum err_code landing_find(struct landing *out, const char *project_dir, const char *pattern,
			   const char *literal, struct err *err) MUST_CHECK;

/* Move the files of one behind those of another, which may be empty. */
void landing_join(struct landing *to, struct landing *from);

/* Free the names; an empty one is fine. */
void landing_release(struct landing *l);

#endif
