/* runs.c - `tidemill runs`: list, show, clear, cancel. */
#include "cli/cmd/list.h"

#include "cli/term/aside.h"
#include "cli/term/client.h"
#include "cli/term/look.h"
#include "cli/term/out.h"
#include "cli/term/parameter.h"
#include "cli/term/span.h"
#include "core/base/clock.h"
#include "core/base/words.h"
#include "core/model/state.h"
#include "core/view/aside.h"
#include "core/view/blame.h"
#include "core/view/history.h"
#include "core/view/known.h"
#include "core/view/open.h"
#include "core/view/run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct out_column run_columns[] = {
	{ "dag", "DAG", OUT_TEXT, 0 },
	{ "run_id", "RUN_ID", OUT_TEXT, 3 },
	{ "state", "STATE", OUT_TEXT, 0 },
	{ "epoch", "EPOCH", OUT_NUMBER, 5 },
	{ "logical_date", "LOGICAL_DATE", OUT_DAY, 0 },
	{ "started_at", "STARTED", OUT_TIME, 2 },
	{ "ended_at", "ENDED", OUT_TIME, 4 },
	{ "duration", "DURATION", OUT_NUMBER, 1 },
	{ "waits", "WAITS_FOR", OUT_TIME, 1 },
};

static const struct out_column task_columns[] = {
	{ "task", "TASK", OUT_TEXT, 0 },
	{ "state", "STATE", OUT_TEXT, 0 },
	{ "tries", "TRIES", OUT_NUMBER, 4 },
	{ "look", "LOOK", OUT_NUMBER, 7 },
	{ "duration", "DURATION", OUT_NUMBER, 3 },
	{ "cpu", "CPU", OUT_NUMBER, 6 },
	{ "peak", "PEAK", OUT_NUMBER, 5 },
	{ "since", "SINCE", OUT_TIME, 2 },
	{ "next_retry_at", "NEXT_RETRY", OUT_TIME, 1 },
	{ "waits", "WAITS_FOR", OUT_TIME, 0 },
	{ "left", "OUTPUTS", OUT_TEXT, 5 },
};

static const struct out_column group_columns[] = {
	{ "group", "GROUP", OUT_TEXT, 0 },     { "try", "TRY", OUT_NUMBER, 0 },
	{ "tries", "OF", OUT_NUMBER, 0 },      { "next_retry_at", "NEXT_RETRY", OUT_TIME, 0 },
	{ "waits", "WAITS_FOR", OUT_TIME, 0 },
};

enum { LIMIT_DEFAULT = 100 };

static int
say_no_state(const char *state)
{
	const char *words[RUN_STATE_COUNT];
	struct buf all;
	size_t n = 0;
	int code;

	for (int i = RUN_ILLEGAL + 1; i < RUN_STATE_COUNT; i++)
		words[n++] = run_state_name((enum run_state)i);
	buf_init(&all, SIZE_MAX / 2);
	words_or(words, n, &all);
	code = cli_fail(EXIT_USAGE, "--state '%s' is not %s", state, all.data);
	buf_release(&all);
	return code;
}

/* What the options say; EXIT_OK, or what was wrong was said. */
static int
read_filter(const struct cli *cli, struct history_filter *f)
{
	const char *limit = cli_value(cli, "limit"), *sort = cli_value(cli, "sort");
	const char *since = cli_value(cli, "since");
	int64_t n = LIMIT_DEFAULT;

	f->dag = cli_value(cli, "dag");
	f->state = cli_value(cli, "state");
	if ((limit && !cli_number("--limit", limit, 1, VIEW_ROWS_MAX, &n)) ||
	    (since && !span_since("--since", since, clock_wall_us(), &f->since_us)))
		return EXIT_USAGE;
	f->limit = (int)n;
	if (f->state && run_state_of(f->state) <= RUN_ILLEGAL)
		return say_no_state(f->state);
	f->by_date = sort && !strcmp(sort, "logical_date");
	if (sort && !f->by_date && strcmp(sort, "started") != 0)
		return cli_fail(EXIT_USAGE, "--sort '%s' is not started or logical_date", sort);
	return EXIT_OK;
}

