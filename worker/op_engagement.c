/*
 * op_engagement.c - how much each tenant uses each feature, as one number.
 *
 * Of the events in the window, per (tenant, feature): distinct users, events,
 * days with any; each divided by its maximum, weighted and added
 * (reference/data.md 1.1).  The maxima used are written beside the score,
 * because without them nobody can compute it again.
 */
#include "worker/op.h"

#include "core/mem.h"
#include "worker/intake.h"
#include "worker/outlet.h"
#include "worker/window.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { WEEK_DAYS = 7, DAY_WORDS = (DAG_WINDOW_DAYS_MAX + 63) / 64 };

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

struct group {
	int64_t tenant;
	uint32_t feature; /* code in engagement.features; its order in .rank */
	int64_t users, interactions;
	uint64_t days[DAY_WORDS]; /* a bit for each day of the window */
};

/* What a group's numbers are divided by. */
struct norm {
	int64_t users, interactions;
};

struct engagement {
	const struct op_engagement *params;
	struct window window;
	int event_id, event_type, feature, tenant, user, timestamp; /* columns of the input */
	struct dict features, types, keys, users, user_texts;
	struct group *groups; /* by code in keys, until they are sorted */
	size_t groups_room;
	uint32_t *rank; /* of each feature code among all, by bytes */
	int64_t read, filtered;
	uint32_t *feature_codes, *user_codes; /* of one batch */
};

static enum err_code
find_columns(struct engagement *e, struct intake *in, struct err *err)
{
	enum err_code code = intake_need(in, "tenant_id", COL_INT64, &e->tenant, err);

	if (!code)
		code = intake_need(in, "feature_name", COL_STRING, &e->feature, err);
	if (!code)
		code = intake_need(in, "user_id", -1, &e->user, err);
	if (!code)
		code = intake_need(in, "event_id", -1, &e->event_id, err);
	if (!code)
		code = intake_need(in, "timestamp", COL_TIMESTAMP, &e->timestamp, err);
	if (!code && e->params->n_event_types)
		code = intake_need(in, "event_type", COL_STRING, &e->event_type, err);
	for (size_t i = 0; i < e->params->n_event_types; i++)
		(void)dict_code(&e->types, e->params->event_types[i],
				strlen(e->params->event_types[i]));
	return code;
}

/* Does the row count?  Its day in the window goes to *day. */
static bool
accept_row(const struct engagement *e, const struct batch *b, size_t at, int *day)
{
	const struct col *type = e->params->n_event_types ? &b->cols[e->event_type] : NULL;
	uint32_t code;

	if (!b->cols[e->tenant].valid[at] || e->feature_codes[at] == UINT32_MAX)
		return false;
	if (type && (!type->valid[at] ||
		     !dict_find(&e->types, type->texts[at].data, type->texts[at].bytes, &code)))
		return false;
	*day = window_day(&e->window, &b->cols[e->timestamp], at);
	return *day >= 0;
}

/* The code of the group of a row. */
static uint32_t
group_of(struct engagement *e, int64_t tenant, uint32_t feature)
{
	char key[sizeof(tenant) + sizeof(feature)];
	size_t known = e->keys.count;
	uint32_t code;

	memcpy(key, &tenant, sizeof(tenant));
	memcpy(key + sizeof(tenant), &feature, sizeof(feature));
	code = dict_code(&e->keys, key, sizeof(key));
	if (e->keys.count > known) {
		e->groups = mem_grow(e->groups, known, &e->groups_room, sizeof(*e->groups));
		e->groups[code] = (struct group){ .tenant = tenant, .feature = feature };
	}
	return code;
}

/* Count a row's user in its group, if that is the first time. */
static void
count_user(struct engagement *e, const struct batch *b, size_t at, uint32_t group)
{
	const struct col *c = &b->cols[e->user];
	char key[sizeof(group) + sizeof(int64_t)];
	size_t known = e->users.count;
	int64_t user;

	if (!c->valid[at])
		return;
	/* A double and an integer of the same bits never meet: a column has one type. */
	user = col_is_text(c->type) ? (int64_t)e->user_codes[at] : c->ints[at];
	memcpy(key, &group, sizeof(group));
	memcpy(key + sizeof(group), &user, sizeof(user));
	(void)dict_code(&e->users, key, sizeof(key));
	e->groups[group].users += e->users.count > known;
}

