/*
 * check.h - the checks of a task, watching rows go by.
 *
 *   checks_open -> (checks_filter ... -> checks_settle)+ -> checks_finish -> checks_close
 *
 * Every check runs, none stops another (docs/CHECKS.md).  Value
 * checks leave nulls out and say how many; only not_null sees them.  A check
 * with on_fail: quarantine takes the rows that fail out of what is written, and
 * the checks after all of those see the rest.
 *
 * Only unique needs memory, for keys.  Where the rows can be shown again it takes
 * as many rounds as it needs, each for a share of the keys; where they cannot, a
 * table and then the disk (repeats.h).
 */
#ifndef WORKER_CHECK_CHECK_H
#define WORKER_CHECK_CHECK_H

#include "core/check/check.h"
#include "core/wire/spec.h"
#include "worker/rows/batch.h"

struct checks;

/* Take some values of a column, of the first `rows` rows. */
typedef enum err_code check_take_fn(void *own, const struct col *c, size_t rows, struct err *err);

/*
 * Show all values of a column of another dataset that the task was given; *from, owned by the
 * caller, tells which versions they are of.  ERR_INPUT: it has no such column.
 */
typedef enum err_code check_column_fn(void *arg, const struct check_reads *reads,
				      check_take_fn *take, void *own, json_t **from,
				      struct err *err);

/* What is checked: for the results, and the history that volume_change looks at. */
struct check_subject {
	const char *dataset;
	const struct schema *schema;
	struct grid grid;
	int64_t part;
	const struct spec_history *history;
	size_t n_history;
	const struct column_names *personal; /* not shown in samples; NULL: none */
	bool no_samples;                     /* show none at all */
	bool empty_allowed;  /* the task says so: no rows at all pass volume_change */
	int lanes;           /* that rows are shown in; 0 is 1 */
	bool rereadable;     /* the rows can be shown again */
	int64_t rows;        /* how many are expected; -1: nobody knows.  Exact with rereadable */
	size_t memory_bytes; /* for the keys of unique; 0: CHECK_MEMORY_BYTES */
	const char *dir;     /* where keys go that do not fit; NULL: nowhere, they stay */
	check_column_fn *column; /* how to get at columns of other datasets, with `arg` */
	void *arg;
};

enum { CHECK_MEMORY_BYTES = 32 << 20 };

/*
 * Borrows everything until checks_close().  ERR_INPUT: a check names no column, or one it cannot
 * do.
 */
enum err_code checks_open(struct checks **out, const struct check *list, size_t n,
			  const struct check_subject *subject, struct err *err) MUST_CHECK;

/* Free it, with what its keys took on disk; NULL is fine. */
void checks_close(struct checks *c);

/* Which columns the checks look at: wanted[] has schema->count entries and is added to. */
void checks_want(const struct checks *c, bool *wanted);

/* A row that a quarantining check takes away. */
struct check_refusal {
	uint32_t row;     /* in the batch */
	int64_t number;   /* of the row in its part, from 1 */
	const char *kind; /* "not_null" */
	const char *name; /* "not_null(tenant_id)" */
};

/*
 * Take one row away: it is on its way to the quarantine.  arg is check_rows.arg; an error ends
 * the checking.
 */
typedef enum err_code check_refuse_fn(void *arg, const struct batch *b,
				      const struct check_refusal *why, struct err *err);

/* Rows to look at. */
struct check_rows {
	const struct batch *batch;
	uint32_t *rows; /* ascending; those that are taken away leave */
	size_t n;
	/*
	 * What is added to first_row for the number of a row, by index in rows; leaves with its
	 * row.  For who shows but some rows of a batch.  NULL: the row in the batch; so it
	 * is always with `rereadable`.
	 */
	uint32_t *places;
	int64_t first_row;       /* the number of place 0 in its part, from 1 */
	size_t part;             /* of the partition, in row order; 0 where nobody counts parts */
	int lane;                /* lanes may call at the same time; rows of a part come in order */
	check_refuse_fn *refuse; /* NULL: nothing is taken away, the rows just fail */
	void *arg;
};

/* ERR_LIMIT: unique has to move rows, and its keys do not fit into memory; or too many parts. */
enum err_code checks_filter(struct checks *c, struct check_rows *in, struct err *err) MUST_CHECK;

/*
 * All rows were shown.  With *again they have to be shown once more, in any lanes, before
 * checks_finish(); that happens with `rereadable` only.
 */
enum err_code checks_settle(struct checks *c, bool *again, struct err *err) MUST_CHECK;

/*
 * Everything is settled: append one result per check to the array `results`, in file order; what
 * a result holds is in result.h.  Returns true when one of error severity failed; *message
 * (appended) then names those.
 */
bool checks_finish(struct checks *c, json_t *results, struct buf *message);

#endif
