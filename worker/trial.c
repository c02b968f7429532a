/* trial.c - `tidemill tasks test`: one attempt without a shim, in the terminal of a person. */
#include "worker/trial.h"

#include "worker/op/op.h"
#include "worker/process/artifact.h"
#include "worker/process/enter.h"
#include "worker/process/left.h"
#include "worker/process/mask.h"
#include "worker/process/rein.h"
#include "worker/process/secret.h"
#include "worker/worker.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	FAR_FD = 20,     /* above every descriptor that a worker begins with */
	SILENT_MS = 200, /* the worker has ended, and nobody says anything more */
	STREAMS = 2,     /* standard output and standard error */
};

/* A test that runs.  Where its task has secrets its output comes through here, masked. */
struct trial_run {
	const struct spec *spec;
	bool masked;
	int result[2], told[2], out[STREAMS][2]; /* pipes: [0] is ours, [1] the child's; -1: none */
	struct mask *masks[STREAMS];
	struct buf *text; /* the result */
};

static bool
has_secrets(const struct spec *spec)
{
	for (size_t i = 0; i < spec->n_env; i++)
		if (secret_is(&spec->env[i]))
			return true;
	return false;
}

/* ---- the child ---- */

/* The same descriptors as under a shim, but for the standard ones where nothing is masked. */
NO_RETURN static void
become_worker(const struct trial_run *t)
{
	struct spec spec = *t->spec;
	int keep = RESULT_FD;

	(void)signal(SIGXFSZ, SIG_DFL);
	(void)signal(SIGPIPE, SIG_DFL); /* which the command line ignores, and a program inherits */
	for (int i = 0; t->masked && i < STREAMS; i++)
		if (dup2(t->out[i][1], STDOUT_FILENO + i) < 0)
			_exit(EXIT_FAILURE);
	if (dup3(t->result[1], RESULT_FD, O_CLOEXEC) < 0)
		_exit(EXIT_FAILURE);
	if (t->told[1] >= 0) {
		if (dup3(t->told[1], SECRETS_FD, O_CLOEXEC) < 0)
			_exit(EXIT_FAILURE);
		spec.secrets_fd = keep = SECRETS_FD;
	}
	(void)close_range((unsigned)keep + 1, ~0U, 0);
	rein_enter(&(struct held_to){ .limits = spec.limits });
	_exit(worker_main(&spec, RESULT_FD));
}

/* A pipe whose ends are out of the way of a worker's. */
static bool
make_pipe(int ends[2])
{
	int low[2];

	if (pipe2(low, O_CLOEXEC) < 0)
		return false;
	for (int i = 0; i < 2; i++) {
		ends[i] = fcntl(low[i], F_DUPFD_CLOEXEC, FAR_FD);
		(void)close(low[i]);
	}
	return ends[0] >= 0 && ends[1] >= 0;
}

static bool
make_pipes(struct trial_run *t)
{
	if (!make_pipe(t->result))
		return false;
	if (t->masked && (!make_pipe(t->out[0]) || !make_pipe(t->out[1])))
		return false;
	return !secrets_have_to_be_told(t->spec) || make_pipe(t->told);
}

static void
close_end(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
	*fd = -1;
}

static void
close_ends(struct trial_run *t, int end)
{
	close_end(&t->result[end]);
	close_end(&t->told[end]);
	for (int i = 0; i < STREAMS; i++)
		close_end(&t->out[i][end]);
}

/* ---- what it says ---- */

static void
pass_on(void *ctx, const char *data, size_t bytes)
{
	int fd = *(const int *)ctx;
	size_t done = 0;

	while (done < bytes) {
		ssize_t n = write(fd, data + done, bytes - done);

		if (n < 0 && errno != EINTR)
			return; /* nobody reads it */
		done += n > 0 ? (size_t)n : 0;
	}
}

/* Read once from a pipe; false: it has ended. */
static bool
read_some(int *fd, struct buf *into)
{
	char chunk[4096];
	ssize_t n = read(*fd, chunk, sizeof(chunk));

	if (n > 0)
		buf_add(into, chunk, (size_t)n);
	explicit_bzero(chunk, sizeof(chunk));
	if (n > 0 || (n < 0 && errno == EINTR))
		return true;
	close_end(fd);
	return false;
}

/* Those that are not at hand are told before the program begins; till then nothing else is read. */
static void
hear_secrets(struct trial_run *t, struct buf *unmasked)
{
	const char *at = NULL;
	size_t bytes = 0;
	struct buf read;

	buf_init(&read, SIZE_MAX);
	while (t->told[0] >= 0 && !secrets_are_told(&read, &at, &bytes))
		(void)read_some(&t->told[0], &read);
	for (int i = 0; at && i < STREAMS; i++) {
		buf_reset(unmasked);
		secrets_mask(t->masks[i], at, bytes, unmasked);
	}
	explicit_bzero(read.data, read.bytes);
	buf_release(&read);
}

