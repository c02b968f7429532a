/*
 * dedup.c - one row per key within a partition.
 *
 * "First" is the smallest (order_by, _received_at, _source_file, _row), an order that
 * survives reading the files again (docs/MATH.md 4).  Two passes: the
 * first, in lanes, sees keys and ranks only and finds the winner of each key
 * (dedup.h); the second copies the winners in input order.
 */
#include "worker/op/op.h"

#include "core/op/dedup.h"
#include "core/lake/lake.h"
#include "core/base/mem.h"
#include "core/base/size.h"
#include "worker/rows/budget.h"
#include "worker/rows/crew.h"
#include "worker/keys/dedup.h"
#include "worker/attempt/intake.h"
#include "worker/attempt/outlet.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A column that ranks rows, or -1: the rows do not have it, or not as ingest writes it. */
static int
want_rank(struct intake *in, const char *name, enum col_type type)
{
	int column = schema_find(intake_schema(in), name);

	if (column < 0 || intake_schema(in)->columns[column].type != type)
		return -1;
	return intake_want(in, name);
}

/* Ask for the columns of the first pass and open *out for them. */
static enum err_code
open_dedup(struct dedup **out, const struct op_ctx *ctx, struct intake *in, const char *dir,
	   struct err *err)
{
	const struct op_dedup *params = ctx->task->params;
	int *key = mem_new(params->n_key, sizeof(*key));
	enum err_code code = ERR_NONE;
	int order_by = -1;

	for (size_t i = 0; i < params->n_key && !code; i++)
		code = intake_need(in, params->key[i], -1, &key[i], err);
	if (!code && params->order_by && params->keep != KEEP_ERROR)
		code = intake_need(in, params->order_by, -1, &order_by, err);
	if (!code) {
		struct dedup_options options = {
			.schema = intake_schema(in),
			.key = key,
			.n_key = params->n_key,
			.keep = params->keep,
			.order_by = order_by,
			.received_at = want_rank(in, "_received_at", COL_TIMESTAMP),
			.source_file = want_rank(in, "_source_file", COL_STRING),
			.row = want_rank(in, "_row", COL_INT64),
			.lanes = crew_lanes(),
			.rows = intake_rows_about(in),
			.memory_bytes = budget_spare(ctx->spec->memory_bytes),
			.dir = dir,
		};

		code = dedup_open(out, &options, err);
	}
	free(key);
	return code;
}

/* An intake_batch_fn: the first pass sees a batch. */
static enum err_code
see_batch(void *dedup, const struct intake_part *part, const struct batch *b, struct err *err)
{
	const struct dedup_place place = { .lane = part->lane,
					   .part = part->number,
					   .row = part->row };

	return dedup_add(dedup, &place, b, err);
}

/* A row without a key: it is no copy of anything. */
static enum err_code
set_aside(const struct op_ctx *ctx, struct outlet *o, const struct batch *b, size_t at,
	  int64_t number, struct err *err)
{
	const struct op_dedup *params = ctx->task->params;
	const char *column = params->key[0];
	char detail[NAME_MAX_BYTES + 50];
	struct quarantine *q = NULL;
	enum err_code code = outlet_quarantine(o, &q, err);

	if (code)
		return code;
	for (size_t i = params->n_key; i-- > 0;)
		if (!b->cols[schema_find(b->schema, params->key[i])].valid[at])
			column = params->key[i];
	(void)snprintf(detail, sizeof(detail), "key column '%s' is null", column);
	return quarantine_add_row(q, b, at, number, "null_key", detail, err);
}

/* What the second pass needs room for. */
struct copying {
	const struct op_ctx *ctx;
	const struct dedup *dedup;
	struct outlet *outlet;
	enum null_key null_key;
	int64_t rows; /* seen so far */
	int64_t dropped;
	uint8_t *fates;
	uint32_t *kept;
};

/* Copy the winners of a batch. */
static enum err_code
copy_batch(struct copying *c, const struct intake_part *place, const struct batch *b,
	   struct err *err)
{
	int64_t first = c->rows + 1;
	size_t n = 0, kept;
	enum err_code code = dedup_fates(c->dedup, place->number, place->row, b->rows, c->fates,
					 &kept, err);

