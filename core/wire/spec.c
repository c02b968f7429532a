/* spec.c - everything a worker is told about its attempt, to and from JSON. */
#include "core/wire/spec.h"

#include "core/base/mem.h"

#include <stdlib.h>
#include <string.h>

enum { SPEC_PROTO = 1, SPEC_ITEMS_MAX = 100000 };

void
spec_release(struct spec *s)
{
	arena_free(s->arena);
	*s = (struct spec){ 0 };
}

struct run_vars
spec_vars(const struct spec *s)
{
	return (struct run_vars){ .dag = s->dag,
				  .task = s->task,
				  .run_id = s->run_id,
				  .try_number = s->try_number,
				  .logical_us = s->logical_us,
				  .start_us = s->start_us,
				  .end_us = s->end_us,
				  .params = s->params,
				  .n_params = s->n_params };
}

/*
 * Writing.  The partitions of a window share a dataset: its path and schema
 * stand once, in `datasets`, and inputs and outputs name it by index.
 * Jansson's setters fail for want of memory only; spec_read() notices.
 */

/* What inputs and outputs have in common. */
struct table {
	const char *name, *path;
	enum format format;
	const struct schema *schema;
	bool partitioned;
};

struct tables {
	struct table *items;
	size_t count, room;
};

static void
set_text(json_t *o, const char *key, const char *text)
{
	(void)json_object_set_new(o, key, json_text_new(text));
}

static void
set_number(json_t *o, const char *key, int64_t value)
{
	(void)json_object_set_new(o, key, json_integer(value));
}

static void
set_bool(json_t *o, const char *key, bool value)
{
	(void)json_object_set_new(o, key, json_boolean(value));
}

static bool
same_table(const struct table *a, const struct table *b)
{
	return a->format == b->format && a->partitioned == b->partitioned &&
	       strcmp(a->name, b->name) == 0 && strcmp(a->path, b->path) == 0 &&
	       schema_equal(a->schema, b->schema);
}

/* The index of a table, which is added if it is new. */
static int64_t
place_table(struct tables *all, const struct table *t)
{
	for (size_t i = 0; i < all->count; i++) {
		if (same_table(&all->items[i], t))
			return (int64_t)i;
	}
	all->items = mem_grow(all->items, all->count, &all->room, sizeof(*all->items));
	all->items[all->count] = *t;
	return (int64_t)all->count++;
}

static json_t *
write_tables(const struct tables *all)
{
	json_t *list = json_array();

	for (size_t i = 0; i < all->count; i++) {
		const struct table *t = &all->items[i];
		json_t *o = json_object(), *columns = json_array();

		for (size_t c = 0; c < t->schema->count; c++) {
			const struct column *column = &t->schema->columns[c];

			(void)json_array_append_new(columns, json_text_new(column->name));
			(void)json_array_append_new(columns,
						    json_text_new(col_type_name(column->type)));
		}
		set_text(o, "name", t->name);
		set_text(o, "path", t->path);
		set_text(o, "format", format_name(t->format));
		set_bool(o, "partitioned", t->partitioned);
		(void)json_object_set_new(o, "columns", columns);
		(void)json_array_append_new(list, o);
	}
	return list;
}

static json_t *
write_inputs(const struct spec *s, struct tables *all)
{
	json_t *list = json_array();

	for (size_t i = 0; i < s->n_inputs; i++) {
		const struct spec_input *in = &s->inputs[i];
		struct table t = { in->dataset, in->path, in->format, &in->schema,
				   in->partitioned };
		json_t *o = json_object();

		set_number(o, "dataset", place_table(all, &t));
		set_number(o, "day", in->day);
		set_number(o, "version", in->version);
		set_text(o, "digest", in->digest);
		set_bool(o, "missing", in->missing);
		(void)json_array_append_new(list, o);
	}
	return list;
}

static json_t *
write_outputs(const struct spec *s, struct tables *all)
{
	json_t *list = json_array();

	for (size_t i = 0; i < s->n_outputs; i++) {
		const struct spec_output *to = &s->outputs[i];
		struct table t = { to->dataset, to->path, to->format, &to->schema, true };
		json_t *o = json_object();

		set_number(o, "dataset", place_table(all, &t));
		set_number(o, "day", to->day);
		set_number(o, "version", to->version);
		set_bool(o, "quarantine", to->quarantine);
		(void)json_array_append_new(list, o);
	}
	return list;
}

static json_t *
write_argv(char *const *argv)
{
	json_t *list = json_array();

	for (size_t i = 0; argv && argv[i]; i++)
		(void)json_array_append_new(list, json_text_new(argv[i]));
	return list;
}

