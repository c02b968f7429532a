/*
 * order.h - which of two values is greater: exactly, also a whole number and a double.
 */
#ifndef CORE_EXPR_ORDER_H
#define CORE_EXPR_ORDER_H

#include "core/expr/node.h"

/* The type that two values have in common, perhaps by widening int64; false: none, and
 * *out is left alone. */
bool expr_common(enum expr_type a, enum expr_type b, enum expr_type *out);

/* As expr_compare(), of types that have one in common; neither value is null. */
int expr_order(enum expr_type ta, const struct expr_value *a, enum expr_type tb,
	       const struct expr_value *b);

#endif
