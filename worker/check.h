/*
 * check.h - the checks of a task, watching rows go by.
 *
 *   checks_open -> checks_filter ... -> checks_finish -> checks_close
 *
 * Every check runs, none stops another (reference/data.md 2.2 to 2.4).  Value
 * checks leave nulls out and say how many; only not_null sees them.  A check
 * with on_fail: quarantine takes the rows that fail out of what is written, and
 * the checks after all of those see the rest.  Memory: unique keeps every key.
 */
#ifndef WORKER_CHECK_H
#define WORKER_CHECK_H

#include "core/spec.h"
#include "worker/batch.h"

struct checks;

/* What is checked: for the results, and the history that volume_change looks at. */
struct check_subject {
	const char *dataset;
	const struct schema *schema;
	int64_t day;
	const struct spec_history *history;
	size_t n_history;
};

/* Borrows everything until checks_close().  ERR_INPUT: a check names no column, or one it cannot
 * do. */
enum err_code checks_open(struct checks **out, const struct check *list, size_t n,
			  const struct check_subject *subject, struct err *err) MUST_CHECK;
void checks_close(struct checks *c); /* NULL is fine */

/* Which columns the checks look at: wanted[] has schema->count entries and is added to. */
void checks_want(const struct checks *c, bool *wanted);

/* A row that a quarantining check takes away. */
struct check_refusal {
	uint32_t row;     /* in the batch */
	const char *kind; /* "not_null" */
	const char *name; /* "not_null(tenant_id)" */
};
typedef enum err_code check_refuse_fn(void *arg, const struct batch *b,
				      const struct check_refusal *why, struct err *err);

/* Rows to look at. */
struct check_rows {
	const struct batch *batch;
	uint32_t *rows; /* ascending; those that are taken away leave */
	size_t n;
	int64_t first_row;       /* the number of the batch's row 0 in the partition, from 1 */
	check_refuse_fn *refuse; /* NULL: nothing is taken away, the rows just fail */
	void *arg;
};
enum err_code checks_filter(struct checks *c, struct check_rows *in, struct err *err) MUST_CHECK;

/*
 * All rows were seen: append one result per check to `results`.  Returns true when one of
 * error severity failed; *message (appended) then names those.
 */
bool checks_finish(struct checks *c, json_t *results, struct buf *message);

/* As a JSON value: the value of a column in a row; null for a null. */
json_t *col_json(const struct col *c, size_t at);

#endif
