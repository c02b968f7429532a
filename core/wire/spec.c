/* spec.c - everything a worker is told about its attempt, to and from JSON. */
#include "core/wire/spec.h"

#include "core/base/jkeys.h"
#include "core/base/mem.h"
#include "core/base/size.h"
#include "core/parts/zones.h"

#include <stdlib.h>
#include <string.h>

enum { SPEC_PROTO = 1, SPEC_ITEMS_MAX = 100000 };

void
spec_release(struct spec *s)
{
	for (size_t i = 0; i < s->n_zones; i++)
		zone_unref(s->zones[i]);
	arena_free(s->arena);
	*s = (struct spec){ 0 };
}

const struct zone *
spec_keep_zone(struct spec *s, struct zone *zone)
{
	struct zone **zones = arena_get(s->arena, (s->n_zones + 1) * sizeof(struct zone *));

	if (!zone)
		return NULL;
	for (size_t i = 0; i < s->n_zones; i++) {
		if (s->zones[i] == zone)
			return zone;
		zones[i] = s->zones[i];
	}
	zones[s->n_zones++] = zone_ref(zone);
	s->zones = zones;
	return zone;
}

struct run_vars
spec_vars(const struct spec *s)
{
	return (struct run_vars){ .dag = s->dag,
				  .task = s->task,
				  .run_id = s->run_id,
				  .run_state = s->run_state,
				  .try_number = s->try_number,
				  .grid = s->grid,
				  .logical_us = s->logical_us,
				  .start_us = s->start_us,
				  .end_us = s->end_us,
				  .params = s->params,
				  .n_params = s->n_params,
				  .given = s->given,
				  .n_given = s->n_given };
}

/*
 * A spec as it stands in JSON.  The partitions of a window share a dataset: its path and schema
 * stand once, in `tables`, and inputs and outputs name it by index.
 */
struct table {
	char *name, *path;
	enum format format;
	struct schema schema;
	bool partitioned, plain;
	struct column_names personal;
	struct column_notes notes;
	struct grid grid;
	char *zone;             /* of the grid, by its name; NULL: UTC */
	char *event_time;       /* of an input */
	int64_t from_us, to_us; /* of an input */
};

struct input_line {
	int64_t table;
	struct spec_input in;
};

struct output_line {
	int64_t table;
	struct spec_output to;
};

struct sheet {
	struct spec s;
	char *zone; /* of the run's grid, by its name; NULL: UTC */
	struct table *tables;
	size_t n_tables, room;
	struct input_line *inputs;
	size_t n_inputs;
	struct output_line *outputs;
	size_t n_outputs;
};

/* ---- the rows ---- */

static const char *
run_type_word(int value)
{
	return run_type_name((enum run_type)value);
}

static const char *
format_word(int value)
{
	return format_name((enum format)value);
}

static const char *
unit_word(int value)
{
	return grid_unit_name((enum grid_unit)value);
}

static const char *
leave_word(int value)
{
	return output_type_name((enum output_type)value);
}

/* Name, type, name, type ... */
static json_t *
put_columns(const void *base)
{
	const struct schema *schema = &((const struct table *)base)->schema;
	json_t *list = json_array();

	for (size_t i = 0; i < schema->count; i++) {
		const struct column *column = &schema->columns[i];

		(void)json_array_append_new(list, json_text_new(column->name));
		(void)json_array_append_new(list, json_text_new(col_type_name(column->type)));
	}
	return list;
}

static void
take_columns(struct jreader *r, const struct jkey *row, const json_t *list, void *base)
{
	size_t n = json_array_size(list);
	struct column *columns;

	if (!json_is_array(list) || n % 2 != 0 || n > SPEC_ITEMS_MAX) {
		jkeys_refuse(r, row->name, "a list of names and types");
		return;
	}
	columns = arena_get(r->arena, (n / 2 + 1) * sizeof(*columns));
	for (size_t i = 0; i < n / 2; i++) {
		const char *name = json_string_value(json_array_get(list, 2 * i));
		const char *type = json_string_value(json_array_get(list, 2 * i + 1));
		int value = type ? col_type_of(type) : -1;

		if (!name || value < 0) {
			jkeys_refuse(r, row->name, "a list of names and types");
			return;
		}
		columns[i].name = arena_str(r->arena, name);
		columns[i].type = (enum col_type)value;
	}
	((struct table *)base)->schema = (struct schema){ columns, n / 2 };
}

