/* value.c - single values between text and memory, for the text formats. */
#include "worker/rows/value.h"

#include "core/base/mem.h"
#include "core/time/civil.h"
#include "worker/rows/digits.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { REAL_CHARS_USUAL = 400 }; /* a longer number is rare, and needs memory of its own */

static bool
is_digit(char c)
{
	return (unsigned)(c - '0') < 10;
}

/* The value of 1 to 8 characters that should be digits; false: they are not. */
static inline bool
few_digits(const char *p, size_t n, uint32_t *value)
{
	uint64_t word = 0;

	/* Loads that overlap read all of the characters and nothing else. */
	if (n >= 4) {
		uint32_t first, last;

		memcpy(&first, p, sizeof(first));
		memcpy(&last, p + n - 4, sizeof(last));
		word = (uint64_t)le32toh(last) << 8 * (n - 4) | le32toh(first);
	} else {
		for (size_t i = 0; i < n; i++)
			word |= (uint64_t)(unsigned char)p[i] << 8 * i;
	}
	word = digits_right(word, (unsigned)n);
	*value = digits_value(word);
	return digits_count(word) == 8;
}

/* As value_int(), for any length; `limit` is the largest magnitude. */
static enum value_status
long_int(const char *p, const char *end, uint64_t limit, uint64_t *out)
{
	uint64_t value = 0;

	for (; p < end && is_digit(*p); p++) {
		unsigned digit = (unsigned)(*p - '0');

		if (value > (limit - digit) / 10)
			break;
		value = value * 10 + digit;
	}
	*out = value;
	if (p == end)
		return VALUE_OK;
	while (p < end && is_digit(*p))
		p++;
	return p < end ? VALUE_WRONG_TYPE : VALUE_OUT_OF_RANGE;
}

enum value_status
value_int(const char *text, size_t bytes, int64_t *out)
{
	bool negative = bytes > 0 && *text == '-';
	const char *p = text + negative;
	size_t n = bytes - negative;
	uint64_t value;
	uint32_t high = 0, low;

	if (!n || (*p == '0' && n > 1))
		return VALUE_WRONG_TYPE;
	if (n > 16) {
		enum value_status status = long_int(p, p + n, (uint64_t)INT64_MAX + negative,
						    &value);

		if (status)
			return status;
	} else {
		if ((n > 8 && !few_digits(p, n - 8, &high)) ||
		    !few_digits(n > 8 ? p + n - 8 : p, n > 8 ? 8 : n, &low))
			return VALUE_WRONG_TYPE;
		value = (uint64_t)high * 100000000 + low;
	}
	*out = negative ? (int64_t)(0 - value) : (int64_t)value;
	return VALUE_OK;
}

/* The words that are no JSON numbers but are values of a float64. */
static bool
special_real(const char *text, size_t bytes, double *out)
{
	bool negative = bytes > 0 && *text == '-';

	text += negative;
	bytes -= negative;
	if (bytes == 3 && strncasecmp(text, "nan", 3) == 0)
		*out = (double)NAN;
	else if ((bytes == 3 && strncasecmp(text, "inf", 3) == 0) ||
		 (bytes == 8 && strncasecmp(text, "infinity", 8) == 0))
		*out = negative ? -(double)INFINITY : (double)INFINITY;
	else
		return false;
	return true;
}

/* Behind the digits at p; NULL when there is none. */
static const char *
skip_digits(const char *p, const char *end)
{
	const char *start = p;

	while (p < end && is_digit(*p))
		p++;
	return p == start ? NULL : p;
}

/* The number grammar of RFC 8259: what strtod() accepts beyond it, we do not. */
static bool
is_number(const char *p, const char *end)
{
	if (p < end && *p == '-')
		p++;
	if (end - p > 1 && p[0] == '0' && is_digit(p[1]))
		return false;
	p = skip_digits(p, end);
	if (p && p < end && *p == '.')
		p = skip_digits(p + 1, end);
	if (p && p < end && (*p == 'e' || *p == 'E')) {
		p++;
		if (p < end && (*p == '+' || *p == '-'))
			p++;
		p = skip_digits(p, end);
	}
	return p == end;
}

/*
 * Most numbers are few digits and a small power of ten.  Sixteen characters are 15 digits and a
 * point, so that both are exact doubles and one division rounds as strtod() does, or digits alone,
 * which the conversion rounds.  False: not such a number.
 */
