/* op.c - the keys of each operator but score, and which operators there are. */
#include "core/dagfile/reader.h"

#include <stdio.h>
#include <string.h>

#define AT(field) offsetof(struct draft_task, field)

static const char *const bad_row_words[] = { "quarantine", "fail", "drop", NULL };
static const char *const unknown_words[] = { "ignore", "fail", NULL };
static const char *const keep_words[] = { "first", "last", "error", NULL };

void
op_read_template(struct yreader *r, const struct key *row, const struct ynode *key, void *base)
{
	if (ykeys_scalar(r, key))
		*(const char **)(void *)((char *)base + row->at) =
		    dagfile_template(dagfile_of(r), key->value, row->name);
}

void
op_read_output(struct yreader *r, const struct key *row, const struct ynode *key, void *base)
{
	struct draft_task *t = base;

	(void)row;
	t->output_name = ykeys_scalar(r, key);
	t->output = key->value;
}

void
op_read_input(struct yreader *r, const struct key *row, const struct ynode *key, void *base)
{
	struct draft_task *t = base;

	(void)row;
	t->input_name = ykeys_scalar(r, key);
	t->input = key->value;
}

bool
op_window(struct yreader *r, const struct ynode *key, int *days)
{
	const char *text = ykeys_scalar(r, key);
	size_t n = text ? strspn(text, "0123456789") : 0;
	int value = 0;

	if (!text)
		return false;
	for (size_t i = 0; i < n && n < 5; i++)
		value = value * 10 + (text[i] - '0');
	if (strcmp(text + n, "d") == 0 && value >= 1 && value <= DAG_WINDOW_DAYS_MAX) {
		*days = value;
		return true;
	}
	ykeys_error(r, key->value, NULL, "'%s' has to be a number of days from 1d to %dd",
		    key->text, DAG_WINDOW_DAYS_MAX);
	return false;
}

void
op_add_input(struct dagfile *f, struct draft_task *t, const char *dataset, int days,
	     const struct ynode *at)
{
	t->inputs[t->n_inputs++] = (struct draft_input){
		.in = { .dataset = arena_str(f->y.arena, dataset), .days = days },
		.at = at,
	};
}

void
op_end_input(struct dagfile *f, struct draft_task *t, int days)
{
	t->inputs = arena_get(f->scratch, 2 * sizeof(*t->inputs));
	if (!t->input_name)
		return;
	op_add_input(f, t, t->input_name, days, t->input);
	t->inputs[0].windowed = days > 1;
}

static const struct key from_keys[] = {
	{ "path", WANT_CUSTOM, .required = true, .at = AT(task.ingest.from_path),
	  .read = op_read_template },
	{ "format", WANT_WORD, .required = true, .at = AT(task.ingest.from_format),
	  .words = format_words },
};

static void
read_from(struct yreader *r, const struct key *row, const struct ynode *key, void *base)
{
	struct keyset set = KEYSET(from_keys, base);

	(void)row;
	(void)ykeys_read(r, key, key->value, "'from'", &set, 1);
}

static const struct key ingest_keys[] = {
	{ "from", WANT_CUSTOM, .required = true, .read = read_from },
	{ "event_time", WANT_TEXT, .required = true, .at = AT(task.ingest.event_time) },
	{ "received_at", WANT_TEXT, .at = AT(task.ingest.received_at) },
	{ "on_bad_row", WANT_WORD, .at = AT(task.ingest.on_bad_row), .words = bad_row_words },
	{ "max_bad", WANT_SHARE, .at = AT(task.ingest.max_bad) },
	{ "unknown_keys", WANT_FLAG, .at = AT(task.ingest.unknown_keys_fail),
	  .words = unknown_words },
	{ "output", WANT_CUSTOM, .required = true, .read = op_read_output },
};

static void
begin_ingest(struct draft_task *t)
{
	t->task.ingest.max_bad = 1;
}

