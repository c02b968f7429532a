/*
 * rowkey.h - the keys of rows as words that can be compared and hashed at once.
 *
 * A key of one column of integers is one word: its value, mixed so that the
 * word is a hash too, and no two values give the same.  Any other key is the
 * print (hash.h) of its encoding (canon.h).  In both cases word 0 is a good hash.
 */
#ifndef WORKER_KEYS_ROWKEY_H
#define WORKER_KEYS_ROWKEY_H

#include "core/base/hash.h"
#include "worker/rows/batch.h"

enum { ROWKEY_WORDS_MAX = 2, ROWKEY_ROWS_MAX = 4096 };

struct rowkey {
	int *columns;
	size_t n_columns;
	unsigned words; /* of a key: 1 or 2 */
	uint64_t seed;
	/* Of the rows that were read last. */
	uint64_t *keys; /* `words` of each row; undefined where a part of the key is null */
	bool *nulls;    /* by row: a part of its key is null */
	size_t n_nulls;
	/* Prints of the dictionary of the only column, by code. */
	struct print *prints;
	size_t prints_room;
	uint64_t unit; /* whose dictionary it is; 0: none */
	char *encoded; /* the key of one row */
	size_t encoded_room;
};

/*
 * The key is these columns of rows with that schema.  Keys of two rowkeys can be
 * compared when columns and seed are the same; a seed is secret to the process.
 */
void rowkey_init(struct rowkey *k, const struct schema *schema, const int *columns, size_t n,
		 uint64_t seed);

/* Free it; fine on a zeroed one. */
void rowkey_release(struct rowkey *k);

/* A seed that nobody can guess. */
uint64_t rowkey_seed(void);

/* Read the keys of rows [first, first + n) of a batch, at most ROWKEY_ROWS_MAX. */
void rowkey_read(struct rowkey *k, const struct batch *b, size_t first, size_t n);

/* The word of an integer in a key of one column. */
static inline uint64_t
rowkey_int(int64_t value, uint64_t seed)
{
	return hash_word((uint64_t)value ^ seed);
}

#endif
