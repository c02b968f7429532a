/* rollup.c - the exact merge of sorted daily rollups. */
#include "worker/score/rollup.h"

#include "core/base/mem.h"
#include "core/base/size.h"
#include "worker/rows/crew.h"
#include "worker/score/rollup_cursor.h"
#include "worker/keys/rowkey.h"

#include <assert.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* FEATURE_BYTES: what a dictionary takes for a text but for its bytes. */
enum { SLICE_ROWS_MAX = 4096, SLOTS_MIN = 1024, FEATURE_BYTES = 48 };

/* Rows of one day that are counted together with those of other days. */
struct slice {
	const int64_t *users;
	size_t n;
};

/* A user who was met in a round of counting; those of earlier rounds are as good as not there. */
struct seen {
	int64_t user;
	uint64_t round;
};

/* The group that a cursor is at. */
struct rollup_place {
	bool is_any; /* false: the cursor has ended */
	uint32_t feature;
	int64_t tenant;
};

/* What one lane has for itself: cursors of all days over its range of tenants. */
struct rollup_lane {
	struct rollup_cursor *cursors;
	struct rollup_place *places; /* of each cursor */
	size_t n_cursors;
	struct rollup_features features;
	size_t n_weighed; /* features that are part of rollup.bytes */
	struct score_table table;
	struct seen *slots; /* a table of users */
	size_t n_slots;
	uint64_t round;  /* the newest */
	uint64_t factor; /* of its hash: odd and secret */
};

struct rollup {
	struct rollup_options o;
	struct rollup_lane lanes[CREW_LANES_MAX];
	int n_lanes;
	atomic_size_t bytes, n_groups; /* of the answer */
	struct dict features;          /* of all lanes */
};

/* ---- life ---- */

static size_t
count_days(const struct rollup_options *o)
{
	size_t n = 0;

	for (size_t i = 0; i < o->ctx->spec->n_inputs; i++)
		n += strcmp(o->ctx->spec->inputs[i].dataset, o->dataset) == 0;
	return n;
}

static enum err_code
open_lane(const struct rollup *r, struct rollup_lane *l, struct tenant_range range, struct err *err)
{
	const struct spec *spec = r->o.ctx->spec;
	enum err_code code = ERR_NONE;

	*l = (struct rollup_lane){ .factor = rowkey_seed() | 1 };
	rollup_features_init(&l->features);
	l->places = mem_new(count_days(&r->o), sizeof(*l->places));
	l->cursors = mem_new(count_days(&r->o), sizeof(*l->cursors));
	for (size_t i = 0; i < spec->n_inputs && !code; i++) {
		const struct rollup_cursor_options options = {
			.ctx = r->o.ctx,
			.dataset = r->o.dataset,
			.day = spec->inputs[i].part,
			.range = range,
			.event_types = r->o.event_types,
			.n_event_types = r->o.n_event_types
		};

		if (strcmp(spec->inputs[i].dataset, r->o.dataset) == 0)
			code = rollup_cursor_open(&l->cursors[l->n_cursors++], &options,
						  &l->features, err);
	}
	return code;
}

static void
close_lane(struct rollup_lane *l)
{
	for (size_t i = 0; i < l->n_cursors; i++)
		rollup_cursor_close(&l->cursors[i]);
	free(l->cursors);
	free(l->places);
	rollup_features_release(&l->features);
	score_table_release(&l->table);
	mem_large_free(l->slots);
}

/* The tenant in the middle of the day with the most rows; *found false: nobody knows. */
static enum err_code
find_middle(struct rollup *r, int64_t *tenant, bool *found, struct err *err)
{
	struct rollup_lane *l = &r->lanes[0];
	const struct batch *b = NULL;
	struct rollup_cursor *most = NULL;
	enum err_code code;

	*found = false;
	for (size_t i = 0; i < l->n_cursors; i++)
		if (!most || intake_rows(l->cursors[i].in) > intake_rows(most->in))
			most = &l->cursors[i];
	if (!most)
		return ERR_NONE;
	code = intake_middle(most->in, &b, err);
	if (!code && b && b->rows && b->cols[most->tenant].valid[0]) {
		*tenant = col_int(&b->cols[most->tenant], 0);
		*found = *tenant > INT64_MIN;
	}
	intake_rewind(most->in);
	return code;
}

