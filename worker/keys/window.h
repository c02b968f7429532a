/*
 * window.h - the time that a score looks at, and the days that it counts in it.  Pure.
 *
 * The interval [from, to) is that of instants which the run asked for; days are those of the
 * clocks of one zone.  The interval may begin or end inside a day: an hour is a piece of one.
 */
#ifndef WORKER_KEYS_WINDOW_H
#define WORKER_KEYS_WINDOW_H

#include "core/wire/spec.h"
#include "worker/rows/batch.h"

enum { WINDOW_DAYS_MAX = 512 };

struct day_window {
	int64_t first, last; /* numbers of its days, both inclusive */
	int64_t from_us, to_us;
	struct grid days;
	int64_t *starts; /* of each day, within the interval, and to_us; a day may be empty */
};

/*
 * The window [from_us, to_us), which is not empty, by the clocks of days.zone.  ERR_LIMIT: more
 * than WINDOW_DAYS_MAX days.
 */
enum err_code window_open(struct day_window *w, struct grid days, int64_t from_us, int64_t to_us,
			  struct err *err) MUST_CHECK;

/*
 * The window of an attempt over a dataset that it reads, or over files (dataset NULL): `n_days`
 * days that end where the run's interval does.  Days are those of the run's zone.
 */
enum err_code window_of(struct day_window *w, const struct spec *spec, const char *dataset,
			int n_days, struct err *err) MUST_CHECK;

/* Free what it took; zeroed is fine. */
void window_close(struct day_window *w);

/* How many days there are of which at least an instant is in it. */
int64_t window_length(const struct day_window *w);

/* The day of a timestamp in row `at`, counted from window->first; -1: null or outside. */
int window_day(const struct day_window *w, const struct col *timestamps, size_t at);

/* window_day() of the first `rows` rows, into out[]. */
void window_days(const struct day_window *w, const struct col *timestamps, size_t rows,
		 int16_t *out);

/* The same of dates; a null is the day `otherwise`. */
void window_dates(const struct day_window *w, const struct col *dates, int64_t otherwise,
		  size_t rows, int16_t *out);

#endif
