/* draft.c - what operators share while one task is read: inputs, output, windows and columns. */
#include "core/op/draft.h"

#include "core/time/grid.h"

#include <stdio.h>
#include <string.h>

static void
read_columns(struct yreader *r, const struct key *row, const struct ynode *key, void *base)
{
	(void)row;
	((struct declared *)base)->given = true;
	if (ykeys_is_map(r, key->value, "'columns'"))
		((struct declared *)base)->columns = key;
}

const struct key declared_keys[DECLARED_KEYS] = {
	{ "columns", WANT_CUSTOM, .read = read_columns },
	{ "schema", WANT_TEXT, .at = offsetof(struct declared, schema),
	  .given_at = offsetof(struct declared, given) },
};

/* A column's name goes into a CSV header and into messages: any text without controls. */
static bool
is_column_name(struct yreader *r, const struct ynode *key)
{
	bool good = key->bytes > 0 && key->bytes <= NAME_MAX_BYTES;

	for (size_t i = 0; good && i < key->bytes; i++)
		good = (unsigned char)key->text[i] >= 0x20 && key->text[i] != 0x7f;
	if (!good)
		ykeys_say(r, key, E0401, NULL,
			  "a column's name has 1 to %d bytes and no control characters",
			  NAME_MAX_BYTES);
	return good;
}

/* A column that is written as a map. */
struct column_fields {
	const char *type, *description, *was, *deprecated_after;
	bool personal, nullable;
};

#define AT(field) offsetof(struct column_fields, field)
static const struct key column_fields_keys[] = {
	{ "type", WANT_TEXT, .required = true, .at = AT(type) },
	{ "personal", WANT_BOOL, .at = AT(personal) },
	{ "nullable", WANT_BOOL, .at = AT(nullable) },
	{ "description", WANT_TEXT, .at = AT(description) },
	{ "deprecated_after", WANT_TEXT, .at = AT(deprecated_after) },
	{ "was", WANT_TEXT, .at = AT(was) },
};
#undef AT

/* The type of a column as text, *at where it stands; NULL was reported. */
static const char *
type_text(struct yreader *r, const struct ynode *key, const struct ynode **at)
{
	struct column_fields fields = { .nullable = true };
	struct keyset set = KEYSET(column_fields_keys, &fields);
	char what[NAME_MAX_BYTES + 32];

	*at = key->value;
	if (key->value->kind != YNODE_MAP)
		return ykeys_scalar(r, key);
	(void)snprintf(what, sizeof(what), "column '%s'", key->text);
	(void)ykeys_read(r, key, key->value, what, &set, 1);
	if (fields.type)
		*at = ynode_get(key->value, "type");
	return fields.type;
}

static bool
read_column(struct yreader *r, const struct ynode *key, struct column *out)
{
	const char *types[COL_TYPE_COUNT], *text;
	const struct ynode *at;
	int type;

	if (!is_column_name(r, key))
		return false;
	text = type_text(r, key, &at);
	if (!text)
		return false;
	type = col_type_of(text);
	if (type < 0) {
		for (int i = 0; i < COL_TYPE_COUNT; i++)
			types[i] = col_type_name((enum col_type)i);
		ykeys_say(r, at, E0402, ykeys_nearest(r, text, types, COL_TYPE_COUNT),
			  "'%s' is not a column type; there are int64, int32, float64, string, "
			  "bool, timestamp, date and json",
			  text);
		return false;
	}
	out->name = arena_bytes(r->arena, key->text, key->bytes);
	out->type = (enum col_type)type;
	return true;
}

void
draft_read_where(struct yreader *r, const struct key *row, const struct ynode *key, void *base)
{
	struct draft_task *t = draft_of(r);
	const struct ynode *value = key->value;
	struct task_where *where;

	(void)row;
	(void)base;
	if (!ykeys_scalar(r, key))
		return;
	where = arena_get(r->arena, sizeof(*where));
	*where = (struct task_where){ arena_str(r->arena, value->text), value->line, value->column,
				      value->width };
	t->where = value;
	t->task.where = where;
}

