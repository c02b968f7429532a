/* cron.c - five-field cron, read and asked "when next?". */
#include "core/time/cron.h"

#include "core/time/civil.h"

#include <assert.h>
#include <string.h>
#include <strings.h>

static const char *const month_names[] = { "jan", "feb", "mar", "apr", "may", "jun",
					   "jul", "aug", "sep", "oct", "nov", "dec" };
static const char *const weekday_names[] = { "sun", "mon", "tue", "wed", "thu", "fri", "sat" };

static const struct field {
	const char *name;
	unsigned min, max;
	const char *const *words; /* names of the values from min up, or NULL */
	size_t n_words;
} fields[] = {
	{ "minute", 0, 59, NULL, 0 },
	{ "hour", 0, 23, NULL, 0 },
	{ "day of month", 1, 31, NULL, 0 },
	{ "month", 1, 12, month_names, countof(month_names) },
	{ "day of week", 0, 7, weekday_names, countof(weekday_names) },
};

enum { MINUTE, HOUR, DAY, MONTH, WEEKDAY, FIELDS };

static const struct alias {
	const char *name, *text;
} aliases[] = {
	{ "@hourly", "0 * * * *" },   { "@daily", "0 0 * * *" },   { "@midnight", "0 0 * * *" },
	{ "@weekly", "0 0 * * 0" },   { "@monthly", "0 0 1 * *" }, { "@yearly", "0 0 1 1 *" },
	{ "@annually", "0 0 1 1 *" },
};

/* Where reading stands. */
struct scan {
	const char *text, *at;
	struct err *err;
};

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool
is_end(char c)
{
	return c == '\0' || is_blank(c);
}