	if (code) {
		err_wrap(err, "read '%s'", place->file);
		return code;
	}
	c->rows += (int64_t)b->rows;
	if (kept == b->rows)
		return outlet_add(c->outlet, b, NULL, b->rows, err);
	for (size_t i = 0; i < b->rows && !code; i++) {
		bool no_key = c->fates[i] == FATE_NULL_KEY;

		c->kept[n] = (uint32_t)i;
		n += c->fates[i] == FATE_KEPT || (no_key && c->null_key == NULL_KEY_KEEP);
		c->dropped += no_key && c->null_key == NULL_KEY_DROP;
		if (no_key && c->null_key == NULL_KEY_QUARANTINE)
			code = set_aside(c->ctx, c->outlet, b, i, first + (int64_t)i, err);
	}
	return code ? code : outlet_add(c->outlet, b, c->kept, n, err);
}

/* Second pass: copy the winners.  ERR_CONFLICT: the rows are not those of the first pass. */
static enum err_code
copy(struct op_ctx *ctx, const struct dedup *dedup, struct intake *in, struct outlet *o,
     struct err *err)
{
	const struct op_dedup *params = ctx->task->params;
	struct copying c = {
		.ctx = ctx, .dedup = dedup, .outlet = o, .null_key = params->null_key
	};
	const struct batch *b = NULL;
	enum err_code code;

	c.fates = mem_new(BATCH_ROWS_MAX, sizeof(*c.fates));
	c.kept = mem_new(BATCH_ROWS_MAX, sizeof(*c.kept));
	while (!(code = intake_next(in, &b, err)) && b) {
		const struct intake_part place = intake_place(in);

		code = copy_batch(&c, &place, b, err);
		if (code)
			break;
	}
	if (!code)
		code = dedup_seen_all(dedup, c.rows, err);
	if (!code && c.null_key == NULL_KEY_DROP)
		op_count(ctx, "dropped", c.dropped);
	free(c.fates);
	free(c.kept);
	return code;
}

static enum err_code
decide(struct dedup *d, struct op_ctx *ctx, struct intake *in, struct err *err)
{
	enum err_code code = intake_scan(in, crew_lanes(), see_batch, d, err);
	struct dedup_counts counts;

	if (!code)
		code = dedup_settle(d, err);
	counts = dedup_counts(d);
	/* Copies that may not be there are in the pinned input, whoever reads it. */
	ctx->fatal = code == ERR_INPUT && counts.duplicates > 0;
	if (code)
		return code;
	op_count(ctx, "read", counts.rows);
	op_count(ctx, "duplicates", counts.duplicates);
	op_log("read %lld rows: %lld keys, %lld duplicates, %lld without a key",
	       (long long)counts.rows, (long long)counts.keys, (long long)counts.duplicates,
	       (long long)counts.null_keys);
	if (dedup_spilled_bytes(d))
		op_log("%s of keys went to disk", SIZE_TEXT(dedup_spilled_bytes(d)));
	return ERR_NONE;
}

static enum err_code
deduplicate(struct op_ctx *ctx, struct intake *in, struct outlet *o, struct err *err)
{
	const struct spec *spec = ctx->spec;
	enum err_code code = ERR_NONE;
	struct dedup *d = NULL;
	struct buf dir;

	buf_init(&dir, SIZE_MAX);
	lake_staging(spec->outputs[spec->n_outputs - 1].path, spec->attempt, &dir);
	if (!schema_equal(intake_schema(in), outlet_schema(o)))
		code = err_set(err, ERR_INPUT, "dedup: input and output have different columns");
	if (!code)
		code = open_dedup(&d, ctx, in, dir.data, err);
	if (!code)
		code = decide(d, ctx, in, err);
	if (!code) {
		intake_rewind(in);
		intake_want_all(in);
		intake_read_ahead(in);
		code = copy(ctx, d, in, o, err);
	}
	dedup_close(d);
	buf_release(&dir);
	return code;
}

static enum err_code
run(struct op_ctx *ctx, struct err *err)
{
	struct manifest m = { 0 };
	struct intake *in = NULL;
	struct outlet *o = NULL;
	enum err_code code = intake_open(&in, ctx, ctx->task->inputs[0].dataset, err);

	if (!code)
		code = outlet_open(&o, ctx, err);
	if (!code)
		code = deduplicate(ctx, in, o, err);
	if (!code) {
		intake_record(in, &m);
		code = outlet_finish(o, &m, err);
	}
	manifest_release(&m);
	outlet_close(o);
	intake_close(in);
	return code;
}

const struct op op_dedup = { .run = run };
