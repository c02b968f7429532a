/* zone.c - a time zone: which instants a clock on the wall means. */
#include "core/time/zone.h"

#include "core/base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	HEADER_BYTES = 44,
	TYPES_MAX = 256,
	CHANGES_MAX = 10000,
	RULE_YEARS = 400,  /* then the calendar begins again, weekdays and all */
	RULE_HOURS = 167,  /* a change may be a week from its day */
	OFFSET_HOURS = 24, /* POSIX */
	OFFSET_SECONDS_MAX = 26 * 3600,
	HOUR = 3600,
	MINUTES_CHARS = DATE_CHARS + 6, /* "2026-05-01T13:00" */
};

/* Changes lie in years that people write with four digits. */
#define LATEST_CHANGE INT64_C(253402300800)

/* What changed before the year 1 was so from always on. */
#define EARLIEST_CHANGE INT64_C(-62135596800)

/* From an instant on, in seconds since 1970, the clocks are so far ahead. */
struct zone_change {
	int64_t at, offset;
};

struct zone {
	char *name;
	int refs;
	struct zone_change *changes; /* the first of them is from always on */
	size_t n, room;
	int64_t cycle_from; /* seconds: from here on the rule repeats every RULE_YEARS */
};

static const char *const names[] = {
#include "core/time/zones.inc"
};

const char *const *
zone_names(size_t *n)
{
	*n = countof(names);
	return names;
}

static int
compare_names(const void *key, const void *item)
{
	return strcmp(key, *(const char *const *)item);
}

bool
zone_is_known(const char *name)
{
	return bsearch(name, names, countof(names), sizeof(*names), compare_names);
}

static void
add_change(struct zone *z, int64_t at, int64_t offset)
{
	z->changes = mem_grow(z->changes, z->n, &z->room, sizeof(*z->changes));
	z->changes[z->n++] = (struct zone_change){ at, offset };
}

/* ---- the rule at the end of a file: "CET-1CEST,M3.5.0,M10.5.0/3" ---- */

/* A day of the year and a time of day at which clocks change. */
struct rule_day {
	char kind; /* 'M' month, week, weekday; 'J' day without 29 February; 'n' day from 0 */
	int month, week, day;
	int64_t time; /* seconds of the day, perhaps below 0 or over 24 hours */
};

struct rule {
	int64_t standard, summer; /* seconds ahead of UTC */
	bool has_summer;
	struct rule_day begin, end; /* of summer */
};

/* A number of at most `most`; false: there is none. */
static bool
read_number(const char **p, int most, int *out)
{
	const char *start = *p;

	*out = 0;
	while (**p >= '0' && **p <= '9' && *p - start < 4)
		*out = *out * 10 + (*(*p)++ - '0');
	return *p > start && *out <= most;
}

/* [+-]hh[:mm[:ss]] in seconds, of at most so many hours. */
static bool
read_clock(const char **p, int most, int64_t *out)
{
	int sign = **p == '-' ? -1 : 1, part;
	int64_t unit = HOUR;

	*p += **p == '-' || **p == '+';
	if (!read_number(p, most, &part))
		return false;
	*out = part * unit;
	while (**p == ':' && unit > 1) {
		++*p;
		unit /= 60;
		if (!read_number(p, 59, &part))
			return false;
		*out += part * unit;
	}
	*out *= sign;
	return true;
}

/* Behind the name of a zone: letters, or anything in <>. */
static bool
skip_name(const char **p)
{
	const char *start = *p;

	if (**p == '<') {
		*p = strchr(*p, '>');
		if (!*p)
			return false;
		++*p;
		return true;
	}
	while ((**p >= 'A' && **p <= 'Z') || (**p >= 'a' && **p <= 'z'))
		++*p;
	return *p - start >= 3;
}

static bool
read_rule_day(const char **p, struct rule_day *d)
{
	d->time = (int64_t)2 * HOUR;
	d->kind = 'n';
	if (**p == 'M' || **p == 'J')
		d->kind = *(*p)++;
	if (d->kind == 'M') {
		if (!read_number(p, 12, &d->month) || *(*p)++ != '.' ||
		    !read_number(p, 5, &d->week) || *(*p)++ != '.' || !read_number(p, 6, &d->day) ||
		    !d->month || !d->week)
			return false;
	} else if (!read_number(p, 365, &d->day) || (d->kind == 'J' && !d->day)) {
		return false;
	}
	if (**p != '/')
		return true;
	++*p;
	return read_clock(p, RULE_HOURS, &d->time);
}

