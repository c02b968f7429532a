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

/* A text, or the reference to a secret. */
static json_t *
value_of(const struct constant *c)
{
	json_t *reference = NULL;

	if (c->secret &&
	    json_read(&reference, c->secret, strlen(c->secret), "a reference", NULL) == ERR_NONE)
		return reference;
	return json_text_new(c->value);
}

/* The same the other way round; false: it is neither. */
static bool
take(struct arena *arena, const char *name, const json_t *value, struct constant *out)
{
	char *secret;

	*out = (struct constant){ .name = arena_str(arena, name), .value = "" };
	if (json_is_string(value)) {
		out->value = arena_str(arena, json_string_value(value));
	} else if (json_is_object(value)) {
		secret = json_compact(value);
		out->secret = arena_str(arena, secret);
		free(secret);
	}
	return json_is_string(value) || json_is_object(value);
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
		json_object_set_new(all, sorted[i]->name, value_of(sorted[i]));
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
		ours = ours && take(arena, name, value, &items[out->n]);
		out->n += ours;
	}
	ours = ours && json_is_object(all);
	json_decref(all);
	out->items = items;
	if (ours)
		return (size_t)(line - text);
	*out = (struct constants){ 0 };
	return bytes;
}
