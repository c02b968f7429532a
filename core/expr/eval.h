/*
 * eval.h - the value of an expression for a row: three-valued logic, from left to right.
 */
#ifndef CORE_EXPR_EVAL_H
#define CORE_EXPR_EVAL_H

#include "core/expr/node.h"

/* What expr_eval() promises. */
enum err_code expr_value_of(const struct expr *e, const struct expr_value *row,
			    struct arena *scratch, struct expr_value *out,
			    struct err *err) MUST_CHECK;

/*
 * The same of a part of an expression, a node of its tree; a failure says which part of that.  For
 * who walks the tree itself, a column of rows at a time.
 */
enum err_code expr_part_value(const struct expr *e, const struct expr_node *node,
			      const struct expr_value *row, struct arena *scratch,
			      struct expr_value *out, struct err *err) MUST_CHECK;

#endif
