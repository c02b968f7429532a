/* op.c - the table of operators, and how one is run. */
#include "worker/op/op.h"

#include "worker/attempt/staging.h"

#include <assert.h>
#include <errno.h>

#define OP(NAME, name) [OP_##NAME] = &op_##name,
static const struct op *const ops[OP_COUNT] = {
#include "core/op/list.inc"
};
#undef OP

const struct op *
op_find(enum op_kind kind)
{
	assert(kind < OP_COUNT);
	return ops[kind];
}

enum err_code
op_run(struct op_ctx *ctx, struct err *err)
{
	const struct op_def *def = ctx->task ? ctx->task->op : op_program();
	enum err_code code = op_find(def->kind)->run(ctx, err);

	ctx->outcome = op_outcome(ctx, code);
	/* What a program reports is its own; this is what we could not write. */
	if (ctx->task && ctx->outcome == OUTCOME_ERROR &&
	    (err->error == ENOSPC || err->error == EDQUOT)) {
		ctx->outcome = OUTCOME_NO_SPACE;
		ctx->staged_bytes = staging_bytes(ctx->spec);
		staging_explain_full(ctx->spec, err);
	}
	return code;
}
