/* timing.h - what a dag's schedule comes to, as the members of a row. */
#ifndef CLI_TERM_TIMING_H
#define CLI_TERM_TIMING_H

#include "core/base/json.h"
#include "core/model/dag.h"

/*
 * Give a row "partition" (the unit; "none": it runs by ticks; null: by hand, without any),
 * "partition_implied" (by its cron), "timezone", "first" (the logical date of the first interval
 * that it is responsible for) and "next_fire" (of its crons behind now_us, the first that may make
 * a run).  What is not there is null.
 */
void timing_add(json_t *row, const struct dag *dag, int64_t now_us);

/* The same for a table: one that is implied is marked behind the word. */
void timing_mark(json_t *row);

#endif
