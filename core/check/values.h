/*
 * values.h - parameters of the checks that look at the values of one row.
 */
#ifndef CORE_CHECK_VALUES_H
#define CORE_CHECK_VALUES_H

#include "core/check/bounds.h"

/* accepted_range: the values that pass; at least one bound is given. */
struct check_accepted_range {
	struct check_bounds value;
	bool exclusive; /* the bounds themselves are refused */
};

/*
 * accepted_values: the values that pass, as they are written; typed_read() says which those are.
 * Or those of a column of another dataset.
 */
struct check_accepted_values {
	const char *const *values;
	size_t n_values;
	const char *from_dataset; /* NULL: `values` are written down */
	const char *from_column;  /* NULL: it is called as the one that is checked */
};

#endif
