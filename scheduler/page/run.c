/* run.c - all runs, one run, and one task of it. */
#include "scheduler/page/run.h"

#include "core/view/blame.h"
#include "core/view/aside.h"
#include "core/view/known.h"
#include "core/view/paged.h"
#include "core/view/run.h"
#include "core/view/why.h"
#include "scheduler/page/attempt.h"
#include "scheduler/page/look.h"
#include "scheduler/page/page.h"
#include "scheduler/page/pager.h"
#include "scheduler/page/table.h"

#include <string.h>

enum {
	RUNS_SHOWN = 100,
	TASKS_SHOWN = 200,
	ATTEMPTS_SHOWN = 100,
	ASIDE_SHOWN = 100,
	GATES_SHOWN = 100,
	PAGES_MAX = 1000,
};

void
run_name_once(json_t *row, const char *id, const char *name)
{
	const char *named = strstr(json_get_text(row, id, ""), "__");

	if (named && !strcmp(named + 2, json_get_text(row, name, "")))
		(void)json_object_set_new(row, name, json_null());
}

void
run_names_once(json_t *rows)
{
	json_t *row;
	size_t i;

	json_array_foreach(rows, i, row)
	{
		run_name_once(row, "run_id", "partition");
	}
}

enum err_code
run_partitions(struct exchange *x, json_t *rows, struct err *err)
{
	enum err_code code = known_partitions(x->view, rows, err);

	run_names_once(rows);
	return code;
}

/* ---- all runs ---- */

enum err_code
page_runs(struct exchange *x, struct err *err)
{
	static const char *const states[] = { "failed",  "up_for_retry", "running", "queued",
					      "success", "cancelled",    NULL };
	static const struct page_column columns[] = {
		{ "dag", "DAG", CELL_DAG },
		{ "run_id", "Run", CELL_RUN },
		{ "partition", "Partition", CELL_TEXT },
		{ "state", "State", CELL_STATE },
		{ "culprits", "Failed tasks", CELL_TASKS },
		{ "type", "Made by", CELL_TEXT },
		{ "started_at", "Started", CELL_TIME },
		{ "started_at", "Took", CELL_DURATION },
		{ "waits", "Waits for", CELL_TEXT },
	};
	struct runs_page which = { .dag = x->query(x, "dag"),
				   .limit = RUNS_SHOWN + 1,
				   .bare = true };
	struct pager_runs steps;
	json_t *rows = NULL;
	enum err_code code = exchange_run_state(x, &which.state, err);

	if (!code)
		code = exchange_place(x, &which.before, &which.after, err);
	if (!code && which.dag)
		code = exchange_dag(x, which.dag, err);
	if (!code)
		code = view_runs_page(x->view, &which, &rows, err);
	if (!code) {
		pager_trim_runs(rows, RUNS_SHOWN, which.before, which.after, &steps);
		code = view_add_culprits(x->view, rows, CULPRITS_SHOWN, err);
	}
	if (!code)
		code = run_partitions(x, rows, err);
	if (code) {
		json_decref(rows);
		return code;
	}
	page_begin(x, &(struct page_head){ .title = "Runs", .place = "/runs", .dag = which.dag });
	pager_choice(x, "State", "state", states);
	TABLE(x, rows, columns, "No such run.");
	pager_put_runs(x, &steps);
	page_end(x);
	json_decref(rows);
	return ERR_NONE;
}

/* ---- one run ---- */

