/*
 * schedule.h - when a schedule fires, and what that makes due.  Pure.
 *
 * A schedule fires by crons, every so often, or at instants that are listed.  `every` counts real
 * time from its anchor.  Crons are a union, and their times those of a clock on the wall in its
 * zone. A time that the clock shows once is that instant.  One that it passes over when it is put
 * forward (a gap), and one that it shows twice (an overlap), are what dst_gap and dst_overlap say.
 * Where they say nothing, a cron that is a rhythm (cron.h) follows real time: nothing in a gap,
 * both times in an overlap; every other fires once right after the gap, and in an overlap once, at
 * the first.  Fires are a set of instants: what falls on the same one is one fire.
 *
 * Its calendars leave out fires by the day in its zone on which they fall: those on a day of
 * `except`, and where `only` names days those on any other.
 *
 * A part is due at the first fire at or after its end, and `delay_us` later: the fires stay where
 * they are.  A later part is never due before an earlier one.
 */
#ifndef CORE_TIME_SCHEDULE_H
#define CORE_TIME_SCHEDULE_H

#include "core/time/cron.h"
#include "core/time/days.h"
#include "core/time/grid.h"
#include "core/time/zone.h"

enum gap_rule {
	GAP_AUTO, /* by the kind of the cron */
	GAP_NEXT, /* once, right after the gap */
	GAP_SKIP,
	GAP_SHIFT, /* at the instant of a clock that nobody had put forward */
};

enum overlap_rule { OVERLAP_AUTO, OVERLAP_FIRST, OVERLAP_SECOND, OVERLAP_BOTH };

enum { SCHEDULE_CRONS_MAX = 20, SCHEDULE_INSTANTS_MAX = 10000 };

struct schedule {
	const struct cron *crons;
	size_t n;
	int64_t every_us, anchor_us; /* every so often, and once at the anchor; 0: it does not */
	const int64_t *at;           /* instants, ascending, each once */
	size_t n_at;
	const struct zone *zone; /* NULL: UTC */
	enum gap_rule gap;
	enum overlap_rule overlap;
	struct days except, only; /* `only` counts if it has_only */
	bool has_only;
	int64_t delay_us; /* between a fire and what it makes due */
};

/* Does it say when to fire at all? */
bool schedule_fires(const struct schedule *s);

/* The first fire at or after `us`; INT64_MAX: there is none in CRON_YEARS_MAX years. */
int64_t schedule_next(const struct schedule *s, int64_t us);

/* The first fire after `us`, strictly; INT64_MAX: there is none in CRON_YEARS_MAX years. */
int64_t schedule_after(const struct schedule *s, int64_t us);

/* The last fire at or before `us`; INT64_MIN: there was none in CRON_YEARS_MAX years. */
int64_t schedule_last(const struct schedule *s, int64_t us);

/* The unit of the partitions that a schedule implies when nobody says one. */
enum schedule_unit {
	SCHEDULE_NO_UNIT, /* it runs by its ticks */
	SCHEDULE_HOUR,    /* each hour once */
	SCHEDULE_DAY,     /* at most one tick a day */
	SCHEDULE_WEEK,    /* on one weekday */
	SCHEDULE_MONTH,   /* on one day of the month */
};

/* What a schedule implies; the first that fits of month, week, day, hour. */
enum schedule_unit schedule_implies(const struct schedule *s);

/* The instant at which a part is due; INT64_MAX: never. */
int64_t partition_due(const struct schedule *s, struct grid grid, int64_t part);

/*
 * The newest part from `from` on that is due at now_us; from - 1: not even `from`
 * is.  Halves the range: a cron that fires rarely costs no more.
 */
int64_t newest_due(const struct schedule *s, struct grid grid, int64_t from, int64_t now_us);

#endif
