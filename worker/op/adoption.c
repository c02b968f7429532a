/*
 * adoption.c - which share of the tenants uses a feature, by size and plan.
 *
 * A tenant adopted when enough distinct users of it used the feature in the
 * window; the tenants and their sizes come from the dimension, so a tenant
 * without a single event counts too (docs/MATH.md 2).
 */
#include "worker/op/op.h"

#include "core/time/grid.h"
#include "core/op/adoption.h"
#include "core/lake/lake.h"
#include "core/base/mem.h"
#include "worker/rows/budget.h"
#include "worker/score/cohort.h"
#include "worker/rows/crew.h"
#include "worker/keys/dedup.h"
#include "worker/attempt/intake.h"
#include "worker/attempt/outlet.h"
#include "worker/keys/textset.h"
#include "worker/keys/usage.h"
#include "worker/keys/window.h"

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

enum { LABEL_CHARS = 48, USES_SHARE = 16 };

/* What one lane has for itself. */
struct adoption_lane {
	struct textset features, types;
	bool *is_feature, *is_type; /* of one batch */
	uint32_t *rows;             /* that count */
	uint8_t *fates;
	int64_t read, used, duplicates;
};

struct adoption {
	const struct op_adoption *params;
	struct buf feature; /* rendered */
	struct day_window window;
	int event_type, feature_name, tenant, user, day; /* columns of the events; -1: not read */
	bool is_date; /* the day is a date, as in a rollup; else a timestamp */
	struct reader_hint hints[3];
	struct dedup *dedup; /* of the files; NULL: every row counts */
	struct usage *usage;
	int n_lanes;
	struct adoption_lane lanes[CREW_LANES_MAX];
	int64_t dimension_rows;
	struct cohorts cohorts;
};

static bool
any_type(const struct adoption *a)
{
	return strcmp(a->params->event_type, "*") == 0;
}

/* Where the day of a row is: its event time, or the date of a rollup. */
static enum err_code
find_day(struct adoption *a, struct intake *in, struct err *err)
{
	a->is_date = schema_find(intake_schema(in), "timestamp") < 0 &&
		     schema_find(intake_schema(in), "event_date") >= 0;
	if (a->is_date)
		return intake_need(in, "event_date", COL_DATE, &a->day, err);
	return intake_need_day(in, "timestamp", &a->day, err);
}

static enum err_code
find_columns(struct adoption *a, struct intake *in, struct err *err)
{
	enum err_code code;

	code = intake_need(in, "feature_name", COL_STRING, &a->feature_name, err);
	if (!code && !any_type(a))
		code = intake_need(in, "event_type", COL_STRING, &a->event_type, err);
	if (!code)
		code = intake_need(in, "tenant_id", COL_INT64, &a->tenant, err);
	if (!code)
		code = intake_need(in, "user_id", -1, &a->user, err);
	return code ? code : find_day(a, in, err);
}

/* Tell the reader which rows may count. */
static void
give_hints(struct adoption *a, struct intake *in)
{
	const char *type = a->params->event_type;
	int64_t first = a->window.first, last = a->window.last;

	a->hints[0] = (struct reader_hint){ .column = (size_t)a->feature_name,
					    .is_text = true,
					    .text = { a->feature.data, a->feature.bytes } };
	a->hints[1] = (struct reader_hint){ .column = (size_t)a->day,
					    .min = a->is_date ? first : a->window.from_us,
					    .max = a->is_date ? last : a->window.to_us - 1 };
	intake_hint(in, &a->hints[0]);
	intake_hint(in, &a->hints[1]);
	if (any_type(a))
		return;
	a->hints[2] = (struct reader_hint){ .column = (size_t)a->event_type,
					    .is_text = true,
					    .text = { type, strlen(type) } };
	intake_hint(in, &a->hints[2]);
}

/* ---- events ---- */

static bool
is_in_window(const struct adoption *a, const struct col *c, size_t at)
{
	if (!a->is_date)
		return window_day(&a->window, c, at) >= 0;
	return c->valid[at] && col_int(c, at) >= a->window.first &&
	       col_int(c, at) <= a->window.last;
}

/* Take the rows out that are copies of others; *n: how many there are, and are left. */
static enum err_code
drop_copies(const struct adoption *a, struct adoption_lane *l, const struct intake_part *part,
	    const struct batch *b, size_t *n, struct err *err)
{
	size_t kept = 0, uncopied;
	enum err_code code = dedup_fates(a->dedup, part->number, part->row, b->rows, l->fates,
					 &uncopied, err);

	if (code)
		err_wrap(err, "read '%s'", part->file);
	if (code || uncopied == b->rows)
		return code;
	for (size_t i = 0; i < b->rows; i++)
		l->duplicates += l->fates[i] == FATE_DUPLICATE;
	for (size_t i = 0; i < *n; i++) {
		l->rows[kept] = l->rows[i];
		kept += l->fates[l->rows[i]] != FATE_DUPLICATE;
	}
	*n = kept;
	return ERR_NONE;
}

