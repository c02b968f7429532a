/* logs.c - `tidemill tasks logs`, `tasks artifacts`: what an attempt wrote and left, of any epoch.
 */
#include "cli/cmd/list.h"

#include "cli/term/checks.h"
#include "cli/term/look.h"
#include "cli/term/out.h"
#include "cli/term/parameter.h"
#include "core/base/mem.h"
#include "core/base/screen.h"
#include "core/view/paged.h"
#include "core/wire/attempt.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK_BYTES = 65536 };

/* Which of the attempts are meant; 0: any. */
struct which_try {
	int64_t try_number, epoch;
};

/* The last attempt that is meant; NULL: there is none. */
static const json_t *
find_attempt(const json_t *attempts, const struct which_try *wanted)
{
	const json_t *attempt, *found = NULL;
	size_t i;

	json_array_foreach(attempts, i, attempt)
	{
		if ((!wanted->try_number ||
		     json_get_int(attempt, "try_number", 0) == wanted->try_number) &&
		    (!wanted->epoch || json_get_int(attempt, "epoch", 0) == wanted->epoch))
			found = attempt;
	}
	return found;
}

/* A file to standard output, piece by piece, until nobody reads any more. */
static void
print_file(FILE *file)
{
	char chunk[CHUNK_BYTES];
	size_t kept = 0, n;

	while (!ferror(stdout) && (n = fread(chunk + kept, 1, sizeof(chunk) - kept, file)) > 0) {
		size_t used = out_bytes(chunk, kept + n, SCREEN_COLORS | SCREEN_MORE);

		kept = kept + n - used;
		memmove(chunk, chunk + used, kept);
	}
	(void)out_bytes(chunk, kept, SCREEN_COLORS);
}

/* The log as it is; EXIT_OK also when there is none, which is said. */
static int
print_log(const char *path)
{
	FILE *file = fopen(path, "re");

	if (!file && errno == ENOENT) {
		say("the task wrote no output (%s)", path);
		return EXIT_OK;
	}
	if (!file)
		return cli_fail(EXIT_NO, "open log '%s': %s", path, strerror(errno));
	print_file(file);
	(void)fclose(file);
	return EXIT_OK;
}

/* The attempt as it is told elsewhere, and its log as one text. */
static int
print_json(const json_t *attempt, const char *path)
{
	json_t *object = json_copy((json_t *)(uintptr_t)attempt);
	struct err err = { 0 };
	enum err_code code;
	struct buf text;

	buf_init(&text, SIZE_MAX);
	code = buf_read_file(&text, AT_FDCWD, path, &err);
	if (!code || code == ERR_NOT_FOUND) {
		(void)json_object_set_new(
		    object, "log", code ? json_null() : json_bytes_new(text.data, text.bytes));
		out_json(object);
		code = ERR_NONE;
	}
	buf_release(&text);
	json_decref(object);
	return code ? cli_error(&err) : EXIT_OK;
}

/* What it failed of, with the first rows. */
static void
say_checks(const json_t *attempt)
{
	struct buf text;

	buf_init(&text, SIZE_MAX);
	checks_text(json_object_get(json_object_get(attempt, "result"), "checks"), false, &text);
	say_text(text.data);
	buf_release(&text);
}

/* The log, then how the attempt ended if it ended badly: that is what logs are read for. */
static int
print_attempt(struct cli *cli, const json_t *run, const json_t *attempt)
{
	const char *message = json_get_text(attempt, "message", "");
	char *path = attempt_log_path(cli->project_dir, cli->args[0],
				      json_get_text(run, "run_id", ""), cli->args[1],
				      (int)json_get_int(attempt, "try_number", 0));
	int code = cli->json ? print_json(attempt, path) : print_log(path);

	(void)fflush(stdout);
	if (*message && !cli->json) {
		say("%s: %s", json_get_text(attempt, "outcome", ""), message);
		say_checks(attempt);
	}
	free(path);
	return code;
}

/* A task that is expanded leaves that to its instances: one of them, what went wrong first. */
static int
say_no_attempt(const struct cli *cli, struct view *view, const json_t *run)
{
	json_t *instances = NULL;
	struct err err;
	int code;

	if (view_instances_page(view, json_get_int(run, "key", 0),
				&(struct instances_page){ .task = cli->args[1], .limit = 1 },
				&instances, &err))
		return cli_error(&err);
	if (json_array_size(instances))
		code = cli_fail(EXIT_NO,
				"task '%s' of run %s has instances, each with a log of its own: "
				"`tidemill tasks logs %s '%s' %s`",
				cli->args[1], cli->args[2], cli->args[0],
				json_get_text(json_array_get(instances, 0), "task", ""),
				cli->args[2]);
	else
		code = cli_fail(
		    EXIT_NO,
		    "task '%s' of run %s has no attempt yet; `tidemill why %s %s -l %s` tells more",
		    cli->args[1], cli->args[2], cli->args[0], cli->args[1], cli->args[2]);
	json_decref(instances);
	return code;
}

