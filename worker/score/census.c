/* census.c - distinct users, interactions and active days of each (tenant, feature). */
#include "worker/score/census.h"

#include "core/base/mem.h"
#include "core/base/size.h"
#include "worker/rows/crew.h"
#include "worker/keys/rowkey.h"
#include "worker/keys/shuffle.h"
#include "worker/keys/textset.h"

#include <assert.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum {
	PARTITION_BYTES = 512 << 10,
	TABLE_BYTES_MIN = 1 << 20,
	SLOTS_MIN = 1024,
	CHUNK_ROWS = ROWKEY_ROWS_MAX,
	AHEAD = 16, /* groups lie anywhere in memory: ask for them so many events early */
};

/*
 * What a record says of its row, in one word.  The part stands on top: a record
 * that is less than another one of its key is from a lower part.
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

/* What one lane has for itself. */
struct census_lane {
	struct group_lane groups;
	struct rowkey key, user;
	struct textset types;
	uint64_t *stats; /* of each group: interactions, then a bit for each day */
	size_t n_stats, stats_room;
	int64_t *users; /* of each group */
	struct census_counts counts;
	/* Of one batch. */
	uint32_t *group;
	int16_t *day;
	bool *is_in;
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
	unsigned key_words, user_words, day_words;
	struct shuffle *events; /* by dedup key; NULL without one */
	struct shuffle *users;  /* by group and user */
	atomic_uint next;       /* partition that nobody has taken */
	int64_t spilled_bytes;
};

/* ---- life ---- */

static void
open_lane(struct census *t, struct census_lane *l, uint64_t seed)
{
	const struct census_options *o = &t->o;

	group_lane_init(&l->groups, &t->groups);
	rowkey_init(&l->user, o->schema, &o->user, 1, seed);
	if (o->n_dedup)
		rowkey_init(&l->key, o->schema, t->dedup, o->n_dedup, seed);
	if (o->n_event_types)
		textset_init(&l->types, o->event_types, o->n_event_types);
	l->group = mem_new(BATCH_ROWS_MAX, sizeof(*l->group));
	l->day = mem_new(BATCH_ROWS_MAX, sizeof(*l->day));
	l->is_in = mem_new(BATCH_ROWS_MAX, sizeof(*l->is_in));
}

static void
close_lane(struct census_lane *l)
{
	group_lane_release(&l->groups);
	rowkey_release(&l->key);
	rowkey_release(&l->user);
	textset_release(&l->types);
	mem_large_free(l->stats);
	free(l->users);
	free(l->group);
	free(l->day);
	free(l->is_in);
	mem_large_free(l->slots);
	mem_large_free(l->items);
	*l = (struct census_lane){ .counts = l->counts };
}

/* The records of a user are: its key mixed with the group, [a second word], the group. */
static enum err_code
open_users(struct census *t, int64_t rows, struct err *err)
{
	const struct shuffle_options options = { .record_bytes = (t->user_words + 1) *
								 sizeof(uint64_t),
						 .rows = rows,
						 .memory_bytes = t->o.memory_bytes,
						 .partition_bytes = PARTITION_BYTES,
						 .lanes = t->o.lanes,
						 .dir = t->o.dir,
						 .share = t->events };

	return shuffle_open(&t->users, &options, err);
}

/* The records of an event are: its key, the key of its user, a note. */
static enum err_code
open_events(struct census *t, struct err *err)
{
	const struct shuffle_options options = {
		.record_bytes = (t->key_words + t->user_words + 1) * sizeof(uint64_t),
		.rows = t->o.rows,
		.memory_bytes = t->o.memory_bytes,
		.partition_bytes = PARTITION_BYTES,
		.lanes = t->o.lanes,
		.dir = t->o.dir
	};

	return shuffle_open(&t->events, &options, err);
}

