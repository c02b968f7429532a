/*
 * calendar.h - what a calendar on the wall says of an instant: its month, the start of its week.
 * Pure.
 *
 * Expressions ask it (core/expr).  Partitions are grid.h's.  A zone NULL is UTC.
 */
#ifndef CORE_TIME_CALENDAR_H
#define CORE_TIME_CALENDAR_H

#include "core/time/civil.h"
#include "core/time/zone.h"

/* Units, the longest first; the words as people write them.  Weeks are those of ISO 8601. */
#define CALENDAR_UNITS(X)            \
	X(CALENDAR_YEAR, year)       \
	X(CALENDAR_QUARTER, quarter) \
	X(CALENDAR_MONTH, month)     \
	X(CALENDAR_WEEK, week)       \
	X(CALENDAR_DAY, day)         \
	X(CALENDAR_WEEKDAY, weekday) \
	X(CALENDAR_HOUR, hour)       \
	X(CALENDAR_MINUTE, minute)   \
	X(CALENDAR_SECOND, second)

#define X(id, word) id,
enum calendar_unit { CALENDAR_UNITS(X) CALENDAR_UNIT_COUNT };
#undef X

/* The words of all units, CALENDAR_UNIT_COUNT of them and a NULL; static. */
const char *const *calendar_units(void);

/* Is it an instant of the years 0001 to 9999, which have texts? */
bool calendar_has_text(int64_t us);

/* The day number that a clock in the zone shows at an instant. */
int64_t calendar_day(int64_t us, const struct zone *zone);

/* The first instant of a day in the zone. */
int64_t calendar_midnight(int64_t day, const struct zone *zone);

/* The first day of the unit that a day lies in; a weekday, and what is shorter, is the day. */
int64_t calendar_first_day(enum calendar_unit unit, int64_t day);

/* The first instant of the unit that an instant lies in; a weekday is a day. */
int64_t calendar_trunc(enum calendar_unit unit, int64_t us, const struct zone *zone);

/*
 * The number of a day in its unit: year 2026, quarter 1 to 4, month 1 to 12, week 1 to 53, day of
 * the month, weekday 1 (Monday) to 7.  What is shorter is 0.
 */
int64_t calendar_day_part(enum calendar_unit unit, int64_t day);

/* The same of an instant, with hours, minutes and seconds. */
int64_t calendar_part(enum calendar_unit unit, int64_t us, const struct zone *zone);

/*
 * A day and a length of time, whole days of 24 hours.  False: it is not whole days, or the day has
 * no text; *out is not written.
 */
bool calendar_day_add(int64_t day, int64_t us, int64_t *out);

#endif
