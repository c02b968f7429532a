/* dagfile.c - YAML to a checked dag: the file as a whole, its defaults and parameters. */
#include "core/dagfile/dagfile.h"

#include "core/parts/dataset.h"
#include "core/dagfile/group.h"
#include "core/dagfile/idle.h"
#include "core/dagfile/link.h"
#include "core/parts/retry.h"
#include "core/parts/schedule.h"
#include "core/dagfile/setup.h"
#include "core/parts/task.h"
#include "core/model/limit.h"
#include "core/op/op.h"
#include "core/base/hash.h"
#include "core/text/resolved.h"
#include "core/text/yjson.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static const char *const catchup_words[] = { "none", "latest", "all", NULL };
static const char *const overlap_words[] = { "queue", "cancel_running", NULL };
static const char *const param_words[] = { "string", "int", "number", "bool", "list", NULL };
static void
read_id(struct yreader *r, const struct key *row, const struct ynode *key, void *base)
{
	struct dagfile *f = dagfile_of(r);
	const char *text = ykeys_scalar(r, key);

	(void)row;
	(void)base;
	f->dag_key = key;
	if (text && ykeys_is_name(r, key->value, "dag"))
		f->dag->id = arena_str(r->arena, text);
}

static const struct key default_keys[] = {
	{ "timeout", WANT_DURATION, .at = offsetof(struct task_defaults, timeout_us),
	  .min = SECOND_US, .max = 30.0 * DAY_US },
	{ "missing", WANT_WORD, .at = offsetof(struct task_defaults, missing),
	  .words = missing_words },
	{ "depends_on_past", WANT_BOOL, .at = offsetof(struct task_defaults, depends_on_past) },
	{ "wait_for_downstream", WANT_BOOL,
	  .at = offsetof(struct task_defaults, wait_for_downstream) },
	{ "limits", WANT_CUSTOM, .at = offsetof(struct task_defaults, limits),
	  .read = dagfile_read_limits },
};

static void
read_defaults(struct yreader *r, const struct key *row, const struct ynode *key, void *base)
{
	struct dagfile *f = dagfile_of(r);
	struct keyset sets[] = { KEYSET(default_keys, &f->defaults),
				 dagfile_retry_keys(&f->defaults.retry) };

	(void)row;
	(void)base;
	f->defaults_key = key;
	if (ykeys_read(r, key, key->value, "'defaults'", sets, countof(sets)))
		dagfile_retry_check(r, key->value, &f->defaults.retry);
}

/* One parameter while it is read. */
struct draft_param {
	int type;
	bool secret;
	const struct ynode *fallback;
};

static void
read_fallback(struct yreader *r, const struct key *row, const struct ynode *key, void *base)
{
	(void)row;
	/* A list is looked at when the type is known, too. */
	if (key->value->kind == YNODE_LIST || ykeys_scalar(r, key))
		((struct draft_param *)base)->fallback = key->value;
}

static const struct key param_keys[] = {
	{ "type", WANT_WORD, .at = offsetof(struct draft_param, type), .words = param_words },
	{ "default", WANT_CUSTOM, .read = read_fallback },
	{ "secret", WANT_BOOL, .at = offsetof(struct draft_param, secret) },
};

/* The default as text: a list as JSON. */
static const char *
fallback_text(struct yreader *r, const struct ynode *value)
{
	const char *out;
	struct buf text;

	if (value->kind != YNODE_LIST)
		return arena_str(r->arena, value->text);
	buf_init(&text, DAG_FILE_BYTES_MAX);
	yjson_tree(&text, value);
	out = arena_bytes(r->arena, text.data, text.bytes);
	buf_release(&text);
	return out;
}

