/* resolved.c - the text of a definition: a DAG file and what its names stood for. */
#include "core/text/resolved.h"

#include "core/base/json.h"

#include <stdlib.h>
#include <string.h>

static const char mark[] = "\n# resolved: ";

static int
by_name(const void *a, const void *b)
{
	const struct constant *const *left = a, *const *right = b;

	return strcmp((*left)->name, (*right)->name);
}

void
resolved_join(const char *text, size_t bytes, const struct constant *const *named, size_t n,
	      struct buf *out)
{
	const struct constant **sorted;
	json_t *all;

	buf_add(out, text, bytes);
	if (!n)
		return;
	sorted = mem_new(n, sizeof(struct constant *));
	memcpy(sorted, named, n * sizeof(struct constant *));
	qsort(sorted, n, sizeof(struct constant *), by_name);
	all = json_object();
	for (size_t i = 0; i < n; i++)
		json_object_set_new(all, sorted[i]->name, json_text_new(sorted[i]->value));
	buf_text(out, mark);
	json_write(all, out);
	buf_char(out, '\n');
	json_decref(all);
	free(sorted);
}

/* Where the last line begins, with the end of the one before; NULL: it is none of ours. */
static const char *
last_line(const char *text, size_t bytes)
{
	const char *at;

	if (bytes < 2 || text[bytes - 1] != '\n')
		return NULL;
	at = memrchr(text, '\n', bytes - 1);
	if (!at || (size_t)(text + bytes - at) <= strlen(mark) ||
	    memcmp(at, mark, strlen(mark)) != 0)
		return NULL;
	return at;
}

size_t
resolved_split(const char *text, size_t bytes, struct arena *arena, struct constants *out)
{
	const char *line = last_line(text, bytes), *name;
	json_t *all = NULL, *value;
	struct constant *items;
	bool ours = true;

	*out = (struct constants){ 0 };
	if (!line ||
	    json_read(&all, line + strlen(mark), (size_t)(text + bytes - line) - strlen(mark),
		      "what a definition names", NULL))
		return bytes;
	items = arena_get(arena, (json_object_size(all) + 1) * sizeof(*items));
	json_object_foreach(all, name, value)
	{
		ours = ours && json_is_string(value);
		if (ours)
			items[out->n++] = (struct constant){
				arena_str(arena, name), arena_str(arena, json_string_value(value)),
				NULL
			};
	}
	ours = ours && json_is_object(all);
	json_decref(all);
	out->items = items;
	if (ours)
		return (size_t)(line - text);
	*out = (struct constants){ 0 };
	return bytes;
}
