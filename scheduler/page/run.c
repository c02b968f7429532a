/* run.c - one DAG as a grid, one run, one task of it, one attempt with its log. */
#include "scheduler/page/logtail.h"
#include "scheduler/page/page.h"

#include "core/base/mem.h"

#include <stdlib.h>
#include <string.h>

enum { GRID_RUNS = 25, GRID_RUNS_MAX = 400 };

#define TABLE(x, rows, columns, empty) page_table(x, rows, columns, countof(columns), empty)
#define FACTS(x, object, columns) page_facts(x, object, columns, countof(columns))

/* ---- the grid ---- */

/*
 * The cell of `task` in a run, or NULL.  Definitions seldom differ between
 * runs, so the cell after the last one found is looked at first: a grid costs
 * its size, not its size times the tasks.
 */
static const json_t *
grid_cell(const json_t *run, const char *task, size_t *after)
{
	const json_t *cells = json_object_get(run, "cells");
	size_t n = json_array_size(cells);

	for (size_t i = 0; i < n; i++) {
		size_t at = (*after + i) % n;
		const json_t *cell = json_array_get(cells, at);

		if (!strcmp(json_get_text(cell, "task", ""), task)) {
			*after = at + 1;
			return cell;
		}
	}
	return NULL;
}

static void
put_cell_link(struct exchange *x, const json_t *run, const json_t *cell)
{
	const char *state = json_get_text(cell, "state", "none");
	const char *task = json_get_text(cell, "task", "");
	const struct page_look *look = page_look(state);
	int64_t tries = json_get_int(cell, "tries", 0);
	struct buf *b = &x->body;

	html_lit(b, "<a class=\"cell ");
	html_text(b, look->css);
	html_lit(b, "\" href=\"");
	page_task_address(b, x->args[0], json_get_text(run, "run_id", ""), task);
	html_lit(b, "\" title=\"");
	html_text(b, task);
	html_lit(b, ", ");
	html_text(b, json_get_text(run, "run_id", ""));
	html_lit(b, ": ");
	html_text(b, state);
	if (tries > 1)
		buf_format(b, ", %lld tries", (long long)tries);
	html_lit(b, "\"><span aria-hidden=\"true\">");
	html_text(b, look->glyph);
	html_lit(b, "</span><span class=\"unseen\">");
	html_text(b, state);
	html_lit(b, "</span></a>");
}

/* Day and state of a run above its column. */
static void
put_run_head(struct exchange *x, const json_t *run)
{
	const char *id = json_get_text(run, "run_id", "");
	const char *date = json_get_text(run, "logical_date", "");
	const char *state = json_get_text(run, "state", "");
	const struct page_look *look = page_look(state);
	struct buf *b = &x->body;

	html_lit(b, "<th scope=\"col\"><a class=\"");
	html_text(b, look->css);
	html_lit(b, "\" href=\"/dags/");
	html_path(b, x->args[0]);
	html_lit(b, "/runs/");
	html_path(b, id);
	html_lit(b, "\" title=\"");
	html_text(b, id);
	html_lit(b, ": ");
	html_text(b, state);
	html_lit(b, "\"><span>");
	html_bytes(b, strlen(date) > 10 ? date + 5 : date, strlen(date) > 10 ? 5 : 0);
	html_lit(b, "</span><span aria-hidden=\"true\">");
	html_text(b, look->glyph);
	html_lit(b, "</span><span class=\"unseen\">");
	html_text(b, state);
	html_lit(b, "</span></a></th>");
}

/* One row a task, one column a run, the newest at the right as in Airflow. */
static void
put_grid(struct exchange *x, const json_t *tasks, const json_t *runs)
{
	size_t n = json_array_size(runs), after[GRID_RUNS_MAX] = { 0 }, i;
	struct buf *b = &x->body;
	const json_t *task;

	html_lit(b, "<div class=\"scroll\"><table class=\"grid\"><thead><tr>"
		    "<th scope=\"col\">Task</th>");
	for (size_t j = n; j-- > 0;)
		put_run_head(x, json_array_get(runs, j));
	html_lit(b, "</tr></thead><tbody>\n");
	json_array_foreach(tasks, i, task)
	{
		const char *name = json_get_text(task, "task", "");

		html_lit(b, "<tr><th scope=\"row\">");
		html_text(b, name);
		html_lit(b, "</th>");
		for (size_t j = n; j-- > 0;) {
			const json_t *run = json_array_get(runs, j);
			const json_t *cell = grid_cell(run, name, &after[j]);

			html_lit(b, "<td>");
			if (cell)
				put_cell_link(x, run, cell);
			html_lit(b, "</td>");
		}
		html_lit(b, "</tr>\n");
	}
	html_lit(b, "</tbody></table></div>\n");
	page_legend(x);
}