/* Let both streams be masked, and say which secrets are not. */
static void
begin_masks(struct trial_run *t)
{
	struct buf hand, told;

	if (!t->masked)
		return;
	buf_init(&hand, SIZE_MAX);
	buf_init(&told, SIZE_MAX);
	for (int i = 0; i < STREAMS; i++) {
		t->masks[i] = mask_new();
		buf_reset(&hand);
		secrets_mask_at_hand(t->masks[i], t->spec, &hand);
	}
	hear_secrets(t, &told);
	for (const struct buf *b = &hand; b; b = b == &hand ? &told : NULL)
		if (b->bytes)
			(void)dprintf(
			    STDERR_FILENO,
			    "tidemill: not masked, for they are shorter than %d bytes: %s\n",
			    MASK_BYTES_MIN, b->data);
	buf_release(&told);
	buf_release(&hand);
}

static void
read_stream(struct trial_run *t, int i)
{
	int to = STDOUT_FILENO + i;
	struct buf piece;

	buf_init(&piece, SIZE_MAX);
	if (read_some(&t->out[i][0], &piece))
		mask_feed(t->masks[i], piece.data, piece.bytes, pass_on, &to);
	buf_release(&piece);
}

/* Read everything until the child has ended and said it all; gives its status. */
static int
attend(struct trial_run *t, pid_t pid)
{
	int status = 0, to;
	bool ended = false;

	while (t->result[0] >= 0 || t->out[0][0] >= 0 || t->out[1][0] >= 0) {
		struct pollfd fds[] = { { .fd = t->result[0], .events = POLLIN },
					{ .fd = t->out[0][0], .events = POLLIN },
					{ .fd = t->out[1][0], .events = POLLIN } };
		int ready = poll(fds, countof(fds), SILENT_MS);

		if (ready == 0 && ended)
			break; /* what it left behind may hold its output for ever */
		if (ready > 0 && fds[0].revents)
			(void)read_some(&t->result[0], t->text);
		for (int i = 0; ready > 0 && i < STREAMS; i++)
			if (fds[1 + i].revents)
				read_stream(t, i);
		ended = ended || waitpid(pid, &status, WNOHANG) == pid;
	}
	while (!ended && waitpid(pid, &status, 0) < 0)
		assert(errno == EINTR);
	for (int i = 0; t->masked && i < STREAMS; i++) {
		to = STDOUT_FILENO + i;
		mask_end(t->masks[i], pass_on, &to);
	}
	return status;
}

/* ---- what came of it ---- */

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

typedef enum err_code left_reader(const struct spec *spec, struct mask *mask, struct buf *out,
				  struct err *err);

/* Of one that ended well; false: what its program left is not what it has to be. */
static bool
add_left(const struct spec *spec, struct mask *mask, const char *name, left_reader *read,
	 struct buf *result)
{
	struct buf text;
	struct err err;
	bool fits;

	buf_init(&text, SIZE_MAX);
	fits = !read(spec, mask, &text, &err);
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

/*
 * The worker as a child of this process; its result is appended.  *mask knows its secrets, and is
 * the caller's to free.  -1: there was no process.
 */
static int
run_child(const struct spec *spec, struct mask **mask, struct buf *result)
{
	struct trial_run t = { .spec = spec,
			       .masked = has_secrets(spec),
			       .result = { -1, -1 },
			       .told = { -1, -1 },
			       .out = { { -1, -1 }, { -1, -1 } },
			       .text = result };
	int status = 0;
	pid_t pid = -1;

	(void)fflush(NULL); /* or the child would write it again */
	if (make_pipes(&t)) {
		pid = fork();
		if (pid == 0)
			become_worker(&t);
		close_ends(&t, 1);
	}
	if (pid > 0) {
		begin_masks(&t);
		status = attend(&t, pid);
	}
	close_ends(&t, 0);
	close_ends(&t, 1);
	for (int i = 1; i < STREAMS; i++)
		mask_free(t.masks[i]);
	*mask = t.masks[0];
	if (*mask)
		mask_text(*mask, result);
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
	struct mask *mask = NULL;
	int status = -1;
	struct buf text;
	struct err err;

	buf_init(&text, SIZE_MAX);
	if (state_place(spec, &err) || artifacts_place(spec, &err))
		op_failed_result(OUTCOME_ERROR, err.msg, &text);
	else
		status = run_child(spec, &mask, &text);
	if (status == 0 && (!add_left(spec, mask, "left", left_read, &text) ||
			    !add_left(spec, mask, "kept", state_read, &text)))
		status = W_EXITCODE(EXIT_FAILURE, 0);
	add_artifacts(spec, &text);
	mask_free(mask);
	*result = buf_give(&text);
	buf_release(&text);
	return status < 0 || !WIFEXITED(status) ? EXIT_FAILURE : WEXITSTATUS(status);
}