/* One value: a number or a name.  False: err is set. */
static bool
value(struct scan *s, const struct field *f, unsigned *out)
{
	unsigned n = 0;
	size_t letters = strspn(s->at, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");
	size_t count = strspn(s->at, "0123456789");

	for (size_t i = 0; letters == 3 && i < f->n_words; i++) {
		if (strncasecmp(s->at, f->words[i], 3) == 0) {
			s->at += letters;
			*out = f->min + (unsigned)i;
			return true;
		}
	}
	if (count == 0 || count > 4) {
		(void)err_set(s->err, ERR_INPUT, "the %s field needs a number from %u to %u%s%s",
			      f->name, f->min, f->max, f->n_words ? " or a three-letter name" : "",
			      *s->at == '?' ? ", or '*' in place of '?'" : "");
		return false;
	}
	for (size_t i = 0; i < count; i++)
		n = n * 10 + (unsigned)(s->at[i] - '0');
	if (n < f->min || n > f->max) {
		(void)err_set(s->err, ERR_INPUT,
			      "%u does not fit the %s field, it goes from %u to %u", n, f->name,
			      f->min, f->max);
		return false;
	}
	s->at += count;
	*out = n;
	return true;
}

/* The number behind a '/'. */
static bool
step(struct scan *s, const struct field *f, unsigned *out)
{
	size_t count;
	unsigned n = 0;

	*out = 1;
	if (*s->at != '/')
		return true;
	s->at++;
	count = strspn(s->at, "0123456789");
	for (size_t i = 0; i < count && i < 4; i++)
		n = n * 10 + (unsigned)(s->at[i] - '0');
	if (count == 0 || count > 4 || n == 0) {
		(void)err_set(s->err, ERR_INPUT,
			      "the step of the %s field has to be a number from 1", f->name);
		return false;
	}
	s->at += count;
	*out = n;
	return true;
}

/* One item of a list: star, value or range, with an optional step. */
static bool
item(struct scan *s, const struct field *f, uint64_t *bits)
{
	unsigned from = f->min, to = f->max, by;
	const char *start = s->at;
	bool single = false;

	if (*s->at == '*') {
		s->at++;
	} else {
		if (!value(s, f, &from))
			return false;
		to = from;
		single = *s->at != '-';
		if (!single) {
			s->at++;
			if (!value(s, f, &to))
				return false;
		}
	}
	if (to < from) {
		s->at = start;
		(void)err_set(s->err, ERR_INPUT, "the range of the %s field goes backwards",
			      f->name);
		return false;
	}
	if (*s->at == '/' && single)
		to = f->max; /* `5/10` means `5-59/10` */
	if (!step(s, f, &by))
		return false;
	for (unsigned i = from; i <= to; i += by)
		*bits |= UINT64_C(1) << i;
	return true;
}

/* One field: items with commas between, up to a blank or the end. */
static bool
field(struct scan *s, const struct field *f, uint64_t *bits)
{
	*bits = 0;
	for (;;) {
		if (!item(s, f, bits))
			return false;
		if (is_end(*s->at))
			return true;
		if (*s->at != ',') {
			(void)err_set(s->err, ERR_INPUT, "unexpected '%c' in the %s field", *s->at,
				      f->name);
			return false;
		}
		s->at++;
	}
}

/* A field that begins with a star, as crontab(5) asks: both day fields have to match then. */
static bool
is_star(const char *at)
{
	return *at == '*';
}

static bool
read_fields(struct scan *s, struct cron *out)
{
	uint64_t bits[FIELDS];

	for (size_t i = 0; i < FIELDS; i++) {
		while (is_blank(*s->at))
			s->at++;
		if (!*s->at) {
			(void)err_set(s->err, ERR_INPUT,
				      "a cron has five fields (minute hour day month weekday), "
				      "this has %zu",
				      i);
			return false;
		}
		if (i == DAY)
			out->any_day = is_star(s->at);
		if (i == WEEKDAY)
			out->any_weekday = is_star(s->at);
		if (!field(s, &fields[i], &bits[i]))
			return false;
	}
	while (is_blank(*s->at))
		s->at++;
	if (*s->at) {
		(void)err_set(s->err, ERR_INPUT,
			      "there is more behind the five fields of the cron: it has "
			      "none for seconds or years");
		return false;
	}
	out->minutes = bits[MINUTE];
	out->hours = (uint32_t)bits[HOUR];
	out->days = (uint32_t)bits[DAY];
	out->months = (uint16_t)bits[MONTH];
	out->weekdays = (uint8_t)((bits[WEEKDAY] | bits[WEEKDAY] >> 7) & 0x7f);
	return true;
}

/*
 * A weekday alone comes every week.  Where the day of the month decides as well, some allowed
 * month has to have such a day: every date falls on every weekday in the end.
 */
static bool
can_fire(const struct cron *c)
{
	static const unsigned char longest[] = { 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	if (!c->any_day && !c->any_weekday)
		return true;
	for (unsigned month = 1; month <= 12; month++) {
		uint32_t real = (uint32_t)((UINT64_C(2) << longest[month - 1]) - 2);

		if ((c->months >> month & 1) && (c->days & real))
			return true;
	}
	return false;
}

enum err_code
cron_parse(struct cron *out, const char *text, size_t *at_byte, struct err *err)
{
	struct scan s = { .err = err };
	struct cron c = { 0 };
	const char *spelled = text;

	if (at_byte)
		*at_byte = 0;
	if (*text == '@') {
		spelled = NULL;
		for (size_t i = 0; i < countof(aliases); i++) {
			if (strcmp(aliases[i].name, text) == 0)
				spelled = aliases[i].text;
		}
		if (!spelled)
			return err_set(
			    err, ERR_INPUT,
			    "'%.40s' is not a known schedule; there are @hourly, @daily, "
			    "@midnight, @weekly, @monthly, @yearly and @annually",
			    text);
	}
	s.text = s.at = spelled;
	if (!read_fields(&s, &c)) {
		if (at_byte)
			*at_byte = (size_t)(s.at - s.text);
		return ERR_INPUT;
	}
	if (!can_fire(&c))
		return err_set(err, ERR_INPUT,
			       "this cron can never fire, no allowed month has such a day");
	*out = c;
	return ERR_NONE;
}

static bool
day_matches(const struct cron *c, int64_t day)
{
	struct civil at = civil_of(day * DAY_US);
	int sunday_first = (civil_weekday(day) + 1) % 7;
	bool by_day = c->days >> at.day & 1;
	bool by_weekday = c->weekdays >> sunday_first & 1;

	if (!(c->months >> at.month & 1))
		return false;
	if (c->any_day || c->any_weekday)
		return by_day && by_weekday;
	return by_day || by_weekday;
}

/* The lowest set bit at or above `from`, or -1. */
static int
bit_from(uint64_t bits, int from)
{
	bits = from > 63 ? 0 : bits & (UINT64_MAX << from);
	return bits ? __builtin_ctzll(bits) : -1;
}

/* The first minute of a day at or after `from` on which it ticks, or -1. */
static int
minute_from(const struct cron *c, int from)
{
	int hour = bit_from(c->hours, from / 60);
	int minute;

	if (hour == from / 60) {
		minute = bit_from(c->minutes, from % 60);
		if (minute >= 0)
			return hour * 60 + minute;
		hour = bit_from(c->hours, hour + 1);
	}
	return hour < 0 ? -1 : hour * 60 + bit_from(c->minutes, 0);
}

int64_t
cron_next(const struct cron *cron, int64_t us)
{
	enum { DAYS_AHEAD_MAX = CRON_YEARS_MAX * 366 };
	int64_t day = civil_day_of(us);
	int64_t minute = (us - day * DAY_US + MINUTE_US - 1) / MINUTE_US;

	for (int i = 0; i < DAYS_AHEAD_MAX; i++, day++, minute = 0) {
		int at;

		if (!day_matches(cron, day))
			continue;
		at = minute_from(cron, (int)minute);
		if (at >= 0)
			return day * DAY_US + at * MINUTE_US;
	}
	assert(!"cron_parse() refuses what never fires");
	return INT64_MAX;
}
