/* value.c - single values between text and memory, for the text formats. */
#include "worker/value.h"

#include "core/civil.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { REAL_CHARS_MAX = 400 }; /* longer numbers are not written by anybody on purpose */

static bool
is_digit(char c)
{
	return (unsigned)(c - '0') < 10;
}

enum value_status
value_int(const char *text, size_t bytes, int64_t *out)
{
	const char *p = text, *end = text + bytes;
	bool negative = bytes > 0 && *p == '-';
	uint64_t value = 0, limit = (uint64_t)INT64_MAX + negative;

	p += negative;
	if (p == end || (*p == '0' && end - p > 1))
		return VALUE_WRONG_TYPE;
	for (; p < end && end - p > 0 && is_digit(*p); p++) {
		unsigned digit = (unsigned)(*p - '0');

		if (value > (limit - digit) / 10)
			break;
		value = value * 10 + digit;
	}
	if (p < end) {
		while (p < end && is_digit(*p))
			p++;
		return p < end ? VALUE_WRONG_TYPE : VALUE_OUT_OF_RANGE;
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

enum value_status
value_real(const char *text, size_t bytes, double *out)
{
	char copy[REAL_CHARS_MAX + 1];
	double value;

	if (bytes > REAL_CHARS_MAX || !is_number(text, text + bytes))
		return special_real(text, bytes, out) ? VALUE_OK : VALUE_WRONG_TYPE;
	memcpy(copy, text, bytes);
	copy[bytes] = '\0';
	value = strtod(copy, NULL);
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

enum value_status
value_timestamp(const char *text, size_t bytes, struct day_memo *memo, int64_t *out)
{
	/* Digits of "T02:30:00Z" as numbers; the common form only, the rest goes the long way. */
	if (bytes == 20 && text[10] == 'T' && text[13] == ':' && text[16] == ':' &&
	    text[19] == 'Z') {
		static const int at[6] = { 11, 12, 14, 15, 17, 18 };
		int d[6];
		bool digits = true;
		int64_t day;

		for (int i = 0; i < 6; i++) {
			d[i] = text[at[i]] - '0';
			digits = digits && is_digit(text[at[i]]);
		}
		if (digits && d[0] * 10 + d[1] < 24 && d[2] < 6 && d[4] < 6 &&
		    parse_day(text, memo, &day)) {
			*out = day * DAY_US + (d[0] * 10 + d[1]) * HOUR_US +
			       (d[2] * 10 + d[3]) * MINUTE_US + (d[4] * 10 + d[5]) * SECOND_US;
			return VALUE_OK;
		}
	}
	return timestamp_parse(text, bytes, out) ? VALUE_OK : VALUE_WRONG_TYPE;
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
		if (!date_parse(text.data, text.bytes, &c->ints[at]))
			status = VALUE_WRONG_TYPE;
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

static char *
put_date(int64_t day, struct day_memo *memo, char *out)
{
	char text[DATE_CHARS + 1];

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
	int64_t day = us / DAY_US - (us % DAY_US < 0), rest = us - day * DAY_US;
	int second = (int)(rest / SECOND_US), micro = (int)(rest % SECOND_US);

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
		return value_put_real(c->reals[at], out);
	case COL_TIMESTAMP:
		return put_timestamp(c->ints[at], memo, out);
	case COL_DATE:
		return put_date(c->ints[at], memo, out);
	case COL_BOOL:
		return value_put_word(c->ints[at] ? "true" : "false", out);
	case COL_INT64:
	case COL_INT32:
	case COL_STRING:
	case COL_JSON:
	case COL_TYPE_COUNT:
		break;
	}
	return value_put_int(c->ints[at], out);
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

size_t
utf8_length(const unsigned char *p, size_t bytes)
{
	size_t n;

	if (!bytes)
		return 0;
	if (p[0] < 0x80)
		return 1;
	n = p[0] >= 0xF0 ? 4 : (p[0] >= 0xE0 ? 3 : 2);
	if (p[0] < 0xC2 || p[0] > 0xF4 || bytes < n)
		return 0;
	for (size_t i = 1; i < n; i++)
		if ((p[i] & 0xC0) != 0x80)
			return 0;
	/* Overlong forms, surrogates, and what lies beyond U+10FFFF. */
	if ((p[0] == 0xE0 && p[1] < 0xA0) || (p[0] == 0xED && p[1] > 0x9F) ||
	    (p[0] == 0xF0 && p[1] < 0x90) || (p[0] == 0xF4 && p[1] > 0x8F))
		return 0;
	return n;
}

bool
utf8_valid(const char *text, size_t bytes)
{
	const unsigned char *p = (const unsigned char *)text;
	uint64_t word;

	while (bytes) {
		size_t n = sizeof(word);

		if (bytes >= n) {
			memcpy(&word, p, n);
			if (word & UINT64_C(0x8080808080808080))
				n = utf8_length(p, bytes);
		} else {
			n = utf8_length(p, bytes);
		}
		if (!n)
			return false;
		p += n;
		bytes -= n;
	}
	return true;
}
