/* run.c - the questions about runs, tasks, attempts and backfills. */
#include "core/view/run.h"

#include "core/base/mem.h"
#include "core/time/civil.h"
#include "core/view/answer.h"
#include "core/view/internal.h"
#include "core/view/keeper.h"
#include "core/view/known.h"
#include "core/view/sql.h"

#include <stdlib.h>
#include <string.h>

enum { TRIGGERS_SHOWN = 3 };

/* The text whose index finds what the filter wants. */
static const char *
runs_by(const struct run_filter *filter)
{
	if (filter->backfill)
		return sql_runs_of_backfill;
	if (filter->state)
		return filter->dag ? sql_runs_of_dag_in_state : sql_runs_in_state;
	return filter->dag ? sql_runs_of_dag : sql_runs;
}

enum err_code
view_runs(struct view *v, const struct run_filter *filter, json_t **out, struct err *err)
{
	struct stmt s;

	stmt_begin(&s, v->db, runs_by(filter));
	stmt_text(&s, 1, filter->dag);
	stmt_text(&s, 2, filter->state);
	if (filter->backfill)
		stmt_int(&s, 3, filter->backfill);
	stmt_int(&s, 4, answer_limit(filter->limit));
	return keeper_runs(v, &s, out, err);
}

static enum err_code
add_groups(struct view *v, json_t *run, struct err *err)
{
	json_t *groups = NULL;
	enum err_code code;
	struct stmt s;

	stmt_begin(&s, v->db, sql_run_groups);
	stmt_int(&s, 1, json_get_int(run, "key", 0));
	code = answer_rows(&s, &groups, err);
	if (!code && json_array_size(groups))
		(void)json_object_set(run, "groups", groups);
	json_decref(groups);
	return code;
}

/* Runs of other dags: those that tasks of it have made or waited for, and the one that made it. */
static enum err_code
add_relatives(struct view *v, json_t *run, struct err *err)
{
	json_t *children = NULL, *parent = NULL;
	enum err_code code;
	struct stmt s;

	stmt_begin(&s, v->db, sql_run_children);
	stmt_int(&s, 1, json_get_int(run, "key", 0));
	stmt_int(&s, 2, VIEW_ROWS_MAX);
	code = answer_rows(&s, &children, err);
	if (!code && json_array_size(children))
		(void)json_object_set(run, "children", children);
	json_decref(children);
	if (code)
		return code;
	stmt_begin(&s, v->db, sql_run_parent);
	stmt_int(&s, 1, json_get_int(run, "key", 0));
	code = answer_row(&s, &parent, err);
	if (!code && parent)
		(void)json_object_set(run, "parent", parent);
	json_decref(parent);
	return code;
}

enum err_code
view_run(struct view *v, const char *dag, const char *run, json_t **out, struct err *err)
{
	json_t *rows = NULL;
	enum err_code code;
	int64_t logical_us;
	struct stmt s;

	code = known_dag(v, dag, err);
	if (code)
		return code;
	stmt_begin(&s, v->db, sql_run);
	stmt_text(&s, 1, dag);
	stmt_text(&s, 2, run);
	if (run && known_logical(v, dag, run, &logical_us))
		stmt_int(&s, 3, logical_us);
	code = keeper_runs(v, &s, &rows, err);
	if (!code && !json_array_size(rows))
		code = run ? err_set(err, ERR_NOT_FOUND, "dag '%s' has no run '%s'", dag, run)
			   : err_set(err, ERR_NOT_FOUND, "dag '%s' has no run yet", dag);
	if (!code)
		code = add_groups(v, json_array_get(rows, 0), err);
	if (!code)
		code = add_relatives(v, json_array_get(rows, 0), err);
	if (!code)
		*out = json_incref(json_array_get(rows, 0));
	json_decref(rows);
	return code;
}

/* ---- tried again ---- */