static bool
has_ended(const char *state)
{
	int found = task_state_of(state);

	return found >= 0 && task_is_final((enum task_state)found);
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
	json_t *why = NULL, *gates;
	enum err_code code;
	size_t n;

	if (has_ended(state))
		return ERR_NONE;
	code = view_why(x->view, json_get_text(run, "dag", ""), task,
			json_get_text(run, "run_id", ""), &why, err);
	if (code)
		return code;
	html_lit(&x->body, "<h2>What it waits for</h2>");
	gates = json_object_get(why, "gates");
	n = json_array_size(gates);
	while (json_array_size(gates) > GATES_SHOWN)
		(void)json_array_remove(gates, json_array_size(gates) - 1);
	TABLE(x, gates, columns, "Nothing.");
	if (n > GATES_SHOWN)
		buf_format(&x->body, "<p>The first %d of %zu.</p>\n", GATES_SHOWN, n);
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

/* Rows that an attempt set aside stand beside its outcome: a success can have some. */
static void
add_set_aside(json_t *attempts)
{
	json_t *attempt;
	size_t i;

	json_array_foreach(attempts, i, attempt)
	{
		const json_t *counters = json_object_get(json_object_get(attempt, "result"),
							 "counters");
		int64_t n = json_get_int(counters, "quarantined", 0);

		if (n > 0)
			(void)json_object_set_new(attempt, "set_aside", json_integer(n));
	}
}

/* `skip` leaves out that many columns: a page of one task need not name it in each row. */
static void
put_tries(struct exchange *x, json_t *attempts, size_t skip)
{
	static const struct page_column columns[] = {
		{ "task", "Task", CELL_TASK },
		{ "try_number", "Try", CELL_NUMBER },
		{ "state", "State", CELL_STATE },
		{ "outcome", "Outcome", CELL_STATE },
		{ "message", "Message", CELL_TEXT },
		{ "set_aside", "Rows set aside", CELL_NUMBER },
		{ "started_at", "Started", CELL_TIME },
		{ "started_at", "Took", CELL_DURATION },
		{ "cpu_seconds", "Processor time", CELL_SECONDS },
		{ "peak_bytes", "Peak memory", CELL_BYTES },
		{ "key", "Log", CELL_ATTEMPT },
	};

	add_set_aside(attempts);

	html_lit(&x->body, "<h2>Attempts</h2>");
	page_table(x, attempts, columns + skip, countof(columns) - skip, "No attempt yet.");
}

/* Rows that tasks read and did not publish. */
static enum err_code
put_aside(struct exchange *x, const json_t *run, struct err *err)
{
	static const struct page_column columns[] = {
		{ "task", "Task", CELL_TASK },
		{ "quarantined", "Set aside", CELL_NUMBER },
		{ "dropped", "Dropped", CELL_NUMBER },
		{ "text", "Rows", CELL_TEXT },
	};
	json_t *rows = NULL;
	enum err_code code = view_aside(x->view, json_get_int(run, "key", 0), NULL, ASIDE_SHOWN,
					&rows, err);

	if (!code && json_array_size(rows)) {
		name_run(rows, run);
		html_lit(&x->body, "<h2>Rows set aside</h2>");
		TABLE(x, rows, columns, "None.");
	}
	json_decref(rows);
	return code;
}

/* How many of {state: count} are in which, each a filter; gives how many are chosen. */
static int64_t
put_states(struct exchange *x, json_t *states)
{
	json_t *n;
	const char *chosen = x->query(x, "state"), *state;
	int64_t all = 0;

	json_object_foreach(states, state, n)
	{
		all += json_integer_value(n);
	}
	html_lit(&x->body, "<p class=\"choice\">");
	if (chosen)
		pager_link(x, "state", NULL, "all");
	else
		html_lit(&x->body, "<strong>all</strong>");
	buf_format(&x->body, " %lld", (long long)all);
	json_object_foreach(states, state, n)
	{
		html_lit(&x->body, " · ");
		if (chosen && !strcmp(chosen, state))
			page_state(x, state);
		else
			pager_link(x, "state", state, state);
		buf_format(&x->body, " %lld", (long long)json_integer_value(n));
	}
	html_lit(&x->body, "</p>\n");
	return chosen ? json_get_int(states, chosen, 0) : all;
}

/* The run of another dag whose task made this one. */
static void
put_parent(struct exchange *x, const json_t *parent)
{
	const char *dag = json_get_text(parent, "dag", "");
	const char *run_id = json_get_text(parent, "run_id", "");

	if (!parent)
		return;
	html_lit(&x->body, "<p>Made by task ");
	page_link_task(x, dag, run_id, json_get_text(parent, "task", ""));
	html_lit(&x->body, " of run ");
	page_link_run(x, dag, run_id);
	html_lit(&x->body, " of dag ");
	html_text(&x->body, dag);
	html_lit(&x->body, ".</p>\n");
}

/* Runs of other dags that its tasks wait or have waited for. */
static void
put_children(struct exchange *x, const json_t *run)
{
	static const struct page_column columns[] = {
		{ "task", "Task", CELL_TEXT },          { "dag", "DAG", CELL_DAG },
		{ "run_id", "Run", CELL_RUN },          { "state", "State", CELL_STATE },
		{ "started_at", "Started", CELL_TIME }, { "started_at", "Took", CELL_DURATION },
	};
	const json_t *children = json_object_get(run, "children");

	if (!children)
		return;
	html_lit(&x->body, "<h2>Runs of other dags</h2>");
	TABLE(x, children, columns, "None.");
}

static void
put_facts(struct exchange *x, const json_t *run)
{
	static const struct page_column facts[] = {
		{ "state", "State", CELL_STATE },
		{ "waits", "Because", CELL_TEXT },
		{ "next_retry_at", "Next retry", CELL_TIME },
		{ "type", "Made by", CELL_TEXT },
		{ "triggered", "Triggered by", CELL_TEXT },
		{ "partition", "Partition", CELL_TEXT },
		{ "logical_date", "Logical date", CELL_TIME },
		{ "data_interval_start", "Data interval start", CELL_TIME },
		{ "data_interval_end", "Data interval end", CELL_TIME },
		{ "epoch", "Epoch", CELL_NUMBER },
		{ "started_at", "Started", CELL_TIME },
		{ "ended_at", "Ended", CELL_TIME },
		{ "started_at", "Took", CELL_DURATION },
		{ "timeout_at", "Timeout", CELL_TIME },
	};
	char *text = view_trigger_words(json_object_get(run, "triggered_by"));
	json_t *row = json_copy((json_t *)(uintptr_t)run);

	(void)json_object_set_new(row, "triggered", json_text_new(text));
	FACTS(x, row, facts);
	json_decref(row);
	free(text);
	put_parent(x, json_object_get(run, "parent"));
	put_remedy(x, run);
}

/* Groups that are tried again as one: which try of how many. */
static void
put_retried(struct exchange *x, const json_t *run)
{
	static const struct page_column columns[] = {
		{ "group", "Group", CELL_TEXT },   { "try", "Try", CELL_NUMBER },
		{ "tries", "Of", CELL_NUMBER },    { "next_retry_at", "Next retry", CELL_TIME },
		{ "waits", "Because", CELL_TEXT },
	};
	const json_t *groups = json_object_get(run, "groups");

	if (!groups)
		return;
	html_lit(&x->body, "<h2>Groups that are retried as one</h2>");
	TABLE(x, groups, columns, "None.");
}

static void
put_task_rows(struct exchange *x, const json_t *tasks)
{
	static const struct page_column columns[] = {
		{ "task", "Task", CELL_TASK },
		{ "state", "State", CELL_STATE },
		{ "tries", "Tries", CELL_NUMBER },
		{ "since", "Since", CELL_TIME },
		{ "failed_upstream", "Failed before it", CELL_TASKS },
		{ "waits", "Because", CELL_TEXT },
		{ "next_retry_at", "Next retry", CELL_TIME },
	};

	TABLE(x, tasks, columns, "No such task.");
}

/* Groups behind the other tasks, each to be unfolded; one that went wrong is open. */
static void
put_groups(struct exchange *x, const json_t *folded)
{
	json_t *alone = json_array(), *row;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)folded, i, row)
	{
		if (!json_object_get(row, "group"))
			(void)json_array_append(alone, row);
	}
	if (json_array_size(alone))
		put_task_rows(x, alone);
	json_decref(alone);
	json_array_foreach((json_t *)(uintptr_t)folded, i, row)
	{
		const char *state = json_get_text(row, "state", "");

		if (!json_object_get(row, "group"))
			continue;
		html_lit(&x->body, "<details");
		if (!strcmp(page_look(state)->css, "bad"))
			html_lit(&x->body, " open");
		html_lit(&x->body, "><summary>");
		html_text(&x->body, json_get_text(row, "task", ""));
		html_lit(&x->body, " ");
		page_state(x, state);
		html_lit(&x->body, " · ");
		html_text(&x->body, json_get_text(row, "waits", ""));
		html_lit(&x->body, "</summary>\n");
		put_task_rows(x, json_object_get(row, "rows"));
		html_lit(&x->body, "</details>\n");
	}
}

