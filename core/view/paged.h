/*
 * paged.h - lists a page at a time, for the status page.
 *
 * A place in a list is the key of a row, so a page deep in the past costs what
 * the first one does.  With `before` a list goes on behind that row, with
 * `after` it ends in front of it; both 0 or NULL: it begins with the first.
 */
#ifndef CORE_VIEW_PAGED_H
#define CORE_VIEW_PAGED_H

#include "core/view/open.h"

/* Which runs, by key the newest logical date first.  NULL and 0: any. */
struct runs_page {
	const char *dag, *state;
	int64_t before; /* older than this run */
	int64_t after;  /* newer than this run, the nearest of them; VIEW_FROM_OLDEST: the oldest */
	int limit;
	bool bare; /* "tasks" is null: nothing is counted */
};

enum { VIEW_FROM_OLDEST = -1 };

/* Runs as view_runs() tells them. */
enum err_code view_runs_page(struct view *v, const struct runs_page *page, json_t **out,
			     struct err *err) MUST_CHECK;

/*
 * Give each of these runs "cells", an array beside `tasks`, an array of names: {state, tries} of
 * that task in the run, or null.
 */
enum err_code view_add_cells(struct view *v, json_t *runs, const json_t *tasks,
			     struct err *err) MUST_CHECK;

/* Tasks of a run as view_tasks() tells them, in `state` (NULL: any), what went wrong first. */
enum err_code view_tasks_page(struct view *v, int64_t run, const char *state, int limit, int skip,
			      json_t **out, struct err *err) MUST_CHECK;

/*
 * Tasks of a run as view_tasks() tells them and in its order, those behind `after`; NULL: from the
 * first.  ERR_INPUT: the run has no such task.
 */
enum err_code view_tasks_after(struct view *v, int64_t run, const char *after, int limit,
			       json_t **out, struct err *err) MUST_CHECK;

/* Attempts of these tasks of a run, as view_attempts() tells them and in its order. */
enum err_code view_attempts_of(struct view *v, int64_t run, const json_t *tasks, json_t **out,
			       struct err *err) MUST_CHECK;

/* Which of the instances of a task. */
struct instances_page {
	const char *task;
	const char *state; /* NULL: any */
	int limit, skip;
};

/*
 * The instances of a task of a run as view_tasks() tells them, with "index" and "item", what went
 * wrong first, and "attempt", the key of the newest where there is one; none of a task that is not
 * expanded.
 */
enum err_code view_instances_page(struct view *v, int64_t run, const struct instances_page *which,
				  json_t **out, struct err *err) MUST_CHECK;

/* For a table: the item of each of these instances becomes text, what is none the JSON that it is.
 */
void view_item_texts(json_t *instances);

/* One task of a run; ERR_NOT_FOUND: it has none of that name. */
enum err_code view_task(struct view *v, int64_t run, const char *task, json_t **out,
			struct err *err) MUST_CHECK;

/* Attempts of a run, what went wrong first and then the newest. */
enum err_code view_attempts_page(struct view *v, int64_t run, int limit, json_t **out,
				 struct err *err) MUST_CHECK;

/* Give each of these runs that is no success "culprits": its first `each` tasks that failed. */
enum err_code view_add_culprits(struct view *v, json_t *runs, int each, struct err *err) MUST_CHECK;

/* Which dags, by name. */
struct dags_page {
	const char *before, *after; /* names */
	const char *search;         /* stands in the name, in either case */
	int present, paused;        /* 0 or 1; -1: either */
	int limit;
};

/* Dags as view_dags() tells them, with schedule, owner and description of the definition. */
enum err_code view_dags_page(struct view *v, const struct dags_page *page, json_t **out,
			     struct err *err) MUST_CHECK;

/* ERR_INPUT: neither a partition nor a check of such a dataset is known. */
enum err_code view_know_checked(struct view *v, const char *dataset, struct err *err) MUST_CHECK;

#endif
