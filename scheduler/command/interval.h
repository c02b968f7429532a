/* interval.h - what a command says of an interval that has not ended. */
#ifndef SCHEDULER_COMMAND_INTERVAL_H
#define SCHEDULER_COMMAND_INTERVAL_H

#include "scheduler/state/state.h"

/*
 * Read the dates of a command, as they were typed, in the grid of its dag.  False: a sentence that
 * says which cannot be is appended to why.
 */
bool command_dates(const struct engine *e, struct command *c, struct buf *why);

/* May it run now (core/model/interval.h)?  False: the reply refuses and says what to type. */
bool command_interval(struct engine *e, const struct dag *dag, int64_t logical_us, bool early,
		      struct reply *reply);

/* What becomes of a run that is early, to go behind a sentence; "" for one that is not. */
const char *reply_early(struct engine *e, const struct run *run);

#endif
