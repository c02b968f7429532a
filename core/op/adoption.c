/* adoption.c - the keys of operator score, method adoption. */
#include "core/op/adoption.h"

#include "core/op/columns.h"
#include "core/op/op.h"
#include "core/op/rollup.h"

#define AT(field) offsetof(struct op_adoption, field)

static const double count_max = 1e15; /* whole numbers up to here are exact in a double */

static const char *const rank_words[] = { "rank", "dense_rank", "row_number", NULL };
static const char *const grain_words[] = { "tenant_plan", "tenant", NULL };
static const char *const null_bucket_words[] = { "unknown", "compat", NULL };

static const struct column adoption_written[] = {
	{ "size_bucket", COL_STRING },   { "plan", COL_STRING },
	{ "total_tenants", COL_INT64 },  { "adopting_tenants", COL_INT64 },
	{ "adoption_pct", COL_FLOAT64 }, { "plan_rank", COL_INT64 },
	{ "feature_name", COL_STRING },  { "window_start", COL_DATE },
	{ "window_end", COL_DATE },
};

const struct schema schema_adoption = { adoption_written, countof(adoption_written) };

/* What it wants of events. */
static const struct column adoption_columns[] = {
	{ "tenant_id", COL_INT64 },   { "feature_name", COL_STRING },
	{ "event_type", COL_STRING }, { "timestamp", COL_TIMESTAMP },
	{ "user_id", COL_ANY },
};

static const struct schema adoption_want = { adoption_columns, countof(adoption_columns) };

static const struct column dimension_columns[] = {
	{ "tenant_id", COL_INT64 },
	{ "plan", COL_STRING },
	{ "active_users", COL_INT64 },
};

static const struct schema dimension_want = { dimension_columns, countof(dimension_columns) };

static const struct key min_users_keys[] = {
	{ "absolute", WANT_INT64, .at = AT(min_users), .max = 1e15 },
	{ "share_of_active", WANT_SHARE, .at = AT(min_share) },
};

static void
read_min_users(struct yreader *r, const struct key *row, const struct ynode *key, void *base)
{
	struct op_adoption *a = base;
	struct keyset set = KEYSET(min_users_keys, base);

	if (key->value->kind == YNODE_MAP)
		(void)ykeys_read(r, key, key->value, "'min_users'", &set, 1);
	else
		(void)ykeys_int(r, key->value, row->name, 0, (int64_t)count_max, &a->min_users);
}