/* None of the attempts is meant: how many there are. */
static int
say_none(const struct cli *cli, struct view *view, const json_t *run, const json_t *attempts,
	 const struct which_try *wanted)
{
	const json_t *last = json_array_get(attempts, json_array_size(attempts) - 1);

	if (!last)
		return say_no_attempt(cli, view, run);
	if (wanted->epoch)
		return cli_fail(
		    EXIT_USAGE,
		    "task '%s' of run %s had no such try in epoch %lld; `tidemill tasks "
		    "state %s %s %s` lists its attempts",
		    cli->args[1], cli->args[2], (long long)wanted->epoch, cli->args[0],
		    cli->args[1], cli->args[2]);
	return cli_fail(EXIT_USAGE, "task '%s' of run %s had no try %lld; it had %lld",
			cli->args[1], cli->args[2], (long long)wanted->try_number,
			(long long)json_get_int(last, "try_number", 0));
}

typedef int attempt_printer(struct cli *cli, const json_t *run, const json_t *attempt);

/* Find the attempt that the command line means, and print of it what is asked for. */
static int
print_of_attempt(struct cli *cli, attempt_printer *print)
{
	const char *number = cli_value(cli, "try"), *epoch = cli_value(cli, "epoch");
	json_t *run = NULL, *attempts = NULL, *task = NULL;
	struct which_try wanted = { 0 };
	struct view *view = NULL;
	const json_t *attempt;
	int code;

	if ((number && !cli_number("--try", number, 1, 1000000, &wanted.try_number)) ||
	    (epoch && !cli_number("--epoch", epoch, 1, 1000000, &wanted.epoch)))
		return EXIT_USAGE;
	code = look_task(cli, &view, &run, &attempts, &task);
	if (code)
		goto out;
	attempt = find_attempt(attempts, &wanted);
	code = attempt ? print(cli, run, attempt) : say_none(cli, view, run, attempts, &wanted);
out:
	json_decref(task);
	json_decref(attempts);
	json_decref(run);
	view_close(view);
	return code;
}

static int
print_logs(struct cli *cli)
{
	return print_of_attempt(cli, print_attempt);
}

/* The files with where they are, and those that were not kept. */
static int
print_files(struct cli *cli, const json_t *run, const json_t *attempt)
{
	static const struct out_column columns[] = {
		{ "name", "NAME", OUT_TEXT, 0 },
		{ "bytes", "BYTES", OUT_NUMBER, 0 },
		{ "dropped", "NOT KEPT", OUT_TEXT, 0 },
		{ "path", "PATH", OUT_TEXT, 0 },
	};
	char *dir = attempt_artifacts_path(cli->project_dir, cli->args[0],
					   json_get_text(run, "run_id", ""), cli->args[1],
					   (int)json_get_int(attempt, "try_number", 0));
	const json_t *all = json_object_get(attempt, "artifacts"), *one;
	json_t *rows = json_array();
	size_t i;

	json_array_foreach(all, i, one)
	{
		json_t *row = json_copy((json_t *)(uintptr_t)one);
		char *path = mem_format("%s/%s", dir, json_get_text(one, "name", ""));

		if (!json_object_get(one, "dropped"))
			(void)json_object_set_new(row, "path", json_text_new(path));
		(void)json_array_append_new(rows, row);
		free(path);
	}
	out_list(cli, rows, columns, countof(columns), "this try left no artifacts");
	json_decref(rows);
	free(dir);
	return EXIT_OK;
}

static int
print_artifacts(struct cli *cli)
{
	return print_of_attempt(cli, print_files);
}

static const struct option logs_options[] = {
	OPTION("try", 0, "N", "the log of try N; default: the last"),
	OPTION("epoch", 0, "N", "the last try of epoch N, the Nth life of the run; default: any"),
	OPTIONS_END,
};

static const char logs_details[] =
    "A task that the dag has no more has its logs still.  On a terminal control characters are\n"
    "shown as ^X, but for colours; behind a pipe the log comes as it was written.\n"
    "\n"
    "  tidemill tasks logs sales load 2026-05-03\n"
    "  tidemill tasks logs sales load 2026-05-03 --epoch 1 | less\n";

const struct cli_command cmd_tasks_logs = {
	.words = "tasks logs",
	.args = "DAG TASK RUN",
	.summary = "the log of a task: RUN is a run id or a logical date",
	.details = logs_details,
	.args_min = 3,
	.args_max = 3,
	.options = logs_options,
	.run = print_logs,
};

static const struct option artifacts_options[] = {
	OPTION("try", 0, "N", "those of try N; default: the last"),
	OPTION("epoch", 0, "N",
	       "of the last try of epoch N, the Nth life of the run; default: any"),
	OPTIONS_END,
};

static const char artifacts_details[] =
    "Files that the program of a task left in $TIDEMILL_ARTIFACTS, with where they are now.\n"
    "Those that were too many or too large were not kept; the list says so.\n"
    "\n"
    "  tidemill tasks artifacts sales report 2026-05-03\n";

const struct cli_command cmd_tasks_artifacts = {
	.words = "tasks artifacts",
	.args = "DAG TASK RUN",
	.summary = "files that a task left with its attempt: RUN is a run id or a logical date",
	.details = artifacts_details,
	.args_min = 3,
	.args_max = 3,
	.options = artifacts_options,
	.run = print_artifacts,
};
