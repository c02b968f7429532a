/* spec_make.c - the one builder of what a worker is told. */
#include "core/wire/spec_make.h"

#include "core/base/mem.h"
#include "core/check/check.h"
#include "core/dagfile/dagfile.h"
#include "core/dagfile/define.h"
#include "core/dagfile/project.h"
#include "core/model/lake.h"
#include "core/op/op.h"
#include "core/text/shell_template.h"
#include "core/time/grid.h"

#include <assert.h>
#include <string.h>

/* How far volume_change may look back without saying more: four times the same weekday. */
enum { HISTORY_DAYS = 28, USUAL_WEEKS = 4 };

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
		.dag_digest = arena_str(arena, o->dag->digest),
		.run_type = o->run_type,
		.grid = o->dag->grid,
		.epoch = o->epoch,
		.try_number = o->try_number,
		.logical_us = o->logical_us,
		.start_us = o->start_us,
		.end_us = o->end_us,
		.slice = slice_of(arena, o->dag, o->task),
		.no_samples = o->no_samples,
		.partial = o->partial,
		.early = o->early,
		.memory_bytes = d->task->memory_bytes,
		.arena = arena,
	};
	assert(strlen(o->token) == TOKEN_CHARS);
	memcpy(s->token, o->token, sizeof(s->token));
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
		code = err_set(err, ERR_LIMIT, "longer than %d bytes", SPEC_BYTES_MAX);
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

static enum err_code
draft_command(struct draft *d, struct err *err)
{
	const struct task *task = d->task;
	struct spec *s = &d->spec;
	enum err_code code;

	s->env = arena_get(s->arena, (task->n_env + SHELL_PARTS_MAX) * sizeof(*s->env));
	code = draft_argv(d, err);
	for (size_t i = 0; i < task->n_env && !code; i++) {
		const struct env_entry *from = &task->env[i];
		struct spec_env *to = &s->env[s->n_env++];

		to->name = arena_str(s->arena, from->name);
		to->from_env = arena_str(s->arena, from->from_env);
		to->from_file = arena_str(s->arena, from->from_file);
		if (from->value)
			code = render(d, from->value, to->name, &to->value, err);
	}
	return code;
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
			.grid = grid_days,
			.part = dataset->partitioned ? pin->day : 0,
			.version = pin->version,
			.missing = pin->missing,
		};
		/* A window names one dataset many times: its columns are copied once. */
		if (i > 0 && strcmp(in->dataset, in[-1].dataset) == 0) {
			in->schema = in[-1].schema;
			in->personal = in[-1].personal;
		} else {
			in->schema = copy_schema(s->arena, &dataset->schema);
			in->personal = copy_names(s->arena, &dataset->personal);
		}
		memcpy(in->digest, pin->digest, sizeof(in->digest));
	}
	return ERR_NONE;
}

static void
draft_outputs(struct draft *d)
{
	const struct spec_order *o = d->order;
	const int64_t part = grid_part(o->dag->grid, o->start_us);
	const struct dataset *datasets[DAG_OUTPUTS_MAX];
	struct spec *s = &d->spec;

	s->n_outputs = dag_outputs(o->dag, d->task, datasets);
	s->outputs = arena_get(s->arena, s->n_outputs * sizeof(*s->outputs));
	for (size_t i = 0; i < s->n_outputs; i++) {
		const struct dataset *from = datasets[i];
		struct spec_live live;

		s->outputs[i] = (struct spec_output){
			.dataset = arena_str(s->arena, from->name),
			.path = o->scratch ? lake_path(s->arena, o->scratch, from->name)
					   : lake_path(s->arena, o->project_dir, from->path),
			.format = from->format,
			.schema = copy_schema(s->arena, &from->schema),
			.personal = copy_names(s->arena, &from->personal),
			.grid = o->dag->grid,
			.part = part,
			.version = o->live(o->ctx, from, part, &live) ? live.version + 1 : 1,
			.quarantine = i + 1 < s->n_outputs,
		};
	}
}

static void
draft_definition(struct draft *d)
{
	json_t *definition;
	struct buf text;

	if (d->task->output < 0)
		return;
	definition = task_definition(d->order->dag, d->task);
	buf_init(&text, SIZE_MAX);
	json_write(definition, &text);
	d->spec.definition = arena_bytes(d->spec.arena, text.data, text.bytes);
	buf_release(&text);
	json_decref(definition);
}

/* How many days before its own the checks of a task ask for; 0: none. */
static int
history_days(const struct task *task)
{
	int days = 0;

	for (size_t i = 0; i < task->n_checks; i++) {
		int back = check_history_days(&task->checks[i]);

		if (!back)
			continue;
		back = back > HISTORY_DAYS ? back : HISTORY_DAYS;
		days = back > days ? back : days;
	}
	return days < DAG_WINDOW_DAYS_MAX ? days : DAG_WINDOW_DAYS_MAX;
}

/* What the checks look at: the task's output, or what a task that only checks reads. */
static const struct dataset *
checked_dataset(const struct draft *d)
{
	if (d->task->output >= 0)
		return &d->order->dag->datasets[d->task->output];
	return d->task->n_inputs ? find_dataset(d, d->task->inputs[0].dataset) : NULL;
}

/* One part of the checked dataset, if there is a partition. */
static void
add_history(struct draft *d, const struct dataset *dataset, int64_t part)
{
	struct spec *s = &d->spec;
	struct spec_live live;

	if (d->order->live(d->order->ctx, dataset, part, &live))
		s->history[s->n_history++] = (struct spec_history){ part, live.rows };
}

/*
 * Oldest first; days without a partition are left out.  What is written is compared with its
 * weekdays, also where no check asks for them.
 */
static void
draft_history(struct draft *d)
{
	const struct spec_order *o = d->order;
	const int64_t part = grid_part(o->dag->grid, o->start_us);
	const struct dataset *dataset = checked_dataset(d);
	int days = dataset ? history_days(d->task) : 0;
	struct spec *s = &d->spec;
	size_t room = days > USUAL_WEEKS ? (size_t)days : USUAL_WEEKS;

	s->history = arena_get(s->arena, room * sizeof(*s->history));
	for (int64_t at = part - days; at < part; at++)
		add_history(d, dataset, at);
	for (int back = USUAL_WEEKS; !days && d->task->output >= 0 && back > 0; back--)
		add_history(d, dataset, grid_weeks_before(o->dag->grid, part, back));
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
			       "longer than %d bytes; make its window, command or columns smaller",
			       d->task->id, d->order->dag->id, SPEC_BYTES_MAX);
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
		draft_outputs(&d);
		draft_definition(&d);
		draft_history(&d);
		code = check_size(&d, err);
	}
	if (code)
		spec_release(&d.spec);
	else
		*out = d.spec;
	return code;
}
