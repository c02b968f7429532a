/* secret.c - the value behind a reference, read just before a program begins. */
#include "worker/process/secret.h"

#include "core/base/clock.h"
#include "core/base/json.h"
#include "core/base/mem.h"
#include "core/text/connection.h"
#include "worker/process/program.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	LOOK_MS = 10,
	EXIT_NOT_RUN = 127,
	SAID_PIECES =
	    16, /* after its end: what a pipe holds, not what is left running says for ever */
};

bool
secret_is(const struct spec_env *e)
{
	return !e->value && !e->shown;
}

bool
secret_is_at_hand(const struct spec_env *e)
{
	return e->from_env || e->from_connection;
}

/* The variable of this process's environment that it is taken from, if it is. */
static const char *
variable_of(const struct spec_env *e)
{
	return e->from_env ? e->from_env : e->from_connection;
}

/* Append what is at hand; false: it is not there. */
static bool
read_at_hand(const struct spec_env *e, struct buf *out)
{
	const char *text = getenv(variable_of(e));
	struct conn_parts c = { .extra = NULL };
	struct arena *arena;

	if (text && e->from_connection) {
		arena = arena_new();
		text = connection_read(arena, text, &c) ? c.password : NULL;
		if (text)
			buf_text(out, text);
		json_decref(c.extra);
		arena_free(arena);
	} else if (text) {
		buf_text(out, text);
	}
	return text != NULL;
}

bool
secrets_have_to_be_told(const struct spec *spec)
{
	for (size_t i = 0; i < spec->n_env; i++)
		if (secret_is(&spec->env[i]) && !secret_is_at_hand(&spec->env[i]))
			return true;
	return false;
}

enum err_code
secret_check(const struct spec_env *e, struct err *err)
{
	if (!secret_is_at_hand(e) || getenv(variable_of(e)))
		return ERR_NONE;
	return err_set(err, ERR_INPUT,
		       "the scheduler's environment has no variable %s; export it, then start the "
		       "scheduler",
		       variable_of(e));
}

/* May nobody but its owner have it? */
static enum err_code
check_mode(int dir, const char *path, struct err *err)
{
	struct stat st;

	if (fstatat(dir, path, &st, 0) < 0 || !(st.st_mode & 077))
		return ERR_NONE; /* reading it tells what is wrong */
	return err_set(err, ERR_INPUT,
		       "read the secret in '%s': its mode is %04o, so that others may have it; "
		       "give it 0600",
		       path, (unsigned)(st.st_mode & 07777));
}

static enum err_code
read_file(const struct spec *spec, const char *path, struct buf *out, struct err *err)
{
	int dir = open(spec->project_dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	enum err_code code = check_mode(dir, path, err);

	if (!code)
		code = buf_read_file(out, dir, path, err);
	if (dir >= 0)
		(void)close(dir);
	return code;
}

/* The program and its arguments, in the arena: a JSON list of texts. */
static char **
read_argv(struct arena *arena, const char *text)
{
	json_t *list = NULL;
	char **argv = NULL;

	if (json_read(&list, text, strlen(text), "the program", NULL) == ERR_NONE &&
	    json_array_size(list)) {
		argv = arena_get(arena, (json_array_size(list) + 1) * sizeof(*argv));
		for (size_t i = 0; i < json_array_size(list); i++)
			argv[i] = arena_str(arena, json_string_value(json_array_get(list, i)));
	}
	json_decref(list);
	return argv && argv[0] ? argv : NULL;
}

/* The two pipes of a program: what it gives, and what it says of it. */
struct pipes {
	int output[2], said[2];
};

/* In the child. */
NO_RETURN static void
become(char *const *argv, const struct spec *spec, const struct pipes *pipes, pid_t parent)
{
	(void)setpgid(0, 0); /* so that all of it can be ended */
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() == parent && dup2(pipes->output[1], STDOUT_FILENO) >= 0 &&
	    dup2(pipes->said[1], STDERR_FILENO) >= 0 && chdir(spec->project_dir) == 0)
		(void)execvp(argv[0], argv);
	_exit(EXIT_NOT_RUN);
}

/*
 * Pass on what it said, as far as the log has room: of this attempt's log nothing is read
 * before all secrets are known, so that waiting for room would be waiting for ever.  False:
 * it says no more.
 */
