/* runs.c - `tidemill runs`: list, show, clear, cancel. */
#include "cli/cmd/list.h"

#include "core/view/dag.h"
#include "core/view/open.h"
#include "core/view/run.h"
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

static int
list_runs(struct cli *cli)
{
	const char *limit = cli_value(cli, "limit");
	struct run_filter filter = {
		.dag = cli_value(cli, "dag"),
		.state = cli_value(cli, "state"),
		.limit = 100,
	};
	struct view *view = NULL;
	json_t *rows = NULL;
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
	if (!code && view && filter.dag)
		code = look_known(cli, view, filter.dag);
	if (!code && view && view_runs(view, &filter, &rows, &err))
		code = cli_error(&err);
	if (!code) {
		rows = rows ? rows : json_array();
		out_list(cli, rows, run_columns, countof(run_columns), "no runs");
	}
	json_decref(rows);
	view_close(view);
	return code;
}

static int
show_run(struct cli *cli)
{
	struct view *view = NULL;
	json_t *run = NULL, *tasks = NULL;
	struct err err = { 0 };
	int code = look_state_needed(cli, &view);

	if (code)
		return code;
	if (view_begin(view, &err)) {
		code = cli_error(&err);
		goto out;
	}
	code = look_run(cli, view, cli->args[0], cli->args[1], &run);
	if (code)
		goto out;
	if (view_tasks(view, json_get_int(run, "key", 0), &tasks, &err)) {
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

static const struct option list_options[] = {
	OPTION("dag", 'd', "DAG", "only runs of this dag"),
	OPTION("state", 's', "STATE", "only queued, running, success, failed or cancelled ones"),
	OPTION("limit", 0, "N", "at most N, the newest; default 100"),
	OPTIONS_END,
};

const struct cli_command cmd_runs_list = {
	.words = "runs list",
	.summary = "runs, the newest first",
	.options = list_options,
	.run = list_runs,
};

const struct cli_command cmd_runs_show = {
	.words = "runs show",
	.args = "DAG RUN",
	.summary = "one run and its tasks: RUN is a run id or a logical date",
	.args_min = 2,
	.args_max = 2,
	.run = show_run,
};

static const struct option clear_options[] = {
	OPTION_ASKS("only-failed", 0, NULL, "only tasks that did not succeed", "only_failed",
		    VALUE_TEXT),
	OPTION_ASKS("task", 't', "TASK", "only this task and everything downstream of it", "task",
		    VALUE_TEXT),
	OPTION_ASKS("pinned", 0, NULL, "keep the definition the run had; default: the current one",
		    "pinned", VALUE_TEXT),
	OPTION_WAIT,
	OPTION_KEY,
	OPTIONS_END,
};

const struct cli_command cmd_runs_clear = {
	.words = "runs clear",
	.args = "DAG RUN",
	.summary = "open a new epoch of a run that has ended: it runs again",
	.details = "  tidemill runs clear sales 2026-05-03 --only-failed --wait\n",
	.args_min = 2,
	.args_max = 2,
	.options = clear_options,
	.spawns = true,
	.asks = "clear",
	.run = client_ask,
};

static const struct option cancel_options[] = {
	OPTION_KEY,
	OPTIONS_END,
};

const struct cli_command cmd_runs_cancel = {
	.words = "runs cancel",
	.args = "DAG RUN",
	.summary = "end a run: RUN is a run id or a logical date",
	.args_min = 2,
	.args_max = 2,
	.options = cancel_options,
	.asks = "cancel",
	.run = client_ask,
};
