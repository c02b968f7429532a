/* op.c - the keys of each operator but score, and which operators there are. */
#include "core/op/op.h"

#include <stdio.h>
#include <string.h>

#define AT(field) offsetof(struct draft_task, field)

static const char *const bad_row_words[] = { "quarantine", "fail", "drop", NULL };
static const char *const unknown_words[] = { "ignore", "fail", NULL };
static const char *const keep_words[] = { "first", "last", "error", NULL };

static const struct key from_keys[] = {
	{ "path", WANT_TEMPLATE, .required = true, .at = AT(task.ingest.from_path) },
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
	{ "output", WANT_CUSTOM, .required = true, .read = draft_read_output },
};

static void
begin_ingest(struct draft_task *t)
{
	t->task.ingest.max_bad = 1;
}

static const struct key dedup_keys[] = {
	{ "input", WANT_CUSTOM, .required = true, .read = draft_read_input },
	{ "key", WANT_TEXTS, .required = true, .at = AT(task.dedup.key),
	  .count_at = AT(task.dedup.n_key) },
	{ "keep", WANT_WORD, .at = AT(task.dedup.keep), .words = keep_words },
	{ "output", WANT_CUSTOM, .required = true, .read = draft_read_output },
	KEY_LATER("order_by"),
	KEY_LATER("scope"),
	KEY_LATER("null_key"),
};

static const struct key rollup_keys[] = {
	{ "input", WANT_CUSTOM, .required = true, .read = draft_read_input },
	{ "output", WANT_CUSTOM, .required = true, .read = draft_read_output },
};

static void
end_one_day(struct yreader *r, struct draft_task *t)
{
	draft_end_input(r, t, 1);
}

static const struct key quality_keys[] = {
	{ "dataset", WANT_CUSTOM, .required = true, .read = draft_read_input },
};

static void
end_quality(struct yreader *r, struct draft_task *t)
{
	if (!ynode_get(t->key->value, "checks"))
		ykeys_error(r, t->key, NULL, "task '%s' needs the key 'checks'", t->task.id);
	for (size_t i = 0; i < t->task.n_checks; i++) {
		if (t->task.checks[i].quarantine)
			ykeys_error(r, t->checks_at[i], "put the check on the task that writes",
				    "a quality task writes nothing, so it cannot quarantine rows");
	}
	draft_end_input(r, t, 1);
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
		argv[n++] = ykeys_template(r, i, "run");
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
	argv[2] = ykeys_template(r, key->value, row->name);
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
		draft_add_input(r, t, item->text, 1, item);
		return;
	}
	if (!ykeys_read(r, item, item, "an item of 'inputs'", &set, 1) || !named.dataset)
		return;
	if (named.window && !draft_window(r, named.window, &days))
		return;
	draft_add_input(r, t, named.dataset, days, ynode_get(item, "dataset"));
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
	t->inputs = arena_get(r->scratch, value->count * sizeof(*t->inputs));
	for (const struct ynode *i = value->first; i; i = i->next)
		read_command_input(r, i, t);
}

static const struct key command_keys[] = {
	{ "run", WANT_CUSTOM, .read = read_run },
	{ "shell", WANT_CUSTOM, .read = read_shell },
	{ "inputs", WANT_CUSTOM, .read = read_inputs },
	{ "output", WANT_CUSTOM, .read = draft_read_output },
};

static void
end_command(struct yreader *r, struct draft_task *t)
{
	const struct ynode *map = t->key->value;
	bool run = ynode_get(map, "run"), shell = ynode_get(map, "shell");

	if (run && shell)
		ykeys_error(r, t->key, NULL, "task '%s' has 'run' or 'shell', not both",
			    t->task.id);
	if (!run && !shell)
		ykeys_error(r, t->key, NULL, "task '%s' needs the key 'run' or 'shell'",
			    t->task.id);
	if (t->task.n_checks && !t->output)
		ykeys_error(r, t->checks_at[0], NULL,
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
word_at(struct yreader *r, const struct ynode *task, const char *name, const char *const *words)
{
	const struct ynode *key = key_of(task->value, name);
	int word;

	if (!key) {
		ykeys_error(r, task, NULL, "task '%s' needs the key '%s'", task->text, name);
		return NULL;
	}
	return ykeys_word(r, key, words, &word) ? words[word] : NULL;
}

const struct op_def *
op_choose(struct yreader *r, const struct ynode *key)
{
	const struct ynode *named = ynode_get(key->value, "operator");
	const char *name, *method = NULL;

	for (size_t i = 0; named && named->kind == YNODE_SCALAR && i < countof(later_words); i++) {
		if (strcmp(named->text, later_words[i]) == 0) {
			ykeys_error(r, named, NULL,
				    "operator '%s' is not supported in this version", named->text);
			return NULL;
		}
	}
	name = word_at(r, key, "operator", op_words);
	if (name && strcmp(name, "score") == 0) {
		method = word_at(r, key, "method", method_words);
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
