/* pattern.c - times in a form that somebody else chose, such as "%d.%m.%Y %H:%M". */
#include "core/time/pattern.h"

#include "core/time/civil.h"

#include <string.h>
#include <strings.h>

/* What a directive tells. */
enum time_part {
	PART_YEAR,
	PART_MONTH,
	PART_DAY,
	PART_DAY_OF_YEAR,
	PART_WEEKDAY,
	PART_HOUR,
	PART_HALF, /* AM or PM */
	PART_MINUTE,
	PART_SECOND,
	PART_FRACTION,
	PART_ZONE,
	PART_COUNT
};

/* The parts of a time while it is read; -1: not seen. */
struct time_parts {
	int64_t at[PART_COUNT];
	bool half_hours; /* the hour is one of 1 to 12 */
};

struct reading {
	const char *p, *end;
	struct time_parts parts;
};

static const char *const months[] = { "january",   "february", "march",    "april",
				      "may",       "june",     "july",     "august",
				      "september", "october",  "november", "december" };
static const char *const weekdays[] = { "monday", "tuesday",  "wednesday", "thursday",
					"friday", "saturday", "sunday" };

static const struct {
	const char *word;
	int64_t per_second;
} epochs[] = {
	{ "epoch_s", 1 },
	{ "epoch_ms", 1000 },
	{ "epoch_us", 1000000 },
	{ "epoch_ns", 1000000000 },
};

/* What a directive is short for; NULL: nothing. */
static const char *
expansion(char directive)
{
	return directive == 'T'   ? "%H:%M:%S"
	       : directive == 'R' ? "%H:%M"
	       : directive == 'F' ? "%Y-%m-%d"
				  : NULL;
}

/* The part that a directive tells; PART_COUNT: there is no such directive. */
static enum time_part
part_of(char directive)
{
	static const char letters[] = "YymbBdjaAHIpMSfz";
	static const enum time_part parts[] = {
		PART_YEAR,        PART_YEAR,    PART_MONTH,    PART_MONTH, PART_MONTH, PART_DAY,
		PART_DAY_OF_YEAR, PART_WEEKDAY, PART_WEEKDAY,  PART_HOUR,  PART_HOUR,  PART_HALF,
		PART_MINUTE,      PART_SECOND,  PART_FRACTION, PART_ZONE
	};
	const char *at = directive ? strchr(letters, directive) : NULL;

	return at ? parts[at - letters] : PART_COUNT;
}

/* One to `most` digits, at least `least`; false: there are none. */
static bool
read_digits(struct reading *r, size_t least, size_t most, int64_t *out)
{
	size_t n = 0;

	*out = 0;
	for (; n < most && r->p < r->end && *r->p >= '0' && *r->p <= '9'; n++)
		if (__builtin_mul_overflow(*out, 10, out) ||
		    __builtin_add_overflow(*out, *r->p++ - '0', out))
			return false;
	return n >= least;
}

/* A word or its first three letters, in any case; its number. */
static bool
read_word(struct reading *r, const char *const *words, size_t n, int64_t *out)
{
	for (size_t i = 0; i < n; i++) {
		size_t bytes = strlen(words[i]), left = (size_t)(r->end - r->p);

		if (left < bytes || strncasecmp(r->p, words[i], bytes) != 0)
			bytes = 3;
		if (left < bytes || strncasecmp(r->p, words[i], bytes) != 0)
			continue;
		r->p += bytes;
		*out = (int64_t)i;
		return true;
	}
	return false;
}

/* Z, +HH, +HHMM or +HH:MM, in seconds east. */
static bool
read_zone(struct reading *r, int64_t *out)
{
	int64_t hours, minutes = 0;
	char sign = r->p < r->end ? *r->p++ : '\0';

	*out = 0;
	if (sign == 'Z' || sign == 'z')
		return true;
	if ((sign != '+' && sign != '-') || !read_digits(r, 2, 2, &hours))
		return false;
	if (r->end - r->p >= 3 && *r->p == ':')
		r->p++;
	if (r->p < r->end && *r->p >= '0' && *r->p <= '9' && !read_digits(r, 2, 2, &minutes))
		return false;
	if (hours > 23 || minutes > 59)
		return false;
	*out = (hours * 60 + minutes) * 60 * (sign == '-' ? -1 : 1);
	return true;
}

/* Digits behind the point of a second, in microseconds. */
static bool
read_fraction(struct reading *r, int64_t *out)
{
	const char *start = r->p;
	size_t n;

	if (!read_digits(r, 1, 9, out))
		return false;
	for (n = (size_t)(r->p - start); n < 9; n++)
		*out *= 10;
	*out /= 1000;
	return true;
}

