/* again.c - a shim that has nothing left of its attempt asks for another. */
#include "core/wire/again.h"

#include "core/wire/message.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CHUNK_BYTES = 4 << 10 };

bool
again_pair(int *spawner_fd, int *shim_fd)
{
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0)
		return false;
	*spawner_fd = fds[0];
	*shim_fd = fds[1];
	return true;
}

bool
again_ask(int fd)
{
	return send(fd, "", 1, MSG_NOSIGNAL | MSG_DONTWAIT) == 1;
}

enum err_code
again_wait(int fd, struct buf *frame, struct launch *out, struct err *err)
{
	enum frame_status status;
	size_t body_bytes, used;
	const char *body;

	buf_reset(frame);
	while ((status = frame_peek(frame->data, frame->bytes, &body, &body_bytes, &used)) ==
		   FRAME_MORE &&
	       !frame->full) {
		char chunk[CHUNK_BYTES];
		ssize_t n = recv(fd, chunk, sizeof(chunk), 0);

		if (n < 0 && errno == EINTR)
			continue;
		/* A part of a frame is nothing: who closed its end has given it to another. */
		if (n <= 0)
			return err_set(err, ERR_NOT_FOUND,
				       "wait for a launch: the spawner has gone");
		buf_add(frame, chunk, (size_t)n);
	}
	if (status != FRAME_READY || used != frame->bytes)
		return err_set(err, ERR_INPUT, "wait for a launch: what came is no frame");
	return launch_read(out, body, body_bytes, err);
}

bool
again_asked(int fd)
{
	char byte;

	return recv(fd, &byte, 1, MSG_DONTWAIT) == 1;
}

bool
again_give(int fd, const char *frame, size_t bytes)
{
	return send(fd, frame, bytes, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)bytes;
}
