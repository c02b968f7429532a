/* fn_number.c - arithmetic: what passes its type is an error, division by zero is null. */
#include "core/expr/fn.h"
#include "core/expr/number.h"

#include <math.h>

static enum err_code
beyond(const struct expr_call *c)
{
	const struct expr_node *n = c->node;

	if (n->type == EXPR_DECIMAL)
		return err_set(c->err, ERR_LIMIT, "the result is beyond decimal(%d,%d)",
			       n->digits.precision, n->digits.scale);
	return err_set(c->err, ERR_LIMIT, "the result is beyond %s", expr_type_name(n->type));
}

/* A result that is infinite or no number though nothing it was made of is. */
static enum err_code
real(const struct expr_call *c, double result, struct expr_value *out)
{
	bool finite = true;

	for (uint32_t i = 0; i < c->node->n; i++)
		finite &= isfinite(c->args[i].real) != 0;
	if (finite && !isfinite(result))
		return beyond(c);
	out->real = result;
	return ERR_NONE;
}

static enum err_code
add_int(const struct expr_call *c, struct expr_value *out)
{
	if (__builtin_add_overflow(c->args[0].whole, c->args[1].whole, &out->whole))
		return beyond(c);
	return ERR_NONE;
}

static enum err_code
sub_int(const struct expr_call *c, struct expr_value *out)
{
	if (__builtin_sub_overflow(c->args[0].whole, c->args[1].whole, &out->whole))
		return beyond(c);
	return ERR_NONE;
}

static enum err_code
mul_int(const struct expr_call *c, struct expr_value *out)
{
	if (__builtin_mul_overflow(c->args[0].whole, c->args[1].whole, &out->whole))
		return beyond(c);
	return ERR_NONE;
}

