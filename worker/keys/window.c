/* window.c - the days that a score looks at. */
#include "worker/keys/window.h"

#include "core/time/grid.h"

struct window
window_of(int64_t start_us, int days)
{
	int64_t last = grid_part(grid_days, start_us);

	return (struct window){ .first = grid_window(grid_days, last, days), .last = last };
}

/* The day of an instant, counted from w->first; -1: outside. */
static inline int
day_in(const struct window *w, int64_t us)
{
	int64_t day = grid_part(grid_days, us);

	return day >= w->first && day <= w->last ? (int)(day - w->first) : -1;
}

int
window_day(const struct window *w, const struct col *timestamps, size_t at)
{
	return timestamps->valid[at] ? day_in(w, col_int(timestamps, at)) : -1;
}

void
window_days(const struct window *w, const struct col *timestamps, size_t rows, int16_t *out)
{
	const struct col_dict *dict = timestamps->dict;

	if (dict && dict->count == 1) {
		int16_t day = (int16_t)day_in(w, dict->ints[0]);

		for (size_t i = 0; i < rows; i++)
			out[i] = timestamps->valid[i] ? day : -1;
		return;
	}
	for (size_t i = 0; i < rows; i++)
		out[i] = (int16_t)window_day(w, timestamps, i);
}

void
window_dates(const struct window *w, const struct col *dates, int64_t otherwise, size_t rows,
	     int16_t *out)
{
	for (size_t i = 0; i < rows; i++) {
		int64_t day = dates->valid[i] ? col_int(dates, i) : otherwise;

		out[i] = day >= w->first && day <= w->last ? (int16_t)(day - w->first) : -1;
	}
}
