/* dag.c - all DAGs, and one as a grid of its runs by its tasks. */
#include "scheduler/page/dag.h"

#include "core/view/dag.h"
#include "core/view/known.h"
#include "core/view/paged.h"
#include "core/view/run.h"
#include "scheduler/page/look.h"
#include "scheduler/page/notice.h"
#include "scheduler/page/page.h"
#include "scheduler/page/pager.h"
#include "scheduler/page/run.h"
#include "scheduler/page/table.h"

#include <string.h>

enum { GRID_RUNS = 25, GRID_RUNS_MAX = 400, TASKS_SHOWN = 200, CELLS_MAX = 8000, DAGS_SHOWN = 200 };

#define GRID_RUNS_MAX_TEXT "400"

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

/* Which of them: by name, and by what they are. */
static enum err_code
read_dags_page(const struct exchange *x, struct dags_page *page, struct err *err)
{
	static const char *const words[] = { "active", "paused", "absent", NULL };
	static const int present[] = { 1, 1, 0 }, paused[] = { 0, 1, -1 };
	enum err_code code;
	int at;

	*page = (struct dags_page){
		.before = x->query(x, "before"),
		.after = x->query(x, "after"),
		.search = x->query(x, "search"),
		.present = -1,
		.paused = -1,
		.limit = DAGS_SHOWN + 1,
	};
	code = exchange_word(x, "condition", words, &at, err);
	if (!code && at >= 0) {
		page->present = present[at];
		page->paused = paused[at];
	}
	if (!code && page->before && page->after)
		code = err_set(err, ERR_INPUT, "before and after do not go together");
	return code;
}

static void
put_search(struct exchange *x)
{
	const char *search = x->query(x, "search");

	html_lit(&x->body, "<form method=\"get\" action=\"");
	html_text(&x->body, x->prefix);
	html_lit(&x->body, "/dags\"><label for=\"search\">Name</label>"
			   "<input id=\"search\" name=\"search\" required value=\"");
	html_text(&x->body, search ? search : "");
	html_lit(&x->body, "\"><button>Search</button></form>\n");
}

/* The rows without the one that only tells that there are more, and what is before and behind. */
static void
put_dags(struct exchange *x, json_t *rows, const struct dags_page *page)
{
	static const char *const conditions[] = { "active", "paused", "absent", NULL };
	static const struct page_column columns[] = {
		{ "dag", "DAG", CELL_DAG },
		{ "condition", "Condition", CELL_STATE },
		{ "last_state", "Last state", CELL_STATE },
		{ "last_run_id", "Last run", CELL_RUN },
		{ "last_partition", "Last partition", CELL_TEXT },
		{ "active_runs", "Active runs", CELL_NUMBER },
		{ "schedule", "Schedule", CELL_TEXT },
		{ "next_partition", "Next partition", CELL_TIME },
		{ "owner", "Owner", CELL_TEXT },
		{ "description", "Description", CELL_TEXT },
		{ "file", "File", CELL_TEXT },
	};
	bool more = json_array_size(rows) > DAGS_SHOWN;

	if (more)
		(void)json_array_remove(rows, page->before ? 0 : DAGS_SHOWN);
	if (more || page->before || page->after || page->search)
		put_search(x);
	pager_choice(x, "Condition", "condition", conditions);
	TABLE(x, rows, columns, page->search ? "No name has that in it." : "No such DAG.");
	pager_put_names(x, rows, "dag", page->after || (page->before && more),
			page->before || more);
}

enum err_code
page_dags(struct exchange *x, struct err *err)
{
	struct dags_page page;
	json_t *rows = NULL, *row;
	enum err_code code = read_dags_page(x, &page, err);
	size_t i;

	if (!code && x->view)
		code = view_dags_page(x->view, &page, &rows, err);
	if (code)
		return code;
	json_array_foreach(rows, i, row)
	{
		add_condition(row);
		(void)json_object_set(row, "last_partition",
				      json_object_get(row, "last_partition_name"));
		run_name_once(row, "last_run_id", "last_partition");
		known_show_names(row);
	}
	page_begin(x, &(struct page_head){ .title = "DAGs", .place = "/dags" });
	if (x->view)
		put_dags(x, rows, &page);
	else
		notice_nothing_yet(x);
	notice_clock(x);
	notice_problems(x);
	page_end(x);
	json_decref(rows);
	return ERR_NONE;
}

/* ---- the grid of one ---- */