static void
put_runs(struct exchange *x, const json_t *dag, const json_t *runs, size_t limit)
{
	static const struct page_column columns[] = {
		{ "run_id", "Run", CELL_RUN },           { "state", "State", CELL_STATE },
		{ "type", "Made by", CELL_TEXT },        { "started_at", "Started", CELL_TIME },
		{ "started_at", "Took", CELL_DURATION }, { "waits", "Waits for", CELL_TEXT },
	};
	const json_t *tasks = json_object_get(dag, "tasks");

	html_lit(&x->body, "<h2>Runs by tasks</h2>");
	if (!json_array_size(runs)) {
		html_lit(&x->body, "<p class=\"empty\">No runs yet. By hand: <code>tidemill dags "
				   "trigger ");
		html_text(&x->body, x->args[0]);
		html_lit(&x->body, "</code></p>\n");
		return;
	}
	if (json_array_size(runs) == limit && limit < GRID_RUNS_MAX)
		buf_format(&x->body,
			   "<p>The latest %zu runs. <a href=\"?limit=%d\">Show up to "
			   "%d</a></p>",
			   limit, GRID_RUNS_MAX, GRID_RUNS_MAX);
	/* Without a definition that can be read the newest run says what its tasks were. */
	put_grid(x, tasks ? tasks : json_object_get(json_array_get(runs, 0), "cells"), runs);
	html_lit(&x->body, "<h2>Runs</h2>");
	TABLE(x, runs, columns, "");
}

enum err_code
page_dag(struct exchange *x, struct err *err)
{
	static const struct page_column facts[] = {
		{ "description", "Description", CELL_TEXT },
		{ "owner", "Owner", CELL_TEXT },
		{ "paused", "Paused", CELL_YES },
		{ "schedule", "Schedule", CELL_TEXT },
		{ "next_partition", "Next partition", CELL_TIME },
		{ "catchup", "Catch-up", CELL_TEXT },
		{ "start_date", "Start date", CELL_TEXT },
		{ "max_active_runs", "Max active runs", CELL_NUMBER },
		{ "file", "File", CELL_TEXT },
	};
	const char *wanted = x->query(x, "limit");
	json_t *dag = NULL, *runs = NULL;
	enum err_code code = view_dag(x->view, x->args[0], &dag, err);
	int64_t limit;

	if (!wanted || !route_number(wanted, &limit) || limit > GRID_RUNS_MAX)
		limit = GRID_RUNS;
	if (!code)
		code = view_grid(x->view, x->args[0], (int)limit, &runs, err);
	if (!code) {
		page_begin(x, &(struct page_head){ .title = x->args[0], .place = "/dags" });
		if (!json_get_bool(dag, "present", true))
			html_lit(&x->body, "<p class=\"bad\">Its file is gone or has an error: no "
					   "new run is made.</p>");
		FACTS(x, dag, facts);
		put_runs(x, dag, runs, (size_t)limit);
		page_end(x);
	}
	json_decref(dag);
	json_decref(runs);
	return code;
}

/* ---- one run ---- */

static bool
has_ended(const char *state)
{
	static const char *const ends[] = { "success", "failed", "cancelled", "skipped",
					    "upstream_failed" };

	for (size_t i = 0; i < countof(ends); i++)
		if (!strcmp(ends[i], state))
			return true;
	return false;
}

/* Rows of a run without its name get it, so that their tasks can be linked. */
static void
name_run(json_t *rows, const json_t *run)
{
	json_t *row;
	size_t i;

	json_array_foreach(rows, i, row)
	{
		(void)json_object_set(row, "dag", json_object_get(run, "dag"));
		(void)json_object_set(row, "run_id", json_object_get(run, "run_id"));
	}
}