/* The rows of a batch that count, into l->rows. */
static size_t
pick_rows(const struct adoption *a, struct adoption_lane *l, const struct batch *b)
{
	const struct col *tenant = &b->cols[a->tenant], *user = &b->cols[a->user];
	size_t n = 0, kept = 0;

	textset_read(&l->features, b, (size_t)a->feature_name, l->is_feature);
	if (!any_type(a))
		textset_read(&l->types, b, (size_t)a->event_type, l->is_type);
	for (size_t i = 0; i < b->rows; i++) {
		l->rows[n] = (uint32_t)i;
		n += l->is_feature[i] & l->is_type[i];
	}
	for (size_t i = 0; i < n; i++) {
		uint32_t row = l->rows[i];

		l->rows[kept] = row;
		kept += tenant->valid[row] && user->valid[row] &&
			is_in_window(a, &b->cols[a->day], row);
	}
	return kept;
}

/* An intake_batch_fn: count the users of a batch. */
static enum err_code
take_batch(void *arg, const struct intake_part *part, const struct batch *b, struct err *err)
{
	struct adoption *a = arg;
	struct adoption_lane *l = &a->lanes[part->lane];
	size_t n = pick_rows(a, l, b);
	enum err_code code = a->dedup ? drop_copies(a, l, part, b, &n, err) : ERR_NONE;

	if (code)
		return code;
	usage_add(a->usage, part->lane, &b->cols[a->tenant], &b->cols[a->user], l->rows, n);
	l->read += (int64_t)b->rows;
	l->used += (int64_t)n;
	return ERR_NONE;
}

/* An intake_batch_fn: find the copies among the rows of files. */
static enum err_code
see_keys(void *arg, const struct intake_part *part, const struct batch *b, struct err *err)
{
	struct adoption *a = arg;
	bool *is_inside = a->lanes[part->lane].is_feature;
	const struct dedup_place place = {
		.lane = part->lane, .part = part->number, .row = part->row, .takes_part = is_inside
	};

	for (size_t i = 0; i < b->rows; i++)
		is_inside[i] = is_in_window(a, &b->cols[a->day], i);
	return dedup_add(a->dedup, &place, b, err);
}

/*
 * The files may hold an event twice: which rows are the first with their key?  Among
 * those in the window, whatever else they are: the first may be one that does not count.
 */
static enum err_code
find_copies(struct adoption *a, const struct op_ctx *ctx, struct intake *in, const char *dir,
	    struct err *err)
{
	const struct op_from *from = &a->params->from;
	int *key = mem_new(from->n_dedup, sizeof(*key));
	struct dedup_options options = { .schema = intake_schema(in),
					 .key = key,
					 .n_key = from->n_dedup,
					 .order_by = -1,
					 .received_at = -1,
					 .source_file = -1,
					 .row = -1,
					 .lanes = a->n_lanes,
					 .rows = intake_rows_about(in),
					 .memory_bytes = budget_spare(ctx->spec->memory_bytes),
					 .dir = dir };
	enum err_code code = find_day(a, in, err);

	for (size_t i = 0; i < from->n_dedup && !code; i++)
		code = intake_need(in, from->dedup[i], -1, &key[i], err);
	if (!code)
		code = dedup_open(&a->dedup, &options, err);
	if (!code)
		code = intake_scan(in, a->n_lanes, see_keys, a, err);
	if (!code)
		code = dedup_settle(a->dedup, err);
	intake_rewind(in);
	free(key);
	return code;
}

/* The second scan of files has to have seen the rows of the first, all of them. */
static enum err_code
check_copies(const struct adoption *a, struct err *err)
{
	int64_t rows = 0;

	for (int i = 0; i < a->n_lanes; i++)
		rows += a->lanes[i].read;
	return dedup_seen_all(a->dedup, rows, err);
}

static enum err_code
count_users(struct adoption *a, struct op_ctx *ctx, struct intake *in, const char *dir,
	    struct err *err)
{
	size_t fates_bytes = a->dedup ? dedup_bytes(a->dedup) : 0;
	struct usage_options options = { .lanes = a->n_lanes,
					 .memory_bytes = budget_spare(ctx->spec->memory_bytes) -
							 fates_bytes,
					 .dir = dir };
	int64_t rows = intake_rows_about(in);
	enum err_code code;

	code = find_columns(a, in, err);
	if (code)
		return code;
	/* Where a row stands among all has to stay the same in both scans. */
	if (!a->dedup)
		give_hints(a, in);
	options.user = intake_schema(in)->columns[a->user].type;
	options.rows = rows < 0 ? -1 : rows / USES_SHARE;
	code = usage_open(&a->usage, &options, err);
	if (!code)
		code = intake_scan(in, a->n_lanes, take_batch, a, err);
	if (!code && a->dedup)
		code = check_copies(a, err);
	return code ? code : usage_settle(a->usage, err);
}

/* ---- tenants ---- */

