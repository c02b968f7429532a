/* dag.c - all DAGs, and one as a grid of its runs by its tasks. */
#include "scheduler/page/dag.h"

#include "core/view/dag.h"
#include "core/view/run.h"
#include "scheduler/page/look.h"
#include "scheduler/page/notice.h"
#include "scheduler/page/page.h"
#include "scheduler/page/table.h"

#include <string.h>

enum { GRID_RUNS = 25, GRID_RUNS_MAX = 400 };

/* ---- all of them ---- */

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
		notice_nothing_yet(x);
	notice_problems(x);
	page_end(x);
	json_decref(rows);
	return ERR_NONE;
}

/* ---- the grid of one ---- */

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
	page_task_address(x, x->args[0], json_get_text(run, "run_id", ""), task);
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
	html_lit(b, "\" href=\"");
	page_run_address(x, x->args[0], id);
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

	if (!wanted || !exchange_number(wanted, &limit) || limit > GRID_RUNS_MAX)
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
