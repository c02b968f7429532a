/*
 * past.h - runs that have ended: one small record each, in the order of their logical dates.
 *
 * Enough to answer what the schedule, readiness and a refusal ask; whatever
 * needs more of such a run gets its rows in the event (scheduler/rows/recall.h).
 */
#ifndef SCHEDULER_STATE_PAST_H
#define SCHEDULER_STATE_PAST_H

#include "scheduler/state/state.h"

/* The run of a dag for a logical date that has ended and left memory, or NULL. */
const struct past_run *past_find(const struct dag_state *d, int64_t logical_us);

/* The same by its run_id. */
const struct past_run *past_named(const struct dag_state *d, const char *run_id);

/* The first one at or after a logical date, or NULL; the others follow it up to past_end(). */
const struct past_run *past_from(const struct dag_state *d, int64_t logical_us);

/* The last one before a logical date, or NULL. */
const struct past_run *past_before(const struct dag_state *d, int64_t logical_us);

/* Behind the last one. */
const struct past_run *past_end(const struct dag_state *d);

/* Remember one; there is none for its date.  Cheap when it is the latest. */
void past_add(struct dag_state *d, const struct past_run *run);

/* Forget the one for a date: it is in memory again, or was never here. */
void past_drop(struct dag_state *d, int64_t logical_us);

/* Keys of runs that a step wants whole and that are not in memory. */
struct wanted {
	int64_t *keys; /* the holder frees them */
	size_t n, room;
};

/* One more; NULL is fine. */
void past_want(struct wanted *wanted, const struct past_run *run);

/* The run_id of a run of this type for a date: docs/STATE.md 1. */
void run_name(enum run_type type, int64_t logical_us, char out[RUN_ID_CHARS + 1]);

#endif