static const struct key dedup_keys[] = {
	{ "input", WANT_CUSTOM, .required = true, .read = op_read_input },
	{ "key", WANT_TEXTS, .required = true, .at = AT(task.dedup.key),
	  .count_at = AT(task.dedup.n_key) },
	{ "keep", WANT_WORD, .at = AT(task.dedup.keep), .words = keep_words },
	{ "output", WANT_CUSTOM, .required = true, .read = op_read_output },
	KEY_LATER("order_by"),
	KEY_LATER("scope"),
	KEY_LATER("null_key"),
};

static const struct key rollup_keys[] = {
	{ "input", WANT_CUSTOM, .required = true, .read = op_read_input },
	{ "output", WANT_CUSTOM, .required = true, .read = op_read_output },
};

static void
end_one_day(struct dagfile *f, struct draft_task *t)
{
	op_end_input(f, t, 1);
}

static const struct key quality_keys[] = {
	{ "dataset", WANT_CUSTOM, .required = true, .read = op_read_input },
};

static void
end_quality(struct dagfile *f, struct draft_task *t)
{
	if (!ynode_get(t->key->value, "checks"))
		ykeys_error(&f->y, t->key, NULL, "task '%s' needs the key 'checks'", t->task.id);
	for (size_t i = 0; i < t->task.n_checks; i++) {
		if (t->task.checks[i].quarantine)
			ykeys_error(&f->y, t->checks_at[i], "put the check on the task that writes",
				    "a quality task writes nothing, so it cannot quarantine rows");
	}
	op_end_input(f, t, 1);
}

static void
read_run(struct yreader *r, const struct key *row, const struct ynode *key, void *base)
{
	struct op_command *c = &((struct draft_task *)base)->task.command;
	const struct ynode *value = key->value;
	const char **argv;
	size_t n = 0;

	(void)row;
	if (value->broken)
		return;
	if (value->kind != YNODE_LIST || value->count == 0) {
		ykeys_error(r, value, "use 'shell' for a line that a shell reads",
			    "'run' has to be a list: the program and its arguments");
		return;
	}
	argv = arena_get(r->arena, value->count * sizeof(*argv));
	for (const struct ynode *i = value->first; i; i = i->next) {
		if (i->kind != YNODE_SCALAR || (n == 0 && !i->bytes)) {
			ykeys_error(r, i, NULL, "each item of 'run' has to be a single value");
			return;
		}
		argv[n++] = dagfile_template(dagfile_of(r), i, "run");
	}
	c->argv = argv;
	c->n_argv = n;
}

static void
read_shell(struct yreader *r, const struct key *row, const struct ynode *key, void *base)
{
	struct op_command *c = &((struct draft_task *)base)->task.command;
	const char **argv;

	if (!ykeys_scalar(r, key))
		return;
	argv = arena_get(r->arena, 3 * sizeof(*argv));
	argv[0] = "/bin/sh";
	argv[1] = "-c";
	argv[2] = dagfile_template(dagfile_of(r), key->value, row->name);
	c->argv = argv;
	c->n_argv = 3;
}

/* An item of `inputs:` that is a map. */
struct named_input {
	const char *dataset;
	const struct ynode *window; /* key, or NULL */
};

static void
read_input_window(struct yreader *r, const struct key *row, const struct ynode *key, void *base)
{
	(void)r;
	(void)row;
	((struct named_input *)base)->window = key;
}

static const struct key input_keys[] = {
	{ "dataset", WANT_NAME, .required = true, .at = offsetof(struct named_input, dataset) },
	{ "window", WANT_CUSTOM, .read = read_input_window },
};

static void
read_command_input(struct yreader *r, const struct ynode *item, struct draft_task *t)
{
	struct named_input named = { 0 };
	struct keyset set = KEYSET(input_keys, &named);
	int days = 1;

	if (item->broken)
		return;
	if (item->kind == YNODE_SCALAR && !ynode_is_null(item)) {
		op_add_input(dagfile_of(r), t, item->text, 1, item);
		return;
	}
	if (!ykeys_read(r, item, item, "an item of 'inputs'", &set, 1) || !named.dataset)
		return;
	if (named.window && !op_window(r, named.window, &days))
		return;
	op_add_input(dagfile_of(r), t, named.dataset, days, ynode_get(item, "dataset"));
	t->inputs[t->n_inputs - 1].windowed = named.window != NULL;
}

