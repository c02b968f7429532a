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
	struct day_window window;
	int64_t norm_days;
	double scale; /* 10^round_digits */
	/* What columns with codes have: those of all rows are one value, with code 0. */
	struct span formula, *texts; /* of the features, by code */
	struct col_dict features, dates, days, formulas;
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

static bool
is_sorted(const struct score_table *t, const uint32_t *rank)
{
	for (size_t i = 1; i < t->count; i++) {
		const struct score_group *a = &t->groups[i - 1], *b = &t->groups[i];

		if (a->tenant > b->tenant ||
		    (a->tenant == b->tenant && rank[a->feature] >= rank[b->feature]))
			return false;
	}
	return true;
}

static void
sort_by(struct score_table *t, const uint32_t *rank)
{
	static const struct radix_field fields[] = { { SORT_REST, 4, 8 }, { SORT_TENANT, 0, 8 } };
	uint64_t *items = mem_large_new(t->count, SORT_WORDS * sizeof(*items)), *spare, *sorted;
	struct score_group *groups = mem_large_new(t->count, sizeof(*groups));

	assert(t->count <= UINT32_MAX);
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
}

/* A merge gives them in order as they are. */
static void
sort_groups(struct score_table *t)
{
	uint32_t *order = mem_new(t->features->count, sizeof(*order));
	uint32_t *rank = mem_new(t->features->count, sizeof(*rank));

	dict_sort(t->features, order);
	for (size_t i = 0; i < t->features->count; i++)
		rank[order[i]] = (uint32_t)i;
	if (!is_sorted(t, rank))
		sort_by(t, rank);
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

static double
score_of(const struct scoring *s, const struct score_group *g, double max_users,
	 double max_interactions)
{
	const struct op_engagement *p = s->params;
	double score = p->weight_users * (p->users_raw ? (double)g->users
						       : share(s, (double)g->users, max_users)) +
		       p->weight_interactions *
			   share(s, (double)g->interactions, max_interactions) +
		       p->weight_days * share(s, (double)g->days, (double)s->norm_days);

	/* `rint(x * 10^digits) / 10^digits` is how the score was always rounded. */
	return p->round_digits >= 0 ? rint(score * s->scale) / s->scale : score;
}

/* Write n groups into the batch. */
static void
put_groups(const struct scoring *s, const struct score_group *groups, const struct norm *norms,
	   size_t n, struct batch *b)
{
	const struct op_engagement *p = s->params;
	bool fixed = p->over == NORMALIZE_FIXED;

	for (size_t i = 0; i < n; i++) {
		const struct score_group *g = &groups[i];
		const struct norm *norm = &norms[i];
		double max_users = p->users_raw ? 1
				   : fixed      ? p->max_users
						: (double)(norm->users ? norm->users : 1);
		double max_interactions = fixed ? p->max_interactions
						: (double)(norm->interactions ? norm->interactions
									      : 1);

		b->cols[OUT_TENANT].ints[i] = g->tenant;
		b->cols[OUT_FEATURE].codes[i] = g->feature;
		b->cols[OUT_USERS].ints[i] = g->users;
		b->cols[OUT_INTERACTIONS].ints[i] = g->interactions;
		b->cols[OUT_DAYS].ints[i] = g->days;
		b->cols[OUT_SCORE].reals[i] = score_of(s, g, max_users, max_interactions);
		b->cols[OUT_MAX_USERS].reals[i] = max_users;
		b->cols[OUT_MAX_INTERACTIONS].reals[i] = max_interactions;
	}
	b->rows = n;
}

/* A batch of n rows, all columns of which have a value and those that are one have it. */
static void
open_batch(const struct scoring *s, size_t n, struct batch *b)
{
	const struct {
		int column;
		const struct col_dict *dict;
	} coded[] = {
		{ OUT_FEATURE, &s->features },
		{ OUT_DATE, &s->dates },
		{ OUT_NORM_DAYS, &s->days },
		{ OUT_FORMULA, &s->formulas },
	};

	batch_init(b, &schema_engagement, NULL);
	batch_set_whole(b, n);
	b->unit = 1; /* the dictionaries stay as they are */
	for (size_t i = 0; i < countof(coded); i++) {
		b->cols[coded[i].column].dict = coded[i].dict;
		memset(batch_codes(b, (size_t)coded[i].column), 0, n * sizeof(uint32_t));
	}
}

static void
plan(struct scoring *s, const struct score_table *t, const struct op_engagement *params,
     const struct day_window *window)
{
	int64_t days = window_length(window);
	const char *formula = params->formula_text ? "text" : "code";

	*s = (struct scoring){ .params = params,
			       .window = *window,
			       .norm_days = days < WEEK_DAYS ? days : WEEK_DAYS,
			       .scale = 1,
			       .formula = { formula, strlen(formula) } };
	if (params->days_denominator)
		s->norm_days = params->days_denominator;
	for (int i = 0; i < params->round_digits; i++)
		s->scale *= 10;
	s->texts = mem_new(t->features->count, sizeof(*s->texts));
	for (size_t i = 0; i < t->features->count; i++)
		s->texts[i] = dict_span(t->features, (uint32_t)i);
	s->features = (struct col_dict){ .count = t->features->count, .texts = s->texts };
	s->dates = (struct col_dict){ .count = 1, .ints = &s->window.last };
	s->days = (struct col_dict){ .count = 1, .ints = &s->norm_days };
	s->formulas = (struct col_dict){ .count = 1, .texts = &s->formula };
}

enum err_code
engagement_write(struct score_table *t, const struct op_engagement *params,
		 const struct day_window *window, struct outlet *o, struct err *err)
{
	size_t room = t->count < BATCH_ROWS_MAX ? t->count : BATCH_ROWS_MAX, done = 0, n;
	struct norm *norms = mem_large_new(t->count, sizeof(*norms));
	enum err_code code = ERR_NONE;
	struct scoring s;
	struct batch b;

	sort_groups(t);
	find_norms(t, params->over, norms);
	plan(&s, t, params, window);
	open_batch(&s, room ? room : 1, &b);
	do {
		n = t->count - done < room ? t->count - done : room;
		put_groups(&s, t->groups + done, norms + done, n, &b);
		code = outlet_add(o, &b, NULL, n, err);
		done += n;
	} while (!code && done < t->count);
	batch_release(&b);
	free(s.texts);
	mem_large_free(norms);
	return code;
}
