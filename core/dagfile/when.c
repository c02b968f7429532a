/* when.c - `when:` of a task: what its names are, and what it says of a run. */
#include "core/dagfile/when.h"

#include "core/base/json.h"
#include "core/expr/columns.h"
#include "core/parts/where.h"
#include "core/parts/zones.h"
#include "core/time/calendar.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One `when` on its way. */
struct when_reading {
	struct dagfile *f;
	const struct draft_task *task;
	struct when_name *names;
	size_t n, room;
	bool known; /* what keeps it from being read was reported where it stands */
};

/* Names of one part. */
static const struct {
	const char *name;
	enum when_kind kind;
	enum expr_type type;
} bare[] = {
	{ "ds", WHEN_DS, EXPR_DATE },
	{ "logical_date", WHEN_LOGICAL, EXPR_TIMESTAMP },
	{ "data_interval_start", WHEN_START, EXPR_TIMESTAMP },
	{ "data_interval_end", WHEN_END, EXPR_TIMESTAMP },
	{ "run_type", WHEN_RUN_TYPE, EXPR_TEXT },
};

/* Words that begin names of several parts, and how those go on. */
static const struct {
	const char *name, *form;
} roots[] = {
	{ "params", "params.NAME" },
	{ "var", "var.NAME" },
	{ "tasks", "tasks.NAME.state" },
	{ "outputs", "outputs.NAME.KEY" },
};

/* All states in which a task can have ended. */
static const char *const final_states[] = { "success",         "failed",    "skipped",
					    "upstream_failed", "cancelled", NULL };
static const char *const run_states[] = { "success", "failed", "cancelled", "up_for_retry", NULL };
static const char *const run_types[] = { "scheduled", "manual", "backfill", NULL };

