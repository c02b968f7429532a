/*
 * try.c - `tidemill tasks test`: one task, here and now.
 *
 * No state is recorded and nothing is published: inputs are what is live now,
 * outputs are staged under .tidemill/scratch, which is made anew each time.
 */
#include "cli/cmd/list.h"

#include "cli/term/look.h"
#include "core/time/civil.h"
#include "core/dagfile/dagfile.h"
#include "core/model/lake.h"
#include "core/base/mem.h"
#include "core/op/op.h"
#include "core/wire/message.h"
#include "core/text/template.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TEST_ATTEMPT = 1 }; /* staging directories are private to the scratch place */

static char *
absolute(struct arena *arena, const char *dir, const char *path)
{
	char *joined = *path == '/' ? mem_str(path) : mem_format("%s/%s", dir, path);
	char *kept = arena_str(arena, joined);

	free(joined);
	return kept;
}

static bool
partition_exists(const char *path, int64_t day)
{
	struct buf live;
	bool exists;

	buf_init(&live, 1 << 16);
	lake_live(path, day, &live);
	exists = !access(live.data, F_OK);
	buf_release(&live);
	return exists;
}

/* One dataset of the task: a spec input per day of its window. */
static int
add_inputs(struct cli *cli, const struct project *p, const struct input *input, struct spec *spec)
{
	const struct dag *owner;
	const struct dataset *d;
	int days = input->days ? input->days : 1;

	if (!catalog_find(p->dags, p->n_dags, input->dataset, &owner, &d))
		return cli_fail(EXIT_USAGE, "dataset '%s' is declared nowhere", input->dataset);
	for (int i = days - 1; i >= 0; i--) {
		struct spec_input *in;

		spec->inputs = mem_resize(spec->inputs, spec->n_inputs + 1, sizeof(*spec->inputs));
		in = &spec->inputs[spec->n_inputs++];
		*in = (struct spec_input){
			.dataset = arena_str(spec->arena, d->name),
			.path = absolute(spec->arena, cli->project_dir, d->path),
			.format = d->format,
			.schema = d->schema,
			.partitioned = input->days > 0,
			.day = civil_day_of(spec->start_us) - i,
		};
		in->missing = in->partitioned && i > 0 && !partition_exists(in->path, in->day);
		spec->partial = spec->partial || in->missing;
	}
	return EXIT_OK;
}

static void
add_output(const struct dag *dag, int32_t at, bool quarantine, const char *scratch,
	   struct spec *spec)
{
	const struct dataset *d = &dag->datasets[at];

	spec->outputs[spec->n_outputs++] = (struct spec_output){
		.dataset = arena_str(spec->arena, d->name),
		.path = absolute(spec->arena, scratch, d->name),
		.format = d->format,
		.schema = d->schema,
		.day = civil_day_of(spec->start_us),
		.version = 1,
		.quarantine = quarantine,
	};
}

/* A command's words and environment with the templates rendered. */
static enum err_code
render_command(const struct task *task, struct spec *spec, struct err *err)
{
	size_t n_argv;
	const template_text *argv = op_argv(task, &n_argv);
	struct run_vars vars = spec_vars(spec);
	enum err_code code = ERR_NONE;
	struct buf text;

	buf_init(&text, SPEC_BYTES_MAX);
	spec->argv = arena_get(spec->arena, (n_argv + 1) * sizeof(char *));
	for (size_t i = 0; !code && i < n_argv; i++) {
		buf_reset(&text);
		code = template_render(argv[i], &vars, &text, err);
		spec->argv[i] = arena_str(spec->arena, text.data);
	}
	spec->env = arena_get(spec->arena, (task->n_env + 1) * sizeof(*spec->env));
	for (size_t i = 0; !code && i < task->n_env; i++) {
		const struct env_entry *e = &task->env[i];

		buf_reset(&text);
		if (e->value)
			code = template_render(e->value, &vars, &text, err);
		spec->env[spec->n_env++] = (struct spec_env){
			.name = arena_str(spec->arena, e->name),
			.value = e->value ? arena_str(spec->arena, text.data) : NULL,
			.from_env = arena_str(spec->arena, e->from_env),
			.from_file = arena_str(spec->arena, e->from_file),
		};
	}
	buf_release(&text);
	return code;
}

static void
fill(struct cli *cli, const struct dag *dag, const struct task *task, int64_t logical_us,
     struct spec *spec)
{
	struct buf slice;