static bool
read_part(struct reading *r, char directive)
{
	static const char *const halves[] = { "am", "pm" };
	int64_t *out = &r->parts.at[part_of(directive)];

	switch (directive) {
	case 'Y':
		return read_digits(r, 4, 4, out);
	case 'y':
		if (!read_digits(r, 2, 2, out))
			return false;
		*out += *out < 69 ? 2000 : 1900;
		return true;
	case 'b':
	case 'B':
		if (!read_word(r, months, countof(months), out))
			return false;
		++*out;
		return true;
	case 'a':
	case 'A':
		return read_word(r, weekdays, countof(weekdays), out);
	case 'p':
		if (r->end - r->p < 2)
			return false;
		r->p += 2;
		*out = strncasecmp(r->p - 2, halves[1], 2) == 0;
		return *out || strncasecmp(r->p - 2, halves[0], 2) == 0;
	case 'j':
		return read_digits(r, 1, 3, out);
	case 'f':
		return read_fraction(r, out);
	case 'z':
		return read_zone(r, out);
	default:
		r->parts.half_hours |= directive == 'I';
		return read_digits(r, 1, 2, out);
	}
}

/* Go through a pattern along the text; false: they differ. */
static bool
follow(struct reading *r, const char *pattern)
{
	for (; *pattern; pattern++) {
		const char *more;

		if (*pattern != '%' || *++pattern == '%') {
			if (r->p == r->end || *r->p++ != *pattern)
				return false;
			continue;
		}
		more = expansion(*pattern);
		if (more ? !follow(r, more) : !read_part(r, *pattern))
			return false;
	}
	return true;
}

/* The day of the parts; false: there is none such. */
static bool
day_of(const struct time_parts *p, int64_t *day)
{
	int year = (int)p->at[PART_YEAR];
	int64_t first = civil_day(year, 1, 1), of_year = p->at[PART_DAY_OF_YEAR];
	struct civil back;

	if (year < 1)
		return false;
	if (of_year >= 0) {
		*day = first + of_year - 1;
		return of_year >= 1 && *day < civil_day(year + 1, 1, 1);
	}
	if (p->at[PART_MONTH] < 1 || p->at[PART_MONTH] > 12)
		return false;
	*day = civil_day(year, (int)p->at[PART_MONTH], 1) + p->at[PART_DAY] - 1;
	back = civil_date(*day);
	return back.month == (int)p->at[PART_MONTH] && back.day == (int)p->at[PART_DAY];
}

/* The hour of 24; false: there is none such. */
static bool
hour_of(const struct time_parts *p, int64_t *hour)
{
	*hour = p->at[PART_HOUR] < 0 ? 0 : p->at[PART_HOUR];
	if (!p->half_hours)
		return *hour < 24;
	if (*hour < 1 || *hour > 12)
		return false;
	*hour = *hour % 12 + 12 * p->at[PART_HALF];
	return true;
}

static bool
instant_of(const struct time_parts *p, int64_t *us, bool *has_zone)
{
	int64_t day, hour, minute = p->at[PART_MINUTE], second = p->at[PART_SECOND];

	if (!day_of(p, &day) || !hour_of(p, &hour))
		return false;
	if (p->at[PART_WEEKDAY] >= 0 && p->at[PART_WEEKDAY] != civil_weekday(day))
		return false;
	if (minute > 59 || second > 59)
		return false;
	minute = minute < 0 ? 0 : minute;
	second = second < 0 ? 0 : second;
	*has_zone = p->at[PART_ZONE] != INT64_MIN;
	*us = day * DAY_US + ((hour * 60 + minute) * 60 + second) * SECOND_US;
	if (p->at[PART_FRACTION] > 0)
		*us += p->at[PART_FRACTION];
	if (*has_zone)
		*us -= p->at[PART_ZONE] * SECOND_US;
	return true;
}

static int64_t
floor_of(int64_t value, int64_t by)
{
	return value / by - (value % by < 0);
}

