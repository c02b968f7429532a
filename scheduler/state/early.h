/*
 * early.h - runs whose epoch began before their interval had ended: the schedule owes them the
 * next.
 *
 * Few at any time: whoever starts one has to say so.
 */
#ifndef SCHEDULER_STATE_EARLY_H
#define SCHEDULER_STATE_EARLY_H

#include "scheduler/state/state.h"

/* The epoch of the run for a logical date is early.  Again: nobody has asked for its rows. */
void early_add(struct dag_state *d, int64_t logical_us);

/* It is not, or no longer; fine for a run that never was. */
void early_drop(struct dag_state *d, int64_t logical_us);

/* When the first that has ended, or only waits, is due to be made again; INT64_MAX: none is, or
 * nothing makes it. */
int64_t early_due(const struct dag_state *d);

/*
 * One that has ended, is due and was not asked for (or, `asked`, was) among those that are
 * not in memory; NULL: none.
 */
struct early_run *early_unread(const struct dag_state *d, int64_t now_us, bool asked);

/*
 * Is the run of an early epoch that only waits for other runs?  One of them may wait for it, until
 * it is made again.
 */
bool early_waits(const struct run *run);

/* The first run in memory that has ended and is due to be made again; NULL: none. */
struct run *early_owed(const struct dag_state *d, int64_t now_us);

#endif
