/*
 * census_part.h - what the files of the census share: its lanes, and what its records are.
 *
 * Records have two forms.  A small one holds a user that is a number of 32 bits; what it has no
 * room for has a wide one, in a shuffle of its own.  Which form a row has is not to be seen in
 * what is counted.
 */
#ifndef WORKER_SCORE_CENSUS_PART_H
#define WORKER_SCORE_CENSUS_PART_H

#include "worker/rows/crew.h"
#include "worker/keys/rowkey.h"
#include "worker/keys/shuffle.h"
#include "worker/keys/textset.h"
#include "worker/score/census.h"

#include <assert.h>
#include <stdatomic.h>

enum census_form { FORM_SMALL, FORM_WIDE, FORMS };

/*
 * The note of a wide event: what it says of its row, in one word.  The part stands on top: a
 * record that is less than another one of its key is from a lower part.
 */
enum {
	NOTE_GROUP_BITS = 32,
	NOTE_DAY_SHIFT = NOTE_GROUP_BITS,
	NOTE_DAY_BITS = 9,
	NOTE_COUNTS_SHIFT = NOTE_DAY_SHIFT + NOTE_DAY_BITS, /* an interaction */
	NOTE_USER_SHIFT,                                    /* it has a user */
	NOTE_LONE_SHIFT,                                    /* it is a copy of nothing */
	NOTE_PART_SHIFT,
};
static_assert(DAG_WINDOW_DAYS_MAX <= 1 << NOTE_DAY_BITS, "a day fits into a note");
static_assert(CENSUS_PART_BITS <= 64 - NOTE_PART_SHIFT, "a part fits into a note");

/*
 * A small event is two words.  The first is its key, where the low bits, which are the same in
 * all keys of a partition, are the low bits of the part instead.  The second is the user, and
 * above it what these say; above the day is the rest of the part.
 */
enum {
	SMALL_WORDS = 2,
	SMALL_GROUP_SHIFT = 32,
	SMALL_GROUP_BITS = 20, /* all of them set: none */
	SMALL_GROUP_NONE = (1 << SMALL_GROUP_BITS) - 1,
	SMALL_COUNTS_SHIFT = SMALL_GROUP_SHIFT + SMALL_GROUP_BITS,
	SMALL_USER_SHIFT,
	SMALL_LONE_SHIFT,
	SMALL_DAY_SHIFT,
};
static_assert(NOTE_DAY_BITS <= 64 - SMALL_DAY_SHIFT, "a day fits into a small event");

/* What one lane has for itself. */
struct census_lane {
	struct group_lane groups;
	struct rowkey key, user;
	struct textset types;
	uint64_t *stats; /* of each group: interactions, then a bit for each day */
	size_t n_stats, stats_room;
	int64_t *users; /* of each group */
	struct census_counts counts;
	size_t wide_part; /* this part, plus 1, has wide events: the rest of it has too */
	/* Of one batch. */
	uint32_t *group;
	int16_t *day;
	bool *is_in;
	/* Of one chunk of it: users that are integers, and which rows have none. */
	uint64_t *ids;
	bool *no_id;
	/* Of one partition: a table of distinct records. */
	uint64_t *slots, *items;
	size_t n_slots, items_room, n_items;
	size_t table_bytes_max;
};

struct census {
	struct census_options o;
	int *dedup;
	struct groups groups;
	struct census_lane lanes[CREW_LANES_MAX];
	uint64_t seed, factor; /* of hashes: secret */
	unsigned key_words, user_words, day_words;
	unsigned day_bits, partition_bits; /* of small events */
	/* By form; NULL: no record is of that form.  Events have a partition for each hash, in both
	 * forms the same; without a dedup key there are none. */
	struct shuffle *events[FORMS]; /* by dedup key */
	struct shuffle *users[FORMS];  /* by group and user */
	atomic_uint next;              /* partition that nobody has taken */
	int64_t spilled_bytes;
};

/* Words of a wide event: its key, its user, its note. */
static inline unsigned
census_event_words(const struct census *t)
{
	return t->key_words + t->user_words + 1;
}

/* So many parts can be told apart in small events. */
static inline size_t
census_small_parts(const struct census *t)
{
	return (size_t)1 << (64 - SMALL_DAY_SHIFT - t->day_bits + t->partition_bits);
}

/* A number made of another one, where the low bits are as different as those of that one. */
static inline uint64_t
census_spread(uint32_t number)
{
	return number * UINT64_C(0x9e3779b97f4a7c15);
}

/* False: there are more interactions than can be counted. */
static inline bool
census_count(struct census_lane *l, unsigned day_words, uint32_t group, unsigned day,
	     int64_t interactions)
{
	uint64_t *stats = l->stats + (size_t)group * (day_words + 1);
	int64_t sum;
	bool overflow = __builtin_add_overflow((int64_t)stats[0], interactions, &sum);

	stats[0] = (uint64_t)sum;
	stats[1 + day / 64] |= UINT64_C(1) << day % 64;
	return !overflow;
}

/* The word of a small user: it is never 0, and no two users of all groups have the same. */
static inline uint64_t
census_small_user(uint64_t user, uint32_t group)
{
	return ((uint64_t)group << 32 | user) + 1; /* no group is GROUP_NONE */
}

/* A hash of the word: by a factor that nobody can guess, no two words often have the same. */
static inline uint64_t
census_small_hash(const struct census *t, uint64_t word)
{
	uint64_t h = word * t->factor;

	return h ^ h >> 32;
}

/*
 * Hand a user of a group on.  A small record is one word; a wide one is the user's hash mixed with
 * the group, [a second word], the group: of one group no two users have the same first words.
 */
static inline void
census_push_user(const struct census *t, int lane, const uint64_t *user, uint32_t group)
{
	struct shuffle_lane *to;
	uint64_t *record, word = user[0];

	if (t->user_words == 1 && word <= UINT32_MAX) {
		word = census_small_user(word, group);
		to = shuffle_lane(t->users[FORM_SMALL], lane);
		record = shuffle_slot(to, census_small_hash(t, word));
		record[0] = word;
		return;
	}
	if (t->user_words == 1)
		word = rowkey_int((int64_t)word, t->seed);
	word ^= census_spread(group);
	to = shuffle_lane(t->users[FORM_WIDE], lane);
	record = shuffle_slot(to, word);
	record[0] = word;
	if (t->user_words == 2)
		record[1] = user[1];
	record[t->user_words] = group;
}

#endif