/* Split the tenants between two lanes, if there is a place to split them at. */
static enum err_code
split(struct rollup *r, struct err *err)
{
	int64_t tenant = 0;
	bool found;
	enum err_code code = find_middle(r, &tenant, &found, err);

	if (code || !found)
		return code;
	close_lane(&r->lanes[0]);
	code = open_lane(r, &r->lanes[0], (struct tenant_range){ INT64_MIN, tenant - 1 }, err);
	if (code)
		return code;
	r->n_lanes = 2;
	return open_lane(r, &r->lanes[1], (struct tenant_range){ tenant, INT64_MAX }, err);
}

enum err_code
rollup_open(struct rollup **out, const struct rollup_options *options, struct err *err)
{
	struct rollup *r = mem_new(1, sizeof(*r));
	enum err_code code;

	assert(options->lanes <= 2);
	r->o = *options;
	r->n_lanes = 1;
	dict_init(&r->features);
	code = open_lane(r, &r->lanes[0], (struct tenant_range){ INT64_MIN, INT64_MAX }, err);
	if (!code && options->lanes > 1)
		code = split(r, err);
	if (code) {
		rollup_close(r);
		return code;
	}
	*out = r;
	return ERR_NONE;
}

void
rollup_close(struct rollup *r)
{
	if (!r)
		return;
	for (int i = 0; i < r->n_lanes; i++)
		close_lane(&r->lanes[i]);
	dict_release(&r->features);
	free(r);
}

/* ---- distinct users ---- */

/* Users stand in order, so within one slice equal ones are neighbours. */
static int64_t
count_changes(const struct slice *s)
{
	int64_t n = 1;

	for (size_t i = 1; i < s->n; i++)
		n += s->users[i] != s->users[i - 1];
	return n;
}

/* Have a table for so many users in which nobody was met in this round; returns its size. */
static size_t
begin_round(struct rollup_lane *l, size_t users)
{
	size_t n = SLOTS_MIN;

	while (n < users * 2)
		n *= 2;
	if (n > l->n_slots) {
		mem_large_free(l->slots);
		l->slots = mem_large_new(n, sizeof(*l->slots));
		l->n_slots = n;
	}
	l->round++;
	return n;
}

/* How many users there are in the slice that were not met in this round; they are then. */
static int64_t
add_slice(const struct rollup_lane *l, size_t mask, const struct slice *s)
{
	int shift = __builtin_clzll(mask);
	struct seen *slots = l->slots;
	uint64_t factor = l->factor, round = l->round;
	int64_t n = 0;

	for (size_t i = 0; i < s->n; i++) {
		int64_t user = s->users[i];
		size_t at = (uint64_t)user * factor >> shift;

		/* One branch that nearly always goes the same way, instead of two that do not. */
		while ((slots[at].round == round) & (slots[at].user != user))
			at = (at + 1) & mask;
		n += slots[at].round != round;
		slots[at] = (struct seen){ user, round };
	}
	return n;
}

/* How many different users there are in some slices, none of which is empty. */
static int64_t
count_distinct(struct rollup_lane *l, const struct slice *slices, size_t n_slices)
{
	size_t total = 0, mask;
	int64_t n = 0;

	if (n_slices == 1)
		return count_changes(&slices[0]);
	for (size_t k = 0; k < n_slices; k++)
		total += slices[k].n;
	mask = begin_round(l, total) - 1;
	for (size_t k = 0; k < n_slices; k++)
		n += add_slice(l, mask, &slices[k]);
	return n;
}

/* ---- one group ---- */

/* A group that is being counted, and which cursors have rows of it. */
struct merge {
	struct rollup *rollup;
	struct rollup_lane *lane;
	int64_t tenant;
	uint32_t feature;
	struct score_group sum;
	size_t active[ROLLUP_DAYS_MAX]; /* indexes of cursors */
	size_t n_active;
	bool has_last;
	int64_t last; /* the highest user that was counted */
};

