/* outcome.h - what became of attempts, and retries. */
#ifndef SCHEDULER_ENGINE_OUTCOME_H
#define SCHEDULER_ENGINE_OUTCOME_H

#include "scheduler/state/state.h"

/* Retry delays that are over, and waits that end by themselves. */
void timers_fire(struct engine *e);

/* An event about an attempt. */
void attempt_step(struct engine *e, const struct event *event);

#endif
