/*
 * commit.h - changes become rows, all of a turn in one transaction.
 */
#ifndef SCHEDULER_STORE_COMMIT_H
#define SCHEDULER_STORE_COMMIT_H

#include "scheduler/rows/rows.h"
#include "scheduler/store/store.h"

/*
 * All changes in one transaction with synchronous=FULL, in order.  Any error means that nothing of
 * it is on disk or that this cannot be known: the caller ends the process and recovers by starting
 * anew.
 */
enum err_code store_commit(struct store *s, const struct change *changes, size_t n,
			   struct err *err) MUST_CHECK;

#endif
