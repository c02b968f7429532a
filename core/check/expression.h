/*
 * expression.h - parameters of the check that asks an expression of every row.
 */
#ifndef CORE_CHECK_EXPRESSION_H
#define CORE_CHECK_EXPRESSION_H

#include "core/base/exact.h"

struct check_expression {
	const char *expr;
	const char *where;   /* rows that are looked at; NULL: all */
	struct share mostly; /* of these, so many have to be true; 0 of 0: all */
};

#endif