/* Is the default of the type that was declared? */
static void
check_fallback(struct yreader *r, const char *name, const struct draft_param *p, const char *text)
{
	const struct ynode *value = p->fallback;
	bool quoted_number = !value->plain && (p->type == PARAM_INT || p->type == PARAM_NUMBER);

	if (value->broken)
		return;
	if (p->type == PARAM_LIST || value->kind == YNODE_LIST) {
		if (p->type != PARAM_LIST)
			ykeys_say(r, value, E0352, "declare it with 'type: list'",
				  "the default of '%s' is a list", name);
		else if (value->kind != YNODE_LIST || !param_fits(PARAM_LIST, text))
			ykeys_say(
			    r, value, E0352, "write [a, b]",
			    "the default of '%s' has to be a list of texts, numbers, true and "
			    "false",
			    name);
		return;
	}
	if (!quoted_number && param_fits((enum param_type)p->type, text))
		return;
	if (p->type == PARAM_INT)
		ykeys_say(r, value, E0208, NULL, "'%s' has to be a whole number from %lld to %lld",
			  name, (long long)INT64_MIN, (long long)INT64_MAX);
	else if (p->type == PARAM_NUMBER)
		ykeys_say(r, value, E0209, NULL, "'%s' has to be a number", name);
	else
		ykeys_say(r, value, E0211, NULL, "'%s' has to be true or false", name);
}

/* What a secret parameter is: a text that says where the secret is found. */
static void
check_secret(struct yreader *r, const struct ynode *key, const struct draft_param *p)
{
	if (p->type != PARAM_STRING)
		ykeys_say(r, ynode_get(key->value, "type"), E0823, "leave 'type' out",
			  "parameter '%s' is secret, and so a text", key->text);
	if (p->fallback &&
	    (p->fallback->kind != YNODE_SCALAR || !param_is_reference(p->fallback->text)))
		ykeys_say(r, p->fallback, E0823, "write env:NAME, or file:PATH",
			  "the default of '%s' has to say where the secret is found", key->text);
}

static void
read_param(struct yreader *r, const struct ynode *key, struct param *out)
{
	struct draft_param draft = { 0 };
	struct keyset set = KEYSET(param_keys, &draft);

	if (!ykeys_is_name(r, key, "parameter"))
		return;
	out->name = arena_str(r->arena, key->text);
	if (key->value->kind != YNODE_MAP && !key->value->broken) {
		ykeys_say(r, key->value, E0203, "write {default: VALUE}, perhaps with a 'type'",
			  "parameter '%s' has to be a map", key->text);
		return;
	}
	if (!ykeys_read(r, key, key->value, "a parameter", &set, 1))
		return;
	out->type = (enum param_type)draft.type;
	out->secret = draft.secret;
	if (draft.secret)
		check_secret(r, key, &draft);
	if (draft.fallback) {
		out->value = fallback_text(r, draft.fallback);
		check_fallback(r, key->text, &draft, out->value);
	}
}

static void
read_params(struct yreader *r, const struct key *row, const struct ynode *key, void *base)
{
	struct dagfile *f = dagfile_of(r);
	struct param *params;
	size_t n = 0;

	(void)row;
	(void)base;
	f->params_key = key;
	if (!ykeys_is_map(r, key->value, "'params'"))
		return;
	params = arena_get(r->arena, key->value->count * sizeof(*params));
	for (const struct ynode *k = key->value->first; k; k = k->next) {
		if (k->broken)
			continue;
		read_param(r, k, &params[n]);
		n += params[n].name != NULL;
	}
	f->y.params = f->dag->params = params;
	f->y.n_params = f->dag->n_params = n;
}

#define AT_RETRY(field) offsetof(struct dag, run_retry.field)

