/*
 * order.h - which of two values is greater: exactly, also numbers of two types.
 */
#ifndef CORE_EXPR_ORDER_H
#define CORE_EXPR_ORDER_H

#include "core/expr/node.h"

/* As expr_compare(), of values of two nodes whose types have one in common; neither is null. */
int expr_order(const struct expr_node *na, const struct expr_value *a, const struct expr_node *nb,
	       const struct expr_value *b);

#endif
