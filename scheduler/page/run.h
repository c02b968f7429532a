/*
 * run.h - all runs, one run, and one task of it.
 */
#ifndef SCHEDULER_PAGE_RUN_H
#define SCHEDULER_PAGE_RUN_H

#include "scheduler/page/exchange.h"

enum { CULPRITS_SHOWN = 5 }; /* of the tasks of one run that failed, in a list of runs */

/*
 * The name of a part stands beside the id of its run, but not where the id ends with that very
 * name: then the row's `name` becomes null.
 */
void run_name_once(json_t *row, const char *id, const char *name);

/* The same of all rows of runs that have "partition". */
void run_names_once(json_t *rows);

/* Give rows of runs "partition" (core/view/known.h), to stand beside "run_id". */
enum err_code run_partitions(struct exchange *x, json_t *rows, struct err *err) MUST_CHECK;

/* GET /runs: all runs, of ?dag=, in ?state=, from ?before= or ?after= on. */
enum err_code page_runs(struct exchange *x, struct err *err);

/* GET /dags/DAG/runs/RUN: its tasks in ?state=, so many to a page, ?page= of them. */
enum err_code page_run(struct exchange *x, struct err *err);

/* GET /dags/DAG/runs/RUN/tasks/TASK: with its newest attempt. */
enum err_code page_task(struct exchange *x, struct err *err);

#endif
