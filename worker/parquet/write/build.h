/*
 * build.h - one column of a row group while it is gathered.  Pure.
 *
 *   pq_build_init -> (pq_build_add ... -> pq_build_end -> read the pages of `cut`
 *                     -> pq_build_reset) ... -> pq_build_release
 *
 * A column starts with a dictionary and codes, and changes over to plain values, which go into
 * pages at once, for good when the dictionary gets too large or does not pay.  Every decision
 * depends on the values and their order alone: not on how they are cut into calls, and not on
 * whether a batch has codes or values.
 */
#ifndef WORKER_PARQUET_WRITE_BUILD_H
#define WORKER_PARQUET_WRITE_BUILD_H

#include "worker/rows/batch.h"
#include "worker/parquet/write/cut.h"

struct pq_build {
	const struct pq_kind *kind;
	struct pq_cut cut;     /* the pages; without any as long as there are codes */
	size_t rows, n_values; /* n_values: the rows that are not null */
	bool has_codes;        /* the values are codes in `entries`; else they are in pages */
	bool *valid;           /* of each row; meaningless while there are no nulls, or no codes */
	size_t valid_room;
	uint32_t *codes; /* n_values of them */
	size_t codes_room;
	struct pq_values entries; /* of the dictionary, in order of first appearance */
	uint64_t *slots; /* of the hash table: code + 1, and above it 32 bits of the hash */
	size_t n_slots;  /* a power of two, at most half of it used */
	uint64_t seed;
	uint32_t *map; /* a batch's codes to ours; UINT32_MAX: not looked up yet */
	size_t map_room;
	bool has_map;
};

/* No rows, of a column of that type, whose pages go to the press (borrowed). */
void pq_build_init(struct pq_build *b, enum col_type type, struct pq_press *press);

/* Free what it holds; no page waits in the press. */
void pq_build_release(struct pq_build *b);

/* No rows; the room stays, and no page waits in the press. */
void pq_build_reset(struct pq_build *b);

/*
 * So many rows of `col` are about to be added, up to pq_build_reset() or the next call: a map
 * for the column's dictionary is made if that pays.  Needed before any column with a dictionary.
 */
void pq_build_expect(struct pq_build *b, const struct col *col, size_t rows);

/* Append rows[from, from + n) of a column; rows NULL: the column's rows [from, from + n). */
void pq_build_add(struct pq_build *b, const struct col *col, const uint32_t *rows, size_t from,
		  size_t n);

/* All rows are there, the last time to give the dictionary up: then all pages are with the press.
 */
void pq_build_end(struct pq_build *b);

#endif