enum err_code
census_open(struct census **out, const struct census_options *options, struct err *err)
{
	struct census *t = mem_new(1, sizeof(*t));
	uint64_t seed = rowkey_seed();
	struct groups_limit limit = { options->answer_bytes, 0, options->limit_bytes, "score" };
	enum err_code code;

	assert(options->lanes >= 1 && options->lanes <= CREW_LANES_MAX);
	t->o = *options;
	t->dedup = mem_new(options->n_dedup, sizeof(*t->dedup));
	if (options->n_dedup)
		memcpy(t->dedup, options->dedup, options->n_dedup * sizeof(*t->dedup));
	t->day_words = (unsigned)(options->window.last - options->window.first) / 64 + 1;
	/* Of each group every lane has stats and users. */
	limit.extra_bytes = (t->day_words + 2) * sizeof(uint64_t) * (size_t)options->lanes;
	groups_init(&t->groups, &limit);
	for (int i = 0; i < options->lanes; i++)
		open_lane(t, &t->lanes[i], seed);
	t->user_words = t->lanes[0].user.words;
	t->key_words = options->n_dedup ? t->lanes[0].key.words : 0;
	code = t->key_words ? open_events(t, err) : open_users(t, options->rows, err);
	if (code) {
		census_close(t);
		return code;
	}
	*out = t;
	return ERR_NONE;
}

static void
close_shuffles(struct census *t)
{
	shuffle_close(t->users);
	shuffle_close(t->events);
	t->users = t->events = NULL;
}

void
census_close(struct census *t)
{
	if (!t)
		return;
	close_shuffles(t);
	for (int i = 0; i < t->o.lanes; i++)
		close_lane(&t->lanes[i]);
	groups_release(&t->groups);
	free(t->dedup);
	free(t);
}

/* ---- rows ---- */

/* Have zeroed numbers of the lane for groups below `count`. */
static void
fit_stats(const struct census *t, struct census_lane *l, size_t count)
{
	size_t words = t->day_words + 1, room = l->stats_room ? l->stats_room : 1024;

	if (count <= l->n_stats)
		return;
	while (room < count)
		room *= 2;
	if (room > l->stats_room)
		l->stats = mem_large_resize(l->stats, room, words * sizeof(*l->stats));
	l->stats_room = room;
	memset(l->stats + l->n_stats * words, 0, (count - l->n_stats) * words * sizeof(*l->stats));
	l->n_stats = count;
}

/* False: there are more interactions than can be counted. */
static inline bool
count_event(struct census_lane *l, unsigned day_words, uint32_t group, unsigned day,
	    int64_t interactions)
{
	uint64_t *stats = l->stats + (size_t)group * (day_words + 1);
	int64_t sum;
	bool overflow = __builtin_add_overflow((int64_t)stats[0], interactions, &sum);

	stats[0] = (uint64_t)sum;
	stats[1 + day / 64] |= UINT64_C(1) << day % 64;
	return !overflow;
}

static enum err_code
refuse_count(const struct census *t, uint32_t group, const char *what, struct err *err)
{
	struct groups *g = (struct groups *)(uintptr_t)&t->groups; /* its lock */
	struct span feature;
	int64_t tenant;

	(void)pthread_mutex_lock(&g->lock);
	tenant = groups_tenant(g, group);
	feature = dict_span(&g->features, groups_feature(g, group));
	(void)pthread_mutex_unlock(&g->lock);
	return err_set(err, ERR_INPUT,
		       "score: tenant %" PRId64 ", feature '%.*s': %s; run what writes the input "
		       "again",
		       tenant, feature.bytes < 200 ? (int)feature.bytes : 200, feature.data, what);
}

/* How many interactions a row stands for; negative: so says its column. */
static inline int64_t
read_count(const struct census *t, const struct col *counts, size_t at)
{
	return !counts->valid[at] ? 0 : t->o.count >= 0 ? col_int(counts, at) : 1;
}

#define TOO_MANY "more interactions than an int64 counts"

/* The key of a user in a group.  Of one group no two users have the same word 0. */
static inline uint64_t
user_word(uint64_t user, uint32_t group)
{
	return user ^ group * UINT64_C(0x9e3779b97f4a7c15);
}

static inline void
push_user(struct shuffle_lane *to, const uint64_t *user, unsigned user_words, uint32_t group)
{
	uint64_t key = user_word(user[0], group);
	uint64_t *record = shuffle_slot(to, key);

	record[0] = key;
	if (user_words == 2)
		record[1] = user[1];
	record[user_words] = group;
}

