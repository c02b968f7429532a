/* pipe.c - bytes for the spawner, without ever waiting for it. */
#include "scheduler/executor/pipe.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

enum { KEPT_BYTES = 1 << 20 }; /* a larger buffer is given back once it is empty */

enum err_code
pipe_start(struct launch_pipe *p, uv_loop_t *loop, int fd, struct err *err)
{
	int rc;

	*p = (struct launch_pipe){ .fd = fd };
	rc = uv_poll_init(loop, &p->poll, fd);
	if (rc)
		return err_set(err, ERR_SYSTEM, "watch the spawner's socket: %s", uv_strerror(rc));
	p->poll.data = p;
	buf_init(&p->bytes, PIPE_BYTES_MAX);
	return ERR_NONE;
}

enum err_code
pipe_frame(struct launch_pipe *p, const struct launch *l, struct err *err)
{
	launch_write(l, &p->bytes);
	if (!p->bytes.full)
		return ERR_NONE;
	p->bytes.full = false;
	return err_set(err, ERR_LIMIT, "the spawner does not read: %zu bytes wait for it",
		       p->bytes.bytes - p->sent_bytes);
}

/* True: everything is out, or nobody is there to hear it. */
static bool
push(struct launch_pipe *p)
{
	ssize_t n;

	while (!p->broken && p->sent_bytes < p->bytes.bytes) {
		n = send(p->fd, p->bytes.data + p->sent_bytes, p->bytes.bytes - p->sent_bytes,
			 MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n >= 0)
			p->sent_bytes += (size_t)n;
		else if (errno == EAGAIN)
			return false;
		else if (errno != EINTR)
			p->broken = true; /* its pidfd tells, and recovery follows */
	}
	p->sent_bytes = 0;
	if (p->bytes.room > KEPT_BYTES) {
		buf_release(&p->bytes);
		buf_init(&p->bytes, PIPE_BYTES_MAX);
	}
	buf_reset(&p->bytes);
	return true;
}

static void
on_writable(uv_poll_t *poll, int status, int events)
{
	struct launch_pipe *p = poll->data;

	(void)status;
	(void)events;
	if (!push(p))
		return;
	p->waiting = false;
	(void)uv_poll_stop(poll);
}

void
pipe_flush(struct launch_pipe *p)
{
	if (p->waiting || push(p))
		return;
	p->waiting = uv_poll_start(&p->poll, UV_WRITABLE, on_writable) == 0;
}

void
pipe_drain(struct launch_pipe *p, int timeout_ms)
{
	struct pollfd room = { .fd = p->fd, .events = POLLOUT };

	while (!push(p) && poll(&room, 1, timeout_ms) > 0)
		;
}

void
pipe_stop(struct launch_pipe *p)
{
	uv_close((uv_handle_t *)&p->poll, NULL);
	buf_release(&p->bytes);
}