static void
add_retry(json_t *gates, const char *gate, char *text, const char *until, const json_t *of)
{
	json_t *object = json_object(), *held = json_object_get(of, "gate");

	(void)json_object_set_new(object, "gate", json_text_new(gate));
	(void)json_object_set_new(object, "text", json_text_new(text));
	(void)json_object_set_new(object, "until", json_text_new(until));
	if (held)
		(void)json_object_set(object, "held_by", held);
	(void)json_array_append_new(gates, object);
	free(text);
}

void
view_retry_gates(const json_t *run, bool there, json_t *gates)
{
	const char *when = there ? "at" : "with a scheduler, not before";
	const char *until = json_get_text(run, "next_retry_at", NULL);
	long long retry = json_get_int(run, "retries", 0);
	const json_t *group;
	size_t i;

	if (until)
		add_retry(
		    gates, "run_retry",
		    mem_format("the run failed; run retry %lld of %lld comes %s %s, with the "
			       "tasks that failed",
			       retry,
			       (long long)json_get_int(json_object_get(run, "gate"), "most", retry),
			       when, until),
		    there ? until : NULL, run);
	json_array_foreach(json_object_get(run, "groups"), i, group)
	{
		long long try = json_get_int(group, "try", 0);

		until = json_get_text(group, "next_retry_at", NULL);
		if (!until)
			continue;
		add_retry(gates, "group_retry",
			  mem_format("group %s failed in try %lld; try %lld of %lld comes %s %s, "
				     "with all its tasks",
				     json_get_text(group, "group", ""), try - 1, try,
				     (long long)json_get_int(group, "tries", 0), when, until),
			  there ? until : NULL, group);
	}
}

void
view_wait_gate(const json_t *row, bool there, json_t *gates)
{
	const char *next = json_get_text(row, "next_retry_at", "");
	json_t *held = json_object_get(row, "gate"), *object;

	add_retry(gates, json_get_text(held, "gate", "not_yet"),
		  mem_format("%s; the next look comes %s %s, the wait ends at %s",
			     json_get_text(row, "waits", ""),
			     there ? "at" : "with a scheduler, not before", next,
			     json_get_text(held, "until", "")),
		  there ? next : NULL, row);
	object = json_array_get(gates, json_array_size(gates) - 1);
	(void)json_object_set(object, "task", json_object_get(row, "task"));
}

enum err_code
view_grid(struct view *v, const char *dag, int limit, json_t **out, struct err *err)
{
	enum err_code code;
	struct stmt s;

	code = known_dag(v, dag, err);
	if (code)
		return code;
	stmt_begin(&s, v->db, sql_grid);
	stmt_text(&s, 1, dag);
	stmt_int(&s, 2, answer_limit(limit));
	return keeper_runs(v, &s, out, err);
}

enum err_code
view_tasks(struct view *v, int64_t run, json_t **out, struct err *err)
{
	struct stmt s;

	stmt_begin(&s, v->db, sql_tasks);
	stmt_int(&s, 1, run);
	return keeper_tasks(v, run, &s, out, err);
}

/* The outermost group that a task is in, or NULL. */
static const char *
group_of(const struct dag *dag, const char *task)
{
	int at = dag_task_find(dag, task);
	int32_t group = at < 0 ? -1 : dag_outer_group(dag, (size_t)at);

	return group < 0 ? NULL : dag->groups[group].id;
}

/* What has to be looked at first comes first; skipped is all of it only when nothing else is. */
static const char *const worst_first[] = { "failed",       "upstream_failed", "cancelled",
					   "up_for_retry", "running",         "expanded",
					   "queued",       "scheduled",       "up_for_reschedule",
					   "none",         "success",         "skipped" };

/* "3 tasks: 1 failed, 2 success"; gives the worst of the states, or NULL. */
static const char *
add_counts(const json_t *states, const char *what, struct buf *text)
{
	const char *worst = NULL;
	int64_t n = 0;

	for (size_t i = 0; i < countof(worst_first); i++)
		n += json_get_int(states, worst_first[i], 0);
	buf_format(text, "%lld %s%s: ", (long long)n, what, n == 1 ? "" : "s");
	for (size_t i = 0; i < countof(worst_first); i++) {
		int64_t count = json_get_int(states, worst_first[i], 0);

		if (!count)
			continue;
		buf_format(text, "%s%lld %s", worst ? ", " : "", (long long)count, worst_first[i]);
		worst = worst ? worst : worst_first[i];
	}
	return worst;
}

