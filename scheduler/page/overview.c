/* overview.c - overview, DAGs and datasets of the status page. */
#include "scheduler/page/health.h"
#include "scheduler/page/page.h"

#include <string.h>

enum { PARTITIONS_SHOWN = 100, CHECKS_SHOWN = 100, CULPRIT_ROWS = 20, CULPRITS_SHOWN = 5 };

#define TABLE(x, rows, columns, empty) page_table(x, rows, columns, countof(columns), empty)

/* ---- what is wrong before anything runs ---- */

/* "dags/sales.yaml:4:17" for each row. */
static void
add_places(json_t *rows)
{
	json_t *row;
	size_t i;

	json_array_foreach(rows, i, row)
	{
		json_t *where = json_sprintf("%s:%lld:%lld", json_get_text(row, "file", "?"),
					     (long long)json_get_int(row, "line", 0),
					     (long long)json_get_int(row, "column", 0));

		(void)json_object_set_new(row, "where", where ? where : json_null());
	}
}

static void
put_import_errors(struct exchange *x)
{
	static const struct page_column columns[] = {
		{ "where", "File:line:column", CELL_TEXT },
		{ "level", "Level", CELL_STATE },
		{ "message", "What is wrong", CELL_TEXT },
		{ "help", "Help", CELL_TEXT },
	};
	json_t *rows = NULL;
	struct err err;

	/* The rest of the page is worth more than an error about errors. */
	if (health_import_errors(x->project_dir, &rows, &err)) {
		html_lit(&x->body, "<p class=\"bad\">");
		html_text(&x->body, err.msg);
		html_lit(&x->body, "</p>\n");
		return;
	}
	if (json_array_size(rows)) {
		add_places(rows);
		html_lit(&x->body,
			 "<h2 id=\"import-errors\">Problems in DAG files</h2>"
			 "<p>A file with an error is not used; where there is a last good "
			 "definition, that one stays active. <code>tidemill "
			 "validate</code> shows the lines.</p>");
		TABLE(x, rows, columns, "");
	}
	json_decref(rows);
}

static void
put_nothing_yet(struct exchange *x)
{
	html_lit(&x->body,
		 "<h2>Nothing has run here yet</h2><p>This page fills itself once there is "
		 "something to show. In the project directory:</p><dl class=\"commands\">"
		 "<dt><code>tidemill validate</code></dt><dd>reads the files in "
		 "<code>dags/</code> and says what is wrong with them</dd>"
		 "<dt><code>tidemill scheduler</code></dt><dd>runs what is due, until it is "
		 "stopped</dd><dt><code>tidemill backfill create DAG --from-date 2026-05-01 "
		 "--to-date 2026-05-21 --wait</code></dt><dd>runs a range of days</dd></dl>\n");
}

/* ---- overview ---- */

static void
put_scheduler(struct exchange *x)
{
	long pid = health_scheduler(x->project_dir);

	html_lit(&x->body, "<li><span>Scheduler</span><strong>");
	page_state(x, pid ? "running" : "idle");
	html_lit(&x->body, "</strong><small>");
	if (pid > 0)
		buf_format(&x->body, "process %ld", pid);
	else if (!pid)
		html_lit(&x->body, "none: nothing starts");
	html_lit(&x->body, "</small></li>");
}

/* A number with a word below it, and a second number in words. */
static void
put_card(struct exchange *x, const char *name, int64_t value, int64_t more, const char *more_name)
{
	html_lit(&x->body, "<li><span>");
	html_text(&x->body, name);
	buf_format(&x->body, "</span><strong>%lld</strong><small>", (long long)value);
	if (more_name)
		buf_format(&x->body, "%lld ", (long long)more);
	html_text(&x->body, more_name ? more_name : "");
	html_lit(&x->body, "</small></li>");
}

static void
put_cards(struct exchange *x, const json_t *o)
{
	const json_t *runs = json_object_get(o, "runs"), *dags = json_object_get(o, "dags");
	const json_t *datasets = json_object_get(o, "datasets");

	html_lit(&x->body, "<ul class=\"cards\">");
	put_scheduler(x);
	put_card(x, "Runs running", json_get_int(runs, "running", 0),
		 json_get_int(runs, "queued", 0), "queued");
	put_card(x, "Failed in 24 h", (int64_t)json_array_size(json_object_get(o, "failed")), 0,
		 NULL);
	put_card(x, "DAGs", json_get_int(dags, "total", 0), json_get_int(dags, "paused", 0),
		 "paused");
	put_card(x, "Datasets", json_get_int(datasets, "total", 0),
		 json_get_int(datasets, "stale_partitions", 0), "stale partitions");
	html_lit(&x->body, "</ul>\n");
}

