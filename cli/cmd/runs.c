/* runs.c - `tidemill runs`: list, show, clear, cancel; and `tidemill why`. */
#include "cli/cmd/cmd.h"

#include "cli/term/client.h"
#include "cli/term/look.h"
#include "cli/term/out.h"
#include "cli/term/parameter.h"

#include <stdio.h>

static const struct out_column run_columns[] = {
	{ "dag", "DAG", false },
	{ "run_id", "RUN_ID", false },
	{ "state", "STATE", false },
	{ "epoch", "EPOCH", true },
	{ "logical_date", "LOGICAL_DATE", false },
	{ "started_at", "STARTED", false },
	{ "ended_at", "ENDED", false },
	{ "waits", "WAITS_FOR", false },
};

static const struct out_column task_columns[] = {
	{ "task", "TASK", false },
	{ "state", "STATE", false },
	{ "tries", "TRIES", true },
	{ "since", "SINCE", false },
	{ "next_retry_at", "NEXT_RETRY", false },
	{ "waits", "WAITS_FOR", false },
};

static const struct out_column gate_columns[] = {
	{ "gate", "GATE", false },
	{ "task", "TASK", false },
	{ "text", "WHY", false },
	{ "until", "UNTIL", false },
};

int
cmd_runs_list(struct cli *cli)
{
	const char *limit = cli_value(cli, "limit");
	struct run_filter filter = {
		.dag = cli_value(cli, "dag"),
		.state = cli_value(cli, "state"),
		.limit = 100,
	};
	struct view *view = NULL;
	json_t *rows = NULL, *dag = NULL;
	struct err err = { 0 };
	int64_t n;
	int code;

	if (limit && !cli_number("--limit", limit, 1, VIEW_ROWS_MAX, &n))
		return EXIT_USAGE;
	if (limit)
		filter.limit = (int)n;
	if (filter.state && run_state_of(filter.state) < 0)
		return cli_fail(EXIT_USAGE,
				"--state '%s' is not queued, running, success, failed or cancelled",
				filter.state);
	code = look_state(cli, &view);
	if (!code && view && filter.dag && view_dag(view, filter.dag, &dag, &err))
		code = cli_error(&err);
	if (!code && view && view_runs(view, &filter, &rows, &err))
		code = cli_error(&err);
	if (!code) {
		rows = rows ? rows : json_array();
		out_list(cli, rows, run_columns, countof(run_columns), "no runs");
	}
	json_decref(dag);
	json_decref(rows);
	view_close(view);
	return code;
}

int
cmd_runs_show(struct cli *cli)
{
	struct view *view = NULL;
	json_t *run = NULL, *tasks = NULL;
	struct err err = { 0 };
	int code = look_state_needed(cli, &view);

	if (code)
		return code;
	if (view_begin(view, &err) || view_run(view, cli->args[0], cli->args[1], &run, &err) ||
	    view_tasks(view, json_get_int(run, "key", 0), &tasks, &err)) {
		code = cli_error(&err);
		goto out;
	}
	view_end(view);
	if (cli->json) {
		(void)json_object_set(run, "task_list", tasks);
		out_object(cli, run);
	} else {
		out_object(cli, run);
		(void)putchar('\n');
		out_list(cli, tasks, task_columns, countof(task_columns), "no tasks");
	}
out:
	json_decref(tasks);
	json_decref(run);
	view_close(view);
	return code;
}

static int
send_for_run(struct cli *cli, json_t *request)
{
	if (!request)
		return EXIT_NO;
	parameter_run(cli, request);
	return client_send(cli, request, cli_given(cli, "wait"), NULL);
}

int
cmd_runs_clear(struct cli *cli)
{
	json_t *request = client_request(cli, "clear");
	const char *task = cli_value(cli, "task");

	if (request && cli_given(cli, "only-failed"))
		(void)json_object_set_new(request, "only_failed", json_true());
	if (request && cli_given(cli, "pinned"))
		(void)json_object_set_new(request, "pinned", json_true());
	if (request && task)
		(void)json_object_set_new(request, "task", json_string(task));
	return send_for_run(cli, request);
}

int
cmd_runs_cancel(struct cli *cli)
{
	return send_for_run(cli, client_request(cli, "cancel"));
}

int
cmd_why(struct cli *cli)
{
	struct view *view = NULL;
	json_t *why = NULL;
	struct err err = { 0 };
	int code = look_state_needed(cli, &view);

	if (code)
		return code;
	if (view_why(view, cli->args[0], cli->n_args > 1 ? cli->args[1] : NULL,
		     cli_value(cli, "logical-date"), &why, &err)) {
		code = cli_error(&err);
	} else if (cli->json) {
		out_object(cli, why);
	} else {
		(void)printf("%s %s: %s\n", json_get_text(why, "dag", ""),
			     json_get_text(why, "run_id", ""), json_get_text(why, "state", ""));
		out_list(cli, json_object_get(why, "gates"), gate_columns, countof(gate_columns),
			 "nothing holds it back");
	}
	json_decref(why);
	view_close(view);
	return code;
}
