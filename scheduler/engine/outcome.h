/* outcome.h - what became of attempts, and retries. */
#ifndef SCHEDULER_ENGINE_OUTCOME_H
#define SCHEDULER_ENGINE_OUTCOME_H

#include "scheduler/state/state.h"

/* Retry delays that are over, and waits that end by themselves. */
void timers_fire(struct engine *e);

/* The whole delay before the next try of a task that waits for one; at most that. */
int64_t retry_wait_max(const struct run_task *t);

/* An event about an attempt. */
void attempt_step(struct engine *e, const struct event *event);

#endif
