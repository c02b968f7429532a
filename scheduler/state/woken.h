/*
 * woken.h - updates of datasets that dags wait for, until a run of theirs consumes them.
 *
 * An update says which run to look at, and nothing else: what is lost costs time, and what comes
 * twice costs nothing.  Whether the run is made is decided elsewhere (scheduler/wake).
 */
#ifndef SCHEDULER_STATE_WOKEN_H
#define SCHEDULER_STATE_WOKEN_H

#include "core/model/gate.h"
#include "scheduler/state/state.h"

/* The logical date of updates that are of no interval: a dag without partitions. */
#define WAKE_ANY INT64_MIN

/* The order of those that wait for a time, of wake_seat. */
bool wake_before(const struct heap_item *a, const struct heap_item *b);

/* What waits for the run of a dag for a logical date, or NULL. */
struct wake *woken_find(const struct dag_state *d, int64_t logical_us);

/* Keep a copy of an update that no run has consumed; it goes to the database if it is new. */
void woken_add(struct engine *e, struct dag_state *d, const struct dataset_event_row *row,
	       bool fresh);

/* All its updates are consumed by a run, which is in rows before them; it is no more. */
void woken_consume(struct engine *e, struct wake *w, int64_t run);

/* The dag waits for what it waited for no longer: updates that are of nothing go. */
void woken_prune(struct engine *e, struct dag_state *d);

/* In this step see whether its run can be made. */
void woken_look(struct engine *e, struct wake *w);

/* The same of the one for a logical date, if there is one. */
void woken_look_at(struct engine *e, struct dag_state *d, int64_t logical_us);

/* The same of all of a dag. */
void woken_look_dag(struct engine *e, struct dag_state *d);

/* The same of all that there are. */
void woken_look_all(struct engine *e);

/* Look at it again then at the latest; INT64_MAX: when something happens. */
void woken_wait(struct engine *e, struct wake *w, int64_t due_us);

/* What it waits for. */
void woken_set_gate(struct engine *e, struct wake *w, const struct gate *gate);

/* The time of some has come. */
void woken_fire(struct engine *e);

/* Free what is kept of a dag. */
void woken_forget(struct engine *e, struct dag_state *d);

/* An update that a run has consumed: its row was written. */
void woken_free(struct woken_event *event);

#endif
