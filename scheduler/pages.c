/* pages.c - each page of the status page, top to bottom. */
#include "scheduler/page.h"

#include "core/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LOG_TAIL_BYTES = 64 << 10, LOG_TAIL_BYTES_MAX = 1 << 20, GRID_RUNS = 25 };

#define TABLE(x, rows, columns, empty) page_table(x, rows, columns, countof(columns), empty)

static const struct page_column run_columns[] = {
	{ "dag", "DAG", CELL_DAG },
	{ "run_id", "Run", CELL_RUN },
	{ "state", "State", CELL_STATE },
	{ "logical_date", "Logical date", CELL_TIME },
	{ "started_at", "Started", CELL_TIME },
	{ "ended_at", "Ended", CELL_TIME },
	{ "waits", "Waits for", CELL_TEXT },
};

static const struct page_column running_columns[] = {
	{ "dag", "DAG", CELL_DAG },         { "run_id", "Run", CELL_RUN },
	{ "task", "Task", CELL_TEXT },      { "try_number", "Try", CELL_NUMBER },
	{ "state", "State", CELL_STATE },   { "started_at", "Started", CELL_TIME },
	{ "attempt", "Log", CELL_ATTEMPT },
};

static const struct page_column next_columns[] = {
	{ "dag", "DAG", CELL_DAG },
	{ "next_partition", "Next partition", CELL_TEXT },
};

enum err_code
page_overview(struct exchange *x, struct err *err)
{
	json_t *o = NULL;
	enum err_code code = view_overview(x->view, x->now_us, &o, err);
	const json_t *runs, *dags, *datasets;

	if (code)
		return code;
	runs = json_object_get(o, "runs");
	dags = json_object_get(o, "dags");
	datasets = json_object_get(o, "datasets");
	page_begin(x, "Overview");
	buf_format(
	    &x->body,
	    "<p>%lld runs running, %lld queued · %lld DAGs, %lld paused · %lld datasets, "
	    "%lld stale partitions</p>\n",
	    (long long)json_get_int(runs, "running", 0), (long long)json_get_int(runs, "queued", 0),
	    (long long)json_get_int(dags, "total", 0), (long long)json_get_int(dags, "paused", 0),
	    (long long)json_get_int(datasets, "total", 0),
	    (long long)json_get_int(datasets, "stale_partitions", 0));
	html_lit(&x->body, "<h2>Running now</h2>");
	TABLE(x, json_object_get(o, "running"), running_columns, "Nothing is running.");
	html_lit(&x->body, "<h2>Failed in the last 24 hours</h2>");
	TABLE(x, json_object_get(o, "failed"), run_columns, "No run failed.");
	html_lit(&x->body, "<h2>Next</h2>");
	TABLE(x, json_object_get(o, "next"), next_columns, "No DAG has a schedule.");
	page_end(x);
	json_decref(o);
	return ERR_NONE;
}

enum err_code
page_dags(struct exchange *x, struct err *err)
{
	static const struct page_column columns[] = {
		{ "dag", "DAG", CELL_DAG },
		{ "schedule", "Schedule", CELL_TEXT },
		{ "paused", "Paused", CELL_YES },
		{ "active_runs", "Active runs", CELL_NUMBER },
		{ "last_run_id", "Last run", CELL_RUN },
		{ "last_state", "State", CELL_STATE },
		{ "next_partition", "Next partition", CELL_TEXT },
	};
	json_t *rows = NULL;
	enum err_code code = view_dags(x->view, true, &rows, err);

	if (code)
		return code;
	page_begin(x, "DAGs");
	TABLE(x, rows, columns, "No DAG has been read yet.");
	page_end(x);
	json_decref(rows);
	return ERR_NONE;
}

/* The state of `task` in a run of the grid, or NULL. */
static const char *
grid_cell(const json_t *run, const char *task)
{
	const json_t *cell;
	size_t i;

	json_array_foreach(json_object_get(run, "cells"), i,
			   cell) if (!strcmp(json_get_text(cell, "task", ""),
					     task)) return json_get_text(cell, "state", "none");
	return NULL;
}

