/*
 * engagement.c - how much each tenant uses each feature, as one number.
 *
 * Reads events, from a dataset or from files, or daily rollups of them
 * (docs/MATH.md 3); what comes out is the same.  Rollups are sorted, so that
 * those of a few days are merged; events, and rollups of many days, are counted in any order.
 */
#include "worker/op/op.h"

#include "core/time/grid.h"
#include "core/op/engagement.h"
#include "core/op/rollup.h"
#include "core/lake/lake.h"
#include "core/base/mem.h"
#include "core/base/size.h"
#include "worker/rows/budget.h"
#include "worker/score/census.h"
#include "worker/rows/crew.h"
#include "worker/score/rollup.h"

#include <stdlib.h>
#include <string.h>

struct engagement {
	struct op_ctx *ctx;
	const struct op_engagement *params;
	struct day_window window;
	const char *dataset; /* NULL: files */
	struct buf scratch;  /* where goes what does not fit into memory */
	struct reader_hint hint;
	struct score_table table;
	struct census_counts counts;
	int64_t spilled_bytes;
};

/* The schema of the input; NULL: it is files. */
static const struct schema *
input_schema(const struct engagement *e)
{
	const struct spec *spec = e->ctx->spec;

	for (size_t i = 0; i < spec->n_inputs && e->dataset; i++)
		if (strcmp(spec->inputs[i].dataset, e->dataset) == 0)
			return &spec->inputs[i].schema;
	return NULL;
}

static bool
is_rollup(const struct engagement *e)
{
	const struct schema *schema = input_schema(e);

	return schema && schema_equal(schema, &schema_rollup);
}

/* What is left for cursors beside the groups. */
static size_t
cursor_bytes(const struct engagement *e)
{
	size_t spare = budget_spare(e->ctx->spec->memory_bytes);

	return spare - budget_answer(spare);
}

/* Is each part of the input a day that the score counts, all of it? */
static bool
is_of_days(const struct engagement *e)
{
	const struct spec *spec = e->ctx->spec;

	for (size_t i = 0; i < spec->n_inputs; i++) {
		const struct spec_input *in = &spec->inputs[i];

		if (strcmp(in->dataset, e->dataset) == 0 &&
		    (in->cut || in->whole || !grid_is(in->grid, e->window.days)))
			return false;
	}
	return true;
}

/* Rollups of so few days that a cursor for each fits into memory. */
static bool
can_merge(const struct engagement *e)
{
	int64_t days = e->window.last - e->window.first + 1;

	return is_rollup(e) && is_of_days(e) && days <= ROLLUP_DAYS_MAX &&
	       (size_t)days * ROLLUP_CURSOR_BYTES <= cursor_bytes(e);
}

/* Two lanes have twice as many cursors. */
static int
merge_lanes(const struct engagement *e)
{
	size_t bytes = (size_t)(e->window.last - e->window.first + 1) * ROLLUP_CURSOR_BYTES;

	return 2 * bytes <= cursor_bytes(e) ? crew_lanes() : 1;
}

/* ---- events ---- */

/* Ask for the columns of events. */
static enum err_code
need_events(struct engagement *e, struct intake *in, struct census_options *o, struct err *err)
{
	enum err_code code = intake_need(in, "event_id", -1, &o->event_id, err);

	if (!code)
		code = intake_need_day(in, "timestamp", &o->timestamp, err);
	if (code)
		return code;
	o->count = -1;
	if (e->dataset)
		return ERR_NONE;
	/* The days of a dataset are its partitions; files may hold anything. */
	e->hint = (struct reader_hint){ .column = (size_t)o->timestamp,
					.min = e->window.from_us,
					.max = e->window.to_us - 1 };
	intake_hint(in, &e->hint);
	return ERR_NONE;
}

/* Ask for the columns of rollups. */
static enum err_code
need_rollups(struct intake *in, struct census_options *o, struct err *err)
{
	enum err_code code = intake_need(in, "event_date", COL_DATE, &o->date, err);

	o->timestamp = o->event_id = -1;
	return code ? code : intake_need(in, "interaction_count", COL_INT64, &o->count, err);
}

static enum err_code
need_columns(struct engagement *e, struct intake *in, struct census_options *o, int *dedup,
	     struct err *err)
{
	const struct op_from *from = &e->params->from;
	enum err_code code = intake_need(in, "tenant_id", COL_INT64, &o->tenant, err);

	if (!code)
		code = intake_need(in, "feature_name", COL_STRING, &o->feature, err);
	if (!code)
		code = intake_need(in, "user_id", -1, &o->user, err);
	if (!code && e->params->n_event_types)
		code = intake_need(in, "event_type", COL_STRING, &o->event_type, err);
	if (!code)
		code = is_rollup(e) ? need_rollups(in, o, err) : need_events(e, in, o, err);
	for (size_t i = 0; i < o->n_dedup && !code; i++)
		code = intake_need(in, from->dedup[i], -1, &dedup[i], err);
	return code;
}

