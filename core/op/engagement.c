/* engagement.c - the keys of operator score, method engagement. */
#include "core/op/engagement.h"

#include "core/op/columns.h"
#include "core/op/op.h"
#include "core/op/rollup.h"

#include <string.h>

#define AT(field) offsetof(struct op_engagement, field)

static const char *const formula_words[] = { "code", "text", NULL };
static const char *const users_words[] = { "normalized", "raw", NULL };
static const char *const over_words[] = { "global", "tenant", "feature", "fixed", NULL };

/* The maxima are float64 because `normalize_over: fixed` takes them from the DAG file. */
static const struct column engagement_written[] = {
	{ "tenant_id", COL_INT64 },
	{ "feature_name", COL_STRING },
	{ "unique_users", COL_INT64 },
	{ "total_interactions", COL_INT64 },
	{ "days_active", COL_INT64 },
	{ "engagement_score", COL_FLOAT64 },
	{ "score_date", COL_DATE },
	{ "norm_max_users", COL_FLOAT64 },
	{ "norm_max_interactions", COL_FLOAT64 },
	{ "norm_days", COL_INT64 },
	{ "formula", COL_STRING },
};

const struct schema schema_engagement = { engagement_written, countof(engagement_written) };

/* What it wants of events. */
static const struct column engagement_columns[] = {
	{ "tenant_id", COL_INT64 }, { "feature_name", COL_STRING }, { "timestamp", COL_TIMESTAMP },
	{ "user_id", COL_ANY },     { "event_id", COL_ANY },
};

static const struct schema engagement_want = { engagement_columns, countof(engagement_columns) };

static const struct column event_type_columns[] = { { "event_type", COL_STRING } };

static const struct schema event_type_want = { event_type_columns, countof(event_type_columns) };

