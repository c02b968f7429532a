/*
 * arrange.h - the records of one partition of a shuffle in order, in memory that is bounded.
 *
 *   arrange_init -> arrange_each ... (each partition) -> arrange_release
 *
 * A partition that fits is sorted at once.  One that does not, such as all events of
 * a single user, comes in pieces: the least records that fit, then the least of the rest, and so
 * on, each time reading all of it again.  Nobody who reads can tell, but by the clock.
 */
#ifndef WORKER_KEYS_ARRANGE_H
#define WORKER_KEYS_ARRANGE_H

#include "worker/keys/radix.h"
#include "worker/keys/shuffle.h"

enum { ARRANGE_ROOM_MIN = 1024 };

/* Make records that were copied out of the shuffle what is to be ordered. */
typedef void arrange_prepare_fn(const void *arg, uint64_t *records, size_t n);

struct arrange {
	arrange_prepare_fn *prepare; /* or NULL: they are that already; for who made it to set */
	const void *prepare_arg;
	unsigned words, keys; /* of a record; the first `keys` of them are its key */
	size_t room, held;    /* records that there may be, and that the buffers have room for */
	uint64_t *records, *spare;
	size_t count;
	/* What earlier pieces had: the last key, and how many records of it. */
	uint64_t floor[RADIX_WORDS_MAX];
	size_t n_floor, floor_left; /* floor_left: that have to be passed over in this pass */
	/* Keys from here on are of a later piece. */
	uint64_t ceiling[RADIX_WORDS_MAX];
	bool has_ceiling;
};

/*
 * For records of so many words, ordered by the first `keys` of them as unsigned numbers, word 0
 * first; those whose keys are equal keep the order of the shuffle.  At most `room` records are
 * held, or ARRANGE_ROOM_MIN; two buffers of that size are taken when there is a partition that
 * fills them.
 */
void arrange_init(struct arrange *a, unsigned words, unsigned keys, size_t room);

/* Free it; fine on a zeroed one. */
void arrange_release(struct arrange *a);

/*
 * Some records in order, borrowed until it returns; after those that it was given before.
 * `is_last`: the partition has no more.
 */
typedef enum err_code arrange_fn(void *arg, const uint64_t *records, size_t n, bool is_last,
				 struct err *err);

/*
 * Show all records of a partition to fn, in order; a partition without records is not shown.
 * ERR_SYSTEM: the disk refused; else what fn says.
 */
enum err_code arrange_each(struct arrange *a, struct shuffle *s, uint32_t partition, arrange_fn *fn,
			   void *arg, struct err *err) MUST_CHECK;

#endif
