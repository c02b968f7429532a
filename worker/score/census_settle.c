/* census_settle.c - the partitions of the census: one event of each key, each user of a group once.
 */
#include "worker/score/census_settle.h"

#include "core/base/mem.h"
#include "core/base/size.h"
#include "worker/score/census_part.h"
#include "worker/score/census_rows.h"

#include <string.h>

enum {
	TABLE_BYTES_MIN = 1 << 20,
	SLOTS_MIN = 1024,
	AHEAD = 16, /* groups lie anywhere in memory: ask for them so many events early */
	WIDEN_RECORDS = 512,
	WIDENED_WORDS = 3,
	NEW_USERS = 1024, /* at a time */
};

/* What a lane is doing with a partition. */
struct census_shift {
	struct census *census;
	struct census_lane *lane;
	int number; /* of the lane */
	uint32_t partition;
};

/* ---- tables of items ---- */

/* Behind the last item there is room for those that are asked for ahead. */
static size_t
item_room(size_t n_slots, size_t words)
{
	return words ? (n_slots / 2 + AHEAD) * words : 0;
}

/*
 * Empty the lane's table, for so many records of some words; with 0 of them it is slots alone, each
 * a word.  Partitions are much alike: it begins as large as the last one needed, and grows with
 * what is different.
 */
static void
reset_table(struct census_lane *l, size_t records, size_t words)
{
	size_t n = SLOTS_MIN;

	while (n < records * 2 && n < l->n_slots)
		n *= 2;
	if (n > l->n_slots || n * 4 < l->n_slots) {
		mem_large_free(l->slots);
		l->slots = mem_large_new(n, sizeof(*l->slots));
		l->n_slots = n;
	} else {
		memset(l->slots, 0, l->n_slots * sizeof(*l->slots));
	}
	if (item_room(l->n_slots, words) > l->items_room) {
		l->items_room = item_room(l->n_slots, words);
		mem_large_free(l->items);
		l->items = mem_large_new(l->items_room, sizeof(*l->items));
	}
	l->n_items = 0;
}

/* Where a hash begins to look: its place comes from bits that the partition is not made of. */
static inline size_t
slot_of(uint64_t hash, size_t mask)
{
	return hash >> 12 & mask;
}

/* Make the table of items larger, and put the items where they belong then. */
static void
grow_items(struct census_lane *l, size_t n_slots, size_t words)
{
	size_t mask = n_slots - 1;

	mem_large_free(l->slots);
	l->slots = mem_large_new(n_slots, sizeof(*l->slots));
	l->n_slots = n_slots;
	if (item_room(n_slots, words) > l->items_room) {
		l->items_room = item_room(n_slots, words);
		l->items = mem_large_resize(l->items, l->items_room, sizeof(*l->items));
	}
	for (size_t i = 0; i < l->n_items; i++) {
		uint64_t hash = l->items[i * words];
		size_t at = slot_of(hash, mask);

		while (l->slots[at])
			at = (at + 1) & mask;
		l->slots[at] = hash >> 32 << 32 | (i + 1);
	}
}

/* The slot that holds a word, or the free one where it belongs. */
static inline uint64_t *
slot_for(const struct census *t, struct census_lane *l, uint64_t word)
{
	size_t mask = l->n_slots - 1, at = slot_of(census_small_hash(t, word), mask);

	/* Which of both it is cannot be guessed; that it is one of them can, so one branch asks. */
	for (;; at = (at + 1) & mask) {
		uint64_t slot = l->slots[at], other = slot ^ word;

		if ((slot < other ? slot : other) == 0)
			return &l->slots[at];
	}
}

/* The same of a table that is slots alone. */
static void
grow_slots(const struct census *t, struct census_lane *l, size_t n_slots)
{
	uint64_t *old = l->slots;
	size_t n = l->n_slots;

	l->slots = mem_large_new(n_slots, sizeof(*l->slots));
	l->n_slots = n_slots;
	for (size_t i = 0; i < n; i++)
		if (old[i])
			*slot_for(t, l, old[i]) = old[i];
	mem_large_free(old);
}

