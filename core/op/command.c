/* command.c - the keys of operator command: a program of the user. */
#include "core/op/command.h"

#include "core/base/mem.h"
#include "core/op/op.h"
#include "core/text/shell_template.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

void
command_read_run(struct yreader *r, const struct key *row, const struct ynode *key, void *base)
{
	struct op_command *c = base;
	const struct ynode *value = key->value;
	const char **argv;
	size_t n = 0;

	(void)row;
	if (value->broken)
		return;
	if (value->kind != YNODE_LIST || value->count == 0) {
		ykeys_say(r, value, E0602, "use 'shell' for a line that a shell reads",
			  "'run' has to be a list: the program and its arguments");
		return;
	}
	argv = arena_get(r->arena, value->count * sizeof(*argv));
	for (const struct ynode *i = value->first; i; i = i->next) {
		if (i->broken)
			return;
		if (i->kind != YNODE_SCALAR || (n == 0 && !i->bytes)) {
			ykeys_say(r, i, E0217,
				  i->kind == YNODE_MAP ? "put a value that contains ': ' in quotes"
						       : NULL,
				  "each item of 'run' has to be a single value");
			return;
		}
		if (ynode_is_null(i)) {
			ykeys_say(r, i, E0217,
				  "write \"\" for an empty argument, \"null\" for the word",
				  "an item of 'run' has no value");
			return;
		}
		argv[n++] = ykeys_template(r, i, "run");
	}
	c->argv = argv;
	c->n_argv = n;
}

void
command_read_shell(struct yreader *r, const struct key *row, const struct ynode *key, void *base)
{
	struct op_command *c = base;
	const char **argv;

	if (!ykeys_scalar(r, key))
		return;
	argv = arena_get(r->arena, 3 * sizeof(*argv));
	argv[0] = "/bin/sh";
	argv[1] = "-c";
	argv[2] = shell_template_read(r, key->value, row->name);
	c->argv = argv;
	c->n_argv = 3;
	c->shell = true;
}

/* An item of `inputs:` that is a map. */
struct named_input {
	const char *dataset;
	struct draft_window reads;
};

static const struct key input_keys[] = {
	{ "dataset", WANT_NAME, .required = true, .at = offsetof(struct named_input, dataset) },
	WINDOW_KEYS(offsetof(struct named_input, reads)),
};

static void
read_command_input(struct yreader *r, const struct ynode *item, struct draft_task *t)
{
	struct named_input named = { 0 };
	struct keyset set = KEYSET(input_keys, &named);

	if (item->broken)
		return;
	if (item->kind == YNODE_SCALAR && !ynode_is_null(item)) {
		(void)draft_add_input(r, t, item->text, item);
		return;
	}
	if (!ykeys_read(r, item, item, "an item of 'inputs'", &set, 1) || !named.dataset)
		return;
	draft_add_input(r, t, named.dataset, ynode_get(item, "dataset"))->reads = named.reads;
}

static void
read_inputs(struct yreader *r, const struct key *row, const struct ynode *key, void *base)
{
	struct draft_task *t = draft_of(r);
	const struct ynode *value = key->value;

	(void)row;
	(void)base;
	if (value->broken)
		return;
	if (value->kind != YNODE_LIST || value->count == 0 || value->count > DAG_DATASETS_MAX) {
		ykeys_say(r, value, E0606, NULL, "'inputs' has to be a list of 1 to %d datasets",
			  DAG_DATASETS_MAX);
		return;
	}
	t->inputs = arena_get(r->scratch, value->count * sizeof(*t->inputs));
	for (const struct ynode *i = value->first; i; i = i->next)
		read_command_input(r, i, t);
}

/* 1 to 255: 0 is success, and no program can end with more. */
void
command_read_exit_code(struct yreader *r, const struct key *row, const struct ynode *key,
		       void *base)
{
	int64_t code;

	if (ykeys_scalar(r, key) && ykeys_int(r, key->value, row->name, 1, 255, &code))
		*(int *)(void *)((char *)base + row->at) = (int)code;
}

static void
read_skip_exit_code(struct yreader *r, const struct key *row, const struct ynode *key, void *base)
{
	(void)base;
	command_read_exit_code(r, row, key, &draft_of(r)->task.skip_exit_code);
}

/* One output: its name and the word of its type; false was reported. */
static bool
read_one_output(struct yreader *r, const struct ynode *key, struct task_output *out)
{
	const char *words[OUTPUT_TYPE_COUNT + 1] = { NULL };
	int type;

	for (int i = 0; i < OUTPUT_TYPE_COUNT; i++)
		words[i] = output_type_name((enum output_type)i);
	if (!ykeys_is_name(r, key, "value") || !ykeys_word(r, key, words, &type))
		return false;
	*out = (struct task_output){ arena_str(r->arena, key->text), (enum output_type)type };
	return true;
}

