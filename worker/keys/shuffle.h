/*
 * shuffle.h - records of one size, brought together by key: in memory while they fit, on disk
 * beyond.
 *
 *   shuffle_open -> shuffle_slot ... (each lane its own) -> shuffle_seal
 *                -> shuffle_each, shuffle_drop ... (each partition, by any lane) -> shuffle_close
 *
 * Whether something was seen before is asked of a table, and a table that is
 * larger than the cache, or than memory, is slow, or impossible.  So records go to
 * partitions by a hash of their key first: equal keys meet in one partition, and
 * a partition's table is small.  When all blocks together are more than
 * memory_bytes, full blocks go to one unnamed file and come back partition by
 * partition; nobody who reads can tell.  Records of a partition come in the order in
 * which their lane wrote them, all of lane 0 first.
 */
#ifndef WORKER_KEYS_SHUFFLE_H
#define WORKER_KEYS_SHUFFLE_H

#include "core/base/err.h"
#include "worker/rows/crew.h"

enum { SHUFFLE_PARTITIONS_MAX = 4096, SHUFFLE_AHEAD_BYTES = 128 };

struct shuffle;

struct shuffle_options {
	size_t record_bytes; /* a multiple of 8 */
	int64_t rows;        /* how many are expected; -1: nobody knows */
	/* What blocks may take before they go to disk, at least 1 MiB; less where a limit of the
	 * process (ulimit -v) leaves no room for it. */
	size_t memory_bytes;
	size_t partition_bytes; /* of one partition, in memory while it is worked on: about */
	uint32_t partitions;    /* so many, as another shuffle has; 0: as rows and bytes ask for */
	int lanes;
	const char *dir; /* where the unnamed file is made; NULL: there is none, ever */
	/*
	 * Take blocks from the memory of this one and give them back there: for what is filled
	 * while this one is emptied.  memory_bytes is not looked at then.  NULL: memory of its own.
	 */
	struct shuffle *share;
};

/* Begin; options are copied.  ERR_SYSTEM: the system has no memory for blocks. */
enum err_code shuffle_open(struct shuffle **out, const struct shuffle_options *options,
			   struct err *err) MUST_CHECK;

/* Free it, with what is in memory and on disk; NULL is fine. */
void shuffle_close(struct shuffle *s);

/* How many partitions there are: a power of two, from rows, record_bytes and partition_bytes. */
uint32_t shuffle_partitions(const struct shuffle *s);

/*
 * The end of one lane: at[p] is where its next record of partition p goes, end[p] where its
 * block ends.
 */
struct shuffle_lane {
	char **at, **end;
	size_t record_bytes;
	uint32_t mask; /* partitions - 1 */
	struct shuffle *shuffle;
	struct err err; /* the first failure of this lane; shuffle_seal() reports it */
};

/* The end of a lane, from 0; borrowed, and used by one thread at a time. */
struct shuffle_lane *shuffle_lane(struct shuffle *s, int lane);

/* A new block for a partition; for shuffle_slot().  Never fails: see shuffle_lane.err. */
void shuffle_block(struct shuffle_lane *l, uint32_t partition);

/*
 * The failure of this lane so far, which shuffle_seal() would report too: for who asks once per
 * batch, so as not to read all the rest in vain.  ERR_SYSTEM: the disk refused.
 */
enum err_code shuffle_failed(const struct shuffle_lane *l, struct err *err) MUST_CHECK;

/*
 * Room for one record in the partition of a hash, whose low bits choose it.  The caller fills all
 * of it.
 */
static inline void *
shuffle_slot(struct shuffle_lane *l, uint64_t hash)
{
	uint32_t p = (uint32_t)hash & l->mask;
	char *at;

	if (l->at[p] == l->end[p])
		shuffle_block(l, p);
	at = l->at[p];
	l->at[p] = at + l->record_bytes;
	/* There are more partitions than the processor can see patterns. */
	__builtin_prefetch(at + SHUFFLE_AHEAD_BYTES, 1);
	return at;
}

/* All records are in, of all lanes.  ERR_SYSTEM: the disk refused. */
enum err_code shuffle_seal(struct shuffle *s, struct err *err) MUST_CHECK;

/* How many records a partition has. */
size_t shuffle_count(const struct shuffle *s, uint32_t partition);

/* How many bytes went to disk, for the log of the attempt. */
int64_t shuffle_spilled_bytes(const struct shuffle *s);

/* Some records of a partition, one behind the other; borrowed until it returns. */
typedef enum err_code shuffle_fn(void *arg, const void *records, size_t n, struct err *err);

/*
 * Show all records of a partition to fn.  Different lanes may do that with different partitions
 * at once.  ERR_SYSTEM: the disk refused; else what fn says.
 */
enum err_code shuffle_each(struct shuffle *s, uint32_t partition, shuffle_fn *fn, void *arg,
			   struct err *err) MUST_CHECK;

/* A partition is done with: its memory goes back. */
void shuffle_drop(struct shuffle *s, uint32_t partition);

#endif
