/* task.c - `tasks:` of a DAG file: the keys that every task has. */
#include "core/parts/task.h"

#include "core/check/check.h"
#include "core/parts/edge.h"
#include "core/parts/retry.h"
#include "core/model/limit.h"
#include "core/op/op.h"
#include "core/base/json.h"
#include "core/base/size.h"
#include "core/text/habit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define AT(field) offsetof(struct draft_task, field)

enum { SECRET_WORDS_MAX = 64 }; /* of a command that prints one */

#define MEMORY_MIN (INT64_C(64) << 20)
#define MEMORY_DEFAULT (INT64_C(1) << 30)

const char *const missing_words[] = { "fail", "allow", NULL };

static const char *const empty_words[] = { "judge", "allow", NULL };
static const char *const on_fail_words[] = { "fail", "warn", "ignore", NULL };

static void
read_needs(struct yreader *r, const struct key *row, const struct ynode *key, void *base)
{
	struct draft_task *t = base;
	const struct ynode *value = key->value;

	(void)r;
	(void)row;
	if (!value->broken && !ynode_is_null(value))
		t->needs = key;
}

static void
read_rule(struct yreader *r, const struct key *row, const struct ynode *key, void *base)
{
	const char *text = ykeys_scalar(r, key), *words[TRIGGER_RULE_COUNT], *help;
	size_t n = 0;
	int rule;

	(void)row;
	if (!text)
		return;
	((struct draft_task *)base)->rule = key;
	rule = trigger_rule_of(text);
	if (rule >= 0 && trigger_rule_is_chosen((enum trigger_rule)rule)) {
		((struct draft_task *)base)->task.rule = (enum trigger_rule)rule;
		return;
	}
	for (int i = 0; i < TRIGGER_RULE_COUNT; i++)
		if (trigger_rule_is_chosen((enum trigger_rule)i))
			words[n++] = trigger_rule_name((enum trigger_rule)i);
	help = ykeys_nearest(r, text, words, n);
	ykeys_say(r, key->value, E0613,
		  help ? help
		       : "the usual ones are all_success, all_done, one_failed, none_failed and "
			 "none_failed_min_one_success",
		  "'%s' is no trigger rule", text);
}

/* true, or its setups by name: the names are resolved with the others. */
static void
read_teardown(struct yreader *r, const struct key *row, const struct ynode *key, void *base)
{
	const struct ynode *value = key->value;

	(void)r;
	(void)row;
	if (!value->broken && !ynode_is_null(value) &&
	    !(value->kind == YNODE_SCALAR && value->plain && !strcmp(value->text, "false")))
		((struct draft_task *)base)->teardown = key;
}

/* An expression, which is read when its names are known. */
static void
read_when(struct yreader *r, const struct key *row, const struct ynode *key, void *base)
{
	(void)row;
	if (ykeys_scalar(r, key))
		((struct draft_task *)base)->when = key->value;
}

/* Lists, which are read when the names in them are known. */
static void
read_expand(struct yreader *r, const struct key *row, const struct ynode *key, void *base)
{
	(void)r;
	(void)row;
	if (!key->value->broken)
		((struct draft_task *)base)->expand = key;
}

static void
read_pool(struct yreader *r, const struct key *row, const struct ynode *key, void *base)
{
	struct draft_task *t = base;

	(void)row;
	if (!ykeys_scalar(r, key) || !ykeys_is_name(r, key->value, "pool"))
		return;
	t->task.pool = arena_str(r->arena, key->value->text);
	t->task.pool_line = key->value->line;
	t->task.pool_column = key->value->column;
}

static void
read_from_env(struct yreader *r, const struct key *row, const struct ynode *key, void *base)
{
	const char *text = ykeys_scalar(r, key);

	if (!text)
		return;
	if (*text && !strchr(text, '='))
		*(const char **)((char *)base + row->at) = arena_str(r->arena, text);
	else
		ykeys_say(r, key->value, E0615, NULL, "'%s' cannot name a variable", text);
}