void
command_read_outputs(struct yreader *r, const struct key *row, const struct ynode *key, void *base)
{
	const struct ynode *map = key->value;
	struct task *task = &draft_of(r)->task;
	struct task_output *outputs;

	(void)row;
	(void)base;
	draft_of(r)->outputs_unsure = true;
	if (!ykeys_is_map(r, map, "'outputs'"))
		return;
	if (map->count == 0 || map->count > OUTPUTS_MAX) {
		ykeys_say(r, map, E0619, NULL, "'outputs' has 1 to %d names, this has %zu",
			  OUTPUTS_MAX, map->count);
		return;
	}
	outputs = arena_get(r->arena, map->count * sizeof(*outputs));
	for (const struct ynode *k = map->first; k; k = k->next)
		if (!k->broken && read_one_output(r, k, &outputs[task->n_outputs]))
			task->n_outputs++;
	task->outputs = outputs;
	draft_of(r)->outputs_unsure = task->n_outputs < map->count;
}

/* A path in a directory of ours, and in no other, that something there could have? */
static bool
is_inside(const char *path)
{
	assert(path);
	for (const char *at = path; at; at = strchr(at, '/') ? strchr(at, '/') + 1 : NULL) {
		size_t bytes = strcspn(at, "/");

		if (!bytes || (bytes <= 2 && !strncmp(at, "..", bytes)))
			return false;
	}
	return true;
}

static void
read_artifacts(struct yreader *r, const struct key *row, const struct ynode *key, void *base)
{
	struct op_command *c = base;

	(void)row;
	if (!ykeys_texts(r, key, &c->artifacts, &c->n_artifacts))
		return;
	if (c->n_artifacts > ARTIFACT_GLOBS_MAX)
		ykeys_say(r, key, E0821, NULL, "'artifacts' has at most %d names, this has %zu",
			  ARTIFACT_GLOBS_MAX, c->n_artifacts);
	for (size_t i = 0; i < c->n_artifacts; i++)
		if (!is_inside(c->artifacts[i]) ||
		    strlen(c->artifacts[i]) > ARTIFACT_NAME_BYTES_MAX)
			ykeys_say(r, key->value, E0821,
				  "a path from $TIDEMILL_ARTIFACTS on, such as \"plots/*.png\"",
				  "'%.60s' names nothing in the directory of the artifacts",
				  c->artifacts[i]);
}

static void
read_content(struct yreader *r, const struct key *row, const struct ynode *key, void *base)
{
	const char *words[] = { content_name(false), content_name(true), NULL };
	int word;

	(void)row;
	(void)base;
	if (ykeys_word(r, key, words, &word))
		draft_of(r)->task.declared = word == 1;
}

static const struct key command_keys[] = {
	{ "run", WANT_CUSTOM, .read = command_read_run },
	{ "shell", WANT_CUSTOM, .read = command_read_shell },
	{ "inputs", WANT_CUSTOM, .read = read_inputs },
	{ "output", WANT_CUSTOM, .read = draft_read_written },
	{ "skip_exit_code", WANT_CUSTOM, .read = read_skip_exit_code },
	{ "outputs", WANT_CUSTOM, .read = command_read_outputs },
	{ "artifacts", WANT_CUSTOM, .read = read_artifacts },
	{ "state", WANT_BOOL, .at = offsetof(struct op_command, state) },
	{ "content", WANT_CUSTOM, .read = read_content },
	{ "deterministic", WANT_BOOL, .at = offsetof(struct op_command, deterministic) },
};

static char *
variable_new(const char *prefix, const char *dataset)
{
	struct buf name;
	char *text;

	buf_init(&name, SIZE_MAX);
	input_variable(prefix, dataset, &name);
	text = buf_give(&name);
	buf_release(&name);
	return text;
}

/* A program finds each input by a variable of its own. */
static void
check_inputs(struct yreader *r, const struct draft_task *t)
{
	char *names[DAG_DATASETS_MAX];

	for (size_t i = 0; i < t->n_inputs; i++) {
		names[i] = variable_new(INPUT_VARIABLE, t->inputs[i].in.dataset);
		for (size_t k = 0; k < i; k++)
			if (!strcmp(names[k], names[i]) &&
			    strcmp(t->inputs[k].in.dataset, t->inputs[i].in.dataset) != 0)
				ykeys_say(r, t->key, E0617, NULL,
					  "task '%s': inputs '%s' and '%s' would both be %s",
					  t->task.id, t->inputs[k].in.dataset,
					  t->inputs[i].in.dataset, names[i]);
	}
	for (size_t i = 0; i < t->n_inputs; i++)
		free(names[i]);
}

