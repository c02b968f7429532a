/* grid.c - a partition is a whole number on a grid of time. */
#include "core/time/grid.h"

#include "core/time/zone.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

enum {
	WEEK_DAYS = 7,
	DAY_HOURS = 24,
	WEEK_HOURS = WEEK_DAYS * DAY_HOURS,
	YEAR_MONTHS = 12,
	YEAR_QUARTERS = 4,
	QUARTER_MONTHS = 3
};

/* The Monday of the week that holds 1970-01-01, a Thursday: week 0. */
enum { FIRST_MONDAY = -3, FIRST_YEAR = 1970 };

/* What the clocks of no zone reach: a local time is at most so far from UTC. */
#define FARTHEST_US (2 * DAY_US)

static int64_t
floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

/* ---- units ---- */

/* A unit: its word, its directories, the day on which a part starts, the part of a day. */
struct unit {
	const char *name, *key;
	int64_t (*first_day)(int64_t part); /* NULL: it is shorter than a day */
	int64_t (*of_day)(int64_t day);
	int64_t parts_a_week; /* at the same place of the week; else the part before */
};

static int64_t
day_first(int64_t part)
{
	return part;
}

static int64_t
week_first(int64_t part)
{
	return part * WEEK_DAYS + FIRST_MONDAY;
}

static int64_t
week_of(int64_t day)
{
	return floor_div(day - FIRST_MONDAY, WEEK_DAYS);
}

static int64_t
month_first(int64_t part)
{
	int64_t year = floor_div(part, YEAR_MONTHS);

	return civil_day((int)(FIRST_YEAR + year), (int)(part - year * YEAR_MONTHS) + 1, 1);
}

static int64_t
month_of(int64_t day)
{
	struct civil c = civil_date(day);

	return (int64_t)(c.year - FIRST_YEAR) * YEAR_MONTHS + c.month - 1;
}

static int64_t
quarter_first(int64_t part)
{
	return month_first(part * QUARTER_MONTHS);
}

static int64_t
quarter_of(int64_t day)
{
	return floor_div(month_of(day), QUARTER_MONTHS);
}

static int64_t
year_first(int64_t part)
{
	return month_first(part * YEAR_MONTHS);
}

static int64_t
year_of(int64_t day)
{
	return civil_date(day).year - FIRST_YEAR;
}

/* clang-format off */
static const struct unit units[GRID_UNITS] = {
	[GRID_HOUR]    = { "hour",    "event_hour=",    NULL,          NULL,       WEEK_HOURS },
	[GRID_DAY]     = { "day",     "event_date=",    day_first,     day_first,  WEEK_DAYS },
	[GRID_WEEK]    = { "week",    "event_date=",    week_first,    week_of,    1 },
	[GRID_MONTH]   = { "month",   "event_month=",   month_first,   month_of,   1 },
	[GRID_QUARTER] = { "quarter", "event_quarter=", quarter_first, quarter_of, 1 },
	[GRID_YEAR]    = { "year",    "event_year=",    year_first,    year_of,    1 },
};
/* clang-format on */

const char *
grid_unit_name(enum grid_unit unit)
{
	return units[unit].name;
}

int
grid_unit_of(const char *name)
{
	for (int i = 0; i < GRID_UNITS; i++) {
		if (strcmp(units[i].name, name) == 0)
			return i;
	}
	return -1;
}

const char *
grid_zone_name(struct grid grid)
{
	return grid.zone ? zone_name(grid.zone) : "UTC";
}

bool
grid_is(struct grid a, struct grid b)
{
	return a.unit == b.unit &&
	       (a.zone == b.zone || strcmp(grid_zone_name(a), grid_zone_name(b)) == 0);
}

/* ---- parts and instants ---- */

/*
 * Where a day starts: after the last instant at which the clocks show an earlier date.  The
 * stretches of a zone are looked at backwards, from where every clock shows the day already.
 */
static int64_t
day_start(const struct zone *zone, int64_t day)
{
	int64_t local = day * DAY_US, at = local + FARTHEST_US;

	if (!zone)
		return local;
	for (;;) {
		struct zone_stretch t = zone_stretch(zone, at);
		int64_t shown = local - t.offset; /* when its clock shows midnight */

		if (t.start == INT64_MIN || t.start < shown)
			return shown < t.end ? shown : t.end;
		at = t.start - 1;
	}
}

