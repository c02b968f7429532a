/*
 * delta.h - DELTA_BINARY_PACKED: integers as differences, packed.  Pure.
 *
 * github.com/apache/parquet-format, Encodings.md.  What is written is read back.
 */
#ifndef WORKER_PARQUET_CODE_DELTA_H
#define WORKER_PARQUET_CODE_DELTA_H

#include "core/base/buf.h"
#include "worker/parquet/code/bits.h"

enum { PQ_DELTA_GROUP = 32 }; /* a mini block is some of these */

struct pq_delta {
	const uint8_t *at, *end;
	uint64_t block_values, mini_values, n_minis;
	uint64_t left;         /* values not given out yet */
	uint64_t value;        /* the last one; arithmetic wraps */
	uint64_t min_delta;    /* of the current block */
	const uint8_t *widths; /* of its mini blocks */
	uint64_t mini;         /* the next one of them */
	uint64_t mini_left;    /* values not unpacked yet of the one before */
	int width;             /* of that one, 0 to 64 */
	bool first;            /* the first value, of the header, is still to come */
	uint32_t n_ready;      /* the last so many of ready[] were unpacked and not given out */
	int64_t ready[PQ_DELTA_GROUP];
};

/*
 * Read the header.  False: it is damaged (a block that is no multiple of 128, a
 * mini block that is no multiple of 32, more values than `values_max`).
 * *count: the values it says it holds.  A few bytes may say billions: bound what is made of
 * them.  For INT32 take the low 32 bits of what comes.
 */
bool pq_delta_init(struct pq_delta *d, const void *data, size_t bytes, uint64_t values_max,
		   uint64_t *count) MUST_CHECK;

/*
 * The next n values.  False: there are not so many, or their bytes are damaged or too few; a last
 * mini block that is cut off behind its last wanted value is fine.
 */
bool pq_delta_read(struct pq_delta *d, int64_t *out, size_t n) MUST_CHECK;

/* After the last value: where the encoding ends. */
const uint8_t *pq_delta_end(const struct pq_delta *d);

/*
 * Append n values.  is_int32: they are INT32, sign-extended; differences are then taken modulo
 * 2^32 and no field is wider than 32 bits, which some readers insist on.
 */
void pq_delta_write(const int64_t *values, size_t n, bool is_int32, struct buf *out);

#endif