/* Room in the table for `more` records. */
static enum err_code
fit_table(const struct census *t, struct census_lane *l, size_t more, size_t words, struct err *err)
{
	bool is_of_events = t->key_words && !l->users;
	struct shuffle *const *shuffles = is_of_events ? t->events : t->users;
	const struct shuffle *any = shuffles[FORM_SMALL] ? shuffles[FORM_SMALL]
							 : shuffles[FORM_WIDE];
	size_t n = l->n_slots;

	while (n < (l->n_items + more) * 2)
		n *= 2;
	if (n == l->n_slots)
		return ERR_NONE;
	if ((n + item_room(n, words)) * sizeof(uint64_t) > l->table_bytes_max)
		return err_set(err, ERR_LIMIT,
			       "score: more than %zu different rows in one of %u partitions do not "
			       "fit into memory: %s; give the task more (`memory:`)",
			       l->n_items, shuffle_partitions(any), SIZE_TEXT(t->o.limit_bytes));
	if (words)
		grow_items(l, n, words);
	else
		grow_slots(t, l, n);
	return ERR_NONE;
}

/*
 * Find the item whose first words are those of the record but for the lowest `skip` bits, or add
 * the record as one.  A slot holds half of a hash above and the number of the item, from 1, below;
 * its place comes from bits that neither the partition nor that half is made of alone.
 */
static inline uint64_t *
meet(struct census_lane *l, const uint64_t *record, unsigned key_words, unsigned words,
     unsigned skip, bool *is_new)
{
	size_t mask = l->n_slots - 1, at = slot_of(record[0], mask);
	uint64_t half = record[0] >> 32 << 32, slot;
	uint64_t *item;

	for (; (slot = l->slots[at]); at = (at + 1) & mask) {
		if ((slot ^ half) >> 32)
			continue;
		item = l->items + ((uint32_t)slot - 1) * (size_t)words;
		if ((item[0] ^ record[0]) >> skip == 0 &&
		    (key_words == 1 || item[1] == record[1]) &&
		    (key_words <= 2 || item[2] == record[2])) {
			*is_new = false;
			return item;
		}
	}
	item = l->items + l->n_items * words;
	for (unsigned i = 0; i < words; i++)
		item[i] = record[i];
	l->slots[at] = half | ++l->n_items;
	*is_new = true;
	return item;
}

/* ---- events ---- */

/* What is said of an event beside its key and its user. */
struct about {
	uint32_t group;
	unsigned day;
	bool counts, has_user;
};

static inline struct about
about_small(uint64_t note, unsigned day_bits)
{
	uint32_t group = (uint32_t)(note >> SMALL_GROUP_SHIFT) & SMALL_GROUP_NONE;

	return (struct about){ group == SMALL_GROUP_NONE ? GROUP_NONE : group,
			       (unsigned)(note >> SMALL_DAY_SHIFT) & ((1U << day_bits) - 1),
			       note >> SMALL_COUNTS_SHIFT & 1, note >> SMALL_USER_SHIFT & 1 };
}

static inline struct about
about_wide(uint64_t note)
{
	return (struct about){ (uint32_t)note,
			       (unsigned)(note >> NOTE_DAY_SHIFT) & ((1U << NOTE_DAY_BITS) - 1),
			       note >> NOTE_COUNTS_SHIFT & 1, note >> NOTE_USER_SHIFT & 1 };
}

/* The part of a small event. */
static inline uint64_t
small_part(const struct census *t, const uint64_t *event)
{
	uint64_t low = event[0] & ((UINT64_C(1) << t->partition_bits) - 1);

	return event[1] >> SMALL_DAY_SHIFT >> t->day_bits << t->partition_bits | low;
}