/* The last day that has started at an instant: the date may have come and gone again since. */
static int64_t
day_at(const struct zone *zone, int64_t us)
{
	int64_t day;

	if (!zone)
		return floor_div(us, DAY_US);
	day = floor_div(us + zone_stretch(zone, us).offset, DAY_US);
	while (day_start(zone, day) > us)
		day--;
	return day;
}

int64_t
grid_start(struct grid grid, int64_t part)
{
	const struct unit *unit = &units[grid.unit];

	return unit->first_day ? day_start(grid.zone, unit->first_day(part)) : part * HOUR_US;
}

int64_t
grid_end(struct grid grid, int64_t part)
{
	return grid_start(grid, part + 1);
}

bool
grid_is_empty(struct grid grid, int64_t part)
{
	return grid_start(grid, part) == grid_end(grid, part);
}

int64_t
grid_part_of(struct grid grid, int64_t us)
{
	const struct unit *unit = &units[grid.unit];

	return unit->of_day ? unit->of_day(day_at(grid.zone, us)) : floor_div(us, HOUR_US);
}

bool
grid_is_start(struct grid grid, int64_t us)
{
	return grid_start(grid, grid_part(grid, us)) == us;
}

/* ---- two grids ---- */

struct parts
grid_overlap(struct grid grid, int64_t start_us, int64_t end_us)
{
	if (end_us <= start_us)
		return (struct parts){ .first = 0, .last = -1 };
	return (struct parts){ grid_part(grid, start_us), grid_part(grid, end_us - 1) };
}

/* Does a zone's midnight always fall on a whole hour of UTC? */
static bool
has_whole_hours(const struct zone *zone)
{
	int64_t at = 0, end = civil_day(2100, 1, 1) * DAY_US;

	while (zone && at < end) {
		struct zone_stretch t = zone_stretch(zone, at);

		if (t.offset % HOUR_US)
			return false;
		at = t.end;
	}
	return true;
}

bool
grid_nests(struct grid inner, struct grid outer)
{
	if (grid_is(inner, outer))
		return true;
	if (inner.unit == GRID_HOUR)
		return has_whole_hours(outer.zone);
	if (outer.unit == GRID_HOUR || inner.unit >= outer.unit ||
	    !grid_is((struct grid){ GRID_DAY, inner.zone }, (struct grid){ GRID_DAY, outer.zone }))
		return false;
	return inner.unit != GRID_WEEK;
}

/* ---- counting ---- */

int64_t
grid_window(struct grid grid, int64_t part, int64_t n)
{
	(void)grid;
	return part - n + 1;
}

int64_t
grid_count(struct grid grid, int64_t first, int64_t last)
{
	(void)grid;
	return last - first + 1;
}

int64_t
grid_weeks_before(struct grid grid, int64_t part, int64_t weeks)
{
	return part - grid_weeks(grid, weeks);
}

int64_t
grid_weeks(struct grid grid, int64_t weeks)
{
	return weeks * units[grid.unit].parts_a_week;
}

/* ---- texts ---- */

/* How many characters of the date of its start the text of a part begins with. */
static const uint8_t date_chars[GRID_UNITS] = {
	[GRID_HOUR] = DATE_CHARS, [GRID_DAY] = DATE_CHARS, [GRID_WEEK] = DATE_CHARS,
	[GRID_MONTH] = 7,         [GRID_QUARTER] = 4,      [GRID_YEAR] = 4,
};

void
grid_text(struct grid grid, int64_t part, char out[GRID_TEXT_CHARS + 1])
{
	const struct unit *unit = &units[grid.unit];
	int64_t day = unit->first_day ? unit->first_day(part) : floor_div(part, DAY_HOURS);
	size_t n = date_chars[grid.unit];
	char date[DATE_CHARS + 1];

	assert(grid_has_text(grid, part));
	date_format(day, date);
	memcpy(out, date, n);
	if (grid.unit == GRID_HOUR) {
		int64_t hour = part - day * DAY_HOURS;

		out[n++] = 'T';
		out[n++] = (char)('0' + hour / 10);
		out[n++] = (char)('0' + hour % 10);
	} else if (grid.unit == GRID_QUARTER) {
		out[n++] = '-';
		out[n++] = 'Q';
		out[n++] = (char)('1' + (part - year_of(day) * YEAR_QUARTERS));
	}
	out[n] = '\0';
}