static json_t *
put_personal(const void *base)
{
	const struct column_names *names = &((const struct table *)base)->personal;
	json_t *list = json_array();

	for (size_t i = 0; i < names->count; i++)
		(void)json_array_append_new(list, json_text_new(names->names[i]));
	return list;
}

static void
take_personal(struct jreader *r, const struct jkey *row, const json_t *list, void *base)
{
	size_t n = json_array_size(list);
	const char **names = arena_get(r->arena, (n + 1) * sizeof(*names));

	for (size_t i = 0; i < n; i++) {
		names[i] = arena_str(r->arena, json_string_value(json_array_get(list, i)));
		if (!names[i]) {
			jkeys_refuse(r, row->name, "a list of names");
			return;
		}
	}
	((struct table *)base)->personal = (struct column_names){ names, n };
}

/* [[column, its former name or "", the last day or null], ...] */
static json_t *
put_notes(const void *base)
{
	const struct column_notes *notes = &((const struct table *)base)->notes;
	json_t *list = json_array();

	for (size_t i = 0; i < notes->count; i++) {
		const struct column_note *n = &notes->items[i];
		json_t *item = json_array();

		(void)json_array_append_new(item, json_text_new(n->column));
		(void)json_array_append_new(item, json_text_new(n->was ? n->was : ""));
		(void)json_array_append_new(item, n->deprecated_after == INT64_MAX
						      ? json_null()
						      : json_integer(n->deprecated_after));
		(void)json_array_append_new(list, item);
	}
	return list;
}

static bool
take_note(struct jreader *r, const json_t *item, struct column_note *out)
{
	const json_t *column = json_array_get(item, 0), *was = json_array_get(item, 1);
	const json_t *day = json_array_get(item, 2);

	if (json_array_size(item) != 3 || !json_is_string(column) || !json_is_string(was) ||
	    (!json_is_null(day) && !json_is_integer(day)))
		return false;
	out->column = arena_str(r->arena, json_string_value(column));
	out->was = json_string_length(was) ? arena_str(r->arena, json_string_value(was)) : NULL;
	out->deprecated_after = json_is_null(day) ? INT64_MAX : json_integer_value(day);
	return true;
}

static void
take_notes(struct jreader *r, const struct jkey *row, const json_t *list, void *base)
{
	size_t n = json_array_size(list);
	struct column_note *items = arena_get(r->arena, (n + 1) * sizeof(*items));

	for (size_t i = 0; i < n; i++) {
		if (!take_note(r, json_array_get(list, i), &items[i])) {
			jkeys_refuse(r, row->name, "a list of columns, former names and days");
			return;
		}
	}
	((struct table *)base)->notes = (struct column_notes){ items, n };
}

static json_t *
put_argv(const void *base)
{
	char *const *argv = ((const struct sheet *)base)->s.argv;
	json_t *list;

	if (!argv)
		return json_null();
	list = json_array();
	for (size_t i = 0; argv[i]; i++)
		(void)json_array_append_new(list, json_text_new(argv[i]));
	return list;
}

static void
take_argv(struct jreader *r, const struct jkey *row, const json_t *list, void *base)
{
	size_t n = json_array_size(list);
	char **argv;

	if (json_is_null(list))
		return;
	if (!json_is_array(list) || n == 0 || n > SPEC_ITEMS_MAX) {
		jkeys_refuse(r, row->name, "a list of texts, or null");
		return;
	}
	argv = arena_get(r->arena, (n + 1) * sizeof(*argv));
	for (size_t i = 0; i < n; i++) {
		argv[i] = arena_str(r->arena, json_string_value(json_array_get(list, i)));
		if (!argv[i])
			jkeys_refuse(r, row->name, "a list of texts, or null");
	}
	((struct sheet *)base)->s.argv = argv;
}

static void
check_env(struct jreader *r, const void *item)
{
	const struct spec_env *e = item;

	if (!!e->value + !!e->from_env + !!e->from_file + !!e->from_command +
		!!e->from_connection !=
	    1)
		jkeys_refuse(r, "value", "there, or 'from_env', or 'from_file', or 'from_command'");
}

/* clang-format off */
#define AT(field) offsetof(struct param_value, field)
static const struct jkey param_keys[] = {
	{ "name", JKEY_TEXT, .at = AT(name) },
	{ "value", JKEY_TEXT, .at = AT(value) },
};
#undef AT

