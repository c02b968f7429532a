/* number.c - numbers of three types: what they have in common, and how one becomes another. */
#include "core/expr/number.h"

#include <assert.h>

enum { INT64_DIGITS = 19 };

/* From what becomes the others to what never becomes another; 0: no number. */
static int
rank(enum expr_type type)
{
	return type == EXPR_INT64 ? 1 : type == EXPR_DECIMAL ? 2 : type == EXPR_FLOAT64 ? 3 : 0;
}

bool
expr_common(enum expr_type a, enum expr_type b, enum expr_type *out)
{
	if (a == EXPR_NULL || b == EXPR_NULL || a == b) {
		*out = a == EXPR_NULL ? b : a;
		return true;
	}
	if (!rank(a) || !rank(b))
		return false;
	*out = rank(a) > rank(b) ? a : b;
	return true;
}

static int
greater(int a, int b)
{
	return a > b ? a : b;
}

struct expr_digits
expr_digits_make(int before, int behind)
{
	int all = before + behind;

	assert(before >= 0 && behind >= 0 && behind <= DECIMAL_DIGITS_MAX);
	if (all > DECIMAL_DIGITS_MAX)
		all = DECIMAL_DIGITS_MAX;
	return (struct expr_digits){ (uint8_t)greater(all, 1), (uint8_t)behind };
}

struct expr_digits
expr_digits_of(const struct expr_node *n)
{
	if (n->type == EXPR_INT64)
		return (struct expr_digits){ INT64_DIGITS, 0 };
	return n->type == EXPR_DECIMAL ? n->digits : (struct expr_digits){ 0 };
}

struct expr_digits
expr_digits_join(struct expr_digits a, struct expr_digits b)
{
	return expr_digits_make(greater(a.precision - a.scale, b.precision - b.scale),
				greater(a.scale, b.scale));
}

struct decimal
expr_decimal(const struct expr_node *n, const struct expr_value *v)
{
	if (n->type == EXPR_INT64)
		return (struct decimal){ v->whole, 0 };
	assert(n->type == EXPR_DECIMAL);
	return (struct decimal){ v->units, n->digits.scale };
}

void
expr_widen(struct expr_node *n, enum expr_type to, struct expr_digits digits)
{
	enum expr_type common;

	if (!rank(n->type) || !expr_common(n->type, to, &common) || common != to ||
	    (n->type == to && (to != EXPR_DECIMAL || n->digits.scale == digits.scale)))
		return;
	n->widen = true;
	n->made = n->type;
	n->made_scale = n->digits.scale;
	n->type = to;
	n->digits = to == EXPR_DECIMAL ? digits : (struct expr_digits){ 0 };
	/* A literal is turned once, here, if it can be. */
	if (n->kind == NODE_LITERAL && !expr_become(n, &n->value, NULL))
		n->widen = false;
}

enum err_code
expr_become(const struct expr_node *n, struct expr_value *inout, struct err *err)
{
	bool whole = n->made == EXPR_INT64;
	struct decimal d = { whole ? inout->whole : inout->units, whole ? 0 : n->made_scale };

	if (n->type == EXPR_FLOAT64) {
		inout->real = whole ? (double)inout->whole : decimal_real(d);
		return ERR_NONE;
	}
	if (!decimal_rescale(d, n->digits.scale, &d))
		return err_set(err, ERR_LIMIT, "the number is beyond decimal(%d,%d)",
			       n->digits.precision, n->digits.scale);
	inout->units = d.units;
	return ERR_NONE;
}
