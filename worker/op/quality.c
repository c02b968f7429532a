/*
 * quality.c - checks on what is published already; stops its downstream, changes nothing.
 *
 * It writes nothing, so keys that do not fit into memory cannot go to disk: the rows are read
 * again instead, for the next share of the keys (check.h).
 */
#include "worker/op/op.h"

#include "core/time/grid.h"
#include "core/base/mem.h"
#include "worker/rows/budget.h"
#include "worker/check/check.h"
#include "worker/rows/crew.h"
#include "worker/attempt/intake.h"
#include "worker/attempt/lookup.h"

#include <stdlib.h>

/* One scan over all rows. */
struct quality_scan {
	struct checks *checks;
	uint32_t *rows[CREW_LANES_MAX]; /* of each lane, BATCH_ROWS_MAX */
	int64_t read[CREW_LANES_MAX];
};

static void
want_columns(const struct checks *checks, struct intake *in)
{
	const struct schema *schema = intake_schema(in);
	bool *wanted = mem_new(schema->count, sizeof(*wanted)), any = false;

	checks_want(checks, wanted);
	for (size_t i = 0; i < schema->count; i++) {
		if (wanted[i])
			(void)intake_want(in, schema->columns[i].name);
		any |= wanted[i];
	}
	free(wanted);
	/* Where a failing row came from, for the samples. */
	if (any) {
		(void)intake_want(in, "_source_file");
		(void)intake_want(in, "_row");
	}
}

/* An intake_batch_fn. */
static enum err_code
show_batch(void *arg, const struct intake_part *part, const struct batch *b, struct err *err)
{
	struct quality_scan *s = arg;
	struct check_rows shown = { .batch = b,
				    .rows = s->rows[part->lane],
				    .n = b->rows,
				    .first_row = part->row + 1,
				    .part = part->number,
				    .lane = part->lane };

	for (uint32_t i = 0; i < b->rows; i++)
		shown.rows[i] = i;
	s->read[part->lane] += (int64_t)b->rows;
	return checks_filter(s->checks, &shown, err);
}

/* Show the rows to the checks, as often as they ask for; *rows counts them. */
static enum err_code
show_rows(struct checks *checks, struct intake *in, int64_t *rows, struct err *err)
{
	enum err_code code;
	bool again;

	do {
		struct quality_scan s = { .checks = checks };

		for (int i = 0; i < CREW_LANES_MAX; i++)
			s.rows[i] = mem_new(BATCH_ROWS_MAX, sizeof(*s.rows[i]));
		intake_rewind(in);
		code = intake_scan(in, crew_lanes(), show_batch, &s, err);
		*rows = 0;
		for (int i = 0; i < CREW_LANES_MAX; i++) {
			*rows += s.read[i];
			free(s.rows[i]);
		}
		if (!code)
			code = checks_settle(checks, &again, err);
	} while (!code && again);
	return code;
}

static enum err_code
run_checks(struct op_ctx *ctx, struct intake *in, struct err *err)
{
	struct check_subject subject = { .dataset = ctx->task->inputs[0].dataset,
					 .schema = intake_schema(in),
					 .grid = ctx->spec->grid,
					 .part = grid_part(ctx->spec->grid, ctx->spec->start_us),
					 .history = ctx->spec->history,
					 .n_history = ctx->spec->n_history,
					 .personal = &ctx->spec->inputs[0].personal,
					 .no_samples = ctx->spec->no_samples,
					 .empty_allowed = ctx->task->empty_allowed,
					 .lanes = crew_lanes(),
					 .rereadable = true,
					 .rows = intake_rows(in),
					 .memory_bytes = budget_spare(ctx->spec->memory_bytes),
					 .column = lookup_column,
					 .arg = ctx };
	struct checks *checks = NULL;
	enum err_code code = checks_open(&checks, ctx->task->checks, ctx->task->n_checks, &subject,
					 err);
	int64_t rows = 0;
	struct buf why;

	if (code)
		return code;
	buf_init(&why, 800);
	want_columns(checks, in);
	code = show_rows(checks, in, &rows, err);
	op_count(ctx, "read", rows);
	if (!code && checks_finish(checks, ctx->checks, &why)) {
		ctx->gate_failed = true;
		code = err_set(err, ERR_INPUT, "%s", why.data);
	}
	op_log("checked %lld rows with %zu checks", (long long)rows, ctx->task->n_checks);
	buf_release(&why);
	checks_close(checks);
	return code;
}

static enum err_code
run(struct op_ctx *ctx, struct err *err)
{
	struct intake *in = NULL;
	enum err_code code = intake_open(&in, ctx, ctx->task->inputs[0].dataset, err);

	if (!code)
		code = run_checks(ctx, in, err);
	intake_close(in);
	return code;
}

const struct op op_quality = { .run = run };