/*
 * What is kept of an attempt.  What a partition holds depends on its inputs, not on how often its
 * task was tried.
 */
static void
take_kept(struct yreader *r, struct draft_task *t)
{
	const struct op_command *c = t->task.params;

	t->task.keeps_state = c->state;
	t->task.artifacts = c->artifacts;
	t->task.n_artifacts = c->n_artifacts;
	if (c->state && t->output)
		ykeys_say(r, ynode_get(t->key->value, "state"), E0820,
			  "leave 'state' out, or keep it in a task of its own without an output",
			  "task '%s' has 'state' and an 'output'", t->task.id);
}

/* The same of what it writes, no name of which stands there twice. */
static void
check_outputs(struct yreader *r, const struct draft_task *t)
{
	char *names[TASK_WRITES_MAX];

	for (size_t i = 0; i < t->n_writes; i++) {
		names[i] = variable_new(OUTPUT_VARIABLE "_", t->writes[i]->text);
		for (size_t k = 0; k < i; k++)
			if (!strcmp(names[k], names[i]))
				ykeys_say(r, t->writes[i], E0693, "rename one of the datasets",
					  "task '%s': outputs '%s' and '%s' would both be %s",
					  t->task.id, t->writes[k]->text, t->writes[i]->text,
					  names[i]);
	}
	for (size_t i = 0; i < t->n_writes; i++)
		free(names[i]);
}

/* What is said of its content needs content. */
static void
check_promises(struct yreader *r, const struct draft_task *t)
{
	static const char *const keys[] = { "content", "deterministic" };

	for (size_t i = 0; i < countof(keys) && !t->output; i++) {
		const struct ynode *at = ynode_get(t->key->value, keys[i]);

		if (at)
			ykeys_say(r, at, E0694, NULL,
				  "'%s' of task '%s' speaks of what it writes, and it has no "
				  "'output'",
				  keys[i], t->task.id);
	}
}

static void
end(struct yreader *r, struct draft_task *t)
{
	const struct ynode *map = t->key->value;
	bool run = ynode_get(map, "run"), shell = ynode_get(map, "shell");

	check_inputs(r, t);
	check_outputs(r, t);
	check_promises(r, t);
	take_kept(r, t);
	t->task.deterministic = ((const struct op_command *)t->params)->deterministic;

	if (run && shell)
		ykeys_say(r, t->key, E0603, NULL, "task '%s' has 'run' or 'shell', not both",
			  t->task.id);
	if (!run && !shell)
		ykeys_say(r, t->key, E0603, NULL, "task '%s' needs the key 'run' or 'shell'",
			  t->task.id);
	if (t->task.n_checks && !t->output)
		ykeys_say(r, t->checks_at[0], E0604, NULL,
			  "task '%s' has checks but no 'output' that they could look at",
			  t->task.id);
}

const template_text *
command_argv(const void *params, size_t *n, bool *shell)
{
	const struct op_command *c = params;

	*n = c->n_argv;
	*shell = c->shell;
	return c->argv;
}

static void
define_reference(struct definition *d, const char *key, const struct env_entry *e)
{
	const struct {
		const char *kind, *what;
	} references[] = {
		{ "from_env", e->from_env },         { "from_file", e->from_file },
		{ "from_command", e->from_command }, { "from_connection", e->from_connection },
		{ "param", e->from_param },
	};

	for (size_t i = 0; i < countof(references); i++)
		if (references[i].what)
			define(d, key, FEEDS_ROWS, "%s %s", references[i].kind, references[i].what);
}

static void
define_keys(struct definition *d, const struct task *task)
{
	const struct op_command *p = task->params;

	for (size_t i = 0; i < p->n_argv; i++) {
		char *key = i ? mem_format("run[%zu]", i) : mem_str("run");

		define_template(d, key, FEEDS_ROWS, p->argv[i]);
		free(key);
	}
	for (size_t i = 0; i < task->n_env; i++) {
		const struct env_entry *e = &task->env[i];
		char *key = mem_format("env.%s", e->name);

		if (e->value)
			define_template(d, key, FEEDS_ROWS, e->value);
		else
			define_reference(d, key, e);
		free(key);
	}
}

const struct op_def op_def_command = {
	.kind = OP_COMMAND,
	.name = "command",
	.label = "command",
	.summary = "run a program; an output is what it leaves in $TIDEMILL_OUTPUT",
	.rows = command_keys,
	.n_rows = countof(command_keys),
	.params_bytes = sizeof(struct op_command),
	.end = end,
	.argv = command_argv,
	.define = define_keys,
};
