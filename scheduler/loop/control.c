/* control.c - the control socket on the loop. */
#include "scheduler/loop/control.h"

#include "core/base/mem.h"
#include "core/wire/message.h"

#include <arpa/inet.h>
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	BACKLOG = 64,
	SWEEP_MS = 5 * 1000, /* how often idle connections are looked for */
	READ_BYTES = 64 << 10,
	OUR_SHARE = 4,       /* of all descriptors, a quarter is for connections */
	CONNECTIONS_MIN = 2, /* however few descriptors there are */
};

struct connection {
	uv_pipe_t pipe; /* the only handle: closing it frees the connection */
	struct control *control;
	struct connection *next;
	struct buf in;     /* bytes not yet taken apart */
	struct buf out;    /* the reply that is being written */
	uv_write_t write;  /* of `out` */
	bool writing;      /* `write` is under way */
	bool over;         /* close it once `write` is done */
	int64_t request;   /* the one that is being answered, or 0 */
	uint64_t since_ms; /* loop time of the last request or reply */
};

struct control {
	uv_pipe_t listener;
	uv_timer_t sweep;
	unsigned open_handles; /* of these two and of the connections */
	bool stopping;
	struct connection *connections;
	unsigned n_connections, most; /* `most`: how many there may be */
	int64_t last_request;
	control_request_fn *on_request;
	void *arg;
	char chunk[READ_BYTES]; /* lent to one read at a time */
};

/* The one place where a control is freed. */
static void
handle_closed(struct control *c)
{
	assert(c->open_handles > 0);
	if (--c->open_handles == 0)
		free(c);
}

static void
own_handle_closed(uv_handle_t *handle)
{
	handle_closed(handle->data);
}

/* The one place where a connection is freed. */
static void
connection_closed(uv_handle_t *handle)
{
	struct connection *n = handle->data;
	struct control *c = n->control;

	buf_release(&n->in);
	buf_release(&n->out);
	free(n);
	handle_closed(c);
}

static void
hang_up(struct connection *n)
{
	struct connection **at = &n->control->connections;

	if (uv_is_closing((uv_handle_t *)&n->pipe))
		return;
	while (*at != n)
		at = &(*at)->next;
	*at = n->next;
	n->control->n_connections--;
	uv_close((uv_handle_t *)&n->pipe, connection_closed);
}

static void serve(struct connection *n);

static void
on_written(uv_write_t *write, int status)
{
	struct connection *n = write->data;

	n->writing = false;
	if (status || n->over) {
		hang_up(n);
		return;
	}
	n->since_ms = uv_now(n->pipe.loop);
	buf_reset(&n->out);
	serve(n);
}

/* Write a frame of JSON text; the connection reads no request meanwhile. */
static void
post(struct connection *n, const char *json, size_t bytes)
{
	uint32_t head = htonl((uint32_t)bytes);
	uv_buf_t out;

	assert(!n->writing && bytes <= MESSAGE_BYTES_MAX);
	buf_reset(&n->out);
	buf_add(&n->out, &head, sizeof(head));
	buf_add(&n->out, json, bytes);
	out = uv_buf_init(n->out.data, (unsigned)n->out.bytes);
	n->request = 0;
	n->writing = true;
	n->write.data = n;
	if (uv_write(&n->write, (uv_stream_t *)&n->pipe, &out, 1, on_written)) {
		n->writing = false;
		hang_up(n);
	}
}

/* Refuse what cannot be understood, and hang up after that: the stream has lost its rhythm. */
static void
refuse(struct connection *n, const char *why)
{
	json_t *reply = json_pack("{s:b, s:s, s:s}", "ok", 0, "code", "invalid", "message", why);
	struct buf text;

	buf_init(&text, MESSAGE_BYTES_MAX);
	json_write(reply, &text);
	json_decref(reply);
	n->over = true;
	post(n, text.data, text.bytes);
	buf_release(&text);
}

/* Hand over the next whole request, if there is one and none is being answered. */
static void
serve(struct connection *n)
{
	struct control *c = n->control;
	size_t body_bytes, used_bytes;
	json_t *message = NULL;
	const char *body;
	struct err err;

	if (n->request || n->writing || n->over || uv_is_closing((uv_handle_t *)&n->pipe))
		return;
	switch (frame_peek(n->in.data, n->in.bytes, &body, &body_bytes, &used_bytes)) {
	case FRAME_MORE:
		return;
	case FRAME_BAD:
		refuse(n, "a request is larger than 8 MiB");
		return;
	case FRAME_READY:
		break;
	}
	if (json_read(&message, body, body_bytes, "a request", &err)) {
		refuse(n, err.msg);
		return;
	}
	memmove(n->in.data, n->in.data + used_bytes, n->in.bytes - used_bytes);
	n->in.bytes -= used_bytes;
	n->in.data[n->in.bytes] = '\0';
	n->request = ++c->last_request;
	n->since_ms = uv_now(n->pipe.loop);
	c->on_request(c->arg, n->request, message);
	json_decref(message);
}

static void
lend_chunk(uv_handle_t *handle, size_t suggested, uv_buf_t *out)
{
	struct connection *n = handle->data;

	(void)suggested;
	*out = uv_buf_init(n->control->chunk, READ_BYTES);
}

