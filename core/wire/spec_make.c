/* spec_make.c - the one builder of what a worker is told. */
#include "core/wire/spec_make.h"

#include "core/base/mem.h"
#include "core/base/size.h"
#include "core/check/check.h"
#include "core/dagfile/dagfile.h"
#include "core/dagfile/define.h"
#include "core/project/event_time.h"
#include "core/project/project.h"
#include "core/lake/lake.h"
#include "core/op/op.h"
#include "core/text/shell_template.h"
#include "core/time/grid.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* Where no check says more: four times the same weekday. */
enum { USUAL_WEEKS = 4 };

/* What everything below needs to know. */
struct draft {
	const struct spec_order *order;
	const struct task *task;
	struct spec spec; /* owns what it points to */
};

/* ---- small things ---- */

/* A schema that lives as long as the arena: the dag may go before the spec does. */
static struct schema
copy_schema(struct arena *arena, const struct schema *schema)
{
	struct column *columns = arena_get(arena, schema->count * sizeof(*columns));

	for (size_t i = 0; i < schema->count; i++)
		columns[i] = (struct column){ arena_str(arena, schema->columns[i].name),
					      schema->columns[i].type };
	return (struct schema){ columns, schema->count };
}

static struct column_names
copy_names(struct arena *arena, const struct column_names *from)
{
	const char **names = arena_get(arena, (from->count + 1) * sizeof(*names));

	for (size_t i = 0; i < from->count; i++)
		names[i] = arena_str(arena, from->names[i]);
	return (struct column_names){ names, from->count };
}

/* What a reader has to know of what is said of the columns. */
static struct column_notes
copy_notes(struct arena *arena, const struct column_notes *from)
{
	struct column_note *items = arena_get(arena, (from->count + 1) * sizeof(*items));
	size_t n = 0;

	for (size_t i = 0; i < from->count; i++) {
		const struct column_note *note = &from->items[i];

		if (!note->was && note->deprecated_after == INT64_MAX)
			continue;
		items[n++] = (struct column_note){
			.column = arena_str(arena, note->column),
			.was = note->was ? arena_str(arena, note->was) : NULL,
			.deprecated_after = note->deprecated_after,
		};
	}
	return (struct column_notes){ items, n };
}

/* The definition of a dataset: in the run's own dag, else wherever the project declares it. */
static const struct dataset *
find_dataset(const struct draft *d, const char *name)
{
	int at = dag_dataset_find(d->order->dag, name);
	const struct dataset *found = NULL;
	const struct dag *dag;

	if (at >= 0)
		return &d->order->dag->datasets[at];
	if (!catalog_find(d->order->dags, d->order->n_dags, name, &dag, &found))
		return NULL;
	return found;
}

/* ---- who and when ---- */

/* A grid whose zone lives as long as the spec. */
static struct grid
keep_grid(struct draft *d, struct grid grid)
{
	grid.zone = spec_keep_zone(&d->spec, (struct zone *)(uintptr_t)grid.zone);
	return grid;
}

/* What a built-in operator reads of its definition; NULL for a command. */
static char *
slice_of(struct arena *arena, const struct dag *dag, size_t task)
{
	char *slice = NULL;
	struct buf text;

	buf_init(&text, SPEC_BYTES_MAX);
	dagfile_slice(dag, task, &text);
	if (text.bytes)
		slice = arena_bytes(arena, text.data, text.bytes);
	buf_release(&text);
	return slice;
}