/* What a command gets: its environment, and the parameters of its run. */
static void
write_environment(const struct spec *s, json_t *o)
{
	json_t *params = json_array(), *env = json_array();

	for (size_t i = 0; i < s->n_params; i++) {
		json_t *p = json_object();

		set_text(p, "name", s->params[i].name);
		set_text(p, "value", s->params[i].value);
		(void)json_array_append_new(params, p);
	}
	for (size_t i = 0; i < s->n_env; i++) {
		const struct spec_env *e = &s->env[i];
		json_t *p = json_object();

		set_text(p, "name", e->name);
		set_text(p, "value", e->value);
		set_text(p, "from_env", e->from_env);
		set_text(p, "from_file", e->from_file);
		(void)json_array_append_new(env, p);
	}
	(void)json_object_set_new(o, "params", params);
	(void)json_object_set_new(o, "env", env);
}

static json_t *
write_history(const struct spec *s)
{
	json_t *list = json_array();

	for (size_t i = 0; i < s->n_history; i++) {
		json_t *o = json_object();

		set_number(o, "day", s->history[i].day);
		set_number(o, "rows", s->history[i].rows);
		(void)json_array_append_new(list, o);
	}
	return list;
}

void
spec_write(const struct spec *s, struct buf *out)
{
	struct tables all = { 0 };
	json_t *o = json_object();

	set_number(o, "proto", SPEC_PROTO);
	set_number(o, "attempt", s->attempt);
	set_text(o, "token", s->token);
	set_text(o, "project_dir", s->project_dir);
	set_text(o, "dag", s->dag);
	set_text(o, "task", s->task);
	set_text(o, "run_id", s->run_id);
	set_text(o, "dag_digest", s->dag_digest);
	set_text(o, "run_type", run_type_name(s->run_type));
	set_number(o, "epoch", s->epoch);
	set_number(o, "try_number", s->try_number);
	set_number(o, "logical_us", s->logical_us);
	set_number(o, "start_us", s->start_us);
	set_number(o, "end_us", s->end_us);
	set_number(o, "memory_bytes", s->memory_bytes);
	set_bool(o, "partial", s->partial);
	set_text(o, "slice", s->slice);
	(void)json_object_set_new(o, "argv", s->argv ? write_argv(s->argv) : json_null());
	write_environment(s, o);
	(void)json_object_set_new(o, "inputs", write_inputs(s, &all));
	(void)json_object_set_new(o, "outputs", write_outputs(s, &all));
	(void)json_object_set_new(o, "datasets", write_tables(&all));
	(void)json_object_set_new(o, "history", write_history(s));
	json_write(o, out);
	json_decref(o);
	free(all.items);
}

/*
 * Reading.  A reader keeps the first member that was not as it should be; what
 * it gives after that is empty but safe to use, so that the code below has no
 * error path of its own.
 */
struct reader {
	struct arena *arena;
	struct schema *schemas; /* one per table, in the arena */
	struct table *tables;   /* in the arena */
	size_t n_tables;
	const char *wrong; /* the member, or NULL */
};

static void
refuse(struct reader *r, const char *key)
{
	if (!r->wrong)
		r->wrong = key;
}

/* A string, or NULL where the member is null. */
static char *
take_optional(struct reader *r, const json_t *o, const char *key)
{
	const json_t *value = json_object_get(o, key);

	if (!json_is_string(value) && !json_is_null(value))
		refuse(r, key);
	return arena_str(r->arena, json_string_value(value));
}

static char *
take_text(struct reader *r, const json_t *o, const char *key)
{
	char *text = take_optional(r, o, key);

	if (!text)
		refuse(r, key);
	return text ? text : arena_str(r->arena, "");
}

static int64_t
take_number(struct reader *r, const json_t *o, const char *key, int64_t low, int64_t high)
{
	const json_t *value = json_object_get(o, key);
	int64_t number = json_integer_value(value);

	if (json_is_integer(value) && number >= low && number <= high)
		return number;
	refuse(r, key);
	return low;
}

static bool
take_bool(struct reader *r, const json_t *o, const char *key)
{
	const json_t *value = json_object_get(o, key);

	if (!json_is_boolean(value))
		refuse(r, key);
	return json_is_true(value);
}

/* A string of an exact size, or "" where that is allowed, into an array of its
 * own. */
static void
take_fixed(struct reader *r, const json_t *o, const char *key, char *out, size_t chars,
	   bool may_be_empty)
{
	const char *text = json_get_text(o, key, NULL);
	bool empty = text && may_be_empty && !text[0];

	if (!text || (strlen(text) != chars && !empty)) {
		refuse(r, key);
		return;
	}
	memcpy(out, text, empty ? 1 : chars + 1);
}