/* Count rows [first, first + n) of a batch, and hand their users on. */
static enum err_code
add_rows(struct census *t, struct census_lane *l, const struct intake_part *part,
	 const struct batch *b, const size_t range[2], struct err *err)
{
	struct shuffle_lane *to = shuffle_lane(t->users, part->lane);
	const struct col *counts = &b->cols[t->o.count >= 0 ? t->o.count : t->o.event_id];
	size_t n = range[1];
	int64_t filtered = 0;

	for (size_t i = 0; i < n; i++) {
		size_t at = range[0] + i;
		int64_t interactions = read_count(t, counts, at);

		if (l->day[at] < 0 || l->group[at] == GROUP_NONE) {
			filtered++;
			continue;
		}
		if (interactions < 0)
			return refuse_count(t, l->group[at], "interaction_count is negative", err);
		if (!count_event(l, t->day_words, l->group[at], (unsigned)l->day[at], interactions))
			return refuse_count(t, l->group[at], TOO_MANY, err);
		if (!l->user.nulls[i])
			push_user(to, l->user.keys + i * t->user_words, t->user_words,
				  l->group[at]);
	}
	l->counts.filtered += filtered;
	l->counts.aggregated += (int64_t)n - filtered;
	return ERR_NONE;
}

/* Hand rows [first, first + n) of a batch on as records by their dedup key. */
static inline void
push_events(struct census *t, struct census_lane *l, const struct intake_part *part,
	    const struct batch *b, const size_t range[2], unsigned key_words, unsigned user_words)
{
	struct shuffle_lane *to = shuffle_lane(t->events, part->lane);
	const bool *counts = b->cols[t->o.event_id].valid;
	uint64_t part_note = (uint64_t)part->number << NOTE_PART_SHIFT;
	int64_t filtered = 0;

	for (size_t i = 0; i < range[1]; i++) {
		const uint64_t *key = l->key.keys + i * key_words;
		const uint64_t *user = l->user.keys + i * user_words;
		size_t at = range[0] + i;
		uint64_t *record;

		if (l->day[at] < 0) {
			filtered++;
			continue;
		}
		l->counts.null_keys += l->key.nulls[i];
		/* Keys with a null may all be the same: their rows go where their numbers lead. */
		record = shuffle_slot(to,
				      l->key.nulls[i] ? user_word(user[0], (uint32_t)at) : key[0]);
		for (unsigned k = 0; k < key_words; k++)
			record[k] = key[k];
		for (unsigned k = 0; k < user_words; k++)
			record[key_words + k] = user[k];
		record[key_words + user_words] = part_note | l->group[at] |
						 (uint64_t)l->day[at] << NOTE_DAY_SHIFT |
						 (uint64_t)counts[at] << NOTE_COUNTS_SHIFT |
						 (uint64_t)!l->user.nulls[i] << NOTE_USER_SHIFT |
						 (uint64_t)l->key.nulls[i] << NOTE_LONE_SHIFT;
	}
	l->counts.filtered += filtered;
}

/* With the sizes known, a record is written by a few instructions. */
static void
add_events(struct census *t, struct census_lane *l, const struct intake_part *part,
	   const struct batch *b, const size_t range[2])
{
	switch (t->key_words * 2 + t->user_words) {
	case 3:
		push_events(t, l, part, b, range, 1, 1);
		break;
	case 4:
		push_events(t, l, part, b, range, 1, 2);
		break;
	case 5:
		push_events(t, l, part, b, range, 2, 1);
		break;
	default:
		push_events(t, l, part, b, range, 2, 2);
	}
}

/* The group and the day of each row of a batch. */
static enum err_code
read_rows(struct census *t, struct census_lane *l, const struct intake_part *part,
	  const struct batch *b, struct err *err)
{
	const struct census_options *o = &t->o;
	enum err_code code = groups_read(&l->groups, b, (size_t)o->tenant, (size_t)o->feature,
					 l->group, err);

	if (code)
		return code;
	if (o->n_event_types) {
		textset_read(&l->types, b, (size_t)o->event_type, l->is_in);
		for (size_t i = 0; i < b->rows; i++)
			l->group[i] |= (uint32_t)l->is_in[i] - 1; /* GROUP_NONE if not */
	}
	if (o->timestamp >= 0)
		window_days(&o->window, &b->cols[o->timestamp], b->rows, l->day);
	else
		window_dates(&o->window, &b->cols[o->date], part->day, b->rows, l->day);
	return ERR_NONE;
}