struct column_names
declared_personal(struct yreader *r, const struct declared *said)
{
	const struct ynode *map = said->columns ? said->columns->value : NULL, *mark;
	const char **names;
	size_t n = 0;

	if (!map || map->kind != YNODE_MAP)
		return (struct column_names){ 0 };
	names = arena_get(r->arena, map->count * sizeof(*names));
	for (const struct ynode *k = map->first; k; k = k->next) {
		mark = k->value->kind == YNODE_MAP ? ynode_get(k->value, "personal") : NULL;
		if (mark && mark->kind == YNODE_SCALAR && strcmp(mark->text, "true") == 0)
			names[n++] = arena_bytes(r->arena, k->text, k->bytes);
	}
	return (struct column_names){ names, n };
}

/* The text of a key of a column that is written as a map; NULL: it does not say it. */
static const char *
said_of(const struct ynode *column, const char *name)
{
	const struct ynode *value = column->value->kind == YNODE_MAP
					? ynode_get(column->value, name)
					: NULL;

	return value && value->kind == YNODE_SCALAR && !ynode_is_null(value) ? value->text : NULL;
}

/* The columns of a schema have one name each, now and before. */
static void
check_was(struct yreader *r, const struct ynode *map, const struct ynode *column)
{
	const char *was = said_of(column, "was");

	for (const struct ynode *k = map->first; k; k = k->next) {
		const char *other = k == column ? NULL : said_of(k, "was");

		if (strcmp(k->text, was) != 0 && (!other || strcmp(other, was) != 0))
			continue;
		ykeys_say(r, ynode_get(column->value, "was"), E0427, NULL,
			  k == column ? "column '%s' was called '%s' before, as it is now"
			  : other && strcmp(other, was) == 0
			      ? "column '%s' was called '%s' before, and so was another one"
			      : "column '%s' was called '%s' before, but there is a column '%s' "
				"now, too",
			  column->text, was, was);
		return;
	}
}

static void
read_note(struct yreader *r, const struct ynode *map, const struct ynode *column,
	  struct column_note *out)
{
	const char *description = said_of(column, "description"), *was = said_of(column, "was");
	const char *until = said_of(column, "deprecated_after");
	const char *nullable = said_of(column, "nullable");

	*out = (struct column_note){
		.column = arena_bytes(r->arena, column->text, column->bytes),
		.description = description ? arena_str(r->arena, description) : NULL,
		.was = was ? arena_str(r->arena, was) : NULL,
		.required = nullable && strcmp(nullable, "false") == 0,
		.deprecated_after = INT64_MAX,
	};
	if (was)
		check_was(r, map, column);
	if (until && !grid_parse(grid_days, until, strlen(until), &out->deprecated_after))
		ykeys_say(r, ynode_get(column->value, "deprecated_after"), E0428, NULL,
			  "'deprecated_after' has to be a date such as 2026-12-31, not '%.40s'",
			  until);
}

struct column_notes
declared_notes(struct yreader *r, const struct declared *said)
{
	const struct ynode *map = said->columns ? said->columns->value : NULL;
	struct column_note *items;
	size_t n = 0;

	if (!map || map->kind != YNODE_MAP)
		return (struct column_notes){ 0 };
	items = arena_get(r->arena, map->count * sizeof(*items));
	for (const struct ynode *k = map->first; k; k = k->next)
		if (k->value->kind == YNODE_MAP && !k->broken)
			read_note(r, map, k, &items[n++]);
	return (struct column_notes){ items, n };
}

static bool
columns_of(struct yreader *r, const struct ynode *key, const char *what, struct schema *out)
{
	const struct ynode *map = key->value;
	struct column *columns;
	bool good = true;
	size_t n = 0;

	if (map->count == 0 || map->count > DAG_COLUMNS_MAX) {
		ykeys_say(r, key, E0403, NULL, "%s has 1 to %d columns", what, DAG_COLUMNS_MAX);
		return false;
	}
	columns = arena_get(r->arena, map->count * sizeof(*columns));
	for (const struct ynode *k = map->first; k; k = k->next) {
		if (!k->broken && read_column(r, k, &columns[n]))
			n++;
		else
			good = false;
	}
	*out = (struct schema){ columns, n };
	return good;
}

