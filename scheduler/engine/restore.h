/* restore.h - a run from its rows: when the engine is loaded, and when one that ended is recalled.
 */
#ifndef SCHEDULER_ENGINE_RESTORE_H
#define SCHEDULER_ENGINE_RESTORE_H

#include "scheduler/state/state.h"

/* Put a run into memory as its row says, with tasks in state none; one user more of def. */
struct run *run_restore(struct engine *e, const struct run_row *row, struct def *def);

/* What is remembered of a group with retries of a run under way. */
void group_restore(struct run *run, const struct group_row *row);

/* A task of it as its row says. */
void task_restore(struct run *run, const struct task_row *row);

/* Take up the recalled runs that are not in memory; those still final when the step ends leave. */
void past_take(struct engine *e, const struct recalled *runs, size_t n);

/* Let runs leave that have ended and whose effects were carried out; those of a session stay. */
void past_leave(struct engine *e);

#endif