static void
draft_identity(struct draft *d)
{
	const struct spec_order *o = d->order;
	struct arena *arena = arena_new();
	struct spec *s = &d->spec;

	*s = (struct spec){
		.attempt = o->attempt,
		.project_dir = arena_str(arena, o->project_dir),
		.dag = arena_str(arena, o->dag->id),
		.task = arena_str(arena, d->task->id),
		.run_id = arena_str(arena, o->run_id),
		.run_state = o->run_state ? arena_str(arena, o->run_state) : NULL,
		.triggered_by = o->triggered_by ? arena_str(arena, o->triggered_by) : NULL,
		.dag_digest = arena_str(arena, o->dag->digest),
		.run_type = o->run_type,
		.epoch = o->epoch,
		.try_number = o->try_number,
		.look = o->look || !d->task->wait.every_us ? o->look : 1,
		.seen = o->seen ? arena_str(arena, o->seen) : NULL,
		.keeps = d->task->keeps_state,
		.kept = o->kept && d->task->keeps_state ? arena_str(arena, o->kept) : NULL,
		.logical_us = o->logical_us,
		.start_us = o->start_us,
		.end_us = o->end_us,
		.slice = slice_of(arena, o->dag, o->task),
		.no_samples = o->no_samples,
		.connects = d->task->op->connects,
		.partial = o->partial,
		.early = o->early,
		.given = o->given,
		.n_given = o->n_given,
		.memory_bytes = d->task->memory_bytes,
		.limits = d->task->limits,
		.arena = arena,
	};
	assert(strlen(o->token) == TOKEN_CHARS);
	memcpy(s->token, o->token, sizeof(s->token));
	s->grid = keep_grid(d, o->dag->grid);
}

/* ---- params and commands ---- */

static enum err_code
draft_params(struct draft *d, struct err *err)
{
	const struct dag *dag = d->order->dag;
	struct spec *s = &d->spec;
	enum err_code code = params_take(dag->id, dag->params, dag->n_params, d->order->params,
					 s->arena, &s->params, err);

	s->n_params = code ? 0 : dag->n_params;
	return code;
}

/* Keep what was rendered, or say what could not be. */
static enum err_code
keep_rendered(struct draft *d, enum err_code code, const struct buf *rendered, const char *what,
	      char **out, struct err *err)
{
	if (!code && rendered->full)
		code = err_set(err, ERR_LIMIT, "longer than %s", SIZE_TEXT(SPEC_BYTES_MAX));
	if (code)
		err_wrap(err, "render %s of task '%s'", what, d->task->id);
	else
		*out = arena_bytes(d->spec.arena, rendered->data, rendered->bytes);
	return code;
}

static enum err_code
render(struct draft *d, const char *text, const char *what, char **out, struct err *err)
{
	const struct run_vars vars = spec_vars(&d->spec);
	enum err_code code;
	struct buf rendered;

	buf_init(&rendered, SPEC_BYTES_MAX);
	code = template_render(text, &vars, &rendered, err);
	code = keep_rendered(d, code, &rendered, what, out, err);
	buf_release(&rendered);
	return code;
}

/* A variable that a line for a shell names. */
static void
give_variable(void *ctx, const char *name, const char *value)
{
	struct spec *s = &((struct draft *)ctx)->spec;

	s->env[s->n_env++] = (struct spec_env){
		.name = arena_str(s->arena, name),
		.value = arena_str(s->arena, value),
	};
}

static enum err_code
render_shell(struct draft *d, const char *text, char **out, struct err *err)
{
	const struct dag *dag = d->order->dag;
	const struct run_vars vars = spec_vars(&d->spec);
	const struct shell_values values = { dag->params, dag->n_params, &vars, give_variable, d };
	enum err_code code;
	struct buf rendered;

	buf_init(&rendered, SPEC_BYTES_MAX);
	code = shell_template_render(text, &values, &rendered, err);
	code = keep_rendered(d, code, &rendered, "the command", out, err);
	buf_release(&rendered);
	return code;
}

static enum err_code
draft_argv(struct draft *d, struct err *err)
{
	struct spec *s = &d->spec;
	enum err_code code = ERR_NONE;
	bool shell;
	size_t n;
	const template_text *argv = op_argv(d->task, &n, &shell);

	if (!argv)
		return ERR_NONE;
	s->argv = arena_get(s->arena, (n + 1) * sizeof(*s->argv));
	for (size_t i = 0; i < n && !code; i++)
		code = shell && i + 1 == n ? render_shell(d, argv[i], &s->argv[i], err)
					   : render(d, argv[i], "the command", &s->argv[i], err);
	return code;
}

/*
 * The value of a secret parameter, which says where the worker finds what it stands for.  A run may
 * have been given it before the parameter was one.
 */
