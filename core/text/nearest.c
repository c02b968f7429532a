/* nearest.c - "did you mean" for the name of a column. */
#include "core/text/nearest.h"

#include "core/base/buf.h"
#include "core/model/dag.h"

#include <string.h>

enum { LIST_CHARS = 80 };

/* Nothing is near: the columns that there are, as many as fit in a line. */
static const char *
list_of(struct yreader *r, const struct schema *schema)
{
	const char *help;
	struct buf text;

	buf_init(&text, SIZE_MAX);
	for (size_t i = 0; i < schema->count; i++) {
		if (text.bytes > LIST_CHARS) {
			buf_text(&text, " and others");
			break;
		}
		buf_format(&text, "%s%s", i ? ", " : "there is ", schema->columns[i].name);
	}
	help = arena_str(r->arena, text.data);
	buf_release(&text);
	return help;
}

const char *
schema_nearest(struct yreader *r, const struct schema *schema, const char *name)
{
	const char *words[DAG_COLUMNS_MAX + 8] = { NULL }, *help;
	size_t n = 0;

	if (!schema->count)
		return NULL;
	for (size_t i = 0; i < schema->count && n < countof(words); i++) {
		if (strcmp(schema->columns[i].name, name) == 0)
			return NULL; /* it is there: something else is wrong with it */
		words[n++] = schema->columns[i].name;
	}
	help = ykeys_nearest(r, name, words, n);
	return help ? help : list_of(r, schema);
}
