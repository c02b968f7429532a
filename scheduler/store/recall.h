/* recall.h - runs that have ended, read again for a command that is about them. */
#ifndef SCHEDULER_STORE_RECALL_H
#define SCHEDULER_STORE_RECALL_H

#include "scheduler/rows/recall.h"
#include "scheduler/store/store.h"

/*
 * Add the rows of these runs.  One whose definition this version no longer
 * understands is left out.  An error is one of the database.
 */
enum err_code store_recall(struct store *s, const int64_t *runs, size_t n, struct recall *out,
			   struct err *err) MUST_CHECK;

/* Add what a command's key was answered, if it was.  An error is one of the database. */
enum err_code store_answered(struct store *s, const char *key, struct recall *out,
			     struct err *err) MUST_CHECK;

#endif
