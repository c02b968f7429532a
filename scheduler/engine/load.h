/*
 * load.h - from committed rows back to a running engine.
 *
 *   engine_new -> defs, then dags, runs, tasks, attempts; the rest in any order -> engine_load_end
 *
 * Rows are copied where they are kept; one that refers to what was not loaded aborts.
 */
#ifndef SCHEDULER_ENGINE_LOAD_H
#define SCHEDULER_ENGINE_LOAD_H

#include "scheduler/engine/engine.h"

/* A definition; the engine takes a reference of its own. */
void engine_load_def(struct engine *e, struct dag *dag);

/* A dag, with its active definition. */
void engine_load_dag(struct engine *e, const struct dag_row *row);

/*
 * A run; its tasks are in state none until they are loaded.  Of one that has ended only dag,
 * key, type, state and logical date are kept.
 */
void engine_load_run(struct engine *e, const struct run_row *row);

/* A task; those of runs that have ended are passed over. */
void engine_load_task(struct engine *e, const struct task_row *row);

/* A group with retries; those of runs that have ended are passed over. */
void engine_load_group(struct engine *e, const struct group_row *row);

/* An attempt; those that have ended are passed over. */
void engine_load_attempt(struct engine *e, const struct attempt_row *row);

/*
 * An attempt of late, live or not: its start counts against the rate of its pool.  In the order of
 * their keys, the last POOL_RATE_MAX at least; only key, pool and created_us are looked at.  The
 * clocks were loaded.
 */
void engine_load_start(struct engine *e, const struct attempt_row *row);

/* The live version of a partition. */
void engine_load_partition(struct engine *e, const struct partition_row *row);

/* An update that no run has consumed; its dag was loaded. */
void engine_load_dataset_event(struct engine *e, const struct dataset_event_row *row);

/* The limits that starts were decided by last. */
void engine_load_limits(struct engine *e, const struct limits_row *row);

/* What is known of the clocks. */
void engine_load_clock(struct engine *e, const struct clock_row *row);

/* A backfill; its dag was loaded. */
void engine_load_backfill(struct engine *e, const struct backfill_row *row);

/*
 * The highest keys ever used (0: none); ends the loading.  Until the first WAKE, CATALOG or
 * COMMAND the engine plans and dispatches nothing: recovery tells it first what became of the
 * live attempts.
 */
void engine_load_end(struct engine *e, int64_t last_run, int64_t last_attempt,
		     int64_t last_backfill, int64_t last_seq, int64_t last_dataset_event);

#endif