static void
grid_head(struct exchange *x, const char *dag, const json_t *runs)
{
	struct buf *b = &x->body;
	const json_t *run;
	size_t i;

	html_lit(
	    b,
	    "<div class=\"scroll\"><table class=\"grid\"><thead><tr><th scope=\"col\">Task</th>");
	json_array_foreach(runs, i, run)
	{
		const char *id = json_get_text(run, "run_id", "");
		const char *date = json_get_text(run, "logical_date", "");

		html_lit(b, "<th scope=\"col\"><a href=\"/dags/");
		html_path(b, dag);
		html_lit(b, "/runs/");
		html_path(b, id);
		html_lit(b, "\" title=\"");
		html_text(b, id);
		html_lit(b, "\">");
		html_bytes(b, strlen(date) > 5 ? date + 5 : date, strlen(date) > 10 ? 5 : 0);
		html_lit(b, "</a>");
		page_state(x, json_get_text(run, "state", ""));
		html_lit(b, "</th>");
	}
	html_lit(b, "</tr></thead><tbody>\n");
}

/* One row a task, one column a run, newest first. */
static void
grid(struct exchange *x, const char *dag, const json_t *tasks, const json_t *runs)
{
	struct buf *b = &x->body;
	const json_t *task, *run;
	size_t i, j;

	grid_head(x, dag, runs);
	json_array_foreach(tasks, i, task)
	{
		const char *name = json_get_text(task, "task", "");

		html_lit(b, "<tr><th scope=\"row\">");
		html_text(b, name);
		html_lit(b, "</th>");
		json_array_foreach(runs, j, run)
		{
			const char *state = grid_cell(run, name);

			html_lit(b, "<td>");
			if (state)
				page_state(x, state);
			html_lit(b, "</td>");
		}
		html_lit(b, "</tr>\n");
	}
	html_lit(b, "</tbody></table></div>\n");
}

enum err_code
page_dag(struct exchange *x, struct err *err)
{
	static const struct page_column facts[] = {
		{ "description", "Description", CELL_TEXT },
		{ "owner", "Owner", CELL_TEXT },
		{ "schedule", "Schedule", CELL_TEXT },
		{ "catchup", "Catch-up", CELL_TEXT },
		{ "start_date", "Start date", CELL_TEXT },
		{ "max_active_runs", "Max active runs", CELL_NUMBER },
		{ "paused", "Paused", CELL_YES },
		{ "next_partition", "Next partition", CELL_TEXT },
		{ "file", "File", CELL_TEXT },
	};
	json_t *dag = NULL, *runs = NULL;
	enum err_code code = view_dag(x->view, x->args[0], &dag, err);

	if (!code)
		code = view_grid(x->view, x->args[0], GRID_RUNS, &runs, err);
	if (!code) {
		page_begin(x, x->args[0]);
		page_facts(x, dag, facts, countof(facts));
		html_lit(&x->body, "<h2>Runs by tasks</h2>");
		if (json_array_size(runs))
			grid(x, x->args[0], json_object_get(dag, "tasks"), runs);
		else
			html_lit(&x->body, "<p class=\"empty\">No runs yet.</p>");
		page_end(x);
	}
	json_decref(dag);
	json_decref(runs);
	return code;
}

enum err_code
page_run(struct exchange *x, struct err *err)
{
	static const struct page_column facts[] = {
		{ "dag", "DAG", CELL_DAG },
		{ "state", "State", CELL_STATE },
		{ "type", "Made by", CELL_TEXT },
		{ "epoch", "Epoch", CELL_NUMBER },
		{ "data_interval_start", "Data interval start", CELL_TIME },
		{ "data_interval_end", "Data interval end", CELL_TIME },
		{ "started_at", "Started", CELL_TIME },
		{ "ended_at", "Ended", CELL_TIME },
		{ "waits", "Waits for", CELL_TEXT },
	};
	static const struct page_column tasks_columns[] = {
		{ "task", "Task", CELL_TEXT },
		{ "state", "State", CELL_STATE },
		{ "tries", "Tries", CELL_NUMBER },
		{ "since", "Since", CELL_TIME },
		{ "next_retry_at", "Next retry", CELL_TIME },
		{ "waits", "Waits for", CELL_TEXT },
	};
	static const struct page_column attempt_columns[] = {
		{ "task", "Task", CELL_TEXT },          { "try_number", "Try", CELL_NUMBER },
		{ "state", "State", CELL_STATE },       { "outcome", "Outcome", CELL_STATE },
		{ "started_at", "Started", CELL_TIME }, { "ended_at", "Ended", CELL_TIME },
		{ "message", "Message", CELL_TEXT },    { "key", "Log", CELL_ATTEMPT },
	};
	json_t *run = NULL, *tasks = NULL, *attempts = NULL;
	enum err_code code = view_run(x->view, x->args[0], x->args[1], &run, err);
	int64_t key = json_get_int(run, "key", 0);

	if (!code)
		code = view_tasks(x->view, key, &tasks, err);
	if (!code)
		code = view_attempts(x->view, key, NULL, &attempts, err);
	if (!code) {
		page_begin(x, json_get_text(run, "run_id", ""));
		page_facts(x, run, facts, countof(facts));
		html_lit(&x->body, "<h2>Tasks</h2>");
		TABLE(x, tasks, tasks_columns, "No tasks.");
		html_lit(&x->body, "<h2>Attempts</h2>");
		TABLE(x, attempts, attempt_columns, "No attempts yet.");
		page_end(x);
	}
	json_decref(run);
	json_decref(tasks);
	json_decref(attempts);
	return code;
}