static bool
short_real(const char *p, const char *end, double *out)
{
	static const double tens[] = { 1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
				       1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15 };
	bool negative = p < end && *p == '-';
	uint64_t mantissa = 0;
	size_t decimals = 0;
	bool point = false;

	if (end - p > 16)
		return false;
	for (p += negative; p < end; p++) {
		if (*p == '.') {
			point = true;
			continue;
		}
		if (!is_digit(*p))
			return false;
		mantissa = mantissa * 10 + (unsigned)(*p - '0');
		decimals += point;
	}
	*out = (negative ? -(double)mantissa : (double)mantissa) / tens[decimals];
	return true;
}

enum value_status
value_real(const char *text, size_t bytes, double *out)
{
	char usual[REAL_CHARS_USUAL + 1], *copy = usual;
	double value;

	if (!is_number(text, text + bytes))
		return special_real(text, bytes, out) ? VALUE_OK : VALUE_WRONG_TYPE;
	if (short_real(text, text + bytes, out))
		return VALUE_OK;
	if (bytes > REAL_CHARS_USUAL)
		copy = mem_new(bytes + 1, 1);
	memcpy(copy, text, bytes);
	copy[bytes] = '\0';
	value = strtod(copy, NULL);
	if (copy != usual)
		free(copy);
	if (isinf(value))
		return VALUE_OUT_OF_RANGE;
	*out = value;
	return VALUE_OK;
}

/* The day at the start of a timestamp, from the memo when it is the same text. */
static bool
parse_day(const char *text, struct day_memo *memo, int64_t *day)
{
	if (!memo->text[0] || memcmp(memo->text, text, sizeof(memo->text)) != 0) {
		if (!date_parse(text, sizeof(memo->text), &memo->day)) {
			memo->text[0] = '\0';
			return false;
		}
		memcpy(memo->text, text, sizeof(memo->text));
	}
	*day = memo->day;
	return true;
}

/* "HH:MM:SS" in microseconds, or -1. */
static inline int64_t
parse_clock(const char *text)
{
	const uint64_t colons = UINT64_C(0x00003A00003A0000), where = UINT64_C(0x0000FF0000FF0000);
	uint64_t word = digits_load(text), two = 0xFFFF, pairs, h, m, s;

	if ((word & where) != colons)
		return -1;
	/* "00HHMMSS" */
	pairs = (word & two) << 16 | (word >> 24 & two) << 32 | (word >> 48) << 48 | 0x3030;
	if (digits_count(pairs) < 8)
		return -1;
	pairs = (pairs & UINT64_C(0x0F0F0F0F0F0F0F0F)) * (10 * 256 + 1) >> 8;
	h = pairs >> 16 & 0xFF;
	m = pairs >> 32 & 0xFF;
	s = pairs >> 48 & 0xFF;
	return h < 24 && m < 60 && s < 60 ? (int64_t)((h * 60 + m) * 60 + s) * SECOND_US : -1;
}

/* The 1 to 6 digits of a fraction that end at `end`, in microseconds, or -1. */
static inline int64_t
parse_fraction(const char *end, size_t n)
{
	static const uint32_t scale[] = { 0, 100000, 10000, 1000, 100, 10, 1 };
	uint64_t keep = UINT64_MAX << (64 - 8 * n);
	uint64_t word = (digits_load(end - 8) & keep) | (DIGITS_ZERO & ~keep);

	return digits_count(word) == 8 ? (int64_t)digits_value(word) * scale[n] : -1;
}

/* YYYY-MM-DD, 'T' or a space, HH:MM:SS, perhaps up to 6 decimals, perhaps Z: as nearly all are. */
static bool
usual_timestamp(const char *text, size_t bytes, struct day_memo *memo, int64_t *out)
{
	enum { CLOCK = 11, FRACTION = 20, LONGEST = FRACTION + 6 };
	int64_t day, of_day, fraction = 0;

	if (bytes < FRACTION - 1)
		return false;
	bytes -= text[bytes - 1] == 'Z';
	if ((text[CLOCK - 1] != 'T' && text[CLOCK - 1] != ' ') || bytes > LONGEST)
		return false;
	of_day = bytes < FRACTION - 1 ? -1 : parse_clock(text + CLOCK);
	if (bytes > FRACTION && text[FRACTION - 1] == '.')
		fraction = parse_fraction(text + bytes, bytes - FRACTION);
	else if (bytes != FRACTION - 1)
		return false;
	if (of_day < 0 || fraction < 0 || !parse_day(text, memo, &day))
		return false;
	*out = day * DAY_US + of_day + fraction;
	return true;
}

/*
 * A date of another year than 0001 to 9999, as put_date() writes it: a sign, six or seven digits,
 * "-MM-DD".  *used is its length.
 */