static void
on_read(uv_stream_t *stream, ssize_t bytes, const uv_buf_t *chunk)
{
	struct connection *n = stream->data;

	if (bytes < 0) {
		hang_up(n);
		return;
	}
	buf_add(&n->in, chunk->base, (size_t)bytes);
	if (n->in.full)
		hang_up(n); /* more than a whole frame in advance */
	else
		serve(n);
}

/* Only this user and root may ask; the mode of the directory says so already. */
static bool
is_trusted(const struct connection *n)
{
	struct ucred peer;
	socklen_t bytes = sizeof(peer);
	uv_os_fd_t fd;

	return !uv_fileno((const uv_handle_t *)&n->pipe, &fd) &&
	       !getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &bytes) &&
	       (peer.uid == geteuid() || peer.uid == 0);
}

/* Of those for which nothing is being done, the one that has waited longest; NULL: none is idle. */
static struct connection *
longest_idle(const struct control *c)
{
	struct connection *found = NULL;

	/* The newest stands first, so of two that came in one turn the older is found. */
	for (struct connection *n = c->connections; n; n = n->next)
		if (!n->request && !n->writing && (!found || n->since_ms <= found->since_ms))
			found = n;
	return found;
}

/* Whoever comes with a request finds a place, whatever waits and says nothing. */
static void
make_place(struct control *c, const struct connection *comes)
{
	struct connection *idle = longest_idle(c);

	if (idle && idle != comes)
		hang_up(idle);
}

static void
on_connection(uv_stream_t *listener, int status)
{
	struct control *c = listener->data;
	struct connection *n;

	if (c->stopping)
		return;
	if (status) {
		make_place(c, NULL); /* there is no descriptor for who comes; the loop asks again */
		return;
	}
	n = mem_new(1, sizeof(*n));
	n->control = c;
	buf_init(&n->in, MESSAGE_BYTES_MAX + FRAME_HEAD_BYTES + READ_BYTES);
	buf_init(&n->out, MESSAGE_BYTES_MAX + FRAME_HEAD_BYTES);
	(void)uv_pipe_init(listener->loop, &n->pipe, 0); /* cannot fail: no system call */
	n->pipe.data = n;
	n->since_ms = uv_now(listener->loop);
	n->next = c->connections;
	c->connections = n;
	c->n_connections++;
	c->open_handles++;
	if (uv_accept(listener, (uv_stream_t *)&n->pipe) || !is_trusted(n)) {
		hang_up(n);
		return;
	}
	if (c->n_connections > c->most)
		make_place(c, n);
	if (c->n_connections > c->most)
		refuse(n, "the scheduler has too many connections, try again");
	else if (uv_read_start((uv_stream_t *)&n->pipe, lend_chunk, on_read))
		hang_up(n);
}

static void
on_sweep(uv_timer_t *timer)
{
	struct control *c = timer->data;
	uint64_t now_ms = uv_now(timer->loop);
	struct connection *next;

	for (struct connection *n = c->connections; n; n = next) {
		next = n->next;
		if (!n->request && now_ms - n->since_ms >= CONTROL_IDLE_MS)
			hang_up(n);
	}
}

/* Connections must not take the descriptors that files and attempts need. */
static unsigned
most_connections(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) ||
	    limit.rlim_cur / OUR_SHARE >= CONTROL_CONNECTIONS_MAX)
		return CONTROL_CONNECTIONS_MAX;
	return limit.rlim_cur / OUR_SHARE > CONNECTIONS_MIN ? (unsigned)(limit.rlim_cur / OUR_SHARE)
							    : CONNECTIONS_MIN;
}

enum err_code
control_start(struct control **out, uv_loop_t *loop, int listen_fd, control_request_fn *on_request,
	      void *arg, struct err *err)
{
	struct control *c = mem_new(1, sizeof(*c));
	int rc;

	c->on_request = on_request;
	c->arg = arg;
	c->most = most_connections();
	(void)uv_pipe_init(loop, &c->listener, 0); /* neither can fail: no system call */
	(void)uv_timer_init(loop, &c->sweep);
	c->listener.data = c->sweep.data = c;
	c->open_handles = 2;
	rc = uv_pipe_open(&c->listener, listen_fd);
	if (rc)
		(void)close(listen_fd);
	if (!rc)
		rc = uv_listen((uv_stream_t *)&c->listener, BACKLOG, on_connection);
	if (!rc)
		rc = uv_timer_start(&c->sweep, on_sweep, SWEEP_MS, SWEEP_MS);
	if (rc) {
		control_stop(c);
		return err_set(err, ERR_SYSTEM, "serve the control socket: %s", uv_strerror(rc));
	}
	*out = c;
	return ERR_NONE;
}

void
control_reply(struct control *c, int64_t request, const char *json, size_t bytes)
{
	for (struct connection *n = c->connections; n; n = n->next) {
		if (n->request != request)
			continue;
		if (bytes > MESSAGE_BYTES_MAX)
			refuse(n, "done, but the reply is larger than 8 MiB: ask for less at once");
		else
			post(n, json, bytes);
		return;
	}
}

void
control_stop(struct control *c)
{
	if (!c || c->stopping)
		return;
	c->stopping = true;
	while (c->connections)
		hang_up(c->connections);
	uv_close((uv_handle_t *)&c->listener, own_handle_closed);
	uv_close((uv_handle_t *)&c->sweep, own_handle_closed);
}
