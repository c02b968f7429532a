/* items.c - the instances that an expanded task comes to: their items, indexes and names. */
#include "core/dagfile/items.h"

#include "core/model/param.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the lists ---- */

static enum err_code
no_list(const char *source, const json_t *value, struct err *err)
{
	struct buf found;

	if (!value || json_is_null(value))
		return err_set(err, ERR_INPUT, "%s has no value", source);
	buf_init(&found, 100);
	json_write(value, &found);
	(void)err_set(err, ERR_INPUT, "%s is %s%.60s, and a list is wanted", source,
		      json_is_object(value) ? "the object " : "", found.data);
	buf_release(&found);
	return ERR_INPUT;
}

/* Are all of them single values? */
static enum err_code
check_list(const char *source, const json_t *value, struct err *err)
{
	if (!json_is_array(value))
		return no_list(source, value, err);
	if (json_array_size(value) > EXPAND_TASK_MAX)
		return err_set(err, ERR_LIMIT, "%s has %zu items, and a task is expanded over %d",
			       source, json_array_size(value), EXPAND_TASK_MAX);
	for (size_t i = 0; i < json_array_size(value); i++) {
		const json_t *item = json_array_get(value, i);

		if (!json_is_string(item) && !json_is_number(item) && !json_is_boolean(item))
			return err_set(err, ERR_INPUT,
				       "%s[%zu] is %s: texts, numbers, true and false are items",
				       source, i,
				       json_is_null(item)     ? "null"
				       : json_is_object(item) ? "an object"
							      : "a list");
	}
	return ERR_NONE;
}

/* What each instance of a task left is a list of its own, or nothing. */
static enum err_code
check_lists(const char *source, const json_t *lists, struct err *err)
{
	enum err_code code = ERR_NONE;

	for (size_t i = 0; i < json_array_size(lists) && !code; i++) {
		const json_t *list = json_array_get(lists, i);
		char name[2 * NAME_MAX_BYTES + 60];

		if (json_is_null(list))
			continue;
		(void)snprintf(name, sizeof(name), "%s of [%zu]", source, i);
		code = check_list(name, list, err);
	}
	return code;
}

/* Of instances that left nothing there is no item. */
static json_t *
without_nulls(json_t *list)
{
	json_t *out = json_array();

	for (size_t i = 0; i < json_array_size(list); i++)
		if (!json_is_null(json_array_get(list, i)))
			(void)json_array_append(out, json_array_get(list, i));
	json_decref(list);
	return out;
}

static json_t *
read_text(const char *text, const char *source)
{
	json_t *value = NULL;

	if (!text || json_read(&value, text, strlen(text), source, NULL))
		return NULL;
	return value;
}

/* The value of a list, to let go of; NULL: there is none. */
static json_t *
value_of(const struct expand *x, size_t at, const struct dag *dag, const struct expand_facts *facts)
{
	const struct expand_list *list = &x->lists[at];
	struct arena *arena;
	json_t *value;

	switch (list->from) {
	case EXPAND_ITEMS:
		return read_text(list->items, list->source);
	case EXPAND_PARAM:
		arena = arena_new();
		value = read_text(param_shown(&dag->params[list->param], facts->params, arena),
				  list->source);
		arena_free(arena);
		return value;
	case EXPAND_OUTPUT:
		value = facts->value(facts->ctx, list->task, list->output);
		return dag->tasks[list->task].expand && !x->nested && json_is_array(value)
			   ? without_nulls(value)
			   : value;
	}
	return NULL;
}

/* ---- the items ---- */

/* The lists of a task, while they become items. */
struct making {
	const struct expand *x;
	json_t *lists[EXPAND_LISTS_MAX];
	/* What is in each of them, as JSON, but for a list of lists; and what stands before it. */
	const char **texts[EXPAND_LISTS_MAX], *before[EXPAND_LISTS_MAX];
	struct arena *arena;
	struct buf text;
};

/* How many there are at number i of the first level. */
static size_t
count_within(const struct making *m, size_t i)
{
	size_t n = 1;

	if (m->x->nested)
		return json_array_size(json_array_get(m->lists[0], i));
	if (m->x->levels == 1)
		return json_array_size(m->lists[0]);
	for (size_t k = 1; k < m->x->n; k++)
		n *= json_array_size(m->lists[k]);
	return n;
}

static size_t
count_first(const struct making *m)
{
	return m->x->levels == 1 ? 1 : json_array_size(m->lists[0]);
}

static const char *
text_of(struct making *m, const json_t *value)
{
	buf_reset(&m->text);
	json_write(value, &m->text);
	return arena_bytes(m->arena, m->text.data, m->text.bytes);
}

/* Items are put together of texts: a hundred thousand of them are made in one turn. */
static void
write_lists(struct making *m)
{
	for (size_t k = 0; k < m->x->n; k++) {
		size_t n = m->x->nested ? 0 : json_array_size(m->lists[k]);
		struct buf name;

		m->texts[k] = arena_get(m->arena, (n + 1) * sizeof(char *));
		for (size_t i = 0; i < n; i++)
			m->texts[k][i] = text_of(m, json_array_get(m->lists[k], i));
		if (!m->x->lists[0].name)
			continue;
		buf_init(&name, SIZE_MAX);
		buf_format(&name, "%c\"%s\":", k ? ',' : '{', m->x->lists[k].name);
		m->before[k] = arena_bytes(m->arena, name.data, name.bytes);
		buf_release(&name);
	}
}

