/*
 * wake.h - runs that datasets make: what follows from an update, and from all that may settle what
 * such a run waits for.  docs/STATE.md, "Woken by datasets".
 */
#ifndef SCHEDULER_WAKE_WAKE_H
#define SCHEDULER_WAKE_WAKE_H

#include "scheduler/state/past.h"

enum {
	WAKE_RUNS_MAX = 250,  /* made for datasets in one step, as many as the schedule makes */
	TRIGGERING_MAX = 100, /* a run is told of so many updates, the newest */
};

/*
 * A run published what nobody had before: a new version, or one that is not preliminary any more.
 * Those whom it wakes are looked at in this step.
 */
void wake_published(struct engine *e, const struct run *by, const struct partition_row *row);

/* Does this engine make runs for datasets at `now_us`? */
bool wake_may(const struct engine *e, int64_t now_us);

/* Make the run that updates are for, or make it again, or have them wait, and say for what. */
void wake_check(struct engine *e, struct wake *w);

/* When something has to be looked at next; INT64_MAX: never. */
int64_t wake_next(const struct engine *e);

/* The step is over; what it had no room for is looked at in the next. */
void wake_rest(struct engine *e);

/* Keys of runs that have left memory and are to be made again, as many as one step makes. */
void wake_needs(struct engine *e, struct wanted *wanted);

#endif
