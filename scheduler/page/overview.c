/* overview.c - the first page: what there is, failed, runs and is next; who has the slots. */
#include "scheduler/page/overview.h"

#include "core/view/known.h"
#include "core/view/overview.h"
#include "core/view/paged.h"
#include "core/view/pool.h"
#include "scheduler/page/health.h"
#include "scheduler/page/look.h"
#include "scheduler/page/notice.h"
#include "scheduler/page/page.h"
#include "scheduler/page/run.h"
#include "scheduler/page/table.h"

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
	put_card(x, "Failed in 24 h", json_get_int(o, "failed_total", 0), 0, NULL);
	put_card(x, "DAGs", json_get_int(dags, "total", 0), json_get_int(dags, "paused", 0),
		 "paused");
	put_card(x, "Datasets", json_get_int(datasets, "total", 0),
		 json_get_int(datasets, "stale_partitions", 0), "stale partitions");
	html_lit(&x->body, "</ul>\n");
}

static enum err_code
put_lists(struct exchange *x, const json_t *o, struct err *err)
{
	static const struct page_column failed[] = {
		{ "dag", "DAG", CELL_DAG },
		{ "run_id", "Run", CELL_RUN },
		{ "partition", "Partition", CELL_TEXT },
		{ "state", "State", CELL_STATE },
		{ "culprits", "Failed tasks", CELL_TASKS },
		{ "ended_at", "Ended", CELL_TIME },
	};
	static const struct page_column running[] = {
		{ "dag", "DAG", CELL_DAG },
		{ "run_id", "Run", CELL_RUN },
		{ "partition", "Partition", CELL_TEXT },
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
	json_t *works = json_object_get(o, "running"), *waits = json_object_get(o, "next"), *row;
	enum err_code code = view_add_culprits(x->view, failures, CULPRITS_SHOWN, err);
	size_t i;

	/* view_overview() named their parts. */
	run_names_once(failures);
	run_names_once(works);
	json_array_foreach(waits, i, row)
	{
		known_show_names(row);
	}
	if (code)
		return code;
	html_lit(&x->body, "<h2>Failed in the last 24 hours</h2>");
	TABLE(x, failures, failed, "No run failed.");
	if (json_array_size(failures) == VIEW_OVERVIEW_ROWS) {
		buf_format(&x->body, "<p>The latest %d of %lld. <a href=\"", VIEW_OVERVIEW_ROWS,
			   (long long)json_get_int(o, "failed_total", 0));
		html_text(&x->body, x->prefix);
		html_lit(&x->body, "/runs?state=failed\">All that failed</a></p>\n");
	}
	html_lit(&x->body, "<h2>Running now</h2>");
	TABLE(x, works, running, "Nothing is running.");
	html_lit(&x->body, "<h2>Next by schedule</h2>");
	TABLE(x, waits, next, "No DAG has a schedule.");
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
	notice_clock(x);
	notice_problems(x);
	if (x->view)
		code = put_lists(x, o, err);
	if (!x->view)
		notice_nothing_yet(x);
	page_end(x);
	json_decref(o);
	return code;
}

/* Who holds slots, of all pools. */
static enum err_code
put_holders(struct exchange *x, const json_t *pools, struct err *err)
{
	static const struct page_column columns[] = {
		{ "pool", "Pool", CELL_TEXT },     { "dag", "DAG", CELL_DAG },
		{ "run_id", "Run", CELL_RUN },     { "partition", "Partition", CELL_TEXT },
		{ "task", "Task", CELL_TASK },     { "try_number", "Try", CELL_NUMBER },
		{ "slots", "Slots", CELL_NUMBER }, { "memory_bytes", "Memory", CELL_BYTES },
		{ "since", "Since", CELL_TIME },   { "attempt", "Log", CELL_ATTEMPT },
	};
	json_t *all = json_array(), *pool, *one;
	enum err_code code;
	size_t i, k;

	json_array_foreach(pools, i, pool)
	{
		json_array_foreach(json_object_get(pool, "holders"), k, one)
		{
			(void)json_object_set(one, "pool", json_object_get(pool, "pool"));
			(void)json_array_append(all, one);
		}
	}
	code = run_partitions(x, all, err);
	if (!code) {
		html_lit(&x->body, "<h2>Who has the slots</h2>");
		TABLE(x, all, columns, "No task holds a slot.");
	}
	json_decref(all);
	return code;
}

enum err_code
page_pools(struct exchange *x, struct err *err)
{
	static const struct page_column columns[] = {
		{ "pool", "Pool", CELL_TEXT },
		{ "slots", "Slots", CELL_NUMBER },
		{ "used", "Used", CELL_NUMBER },
		{ "waiting", "Waiting", CELL_NUMBER },
		{ "rate", "Rate", CELL_TEXT },
		{ "share", "Share, %", CELL_NUMBER },
		{ "memory_bytes", "Memory", CELL_BYTES },
		{ "description", "For", CELL_TEXT },
	};
	static const struct page_column usage[] = {
		{ "used", "Used", CELL_NUMBER },
		{ "total", "Of", CELL_NUMBER },
	};
	static const struct page_column memory[] = {
		{ "used", "Used", CELL_BYTES },
		{ "total", "Of", CELL_BYTES },
	};
	json_t *pools = NULL, *shared = NULL;
	enum err_code code = view_pools(x->view, x->project_dir, NULL, &pools, err);

	if (!code)
		code = view_shared_limits(x->view, x->project_dir, &shared, err);
	if (!code) {
		page_begin(x, &(struct page_head){ .title = "Pools", .place = "/pools" });
		TABLE(x, pools, columns, "");
		if (json_is_integer(json_object_get(json_object_get(shared, "tasks"), "total"))) {
			html_lit(&x->body, "<h2>Tasks of all pools</h2>");
			FACTS(x, json_object_get(shared, "tasks"), usage);
		}
		if (json_get_int(json_object_get(shared, "memory"), "used", 0)) {
			html_lit(&x->body, "<h2>Memory that tasks asked for</h2>");
			FACTS(x, json_object_get(shared, "memory"), memory);
		}
		code = put_holders(x, pools, err);
		page_end(x);
	}
	json_decref(shared);
	json_decref(pools);
	return code;
}
