/*
 * grid.h - a partition is a whole number on a grid of time.  Pure.
 *
 * A grid cuts time into units on the calendar of a zone.  The numbers of its
 * parts are civil: hours since 1970 (in UTC, whatever the zone), day numbers
 * (civil.h), weeks from Monday, months, quarters and years since the one that
 * holds 1970-01-01.  Part p is the half-open interval [grid_start(p),
 * grid_start(p + 1)); a day starts at the first instant from which the local date
 * is that day or later for good.  So a day has 23 or 25 hours where the clocks
 * say so, and one that a zone left out is empty: it starts where it ends, and no
 * instant falls into it.
 *
 * Who holds a part adds and subtracts units and never looks at how long one is:
 * arithmetic on days stands in core/time alone (tests/lint/days.sh).
 */
#ifndef CORE_TIME_GRID_H
#define CORE_TIME_GRID_H

#include "core/base/err.h"
#include "core/time/civil.h"

struct zone;

/* Days come first: a grid of which nobody said anything is days in UTC. */
enum grid_unit { GRID_DAY, GRID_HOUR, GRID_WEEK, GRID_MONTH, GRID_QUARTER, GRID_YEAR };

enum { GRID_UNITS = GRID_YEAR + 1 };

struct grid {
	enum grid_unit unit;
	const struct zone *zone; /* borrowed; NULL: UTC, as always for hours */
};

/* Days in UTC. */
static const struct grid grid_days = { .unit = GRID_DAY };

/* The word of a unit in a DAG file, "hour" to "year"; static. */
const char *grid_unit_name(enum grid_unit unit);

/* The unit with a name, or -1. */
int grid_unit_of(const char *name);

/* The name of the zone whose calendar it is on, "UTC" or "Europe/Berlin"; lives as the zone. */
const char *grid_zone_name(struct grid grid);

/* Are they one grid: the same unit in a zone of the same name? */
bool grid_is(struct grid a, struct grid b);

/* The first instant of a part. */
int64_t grid_start(struct grid grid, int64_t part);

/* The first instant after a part. */
int64_t grid_end(struct grid grid, int64_t part);

/* A part into which no instant falls, such as 2011-12-30 in Apia. */
bool grid_is_empty(struct grid grid, int64_t part);

/* grid_part() where it is not days in UTC. */
int64_t grid_part_of(struct grid grid, int64_t us);

/* The part that an instant falls into; never an empty one. */
static inline int64_t
grid_part(struct grid grid, int64_t us)
{
	if (grid.unit == GRID_DAY && !grid.zone)
		return us / DAY_US - (us % DAY_US < 0);
	return grid_part_of(grid, us);
}

/* Where rows are asked for their part one by one: the last answer, which holds for a while. */
struct grid_cursor {
	struct grid grid;
	int64_t part, start, end; /* end <= start: nothing was asked yet */
};

/* Ask for the part of an instant by a cursor. */
static inline int64_t
grid_part_near(struct grid_cursor *c, int64_t us)
{
	if (us < c->start || us >= c->end) {
		c->part = grid_part(c->grid, us);
		c->start = grid_start(c->grid, c->part);
		c->end = grid_end(c->grid, c->part);
	}
	return c->part;
}

/* Does a part start at this instant? */
bool grid_is_start(struct grid grid, int64_t us);

/* Parts from first to last, both counted; last < first: none. */
struct parts {
	int64_t first, last;
};

/*
 * The parts that share an instant with [start_us, end_us): the one rule by which
 * what is on two grids belongs together.  None for an interval without an instant.
 * Empty parts may lie between first and last.
 */
struct parts grid_overlap(struct grid grid, int64_t start_us, int64_t end_us);

/*
 * Is every edge of `outer` an edge of `inner`, since 1970 and for the years to come?  Then parts of
 * `inner` never have to be cut to make one of `outer`.
 */
bool grid_nests(struct grid inner, struct grid outer);

/* The first part of the window of n parts that ends with `part`: part - n + 1. */
int64_t grid_window(struct grid grid, int64_t part, int64_t n);

/* How many parts stand from `first` to `last`, both counted; 0 or less: last lies before first. */
int64_t grid_count(struct grid grid, int64_t first, int64_t last);

/*
 * The part at the same place of the week, so many weeks before: the same weekday of a day, the
 * same hour of that day in UTC.  Of units from a week on: so many parts before.
 */
int64_t grid_weeks_before(struct grid grid, int64_t part, int64_t weeks);

/* How many parts reach back over so many weeks; of units from a week on: that many. */
int64_t grid_weeks(struct grid grid, int64_t weeks);

enum { GRID_TEXT_CHARS = 13 };

/*
 * The text of a part, as people write it and JSON shows it: "2026-05-01T13", "2026-05-01" (a week
 * is named by its Monday), "2026-05", "2026-Q2", "2026".  Only the unit counts, not the zone.
 */
void grid_text(struct grid grid, int64_t part, char out[GRID_TEXT_CHARS + 1]);

/* Has the part such a text?  Years 0001 to 9999 have. */
bool grid_has_text(struct grid grid, int64_t part);

/* The text of an instant: of its part when that starts there, else as timestamp_format(). */
void grid_instant_text(struct grid grid, int64_t us, char out[TIMESTAMP_CHARS + 1]);

/* Read the text of a part, `bytes` long, exactly.  False: it is none, and *part is left alone. */
bool grid_parse(struct grid grid, const char *text, size_t bytes, int64_t *part);

enum { GRID_KEY_CHARS = 24 };

/*
 * The name of a part's directory in a lake: "event_hour=2026-05-01T13", "event_date=2026-05-01"
 * (days and weeks), "event_month=2026-05", "event_quarter=2026-Q2", "event_year=2026".
 */
void grid_key(struct grid grid, int64_t part, char out[GRID_KEY_CHARS + 1]);

/* Read such a name, exactly.  False: it is none, and *part is left alone. */
bool grid_key_parse(struct grid grid, const char *key, int64_t *part);

#endif