static enum err_code
take_param(const struct spec *s, const char *name, struct spec_env *to, struct err *err)
{
	const char *value = "";

	for (size_t i = 0; i < s->n_params; i++)
		if (strcmp(s->params[i].name, name) == 0)
			value = s->params[i].value;
	if (!param_is_reference(value))
		return err_set(err, ERR_INPUT,
			       "set %s: the run was given a value of param '%s', and no reference "
			       "as env:NAME or file:PATH",
			       to->name, name);
	if (!strncmp(value, PARAM_OF_ENV, strlen(PARAM_OF_ENV)))
		to->from_env = arena_str(s->arena, value + strlen(PARAM_OF_ENV));
	else
		to->from_file = arena_str(s->arena, value + strlen(PARAM_OF_FILE));
	return ERR_NONE;
}

static enum err_code
draft_command(struct draft *d, struct err *err)
{
	const struct task *task = d->task;
	struct spec *s = &d->spec;
	enum err_code code;

	s->env = arena_get(s->arena, (task->n_env + SHELL_PARTS_MAX + 1) * sizeof(*s->env));
	code = draft_argv(d, err);
	for (size_t i = 0; i < s->n_given; i++)
		if (strcmp(s->given[i].name, "map_index") == 0)
			give_variable(d, "TIDEMILL_MAP_INDEX", s->given[i].value);
	for (size_t i = 0; i < task->n_env && !code; i++) {
		const struct env_entry *from = &task->env[i];
		struct spec_env *to = &s->env[s->n_env++];

		to->name = arena_str(s->arena, from->name);
		to->from_env = arena_str(s->arena, from->from_env);
		to->from_file = arena_str(s->arena, from->from_file);
		to->from_command = arena_str(s->arena, from->from_command);
		to->from_connection = arena_str(s->arena, from->from_connection);
		to->shown = from->shown;
		if (from->from_param)
			code = take_param(s, from->from_param, to, err);
		if (from->value)
			code = render(d, from->value, to->name, &to->value, err);
	}
	return code;
}

/* ---- grids ---- */

/*
 * What the reader asked for, [from_us, to_us), and whether the part reaches over its edges.  A
 * program is given files as they are.
 */
static void
place_input(struct draft *d, const struct input *asked, struct spec_input *in)
{
	const struct spec_order *o = d->order;
	const struct reach reach = reach_of(&asked->window, d->spec.grid, o->start_us, o->end_us,
					    in->grid);
	bool nests = grid_start(in->grid, in->part) >= reach.start_us &&
		     grid_end(in->grid, in->part) <= reach.end_us;

	in->from_us = reach.start_us;
	in->to_us = reach.end_us;
	in->event_time = arena_str(d->spec.arena,
				   event_time_of(o->dag, o->dags, o->n_dags, in->dataset));
	in->whole = !nests && (asked->whole || d->spec.argv);
	in->cut = !nests && !in->whole;
}

/* What the task asked for of a dataset. */
static const struct input *
asked_of(const struct task *task, const char *dataset)
{
	for (size_t i = 0; i < task->n_inputs; i++)
		if (strcmp(task->inputs[i].dataset, dataset) == 0)
			return &task->inputs[i];
	return NULL;
}

/* ---- inputs, outputs, history ---- */

