/* when.h - does the `when` of a task let it start? */
#ifndef SCHEDULER_READY_WHEN_H
#define SCHEDULER_READY_WHEN_H

#include "scheduler/state/state.h"

/*
 * Ask the `when` of a task whose trigger rule accepts.  False: the task was ended by it, or waits
 * for tasks that it names.
 */
bool when_accepts(struct engine *e, struct run_task *t);

#endif
