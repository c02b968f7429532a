/* score.c - the keys of operator score, for both of its methods. */
#include "core/op/from.h"
#include "core/op/op.h"

#include <string.h>

#define AT(field) offsetof(struct draft_task, field)

static const double count_max = 1e15; /* whole numbers up to here are exact in a double */

static const char *const formula_words[] = { "code", "text", NULL };
static const char *const users_words[] = { "normalized", "raw", NULL };
static const char *const over_words[] = { "global", "tenant", "feature", "fixed", NULL };
static const char *const rank_words[] = { "rank", "dense_rank", "row_number", NULL };
static const char *const null_bucket_words[] = { "unknown", "compat", NULL };

static void
read_window(struct yreader *r, const struct key *row, const struct ynode *key, void *base)
{
	(void)row;
	(void)draft_window(r, key, &((struct draft_task *)base)->window_days);
}

static const struct key weight_keys[] = {
	{ "users", WANT_NUMBER, .at = AT(task.engagement.weight_users), .max = 1000 },
	{ "interactions", WANT_NUMBER, .at = AT(task.engagement.weight_interactions), .max = 1000 },
	{ "days", WANT_NUMBER, .at = AT(task.engagement.weight_days), .max = 1000 },
};

static void
read_weights(struct yreader *r, const struct key *row, const struct ynode *key, void *base)
{
	struct keyset set = KEYSET(weight_keys, base);

	(void)row;
	(void)ykeys_read(r, key, key->value, "'weights'", &set, 1);
}

/* A preset; its row stands first, so that single keys override it. */
static void
read_formula(struct yreader *r, const struct key *row, const struct ynode *key, void *base)
{
	struct op_engagement *e = &((struct draft_task *)base)->task.engagement;
	int word;

	(void)row;
	if (!ykeys_word(r, key, formula_words, &word) || word == 0)
		return;
	e->formula_text = true;
	e->users_raw = true;
	e->days_denominator = 7;
	e->cap_components = false;
	e->round_digits = -1;
}

/* A whole number up to `max`, or a word that stands for `otherwise`. */
static void
int_or_word(struct yreader *r, const struct ynode *key, const char *word, int otherwise, int max,
	    int *out)
{
	const struct ynode *value = key->value;
	int64_t n;

	if (value->kind == YNODE_SCALAR && strcmp(value->text, word) == 0)
		*out = otherwise;
	else if (ykeys_int(r, value, key->text, 0, max, &n))
		*out = (int)n;
}

static void
read_days_denominator(struct yreader *r, const struct key *row, const struct ynode *key, void *base)
{
	(void)row;
	int_or_word(r, key, "window", 0, DAG_WINDOW_DAYS_MAX,
		    &((struct draft_task *)base)->task.engagement.days_denominator);
}

static void
read_round(struct yreader *r, const struct key *row, const struct ynode *key, void *base)
{
	(void)row;
	int_or_word(r, key, "none", -1, 15,
		    &((struct draft_task *)base)->task.engagement.round_digits);
}

static void
read_event_types(struct yreader *r, const struct key *row, const struct ynode *key, void *base)
{
	struct op_engagement *e = &((struct draft_task *)base)->task.engagement;
	const struct ynode *value = key->value;

	(void)row;
	if (value->kind != YNODE_SCALAR || strcmp(value->text, "*") != 0)
		(void)ykeys_texts(r, key, &e->event_types, &e->n_event_types);
}

static const struct key engagement_keys[] = {
	KEY_ELSEWHERE("method"),
	{ "input", WANT_CUSTOM, .read = draft_read_input },
	{ "from", WANT_CUSTOM, .at = AT(task.engagement.from), .read = from_read },
	{ "dedup", WANT_CUSTOM, .read = from_refuse_dedup },
	{ "window", WANT_CUSTOM, .read = read_window },
	{ "output", WANT_CUSTOM, .required = true, .read = draft_read_output },
	{ "formula", WANT_CUSTOM, .read = read_formula },
	{ "users_term", WANT_FLAG, .at = AT(task.engagement.users_raw), .words = users_words },
	{ "weights", WANT_CUSTOM, .read = read_weights },
	{ "normalize_over", WANT_WORD, .at = AT(task.engagement.over), .words = over_words },
	{ "max_users", WANT_NUMBER, .at = AT(task.engagement.max_users), .max = 1e15 },
	{ "max_interactions", WANT_NUMBER, .at = AT(task.engagement.max_interactions),
	  .max = 1e15 },
	{ "days_denominator", WANT_CUSTOM, .read = read_days_denominator },
	{ "cap_components", WANT_BOOL, .at = AT(task.engagement.cap_components) },
	{ "event_types", WANT_CUSTOM, .read = read_event_types },
	{ "round", WANT_CUSTOM, .read = read_round },
};

static void
begin_engagement(struct draft_task *t)
{
	t->task.engagement = (struct op_engagement){
		.weight_users = 0.4,
		.weight_interactions = 0.3,
		.weight_days = 0.3,
		.cap_components = true,
		.round_digits = 4,
	};
}

