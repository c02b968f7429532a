/* plan.h - the schedule: runs that time alone makes. */
#ifndef SCHEDULER_ENGINE_PLAN_H
#define SCHEDULER_ENGINE_PLAN_H

#include "scheduler/state/state.h"

/* Make the runs that are due, within bounds; the rest is left for the next step. */
void plan_runs(struct engine *e);

#endif