static void
read_inputs(struct yreader *r, const struct key *row, const struct ynode *key, void *base)
{
	struct draft_task *t = base;
	const struct ynode *value = key->value;

	(void)row;
	if (value->broken)
		return;
	if (value->kind != YNODE_LIST || value->count == 0 || value->count > DAG_DATASETS_MAX) {
		ykeys_error(r, value, NULL, "'inputs' has to be a list of 1 to %d datasets",
			    DAG_DATASETS_MAX);
		return;
	}
	t->inputs = arena_get(dagfile_of(r)->scratch, value->count * sizeof(*t->inputs));
	for (const struct ynode *i = value->first; i; i = i->next)
		read_command_input(r, i, t);
}

static const struct key command_keys[] = {
	{ "run", WANT_CUSTOM, .read = read_run },
	{ "shell", WANT_CUSTOM, .read = read_shell },
	{ "inputs", WANT_CUSTOM, .read = read_inputs },
	{ "output", WANT_CUSTOM, .read = op_read_output },
};

static void
end_command(struct dagfile *f, struct draft_task *t)
{
	const struct ynode *map = t->key->value;
	bool run = ynode_get(map, "run"), shell = ynode_get(map, "shell");

	if (run && shell)
		ykeys_error(&f->y, t->key, NULL, "task '%s' has 'run' or 'shell', not both",
			    t->task.id);
	if (!run && !shell)
		ykeys_error(&f->y, t->key, NULL, "task '%s' needs the key 'run' or 'shell'",
			    t->task.id);
	if (t->task.n_checks && !t->output)
		ykeys_error(&f->y, t->checks_at[0], NULL,
			    "task '%s' has checks but no 'output' that they could look at",
			    t->task.id);
}

static const struct op_def op_def_ingest = {
	.name = "ingest",
	.kind = OP_INGEST,
	.rows = ingest_keys,
	.n_rows = countof(ingest_keys),
	.begin = begin_ingest,
};

static const struct op_def op_def_dedup = {
	.name = "dedup",
	.kind = OP_DEDUP,
	.rows = dedup_keys,
	.n_rows = countof(dedup_keys),
	.end = end_one_day,
};

static const struct op_def op_def_rollup = {
	.name = "rollup",
	.kind = OP_ROLLUP,
	.rows = rollup_keys,
	.n_rows = countof(rollup_keys),
	.end = end_one_day,
};

static const struct op_def op_def_quality = {
	.name = "quality",
	.kind = OP_QUALITY,
	.rows = quality_keys,
	.n_rows = countof(quality_keys),
	.end = end_quality,
};

static const struct op_def op_def_command = {
	.name = "command",
	.kind = OP_COMMAND,
	.rows = command_keys,
	.n_rows = countof(command_keys),
	.end = end_command,
};

static const struct op_def *const ops[] = {
	&op_def_ingest,   &op_def_dedup,   &op_def_rollup,  &op_def_engagement,
	&op_def_adoption, &op_def_quality, &op_def_command,
};

static const char *const op_words[] = { "ingest",  "dedup",   "rollup", "score",
					"quality", "command", NULL };
static const char *const method_words[] = { "engagement", "adoption", NULL };
static const char *const later_words[] = { "sensor" };

static const struct ynode *
key_of(const struct ynode *map, const char *name)
{
	for (const struct ynode *k = map->first; k; k = k->next) {
		if (strcmp(k->text, name) == 0)
			return k;
	}
	return NULL;
}

/* The word at a key that a task has to have; NULL was reported. */
static const char *
word_at(struct dagfile *f, const struct ynode *task, const char *name, const char *const *words)
{
	const struct ynode *key = key_of(task->value, name);
	int word;

	if (!key) {
		ykeys_error(&f->y, task, NULL, "task '%s' needs the key '%s'", task->text, name);
		return NULL;
	}
	return ykeys_word(&f->y, key, words, &word) ? words[word] : NULL;
}

