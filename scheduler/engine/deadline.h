/* deadline.h - what time alone makes of a run: its timeout, its retry. */
#ifndef SCHEDULER_ENGINE_DEADLINE_H
#define SCHEDULER_ENGINE_DEADLINE_H

#include "scheduler/state/state.h"

/* Deadlines of runs that are over. */
void deadlines_pass(struct engine *e);

/* Is that of its run over?  Then nothing of it is started any more but its teardowns. */
bool deadline_is_over(const struct engine *e, const struct run_task *t);

/* When the next one is over; INT64_MAX: none is set. */
int64_t deadlines_wake(const struct engine *e);

/* A task ends because the timeout of its run is over. */
void deadline_end_task(struct engine *e, struct run_task *t, enum task_event event);

/* The whole time until the deadline of a run, counted from when it was set. */
int64_t deadline_wait_max(const struct run *run);

#endif
