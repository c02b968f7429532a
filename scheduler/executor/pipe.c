/* pipe.c - bytes for the spawner, without ever waiting for it. */
#include "scheduler/executor/pipe.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

enum { KEPT_BYTES = 1 << 20 }; /* a larger buffer is given back once it is empty */

enum err_code
outbox_start(struct outbox *box, uv_loop_t *loop, int fd, struct err *err)
{
	int rc;

	*box = (struct outbox){ .fd = fd };
	rc = uv_poll_init(loop, &box->poll, fd);
	if (rc)
		return err_set(err, ERR_SYSTEM, "watch the spawner's socket: %s", uv_strerror(rc));
	box->poll.data = box;
	buf_init(&box->bytes, OUTBOX_BYTES_MAX);
	return ERR_NONE;
}

enum err_code
outbox_frame(struct outbox *box, const struct launch *l, struct err *err)
{
	launch_write(l, &box->bytes);
	if (!box->bytes.full)
		return ERR_NONE;
	box->bytes.full = false;
	return err_set(err, ERR_LIMIT, "the spawner does not read: %zu bytes wait for it",
		       box->bytes.bytes - box->sent_bytes);
}

/* True: everything is out, or nobody is there to hear it. */
static bool
push(struct outbox *box)
{
	ssize_t n;

	while (!box->broken && box->sent_bytes < box->bytes.bytes) {
		n = send(box->fd, box->bytes.data + box->sent_bytes,
			 box->bytes.bytes - box->sent_bytes, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n >= 0)
			box->sent_bytes += (size_t)n;
		else if (errno == EAGAIN)
			return false;
		else if (errno != EINTR)
			box->broken = true; /* its pidfd tells, and recovery follows */
	}
	box->sent_bytes = 0;
	if (box->bytes.room > KEPT_BYTES) {
		buf_release(&box->bytes);
		buf_init(&box->bytes, OUTBOX_BYTES_MAX);
	}
	buf_reset(&box->bytes);
	return true;
}

static void
on_writable(uv_poll_t *poll, int status, int events)
{
	struct outbox *box = poll->data;

	(void)status;
	(void)events;
	if (!push(box))
		return;
	box->waiting = false;
	(void)uv_poll_stop(poll);
}

void
outbox_flush(struct outbox *box)
{
	if (box->waiting || push(box))
		return;
	box->waiting = uv_poll_start(&box->poll, UV_WRITABLE, on_writable) == 0;
}

void
outbox_drain(struct outbox *box, int timeout_ms)
{
	struct pollfd p = { .fd = box->fd, .events = POLLOUT };

	while (!push(box) && poll(&p, 1, timeout_ms) > 0)
		;
}

void
outbox_stop(struct outbox *box)
{
	uv_close((uv_handle_t *)&box->poll, NULL);
	buf_release(&box->bytes);
}
