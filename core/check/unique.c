/* unique.c - the keys of the checks that look at all rows by key. */
#include "core/check/check.h"

const struct check_kind check_kind_unique = {
	.name = "unique",
	.id = CHECK_UNIQUE,
	.shape = SHAPE_KEYS,
	.columns = COLUMNS_SOME,
};
