/* blame.h - whose failure it was that kept a task from running. */
#ifndef CORE_VIEW_BLAME_H
#define CORE_VIEW_BLAME_H

#include "core/view/open.h"

/*
 * Give each of these tasks of a run (as view_tasks() gives them) that is upstream_failed
 * "failed_upstream": [task], those before it that failed or were cancelled themselves; nothing
 * where the run's definition cannot be read.  `run` is as view_run() gives it.
 */
enum err_code view_blame(struct view *v, const json_t *run, json_t *tasks,
			 struct err *err) MUST_CHECK;

#endif