enum err_code
census_add(void *arg, const struct intake_part *part, const struct batch *b, struct err *err)
{
	struct census *t = arg;
	struct census_lane *l = &t->lanes[part->lane];
	enum err_code code;

	if (part->number >> CENSUS_PART_BITS)
		return err_set(err, ERR_LIMIT, "read the input: more than %d files and row groups",
			       1 << CENSUS_PART_BITS);
	code = read_rows(t, l, part, b, err);
	if (code)
		return code;
	fit_stats(t, l, l->groups.count);
	l->counts.read += (int64_t)b->rows;
	for (size_t first = 0, n; first < b->rows && !code; first += n) {
		n = b->rows - first < CHUNK_ROWS ? b->rows - first : CHUNK_ROWS;
		rowkey_read(&l->user, b, first, n);
		if (!t->key_words) {
			code = add_rows(t, l, part, b, (size_t[]){ first, n }, err);
			continue;
		}
		rowkey_read(&l->key, b, first, n);
		add_events(t, l, part, b, (size_t[]){ first, n });
	}
	return code;
}

/* ---- partitions ---- */

/* Behind the last item there is room for those that are asked for ahead. */
static size_t
item_room(size_t n_slots, size_t words)
{
	return (n_slots / 2 + AHEAD) * words;
}

/*
 * Empty the lane's table, for so many records of some words.  Partitions are much alike: it
 * begins as large as the last one needed, and grows with what is different.
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

/* Make the table larger, and put the items where they belong then. */
static void
grow_table(struct census_lane *l, size_t n_slots, size_t words)
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
		size_t at = hash >> 12 & mask;

		while (l->slots[at])
			at = (at + 1) & mask;
		l->slots[at] = hash >> 32 << 32 | (i + 1);
	}
}

/* Room in the table for `more` records. */
static enum err_code
fit_table(const struct census *t, struct census_lane *l, size_t more, size_t words, struct err *err)
{
	size_t n = l->n_slots;

	while (n < (l->n_items + more) * 2)
		n *= 2;
	if (n == l->n_slots)
		return ERR_NONE;
	if ((n + item_room(n, words)) * sizeof(uint64_t) > l->table_bytes_max)
		return err_set(err, ERR_LIMIT,
			       "score: more than %zu different rows in one of %u partitions do not "
			       "fit into memory: %s; give the task more (`memory:`)",
			       l->n_items,
			       shuffle_partitions(t->key_words && !l->users ? t->events : t->users),
			       SIZE_TEXT(t->o.limit_bytes));
	grow_table(l, n, words);
	return ERR_NONE;
}

/*
 * Find the item whose first words are those of the record, or add the record as one.  A slot
 * holds half of a hash above and the number of the item, from 1, below; its place comes from
 * bits that neither the partition nor that half is made of alone.
 */
