/* task.h - every move of a task. */
#ifndef SCHEDULER_STATE_TASK_H
#define SCHEDULER_STATE_TASK_H

#include "scheduler/state/state.h"

/*
 * Move a task: it leaves heaps and watches, is counted, logged and marked, and
 * whoever depends on it is put on the work list.  An illegal move aborts.
 * `detail` says why, for a person.
 */
void task_apply(struct engine *e, struct run_task *t, enum task_event event, const char *detail);

#endif
