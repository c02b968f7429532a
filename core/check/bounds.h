/*
 * bounds.h - `min` and `max` of a check, either of which may be left out.
 */
#ifndef CORE_CHECK_BOUNDS_H
#define CORE_CHECK_BOUNDS_H

#include "core/text/ykeys.h"

struct check_bounds {
	double min, max;
	bool has_min, has_max; /* behind the rest: an offset of 0 is no `given_at` (ykeys.h) */
};

/* Is there any bound? */
bool bounds_given(const struct check_bounds *b);

/* Report a `min` above its `max`; `at` is the name of the check in the file. */
void bounds_end(struct yreader *r, const struct ynode *at, const struct check_bounds *b);

#endif
