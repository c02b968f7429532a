/*
 * type.h - what the parts of an expression are, and whether they fit together.
 */
#ifndef CORE_EXPR_TYPE_H
#define CORE_EXPR_TYPE_H

#include "core/expr/node.h"

/* Find every name, choose every function and give every node of a tree its type. */
enum err_code expr_give_types(struct expr_reading *r, struct expr_node *root) MUST_CHECK;

#endif
