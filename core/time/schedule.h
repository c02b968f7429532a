/*
 * schedule.h - when the partitions of a schedule are due.  Pure.
 *
 * A part is due at the first tick of the cron at or after its end.  A later part
 * is never due before an earlier one.
 */
#ifndef CORE_TIME_SCHEDULE_H
#define CORE_TIME_SCHEDULE_H

#include "core/time/cron.h"
#include "core/time/grid.h"

/* The instant at which a part is due. */
int64_t partition_due(const struct cron *cron, struct grid grid, int64_t part);

/*
 * The newest part from `from` on that is due at now_us; from - 1: not even `from`
 * is.  Halves the range: a cron that fires rarely costs no more.
 */
int64_t newest_due(const struct cron *cron, struct grid grid, int64_t from, int64_t now_us);

#endif