#define AT(field) offsetof(struct spec_env, field)
static const struct jkey env_keys[] = {
	{ "name", JKEY_TEXT, .at = AT(name) },
	{ "value", JKEY_OPTIONAL, .at = AT(value) },
	{ "from_env", JKEY_OPTIONAL, .at = AT(from_env) },
	{ "from_file", JKEY_OPTIONAL, .at = AT(from_file) },
	{ "from_command", JKEY_OPTIONAL, .at = AT(from_command), .sparse = true },
	{ "from_connection", JKEY_OPTIONAL, .at = AT(from_connection), .sparse = true },
	{ "shown", JKEY_BOOL, .at = AT(shown), .sparse = true },
};
#undef AT

#define AT(field) offsetof(struct input_line, field)
static const struct jkey input_keys[] = {
	{ "dataset", JKEY_INT64, .at = AT(table), .max = SPEC_ITEMS_MAX },
	{ "part", JKEY_INT64, .at = AT(in.part), .min = INT64_MIN, .max = INT64_MAX },
	{ "version", JKEY_INT64, .at = AT(in.version), .max = INT64_MAX },
	{ "digest", JKEY_HEX, .at = AT(in.digest), .max = DIGEST_CHARS, .or_none = true },
	{ "missing", JKEY_BOOL, .at = AT(in.missing) },
	{ "for_checks", JKEY_BOOL, .at = AT(in.for_checks), .sparse = true },
	{ "cut", JKEY_BOOL, .at = AT(in.cut), .sparse = true },
	{ "whole", JKEY_BOOL, .at = AT(in.whole), .sparse = true },
};
#undef AT

#define AT(field) offsetof(struct output_line, field)
static const struct jkey output_keys[] = {
	{ "dataset", JKEY_INT64, .at = AT(table), .max = SPEC_ITEMS_MAX },
	{ "part", JKEY_INT64, .at = AT(to.part), .min = INT64_MIN, .max = INT64_MAX },
	{ "version", JKEY_INT64, .at = AT(to.version), .max = INT64_MAX },
	{ "at", JKEY_INT, .at = AT(to.at), .max = TASK_WRITES_MAX - 1, .sparse = true },
	{ "quarantine", JKEY_BOOL, .at = AT(to.quarantine) },
	{ "definition", JKEY_TEXT, .at = AT(to.definition), .sparse = true },
};
#undef AT

#define AT(field) offsetof(struct table, field)
static const struct jkey table_keys[] = {
	{ "name", JKEY_TEXT, .at = AT(name) },
	{ "path", JKEY_TEXT, .at = AT(path) },
	{ "format", JKEY_WORD, .at = AT(format), .word = format_word, .value = format_of },
	{ "partitioned", JKEY_BOOL, .at = AT(partitioned) },
	{ "plain", JKEY_BOOL, .at = AT(plain), .sparse = true },
	{ "columns", JKEY_CUSTOM, .put = put_columns, .take = take_columns },
	{ "personal", JKEY_CUSTOM, .put = put_personal, .take = take_personal },
	{ "notes", JKEY_CUSTOM, .put = put_notes, .take = take_notes },
	{ "unit", JKEY_WORD, .at = AT(grid.unit), .word = unit_word, .value = grid_unit_of },
	{ "zone", JKEY_TEXT, .at = AT(zone), .sparse = true },
	{ "event_time", JKEY_TEXT, .at = AT(event_time), .sparse = true },
	{ "from_us", JKEY_INT64, .at = AT(from_us), .min = INT64_MIN, .max = INT64_MAX, .sparse = true },
	{ "to_us", JKEY_INT64, .at = AT(to_us), .min = INT64_MIN, .max = INT64_MAX, .sparse = true },
};
#undef AT

#define AT(field) offsetof(struct spec_history, field)
static const struct jkey history_keys[] = {
	{ "part", JKEY_INT64, .at = AT(part), .min = INT64_MIN, .max = INT64_MAX },
	{ "rows", JKEY_INT64, .at = AT(rows), .max = INT64_MAX },
	{ "at", JKEY_INT, .at = AT(at), .max = TASK_WRITES_MAX - 1, .sparse = true },
};
#undef AT

#define AT(field) offsetof(struct task_output, field)
static const struct jkey leave_keys[] = {
	{ "name", JKEY_TEXT, .at = AT(name) },
	{ "type", JKEY_WORD, .at = AT(type), .word = leave_word, .value = output_type_of },
};
#undef AT

