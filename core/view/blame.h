/* blame.h - whose failure it was that kept a task from running. */
#ifndef CORE_VIEW_BLAME_H
#define CORE_VIEW_BLAME_H

#include "core/model/dag.h"
#include "core/view/open.h"

/*
 * Give each of these tasks of a run (as view_tasks() gives them) that is upstream_failed
 * "failed_upstream": [task], those before it that failed or were cancelled themselves, and name in
 * "waits" of one that was skipped for what others came to which those are; nothing where the run's
 * definition cannot be read.  `run` is as view_run() gives it.
 */
enum err_code view_blame(struct view *v, const json_t *run, json_t *tasks,
			 struct err *err) MUST_CHECK;

/* "load did not succeed", of a task that has a "failed_upstream"; else NULL.  The caller's. */
char *blame_text(const json_t *row);

/*
 * Why a task came to its end: whose failure that was, else what its last attempt (NULL: there was
 * none) said and what is written of the task, each once.  Empty: nothing is.  The caller's.
 */
char *blame_end(const json_t *row, const json_t *attempt);

/*
 * Which groups with retries of a run, as view_run() gives it, have not ended, so that the ends of
 * their tasks are not seen from outside.  `states` are those of the dag's tasks (-1: not known);
 * `open` has room for dag->n_retried.
 */
void view_open_groups(const struct dag *dag, const json_t *run, const int *states, bool *open);

#endif