bool
grid_has_text(struct grid grid, int64_t part)
{
	const struct unit *unit = &units[grid.unit];
	int64_t first = civil_day(1, 1, 1), last = civil_day(9999, 12, 31);

	if (unit->of_day)
		return part >=
			   unit->of_day(first) + (unit->first_day(unit->of_day(first)) < first) &&
		       part <= unit->of_day(last);
	return part >= first * DAY_HOURS && part < (last + 1) * DAY_HOURS;
}

void
grid_instant_text(struct grid grid, int64_t us, char out[TIMESTAMP_CHARS + 1])
{
	int64_t part = grid_part(grid, us);

	/* What lies beyond the years of four digits has no name. */
	if (grid_is_start(grid, us) && grid_has_text(grid, part))
		grid_text(grid, part, out);
	else
		timestamp_format(us, out);
}

/* Two digits at a place of a text, below a limit; -1: they are none. */
static int
two_digits(const char *text, int limit)
{
	int value;

	if (text[0] < '0' || text[0] > '9' || text[1] < '0' || text[1] > '9')
		return -1;
	value = (text[0] - '0') * 10 + (text[1] - '0');
	return value < limit ? value : -1;
}

/* The text of a part begins with `bytes` characters of the date on which it starts. */
static bool
parse_start(const char *text, size_t bytes, int month, int64_t *day)
{
	char date[DATE_CHARS + 1] = "0000-01-01";

	memcpy(date, text, bytes);
	if (month) {
		date[5] = (char)('0' + month / 10);
		date[6] = (char)('0' + month % 10);
	}
	return date_parse(date, DATE_CHARS, day);
}

bool
grid_parse(struct grid grid, const char *text, size_t bytes, int64_t *part)
{
	const struct unit *unit = &units[grid.unit];
	int64_t day = 0;
	int hour = 0, month = 0;
	bool ok = false;

	switch (grid.unit) {
	case GRID_HOUR:
		ok = bytes == GRID_TEXT_CHARS && date_parse(text, DATE_CHARS, &day) &&
		     text[DATE_CHARS] == 'T' &&
		     (hour = two_digits(text + DATE_CHARS + 1, DAY_HOURS)) >= 0;
		break;
	case GRID_DAY:
		ok = date_parse(text, bytes, &day);
		break;
	case GRID_WEEK:
		ok = date_parse(text, bytes, &day) && week_first(week_of(day)) == day;
		break;
	case GRID_MONTH:
		ok = bytes == 7 && parse_start(text, bytes, 0, &day);
		break;
	case GRID_QUARTER:
		ok = bytes == 7 && text[4] == '-' && text[5] == 'Q' && text[6] >= '1' &&
		     text[6] <= '0' + YEAR_QUARTERS;
		if (ok)
			month = (text[6] - '1') * QUARTER_MONTHS + 1;
		ok = ok && parse_start(text, 4, month, &day);
		break;
	case GRID_YEAR:
		ok = bytes == 4 && parse_start(text, bytes, 0, &day);
		break;
	}
	if (ok)
		*part = unit->of_day ? unit->of_day(day) : day * DAY_HOURS + hour;
	return ok;
}

void
grid_key(struct grid grid, int64_t part, char out[GRID_KEY_CHARS + 1])
{
	const char *key = units[grid.unit].key;
	char text[GRID_TEXT_CHARS + 1];

	grid_text(grid, part, text);
	(void)snprintf(out, GRID_KEY_CHARS + 1, "%s%s", key, text);
}

bool
grid_key_parse(struct grid grid, const char *key, int64_t *part)
{
	size_t prefix = strlen(units[grid.unit].key);

	return strncmp(key, units[grid.unit].key, prefix) == 0 &&
	       grid_parse(grid, key + prefix, strlen(key) - prefix, part);
}
