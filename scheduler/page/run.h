/*
 * run.h - one run, and one task of it.
 */
#ifndef SCHEDULER_PAGE_RUN_H
#define SCHEDULER_PAGE_RUN_H

#include "scheduler/page/exchange.h"

/* GET /dags/DAG/runs/RUN. */
enum err_code page_run(struct exchange *x, struct err *err);

/* GET /dags/DAG/runs/RUN/tasks/TASK: with its newest attempt. */
enum err_code page_task(struct exchange *x, struct err *err);

#endif