static const struct jkey glob_keys[] = {
	{ "glob", JKEY_TEXT, .at = offsetof(struct spec_glob, glob) },
};

static const struct jtable globs = JTABLE(glob_keys, struct spec_glob, ARTIFACT_GLOBS_MAX);
static const struct jtable leaves = JTABLE(leave_keys, struct task_output, OUTPUTS_MAX);
static const struct jtable params = JTABLE(param_keys, struct param_value, SPEC_ITEMS_MAX);
static const struct jtable env = {
	env_keys, countof(env_keys), sizeof(struct spec_env), SPEC_ITEMS_MAX, check_env,
};
static const struct jtable inputs = JTABLE(input_keys, struct input_line, SPEC_ITEMS_MAX);
static const struct jtable outputs = JTABLE(output_keys, struct output_line, SPEC_ITEMS_MAX);
static const struct jtable tables = JTABLE(table_keys, struct table, SPEC_ITEMS_MAX);
static const struct jtable history = JTABLE(history_keys, struct spec_history, SPEC_ITEMS_MAX);

static const struct jkey limit_keys[] = {
#define X(member, ...) \
	{ #member, JKEY_INT64, .sparse = true, .at = offsetof(struct task_limits, member), \
	  .max = INT64_MAX },
	TASK_LIMITS(X)
#undef X
};

static const struct jtable task_limits = JTABLE(limit_keys, struct task_limits, 1);

#define AT(field) offsetof(struct sheet, field)
static const struct jkey spec_keys[] = {
	{ "proto", JKEY_ALWAYS, .min = SPEC_PROTO },
	{ "attempt", JKEY_INT64, .at = AT(s.attempt), .min = 1, .max = INT64_MAX },
	{ "token", JKEY_HEX, .at = AT(s.token), .max = TOKEN_CHARS },
	{ "project_dir", JKEY_TEXT, .at = AT(s.project_dir) },
	{ "dag", JKEY_TEXT, .at = AT(s.dag) },
	{ "task", JKEY_TEXT, .at = AT(s.task) },
	{ "run_id", JKEY_TEXT, .at = AT(s.run_id) },
	{ "dag_digest", JKEY_TEXT, .at = AT(s.dag_digest) },
	{ "run_state", JKEY_TEXT, .at = AT(s.run_state), .sparse = true },
	{ "triggered_by", JKEY_TEXT, .at = AT(s.triggered_by), .sparse = true },
	{ "run_type", JKEY_WORD, .at = AT(s.run_type), .word = run_type_word, .value = run_type_of },
	{ "epoch", JKEY_INT, .at = AT(s.epoch), .max = INT32_MAX },
	{ "try_number", JKEY_INT, .at = AT(s.try_number), .max = INT32_MAX },
	{ "look", JKEY_INT, .at = AT(s.look), .sparse = true, .max = INT32_MAX },
	{ "seen", JKEY_TEXT, .at = AT(s.seen), .sparse = true },
	{ "keeps", JKEY_BOOL, .at = AT(s.keeps), .sparse = true },
	{ "kept", JKEY_TEXT, .at = AT(s.kept), .sparse = true },
	{ "unit", JKEY_WORD, .at = AT(s.grid.unit), .word = unit_word, .value = grid_unit_of },
	{ "zone", JKEY_TEXT, .at = AT(zone), .sparse = true },
	{ "logical_us", JKEY_INT64, .at = AT(s.logical_us), .min = INT64_MIN, .max = INT64_MAX },
	{ "start_us", JKEY_INT64, .at = AT(s.start_us), .min = INT64_MIN, .max = INT64_MAX },
	{ "end_us", JKEY_INT64, .at = AT(s.end_us), .min = INT64_MIN, .max = INT64_MAX },
	{ "memory_bytes", JKEY_INT64, .at = AT(s.memory_bytes), .max = INT64_MAX },
	{ "limits", JKEY_OBJECT, .at = AT(s.limits), .table = &task_limits },
	{ "partial", JKEY_BOOL, .at = AT(s.partial) },
	{ "early", JKEY_BOOL, .at = AT(s.early), .sparse = true },
	{ "connects", JKEY_BOOL, .at = AT(s.connects), .sparse = true },
	{ "no_samples", JKEY_BOOL, .at = AT(s.no_samples), .sparse = true },
	{ "slice", JKEY_OPTIONAL, .at = AT(s.slice) },
	{ "argv", JKEY_CUSTOM, .put = put_argv, .take = take_argv },
	{ "params", JKEY_LIST, .at = AT(s.params), .count_at = AT(s.n_params), .table = &params },
	{ "leaves", JKEY_LIST, .sparse = true, .at = AT(s.leaves), .count_at = AT(s.n_leaves),
	  .table = &leaves },
	{ "artifacts", JKEY_LIST, .sparse = true, .at = AT(s.artifacts),
	  .count_at = AT(s.n_artifacts), .table = &globs },
	{ "artifacts_path", JKEY_TEXT, .sparse = true, .at = AT(s.artifacts_path) },
	{ "artifacts_count", JKEY_INT, .sparse = true, .at = AT(s.artifact_limits.count),
	  .max = ARTIFACTS_MAX },
	{ "artifact_bytes", JKEY_INT64, .sparse = true, .at = AT(s.artifact_limits.bytes_each),
	  .max = INT64_MAX },
	{ "artifacts_bytes", JKEY_INT64, .sparse = true, .at = AT(s.artifact_limits.bytes_all),
	  .max = INT64_MAX },
	{ "env", JKEY_LIST, .at = AT(s.env), .count_at = AT(s.n_env), .table = &env },
	{ "inputs", JKEY_LIST, .at = AT(inputs), .count_at = AT(n_inputs), .table = &inputs },
	{ "outputs", JKEY_LIST, .at = AT(outputs), .count_at = AT(n_outputs), .table = &outputs },
	{ "datasets", JKEY_LIST, .at = AT(tables), .count_at = AT(n_tables), .table = &tables },
	{ "history", JKEY_LIST, .at = AT(s.history), .count_at = AT(s.n_history), .table = &history },
};
#undef AT
/* clang-format on */

