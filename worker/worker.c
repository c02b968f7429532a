/* worker.c - one attempt of one task, in a process of its own. */
#include "worker/worker.h"

#include "worker/process/artifact.h"
#include "worker/process/environ.h"
#include "worker/process/rein.h"
#include "worker/op/op.h"
#include "worker/process/left.h"
#include "worker/process/sandbox.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	EXIT_NOT_RUN = 127, /* as a shell says that a program could not be run */
	RESULT_FD = 3,
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

/* In the child of a test: the same descriptors as under a shim, but for the standard ones. */
NO_RETURN static void
become_worker(const struct spec *spec, int result_fd)
{
	(void)signal(SIGXFSZ, SIG_DFL);
	(void)signal(SIGPIPE, SIG_DFL); /* which the command line ignores, and a program inherits */
	if (result_fd != RESULT_FD && dup3(result_fd, RESULT_FD, O_CLOEXEC) < 0)
		_exit(EXIT_FAILURE);
	(void)close_range(RESULT_FD + 1, ~0U, 0);
	rein_enter(&(struct held_to){ .limits = spec->limits });
	_exit(worker_main(spec, RESULT_FD));
}

/* Read the pipe to its end. */
static void
collect(int fd, struct buf *out)
{
	char chunk[4096];
	ssize_t n;

	while ((n = read(fd, chunk, sizeof(chunk))) != 0) {
		if (n < 0 && errno != EINTR)
			return;
		if (n > 0)
			buf_add(out, chunk, (size_t)n);
	}
}

/* The result of a program that has none of its own. */
static void
invent_result(int status, struct buf *out)
{
	char message[64];

	if (status == 0) {
		buf_text(out, "{\"outcome\":\"ok\",\"message\":\"\"}");
		return;
	}
	if (WIFSIGNALED(status))
		(void)snprintf(message, sizeof(message), "ended by signal %d", WTERMSIG(status));
	else
		(void)snprintf(message, sizeof(message), "exit status %d", WEXITSTATUS(status));
	op_failed_result(OUTCOME_ERROR, message, out);
}

/* What was read of what its program left becomes a member of the result. */
static void
add_member(struct buf *result, const char *name, const struct buf *text)
{
	json_t *object = NULL, *value = NULL;

	if (!json_read(&object, result->data, result->bytes, "the result", NULL) &&
	    !json_read(&value, text->data, text->bytes, name, NULL)) {
		(void)json_object_set(object, name, value);
		buf_reset(result);
		json_write(object, result);
	}
	json_decref(object);
	json_decref(value);
}

typedef enum err_code left_reader(const struct spec *spec, struct buf *out, struct err *err);

/* Of one that ended well; false: what its program left is not what it has to be. */
static bool
add_left(const struct spec *spec, const char *name, left_reader *read, struct buf *result)
{
	struct buf text;
	struct err err;
	bool fits;

	buf_init(&text, SIZE_MAX);
	fits = !read(spec, &text, &err);
	if (!fits) {
		buf_reset(result);
		op_failed_result(OUTCOME_ERROR, err.msg, result);
	} else if (text.bytes) {
		add_member(result, name, &text);
	}
	buf_release(&text);
	return fits;
}

static void
add_artifacts(const struct spec *spec, struct buf *result)
{
	struct buf text;

	buf_init(&text, ARTIFACTS_TEXT_MAX);
	artifacts_take(spec, &text);
	if (text.bytes)
		add_member(result, "artifacts", &text);
	buf_release(&text);
}

/* The worker as a child of this process; its result is appended.  -1: there was no process. */
static int
run_child(const struct spec *spec, struct buf *result)
{
	int fds[2], status = 0;
	pid_t pid = -1;

	(void)fflush(NULL); /* or the child would write it again */
	if (pipe2(fds, O_CLOEXEC) == 0) {
		pid = fork();
		if (pid == 0)
			become_worker(spec, fds[1]);
		(void)close(fds[1]);
		if (pid > 0)
			collect(fds[0], result);
		(void)close(fds[0]);
	}
	while (pid > 0 && waitpid(pid, &status, 0) < 0)
		assert(errno == EINTR);
	if (pid < 0)
		op_failed_result(OUTCOME_ERROR, "start the worker: no process could be made",
				 result);
	else if (result->bytes == 0)
		invent_result(status, result);
	return pid < 0 ? -1 : status;
}

int
worker_test(const struct spec *spec, char **result)
{
	int status = -1;
	struct buf text;
	struct err err;

	buf_init(&text, SIZE_MAX);
	if (state_place(spec, &err) || artifacts_place(spec, &err))
		op_failed_result(OUTCOME_ERROR, err.msg, &text);
	else
		status = run_child(spec, &text);
	if (status == 0 && (!add_left(spec, "left", left_read, &text) ||
			    !add_left(spec, "kept", state_read, &text)))
		status = W_EXITCODE(EXIT_FAILURE, 0);
	add_artifacts(spec, &text);
	*result = buf_give(&text);
	buf_release(&text);
	return status < 0 || !WIFEXITED(status) ? EXIT_FAILURE : WEXITSTATUS(status);
}
