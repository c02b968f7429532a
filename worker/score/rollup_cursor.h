/*
 * rollup_cursor.h - one day of a rollup, group by group.
 *
 *   rollup_cursor_open -> (rollup_cursor_fill -> move `at`) ... -> rollup_cursor_close
 *
 * Checks the order of the rows as they come.
 */
#ifndef WORKER_SCORE_ROLLUP_CURSOR_H
#define WORKER_SCORE_ROLLUP_CURSOR_H

#include "worker/attempt/intake.h"
#include "worker/keys/textset.h"

/* Tenants of interest, both inclusive. */
struct tenant_range {
	int64_t first, last;
};

/* The last row that was checked. */
struct rollup_row {
	bool is_any;
	int64_t tenant;
	uint32_t feature;
	int64_t user;
};

struct rollup_cursor {
	struct intake *in;
	int64_t day;
	struct tenant_range range;
	struct reader_hint hint;
	int tenant, feature, user, date, count;
	int event_type;        /* column, as the others; -1: not asked for */
	struct dict *features; /* of the lane; borrowed */
	struct code_map feature_map;
	struct textset types;
	struct rollup_row last;
	int64_t read, filtered;
	bool ended; /* there are no more batches */
	bool mixed; /* a row is of another day than the partition: that is why there is an error */
	/*
	 * The rows of the batch that count are [at, rows).  The group of row `at` ends before row
	 * ends[next], or goes on in the next batch where that is `rows`.
	 */
	const int64_t *tenants, *users, *counts; /* a user who is null is INT64_MIN */
	const bool *has_user;                    /* NULL: all rows have one */
	uint32_t *feature_codes, *ends;
	size_t at, rows, next;
	/* Where values are put that do not stand in the batch as they are needed. */
	int64_t *tenant_room, *user_room, *count_room;
	bool *has_user_room, *is_in;
};

struct rollup_cursor_options {
	struct op_ctx *ctx;
	const char *dataset;
	int64_t day;
	struct tenant_range range;
	const char *const *event_types;
	size_t n_event_types;
};

/*
 * Open one day of the dataset; `features` takes the codes and is borrowed.  On error the cursor
 * has to be closed too.  ERR_INPUT: a column that a rollup has is missing.
 */
enum err_code rollup_cursor_open(struct rollup_cursor *c,
				 const struct rollup_cursor_options *options, struct dict *features,
				 struct err *err) MUST_CHECK;

/* Free it; fine on a zeroed one. */
void rollup_cursor_close(struct rollup_cursor *c);

/*
 * Where all rows of the batch were taken (at == rows), get the next; if at == rows even then,
 * there are none.  ERR_INPUT: they are not in order, or not of one day (c->mixed).
 */
enum err_code rollup_cursor_fill(struct rollup_cursor *c, struct err *err) MUST_CHECK;

/* Negative: the first comes before the second, which are codes in `features`. */
int rollup_compare(const struct dict *features, int64_t tenant_a, uint32_t feature_a,
		   int64_t tenant_b, uint32_t feature_b);

#endif