/* Where cursor i is, after it moved to another group. */
static void
set_place(struct rollup_lane *l, size_t i)
{
	const struct rollup_cursor *c = &l->cursors[i];
	const struct rollup_group *g = &c->groups[c->next];

	l->places[i].is_any = c->next < c->n_groups;
	if (l->places[i].is_any)
		l->places[i] = (struct rollup_place){ true, g->feature, g->tenant };
}

static bool
is_at_group(const struct merge *m, size_t i)
{
	const struct rollup_place *p = &m->lane->places[i];

	return p->is_any && p->tenant == m->tenant && p->feature == m->feature;
}

static enum err_code
overflow(const struct merge *m, const struct rollup_cursor *c, struct err *err)
{
	struct span feature = dict_span(&m->lane->features.texts, m->feature);

	return err_set(err, ERR_INPUT,
		       "read '%s': tenant %" PRId64 ", feature '%.*s': more interactions "
		       "than an int64 counts; run its writer again",
		       intake_file(c->in), m->tenant,
		       feature.bytes < 200 ? (int)feature.bytes : 200, feature.data);
}

/* Go behind the rows of cursor i up to `end`; at the end of a group count its interactions. */
static enum err_code
take(struct merge *m, size_t i, size_t end, struct err *err)
{
	struct rollup_cursor *c = &m->lane->cursors[i];
	const struct rollup_group *g = &c->groups[c->next];
	enum err_code code = ERR_NONE;

	c->at = end;
	if (end < g->end)
		return ERR_NONE;
	if (g->sum < 0 || __builtin_add_overflow(m->sum.interactions, g->sum, &m->sum.interactions))
		return overflow(m, c, err);
	if (++c->next == c->n_groups)
		code = rollup_cursor_fill(c, err);
	set_place(m->lane, i);
	return code;
}

/* Rows without a user come first; they have no user to count. */
static enum err_code
take_nulls(struct merge *m, size_t i, struct err *err)
{
	const struct rollup_cursor *c = &m->lane->cursors[i];
	enum err_code code = ERR_NONE;

	while (!code && is_at_group(m, i) && c->has_user && !c->has_user[c->at]) {
		size_t end = c->at;

		while (end < c->groups[c->next].end && !c->has_user[end])
			end++;
		code = take(m, i, end, err);
	}
	return code;
}

/*
 * Up to which user all rows can be counted at once: those that stand in memory, of
 * every day, and not too many.
 */
static int64_t
find_bound(const struct merge *m)
{
	int64_t bound = INT64_MAX;

	for (size_t k = 0; k < m->n_active; k++) {
		const struct rollup_cursor *c = &m->lane->cursors[m->active[k]];
		size_t end = c->groups[c->next].end;
		bool open = c->next + 1 == c->n_groups; /* there may be more in the next batch */

		if (end - c->at > SLICE_ROWS_MAX) {
			end = c->at + SLICE_ROWS_MAX;
			open = true;
		}
		if (open && c->users[end - 1] < bound)
			bound = c->users[end - 1];
	}
	return bound;
}

/* The first row of [from, to) whose user is more than `user`. */
static size_t
rows_behind(const int64_t *users, size_t from, size_t to, int64_t user)
{
	if (users[to - 1] <= user)
		return to;
	while (from < to) {
		size_t middle = from + (to - from) / 2;

		if (users[middle] > user)
			to = middle;
		else
			from = middle + 1;
	}
	return from;
}

/* Count the users up to a bound in all cursors that have rows of the group. */
static enum err_code
count_users(struct merge *m, struct err *err)
{
	struct slice slices[ROLLUP_DAYS_MAX];
	int64_t bound = find_bound(m);
	enum err_code code = ERR_NONE;
	size_t n = 0, n_active = m->n_active, ends[ROLLUP_DAYS_MAX];

	for (size_t k = 0; k < n_active; k++) {
		const struct rollup_cursor *c = &m->lane->cursors[m->active[k]];
		size_t from = c->at;

		ends[k] = rows_behind(c->users, from, c->groups[c->next].end, bound);
		/* The highest user of the last round may have more rows in this one. */
		while (m->has_last && from < ends[k] && c->users[from] == m->last)
			from++;
		if (from < ends[k])
			slices[n++] = (struct slice){ c->users + from, ends[k] - from };
	}
	if (n)
		m->sum.users += count_distinct(m->lane, slices, n);
	m->has_last = true;
	m->last = bound;
	for (size_t k = 0; k < n_active && !code; k++)
		if (ends[k] > m->lane->cursors[m->active[k]].at)
			code = take(m, m->active[k], ends[k], err);
	return code;
}

