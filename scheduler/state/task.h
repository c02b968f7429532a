/* task.h - every move of a task. */
#ifndef SCHEDULER_STATE_TASK_H
#define SCHEDULER_STATE_TASK_H

#include "core/model/gate.h"
#include "scheduler/state/state.h"

/* What it left, as of task_row, which goes when it is not `success` any more; NULL: nothing. */
const char *task_outputs(const struct run_task *t);

/* Keep a copy of what it left; NULL: nothing. */
void task_keep_outputs(struct run_task *t, const char *outputs);

/*
 * Move a task: it leaves heaps and watches, is counted, logged and marked, and
 * whoever depends on it is put on the work list.  An illegal move aborts.
 * `detail` says why, for a person.
 */
void task_apply(struct engine *e, struct run_task *t, enum task_event event, const char *detail);

/* The same for one that ends without an attempt: the gate is kept, its sentence is the detail. */
void task_end_at(struct engine *e, struct run_task *t, enum task_event event,
		 const struct gate *gate);

#endif
