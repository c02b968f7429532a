/*
 * op_adoption.c - which share of the tenants uses a feature, by size and plan.
 *
 * A tenant adopted when enough distinct users of it used the feature in the
 * window; the tenants and their sizes come from the dimension, so a tenant
 * without a single event counts too (reference/data.md 1.2).
 */
#include "worker/op.h"

#include "core/mem.h"
#include "worker/cohort.h"
#include "worker/intake.h"
#include "worker/outlet.h"
#include "worker/window.h"

#include <stdlib.h>
#include <string.h>

/* The columns of schema_adoption. */
enum {
	OUT_BUCKET,
	OUT_PLAN,
	OUT_TOTAL,
	OUT_ADOPTING,
	OUT_PCT,
	OUT_RANK,
	OUT_FEATURE,
	OUT_START,
	OUT_END,
};

enum { LABEL_CHARS = 48 };

struct adoption {
	const struct op_adoption *params;
	struct buf feature; /* rendered */
	struct window window;
	int event_type, feature_name, tenant, user, timestamp; /* columns of the events */
	struct dict tenants, users, user_texts;
	int64_t *user_counts; /* by code in tenants */
	size_t counts_room;
	int64_t read, filtered, dimension_rows;
	uint32_t *user_codes; /* of one batch */
	struct cohorts cohorts;
};

static enum err_code
find_columns(struct adoption *a, struct intake *in, struct err *err)
{
	enum err_code code = intake_need(in, "event_type", COL_STRING, &a->event_type, err);

	if (!code)
		code = intake_need(in, "feature_name", COL_STRING, &a->feature_name, err);
	if (!code)
		code = intake_need(in, "tenant_id", COL_INT64, &a->tenant, err);
	if (!code)
		code = intake_need(in, "user_id", -1, &a->user, err);
	if (!code)
		code = intake_need(in, "timestamp", COL_TIMESTAMP, &a->timestamp, err);
	return code;
}

static bool
text_is(const struct col *c, size_t at, struct span text)
{
	return c->valid[at] && span_equal(c->texts[at], text);
}

static bool
accept_row(const struct adoption *a, const struct batch *b, size_t at)
{
	const char *type = a->params->event_type;
	struct span feature = { a->feature.data, a->feature.bytes };

	return text_is(&b->cols[a->feature_name], at, feature) &&
	       (strcmp(type, "*") == 0 ||
		text_is(&b->cols[a->event_type], at, (struct span){ type, strlen(type) })) &&
	       b->cols[a->tenant].valid[at] && b->cols[a->user].valid[at] &&
	       window_day(&a->window, &b->cols[a->timestamp], at) >= 0;
}

/* Count a row's user for its tenant, if that is the first time. */
static void
count_user(struct adoption *a, const struct batch *b, size_t at)
{
	const struct col *user = &b->cols[a->user];
	int64_t tenant = b->cols[a->tenant].ints[at];
	int64_t id = col_is_text(user->type) ? (int64_t)a->user_codes[at] : user->ints[at];
	size_t known_tenants = a->tenants.count, known_users = a->users.count;
	uint32_t code = dict_code(&a->tenants, &tenant, sizeof(tenant));
	char key[sizeof(code) + sizeof(id)];

	if (a->tenants.count > known_tenants) {
		a->user_counts =
		    mem_grow(a->user_counts, known_tenants, &a->counts_room, sizeof(int64_t));
		a->user_counts[code] = 0;
	}
	memcpy(key, &code, sizeof(code));
	memcpy(key + sizeof(code), &id, sizeof(id));
	(void)dict_code(&a->users, key, sizeof(key));
	a->user_counts[code] += a->users.count > known_users;
}

static void
add_batch(struct adoption *a, const struct batch *b)
{
	a->read += (int64_t)b->rows;
	if (col_is_text(b->cols[a->user].type))
		col_codes(&b->cols[a->user], b->rows, &a->user_texts, a->user_codes);
	for (size_t at = 0; at < b->rows; at++) {
		if (accept_row(a, b, at))
			count_user(a, b, at);
		else
			a->filtered++;
	}
}

/* `size` NULL: nobody knows; then only the absolute number counts. */
static bool
is_adopter(const struct adoption *a, int64_t tenant, const int64_t *size)
{
	const struct op_adoption *p = a->params;
	uint32_t code;
	int64_t users;

	if (!dict_find(&a->tenants, &tenant, sizeof(tenant), &code))
		return false;
	users = a->user_counts[code];
	return users >= p->min_users &&
	       (p->min_share <= 0 || !size || (double)users >= p->min_share * (double)*size);
}

/* Put the tenants of the dimension into their cohorts. */
static enum err_code
read_tenants(struct adoption *a, struct intake *in, struct err *err)
{
	enum err_code code;
	const struct batch *b = NULL;
	int tenant = -1, plan = -1, size = -1;

	code = intake_need(in, "tenant_id", COL_INT64, &tenant, err);
	if (!code)
		code = intake_need(in, "plan", COL_STRING, &plan, err);
	if (!code)
		code = intake_need(in, "active_users", COL_INT64, &size, err);
	while (!code && !(code = intake_next(in, &b, err)) && b) {
		a->dimension_rows += (int64_t)b->rows;
		for (size_t at = 0; at < b->rows; at++) {
			const struct col *sizes = &b->cols[size];
			const int64_t *users = sizes->valid[at] ? &sizes->ints[at] : NULL;
			int64_t id = b->cols[tenant].ints[at];

			if (b->cols[tenant].valid[at] && b->cols[plan].valid[at])
				cohorts_add(&a->cohorts, id, b->cols[plan].texts[at], users,
					    is_adopter(a, id, users));
		}
	}
	return code;
}