static void
read_buckets(struct yreader *r, const struct key *row, const struct ynode *key, void *base)
{
	struct op_adoption *a = base;
	const struct ynode *value = key->value;
	int64_t *edges;
	size_t n = 0;

	if (value->broken)
		return;
	if (value->kind != YNODE_LIST || value->count == 0 || value->count > 100) {
		ykeys_say(r, value, E0612, NULL,
			  "'buckets' has to be a list of 1 to 100 upper edges");
		return;
	}
	edges = arena_get(r->arena, value->count * sizeof(*edges));
	for (const struct ynode *i = value->first; i; i = i->next) {
		if (!ykeys_int(r, i, row->name, 0, (int64_t)count_max, &edges[n]))
			return;
		if (n > 0 && edges[n] <= edges[n - 1]) {
			ykeys_say(r, i, E0612, NULL, "the edges of 'buckets' have to rise");
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
	(void)row;
	((struct op_adoption *)base)->dimension = arena_str(r->arena, ykeys_scalar(r, key));
}

static const struct key adoption_keys[] = {
	KEY_ELSEWHERE("method"),
	{ "input", WANT_CUSTOM, .read = draft_read_input },
	{ "from", WANT_CUSTOM, .at = AT(from), .read = from_read },
	{ "dedup", WANT_CUSTOM, .read = from_refuse_dedup },
	{ "dimension", WANT_CUSTOM, .required = true, .read = read_dimension },
	{ "feature", WANT_TEMPLATE, .required = true, .at = AT(feature) },
	DRAFT_WINDOW_KEYS,
	{ "where", WANT_CUSTOM, .read = draft_read_where },
	{ "output", WANT_CUSTOM, .required = true, .read = draft_read_output },
	{ "event_type", WANT_TEXT, .at = AT(event_type) },
	{ "min_users", WANT_CUSTOM, .read = read_min_users },
	{ "plans", WANT_TEXTS, .at = AT(plans), .count_at = AT(n_plans) },
	{ "buckets", WANT_CUSTOM, .read = read_buckets },
	{ "include_empty_buckets", WANT_BOOL, .at = AT(include_empty_buckets) },
	{ "null_bucket", WANT_FLAG, .at = AT(null_bucket_compat), .words = null_bucket_words },
	{ "rank", WANT_WORD, .at = AT(rank), .words = rank_words },
	{ "tenant_grain", WANT_WORD, .at = AT(tenant_grain), .words = grain_words },
};

static void
begin(void *params)
{
	static const char *const plans[] = { "premium", "enterprise" };
	static const int64_t buckets[] = { 10, 50, 200, 1000 };

	*(struct op_adoption *)params = (struct op_adoption){
		.event_type = "feature_used",
		.min_users = 5,
		.plans = plans,
		.n_plans = countof(plans),
		.buckets = buckets,
		.n_buckets = countof(buckets),
	};
}

/* A from_fits_fn. */
static bool
files_fit(const void *params, const struct schema *schema, char *why, size_t room)
{
	(void)params;
	return columns_fit(&adoption_want, schema, why, room);
}

static bool
input_fits(const void *params, size_t at, const struct schema *schema, char *why, size_t room)
{
	const struct op_adoption *a = params;

	/* The dimension comes after the events, if those are a dataset. */
	if (at == (a->from.days ? 0 : 1))
		return columns_fit(&dimension_want, schema, why, room);
	return schema_equal(schema, &schema_rollup) || files_fit(params, schema, why, room);
}

static void
end(struct yreader *r, struct draft_task *t)
{
	struct op_adoption *a = t->params;

	t->window_days = 30;
	from_end(r, t, &a->from, files_fit);
	if (a->dimension)
		draft_add_input(r, t, a->dimension, ynode_get(t->key->value, "dimension"))
		    ->in.partitioned = false;
}

static void
define_keys(struct definition *d, const struct task *task)
{
	const char *adopters = "adopting_tenants adoption_pct plan_rank";
	const struct op_adoption *p = task->params;
	struct buf edges;
	char share[SHARE_CHARS] = "";

	define_from(d, &p->from);
	define_template(d, "feature", FEEDS_ROWS, p->feature);
	define(d, "event_type", FEEDS_ROWS, "%s", p->event_type);
	define_texts(d, "plans", FEEDS_ROWS, p->plans, p->n_plans);
	buf_init(&edges, SIZE_MAX);
	for (size_t i = 0; i < p->n_buckets; i++)
		buf_format(&edges, "%s%lld", i ? ", " : "", (long long)p->buckets[i]);
	define(d, "buckets", FEEDS_ROWS, "%s", edges.data ? edges.data : "");
	buf_release(&edges);
	define(d, "include_empty_buckets", FEEDS_ROWS, "%s",
	       p->include_empty_buckets ? "true" : "false");
	define(d, "null_bucket", FEEDS_ROWS, "%s", p->null_bucket_compat ? "compat" : "unknown");
	define(d, "min_users", adopters, "%lld", (long long)p->min_users);
	if (p->min_share.of)
		share_format(p->min_share, share);
	define(d, "min_users.share_of_active", adopters, "%s", share);
	define(d, "rank", "plan_rank", "%d", (int)p->rank);
	define(d, "tenant_grain", FEEDS_ROWS, "%s", grain_words[p->tenant_grain]);
}

static const struct op_from *
from(const void *params)
{
	return &((const struct op_adoption *)params)->from;
}

const struct op_def op_def_adoption = {
	.kind = OP_ADOPTION,
	.name = "score",
	.method = "adoption",
	.label = "score: adoption",
	.summary = "the share of tenants that use a feature, by size bucket and plan",
	.rows = adoption_keys,
	.n_rows = countof(adoption_keys),
	.params_bytes = sizeof(struct op_adoption),
	.no_where = &schema_rollup,
	.from = from,
	.fixed = &schema_adoption,
	.begin = begin,
	.end = end,
	.input_fits = input_fits,
	.define = define_keys,
};
