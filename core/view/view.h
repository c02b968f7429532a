/*
 * view.h - what has happened, for reading: the CLI's tables and the web's pages.
 *
 *   view_open -> (view_begin .. any questions .. view_end)* -> view_close
 *
 * Read-only questions to DIR/.tidemill/state.db through its public views
 * (docs/STATE-SCHEMA.md).  Between begin and end every answer is of one
 * snapshot; render after view_end(), for an open snapshot holds up the
 * scheduler's checkpoints.  A question outside begin/end is its own snapshot.
 *
 * An answer is JSON with a new reference in *out, which is written only on
 * success: an array of objects, or one object.  CLI table, CLI JSON and the web
 * API all show this shape.  Times are RFC 3339 UTC text, partitions YYYY-MM-DD,
 * what is not known yet is null.  ERR_NOT_FOUND: the thing asked about does not
 * exist.  Calls block for as long as the query takes (db.h bounds it).
 */
#ifndef CORE_VIEW_VIEW_H
#define CORE_VIEW_VIEW_H

#include "core/base/json.h"

struct view;

enum {
	VIEW_ROWS_MAX = 100000,          /* no answer has more; a limit of 0 stands for it */
	VIEW_FILE_BYTES_MAX = 256 << 20, /* larger unpartitioned files are not looked at */
};

/* ERR_NOT_FOUND: there is no database, "nothing has run here yet". */
enum err_code view_open(struct view **out, const char *project_dir, struct err *err) MUST_CHECK;
void view_close(struct view *v); /* NULL is fine */

enum err_code view_begin(struct view *v, struct err *err) MUST_CHECK;
void view_end(struct view *v);

/* ---- dags ---- */

/*
 * [{dag, file, paused, present, active_runs, last_run_id, last_state,
 * last_logical_date, next_partition}], by name.  With `schedules` also
 * schedule (cron text, null: manual only), which parses every definition.
 */
enum err_code view_dags(struct view *v, bool schedules, json_t **out, struct err *err) MUST_CHECK;

/*
 * One of these, and of its active definition: schedule, start_date, catchup,
 * max_active_runs, description, owner, datasets [name] and
 * tasks [{task, operator, trigger_rule, upstream [task], output}] in file order.
 * Those are absent when the definition can no longer be parsed.
 */
enum err_code view_dag(struct view *v, const char *dag, json_t **out, struct err *err) MUST_CHECK;

/* ---- runs ---- */

/*
 * A run: {key, dag, run_id, type, state, epoch, logical_date,
 * data_interval_start, data_interval_end, created_at, started_at, ended_at,
 * waits, backfill (key), params {}, dag_digest, tasks {state: count}}.
 */

/* NULL and 0: any.  Latest logical date first. */
struct run_filter {
	const char *dag, *state;
	int64_t backfill; /* key */
	int limit;
};
enum err_code view_runs(struct view *v, const struct run_filter *filter, json_t **out,
			struct err *err) MUST_CHECK;

/* `run` is a run_id, a date or a timestamp (the logical date); NULL: the latest logical date. */
enum err_code view_run(struct view *v, const char *dag, const char *run, json_t **out,
		       struct err *err) MUST_CHECK;

/* The latest `limit` runs of a dag, each with cells [{task, state, tries}] in file order. */
enum err_code view_grid(struct view *v, const char *dag, int limit, json_t **out,
			struct err *err) MUST_CHECK;

/* [{task, state, tries, failures, losses, next_retry_at, since, waits}] in file order. */
enum err_code view_tasks(struct view *v, int64_t run, json_t **out, struct err *err) MUST_CHECK;

/*
 * An attempt: {key, run, dag, run_id, logical_date, task, epoch, try_number,
 * state, outcome, exit_code, signal, created_at, started_at, ended_at, message,
 * result {} or null, inputs [] or null}.
 */

/* Oldest first; `task` NULL: of all tasks. */
enum err_code view_attempts(struct view *v, int64_t run, const char *task, json_t **out,
			    struct err *err) MUST_CHECK;
enum err_code view_attempt(struct view *v, int64_t key, json_t **out, struct err *err) MUST_CHECK;

/* [{key, dag, from_date, to_date, reprocess, max_active_runs, created_at, runs}], newest first. */
enum err_code view_backfills(struct view *v, json_t **out, struct err *err) MUST_CHECK;

/* ---- datasets ---- */

/*
 * A partition is stale when an input that it read has another digest now: a
 * partition that was replaced since, or an unpartitioned file (a dimension).
 * Such a file is in no database, so view_datasets(), view_dataset() and
 * view_overview() read it, once per call, where the active definitions say it
 * is.  One that is gone, cannot be read or has more than VIEW_FILE_BYTES_MAX
 * makes nothing stale.
 */

/*
 * [{dataset, partitions, rows, bytes, latest_partition, latest_published_at, stale}], by name.
 * `stale` counts partitions.
 */
enum err_code view_datasets(struct view *v, json_t **out, struct err *err) MUST_CHECK;

/*
 * [{dataset, partition, version, rows, bytes, digest, dag, run_id, attempt,
 * published_at, partial, stale, checks {pass, warn, fail}, stale_inputs
 * [{dataset, partition or null: a file}]}], latest partition first.  `partition` NULL: all.
 */
enum err_code view_dataset(struct view *v, const char *dataset, const char *partition, int limit,
			   json_t **out, struct err *err) MUST_CHECK;

/*
 * [{dataset, partition, version, digest, rows, bytes, attempt, published_at, live, collected}],
 * latest partition and newest version first.  `partition` NULL: all.
 */
enum err_code view_versions(struct view *v, const char *dataset, const char *partition,
			    json_t **out, struct err *err) MUST_CHECK;

/*
 * [{dataset, partition, check, name, status, severity, reason, observed,
 * expected, message, dag, run_id, task, try_number, attempt, ended_at}],
 * latest partition first.  With `attempt` all of that attempt; else of the
 * newest attempt of each task only.  NULL and 0: any.
 */
struct check_filter {
	const char *dataset, *partition;
	int64_t attempt;
	int limit;
};
enum err_code view_checks(struct view *v, const struct check_filter *filter, json_t **out,
			  struct err *err) MUST_CHECK;

/* ---- questions ---- */

/*
 * Everything that holds a run back: of its whole or of one task.  `run` as in
 * view_run(), NULL: the oldest that has not ended, else the latest.
 *
 *   {dag, run_id, logical_date, state, task,
 *    gates: [{gate, task, text, until, upstream [{task, state}], holders [{dag, run_id, task}]}]}
 *
 * A gate has the members that say something.  Gates: paused, absent (its file
 * is gone or broken), no_run, queued, waits, upstream, retry, pool, running,
 * ended.  gates is never empty: what has ended says so.
 */
enum err_code view_why(struct view *v, const char *dag, const char *task, const char *run,
		       json_t **out, struct err *err) MUST_CHECK;

/*
 * {runs {running, queued}, dags {total, paused, absent}, datasets {total, stale_partitions},
 *  running [attempt: {dag, run_id, logical_date, task, try_number, attempt, state, started_at}],
 *  failed [runs that failed in the 24 h before now_us], next [{dag, next_partition}]}.
 * Lists have at most 100 entries.
 */
enum err_code view_overview(struct view *v, int64_t now_us, json_t **out,
			    struct err *err) MUST_CHECK;

#endif
