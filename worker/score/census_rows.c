/* census_rows.c - rows on their way into the census. */
#include "worker/score/census_rows.h"

#include "core/base/mem.h"
#include "worker/score/census_part.h"

#include <inttypes.h>
#include <string.h>

enum { CHUNK_ROWS = ROWKEY_ROWS_MAX };

void
census_fit_stats(const struct census *t, struct census_lane *l, size_t count)
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

enum err_code
census_refuse(const struct census *t, uint32_t group, const char *what, struct err *err)
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

/* The rows of a batch that are looked at, and their users. */
struct chunk {
	const struct intake_part *part;
	const struct batch *b;
	size_t first, n;
	const uint64_t *users; /* user_words of each row */
	const bool *no_user;   /* by row */
};

/* ---- rows that all count ---- */

/* How many interactions a row stands for; negative: so says its column. */
static inline int64_t
read_count(const struct census *t, const struct col *counts, size_t at)
{
	return !counts->valid[at] ? 0 : t->o.count >= 0 ? col_int(counts, at) : 1;
}

/* Count the rows of a chunk, and hand their users on. */
static enum err_code
add_rows(const struct census *t, struct census_lane *l, const struct chunk *c, struct err *err)
{
	const struct col *counts = &c->b->cols[t->o.count >= 0 ? t->o.count : t->o.event_id];
	int64_t filtered = 0;

	for (size_t i = 0; i < c->n; i++) {
		size_t at = c->first + i;
		int64_t interactions = read_count(t, counts, at);

		if (l->day[at] < 0 || l->group[at] == GROUP_NONE) {
			filtered++;
			continue;
		}
		if (interactions < 0)
			return census_refuse(t, l->group[at], "interaction_count is negative", err);
		if (!census_count(l, t->day_words, l->group[at], (unsigned)l->day[at],
				  interactions))
			return census_refuse(t, l->group[at], CENSUS_TOO_MANY, err);
		if (!c->no_user[i])
			census_push_user(t, c->part->lane, c->users + i * t->user_words,
					 l->group[at]);
	}
	l->counts.filtered += filtered;
	l->counts.aggregated += (int64_t)c->n - filtered;
	return ERR_NONE;
}

/* ---- rows by their dedup key ---- */

/*
 * Do the events of a chunk go into small records?  When some of a part do not, the rest of it does
 * not either: small ones come before wide ones, and those of a part have to come in row order.
 */
static bool
is_small(const struct census *t, struct census_lane *l, const struct chunk *c)
{
	uint64_t all = 0;

	if (!t->events[FORM_SMALL] || l->wide_part == c->part->number + 1)
		return false;
	for (size_t i = 0; i < c->n; i++)
		all |= c->users[i];
	if (all <= UINT32_MAX && l->groups.count <= SMALL_GROUP_NONE &&
	    c->part->number < census_small_parts(t))
		return true;
	l->wide_part = c->part->number + 1;
	return false;
}

/* Keys with a null may all be the same: their rows go where their numbers lead. */
static inline uint64_t
place_of(const struct census_lane *l, size_t i, size_t at, unsigned key_words)
{
	return l->key.nulls[i] ? census_spread((uint32_t)at) : l->key.keys[i * key_words];
}

static void
push_small(const struct census *t, struct census_lane *l, const struct chunk *c)
{
	struct shuffle_lane *to = shuffle_lane(t->events[FORM_SMALL], c->part->lane);
	const bool *counts = c->b->cols[t->o.event_id].valid;
	uint64_t low = c->part->number & to->mask, high = c->part->number >> t->partition_bits;
	uint64_t note = high << SMALL_DAY_SHIFT << t->day_bits; /* there may be no bits left */
	int64_t filtered = 0, lone = 0;

	for (size_t i = 0; i < c->n; i++) {
		size_t at = c->first + i;
		uint64_t key, *record;

		if (l->day[at] < 0) {
			filtered++;
			continue;
		}
		lone += l->key.nulls[i];
		key = place_of(l, i, at, 1);
		record = shuffle_slot(to, key);
		record[0] = (key & ~(uint64_t)to->mask) | low;
		record[1] = note | c->users[i] |
			    (uint64_t)(l->group[at] & SMALL_GROUP_NONE) << SMALL_GROUP_SHIFT |
			    (uint64_t)counts[at] << SMALL_COUNTS_SHIFT |
			    (uint64_t)!c->no_user[i] << SMALL_USER_SHIFT |
			    (uint64_t)l->key.nulls[i] << SMALL_LONE_SHIFT |
			    (uint64_t)l->day[at] << SMALL_DAY_SHIFT;
	}
	l->counts.null_keys += lone;
	l->counts.filtered += filtered;
}

