/* ending.c - how the runs ended that a command waited for, and what to type next. */
#include "cli/term/ending.h"

#include "cli/term/aside.h"
#include "cli/term/checks.h"
#include "core/base/mem.h"
#include "core/model/state.h"
#include "core/time/civil.h"
#include "core/view/aside.h"
#include "core/view/history.h"
#include "core/view/paged.h"
#include "core/view/run.h"
#include "core/wire/attempt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	TAIL_BYTES = 4096,
	LINE_BYTES_MAX = 300,
	DAYS_NAMED = 10,
	TASKS_NAMED = 5,
	ASIDE_MAX = 100,
	UNBEGUN_MAX = 100
};

/* ---- reading ---- */

/* The last line with something in it of what a task wrote, NULL: there is none; the caller's. */
static char *
last_line(const char *path)
{
	FILE *file = fopen(path, "re");
	char tail[TAIL_BYTES + 1];
	size_t n, from;

	if (!file)
		return NULL;
	if (fseek(file, -TAIL_BYTES, SEEK_END))
		rewind(file);
	n = fread(tail, 1, TAIL_BYTES, file);
	(void)fclose(file);
	while (n && strchr(" \t\r\n", tail[n - 1]))
		n--;
	for (from = n; from && tail[from - 1] != '\n' && n - from < LINE_BYTES_MAX; from--)
		;
	return n ? mem_bytes(tail + from, n - from) : NULL;
}

/* The checks of an attempt that did not pass, as its result has them. */
static json_t *
bad_checks(struct view *view, const json_t *attempt)
{
	json_t *whole = NULL, *bad = json_array();
	const json_t *checks;
	json_t *check;
	size_t i;

	if (view_attempt(view, json_get_int(attempt, "key", 0), &whole, NULL))
		return bad;
	checks = json_object_get(json_object_get(whole, "result"), "checks");
	json_array_foreach(checks, i, check)
	{
		const char *status = json_get_text(check, "status", "");

		if (strcmp(status, "pass") != 0 && strcmp(status, "skip") != 0)
			(void)json_array_append(bad, check);
	}
	json_decref(whole);
	return bad;
}

static bool
is_among(const json_t *tasks, const char *name)
{
	const json_t *t;
	size_t i;

	json_array_foreach(tasks, i, t)
	{
		if (strcmp(json_get_text(t, "task", ""), name) == 0)
			return true;
	}
	return false;
}

/* Those that failed without an attempt, because an input was never made: that is all there is. */
static void
add_unbegun(struct view *view, const json_t *run, json_t *failed)
{
	json_t *tasks = NULL;
	const json_t *t;
	size_t i;

	if (view_tasks_page(view, json_get_int(run, "key", 0), "failed", UNBEGUN_MAX, 0, &tasks,
			    NULL))
		return;
	json_array_foreach(tasks, i, t)
	{
		const char *task = json_get_text(t, "task", ""), *why;

		why = json_get_text(t, "waits", "");
		if (*why && !is_among(failed, task))
			(void)json_array_append_new(
			    failed,
			    json_pack("{s:s, s:i, s:n, s:s, s:n, s:[]}", "task", task, "try_number",
				      0, "outcome", "message", why, "last_line", "checks"));
	}
	json_decref(tasks);
}

/* The tasks of a run that failed themselves, by their last attempts. */
static json_t *
failed_tasks(const struct cli *cli, struct view *view, const json_t *run)
{
	json_t *attempts = NULL, *failed = json_array();
	const json_t *a;
	size_t i;

	if (view_last_attempts(view, json_get_int(run, "key", 0), &attempts, NULL))
		return failed;
	json_array_foreach(attempts, i, a)
	{
		const char *task = json_get_text(a, "task", "");
		int64_t number = json_get_int(a, "try_number", 0);
		char *path, *line;
		json_t *one;

		if (attempt_state_of(json_get_text(a, "state", "")) != ATTEMPT_FAILED ||
		    json_get_int(a, "epoch", 0) != json_get_int(run, "epoch", 0))
			continue;
		path = attempt_log_path(cli->project_dir, json_get_text(run, "dag", ""),
					json_get_text(run, "run_id", ""), task, (int)number);
		line = last_line(path);
		one = json_pack("{s:s, s:I, s:O, s:O}", "task", task, "try_number",
				(json_int_t)number, "outcome", json_object_get(a, "outcome"),
				"message", json_object_get(a, "message"));
		(void)json_object_set_new(one, "last_line", json_text_new(line));
		(void)json_object_set_new(one, "checks", bad_checks(view, a));
		(void)json_array_append_new(failed, one);
		free(line);
		free(path);
	}
	json_decref(attempts);
	add_unbegun(view, run, failed);
	return failed;
}

