/* dispatch.c - from a decision to a launch message. */
#include "scheduler/daemon/dispatch.h"

#include "core/check/check.h"
#include "core/dagfile/dagfile.h"
#include "core/time/civil.h"
#include "core/base/json.h"
#include "core/base/mem.h"
#include "core/op/op.h"
#include "scheduler/engine/look.h"
#include "scheduler/publish/outputs.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* How far volume_change may look back without saying more: four times the same weekday. */
enum { HISTORY_DAYS = 28 };

/* What everything below needs to know. */
struct draft {
	const struct engine *engine;
	const struct project *project;
	const struct action *action;
	struct attempt_info info;
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

/* The definition of a dataset: in the run's own dag, else wherever the project declares it. */
static const struct dataset *
find_dataset(const struct draft *d, const char *name)
{
	int at = dag_dataset_find(d->info.dag, name);
	const struct dataset *found = NULL;
	const struct dag *dag;

	if (at >= 0)
		return &d->info.dag->datasets[at];
	if (!catalog_find(d->project->dags, d->project->n_dags, name, &dag, &found))
		return NULL;
	return found;
}

/* ---- who and when ---- */

/* What a built-in operator reads of its definition; NULL for a command. */
static char *
slice_of(struct arena *arena, const struct attempt_info *info)
{
	char *slice = NULL;
	struct buf text;

	buf_init(&text, SPEC_BYTES_MAX);
	dagfile_slice(info->dag, (size_t)(info->task - info->dag->tasks), &text);
	if (text.bytes)
		slice = arena_bytes(arena, text.data, text.bytes);
	buf_release(&text);
	return slice;
}

static void
draft_identity(struct draft *d)
{
	const struct attempt_info *info = &d->info;
	struct arena *arena = arena_new();
	struct spec *s = &d->spec;

	*s = (struct spec){
		.attempt = info->key,
		.project_dir = arena_str(arena, d->project->dir),
		.dag = arena_str(arena, info->dag->id),
		.task = arena_str(arena, info->task->id),
		.run_id = arena_str(arena, info->run_id),
		.dag_digest = arena_str(arena, info->dag->digest),
		.run_type = info->run_type,
		.epoch = info->epoch,
		.try_number = info->try_number,
		.logical_us = info->logical_us,
		.start_us = info->start_us,
		.end_us = info->end_us,
		.slice = slice_of(arena, info),
		.partial = d->action->partial,
		.memory_bytes = info->task->memory_bytes,
		.arena = arena,
	};
	assert(strlen(info->token) == TOKEN_CHARS);
	memcpy(s->token, info->token, sizeof(s->token));
}

/* ---- params ---- */

/* A JSON scalar as the text a template shows; NULL: it is none. */
static char *
scalar_text(struct arena *arena, const json_t *value)
{
	struct buf text;
	char *out;

	if (json_is_string(value))
		return arena_str(arena, json_string_value(value));
	if (!json_is_number(value) && !json_is_boolean(value))
		return NULL;
	buf_init(&text, 64);
	json_write(value, &text);
	out = arena_str(arena, text.data);
	buf_release(&text);
	return out;
}

/* The run's values over the dag's defaults, in the dag's order. */
static enum err_code
draft_params(struct draft *d, struct err *err)
{
	const struct dag *dag = d->info.dag;
	const char *text = d->info.params && *d->info.params ? d->info.params : "{}";
	struct spec *s = &d->spec;
	json_t *given = NULL;
	enum err_code code;

	code = json_read(&given, text, strlen(text), "the params of the run", err);
	if (code)
		return code;
	s->params = arena_get(s->arena, dag->n_params * sizeof(*s->params));
	for (size_t i = 0; i < dag->n_params && !code; i++) {
		const struct param *p = &dag->params[i];
		const json_t *value = json_object_get(given, p->name);
		const char *shown =
		    value ? scalar_text(s->arena, value) : arena_str(s->arena, p->value);

		if (!shown)
			code = err_set(
			    err, ERR_INPUT, "param '%s' of dag '%s' %s", p->name, dag->id,
			    value ? "is not a single value" : "has no default and was not given");
		s->params[s->n_params++] =
		    (struct param_value){ arena_str(s->arena, p->name), shown };
	}
	json_decref(given);
	return code;
}

/* ---- commands ---- */

static enum err_code
render(struct draft *d, const char *text, const char *what, char **out, struct err *err)
{
	const struct run_vars vars = spec_vars(&d->spec);
	enum err_code code;
	struct buf rendered;

	buf_init(&rendered, SPEC_BYTES_MAX);
	code = template_render(text, &vars, &rendered, err);
	if (!code && rendered.full)
		code = err_set(err, ERR_LIMIT, "longer than %d bytes", SPEC_BYTES_MAX);
	if (code)
		err_wrap(err, "render %s of task '%s'", what, d->info.task->id);
	else
		*out = arena_bytes(d->spec.arena, rendered.data, rendered.bytes);
	buf_release(&rendered);
	return code;
}

static enum err_code
draft_command(struct draft *d, struct err *err)
{
	const struct task *task = d->info.task;
	struct spec *s = &d->spec;
	enum err_code code = ERR_NONE;

	if (task->op->argv) {
		size_t n;
		const template_text *argv = op_argv(task, &n);

		s->argv = arena_get(s->arena, (n + 1) * sizeof(*s->argv));
		for (size_t i = 0; i < n && !code; i++)
			code = render(d, argv[i], "the command", &s->argv[i], err);
	}
	s->env = arena_get(s->arena, task->n_env * sizeof(*s->env));
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
	const struct action *action = d->action;
	struct spec *s = &d->spec;

	s->inputs = arena_get(s->arena, action->n_inputs * sizeof(*s->inputs));
	for (size_t i = 0; i < action->n_inputs; i++) {
		const struct pinned_input *pin = &action->inputs[i];
		const struct dataset *dataset = find_dataset(d, pin->dataset);
		struct spec_input *in = &s->inputs[s->n_inputs++];

		if (!dataset)
			return err_set(err, ERR_INPUT,
				       "task '%s' of dag '%s' reads dataset '%s', which no dag "
				       "declares any more",
				       d->info.task->id, d->info.dag->id, pin->dataset);
		*in = (struct spec_input){
			.dataset = arena_str(s->arena, pin->dataset),
			.path = outputs_dir(s->arena, d->project->dir, dataset->path),
			.format = dataset->format,
			.partitioned = dataset->partitioned,
			.day = dataset->partitioned ? pin->day : 0,
			.version = pin->version,
			.missing = pin->missing,
		};
		/* A window names one dataset many times: its columns are copied once. */
		if (i > 0 && strcmp(in->dataset, in[-1].dataset) == 0)
			in->schema = in[-1].schema;
		else
			in->schema = copy_schema(s->arena, &dataset->schema);
		memcpy(in->digest, pin->digest, sizeof(in->digest));
	}
	return ERR_NONE;
}

static void
draft_outputs(struct draft *d)
{
	const int64_t day = civil_day_of(d->info.start_us);
	const struct dataset *datasets[2];
	struct spec *s = &d->spec;

	s->n_outputs = outputs_datasets(d->info.dag, d->info.task, datasets);
	s->outputs = arena_get(s->arena, s->n_outputs * sizeof(*s->outputs));
	for (size_t i = 0; i < s->n_outputs; i++) {
		const struct dataset *from = datasets[i];
		const struct live_partition *live = engine_partition(d->engine, from->name, day);

		s->outputs[i] = (struct spec_output){
			.dataset = arena_str(s->arena, from->name),
			.path = outputs_dir(s->arena, d->project->dir, from->path),
			.format = from->format,
			.schema = copy_schema(s->arena, &from->schema),
			.day = day,
			.version = live ? live->version + 1 : 1,
			.quarantine = i + 1 < s->n_outputs,
		};
	}
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
static const char *
checked_dataset(const struct draft *d)
{
	const struct task *task = d->info.task;

	if (task->output >= 0)
		return d->info.dag->datasets[task->output].name;
	return task->n_inputs ? task->inputs[0].dataset : NULL;
}

/* Oldest first; days without a partition are left out. */
static void
draft_history(struct draft *d)
{
	const int64_t day = civil_day_of(d->info.start_us);
	const char *dataset = checked_dataset(d);
	int days = dataset ? history_days(d->info.task) : 0;
	struct spec *s = &d->spec;

	s->history = arena_get(s->arena, (size_t)days * sizeof(*s->history));
	for (int64_t at = day - days; at < day; at++) {
		const struct live_partition *row = engine_partition(d->engine, dataset, at);

		if (row)
			s->history[s->n_history++] = (struct spec_history){ at, row->rows };
	}
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
			       d->info.task->id, d->info.dag->id, SPEC_BYTES_MAX);
	buf_release(&text);
	return code;
}

enum err_code
launch_spec(const struct engine *e, const struct project *project, const struct action *action,
	    struct spec *out, struct err *err)
{
	struct draft d = { .engine = e, .project = project, .action = action };
	enum err_code code;

	if (!engine_attempt(e, action->attempt, &d.info))
		return err_set(err, ERR_NOT_FOUND, "launch attempt %" PRId64 ": it is not alive",
			       action->attempt);
	draft_identity(&d);
	code = draft_params(&d, err);
	if (!code)
		code = draft_command(&d, err);
	if (!code)
		code = draft_inputs(&d, err);
	if (!code) {
		draft_outputs(&d);
		draft_history(&d);
		code = check_size(&d, err);
	}
	if (code)
		spec_release(&d.spec);
	else
		*out = d.spec;
	return code;
}
