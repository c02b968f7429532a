/* message.c - what CLI and web say to the scheduler over the control socket. */
#include "core/wire/message.h"

#include "core/base/clock.h"
#include "core/base/size.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define SOCKET_FILE "control.sock"

/* How many clients may wait to be accepted; the kernel cuts it to net.core.somaxconn. */
enum { LISTEN_BACKLOG = 64, READ_BYTES = 64 << 10 };

enum frame_status
frame_peek(const char *data, size_t bytes, const char **body, size_t *body_bytes,
	   size_t *used_bytes)
{
	uint32_t size;

	if (bytes < FRAME_HEAD_BYTES)
		return FRAME_MORE;
	memcpy(&size, data, sizeof(size));
	size = ntohl(size);
	if (size > MESSAGE_BYTES_MAX)
		return FRAME_BAD;
	if (bytes - FRAME_HEAD_BYTES < size)
		return FRAME_MORE;
	*body = data + FRAME_HEAD_BYTES;
	*body_bytes = size;
	*used_bytes = FRAME_HEAD_BYTES + (size_t)size;
	return FRAME_READY;
}

void
frame_write(const json_t *value, struct buf *out)
{
	size_t start = out->bytes;
	uint32_t size = 0;

	buf_add(out, &size, sizeof(size));
	json_write(value, out);
	if (!out->full && out->bytes - start - sizeof(size) > MESSAGE_BYTES_MAX)
		out->full = true;
	if (out->full) {
		out->bytes = start; /* half a frame would be worse than none */
		out->data[start] = '\0';
		return;
	}
	size = htonl((uint32_t)(out->bytes - start - sizeof(size)));
	memcpy(out->data + start, &size, sizeof(size));
}

/* Open the state directory and name the socket in it through the descriptor. */
static enum err_code
socket_address(const char *project_dir, int *dir_fd, struct sockaddr_un *out, struct err *err)
{
	char path[4096];
	int n = snprintf(path, sizeof(path), "%s/.tidemill", project_dir);
	int fd;

	if (n < 0 || (size_t)n >= sizeof(path))
		return err_set(err, ERR_LIMIT, "open the state directory: the path is too long");
	fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return err_set(err, ERR_NOT_FOUND, "open '%s': no such directory", path);
	if (fd < 0)
		return err_errno(err, "open '%s'", path);
	*out = (struct sockaddr_un){ .sun_family = AF_UNIX };
	(void)snprintf(out->sun_path, sizeof(out->sun_path), "/proc/self/fd/%d/" SOCKET_FILE, fd);
	*dir_fd = fd;
	return ERR_NONE;
}

/* What a failed connect() means to somebody who looks for a scheduler. */
static enum err_code
no_listener(const char *project_dir, struct err *err)
{
	if (errno == ENOENT)
		return err_set(err, ERR_NOT_FOUND, "connect to the scheduler of '%s': none runs",
			       project_dir);
	if (errno == ECONNREFUSED)
		return err_set(err, ERR_BUSY,
			       "connect to the scheduler of '%s': it does not listen any more",
			       project_dir);
	return err_errno(err, "connect to the scheduler of '%s'", project_dir);
}

enum err_code
control_connect(const char *project_dir, int *fd, struct err *err)
{
	struct sockaddr_un address;
	enum err_code code;
	int dir_fd = -1, s;

	code = socket_address(project_dir, &dir_fd, &address, err);
	if (code)
		return code;
	s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (s < 0) {
		code = err_errno(err, "make a socket");
	} else if (connect(s, (struct sockaddr *)&address, sizeof(address)) < 0) {
		code = no_listener(project_dir, err);
		(void)close(s);
	} else {
		*fd = s;
	}
	(void)close(dir_fd);
	return code;
}