const struct op_def *
op_reader_find(struct dagfile *f, const struct ynode *key)
{
	const struct ynode *named = ynode_get(key->value, "operator");
	const char *name, *method = NULL;

	for (size_t i = 0; named && named->kind == YNODE_SCALAR && i < countof(later_words); i++) {
		if (strcmp(named->text, later_words[i]) == 0) {
			ykeys_error(&f->y, named, NULL,
				    "operator '%s' is not supported in this version", named->text);
			return NULL;
		}
	}
	name = word_at(f, key, "operator", op_words);
	if (name && strcmp(name, "score") == 0) {
		method = word_at(f, key, "method", method_words);
		if (!method)
			return NULL;
	}
	for (size_t i = 0; name && i < countof(ops); i++) {
		if (strcmp(ops[i]->name, name) == 0 &&
		    (!method || strcmp(ops[i]->method, method) == 0))
			return ops[i];
	}
	return NULL;
}

/* What each operator reads of its input; score compares tenants and features across datasets. */
static const struct column engagement_needs[] = {
	{ "tenant_id", COL_INT64 },     { "feature_name", COL_STRING },
	{ "timestamp", COL_TIMESTAMP }, { "user_id", COL_TYPE_COUNT }, /* any type */
	{ "event_id", COL_TYPE_COUNT },
};

static const struct column adoption_needs[] = {
	{ "tenant_id", COL_INT64 },    { "feature_name", COL_STRING },
	{ "event_type", COL_STRING },  { "timestamp", COL_TIMESTAMP },
	{ "user_id", COL_TYPE_COUNT },
};

static const struct column rollup_needs[] = {
	{ "event_type", COL_STRING },   { "feature_name", COL_STRING },
	{ "tenant_id", COL_INT64 },     { "user_id", COL_INT64 },
	{ "timestamp", COL_TIMESTAMP }, { "event_id", COL_TYPE_COUNT },
};

static const struct column dimension_needs[] = {
	{ "tenant_id", COL_INT64 },
	{ "plan", COL_STRING },
	{ "active_users", COL_INT64 },
};

static const struct column event_type_needs[] = { { "event_type", COL_STRING } };

static bool
has_columns(const struct schema *schema, const struct column *needs, size_t n, char *why,
	    size_t room)
{
	for (size_t i = 0; i < n; i++) {
		int at = schema_find(schema, needs[i].name);

		if (at < 0) {
			(void)snprintf(why, room, "has no column '%s'", needs[i].name);
			return false;
		}
		if (needs[i].type != COL_TYPE_COUNT && schema->columns[at].type != needs[i].type) {
			(void)snprintf(why, room, "has column '%s' as %s, not as %s", needs[i].name,
				       col_type_name(schema->columns[at].type),
				       col_type_name(needs[i].type));
			return false;
		}
	}
	return true;
}

const struct schema *
op_fixed_schema(enum op_kind op)
{
	switch (op) {
	case OP_ROLLUP:
		return &schema_rollup;
	case OP_SCORE_ENGAGEMENT:
		return &schema_engagement;
	case OP_SCORE_ADOPTION:
		return &schema_adoption;
	default:
		return NULL;
	}
}

bool
op_files_fit(const struct task *task, const struct schema *schema, char *why, size_t room)
{
	if (task->op == OP_SCORE_ADOPTION)
		return has_columns(schema, adoption_needs, countof(adoption_needs), why, room);
	return has_columns(schema, engagement_needs, countof(engagement_needs), why, room) &&
	       (!task->engagement.n_event_types ||
		has_columns(schema, event_type_needs, countof(event_type_needs), why, room));
}

bool
op_input_fits(const struct task *task, size_t at, const struct schema *schema, char *why,
	      size_t room)
{
	/* The dimension comes after the events, if those are a dataset. */
	bool dimension = task->op == OP_SCORE_ADOPTION && at == (task->adoption.from.days ? 0 : 1);

	switch (task->op) {
	case OP_ROLLUP:
		return has_columns(schema, rollup_needs, countof(rollup_needs), why, room);
	case OP_SCORE_ENGAGEMENT:
	case OP_SCORE_ADOPTION:
		if (dimension)
			return has_columns(schema, dimension_needs, countof(dimension_needs), why,
					   room);
		return schema_equal(schema, &schema_rollup) ||
		       op_files_fit(task, schema, why, room);
	default:
		return true;
	}
}
