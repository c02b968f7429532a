/* tasks.c - `tidemill tasks state`: a task of a run and its attempts. */
#include "cli/cmd/list.h"

#include "cli/term/parameter.h"
#include "cli/term/look.h"
#include "cli/term/out.h"
#include "cli/term/span.h"
#include "core/base/clock.h"
#include "core/view/paged.h"

#include <stdio.h>
#include <string.h>

static const struct out_column attempt_columns[] = {
	{ "try_number", "TRY", OUT_NUMBER, 0 },   { "look", "LOOK", OUT_NUMBER, 11 },
	{ "epoch", "EPOCH", OUT_NUMBER, 3 },      { "state", "STATE", OUT_TEXT, 0 },
	{ "outcome", "OUTCOME", OUT_TEXT, 2 },    { "exit_code", "EXIT", OUT_NUMBER, 5 },
	{ "started_at", "STARTED", OUT_TIME, 4 }, { "duration", "DURATION", OUT_NUMBER, 1 },
	{ "cpu", "CPU", OUT_NUMBER, 8 },          { "peak", "PEAK", OUT_NUMBER, 7 },
	{ "read", "READ", OUT_NUMBER, 10 },       { "written", "WRITTEN", OUT_NUMBER, 9 },
	{ "ended_at", "ENDED", OUT_TIME, 6 },     { "message", "MESSAGE", OUT_TIME, 0 },
	{ "left", "OUTPUTS", OUT_TEXT, 0 },
};

/* An exit status says something only of a program that ended by itself. */
static void
drop_exit_codes(json_t *attempts)
{
	json_t *attempt;
	size_t i;

	json_array_foreach(attempts, i, attempt)
	{
		const char *outcome = json_get_text(attempt, "outcome", "");

		if (strcmp(outcome, "ok") != 0 && strcmp(outcome, "error") != 0 &&
		    strcmp(outcome, "skipped") != 0)
			(void)json_object_set_new(attempt, "exit_code", json_null());
	}
}

static const struct out_column instance_columns[] = {
	{ "task", "INSTANCE", OUT_TEXT, 0 }, { "item", "ITEM", OUT_TEXT, 2 },
	{ "state", "STATE", OUT_TEXT, 0 },   { "tries", "TRIES", OUT_NUMBER, 1 },
	{ "since", "SINCE", OUT_TIME, 3 },   { "waits", "WAITS_FOR", OUT_TEXT, 0 },
};

/* Under the task or, as JSON, in it: what has the attempts of a task that is expanded. */
static int
add_instances(const struct cli *cli, struct view *view, const json_t *run, json_t *task)
{
	json_t *instances = NULL;
	struct err err;

	if (view_instances_page(view, json_get_int(run, "key", 0),
				&(struct instances_page){ .task = cli->args[1] }, &instances, &err))
		return cli_error(&err);
	if (json_array_size(instances))
		(void)json_object_set(task, "instances", instances);
	json_decref(instances);
	return EXIT_OK;
}

static int
show_state(struct cli *cli)
{
	struct view *view = NULL;
	json_t *run = NULL, *attempts = NULL, *task = NULL, *instances;
	struct out_column columns[countof(attempt_columns)];
	const json_t *last;
	size_t n;
	int code = look_task(cli, &view, &run, &attempts, &task);

	if (!code && !json_array_size(attempts))
		code = add_instances(cli, view, run, task);
	if (code)
		goto out;
	instances = json_object_get(task, "instances");
	drop_exit_codes(attempts);
	if (cli->json) {
		(void)json_object_set(task, "attempts", attempts);
		out_object(cli, task);
		goto out;
	}
	span_add(attempts, clock_wall_us());
	amount_add(attempts);
	last = json_array_get(attempts, json_array_size(attempts) - 1);
	(void)json_object_set_new(task, "used", amount_sentence(last));
	(void)json_object_set_new(task, "limits", amount_limits(last));
	out_object(cli, task);
	(void)putchar('\n');
	/* The last column is there when there is something in it. */
	view_item_texts(instances);
	if (instances) {
		out_list(cli, instances, instance_columns, countof(instance_columns), "");
		goto out;
	}
	n = countof(attempt_columns) - !out_left(attempts);
	n = out_some(attempts, attempt_columns, n, "look", columns);
	out_list(cli, attempts, columns, n, "no attempts yet");
out:
	json_decref(task);
	json_decref(attempts);
	json_decref(run);
	view_close(view);
	return code;
}

const struct cli_command cmd_tasks_state = {
	.words = "tasks state",
	.args = "DAG TASK RUN",
	.summary = "the state of a task and of its attempts",
	.args_min = 3,
	.args_max = 3,
	.run = show_state,
};