static enum err_code
draft_inputs(struct draft *d, struct err *err)
{
	const struct spec_order *o = d->order;
	struct spec *s = &d->spec;

	s->inputs = arena_get(s->arena, o->n_inputs * sizeof(*s->inputs));
	for (size_t i = 0; i < o->n_inputs; i++) {
		const struct pinned_input *pin = &o->inputs[i];
		const struct dataset *dataset = find_dataset(d, pin->dataset);
		struct spec_input *in = &s->inputs[s->n_inputs++];

		if (!dataset)
			return err_set(err, ERR_INPUT,
				       "task '%s' of dag '%s' reads dataset '%s', which no dag "
				       "declares any more",
				       d->task->id, o->dag->id, pin->dataset);
		*in = (struct spec_input){
			.dataset = arena_str(s->arena, pin->dataset),
			.path = lake_path(s->arena, o->project_dir, dataset->path),
			.format = dataset->format,
			.partitioned = dataset->partitioned,
			.grid = keep_grid(d, dataset->grid),
			.part = dataset->partitioned ? pin->day : 0,
			.version = pin->version,
			.missing = pin->missing,
		};
		/* A window names one dataset many times: its columns are copied once. */
		if (i > 0 && strcmp(in->dataset, in[-1].dataset) == 0) {
			in->schema = in[-1].schema;
			in->personal = in[-1].personal;
			in->notes = in[-1].notes;
		} else {
			in->schema = copy_schema(s->arena, &dataset->schema);
			in->personal = copy_names(s->arena, &dataset->personal);
			in->notes = copy_notes(s->arena, &dataset->notes);
		}
		memcpy(in->digest, pin->digest, sizeof(in->digest));
		if (asked_of(d->task, in->dataset))
			in->for_checks = asked_of(d->task, in->dataset)->for_checks;
		if (in->partitioned && asked_of(d->task, in->dataset))
			place_input(d, asked_of(d->task, in->dataset), in);
	}
	return ERR_NONE;
}

static void
draft_leaves(struct draft *d)
{
	const struct task *task = d->task;
	struct spec *s = &d->spec;

	s->leaves = arena_get(s->arena, task->n_outputs * sizeof(*s->leaves));
	for (; s->n_leaves < task->n_outputs; s->n_leaves++)
		s->leaves[s->n_leaves] = (struct task_output){
			arena_str(s->arena, task->outputs[s->n_leaves].name),
			task->outputs[s->n_leaves].type,
		};
}

/* The files that its program leaves with the attempt. */
static void
draft_artifacts(struct draft *d)
{
	const struct task *task = d->task;
	struct spec *s = &d->spec;

	if (!task->n_artifacts || !d->order->artifacts_path)
		return;
	s->artifacts = arena_get(s->arena, task->n_artifacts * sizeof(*s->artifacts));
	for (; s->n_artifacts < task->n_artifacts; s->n_artifacts++)
		s->artifacts[s->n_artifacts].glob = arena_str(s->arena,
							      task->artifacts[s->n_artifacts]);
	s->artifacts_path = arena_str(s->arena, d->order->artifacts_path);
	s->artifact_limits = d->order->artifact_limits;
}

static char *
definition_text(struct draft *d, const struct dataset *written)
{
	json_t *definition = task_definition(d->order->dag, d->task, written);
	struct buf text;
	char *kept;

	buf_init(&text, SIZE_MAX);
	json_write(definition, &text);
	kept = arena_bytes(d->spec.arena, text.data, text.bytes);
	buf_release(&text);
	json_decref(definition);
	return kept;
}

static void
draft_outputs(struct draft *d)
{
	const struct spec_order *o = d->order;
	const int64_t part = grid_part(o->dag->grid, o->start_us);
	struct dag_output outputs[DAG_OUTPUTS_MAX];
	struct spec *s = &d->spec;

	s->n_outputs = dag_outputs(o->dag, d->task, outputs);
	s->outputs = arena_get(s->arena, s->n_outputs * sizeof(*s->outputs));
	for (size_t i = 0; i < s->n_outputs; i++) {
		const struct dataset *from = outputs[i].dataset;
		struct spec_live live;

		s->outputs[i] = (struct spec_output){
			.dataset = arena_str(s->arena, from->name),
			.path = o->scratch ? lake_path(s->arena, o->scratch, from->name)
					   : lake_path(s->arena, o->project_dir, from->path),
			.format = from->format,
			.plain = from->plain,
			.schema = copy_schema(s->arena, &from->schema),
			.personal = copy_names(s->arena, &from->personal),
			.grid = s->grid,
			.part = part,
			.version = o->live(o->ctx, from, part, &live) ? live.version + 1 : 1,
			.at = (int)outputs[i].at,
			.quarantine = outputs[i].aside,
			.definition = outputs[i].aside ? NULL : definition_text(d, from),
		};
	}
}

