/* plan.h - the schedule: runs that time alone makes. */
#ifndef SCHEDULER_ENGINE_PLAN_H
#define SCHEDULER_ENGINE_PLAN_H

#include "scheduler/state/past.h"

/* Ask for the rows of early runs that are due to be made again and not in memory. */
void plan_needs(struct engine *e, int64_t now_us, struct wanted *wanted);

/* Make the runs that are due, within bounds; the rest is left for the next step. */
void plan_runs(struct engine *e);

#endif
