/* census.c - distinct users, interactions and active days of each (tenant, feature). */
#include "worker/score/census.h"

#include "core/base/mem.h"
#include "worker/score/census_part.h"
#include "worker/score/census_rows.h"
#include "worker/score/census_settle.h"

#include <stdlib.h>
#include <string.h>

enum { EVENT_PARTITION_BYTES = 512 << 10, USER_PARTITION_BYTES = 256 << 10 };

/* ---- life ---- */

static void
open_lane(struct census *t, struct census_lane *l)
{
	const struct census_options *o = &t->o;

	group_lane_init(&l->groups, &t->groups);
	rowkey_init(&l->user, o->schema, &o->user, 1, t->seed);
	if (o->n_dedup)
		rowkey_init(&l->key, o->schema, t->dedup, o->n_dedup, t->seed);
	if (o->n_event_types)
		textset_init(&l->types, o->event_types, o->n_event_types);
	l->group = mem_new(BATCH_ROWS_MAX, sizeof(*l->group));
	l->day = mem_new(BATCH_ROWS_MAX, sizeof(*l->day));
	l->is_in = mem_new(BATCH_ROWS_MAX, sizeof(*l->is_in));
	l->ids = mem_new(ROWKEY_ROWS_MAX, sizeof(*l->ids));
	l->no_id = mem_new(ROWKEY_ROWS_MAX, sizeof(*l->no_id));
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
	free(l->ids);
	free(l->no_id);
	mem_large_free(l->slots);
	mem_large_free(l->items);
	*l = (struct census_lane){ .counts = l->counts };
}

/* Open one shuffle of a form; `share` may be NULL, and `partitions` 0 (shuffle.h). */
static enum err_code
open_shuffle(const struct census *t, struct shuffle **out, struct shuffle_options options,
	     struct err *err)
{
	options.memory_bytes = t->o.memory_bytes;
	options.lanes = t->o.lanes;
	options.dir = t->o.dir;
	return shuffle_open(out, &options, err);
}

/* Wide users are expected where there are wide events. */
static enum err_code
open_users(struct census *t, int64_t rows, int64_t wide_rows, struct err *err)
{
	struct shuffle_options small = { .record_bytes = sizeof(uint64_t),
					 .rows = rows,
					 .partition_bytes = USER_PARTITION_BYTES,
					 .share = t->events[FORM_WIDE] };
	struct shuffle_options wide = { .record_bytes = (t->user_words + 1) * sizeof(uint64_t),
					.rows = wide_rows,
					.partition_bytes = EVENT_PARTITION_BYTES };
	enum err_code code = ERR_NONE;

	if (t->user_words == 1)
		code = open_shuffle(t, &t->users[FORM_SMALL], small, err);
	wide.share = t->users[FORM_SMALL] ? t->users[FORM_SMALL] : small.share;
	return code ? code : open_shuffle(t, &t->users[FORM_WIDE], wide, err);
}

static enum err_code
open_events(struct census *t, struct err *err)
{
	struct shuffle_options small = { .record_bytes = SMALL_WORDS * sizeof(uint64_t),
					 .rows = t->o.rows,
					 .partition_bytes = EVENT_PARTITION_BYTES };
	struct shuffle_options wide = { .record_bytes = census_event_words(t) * sizeof(uint64_t),
					.rows = t->o.rows,
					.partition_bytes = EVENT_PARTITION_BYTES };
	enum err_code code;

	if (t->key_words == 1 && t->user_words == 1) {
		code = open_shuffle(t, &t->events[FORM_SMALL], small, err);
		if (code)
			return code;
		wide.share = t->events[FORM_SMALL];
		wide.partitions = shuffle_partitions(wide.share);
	}
	return open_shuffle(t, &t->events[FORM_WIDE], wide, err);
}

/* How many bits hold a number below n. */
static unsigned
bits_of(uint64_t n)
{
	return n > 1 ? 64 - (unsigned)__builtin_clzll(n - 1) : 0;
}