/* The item at number i of the first level, j of the second, into m->text. */
static void
write_item(struct making *m, size_t i, size_t j)
{
	const struct expand *x = m->x;
	size_t turn[EXPAND_LISTS_MAX];

	for (size_t k = x->n; k-- > 1;) {
		turn[k] = j % json_array_size(m->lists[k]);
		j /= json_array_size(m->lists[k]);
	}
	turn[0] = x->n > 1 ? i : j;
	buf_reset(&m->text);
	for (size_t k = 0; k < x->n; k++) {
		if (m->before[k])
			buf_text(&m->text, m->before[k]);
		if (x->nested)
			json_write(json_array_get(json_array_get(m->lists[0], i), j), &m->text);
		else
			buf_text(&m->text, m->texts[k][turn[k]]);
	}
	if (m->before[0])
		buf_char(&m->text, '}');
}

static void
add(struct making *m, size_t i, size_t j, struct expand_items *out)
{
	write_item(m, i, j);
	/* planted: numbers of the second level go on in the next of the first */
	out->at[out->n] = (int32_t)(BUG_IS(49) ? out->n : i * EXPAND_TASK_MAX + j);
	out->items[out->n++] = arena_bytes(m->arena, m->text.data, m->text.bytes);
}

/* There are not too many in a level, and not too many of all. */
static enum err_code
count(const struct making *m, size_t *n, struct err *err)
{
	*n = 0;
	for (size_t i = 0; i < count_first(m); i++) {
		size_t within = count_within(m, i);

		if (within > EXPAND_TASK_MAX)
			return err_set(err, ERR_LIMIT,
				       "the lists after the first have more than %d combinations",
				       EXPAND_TASK_MAX);
		*n += within;
	}
	if (*n > EXPAND_RUN_MAX)
		return err_set(err, ERR_LIMIT,
			       "it comes to %zu instances, and a run has at most %d", *n,
			       EXPAND_RUN_MAX);
	return ERR_NONE;
}

static enum err_code
take_lists(struct making *m, const struct dag *dag, const struct expand_facts *facts,
	   struct err *err)
{
	enum err_code code = ERR_NONE;

	for (size_t i = 0; i < m->x->n && !code; i++) {
		const char *source = m->x->lists[i].source;

		m->lists[i] = value_of(m->x, i, dag, facts);
		code = m->x->nested ? check_lists(source, m->lists[i], err)
				    : check_list(source, m->lists[i], err);
	}
	return code;
}

enum err_code
expand_make(const struct expand *x, const struct dag *dag, const struct expand_facts *facts,
	    struct arena *arena, struct expand_items *out, struct err *err)
{
	struct making m = { .x = x, .arena = arena };
	enum err_code code;
	size_t n = 0;

	*out = (struct expand_items){ 0 };
	buf_init(&m.text, SIZE_MAX);
	code = take_lists(&m, dag, facts, err);
	if (!code)
		code = count(&m, &n, err);
	if (!code) {
		out->items = arena_get(arena, (n + 1) * sizeof(char *));
		out->at = arena_get(arena, (n + 1) * sizeof(*out->at));
		write_lists(&m);
		for (size_t i = 0; i < count_first(&m); i++)
			for (size_t j = 0; j < count_within(&m, i); j++)
				add(&m, i, j, out);
		assert(out->n == n);
	}
	for (size_t i = 0; i < x->n; i++)
		json_decref(m.lists[i]);
	buf_release(&m.text);
	return code;
}

void
expand_value(const char *item, const char *name, struct buf *out)
{
	json_t *whole = NULL;

	if (json_read(&whole, item, strlen(item), "item", NULL))
		return;
	output_text(name ? json_object_get(whole, name) : whole, out);
	json_decref(whole);
}

/* ---- names ---- */

void
expand_label(const struct expand *x, const char *id, int map_index, char out[INSTANCE_LABEL_ROOM])
{
	if (x->levels == 1)
		(void)snprintf(out, INSTANCE_LABEL_ROOM, "%s[%d]", id, map_index);
	else
		(void)snprintf(out, INSTANCE_LABEL_ROOM, "%s[%d,%d]", id,
			       map_index / EXPAND_TASK_MAX, map_index % EXPAND_TASK_MAX);
}

int
expand_index(const struct expand *x, const char *numbers)
{
	char spelled[INSTANCE_LABEL_ROOM], *end;
	int64_t first, second = 0;

	if (*numbers != '[')
		return -1;
	first = strtoll(numbers + 1, &end, 10);
	if (x->levels > 1 && *end == ',')
		second = strtoll(end + 1, &end, 10);
	if (first < 0 || first >= EXPAND_TASK_MAX || second < 0 || second >= EXPAND_TASK_MAX)
		return -1;
	if (x->levels > 1)
		first = first * EXPAND_TASK_MAX + second;
	expand_label(x, "", (int)first, spelled);
	return strcmp(spelled, numbers) ? -1 : (int)first;
}