static bool
pass_on(int fd)
{
	struct pollfd log = { .fd = STDERR_FILENO, .events = POLLOUT };
	char chunk[PIPE_BUF]; /* a pipe that can be written to has room for as much */
	ssize_t n = read(fd, chunk, sizeof(chunk));

	if (n > 0 && poll(&log, 1, 0) == 1)
		(void)!write(STDERR_FILENO, chunk, (size_t)n);
	return n > 0 || (n < 0 && errno == EINTR);
}

/* Take what it gives; false: it gives no more. */
static bool
take(int fd, struct buf *out)
{
	char chunk[4096];
	ssize_t n = read(fd, chunk, sizeof(chunk));

	if (n > 0)
		buf_add(out, chunk, (size_t)n);
	explicit_bzero(chunk, sizeof(chunk));
	return n > 0 || (n < 0 && errno == EINTR);
}

/* Read what it prints until it closes its output; why it has to be ended, or NULL. */
static const char *
collect(const struct pipes *pipes, int64_t end_us, struct buf *out)
{
	struct pollfd both[] = { { .fd = pipes->output[0], .events = POLLIN },
				 { .fd = pipes->said[0], .events = POLLIN } };

	for (;;) {
		int64_t left_us = end_us - clock_run_us();

		if (left_us <= 0)
			return "it took longer than 30 s";
		if (poll(both, countof(both), (int)(left_us / 1000) + 1) <= 0)
			continue;
		if (both[1].revents && !pass_on(both[1].fd))
			both[1].fd = -1;
		if (both[0].revents && !take(both[0].fd, out))
			return NULL;
		if (out->full)
			return "it printed more than 64 KiB";
	}
}

/* Wait for its end, not for ever; -1: it has not come. */
static int
await(pid_t pid, int said_fd, int64_t end_us)
{
	struct pollfd said = { .fd = said_fd, .events = POLLIN };
	int status = 0;
	pid_t got;

	while ((got = waitpid(pid, &status, WNOHANG)) <= 0) {
		if ((got < 0 && errno != EINTR) || clock_run_us() > end_us)
			return -1;
		if (poll(&said, 1, LOOK_MS) == 1 && !pass_on(said.fd))
			said.fd = -1;
	}
	for (int i = 0; i < SAID_PIECES && poll(&said, 1, 0) == 1 && pass_on(said.fd); i++)
		continue;
	return status;
}

static enum err_code
judge(const char *program, const char *why, int status, struct err *err)
{
	if (why)
		return err_set(err, ERR_INPUT, "'%s': %s", program, why);
	if (WIFSIGNALED(status))
		return err_set(err, ERR_INPUT, "'%s' ended by signal %d (%s)", program,
			       WTERMSIG(status), strsignal(WTERMSIG(status)));
	if (WEXITSTATUS(status) == EXIT_NOT_RUN)
		return err_set(
		    err, ERR_INPUT,
		    "'%s' could not be run: exit status %d; is it there, and executable?", program,
		    EXIT_NOT_RUN);
	if (WEXITSTATUS(status))
		return err_set(err, ERR_INPUT, "'%s' ended with exit status %d", program,
			       WEXITSTATUS(status));
	return ERR_NONE;
}

static void
close_both(const int fds[2])
{
	if (fds[0] >= 0)
		(void)close(fds[0]);
	if (fds[1] >= 0)
		(void)close(fds[1]);
}

static enum err_code
begin(char *const *argv, const struct spec *spec, struct pipes *pipes, pid_t *pid, struct err *err)
{
	pid_t self = getpid();

	if (pipe2(pipes->output, O_CLOEXEC) < 0 || pipe2(pipes->said, O_CLOEXEC) < 0)
		return err_errno(err, "run '%s': make a pipe", argv[0]);
	*pid = fork();
	if (*pid == 0)
		become(argv, spec, pipes, self);
	if (*pid < 0)
		return err_errno(err, "run '%s': fork", argv[0]);
	(void)close(pipes->output[1]);
	(void)close(pipes->said[1]);
	pipes->output[1] = pipes->said[1] = -1;
	return ERR_NONE;
}

static enum err_code
run(char *const *argv, const struct spec *spec, struct buf *out, struct err *err)
{
	int64_t end_us = clock_run_us() + SECRET_SECONDS_MAX * SECOND_US;
	struct pipes pipes = { .output = { -1, -1 }, .said = { -1, -1 } };
	pid_t pid = 0;
	enum err_code code = begin(argv, spec, &pipes, &pid, err);
	const char *why;
	int status;

	if (!code) {
		why = collect(&pipes, end_us, out);
		status = why ? -1 : await(pid, pipes.said[0], end_us);
		if (status < 0) {
			why = why ? why : "it took longer than 30 s";
			(void)kill(-pid, SIGKILL);
			(void)kill(pid, SIGKILL); /* it may not have come to its setpgid() */
			while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
				continue;
		}
		code = judge(argv[0], why, status, err);
	}
	close_both(pipes.output);
	close_both(pipes.said);
	return code;
}

