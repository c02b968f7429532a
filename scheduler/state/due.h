/* due.h - when a partition of a dag is due. */
#ifndef SCHEDULER_STATE_DUE_H
#define SCHEDULER_STATE_DUE_H

#include "core/model/dag.h"

/* When the partition of `day` is due.  Only for a dag that is scheduled. */
int64_t partition_due(const struct dag *dag, int64_t day);

/* The newest day from from_day on that is due at now_us; from_day - 1: none is. */
int64_t newest_due(const struct dag *dag, int64_t from_day, int64_t now_us);

#endif