static const struct jtable spec_table = JTABLE(spec_keys, struct sheet, 1);

/* ---- writing ---- */

static bool
same_table(const struct table *a, const struct table *b)
{
	return a->format == b->format && a->partitioned == b->partitioned && a->plain == b->plain &&
	       grid_is(a->grid, b->grid) && a->from_us == b->from_us && a->to_us == b->to_us &&
	       (!a->event_time) == (!b->event_time) && strcmp(a->name, b->name) == 0 &&
	       strcmp(a->path, b->path) == 0 && schema_equal(&a->schema, &b->schema);
}

/* The index of a table, which is added if it is new. */
static int64_t
place_table(struct sheet *sheet, const struct table *t)
{
	for (size_t i = 0; i < sheet->n_tables; i++) {
		if (same_table(&sheet->tables[i], t))
			return (int64_t)i;
	}
	sheet->tables = mem_grow(sheet->tables, sheet->n_tables, &sheet->room,
				 sizeof(*sheet->tables));
	sheet->tables[sheet->n_tables] = *t;
	return (int64_t)sheet->n_tables++;
}

/* The name of a zone as it stands in JSON, where UTC is not said. */
static char *
zone_text(struct grid grid)
{
	/* What is written is not changed. */
	return grid.zone ? (char *)(uintptr_t)grid_zone_name(grid) : NULL;
}

void
spec_write(const struct spec *s, struct buf *out)
{
	struct sheet sheet = { .s = *s, .n_inputs = s->n_inputs, .n_outputs = s->n_outputs };
	json_t *o = json_object();

	sheet.zone = zone_text(s->grid);
	sheet.inputs = mem_new(s->n_inputs, sizeof(*sheet.inputs));
	for (size_t i = 0; i < s->n_inputs; i++) {
		const struct spec_input *in = &s->inputs[i];
		struct table t = { .name = in->dataset,
				   .path = in->path,
				   .format = in->format,
				   .schema = in->schema,
				   .partitioned = in->partitioned,
				   .personal = in->personal,
				   .notes = in->notes,
				   .grid = in->grid,
				   .zone = zone_text(in->grid),
				   .event_time = in->event_time,
				   .from_us = in->from_us,
				   .to_us = in->to_us };

		sheet.inputs[i] = (struct input_line){ place_table(&sheet, &t), *in };
	}
	sheet.outputs = mem_new(s->n_outputs, sizeof(*sheet.outputs));
	for (size_t i = 0; i < s->n_outputs; i++) {
		const struct spec_output *to = &s->outputs[i];
		struct table t = { .name = to->dataset,
				   .path = to->path,
				   .format = to->format,
				   .plain = to->plain,
				   .schema = to->schema,
				   .partitioned = true,
				   .personal = to->personal,
				   .grid = to->grid,
				   .zone = zone_text(to->grid) };

		sheet.outputs[i] = (struct output_line){ place_table(&sheet, &t), *to };
	}
	jkeys_write(o, &spec_table, &sheet);
	json_write(o, out);
	json_decref(o);
	free(sheet.inputs);
	free(sheet.outputs);
	free(sheet.tables);
}