/* One of a set of names. */
static int
take_name(struct reader *r, const json_t *o, const char *key, int (*value_of)(const char *))
{
	int value = value_of(json_get_text(o, key, ""));

	if (value < 0)
		refuse(r, key);
	return value < 0 ? 0 : value;
}

/* An array and its length. */
static const json_t *
take_list(struct reader *r, const json_t *o, const char *key, size_t *count)
{
	const json_t *list = json_object_get(o, key);

	if (!json_is_array(list) || json_array_size(list) > SPEC_ITEMS_MAX)
		refuse(r, key);
	*count = r->wrong ? 0 : json_array_size(list);
	return list;
}

static void
take_schema(struct reader *r, const json_t *o, struct schema *out)
{
	size_t n;
	const json_t *list = take_list(r, o, "columns", &n);
	struct column *columns = arena_get(r->arena, (n / 2 + 1) * sizeof(*columns));

	if (n % 2 != 0)
		refuse(r, "columns");
	for (size_t i = 0; i < n / 2; i++) {
		const char *name = json_string_value(json_array_get(list, 2 * i));
		const char *type = json_string_value(json_array_get(list, 2 * i + 1));
		int value = type ? col_type_of(type) : -1;

		if (!name || value < 0) {
			refuse(r, "columns");
			return;
		}
		columns[i].name = arena_str(r->arena, name);
		columns[i].type = (enum col_type)value;
	}
	*out = (struct schema){ columns, n / 2 };
}

static void
take_tables(struct reader *r, const json_t *root)
{
	const json_t *list = take_list(r, root, "datasets", &r->n_tables);

	r->tables = arena_get(r->arena, (r->n_tables + 1) * sizeof(*r->tables));
	r->schemas = arena_get(r->arena, (r->n_tables + 1) * sizeof(*r->schemas));
	for (size_t i = 0; i < r->n_tables; i++) {
		const json_t *o = json_array_get(list, i);
		struct table *t = &r->tables[i];

		t->name = take_text(r, o, "name");
		t->path = take_text(r, o, "path");
		t->format = (enum format)take_name(r, o, "format", format_of);
		t->partitioned = take_bool(r, o, "partitioned");
		take_schema(r, o, &r->schemas[i]);
		t->schema = &r->schemas[i];
	}
}

/* The table that an input or output names, or NULL with the mistake kept. */
static const struct table *
find_table(struct reader *r, const json_t *o)
{
	int64_t at = take_number(r, o, "dataset", 0, (int64_t)r->n_tables - 1);

	return r->wrong ? NULL : &r->tables[at];
}

static void
take_inputs(struct reader *r, const json_t *root, struct spec *s)
{
	const json_t *list = take_list(r, root, "inputs", &s->n_inputs);

	s->inputs = arena_get(r->arena, (s->n_inputs + 1) * sizeof(*s->inputs));
	for (size_t i = 0; i < s->n_inputs; i++) {
		const json_t *o = json_array_get(list, i);
		const struct table *t = find_table(r, o);
		struct spec_input *in = &s->inputs[i];

		if (!t)
			return;
		in->dataset = arena_str(r->arena, t->name);
		in->path = arena_str(r->arena, t->path);
		in->format = t->format;
		in->schema = *t->schema;
		in->partitioned = t->partitioned;
		in->day = take_number(r, o, "day", INT64_MIN, INT64_MAX);
		in->version = take_number(r, o, "version", 0, INT64_MAX);
		take_fixed(r, o, "digest", in->digest, DIGEST_CHARS, true);
		in->missing = take_bool(r, o, "missing");
	}
}

static void
take_outputs(struct reader *r, const json_t *root, struct spec *s)
{
	const json_t *list = take_list(r, root, "outputs", &s->n_outputs);

	s->outputs = arena_get(r->arena, (s->n_outputs + 1) * sizeof(*s->outputs));
	for (size_t i = 0; i < s->n_outputs; i++) {
		const json_t *o = json_array_get(list, i);
		const struct table *t = find_table(r, o);
		struct spec_output *to = &s->outputs[i];

		if (!t)
			return;
		to->dataset = arena_str(r->arena, t->name);
		to->path = arena_str(r->arena, t->path);
		to->format = t->format;
		to->schema = *t->schema;
		to->day = take_number(r, o, "day", INT64_MIN, INT64_MAX);
		to->version = take_number(r, o, "version", 0, INT64_MAX);
		to->quarantine = take_bool(r, o, "quarantine");
	}
}