/* A program that prints it: kept as a JSON list. */
static void
read_from_command(struct yreader *r, const struct key *row, const struct ynode *key, void *base)
{
	const struct ynode *list = key->value;
	json_t *texts;
	char *text;

	if (list->broken)
		return;
	if (list->kind != YNODE_LIST || !list->count || list->count > SECRET_WORDS_MAX) {
		ykeys_say(r, list, E0602, "such as [vault, read, -field=token, secret/app]",
			  "'%s' has to be a list: the program and up to %d arguments", row->name,
			  SECRET_WORDS_MAX - 1);
		return;
	}
	texts = json_array();
	for (const struct ynode *i = list->first; i; i = i->next) {
		if (i->kind != YNODE_SCALAR || ynode_is_null(i) || strlen(i->text) != i->bytes)
			ykeys_say(r, i, E0217, NULL, "each item of '%s' has to be a single value",
				  row->name);
		else
			(void)json_array_append_new(texts, json_text_new(i->text));
	}
	text = json_compact(texts);
	*(const char **)((char *)base + row->at) = arena_str(r->arena, text);
	free(text);
	json_decref(texts);
}

/* An environment entry while it is read. */
struct draft_entry {
	struct env_entry entry;
	bool shown;
};

/* `secret: false`; who writes the secret itself is told how it is named. */
static void
read_secret(struct yreader *r, const struct key *row, const struct ynode *key, void *base)
{
	const struct habit *habit = habit_find(HABIT_KEY, key->text, NULL, 0);
	const struct ynode *value = key->value;
	struct draft_entry *draft = base;
	bool plain = value->kind == YNODE_SCALAR && value->plain;

	(void)row;
	draft->shown = plain && strcmp(value->text, "false") == 0;
	if (!draft->shown && !value->broken && !(plain && strcmp(value->text, "true") == 0))
		ykeys_say(r, value, E0211, habit ? habit->help : NULL,
			  "'%s' has to be true or false", key->text);
}

static const struct key env_keys[] = {
	{ "from_env", WANT_CUSTOM, .at = offsetof(struct draft_entry, entry.from_env),
	  .read = read_from_env },
	{ "from_file", WANT_TEXT, .at = offsetof(struct draft_entry, entry.from_file) },
	{ "from_command", WANT_CUSTOM, .at = offsetof(struct draft_entry, entry.from_command),
	  .read = read_from_command },
	{ "secret", WANT_CUSTOM, .read = read_secret },
};

static bool
is_env_name(struct yreader *r, const struct ynode *key)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_";
	static const char rest[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789";

	if (strncmp(key->text, "TIDEMILL_", 9) == 0) {
		ykeys_say(r, key, E0615, NULL,
			  "names that begin with TIDEMILL_ are set by the program");
		return false;
	}
	if (*key->text && strchr(letters, *key->text) &&
	    key->text[strspn(key->text, rest)] == '\0' && key->bytes <= NAME_MAX_BYTES)
		return true;
	ykeys_say(r, key, E0615, NULL, "'%s' cannot name an environment variable", key->text);
	return false;
}

/* "$NAME" or "${NAME}", which people take for the value of NAME. */
static void
warn_dollar(struct yreader *r, const struct ynode *value)
{
	bool dollar = value->text[0] == '$', brace = dollar && value->text[1] == '{';
	const char *name = value->text + dollar + brace;
	size_t bytes = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_"
				    "0123456789");
	struct place at = ynode_place(&r->source, value);
	char help[NAME_MAX_BYTES + 40];

	if (!dollar || !bytes || (*name >= '0' && *name <= '9') || bytes > NAME_MAX_BYTES ||
	    strcmp(name + bytes, brace ? "}" : "") != 0)
		return;
	(void)snprintf(help, sizeof(help), "write {from_env: %.*s}", (int)bytes, name);
	diags_say(r->diags, E0618, &at, arena_str(r->arena, help),
		  "'%s' is a text here, no shell reads it", value->text);
}

/* {"from_env": "NAME"} and the others, as constants have it. */
static void
take_reference(struct yreader *r, const char *text, struct env_entry *out)
{
	json_t *reference = NULL, *command;
	char *argv = NULL;

	if (json_read(&reference, text, strlen(text), "a reference", NULL))
		return;
	command = json_object_get(reference, "from_command");
	if (command)
		argv = json_compact(command);
	out->from_env = arena_str(r->arena, json_get_text(reference, "from_env", NULL));
	out->from_file = arena_str(r->arena, json_get_text(reference, "from_file", NULL));
	out->from_connection = arena_str(r->arena,
					 json_get_text(reference, "from_connection", NULL));
	out->from_command = arena_str(r->arena, argv);
	free(argv);
	json_decref(reference);
}

