/* list.h - the list of a task that is expanded, when it is final. */
#ifndef SCHEDULER_READY_LIST_H
#define SCHEDULER_READY_LIST_H

#include "scheduler/state/state.h"

/*
 * Everything else lets a task with `expand` begin: it is expanded, ends without an attempt because
 * its list is empty or none, or waits for the tasks that leave it.
 */
void list_expand(struct engine *e, struct run_task *t);

#endif
