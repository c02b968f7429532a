/*
 * budget.h - how much of a task's `memory:` its tables may take.  Pure.
 */
#ifndef WORKER_BUDGET_H
#define WORKER_BUDGET_H

#include "core/base.h"

/* The least that a task can be given, and what batches, readers and the writer take of it. */
#define BUDGET_BYTES_MIN (INT64_C(64) << 20)
#define BUDGET_RESERVE_BYTES (INT64_C(96) << 20)

/* What is left for tables and blocks: at least half. */
static inline size_t
budget_spare(int64_t memory_bytes)
{
	int64_t all = memory_bytes > BUDGET_BYTES_MIN ? memory_bytes : BUDGET_BYTES_MIN;

	return (size_t)(all > 2 * BUDGET_RESERVE_BYTES ? all - BUDGET_RESERVE_BYTES : all / 2);
}

#endif
