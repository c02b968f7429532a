/*
 * repeats.h - which keys come more than once, in memory that is bounded.
 *
 *   repeats_open -> repeats_add ... -> repeats_finish -> repeats_close
 *
 * Keys are words (rowkey.h).  While a table of all keys fits, the answer for a
 * key comes at once; what is new after that goes to a shuffle, and the answer
 * at the end.  A table of 0 bytes sends all keys there: then keys may be added in
 * lanes.  What the end says does not depend on where the bound was.
 *
 * A key goes to the shuffle once for every REPEATS_LATELY other keys that came
 * since, however often it came itself: n rows of one key are n / REPEATS_LATELY records at most.
 */
#ifndef WORKER_KEYS_REPEATS_H
#define WORKER_KEYS_REPEATS_H

#include "core/base/err.h"

enum { REPEATS_FIRST_MAX = 5, REPEATS_LATELY = 1 << 12 };

struct repeats;

struct repeats_options {
	unsigned words;      /* of a key: 1 or 2 */
	int64_t rows;        /* how many are expected; -1: nobody knows */
	size_t table_bytes;  /* of the table */
	bool table_only;     /* a key that does not fit is an error: the answer is needed at once */
	size_t memory_bytes; /* of the shuffle, before it goes to disk */
	const char *dir;     /* where it goes then; NULL: nowhere, it stays in memory; borrowed */
	int lanes;
};

/* Begin; options are copied, `dir` is borrowed.  ERR_SYSTEM: no room for the shuffle. */
enum err_code repeats_open(struct repeats **out, const struct repeats_options *options,
			   struct err *err) MUST_CHECK;

/* Free it, with what is in memory and on disk; NULL is fine. */
void repeats_close(struct repeats *k);

enum key_answer { KEY_NEW, KEY_SEEN, KEY_LATER };

/*
 * Keys, one behind the other, with the numbers of their rows; numbers ascend where there is a
 * table.
 */
struct repeats_rows {
	const uint64_t *keys, *numbers; /* numbers are below 2^63 */
	size_t n;
	int lane;         /* 0 where there is a table */
	uint8_t *answers; /* out: enum key_answer */
};

/*
 * See keys and answer each.  ERR_LIMIT: they do not fit, with table_only.  ERR_SYSTEM: the disk
 * refused.
 */
enum err_code repeats_add(struct repeats *k, const struct repeats_rows *rows,
			  struct err *err) MUST_CHECK;

/* What came of all keys.  A surplus row has a key that a row of a lower number has too. */
struct repeats_verdict {
	int64_t surplus;  /* rows */
	int64_t repeated; /* keys that have a surplus row */
	/* The lowest numbers of the surplus rows that were answered with KEY_LATER, ascending. */
	uint64_t first[REPEATS_FIRST_MAX];
	size_t n_first;
};

/* All keys were added: count, once.  ERR_SYSTEM: the disk refused; a table alone cannot fail. */
enum err_code repeats_finish(struct repeats *k, struct repeats_verdict *out,
			     struct err *err) MUST_CHECK;

#endif