/*
 * Most groups are small, and all of their rows of each day stand in memory: they are counted at
 * once.  *counted false: this one is not like that, and nothing was taken of it.
 */
static enum err_code
count_whole(struct merge *m, bool *counted, struct err *err)
{
	struct rollup_lane *l = m->lane;
	struct slice slices[ROLLUP_DAYS_MAX];
	enum err_code code = ERR_NONE;
	size_t n = 0;

	*counted = false;
	for (size_t k = 0; k < m->n_active; k++) {
		const struct rollup_cursor *c = &l->cursors[m->active[k]];
		size_t at = c->at, end = c->groups[c->next].end;

		/* The last group of a batch may go on in the next one. */
		if (c->next + 1 == c->n_groups || end - at > SLICE_ROWS_MAX)
			return ERR_NONE;
		while (c->has_user && at < end && !c->has_user[at])
			at++;
		slices[n] = (struct slice){ c->users + at, end - at };
		n += at < end;
	}
	*counted = true;
	m->sum.users = n ? count_distinct(l, slices, n) : 0;
	for (size_t k = 0; k < m->n_active && !code; k++) {
		const struct rollup_cursor *c = &l->cursors[m->active[k]];

		code = take(m, m->active[k], c->groups[c->next].end, err);
	}
	return code;
}

/* Forget cursors that have left the group. */
static void
drop_idle(struct merge *m)
{
	size_t n = 0;

	for (size_t k = 0; k < m->n_active; k++)
		if (is_at_group(m, m->active[k]))
			m->active[n++] = m->active[k];
	m->n_active = n;
}

/* A group stands in the table of its lane, then in that of all; so do the texts of features. */
static enum err_code
check_limit(struct merge *m, struct err *err)
{
	struct rollup *r = m->rollup;
	struct rollup_lane *l = m->lane;
	size_t bytes = sizeof(struct score_group), n;

	for (; l->n_weighed < l->features.texts.count; l->n_weighed++)
		bytes += FEATURE_BYTES +
			 dict_span(&l->features.texts, (uint32_t)l->n_weighed).bytes;
	bytes *= 2;
	n = atomic_fetch_add_explicit(&r->n_groups, 1, memory_order_relaxed);
	if (atomic_fetch_add_explicit(&r->bytes, bytes, memory_order_relaxed) + bytes <=
	    r->o.answer_bytes)
		return ERR_NONE;
	return err_set(err, ERR_LIMIT,
		       "score: more than %zu (tenant, feature) groups do not fit into memory: "
		       "%s; give the task more (`memory:`)",
		       n, SIZE_TEXT(r->o.limit_bytes));
}

/* Count a group piece by piece, as its rows come into memory. */
static enum err_code
count_pieces(struct merge *m, struct err *err)
{
	enum err_code code = ERR_NONE;

	for (size_t k = 0; k < m->n_active && !code; k++)
		code = take_nulls(m, m->active[k], err);
	for (drop_idle(m); m->n_active && !code; drop_idle(m))
		code = count_users(m, err);
	return code;
}

static enum err_code
count_group(struct merge *m, struct err *err)
{
	struct score_group *g;
	bool counted;
	enum err_code code;

	m->sum.days = (uint32_t)m->n_active;
	code = count_whole(m, &counted, err);
	if (!code && !counted)
		code = count_pieces(m, err);
	if (!code)
		code = check_limit(m, err);
	if (code)
		return code;
	g = score_table_add(&m->lane->table, m->tenant, m->feature);
	g->users = m->sum.users;
	g->interactions = m->sum.interactions;
	g->days = m->sum.days;
	return ERR_NONE;
}

/* ---- all groups ---- */