static void
put_cohort(const struct adoption *a, const struct cohort *c, struct batch *b,
	   char label[LABEL_CHARS])
{
	const char *plan = a->params->plans[c->plan];
	size_t at = b->rows - 1;

	cohort_label(a->params, c->bucket, label, LABEL_CHARS);
	for (size_t i = 0; i < b->schema->count; i++)
		b->cols[i].valid[at] = true;
	b->cols[OUT_BUCKET].texts[at] = (struct span){ label, strlen(label) };
	b->cols[OUT_PLAN].texts[at] = (struct span){ plan, strlen(plan) };
	b->cols[OUT_TOTAL].ints[at] = c->total;
	b->cols[OUT_ADOPTING].ints[at] = c->adopting;
	b->cols[OUT_PCT].valid[at] = c->total > 0;
	b->cols[OUT_PCT].reals[at] = (double)c->pct_hundredths / 100;
	b->cols[OUT_RANK].ints[at] = c->rank;
	b->cols[OUT_FEATURE].texts[at] = (struct span){ a->feature.data, a->feature.bytes };
	b->cols[OUT_START].ints[at] = a->window.first;
	b->cols[OUT_END].ints[at] = a->window.last;
}

static enum err_code
write_cohorts(struct adoption *a, struct outlet *o, struct err *err)
{
	char(*labels)[LABEL_CHARS];
	enum err_code code = ERR_NONE;
	struct batch b;

	if (!schema_equal(outlet_schema(o), &schema_adoption))
		return err_set(err, ERR_INPUT, "score: the output has other columns than adoption");
	cohorts_rank(&a->cohorts);
	labels = mem_new(a->cohorts.count, sizeof(*labels));
	batch_init(&b, &schema_adoption, NULL);
	for (size_t i = 0; i < a->cohorts.count && !code; i++) {
		if (!batch_push(&b, (int64_t)i + 1)) {
			code = outlet_add(o, &b, NULL, b.rows, err);
			batch_reset(&b);
			(void)batch_push(&b, (int64_t)i + 1);
		}
		put_cohort(a, &a->cohorts.items[i], &b, labels[i]);
	}
	if (!code)
		code = outlet_add(o, &b, NULL, b.rows, err);
	batch_release(&b);
	free(labels);
	return code;
}

static enum err_code
score(struct adoption *a, struct op_ctx *ctx, struct intake *events, struct intake *tenants,
      struct err *err)
{
	enum err_code code = find_columns(a, events, err);
	const struct batch *b = NULL;

	while (!code && !(code = intake_next(events, &b, err)) && b)
		add_batch(a, b);
	if (!code)
		code = read_tenants(a, tenants, err);
	op_count(ctx, "read", a->read);
	op_count(ctx, "filtered", a->filtered);
	op_count(ctx, "aggregated", a->read - a->filtered);
	op_count(ctx, "dimension_rows", a->dimension_rows);
	op_log("read %lld rows, %lld of them use '%s', from %zu tenants; the dimension has %lld",
	       (long long)a->read, (long long)(a->read - a->filtered), a->feature.data,
	       a->tenants.count, (long long)a->dimension_rows);
	return code;
}

static enum err_code
init(struct adoption *a, const struct op_ctx *ctx, struct err *err)
{
	struct run_vars vars = spec_vars(ctx->spec);

	*a = (struct adoption){ .params = &ctx->task->adoption };
	a->window = window_of(ctx->spec->start_us, ctx->task->inputs[0].days);
	buf_init(&a->feature, 64 << 10);
	dict_init(&a->tenants);
	dict_init(&a->users);
	dict_init(&a->user_texts);
	a->user_codes = mem_new(BATCH_ROWS_MAX, sizeof(*a->user_codes));
	cohorts_init(&a->cohorts, a->params);
	return template_render(a->params->feature, &vars, &a->feature, err);
}

static void
release(struct adoption *a)
{
	buf_release(&a->feature);
	dict_release(&a->tenants);
	dict_release(&a->users);
	dict_release(&a->user_texts);
	cohorts_release(&a->cohorts);
	free(a->user_counts);
	free(a->user_codes);
}

static enum err_code
run(struct op_ctx *ctx, struct err *err)
{
	struct manifest m = { 0 };
	struct intake *events = NULL, *tenants = NULL;
	struct outlet *o = NULL;
	struct adoption a;
	enum err_code code = init(&a, ctx, err);

	if (!code)
		code = intake_open(&events, ctx, ctx->task->inputs[0].dataset, err);
	if (!code)
		code = intake_open(&tenants, ctx, a.params->dimension, err);
	if (!code)
		code = outlet_open(&o, ctx, err);
	if (!code)
		code = score(&a, ctx, events, tenants, err);
	if (!code)
		code = write_cohorts(&a, o, err);
	if (!code) {
		intake_record(events, &m);
		intake_record(tenants, &m);
		code = outlet_finish(o, &m, err);
	}
	manifest_release(&m);
	outlet_close(o);
	intake_close(tenants);
	intake_close(events);
	release(&a);
	return code;
}

const struct op op_adoption = {
	.name = "score: adoption",
	.summary = "the share of tenants that use a feature, by size bucket and plan",
	.run = run,
};
