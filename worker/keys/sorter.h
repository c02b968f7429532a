/*
 * sorter.h - counts by key, sorted by key, in memory that is bounded.
 *
 *   sorter_new -> sorter_add ... (each lane its own) -> sorter_settle (each lane)
 *               -> sorter_next ... (one thread) -> sorter_free
 *
 * A lane collects records until its memory is full, sorts them and adds up those of the same
 * key.  When that does not make room, what it has goes to an unnamed file as a sorted
 * run.  At the end all runs are merged.  What comes out depends on neither lanes nor memory.
 */
#ifndef WORKER_KEYS_SORTER_H
#define WORKER_KEYS_SORTER_H

#include "core/base/err.h"

enum { SORTER_KEY_WORDS = 2, SORTER_WORDS };

struct sorter;

/* The order: the upper half of key[0], then key[1], then the lower half of key[0]. */
struct sorter_record {
	uint64_t key[SORTER_KEY_WORDS];
	uint64_t count;
};

struct sorter_options {
	int lanes;
	size_t memory_bytes; /* of all lanes together */
	const char *dir;     /* where unnamed files are made; borrowed */
};

/* A sorter without records; never NULL. */
struct sorter *sorter_new(const struct sorter_options *options) MUST_CHECK;

/* Free it, with what is in memory and on disk; NULL is fine. */
void sorter_free(struct sorter *s);

/* n more records of a lane.  ERR_SYSTEM: the disk refused. */
enum err_code sorter_add(struct sorter *s, int lane, const struct sorter_record *records, size_t n,
			 struct err *err) MUST_CHECK;

/* A lane has added all it has. */
void sorter_settle(struct sorter *s, int lane);

/*
 * The record with the next key, counts added up; *out NULL: there is none.  Borrowed until the next
 * call.  ERR_INPUT: counts of a key are more than an int64 holds.
 */
enum err_code sorter_next(struct sorter *s, const struct sorter_record **out,
			  struct err *err) MUST_CHECK;

/* How many bytes went to disk. */
int64_t sorter_spilled_bytes(const struct sorter *s);

#endif