static void
end_engagement(struct yreader *r, struct draft_task *t)
{
	const struct op_engagement *e = &t->task.engagement;

	if (e->over == NORMALIZE_FIXED && !(e->max_users > 0 && e->max_interactions > 0))
		ykeys_error(r, t->key, NULL,
			    "task '%s': 'normalize_over: fixed' needs 'max_users' and "
			    "'max_interactions' above 0",
			    t->task.id);
	if (e->over != NORMALIZE_FIXED && (e->max_users > 0 || e->max_interactions > 0))
		ykeys_error(r, t->key, NULL,
			    "task '%s': 'max_users' and 'max_interactions' belong to "
			    "'normalize_over: fixed'",
			    t->task.id);
	from_end(r, t, &t->task.engagement.from, t->window_days ? t->window_days : 7);
}

static const struct key min_users_keys[] = {
	{ "absolute", WANT_INT64, .at = AT(task.adoption.min_users), .max = 1e15 },
	{ "share_of_active", WANT_SHARE, .at = AT(task.adoption.min_share) },
};

static void
read_min_users(struct yreader *r, const struct key *row, const struct ynode *key, void *base)
{
	struct draft_task *t = base;
	struct keyset set = KEYSET(min_users_keys, base);

	if (key->value->kind == YNODE_MAP)
		(void)ykeys_read(r, key, key->value, "'min_users'", &set, 1);
	else
		(void)ykeys_int(r, key->value, row->name, 0, (int64_t)count_max,
				&t->task.adoption.min_users);
}

static void
read_buckets(struct yreader *r, const struct key *row, const struct ynode *key, void *base)
{
	struct op_adoption *a = &((struct draft_task *)base)->task.adoption;
	const struct ynode *value = key->value;
	int64_t *edges;
	size_t n = 0;

	if (value->broken)
		return;
	if (value->kind != YNODE_LIST || value->count == 0 || value->count > 100) {
		ykeys_error(r, value, NULL, "'buckets' has to be a list of 1 to 100 upper edges");
		return;
	}
	edges = arena_get(r->arena, value->count * sizeof(*edges));
	for (const struct ynode *i = value->first; i; i = i->next) {
		if (!ykeys_int(r, i, row->name, 0, (int64_t)count_max, &edges[n]))
			return;
		if (n > 0 && edges[n] <= edges[n - 1]) {
			ykeys_error(r, i, NULL, "the edges of 'buckets' have to rise");
			return;
		}
		n++;
	}
	a->buckets = edges;
	a->n_buckets = n;
}

static void
read_dimension(struct yreader *r, const struct key *row, const struct ynode *key, void *base)
{
	struct draft_task *t = base;

	(void)row;
	t->dimension = key->value;
	t->task.adoption.dimension = arena_str(r->arena, ykeys_scalar(r, key));
}

static const struct key adoption_keys[] = {
	KEY_ELSEWHERE("method"),
	{ "input", WANT_CUSTOM, .read = draft_read_input },
	{ "from", WANT_CUSTOM, .at = AT(task.adoption.from), .read = from_read },
	{ "dedup", WANT_CUSTOM, .read = from_refuse_dedup },
	{ "dimension", WANT_CUSTOM, .required = true, .read = read_dimension },
	{ "feature", WANT_TEMPLATE, .required = true, .at = AT(task.adoption.feature) },
	{ "window", WANT_CUSTOM, .read = read_window },
	{ "output", WANT_CUSTOM, .required = true, .read = draft_read_output },
	{ "event_type", WANT_TEXT, .at = AT(task.adoption.event_type) },
	{ "min_users", WANT_CUSTOM, .read = read_min_users },
	{ "plans", WANT_TEXTS, .at = AT(task.adoption.plans),
	  .count_at = AT(task.adoption.n_plans) },
	{ "buckets", WANT_CUSTOM, .read = read_buckets },
	{ "include_empty_buckets", WANT_BOOL, .at = AT(task.adoption.include_empty_buckets) },
	{ "null_bucket", WANT_FLAG, .at = AT(task.adoption.null_bucket_compat),
	  .words = null_bucket_words },
	{ "rank", WANT_WORD, .at = AT(task.adoption.rank), .words = rank_words },
	KEY_LATER("tenant_grain"),
};

static void
begin_adoption(struct draft_task *t)
{
	static const char *const plans[] = { "premium", "enterprise" };
	static const int64_t buckets[] = { 10, 50, 200, 1000 };

	t->task.adoption = (struct op_adoption){
		.event_type = "feature_used",
		.min_users = 5,
		.plans = plans,
		.n_plans = countof(plans),
		.buckets = buckets,
		.n_buckets = countof(buckets),
	};
}

static void
end_adoption(struct yreader *r, struct draft_task *t)
{
	from_end(r, t, &t->task.adoption.from, t->window_days ? t->window_days : 30);
	if (t->task.adoption.dimension)
		draft_add_input(r, t, t->task.adoption.dimension, 0, t->dimension);
}

const struct op_def op_def_engagement = {
	.name = "score",
	.method = "engagement",
	.kind = OP_SCORE_ENGAGEMENT,
	.rows = engagement_keys,
	.n_rows = countof(engagement_keys),
	.begin = begin_engagement,
	.end = end_engagement,
};

const struct op_def op_def_adoption = {
	.name = "score",
	.method = "adoption",
	.kind = OP_SCORE_ADOPTION,
	.rows = adoption_keys,
	.n_rows = countof(adoption_keys),
	.begin = begin_adoption,
	.end = end_adoption,
};