/* The parts that are looked at by weeks, or one after the other, before part `of`; returns how
 * many.
 */
static size_t
list_parts(struct grid grid, int64_t of, struct check_history back, int64_t *out)
{
	for (int i = 1; i <= back.parts; i++)
		out[i - 1] = back.weekly ? grid_weeks_before(grid, of, i) : of - i;
	return (size_t)back.parts;
}

static int
compare_parts(const void *a, const void *b)
{
	int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;

	return (left > right) - (left < right);
}

/* How many parts the checks of a task look back at, all together. */
static size_t
parts_back(const struct task *task)
{
	size_t n = USUAL_WEEKS;

	for (size_t i = 0; i < task->n_checks; i++)
		n += (size_t)check_history(&task->checks[i]).parts;
	return n;
}

/*
 * Of what the checks look at: number `at` of what the task writes, or what it reads.  Oldest first;
 * those that are not there are left out.  What is written is compared with its weekdays, also where
 * no check asks for them.
 */
static void
add_history(struct draft *d, const struct dataset *dataset, size_t at)
{
	static const struct check_history usual = { true, USUAL_WEEKS };
	const struct spec_order *o = d->order;
	const struct task *task = d->task;
	const int64_t part = grid_part(d->spec.grid, o->start_us);
	int64_t *parts = arena_get(d->spec.arena, parts_back(task) * sizeof(*parts));
	struct spec *s = &d->spec;
	size_t n = 0;

	for (size_t i = 0; i < task->n_checks; i++)
		if (check_is_of(&task->checks[i], dataset->name))
			n += list_parts(s->grid, part, check_history(&task->checks[i]), parts + n);
	if (task->output >= 0 || n)
		n += list_parts(s->grid, part, usual, parts + n);
	qsort(parts, n, sizeof(*parts), compare_parts);
	for (size_t i = 0; i < n; i++) {
		struct spec_live live;

		if ((!i || parts[i] != parts[i - 1]) && o->live(o->ctx, dataset, parts[i], &live))
			s->history[s->n_history++] = (struct spec_history){ parts[i], live.rows,
									    (int)at };
	}
}

static void
draft_history(struct draft *d)
{
	size_t n = task_n_writes(d->task);
	const struct dataset *read;

	d->spec.history = arena_get(d->spec.arena,
				    (n + 1) * parts_back(d->task) * sizeof(*d->spec.history));
	for (size_t i = 0; i < n; i++)
		add_history(d, dag_written(d->order->dag, d->task, i), i);
	read = n || !d->task->n_inputs ? NULL : find_dataset(d, d->task->inputs[0].dataset);
	if (read)
		add_history(d, read, 0);
}

/* ---- together ---- */

static enum err_code
check_size(const struct draft *d, struct err *err)
{
	enum err_code code = ERR_NONE;
	struct buf text;

	buf_init(&text, SPEC_BYTES_MAX);
	spec_write(&d->spec, &text);
	if (text.full)
		code = err_set(err, ERR_LIMIT,
			       "launch task '%s' of dag '%s': what its worker has to be told is "
			       "longer than %s; make its window, command or columns smaller",
			       d->task->id, d->order->dag->id, SIZE_TEXT(SPEC_BYTES_MAX));
	buf_release(&text);
	return code;
}

enum err_code
spec_make(const struct spec_order *order, struct spec *out, struct err *err)
{
	struct draft d = { .order = order, .task = &order->dag->tasks[order->task] };
	enum err_code code;

	draft_identity(&d);
	code = draft_params(&d, err);
	if (!code)
		code = draft_command(&d, err);
	if (!code)
		code = draft_inputs(&d, err);
	if (!code) {
		draft_leaves(&d);
		draft_artifacts(&d);
		draft_outputs(&d);
		draft_history(&d);
		code = check_size(&d, err);
	}
	/* They are the caller's, and everything is rendered. */
	d.spec.given = NULL;
	d.spec.n_given = 0;
	if (code)
		spec_release(&d.spec);
	else
		*out = d.spec;
	return code;
}
