/* cron.c - five-field cron, read and asked for its times on a clock on the wall. */
#include "core/time/cron.h"

#include "core/time/civil.h"

#include <string.h>
#include <strings.h>

static const char *const month_names[] = { "jan", "feb", "mar", "apr", "may", "jun",
					   "jul", "aug", "sep", "oct", "nov", "dec" };
static const char *const weekday_names[] = { "sun", "mon", "tue", "wed", "thu", "fri", "sat" };

static const struct field {
	const char *name;
	unsigned min, max;
	unsigned span;            /* values before it begins again; 0: that differs */
	const char *const *words; /* names of the values from min up, or NULL */
	size_t n_words;
	const char *divisors; /* of span */
} fields[] = {
	{ "minute", 0, 59, 60, NULL, 0, "1, 2, 3, 4, 5, 6, 10, 12, 15, 20 or 30" },
	{ "hour", 0, 23, 24, NULL, 0, "1, 2, 3, 4, 6, 8 or 12" },
	{ "day of month", 1, 31, 0, NULL, 0, NULL },
	{ "month", 1, 12, 12, month_names, countof(month_names), "1, 2, 3, 4 or 6" },
	{ "day of week", 0, 7, 7, weekday_names, countof(weekday_names), "1" },
};

enum { MINUTE, HOUR, DAY, MONTH, WEEKDAY };

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
	struct cron cron;
	struct cron_marks marks;
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

/* What other schedulers understand and this one does not. */
static const char *
foreign(const struct field *f, char c)
{
	if (c == '?')
		return ", or '*' in place of '?'";
	if (c == 'W' || c == 'w')
		return "; there is no 'W' for the nearest working day";
	if ((c == 'T' || c == 'C') && f == &fields[MINUTE]) /* TZ=..., CRON_TZ=... */
		return "; a zone stands behind `timezone:`, or --timezone";
	if (c == 'H' || c == 'h' || c == 'R' || c == 'r')
		return "; a hashed or random value has to be written out";
	if ((c == 'L' || c == 'l') && f == &fields[WEEKDAY])
		return "; the last Friday of the month is 5L or friL";
	if (c == 'L' || c == 'l')
		return "; L, the last day of the month, stands in the day of month field";
	return "";
}

/* A number; false: there is none of at most four digits. */
static bool
number(struct scan *s, unsigned *out)
{
	size_t count = strspn(s->at, "0123456789");

	*out = 0;
	for (size_t i = 0; i < count && count <= 4; i++)
		*out = *out * 10 + (unsigned)(s->at[i] - '0');
	if (count == 0 || count > 4)
		return false;
	s->at += count;
	return true;
}

/* One value: a number or a name.  False: err is set. */
static bool
value(struct scan *s, const struct field *f, unsigned *out)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
	const char *start = s->at;
	size_t bytes = strspn(s->at, letters);

	if (bytes == 4 && (s->at[3] == 'L' || s->at[3] == 'l'))
		bytes = 3; /* friL */
	for (size_t i = 0; bytes == 3 && i < f->n_words; i++) {
		if (strncasecmp(s->at, f->words[i], 3) == 0) {
			s->at += bytes;
			*out = f->min + (unsigned)i;
			return true;
		}
	}
	if (!number(s, out)) {
		(void)err_set(s->err, ERR_INPUT, "the %s field needs a number from %u to %u%s%s",
			      f->name, f->min, f->max, f->n_words ? " or a three-letter name" : "",
			      foreign(f, *s->at));
		return false;
	}
	if (*out < f->min || *out > f->max) {
		s->at = start;
		(void)err_set(s->err, ERR_INPUT,
			      "%u does not fit the %s field, it goes from %u to %u", *out, f->name,
			      f->min, f->max);
		return false;
	}
	return true;
}