/* What holds back a run, or one task of it, that has not ended. */
static enum err_code
put_why(struct exchange *x, const json_t *run, const char *task, const char *state, struct err *err)
{
	static const struct page_column columns[] = {
		{ "task", "Task", CELL_TEXT },
		{ "text", "Why", CELL_TEXT },
		{ "until", "Until", CELL_TIME },
	};
	json_t *why = NULL;
	enum err_code code;

	if (has_ended(state))
		return ERR_NONE;
	code = view_why(x->view, json_get_text(run, "dag", ""), task,
			json_get_text(run, "run_id", ""), &why, err);
	if (code)
		return code;
	html_lit(&x->body, "<h2>What it waits for</h2>");
	TABLE(x, json_object_get(why, "gates"), columns, "Nothing.");
	json_decref(why);
	return ERR_NONE;
}

/* The command that runs again what did not succeed, ready to be copied. */
static void
put_remedy(struct exchange *x, const json_t *run)
{
	if (strcmp(json_get_text(run, "state", ""), "failed") != 0)
		return;
	html_lit(&x->body, "<p>Once the cause is gone: <code>tidemill runs clear ");
	html_text(&x->body, json_get_text(run, "dag", ""));
	html_lit(&x->body, " ");
	html_text(&x->body, json_get_text(run, "run_id", ""));
	html_lit(&x->body, " --only-failed --wait</code></p>\n");
}

/* `skip` leaves out that many columns: a page of one task need not name it in each row. */
static void
put_tries(struct exchange *x, const json_t *attempts, size_t skip)
{
	static const struct page_column columns[] = {
		{ "task", "Task", CELL_TASK },          { "try_number", "Try", CELL_NUMBER },
		{ "state", "State", CELL_STATE },       { "outcome", "Outcome", CELL_STATE },
		{ "started_at", "Started", CELL_TIME }, { "started_at", "Took", CELL_DURATION },
		{ "key", "Log", CELL_ATTEMPT },         { "message", "Message", CELL_TEXT },
	};

	html_lit(&x->body, "<h2>Attempts</h2>");
	page_table(x, attempts, columns + skip, countof(columns) - skip, "No attempt yet.");
}

static void
put_run(struct exchange *x, const json_t *run, const json_t *tasks)
{
	static const struct page_column facts[] = {
		{ "state", "State", CELL_STATE },
		{ "waits", "Waits for", CELL_TEXT },
		{ "type", "Made by", CELL_TEXT },
		{ "logical_date", "Logical date", CELL_TIME },
		{ "data_interval_start", "Data interval start", CELL_TIME },
		{ "data_interval_end", "Data interval end", CELL_TIME },
		{ "epoch", "Epoch", CELL_NUMBER },
		{ "started_at", "Started", CELL_TIME },
		{ "ended_at", "Ended", CELL_TIME },
		{ "started_at", "Took", CELL_DURATION },
	};
	static const struct page_column columns[] = {
		{ "task", "Task", CELL_TASK },     { "state", "State", CELL_STATE },
		{ "tries", "Tries", CELL_NUMBER }, { "since", "Since", CELL_TIME },
		{ "waits", "Because", CELL_TEXT }, { "next_retry_at", "Next retry", CELL_TIME },
	};

	FACTS(x, run, facts);
	put_remedy(x, run);
	html_lit(&x->body, "<h2>Tasks</h2>");
	TABLE(x, tasks, columns, "No tasks.");
}

enum err_code
page_run(struct exchange *x, struct err *err)
{
	json_t *run = NULL, *tasks = NULL, *attempts = NULL;
	enum err_code code = view_run(x->view, x->args[0], x->args[1], &run, err);
	int64_t key = json_get_int(run, "key", 0);

	if (!code)
		code = view_tasks(x->view, key, &tasks, err);
	if (!code)
		code = view_attempts(x->view, key, NULL, &attempts, err);
	if (!code) {
		name_run(tasks, run);
		page_begin(x, &(struct page_head){ .title = json_get_text(run, "run_id", ""),
						   .place = "/dags",
						   .dag = x->args[0] });
		put_run(x, run, tasks);
		code = put_why(x, run, NULL, json_get_text(run, "state", ""), err);
		put_tries(x, attempts, 0);
		page_end(x);
	}
	json_decref(run);
	json_decref(tasks);
	json_decref(attempts);
	return code;
}

