/* list.h - the list of a task that is expanded, when it is final. */
#ifndef SCHEDULER_READY_LIST_H
#define SCHEDULER_READY_LIST_H

#include "scheduler/state/state.h"

/*
 * Everything else lets a task with `expand` begin: it is expanded, ends without an attempt because
 * its list is empty or none, or waits for the tasks that leave it.
 */
void list_expand(struct engine *e, struct run_task *t);

/*
 * An expanded task, taken from engine.growing: instances are made of its list, and when all are
 * there they are looked at, as many as there is room for in this turn.  It is put back if that was
 * not the last of them.  Where the list is not the one that it was expanded over, all of them fail.
 */
void list_go_on(struct engine *e, struct run_task *t);

#endif