static bool PRINTF_LIKE(3, 4)
    no_name(struct expr_mistake *bad, struct err *err, const char *fmt, ...)
{
	char text[400];
	va_list args;

	(void)bad;
	va_start(args, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	(void)err_set(err, ERR_INPUT, "%s", text);
	return false;
}

static void PRINTF_LIKE(2, 3) set_help(struct expr_mistake *bad, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(bad->help, sizeof(bad->help), fmt, args);
	va_end(args);
}

/* Help: the nearest of n names that stand `stride` bytes apart, each a pointer. */
static void
help_nearest(struct expr_mistake *bad, const char *word, const char *const *words, size_t n)
{
	const char *near = diag_nearest(word, words, n);

	if (near)
		set_help(bad, "did you mean '%s'?", near);
}

/* The slot of a name; the same name has one. */
static uint32_t
slot_of(struct when_reading *w, enum when_kind kind, uint32_t task, uint32_t at)
{
	for (size_t i = 0; i < w->n; i++)
		if (w->names[i].kind == kind && w->names[i].task == task && w->names[i].at == at)
			return (uint32_t)i;
	w->names = mem_grow(w->names, w->n, &w->room, sizeof(*w->names));
	w->names[w->n] = (struct when_name){ kind, task, at, NULL };
	return (uint32_t)w->n++;
}

static enum expr_type
type_of_output(enum output_type type)
{
	static const enum expr_type types[] = {
		[OUTPUT_BOOL] = EXPR_BOOL,         [OUTPUT_INT64] = EXPR_INT64,
		[OUTPUT_FLOAT64] = EXPR_FLOAT64,   [OUTPUT_STRING] = EXPR_TEXT,
		[OUTPUT_DATE] = EXPR_DATE,         [OUTPUT_TIMESTAMP] = EXPR_TIMESTAMP,
		[OUTPUT_DURATION] = EXPR_DURATION, [OUTPUT_JSON] = EXPR_JSON,
	};

	return types[type];
}

static bool
find_param(struct when_reading *w, const char *name, struct expr_name *out,
	   struct expr_mistake *bad, struct err *err)
{
	const struct dag *dag = w->f->dag;
	const char **words;

	for (uint32_t i = 0; i < dag->n_params; i++) {
		if (strcmp(dag->params[i].name, name) != 0)
			continue;
		if (dag->params[i].secret)
			return no_name(bad, err,
				       "parameter '%s' is secret: nothing may depend on it", name);
		*out = (struct expr_name){ .type = expr_type_of_param(dag->params[i].type),
					   .slot = slot_of(w, WHEN_PARAM, 0, i) };
		return true;
	}
	words = arena_get(w->f->y.scratch, (dag->n_params + 1) * sizeof(*words));
	for (size_t i = 0; i < dag->n_params; i++)
		words[i] = dag->params[i].name;
	help_nearest(bad, name, words, dag->n_params);
	/* params.lower-limit is a subtraction to the language. */
	for (size_t i = 0; i < dag->n_params && !bad->help[0]; i++)
		if (!strncmp(words[i], name, strlen(name)) && strpbrk(words[i], "-."))
			set_help(bad, "write params.`%s`", words[i]);
	return no_name(bad, err, "'%s' is not a parameter of this dag", name);
}

/* A text of the project: the definition keeps it, so that a run is asked about what it began with.
 */
static bool
find_variable(struct when_reading *w, const char *name, struct expr_name *out,
	      struct expr_mistake *bad, struct err *err)
{
	struct yreader *r = &w->f->y;
	char *whole = mem_format("var.%s", name);
	const struct constant *found = r->constants
					   ? constants_find(r->constants, whole, strlen(whole))
					   : NULL;
	const char *nearest = r->constants && !found ? constants_nearest(r->constants, whole)
						     : NULL;

	free(whole);
	if (nearest)
		set_help(bad, "did you mean '%s'?", nearest);
	if (!found)
		return no_name(bad, err, "there is no variable '%s'", name);
	if (found->secret)
		return no_name(bad, err, "variable '%s' is secret: nothing may depend on it", name);
	ykeys_name_constant(r, found);
	*out = (struct expr_name){ .type = EXPR_TEXT,
				   .slot = slot_of(w, WHEN_VARIABLE, 0, (uint32_t)w->n) };
	w->names[out->slot].text = arena_str(r->arena, found->value);
	return true;
}

/* The task of a name, which has to come directly before; -1 was reported. */
static int64_t
find_task(struct when_reading *w, const char *name, struct expr_mistake *bad, struct err *err)
{
	int found = names_find(&w->f->task_names, name);
	const char **words;

	/* All that is not of on_exit has ended then. */
	if (found >= 0 && w->task->task.on_exit && !w->f->tasks[found].task.on_exit)
		return found;
	for (size_t i = 0; found >= 0 && i < w->task->n_edges; i++)
		if (w->task->edges[i] == (uint32_t)found)
			return found;
	if (found >= 0) {
		if (!strcmp(name, w->task->task.id))
			set_help(bad, "a task is not asked about itself");
		else
			set_help(bad, "add it to 'needs' of '%s'", w->task->task.id);
		(void)no_name(bad, err, "task '%s' does not come directly before '%s'", name,
			      w->task->task.id);
		return -1;
	}
	words = arena_get(w->f->y.scratch, (w->task->n_edges + 1) * sizeof(*words));
	for (size_t i = 0; i < w->task->n_edges; i++)
		words[i] = w->f->tasks[w->task->edges[i]].task.id;
	help_nearest(bad, name, words, w->task->n_edges);
	for (size_t i = 0; i < w->task->n_edges && !bad->help[0]; i++)
		if (!strncmp(words[i], name, strlen(name)) && strpbrk(words[i], "-."))
			set_help(bad, "write tasks.`%s`", words[i]);
	(void)no_name(bad, err, "there is no task '%s'", name);
	return -1;
}

static bool
find_output(struct when_reading *w, uint32_t task, const char *key, struct expr_name *out,
	    size_t *part, struct expr_mistake *bad, struct err *err)
{
	const struct task *t = &w->f->tasks[task].task;
	const char **words = arena_get(w->f->y.scratch, (t->n_outputs + 1) * sizeof(*words));

	*part = 1;
	if (w->f->tasks[task].expand)
		return no_name(bad, err, "task '%s' is expanded: what its instances left is a list",
			       t->id);
	for (uint32_t i = 0; i < t->n_outputs; i++) {
		words[i] = t->outputs[i].name;
		if (strcmp(key, t->outputs[i].name) != 0)
			continue;
		*out = (struct expr_name){ .type = type_of_output(t->outputs[i].type),
					   .slot = slot_of(w, WHEN_OUTPUT, task, i) };
		return true;
	}
	*part = t->n_outputs ? 2 : 1;
	w->known = w->f->tasks[task].outputs_unsure;
	if (!t->n_outputs)
		return no_name(bad, err, "task '%s' declares no outputs", t->id);
	help_nearest(bad, key, words, t->n_outputs);
	return no_name(bad, err, "task '%s' declares no output '%s'", t->id, key);
}

/* tasks.NAME.state and outputs.NAME.KEY */
static bool
find_of_task(struct when_reading *w, const struct expr_path *path, bool state,
	     struct expr_name *out, size_t *part, struct expr_mistake *bad, struct err *err)
{
	int64_t task;

	*part = 1;
	task = find_task(w, path->part[1], bad, err);
	if (task < 0)
		return false;
	*part = 2;
	if (!state)
		return find_output(w, (uint32_t)task, path->part[2], out, part, bad, err);
	if (strcmp(path->part[2], "state") != 0) {
		set_help(bad, "write tasks.%s.state", path->part[1]);
		return no_name(bad, err, "a task has no '%s' here", path->part[2]);
	}
	*out = (struct expr_name){ .type = EXPR_TEXT,
				   .slot = slot_of(w, WHEN_STATE, (uint32_t)task, 0),
				   .words = final_states };
	return true;
}

static bool
find_bare(struct when_reading *w, const char *name, struct expr_name *out, struct expr_mistake *bad,
	  struct err *err)
{
	const char *words[countof(bare) + countof(roots)];

	for (size_t i = 0; i < countof(bare); i++) {
		words[i] = bare[i].name;
		if (strcmp(name, bare[i].name) != 0)
			continue;
		*out = (struct expr_name){
			.type = bare[i].type,
			.slot = slot_of(w, bare[i].kind, 0, 0),
			.words = bare[i].kind == WHEN_RUN_TYPE ? run_types : NULL,
		};
		return true;
	}
	for (size_t i = 0; i < countof(roots); i++)
		words[countof(bare) + i] = roots[i].form;
	for (size_t i = 0; i < w->f->dag->n_params; i++)
		if (!strcmp(w->f->dag->params[i].name, name))
			set_help(bad, "write params.%s; a text stands in quotes", name);
	if (!bad->help[0] && names_find(&w->f->task_names, name) >= 0)
		set_help(bad, "write tasks.%s.state; a text stands in quotes", name);
	if (!bad->help[0])
		help_nearest(bad, name, words, countof(bare));
	if (!bad->help[0])
		set_help(bad, "a text stands in quotes: '%.100s'", name);
	return no_name(bad, err, "'when' knows no '%s'", name);
}

/* run.state */
static bool
find_run(struct when_reading *w, const struct expr_path *path, struct expr_name *out,
	 struct expr_mistake *bad, struct err *err)
{
	if (path->n != 2 || strcmp(path->part[1], "state") != 0) {
		set_help(bad, "write run.state");
		return no_name(bad, err, "all that is known of a run is run.state");
	}
	if (!w->task->task.on_exit) {
		set_help(bad, "put the task under on_exit");
		return no_name(bad, err, "the run has no state before all its tasks have ended");
	}
	*out = (struct expr_name){ .type = EXPR_TEXT,
				   .slot = slot_of(w, WHEN_RUN, 0, 0),
				   .words = run_states };
	return true;
}

/* Help for a name of too few or too many parts: what it means if a task or an output is meant. */
static void
help_parts(struct when_reading *w, const struct expr_path *path, const char *form,
	   struct expr_mistake *bad)
{
	const char *root = path->part[0], *name, *rest;
	struct buf whole;

	if (path->n == 4 && !strcmp(path->part[2], "outputs")) {
		set_help(bad, "write outputs.%s.%s", path->part[1], path->part[3]);
		return;
	}
	buf_init(&whole, SIZE_MAX / 2);
	for (size_t i = 1; i < path->n; i++)
		buf_format(&whole, "%s%s", i > 1 ? "." : "", path->part[i]);
	for (size_t i = 0; i < w->task->n_edges && !bad->help[0]; i++) {
		size_t n;

		name = w->f->tasks[w->task->edges[i]].task.id;
		n = strlen(name);
		rest = whole.data + n;
		if (path->n > 3 && !strncmp(name, whole.data, n) && *rest == '.')
			set_help(bad, "write %s.`%s`%s", root, name, rest);
		n = whole.bytes;
		if (n && !strncmp(name, whole.data, n) && name[n] == '-')
			set_help(bad, "write %s.`%s`%s", root, name, strrchr(form, '.'));
	}
	if (!bad->help[0])
		set_help(bad, "write %s", form);
	buf_release(&whole);
}

static bool
find_name(void *ctx, const struct expr_path *path, struct expr_name *out, size_t *part,
	  struct expr_mistake *bad, struct err *err)
{
	struct when_reading *w = ctx;
	const char *root = path->part[0];
	size_t wanted = 1;

	*part = 0;
	for (size_t i = 0; i < countof(roots); i++) {
		if (strcmp(root, roots[i].name) != 0)
			continue;
		wanted = i < 2 ? 2 : 3;
		if (path->n == wanted)
			break;
		if (wanted == 3)
			help_parts(w, path, roots[i].form, bad);
		else
			set_help(bad, "write %s", roots[i].form);
		return no_name(bad, err, "a name that begins with '%s' has %zu parts", root,
			       wanted);
	}
	if (!strcmp(root, "run"))
		return find_run(w, path, out, bad, err);
	if (wanted == 3)
		return find_of_task(w, path, root[0] == 't', out, part, bad, err);
	if (wanted == 2) {
		*part = 1;
		if (root[0] == 'v')
			return find_variable(w, path->part[1], out, bad, err);
		return find_param(w, path->part[1], out, bad, err);
	}
	if (path->n == 1)
		return find_bare(w, root, out, bad, err);
	set_help(
	    bad,
	    "names of several parts are params.NAME, var.NAME, tasks.NAME.state, outputs.NAME.KEY");
	return no_name(bad, err, "'when' knows no '%s'", root);
}

/* A zone that an expression names; the dag holds it. */
static const struct zone *
find_zone(void *ctx, const char *name)
{
	struct dagfile *f = ((struct when_reading *)ctx)->f;
	struct dag *dag = f->dag;
	struct zone **zones, *zone = zone_named(name);

	if (!zone)
		return NULL;
	zones = arena_get(f->y.arena, (dag->n_zones + 1) * sizeof(struct zone *));
	if (dag->n_zones)
		memcpy(zones, dag->zones, dag->n_zones * sizeof(struct zone *));
	zones[dag->n_zones++] = zone;
	dag->zones = zones;
	return zone;
}

static const struct when_name *
copy_names(struct arena *arena, const struct when_reading *w)
{
	struct when_name *names = arena_get(arena, (w->n + 1) * sizeof(*names));

	if (w->n)
		memcpy(names, w->names, w->n * sizeof(*names));
	return names;
}

void
when_read(struct dagfile *f, size_t at)
{
	struct draft_task *t = &f->tasks[at];
	struct when_reading w = { .f = f, .task = t };
	const struct expr_names names = {
		.find = find_name, .zone = find_zone, .ctx = &w, .here = f->dag->zone
	};
	struct expr_mistake bad = { 0 };
	struct when *when;
	struct expr *expr;
	struct err err;
	const struct ynode *value = t->when;

	if (!value)
		return;
	if (expr_read(value->text, &names, f->y.arena, &expr, &bad, &err) ||
	    expr_want_bool(expr, &bad, &err)) {
		if (!w.known)
			where_report(f->y.diags, &f->y.source, value, "when", &bad, err.msg);
	} else {
		when = arena_get(f->y.arena, sizeof(*when));
		when->expr = expr;
		when->n = w.n;
		when->names = copy_names(f->y.arena, &w);
		t->task.when = when;
	}
	free(w.names);
}

/* ---- asking ---- */

static void
set_text(struct expr_value *v, const char *text)
{
	v->text.data = text;
	v->text.bytes = strlen(text);
}

static void
set_output(struct expr_value *v, enum output_type type, const struct output_value *left)
{
	v->null = left->null;
	if (left->null)
		return;
	switch (type) {
	case OUTPUT_BOOL:
		v->yes = left->yes;
		return;
	case OUTPUT_FLOAT64:
		v->real = left->real;
		return;
	case OUTPUT_STRING:
	case OUTPUT_JSON:
		v->text.data = left->text;
		v->text.bytes = left->bytes;
		return;
	default:
		v->whole = left->whole;
	}
}

/* What is read of JSON for one question, and lives as long. */
struct when_asked {
	const struct when_facts *facts;
	struct arena *arena;
	struct param_value *params;
	json_t **outputs; /* by slot */
	size_t n;
};

/* The value of a name that is about another task. */
static void
fill_of_task(struct when_asked *a, const struct when_name *name, size_t slot, struct expr_value *v)
{
	const struct when_facts *facts = a->facts;
	const struct task_output *output;
	struct output_value left;
	const char *text;

	if (name->kind == WHEN_STATE) {
		set_text(v, task_state_name(facts->state(facts->ctx, name->task)));
		return;
	}
	output = &facts->dag->tasks[name->task].outputs[name->at];
	text = facts->outputs(facts->ctx, name->task);
	if (text && json_read(&a->outputs[slot], text, strlen(text), "outputs", NULL))
		a->outputs[slot] = NULL;
	left = output_take(output, a->outputs[slot], a->arena);
	set_output(v, output->type, &left);
}

static enum err_code
fill_one(struct when_asked *a, const struct when_name *name, size_t slot, struct expr_value *v,
	 struct err *err)
{
	const struct when_facts *facts = a->facts;
	const struct dag *dag = facts->dag;

	switch (name->kind) {
	case WHEN_PARAM:
		if (!a->params && params_take(dag->id, dag->params, dag->n_params, facts->params,
					      a->arena, &a->params, err))
			return ERR_INPUT;
		*v = expr_value_of_param(dag->params[name->at].type, a->params[name->at].value);
		break;
	case WHEN_DS:
		v->whole = calendar_day(facts->logical_us, dag->zone);
		break;
	case WHEN_LOGICAL:
		v->whole = facts->logical_us;
		break;
	case WHEN_START:
		v->whole = facts->start_us;
		break;
	case WHEN_END:
		v->whole = facts->end_us;
		break;
	case WHEN_VARIABLE:
		set_text(v, name->text);
		break;
	case WHEN_RUN_TYPE:
		set_text(v, run_type_name(facts->type));
		break;
	case WHEN_RUN:
		set_text(v, run_state_name(facts->run_state));
		break;
	case WHEN_STATE:
	case WHEN_OUTPUT:
		fill_of_task(a, name, slot, v);
		break;
	}
	return ERR_NONE;
}

bool
when_names(const struct when *when, uint32_t task)
{
	for (size_t i = 0; when && i < when->n; i++) {
		const struct when_name *name = &when->names[i];

		if ((name->kind == WHEN_STATE || name->kind == WHEN_OUTPUT) && name->task == task)
			return true;
	}
	return false;
}

enum when_says
when_ask(const struct when *when, const struct when_facts *facts, struct err *err)
{
	struct arena *arena = arena_new();
	struct when_asked a = { .facts = facts, .arena = arena };
	struct expr_value *row = arena_get(arena, (when->n + 1) * sizeof(*row));
	struct expr_value value = { .null = true };
	enum err_code code = ERR_NONE;
	enum when_says says = WHEN_ERROR;

	a.outputs = arena_get(arena, (when->n + 1) * sizeof(json_t *));
	for (size_t i = 0; i < when->n && !code; i++)
		code = fill_one(&a, &when->names[i], i, &row[i], err);
	if (!code)
		code = expr_eval(when->expr, row, arena, &value, err);
	if (!code)
		says = value.null ? WHEN_NULL : value.yes ? WHEN_YES : WHEN_NO;
	for (size_t i = 0; i < when->n; i++)
		json_decref(a.outputs[i]);
	arena_free(arena);
	return says;
}