static void
put_cell_link(struct exchange *x, const json_t *run, const char *task, const json_t *cell)
{
	const char *state = json_get_text(cell, "state", "none");
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

/*
 * "05-01" above "13:15" of an instant, above "T13" of an hour; what has no day, 2026-05, as it is.
 */
static void
put_date(struct buf *b, const char *date)
{
	const char *time = strlen(date) > DATE_CHARS ? date + DATE_CHARS : "";
	bool whole = strlen(date) < DATE_CHARS;
	bool hour = strlen(time) == strlen("T13");

	html_lit(b, "<span>");
	html_bytes(b, whole ? date : date + 5, whole ? strlen(date) : 5);
	html_lit(b, "</span>");
	if (!*time)
		return;
	html_lit(b, "<span>");
	html_bytes(b, time + !hour, hour ? 3 : 5);
	html_lit(b, "</span>");
}

/* Partition, or time, and state of a run above its column. */
static void
put_run_head(struct exchange *x, const json_t *run)
{
	const char *id = json_get_text(run, "run_id", "");
	const char *named = strstr(id, "__");
	const char *date = json_get_text(run, "partition", named ? named + 2 : id);
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
	html_lit(b, "\">");
	put_date(b, date);
	html_lit(b, "<span aria-hidden=\"true\">");
	html_text(b, look->glyph);
	html_lit(b, "</span><span class=\"unseen\">");
	html_text(b, state);
	html_lit(b, "</span></a></th>");
}

/* One row a task, one column a run, the newest at the right as in Airflow. */
static void
put_grid(struct exchange *x, const json_t *tasks, const json_t *runs)
{
	struct buf *b = &x->body;
	const json_t *task;
	size_t i;

	html_lit(b, "<div class=\"scroll\"><table class=\"grid\"><thead><tr>"
		    "<th scope=\"col\">Task</th>");
	for (size_t j = json_array_size(runs); j-- > 0;)
		put_run_head(x, json_array_get(runs, j));
	html_lit(b, "</tr></thead><tbody>\n");
	json_array_foreach(tasks, i, task)
	{
		html_lit(b, "<tr><th scope=\"row\">");
		html_text(b, json_string_value(task));
		html_lit(b, "</th>");
		for (size_t j = json_array_size(runs); j-- > 0;) {
			const json_t *run = json_array_get(runs, j);
			const json_t *cell = json_array_get(json_object_get(run, "cells"), i);

			html_lit(b, "<td>");
			if (json_is_object(cell))
				put_cell_link(x, run, json_string_value(task), cell);
			html_lit(b, "</td>");
		}
		html_lit(b, "</tr>\n");
	}
	html_lit(b, "</tbody></table></div>\n");
	page_legend(x);
}

static void
put_runs(struct exchange *x, const json_t *runs, const json_t *tasks)
{
	static const struct page_column columns[] = {
		{ "run_id", "Run", CELL_RUN },           { "partition", "Partition", CELL_TEXT },
		{ "state", "State", CELL_STATE },        { "culprits", "Failed tasks", CELL_TASKS },
		{ "type", "Made by", CELL_TEXT },        { "started_at", "Started", CELL_TIME },
		{ "started_at", "Took", CELL_DURATION }, { "waits", "Waits for", CELL_TEXT },
	};

	html_lit(&x->body, "<h2>Runs by tasks</h2>");
	if (!json_array_size(runs)) {
		html_lit(&x->body, "<p class=\"empty\">No runs yet. By hand: <code>tidemill dags "
				   "trigger ");
		html_text(&x->body, x->args[0]);
		html_lit(&x->body, "</code></p>\n");
		return;
	}
	put_grid(x, tasks, runs);
	html_lit(&x->body, "<h2>Runs</h2>");
	TABLE(x, runs, columns, "");
}

/* Names of the tasks whose rows are shown; *pages of them there are. */
static json_t *
tasks_shown(const json_t *dag, const json_t *newest, int64_t page, int64_t each, int64_t *pages)
{
	/* Without a definition that can be read the newest run says what its tasks were. */
	const json_t *tasks = json_object_get(dag, "tasks"), *all = tasks ? tasks : newest, *task;
	json_t *names = json_array();
	size_t i;

	json_array_foreach(all, i, task)
	{
		if ((int64_t)i / each == page - 1)
			(void)json_array_append(names, json_object_get(task, "task"));
	}
	*pages = ((int64_t)json_array_size(all) + each - 1) / each;
	return names;
}

/* The runs of this page, with cells for the tasks of it. */
static enum err_code
find_grid(struct exchange *x, const json_t *dag, json_t *runs, json_t **tasks, int64_t page,
	  int64_t *pages, struct err *err)
{
	int64_t n = (int64_t)json_array_size(runs), each = n ? CELLS_MAX / n : CELLS_MAX;
	json_t *newest = NULL;
	enum err_code code = ERR_NONE;

	if (each > TASKS_SHOWN)
		each = TASKS_SHOWN;
	if (n && !json_object_get(dag, "tasks"))
		code = view_tasks(x->view, json_get_int(json_array_get(runs, 0), "key", 0), &newest,
				  err);
	if (code)
		return code;
	*tasks = tasks_shown(dag, newest, page, each, pages);
	json_decref(newest);
	if (page > 1 && page > *pages)
		return err_set(err, ERR_INPUT, "page has to be a number from 1 to %lld",
			       (long long)(*pages ? *pages : 1));
	return view_add_cells(x->view, runs, *tasks, err);
}

static void
put_facts(struct exchange *x, json_t *dag)
{
	static const struct page_column facts[] = {
		{ "description", "Description", CELL_TEXT },
		{ "owner", "Owner", CELL_TEXT },
		{ "paused", "Paused", CELL_YES },
		{ "paused_because", "Paused because", CELL_TEXT },
		{ "schedule", "Schedule", CELL_TEXT },
		{ "timezone", "Timezone", CELL_TEXT },
		{ "partition", "Partition", CELL_TEXT },
		{ "next_partition", "Next partition", CELL_TIME },
		{ "next_fire", "Next fire", CELL_TEXT },
		{ "catchup", "Catch-up", CELL_TEXT },
		{ "start_date", "Start date", CELL_TEXT },
		{ "max_active_runs", "Max active runs", CELL_NUMBER },
		{ "file", "File", CELL_TEXT },
	};

	if (!json_get_bool(dag, "present", true))
		html_lit(&x->body, "<p class=\"bad\">Its file is gone or has an error: no "
				   "new run is made.</p>");
	view_timing_words(dag);
	known_show_names(dag);
	FACTS(x, dag, facts);
}

/* Newer and older runs, and how many of them at once. */
static void
put_steps(struct exchange *x, const struct pager_runs *p, int64_t limit)
{
	pager_put_runs(x, p);
	html_lit(&x->body, "<p class=\"choice\">");
	if (limit < GRID_RUNS_MAX && (p->newer || p->older)) {
		pager_link(x, "limit", GRID_RUNS_MAX_TEXT,
			   "Show up to " GRID_RUNS_MAX_TEXT " runs at once");
		html_lit(&x->body, " · ");
	}
	html_lit(&x->body, "<a href=\"");
	html_text(&x->body, x->prefix);
	html_lit(&x->body, "/runs?dag=");
	html_path(&x->body, x->args[0]);
	html_lit(&x->body, "\">All runs as a list</a></p>\n");
}

enum err_code
page_dag(struct exchange *x, struct err *err)
{
	struct runs_page which = { .dag = x->args[0], .bare = true };
	json_t *dag = NULL, *runs = NULL, *tasks = NULL;
	int64_t limit = GRID_RUNS, page = 1, pages = 0;
	struct pager_runs steps;
	enum err_code code = exchange_place(x, &which.before, &which.after, err);

	if (!code)
		code = exchange_count(x, "limit", GRID_RUNS, GRID_RUNS_MAX, &limit, err);
	if (!code)
		code = exchange_count(x, "page", 1, INT32_MAX, &page, err);
	which.limit = (int)limit + 1;
	if (!code)
		code = view_dag(x->view, x->args[0], x->now_us, &dag, err);
	if (!code)
		code = view_runs_page(x->view, &which, &runs, err);
	if (!code) {
		pager_trim_runs(runs, (size_t)limit, which.before, which.after, &steps);
		code = find_grid(x, dag, runs, &tasks, page, &pages, err);
	}
	if (!code)
		code = view_add_culprits(x->view, runs, CULPRITS_SHOWN, err);
	if (!code)
		code = run_partitions(x, runs, err);
	if (!code) {
		page_begin(x, &(struct page_head){ .title = x->args[0], .place = "/dags" });
		put_facts(x, dag);
		put_runs(x, runs, tasks);
		pager_put_pages(x, page, pages);
		put_steps(x, &steps, limit);
		page_end(x);
	}
	json_decref(tasks);
	json_decref(dag);
	json_decref(runs);
	return code;
}