/* `folded`: by groups, where all of them are on the page; or NULL. */
static void
put_tasks(struct exchange *x, const json_t *run, const json_t *tasks, const json_t *folded,
	  int64_t page)
{
	int64_t n;

	html_lit(&x->body, "<h2>Tasks</h2>");
	n = put_states(x, json_object_get(run, "tasks"));
	if (folded)
		put_groups(x, folded);
	else
		put_task_rows(x, tasks);
	pager_put_pages(x, page, (n + TASKS_SHOWN - 1) / TASKS_SHOWN);
}

enum err_code
page_run(struct exchange *x, struct err *err)
{
	json_t *run = NULL, *tasks = NULL, *attempts = NULL, *folded = NULL;
	int64_t page = 1, key;
	const char *state;
	enum err_code code = exchange_task_state(x, &state, err);

	if (!code)
		code = exchange_count(x, "page", 1, PAGES_MAX, &page, err);
	if (!code)
		code = view_run(x->view, x->args[0], x->args[1], &run, err);
	if (!code)
		code = known_partition(x->view, run, err);
	key = json_get_int(run, "key", 0);
	if (!code)
		code = view_tasks_page(x->view, key, state, TASKS_SHOWN,
				       (int)(page - 1) * TASKS_SHOWN, &tasks, err);
	if (!code)
		code = view_blame(x->view, run, tasks, err);
	if (!code)
		code = view_attempts_page(x->view, key, ATTEMPTS_SHOWN, &attempts, err);
	/* What is chosen by its state is a list, and so is what goes on on another page. */
	if (!code && !state && page == 1 && json_array_size(tasks) < TASKS_SHOWN)
		code = view_fold(x->view, run, tasks, &folded, err);
	if (!code) {
		name_run(tasks, run);
		page_begin(x, &(struct page_head){ .title = json_get_text(run, "run_id", ""),
						   .place = "/dags",
						   .dag = x->args[0] });
		put_facts(x, run);
		put_retried(x, run);
		put_tasks(x, run, tasks, folded, page);
		put_children(x, run);
		code = put_why(x, run, NULL, json_get_text(run, "state", ""), err);
		if (!code)
			code = put_aside(x, run, err);
		put_tries(x, attempts, 0);
		if (json_array_size(attempts) == ATTEMPTS_SHOWN)
			buf_format(&x->body,
				   "<p>%d attempts, what went wrong first. All of a task are on "
				   "its page.</p>\n",
				   ATTEMPTS_SHOWN);
		page_end(x);
	}
	json_decref(run);
	json_decref(folded);
	json_decref(tasks);
	json_decref(attempts);
	return code;
}