/* Count an event that stays, and hand its user on; false: it is in no group. */
static inline bool
count_event(const struct census_shift *s, const uint64_t *user, struct about a)
{
	if (a.group == GROUP_NONE)
		return false;
	/* There are not so many events that ones overflow. */
	(void)census_count(s->lane, s->census->day_words, a.group, a.day, a.counts);
	if (a.has_user)
		census_push_user(s->census, s->number, user, a.group);
	return true;
}

static void
count_lone(const struct census_shift *s, const uint64_t *user, struct about a)
{
	bool counts = count_event(s, user, a);

	s->lane->counts.aggregated += counts;
	s->lane->counts.filtered += !counts;
}

/* Of records with the same key, keep the first in row order. */
static inline void
keep_first(const struct census_shift *s, const uint64_t *records, size_t n, unsigned key_words,
	   unsigned words)
{
	struct census_lane *l = s->lane;

	for (size_t i = 0; i < n; i++) {
		const uint64_t *record = records + i * words;
		bool is_new;
		uint64_t *item;

		if (record[words - 1] >> NOTE_LONE_SHIFT & 1) {
			count_lone(s, record + key_words, about_wide(record[words - 1]));
			continue;
		}
		item = meet(l, record, key_words, words, 0, &is_new);
		if (is_new)
			continue;
		l->counts.duplicates++;
		/* Within a part, and so within a lane, records come in row order. */
		if (record[words - 1] >> NOTE_PART_SHIFT < item[words - 1] >> NOTE_PART_SHIFT)
			memcpy(item, record, words * sizeof(*item));
	}
}

/* A shuffle_fn */
static enum err_code
meet_wide_events(void *arg, const void *records, size_t n, struct err *err)
{
	const struct census_shift *s = arg;
	const struct census *t = s->census;
	enum err_code code = fit_table(t, s->lane, n, census_event_words(t), err);

	if (code)
		return code;
	switch (t->key_words * 2 + t->user_words) {
	case 3:
		keep_first(s, records, n, 1, 3);
		break;
	case 4:
		keep_first(s, records, n, 1, 4);
		break;
	case 5:
		keep_first(s, records, n, 2, 4);
		break;
	default:
		keep_first(s, records, n, 2, 5);
	}
	return ERR_NONE;
}

/* A shuffle_fn: all records of the partition are small. */
static enum err_code
meet_small_events(void *arg, const void *records, size_t n, struct err *err)
{
	const struct census_shift *s = arg;
	const struct census *t = s->census;
	struct census_lane *l = s->lane;
	enum err_code code = fit_table(t, l, n, SMALL_WORDS, err);

	for (size_t i = 0; i < n && !code; i++) {
		const uint64_t *record = (const uint64_t *)records + i * SMALL_WORDS;
		uint64_t user[2] = { (uint32_t)record[1] }, *item;
		bool is_new;

		if (record[1] >> SMALL_LONE_SHIFT & 1) {
			count_lone(s, user, about_small(record[1], t->day_bits));
			continue;
		}
		item = meet(l, record, 1, SMALL_WORDS, t->partition_bits, &is_new);
		if (is_new)
			continue;
		l->counts.duplicates++;
		if (small_part(t, record) < small_part(t, item))
			memcpy(item, record, SMALL_WORDS * sizeof(*item));
	}
	return code;
}

static void
widen(const struct census_shift *s, const uint64_t *event, uint64_t *out)
{
	const struct census *t = s->census;
	struct about a = about_small(event[1], t->day_bits);

	out[0] = event[0] >> t->partition_bits << t->partition_bits | s->partition;
	out[1] = (uint32_t)event[1];
	out[2] = a.group | (uint64_t)a.day << NOTE_DAY_SHIFT |
		 (uint64_t)a.counts << NOTE_COUNTS_SHIFT | (uint64_t)a.has_user << NOTE_USER_SHIFT |
		 (event[1] >> SMALL_LONE_SHIFT & 1) << NOTE_LONE_SHIFT |
		 small_part(t, event) << NOTE_PART_SHIFT;
}

