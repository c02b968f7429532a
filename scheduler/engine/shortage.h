/*
 * shortage.h - the machine is short of what a start needs: dispatch is closed and tried again.
 *
 * After a start that was held nothing is dispatched for a second, then one task is: the probe.  Is
 * it held as well, the time doubles, up to a minute; does it start, everything goes on.
 */
#ifndef SCHEDULER_ENGINE_SHORTAGE_H
#define SCHEDULER_ENGINE_SHORTAGE_H

#include "scheduler/state/state.h"

/* An attempt could not start for want of something; `error` is the errno, not 0. */
void shortage_met(struct engine *e, int64_t attempt, int error);

/* An attempt started, or ended for another reason: if it was the probe, dispatch is open. */
void shortage_passed(struct engine *e, int64_t attempt);

/* The probe was taken back before it told anything: another is sent. */
void shortage_untold(struct engine *e, int64_t attempt);

/* Is dispatch closed now? */
bool shortage_closed(const struct engine *e);

/* The wall clock was set: dispatch stays closed as long as it was to. */
void shortage_move(struct engine *e, int64_t delta_us);

/* A clock that was set back closes it for no longer than was meant: it is open then. */
void shortage_clamp(struct engine *e);

/* An attempt was made; true: it is the probe, nothing else may be dispatched. */
bool shortage_probe(struct engine *e, int64_t attempt);

/* When a probe is due for tasks that are ready; INT64_MAX: none is. */
int64_t shortage_wake(const struct engine *e);

#endif
