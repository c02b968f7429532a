/* civil.c - dates, timestamps and durations as people write them. */
#include "core/time/civil.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

/*
 * The calendar repeats every 400 years.  Counting years from 1 March puts the
 * leap day at the end of a year, so that a month's first day is a plain formula.
 */
enum { ERA_YEARS = 400, ERA_DAYS = 146097, EPOCH_DAY = 719468 /* 0000-03-01 to 1970-01-01 */ };

static int64_t
floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

int64_t
civil_day(int year, int month, int day)
{
	int64_t y, era, year_of_era, day_of_year;

	assert(month >= 1 && month <= 12 && day >= 1 && day <= 31);
	y = (int64_t)year - (month <= 2);
	era = floor_div(y, ERA_YEARS);
	year_of_era = y - era * ERA_YEARS;
	day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
	return era * ERA_DAYS + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 +
	       day_of_year - EPOCH_DAY;
}

int64_t
civil_day_of(int64_t us)
{
	return floor_div(us, DAY_US);
}

struct civil
civil_date(int64_t day)
{
	int64_t era = floor_div(day + EPOCH_DAY, ERA_DAYS);
	int64_t day_of_era = day + EPOCH_DAY - era * ERA_DAYS;
	int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 -
			       day_of_era / (ERA_DAYS - 1)) /
			      365;
	int64_t day_of_year = day_of_era -
			      (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	int64_t march_month = (5 * day_of_year + 2) / 153;
	int month = (int)((march_month + 2) % 12) + 1;

	return (struct civil){
		.year = (int)(era * ERA_YEARS + year_of_era) + (month <= 2),
		.month = month,
		.day = (int)(day_of_year - (153 * march_month + 2) / 5) + 1,
	};
}

struct civil
civil_of(int64_t us)
{
	struct civil c = civil_date(civil_day_of(us));
	int64_t rest = us % DAY_US;

	if (rest < 0)
		rest += DAY_US;
	c.hour = (int)(rest / HOUR_US);
	c.minute = (int)(rest / MINUTE_US % 60);
	c.second = (int)(rest / SECOND_US % 60);
	c.micro = (int)(rest % SECOND_US);
	return c;
}

int64_t
civil_us(const struct civil *c)
{
	return civil_day(c->year, c->month, c->day) * DAY_US + c->hour * HOUR_US +
	       c->minute * MINUTE_US + c->second * SECOND_US + c->micro;
}

int
civil_weekday(int64_t day)
{
	/* 1970-01-01 was a Thursday. */
	int64_t shifted = day + 3;

	return (int)(shifted - floor_div(shifted, 7) * 7);
}

/* The year as four digits; instants outside 0001 to 9999 are shown at the nearest of them. */
static unsigned
shown_year(int year)
{
	return year < 1 ? 1 : year > 9999 ? 9999 : (unsigned)year;
}

void
date_format(int64_t day, char out[DATE_CHARS + 1])
{
	struct civil c = civil_date(day);

	(void)snprintf(out, DATE_CHARS + 1, "%04u-%02u-%02u", shown_year(c.year),
		       (unsigned)c.month % 100, (unsigned)c.day % 100);
}

void
timestamp_format(int64_t us, char out[TIMESTAMP_CHARS + 1])
{
	struct civil c = civil_of(us);
	size_t used = DATE_CHARS;

	date_format(civil_day_of(us), out);
	used += (size_t)snprintf(out + used, TIMESTAMP_CHARS + 1 - used, "T%02u:%02u:%02u",
				 (unsigned)c.hour % 100, (unsigned)c.minute % 100,
				 (unsigned)c.second % 100);
	if (c.micro)
		used += (size_t)snprintf(out + used, TIMESTAMP_CHARS + 1 - used, ".%06u",
					 (unsigned)c.micro % 1000000);
	out[used] = 'Z';
	out[used + 1] = '\0';
}

/* The value of exactly n digits, or -1. */
static int
digits(const char *text, size_t n)
{
	int value = 0;

	for (size_t i = 0; i < n; i++) {
		if (text[i] < '0' || text[i] > '9')
			return -1;
		value = value * 10 + (text[i] - '0');
	}
	return value;
}

static int
month_days(int year, int month)
{
	static const unsigned char days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

	return days[month - 1] + (month == 2 && leap);
}

bool
date_parse(const char *text, size_t bytes, int64_t *day)
{
	int y, m, d;

	if (bytes != DATE_CHARS || text[4] != '-' || text[7] != '-')
		return false;
	y = digits(text, 4);
	m = digits(text + 5, 2);
	d = digits(text + 8, 2);
	if (y < 1 || m < 1 || m > 12 || d < 1 || d > month_days(y, m))
		return false;
	*day = civil_day(y, m, d);
	return true;
}