/* `size` NULL: nobody knows; then only the absolute number counts. */
static bool
is_adopter(const struct adoption *a, int64_t tenant, const int64_t *size)
{
	const struct op_adoption *p = a->params;
	int64_t users = usage_users(a->usage, tenant);

	return users > 0 && users >= p->min_users &&
	       (!p->min_share.of || !size || share_compare(users, p->min_share, *size) >= 0);
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
			int64_t known = sizes->valid[at] ? col_int(sizes, at) : 0;
			const int64_t *users = sizes->valid[at] ? &known : NULL;
			int64_t id = col_int(&b->cols[tenant], at);

			if (b->cols[tenant].valid[at] && b->cols[plan].valid[at])
				cohorts_add(&a->cohorts, id, col_text(&b->cols[plan], at), users,
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

/* Rows that the reader could leave out were not read, but do count as filtered. */
static void
count_rows(const struct adoption *a, struct op_ctx *ctx, const struct intake *events)
{
	int64_t read = 0, used = 0, duplicates = 0, all = intake_rows(events);

	for (int i = 0; i < a->n_lanes; i++) {
		read += a->lanes[i].read;
		used += a->lanes[i].used;
		duplicates += a->lanes[i].duplicates;
	}
	if (all > read)
		read = all;
	op_count(ctx, "read", read);
	op_count(ctx, "filtered", read - used - duplicates);
	if (a->dedup)
		op_count(ctx, "duplicates", duplicates);
	if (a->dedup && dedup_counts(a->dedup).null_keys)
		op_count(ctx, "null_keys", dedup_counts(a->dedup).null_keys);
	op_count(ctx, "aggregated", used);
	op_count(ctx, "dimension_rows", a->dimension_rows);
	op_log("read %lld rows, %lld of them use '%s', from %zu tenants; the dimension has %lld",
	       (long long)read, (long long)used, a->feature.data, usage_tenants(a->usage),
	       (long long)a->dimension_rows);
}

static enum err_code
score(struct adoption *a, struct op_ctx *ctx, struct intake *events, struct intake *tenants,
      struct err *err)
{
	const struct spec *spec = ctx->spec;
	enum err_code code = ERR_NONE;
	struct buf dir;

	buf_init(&dir, SIZE_MAX);
	lake_staging(spec->outputs[spec->n_outputs - 1].path, spec->attempt, &dir);
	if (a->params->from.n_dedup)
		code = find_copies(a, ctx, events, dir.data, err);
	if (!code)
		code = count_users(a, ctx, events, dir.data, err);
	if (!code)
		code = read_tenants(a, tenants, err);
	if (!code)
		count_rows(a, ctx, events);
	buf_release(&dir);
	return code;
}

static void
init_lane(struct adoption_lane *l, const struct adoption *a)
{
	const char *feature = a->feature.data;

	textset_init(&l->features, &feature, 1);
	textset_init(&l->types, &a->params->event_type, 1);
	l->is_feature = mem_new(BATCH_ROWS_MAX, sizeof(*l->is_feature));
	l->is_type = mem_new(BATCH_ROWS_MAX, sizeof(*l->is_type));
	memset(l->is_type, true, BATCH_ROWS_MAX);
	l->rows = mem_new(BATCH_ROWS_MAX, sizeof(*l->rows));
	l->fates = mem_new(BATCH_ROWS_MAX, sizeof(*l->fates));
}

static void
release_lane(struct adoption_lane *l)
{
	textset_release(&l->features);
	textset_release(&l->types);
	free(l->is_feature);
	free(l->is_type);
	free(l->rows);
	free(l->fates);
}

static enum err_code
init(struct adoption *a, const struct op_ctx *ctx, struct err *err)
{
	const struct op_adoption *params = ctx->task->params;
	struct run_vars vars = spec_vars(ctx->spec);
	enum err_code code;

	*a = (struct adoption){ .params = params, .n_lanes = crew_lanes() };
	buf_init(&a->feature, 64 << 10);
	cohorts_init(&a->cohorts, params);
	code = window_of(&a->window, ctx->spec,
			 params->from.path ? NULL : ctx->task->inputs[0].dataset, params->from.days,
			 err);
	if (!code)
		code = template_render(params->feature, &vars, &a->feature, err);
	for (int i = 0; i < a->n_lanes && !code; i++)
		init_lane(&a->lanes[i], a);
	return code;
}

static void
release(struct adoption *a)
{
	dedup_close(a->dedup);
	usage_close(a->usage);
	for (int i = 0; i < a->n_lanes; i++)
		release_lane(&a->lanes[i]);
	buf_release(&a->feature);
	window_close(&a->window);
	cohorts_release(&a->cohorts);
}

static enum err_code
open_events(struct intake **out, struct op_ctx *ctx, struct err *err)
{
	const struct op_from *from = &((const struct op_adoption *)ctx->task->params)->from;

	return from->path ? intake_open_files(out, ctx, from, err)
			  : intake_open(out, ctx, ctx->task->inputs[0].dataset, err);
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
		code = open_events(&events, ctx, err);
	if (!code)
		code = intake_where(events, err);
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

const struct op op_adoption = { .run = run };