static char *
log_path(const struct exchange *x, const json_t *attempt)
{
	return mem_format("%s/.tidemill/logs/%s/%s/%s/%lld.log", x->project_dir,
			  json_get_text(attempt, "dag", ""), json_get_text(attempt, "run_id", ""),
			  json_get_text(attempt, "task", ""),
			  (long long)json_get_int(attempt, "try_number", 0));
}

/* The last bytes of a file into out; *skipped counts those before.  No file: nothing. */
static enum err_code
read_tail(const char *path, int64_t bytes_max, struct buf *out, int64_t *skipped, struct err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	char chunk[16384];
	struct stat st;
	ssize_t n = 0;

	*skipped = 0;
	if (fd < 0)
		return errno == ENOENT ? ERR_NONE : err_errno(err, "open log '%s'", path);
	if (!fstat(fd, &st) && st.st_size > bytes_max)
		*skipped = st.st_size - bytes_max;
	while (bytes_max > 0 &&
	       (n = pread(fd, chunk, sizeof(chunk), *skipped + (off_t)out->bytes)) > 0) {
		buf_add(out, chunk, (size_t)n);
		bytes_max -= n;
	}
	(void)close(fd);
	return n < 0 ? err_errno(err, "read log '%s'", path) : ERR_NONE;
}

enum err_code
page_log(struct exchange *x, struct err *err)
{
	const char *tail = x->query(x, "tail");
	int64_t bytes = tail ? strtoll(tail, NULL, 10) : LOG_TAIL_BYTES, skipped;
	json_t *attempt = NULL;
	enum err_code code = view_attempt(x->view, strtoll(x->args[0], NULL, 10), &attempt, err);

	if (!code) {
		char *path = log_path(x, attempt);

		x->type = "text/plain; charset=utf-8";
		bytes = bytes < 1 || bytes > LOG_TAIL_BYTES_MAX ? LOG_TAIL_BYTES_MAX : bytes;
		code = read_tail(path, bytes, &x->body, &skipped, err);
		free(path);
	}
	json_decref(attempt);
	return code;
}

static void
put_log(struct exchange *x, const struct buf *log, int64_t skipped)
{
	html_lit(&x->body, "<h2>Log</h2>");
	if (skipped)
		buf_format(&x->body,
			   "<p>The last %zu bytes; %lld before them are left out. "
			   "<a href=\"/attempts/",
			   log->bytes, (long long)skipped);
	else
		html_lit(&x->body, "<p><a href=\"/attempts/");
	html_path(&x->body, x->args[0]);
	html_lit(&x->body, "/log?tail=1048576\">as plain text</a></p><pre class=\"log\">");
	html_bytes(&x->body, log->data, log->bytes);
	html_lit(&x->body, "</pre>\n");
}

