/* cmd_tasks.c - `tidemill tasks`: logs, state. */
#include "cli/cmd.h"

#include "cli/look.h"
#include "cli/out.h"
#include "core/mem.h"

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

static json_t *
find_task(struct view *view, const json_t *run, const char *id)
{
	json_t *tasks = NULL, *found = NULL, *task;
	size_t i;

	if (view_tasks(view, json_get_int(run, "key", 0), &tasks, NULL))
		return NULL;
	json_array_foreach(tasks, i, task) if (!strcmp(json_get_text(task, "task", ""), id)) found =
	    json_incref(task);
	json_decref(tasks);
	return found;
}

int
cmd_tasks_state(struct cli *cli)
{
	struct view *view = NULL;
	json_t *run = NULL, *attempts = NULL, *task = NULL;
	int code = find(cli, &view, &run, &attempts);

	if (code)
		goto out;
	task = find_task(view, run, cli->args[1]);
	if (!task) {
		code = cli_fail(EXIT_USAGE, "run %s of '%s' has no task '%s'", cli->args[2],
				cli->args[0], cli->args[1]);
		goto out;
	}
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
		(void)fprintf(stderr, "the task wrote no output (%s)\n", path);
		return EXIT_OK;
	}
	if (!file)
		return cli_fail(EXIT_NO, "open log '%s': %s", path, strerror(errno));
	while ((n = fread(chunk, 1, sizeof(chunk), file)) > 0)
		(void)fwrite(chunk, 1, n, stdout);
	(void)fclose(file);
	return EXIT_OK;
}

int
cmd_tasks_logs(struct cli *cli)
{
	const char *wanted = cli_value(cli, "try");
	struct view *view = NULL;
	json_t *run = NULL, *attempts = NULL;
	int64_t n = 0;
	int code;

	if (wanted && !cli_number("--try", wanted, 1, 1000000, &n))
		return EXIT_USAGE;
	code = find(cli, &view, &run, &attempts);
	if (!code && !n)
		n = (int64_t)json_get_int(
		    json_array_get(attempts,
				   json_array_size(attempts) ? json_array_size(attempts) - 1 : 0),
		    "try_number", 0);
	if (!code && !n)
		code = cli_fail(
		    EXIT_NO,
		    "task '%s' of run %s has no attempt yet; `tidemill why %s %s` tells more",
		    cli->args[1], cli->args[2], cli->args[0], cli->args[1]);
	if (!code) {
		char *path = mem_format("%s/.tidemill/logs/%s/%s/%s/%lld.log", cli->project_dir,
					cli->args[0], json_get_text(run, "run_id", ""),
					cli->args[1], (long long)n);

		code = print_file(path);
		free(path);
	}
	json_decref(attempts);
	json_decref(run);
	view_close(view);
	return code;
}
