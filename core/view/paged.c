/* paged.c - lists a page at a time, for the status page. */
#include "core/view/paged.h"

#include "core/base/mem.h"
#include "core/view/answer.h"
#include "core/view/dag.h"
#include "core/view/internal.h"
#include "core/view/keeper.h"
#include "core/view/run.h"
#include "core/view/sql.h"

#include <stdlib.h>
#include <string.h>

/* ---- runs ---- */

/* The text whose index finds them. */
static const char *
runs_text(const struct runs_page *page)
{
	bool up = page->after != 0;

	if (page->dag && page->state)
		return up ? sql_page_runs_of_dag_in_state_up : sql_page_runs_of_dag_in_state;
	if (page->dag)
		return up ? sql_page_runs_of_dag_up : sql_page_runs_of_dag;
	if (page->state)
		return up ? sql_page_runs_in_state_up : sql_page_runs_in_state;
	return up ? sql_page_runs_up : sql_page_runs;
}

enum err_code
view_runs_page(struct view *v, const struct runs_page *page, json_t **out, struct err *err)
{
	json_t *rows = NULL;
	enum err_code code;
	struct stmt s;

	stmt_begin(&s, v->db, runs_text(page));
	stmt_text(&s, 1, page->dag);
	stmt_text(&s, 2, page->state);
	stmt_int(&s, 4, answer_limit(page->limit));
	if (page->before)
		stmt_int(&s, 5, page->before);
	if (page->after > 0)
		stmt_int(&s, 6, page->after);
	if (page->bare)
		stmt_int(&s, 7, 1);
	code = keeper_runs(v, &s, &rows, err);
	if (!code)
		*out = page->after ? answer_reversed(rows) : rows;
	return code;
}

/* An empty cell for each task, in each run. */
static json_t *
empty_cells(json_t *runs, size_t tasks)
{
	json_t *keys = json_array(), *run;
	size_t i;

	json_array_foreach(runs, i, run)
	{
		json_t *cells = json_array();

		for (size_t t = 0; t < tasks; t++)
			(void)json_array_append_new(cells, json_null());
		(void)json_array_append(keys, json_object_get(run, "key"));
		(void)json_object_set_new(run, "cells", cells);
	}
	return keys;
}

enum err_code
view_add_cells(struct view *v, json_t *runs, const json_t *tasks, struct err *err)
{
	json_t *keys = empty_cells(runs, json_array_size(tasks));
	char *of_runs = json_compact(keys), *of_tasks = json_compact(tasks);
	enum err_code code;
	struct stmt s;

	stmt_begin(&s, v->db, sql_page_cells);
	stmt_text(&s, 1, of_runs);
	stmt_text(&s, 2, of_tasks);
	while (stmt_row(&s)) {
		json_t *run = json_array_get(runs, (size_t)stmt_col_int(&s, 0));

		(void)json_array_set_new(json_object_get(run, "cells"), (size_t)stmt_col_int(&s, 1),
					 json_pack("{s:s, s:I}", "state", stmt_col_text(&s, 2),
						   "tries", (json_int_t)stmt_col_int(&s, 3)));
	}
	code = stmt_end(&s, err);
	free(of_tasks);
	free(of_runs);
	json_decref(keys);
	return code;
}

/* ---- tasks and attempts of a run ---- */

static void
count_instances(json_t *rows)
{
	json_t *row;
	size_t i;

	json_array_foreach(rows, i, row)
	{
		view_count_instances(row);
	}
}

enum err_code
view_tasks_page(struct view *v, int64_t run, const char *state, int limit, int skip, json_t **out,
		struct err *err)
{
	enum err_code code;
	struct stmt s;

	stmt_begin(&s, v->db, sql_page_tasks);
	stmt_int(&s, 1, run);
	stmt_text(&s, 2, state);
	stmt_int(&s, 3, answer_limit(limit));
	stmt_int(&s, 4, skip);
	code = keeper_tasks(v, run, &s, out, err);
	if (!code)
		count_instances(*out);
	return code;
}

enum err_code
view_instances_page(struct view *v, int64_t run, const struct instances_page *which, json_t **out,
		    struct err *err)
{
	struct stmt s;

	stmt_begin(&s, v->db, sql_page_instances);
	stmt_int(&s, 1, run);
	stmt_text(&s, 2, which->task);
	stmt_text(&s, 3, which->state);
	stmt_int(&s, 4, answer_limit(which->limit));
	stmt_int(&s, 5, which->skip);
	return keeper_tasks(v, run, &s, out, err);
}

void
view_item_texts(json_t *instances)
{
	json_t *row;
	size_t i;

	json_array_foreach(instances, i, row)
	{
		const json_t *item = json_object_get(row, "item");
		char *text;

		if (!item || json_is_string(item))
			continue;
		text = json_compact(item);
		(void)json_object_set_new(row, "item", json_text_new(text));
		free(text);
	}
}