static const struct key weight_keys[] = {
	{ "users", WANT_NUMBER, .at = AT(weight_users), .max = 1000 },
	{ "interactions", WANT_NUMBER, .at = AT(weight_interactions), .max = 1000 },
	{ "days", WANT_NUMBER, .at = AT(weight_days), .max = 1000 },
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
	struct op_engagement *e = base;
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

/* A whole number from `min` to `max`, or a word that stands for `otherwise`. */
static void
int_or_word(struct yreader *r, const struct ynode *key, const char *word, int otherwise, int min,
	    int max, int *out)
{
	const struct ynode *value = key->value;
	int64_t n;

	if (value->kind == YNODE_SCALAR && strcmp(value->text, word) == 0)
		*out = otherwise;
	else if (ykeys_int(r, value, key->text, min, max, &n))
		*out = (int)n;
}

static void
read_days_denominator(struct yreader *r, const struct key *row, const struct ynode *key, void *base)
{
	(void)row;
	int_or_word(r, key, "window", 0, 1, DAG_WINDOW_DAYS_MAX,
		    &((struct op_engagement *)base)->days_denominator);
}

static void
read_round(struct yreader *r, const struct key *row, const struct ynode *key, void *base)
{
	(void)row;
	int_or_word(r, key, "none", -1, 0, 15, &((struct op_engagement *)base)->round_digits);
}

static void
read_event_types(struct yreader *r, const struct key *row, const struct ynode *key, void *base)
{
	struct op_engagement *e = base;
	const struct ynode *value = key->value;

	(void)row;
	if (value->kind != YNODE_SCALAR || strcmp(value->text, "*") != 0)
		(void)ykeys_texts(r, key, &e->event_types, &e->n_event_types);
}

static const struct key engagement_keys[] = {
	KEY_ELSEWHERE("method"),
	{ "input", WANT_CUSTOM, .read = draft_read_input },
	{ "from", WANT_CUSTOM, .at = AT(from), .read = from_read },
	{ "dedup", WANT_CUSTOM, .read = from_refuse_dedup },
	DRAFT_WINDOW_KEYS,
	{ "where", WANT_CUSTOM, .read = draft_read_where },
	{ "output", WANT_CUSTOM, .required = true, .read = draft_read_output },
	{ "formula", WANT_CUSTOM, .read = read_formula },
	{ "users_term", WANT_FLAG, .at = AT(users_raw), .words = users_words },
	{ "weights", WANT_CUSTOM, .read = read_weights },
	{ "normalize_over", WANT_WORD, .at = AT(over), .words = over_words },
	{ "max_users", WANT_NUMBER, .at = AT(max_users), .max = 1e15 },
	{ "max_interactions", WANT_NUMBER, .at = AT(max_interactions), .max = 1e15 },
	{ "days_denominator", WANT_CUSTOM, .read = read_days_denominator },
	{ "cap_components", WANT_BOOL, .at = AT(cap_components) },
	{ "event_types", WANT_CUSTOM, .read = read_event_types },
	{ "round", WANT_CUSTOM, .read = read_round },
};

static void
begin(void *params)
{
	*(struct op_engagement *)params = (struct op_engagement){
		.weight_users = 0.4,
		.weight_interactions = 0.3,
		.weight_days = 0.3,
		.cap_components = true,
		.round_digits = 4,
	};
}

/* A from_fits_fn. */
static bool
files_fit(const void *params, const struct schema *schema, char *why, size_t room)
{
	const struct op_engagement *e = params;

	return columns_fit(&engagement_want, schema, why, room) &&
	       (!e->n_event_types || columns_fit(&event_type_want, schema, why, room));
}

static bool
input_fits(const void *params, size_t at, const struct schema *schema, char *why, size_t room)
{
	(void)at;
	return schema_equal(schema, &schema_rollup) || files_fit(params, schema, why, room);
}

static void
end(struct yreader *r, struct draft_task *t)
{
	struct op_engagement *e = t->params;

	if (e->over == NORMALIZE_FIXED && !(e->max_users > 0 && e->max_interactions > 0))
		ykeys_say(r, t->key, E0611, NULL,
			  "task '%s': 'normalize_over: fixed' needs 'max_users' and "
			  "'max_interactions' above 0",
			  t->task.id);
	if (e->over != NORMALIZE_FIXED && (e->max_users > 0 || e->max_interactions > 0))
		ykeys_say(r, t->key, E0611, NULL,
			  "task '%s': 'max_users' and 'max_interactions' belong to "
			  "'normalize_over: fixed'",
			  t->task.id);
	t->window_days = 7;
	from_end(r, t, &e->from, files_fit);
}

/* What the score alone depends on, and what else those keys feed. */
static void
define_formula(struct definition *d, const struct op_engagement *p)
{
	const char *over = "engagement_score norm_max_users norm_max_interactions";

	define(d, "formula", "formula", "%s", formula_words[p->formula_text]);
	define(d, "users_term", "engagement_score norm_max_users", "%s", users_words[p->users_raw]);
	define_real(d, "weights.users", "engagement_score", p->weight_users);
	define_real(d, "weights.interactions", "engagement_score", p->weight_interactions);
	define_real(d, "weights.days", "engagement_score", p->weight_days);
	define(d, "normalize_over", over, "%s", over_words[p->over]);
	if (p->over == NORMALIZE_FIXED) {
		define_real(d, "max_users", over, p->max_users);
		define_real(d, "max_interactions", over, p->max_interactions);
	}
	if (p->days_denominator)
		define(d, "days_denominator", "engagement_score norm_days", "%d",
		       p->days_denominator);
	else
		define(d, "days_denominator", "engagement_score norm_days", "window");
	define(d, "cap_components", "engagement_score", "%s", p->cap_components ? "true" : "false");
	if (p->round_digits >= 0)
		define(d, "round", "engagement_score", "%d", p->round_digits);
	else
		define(d, "round", "engagement_score", "none");
}

static void
define_keys(struct definition *d, const struct task *task)
{
	const struct op_engagement *p = task->params;

	define_from(d, &p->from);
	define_formula(d, p);
	if (p->n_event_types)
		define_texts(d, "event_types", FEEDS_ROWS, p->event_types, p->n_event_types);
	else
		define(d, "event_types", FEEDS_ROWS, "*");
}

static const struct op_from *
from(const void *params)
{
	return &((const struct op_engagement *)params)->from;
}

const struct op_def op_def_engagement = {
	.kind = OP_ENGAGEMENT,
	.name = "score",
	.method = "engagement",
	.label = "score: engagement",
	.summary = "users, interactions and active days per tenant and feature, as one score",
	.rows = engagement_keys,
	.n_rows = countof(engagement_keys),
	.params_bytes = sizeof(struct op_engagement),
	.no_where = &schema_rollup,
	.from = from,
	.fixed = &schema_engagement,
	.begin = begin,
	.end = end,
	.input_fits = input_fits,
	.define = define_keys,
};
