/* launch.c - the message that starts an attempt, and the signal that ends it. */
#include "core/wire/launch.h"

#include "core/wire/spec.h"

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

_Static_assert(LAUNCH_BYTES_MAX >= SPEC_BYTES_MAX + 2 * PATH_MAX + 1024, "a launch has to fit");

/* A scheduler that does not read for a second finds out by looking. */
enum { HINT_TRIES = 10, HINT_WAIT_MS = 100 };

/*
 * The body of a frame: this head in the machine's own byte order (both ends
 * are the same program), then the two paths and the spec, each with a NUL.
 */
struct head {
	int64_t attempt, timeout_us, grace_us, log_bytes_max;
	uint32_t runtime_bytes, log_bytes, spec_bytes; /* without the NULs */
	char token[TOKEN_CHARS + 1];
};

void
launch_write(const struct launch *l, struct buf *out)
{
	struct head h;
	uint32_t size;
	size_t body;

	memset(&h, 0, sizeof(h)); /* padding too: it is sent */
	h.attempt = l->attempt;
	h.timeout_us = l->timeout_us;
	h.grace_us = l->grace_us;
	h.log_bytes_max = l->log_bytes_max;
	h.runtime_bytes = (uint32_t)strlen(l->runtime_path);
	h.log_bytes = (uint32_t)strlen(l->log_path);
	h.spec_bytes = (uint32_t)l->spec_bytes;
	memcpy(h.token, l->token, sizeof(h.token));
	body = sizeof(h) + h.runtime_bytes + h.log_bytes + l->spec_bytes + 3;
	size = htonl((uint32_t)body);
	buf_add(out, &size, sizeof(size));
	buf_add(out, &h, sizeof(h));
	buf_add(out, l->runtime_path, h.runtime_bytes + (size_t)1);
	buf_add(out, l->log_path, h.log_bytes + (size_t)1);
	buf_add(out, l->spec, l->spec_bytes);
	buf_char(out, '\0');
}

/* A string of `bytes` bytes and its NUL at *at; moves *at behind it.  NULL: it
 * is not one. */
static const char *
take_text(const char **at, const char *end, uint32_t bytes)
{
	const char *text = *at;

	if ((size_t)(end - text) <= bytes || strnlen(text, (size_t)bytes + 1) != bytes)
		return NULL;
	*at += (size_t)bytes + 1;
	return text;
}

enum err_code
launch_read(struct launch *out, const char *body, size_t bytes, struct err *err)
{
	const char *end = body + bytes, *at = body;
	struct launch l;
	struct head h;

	if (bytes < sizeof(h) || bytes > LAUNCH_BYTES_MAX)
		return err_set(err, ERR_INPUT, "read a launch message: %zu bytes is no size",
			       bytes);
	memcpy(&h, body, sizeof(h));
	at += sizeof(h);
	l = (struct launch){ .attempt = h.attempt,
			     .timeout_us = h.timeout_us,
			     .grace_us = h.grace_us,
			     .log_bytes_max = h.log_bytes_max,
			     .spec_bytes = h.spec_bytes };
	memcpy(l.token, h.token, sizeof(l.token));
	l.runtime_path = take_text(&at, end, h.runtime_bytes);
	l.log_path = l.runtime_path ? take_text(&at, end, h.log_bytes) : NULL;
	l.spec = l.log_path ? take_text(&at, end, h.spec_bytes) : NULL;
	if (!l.spec || at != end)
		return err_set(err, ERR_INPUT, "read a launch message: its parts do not fit");
	if (l.attempt <= 0 || l.timeout_us < 0 || l.grace_us < 0 || l.log_bytes_max < 0)
		return err_set(err, ERR_INPUT, "read a launch message: a number is out of range");
	if (strnlen(l.token, sizeof(l.token)) != TOKEN_CHARS)
		return err_set(err, ERR_INPUT, "read a launch message: the token is not one");
	if (l.runtime_path[0] != '/' || l.log_path[0] != '/')
		return err_set(err, ERR_INPUT, "read a launch message: a path is not absolute");
	*out = l;
	return ERR_NONE;
}

void
hint_send(int hint_fd, int64_t attempt, enum hint_kind kind, int detail)
{
	struct hint h = { .attempt = attempt, .kind = (int32_t)kind, .detail = detail };
	struct pollfd p = { .fd = hint_fd, .events = POLLOUT };

	for (int tries = 0; tries < HINT_TRIES; tries++) {
		if (send(hint_fd, &h, sizeof(h), MSG_NOSIGNAL | MSG_DONTWAIT) >= 0)
			return;
		if (errno != EAGAIN && errno != EINTR)
			return;
		(void)poll(&p, 1, HINT_WAIT_MS);
	}
}

void
end_send(int pid_fd, int64_t attempt)
{
	siginfo_t info = { 0 };

	info.si_signo = SIGTERM;
	info.si_code = SI_QUEUE;
	info.si_pid = getpid();
	info.si_uid = getuid();
	info.si_value.sival_ptr = (void *)(uintptr_t)attempt;
	(void)syscall(SYS_pidfd_send_signal, pid_fd, SIGTERM, &info, 0);
}

bool
end_is_about(const struct signalfd_siginfo *info, int64_t attempt)
{
	return info->ssi_code != SI_QUEUE || info->ssi_ptr == (uintptr_t)attempt;
}
