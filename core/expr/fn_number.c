/* fn_number.c - arithmetic: what passes int64 or float64 is an error, division by zero is null. */
#include "core/expr/fn.h"

#include <math.h>

static enum err_code
past_int(const struct expr_call *c)
{
	return err_set(c->err, ERR_LIMIT, "the result is beyond %s", expr_type_name(c->node->type));
}

/* A result that is infinite or no number though nothing it was made of is. */
static enum err_code
real(const struct expr_call *c, double result, struct expr_value *out)
{
	bool finite = true;

	for (uint32_t i = 0; i < c->node->n; i++)
		finite &= isfinite(c->args[i].real) != 0;
	if (finite && !isfinite(result))
		return err_set(c->err, ERR_LIMIT, "the result is beyond float64");
	out->real = result;
	return ERR_NONE;
}

static enum err_code
add_int(const struct expr_call *c, struct expr_value *out)
{
	if (__builtin_add_overflow(c->args[0].whole, c->args[1].whole, &out->whole))
		return past_int(c);
	return ERR_NONE;
}

static enum err_code
sub_int(const struct expr_call *c, struct expr_value *out)
{
	if (__builtin_sub_overflow(c->args[0].whole, c->args[1].whole, &out->whole))
		return past_int(c);
	return ERR_NONE;
}

static enum err_code
mul_int(const struct expr_call *c, struct expr_value *out)
{
	if (__builtin_mul_overflow(c->args[0].whole, c->args[1].whole, &out->whole))
		return past_int(c);
	return ERR_NONE;
}

static enum err_code
neg_int(const struct expr_call *c, struct expr_value *out)
{
	if (__builtin_sub_overflow((int64_t)0, c->args[0].whole, &out->whole))
		return past_int(c);
	return ERR_NONE;
}

static enum err_code
abs_int(const struct expr_call *c, struct expr_value *out)
{
	out->whole = c->args[0].whole;
	return out->whole < 0 ? neg_int(c, out) : ERR_NONE;
}

/* Quotient and rest, rounded down: the rest has the sign of the divisor. */
static enum err_code
div_int(const struct expr_call *c, struct expr_value *out)
{
	int64_t a = c->args[0].whole, b = c->args[1].whole;

	out->null = b == 0;
	if (b == 0)
		return ERR_NONE;
	if (b == -1)
		return neg_int(c, out);
	out->whole = a / b - (a % b != 0 && (a % b < 0) != (b < 0));
	return ERR_NONE;
}

static enum err_code
mod_int(const struct expr_call *c, struct expr_value *out)
{
	int64_t a = c->args[0].whole, b = c->args[1].whole;

	out->null = b == 0;
	if (b == 0 || b == -1) /* INT64_MIN % -1 traps */
		return ERR_NONE;
	out->whole = a % b;
	if (out->whole && (out->whole < 0) != (b < 0))
		out->whole += b;
	return ERR_NONE;
}

static enum err_code
add_real(const struct expr_call *c, struct expr_value *out)
{
	return real(c, c->args[0].real + c->args[1].real, out);
}

static enum err_code
sub_real(const struct expr_call *c, struct expr_value *out)
{
	return real(c, c->args[0].real - c->args[1].real, out);
}

static enum err_code
mul_real(const struct expr_call *c, struct expr_value *out)
{
	return real(c, c->args[0].real * c->args[1].real, out);
}

static enum err_code
divide(const struct expr_call *c, struct expr_value *out)
{
	out->null = c->args[1].real == 0;
	return out->null ? ERR_NONE : real(c, c->args[0].real / c->args[1].real, out);
}

static double
rest(double a, double b)
{
	double m = fmod(a, b);

	return m != 0 && (m < 0) != (b < 0) ? m + b : m;
}

static enum err_code
mod_real(const struct expr_call *c, struct expr_value *out)
{
	out->null = c->args[1].real == 0;
	return out->null ? ERR_NONE : real(c, rest(c->args[0].real, c->args[1].real), out);
}

/* By way of the rest, so that (a div b) * b + a % b is a. */
static enum err_code
div_real(const struct expr_call *c, struct expr_value *out)
{
	double a = c->args[0].real, b = c->args[1].real;

	out->null = b == 0;
	return out->null ? ERR_NONE : real(c, rint((a - rest(a, b)) / b), out);
}

static enum err_code
neg_real(const struct expr_call *c, struct expr_value *out)
{
	out->real = -c->args[0].real;
	return ERR_NONE;
}

static enum err_code
abs_real(const struct expr_call *c, struct expr_value *out)
{
	out->real = fabs(c->args[0].real);
	return ERR_NONE;
}

/* A whole number is rounded already. */
static enum err_code
same(const struct expr_call *c, struct expr_value *out)
{
	*out = c->args[0];
	return ERR_NONE;
}

/* Half to even, which is how the processor rounds when nobody told it otherwise. */
static enum err_code
round_real(const struct expr_call *c, struct expr_value *out)
{
	out->real = rint(c->args[0].real);
	return ERR_NONE;
}

static enum err_code
floor_real(const struct expr_call *c, struct expr_value *out)
{
	out->real = floor(c->args[0].real);
	return ERR_NONE;
}

static enum err_code
ceil_real(const struct expr_call *c, struct expr_value *out)
{
	out->real = ceil(c->args[0].real);
	return ERR_NONE;
}

/* clang-format off */
static const struct expr_fn rows[] = {
	{ "+", "ii:i", "a + b", .eval = add_int },
	{ "+", "ff:f", "a + b", .eval = add_real },
	{ "-", "ii:i", "a - b", .eval = sub_int },
	{ "-", "ff:f", "a - b", .eval = sub_real },
	{ "*", "ii:i", "a * b", .eval = mul_int },
	{ "*", "ff:f", "a * b", .eval = mul_real },
	{ "/", "ff:f", "a / b", .eval = divide },
	{ "div", "ii:i", "a div b", .eval = div_int },
	{ "div", "ff:f", "a div b", .eval = div_real },
	{ "%", "ii:i", "a % b", .eval = mod_int },
	{ "%", "ff:f", "a % b", .eval = mod_real },
	{ "-", "i:i", "-a", .eval = neg_int },
	{ "-", "f:f", "-a", .eval = neg_real },
	{ "abs", "i:i", "abs(number)", .eval = abs_int },
	{ "abs", "f:f", "abs(number)", .eval = abs_real },
	{ "round", "i:i", "round(number)", .eval = same },
	{ "round", "f:f", "round(number)", .eval = round_real },
	{ "floor", "i:i", "floor(number)", .eval = same },
	{ "floor", "f:f", "floor(number)", .eval = floor_real },
	{ "ceil", "i:i", "ceil(number)", .eval = same },
	{ "ceil", "f:f", "ceil(number)", .eval = ceil_real },
	{ "+", "uu:u", "duration + duration", .eval = add_int },
	{ "-", "uu:u", "duration - duration", .eval = sub_int },
	{ "-", "ss:u", "timestamp - timestamp", .eval = sub_int },
	{ "-", "u:u", "-duration", .eval = neg_int },
	{ "*", "ui:u", "duration * int64", .eval = mul_int },
	{ "*", "iu:u", "int64 * duration", .eval = mul_int },
};
/* clang-format on */

const struct expr_fns expr_fns_number = { rows, countof(rows) };
