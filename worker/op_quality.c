/* op_quality.c - checks on what is published already; stops its downstream, changes nothing. */
#include "worker/op.h"

#include "core/civil.h"
#include "core/mem.h"
#include "worker/check.h"
#include "worker/intake.h"

#include <stdlib.h>

static void
want_columns(const struct checks *checks, struct intake *in)
{
	const struct schema *schema = intake_schema(in);
	bool *wanted = mem_new(schema->count, sizeof(*wanted));

	checks_want(checks, wanted);
	for (size_t i = 0; i < schema->count; i++)
		if (wanted[i])
			(void)intake_want(in, schema->columns[i].name);
	free(wanted);
	/* Where a failing row came from, for the samples. */
	(void)intake_want(in, "_source_file");
	(void)intake_want(in, "_row");
}

/* Show every row to the checks; *rows counts them. */
static enum err_code
read_rows(struct checks *checks, struct intake *in, int64_t *rows, struct err *err)
{
	uint32_t *all = mem_new(BATCH_ROWS_MAX, sizeof(*all));
	const struct batch *b = NULL;
	enum err_code code;

	while (!(code = intake_next(in, &b, err)) && b) {
		struct check_rows shown = { .batch = b, .rows = all, .n = b->rows };

		for (uint32_t i = 0; i < b->rows; i++)
			all[i] = i;
		shown.first_row = *rows + 1;
		*rows += (int64_t)b->rows;
		code = checks_filter(checks, &shown, err);
		if (code)
			break;
	}
	free(all);
	return code;
}

static enum err_code
run_checks(struct op_ctx *ctx, struct intake *in, struct err *err)
{
	struct check_subject subject = { .dataset = ctx->task->inputs[0].dataset,
					 .schema = intake_schema(in),
					 .day = civil_day_of(ctx->spec->start_us),
					 .history = ctx->spec->history,
					 .n_history = ctx->spec->n_history };
	struct checks *checks = NULL;
	enum err_code code =
	    checks_open(&checks, ctx->task->checks, ctx->task->n_checks, &subject, err);
	int64_t rows = 0;
	struct buf why;

	if (code)
		return code;
	buf_init(&why, 800);
	want_columns(checks, in);
	code = read_rows(checks, in, &rows, err);
	op_count(ctx, "read", rows);
	if (!code && checks_finish(checks, ctx->checks, &why))
		code = op_end(ctx, OUTCOME_GATE_FAILED, err_set(err, ERR_INPUT, "%s", why.data));
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

const struct op op_quality = {
	.name = "quality",
	.summary = "checks on a dataset; an error stops what comes after it",
	.run = run,
};