/* The lowest group that any cursor is at, and who is; false: all cursors have ended. */
static bool
next_group(struct rollup_lane *l, struct merge *m)
{
	m->n_active = 0;
	m->has_last = false;
	m->sum = (struct score_group){ 0 };
	for (size_t i = 0; i < l->n_cursors; i++) {
		const struct rollup_place *p = &l->places[i];
		int order = -1;

		if (!p->is_any)
			continue;
		if (m->n_active)
			order = rollup_compare(&l->features, p->tenant, p->feature, m->tenant,
					       m->feature);
		if (order > 0)
			continue;
		if (order < 0)
			m->n_active = 0;
		m->tenant = p->tenant;
		m->feature = p->feature;
		m->active[m->n_active++] = i;
	}
	return m->n_active > 0;
}

/* A crew_fn */
static enum err_code
merge_lane(void *arg, int number, struct err *err)
{
	struct rollup *r = arg;
	struct rollup_lane *l = &r->lanes[number];
	enum err_code code = ERR_NONE;
	struct merge m = { .rollup = r, .lane = l };

	assert(l->n_cursors <= ROLLUP_DAYS_MAX);
	for (size_t i = 0; i < l->n_cursors && !code; i++) {
		code = rollup_cursor_fill(&l->cursors[i], err);
		set_place(l, i);
	}
	while (!code && next_group(l, &m))
		code = count_group(&m, err);
	return code;
}

/* Lanes read no more than their tenants, so that nobody else has counted the rows of a day. */
static enum err_code
check_rows(const struct rollup *r, struct err *err)
{
	for (size_t i = 0; i < r->lanes[0].n_cursors; i++) {
		const struct rollup_cursor *c = &r->lanes[0].cursors[i];
		int64_t want = intake_rows(c->in), read = 0;

		for (int k = 0; k < r->n_lanes; k++)
			read += r->lanes[k].cursors[i].read;
		if (want >= 0 && read != want)
			return err_set(err, ERR_INPUT,
				       "read '%s': %lld rows, but the manifest says %lld; the "
				       "partition is damaged, run its writer again",
				       intake_file(c->in), (long long)read, (long long)want);
	}
	return ERR_NONE;
}

/* Append the groups of a lane; lanes are in order of their tenants. */
static void
append(struct rollup *r, struct rollup_lane *l, struct score_table *out)
{
	const struct dict *texts = &l->features.texts;
	uint32_t *codes = mem_new(texts->count, sizeof(*codes));

	for (uint32_t i = 0; i < texts->count; i++) {
		struct span text = dict_span(texts, i);

		codes[i] = dict_code(&r->features, text.data, text.bytes);
	}
	for (size_t i = 0; i < l->table.count; i++) {
		const struct score_group *g = &l->table.groups[i];

		*score_table_add(out, g->tenant, codes[g->feature]) = (struct score_group){
			.tenant = g->tenant,
			.feature = codes[g->feature],
			.users = g->users,
			.interactions = g->interactions,
			.days = g->days
		};
	}
	free(codes);
	score_table_release(&l->table);
}

static bool
is_mixed(const struct rollup *r)
{
	for (int i = 0; i < r->n_lanes; i++)
		for (size_t k = 0; k < r->lanes[i].n_cursors; k++)
			if (r->lanes[i].cursors[k].mixed)
				return true;
	return false;
}

enum err_code
rollup_merge(struct rollup *r, struct score_table *out, bool *mixed, struct err *err)
{
	enum err_code code = crew_run(r->n_lanes, merge_lane, r, err);

	*mixed = code && is_mixed(r);
	if (*mixed)
		return ERR_NONE;
	if (!code)
		code = check_rows(r, err);
	if (code)
		return code;
	out->features = &r->features;
	for (int i = 0; i < r->n_lanes; i++)
		append(r, &r->lanes[i], out);
	return ERR_NONE;
}

struct rollup_counts
rollup_counts(const struct rollup *r)
{
	struct rollup_counts sum = { 0 };

	for (int i = 0; i < r->n_lanes; i++) {
		for (size_t k = 0; k < r->lanes[i].n_cursors; k++) {
			sum.read += r->lanes[i].cursors[k].read;
			sum.filtered += r->lanes[i].cursors[k].filtered;
		}
	}
	return sum;
}

void
rollup_record(const struct rollup *r, struct manifest *m)
{
	for (size_t i = 0; i < r->lanes[0].n_cursors; i++)
		intake_record(r->lanes[0].cursors[i].in, m);
}