/* Give a run that failed the names of the tasks that did, at most CULPRITS_SHOWN. */
static enum err_code
add_culprits(struct exchange *x, json_t *row, struct err *err)
{
	json_t *run = NULL, *tasks = NULL, *names = json_array(), *task;
	enum err_code code = view_run(x->view, json_get_text(row, "dag", ""),
				      json_get_text(row, "run_id", ""), &run, err);
	size_t i;

	if (!code)
		code = view_tasks(x->view, json_get_int(run, "key", 0), &tasks, err);
	json_array_foreach(tasks, i, task)
	{
		if (!strcmp(json_get_text(task, "state", ""), "failed") &&
		    json_array_size(names) < CULPRITS_SHOWN)
			(void)json_array_append(names, json_object_get(task, "task"));
	}
	(void)json_object_set_new(row, "culprits", names);
	json_decref(run);
	json_decref(tasks);
	return code;
}

static enum err_code
put_lists(struct exchange *x, const json_t *o, struct err *err)
{
	static const struct page_column failed[] = {
		{ "dag", "DAG", CELL_DAG },         { "run_id", "Run", CELL_RUN },
		{ "state", "State", CELL_STATE },   { "culprits", "Failed tasks", CELL_TASKS },
		{ "ended_at", "Ended", CELL_TIME },
	};
	static const struct page_column running[] = {
		{ "dag", "DAG", CELL_DAG },
		{ "run_id", "Run", CELL_RUN },
		{ "task", "Task", CELL_TASK },
		{ "state", "State", CELL_STATE },
		{ "try_number", "Try", CELL_NUMBER },
		{ "started_at", "Started", CELL_TIME },
		{ "started_at", "For", CELL_DURATION },
		{ "attempt", "Log", CELL_ATTEMPT },
	};
	static const struct page_column next[] = {
		{ "dag", "DAG", CELL_DAG },
		{ "next_partition", "Next partition", CELL_TIME },
	};
	json_t *failures = json_object_get(o, "failed");
	enum err_code code = ERR_NONE;

	for (size_t i = 0; !code && i < json_array_size(failures) && i < CULPRIT_ROWS; i++)
		code = add_culprits(x, json_array_get(failures, i), err);
	if (code)
		return code;
	html_lit(&x->body, "<h2>Failed in the last 24 hours</h2>");
	TABLE(x, failures, failed, "No run failed.");
	html_lit(&x->body, "<h2>Running now</h2>");
	TABLE(x, json_object_get(o, "running"), running, "Nothing is running.");
	html_lit(&x->body, "<h2>Next by schedule</h2>");
	TABLE(x, json_object_get(o, "next"), next, "No DAG has a schedule.");
	return ERR_NONE;
}

enum err_code
page_overview(struct exchange *x, struct err *err)
{
	json_t *o = NULL;
	enum err_code code = x->view ? view_overview(x->view, x->now_us, &o, err) : ERR_NONE;

	if (code)
		return code;
	page_begin(x, &(struct page_head){ .title = "Overview", .place = "/" });
	put_cards(x, o);
	put_import_errors(x);
	if (x->view)
		code = put_lists(x, o, err);
	if (!x->view)
		put_nothing_yet(x);
	page_end(x);
	json_decref(o);
	return code;
}

/* ---- dags ---- */

/* One word for what a DAG is: absent wins over paused. */
static void
add_condition(json_t *row)
{
	const char *word = !json_get_bool(row, "present", true)  ? "absent"
			   : json_get_bool(row, "paused", false) ? "paused"
								 : "active";

	(void)json_object_set_new(row, "condition", json_text_new(word));
	if (!json_is_string(json_object_get(row, "schedule")))
		(void)json_object_set_new(row, "schedule", json_text_new("by hand"));
}