static inline void
push_wide(const struct census *t, struct census_lane *l, const struct chunk *c, unsigned key_words,
	  unsigned user_words)
{
	struct shuffle_lane *to = shuffle_lane(t->events[FORM_WIDE], c->part->lane);
	const bool *counts = c->b->cols[t->o.event_id].valid;
	uint64_t part_note = (uint64_t)c->part->number << NOTE_PART_SHIFT;
	int64_t filtered = 0;

	for (size_t i = 0; i < c->n; i++) {
		const uint64_t *key = l->key.keys + i * key_words;
		const uint64_t *user = c->users + i * user_words;
		size_t at = c->first + i;
		uint64_t *record;

		if (l->day[at] < 0) {
			filtered++;
			continue;
		}
		l->counts.null_keys += l->key.nulls[i];
		record = shuffle_slot(to, place_of(l, i, at, key_words));
		for (unsigned k = 0; k < key_words; k++)
			record[k] = key[k];
		for (unsigned k = 0; k < user_words; k++)
			record[key_words + k] = user[k];
		record[key_words + user_words] = part_note | l->group[at] |
						 (uint64_t)l->day[at] << NOTE_DAY_SHIFT |
						 (uint64_t)counts[at] << NOTE_COUNTS_SHIFT |
						 (uint64_t)!c->no_user[i] << NOTE_USER_SHIFT |
						 (uint64_t)l->key.nulls[i] << NOTE_LONE_SHIFT;
	}
	l->counts.filtered += filtered;
}

/* Hand the rows of a chunk on.  With the sizes known, a record is written by a few instructions. */
static void
add_events(const struct census *t, struct census_lane *l, const struct chunk *c)
{
	if (is_small(t, l, c)) {
		push_small(t, l, c);
		return;
	}
	switch (t->key_words * 2 + t->user_words) {
	case 3:
		push_wide(t, l, c, 1, 1);
		break;
	case 4:
		push_wide(t, l, c, 1, 2);
		break;
	case 5:
		push_wide(t, l, c, 2, 1);
		break;
	default:
		push_wide(t, l, c, 2, 2);
	}
}

/* ---- batches ---- */

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

/* Which rows of a chunk have no user, and the users of the others: integers as they are. */
static void
read_ids(struct census_lane *l, const struct col *col, struct chunk *c)
{
	const bool *valid = col->valid + c->first;

	c->no_user = l->no_id;
	for (size_t i = 0; i < c->n; i++)
		l->no_id[i] = !valid[i];
	if (col->no_nulls && !col->dict) {
		c->users = (const uint64_t *)col->ints + c->first;
		return;
	}
	c->users = l->ids;
	for (size_t i = 0; i < c->n; i++)
		l->ids[i] = valid[i] ? (uint64_t)col_int(col, c->first + i) : 0;
}

/* The users of a chunk; those that are integers are 0 where there is none. */
static void
read_users(const struct census *t, struct census_lane *l, struct chunk *c)
{
	if (t->user_words == 1) {
		read_ids(l, &c->b->cols[t->o.user], c);
		return;
	}
	rowkey_read(&l->user, c->b, c->first, c->n);
	c->users = l->user.keys;
	c->no_user = l->user.nulls;
}

enum err_code
census_take(struct census *t, const struct intake_part *part, const struct batch *b,
	    struct err *err)
{
	struct census_lane *l = &t->lanes[part->lane];
	enum err_code code;

	if (part->number >> CENSUS_PART_BITS)
		return err_set(err, ERR_LIMIT, "read the input: more than %d files and row groups",
			       1 << CENSUS_PART_BITS);
	code = read_rows(t, l, part, b, err);
	if (code)
		return code;
	census_fit_stats(t, l, l->groups.count);
	l->counts.read += (int64_t)b->rows;
	for (struct chunk c = { .part = part, .b = b }; c.first < b->rows && !code;
	     c.first += c.n) {
		c.n = b->rows - c.first < CHUNK_ROWS ? b->rows - c.first : CHUNK_ROWS;
		read_users(t, l, &c);
		if (!t->key_words) {
			code = add_rows(t, l, &c, err);
			continue;
		}
		rowkey_read(&l->key, b, c.first, c.n);
		add_events(t, l, &c);
	}
	return code;
}