/* HH:MM:SS of a day in microseconds, or -1. */
static int64_t
clock_parse(const char *text)
{
	int h = digits(text, 2), m = digits(text + 3, 2), s = digits(text + 6, 2);

	if (text[2] != ':' || text[5] != ':' || h < 0 || h > 23 || m < 0 || m > 59 || s < 0 ||
	    s > 59)
		return -1;
	return h * HOUR_US + m * MINUTE_US + s * SECOND_US;
}

/* The fraction behind a '.': its microseconds and how many digits it has; false: bad. */
static bool
fraction_parse(const char *text, size_t bytes, int64_t *us, size_t *n)
{
	int64_t value = 0, unit = SECOND_US / 10;

	for (*n = 0; *n < bytes && text[*n] >= '0' && text[*n] <= '9'; (*n)++) {
		value += (text[*n] - '0') * unit;
		unit /= 10;
	}
	*us = value;
	return *n >= 1 && *n <= 9;
}

/* A zone: "", Z, z, +HH:MM or -HH:MM. */
static bool
zone_parse(const char *text, size_t bytes, int64_t *offset_us)
{
	int h, m;

	*offset_us = 0;
	if (bytes == 0 || (bytes == 1 && (text[0] == 'Z' || text[0] == 'z')))
		return true;
	if (bytes != 6 || (text[0] != '+' && text[0] != '-') || text[3] != ':')
		return false;
	h = digits(text + 1, 2);
	m = digits(text + 4, 2);
	if (h < 0 || h > 23 || m < 0 || m > 59)
		return false;
	*offset_us = (h * HOUR_US + m * MINUTE_US) * (text[0] == '-' ? -1 : 1);
	return true;
}

bool
timestamp_parse(const char *text, size_t bytes, int64_t *us)
{
	enum { CLOCK_AT = DATE_CHARS + 1, CLOCK_END = CLOCK_AT + 8 };
	int64_t day, of_day, fraction = 0, offset, first = civil_day(1, 1, 1) * DAY_US;
	int64_t end = (civil_day(9999, 12, 31) + 1) * DAY_US;
	size_t at = CLOCK_END, n;

	if (bytes < DATE_CHARS || !date_parse(text, DATE_CHARS, &day))
		return false;
	if (bytes == DATE_CHARS) {
		*us = day * DAY_US;
		return true;
	}
	if (bytes < CLOCK_END || !strchr("Tt ", text[DATE_CHARS]) || text[DATE_CHARS] == '\0')
		return false;
	of_day = clock_parse(text + CLOCK_AT);
	if (of_day < 0)
		return false;
	if (at < bytes && text[at] == '.') {
		if (!fraction_parse(text + at + 1, bytes - at - 1, &fraction, &n))
			return false;
		at += n + 1;
	}
	if (!zone_parse(text + at, bytes - at, &offset))
		return false;
	of_day += day * DAY_US + fraction - offset;
	if (of_day < first || of_day >= end)
		return false;
	*us = of_day;
	return true;
}

static const struct unit {
	const char *name;
	int64_t us;
} units[] = {
	{ "d", DAY_US }, { "h", HOUR_US }, { "m", MINUTE_US }, { "s", SECOND_US }, { "ms", 1000 },
};

/* The index of the unit at `text`, or -1. */
static int
unit_at(const char *text, size_t *bytes)
{
	*bytes = strspn(text, "abcdefghijklmnopqrstuvwxyz");
	for (size_t i = 0; i < countof(units); i++) {
		if (strlen(units[i].name) == *bytes && memcmp(units[i].name, text, *bytes) == 0)
			return (int)i;
	}
	return -1;
}

bool
duration_parse(const char *text, int64_t *us)
{
	int64_t total = 0, value, part;
	int last = -1, unit;
	size_t n;

	do {
		n = strspn(text, "0123456789");
		if (n == 0 || n > 18)
			return false;
		value = 0;
		for (size_t i = 0; i < n; i++)
			value = value * 10 + (text[i] - '0');
		text += n;
		unit = unit_at(text, &n);
		if (unit <= last)
			return false;
		last = unit;
		text += n;
		if (__builtin_mul_overflow(value, units[unit].us, &part) ||
		    __builtin_add_overflow(total, part, &total))
			return false;
	} while (*text);
	*us = total;
	return true;
}

void
duration_format(int64_t us, char *out, size_t room)
{
	size_t used = 0;

	assert(us >= 0 && room > 0);
	out[0] = '\0';
	for (size_t i = 0; i < countof(units) && used < room; i++) {
		int64_t n = us / units[i].us;

		us %= units[i].us;
		if (n)
			used += (size_t)snprintf(out + used, room - used, "%lld%s", (long long)n,
						 units[i].name);
	}
	if (used == 0)
		(void)snprintf(out, room, "0s");
}
