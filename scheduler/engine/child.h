/*
 * child.h - tasks that have runs of another dag made and wait for them: docs/STATE.md 5.6.
 */
#ifndef SCHEDULER_ENGINE_CHILD_H
#define SCHEDULER_ENGINE_CHILD_H

#include "scheduler/state/past.h"

/* A task that may begin, or has begun and waits: what comes of it? */
void child_check(struct engine *e, struct run_task *t);

/* Who made this run has ended before it: it is cancelled. */
void child_orphan(struct engine *e, struct run *run);

/* Keys of the runs that have to be known before tasks that may begin do. */
void child_needs(struct engine *e, struct wanted *wanted);

#endif