enum err_code
census_open(struct census **out, const struct census_options *options, struct err *err)
{
	struct census *t = mem_new(1, sizeof(*t));
	struct groups_limit limit = { options->answer_bytes, 0, options->limit_bytes, "score" };
	enum err_code code;

	assert(options->lanes >= 1 && options->lanes <= CREW_LANES_MAX);
	t->o = *options;
	t->dedup = mem_new(options->n_dedup, sizeof(*t->dedup));
	if (options->n_dedup)
		memcpy(t->dedup, options->dedup, options->n_dedup * sizeof(*t->dedup));
	t->seed = rowkey_seed();
	t->factor = rowkey_seed() | 1;
	t->day_words = (unsigned)(options->window.last - options->window.first) / 64 + 1;
	t->day_bits = bits_of((uint64_t)(options->window.last - options->window.first) + 1);
	assert(t->day_bits <= NOTE_DAY_BITS);
	/* Of each group every lane has stats and users. */
	limit.extra_bytes = (t->day_words + 2) * sizeof(uint64_t) * (size_t)options->lanes;
	groups_init(&t->groups, &limit);
	for (int i = 0; i < options->lanes; i++)
		open_lane(t, &t->lanes[i]);
	t->user_words = t->lanes[0].user.words;
	t->key_words = options->n_dedup ? t->lanes[0].key.words : 0;
	code = t->key_words ? open_events(t, err)
			    : open_users(t, options->rows, options->rows, err);
	if (code) {
		census_close(t);
		return code;
	}
	if (t->key_words)
		t->partition_bits = bits_of(shuffle_partitions(t->events[FORM_WIDE]));
	*out = t;
	return ERR_NONE;
}

static void
close_shuffles(struct census *t)
{
	for (int form = 0; form < FORMS; form++) {
		shuffle_close(t->users[form]);
		shuffle_close(t->events[form]);
		t->users[form] = t->events[form] = NULL;
	}
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

enum err_code
census_add(void *arg, const struct intake_part *part, const struct batch *b, struct err *err)
{
	return census_take(arg, part, b, err);
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
	return overflow ? census_refuse(t, group, CENSUS_TOO_MANY, err) : ERR_NONE;
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

/* Nothing more comes into shuffles of both forms; *rows becomes how many records each has. */
static enum err_code
seal(struct shuffle *const *shuffles, int64_t *rows, struct err *err)
{
	enum err_code code = ERR_NONE;

	for (int form = 0; form < FORMS; form++) {
		rows[form] = 0;
		if (!shuffles[form] || code)
			continue;
		code = shuffle_seal(shuffles[form], err);
		for (uint32_t p = 0; p < shuffle_partitions(shuffles[form]); p++)
			rows[form] += (int64_t)shuffle_count(shuffles[form], p);
	}
	return code;
}

static void
count_spilled(struct census *t, struct shuffle *const *shuffles)
{
	for (int form = 0; form < FORMS; form++)
		t->spilled_bytes += shuffles[form] ? shuffle_spilled_bytes(shuffles[form]) : 0;
}

enum err_code
census_finish(struct census *t, struct score_table *out, struct err *err)
{
	enum err_code code = ERR_NONE;
	int64_t rows[FORMS];

	if (t->key_words) {
		code = seal(t->events, rows, err);
		if (!code)
			code = open_users(t, rows[FORM_SMALL] + rows[FORM_WIDE], rows[FORM_WIDE],
					  err);
		if (!code)
			code = crew_run(t->o.lanes, census_settle_events, t, err);
		count_spilled(t, t->events);
		t->next = 0;
	}
	if (!code)
		code = seal(t->users, rows, err);
	if (!code)
		code = crew_run(t->o.lanes, census_settle_users, t, err);
	if (code)
		return code;
	count_spilled(t, t->users);
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