/* A number since 1970; decimals only of seconds. */
static bool
read_epoch(int64_t per_second, const char *text, size_t bytes, int64_t *us)
{
	bool negative = bytes > 0 && *text == '-';
	struct reading r = { .p = text + negative, .end = text + bytes };
	int64_t value, fraction = 0;

	if (!read_digits(&r, 1, 19, &value))
		return false;
	if (per_second == 1 && r.p < r.end && *r.p == '.') {
		r.p++;
		if (!read_fraction(&r, &fraction))
			return false;
	}
	if (r.p != r.end)
		return false;
	value = negative ? -value : value;
	if (per_second > SECOND_US)
		*us = floor_of(value, per_second / SECOND_US);
	else if (__builtin_mul_overflow(value, SECOND_US / per_second, us))
		return false;
	return !__builtin_add_overflow(*us, negative ? -fraction : fraction, us);
}

bool
pattern_is_epoch(const char *pattern)
{
	for (size_t i = 0; i < countof(epochs); i++)
		if (strcmp(pattern, epochs[i].word) == 0)
			return true;
	return false;
}

bool
pattern_read(const char *pattern, const char *text, size_t bytes, int64_t *us, bool *has_zone)
{
	struct reading r = { .p = text, .end = text + bytes };

	*has_zone = true;
	for (size_t i = 0; i < countof(epochs); i++)
		if (strcmp(pattern, epochs[i].word) == 0)
			return read_epoch(epochs[i].per_second, text, bytes, us);
	for (int i = 0; i < PART_COUNT; i++)
		r.parts.at[i] = -1;
	r.parts.at[PART_ZONE] = INT64_MIN; /* -1 is an offset */
	return follow(&r, pattern) && r.p == r.end && instant_of(&r.parts, us, has_zone);
}

bool
pattern_read_date(const char *pattern, const char *text, size_t bytes, int64_t *day)
{
	int64_t us;
	bool has_zone;

	if (!pattern_read(pattern, text, bytes, &us, &has_zone))
		return false;
	*day = civil_day_of(us);
	return true;
}

/* Note the directives of a pattern in seen[]; ERR_INPUT: one is unknown, or there twice. */
static enum err_code
scan(const char *pattern, bool seen[PART_COUNT], bool *half_hours, struct err *err)
{
	for (; *pattern; pattern++) {
		const char *more;
		enum time_part part;

		if (*pattern != '%' || *++pattern == '%')
			continue;
		more = expansion(*pattern);
		if (more) {
			enum err_code code = scan(more, seen, half_hours, err);

			if (code)
				return code;
			continue;
		}
		part = part_of(*pattern);
		if (part == PART_COUNT)
			return err_set(err, ERR_INPUT,
				       "'%%%.1s' is no directive; there are %%Y %%y %%m %%b %%d "
				       "%%j %%a %%H %%I %%p %%M %%S %%f %%z %%T %%R %%F and %%%%",
				       pattern);
		if (seen[part])
			return err_set(err, ERR_INPUT, "'%%%c' says what was said before it",
				       *pattern);
		seen[part] = true;
		*half_hours |= *pattern == 'I';
	}
	return ERR_NONE;
}

enum err_code
pattern_check(const char *pattern, bool is_date, struct err *err)
{
	bool seen[PART_COUNT] = { false }, half_hours = false, has_day, has_time = false;
	enum err_code code;

	if (pattern_is_epoch(pattern))
		return is_date ? err_set(err, ERR_INPUT, "'%s' is for timestamps", pattern)
			       : ERR_NONE;
	if (!strchr(pattern, '%'))
		return err_set(err, ERR_INPUT,
			       "'%s' has no directives such as in %%d.%%m.%%Y %%H:%%M, and is not "
			       "one of epoch_s, epoch_ms, epoch_us and epoch_ns",
			       pattern);
	code = scan(pattern, seen, &half_hours, err);
	if (code)
		return code;
	has_day = seen[PART_DAY_OF_YEAR] || (seen[PART_MONTH] && seen[PART_DAY]);
	for (int i = PART_HOUR; i < PART_COUNT; i++)
		has_time |= seen[i];
	if (!seen[PART_YEAR] || !has_day)
		return err_set(err, ERR_INPUT, "it has no %s", seen[PART_YEAR] ? "day" : "year");
	if (is_date && has_time)
		return err_set(err, ERR_INPUT, "a date has no time of day");
	if (half_hours != seen[PART_HALF])
		return err_set(err, ERR_INPUT, "%%I and %%p need each other");
	if ((seen[PART_MINUTE] && !seen[PART_HOUR]) || (seen[PART_SECOND] && !seen[PART_MINUTE]) ||
	    (seen[PART_FRACTION] && !seen[PART_SECOND]))
		return err_set(err, ERR_INPUT,
			       "it has a part of the time without the one above it");
	return ERR_NONE;
}
