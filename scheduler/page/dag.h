/*
 * dag.h - all DAGs, and one as a grid of its runs by its tasks.
 */
#ifndef SCHEDULER_PAGE_DAG_H
#define SCHEDULER_PAGE_DAG_H

#include "scheduler/page/exchange.h"

/* GET /dags.  Without a database it says how to begin. */
enum err_code page_dags(struct exchange *x, struct err *err);

/* GET /dags/DAG, ?limit= runs in the grid. */
enum err_code page_dag(struct exchange *x, struct err *err);

#endif
