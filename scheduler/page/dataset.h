/*
 * dataset.h - all datasets, and one with its partitions and checks.
 */
#ifndef SCHEDULER_PAGE_DATASET_H
#define SCHEDULER_PAGE_DATASET_H

#include "scheduler/page/exchange.h"

/* GET /datasets.  Without a database it says how to begin. */
enum err_code page_datasets(struct exchange *x, struct err *err);

/* GET /datasets/DATASET. */
enum err_code page_dataset(struct exchange *x, struct err *err);

#endif
