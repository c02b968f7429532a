/*
 * told.h - a task that waits and makes no looks: the engine is told of what it waits for.
 *
 * A partition that a dag writes, or the answer of a person.  Between two words it is none, with
 * the gate that holds it back; first_us says since when, for its timeout (docs/STATE.md 3.2).
 */
#ifndef SCHEDULER_READY_TOLD_H
#define SCHEDULER_READY_TOLD_H

#include "core/model/gate.h"
#include "scheduler/state/state.h"

/* What it waits for is there; it ends when its run has a slot. */
void told_found(struct engine *e, struct run_task *t);

/*
 * What it waits for is not there, which `gate` says.  False: it has ended, or ends with a slot of
 * its run, for its timeout is over.
 */
bool told_waits(struct engine *e, struct run_task *t, const struct gate *gate);

/* When its timeout is over, for a timer; INT64_MAX: time does nothing to it. */
int64_t told_until(const struct engine *e, const struct run_task *t);

/* All that comes before the question is settled: ask a person, or take the answer. */
void told_ask(struct engine *e, struct run_task *t);

#endif
