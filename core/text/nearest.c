/* nearest.c - "did you mean" for the name of a column. */
#include "core/text/nearest.h"

#include "core/model/dag.h"

const char *
schema_nearest(struct yreader *r, const struct schema *schema, const char *name)
{
	const char *words[DAG_COLUMNS_MAX + 8];
	size_t n = 0;

	while (n < schema->count && n < countof(words)) {
		words[n] = schema->columns[n].name;
		n++;
	}
	return ykeys_nearest(r, name, words, n);
}
