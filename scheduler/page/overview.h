/*
 * overview.h - the first page: how much there is, what failed, what runs, what is next; and what
 * holds the slots of the pools.
 */
#ifndef SCHEDULER_PAGE_OVERVIEW_H
#define SCHEDULER_PAGE_OVERVIEW_H

#include "scheduler/page/exchange.h"

/* GET /.  Without a database it says how to begin. */
enum err_code page_overview(struct exchange *x, struct err *err);

/* GET /pools: every pool, and every task that holds slots. */
enum err_code page_pools(struct exchange *x, struct err *err);

#endif
