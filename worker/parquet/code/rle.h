/*
 * rle.h - the hybrid of runs and bit-packed values: levels, booleans, dictionary codes.  Pure.
 *
 * github.com/apache/parquet-format, Encodings.md.  What pq_rle_write() makes pq_rle_read() reads.
 */
#ifndef WORKER_PARQUET_CODE_RLE_H
#define WORKER_PARQUET_CODE_RLE_H

#include "core/base/buf.h"
#include "worker/parquet/code/bits.h"

struct pq_rle {
	const uint8_t *at, *end;
	const uint8_t *next; /* where the run behind the current one begins */
	int width;           /* bits of a value, 0 to 32 */
	uint64_t run;        /* values left of the current run; */
	bool packed;         /* it is bit-packed: */
	uint32_t value;      /* else all of them are this */
	uint32_t bit;        /* packed: bits of *at that are used up already, 0 to 7 */
};

/* False: the width is negative or more than 32.  `data` may be NULL when bytes is 0. */
bool pq_rle_init(struct pq_rle *r, const void *data, size_t bytes, int width);

/*
 * The next n values.  False when the bytes end before; a last bit-packed run that is cut off behind
 * its last wanted value is fine.  Width 0: every value is 0 and a run has no value bytes.  No bytes
 * at all with width 0 give zeros without end.  Whatever the bytes are, no value is
 * larger than `width` bits allow.  After false, out[] holds anything and the cursor is of no use.
 */
bool pq_rle_read(struct pq_rle *r, uint32_t *out, size_t n) MUST_CHECK;

/* As pq_rle_read(), without the values. */
bool pq_rle_skip(struct pq_rle *r, size_t n) MUST_CHECK;

/*
 * True when the next `n` values, at least, are one repeated run of `value`.  No value is taken.
 * False may also mean that the bytes are damaged: reading them says so.
 */
bool pq_rle_is_run(struct pq_rle *r, size_t n, uint32_t value);

/* The legacy BIT_PACKED levels, most significant bit first (Encodings.md). */
bool pq_bit_packed_read(const void *data, size_t bytes, int width, size_t n,
			uint32_t *out) MUST_CHECK;

/*
 * Append n values (fewer than 2^31), each of at most `width` bits, as the hybrid, without a
 * length before it.  Long enough repetitions become repeated runs, the rest bit-packed ones.
 */
void pq_rle_write(const uint32_t *values, size_t n, int width, struct buf *out);

/* The same of n times one value, n > 0. */
void pq_rle_write_run(uint32_t value, size_t n, int width, struct buf *out);

/* Bits that a value of at most `max` needs; 0 for 0. */
int pq_bit_width(uint32_t max);

#endif