enum err_code
page_attempt(struct exchange *x, struct err *err)
{
	static const struct page_column facts[] = {
		{ "dag", "DAG", CELL_DAG },
		{ "run_id", "Run", CELL_RUN },
		{ "task", "Task", CELL_TEXT },
		{ "try_number", "Try", CELL_NUMBER },
		{ "state", "State", CELL_STATE },
		{ "outcome", "Outcome", CELL_STATE },
		{ "message", "Message", CELL_TEXT },
		{ "exit_code", "Exit code", CELL_NUMBER },
		{ "started_at", "Started", CELL_TIME },
		{ "ended_at", "Ended", CELL_TIME },
	};
	static const struct page_column checks[] = {
		{ "check", "Check", CELL_TEXT },       { "status", "Status", CELL_STATE },
		{ "observed", "Observed", CELL_TEXT }, { "expected", "Expected", CELL_TEXT },
		{ "message", "Message", CELL_TEXT },
	};
	struct check_filter filter = { .attempt = strtoll(x->args[0], NULL, 10) };
	json_t *attempt = NULL, *results = NULL;
	enum err_code code = view_attempt(x->view, filter.attempt, &attempt, err);
	int64_t skipped = 0;
	struct buf log;

	buf_init(&log, LOG_TAIL_BYTES_MAX + 16384);
	if (!code)
		code = view_checks(x->view, &filter, &results, err);
	if (!code) {
		char *path = log_path(x, attempt);

		code = read_tail(path, LOG_TAIL_BYTES, &log, &skipped, err);
		free(path);
	}
	if (!code) {
		page_begin(x, "Attempt");
		page_facts(x, attempt, facts, countof(facts));
		if (json_array_size(results)) {
			html_lit(&x->body, "<h2>Checks</h2>");
			TABLE(x, results, checks, "");
		}
		put_log(x, &log, skipped);
		page_end(x);
	}
	buf_release(&log);
	json_decref(attempt);
	json_decref(results);
	return code;
}

enum err_code
page_datasets(struct exchange *x, struct err *err)
{
	static const struct page_column columns[] = {
		{ "dataset", "Dataset", CELL_DATASET },
		{ "partitions", "Partitions", CELL_NUMBER },
		{ "rows", "Rows", CELL_NUMBER },
		{ "bytes", "Bytes", CELL_NUMBER },
		{ "latest_partition", "Latest", CELL_TEXT },
		{ "latest_published_at", "Published", CELL_TIME },
		{ "stale", "Stale", CELL_NUMBER },
	};
	json_t *rows = NULL;
	enum err_code code = view_datasets(x->view, &rows, err);

	if (code)
		return code;
	page_begin(x, "Datasets");
	TABLE(x, rows, columns, "Nothing is published yet.");
	page_end(x);
	json_decref(rows);
	return ERR_NONE;
}

enum err_code
page_dataset(struct exchange *x, struct err *err)
{
	static const struct page_column columns[] = {
		{ "partition", "Partition", CELL_TEXT }, { "version", "Version", CELL_NUMBER },
		{ "rows", "Rows", CELL_NUMBER },         { "bytes", "Bytes", CELL_NUMBER },
		{ "run_id", "Run", CELL_RUN },           { "published_at", "Published", CELL_TIME },
		{ "partial", "Partial", CELL_YES },      { "stale", "Stale", CELL_YES },
		{ "checks", "Checks", CELL_CHECKS },     { "attempt", "Log", CELL_ATTEMPT },
	};
	static const struct page_column checks[] = {
		{ "partition", "Partition", CELL_TEXT }, { "check", "Check", CELL_TEXT },
		{ "status", "Status", CELL_STATE },      { "observed", "Observed", CELL_TEXT },
		{ "expected", "Expected", CELL_TEXT },   { "message", "Message", CELL_TEXT },
		{ "attempt", "Log", CELL_ATTEMPT },
	};
	struct check_filter filter = { .dataset = x->args[0], .limit = 100 };
	json_t *rows = NULL, *results = NULL;
	enum err_code code = view_dataset(x->view, x->args[0], NULL, 100, &rows, err);

	if (!code)
		code = view_checks(x->view, &filter, &results, err);
	if (!code) {
		page_begin(x, x->args[0]);
		html_lit(&x->body, "<h2>Partitions</h2>");
		TABLE(x, rows, columns, "No partition is published yet.");
		html_lit(&x->body, "<h2>Checks</h2>");
		TABLE(x, results, checks, "No checks ran on it.");
		page_end(x);
	}
	json_decref(rows);
	json_decref(results);
	return code;
}
