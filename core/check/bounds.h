/*
 * bounds.h - `min` and `max` of a check, either of which may be left out.
 */
#ifndef CORE_CHECK_BOUNDS_H
#define CORE_CHECK_BOUNDS_H

#include "core/text/ykeys.h"

/* As they are written: what they are depends on what they are compared with (typed.h). */
struct check_bounds {
	const char *min, *max; /* NULL: none */
};

/* `read` function of a row: a number from 0 on. */
void bounds_read_count(struct yreader *r, const struct key *row, const struct ynode *key,
		       void *base);

/* `read` function of a row: a number, a timestamp or a date. */
void bounds_read_value(struct yreader *r, const struct key *row, const struct ynode *key,
		       void *base);

/* Report a `min` above its `max`; `at` is the name of the check in the file. */
void bounds_end(struct yreader *r, const struct ynode *at, const struct check_bounds *b);

#endif