enum err_code
page_dags(struct exchange *x, struct err *err)
{
	static const struct page_column columns[] = {
		{ "dag", "DAG", CELL_DAG },
		{ "condition", "Condition", CELL_STATE },
		{ "schedule", "Schedule", CELL_TEXT },
		{ "active_runs", "Active runs", CELL_NUMBER },
		{ "last_run_id", "Last run", CELL_RUN },
		{ "last_state", "State", CELL_STATE },
		{ "next_partition", "Next partition", CELL_TIME },
		{ "file", "File", CELL_TEXT },
	};
	json_t *rows = NULL, *row;
	enum err_code code = x->view ? view_dags(x->view, true, &rows, err) : ERR_NONE;
	size_t i;

	if (code)
		return code;
	json_array_foreach(rows, i, row)
	{
		add_condition(row);
	}
	page_begin(x, &(struct page_head){ .title = "DAGs", .place = "/dags" });
	if (x->view)
		TABLE(x, rows, columns, "No DAG has been read yet.");
	else
		put_nothing_yet(x);
	put_import_errors(x);
	page_end(x);
	json_decref(rows);
	return ERR_NONE;
}

/* ---- datasets ---- */

enum err_code
page_datasets(struct exchange *x, struct err *err)
{
	static const struct page_column columns[] = {
		{ "dataset", "Dataset", CELL_DATASET },
		{ "partitions", "Partitions", CELL_NUMBER },
		{ "rows", "Rows", CELL_NUMBER },
		{ "bytes", "Size", CELL_BYTES },
		{ "latest_partition", "Latest partition", CELL_TIME },
		{ "latest_published_at", "Last published", CELL_TIME },
		{ "stale", "Stale", CELL_NUMBER },
	};
	json_t *rows = NULL;
	enum err_code code = x->view ? view_datasets(x->view, &rows, err) : ERR_NONE;

	if (code)
		return code;
	page_begin(x, &(struct page_head){ .title = "Datasets", .place = "/datasets" });
	if (x->view)
		TABLE(x, rows, columns, "Nothing is published yet.");
	else
		put_nothing_yet(x);
	page_end(x);
	json_decref(rows);
	return ERR_NONE;
}

static void
put_partitions(struct exchange *x, json_t *rows)
{
	static const struct page_column columns[] = {
		{ "partition", "Partition", CELL_TIME },
		{ "condition", "Condition", CELL_STATE },
		{ "rows", "Rows", CELL_NUMBER },
		{ "bytes", "Size", CELL_BYTES },
		{ "version", "Version", CELL_NUMBER },
		{ "published_at", "Published", CELL_TIME },
		{ "run_id", "By run", CELL_RUN },
		{ "attempt", "Log", CELL_ATTEMPT },
		{ "checks", "Checks", CELL_CHECKS },
		{ "partial", "Partial", CELL_YES },
		{ "stale_inputs", "Replaced since it was read", CELL_INPUTS },
	};
	json_t *row;
	size_t i;

	json_array_foreach(rows, i, row)
	{
		const char *word = json_get_bool(row, "stale", false) ? "stale" : "current";

		(void)json_object_set_new(row, "condition", json_text_new(word));
	}
	html_lit(&x->body, "<h2>Partitions</h2>");
	if (json_array_size(rows) == PARTITIONS_SHOWN)
		buf_format(&x->body, "<p>The latest %d.</p>", PARTITIONS_SHOWN);
	TABLE(x, rows, columns, "No partition is published yet.");
	html_lit(&x->body,
		 "<p class=\"empty\">Stale: it was computed from a version of an input that has "
		 "been replaced since. Partial: its window reaches back before its input "
		 "begins.</p>\n");
}

enum err_code
page_dataset(struct exchange *x, struct err *err)
{
	static const struct page_column checks[] = {
		{ "partition", "Partition", CELL_TIME }, { "name", "Check", CELL_TEXT },
		{ "status", "Status", CELL_STATE },      { "observed", "Observed", CELL_TEXT },
		{ "expected", "Expected", CELL_TEXT },   { "message", "Message", CELL_TEXT },
		{ "task", "Task", CELL_TASK },           { "attempt", "Log", CELL_ATTEMPT },
	};
	struct check_filter filter = { .dataset = x->args[0], .limit = CHECKS_SHOWN };
	json_t *rows = NULL, *results = NULL;
	enum err_code code = view_dataset(x->view, x->args[0], NULL, PARTITIONS_SHOWN, &rows, err);

	if (!code)
		code = view_checks(x->view, &filter, &results, err);
	if (!code) {
		page_begin(x, &(struct page_head){ .title = x->args[0], .place = "/datasets" });
		put_partitions(x, rows);
		html_lit(&x->body, "<h2>Checks</h2>");
		TABLE(x, results, checks, "No check was made on it.");
		page_end(x);
	}
	json_decref(rows);
	json_decref(results);
	return code;
}
