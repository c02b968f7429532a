/* decimal.c - decimals of up to 38 digits: a whole number of 128 bits, and a point in it. */
#include "core/expr/decimal.h"

#include "core/base/exact.h"

#include <assert.h>
#include <math.h>

__extension__ typedef unsigned __int128 magnitude;

enum {
	POWER_STEP = 19,     /* 10^19 is a constant of 64 bits */
	HALF = 64,           /* bits of half a magnitude */
	REAL_BITS = 53,      /* of the whole numbers that are doubles */
	REAL_POWER_MAX = 22, /* 10^22 is a double */
};

/* A product of two magnitudes. */
struct wide {
	magnitude high, low;
};

/* 10^n; n is at most 38. */
static magnitude
power(unsigned n)
{
	/* clang-format off */
	static const uint64_t small[] = {
		1U, 10U, 100U, 1000U, 10000U, 100000U, 1000000U, 10000000U, 100000000U, 1000000000U,
		10000000000U, 100000000000U, 1000000000000U, 10000000000000U, 100000000000000U,
		1000000000000000U, 10000000000000000U, 100000000000000000U, 1000000000000000000U,
		10000000000000000000U,
	};
	/* clang-format on */

	assert(n <= DECIMAL_DIGITS_MAX);
	return n <= POWER_STEP ? small[n] : (magnitude)small[POWER_STEP] * small[n - POWER_STEP];
}

static magnitude
size_of(struct decimal d)
{
	return d.units < 0 ? -(magnitude)d.units : (magnitude)d.units;
}

/* A size of at most 38 digits with its sign; false: it has more. */
static bool
give(bool negative, magnitude size, unsigned scale, struct decimal *out)
{
	if (size >= power(DECIMAL_DIGITS_MAX))
		return false;
	*out = (struct decimal){ negative ? -(decimal_units)size : (decimal_units)size,
				 (uint8_t)scale };
	return true;
}

static struct wide
multiply(magnitude a, magnitude b)
{
	magnitude a0 = (uint64_t)a, a1 = a >> HALF, b0 = (uint64_t)b, b1 = b >> HALF;
	magnitude low = a0 * b0, one = a1 * b0 + (low >> HALF), two = a0 * b1 + (uint64_t)one;

	return (struct wide){ a1 * b1 + (one >> HALF) + (two >> HALF),
			      two << HALF | (uint64_t)low };
}

static int
order(struct wide a, struct wide b)
{
	if (a.high != b.high)
		return a.high < b.high ? -1 : 1;
	return (a.low > b.low) - (a.low < b.low);
}

bool
decimal_parse(const char *text, size_t bytes, struct decimal *out, uint8_t *precision)
{
	size_t i = bytes && (text[0] == '-' || text[0] == '+'), digits = 0, used = 0, scale = 0;
	bool point = false;
	magnitude size = 0;

	for (; i < bytes; i++) {
		if (text[i] == '.' && !point) {
			point = true;
			continue;
		}
		if (text[i] < '0' || text[i] > '9')
			return false;
		digits++;
		scale += point;
		used += used || text[i] != '0';
		if (used > DECIMAL_DIGITS_MAX || scale > DECIMAL_DIGITS_MAX)
			return false;
		size = size * 10U + (unsigned)(text[i] - '0');
	}
	if (!digits)
		return false;
	*precision = (uint8_t)(used > scale ? used : scale ? scale : 1);
	return give(text[0] == '-', size, (unsigned)scale, out);
}

void
decimal_format(struct decimal d, char out[DECIMAL_CHARS])
{
	char digits[DECIMAL_DIGITS_MAX + 1]; /* the last one first */
	magnitude size = size_of(d);
	size_t n = 0;

	for (; size || n <= d.scale; size /= 10)
		digits[n++] = (char)('0' + (int)(size % 10));
	if (d.units < 0)
		*out++ = '-';
	while (n) {
		if (n-- == d.scale)
			*out++ = '.';
		*out++ = digits[n];
	}
	*out = '\0';
}

/* A size that is counted in smaller units; false: it has far more than 38 digits then. */
static bool
refine(magnitude size, unsigned from, unsigned to, magnitude *out)
{
	return !__builtin_mul_overflow(size, power(to - from), out);
}

bool
decimal_rescale(struct decimal d, uint8_t scale, struct decimal *out)
{
	magnitude size;

	assert(scale >= d.scale);
	return refine(size_of(d), d.scale, scale, &size) && give(d.units < 0, size, scale, out);
}

bool
decimal_add(struct decimal a, struct decimal b, struct decimal *out)
{
	unsigned scale = a.scale > b.scale ? a.scale : b.scale;
	magnitude x, y;

	/* One of them may have 39 digits here, and the other bring it back. */
	if (!refine(size_of(a), a.scale, scale, &x) || !refine(size_of(b), b.scale, scale, &y))
		return false;
	if ((a.units < 0) != (b.units < 0))
		return x >= y ? give(a.units < 0, x - y, scale, out)
			      : give(b.units < 0, y - x, scale, out);
	return !__builtin_add_overflow(x, y, &x) && give(a.units < 0, x, scale, out);
}

bool
decimal_sub(struct decimal a, struct decimal b, struct decimal *out)
{
	b.units = -b.units;
	return decimal_add(a, b, out);
}

