/* nearest.c - "did you mean" for the name of a column. */
#include "core/text/nearest.h"

#include "core/model/dag.h"

#include <string.h>

const char *
schema_nearest(struct yreader *r, const struct schema *schema, const char *name)
{
	const char *words[DAG_COLUMNS_MAX + 8];
	size_t n = 0;

	for (size_t i = 0; i < schema->count && n < countof(words); i++) {
		if (strcmp(schema->columns[i].name, name) == 0)
			return NULL; /* it is there: something else is wrong with it */
		words[n++] = schema->columns[i].name;
	}
	return ykeys_nearest(r, name, words, n);
}
