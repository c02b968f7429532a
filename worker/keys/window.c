/* window.c - the time that a score looks at, and the days that it counts in it. */
#include "worker/keys/window.h"

#include "core/base/mem.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum err_code
window_open(struct day_window *w, struct grid days, int64_t from_us, int64_t to_us, struct err *err)
{
	int64_t first = grid_part(days, from_us), last = grid_part(days, to_us - 1), n;

	assert(days.unit == GRID_DAY && from_us < to_us);
	*w = (struct day_window){ first, last, from_us, to_us, days, NULL };
	n = grid_count(days, first, last);
	if (n > WINDOW_DAYS_MAX)
		return err_set(err, ERR_LIMIT,
			       "what is read spans %lld days, and at most %d are counted",
			       (long long)n, WINDOW_DAYS_MAX);
	w->starts = mem_new((size_t)n + 1, sizeof(*w->starts));
	for (int64_t i = 0; i < n; i++) {
		int64_t start = grid_start(days, first + i);

		w->starts[i] = start > from_us ? start : from_us;
	}
	w->starts[n] = to_us;
	return ERR_NONE;
}

enum err_code
window_of(struct day_window *w, const struct spec *spec, const char *dataset, int n_days,
	  struct err *err)
{
	const struct grid days = { .unit = GRID_DAY, .zone = spec->grid.zone };
	int64_t from_us = spec->start_us, to_us = spec->end_us;

	if (!dataset)
		from_us = grid_start(days, grid_window(days, grid_part(days, to_us - 1), n_days));
	for (size_t i = 0; i < spec->n_inputs && dataset; i++) {
		const struct spec_input *in = &spec->inputs[i];

		if (strcmp(in->dataset, dataset) != 0 || !in->partitioned)
			continue;
		from_us = in->from_us;
		to_us = in->to_us;
	}
	return window_open(w, days, from_us, to_us, err);
}

void
window_close(struct day_window *w)
{
	free(w->starts);
	*w = (struct day_window){ 0 };
}

int64_t
window_length(const struct day_window *w)
{
	int64_t n = 0;

	for (int64_t i = 0; i <= w->last - w->first; i++)
		n += w->starts[i] < w->starts[i + 1];
	return n;
}

/* The day of an instant, counted from w->first; -1: outside. */
static inline int
day_in(const struct day_window *w, int64_t us)
{
	int64_t day, last = w->last - w->first, into_us = us - w->from_us;

	if (us < w->from_us || us >= w->to_us)
		return -1;
	/* Days are about as long as each other, so that this is it, or next to it. */
	day = into_us / DAY_US;
	if (day > last)
		day = last;
	while (w->starts[day] > us)
		day--;
	while (w->starts[day + 1] <= us)
		day++;
	return (int)day;
}

int
window_day(const struct day_window *w, const struct col *timestamps, size_t at)
{
	return timestamps->valid[at] ? day_in(w, col_int(timestamps, at)) : -1;
}

void
window_days(const struct day_window *w, const struct col *timestamps, size_t rows, int16_t *out)
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
window_dates(const struct day_window *w, const struct col *dates, int64_t otherwise, size_t rows,
	     int16_t *out)
{
	for (size_t i = 0; i < rows; i++) {
		int64_t day = dates->valid[i] ? col_int(dates, i) : otherwise;

		out[i] = day >= w->first && day <= w->last ? (int16_t)(day - w->first) : -1;
	}
}