	spec->arena = arena_new();
	spec->attempt = TEST_ATTEMPT;
	spec->project_dir = arena_str(spec->arena, cli->project_dir);
	spec->dag = arena_str(spec->arena, dag->id);
	spec->task = arena_str(spec->arena, task->id);
	spec->run_id = arena_str(spec->arena, "test");
	spec->dag_digest = arena_str(spec->arena, dag->digest);
	spec->run_type = RUN_MANUAL;
	spec->epoch = spec->try_number = 1;
	spec->logical_us = logical_us;
	spec->start_us = logical_us;
	spec->end_us = dag->partitioned ? logical_us + DAY_US : logical_us;
	spec->params = arena_get(spec->arena, (dag->n_params + 1) * sizeof(*spec->params));
	for (size_t i = 0; i < dag->n_params; i++)
		spec->params[spec->n_params++] =
		    (struct param_value){ dag->params[i].name,
					  dag->params[i].value ? dag->params[i].value : "" };
	buf_init(&slice, SPEC_BYTES_MAX);
	dagfile_slice(dag, (size_t)(task - dag->tasks), &slice);
	if (slice.bytes)
		spec->slice = arena_bytes(spec->arena, slice.data, slice.bytes);
	buf_release(&slice);
	spec->memory_bytes = task->memory_bytes;
	spec->outputs = arena_get(spec->arena, 2 * sizeof(*spec->outputs));
}

/* The worker's result: as it is, or what a person wants of it.  Gives `code` back. */
static int
print_result(const struct cli *cli, const char *text, int code)
{
	json_t *result = text ? json_loads(text, 0, NULL) : NULL, *row;
	const char *key;
	size_t i;

	if (cli->json) {
		(void)printf("%s\n", text ? text : "{}");
		json_decref(result);
		return code;
	}
	say("%s%s%s", json_get_text(result, "outcome", "no result"),
	    *json_get_text(result, "message", "") ? ": " : "",
	    json_get_text(result, "message", ""));
	json_object_foreach(json_object_get(result, "counters"), key, row)
	{
		(void)printf("%-22s %lld\n", key, (long long)json_integer_value(row));
	}
	json_array_foreach(json_object_get(result, "checks"), i, row)
	{
		(void)printf("check %-16s %s  %s\n", json_get_text(row, "check", ""),
			     json_get_text(row, "status", ""), json_get_text(row, "message", ""));
	}
	json_decref(result);
	return code;
}

static int
run(struct cli *cli, const struct project *p, const struct dag *dag, const struct task *task,
    struct spec *spec)
{
	const struct dataset *out = task->output < 0 ? NULL : &dag->datasets[task->output];
	char *scratch = mem_format("%s/.tidemill/scratch/%s", cli->project_dir, dag->id);
	char *result = NULL;
	struct err err = { 0 };
	int code = EXIT_OK;

	for (size_t i = 0; !code && i < task->n_inputs; i++)
		code = add_inputs(cli, p, &task->inputs[i], spec);
	if (out && out->quarantine >= 0)
		add_output(dag, out->quarantine, true, scratch, spec);
	if (out)
		add_output(dag, task->output, false, scratch, spec);
	if (!code && (random_token(spec->token, &err) ||
		      (task->op->argv && render_command(task, spec, &err))))
		code = cli_error(&err);
	if (!code) {
		code = cli->programs->task_test(spec, &result) ? EXIT_NO : EXIT_OK;
		code = print_result(cli, result, code);
		if (out && !code)
			say("staged under %s; nothing was published", scratch);
	}
	free(result);
	free(scratch);
	return code;
}

static int
test_task(struct cli *cli)
{
	struct project project = { 0 };
	struct spec spec = { 0 };
	const struct dag *dag = NULL;
	int64_t logical_us = 0;
	int code, at = -1;

	if (!cli_date("DATE", cli->args[2], &logical_us))
		return EXIT_USAGE;
	code = look_project(cli, &project);
	if (!code) {
		dag = look_dag(&project, cli->args[0]);
		code = dag ? EXIT_OK : EXIT_USAGE;
	}
	if (dag) {
		at = dag_task_find(dag, cli->args[1]);
		if (at < 0)
			code = cli_fail(
			    EXIT_USAGE,
			    "dag '%s' has no task '%s'; `tidemill tasks list %s` lists them",
			    dag->id, cli->args[1], dag->id);
	}
	if (at >= 0) {
		if (dag->partitioned)
			logical_us = civil_day_of(logical_us) * DAY_US;
		fill(cli, dag, &dag->tasks[at], logical_us, &spec);
		code = run(cli, &project, dag, &dag->tasks[at], &spec);
		free(spec.inputs);
		arena_free(spec.arena);
	}
	project_release(&project);
	return code;
}

const struct cli_command cmd_tasks_test = {
	.words = "tasks test",
	.args = "DAG TASK DATE",
	.summary =
	    "run one task here and now; no state is recorded, output goes to a scratch place",
	.args_min = 3,
	.args_max = 3,
	.run = test_task,
};
