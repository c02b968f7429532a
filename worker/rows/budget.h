/*
 * budget.h - how much of a task's `memory:` its tables may take.  Pure.
 */
#ifndef WORKER_ROWS_BUDGET_H
#define WORKER_ROWS_BUDGET_H

#include "worker/rows/dict.h"

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

/* The least that budget_answer() gives: 5,000 tenants with 40 features of a week. */
#define BUDGET_ANSWER_BYTES_MIN ((size_t)24 << 20)

/* The part of the spare for what grows with the answer, which never goes to disk. */
static inline size_t
budget_answer(size_t spare_bytes)
{
	size_t share = spare_bytes / 8 * 3;

	return share > BUDGET_ANSWER_BYTES_MIN ? share : BUDGET_ANSWER_BYTES_MIN;
}

/* What a dictionary takes.  Room that nobody wrote to yet does not count: it is address space. */
static inline size_t
budget_dict(const struct dict *d, size_t text_bytes)
{
	enum { TEXT_EXTRA_BYTES = 16 }; /* a NUL and alignment */

	return d->count * (sizeof(*d->entries) + TEXT_EXTRA_BYTES) +
	       d->n_slots * sizeof(*d->slots) + text_bytes;
}

#endif
