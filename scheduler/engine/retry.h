/* retry.h - whether a task whose attempt ended badly is tried again, and when. */
#ifndef SCHEDULER_ENGINE_RETRY_H
#define SCHEDULER_ENGINE_RETRY_H

#include "core/model/gate.h"
#include "core/model/retry.h"
#include "scheduler/state/state.h"

/*
 * Its attempt, with its message, ended without what it was made for: is it looked again, whose
 * account is it, and is there another try?
 */
void task_failed(struct engine *e, const struct attempt *a, const struct end *end);

/*
 * A task that waited for runs of another dag: one of them ended in this state, which `why` tells.
 * Not cancelled, it is a failure of the task, which may ask for them again.
 */
void children_failed(struct engine *e, struct run_task *t, enum run_state state,
		     const struct gate *why);

/* The retry_budget of a task is over before its next try: then it has failed. */
bool retry_is_late(struct engine *e, struct run_task *t);

/* All tasks of a group have ended: is it tried again, and when? */
void group_rest(struct engine *e, struct run_group *g);

/* The whole delay before the next try of a group that waits for one. */
int64_t group_retry_delay(const struct run_group *g);

/* Retry delays that are over, and waits that end by themselves. */
void timers_fire(struct engine *e);

/* The whole delay before the next try or look of a task that waits for one; at most that. */
int64_t retry_wait_max(const struct run_task *t);

#endif