/* A shuffle_fn: the partition has wide records too, which come after these. */
static enum err_code
widen_events(void *arg, const void *records, size_t n, struct err *err)
{
	const struct census_shift *s = arg;
	const uint64_t *record = records;
	uint64_t wide[WIDEN_RECORDS * WIDENED_WORDS];
	enum err_code code = fit_table(s->census, s->lane, n, WIDENED_WORDS, err);

	assert(census_event_words(s->census) == WIDENED_WORDS);
	for (size_t first = 0, some; first < n && !code; first += some) {
		some = n - first < WIDEN_RECORDS ? n - first : WIDEN_RECORDS;
		for (size_t i = 0; i < some; i++, record += SMALL_WORDS)
			widen(s, record, wide + i * WIDENED_WORDS);
		keep_first(s, wide, some, 1, WIDENED_WORDS);
	}
	return code;
}

/* Count what is left of the events of a partition, and hand their users on. */
static inline void
count_survivors(const struct census_shift *s, bool is_small)
{
	const struct census *t = s->census;
	struct census_lane *l = s->lane;
	unsigned words = is_small ? SMALL_WORDS : census_event_words(t);
	uintptr_t stats = (uintptr_t)l->stats, group_bytes = (t->day_words + 1) * sizeof(*l->stats);
	int64_t aggregated = 0;

	for (size_t i = 0; i < l->n_items; i++) {
		const uint64_t *item = l->items + i * words;
		/* Behind the last item there is room, and any address may be asked for. */
		uint64_t later = item[(AHEAD + 1) * words - 1], user[2] = { (uint32_t)item[1] };
		uint32_t group = is_small ? about_small(later, 0).group : (uint32_t)later;

		__builtin_prefetch((const void *)(stats + group * group_bytes), 1);
		aggregated += is_small ? count_event(s, user, about_small(item[1], t->day_bits))
				       : count_event(s, item + t->key_words,
						     about_wide(item[words - 1]));
	}
	l->counts.aggregated += aggregated;
	l->counts.filtered += (int64_t)l->n_items - aggregated;
}

static size_t
count_in(const struct shuffle *shuffle, uint32_t partition)
{
	return shuffle ? shuffle_count(shuffle, partition) : 0;
}

static enum err_code
settle_event_partition(struct census_shift *s, struct err *err)
{
	const struct census *t = s->census;
	uint32_t p = s->partition;
	struct shuffle *const *events = t->events;
	size_t small = count_in(events[FORM_SMALL], p), wide = count_in(events[FORM_WIDE], p);
	enum err_code code = ERR_NONE;

	reset_table(s->lane, small + wide, wide ? census_event_words(t) : SMALL_WORDS);
	if (small)
		code = shuffle_each(events[FORM_SMALL], p, wide ? widen_events : meet_small_events,
				    s, err);
	if (wide && !code)
		code = shuffle_each(events[FORM_WIDE], p, meet_wide_events, s, err);
	/* Before their users need room. */
	for (int form = 0; form < FORMS; form++)
		if (events[form])
			shuffle_drop(events[form], p);
	if (code)
		return code;
	if (wide)
		count_survivors(s, false);
	else
		count_survivors(s, true);
	return ERR_NONE;
}

/* ---- users ---- */

