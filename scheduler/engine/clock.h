/*
 * clock.h - what follows when the wall clock was set: docs/STATE.md, "Clocks".
 *
 * The schedule is about the wall clock, a wait is about time that passes.  Both are kept as
 * instants of the wall clock, with how far that clock was from the one of the boot: when the two
 * diverge by more than a minute within one boot, somebody has set the wall clock.
 */
#ifndef SCHEDULER_ENGINE_CLOCK_H
#define SCHEDULER_ENGINE_CLOCK_H

#include "scheduler/state/past.h"

/* Take EVENT_CLOCK. */
void clock_take(struct engine *e, const struct event *event);

/*
 * Ask for the rows of runs that have ended, of intervals that have not: they ran while the clock
 * was ahead, and are owed the next epoch.
 */
void clock_needs(const struct engine *e, int64_t now_us, struct wanted *wanted);

/* When that ends, or INT64_MAX: it does not hold.  A step then notes that it has ended. */
int64_t clock_wake(const struct engine *e);

/* Note that a hold is over, if time alone has ended it. */
void clock_pass(struct engine *e);

#endif