/* The secret parameter that the text at `value` is the name of, and nothing else; or NULL. */
static const char *
secret_param(const struct yreader *r, const struct ynode *value)
{
	const char *text = value->text;
	size_t bytes;

	if (strncmp(text, "{{", 2) != 0)
		return NULL;
	text += 2 + strspn(text + 2, " ");
	if (strncmp(text, "params.", 7) != 0)
		return NULL;
	text += 7;
	bytes = strcspn(text, " }");
	if (strcmp(text + bytes + strspn(text + bytes, " "), "}}") != 0)
		return NULL;
	for (size_t i = 0; i < r->n_params; i++)
		if (r->params[i].secret && strlen(r->params[i].name) == bytes &&
		    !strncmp(r->params[i].name, text, bytes))
			return r->params[i].name;
	return NULL;
}

/* One whose value is somewhere else: {from_env: NAME}. */
static bool
read_reference(struct yreader *r, const struct ynode *key, struct env_entry *out)
{
	struct draft_entry draft = { .entry = *out };
	struct keyset set = KEYSET(env_keys, &draft);
	size_t errors = r->diags->errors;

	(void)ykeys_read(r, key, key->value, "an environment entry", &set, 1);
	if (r->diags->errors > errors)
		return false;
	*out = draft.entry;
	out->shown = draft.shown;
	if (out->shown && !out->from_env)
		ykeys_say(r, ynode_get(key->value, "secret"), E0822,
			  "leave 'secret' out: what a file or a program gives is always masked",
			  "'secret: false' is of a variable that 'from_env' names");
	if ((out->from_env != NULL) + (out->from_file != NULL) + (out->from_command != NULL) == 1)
		return true;
	ykeys_say(r, key, E0616, NULL,
		  "'%s' needs a text, or one of from_env, from_file and from_command", key->text);
	return false;
}

static bool
read_env_entry(struct yreader *r, const struct ynode *key, struct env_entry *out)
{
	const char *text, *reference;

	if (!is_env_name(r, key))
		return false;
	out->name = arena_str(r->arena, key->text);
	if (key->value->kind != YNODE_MAP) {
		/* An empty value is a value here, unlike elsewhere. */
		text = key->value->kind == YNODE_SCALAR && !key->value->plain
			   ? key->value->text
			   : ykeys_scalar(r, key);
		out->from_param = text ? secret_param(r, key->value) : NULL;
		if (out->from_param)
			return true;
		reference = text ? ykeys_secret(r, key->value) : NULL;
		if (reference) {
			take_reference(r, reference, out);
			return true;
		}
		out->value = text ? ykeys_template(r, key->value, key->text) : NULL;
		if (text)
			warn_dollar(r, key->value);
		return out->value != NULL;
	}
	return read_reference(r, key, out);
}

static void
read_env(struct yreader *r, const struct key *row, const struct ynode *key, void *base)
{
	struct draft_task *t = base;
	struct env_entry *env;
	size_t n = 0;

	(void)row;
	if (!ykeys_is_map(r, key->value, "'env'"))
		return;
	env = arena_get(r->arena, key->value->count * sizeof(*env));
	for (const struct ynode *k = key->value->first; k; k = k->next) {
		if (!k->broken && read_env_entry(r, k, &env[n]))
			n++;
	}
	t->task.env = env;
	t->task.n_env = n;
}

static const struct key limit_keys[] = {
#define X(member, key, record, resource, unit, what, from, to, before, behind)         \
	{ key, WANT_##what, .at = offsetof(struct task_limits, member), .min = (from), \
	  .max = (to) },
	TASK_LIMITS(X)
#undef X
};

void
dagfile_read_limits(struct yreader *r, const struct key *row, const struct ynode *key, void *base)
{
	struct keyset set = KEYSET(limit_keys, (char *)base + row->at);

	(void)ykeys_read(r, key, key->value, "'limits'", &set, 1);
}

