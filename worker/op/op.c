/* op.c - the table of operators, and how one is run. */
#include "worker/op/op.h"

#include <assert.h>

static const struct op *const ops[] = {
	[OP_INGEST] = &op_ingest,
	[OP_DEDUP] = &op_dedup,
	[OP_SCORE_ENGAGEMENT] = &op_engagement,
	[OP_SCORE_ADOPTION] = &op_adoption,
	[OP_QUALITY] = &op_quality,
	[OP_COMMAND] = &op_command,
	[OP_ROLLUP] = &op_rollup,
};

const struct op *
op_find(enum op_kind kind)
{
	assert((size_t)kind < countof(ops));
	return ops[kind];
}

enum err_code
op_run(struct op_ctx *ctx, struct err *err)
{
	const struct op *op = ctx->task ? op_find(ctx->task->op) : &op_command;
	enum err_code code = op->run(ctx, err);

	ctx->outcome = op_outcome(ctx, code);
	return code;
}
