/* outcome.h - what became of attempts. */
#ifndef SCHEDULER_ENGINE_OUTCOME_H
#define SCHEDULER_ENGINE_OUTCOME_H

#include "scheduler/state/state.h"

/* An event about an attempt. */
void attempt_step(struct engine *e, const struct event *event);

#endif