static void
add_batch(struct engagement *e, const struct batch *b)
{
	col_codes(&b->cols[e->feature], b->rows, &e->features, e->feature_codes);
	if (col_is_text(b->cols[e->user].type))
		col_codes(&b->cols[e->user], b->rows, &e->user_texts, e->user_codes);
	e->read += (int64_t)b->rows;
	for (size_t at = 0; at < b->rows; at++) {
		uint32_t code;
		int day;

		if (!accept_row(e, b, at, &day)) {
			e->filtered++;
			continue;
		}
		code = group_of(e, b->cols[e->tenant].ints[at], e->feature_codes[at]);
		count_user(e, b, at, code);
		e->groups[code].interactions += b->cols[e->event_id].valid[at];
		e->groups[code].days[day / 64] |= UINT64_C(1) << (day % 64);
	}
}

/* ---- scores ---- */

static int
compare_groups(const void *a, const void *b, void *rank)
{
	const struct group *left = a, *right = b;
	const uint32_t *ranks = rank;

	if (left->tenant != right->tenant)
		return left->tenant < right->tenant ? -1 : 1;
	return (ranks[left->feature] > ranks[right->feature]) -
	       (ranks[left->feature] < ranks[right->feature]);
}

static void
sort_groups(struct engagement *e)
{
	uint32_t *order = mem_new(e->features.count, sizeof(*order));

	e->rank = mem_new(e->features.count, sizeof(*e->rank));
	dict_sort(&e->features, order);
	for (size_t i = 0; i < e->features.count; i++)
		e->rank[order[i]] = (uint32_t)i;
	free(order);
	if (e->keys.count)
		qsort_r(e->groups, e->keys.count, sizeof(*e->groups), compare_groups, e->rank);
}

static void
widen(struct norm *n, const struct group *g)
{
	n->users = g->users > n->users ? g->users : n->users;
	n->interactions = g->interactions > n->interactions ? g->interactions : n->interactions;
}

/* The maxima over the groups that group `i` is compared with; groups are sorted by tenant. */
static void
find_norms(const struct engagement *e, struct norm *norms)
{
	size_t n = e->keys.count;
	struct norm all = { 0 };
	struct norm *features = mem_new(e->features.count, sizeof(*features));

	for (size_t i = 0; i < n; i++) {
		widen(&all, &e->groups[i]);
		widen(&features[e->groups[i].feature], &e->groups[i]);
	}
	for (size_t i = 0, end; i < n; i = end) {
		struct norm tenant = { 0 };

		for (end = i; end < n && e->groups[end].tenant == e->groups[i].tenant; end++)
			widen(&tenant, &e->groups[end]);
		for (size_t k = i; k < end; k++)
			norms[k] = e->params->over == NORMALIZE_TENANT ? tenant
				   : e->params->over == NORMALIZE_FEATURE
				       ? features[e->groups[k].feature]
				       : all;
	}
	free(features);
}

static int64_t
count_days(const struct group *g)
{
	int64_t n = 0;

	for (size_t i = 0; i < DAY_WORDS; i++)
		n += __builtin_popcountll(g->days[i]);
	return n;
}

static double
share(const struct engagement *e, double value, double most)
{
	double part = value / most;

	return e->params->cap_components && part > 1 ? 1 : part;
}

/* As `rint(x * 10^digits) / 10^digits`, which is how the score was always rounded. */
static double
round_to(double value, int digits)
{
	double scale = 1;

	for (int i = 0; i < digits; i++)
		scale *= 10;
	return digits < 0 ? value : rint(value * scale) / scale;
}

/* Write one group into the newest row of a batch. */
static void
put_group(const struct engagement *e, const struct group *g, const struct norm *norm,
	  struct batch *b)
{
	const struct op_engagement *p = e->params;
	int64_t window_days = e->window.last - e->window.first + 1, days = count_days(g);
	int64_t norm_days = window_days < WEEK_DAYS ? window_days : WEEK_DAYS;
	bool fixed = p->over == NORMALIZE_FIXED;
	double max_users = fixed ? p->max_users : (double)(norm->users ? norm->users : 1);
	double max_interactions =
	    fixed ? p->max_interactions : (double)(norm->interactions ? norm->interactions : 1);
	const char *formula = p->formula_text ? "text" : "code";
	size_t at = b->rows - 1;
	double score;

