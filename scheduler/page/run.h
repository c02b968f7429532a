/*
 * run.h - all runs, one run, and one task of it.
 */
#ifndef SCHEDULER_PAGE_RUN_H
#define SCHEDULER_PAGE_RUN_H

#include "scheduler/page/exchange.h"

enum { CULPRITS_SHOWN = 5 }; /* of the tasks of one run that failed, in a list of runs */

/* GET /runs: all runs, of ?dag=, in ?state=, from ?before= or ?after= on. */
enum err_code page_runs(struct exchange *x, struct err *err);

/* GET /dags/DAG/runs/RUN: its tasks in ?state=, so many to a page, ?page= of them. */
enum err_code page_run(struct exchange *x, struct err *err);

/* GET /dags/DAG/runs/RUN/tasks/TASK: with its newest attempt. */
enum err_code page_task(struct exchange *x, struct err *err);

#endif