/* The table, or the JSON; that there are more is said. */
static void
print_runs(const struct cli *cli, const struct history_filter *f, json_t *rows, int64_t total)
{
	size_t n = json_array_size(rows), i;
	json_t *row;

	if (!cli->json) {
		span_add(rows, clock_wall_us());
		json_array_foreach(rows, i, row)
		{
			known_show_names(row);
		}
	}
	out_list(cli, rows, run_columns, countof(run_columns),
		 f->dag || f->state || f->since_us ? "no runs fit" : "no runs");
	if (total > (int64_t)n) {
		(void)fflush(stdout);
		say("the newest %zu of %lld: --limit N shows more, --since, -d and -s choose", n,
		    (long long)total);
	}
}

static int
list_runs(struct cli *cli)
{
	struct history_filter filter = { 0 };
	struct view *view = NULL;
	json_t *rows = NULL;
	struct err err = { 0 };
	int64_t total = 0;
	int code = read_filter(cli, &filter);

	if (!code)
		code = look_state(cli, &view);
	if (!code && view && filter.dag)
		code = look_known(cli, view, filter.dag, false);
	if (!code && view &&
	    (view_history(view, &filter, &rows, &total, &err) ||
	     known_partitions(view, rows, &err)))
		code = cli_error(&err);
	if (!code) {
		rows = rows ? rows : json_array();
		print_runs(cli, &filter, rows, total);
	}
	json_decref(rows);
	view_close(view);
	return code;
}

/* Give each task these members of its last try. */
static void
tell_of_last_try(json_t *tasks, const json_t *attempts, const char *const *keys, size_t n_keys)
{
	json_t *attempt, *row, *last = json_object();
	size_t i;

	json_array_foreach(attempts, i, attempt)
	{
		(void)json_object_set(last, json_get_text(attempt, "task", ""), attempt);
	}
	json_array_foreach(tasks, i, row)
	{
		const json_t *try = json_object_get(last, json_get_text(row, "task", ""));

		for (size_t k = 0; k < n_keys; k++)
			(void)json_object_set(row, keys[k], json_object_get(try, keys[k]));
	}
	json_decref(last);
}

/* What the table of tasks shows besides: what the last try took, and whose failure it was. */
static void
dress_tasks(json_t *tasks, json_t *attempts)
{
	static const char *const shown[] = { "duration", "cpu", "peak", "look" };
	json_t *row;
	size_t i;

	span_add(attempts, clock_wall_us());
	amount_add(attempts);
	tell_of_last_try(tasks, attempts, shown, countof(shown));
	json_array_foreach(tasks, i, row)
	{
		char *blamed = blame_text(row);

		if (blamed)
			(void)json_object_set_new(row, "waits", json_text_new(blamed));
		free(blamed);
	}
}

/* Who made it, in words. */
static void
say_parent(json_t *run)
{
	const json_t *parent = json_object_get(run, "parent");

	if (parent)
		(void)json_object_set_new(run, "parent",
					  json_sprintf("task %s of run %s of dag %s",
						       json_get_text(parent, "task", ""),
						       json_get_text(parent, "run_id", ""),
						       json_get_text(parent, "dag", "")));
}

/* Runs of other dags that its tasks wait or have waited for, behind the tasks. */
static void
print_children(const struct cli *cli, json_t *children)
{
	static const struct out_column columns[] = {
		{ "task", "TASK", OUT_TEXT, 0 },
		{ "dag", "RUNS_DAG", OUT_TEXT, 0 },
		{ "run_id", "RUN_ID", OUT_TEXT, 0 },
		{ "state", "STATE", OUT_TEXT, 0 },
	};

	if (!children)
		return;
	(void)putchar('\n');
	out_list(cli, children, columns, countof(columns), "");
}