/* ---- one attempt ---- */

static enum err_code
put_log(struct exchange *x, const json_t *attempt, struct err *err)
{
	char *path = logtail_path(x->project_dir, attempt);
	int64_t skipped = 0, key = json_get_int(attempt, "key", 0);
	struct buf *b = &x->body, log;
	enum err_code code;

	buf_init(&log, LOGTAIL_BYTES);
	code = logtail_read(path, LOGTAIL_BYTES, &log, &skipped, err);
	free(path);
	html_lit(b, "<h2>Log</h2>");
	if (!code && !log.bytes) {
		html_lit(b, "<p class=\"empty\">It wrote nothing.</p>\n");
	} else if (!code) {
		html_lit(b, "<p>");
		if (skipped)
			buf_format(b, "The last %zu bytes; %lld before them are left out. ",
				   log.bytes, (long long)skipped);
		buf_format(b,
			   "<a href=\"/attempts/%lld/log?tail=%d\">As plain text</a></p>"
			   "<pre class=\"log\" tabindex=\"0\" aria-label=\"Log\">",
			   (long long)key, LOGTAIL_BYTES_MAX);
		logtail_html(&log, b);
		html_lit(b, "</pre>\n");
	}
	buf_release(&log);
	return code;
}

/* Counters of a worker's result, in its order. */
static void
put_counters(struct exchange *x, json_t *counters)
{
	const char *name;
	json_t *value;

	if (!json_object_size(counters))
		return;
	html_lit(&x->body, "<h2>Counters</h2>");
	json_object_foreach(counters, name, value)
	{
		const struct page_column column = { name, name, CELL_NUMBER };

		page_facts(x, counters, &column, 1);
	}
}

static void
put_result(struct exchange *x, const json_t *attempt, const json_t *checks)
{
	static const struct page_column outputs[] = {
		{ "dataset", "Dataset", CELL_DATASET }, { "day", "Partition", CELL_DAY },
		{ "rows", "Rows", CELL_NUMBER },        { "version", "Version", CELL_NUMBER },
		{ "changed", "Changed", CELL_YES },
	};
	static const struct page_column results[] = {
		{ "dataset", "Dataset", CELL_DATASET }, { "partition", "Partition", CELL_TIME },
		{ "name", "Check", CELL_TEXT },         { "status", "Status", CELL_STATE },
		{ "observed", "Observed", CELL_TEXT },  { "expected", "Expected", CELL_TEXT },
		{ "message", "Message", CELL_TEXT },
	};
	const json_t *result = json_object_get(attempt, "result");

	if (json_array_size(json_object_get(result, "outputs"))) {
		html_lit(&x->body, "<h2>Outputs</h2>");
		TABLE(x, json_object_get(result, "outputs"), outputs, "");
	}
	put_counters(x, json_object_get(result, "counters"));
	if (json_array_size(checks)) {
		html_lit(&x->body, "<h2>Checks</h2>");
		TABLE(x, checks, results, "");
	}
}

/* Everything about an attempt; its log, the usual reason to come, before the numbers. */
static enum err_code
put_attempt(struct exchange *x, const json_t *attempt, struct err *err)
{
	static const struct page_column facts[] = {
		{ "state", "State", CELL_STATE },        { "outcome", "Outcome", CELL_STATE },
		{ "message", "Message", CELL_TEXT },     { "try_number", "Try", CELL_NUMBER },
		{ "exit_code", "Exit code", CELL_TEXT }, { "started_at", "Started", CELL_TIME },
		{ "ended_at", "Ended", CELL_TIME },      { "started_at", "Took", CELL_DURATION },
		{ "inputs", "Inputs", CELL_INPUTS },
	};
	struct check_filter filter = { .attempt = json_get_int(attempt, "key", 0) };
	json_t *checks = NULL;
	enum err_code code = view_checks(x->view, &filter, &checks, err);

	if (code)
		return code;
	FACTS(x, attempt, facts);
	code = put_log(x, attempt, err);
	put_result(x, attempt, checks);
	json_decref(checks);
	return code;
}