void
view_count_instances(json_t *row)
{
	json_t *states = json_object_get(row, "instances"), *count;
	long long total = json_get_int(row, "list_items", 0), n = 0;
	struct buf text;
	const char *key;

	(void)json_object_del(row, "list_items");
	if (!json_object_size(states) || *json_get_text(row, "waits", ""))
		return;
	buf_init(&text, SIZE_MAX);
	json_object_foreach(states, key, count) n += json_integer_value(count);
	if (n < total)
		buf_format(&text, "%lld of %lld instances are made: ", n, total);
	(void)add_counts(states, "instance", &text);
	(void)json_object_set_new(row, "waits", json_string(text.data));
	buf_release(&text);
}

/* The state of a group, and how many of its tasks are in which. */
static void
sum_up(json_t *group)
{
	const char *worst;
	struct buf text;

	buf_init(&text, SIZE_MAX);
	worst = add_counts(json_object_get(group, "states"), "task", &text);
	(void)json_object_set_new(group, "state", json_string(worst ? worst : "none"));
	(void)json_object_set_new(group, "waits", json_string(text.data));
	buf_release(&text);
}

static void
add_to_group(json_t *group, json_t *row)
{
	json_t *states = json_object_get(group, "states"), *since = json_object_get(row, "since");
	const char *state = json_get_text(row, "state", "none");

	(void)json_array_append(json_object_get(group, "rows"), row);
	(void)json_object_set_new(states, state, json_integer(json_get_int(states, state, 0) + 1));
	if (strcmp(json_get_text(group, "since", ""), json_get_text(row, "since", "")) < 0)
		(void)json_object_set(group, "since", since);
}

/* How many instances of a task are in which state; it keeps its own. */
static void
sum_up_instances(json_t *task)
{
	struct buf text;

	if (!json_object_get(task, "states"))
		return;
	buf_init(&text, SIZE_MAX);
	(void)add_counts(json_object_get(task, "states"), "instance", &text);
	(void)json_object_set_new(task, "waits", json_string(text.data));
	buf_release(&text);
}

/* Each instance stands in the row of its task, which comes before it.  NULL: there is none. */
static json_t *
fold_instances(const json_t *tasks)
{
	json_t *out = json_array(), *task = NULL;
	bool any = false;

	for (size_t i = 0; i < json_array_size(tasks); i++) {
		json_t *row = json_array_get(tasks, i);

		if (!task || !json_object_get(row, "index")) {
			task = json_copy(row);
			(void)json_array_append_new(out, task);
			continue;
		}
		any = true;
		if (!json_object_get(task, "states")) {
			(void)json_object_set_new(task, "states", json_object());
			(void)json_object_set_new(task, "rows", json_array());
		}
		add_to_group(task, row);
	}
	for (size_t i = 0; i < json_array_size(out); i++)
		sum_up_instances(json_array_get(out, i));
	if (any)
		return out;
	json_decref(out);
	return NULL;
}

/* Names of groups may be those of no task, so an object of them is enough. */
static json_t *
fold(const struct dag *dag, json_t *tasks)
{
	json_t *out = json_array(), *groups = json_object(), *row, *group;
	const char *name;
	size_t i;

	json_array_foreach(tasks, i, row)
	{
		name = group_of(dag, json_get_text(row, "task", ""));
		group = name ? json_object_get(groups, name) : NULL;
		if (name && !group) {
			group = json_pack("{s:s, s:b, s:{}, s:[]}", "task", name, "group", 1,
					  "states", "rows");
			(void)json_object_set_new(groups, name, group);
			(void)json_array_append(out, group);
		}
		if (group)
			add_to_group(group, row);
		else
			(void)json_array_append(out, row);
	}
	json_object_foreach(groups, name, group)
	{
		sum_up(group);
	}
	json_decref(groups);
	return out;
}

