/*
 * fn.h - functions and operators as rows: a name, what it takes and gives, and what it does.
 *
 * A signature has a letter for each argument (EXPR_TYPES), '*' behind one that may be repeated, a
 * colon and the letter of the result.  T is one type for all of them.  Several rows of one name are
 * forms of one function: the first that fits as it is, else the first that fits when numbers are
 * widened, int64 to decimal and both to float64.  The digits of a decimal result are those that
 * hold each argument, if `check` does not say others.  A row that does not say `nulls` is not asked
 * when an argument is null: the result is null.  To add one: a row in functions.inc, its function
 * in the file of its family, its line in docs/EXPR.md and cases in tests/unit/core/expr.
 */
#ifndef CORE_EXPR_FN_H
#define CORE_EXPR_FN_H

#include "core/expr/node.h"

/* What a function is called with. */
struct expr_call {
	const struct expr_node *node;
	const struct expr_value *args; /* node->n of them, of the types of node->args */
	const struct expr *expr;
	struct arena *scratch;
	struct err *err;
};

/* Compute *out; a failure says why in words that go behind "expression 'a + b': ". */
typedef enum err_code expr_eval_fn(const struct expr_call *c, struct expr_value *out);

struct expr_fn {
	const char *name, *takes, *usage; /* usage: "substr(text, from[, length])" */
	expr_eval_fn *eval;
	bool nulls; /* it wants to see nulls */
	/* Look at the arguments when the expression is read: literals, digits; or NULL. */
	enum err_code (*check)(struct expr_reading *r, struct expr_node *call);
};

/* A family: the rows of one file. */
struct expr_fns {
	const struct expr_fn *rows;
	size_t n;
};

#define FAMILY(name) extern const struct expr_fns expr_fns_##name;
#include "core/expr/functions.inc"
#undef FAMILY

/* Row number i of all families, from 0; NULL: there are no more. */
const struct expr_fn *expr_function(size_t i);

#endif
