/* todo.h - what has to be looked at before the step ends. */
#ifndef SCHEDULER_STATE_TODO_H
#define SCHEDULER_STATE_TODO_H

#include "scheduler/state/state.h"

/* A task of it moved: in this step it may end, or give its run slot back (run_rest). */
void run_touch(struct engine *e, struct run *run);

/*
 * Put it on the work list if it is in state none and its run is running.  Of one that is expanded
 * all instances are looked at, as there is room in this turn and the next ones.
 */
void task_look(struct engine *e, struct run_task *t);

/* An expanded task: go on making its instances and looking at them, where that was left. */
void task_go_on(struct engine *e, struct run_task *t);

/* What runs of another dag make of it is decided in this step; it is on no other list. */
void task_look_at_children(struct engine *e, struct run_task *t);

/* Look at all its tasks in this step. */
void run_look(struct engine *e, struct run *run);

/* Its queue, its cap or what it uses changed: see in this step whether it admits a run. */
void group_mark(struct engine *e, struct group *g);

/* The dag's schedule may have changed: find out when to look at it. */
void plan_again(struct engine *e, struct dag_state *d);

#endif