/* ---- one task of it ---- */

/* The instances of the task, what went wrong first; `states` is {state: count} of them. */
static enum err_code
put_instances(struct exchange *x, const json_t *run, json_t *states, struct err *err)
{
	static const struct page_column columns[] = {
		{ "task", "Instance", CELL_TASK },
		{ "item", "Item", CELL_TEXT },
		{ "state", "State", CELL_STATE },
		{ "tries", "Tries", CELL_NUMBER },
		{ "since", "Since", CELL_TIME },
		{ "waits", "Because", CELL_TEXT },
		{ "next_retry_at", "Next retry", CELL_TIME },
		{ "attempt", "Log", CELL_ATTEMPT },
	};
	struct instances_page which = { .task = x->args[2], .limit = TASKS_SHOWN };
	json_t *rows = NULL;
	int64_t page = 1, n;
	enum err_code code = exchange_task_state(x, &which.state, err);

	if (!code)
		code = exchange_count(x, "page", 1, PAGES_MAX, &page, err);
	which.skip = (int)(page - 1) * TASKS_SHOWN;
	if (!code)
		code = view_instances_page(x->view, json_get_int(run, "key", 0), &which, &rows,
					   err);
	if (!code) {
		name_run(rows, run);
		view_item_texts(rows);
		html_lit(&x->body, "<h2>Instances</h2>");
		n = put_states(x, states);
		TABLE(x, rows, columns, "None.");
		pager_put_pages(x, page, (n + TASKS_SHOWN - 1) / TASKS_SHOWN);
	}
	json_decref(rows);
	return code;
}

static enum err_code
put_task(struct exchange *x, const json_t *run, const json_t *task, json_t *attempts,
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
	if (!code && json_object_get(task, "instances"))
		code = put_instances(x, run, json_object_get(task, "instances"), err);
	if (n > 1)
		put_tries(x, attempts, 1);
	if (!code && n) {
		html_lit(&x->body, "<h2>Newest attempt</h2>");
		code = attempt_put(x, json_array_get(attempts, n - 1), err);
	}
	return code;
}

enum err_code
page_task(struct exchange *x, struct err *err)
{
	json_t *run = NULL, *task = NULL, *attempts = NULL;
	enum err_code code = view_run(x->view, x->args[0], x->args[1], &run, err);

	if (!code)
		code = view_task(x->view, json_get_int(run, "key", 0), x->args[2], &task, err);
	if (!code)
		code = view_attempts(x->view, json_get_int(run, "key", 0), x->args[2], &attempts,
				     err);
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