/* Templates look at params, tasks at defaults: hence the order. */
static const struct key top_keys[] = {
	{ "dag", WANT_CUSTOM, .required = true, .read = read_id },
	{ "description", WANT_TEXT, .at = offsetof(struct dag, description) },
	{ "owner", WANT_TEXT, .at = offsetof(struct dag, owner) },
	{ "schedule", WANT_CUSTOM, .read = dagfile_read_schedule },
	{ "start_date", WANT_CUSTOM, .at = offsetof(struct dag, start_us),
	  .read = dagfile_read_date },
	{ "end_date", WANT_CUSTOM, .at = offsetof(struct dag, end_us), .read = dagfile_read_date },
	{ "catchup", WANT_WORD, .at = offsetof(struct dag, catchup), .words = catchup_words },
	{ "catchup_window", WANT_DURATION, .at = offsetof(struct dag, catchup_window_us),
	  .min = DAY_US, .max = 36500.0 * DAY_US },
	{ "overlap", WANT_FLAG, .at = offsetof(struct dag, cancel_running),
	  .words = overlap_words },
	{ "max_active_runs", WANT_INT, .at = offsetof(struct dag, max_active_runs), .min = 1,
	  .max = 1000 },
	{ "pause_after_failures", WANT_INT, .at = offsetof(struct dag, pause_after_failures),
	  .min = 1, .max = 1000 },
	{ "timeout", WANT_DURATION, .at = offsetof(struct dag, timeout_us), .min = SECOND_US,
	  .max = 365.0 * DAY_US },
	{ "run_retries", WANT_INT, .at = AT_RETRY(retries), .max = RETRIES_MAX },
	{ "run_retry_delay", WANT_DURATION, .at = AT_RETRY(delay_us), .max = 7.0 * DAY_US },
	{ "run_backoff", WANT_NUMBER, .at = AT_RETRY(backoff), .min = 1, .max = 100 },
	{ "run_max_retry_delay", WANT_DURATION, .at = AT_RETRY(max_delay_us), .max = 7.0 * DAY_US },
	{ "run_jitter", WANT_CHANCE, .at = AT_RETRY(jitter) },
	{ "max_active_tasks", WANT_INT, .at = offsetof(struct dag, max_active_tasks), .min = 1,
	  .max = POOL_SLOTS_MAX },
	{ "defaults", WANT_CUSTOM, .read = read_defaults },
	{ "params", WANT_CUSTOM, .read = read_params },
	{ "datasets", WANT_CUSTOM, .read = dagfile_read_datasets },
	{ "tasks", WANT_CUSTOM, .read = dagfile_read_tasks },
	{ "groups", WANT_CUSTOM, .read = dagfile_read_groups },
	{ "on_exit", WANT_CUSTOM, .read = exits_read },
};

static void
set_defaults(struct dagfile *f)
{
	struct dag *dag = f->dag;

	dag->id = dag->description = dag->owner = dag->schedule_text = "";
	dag->start_us = INT64_MIN;
	dag->grid = grid_days;
	dag->end_us = INT64_MAX;
	dag->max_active_runs = 1;
	dagfile_retry_begin(&f->defaults.retry);
	dagfile_retry_begin(&dag->run_retry);
}

static void
read_top(struct dagfile *f, const struct source *source)
{
	struct keyset set = KEYSET(top_keys, f->dag);

	f->root = ytree_read(f->y.scratch, source, f->y.diags);
	if (!f->root)
		return;
	if (ynode_is_null(f->root)) {
		ykeys_say(&f->y, f->root, E0115, NULL, "the file is empty");
		return;
	}
	set_defaults(f);
	if (!ykeys_read(&f->y, f->root, f->root, "a DAG file", &set, 1))
		return;
	if (!f->tasks_key && !f->groups_key)
		ykeys_say(&f->y, f->root, E0202, NULL, "a DAG file needs the key 'tasks'");
	dagfile_check_schedule(f);
	dagfile_link(f);
	if (f->y.diags->errors == f->errors_before)
		idle_say(f);
}

/* What is read, and what for. */
struct dag_reading {
	struct source source;
	const struct constants *constants; /* of a file; NULL: those that stand behind the text */
	bool is_slice;
	struct buf *slice; /* where the slice of task slice_of goes; or NULL */
	size_t slice_of;
};

/* The text as it is kept, with what its names stood for. */
static void
take_text(struct dagfile *f, const struct dag_reading *what)
{
	const struct source *source = &what->source;
	struct dag *dag = f->dag;
	struct yreader *y = &f->y;
	struct buf text;

	for (size_t i = 0; i < f->n_templates; i++)
		ykeys_name_constant(y, f->templates[i].kept);
	buf_init(&text, SIZE_MAX);
	resolved_join(source->text, source->bytes, y->named, what->constants ? y->n_named : 0,
		      &text);
	dag->text = arena_bytes(dag->arena, text.data, text.bytes);
	digest_of(text.data, text.bytes, dag->digest);
	buf_release(&text);
}

