/* partition.h - what is published. */
#ifndef SCHEDULER_STATE_PARTITION_H
#define SCHEDULER_STATE_PARTITION_H

#include "scheduler/state/state.h"

/* Remember the live version of a partition.  The row's strings are copied. */
struct partition *partition_set(struct engine *e, const struct partition_row *row);

#endif