static void
read_run(const struct cli *cli, struct view *view, const char *dag, const json_t *named,
	 json_t *runs)
{
	static const char *const members[] = { "run_id", "logical_date", "state", "epoch" };
	const char *date = json_get_text(named, "logical_date", "");
	json_t *run = NULL, *aside = NULL, *one;
	int state;

	if (!json_get_int(named, "run", 0) || view_run(view, dag, date, &run, NULL))
		return;
	one = json_object();
	for (size_t i = 0; i < countof(members); i++)
		(void)json_object_set(one, members[i], json_object_get(run, members[i]));
	state = run_state_of(json_get_text(run, "state", ""));
	if (state >= 0 && run_is_final((enum run_state)state) && state != RUN_SUCCESS)
		(void)json_object_set_new(one, "failed_tasks", failed_tasks(cli, view, run));
	if (!view_aside(view, json_get_int(run, "key", 0), NULL, ASIDE_MAX, &aside, NULL) &&
	    json_array_size(aside))
		(void)json_object_set(one, "set_aside", aside);
	json_decref(aside);
	(void)json_array_append_new(runs, one);
	json_decref(run);
}

/* How many there are of each state, and the worst. */
static void
count(json_t *outcome, const json_t *runs)
{
	int64_t n[RUN_STATE_COUNT] = { 0 }, unfinished = 0;
	const char *worst = run_state_name(RUN_SUCCESS);
	const json_t *run;
	size_t i;

	json_array_foreach(runs, i, run)
	{
		int state = run_state_of(json_get_text(run, "state", ""));

		if (state < 0 || !run_is_final((enum run_state)state))
			unfinished++;
		else
			n[state]++;
	}
	if (unfinished)
		worst = "unfinished";
	else if (n[RUN_FAILED])
		worst = run_state_name(RUN_FAILED);
	else if (n[RUN_CANCELLED])
		worst = run_state_name(RUN_CANCELLED);
	(void)json_object_set_new(outcome, "state", json_text_new(worst));
	(void)json_object_set_new(outcome, "success", json_integer(n[RUN_SUCCESS]));
	(void)json_object_set_new(outcome, "failed", json_integer(n[RUN_FAILED]));
	(void)json_object_set_new(outcome, "cancelled", json_integer(n[RUN_CANCELLED]));
	(void)json_object_set_new(outcome, "unfinished", json_integer(unfinished));
}

json_t *
ending_read(const struct cli *cli, const json_t *request, const json_t *reply)
{
	const char *dag = json_get_text(request, "dag", "");
	json_t *outcome = NULL, *runs = json_array();
	struct view *view;
	const json_t *item;
	size_t i;

	if (view_open(&view, cli->project_dir, NULL)) {
		json_decref(runs);
		return NULL;
	}
	if (view_begin(view, NULL)) {
		view_close(view);
		json_decref(runs);
		return NULL;
	}
	read_run(cli, view, dag, reply, runs);
	json_array_foreach(json_object_get(reply, "plan"), i, item)
	{
		const char *verdict = json_get_text(item, "verdict", "");

		if (strcmp(verdict, "exists") != 0 && strcmp(verdict, "future") != 0)
			read_run(cli, view, dag, item, runs);
	}
	view_end(view);
	if (json_array_size(runs)) {
		outcome = json_object();
		count(outcome, runs);
		(void)json_object_set(outcome, "runs", runs);
	}
	json_decref(runs);
	view_close(view);
	return outcome;
}

/* ---- saying ---- */

/* A logical date as it is typed: of a midnight the day alone. */
static int
typed_chars(const char *date)
{
	size_t chars = strlen(date);

	return chars > DATE_CHARS && !strcmp(date + DATE_CHARS, "T00:00:00Z") ? DATE_CHARS
									      : (int)chars;
}