static enum err_code
find_attempt(struct exchange *x, json_t **out, struct err *err)
{
	int64_t key = 0;

	if (!route_number(x->args[0], &key))
		return err_set(err, ERR_NOT_FOUND, "there is no attempt '%s'", x->args[0]);
	return view_attempt(x->view, key, out, err);
}

enum err_code
page_attempt(struct exchange *x, struct err *err)
{
	json_t *attempt = NULL;
	enum err_code code = find_attempt(x, &attempt, err);
	char *title;

	if (code)
		return code;
	title = mem_format("%s, try %lld", json_get_text(attempt, "task", ""),
			   (long long)json_get_int(attempt, "try_number", 0));
	page_begin(x, &(struct page_head){ .title = title,
					   .place = "/dags",
					   .dag = json_get_text(attempt, "dag", ""),
					   .run = json_get_text(attempt, "run_id", ""),
					   .task = json_get_text(attempt, "task", "") });
	code = put_attempt(x, attempt, err);
	page_end(x);
	free(title);
	json_decref(attempt);
	return code;
}

enum err_code
attempt_log(struct exchange *x, struct err *err)
{
	const char *tail = x->query(x, "tail");
	int64_t bytes = LOGTAIL_BYTES, skipped;
	json_t *attempt = NULL;
	enum err_code code;

	if (tail && (!route_number(tail, &bytes) || bytes > LOGTAIL_BYTES_MAX))
		return err_set(err, ERR_INPUT, "tail has to be a number of bytes from 1 to %d",
			       LOGTAIL_BYTES_MAX);
	code = find_attempt(x, &attempt, err);
	if (!code) {
		char *path = logtail_path(x->project_dir, attempt);

		x->type = "text/plain; charset=utf-8";
		code = logtail_read(path, bytes, &x->body, &skipped, err);
		free(path);
	}
	json_decref(attempt);
	return code;
}

/* ---- one task of a run ---- */

static enum err_code
find_task(struct exchange *x, const json_t *run, json_t **out, struct err *err)
{
	json_t *tasks = NULL, *task;
	enum err_code code = view_tasks(x->view, json_get_int(run, "key", 0), &tasks, err);
	size_t i;

	if (code)
		return code;
	*out = NULL;
	json_array_foreach(tasks, i, task)
	{
		if (!strcmp(json_get_text(task, "task", ""), x->args[2]))
			*out = json_incref(task);
	}
	json_decref(tasks);
	return *out ? ERR_NONE
		    : err_set(err, ERR_NOT_FOUND, "run '%s' of dag '%s' has no task '%s'",
			      x->args[1], x->args[0], x->args[2]);
}

static enum err_code
put_task(struct exchange *x, const json_t *run, const json_t *task, const json_t *attempts,
	 struct err *err)
{
	static const struct page_column facts[] = {
		{ "state", "Task is", CELL_STATE },
		{ "since", "Since", CELL_TIME },
		{ "waits", "Because", CELL_TEXT },
		{ "tries", "Tries", CELL_NUMBER },
		{ "next_retry_at", "Next retry", CELL_TIME },
	};
	size_t n = json_array_size(attempts);
	enum err_code code;

	FACTS(x, task, facts);
	if (!strcmp(json_get_text(task, "state", ""), "failed"))
		put_remedy(x, run);
	code = put_why(x, run, x->args[2], json_get_text(task, "state", ""), err);
	if (n > 1)
		put_tries(x, attempts, 1);
	if (!code && n) {
		html_lit(&x->body, "<h2>Newest attempt</h2>");
		code = put_attempt(x, json_array_get(attempts, n - 1), err);
	}
	return code;
}

enum err_code
page_task(struct exchange *x, struct err *err)
{
	json_t *run = NULL, *task = NULL, *attempts = NULL;
	enum err_code code = view_run(x->view, x->args[0], x->args[1], &run, err);

	if (!code)
		code = find_task(x, run, &task, err);
	if (!code)
		code =
		    view_attempts(x->view, json_get_int(run, "key", 0), x->args[2], &attempts, err);
	if (!code) {
		page_begin(x, &(struct page_head){ .title = x->args[2],
						   .place = "/dags",
						   .dag = x->args[0],
						   .run = json_get_text(run, "run_id", "") });
		code = put_task(x, run, task, attempts, err);
		page_end(x);
	}
	json_decref(run);
	json_decref(task);
	json_decref(attempts);
	return code;
}
