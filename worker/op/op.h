/*
 * op.h - what a task can do: the table of operators.
 */
#ifndef WORKER_OP_OP_H
#define WORKER_OP_OP_H

#include "worker/attempt/ctx.h"

/* An operator. */
struct op {
	const char *name;    /* as op_kind_name() */
	const char *summary; /* one line for people */
	/*
	 * Do it.  ERR_NONE with ctx->outputs filled, or a code and a message; the
	 * code says how the run ends, op_outcome().  Standard error is the log.
	 */
	enum err_code (*run)(struct op_ctx *ctx, struct err *err);
};

extern const struct op op_ingest, op_dedup, op_engagement, op_adoption, op_quality, op_command,
    op_rollup;

/* The operator of a kind; never NULL. */
const struct op *op_find(enum op_kind kind);

/* Run the operator of ctx->task (op_command when there is no slice).  ctx->outcome is final then.
 */
enum err_code op_run(struct op_ctx *ctx, struct err *err) MUST_CHECK;

#endif