/* A shuffle_fn */
static enum err_code
meet_small_users(void *arg, const void *records, size_t n, struct err *err)
{
	const struct census_shift *s = arg;
	const uint64_t *words = records;
	struct census_lane *l = s->lane;
	enum err_code code = fit_table(s->census, l, n, 0, err);

	for (size_t first = 0, some; first < n && !code; first += some) {
		uint32_t groups[NEW_USERS];
		size_t n_new = 0;

		some = n - first < NEW_USERS ? n - first : NEW_USERS;
		for (size_t i = first; i < first + some; i++) {
			uint64_t *slot = slot_for(s->census, l, words[i]);

			/* Whether one is new cannot be guessed either: nothing branches on it. */
			groups[n_new] = (uint32_t)((words[i] - 1) >> 32);
			n_new += !*slot;
			*slot = words[i];
		}
		for (size_t i = 0; i < n_new; i++)
			l->users[groups[i]]++;
		l->n_items += n_new;
	}
	return code;
}

static inline void
count_users(struct census_lane *l, const uint64_t *records, size_t n, unsigned words)
{
	for (size_t i = 0; i < n; i++) {
		const uint64_t *record = records + i * words;
		bool is_new;

		(void)meet(l, record, words, words, 0, &is_new);
		l->users[record[words - 1]] += is_new;
	}
}

/* A shuffle_fn */
static enum err_code
meet_wide_users(void *arg, const void *records, size_t n, struct err *err)
{
	const struct census_shift *s = arg;
	enum err_code code = fit_table(s->census, s->lane, n, s->census->user_words + 1, err);

	if (code)
		return code;
	if (s->census->user_words == 1)
		count_users(s->lane, records, n, 2);
	else
		count_users(s->lane, records, n, 3);
	return ERR_NONE;
}

/* Partitions of small users come first, then those of wide ones. */
static enum err_code
settle_user_partition(struct census_shift *s, struct err *err)
{
	const struct census *t = s->census;
	uint32_t n_small = t->users[FORM_SMALL] ? shuffle_partitions(t->users[FORM_SMALL]) : 0;
	bool is_small = s->partition < n_small;
	uint32_t p = is_small ? s->partition : s->partition - n_small;
	struct shuffle *users = t->users[is_small ? FORM_SMALL : FORM_WIDE];
	size_t n = shuffle_count(users, p);
	enum err_code code;

	if (!n)
		return ERR_NONE;
	reset_table(s->lane, n, is_small ? 0 : t->user_words + 1);
	code = shuffle_each(users, p, is_small ? meet_small_users : meet_wide_users, s, err);
	shuffle_drop(users, p);
	return code;
}

/* ---- lanes ---- */

/* Do something with the partitions, of which there are n, that no lane has taken yet. */
static enum err_code
work(struct census_shift *s, uint32_t n,
     enum err_code (*settle)(struct census_shift *, struct err *), struct err *err)
{
	size_t used = groups_bytes(&s->census->groups), all = s->census->o.answer_bytes;
	size_t rest = (all > used ? all - used : 0) / (size_t)s->census->o.lanes;
	enum err_code code = ERR_NONE;

	s->lane->table_bytes_max = rest > TABLE_BYTES_MIN ? rest : TABLE_BYTES_MIN;
	while (!code) {
		s->partition = atomic_fetch_add(&s->census->next, 1);
		if (s->partition >= n)
			break;
		code = settle(s, err);
	}
	return code;
}

enum err_code
census_settle_events(void *arg, int lane, struct err *err)
{
	struct census *t = arg;
	struct census_shift s = { t, &t->lanes[lane], lane, 0 };

	census_fit_stats(t, s.lane, groups_count(&t->groups));
	/* As many in both forms. */
	return work(&s, shuffle_partitions(t->events[FORM_WIDE]), settle_event_partition, err);
}

enum err_code
census_settle_users(void *arg, int lane, struct err *err)
{
	struct census *t = arg;
	struct census_shift s = { t, &t->lanes[lane], lane, 0 };
	uint32_t n = 0;

	for (int form = 0; form < FORMS; form++)
		n += t->users[form] ? shuffle_partitions(t->users[form]) : 0;
	s.lane->users = mem_new(groups_count(&t->groups), sizeof(*s.lane->users));
	return work(&s, n, settle_user_partition, err);
}
