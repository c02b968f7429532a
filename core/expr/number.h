/*
 * number.h - numbers of three types: what they have in common, and how one becomes another.
 *
 * For the files of this room only.  An int64 becomes a decimal or a float64, a decimal becomes one
 * with more digits behind the point, or a float64; never the other way round.
 */
#ifndef CORE_EXPR_NUMBER_H
#define CORE_EXPR_NUMBER_H

#include "core/expr/node.h"

/* The type that two values have in common, perhaps by widening a number; false: none, and
 * *out is left alone. */
bool expr_common(enum expr_type a, enum expr_type b, enum expr_type *out);

/* So many digits in front of the point and behind it, at most 38 in all: those behind it stay. */
struct expr_digits expr_digits_make(int before, int behind);

/* The digits of a node as a decimal: an int64 has 19.  Of what is no number: none. */
struct expr_digits expr_digits_of(const struct expr_node *n);

/* Digits that hold the numbers of both. */
struct expr_digits expr_digits_join(struct expr_digits a, struct expr_digits b);

/*
 * Have a node make numbers of another type that it has in common with its own; anything else stays.
 * The digits are those of a decimal.
 */
void expr_widen(struct expr_node *n, enum expr_type to, struct expr_digits digits);

/* The decimal that a value of a node's type is. */
struct decimal expr_decimal(const struct expr_node *n, const struct expr_value *v);

/*
 * Turn what a widened node made, not null, into what expr_widen() said.  ERR_LIMIT: it has more
 * than 38 digits then.
 */
enum err_code expr_become(const struct expr_node *n, struct expr_value *inout, struct err *err);

#endif
