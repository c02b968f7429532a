/*
 * dedup.h - one row of each key: which rows stay.  Knows batches, not files.
 *
 *   dedup_open -> dedup_add ... (in lanes) -> dedup_settle -> dedup_fates ... -> dedup_seen_all ->
 * dedup_close
 *
 * Rows stand in parts, parts in row order (intake.h).  Of the rows with a key
 * the one that ranks first stays, or last: by the column that was asked for, by _received_at,
 * _source_file (as bytes), _row and then as they were read; a column that is absent does not
 * count, a null comes last.  A row without the column that was asked for stays only if none with
 * that key has it.  A row whose key has a null is no copy of another; it has a fate of its own.
 * Memory: a quarter of a byte per row, some more while they come, and the shuffle's.
 */
#ifndef WORKER_KEYS_DEDUP_H
#define WORKER_KEYS_DEDUP_H

#include "core/op/dedup.h"
#include "worker/rows/batch.h"

struct dedup;

struct dedup_options {
	const struct schema *schema; /* borrowed */
	const int *key;              /* columns; copied */
	size_t n_key;
	enum keep keep;
	int order_by;                      /* a column of numbers, timestamps or dates, or -1 */
	int received_at, source_file, row; /* columns, or -1 */
	int lanes;
	int64_t rows;        /* about how many are expected; -1: nobody knows */
	size_t memory_bytes; /* of the fates, and of the shuffle before it goes to disk */
	const char *dir;     /* where it goes then; borrowed */
};

/* Begin; options are copied but for what is borrowed.  ERR_SYSTEM: no room for the shuffle. */
enum err_code dedup_open(struct dedup **out, const struct dedup_options *options,
			 struct err *err) MUST_CHECK;

/* Free it, with what is in memory and on disk; NULL is fine. */
void dedup_close(struct dedup *d);

/* Where the rows of a batch stand. */
struct dedup_place {
	int lane;
	size_t part;
	int64_t row;            /* of the batch's first row in the part */
	const bool *takes_part; /* by row; the others are kept, whatever their key.  NULL: all do */
};

/*
 * See rows.  All batches of a part come in order and from one lane; lanes may call at the
 * same time.  ERR_LIMIT: too many different source files, or parts, or rows for the memory.
 */
enum err_code dedup_add(struct dedup *d, const struct dedup_place *place, const struct batch *b,
			struct err *err) MUST_CHECK;

/* All rows were seen: decide.  ERR_INPUT: keep is error, and a key comes twice. */
enum err_code dedup_settle(struct dedup *d, struct err *err) MUST_CHECK;

struct dedup_counts {
	int64_t rows, keys, duplicates, null_keys;
};

/* After dedup_settle(): what was seen; duplicates and null_keys are of rows, keys of different
 * ones. */
struct dedup_counts dedup_counts(const struct dedup *d);

enum fate { FATE_KEPT, FATE_DUPLICATE, FATE_NULL_KEY };

/*
 * The fates of n rows of a part, from `row` on, one byte each, into out; *kept: how many of them
 * are kept.  ERR_CONFLICT: there were not so many rows in that part.
 */
enum err_code dedup_fates(const struct dedup *d, size_t part, int64_t row, size_t n, uint8_t *out,
			  size_t *kept, struct err *err) MUST_CHECK;

/*
 * dedup_fates() was asked for so many rows, each of them once: were these all?  No part can have
 * had more than it should, so one with fewer shows in the sum.  ERR_CONFLICT: no.
 */
enum err_code dedup_seen_all(const struct dedup *d, int64_t rows, struct err *err) MUST_CHECK;

/* How much memory the fates take, which is all there is after dedup_settle(). */
size_t dedup_bytes(const struct dedup *d);

/* How many bytes went to disk. */
int64_t dedup_spilled_bytes(const struct dedup *d);

#endif
