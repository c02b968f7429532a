/*
 * column.h - one column of a file: its chunks become columns of batches.
 *
 *   pq_column_open (a row group) -> pq_column_begin (a batch) -> pq_column_read or _skip ...
 *
 * A dictionary-coded page comes out as codes, without a look at any value; where a
 * batch has both kinds of pages, its codes are turned into values.
 */
#ifndef WORKER_PARQUET_READ_COLUMN_H
#define WORKER_PARQUET_READ_COLUMN_H

#include "worker/rows/batch.h"
#include "worker/parquet/read/convert.h"
#include "worker/parquet/code/rle.h"
#include "worker/parquet/meta/page_index.h"
#include "worker/parquet/read/dictionary.h"
#include "worker/parquet/read/job.h"

/* Rows of a batch, at most: what is worked on stays in the processor's cache. */
enum { PQ_BATCH_ROWS_MAX = 16384 };

/* Arrays of PQ_BATCH_ROWS_MAX elements that are used within one call. */
struct pq_scratch {
	union pq_array raw;
	uint32_t *levels, *codes;
	bool *valid;
	uint8_t *faults;
};

/* Take the memory, PQ_BATCH_ROWS_MAX elements each. */
void pq_scratch_init(struct pq_scratch *s);

/* Free it; fine on zero bytes. */
void pq_scratch_release(struct pq_scratch *s);

struct pq_column {
	size_t at;                  /* its place in the schema */
	const struct pq_leaf *leaf; /* NULL: not in the file, always null */
	struct pq_convert convert;
	struct pq_desk *desk;
	struct pq_scratch *scratch;
	const struct pq_offset_index *index; /* of the chunk; NULL: not known */
	struct pq_pages pages;
	int64_t row;      /* of the row group, that comes next */
	bool is_constant; /* all values of the chunk are dictionary.single */
	bool is_begun;    /* the first header was read */

	/* The page that row is in. */
	size_t page_rows; /* left in it */
	bool is_unpacked, is_coded;
	bool is_bare; /* coded, and there are no codes in it: every row has to be null */
	struct pq_block body, levels_body, spans;
	struct pq_block spare; /* for the next body */
	struct pq_rle levels, codes;
	const uint32_t *flat_levels; /* BIT_PACKED ones, all of the page; else NULL */
	struct pq_decoder decoder;
	struct pq_keep page_keep;

	struct pq_dictionary dictionary;
	bool has_dictionary;

	/* The batch. */
	struct pq_keep batch_keep; /* what its texts point into, besides `body` */
	bool as_codes;
	uint8_t *faults; /* by row: an enum pq_fault; meaningless as long as n_faults is 0 */
	size_t n_faults;
};

/* Column `at` of the schema, read from `leaf` (NULL: it is not there) by `convert`; all are
 * borrowed. */
void pq_column_init(struct pq_column *c, size_t at, const struct pq_leaf *leaf,
		    const struct pq_convert *convert, struct pq_desk *desk,
		    struct pq_scratch *scratch);

/* Free what it holds. */
void pq_column_release(struct pq_column *c);

/* Begin with the first row of a row group. */
enum err_code pq_column_open(struct pq_column *c, const struct pq_file *file, size_t group,
			     struct err *err) MUST_CHECK;

/* Instead of reading its pages: all values of the row group are this one. */
void pq_column_set_constant(struct pq_column *c, int64_t value);

/* A new batch: what the last one borrowed may go. */
void pq_column_begin(struct pq_column *c);

/* The next n rows of the row group as rows 0 to n - 1 of a batch that has room for them. */
enum err_code pq_column_read(struct pq_column *c, struct batch *b, size_t n,
			     struct err *err) MUST_CHECK;

/* Step over the next n rows of the row group. */
enum err_code pq_column_skip(struct pq_column *c, int64_t n, struct err *err) MUST_CHECK;

/*
 * Read the dictionary of the chunk, when it has one: c->has_dictionary.  Before the first row.
 */
enum err_code pq_column_dictionary(struct pq_column *c, struct err *err) MUST_CHECK;

#endif