static enum err_code
read_command(const struct spec *spec, const char *text, struct buf *out, struct err *err)
{
	struct arena *arena = arena_new();
	char **argv = read_argv(arena, text);
	enum err_code code = argv ? run(argv, spec, out, err)
				  : err_set(err, ERR_INPUT, "run '%s': no list of texts", text);

	arena_free(arena);
	return code;
}

/* How much of a value is left without the end of its line, as editors of any system write it. */
static size_t
line_bytes(const struct buf *value)
{
	size_t bytes = value->bytes;

	if (!bytes || value->data[bytes - 1] != '\n')
		return bytes;
	bytes--;
	return bytes && value->data[bytes - 1] == '\r' ? bytes - 1 : bytes;
}

enum err_code
secret_read(const struct spec *spec, const struct spec_env *e, struct buf *out, struct err *err)
{
	enum err_code code = secret_check(e, err);
	struct buf value;

	buf_init(&value, SECRET_BYTES_MAX);
	if (!code && e->from_file)
		code = read_file(spec, e->from_file, &value, err);
	else if (!code && e->from_command)
		code = read_command(spec, e->from_command, &value, err);
	else if (!code && !read_at_hand(e, out))
		code = err_set(err, ERR_INPUT, "%s has no password", variable_of(e));
	if (!code && memchr(value.data, '\0', value.bytes))
		code = err_set(err, ERR_INPUT, "what '%s' gives has a zero byte",
			       e->from_file ? e->from_file : e->from_command);
	if (!code && value.bytes)
		buf_add(out, value.data, line_bytes(&value));
	explicit_bzero(value.data, value.bytes);
	buf_release(&value);
	if (code)
		err_wrap(err, "set %s", e->name);
	return code ? ERR_INPUT : ERR_NONE;
}

void
secrets_tell(int fd, const struct buf *secrets)
{
	uint32_t bytes = (uint32_t)secrets->bytes;
	size_t done = 0;
	struct buf all;

	buf_init(&all, SIZE_MAX);
	buf_add(&all, &bytes, sizeof(bytes));
	buf_add(&all, secrets->data, secrets->bytes);
	while (done < all.bytes) {
		ssize_t n = write(fd, all.data + done, all.bytes - done);

		if (n < 0 && errno != EINTR)
			break; /* nobody listens */
		done += n > 0 ? (size_t)n : 0;
	}
	explicit_bzero(all.data, all.bytes);
	buf_release(&all);
	(void)close(fd);
}

bool
secrets_are_told(const struct buf *read, const char **at, size_t *bytes)
{
	uint32_t wanted;

	if (read->bytes < sizeof(wanted))
		return false;
	memcpy(&wanted, read->data, sizeof(wanted));
	if (read->bytes < sizeof(wanted) + wanted)
		return false;
	*at = read->data + sizeof(wanted);
	*bytes = wanted;
	return true;
}

static void
mask_one(struct mask *m, const char *name, const char *value, size_t bytes, struct buf * not )
{
	if (mask_add(m, value, bytes) || !bytes)
		return;
	buf_format(not, "%s%s", not ->bytes ? ", " : "", name);
}

void
secrets_mask(struct mask *m, const char *secrets, size_t bytes, struct buf * not )
{
	const char *end = secrets + bytes;

	while (secrets < end) {
		const char *name = secrets, *value = name + strnlen(name, (size_t)(end - name)) + 1;
		size_t length = value < end ? strnlen(value, (size_t)(end - value)) : 0;

		if (value >= end)
			return;
		mask_one(m, name, value, length, not );
		secrets = value + length + 1;
	}
}

void
secrets_mask_at_hand(struct mask *m, const struct spec *spec, struct buf * not )
{
	for (size_t i = 0; i < spec->n_env; i++) {
		const struct spec_env *e = &spec->env[i];
		struct buf value;

		buf_init(&value, SIZE_MAX);
		if (secret_is(e) && secret_is_at_hand(e) && read_at_hand(e, &value))
			mask_one(m, e->name, value.data, value.bytes, not );
		explicit_bzero(value.data, value.bytes);
		buf_release(&value);
	}
}
