/*
 * window.h - the days that a score looks at: [last - days + 1, last].  Pure.
 */
#ifndef WORKER_KEYS_WINDOW_H
#define WORKER_KEYS_WINDOW_H

#include "worker/rows/batch.h"

struct window {
	int64_t first, last; /* day numbers, both inclusive */
};

/* The window of `days` days that ends with the day of an instant. */
struct window window_of(int64_t start_us, int days);

/* The day of a timestamp in row `at`, counted from window->first; -1: null or outside. */
int window_day(const struct window *w, const struct col *timestamps, size_t at);

/* window_day() of the first `rows` rows, into out[]. */
void window_days(const struct window *w, const struct col *timestamps, size_t rows, int16_t *out);

/* The same of dates; a null is the day `otherwise`. */
void window_dates(const struct window *w, const struct col *dates, int64_t otherwise, size_t rows,
		  int16_t *out);

#endif