static bool
parse_far_date(const char *text, size_t bytes, int64_t *day, size_t *used)
{
	char near[] = "2000-01-01"; /* a leap year: 29 February may be right */
	int64_t leap;
	size_t digits = 1;
	int year = 0;

	if (bytes < 1 || (text[0] != '+' && text[0] != '-'))
		return false;
	while (digits < bytes && digits < 9 && text[digits] >= '0' && text[digits] <= '9')
		digits++;
	if (digits < 7 || digits > 8 || bytes < digits + 6)
		return false;
	memcpy(near + 4, text + digits, 6);
	if (!date_parse(near, sizeof(near) - 1, &leap))
		return false;
	for (size_t i = 1; i < digits; i++)
		year = year * 10 + text[i] - '0';
	*day = civil_day(text[0] == '-' ? -year : year, (near[5] - '0') * 10 + near[6] - '0',
			 (near[8] - '0') * 10 + near[9] - '0');
	*used = digits + 6;
	return civil_date(*day).month == (near[5] - '0') * 10 + near[6] - '0';
}

/* The far date, and the rest of the text as if it followed a near one. */
static bool
parse_far_timestamp(const char *text, size_t bytes, int64_t *out)
{
	char near[48] = "2000-01-01";
	int64_t day, us;
	size_t used;

	if (!parse_far_date(text, bytes, &day, &used) || bytes - used >= sizeof(near) - DATE_CHARS)
		return false;
	memcpy(near + DATE_CHARS, text + used, bytes - used);
	if (!timestamp_parse(near, DATE_CHARS + bytes - used, &us))
		return false;
	us -= civil_day(2000, 1, 1) * DAY_US;
	if (day < 0) { /* the very first instants begin in the middle of a day */
		day++;
		us -= DAY_US;
	}
	return !__builtin_mul_overflow(day, DAY_US, out) && !__builtin_add_overflow(*out, us, out);
}

enum value_status
value_timestamp(const char *text, size_t bytes, struct day_memo *memo, int64_t *out)
{
	if (usual_timestamp(text, bytes, memo, out) || timestamp_parse(text, bytes, out) ||
	    parse_far_timestamp(text, bytes, out))
		return VALUE_OK;
	return VALUE_WRONG_TYPE;
}

static enum value_status
parse_date(struct span text, int64_t *out)
{
	size_t used;

	if (date_parse(text.data, text.bytes, out) ||
	    (parse_far_date(text.data, text.bytes, out, &used) && used == text.bytes))
		return VALUE_OK;
	return VALUE_WRONG_TYPE;
}

static enum value_status
parse_int32(struct span text, int64_t *out)
{
	int64_t value;
	enum value_status status = value_int(text.data, text.bytes, &value);

	if (status)
		return status;
	if (value < INT32_MIN || value > INT32_MAX)
		return VALUE_OUT_OF_RANGE;
	*out = value;
	return VALUE_OK;
}

static enum value_status
parse_bool(struct span text, int64_t *out)
{
	if (!span_is(text, "true") && !span_is(text, "false"))
		return VALUE_WRONG_TYPE;
	*out = text.bytes == 4;
	return VALUE_OK;
}

enum value_status
value_parse(struct col *c, size_t at, struct span text, struct day_memo *memo)
{
	enum value_status status = VALUE_OK;

	switch (c->type) {
	case COL_INT64:
		status = value_int(text.data, text.bytes, &c->ints[at]);
		break;
	case COL_INT32:
		status = parse_int32(text, &c->ints[at]);
		break;
	case COL_BOOL:
		status = parse_bool(text, &c->ints[at]);
		break;
	case COL_TIMESTAMP:
		status = value_timestamp(text.data, text.bytes, memo, &c->ints[at]);
		break;
	case COL_DATE:
		status = parse_date(text, &c->ints[at]);
		break;
	case COL_FLOAT64:
		status = value_real(text.data, text.bytes, &c->reals[at]);
		break;
	case COL_STRING:
	case COL_JSON:
	case COL_TYPE_COUNT:
		c->texts[at] = text;
		break;
	}
	c->valid[at] = status == VALUE_OK;
	return status;
}

char *
value_put_word(const char *word, char *out)
{
	while (*word)
		*out++ = *word++;
	return out;
}

char *
value_put_int(int64_t value, char *out)
{
	char digits[20];
	int n = 0;
	uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;

	if (value < 0)
		*out++ = '-';
	do {
		digits[n++] = (char)('0' + rest % 10);
		rest /= 10;
	} while (rest);
	while (n)
		*out++ = digits[--n];
	return out;
}

