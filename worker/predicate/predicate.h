/*
 * predicate.h - an expression over columns, asked of a batch at a time.  Pure.
 *
 *   expr_read(text, columns) -> predicate_new -> predicate_select(batch) ... -> predicate_free
 *
 * The expression is one that core/expr read with the names of core/expr/columns.h: slot i is column
 * i of a schema, the slots behind are constants.  What comes out is what expr_eval() says row by
 * row, in every case; only the way there differs:
 *
 * - a column of numbers, times, dates or bools that is held against constants (= != < <= > >=,
 *   between, in) is a test of ranges, `is null` a look at the column, and a text that is held
 *   against constants by = != or in a search among them;
 * - what is about a single column with a dictionary is asked once for each entry that occurs;
 * - `and`, `or`, `not` join what their parts say of all rows; a part that may fail is asked of
 * those rows only of which the parts before leave it open;
 * - all else is asked row by row.
 *
 * A predicate has memory of its own that it works in: every lane has one.  It remembers nothing of
 * a batch, so that batches may come from any reader.
 */
#ifndef WORKER_PREDICATE_PREDICATE_H
#define WORKER_PREDICATE_PREDICATE_H

#include "core/expr/expr.h"
#include "worker/predicate/says.h"
#include "worker/rows/batch.h"

struct predicate;

/*
 * Make one.  `constants` are the values of the slots behind the `columns` of the schema, texts in
 * it included; all of it and the expression are borrowed and have to outlive the predicate.
 */
struct predicate *predicate_new(const struct expr *e, size_t columns,
				const struct expr_value *constants, size_t n_constants);

/* Free it; NULL is fine. */
void predicate_free(struct predicate *p);

/* Set wanted[i] for each column i that the expression names; the others stay as they are. */
void predicate_want(const struct predicate *p, bool *wanted);

/*
 * What it says of each row, for an expression of type bool or null: *says has an enum
 * predicate_says for each, valid until the next call.  The columns that it names have to be wanted
 * in the batch.  ERR_LIMIT, ERR_INPUT: of the first row for which there is no value; *bad (may be
 * NULL) is its index in the batch, and `err` says which part of the expression it is about.
 */
enum err_code predicate_ask(struct predicate *p, const struct batch *b, const uint8_t **says,
			    size_t *bad, struct err *err) MUST_CHECK;

/*
 * As predicate_ask(), of n rows alone, by their indexes, ascending; NULL: the first n.  *says has
 * no meaning for others.
 */
enum err_code predicate_ask_rows(struct predicate *p, const struct batch *b, const uint32_t *rows,
				 size_t n, const uint8_t **says, size_t *bad,
				 struct err *err) MUST_CHECK;

/*
 * The rows of which it is true, null counts as not true: their indexes, ascending, as batch_pick()
 * takes them; valid until the next call.  Fails as predicate_ask().
 */
enum err_code predicate_select(struct predicate *p, const struct batch *b, const uint32_t **rows,
			       size_t *n, size_t *bad, struct err *err) MUST_CHECK;

/* The type of the column that predicate_compute() makes; -1: there is none for it (a duration, a
 * decimal, null). */
int predicate_column_type(const struct expr *e);

/*
 * Its value for each row as a column, of an expression for which there is a column type.  *out,
 * what it holds and its texts are valid until the next call, and until the batch goes; it may have
 * the dictionary of a column of the batch.  Fails as predicate_ask().
 */
enum err_code predicate_compute(struct predicate *p, const struct batch *b, const struct col **out,
				size_t *bad, struct err *err) MUST_CHECK;

#endif
