/* exact.c - numbers as they are written, without what a double would make of them. */
#include "core/base/exact.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Exponents that are larger say as much as these. */
enum { EXPONENT_MAX = 100000, INT64_DIGITS = 19 };

__extension__ typedef __int128 wide;

/* The digits of a number, from the first that is not 0. */
struct digits {
	const char *first, *end; /* a point may stand among them */
	int64_t before;          /* how many stand before the point; negative: zeros follow it */
	bool negative, plain;    /* plain: digits alone */
};

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static const char *
skip_digits(const char *p)
{
	while (is_digit(*p))
		p++;
	return p;
}

/* The exponent at p, which follows an 'e'; NULL: there is none. */
static const char *
read_exponent(const char *p, int64_t *out)
{
	bool negative = *p == '-';
	int64_t value = 0;

	p += *p == '-' || *p == '+';
	if (!is_digit(*p))
		return NULL;
	for (; is_digit(*p); p++)
		if (value < EXPONENT_MAX)
			value = value * 10 + (*p - '0');
	*out = negative ? -value : value;
	return p;
}

/* Take a number apart, up to `stop`; false: it is none. */
static bool
take_apart(const char *p, char stop, struct digits *d)
{
	const char *point = NULL, *end;
	int64_t exponent = 0;

	d->negative = *p == '-';
	p += d->negative;
	if (!is_digit(*p) || (*p == '0' && is_digit(p[1])))
		return false;
	d->first = p;
	end = skip_digits(p);
	if (*end == '.') {
		point = end;
		end = skip_digits(end + 1);
		if (end == point + 1)
			return false;
	}
	d->end = end;
	d->plain = !point && *end != 'e' && *end != 'E';
	if (*end == 'e' || *end == 'E')
		end = read_exponent(end + 1, &exponent);
	if (!end || *end != stop || (stop && end[1]))
		return false;
	d->before = (point ? point : d->end) - d->first + exponent;
	for (; d->first < d->end && (*d->first == '0' || *d->first == '.'); d->first++)
		d->before -= *d->first == '0';
	return true;
}

/* The next digit at *p, 0 behind the last one. */
static int
next_digit(const struct digits *d, const char **p)
{
	*p += *p < d->end && **p == '.';
	return *p < d->end ? *(*p)++ - '0' : 0;
}

/* Is there a digit other than 0 at p or later? */
static bool
has_more(const struct digits *d, const char *p)
{
	for (; p < d->end; p++)
		if (*p != '0' && *p != '.')
			return true;
	return false;
}

/* What stands before the point as a whole number; false: it is not below 10^19. */
static bool
whole_part(const struct digits *d, uint64_t *value, bool *whole)
{
	const char *p = d->first;

	*value = 0;
	if (d->before > INT64_DIGITS)
		return false;
	for (int64_t i = 0; i < d->before; i++)
		*value = *value * 10 + (uint64_t)next_digit(d, &p);
	*whole = !has_more(d, p);
	return true;
}

bool
number_parse(const char *text, struct number *out)
{
	const uint64_t limit = (uint64_t)INT64_MAX;
	struct digits d;
	uint64_t value;

	if (!take_apart(text, '\0', &d))
		return false;
	*out = (struct number){ .digits = d.plain, .real = strtod(text, NULL) };
	if (d.first == d.end) {
		out->whole = true;
		return true;
	}
	if (!whole_part(&d, &value, &out->whole)) {
		out->beyond = d.negative ? -1 : 1;
	} else if (!d.negative) {
		out->beyond = value > limit ? 1 : 0;
		out->floor = out->beyond ? INT64_MAX : (int64_t)value;
	} else {
		value += !out->whole;
		out->beyond = value > limit + 1 ? -1 : 0;
		out->floor = out->beyond || value > limit ? INT64_MIN : -(int64_t)value;
	}
	if (out->beyond)
		out->floor = out->beyond < 0 ? INT64_MIN : INT64_MAX;
	return true;
}

int
number_compare(const struct number *a, const struct number *b)
{
	if (a->beyond != b->beyond)
		return a->beyond < b->beyond ? -1 : 1;
	if (!a->beyond && a->floor != b->floor)
		return a->floor < b->floor ? -1 : 1;
	if (!a->beyond && (a->whole || b->whole))
		return b->whole - a->whole;
	return (a->real > b->real) - (a->real < b->real);
}

bool
number_least_int(const struct number *n, bool above, int64_t *out)
{
	*out = n->floor;
	if (n->beyond)
		return n->beyond < 0;
	if (n->whole && !above)
		return true;
	if (n->floor == INT64_MAX)
		return false;
	++*out;
	return true;
}

bool
number_greatest_int(const struct number *n, bool below, int64_t *out)
{
	*out = n->floor;
	if (n->beyond)
		return n->beyond > 0;
	if (!n->whole || !below)
		return true;
	if (n->floor == INT64_MIN)
		return false;
	--*out;
	return true;
}

/* How a double compares with the number that is meant. */
static int
compare_real(double real, const struct number *n)
{
	if (!n->digits || n->beyond)
		return (real > n->real) - (real < n->real);
	if (real >= 0x1p63)
		return 1;
	return ((int64_t)real > n->floor) - ((int64_t)real < n->floor);
}

double
number_least_real(const struct number *n, bool above)
{
	int side = compare_real(n->real, n);

	return side < 0 || (side == 0 && above) ? nextafter(n->real, HUGE_VAL) : n->real;
}

double
number_greatest_real(const struct number *n, bool below)
{
	int side = compare_real(n->real, n);

	return side > 0 || (side == 0 && below) ? nextafter(n->real, -HUGE_VAL) : n->real;
}

/* ---- shares ---- */

enum share_status
share_parse(const char *text, struct share *out)
{
	size_t bytes = strlen(text);
	bool percent = bytes > 0 && text[bytes - 1] == '%';
	struct share s = { 0, 1 };
	struct digits d;
	int64_t n = 0;
	const char *p;

	if (!take_apart(text, percent ? '%' : '\0', &d))
		return SHARE_NO_NUMBER;
	d.before -= percent ? 2 : 0;
	if (d.first < d.end && (d.negative || d.before > 1))
		return SHARE_OUT_OF_RANGE;
	for (p = d.first; has_more(&d, p); n++) {
		if (n == SHARE_DECIMALS_MAX + 1)
			return SHARE_TOO_LONG;
		s.parts = s.parts * 10 + next_digit(&d, &p);
	}
	if (n && n - d.before > SHARE_DECIMALS_MAX)
		return SHARE_TOO_LONG;
	for (int64_t i = d.before; n && i < n; i++)
		s.of *= 10;
	if (s.parts > s.of)
		return SHARE_OUT_OF_RANGE;
	*out = s;
	return SHARE_OK;
}

int
share_compare(int64_t part, struct share share, int64_t whole)
{
	wide left = (wide)part * share.of, right = (wide)share.parts * whole;

	return (left > right) - (left < right);
}

double
share_real(struct share share)
{
	return (double)share.parts / (double)share.of;
}

void
share_format(struct share share, char out[SHARE_CHARS])
{
	int64_t hundredths = share.parts * 100, rest = hundredths % share.of;
	int used = snprintf(out, SHARE_CHARS, "%" PRId64, hundredths / share.of);

	if (rest)
		out[used++] = '.';
	for (; rest && used < SHARE_CHARS - 2; rest = rest * 10 % share.of)
		out[used++] = (char)('0' + rest * 10 / share.of);
	out[used] = '%';
	out[used + 1] = '\0';
}
