/*
 * api.h - the status page as JSON: what the CLI prints with -o json, over HTTP.
 *
 * ?limit= is a number from 1 on; what is no such number is ERR_INPUT.
 */
#ifndef SCHEDULER_PAGE_API_H
#define SCHEDULER_PAGE_API_H

#include "scheduler/page/exchange.h"

/* GET /healthz: "ok". */
enum err_code healthz(struct exchange *x, struct err *err);

/* GET /api/v1/overview: view_overview(), who runs the scheduler, how many files are wrong. */
enum err_code api_overview(struct exchange *x, struct err *err);

/* GET /api/v1/dags: an array, as `dags list`: ?limit= by name, 1000 if not said, ?after= a name. */
enum err_code api_dags(struct exchange *x, struct err *err);

/* GET /api/v1/dags/DAG: one dag with its tasks. */
enum err_code api_dag(struct exchange *x, struct err *err);

/* GET /api/v1/dags/DAG/grid: ?limit= runs with the states of their tasks, 25 if not said. */
enum err_code api_grid(struct exchange *x, struct err *err);

/*
 * GET /api/v1/runs: ?dag=, ?state=, ?limit= runs, the newest first, 100 if not said.  ?before= the
 * key of a run goes on behind it; ?after= one, or `oldest`, ends in front of it.
 */
enum err_code api_runs(struct exchange *x, struct err *err);

/*
 * GET /api/v1/dags/DAG/runs/RUN: one run with its tasks and attempts.  task_list has ?limit= of
 * its task_count tasks in the order of the file, 1000 if not said, from the first or from behind
 * the task ?after=.  next_after is the ?after= of the next page, null: there is none.  Where not
 * all tasks are in one page attempts are those of the tasks in task_list.
 */
enum err_code api_run(struct exchange *x, struct err *err);

/* GET /api/v1/attempts/KEY: one attempt. */
enum err_code api_attempt(struct exchange *x, struct err *err);

/* GET /api/v1/datasets: an array, as `datasets list`. */
enum err_code api_datasets(struct exchange *x, struct err *err);

/*
 * GET /api/v1/datasets/DATASET: ?limit= partitions, the latest first, or the one of ?partition=.
 * ?before= a partition goes on behind it; ?after= one, or `earliest`, gives those that follow.
 */
enum err_code api_dataset(struct exchange *x, struct err *err);

/* GET /api/v1/checks: ?limit= results of checks, of ?dataset= and ?partition=. */
enum err_code api_checks(struct exchange *x, struct err *err);

/* GET /api/v1/pools: an array, as `pools list`. */
enum err_code api_pools(struct exchange *x, struct err *err);

/* GET /api/v1/pools/POOL: one of them, as `pools show`. */
enum err_code api_pool(struct exchange *x, struct err *err);

/*
 * GET /metrics: text for Prometheus.  For each pool tidemill_pool_slots, tidemill_pool_used and
 * tidemill_pool_waiting; tidemill_scheduler_up.
 */
enum err_code metrics(struct exchange *x, struct err *err);

/* GET /api/v1/import-errors: the diagnostics of the DAG files. */
enum err_code api_import_errors(struct exchange *x, struct err *err);

#endif
