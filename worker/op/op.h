/*
 * op.h - what a task can do: the table of operators.
 */
#ifndef WORKER_OP_OP_H
#define WORKER_OP_OP_H

#include "core/op/op.h"
#include "worker/attempt/ctx.h"

/* What an operator does; what it is asked and what it asks for is its struct op_def. */
struct op {
	/*
	 * Do it.  ERR_NONE with ctx->outputs filled, or a code and a message; the
	 * code says how the run ends, op_outcome().  Standard error is the log.
	 */
	enum err_code (*run)(struct op_ctx *ctx, struct err *err);
};

#define OP(NAME, name) extern const struct op op_##name;
#include "core/op/list.inc"
#undef OP

/* The operator of a kind; never NULL. */
const struct op *op_find(enum op_kind kind);

/* Run the operator of ctx->task, or op_program() when there is no slice.  Sets ctx->outcome. */
enum err_code op_run(struct op_ctx *ctx, struct err *err) MUST_CHECK;

#endif
