/* partition.h - what is published: the live version of each partition. */
#ifndef SCHEDULER_STATE_PARTITION_H
#define SCHEDULER_STATE_PARTITION_H

#include "scheduler/state/state.h"

/* What is published for a part, or NULL; valid until the next partition_set(). */
const struct live_partition *partition_find(const struct engine *e, const char *dataset,
					    int64_t part);

/* Remember the live version of a partition.  Cheap when it is the latest of its dataset. */
void partition_set(struct engine *e, const struct partition_row *row);

/* Forget them all. */
void partitions_free(struct engine *e);

#endif
