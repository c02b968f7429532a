/* dag.c - operator dag has no attempts: who tries one is told where its runs are made. */
#include "worker/op/op.h"

static enum err_code
run(struct op_ctx *ctx, struct err *err)
{
	const char *dag = ctx->task->child.dag;

	return err_set(err, ERR_INPUT,
		       "task '%s' has runs of dag '%s' made by the scheduler and does nothing "
		       "itself; to try a task of that dag type: tidemill tasks test %s TASK DATE",
		       ctx->task->id, dag, dag);
}

const struct op op_dag = { .run = run };