enum err_code
view_fold(struct view *v, const json_t *run, json_t *tasks, json_t **out, struct err *err)
{
	struct dag *dag = NULL;
	json_t *shorter;
	enum err_code code;

	*out = NULL;
	code = known_definition(v, json_get_text(run, "dag_digest", ""), &dag, err);
	shorter = code ? NULL : fold_instances(tasks);
	if (!code && dag && dag->n_groups)
		*out = fold(dag, shorter ? shorter : tasks);
	else
		*out = json_incref(shorter);
	json_decref(shorter);
	dag_unref(dag);
	return code;
}

char *
view_instances(struct view *v, const json_t *run, const char *task)
{
	char *out = NULL;
	struct stmt s;

	stmt_begin(&s, v->db, sql_why_instances);
	stmt_int(&s, 1, json_get_int(run, "key", 0));
	stmt_text(&s, 2, task);
	if (stmt_row(&s)) {
		const char *first = stmt_col_text(&s, 3), *failed = stmt_col_text(&s, 4);
		const char *dag = json_get_text(run, "dag", "");
		long long n = stmt_col_int(&s, 0), n_failed = stmt_col_int(&s, 2);
		long long all = stmt_col_int(&s, 5);

		if (n < all && stmt_col_int(&s, 6))
			out = mem_format("%lld of %lld instances are made; none begins before all "
					 "are there",
					 n, all);
		else if (n < all)
			out = mem_format("it ended when %lld of its %lld instances were made", n,
					 all);
		else if (*first)
			out = mem_format("%lld of %lld instances have ended, %lld failed; %s has "
					 "not: `tidemill why %s '%s'`",
					 (long long)stmt_col_int(&s, 1), n, n_failed, first, dag,
					 first);
		else if (*failed)
			out = mem_format("%lld of %lld instances failed, the first is %s: "
					 "`tidemill why %s '%s'`",
					 n_failed, n, failed, dag, failed);
		else
			out = mem_format("all of its %lld instances have ended", n);
	}
	if (stmt_end(&s, NULL) && !out)
		out = mem_str("its instances have not all ended");
	return out;
}

enum err_code
view_attempts(struct view *v, int64_t run, const char *task, json_t **out, struct err *err)
{
	struct stmt s;

	stmt_begin(&s, v->db, sql_attempts);
	stmt_int(&s, 1, run);
	stmt_text(&s, 2, task);
	return answer_rows(&s, out, err);
}

enum err_code
view_attempt(struct view *v, int64_t key, json_t **out, struct err *err)
{
	json_t *row = NULL;
	enum err_code code;
	struct stmt s;

	stmt_begin(&s, v->db, sql_attempt);
	stmt_int(&s, 1, key);
	code = answer_row(&s, &row, err);
	if (!code && !row)
		return err_set(err, ERR_NOT_FOUND, "there is no attempt %lld", (long long)key);
	if (!code)
		*out = row;
	return code;
}

enum err_code
view_backfills(struct view *v, json_t **out, struct err *err)
{
	struct stmt s;

	stmt_begin(&s, v->db, sql_backfills);
	return answer_rows(&s, out, err);
}

char *
view_trigger_words(const json_t *triggered_by)
{
	size_t n = json_array_size(triggered_by), shown = n > TRIGGERS_SHOWN ? TRIGGERS_SHOWN : n;
	struct buf text;

	if (!n)
		return NULL;
	buf_init(&text, SIZE_MAX / 2);
	for (size_t i = 0; i < shown; i++) {
		const json_t *one = json_array_get(triggered_by, i);

		buf_format(&text, "%s%s %s", i ? ", " : "", json_get_text(one, "dataset", ""),
			   json_get_text(one, "partition", ""));
	}
	if (shown < n)
		buf_format(&text, " and %zu more", n - shown);
	return buf_give(&text);
}