static void
release_drafts(struct dagfile *f)
{
	free(f->tasks);
	free(f->groups);
	free(f->group_needs);
	free(f->added);
	free(f->y.mentions);
}

static struct dag *
read_source(const struct dag_reading *what, struct diags *diags)
{
	struct arena *arena = arena_new(), *scratch = arena_new();
	struct constants behind = { 0 };
	const struct constants *constants = what->constants;
	struct source source = what->source;
	struct dagfile f = {
		.y = { .diags = diags,
		       .arena = arena,
		       .scratch = scratch,
		       .run_ends = what->is_slice,
		       .owner = &f },
		.is_slice = what->is_slice,
		.group = -1,
		.default_rows = default_keys,
		.n_default_rows = countof(default_keys),
		.errors_before = diags->errors,
		.slice = what->slice,
		.slice_of = what->slice_of,
	};

	if (!constants) {
		source.bytes = resolved_split(source.text, source.bytes, scratch, &behind);
		constants = &behind;
	}
	source.origin = constants->origin;
	f.y.source = source;
	f.y.constants = constants;

	static_assert((int)DAG_FILE_BYTES_MAX == (int)YTREE_BYTES_MAX, "one bound, two names");
	f.dag = arena_get(arena, sizeof(*f.dag));
	f.dag->arena = arena;
	f.dag->refs = 1;
	read_top(&f, &source);
	release_drafts(&f);
	if (diags->errors > f.errors_before) {
		dag_unref(f.dag);
		f.dag = NULL;
	} else {
		f.dag->file = arena_str(arena, source.name);
		take_text(&f, what);
	}
	free(f.templates);
	free(f.y.named);
	arena_free(scratch);
	return f.dag;
}

bool
dagfile_check_template(const struct source *source, const struct ynode *key, struct diags *diags)
{
	const struct constants any = { .unknown = true };
	struct arena *arena = arena_new();
	struct dag dag = { 0 };
	struct dagfile f = {
		.dag = &dag,
		.y = { .source = *source,
		       .diags = diags,
		       .arena = arena,
		       .scratch = arena,
		       .run_ends = true,
		       .constants = &any,
		       .owner = &f },
		.is_sample = true,
		.is_slice = true,
		.group = -1,
		.errors_before = diags->errors,
	};
	struct task_template template;
	struct ynode tasks = { .kind = YNODE_MAP, .count = 1 }, all = { .value = &tasks };

	set_defaults(&f);
	if (task_template_read(&f.y, key, &template)) {
		tasks.first = tasks.last = task_template_sample(&f.y, &template);
		f.guessed = template.guessed;
		dagfile_read_task_map(&f, &all, "'task'");
	}
	release_drafts(&f);
	free(f.y.named);
	arena_free(arena);
	return diags->errors == f.errors_before;
}

struct dag *
dagfile_read(const char *name, const char *text, size_t bytes, struct diags *diags)
{
	struct dag_reading what = { .source = { .name = name, .text = text, .bytes = bytes } };

	return read_source(&what, diags);
}

struct dag *
dagfile_resolve(const char *name, const char *text, size_t bytes, const struct constants *constants,
		struct diags *diags)
{
	struct dag_reading what = { .source = { .name = name, .text = text, .bytes = bytes },
				    .constants = constants };

	return read_source(&what, diags);
}

struct dag *
dagfile_read_slice(const char *text, size_t bytes, struct diags *diags)
{
	struct dag_reading what = { .source = { .name = "slice", .text = text, .bytes = bytes },
				    .is_slice = true };

	return read_source(&what, diags);
}

void
dagfile_slice(const struct dag *dag, size_t task, struct buf *out)
{
	struct dag_reading what = {
		.source = { .name = dag->file, .text = dag->text, .bytes = strlen(dag->text) },
		.slice = out,
		.slice_of = task,
	};
	struct diags diags;
	struct dag *again;

	assert(task < dag->n_tasks);
	if (!op_is_sliced(&dag->tasks[task]))
		return;
	if (dag->slices) {
		buf_text(out, dag->slices[task]);
		return;
	}
	diags_init(&diags);
	again = read_source(&what, &diags);
	assert(again); /* the same text was right before */
	dag_unref(again);
	diags_release(&diags);
}