static void
read_task_limits(struct yreader *r, const struct key *row, const struct ynode *key, void *base)
{
	((struct draft_task *)base)->limits = key;
	dagfile_read_limits(r, row, key, base);
}

static const struct key task_keys[] = {
	KEY_ELSEWHERE("operator"), /* it chose the second table */
	KEY_ELSEWHERE("template"), /* they gave way to the task that they stand for */
	KEY_ELSEWHERE("with"),
	{ "needs", WANT_CUSTOM, .read = read_needs },
	{ "trigger_rule", WANT_CUSTOM, .read = read_rule },
	{ "setup", WANT_BOOL, .at = AT(task.setup) },
	{ "teardown", WANT_CUSTOM, .read = read_teardown },
	{ "timeout", WANT_DURATION, .at = AT(task.timeout_us), .min = SECOND_US,
	  .max = 30.0 * DAY_US },
	{ "pool", WANT_CUSTOM, .read = read_pool },
	{ "pool_slots", WANT_INT, .at = AT(task.pool_slots), .min = 1, .max = POOL_SLOTS_MAX },
	{ "max_active_tis_per_dag", WANT_INT, .at = AT(task.max_active), .min = 1,
	  .max = POOL_SLOTS_MAX },
	{ "priority", WANT_INT, .at = AT(task.priority), .min = -1000, .max = 1000 },
	{ "env", WANT_CUSTOM, .read = read_env },
	{ "memory", WANT_BYTES, .at = AT(task.memory_bytes), .given_at = AT(task.memory_asked),
	  .min = MEMORY_MIN, .max = 0x1p40 },
	{ "missing", WANT_WORD, .at = AT(missing), .words = missing_words },
	{ "empty", WANT_FLAG, .at = AT(task.empty_allowed), .words = empty_words },
	{ "on_fail", WANT_WORD, .at = AT(task.on_fail), .given_at = AT(on_fail_given),
	  .words = on_fail_words },
	{ "checks", WANT_CUSTOM, .read = checks_read },
	{ "when", WANT_CUSTOM, .read = read_when },
	{ "expand", WANT_CUSTOM, .read = read_expand },
	{ "depends_on_past", WANT_BOOL, .at = AT(task.depends_on_past) },
	{ "wait_for_downstream", WANT_BOOL, .at = AT(task.wait_for_downstream) },
	{ "limits", WANT_CUSTOM, .at = AT(task.limits), .read = read_task_limits },
};

static void
set_defaults(const struct dagfile *f, const struct ynode *key, const char *id, struct draft_task *t)
{
	const struct task_defaults *d = &f->defaults;

	*t = (struct draft_task){
		.key = key,
		.group = f->group,
		.missing = d->missing,
		.task = { .id = id,
			  .on_exit = f->exits,
			  .line = key->line,
			  .column = key->column,
			  .retry = d->retry,
			  .timeout_us = d->timeout_us,
			  .depends_on_past = d->depends_on_past,
			  .wait_for_downstream = d->wait_for_downstream,
			  .pool_slots = 1,
			  .memory_bytes = MEMORY_DEFAULT,
			  .limits = d->limits,
			  .output = -1 },
	};
}

/*
 * What an operator plans to use has to be less than what its process is held to, or it would be
 * ended where it would have gone to disk.
 */
static void
fit_memory(struct dagfile *f, struct draft_task *t)
{
	int64_t limit = t->task.limits.memory_bytes;
	const struct ynode *at = t->limits ? t->limits : t->key;

	if (!limit || t->task.memory_bytes < limit)
		return;
	if (t->task.memory_asked)
		ykeys_say(&f->y, at, E0655,
			  "leave room for the program itself, or less to 'memory'",
			  "task '%s' may use %s (`memory`), and its limit of memory is %s",
			  t->task.id, SIZE_TEXT(t->task.memory_bytes), SIZE_TEXT(limit));
	else
		t->task.memory_bytes = limit / 2 > MEMORY_MIN ? limit / 2 : MEMORY_MIN;
}