bool
declared_schema(struct yreader *r, const struct ynode *map, const struct declared *said,
		const char *what, struct schema *out)
{
	static const char *const words[] = { "events" };

	if (said->schema && said->columns) {
		ykeys_say(r, ynode_get(map, "schema"), E0404, NULL,
			  "%s has 'columns' or 'schema', not both", what);
		return false;
	}
	if (said->columns)
		return columns_of(r, said->columns, what, out);
	if (!said->schema)
		return !said->given; /* else what was given is no text or map: reported */
	if (strcmp(said->schema, words[0]) != 0) {
		ykeys_say(r, ynode_get(map, "schema"), E0405,
			  ykeys_nearest(r, said->schema, words, countof(words)),
			  "there is no schema '%s'; the one with a name is events", said->schema);
		return false;
	}
	*out = schema_events;
	return true;
}

void
draft_read_output(struct yreader *r, const struct key *row, const struct ynode *key, void *base)
{
	struct draft_task *t = draft_of(r);

	(void)row;
	(void)base;
	t->output = key->value;
	t->writes = arena_get(r->scratch, sizeof(const struct ynode *));
	if (ykeys_scalar(r, key))
		t->writes[t->n_writes++] = key->value;
}

/* Is it a name, and none of those before it? */
static bool
is_another(struct yreader *r, const struct draft_task *t, const struct ynode *item)
{
	if (item->kind != YNODE_SCALAR || ynode_is_null(item)) {
		ykeys_say(r, item, E0690, NULL,
			  "each item of 'output' has to be the name of a dataset");
		return false;
	}
	for (size_t i = 0; i < t->n_writes; i++) {
		if (strcmp(t->writes[i]->text, item->text) != 0)
			continue;
		ykeys_say(r, item, E0691, NULL, "task '%s' writes '%s' twice", t->task.id,
			  item->text);
		return false;
	}
	return true;
}

void
draft_read_written(struct yreader *r, const struct key *row, const struct ynode *key, void *base)
{
	struct draft_task *t = draft_of(r);
	const struct ynode *list = key->value;

	if (list->kind != YNODE_LIST || list->broken) {
		draft_read_output(r, row, key, base);
		return;
	}
	t->output = list;
	if (list->count == 0 || list->count > TASK_WRITES_MAX) {
		ykeys_say(r, list, E0690, NULL,
			  "'output' has to be a dataset, or a list of 1 to %d of them",
			  TASK_WRITES_MAX);
		return;
	}
	t->writes = arena_get(r->scratch, list->count * sizeof(const struct ynode *));
	for (const struct ynode *i = list->first; i; i = i->next)
		if (!i->broken && is_another(r, t, i))
			t->writes[t->n_writes++] = i;
}

void
draft_read_input(struct yreader *r, const struct key *row, const struct ynode *key, void *base)
{
	struct draft_task *t = draft_of(r);

	(void)row;
	(void)base;
	t->input_name = ykeys_scalar(r, key);
	t->input = key->value;
}

void
draft_read_window(struct yreader *r, const struct key *row, const struct ynode *key, void *base)
{
	static const struct key keys[] = { WINDOW_KEYS(0) };

	(void)base;
	for (size_t i = 0; i < countof(keys); i++) {
		if (strcmp(keys[i].name, row->name) == 0)
			keys[i].read(r, &keys[i], key, &draft_of(r)->reads);
	}
}

struct draft_input *
draft_add_input(struct yreader *r, struct draft_task *t, const char *dataset,
		const struct ynode *at)
{
	struct draft_input *in = &t->inputs[t->n_inputs++];

	*in = (struct draft_input){
		.in = { .dataset = arena_str(r->arena, dataset),
			.partitioned = true,
			.window = { REACH_PARTS, 0, 0 },
			.after_us = -1 },
		.at = at,
	};
	return in;
}

void
draft_end_input(struct yreader *r, struct draft_task *t)
{
	t->inputs = arena_get(r->scratch, 2 * sizeof(*t->inputs));
	if (!t->input_name)
		return;
	draft_add_input(r, t, t->input_name, t->input)->reads = t->reads;
	t->inputs[0].window_days = t->window_days;
}
