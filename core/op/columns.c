/* columns.c - the columns that an operator wants of what it reads. */
#include "core/op/columns.h"

#include <stdio.h>

bool
columns_fit(const struct schema *want, const struct schema *has, char *why, size_t room)
{
	for (size_t i = 0; i < want->count; i++) {
		int at = schema_find(has, want->columns[i].name);

		if (at < 0) {
			(void)snprintf(why, room, "has no column '%s'", want->columns[i].name);
			return false;
		}
		if (want->columns[i].type != COL_ANY &&
		    has->columns[at].type != want->columns[i].type) {
			(void)snprintf(why, room, "has column '%s' as %s, not as %s",
				       want->columns[i].name, col_type_name(has->columns[at].type),
				       col_type_name(want->columns[i].type));
			return false;
		}
	}
	return true;
}