/* Nobody calls a template so: what to say. */
static void
refuse_template(struct dagfile *f, const struct ynode *named, const char *whole)
{
	static const char none[] = "write it under 'templates' in tidemill.yaml";
	static const char alone[] = "files are checked by themselves: 'tidemill validate' without "
				    "a PATH reads tidemill.yaml, too";
	const struct constants *all = f->y.constants;
	const char *nearest = constants_nearest(all, whole);
	char help[NAME_MAX_BYTES + 40];

	if (nearest)
		(void)snprintf(help, sizeof(help), "did you mean '%s'?",
			       nearest + strlen(TEMPLATE_PREFIX));
	ykeys_say(&f->y, named, E0809,
		  nearest        ? arena_str(f->y.arena, help)
		  : all->unknown ? alone
				 : none,
		  "there is no template '%s'", named->text);
}

/* Read a template again: as tidemill.yaml has it, or as a definition keeps it. */
static bool
read_template(struct dagfile *f, struct used_template *u, const char *name)
{
	struct source kept = { "template", u->kept->value, strlen(u->kept->value), NULL };
	struct diags diags;
	struct yreader r = {
		.source = kept, .diags = &diags, .arena = f->y.scratch, .scratch = f->y.scratch
	};
	struct ynode *key = NULL, *all;
	bool good = false;

	diags_init(&diags);
	if (u->kept->tree) {
		good = !u->kept->tree->broken &&
		       task_template_read(&r, u->kept->tree, &u->template);
	} else if ((all = ytree_read(r.arena, &kept, &diags)) != NULL) {
		key = arena_get(r.arena, sizeof(*key));
		*key = (struct ynode){ .text = arena_str(r.arena, name),
				       .bytes = strlen(name),
				       .value = all };
		good = task_template_read(&r, key, &u->template);
	}
	diags_release(&diags);
	return good;
}

/* The template that a task names, read once; NULL was reported. */
static const struct task_template *
find_template(struct dagfile *f, const struct ynode *named)
{
	char *whole = mem_format("%s%s", TEMPLATE_PREFIX, named->text);
	const struct constant *c = constants_find(f->y.constants, whole, strlen(whole));
	struct used_template *u = NULL;

	if (!c || !*c->value) {
		refuse_template(f, named, whole);
		free(whole);
		return NULL;
	}
	free(whole);
	for (size_t i = 0; i < f->n_templates && !u; i++)
		if (f->templates[i].kept == c)
			u = &f->templates[i];
	if (!u) {
		f->templates = mem_grow(f->templates, f->n_templates, &f->room_templates,
					sizeof(*f->templates));
		u = &f->templates[f->n_templates++];
		*u = (struct used_template){ .kept = c };
		u->good = read_template(f, u, named->text);
	}
	if (u->good)
		return &u->template;
	ykeys_say(&f->y, named, E0813, "they are reported in tidemill.yaml",
		  "template '%s' has mistakes of its own", named->text);
	return NULL;
}

/* The task that a use of a template stands for; one that uses none is itself.  NULL was reported.
 */
static const struct ynode *
written_out(struct dagfile *f, const struct ynode *key)
{
	/* Beside an operator, a key that is nearly 'template' is reported with the others. */
	bool may_use = ynode_get(key->value, "template") || !ynode_get(key->value, "operator");
	const struct ynode *at = may_use ? ykeys_find(key->value, "template") : NULL;
	const struct task_template *template;

	if (!at && ynode_get(key->value, "with")) {
		ykeys_say(&f->y, key, E0810, NULL,
			  "task '%s' has values for a template in 'with', "
			  "and no key 'template'",
			  key->text);
		return NULL;
	}
	if (!at)
		return key;
	template = ykeys_scalar(&f->y, at) ? find_template(f, at->value) : NULL;
	return template ? task_template_use(&f->y, template, key, at, &f->template_size) : NULL;
}

static bool
has_row(const struct key *rows, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(rows[i].name, name) == 0)
			return true;
	return false;
}

/* What the operator does is the template's; false: the use says it, which was reported. */
static bool
leaves_operator(struct dagfile *f, const struct ynode *use, const struct op_def *op)
{
	size_t errors = f->y.diags->errors;

	for (const struct ynode *k = use->value->first; k; k = k->next) {
		if (strcmp(k->text, "operator") != 0 &&
		    (k->broken || !has_row(op->rows, op->n_rows, k->text) ||
		     has_row(task_keys, countof(task_keys), k->text)))
			continue;
		ykeys_say(&f->y, k, E0812, "make it a parameter of the template",
			  "task '%s' says '%s', which is for its template to say", use->text,
			  k->text);
	}
	return f->y.diags->errors == errors;
}

