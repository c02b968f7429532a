/*
 * sieve.h - rows that are not for the reader of a part are left out.
 *
 * Where the edges of two grids do not nest, a part that the reader's interval overlaps
 * holds rows of its neighbours too: they belong there by the dataset's event time, and are counted.
 * Rows of which the task's `where` is not true are counted as well.
 */
#ifndef WORKER_ATTEMPT_SIEVE_H
#define WORKER_ATTEMPT_SIEVE_H

#include "core/parts/where.h"
#include "worker/attempt/ctx.h"
#include "worker/predicate/predicate.h"

/* `where` of a task, for the rows of one dataset or of files; shared by all sieves. */
struct where_rows {
	struct where_read read; /* expr NULL: all rows are wanted */
	struct expr_value *constants;
	size_t columns, n_constants;
};

/*
 * Read `where` of the task for rows of these columns; a task without one wants all.  ERR_INPUT: it
 * does not fit them.
 */
enum err_code where_rows_open(struct where_rows *w, const struct op_ctx *ctx,
			      const struct schema *schema, struct err *err) MUST_CHECK;

/* Free what it took; zeroed is fine. */
void where_rows_close(struct where_rows *w);

struct sieve {
	size_t column;       /* that says when a row was */
	int64_t first, last; /* values inside, both inclusive: instants, or day numbers of a date */
	int64_t outside;     /* rows that were left out for that */
	struct predicate *where; /* or NULL: all rows are wanted */
	int64_t left_out;        /* rows that were left out for that */
	struct batch kept, sifted;
	uint32_t *rows;
};

/*
 * Make a sieve for the parts of an input, one for every lane.  `cut` is one that is cut, or NULL;
 * `wanted` is borrowed.  ERR_INPUT: the event time of what is cut is no column of type timestamp or
 * date.
 */
enum err_code sieve_open(struct sieve *s, const struct spec_input *cut,
			 const struct where_rows *wanted, struct err *err) MUST_CHECK;

/* Free what it took; zeroed is fine. */
void sieve_close(struct sieve *s);

/*
 * The rows of a batch of `file` that are wanted, *out: the batch itself, or one that is borrowed
 * until the next call.  `cut`: it is of a part that is.  The columns have to be there.  ERR_INPUT,
 * ERR_LIMIT: `where` has no value for a row.
 */
enum err_code sieve_batch(struct sieve *s, const struct batch *b, bool cut, const char *file,
			  const struct batch **out, struct err *err) MUST_CHECK;

#endif
