/* engagement.c - from what was counted of each (tenant, feature) to its score. */
#include "worker/score/engagement.h"

#include "core/base/mem.h"
#include "worker/keys/radix.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { WEEK_DAYS = 7 };

/* The columns of schema_engagement. */
enum {
	OUT_TENANT,
	OUT_FEATURE,
	OUT_USERS,
	OUT_INTERACTIONS,
	OUT_DAYS,
	OUT_SCORE,
	OUT_DATE,
	OUT_MAX_USERS,
	OUT_MAX_INTERACTIONS,
	OUT_NORM_DAYS,
	OUT_FORMULA,
};

/* What a group's numbers are divided by. */
struct norm {
	int64_t users, interactions;
};

/* What is the same for all rows. */
struct scoring {
	const struct op_engagement *params;
	const struct score_table *table;
	struct day_window window;
	int64_t norm_days;
	double scale; /* 10^round_digits */
	struct span formula;
};

void
score_table_release(struct score_table *t)
{
	mem_large_free(t->groups);
	*t = (struct score_table){ 0 };
}

struct score_group *
score_table_add(struct score_table *t, int64_t tenant, uint32_t feature)
{
	struct score_group *g;

	t->groups = mem_large_grow(t->groups, t->count, &t->room, sizeof(*t->groups));
	g = &t->groups[t->count++];
	*g = (struct score_group){ .tenant = tenant, .feature = feature };
	return g;
}

/* ---- order ---- */

/* A group on its way to its place: two words, tenant and (rank of its feature, index). */
enum { SORT_TENANT, SORT_REST, SORT_WORDS };

static void
sort_groups(struct score_table *t)
{
	static const struct radix_field fields[] = { { SORT_REST, 4, 8 }, { SORT_TENANT, 0, 8 } };
	uint32_t *order = mem_new(t->features->count, sizeof(*order));
	uint32_t *rank = mem_new(t->features->count, sizeof(*rank));
	uint64_t *items = mem_large_new(t->count, SORT_WORDS * sizeof(*items)), *spare, *sorted;
	struct score_group *groups = mem_large_new(t->count, sizeof(*groups));

	assert(t->count <= UINT32_MAX);
	dict_sort(t->features, order);
	for (size_t i = 0; i < t->features->count; i++)
		rank[order[i]] = (uint32_t)i;
	for (size_t i = 0; i < t->count; i++) {
		items[i * SORT_WORDS + SORT_TENANT] = radix_int(t->groups[i].tenant);
		items[i * SORT_WORDS + SORT_REST] = (uint64_t)rank[t->groups[i].feature] << 32 | i;
	}
	spare = mem_large_new(t->count, SORT_WORDS * sizeof(*spare));
	sorted = radix_sort(items, spare, t->count, SORT_WORDS, fields, countof(fields));
	for (size_t i = 0; i < t->count; i++)
		groups[i] = t->groups[(uint32_t)sorted[i * SORT_WORDS + SORT_REST]];
	mem_large_free(t->groups);
	t->groups = groups;
	t->room = t->count;
	mem_large_free(items);
	mem_large_free(spare);
	free(order);
	free(rank);
}

/* ---- scores ---- */

static void
widen(struct norm *n, const struct score_group *g)
{
	n->users = g->users > n->users ? g->users : n->users;
	n->interactions = g->interactions > n->interactions ? g->interactions : n->interactions;
}

/* The maxima over the groups that group `i` is compared with; groups are sorted by tenant. */
static void
find_norms(const struct score_table *t, enum normalize_over over, struct norm *norms)
{
	struct norm all = { 0 };
	struct norm *features = mem_new(t->features->count, sizeof(*features));

	for (size_t i = 0; i < t->count; i++) {
		widen(&all, &t->groups[i]);
		widen(&features[t->groups[i].feature], &t->groups[i]);
	}
	for (size_t i = 0, end; i < t->count; i = end) {
		struct norm tenant = { 0 };

		for (end = i; end < t->count && t->groups[end].tenant == t->groups[i].tenant; end++)
			widen(&tenant, &t->groups[end]);
		for (size_t k = i; k < end; k++)
			norms[k] = over == NORMALIZE_TENANT    ? tenant
				   : over == NORMALIZE_FEATURE ? features[t->groups[k].feature]
							       : all;
	}
	free(features);
}