/* The number behind a '/'. */
static bool
step(struct scan *s, const struct field *f, unsigned *out)
{
	const char *start = s->at + 1;

	*out = 1;
	if (*s->at != '/')
		return true;
	s->at++;
	if (number(s, out) && *out > 0)
		return true;
	s->at = start;
	(void)err_set(s->err, ERR_INPUT, "the step of the %s field has to be a number from 1",
		      f->name);
	return false;
}

/* Note a step that goes over the whole field and does not divide it. */
static void
note_uneven(struct scan *s, const struct field *f, const char *start, unsigned by)
{
	struct cron_marks *m = &s->marks;

	if (by == 1 || (f->span && f->span % by == 0) || m->n_uneven == countof(m->uneven))
		return;
	m->uneven[m->n_uneven++] = (struct cron_uneven){
		.at = (size_t)(start - s->text),
		.bytes = (size_t)(s->at - start),
		.field = f->name,
		.step = by,
		.divisors = f->divisors,
	};
}

/* Behind a weekday: L or #n.  False: err is set; *done: there was one of them. */
static bool
of_month(struct scan *s, unsigned weekday, bool *done)
{
	unsigned n = CRON_NTH_LAST;

	*done = *s->at == 'L' || *s->at == 'l' || *s->at == '#';
	if (!*done)
		return true;
	if (*s->at++ == '#') {
		const char *start = s->at;

		if (!number(s, &n) || n < 1 || n > 5) {
			s->at = start;
			(void)err_set(s->err, ERR_INPUT,
				      "behind '#' stands which of the month it is, from 1 to 5");
			return false;
		}
	}
	s->cron.nth[weekday % 7] |= (uint8_t)(1U << n);
	return true;
}

/* One item of a list: star, value or range, with an optional step; L and # of the day fields. */
static bool
item(struct scan *s, const struct field *f, uint64_t *bits)
{
	unsigned from = f->min, to = f->max, by;
	const char *start = s->at;
	bool single = false, whole = *s->at == '*', done = false;

	if (f == &fields[DAY] && (*s->at == 'L' || *s->at == 'l')) {
		s->at++;
		s->cron.last_day = true;
		return true;
	}
	if (whole) {
		s->at++;
	} else {
		if (!value(s, f, &from))
			return false;
		if (f == &fields[WEEKDAY] && !of_month(s, from, &done))
			return false;
		if (done)
			return true;
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
	if (whole || single)
		note_uneven(s, f, start, by);
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
			(void)err_set(s->err, ERR_INPUT, "unexpected '%c' in the %s field%s",
				      *s->at, f->name, foreign(f, *s->at));
			return false;
		}
		s->at++;
	}
}

/* Quartz and Spring have a field for seconds before, for years behind: five of them are no cron. */
static bool
has_field_too_many(struct scan *s)
{
	const char *sixth = NULL;
	size_t n = 0;

	/* What begins as none of their fields is something else, which is told where it stands. */
	if (!strchr("0123456789*", *s->text))
		return false;
	for (const char *at = s->text; *at; at++) {
		if (is_blank(*at) || (at != s->text && !is_blank(at[-1])))
			continue;
		if (++n == CRON_FIELDS + 1)
			sixth = at;
	}
	if (n != CRON_FIELDS + 1 && n != CRON_FIELDS + 2)
		return false;
	s->at = sixth;
	(void)err_set(s->err, ERR_INPUT,
		      "a cron has five fields (minute hour day month weekday), this has %zu: there "
		      "is none for seconds or years",
		      n);
	return true;
}