static bool
read_rule(const char *p, struct rule *r)
{
	int64_t west;

	*r = (struct rule){ .standard = 0 };
	if (!skip_name(&p) || !read_clock(&p, OFFSET_HOURS, &west))
		return false;
	r->standard = -west;
	if (!*p)
		return true;
	r->has_summer = true;
	r->summer = r->standard + HOUR;
	if (!skip_name(&p))
		return false;
	if (*p != ',') {
		if (!read_clock(&p, OFFSET_HOURS, &west))
			return false;
		r->summer = -west;
	}
	return *p++ == ',' && read_rule_day(&p, &r->begin) && *p++ == ',' &&
	       read_rule_day(&p, &r->end) && !*p;
}

/* The second, in local time, at which a rule's day begins to count in a year. */
static int64_t
rule_second(const struct rule_day *d, int year)
{
	int64_t first = civil_day(year, 1, 1), day;
	bool leap = civil_day(year + 1, 1, 1) - first == 366;

	if (d->kind == 'M') {
		int64_t next = d->month == 12 ? civil_day(year + 1, 1, 1)
					      : civil_day(year, d->month + 1, 1);
		int weekday;

		day = civil_day(year, d->month, 1);
		weekday = (civil_weekday(day) + 1) % 7; /* from Sunday on */
		day += (d->day - weekday + 7) % 7 + 7 * (d->week - 1);
		while (day >= next)
			day -= 7;
	} else {
		day = first + d->day - (d->kind == 'J');
		if (d->kind == 'J' && leap && d->day >= 60)
			day++;
	}
	return day * (DAY_US / SECOND_US) + d->time;
}

/* What the rule says for some years behind the last change of the file. */
static void
add_rule(struct zone *z, const struct rule *r)
{
	int64_t last = z->n > 1 ? z->changes[z->n - 1].at : 0;
	int year = civil_date(civil_day_of(last > 0 ? last * SECOND_US : 0)).year;

	if (!r->has_summer) {
		if (z->changes[z->n - 1].offset != r->standard)
			add_change(z, last, r->standard);
		return;
	}
	for (int i = 0; i <= RULE_YEARS + 1; i++) {
		int64_t begin = rule_second(&r->begin, year + i) - r->standard;
		int64_t end = rule_second(&r->end, year + i) - r->summer;
		struct zone_change two[] = { { begin, r->summer }, { end, r->standard } };
		int first = begin > end;

		for (int k = 0; k < 2; k++) {
			const struct zone_change *c = &two[k ^ first];

			if (z->n == 1 || c->at > z->changes[z->n - 1].at)
				add_change(z, c->at, c->offset);
			else if (c->at == z->changes[z->n - 1].at && i)
				z->changes[z->n - 1].offset = c->offset; /* summer all year */
		}
	}
	z->cycle_from = civil_day(year + 1, 1, 1) * (DAY_US / SECOND_US);
}

/* ---- a file ---- */

static int64_t
read_be(const unsigned char *p, size_t bytes)
{
	uint64_t value = p[0] & 0x80 ? UINT64_MAX : 0;

	for (size_t i = 0; i < bytes; i++)
		value = value << 8 | p[i];
	return (int64_t)value;
}

/* The counts in a header. */
struct counts {
	size_t utc, standard, leap, changes, types, chars;
};

static bool
read_header(const unsigned char *p, size_t bytes, struct counts *c)
{
	size_t *const all[] = {
		&c->utc, &c->standard, &c->leap, &c->changes, &c->types, &c->chars
	};

	if (bytes < HEADER_BYTES || memcmp(p, "TZif", 4) != 0)
		return false;
	for (size_t i = 0; i < countof(all); i++) {
		int64_t n = read_be(p + 20 + 4 * i, 4);

		if (n < 0 || n > CHANGES_MAX)
			return false;
		*all[i] = (size_t)n;
	}
	return c->types > 0 && c->types <= TYPES_MAX;
}

/* How long the data behind a header is, of times that have `wide` bytes. */
static size_t
data_bytes(const struct counts *c, size_t wide)
{
	return c->changes * (wide + 1) + c->types * 6 + c->chars + c->leap * (wide + 4) +
	       c->standard + c->utc;
}

