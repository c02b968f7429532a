/* slot.h - run slots: who wants one, who has one, and why somebody waits. */
#ifndef SCHEDULER_STATE_SLOT_H
#define SCHEDULER_STATE_SLOT_H

#include "scheduler/state/state.h"

/* Why a task is held back, for a person; "" for nothing. */
void task_set_waits(struct engine *e, struct run_task *t, const char *text);

/* Why a run is held back, for a person; "" for nothing. */
void run_set_waits(struct engine *e, struct run *run, const char *text);

/* An empty group of runs of `dag` (NULL: told later) that share `cap` run slots. */
void group_init(struct group *g, struct dag_state *dag, int cap);

/* The run wants a run slot; nothing happens when it has one or wants one already. */
void run_want(struct engine *e, struct run *run);

/* Give its run slot back, if it has one. */
void run_release(struct engine *e, struct run *run);

#endif
