/* order.c - which of two values is greater: exactly, also a whole number and a double. */
#include "core/expr/order.h"

#include <assert.h>
#include <math.h>
#include <string.h>

bool
expr_common(enum expr_type a, enum expr_type b, enum expr_type *out)
{
	if (a == EXPR_NULL || b == EXPR_NULL || a == b) {
		*out = a == EXPR_NULL ? b : a;
		return true;
	}
	if (!(a == EXPR_INT64 && b == EXPR_FLOAT64) && !(a == EXPR_FLOAT64 && b == EXPR_INT64))
		return false;
	*out = EXPR_FLOAT64;
	return true;
}

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

int
expr_order(enum expr_type ta, const struct expr_value *a, enum expr_type tb,
	   const struct expr_value *b)
{
	assert(!a->null && !b->null);
	if (ta == EXPR_INT64 && tb == EXPR_FLOAT64)
		return order_mixed(a->whole, b->real);
	if (ta == EXPR_FLOAT64 && tb == EXPR_INT64)
		return -order_mixed(b->whole, a->real);
	assert(ta == tb);
	switch (ta) {
	case EXPR_BOOL:
		return (int)a->yes - (int)b->yes;
	case EXPR_FLOAT64:
		return order_real(a->real, b->real);
	case EXPR_TEXT:
	case EXPR_JSON:
		return order_text(a, b);
	default:
		return order_int(a->whole, b->whole);
	}
}

int
expr_compare(enum expr_type type, const struct expr_value *a, const struct expr_value *b)
{
	return expr_order(type, a, type, b);
}