/* Count rows that come in any order. */
static enum err_code
count_rows(struct engagement *e, struct intake *in, struct outlet *o, struct err *err)
{
	const struct op_from *from = &e->params->from;
	size_t spare = budget_spare(e->ctx->spec->memory_bytes), answer = budget_answer(spare);
	int *dedup = mem_new(from->n_dedup, sizeof(*dedup));
	struct census_options options = { .schema = intake_schema(in),
					  .event_types = e->params->event_types,
					  .n_event_types = e->params->n_event_types,
					  .dedup = dedup,
					  .n_dedup = e->dataset ? 0 : from->n_dedup,
					  .window = e->window,
					  .lanes = crew_lanes(),
					  .rows = intake_rows_about(in),
					  .memory_bytes = spare - answer,
					  .answer_bytes = answer,
					  .limit_bytes = e->ctx->spec->memory_bytes,
					  .dir = e->scratch.data };
	struct census *census = NULL;
	enum err_code code = need_columns(e, in, &options, dedup, err);

	if (!code)
		code = census_open(&census, &options, err);
	if (!code)
		code = intake_scan(in, options.lanes, census_add, census, err);
	if (!code)
		code = census_finish(census, &e->table, err);
	if (!code) {
		e->counts = census_counts(census);
		e->spilled_bytes = census_spilled_bytes(census);
		code = engagement_write(&e->table, e->params, &e->window, o, err);
	}
	census_close(census);
	free(dedup);
	return code;
}

static enum err_code
score_rows(struct engagement *e, struct outlet *o, struct manifest *m, struct err *err)
{
	struct intake *in = NULL;
	enum err_code code = e->dataset ? intake_open(&in, e->ctx, e->dataset, err)
					: intake_open_files(&in, e->ctx, &e->params->from, err);

	if (!code)
		code = intake_where(in, err);
	if (!code)
		code = count_rows(e, in, o, err);
	if (!code)
		intake_record(in, m);
	intake_close(in);
	return code;
}

/* ---- rollups ---- */

/* *mixed: they are not of one day each, and nothing was written. */
static enum err_code
merge_rollups(struct engagement *e, struct outlet *o, struct manifest *m, bool *mixed,
	      struct err *err)
{
	const struct rollup_options options = { .ctx = e->ctx,
						.dataset = e->dataset,
						.window = e->window,
						.event_types = e->params->event_types,
						.n_event_types = e->params->n_event_types,
						.lanes = merge_lanes(e),
						.answer_bytes = budget_answer(
						    budget_spare(e->ctx->spec->memory_bytes)),
						.limit_bytes = e->ctx->spec->memory_bytes };
	struct rollup *r = NULL;
	enum err_code code = rollup_open(&r, &options, err);

	if (!code)
		code = rollup_merge(r, &e->table, mixed, err);
	if (!code && !*mixed) {
		const struct rollup_counts counts = rollup_counts(r);

		e->counts = (struct census_counts){ .read = counts.read,
						    .filtered = counts.filtered,
						    .aggregated = counts.read - counts.filtered };
		rollup_record(r, m);
		code = engagement_write(&e->table, e->params, &e->window, o, err);
	}
	rollup_close(r);
	return code;
}

/* Rollups that lie side by side are merged, unless they hold rows of other days. */
static enum err_code
score_input(struct engagement *e, struct outlet *o, struct manifest *m, struct err *err)
{
	enum err_code code;
	bool mixed = false;

	if (!can_merge(e))
		return score_rows(e, o, m, err);
	code = merge_rollups(e, o, m, &mixed, err);
	if (code || !mixed)
		return code;
	op_log("the rollups hold rows of other days than their own: counted row by row");
	return score_rows(e, o, m, err);
}

/* ---- */

static void
report(const struct engagement *e)
{
	struct op_ctx *ctx = e->ctx;

	op_count(ctx, "read", e->counts.read);
	op_count(ctx, "filtered", e->counts.filtered);
	op_count(ctx, "aggregated", e->counts.aggregated);
	if (!e->dataset && e->params->from.n_dedup)
		op_count(ctx, "duplicates", e->counts.duplicates);
	if (e->counts.null_keys)
		op_count(ctx, "null_keys", e->counts.null_keys);
	op_log("read %lld rows, %lld of them count: %zu groups", (long long)e->counts.read,
	       (long long)e->counts.aggregated, e->table.count);
	if (e->spilled_bytes)
		op_log("%s did not fit into memory and went through a file",
		       SIZE_TEXT(e->spilled_bytes));
}

static enum err_code
init(struct engagement *e, struct op_ctx *ctx, struct err *err)
{
	const struct op_engagement *params = ctx->task->params;
	const struct input *input = params->from.path ? NULL : &ctx->task->inputs[0];

	*e = (struct engagement){ .ctx = ctx,
				  .params = params,
				  .dataset = input ? input->dataset : NULL };
	buf_init(&e->scratch, SIZE_MAX);
	if (ctx->spec->n_outputs)
		lake_staging(ctx->spec->outputs[ctx->spec->n_outputs - 1].path, ctx->spec->attempt,
			     &e->scratch);
	return window_of(&e->window, ctx->spec, e->dataset, params->from.days, err);
}

static enum err_code
run(struct op_ctx *ctx, struct err *err)
{
	struct engagement e = { 0 };
	struct manifest m = { 0 };
	struct outlet *o = NULL;
	enum err_code code = outlet_open(&o, ctx, err);

	if (!code)
		code = init(&e, ctx, err);
	if (!code && !schema_equal(outlet_schema(o), &schema_engagement))
		code = err_set(err, ERR_INPUT,
			       "score: the output has other columns than engagement");
	if (!code)
		code = score_input(&e, o, &m, err);
	if (!code) {
		report(&e);
		code = outlet_finish(o, &m, err);
	}
	manifest_release(&m);
	outlet_close(o);
	score_table_release(&e.table);
	window_close(&e.window);
	buf_release(&e.scratch);
	return code;
}

const struct op op_engagement = { .run = run };
