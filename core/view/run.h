/* run.h - the questions about runs, tasks, attempts and backfills. */
#ifndef CORE_VIEW_RUN_H
#define CORE_VIEW_RUN_H

#include "core/view/open.h"

/*
 * A run: {key, dag, run_id, type, state, epoch, logical_date,
 * data_interval_start, data_interval_end, created_at, started_at, ended_at,
 * waits, gate, backfill (key), params {}, dag_digest, tasks {state: count},
 * timeout_at, next_retry_at, retries, timed_out}, and from view_run() groups [{group, try, tries,
 * next_retry_at, waits, gate}], those with retries that have begun, absent when there are none.
 * Also from view_run(), absent where there are none: children [{task, dag, run_id, state,
 * logical_date, started_at, ended_at}], runs of other dags that its tasks wait or have waited for,
 * and parent {dag, run_id, task}, whose task made it or opened its epoch; and triggered_by, the
 * updates that made this epoch, [{dataset, partition, version, digest, dag, run_id, at}], or null.
 * waits is a sentence, gate what it is made from (core/model/gate.h), absent when nothing waits:
 * the first thing that holds it back now (core/view/keeper.h).
 */

/* NULL and 0: any.  Latest logical date first. */
struct run_filter {
	const char *dag, *state;
	int64_t backfill; /* key */
	int limit;
};

/* Runs that fit, each as told above. */
enum err_code view_runs(struct view *v, const struct run_filter *filter, json_t **out,
			struct err *err) MUST_CHECK;

/* `run` is a run_id, a date or a timestamp (the logical date); NULL: the latest logical date. */
enum err_code view_run(struct view *v, const char *dag, const char *run, json_t **out,
		       struct err *err) MUST_CHECK;

/*
 * Add to `gates` what a task, as view_tasks() gives it, waits for in the world: what the last look
 * found, when the next is and when the wait ends.  `there`: a scheduler makes it.
 */
void view_wait_gate(const json_t *row, bool there, json_t *gates);

/*
 * Append what a run, as view_run() gives it, or groups of it wait for to be tried again: {gate,
 * text, until, held_by}.  `there`: somebody keeps the run.
 */
void view_retry_gates(const json_t *run, bool there, json_t *gates);

/* triggered_by of a run as one text, for free(): "hits 2026-05-01T00, and 23 more"; NULL: none. */
char *view_trigger_words(const json_t *triggered_by) MUST_CHECK;

/* The latest `limit` runs of a dag, each with cells [{task, state, tries}] in file order. */
enum err_code view_grid(struct view *v, const char *dag, int limit, json_t **out,
			struct err *err) MUST_CHECK;

/*
 * [{task, state, tries, failures, losses, next_retry_at, since, waits, gate, outputs {} or null}]
 * in file order.
 */
enum err_code view_tasks(struct view *v, int64_t run, json_t **out, struct err *err) MUST_CHECK;

/*
 * Tasks of a run, as view_tasks() tells them, with those of a group that is in no other group as
 * one, in the place of its first: {task (the group), group: true, state (the worst), states {state:
 * count}, since (the latest), waits (the counts in words), rows [the tasks]}.  So stand the
 * instances of a task in its row, which keeps its state.  The others stand as they are.  *out NULL:
 * it has none of both.
 */
enum err_code view_fold(struct view *v, const json_t *run, json_t *tasks, json_t **out,
			struct err *err) MUST_CHECK;

/*
 * Say in `waits` of a task's row that has "instances" {state: count}, and waits for nothing, how
 * many of them are in which state.
 */
void view_count_instances(json_t *row);

/*
 * How the instances of an expanded task of a run stand, as a sentence that the caller frees, and
 * which is the first that has not ended, else the first that failed.
 */
char *view_instances(struct view *v, const json_t *run, const char *task) MUST_CHECK;

/*
 * An attempt: {key, run, dag, run_id, logical_date, task, epoch, try_number,
 * state, outcome, exit_code, signal, created_at, started_at, ended_at, message,
 * result {} or null, inputs [] or null, pool, slots, memory_bytes, cpu_seconds, peak_bytes,
 * read_bytes, written_bytes, limits {}, outputs {}}; the last seven are null where there is nothing
 * to tell.
 */

/* Oldest first; `task` NULL: of all tasks. */
enum err_code view_attempts(struct view *v, int64_t run, const char *task, json_t **out,
			    struct err *err) MUST_CHECK;

/* The attempt of a key. */
enum err_code view_attempt(struct view *v, int64_t key, json_t **out, struct err *err) MUST_CHECK;

/* [{key, dag, from_date, to_date, reprocess, max_active_runs, created_at, runs}], newest first. */
enum err_code view_backfills(struct view *v, json_t **out, struct err *err) MUST_CHECK;

#endif
