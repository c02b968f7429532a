/*
 * encoding.h - the encodings of Parquet: bytes of a page body to values and back.  Pure.
 *
 * github.com/apache/parquet-format/blob/master/Encodings.md.  A decoder is a
 * cursor over bytes that somebody else owns and gives out values a few at a time, in order;
 * it never reads behind `end`, whatever the bytes are, and says false when they
 * are damaged or too few.  PQ_PAD more bytes behind `end` are readable (not
 * meaningful), so that words may be loaded whole.  Encoders append to a buf and
 * cannot fail.  What an encoder writes its decoder reads back.
 */
#ifndef WORKER_PARQUET_CODE_ENCODING_H
#define WORKER_PARQUET_CODE_ENCODING_H

#include "core/base/buf.h"
#include "worker/rows/dict.h"

enum { PQ_PAD = 64 };

/* ---- RLE and bit-packing hybrid: levels, booleans, dictionary codes (rle.c) ---- */

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

/* Bits that a value of at most `max` needs; 0 for 0. */
int pq_bit_width(uint32_t max);

/* ---- DELTA_BINARY_PACKED (delta.c) ---- */

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

/* ---- strings (delta_text.c, plain.c) ---- */

/*
 * DELTA_LENGTH_BYTE_ARRAY, a whole page at once: spans[] (room for n) becomes its n texts, borrowed
 * from `data`.  False: damaged, or not exactly n values.  No bytes at all are 0 values.
 */
bool pq_delta_length_read(const void *data, size_t bytes, size_t n, struct span *spans) MUST_CHECK;

/*
 * DELTA_BYTE_ARRAY in two steps, so that memory is taken for just what the texts need.  Both
 * arrays have room for n.  measure: how much each text shares with the one before, its rest
 * (borrowed from `data`), and the bytes of all texts together; a few bytes may make that more than
 * there is memory.  False: damaged, or not exactly n values.  join: spans[] becomes the texts, put
 * together at `to`.  False: a text shares more than the one before has.
 */
bool pq_delta_text_measure(const void *data, size_t bytes, size_t n, struct span *spans,
			   struct span *suffixes, size_t *text_bytes) MUST_CHECK;
bool pq_delta_text_join(struct span *spans, size_t n, const struct span *suffixes,
			char *to) MUST_CHECK;

/*
 * Both steps in one, without a budget: the texts are put together in memory taken from `text`
 * (emptied first; its bytes_max bounds what a hostile page can make of its prefixes: more is false
 * with text->full; spans borrow from it).
 */
bool pq_delta_text_read(const void *data, size_t bytes, size_t n, struct buf *text,
			struct span *spans) MUST_CHECK;

/* Append n texts, each shorter than 2 GiB. */
void pq_delta_length_write(const struct span *texts, size_t n, struct buf *out);
void pq_delta_text_write(const struct span *texts, size_t n, struct buf *out);

/* PLAIN BYTE_ARRAY: the next n texts from *at on, borrowed; *at moves on.  False: cut off. */
bool pq_plain_texts(const uint8_t **at, const uint8_t *end, size_t n,
		    struct span *spans) MUST_CHECK;

/* PLAIN BOOLEAN: n bits from bit *bit of `data` on, as 0 and 1; *bit moves.  False: cut off. */
bool pq_plain_bools(const uint8_t *data, const uint8_t *end, size_t *bit, size_t n,
		    int64_t *out) MUST_CHECK;

/*
 * BYTE_STREAM_SPLIT: values first to first + n of a page that holds `count` values of
 * `width` bytes each, count * width bytes in all; out has room for n * width bytes.
 * False: fewer bytes than that, or values behind the last one.
 */
bool pq_split_read(const void *data, size_t bytes, size_t count, size_t width, size_t first,
		   size_t n, uint8_t *out) MUST_CHECK;

/* Append `count` values of `width` bytes each. */
void pq_split_write(const void *values, size_t count, size_t width, struct buf *out);

#endif