/* ---- reading ---- */

/* The table that an input or output names, or NULL, which is reported. */
static const struct table *
find_table(struct jreader *r, const struct sheet *sheet, int64_t at)
{
	if (at < (int64_t)sheet->n_tables)
		return &sheet->tables[at];
	jkeys_refuse(r, "dataset", "the index of one of 'datasets'");
	return NULL;
}

/* Open the zones that are named, each once. */
static void
find_zone(struct jreader *r, struct spec *s, const char *name, struct grid *grid)
{
	struct zone *zone = NULL;

	for (size_t i = 0; i < s->n_zones && name; i++)
		if (strcmp(zone_name(s->zones[i]), name) == 0)
			grid->zone = s->zones[i];
	if (r->code || !name || grid->zone)
		return;
	r->code = zone_open(name, &zone, r->err);
	grid->zone = spec_keep_zone(s, zone);
	zone_unref(zone);
}

static void
open_zones(struct jreader *r, struct sheet *sheet)
{
	find_zone(r, &sheet->s, sheet->zone, &sheet->s.grid);
	for (size_t i = 0; i < sheet->n_tables; i++)
		find_zone(r, &sheet->s, sheet->tables[i].zone, &sheet->tables[i].grid);
}

/* Inputs and outputs get what stands in the table that they name. */
static void
resolve(struct jreader *r, struct sheet *sheet)
{
	struct spec *s = &sheet->s;
	const struct table *t;

	s->inputs = arena_get(r->arena, (sheet->n_inputs + 1) * sizeof(*s->inputs));
	for (size_t i = 0; i < sheet->n_inputs; i++) {
		struct spec_input *in = &s->inputs[s->n_inputs++];

		*in = sheet->inputs[i].in;
		t = find_table(r, sheet, sheet->inputs[i].table);
		if (!t)
			return;
		in->dataset = arena_str(r->arena, t->name);
		in->path = arena_str(r->arena, t->path);
		in->format = t->format;
		in->schema = t->schema;
		in->partitioned = t->partitioned;
		in->personal = t->personal;
		in->notes = t->notes;
		in->grid = t->grid;
		in->event_time = arena_str(r->arena, t->event_time);
		in->from_us = t->from_us;
		in->to_us = t->to_us;
	}
	s->outputs = arena_get(r->arena, (sheet->n_outputs + 1) * sizeof(*s->outputs));
	for (size_t i = 0; i < sheet->n_outputs; i++) {
		struct spec_output *to = &s->outputs[s->n_outputs++];

		*to = sheet->outputs[i].to;
		t = find_table(r, sheet, sheet->outputs[i].table);
		if (!t)
			return;
		to->dataset = arena_str(r->arena, t->name);
		to->path = arena_str(r->arena, t->path);
		to->format = t->format;
		to->plain = t->plain;
		to->schema = t->schema;
		to->personal = t->personal;
		to->grid = t->grid;
	}
}

enum err_code
spec_read(struct spec *out, const char *data, size_t bytes, struct err *err)
{
	struct jreader r = { .err = err };
	struct sheet sheet = { 0 };
	enum err_code code;
	json_t *root;

	if (bytes > SPEC_BYTES_MAX)
		return err_set(err, ERR_LIMIT, "read a spec: over %s", SIZE_TEXT(SPEC_BYTES_MAX));
	code = json_read(&root, data, bytes, "a spec", err);
	if (code)
		return code;
	sheet.s.arena = r.arena = arena_new();
	jkeys_read(&r, root, &spec_table, &sheet);
	if (!r.code)
		open_zones(&r, &sheet);
	if (!r.code)
		resolve(&r, &sheet);
	if (!r.code && !sheet.s.argv && !sheet.s.slice)
		jkeys_refuse(&r, "argv", "there, or 'slice'");
	if (r.code) {
		err_wrap(err, "read a spec");
		spec_release(&sheet.s);
	} else {
		*out = sheet.s;
	}
	json_decref(root);
	return r.code;
}

bool
spec_is_replaced(const struct spec *s)
{
	return s->argv && !s->look && !s->n_outputs && !s->n_inputs;
}
