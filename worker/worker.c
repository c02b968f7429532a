/* worker.c - one attempt of one task, in a process of its own. */
#include "worker/worker.h"

#include "worker/process/environ.h"
#include "worker/op/op.h"
#include "worker/process/sandbox.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

enum {
	EXIT_NOT_RUN = 127, /* as a shell says that a program could not be run */
};

/* Write all of the result; a reader that has gone is nothing to the worker. */
static void
send_result(int fd, const struct buf *result)
{
	size_t done = 0;

	while (done < result->bytes) {
		ssize_t n = write(fd, result->data + done, result->bytes - done);

		if (n < 0 && errno != EINTR)
			return;
		if (n > 0)
			done += (size_t)n;
	}
}

/* Run the operator of the task; *ctx holds what it found.  *status: of the program, if one failed.
 */
static enum err_code
run_task(struct op_ctx *ctx, struct buf *result, int *status, struct err *err)
{
	enum err_code code = op_ctx_init(ctx, ctx->spec, err);

	if (code) {
		op_failed_result(OUTCOME_ERROR, err->msg, result);
		return code;
	}
	code = op_run(ctx, err);
	op_ctx_result(ctx, code ? err->msg : "", result);
	*status = ctx->status;
	op_ctx_release(ctx);
	return code;
}

int
worker_main(const struct spec *spec, int result_fd)
{
	struct op_ctx ctx = { .spec = spec };
	enum err_code code = ERR_NONE;
	struct err err = { 0 };
	struct buf result;
	int status = 0;

	buf_init(&result, SIZE_MAX); /* the shim has the limit */
	code = environ_check(spec, &err);
	if (code)
		op_failed_result(OUTCOME_FATAL, err.msg, &result);
	if (!code && !spec->argv) {
		code = environ_enter(spec, NULL, 0, &err);
		if (code)
			op_failed_result(OUTCOME_ERROR, err.msg, &result);
		else
			sandbox_enter(spec);
	}
	if (!code)
		code = run_task(&ctx, &result, &status, &err);
	send_result(result_fd, &result);
	buf_release(&result);
	if (!code)
		return EXIT_SUCCESS;
	if (status)
		return status;
	/* A command that is still here was not replaced by its program. */
	return spec_is_replaced(spec) ? EXIT_NOT_RUN : EXIT_FAILURE;
}