/* The changes in the data of a header, of `wide` bytes each; false: it contradicts itself. */
static bool
take_changes(struct zone *z, const unsigned char *p, const struct counts *c, size_t wide)
{
	const unsigned char *types = p + c->changes * wide, *offsets = types + c->changes;
	int64_t before = 0;

	if (c->leap)
		return false;

	add_change(z, INT64_MIN, read_be(offsets, 4));
	for (size_t i = 0; i < c->changes; i++) {
		int64_t at = read_be(p + wide * i, wide);

		int64_t offset;

		if (types[i] >= c->types || at > LATEST_CHANGE || (i && at <= before))
			return false;
		before = at;
		offset = read_be(offsets + (size_t)6 * types[i], 4);
		if (at < EARLIEST_CHANGE)
			z->changes[0].offset = offset;
		else
			add_change(z, at, offset);
	}
	for (size_t i = 0; i < z->n; i++)
		if (z->changes[i].offset > OFFSET_SECONDS_MAX ||
		    z->changes[i].offset < -OFFSET_SECONDS_MAX)
			return false;
	return true;
}

/* The line behind the data: a newline, the rule, a newline. */
static bool
take_rule(struct zone *z, const char *p, const char *end)
{
	const char *stop = p < end && *p == '\n' ? memchr(p + 1, '\n', (size_t)(end - p - 1))
						 : NULL;
	char text[128];
	struct rule rule;
	size_t bytes;

	if (!stop)
		return false;
	bytes = (size_t)(stop - p) - 1;
	if (!bytes)
		return true; /* nothing is said of the years to come */
	if (bytes >= sizeof(text))
		return false;
	memcpy(text, p + 1, bytes);
	text[bytes] = '\0';
	if (!read_rule(text, &rule))
		return false;
	add_rule(z, &rule);
	return true;
}

enum err_code
zone_read(struct zone **out, const char *name, const char *data, size_t bytes, struct err *err)
{
	const unsigned char *p = (const unsigned char *)data, *end = p + bytes;
	struct zone *z = mem_new(1, sizeof(*z));
	struct counts c;
	bool good = read_header(p, bytes, &c) && data_bytes(&c, 4) <= bytes - HEADER_BYTES;

	if (good && p[4] == '\0') {
		good = take_changes(z, p + HEADER_BYTES, &c, 4); /* version 1 has no more */
	} else if (good && p[4] >= '2') {
		/* The first part is for readers of 32 bit times; ours is the second. */
		p += HEADER_BYTES + data_bytes(&c, 4);
		good = read_header(p, (size_t)(end - p), &c) &&
		       data_bytes(&c, 8) <= (size_t)(end - p) - HEADER_BYTES &&
		       take_changes(z, p + HEADER_BYTES, &c, 8);
		p += HEADER_BYTES + data_bytes(&c, 8);
		good = good && take_rule(z, (const char *)p, (const char *)end);
	} else {
		good = false;
	}
	z->refs = 1;
	z->name = mem_str(name);
	if (!good) {
		zone_unref(z);
		return err_set(err, ERR_INPUT, "it is no time zone file (TZif)");
	}
	*out = z;
	return ERR_NONE;
}

struct zone *
zone_ref(struct zone *z)
{
	if (z)
		z->refs++;
	return z;
}

void
zone_unref(struct zone *z)
{
	if (!z || --z->refs)
		return;
	free(z->changes);
	free(z->name);
	free(z);
}

const char *
zone_name(const struct zone *z)
{
	return z ? z->name : "UTC";
}

bool
zone_equal(const struct zone *a, const struct zone *b)
{
	if (!a || !b)
		return a == b;
	if (a->n != b->n || a->cycle_from != b->cycle_from)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (a->changes[i].at != b->changes[i].at ||
		    a->changes[i].offset != b->changes[i].offset)
			return false;
	return true;
}

/* ---- questions ---- */

/* What to take off a second so that it lies within the changes that are written out. */
static int64_t
cycles(const struct zone *z, int64_t second)
{
	const int64_t cycle = INT64_C(146097) * (DAY_US / SECOND_US); /* 400 years */

	if (!z->cycle_from || second < z->cycle_from)
		return 0;
	return (second - z->cycle_from) / cycle * cycle;
}

/* The last change at or before a second. */
static size_t
change_at(const struct zone *z, int64_t second)
{
	size_t low = 0, high = z->n;

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (z->changes[middle].at <= second)
			low = middle;
		else
			high = middle;
	}
	return low;
}

static int64_t
floor_seconds(int64_t us)
{
	return us / SECOND_US - (us % SECOND_US < 0);
}

