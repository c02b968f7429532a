/*
 * try.c - `tidemill tasks test`: one task, here and now.
 *
 * No state is recorded and nothing is published: inputs are what is live now,
 * outputs are staged under .tidemill/scratch, which is made anew each time.
 */
#include "cli/cmd/list.h"

#include "cli/term/look.h"
#include "cli/term/parameter.h"
#include "core/base/clock.h"
#include "core/base/json.h"
#include "core/base/mem.h"
#include "core/model/interval.h"
#include "core/model/lake.h"
#include "core/model/manifest.h"
#include "core/storage/live.h"
#include "core/time/grid.h"
#include "core/wire/message.h"
#include "core/wire/spec_make.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TEST_ATTEMPT = 1 }; /* staging directories are private to the scratch place */

/* A task to be tried. */
struct trial {
	struct cli *cli;
	struct project project;
	const struct dag *dag;
	const struct task *task;
	int64_t logical_us;
	char *scratch;
	char *params; /* as given, JSON */
	char token[TOKEN_CHARS + 1];
	struct pinned_input *pins;
	size_t n_pins;
	bool partial;
	struct arena *arena;
};

/* What is live now, by its manifest. */
static bool
live_of(void *ctx, const struct dataset *dataset, int64_t day, struct spec_live *out)
{
	const struct trial *t = ctx;
	const char *path = lake_path(t->arena, t->cli->project_dir, dataset->path);
	struct manifest m;

	if (manifest_live(&m, path, day, NULL))
		return false;
	*out = (struct spec_live){ .version = m.version, .rows = m.rows };
	manifest_release(&m);
	return true;
}

/* A partition that is not there: a run goes on without it, or says that it is missing. */
static int
miss(const struct input *input, const struct dag *owner, int64_t day, bool *missing)
{
	char date[DATE_CHARS + 1];
	uint32_t writer;

	*missing = input->allow_missing;
	if (*missing || !dag_writes(owner, input->dataset, &writer))
		return EXIT_OK; /* what nobody here writes is the worker's to find */
	*missing = grid_start(owner->grid, day) < owner->start_us ||
		   (owner->start_us == INT64_MIN && !dag_is_scheduled(owner));
	if (*missing)
		return EXIT_OK;
	grid_text(owner->grid, day, date);
	return cli_fail(EXIT_NO, "%s %s does not exist; it is made by a run of dag %s",
			input->dataset, date, owner->id);
}

static int
pin(struct trial *t, const struct input *input, const struct dag *owner, const struct dataset *d,
    int64_t day)
{
	const char *path = lake_path(t->arena, t->cli->project_dir, d->path);
	struct pinned_input *out;
	struct manifest m;
	struct buf live;
	int code = EXIT_OK;

	t->pins = mem_resize(t->pins, t->n_pins + 1, sizeof(*t->pins));
	out = &t->pins[t->n_pins++];
	*out = (struct pinned_input){ .dataset = d->name, .day = day };
	if (day == INT64_MIN)
		return EXIT_OK;
	buf_init(&live, SIZE_MAX);
	lake_live(path, day, &live);
	if (!manifest_live(&m, path, day, NULL)) {
		out->version = m.version;
		memcpy(out->digest, m.content_digest, sizeof(out->digest));
		manifest_release(&m);
	} else if (access(live.data, F_OK)) {
		code = miss(input, owner, day, &out->missing);
		t->partial = t->partial || out->missing;
	}
	buf_release(&live);
	return code;
}

/* What the task reads, as it is live now. */
static int
pin_inputs(struct trial *t)
{
	int64_t last = grid_part(t->dag->grid, t->logical_us);
	int code = EXIT_OK;

	for (size_t i = 0; i < t->task->n_inputs && !code; i++) {
		const struct input *input = &t->task->inputs[i];
		const struct dag *owner;
		const struct dataset *d;

		if (!catalog_find(t->project.dags, t->project.n_dags, input->dataset, &owner, &d))
			return cli_fail(EXIT_USAGE, "dataset '%s' is declared nowhere",
					input->dataset);
		if (!input->days)
			code = pin(t, input, owner, d, INT64_MIN);
		for (int64_t day = grid_window(t->dag->grid, last, input->days);
		     day <= last && !code; day++)
			code = pin(t, input, owner, d, day);
	}
	return code;
}