static bool
succeeded(const json_t *run)
{
	return run_state_of(json_get_text(run, "state", "")) == RUN_SUCCESS;
}

/* "3 runs: 1 success, 2 failed: 2026-05-02, 2026-05-04"; of one run its id and state. */
static void
say_counts(const char *what, const json_t *outcome, bool terminal)
{
	static const char *const states[] = { "success", "failed", "cancelled", "unfinished" };
	const json_t *runs = json_object_get(outcome, "runs"), *run;
	size_t i, named = 0, others = 0, n = json_array_size(runs);
	struct buf text;
	bool first = true;

	if (n == 1) {
		/* Behind a pipe its line stands there already, as that of a failed one does. */
		run = json_array_get(runs, 0);
		if (terminal && succeeded(run))
			say("%s: %s %s", what, json_get_text(run, "run_id", ""),
			    json_get_text(run, "state", ""));
		return;
	}
	buf_init(&text, SIZE_MAX);
	for (size_t k = 0; k < countof(states); k++) {
		int64_t number = json_get_int(outcome, states[k], 0);

		if (number)
			buf_format(&text, "%s%lld %s", first ? "" : ", ", (long long)number,
				   states[k]);
		first = first && !number;
	}
	json_array_foreach(runs, i, run)
	{
		const char *date = json_get_text(run, "logical_date", "");

		if (succeeded(run))
			continue;
		if (named == DAYS_NAMED)
			others++;
		else
			buf_format(&text, "%s%.*s", named++ ? ", " : ": ", typed_chars(date), date);
	}
	if (others)
		buf_format(&text, " and %zu more", others);
	say("%s: %zu runs: %s", what, n, text.data);
	buf_release(&text);
}

static void
say_tasks(const char *dag, const json_t *run)
{
	const char *date = json_get_text(run, "logical_date", "");
	const json_t *tasks = json_object_get(run, "failed_tasks"), *t, *checks;
	struct buf text;
	size_t i;

	json_array_foreach(tasks, i, t)
	{
		const char *line = json_get_text(t, "last_line", "");

		if (i == TASKS_NAMED) {
			say("and %zu tasks more", json_array_size(tasks) - i);
			break;
		}
		if (!json_get_int(t, "try_number", 0)) {
			say("%.*s: task %s: %s", typed_chars(date), date,
			    json_get_text(t, "task", ""), json_get_text(t, "message", ""));
			continue;
		}
		say("%.*s: task %s, try %lld: %s: %s%s%s", typed_chars(date), date,
		    json_get_text(t, "task", ""), (long long)json_get_int(t, "try_number", 0),
		    json_get_text(t, "outcome", ""), json_get_text(t, "message", ""),
		    *line ? "\n  its log ends: " : "", line);
		checks = json_object_get(t, "checks");
		if (json_array_size(checks)) {
			buf_init(&text, SIZE_MAX);
			checks_text(checks, false, &text);
			say_text(text.data);
			buf_release(&text);
		}
		say("  tidemill tasks logs %s %s %.*s", dag, json_get_text(t, "task", ""),
		    typed_chars(date), date);
	}
}

void
ending_say(const json_t *request, const json_t *outcome)
{
	const json_t *runs = json_object_get(outcome, "runs"), *run, *bad = NULL;
	const char *dag = json_get_text(request, "dag", ""), *date;
	char *what = mem_format("%s %s", json_get_text(request, "command", ""), dag);
	size_t i;

	say_counts(what, outcome, isatty(STDERR_FILENO));
	free(what);
	aside_say(dag, runs);
	json_array_foreach(runs, i, run)
	{
		if (!bad && !succeeded(run))
			bad = run;
	}
	if (!bad)
		return;
	date = json_get_text(bad, "logical_date", "");
	say_tasks(dag, bad);
	if (run_state_of(json_get_text(bad, "state", "")) == RUN_FAILED)
		say("again, what failed: tidemill runs clear %s %.*s --only-failed --wait", dag,
		    typed_chars(date), date);
	say("see: tidemill why %s -l %.*s", dag, typed_chars(date), date);
}
