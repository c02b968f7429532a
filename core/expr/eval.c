/* eval.c - the value of an expression for a row: three-valued logic, from left to right. */
#include "core/expr/eval.h"

#include "core/expr/fn.h"
#include "core/expr/number.h"
#include "core/expr/order.h"

#include <assert.h>
#include <string.h>

/* One evaluation on its way. */
struct eval {
	const struct expr *expr;
	const struct expr_value *row;
	struct arena *scratch;
	struct err *err;
};

/* What a comparison of three-valued logic says. */
enum truth { FALSE, TRUE, UNKNOWN };

static enum err_code value_of(const struct eval *v, const struct expr_node *n,
			      struct expr_value *out);

static void
set_truth(struct expr_value *out, enum truth truth)
{
	*out = (struct expr_value){ .null = truth == UNKNOWN, .yes = truth == TRUE };
}

static enum truth
truth_of(const struct expr_value *v)
{
	return v->null ? UNKNOWN : v->yes ? TRUE : FALSE;
}

/* A condition; a literal null is one too. */
static enum err_code
truth(const struct eval *v, const struct expr_node *n, enum truth *out)
{
	struct expr_value value;
	enum err_code code = value_of(v, n, &value);

	if (!code)
		*out = truth_of(&value);
	return code;
}

static enum truth
compare(enum compare how, const struct expr_node *na, const struct expr_value *a,
	const struct expr_node *nb, const struct expr_value *b)
{
	int order;

	if (a->null || b->null)
		return UNKNOWN;
	order = expr_order(na, a, nb, b);
	switch (how) {
	case COMPARE_EQ:
		return order == 0 ? TRUE : FALSE;
	case COMPARE_NE:
		return order != 0 ? TRUE : FALSE;
	case COMPARE_LT:
		return order < 0 ? TRUE : FALSE;
	case COMPARE_LE:
		return order <= 0 ? TRUE : FALSE;
	case COMPARE_GT:
		return order > 0 ? TRUE : FALSE;
	default:
		return order >= 0 ? TRUE : FALSE;
	}
}

/* The value of argument i compared with `a`, which is argument 0. */
static enum err_code
compare_with(const struct eval *v, const struct expr_node *n, const struct expr_value *a,
	     enum compare how, uint32_t i, enum truth *out)
{
	struct expr_value b;
	enum err_code code = value_of(v, n->args[i], &b);

	if (!code)
		*out = compare(how, n->args[0], a, n->args[i], &b);
	return code;
}

/* and (stops at false), or (stops at true). */
static enum err_code
eval_joined(const struct eval *v, const struct expr_node *n, struct expr_value *out)
{
	enum truth stop = n->kind == NODE_AND ? FALSE : TRUE, all = stop == FALSE ? TRUE : FALSE,
		   one;

	for (uint32_t i = 0; i < n->n; i++) {
		enum err_code code = truth(v, n->args[i], &one);

		if (code)
			return code;
		if (one == stop) {
			all = stop;
			break;
		}
		if (one == UNKNOWN)
			all = UNKNOWN;
	}
	set_truth(out, all);
	return ERR_NONE;
}

/* One equal item is enough; without one, a null leaves it open. */
static enum err_code
eval_in(const struct eval *v, const struct expr_node *n, struct expr_value *out)
{
	enum truth all = FALSE, one;
	struct expr_value a;
	enum err_code code = value_of(v, n->args[0], &a);

	for (uint32_t i = 1; i < n->n && !code && all != TRUE; i++) {
		code = compare_with(v, n, &a, COMPARE_EQ, i, &one);
		if (!code && one != FALSE)
			all = one;
	}
	if (!code)
		set_truth(out, all);
	return code;
}

static enum err_code
eval_between(const struct eval *v, const struct expr_node *n, struct expr_value *out)
{
	enum truth from, to;
	struct expr_value a;
	enum err_code code = value_of(v, n->args[0], &a);

	if (!code)
		code = compare_with(v, n, &a, COMPARE_GE, 1, &from);
	if (!code)
		code = compare_with(v, n, &a, COMPARE_LE, 2, &to);
	if (!code)
		set_truth(out, from == FALSE || to == FALSE ? FALSE
			       : from == TRUE && to == TRUE ? TRUE
							    : UNKNOWN);
	return code;
}

