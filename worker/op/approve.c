/* approve.c - a task that asks a person has no attempts. */
#include "worker/op/op.h"

static enum err_code
run(struct op_ctx *ctx, struct err *err)
{
	ctx->fatal = true;
	return err_set(err, ERR_INPUT, "task '%s' asks a person: there is nothing to run",
		       ctx->spec->task);
}

const struct op op_approve = { .run = run };
