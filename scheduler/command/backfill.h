/* backfill.h - runs over a range of days, all or none. */
#ifndef SCHEDULER_COMMAND_BACKFILL_H
#define SCHEDULER_COMMAND_BACKFILL_H

#include "scheduler/state/state.h"

/* Make or clear the runs of the range, in one transaction, or say why not; fills *reply. */
void command_backfill(struct engine *e, const struct command *c, struct reply *reply);

#endif
