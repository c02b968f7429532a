/* order.c - which of two values is greater: exactly, also numbers of two types. */
#include "core/expr/order.h"

#include "core/expr/number.h"

#include <assert.h>
#include <math.h>
#include <string.h>

static int
order_int(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

/* NaN is greatest and equals itself. */
static int
order_real(double a, double b)
{
	if (isnan(a) || isnan(b))
		return !!isnan(a) - !!isnan(b);
	return (a > b) - (a < b);
}

/* A double holds whole numbers to 2^53 only, so it is the double that is taken apart. */
static int
order_mixed(int64_t a, double b)
{
	double whole;

	if (isnan(b) || b >= 0x1p63)
		return -1;
	if (b < -0x1p63)
		return 1;
	whole = trunc(b);
	if (a != (int64_t)whole)
		return order_int(a, (int64_t)whole);
	return (whole > b) - (whole < b);
}

static int
order_text(const struct expr_value *a, const struct expr_value *b)
{
	size_t n = a->text.bytes < b->text.bytes ? a->text.bytes : b->text.bytes;
	int order = n ? memcmp(a->text.data, b->text.data, n) : 0;

	if (order)
		return order < 0 ? -1 : 1;
	return (a->text.bytes > b->text.bytes) - (a->text.bytes < b->text.bytes);
}

/* Numbers of two types. */
static int
order_numbers(const struct expr_node *na, const struct expr_value *a, const struct expr_node *nb,
	      const struct expr_value *b)
{
	if (nb->type == EXPR_FLOAT64)
		return na->type == EXPR_INT64 ? order_mixed(a->whole, b->real)
					      : decimal_compare_real(expr_decimal(na, a), b->real);
	if (na->type == EXPR_FLOAT64)
		return -order_numbers(nb, b, na, a);
	return decimal_compare(expr_decimal(na, a), expr_decimal(nb, b));
}

int
expr_order(const struct expr_node *na, const struct expr_value *a, const struct expr_node *nb,
	   const struct expr_value *b)
{
	assert(!a->null && !b->null);
	if (na->type != nb->type || na->digits.scale != nb->digits.scale)
		return order_numbers(na, a, nb, b);
	return expr_compare(na->type, a, b);
}

int
expr_compare(enum expr_type type, const struct expr_value *a, const struct expr_value *b)
{
	switch (type) {
	case EXPR_BOOL:
		return (int)a->yes - (int)b->yes;
	case EXPR_FLOAT64:
		return order_real(a->real, b->real);
	case EXPR_DECIMAL:
		return (a->units > b->units) - (a->units < b->units);
	case EXPR_TEXT:
	case EXPR_JSON:
		return order_text(a, b);
	default:
		return order_int(a->whole, b->whole);
	}
}
