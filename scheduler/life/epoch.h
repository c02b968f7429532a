/* epoch.h - the next epoch of a run that has ended. */
#ifndef SCHEDULER_LIFE_EPOCH_H
#define SCHEDULER_LIFE_EPOCH_H

#include "scheduler/state/state.h"

/* What a new epoch does again. */
struct redo {
	struct def *def;  /* on this definition */
	bool only_failed; /* tasks that did not succeed */
	const char *task; /* this task or group and its downstream, it is in def; or NULL */
	int instance;     /* of the task, which is expanded, 1 + map_index of one; 0: all of them */
	bool retry;       /* the run is tried again: what failed of it */
};

/* The delay of a run that is up for retry is over: its next epoch, with what failed of it. */
void run_retry(struct engine *e, struct run *run);

/*
 * Does the logical date of a run mean an interval to a definition?  Not when that is on another
 * grid (another unit, another zone), none of whose parts starts then.
 */
bool run_fits(const struct run *run, const struct dag *dag);

/*
 * Has a final run a row to write in this step?  It may tell of its end, and a run whose next epoch
 * begins in the same step would never have ended for who reads the rows: that waits for the next.
 */
bool run_ended_now(const struct run *run);

/* Open the next epoch of a final run, which fits its definition; false: nothing to do, nothing
 * changed. */
bool run_clear(struct engine *e, struct run *run, const struct redo *redo);

#endif