static void
take_argv(struct reader *r, const json_t *root, struct spec *s)
{
	const json_t *list;
	size_t n;

	if (json_is_null(json_object_get(root, "argv")))
		return;
	list = take_list(r, root, "argv", &n);
	s->argv = arena_get(r->arena, (n + 1) * sizeof(*s->argv));
	for (size_t i = 0; i < n; i++) {
		s->argv[i] = arena_str(r->arena, json_string_value(json_array_get(list, i)));
		if (!s->argv[i])
			refuse(r, "argv");
	}
}

static void
take_environment(struct reader *r, const json_t *root, struct spec *s)
{
	const json_t *params = take_list(r, root, "params", &s->n_params);
	const json_t *env = take_list(r, root, "env", &s->n_env);

	s->params = arena_get(r->arena, (s->n_params + 1) * sizeof(*s->params));
	for (size_t i = 0; i < s->n_params; i++) {
		const json_t *o = json_array_get(params, i);

		s->params[i].name = take_text(r, o, "name");
		s->params[i].value = take_text(r, o, "value");
	}
	s->env = arena_get(r->arena, (s->n_env + 1) * sizeof(*s->env));
	for (size_t i = 0; i < s->n_env; i++) {
		const json_t *o = json_array_get(env, i);
		struct spec_env *e = &s->env[i];

		e->name = take_text(r, o, "name");
		e->value = take_optional(r, o, "value");
		e->from_env = take_optional(r, o, "from_env");
		e->from_file = take_optional(r, o, "from_file");
		if (!!e->value + !!e->from_env + !!e->from_file != 1)
			refuse(r, "env");
	}
}

static void
take_history(struct reader *r, const json_t *root, struct spec *s)
{
	const json_t *list = take_list(r, root, "history", &s->n_history);

	s->history = arena_get(r->arena, (s->n_history + 1) * sizeof(*s->history));
	for (size_t i = 0; i < s->n_history; i++) {
		const json_t *o = json_array_get(list, i);

		s->history[i].day = take_number(r, o, "day", INT64_MIN, INT64_MAX);
		s->history[i].rows = take_number(r, o, "rows", 0, INT64_MAX);
	}
}

static void
take_scalars(struct reader *r, const json_t *root, struct spec *s)
{
	(void)take_number(r, root, "proto", SPEC_PROTO, SPEC_PROTO);
	s->attempt = take_number(r, root, "attempt", 1, INT64_MAX);
	take_fixed(r, root, "token", s->token, TOKEN_CHARS, false);
	s->project_dir = take_text(r, root, "project_dir");
	s->dag = take_text(r, root, "dag");
	s->task = take_text(r, root, "task");
	s->run_id = take_text(r, root, "run_id");
	s->dag_digest = take_text(r, root, "dag_digest");
	s->run_type = (enum run_type)take_name(r, root, "run_type", run_type_of);
	s->epoch = (int)take_number(r, root, "epoch", 0, INT32_MAX);
	s->try_number = (int)take_number(r, root, "try_number", 0, INT32_MAX);
	s->logical_us = take_number(r, root, "logical_us", INT64_MIN, INT64_MAX);
	s->start_us = take_number(r, root, "start_us", INT64_MIN, INT64_MAX);
	s->end_us = take_number(r, root, "end_us", INT64_MIN, INT64_MAX);
	s->memory_bytes = take_number(r, root, "memory_bytes", 0, INT64_MAX);
	s->partial = take_bool(r, root, "partial");
	s->slice = take_optional(r, root, "slice");
}

enum err_code
spec_read(struct spec *out, const char *data, size_t bytes, struct err *err)
{
	struct reader r = { 0 };
	struct spec s = { 0 };
	enum err_code code;
	json_t *root;

	if (bytes > SPEC_BYTES_MAX)
		return err_set(err, ERR_LIMIT, "read a spec: over %d bytes", SPEC_BYTES_MAX);
	code = json_read(&root, data, bytes, "a spec", err);
	if (code)
		return code;
	s.arena = r.arena = arena_new();
	take_scalars(&r, root, &s);
	take_tables(&r, root);
	take_inputs(&r, root, &s);
	take_outputs(&r, root, &s);
	take_argv(&r, root, &s);
	take_environment(&r, root, &s);
	take_history(&r, root, &s);
	if (!r.wrong && (s.argv ? !s.argv[0] : !s.slice))
		r.wrong = "argv";
	if (r.wrong) {
		code = err_set(err, ERR_INPUT,
			       "read a spec: '%s' is missing or not what it should be", r.wrong);
		spec_release(&s);
	} else {
		*out = s;
	}
	json_decref(root);
	return code;
}
