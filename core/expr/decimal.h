/*
 * decimal.h - decimals of up to 38 digits: a whole number of 128 bits, and a point in it.  Pure.
 *
 * decimal(p, s) is of p digits, s of them behind the point.  Nothing is rounded but by
 * decimal_whole() and decimal_real(), and what needs more than 38 digits is refused.
 */
#ifndef CORE_EXPR_DECIMAL_H
#define CORE_EXPR_DECIMAL_H

#include "core/base/base.h"

/* Sign, digits, a point, a zero in front of it, a NUL. */
enum { DECIMAL_DIGITS_MAX = 38, DECIMAL_CHARS = DECIMAL_DIGITS_MAX + 4 };

__extension__ typedef __int128 decimal_units;

/* units / 10^scale; at most 38 digits, and a scale from 0 to 38. */
struct decimal {
	decimal_units units;
	uint8_t scale;
};

/*
 * Read digits with perhaps a sign in front and a point between them; *precision is as many digits
 * as it takes, at least the scale and at least 1.  False: it is no such number, or needs more than
 * 38 digits.
 */
bool decimal_parse(const char *text, size_t bytes, struct decimal *out, uint8_t *precision);

/* With all digits of its scale: "-0.50". */
void decimal_format(struct decimal d, char out[DECIMAL_CHARS]);

/* With a scale that is not smaller; false: more than 38 digits. */
bool decimal_rescale(struct decimal d, uint8_t scale, struct decimal *out);

/* The sum, of the larger scale; false: more than 38 digits. */
bool decimal_add(struct decimal a, struct decimal b, struct decimal *out);

/* The difference, as decimal_add(). */
bool decimal_sub(struct decimal a, struct decimal b, struct decimal *out);

/* The product; its scale is the sum of both, which the caller knows to be at most 38. */
bool decimal_mul(struct decimal a, struct decimal b, struct decimal *out);

/* The quotient, whole and rounded down; b is not 0.  False: more than 38 digits. */
bool decimal_div(struct decimal a, struct decimal b, struct decimal *out);

/* Its rest, with the sign of b and the larger scale: a = (a div b) * b + rest. */
bool decimal_mod(struct decimal a, struct decimal b, struct decimal *out);

/* How what is behind the point goes. */
enum decimal_way { DECIMAL_FLOOR, DECIMAL_CEIL, DECIMAL_HALF_EVEN };

/* A whole number near it, of scale 0. */
struct decimal decimal_whole(struct decimal d, enum decimal_way way);

/* As -1, 0, 1: exactly, whatever the scales. */
int decimal_compare(struct decimal a, struct decimal b);

/* As decimal_compare(), with a double; NaN is greatest. */
int decimal_compare_real(struct decimal a, double b);

/* The nearest double. */
double decimal_real(struct decimal d);

#endif