bool
decimal_mul(struct decimal a, struct decimal b, struct decimal *out)
{
	unsigned scale = (unsigned)a.scale + b.scale;
	magnitude size;

	assert(scale <= DECIMAL_DIGITS_MAX);
	return !__builtin_mul_overflow(size_of(a), size_of(b), &size) &&
	       give((a.units < 0) != (b.units < 0), size, scale, out);
}

/* How often a size goes into another, and what is left. */
struct division {
	magnitude quotient, rest;
	bool beyond; /* the quotient is lost: it has more than 128 bits */
};

/* All twice as large; `by` is below 2^127. */
static void
twice(struct division *d, magnitude by)
{
	d->beyond |= d->quotient >> (2 * HALF - 1) != 0;
	d->quotient *= 2;
	d->rest *= 2;
	if (d->rest < by)
		return;
	d->rest -= by;
	d->quotient += 1;
}

/* size * 10^n by `by`: that may be of 76 digits, so n of them come one after the other. */
static struct division
divide(magnitude size, unsigned n, magnitude by)
{
	struct division d = { size / by, size % by, false };

	for (; n; n--) {
		const struct division one = d;

		/* 10 = 2 * (2 * 2 + 1) */
		twice(&d, by);
		twice(&d, by);
		d.beyond |= __builtin_add_overflow(d.quotient, one.quotient, &d.quotient);
		d.rest += one.rest;
		if (d.rest >= by) {
			d.rest -= by;
			d.beyond |= __builtin_add_overflow(d.quotient, (magnitude)1, &d.quotient);
		}
		twice(&d, by);
	}
	return d;
}

/* Of sizes, the rest in units of the larger scale. */
static struct division
divide_sizes(struct decimal a, struct decimal b)
{
	magnitude by;

	if (b.scale >= a.scale)
		return divide(size_of(a), b.scale - a.scale, size_of(b));
	if (refine(size_of(b), b.scale, a.scale, &by) && by <= size_of(a))
		return divide(size_of(a), 0, by);
	return (struct division){ 0, size_of(a), false };
}

bool
decimal_div(struct decimal a, struct decimal b, struct decimal *out)
{
	bool unlike = (a.units < 0) != (b.units < 0);
	struct division d = divide_sizes(a, b);

	if (unlike && d.rest)
		d.beyond |= __builtin_add_overflow(d.quotient, (magnitude)1, &d.quotient);
	return !d.beyond && give(unlike, d.quotient, 0, out);
}

bool
decimal_mod(struct decimal a, struct decimal b, struct decimal *out)
{
	unsigned scale = a.scale > b.scale ? a.scale : b.scale;
	struct division d = divide_sizes(a, b);
	magnitude by;

	if ((a.units < 0) != (b.units < 0) && d.rest) {
		if (!refine(size_of(b), b.scale, scale, &by))
			return false;
		d.rest = by - d.rest;
	}
	return give(b.units < 0, d.rest, scale, out);
}

struct decimal
decimal_whole(struct decimal d, enum decimal_way way)
{
	magnitude one = power(d.scale), size = size_of(d) / one, rest = size_of(d) % one;
	bool up = false; /* away from 0 */

	switch (way) {
	case DECIMAL_FLOOR:
		up = rest && d.units < 0;
		break;
	case DECIMAL_CEIL:
		up = rest && d.units > 0;
		break;
	case DECIMAL_HALF_EVEN:
		up = rest > one - rest || (rest == one - rest && size % 2);
		break;
	}
	size += up;
	return (struct decimal){ d.units < 0 ? -(decimal_units)size : (decimal_units)size, 0 };
}

int
decimal_compare(struct decimal a, struct decimal b)
{
	unsigned scale = a.scale > b.scale ? a.scale : b.scale;
	int sizes;

	if ((a.units < 0) != (b.units < 0))
		return a.units < 0 ? -1 : 1;
	sizes = order(multiply(size_of(a), power(scale - a.scale)),
		      multiply(size_of(b), power(scale - b.scale)));
	return a.units < 0 ? -sizes : sizes;
}

double
decimal_real(struct decimal d)
{
	char text[DECIMAL_CHARS];
	struct number number = { 0 };

	/* Two doubles that are exact have the nearest as their quotient. */
	if (size_of(d) < (magnitude)1 << REAL_BITS && d.scale <= REAL_POWER_MAX)
		return (double)d.units / (double)power(d.scale);
	decimal_format(d, text);
	(void)number_parse(text, &number);
	return number.real;
}

/* The size of d with that of the double which is nearest to it, and not 0. */
static int
order_nearest(struct decimal d, double real)
{
	int exponent, more;
	magnitude size = size_of(d), whole = (magnitude)ldexp(frexp(real, &exponent), REAL_BITS);

	exponent -= REAL_BITS; /* it is whole * 2^exponent */
	if (exponent >= 0)
		return order((struct wide){ 0, size }, multiply(whole << exponent, power(d.scale)));
	/* Both sides are below 2^180: 53 bits, and those of 10^38. */
	more = -exponent >= 2 * HALF ? -exponent - (2 * HALF - 1) : 0;
	return order(multiply(size << more, (magnitude)1 << (-exponent - more)),
		     multiply(whole, power(d.scale)));
}

int
decimal_compare_real(struct decimal a, double b)
{
	double near = decimal_real(a);
	int sizes;

	/* What is nearest never passes another double; so only where it is that one it is close. */
	if (isnan(b) || near < b)
		return -1;
	if (near > b)
		return 1;
	sizes = a.units ? order_nearest(a, fabs(b)) : 0;
	return a.units < 0 ? -sizes : sizes;
}