int64_t
zone_offset(const struct zone *z, int64_t us)
{
	int64_t second = floor_seconds(us);

	return z->changes[change_at(z, second - cycles(z, second))].offset;
}

struct zone_stretch
zone_stretch(const struct zone *z, int64_t us)
{
	struct zone_stretch t = { .start = INT64_MIN, .end = INT64_MAX };
	int64_t second = floor_seconds(us), moved;
	size_t first, last;

	if (!z)
		return t;
	moved = cycles(z, second);
	first = last = change_at(z, second - moved);
	while (first && z->changes[first - 1].offset == z->changes[first].offset)
		first--;
	while (last + 1 < z->n && z->changes[last + 1].offset == z->changes[last].offset)
		last++;
	t.offset = t.before = z->changes[first].offset * SECOND_US;
	if (first) {
		t.start = (z->changes[first].at + moved) * SECOND_US;
		t.before = z->changes[first - 1].offset * SECOND_US;
	}
	if (last + 1 < z->n)
		t.end = (z->changes[last + 1].at + moved) * SECOND_US;
	return t;
}

enum zone_meaning
zone_instants(const struct zone *z, int64_t local_us, int64_t *earlier, int64_t *later)
{
	int64_t second = floor_seconds(local_us), moved;
	int64_t found[2], gap = z->changes[0].offset;
	size_t n = 0;

	moved = cycles(z, second);
	second -= moved;
	for (size_t i = change_at(z, second - OFFSET_SECONDS_MAX);
	     i < z->n && z->changes[i].at <= second + OFFSET_SECONDS_MAX; i++) {
		int64_t offset = z->changes[i].offset, at = second - offset;

		if (at >= z->changes[i].at && (i + 1 == z->n || at < z->changes[i + 1].at) && n < 2)
			found[n++] = offset;
		if (i + 1 < z->n && at >= z->changes[i + 1].at &&
		    second - z->changes[i + 1].offset < z->changes[i + 1].at)
			gap = offset;
	}
	*earlier = local_us - (n ? found[0] : gap) * SECOND_US;
	*later = n == 2 ? local_us - found[1] * SECOND_US : *earlier;
	return n == 2 ? ZONE_TWO : n == 1 ? ZONE_ONE : ZONE_GAP;
}

/* Does a text say which zone it means, behind the date? */
static bool
says_zone(const char *text, size_t bytes)
{
	for (size_t i = DATE_CHARS; i < bytes; i++)
		if (strchr("Zz+-", text[i]))
			return true;
	return false;
}

/* timestamp_parse(), also of a time without seconds. */
static bool
read_local(const char *text, size_t bytes, int64_t *us)
{
	enum { SECONDS_CHARS = 3 };
	char whole[DATE_CHARS + 20];

	if (timestamp_parse(text, bytes, us))
		return true;
	if (bytes < MINUTES_CHARS || bytes > sizeof(whole) - SECONDS_CHARS ||
	    (bytes > MINUTES_CHARS && !strchr("Zz+-", text[MINUTES_CHARS])))
		return false;
	memcpy(whole, text, MINUTES_CHARS);
	memcpy(whole + MINUTES_CHARS, ":00", SECONDS_CHARS);
	memcpy(whole + MINUTES_CHARS + SECONDS_CHARS, text + MINUTES_CHARS, bytes - MINUTES_CHARS);
	return timestamp_parse(whole, bytes + SECONDS_CHARS, us);
}

bool
zone_parse(const struct zone *z, const char *text, size_t bytes, int64_t *us)
{
	bool is_date = bytes == DATE_CHARS;
	int64_t local, earlier, later;

	if (!read_local(text, bytes, &local))
		return false;
	*us = local;
	if (!z || says_zone(text, bytes))
		return true;
	if (zone_instants(z, local, &earlier, &later) == ZONE_GAP)
		*us = zone_stretch(z, earlier).start;
	else
		*us = is_date ? later : earlier;
	return true;
}

void
zone_format(const struct zone *z, int64_t us, char out[ZONE_TEXT_CHARS + 1])
{
	int64_t minutes = zone_stretch(z, us).offset / MINUTE_US;
	char text[TIMESTAMP_CHARS + 1];
	int ahead = abs((int)minutes);

	timestamp_format(us + minutes * MINUTE_US, text);
	text[strlen(text) - 1] = '\0'; /* Z */
	(void)snprintf(out, ZONE_TEXT_CHARS + 1, "%s%c%02d:%02d", text, minutes < 0 ? '-' : '+',
		       ahead / 60, ahead % 60);
}