static double
share(const struct scoring *s, double value, double most)
{
	double part = value / most;

	return s->params->cap_components && part > 1 ? 1 : part;
}

/* Write one group into the newest row of a batch. */
static void
put_group(const struct scoring *s, const struct score_group *g, const struct norm *norm,
	  struct batch *b)
{
	const struct op_engagement *p = s->params;
	bool fixed = p->over == NORMALIZE_FIXED;
	double max_users = p->users_raw ? 1
			   : fixed      ? p->max_users
					: (double)(norm->users ? norm->users : 1);
	double max_interactions = fixed ? p->max_interactions
					: (double)(norm->interactions ? norm->interactions : 1);
	size_t at = b->rows - 1;
	double score;

	score = p->weight_users *
		    (p->users_raw ? (double)g->users : share(s, (double)g->users, max_users)) +
		p->weight_interactions * share(s, (double)g->interactions, max_interactions) +
		p->weight_days * share(s, (double)g->days, (double)s->norm_days);
	/* `rint(x * 10^digits) / 10^digits` is how the score was always rounded. */
	if (p->round_digits >= 0)
		score = rint(score * s->scale) / s->scale;
	b->cols[OUT_TENANT].ints[at] = g->tenant;
	b->cols[OUT_FEATURE].texts[at] = dict_span(s->table->features, g->feature);
	b->cols[OUT_USERS].ints[at] = g->users;
	b->cols[OUT_INTERACTIONS].ints[at] = g->interactions;
	b->cols[OUT_DAYS].ints[at] = g->days;
	b->cols[OUT_SCORE].reals[at] = score;
	b->cols[OUT_DATE].ints[at] = s->window.last;
	b->cols[OUT_MAX_USERS].reals[at] = max_users;
	b->cols[OUT_MAX_INTERACTIONS].reals[at] = max_interactions;
	b->cols[OUT_NORM_DAYS].ints[at] = s->norm_days;
	b->cols[OUT_FORMULA].texts[at] = s->formula;
	for (size_t i = 0; i < b->schema->count; i++)
		b->cols[i].valid[at] = true;
}

static struct scoring
plan(const struct score_table *t, const struct op_engagement *params,
     const struct day_window *window)
{
	int64_t days = window_length(window);
	const char *formula = params->formula_text ? "text" : "code";
	struct scoring s = { .params = params,
			     .table = t,
			     .window = *window,
			     .norm_days = days < WEEK_DAYS ? days : WEEK_DAYS,
			     .scale = 1,
			     .formula = { formula, strlen(formula) } };

	if (params->days_denominator)
		s.norm_days = params->days_denominator;
	for (int i = 0; i < params->round_digits; i++)
		s.scale *= 10;
	return s;
}

enum err_code
engagement_write(struct score_table *t, const struct op_engagement *params,
		 const struct day_window *window, struct outlet *o, struct err *err)
{
	struct scoring s = plan(t, params, window);
	struct norm *norms;
	enum err_code code = ERR_NONE;
	struct batch b;

	sort_groups(t);
	norms = mem_new(t->count, sizeof(*norms));
	find_norms(t, params->over, norms);
	batch_init(&b, &schema_engagement, NULL);
	for (size_t i = 0; i < t->count && !code; i++) {
		if (!batch_push(&b, (int64_t)i + 1)) {
			code = outlet_add(o, &b, NULL, b.rows, err);
			batch_reset(&b);
			(void)batch_push(&b, (int64_t)i + 1);
		}
		put_group(&s, &t->groups[i], &norms[i], &b);
	}
	if (!code)
		code = outlet_add(o, &b, NULL, b.rows, err);
	batch_release(&b);
	free(norms);
	return code;
}