char *
value_put_real(double value, char *out)
{
	char text[VALUE_CHARS_MAX];
	int n = 0;

	if (isnan(value) || isinf(value)) {
		n = snprintf(text, sizeof(text), "%s",
			     isnan(value) ? "NaN" : (value > 0 ? "Infinity" : "-Infinity"));
	} else {
		/*
		 * 17 digits always read back.  When 15 do, they are the shortest
		 * form: %g leaves zeros at the end out (but for denormal numbers).
		 */
		for (int digits = 15; digits <= 17; digits++) {
			n = snprintf(text, sizeof(text), "%.*g", digits, value);
			if (strtod(text, NULL) == value)
				break;
		}
	}
	memcpy(out, text, (size_t)n);
	return out + n;
}

bool
value_is_finite(double value)
{
	return isfinite(value);
}

static char *
put_two(int value, char *out)
{
	*out++ = (char)('0' + value / 10);
	*out++ = (char)('0' + value % 10);
	return out;
}

/* ISO 8601's expanded form, because four digits would say another year. */
static char *
put_far_date(int64_t day, char *out)
{
	struct civil c = civil_date(day);
	char text[24];
	int n = snprintf(text, sizeof(text), "%+07d-%02d-%02d", c.year, c.month, c.day);

	memcpy(out, text, (size_t)n);
	return out + n;
}

static char *
put_date(int64_t day, struct day_memo *memo, char *out)
{
	enum { FIRST = -719162, LAST = 2932896 }; /* 0001-01-01 and 9999-12-31 */
	char text[DATE_CHARS + 1];

	if (day < FIRST || day > LAST)
		return put_far_date(day, out);
	if (!memo->text[0] || memo->day != day) {
		date_format(day, text);
		memcpy(memo->text, text, sizeof(memo->text));
		memo->day = day;
	}
	memcpy(out, memo->text, sizeof(memo->text));
	return out + sizeof(memo->text);
}

static char *
put_timestamp(int64_t us, struct day_memo *memo, char *out)
{
	int64_t rest = us % DAY_US, day = us / DAY_US - (rest < 0);
	int second, micro;

	if (rest < 0)
		rest += DAY_US;
	second = (int)(rest / SECOND_US);
	micro = (int)(rest % SECOND_US);
	out = put_date(day, memo, out);
	*out++ = 'T';
	out = put_two(second / 3600, out);
	*out++ = ':';
	out = put_two(second / 60 % 60, out);
	*out++ = ':';
	out = put_two(second % 60, out);
	if (micro) {
		*out++ = '.';
		out = put_two(micro / 10000, out);
		out = put_two(micro / 100 % 100, out);
		out = put_two(micro % 100, out);
	}
	*out++ = 'Z';
	return out;
}

char *
value_put(const struct col *c, size_t at, struct day_memo *memo, char *out)
{
	switch (c->type) {
	case COL_FLOAT64:
		return value_put_real(col_real(c, at), out);
	case COL_TIMESTAMP:
		return put_timestamp(col_int(c, at), memo, out);
	case COL_DATE:
		return put_date(col_int(c, at), memo, out);
	case COL_BOOL:
		return value_put_word(col_int(c, at) ? "true" : "false", out);
	case COL_INT64:
	case COL_INT32:
	case COL_STRING:
	case COL_JSON:
	case COL_TYPE_COUNT:
		break;
	}
	return value_put_int(col_int(c, at), out);
}

static char *
put_escape(unsigned char c, char *out)
{
	static const char digits[] = "0123456789abcdef", plain[] = "\b\f\n\r\t\"\\",
			  letters[] = "bfnrt\"\\";
	const char *known = strchr(plain, c);

	*out++ = '\\';
	if (c && known) {
		*out++ = letters[known - plain];
		return out;
	}
	out = value_put_word("u00", out);
	*out++ = digits[c >> 4];
	*out++ = digits[c & 15];
	return out;
}

char *
value_put_json_string(struct span text, char *out)
{
	*out++ = '"';
	for (size_t i = 0; i < text.bytes; i++) {
		unsigned char c = (unsigned char)text.data[i];

		if (c < 0x20 || c == '"' || c == '\\')
			out = put_escape(c, out);
		else
			*out++ = (char)c;
	}
	*out++ = '"';
	return out;
}

void
value_clean(struct span text, size_t bytes_max, struct buf *out)
{
	const unsigned char *p = (const unsigned char *)text.data;
	size_t left = text.bytes < bytes_max ? text.bytes : bytes_max;

	while (left) {
		size_t n = utf8_length(p, left);

		if (n)
			buf_add(out, p, n);
		else
			buf_text(out, "\xEF\xBF\xBD");
		p += n ? n : 1;
		left -= n ? n : 1;
	}
}
