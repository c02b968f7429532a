/* calendar.c - what a calendar on the wall says of an instant: its month, the start of its week. */
#include "core/time/calendar.h"

const char *const *
calendar_units(void)
{
#define X(id, word) [id] = #word,
	static const char *const words[CALENDAR_UNIT_COUNT + 1] = { CALENDAR_UNITS(X) };
#undef X

	return words;
}

bool
calendar_has_text(int64_t us)
{
	return us >= civil_day(1, 1, 1) * DAY_US && us < civil_day(10000, 1, 1) * DAY_US;
}

/* What a clock shows, counted as if it were UTC. */
static int64_t
local(int64_t us, const struct zone *zone)
{
	return zone ? us + zone_offset(zone, us) * SECOND_US : us;
}

int64_t
calendar_day(int64_t us, const struct zone *zone)
{
	return civil_day_of(local(us, zone));
}

int64_t
calendar_midnight(int64_t day, const struct zone *zone)
{
	int64_t earlier = day * DAY_US, later;

	if (zone)
		(void)zone_instants(zone, day * DAY_US, &earlier, &later);
	return earlier;
}

int64_t
calendar_first_day(enum calendar_unit unit, int64_t day)
{
	struct civil c = civil_date(day);

	switch (unit) {
	case CALENDAR_YEAR:
		return civil_day(c.year, 1, 1);
	case CALENDAR_QUARTER:
		return civil_day(c.year, (c.month - 1) / 3 * 3 + 1, 1);
	case CALENDAR_MONTH:
		return civil_day(c.year, c.month, 1);
	case CALENDAR_WEEK:
		return day - civil_weekday(day);
	default:
		return day;
	}
}

/* Take the rest above a multiple of `length` away, as the clock shows it. */
static int64_t
cut(int64_t us, const struct zone *zone, int64_t length)
{
	int64_t rest = local(us, zone) % length;

	return us - (rest < 0 ? rest + length : rest);
}

int64_t
calendar_trunc(enum calendar_unit unit, int64_t us, const struct zone *zone)
{
	switch (unit) {
	case CALENDAR_HOUR:
		return cut(us, zone, HOUR_US);
	case CALENDAR_MINUTE:
		return cut(us, zone, MINUTE_US);
	case CALENDAR_SECOND:
		return cut(us, zone, SECOND_US);
	default:
		return calendar_midnight(calendar_first_day(unit, calendar_day(us, zone)), zone);
	}
}

/* The week of ISO 8601 is that of the year in which its Thursday lies. */
static int64_t
iso_week(int64_t day)
{
	int64_t thursday = day - civil_weekday(day) + 3;

	return (thursday - civil_day(civil_date(thursday).year, 1, 1)) / 7 + 1;
}

int64_t
calendar_day_part(enum calendar_unit unit, int64_t day)
{
	struct civil c = civil_date(day);

	switch (unit) {
	case CALENDAR_YEAR:
		return c.year;
	case CALENDAR_QUARTER:
		return (c.month - 1) / 3 + 1;
	case CALENDAR_MONTH:
		return c.month;
	case CALENDAR_WEEK:
		return iso_week(day);
	case CALENDAR_DAY:
		return c.day;
	case CALENDAR_WEEKDAY:
		return civil_weekday(day) + 1;
	default:
		return 0;
	}
}

int64_t
calendar_part(enum calendar_unit unit, int64_t us, const struct zone *zone)
{
	struct civil c = civil_of(local(us, zone));

	switch (unit) {
	case CALENDAR_HOUR:
		return c.hour;
	case CALENDAR_MINUTE:
		return c.minute;
	case CALENDAR_SECOND:
		return c.second;
	default:
		return calendar_day_part(unit, calendar_day(us, zone));
	}
}

bool
calendar_day_add(int64_t day, int64_t us, int64_t *out)
{
	int64_t sum;

	if (us % DAY_US || __builtin_add_overflow(day, us / DAY_US, &sum) ||
	    sum < civil_day(1, 1, 1) || sum >= civil_day(10000, 1, 1))
		return false;
	*out = sum;
	return true;
}
