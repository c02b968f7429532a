/* tasks.c - `tidemill tasks`: logs, state. */
#include "cli/cmd/list.h"

#include "cli/term/parameter.h"
#include "cli/term/look.h"
#include "cli/term/out.h"
#include "core/wire/attempt.h"
#include "core/view/open.h"
#include "core/view/run.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct out_column attempt_columns[] = {
	{ "try_number", "TRY", true },  { "epoch", "EPOCH", true },
	{ "state", "STATE", false },    { "outcome", "OUTCOME", false },
	{ "exit_code", "EXIT", true },  { "started_at", "STARTED", false },
	{ "ended_at", "ENDED", false }, { "message", "MESSAGE", false },
};

/* The run and, with `task`, its attempts; EXIT_OK, or what was wrong was said. */
static int
find(struct cli *cli, struct view **view, json_t **run, json_t **attempts)
{
	struct err err = { 0 };
	int code = look_state_needed(cli, view);

	if (code)
		return code;
	if (view_begin(*view, &err) || view_run(*view, cli->args[0], cli->args[2], run, &err) ||
	    view_attempts(*view, json_get_int(*run, "key", 0), cli->args[1], attempts, &err))
		return cli_error(&err);
	return EXIT_OK;
}

/* The task's object, a new reference; NULL: the run has no such task, said on stderr. */
static json_t *
find_task(struct cli *cli, struct view *view, const json_t *run)
{
	const char *id = cli->args[1];
	json_t *tasks = NULL, *found = NULL, *task;
	size_t i;

	if (!view_tasks(view, json_get_int(run, "key", 0), &tasks, NULL)) {
		json_array_foreach(tasks, i, task)
		{
			if (!found && !strcmp(json_get_text(task, "task", ""), id))
				found = json_incref(task);
		}
	}
	json_decref(tasks);
	if (!found)
		(void)cli_fail(
		    EXIT_USAGE,
		    "run %s of '%s' has no task '%s'; `tidemill runs show %s %s` lists them",
		    cli->args[2], cli->args[0], id, cli->args[0], cli->args[2]);
	return found;
}

/* An exit status says something only of a program that ended by itself. */
static void
drop_exit_codes(json_t *attempts)
{
	json_t *attempt;
	size_t i;

	json_array_foreach(attempts, i, attempt)
	{
		const char *outcome = json_get_text(attempt, "outcome", "");

		if (strcmp(outcome, "ok") != 0 && strcmp(outcome, "error") != 0)
			(void)json_object_set_new(attempt, "exit_code", json_null());
	}
}

static int
show_state(struct cli *cli)
{
	struct view *view = NULL;
	json_t *run = NULL, *attempts = NULL, *task = NULL;
	int code = find(cli, &view, &run, &attempts);

	if (code)
		goto out;
	task = find_task(cli, view, run);
	if (!task) {
		code = EXIT_USAGE;
		goto out;
	}
	drop_exit_codes(attempts);
	if (cli->json) {
		(void)json_object_set(task, "attempts", attempts);
		out_object(cli, task);
	} else {
		out_object(cli, task);
		(void)putchar('\n');
		out_list(cli, attempts, attempt_columns, countof(attempt_columns),
			 "no attempts yet");
	}
out:
	json_decref(task);
	json_decref(attempts);
	json_decref(run);
	view_close(view);
	return code;
}

static int
print_file(const char *path)
{
	char chunk[65536];
	FILE *file = fopen(path, "re");
	size_t n;

	if (!file && errno == ENOENT) {
		say("the task wrote no output (%s)", path);
		return EXIT_OK;
	}
	if (!file)
		return cli_fail(EXIT_NO, "open log '%s': %s", path, strerror(errno));
	while ((n = fread(chunk, 1, sizeof(chunk), file)) > 0)
		(void)fwrite(chunk, 1, n, stdout);
	(void)fclose(file);
	return EXIT_OK;
}

/* The attempt with this try number, the last one for 0; NULL: there is none. */
static const json_t *
find_attempt(const json_t *attempts, int64_t number)
{
	const json_t *attempt, *found = NULL;
	size_t i;

	json_array_foreach(attempts, i, attempt)
	{
		if (!number || json_get_int(attempt, "try_number", 0) == number)
			found = attempt;
	}
	return found;
}

/* The log, then how the attempt ended if it ended badly: that is what logs are read for. */
static int
print_attempt(struct cli *cli, const json_t *run, const json_t *attempt)
{
	const char *message = json_get_text(attempt, "message", "");
	char *path = attempt_log_path(cli->project_dir, cli->args[0],
				      json_get_text(run, "run_id", ""), cli->args[1],
				      (int)json_get_int(attempt, "try_number", 0));
	int code = print_file(path);

	(void)fflush(stdout);
	if (*message)
		say("%s: %s", json_get_text(attempt, "outcome", ""), message);
	free(path);
	return code;
}

static int
print_logs(struct cli *cli)
{
	const char *wanted = cli_value(cli, "try");
	struct view *view = NULL;
	json_t *run = NULL, *attempts = NULL, *task = NULL;
	const json_t *attempt;
	int64_t n = 0;
	int code;

	if (wanted && !cli_number("--try", wanted, 1, 1000000, &n))
		return EXIT_USAGE;
	code = find(cli, &view, &run, &attempts);
	if (code)
		goto out;
	task = find_task(cli, view, run);
	attempt = find_attempt(attempts, n);
	if (!task)
		code = EXIT_USAGE;
	else if (attempt)
		code = print_attempt(cli, run, attempt);
	else if (n)
		code = cli_fail(EXIT_USAGE, "task '%s' of run %s had no try %lld; it had %lld",
				cli->args[1], cli->args[2], (long long)n,
				(long long)json_get_int(task, "tries", 0));
	else
		code = cli_fail(
		    EXIT_NO,
		    "task '%s' of run %s has no attempt yet; `tidemill why %s %s -l %s` tells more",
		    cli->args[1], cli->args[2], cli->args[0], cli->args[1], cli->args[2]);
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

static const struct option logs_options[] = {
	OPTION("try", 0, "N", "the log of try N; default: the last"),
	OPTIONS_END,
};

const struct cli_command cmd_tasks_logs = {
	.words = "tasks logs",
	.args = "DAG TASK RUN",
	.summary = "the log of a task: RUN is a run id or a logical date",
	.args_min = 3,
	.args_max = 3,
	.options = logs_options,
	.run = print_logs,
};
