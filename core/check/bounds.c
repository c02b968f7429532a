/* bounds.c - `min` and `max` of a check, either of which may be left out. */
#include "core/check/bounds.h"

bool
bounds_given(const struct check_bounds *b)
{
	return b->has_min || b->has_max;
}

void
bounds_end(struct yreader *r, const struct ynode *at, const struct check_bounds *b)
{
	if (b->has_min && b->has_max && b->min > b->max)
		ykeys_say(r, at, E0704, NULL, "'min' of check '%s' is above its 'max'", at->text);
}
