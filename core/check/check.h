/*
 * check.h - `checks:` of a task in a DAG file.
 */
#ifndef CORE_CHECK_CHECK_H
#define CORE_CHECK_CHECK_H

#include "core/op/draft.h"

/* `read` function of a row: the list of checks into the draft_task at `base`. */
void checks_read(struct yreader *r, const struct key *row, const struct ynode *key, void *base);

/*
 * Can this check be made on column number `at` of its columns, in a dataset of
 * this schema?  False: `why`, of `room` bytes, says what is in the way.
 */
bool check_column_fits(const struct check *check, size_t at, const struct schema *schema, char *why,
		       size_t room);

/* Report every column of a task's checks that does not fit `schema`. */
void checks_report(struct yreader *r, const struct draft_task *t, const struct schema *schema);

#endif
