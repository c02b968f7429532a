/*
 * columns.h - the columns that an operator wants of what it reads.
 */
#ifndef CORE_OP_COLUMNS_H
#define CORE_OP_COLUMNS_H

#include "core/model/schema.h"

/* In a list of wanted columns: any type will do. */
#define COL_ANY COL_TYPE_COUNT

/* Does `has` hold every wanted column?  False: `why`, of `room` bytes, says what is lacking. */
bool columns_fit(const struct schema *want, const struct schema *has, char *why, size_t room);

#endif
