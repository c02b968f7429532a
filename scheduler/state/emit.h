/* emit.h - everything that changed in a step, as rows. */
#ifndef SCHEDULER_STATE_EMIT_H
#define SCHEDULER_STATE_EMIT_H

#include "scheduler/state/state.h"

/* The dag's row has to be written at the end of the step; once is enough. */
void mark_dag(struct engine *e, struct dag_state *d);

/* The backfill's row has to be written. */
void mark_backfill(struct engine *e, struct backfill *b);

/* The run's row has to be written. */
void mark_run(struct engine *e, struct run *run);

/* The task's row has to be written. */
void mark_task(struct engine *e, struct run_task *t);

/* The row of a group with retries is to be written. */
void mark_group(struct engine *e, struct run_group *g);

/* The attempt's row has to be written. */
void mark_attempt(struct engine *e, struct attempt *a);

/* The partition's row has to be written; it is copied, strings and all. */
void mark_partition(struct engine *e, const struct partition_row *row);

/* The row of an update has to be written; with consumed -1 it is dropped.  Consumed, it is let go.
 */
void mark_dataset_event(struct engine *e, struct woken_event *event);

/* One move of a dag, for the log, after it was made; `from` and `to` live as long as the effects.
 */
void log_dag(struct engine *e, const struct dag_state *d, const char *from, const char *to);

/* One move of a run to the state it has now; `from` is static, `detail` is copied. */
void log_run(struct engine *e, const struct run *run, const char *from, const char *detail);

/* One move of a task; `from` and `to` are static, `detail` is copied. */
void log_task(struct engine *e, const struct run_task *t, const char *from, const char *to,
	      const char *detail);

/* One move of an attempt to the state it has now; `from` is static, `detail` is copied. */
void log_attempt(struct engine *e, const struct attempt *a, const char *from, const char *detail);

/* A partition was published; `changed`: as a new version. */
void log_partition(struct engine *e, const struct partition_row *row, bool changed);

/* Everything marked becomes changes, in the order that foreign keys need, then the log. */
void emit_changes(struct engine *e);

#endif