static enum err_code
neg_int(const struct expr_call *c, struct expr_value *out)
{
	if (__builtin_sub_overflow((int64_t)0, c->args[0].whole, &out->whole))
		return beyond(c);
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

/* ---- decimals ---- */

static struct decimal
arg(const struct expr_call *c, uint32_t i)
{
	return expr_decimal(c->node->args[i], &c->args[i]);
}

/* A result, of the scale that its row said when the expression was read. */
static enum err_code
exact(const struct expr_call *c, bool good, const struct decimal *result, struct expr_value *out)
{
	if (!good)
		return beyond(c);
	out->units = result->units;
	return ERR_NONE;
}

static enum err_code
add_decimal(const struct expr_call *c, struct expr_value *out)
{
	struct decimal d;
	bool good = decimal_add(arg(c, 0), arg(c, 1), &d);

	return exact(c, good, &d, out);
}

static enum err_code
sub_decimal(const struct expr_call *c, struct expr_value *out)
{
	struct decimal d;
	bool good = decimal_sub(arg(c, 0), arg(c, 1), &d);

	return exact(c, good, &d, out);
}

static enum err_code
mul_decimal(const struct expr_call *c, struct expr_value *out)
{
	struct decimal d;
	bool good = decimal_mul(arg(c, 0), arg(c, 1), &d);

	return exact(c, good, &d, out);
}

/* As exactly as one division of doubles can: 0.3 / 0.1 is 3. */
static enum err_code
divide_decimal(const struct expr_call *c, struct expr_value *out)
{
	struct decimal a = arg(c, 0), b = arg(c, 1), x, y;
	uint8_t scale = a.scale > b.scale ? a.scale : b.scale;

	out->null = b.units == 0;
	if (out->null)
		return ERR_NONE;
	if (decimal_rescale(a, scale, &x) && decimal_rescale(b, scale, &y))
		out->real = (double)x.units / (double)y.units;
	else
		out->real = decimal_real(a) / decimal_real(b);
	return ERR_NONE;
}

static enum err_code
div_decimal(const struct expr_call *c, struct expr_value *out)
{
	struct decimal b = arg(c, 1), d;

	out->null = b.units == 0;
	return out->null ? ERR_NONE : exact(c, decimal_div(arg(c, 0), b, &d), &d, out);
}

static enum err_code
mod_decimal(const struct expr_call *c, struct expr_value *out)
{
	struct decimal b = arg(c, 1), d;

	out->null = b.units == 0;
	return out->null ? ERR_NONE : exact(c, decimal_mod(arg(c, 0), b, &d), &d, out);
}

static enum err_code
neg_decimal(const struct expr_call *c, struct expr_value *out)
{
	out->units = -c->args[0].units;
	return ERR_NONE;
}

static enum err_code
abs_decimal(const struct expr_call *c, struct expr_value *out)
{
	out->units = c->args[0].units < 0 ? -c->args[0].units : c->args[0].units;
	return ERR_NONE;
}

static enum err_code
round_decimal(const struct expr_call *c, struct expr_value *out)
{
	out->units = decimal_whole(arg(c, 0), DECIMAL_HALF_EVEN).units;
	return ERR_NONE;
}

static enum err_code
floor_decimal(const struct expr_call *c, struct expr_value *out)
{
	out->units = decimal_whole(arg(c, 0), DECIMAL_FLOOR).units;
	return ERR_NONE;
}

static enum err_code
ceil_decimal(const struct expr_call *c, struct expr_value *out)
{
	out->units = decimal_whole(arg(c, 0), DECIMAL_CEIL).units;
	return ERR_NONE;
}

/* What the results are of: so many digits in front of the point, so many behind it. */

static int
before(const struct expr_node *call, uint32_t i)
{
	return call->args[i]->digits.precision - call->args[i]->digits.scale;
}

/* a + b: the longer of both, and what is carried. */
static enum err_code
sum_digits(struct expr_reading *r, struct expr_node *call)
{
	struct expr_digits both = expr_digits_join(call->args[0]->digits, call->args[1]->digits);

	(void)r;
	call->digits = expr_digits_make(both.precision - both.scale + 1, both.scale);
	return ERR_NONE;
}

/* a * b: all of both. */
static enum err_code
product_digits(struct expr_reading *r, struct expr_node *call)
{
	int behind = call->args[0]->digits.scale + call->args[1]->digits.scale;

	if (behind > DECIMAL_DIGITS_MAX) {
		(void)expr_wrong(r, EXPR_BAD_TYPE, call->at, call->bytes,
				 "a product has the digits of both behind the point, here %d and "
				 "%d; a decimal has at most %d",
				 call->args[0]->digits.scale, call->args[1]->digits.scale,
				 DECIMAL_DIGITS_MAX);
		expr_help(r, "1e0 * a is a float64, which does not grow");
		return ERR_INPUT;
	}
	call->digits = expr_digits_make(before(call, 0) + before(call, 1), behind);
	return ERR_NONE;
}

/* a div b: each digit of b behind the point is one more; -0.5 div 1 is -1. */
static enum err_code
quotient_digits(struct expr_reading *r, struct expr_node *call)
{
	(void)r;
	call->digits = expr_digits_make(before(call, 0) + call->args[1]->digits.scale + 1, 0);
	return ERR_NONE;
}

/* a % b: it is smaller than b. */
static enum err_code
rest_digits(struct expr_reading *r, struct expr_node *call)
{
	(void)r;
	call->digits = expr_digits_make(
	    before(call, 1), expr_digits_join(call->args[0]->digits, call->args[1]->digits).scale);
	return ERR_NONE;
}

/* round(9.5) is 10. */
static enum err_code
whole_digits(struct expr_reading *r, struct expr_node *call)
{
	(void)r;
	call->digits = expr_digits_make(before(call, 0) + 1, 0);
	return ERR_NONE;
}

/* clang-format off */
static const struct expr_fn rows[] = {
	{ "+", "ii:i", "a + b", .eval = add_int },
	{ "+", "nn:n", "a + b", .eval = add_decimal, .check = sum_digits },
	{ "+", "ff:f", "a + b", .eval = add_real },
	{ "-", "ii:i", "a - b", .eval = sub_int },
	{ "-", "nn:n", "a - b", .eval = sub_decimal, .check = sum_digits },
	{ "-", "ff:f", "a - b", .eval = sub_real },
	{ "*", "ii:i", "a * b", .eval = mul_int },
	{ "*", "nn:n", "a * b", .eval = mul_decimal, .check = product_digits },
	{ "*", "ff:f", "a * b", .eval = mul_real },
	{ "/", "nn:f", "a / b", .eval = divide_decimal },
	{ "/", "ff:f", "a / b", .eval = divide },
	{ "div", "ii:i", "a div b", .eval = div_int },
	{ "div", "nn:n", "a div b", .eval = div_decimal, .check = quotient_digits },
	{ "div", "ff:f", "a div b", .eval = div_real },
	{ "%", "ii:i", "a % b", .eval = mod_int },
	{ "%", "nn:n", "a % b", .eval = mod_decimal, .check = rest_digits },
	{ "%", "ff:f", "a % b", .eval = mod_real },
	{ "-", "i:i", "-a", .eval = neg_int },
	{ "-", "n:n", "-a", .eval = neg_decimal },
	{ "-", "f:f", "-a", .eval = neg_real },
	{ "abs", "i:i", "abs(number)", .eval = abs_int },
	{ "abs", "n:n", "abs(number)", .eval = abs_decimal },
	{ "abs", "f:f", "abs(number)", .eval = abs_real },
	{ "round", "i:i", "round(number)", .eval = same },
	{ "round", "n:n", "round(number)", .eval = round_decimal, .check = whole_digits },
	{ "round", "f:f", "round(number)", .eval = round_real },
	{ "floor", "i:i", "floor(number)", .eval = same },
	{ "floor", "n:n", "floor(number)", .eval = floor_decimal, .check = whole_digits },
	{ "floor", "f:f", "floor(number)", .eval = floor_real },
	{ "ceil", "i:i", "ceil(number)", .eval = same },
	{ "ceil", "n:n", "ceil(number)", .eval = ceil_decimal, .check = whole_digits },
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