	if (p->days_denominator)
		norm_days = p->days_denominator;
	if (p->users_raw)
		max_users = 1;
	score = p->weight_users *
		    (p->users_raw ? (double)g->users : share(e, (double)g->users, max_users)) +
		p->weight_interactions * share(e, (double)g->interactions, max_interactions) +
		p->weight_days * share(e, (double)days, (double)norm_days);
	b->cols[OUT_TENANT].ints[at] = g->tenant;
	b->cols[OUT_FEATURE].texts[at] = dict_span(&e->features, g->feature);
	b->cols[OUT_USERS].ints[at] = g->users;
	b->cols[OUT_INTERACTIONS].ints[at] = g->interactions;
	b->cols[OUT_DAYS].ints[at] = days;
	b->cols[OUT_SCORE].reals[at] = round_to(score, p->round_digits);
	b->cols[OUT_DATE].ints[at] = e->window.last;
	b->cols[OUT_MAX_USERS].reals[at] = max_users;
	b->cols[OUT_MAX_INTERACTIONS].reals[at] = max_interactions;
	b->cols[OUT_NORM_DAYS].ints[at] = norm_days;
	b->cols[OUT_FORMULA].texts[at] = (struct span){ formula, strlen(formula) };
	for (size_t i = 0; i < b->schema->count; i++)
		b->cols[i].valid[at] = true;
}

static enum err_code
write_scores(struct engagement *e, struct outlet *o, struct err *err)
{
	struct norm *norms = mem_new(e->keys.count, sizeof(*norms));
	enum err_code code = ERR_NONE;
	struct batch b;

	sort_groups(e);
	find_norms(e, norms);
	batch_init(&b, &schema_engagement, NULL);
	for (size_t i = 0; i < e->keys.count && !code; i++) {
		if (!batch_push(&b, (int64_t)i + 1)) {
			code = outlet_add(o, &b, NULL, b.rows, err);
			batch_reset(&b);
			(void)batch_push(&b, (int64_t)i + 1);
		}
		put_group(e, &e->groups[i], &norms[i], &b);
	}
	if (!code)
		code = outlet_add(o, &b, NULL, b.rows, err);
	batch_release(&b);
	free(norms);
	return code;
}

static enum err_code
score(struct engagement *e, struct op_ctx *ctx, struct intake *in, struct outlet *o,
      struct err *err)
{
	enum err_code code = find_columns(e, in, err);
	const struct batch *b = NULL;

	if (!code && !schema_equal(outlet_schema(o), &schema_engagement))
		code =
		    err_set(err, ERR_INPUT, "score: the output has other columns than engagement");
	while (!code && !(code = intake_next(in, &b, err)) && b)
		add_batch(e, b);
	if (code)
		return code;
	op_count(ctx, "read", e->read);
	op_count(ctx, "filtered", e->filtered);
	op_count(ctx, "aggregated", e->read - e->filtered);
	op_log("read %lld rows, %lld of them count: %zu groups", (long long)e->read,
	       (long long)(e->read - e->filtered), e->keys.count);
	return write_scores(e, o, err);
}

static void
init(struct engagement *e, const struct op_ctx *ctx)
{
	*e = (struct engagement){ .params = &ctx->task->engagement };
	e->window = window_of(ctx->spec->start_us, ctx->task->inputs[0].days);
	dict_init(&e->features);
	dict_init(&e->types);
	dict_init(&e->keys);
	dict_init(&e->users);
	dict_init(&e->user_texts);
	e->feature_codes = mem_new(BATCH_ROWS_MAX, sizeof(*e->feature_codes));
	e->user_codes = mem_new(BATCH_ROWS_MAX, sizeof(*e->user_codes));
}

static void
release(struct engagement *e)
{
	dict_release(&e->features);
	dict_release(&e->types);
	dict_release(&e->keys);
	dict_release(&e->users);
	dict_release(&e->user_texts);
	free(e->groups);
	free(e->rank);
	free(e->feature_codes);
	free(e->user_codes);
}

static enum err_code
run(struct op_ctx *ctx, struct err *err)
{
	struct engagement e;
	struct manifest m = { 0 };
	struct intake *in = NULL;
	struct outlet *o = NULL;
	enum err_code code;

	init(&e, ctx);
	code = intake_open(&in, ctx, ctx->task->inputs[0].dataset, err);
	if (!code)
		code = outlet_open(&o, ctx, err);
	if (!code)
		code = score(&e, ctx, in, o, err);
	if (!code) {
		intake_record(in, &m);
		code = outlet_finish(o, &m, err);
	}
	manifest_release(&m);
	outlet_close(o);
	intake_close(in);
	release(&e);
	return code;
}

const struct op op_engagement = {
	.name = "score: engagement",
	.summary = "users, interactions and active days per tenant and feature, as one score",
	.run = run,
};