static enum err_code
eval_case(const struct eval *v, const struct expr_node *n, struct expr_value *out)
{
	uint32_t end = n->n - n->otherwise;
	struct expr_value subject = { 0 };
	enum truth one = FALSE;
	enum err_code code = n->subject ? value_of(v, n->args[0], &subject) : ERR_NONE;

	for (uint32_t i = n->subject; i < end && !code; i += 2) {
		code = n->subject ? compare_with(v, n, &subject, COMPARE_EQ, i, &one)
				  : truth(v, n->args[i], &one);
		if (!code && one == TRUE)
			return value_of(v, n->args[i + 1], out);
	}
	if (code)
		return code;
	if (n->otherwise)
		return value_of(v, n->args[n->n - 1], out);
	*out = (struct expr_value){ .null = true };
	return ERR_NONE;
}

/* A failure is told with the part of the expression that it is about. */
static enum err_code
of_part(const struct eval *v, const struct expr_node *n, enum err_code code)
{
	err_wrap(v->err, "'%.*s'", (int)(n->bytes < 200 ? n->bytes : 200), v->expr->text + n->at);
	return code;
}

static enum err_code
eval_call(const struct eval *v, const struct expr_node *n, struct expr_value *out)
{
	struct expr_value few[3];
	struct expr_value *args = few;
	bool null = false;
	enum err_code code = ERR_NONE;

	if (n->n > countof(few))
		args = arena_get(v->scratch, n->n * sizeof(*args));
	for (uint32_t i = 0; i < n->n && !code; i++) {
		code = value_of(v, n->args[i], &args[i]);
		null |= !code && args[i].null;
	}
	if (code)
		return code;
	*out = (struct expr_value){ .null = true };
	if (null && !n->fn->nulls)
		return ERR_NONE;
	*out = (struct expr_value){ 0 };
	code = n->fn->eval(&(struct expr_call){ n, args, v->expr, v->scratch, v->err }, out);
	return code ? of_part(v, n, code) : ERR_NONE;
}

static enum err_code
eval_other(const struct eval *v, const struct expr_node *n, struct expr_value *out)
{
	struct expr_value a, b;
	enum err_code code = value_of(v, n->args[0], &a);

	if (code)
		return code;
	switch (n->kind) {
	case NODE_COMPARE:
		code = value_of(v, n->args[1], &b);
		if (!code)
			set_truth(out, compare(n->compare, n->args[0], &a, n->args[1], &b));
		return code;
	case NODE_IS_NULL:
		set_truth(out, a.null ? TRUE : FALSE);
		return ERR_NONE;
	default:
		assert(n->kind == NODE_NOT);
		set_truth(out, a.null ? UNKNOWN : a.yes ? FALSE : TRUE);
		return ERR_NONE;
	}
}

static enum err_code
eval_kind(const struct eval *v, const struct expr_node *n, struct expr_value *out)
{
	switch (n->kind) {
	case NODE_LITERAL:
		*out = n->value;
		return ERR_NONE;
	case NODE_NAME:
		*out = v->row[n->slot];
		return ERR_NONE;
	case NODE_CALL:
		return eval_call(v, n, out);
	case NODE_AND:
	case NODE_OR:
		return eval_joined(v, n, out);
	case NODE_IN:
		return eval_in(v, n, out);
	case NODE_BETWEEN:
		return eval_between(v, n, out);
	case NODE_CASE:
		return eval_case(v, n, out);
	default:
		return eval_other(v, n, out);
	}
}

static enum err_code
value_of(const struct eval *v, const struct expr_node *n, struct expr_value *out)
{
	enum err_code code = eval_kind(v, n, out);

	if (code || !n->widen || out->null)
		return code;
	code = expr_become(n, out, v->err);
	return code ? of_part(v, n, code) : ERR_NONE;
}

enum err_code
expr_part_value(const struct expr *e, const struct expr_node *node, const struct expr_value *row,
		struct arena *scratch, struct expr_value *out, struct err *err)
{
	return value_of(&(struct eval){ e, row, scratch, err }, node, out);
}

enum err_code
expr_value_of(const struct expr *e, const struct expr_value *row, struct arena *scratch,
	      struct expr_value *out, struct err *err)
{
	return expr_part_value(e, e->root, row, scratch, out, err);
}