enum err_code
control_listen(const char *project_dir, int *fd, struct err *err)
{
	struct sockaddr_un address;
	enum err_code code;
	int dir_fd = -1, s;

	code = socket_address(project_dir, &dir_fd, &address, err);
	if (code)
		return code;
	s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	/* The mode of the socket before it is bound is the mode of its file. */
	if (s < 0 || fchmod(s, 0600) < 0 || (unlink(address.sun_path) < 0 && errno != ENOENT) ||
	    bind(s, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    listen(s, LISTEN_BACKLOG) < 0)
		code = err_errno(err, "listen on '%s/.tidemill/" SOCKET_FILE "'", project_dir);
	if (!code)
		*fd = s;
	else if (s >= 0)
		(void)close(s);
	(void)close(dir_fd);
	return code;
}

/* Wait until the socket is ready for `events`; end_mono_us 0 waits for ever. */
static enum err_code
wait_ready(int fd, short events, int64_t end_mono_us, struct err *err)
{
	struct pollfd p = { .fd = fd, .events = events };

	for (;;) {
		int64_t left_us = end_mono_us ? end_mono_us - clock_boot_us() : -1;
		int n, wait_ms = -1;

		if (end_mono_us && left_us <= 0)
			return err_set(err, ERR_BUSY,
				       "talk to the scheduler: it did not answer in time");
		if (end_mono_us)
			wait_ms = (int)(left_us > HOUR_US ? HOUR_US / 1000 : left_us / 1000 + 1);
		n = poll(&p, 1, wait_ms);
		if (n > 0)
			return ERR_NONE;
		if (n < 0 && errno != EINTR)
			return err_errno(err, "talk to the scheduler: poll");
	}
}

static enum err_code
send_all(int fd, const struct buf *data, int64_t end_mono_us, struct err *err)
{
	size_t sent = 0;
	enum err_code code;

	while (sent < data->bytes) {
		ssize_t n = send(fd, data->data + sent, data->bytes - sent,
				 MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n >= 0) {
			sent += (size_t)n;
			continue;
		}
		if (errno == EINTR)
			continue;
		if (errno == EPIPE || errno == ECONNRESET)
			return err_set(err, ERR_BUSY,
				       "send to the scheduler: it closed the connection");
		if (errno != EAGAIN)
			return err_errno(err, "send to the scheduler");
		code = wait_ready(fd, POLLOUT, end_mono_us, err);
		if (code)
			return code;
	}
	return ERR_NONE;
}

/* Read into `data` until it holds one whole frame, whose body is given. */
static enum err_code
receive_frame(int fd, struct buf *data, const char **body, size_t *body_bytes, int64_t end_mono_us,
	      struct err *err)
{
	char chunk[READ_BYTES];
	enum err_code code;
	size_t used;

	for (;;) {
		enum frame_status status;
		ssize_t n;

		status = frame_peek(data->data, data->bytes, body, body_bytes, &used);
		if (status == FRAME_READY)
			return ERR_NONE;
		if (status == FRAME_BAD || data->full)
			return err_set(err, ERR_LIMIT,
				       "read the scheduler's reply: it is too long");
		code = wait_ready(fd, POLLIN, end_mono_us, err);
		if (code)
			return code;
		n = recv(fd, chunk, sizeof(chunk), MSG_DONTWAIT);
		if (n == 0 || (n < 0 && errno == ECONNRESET))
			return err_set(err, ERR_BUSY,
				       "read the scheduler's reply: it closed the connection");
		if (n < 0 && errno != EINTR && errno != EAGAIN)
			return err_errno(err, "read the scheduler's reply");
		if (n > 0)
			buf_add(data, chunk, (size_t)n);
	}
}

enum err_code
control_call(int fd, const json_t *request, json_t **reply, int64_t timeout_us, struct err *err)
{
	int64_t end_mono_us = timeout_us ? clock_boot_us() + timeout_us : 0;
	enum err_code code;
	struct buf data;
	const char *body = NULL;
	size_t body_bytes = 0;

	buf_init(&data, FRAME_HEAD_BYTES + MESSAGE_BYTES_MAX + READ_BYTES);
	frame_write(request, &data);
	if (data.full) {
		code = err_set(err, ERR_LIMIT, "send to the scheduler: over %s",
			       SIZE_TEXT(MESSAGE_BYTES_MAX));
		goto out;
	}
	code = send_all(fd, &data, end_mono_us, err);
	if (code)
		goto out;
	buf_reset(&data);
	code = receive_frame(fd, &data, &body, &body_bytes, end_mono_us, err);
	if (!code)
		code = json_read(reply, body, body_bytes, "the scheduler's reply", err);
out:
	buf_release(&data);
	return code;
}

enum err_code
random_token(char out[TOKEN_CHARS + 1], struct err *err)
{
	static const char digits[] = "0123456789abcdef";
	unsigned char bytes[TOKEN_CHARS / 2];

	/* Up to 256 bytes are given whole once the kernel's pool is ready: getrandom(2). */
	if (getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes))
		return err_errno(err, "get random bytes");
	for (size_t i = 0; i < sizeof(bytes); i++) {
		out[2 * i] = digits[bytes[i] >> 4];
		out[2 * i + 1] = digits[bytes[i] & 15];
	}
	out[TOKEN_CHARS] = '\0';
	return ERR_NONE;
}