/* The params of the command line, checked as a trigger checks them. */
static int
take_params(struct trial *t)
{
	json_t *request = json_object();
	int code = parameter_fill(t->cli, request);
	const json_t *params = json_object_get(request, "params");
	struct err err = { 0 };

	t->params = params ? json_dumps(params, JSON_COMPACT) : NULL;
	json_decref(request);
	if (!code && params_check(t->dag->id, t->dag->params, t->dag->n_params, t->params, &err))
		code = cli_error(&err);
	return code;
}

static enum err_code
make_spec(struct trial *t, struct spec *spec, struct err *err)
{
	const struct dag *dag = t->dag;
	const int64_t part = grid_part(dag->grid, t->logical_us);
	const struct spec_order order = {
		.dag = dag,
		.task = (size_t)(t->task - dag->tasks),
		.dags = t->project.dags,
		.n_dags = t->project.n_dags,
		.project_dir = t->cli->project_dir,
		.scratch = t->scratch,
		.attempt = TEST_ATTEMPT,
		.token = t->token,
		.run_id = "test",
		.run_type = RUN_MANUAL,
		.epoch = 1,
		.try_number = 1,
		.logical_us = t->logical_us,
		.start_us = t->logical_us,
		.end_us = dag->partitioned ? grid_end(dag->grid, part) : t->logical_us,
		.params = t->params,
		.inputs = t->pins,
		.n_inputs = t->n_pins,
		.partial = t->partial,
		.early = interval_state(dag, t->logical_us, clock_wall_us()) == INTERVAL_BEGUN,
		.live = live_of,
		.ctx = t,
	};
	enum err_code code = random_token(t->token, err);

	return code ? code : spec_make(&order, spec, err);
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
run(struct trial *t)
{
	struct spec spec = { 0 };
	struct err err = { 0 };
	char *result = NULL;
	int code;

	if (make_spec(t, &spec, &err))
		return cli_error(&err);
	code = t->cli->programs->task_test(&spec, &result) ? EXIT_NO : EXIT_OK;
	code = print_result(t->cli, result, code);
	if (t->task->output >= 0 && !code)
		say("staged under %s; nothing was published", t->scratch);
	free(result);
	spec_release(&spec);
	return code;
}

/* The dag and the task by the names of the command line. */
static int
find_task(struct trial *t)
{
	const struct cli *cli = t->cli;
	int at, code = look_project(cli, &t->project);

	if (code)
		return code;
	t->dag = look_dag(&t->project, cli->args[0]);
	if (!t->dag)
		return EXIT_USAGE;
	at = dag_task_find(t->dag, cli->args[1]);
	if (at < 0)
		return cli_fail(EXIT_USAGE,
				"dag '%s' has no task '%s'; `tidemill tasks list %s` lists them",
				t->dag->id, cli->args[1], t->dag->id);
	t->task = &t->dag->tasks[at];
	return EXIT_OK;
}

/* As a run would be asked for it. */
static int
may_run(const struct trial *t)
{
	int code = EXIT_OK;
	struct buf why;

	buf_init(&why, SIZE_MAX / 2);
	if (!interval_may_run(t->dag, t->logical_us, clock_wall_us(), cli_given(t->cli, "early"),
			      &why))
		code = cli_fail(EXIT_REFUSED, "%s", why.data);
	buf_release(&why);
	return code;
}

static int
test_task(struct cli *cli)
{
	struct trial t = { .cli = cli };
	int code;

	if (!cli_date("DATE", cli->args[2], &t.logical_us))
		return EXIT_USAGE;
	t.arena = arena_new();
	code = find_task(&t);
	if (!code) {
		if (t.dag->partitioned)
			t.logical_us = grid_start(t.dag->grid,
						  grid_part(t.dag->grid, t.logical_us));
		t.scratch = mem_format("%s/.tidemill/scratch/%s", cli->project_dir, t.dag->id);
		code = may_run(&t);
	}
	if (!code)
		code = take_params(&t);
	if (!code)
		code = pin_inputs(&t);
	if (!code)
		code = run(&t);
	free(t.pins);
	free(t.params);
	free(t.scratch);
	arena_free(t.arena);
	project_release(&t.project);
	return code;
}

static const struct option options[] = {
	OPTION("early", 0, NULL, "also before the day has ended"),
	OPTION_PARAM,
	OPTIONS_END,
};

const struct cli_command cmd_tasks_test = {
	.words = "tasks test",
	.args = "DAG TASK DATE",
	.summary =
	    "run one task here and now; no state is recorded, output goes to a scratch place",
	.args_min = 3,
	.args_max = 3,
	.options = options,
	.run = test_task,
};