enum err_code
view_tasks_after(struct view *v, int64_t run, const char *after, int limit, json_t **out,
		 struct err *err)
{
	json_t *task = NULL;
	enum err_code code;
	struct stmt s;

	if (after) {
		code = view_task(v, run, after, &task, err);
		json_decref(task);
		if (code)
			return code == ERR_NOT_FOUND ? ERR_INPUT : code;
	}
	stmt_begin(&s, v->db, sql_page_tasks_after);
	stmt_int(&s, 1, run);
	stmt_text(&s, 2, after);
	stmt_int(&s, 3, answer_limit(limit));
	return keeper_tasks(v, run, &s, out, err);
}

enum err_code
view_task(struct view *v, int64_t run, const char *task, json_t **out, struct err *err)
{
	json_t *rows = NULL;
	enum err_code code;
	struct stmt s;

	stmt_begin(&s, v->db, sql_page_task);
	stmt_int(&s, 1, run);
	stmt_text(&s, 2, task);
	code = answer_rows(&s, &rows, err);
	if (!code)
		code = keeper_tell_tasks(v, run, rows, err);
	if (!code && !json_array_size(rows))
		code = err_set(err, ERR_NOT_FOUND, "the run has no task '%s'", task);
	if (!code)
		count_instances(rows);
	if (!code)
		*out = json_incref(json_array_get(rows, 0));
	json_decref(rows);
	return code;
}

enum err_code
view_attempts_of(struct view *v, int64_t run, const json_t *tasks, json_t **out, struct err *err)
{
	char *of_tasks = json_compact(tasks);
	enum err_code code;
	struct stmt s;

	stmt_begin(&s, v->db, sql_page_attempts_of);
	stmt_int(&s, 1, run);
	stmt_text(&s, 2, of_tasks);
	code = answer_rows(&s, out, err);
	free(of_tasks);
	return code;
}

enum err_code
view_attempts_page(struct view *v, int64_t run, int limit, json_t **out, struct err *err)
{
	struct stmt s;

	stmt_begin(&s, v->db, sql_page_attempts);
	stmt_int(&s, 1, run);
	stmt_int(&s, 2, answer_limit(limit));
	return answer_rows(&s, out, err);
}

enum err_code
view_add_culprits(struct view *v, json_t *runs, int each, struct err *err)
{
	json_t *keys = json_array(), *found = NULL, *run;
	enum err_code code;
	char *of_runs;
	struct stmt s;
	size_t i;

	json_array_foreach(runs, i, run)
	{
		/* All tasks of a success would be looked at for nothing. */
		if (strcmp(json_get_text(run, "state", ""), "success") != 0)
			(void)json_array_append(keys, json_object_get(run, "key"));
		else
			(void)json_array_append_new(keys, json_null());
	}
	of_runs = json_compact(keys);
	stmt_begin(&s, v->db, sql_page_culprits);
	stmt_text(&s, 1, of_runs);
	stmt_int(&s, 2, each);
	code = answer_rows(&s, &found, err);
	json_array_foreach(runs, i, run)
	{
		(void)json_object_set(run, "culprits",
				      json_object_get(json_array_get(found, i), "culprits"));
	}
	json_decref(found);
	free(of_runs);
	json_decref(keys);
	return code;
}

/* ---- dags ---- */

enum err_code
view_dags_page(struct view *v, const struct dags_page *page, json_t **out, struct err *err)
{
	json_t *rows = NULL, *row;
	enum err_code code;
	struct stmt s;
	size_t i;

	stmt_begin(&s, v->db, page->before ? sql_page_dags_back : sql_page_dags);
	stmt_text(&s, 1, page->after);
	stmt_text(&s, 2, page->before);
	stmt_text(&s, 3, page->search);
	stmt_int(&s, 4, answer_limit(page->limit));
	if (page->present >= 0)
		stmt_int(&s, 5, page->present);
	if (page->paused >= 0)
		stmt_int(&s, 6, page->paused);
	code = answer_rows(&s, &rows, err);
	json_array_foreach(rows, i, row)
	{
		if (!code)
			code = view_dag_outline(v, row, err);
	}
	if (code)
		json_decref(rows);
	else
		*out = page->before ? answer_reversed(rows) : rows;
	return code;
}

/* ---- datasets ---- */

enum err_code
view_know_checked(struct view *v, const char *dataset, struct err *err)
{
	enum err_code code;
	bool known;
	struct stmt s;

	stmt_begin(&s, v->db, sql_know_checked);
	stmt_text(&s, 1, dataset);
	known = stmt_row(&s);
	code = stmt_end(&s, err);
	if (!code && !known)
		code = err_set(err, ERR_INPUT,
			       "no partition and no check of a dataset '%s' is known", dataset);
	return code;
}