/* `folded`: what is shown of the tasks, NULL: themselves. */
static void
print_run(const struct cli *cli, json_t *run, json_t *tasks, json_t *folded, json_t *aside)
{
	struct out_column columns[countof(task_columns)];
	const json_t *shown = folded ? folded : tasks;
	json_t *groups, *children;
	char *text;
	size_t n;

	if (cli->json) {
		(void)json_object_set(run, "task_list", tasks);
		(void)json_object_set(run, "set_aside", aside);
		out_object(cli, run);
		return;
	}
	text = view_trigger_words(json_object_get(run, "triggered_by"));
	(void)json_object_set_new(run, "triggered_by", json_text_new(text));
	free(text);
	groups = json_incref(json_object_get(run, "groups"));
	children = json_incref(json_object_get(run, "children"));
	(void)json_object_del(run, "groups");
	(void)json_object_del(run, "children");
	say_parent(run);
	out_object(cli, run);
	(void)putchar('\n');
	if (groups) {
		out_list(cli, groups, group_columns, countof(group_columns), "");
		(void)putchar('\n');
		json_decref(groups);
	}
	/* The last column is there when there is something in it. */
	n = countof(task_columns) - !out_left(folded ? folded : tasks);
	n = out_some(shown, task_columns, n, "look", columns);
	out_list(cli, shown, columns, n, "no tasks");
	print_children(cli, children);
	json_decref(children);
	if (folded) {
		(void)fflush(stdout);
		say("groups and expanded tasks are one line each: --all shows all");
	}
	if (json_array_size(aside))
		(void)putchar('\n');
	aside_print(aside);
}

static int
show_run(struct cli *cli)
{
	static const char *const numbers[] = { "cpu_seconds", "peak_bytes", "read_bytes",
					       "written_bytes", "look" };
	json_t *run = NULL, *tasks = NULL, *attempts = NULL, *aside = NULL, *folded = NULL;
	struct view *view = NULL;
	struct err err = { 0 };
	int code = look_state_needed(cli, &view);
	int64_t key;

	if (code)
		return code;
	if (view_begin(view, &err)) {
		code = cli_error(&err);
		goto out;
	}
	code = look_run(cli, view, cli->args[0], cli->args[1], &run);
	if (code)
		goto out;
	key = json_get_int(run, "key", 0);
	if (known_partition(view, run, &err) || view_tasks(view, key, &tasks, &err) ||
	    view_last_attempts(view, key, &attempts, &err) || view_blame(view, run, tasks, &err) ||
	    view_aside(view, key, NULL, 0, &aside, &err)) {
		code = cli_error(&err);
		goto out;
	}
	if (cli->json)
		tell_of_last_try(tasks, attempts, numbers, countof(numbers));
	else
		dress_tasks(tasks, attempts);
	if (!cli->json && !cli_given(cli, "all") && view_fold(view, run, tasks, &folded, &err)) {
		code = cli_error(&err);
		goto out;
	}
	view_end(view);
	print_run(cli, run, tasks, folded, aside);
out:
	json_decref(folded);
	json_decref(aside);
	json_decref(attempts);
	json_decref(tasks);
	json_decref(run);
	view_close(view);
	return code;
}

static const struct option list_options[] = {
	OPTION("dag", 'd', "DAG", "only runs of this dag"),
	OPTION("state", 's', "STATE",
	       "only queued, running, up_for_retry, success, failed or cancelled ones"),
	OPTION("limit", 0, "N", "at most N, the newest; default 100"),
	OPTION("since", 0, "WHEN",
	       "only what was worked on since a date, a time, or 30m, 12h, 7d ago"),
	OPTION("sort", 0, "BY",
	       "started (default): the newest work first; logical_date: the latest partition"),
	OPTIONS_END,
};

const struct cli_command cmd_runs_list = {
	.words = "runs list",
	.summary = "runs, the newest work first",
	.options = list_options,
	.run = list_runs,
};

static const struct option show_options[] = {
	OPTION("all", 'a', NULL, "tasks of groups and instances of tasks on lines of their own"),
	OPTIONS_END,
};

const struct cli_command cmd_runs_show = {
	.words = "runs show",
	.args = "DAG RUN",
	.options = show_options,
	.summary = "one run and its tasks: RUN is a run id or a logical date",
	.args_min = 2,
	.args_max = 2,
	.run = show_run,
};

static const struct option clear_options[] = {
	OPTION_ASKS("only-failed", 0, NULL, "only tasks that did not succeed", "only_failed",
		    VALUE_TEXT),
	OPTION_ASKS("task", 't', "TASK", "only this task or group and what is downstream", "task",
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
	.details = "  tidemill runs clear sales 2026-05-03 --only-failed --wait\n"
		   "  tidemill runs clear sales 2026-05-03 -t 'load[3]' --wait\n",
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
