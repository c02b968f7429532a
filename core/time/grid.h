/*
 * grid.h - a partition is a whole number on a grid of time.  Pure.
 *
 * A grid cuts time into units on the calendar of a zone; parts are counted from
 * the one that holds 1970-01-01T00:00:00 there, and part p is the half-open
 * interval [grid_start(p), grid_start(p + 1)).  Who holds a part adds and
 * subtracts units by the functions below and never looks at how long one is:
 * arithmetic on days stands in core/time alone (tests/lint/days.sh).
 *
 * DAG files name one grid today, days in UTC, and part p is day number p.
 */
#ifndef CORE_TIME_GRID_H
#define CORE_TIME_GRID_H

#include "core/base/err.h"
#include "core/time/civil.h"

#include <assert.h>

enum grid_unit { GRID_DAY };

struct grid {
	enum grid_unit unit;
	const char *zone; /* static: "UTC" */
};

/* Days in UTC. */
static const struct grid grid_days = { .unit = GRID_DAY, .zone = "UTC" };

/* The first instant of a part. */
int64_t grid_start(struct grid grid, int64_t part);

/* The first instant after a part. */
int64_t grid_end(struct grid grid, int64_t part);

/* The part that an instant falls into.  Inline: scores ask it of every row. */
static inline int64_t
grid_part(struct grid grid, int64_t us)
{
	assert(grid.unit == GRID_DAY);
	return us / DAY_US - (us % DAY_US < 0);
}

/* Does a part start at this instant? */
bool grid_is_start(struct grid grid, int64_t us);

/* The first part of the window of n parts that ends with `part`: part - n + 1. */
int64_t grid_window(struct grid grid, int64_t part, int64_t n);

/* How many parts stand from `first` to `last`, both counted; 0 or less: last lies before first. */
int64_t grid_count(struct grid grid, int64_t first, int64_t last);

/* The part at the same place of the week, so many weeks before: the same weekday of a day. */
int64_t grid_weeks_before(struct grid grid, int64_t part, int64_t weeks);

/* How many parts reach back over so many weeks. */
int64_t grid_weeks(struct grid grid, int64_t weeks);

enum { GRID_TEXT_CHARS = DATE_CHARS };

/* The text of a part, as people write it and JSON shows it: "2026-05-01". */
void grid_text(struct grid grid, int64_t part, char out[GRID_TEXT_CHARS + 1]);

/* Has the part such a text?  Years 0001 to 9999 have. */
bool grid_has_text(struct grid grid, int64_t part);

/* The text of an instant: of its part when that starts there, else as timestamp_format(). */
void grid_instant_text(struct grid grid, int64_t us, char out[TIMESTAMP_CHARS + 1]);

/* Read the text of a part, `bytes` long, exactly.  False: it is none, and *part is left alone. */
bool grid_parse(struct grid grid, const char *text, size_t bytes, int64_t *part);

enum { GRID_KEY_CHARS = 21 };

/* The name of a part's directory in a lake: "event_date=2026-05-01". */
void grid_key(struct grid grid, int64_t part, char out[GRID_KEY_CHARS + 1]);

/* Read such a name, exactly.  False: it is none, and *part is left alone. */
bool grid_key_parse(struct grid grid, const char *key, int64_t *part);

#endif
