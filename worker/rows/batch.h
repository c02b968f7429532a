/*
 * batch.h - up to 65,536 rows as typed columns.
 *
 * A reader makes batches, operators look at them column by column, writers turn
 * them into bytes.  A batch that came from a reader is valid until the reader's
 * next call; texts point into the reader's memory.  Columns outside the
 * projection have no values at all (`wanted` is false).
 */
#ifndef WORKER_ROWS_BATCH_H
#define WORKER_ROWS_BATCH_H

#include "core/model/dag.h"
#include "worker/rows/dict.h"

enum { BATCH_ROWS_MAX = 65536, REJECT_DETAIL_CHARS = 200, REJECT_RAW_BYTES_MAX = 64 << 10 };

/* The values of a column by code, as a file stores them: of one kind, like a column's. */
struct col_dict {
	size_t count;
	union {
		const int64_t *ints;
		const double *reals;
		const struct span *texts;
	};
};

/*
 * One column.  Where valid[i] is false the row is null and its value, or code,
 * is undefined.  int64, int32, bool (0 and 1), timestamp (microseconds) and date
 * (day number) are all in `ints`; float64 in `reals`; string and json in
 * `texts`.
 *
 * A format that stores a dictionary gives codes instead of values: with `dict`
 * set, the value of row i is the dictionary's entry codes[i], and the union is
 * undefined.  col_int(), col_real() and col_text() hide the difference; who is in
 * a hurry looks at the codes, once per dictionary entry instead of once per row.
 */
struct col {
	enum col_type type;
	bool wanted;
	bool no_nulls; /* every row is valid; false says nothing */
	bool *valid;
	union {
		int64_t *ints;
		double *reals;
		struct span *texts;
	};
	const struct col_dict *dict; /* NULL: values, not codes */
	uint32_t *codes;
};

/* The value of row `at`, which is not null, of a column for which col_is_int() is true. */
static inline int64_t
col_int(const struct col *c, size_t at)
{
	return c->dict ? c->dict->ints[c->codes[at]] : c->ints[at];
}

/* The same of a float64 column. */
static inline double
col_real(const struct col *c, size_t at)
{
	return c->dict ? c->dict->reals[c->codes[at]] : c->reals[at];
}

/* The same of a string or json column; borrowed as long as the batch. */
static inline struct span
col_text(const struct col *c, size_t at)
{
	return c->dict ? c->dict->texts[c->codes[at]] : c->texts[at];
}

/* A record that is no row, and why. */
struct reject {
	int64_t row_no;     /* as in struct batch */
	const char *reason; /* one word, stable: "malformed", "out_of_range" ... ; static */
	char detail[REJECT_DETAIL_CHARS];
	struct span raw; /* as it stands in the file, perhaps cut; may be any bytes */
};

struct batch {
	const struct schema *schema; /* borrowed */
	struct col *cols;            /* schema->count of them */
	size_t rows, room;
	int64_t *row_no; /* of each row in its file, from 1: the line, or the csv record */
	/*
	 * Changes whenever a column's dictionary does: as long as two batches of one reader have
	 * the same unit, the codes of a column mean the same.  0: no column has a dictionary.
	 */
	uint64_t unit;
	struct reject *rejects;
	size_t n_rejects, rejects_room;
	int64_t unknown_keys; /* values of keys that the schema does not have */
};

/*
 * An empty batch.  wanted[] has schema->count entries; NULL wants all.  The schema has to outlive
 * the batch.
 */
void batch_init(struct batch *b, const struct schema *schema, const bool *wanted);

/* As batch_init(), with the schema of another batch and the columns that are wanted there. */
void batch_init_like(struct batch *b, const struct batch *other);

/* Free the columns; fine on a zeroed one. */
void batch_release(struct batch *b);

/* No rows, no rejects; the room stays. */
void batch_reset(struct batch *b);

/*
 * Make room for one more row, all of its values null, and count it.  False: the batch
 * is full.  Pointers into columns may move.
 */
bool batch_push(struct batch *b, int64_t row_no);

/* Take the newest row back. */
void batch_pop(struct batch *b);

/* Count one more reject; the caller fills what is not set: detail is "". */
struct reject *batch_reject(struct batch *b, int64_t row_no, const char *reason);

/*
 * Make room for n rows and have exactly those: every value and every `valid` of a wanted column is
 * the caller's to fill, row_no too.  n is at most BATCH_ROWS_MAX.
 */
void batch_set_rows(struct batch *b, size_t n);

/*
 * As batch_set_rows(), of a batch all columns of which are wanted: nothing is null, and rows are
 * numbered from 1.  What is left for the caller are the values.
 */
void batch_set_whole(struct batch *b, size_t n);

/*
 * Make *to the n rows of `from` whose indexes are in rows[]; texts and dictionaries are those of
 * `from`.  *to is zeroed, or was made of the same reader's batches.
 */
void batch_pick(struct batch *to, const struct batch *from, const uint32_t *rows, size_t n);

/* Room for the codes of a column of this batch; as many as the batch has room for rows. */
uint32_t *batch_codes(struct batch *b, size_t column);

/* True for the types whose values are in `ints`. */
bool col_is_int(enum col_type type);

/* True for the types whose values are in `texts`. */
bool col_is_text(enum col_type type);

/* What the codes of one column of a run of batches mean in a dictionary of one's own. */
struct code_map {
	uint64_t unit; /* of the batch it was made for; 0: none */
	uint32_t *to;  /* by the batch's code; UINT32_MAX: not looked up yet */
	size_t count, room;
};

/* Free it; fine on a zeroed one. */
void code_map_release(struct code_map *m);

/*
 * out[] (room for b->rows) becomes the codes of a column in dictionary *d, whatever the column has
 * itself; null rows become UINT32_MAX.  The key of a text is its bytes, of an integer the int64;
 * float64 columns have no codes.  *m belongs to this column and *d, and starts as zero bytes; a
 * value is looked up once per dictionary entry, not once per row.
 */
void col_codes(const struct batch *b, size_t column, struct code_map *m, struct dict *d,
	       uint32_t *out);

/* What col_codes() gives row `at`, which is not null: for who asks for few rows of many. */
uint32_t col_code_new(const struct batch *b, size_t column, struct code_map *m, struct dict *d,
		      size_t at);

/* The same, without a call for what the map has. */
static inline uint32_t
col_code(const struct batch *b, size_t column, struct code_map *m, struct dict *d, size_t at)
{
	const struct col *c = &b->cols[column];

	if (c->dict && m->unit == b->unit && m->count == c->dict->count &&
	    m->to[c->codes[at]] != UINT32_MAX)
		return m->to[c->codes[at]];
	return col_code_new(b, column, m, d, at);
}

#endif