static inline uint64_t *
meet(struct census_lane *l, const uint64_t *record, unsigned key_words, unsigned words,
     bool *is_new)
{
	size_t mask = l->n_slots - 1, at = record[0] >> 12 & mask;
	uint64_t half = record[0] >> 32 << 32, slot;
	uint64_t *item;

	for (; (slot = l->slots[at]); at = (at + 1) & mask) {
		if ((slot ^ half) >> 32)
			continue;
		item = l->items + ((uint32_t)slot - 1) * (size_t)words;
		if (item[0] == record[0] && (key_words == 1 || item[1] == record[1]) &&
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

/* What a lane is doing with a partition. */
struct census_shift {
	struct census *census;
	struct census_lane *lane;
	int number; /* of the lane */
};

/* Count an event that stays, and hand its user on; false: it is in no group. */
static inline bool
count_event_record(const struct census_shift *s, struct shuffle_lane *to, const uint64_t *item)
{
	const struct census *t = s->census;
	uint64_t note = item[t->key_words + t->user_words];
	uint32_t group = (uint32_t)note;

	if (group == GROUP_NONE)
		return false;
	/* There are not so many events that ones overflow. */
	(void)count_event(s->lane, t->day_words, group,
			  note >> NOTE_DAY_SHIFT & ((1 << NOTE_DAY_BITS) - 1),
			  note >> NOTE_COUNTS_SHIFT & 1);
	if (note >> NOTE_USER_SHIFT & 1)
		push_user(to, item + t->key_words, t->user_words, group);
	return true;
}

/* Of records with the same key, keep the first in row order. */
static inline void
keep_first(const struct census_shift *s, const uint64_t *records, size_t n, unsigned key_words,
	   unsigned words)
{
	struct shuffle_lane *to = shuffle_lane(s->census->users, s->number);
	struct census_lane *l = s->lane;

	for (size_t i = 0; i < n; i++) {
		const uint64_t *record = records + i * words;
		bool is_new, counts;
		uint64_t *item;

		if (record[words - 1] >> NOTE_LONE_SHIFT & 1) {
			counts = count_event_record(s, to, record);
			l->counts.aggregated += counts;
			l->counts.filtered += !counts;
			continue;
		}
		item = meet(l, record, key_words, words, &is_new);
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
meet_events(void *arg, const void *records, size_t n, struct err *err)
{
	const struct census_shift *s = arg;
	size_t words = s->census->key_words + s->census->user_words + 1;
	enum err_code code = fit_table(s->census, s->lane, n, words, err);

	if (code)
		return code;
	switch (s->census->key_words * 2 + s->census->user_words) {
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

/* Count what is left of the events of a partition, and hand their users on. */
static void
count_survivors(const struct census_shift *s)
{
	const struct census *t = s->census;
	struct census_lane *l = s->lane;
	struct shuffle_lane *to = shuffle_lane(t->users, s->number);
	unsigned words = t->key_words + t->user_words + 1;
	uintptr_t stats = (uintptr_t)l->stats, group_bytes = (t->day_words + 1) * sizeof(*l->stats);
	int64_t aggregated = 0;

	for (size_t i = 0; i < l->n_items; i++) {
		const uint64_t *item = l->items + i * words;
		/* Behind the last item there is room, and any address may be asked for. */
		uint32_t later = (uint32_t)item[(AHEAD + 1) * words - 1];

		__builtin_prefetch((const void *)(stats + later * group_bytes), 1);
		aggregated += count_event_record(s, to, item);
	}
	l->counts.aggregated += aggregated;
	l->counts.filtered += (int64_t)l->n_items - aggregated;
}

static inline void
count_users(struct census_lane *l, const uint64_t *records, size_t n, unsigned words)
{
	for (size_t i = 0; i < n; i++) {
		const uint64_t *record = records + i * words;
		bool is_new;

		(void)meet(l, record, words, words, &is_new);
		l->users[record[words - 1]] += is_new;
	}
}

/* A shuffle_fn */
static enum err_code
meet_users(void *arg, const void *records, size_t n, struct err *err)
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

/* Show a lane the partitions of a shuffle that nobody has taken yet. */
static enum err_code
work(struct census_shift *s, struct shuffle *shuffle, unsigned words, shuffle_fn *fn,
     void (*done)(const struct census_shift *), struct err *err)
{
	size_t used = groups_bytes(&s->census->groups), all = s->census->o.answer_bytes;
	size_t rest = (all > used ? all - used : 0) / (size_t)s->census->o.lanes;
	enum err_code code = ERR_NONE;

	s->lane->table_bytes_max = rest > TABLE_BYTES_MIN ? rest : TABLE_BYTES_MIN;
	while (!code) {
		uint32_t p = atomic_fetch_add(&s->census->next, 1);

		if (p >= shuffle_partitions(shuffle))
			break;
		reset_table(s->lane, shuffle_count(shuffle, p), words);
		code = shuffle_each(shuffle, p, fn, s, err);
		/* Before its users need room. */
		shuffle_drop(shuffle, p);
		if (!code && done)
			done(s);
	}
	return code;
}

/* A crew_fn */
static enum err_code
settle_events(void *arg, int lane, struct err *err)
{
	struct census *t = arg;
	struct census_shift s = { t, &t->lanes[lane], lane };

	fit_stats(t, s.lane, groups_count(&t->groups));
	return work(&s, t->events, t->key_words + t->user_words + 1, meet_events, count_survivors,
		    err);
}

/* A crew_fn */
static enum err_code
settle_users(void *arg, int lane, struct err *err)
{
	struct census *t = arg;
	struct census_shift s = { t, &t->lanes[lane], lane };

	s.lane->users = mem_new(groups_count(&t->groups), sizeof(*s.lane->users));
	return work(&s, t->users, t->user_words + 1, meet_users, NULL, err);
}

/* ---- the end ---- */

/* Add up what the lanes have of a group; out->days is 0 when no event of it counts. */
static enum err_code
sum_group(const struct census *t, uint32_t group, struct score_group *out, struct err *err)
{
	size_t words = t->day_words + 1;
	bool overflow = false;

	for (unsigned w = 0; w < t->day_words; w++) {
		uint64_t days = 0;

		for (int i = 0; i < t->o.lanes; i++)
			if (group < t->lanes[i].n_stats)
				days |= t->lanes[i].stats[group * words + 1 + w];
		out->days += (uint32_t)__builtin_popcountll(days);
	}
	for (int i = 0; i < t->o.lanes; i++) {
		if (group < t->lanes[i].n_stats)
			overflow |= __builtin_add_overflow(
			    out->interactions, (int64_t)t->lanes[i].stats[group * words],
			    &out->interactions);
		out->users += t->lanes[i].users[group];
	}
	return overflow ? refuse_count(t, group, TOO_MANY, err) : ERR_NONE;
}

static enum err_code
fill_table(const struct census *t, struct score_table *out, struct err *err)
{
	out->features = &t->groups.features;
	for (uint32_t i = 0; i < groups_count(&t->groups); i++) {
		struct score_group sum = { 0 }, *g;
		enum err_code code = sum_group(t, i, &sum, err);

		if (code)
			return code;
		if (!sum.days)
			continue;
		g = score_table_add(out, groups_tenant(&t->groups, i),
				    groups_feature(&t->groups, i));
		g->users = sum.users;
		g->interactions = sum.interactions;
		g->days = sum.days;
	}
	return ERR_NONE;
}

enum err_code
census_finish(struct census *t, struct score_table *out, struct err *err)
{
	enum err_code code = ERR_NONE;
	int64_t rows = 0;

	if (t->events) {
		code = shuffle_seal(t->events, err);
		for (uint32_t p = 0; p < shuffle_partitions(t->events); p++)
			rows += (int64_t)shuffle_count(t->events, p);
		if (!code)
			code = open_users(t, rows, err);
		if (!code)
			code = crew_run(t->o.lanes, settle_events, t, err);
		t->spilled_bytes += shuffle_spilled_bytes(t->events);
		t->next = 0;
	}
	if (!code)
		code = shuffle_seal(t->users, err);
	if (!code)
		code = crew_run(t->o.lanes, settle_users, t, err);
	if (code)
		return code;
	t->spilled_bytes += shuffle_spilled_bytes(t->users);
	/* What comes next needs memory too. */
	close_shuffles(t);
	code = fill_table(t, out, err);
	for (int i = 0; i < t->o.lanes; i++)
		close_lane(&t->lanes[i]);
	groups_forget(&t->groups);
	return code;
}

struct census_counts
census_counts(const struct census *t)
{
	struct census_counts sum = { 0 };

	for (int i = 0; i < t->o.lanes; i++) {
		const struct census_counts *c = &t->lanes[i].counts;

		sum.read += c->read;
		sum.filtered += c->filtered;
		sum.duplicates += c->duplicates;
		sum.aggregated += c->aggregated;
		sum.null_keys += c->null_keys;
	}
	return sum;
}

int64_t
census_spilled_bytes(const struct census *t)
{
	return t->spilled_bytes;
}
