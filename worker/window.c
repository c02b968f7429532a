/* window.c - the days that a score looks at. */
#include "worker/window.h"

#include "core/civil.h"

struct window
window_of(int64_t start_us, int days)
{
	int64_t last = civil_day_of(start_us);

	return (struct window){ .first = last - days + 1, .last = last };
}

int
window_day(const struct window *w, const struct col *timestamps, size_t at)
{
	int64_t us;

	if (!timestamps->valid[at])
		return -1;
	us = timestamps->ints[at] - w->first * DAY_US;
	if (us < 0 || us >= (w->last - w->first + 1) * DAY_US)
		return -1;
	return (int)(us / DAY_US);
}