static bool
read_task(struct dagfile *f, const struct ynode *key, struct draft_task *t)
{
	char what[NAME_MAX_BYTES + 32];
	const struct ynode *use = key;
	const struct op_def *op;
	const char *id;
	struct keyset sets[3];

	if (!ykeys_is_name(&f->y, key, "task"))
		return false;
	id = group_member_name(f, f->group, key->text);
	if (!id) {
		ykeys_say(&f->y, key, E0331, NULL,
			  "with the groups around it the name '%s' is longer than %d bytes",
			  key->text, NAME_MAX_BYTES);
		return false;
	}
	set_defaults(f, key, id, t);
	(void)snprintf(what, sizeof(what), "%s '%s'", f->is_sample ? "template" : "task", id);
	if (ynode_is_null(key->value)) {
		ykeys_say(&f->y, key, E0203, "indent its keys deeper than its name",
			  "task '%s' has no keys", id);
		return true;
	}
	if (!ykeys_is_map(&f->y, key->value, what))
		return true;
	key = written_out(f, use);
	op = key ? op_choose(&f->y, key) : NULL;
	if (!op || (key != use && !leaves_operator(f, use, op)))
		return true; /* the rest can only be guessed at */
	t->key = key;
	t->task.op = op;
	t->task.params = t->params = arena_get(f->y.arena, op->params_bytes);
	if (op->begin)
		op->begin(t->params);
	f->y.subject = t;
	sets[0] = (struct keyset)KEYSET(task_keys, t);
	sets[1] = dagfile_retry_keys(&t->task.retry);
	sets[2] = (struct keyset){ op->rows, op->n_rows, t->params };
	if (ykeys_read(&f->y, key, key->value, what, sets, countof(sets)))
		dagfile_retry_check(&f->y, key->value, &t->task.retry);
	fit_memory(f, t);
	if (op->end && !f->guessed)
		op->end(&f->y, t);
	if (t->task.n_checks)
		checks_add_inputs(&f->y, t);
	for (size_t i = 0; i < t->n_inputs; i++)
		t->inputs[i].in.allow_missing = t->missing == MISSING_ALLOW;
	return true;
}

/* A draft for the next task; drafts may move. */
static struct draft_task *
next_draft(struct dagfile *f)
{
	f->tasks = mem_grow(f->tasks, f->n_tasks, &f->room_tasks, sizeof(*f->tasks));
	return &f->tasks[f->n_tasks];
}

void
dagfile_read_task_map(struct dagfile *f, const struct ynode *key, const char *what)
{
	const struct ynode *map = key->value;
	bool empty = false; /* the last task has no keys */
	size_t mentions;

	if (!ykeys_is_map(&f->y, map, what))
		return;
	if (map->count == 0 && f->n_tasks) {
		ykeys_say(&f->y, key, E0316, "leave it out, or put tasks there", "%s has no tasks",
			  what);
		return;
	}
	if (map->count == 0 || f->n_tasks + map->count > DAG_TASKS_MAX) {
		ykeys_say(&f->y, key, E0316, NULL, "a dag has 1 to %d tasks, this has %zu",
			  DAG_TASKS_MAX, f->n_tasks + map->count);
		return;
	}
	for (const struct ynode *k = map->first; k; k = k->next) {
		if (empty && k->value->kind != YNODE_MAP)
			continue; /* keys of the empty task above: part of the same mistake */
		empty = ynode_is_null(k->value);
		if (k->broken)
			continue;
		mentions = f->y.n_mentions;
		if (!read_task(f, k, next_draft(f)))
			continue;
		for (; mentions < f->y.n_mentions; mentions++)
			f->y.mentions[mentions].owner = f->n_tasks;
		f->n_tasks++;
	}
}

void
dagfile_read_tasks(struct yreader *r, const struct key *row, const struct ynode *key, void *base)
{
	struct dagfile *f = dagfile_of(r);

	(void)row;
	(void)base;
	f->tasks_key = key;
	dagfile_read_task_map(f, key, "'tasks'");
}
