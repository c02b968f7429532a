/* watch.h - tasks that wait for the run of a dag for a part. */
#ifndef SCHEDULER_STATE_WATCH_H
#define SCHEDULER_STATE_WATCH_H

#include "scheduler/state/state.h"

/* Stands for every part of a dag: who waits for several is looked at when any of them moves. */
#define WATCH_ANY INT64_MAX

/*
 * The task waits for the run of `on` for `part`; it is looked at again at until_us at the latest
 * (INT64_MAX: only when something happens).  It waits for nothing yet.
 */
void watch_add(struct engine *e, struct run_task *t, struct dag_state *on, int64_t part,
	       int64_t until_us);

/* It waits for no partition any more. */
void watch_drop(struct engine *e, struct run_task *t);

/* Something about the run of `d` for a part may end a wait. */
void watch_wake(struct engine *e, struct dag_state *d, int64_t part);

/*
 * What a run writes may be settled, or not any more: which runs of others this may wake is looked
 * at, and who waits for those.
 */
void watch_settled(struct engine *e, const struct run *run);

/* The same, of this very run; who depends on the past waits for its logical date. */
void watch_run(struct engine *e, const struct run *run);

/* A run has ended: who waits for this very run goes on. */
void watch_final(struct engine *e, const struct run *run);

/* A task of a run has ended: who depends on the past and waits for it may begin. */
void watch_ended(struct engine *e, const struct run_task *t);

/* Something about any run of `d` may end a wait. */
void watch_wake_all(struct engine *e, struct dag_state *d);

#endif