static bool
read_fields(struct scan *s)
{
	uint64_t bits[CRON_FIELDS];
	bool star[CRON_FIELDS];
	struct cron *c = &s->cron;

	if (has_field_too_many(s))
		return false;
	for (size_t i = 0; i < CRON_FIELDS; i++) {
		while (is_blank(*s->at))
			s->at++;
		if (!*s->at) {
			(void)err_set(s->err, ERR_INPUT,
				      "a cron has five fields (minute hour day month weekday), "
				      "this has %zu",
				      i);
			return false;
		}
		star[i] = *s->at == '*';
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
	c->minutes = bits[MINUTE];
	c->hours = (uint32_t)bits[HOUR];
	c->days = (uint32_t)bits[DAY];
	c->months = (uint16_t)bits[MONTH];
	c->weekdays = (uint8_t)((bits[WEEKDAY] | bits[WEEKDAY] >> 7) & 0x7f);
	c->any_day = star[DAY];
	c->any_weekday = star[WEEKDAY];
	c->rhythm = star[MINUTE] || star[HOUR];
	return true;
}

/* What stands for an alias; the text itself if it is none; NULL: there is no such alias. */
static const char *
spelled(const char *text)
{
	if (*text != '@')
		return text;
	for (size_t i = 0; i < countof(aliases); i++)
		if (strcmp(aliases[i].name, text) == 0)
			return aliases[i].text;
	return NULL;
}

/* In the 400 years after which the calendar begins again. */
static bool
can_fire(const struct cron *c)
{
	return cron_next(c, civil_day(2000, 1, 1) * DAY_US, civil_day(2400, 1, 1) * DAY_US) !=
	       INT64_MAX;
}

enum err_code
cron_parse(struct cron *out, const char *text, struct cron_marks *marks, struct err *err)
{
	struct scan s = { .err = err };
	enum err_code code = ERR_NONE;

	s.text = s.at = spelled(text);
	if (!s.text)
		code = err_set(err, ERR_INPUT,
			       "'%.40s' is not a known schedule; there are @hourly, @daily, "
			       "@midnight, @weekly, @monthly, @yearly and @annually",
			       text);
	else if (!read_fields(&s))
		code = ERR_INPUT;
	s.marks.at = s.text ? (size_t)(s.at - s.text) : 0;
	if (!code && !can_fire(&s.cron)) {
		s.marks.at = 0;
		s.marks.never = true;
		code = err_set(err, ERR_INPUT,
			       "this cron can never fire, no allowed month has such a day");
	}
	if (marks)
		*marks = s.marks;
	if (!code)
		*out = s.cron;
	return code;
}

/* Is a date one of the days of the week that are allowed, or its n-th or last of the month? */
static bool
has_weekday(const struct cron *c, const struct civil *at, int64_t day)
{
	unsigned sunday_first = (unsigned)(civil_weekday(day) + 1) % 7;
	unsigned nth = c->nth[sunday_first];

	if (c->weekdays >> sunday_first & 1)
		return true;
	return nth && ((nth >> ((at->day - 1) / 7 + 1) & 1) ||
		       ((nth >> CRON_NTH_LAST & 1) && civil_date(day + 7).month != at->month));
}

static bool
has_date(const struct cron *c, const struct civil *at, int64_t day)
{
	bool by_day, by_weekday;

	if (!(c->months >> at->month & 1))
		return false;
	by_day = (c->days >> at->day & 1) || (c->last_day && civil_date(day + 1).day == 1);
	by_weekday = has_weekday(c, at, day);
	return c->any_day || c->any_weekday ? by_day && by_weekday : by_day || by_weekday;
}

bool
cron_has_day(const struct cron *cron, int64_t day)
{
	struct civil at = civil_date(day);

	return has_date(cron, &at, day);
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
cron_next(const struct cron *cron, int64_t from, int64_t end)
{
	int64_t day = civil_day_of(from);
	int64_t minute = (from - day * DAY_US + MINUTE_US - 1) / MINUTE_US;

	while (day * DAY_US < end) {
		struct civil at = civil_date(day);

		if (!(cron->months >> at.month & 1)) {
			day = at.month == 12 ? civil_day(at.year + 1, 1, 1)
					     : civil_day(at.year, at.month + 1, 1);
			minute = 0;
			continue;
		}
		if (has_date(cron, &at, day)) {
			int found = minute_from(cron, (int)minute);

			if (found >= 0) {
				int64_t us = day * DAY_US + found * MINUTE_US;

				return us < end ? us : INT64_MAX;
			}
		}
		day++;
		minute = 0;
	}
	return INT64_MAX;
}
