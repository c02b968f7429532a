/*
 * parse.h - the grammar of expressions: a text becomes a tree without types.
 */
#ifndef CORE_EXPR_PARSE_H
#define CORE_EXPR_PARSE_H

#include "core/expr/node.h"

/* Read all of a text, at most EXPR_BYTES_MAX long, into a tree in the reading's arena. */
enum err_code expr_parse(struct expr_reading *r, struct expr_node **out) MUST_CHECK;

#endif
