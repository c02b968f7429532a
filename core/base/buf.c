/* buf.c - a growing byte buffer. */
#include "core/base/buf.h"

#include "core/base/mem.h"
#include "core/base/size.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NUMBER_CHARS = 20 }; /* of an int64_t, with its sign */

/* What an empty buffer points to: room 0 says that it is not the heap's.  Holds a NUL for ever. */
static char nothing[1];

void
buf_init(struct buf *b, size_t bytes_max)
{
	*b = (struct buf){ .data = nothing, .bytes_max = bytes_max };
}

void
buf_release(struct buf *b)
{
	if (b->room)
		free(b->data);
	buf_init(b, b->bytes_max);
}

void
buf_reset(struct buf *b)
{
	b->bytes = 0;
	b->full = false;
	if (b->room) /* what an empty buffer points to is everybody's */
		b->data[0] = '\0';
}

/* True when `more` bytes fit; then there is room for them and the NUL. */
static bool
reserve(struct buf *b, size_t more)
{
	size_t room = b->room ? b->room : 64;

	if (more > b->bytes_max - b->bytes) {
		b->full = true;
		return false;
	}
	while (room - b->bytes <= more)
		room *= 2;
	if (room != b->room) {
		b->data = mem_resize(b->room ? b->data : NULL, room, 1);
		b->data[b->bytes] = '\0';
		b->room = room;
	}
	return true;
}

void
buf_add(struct buf *b, const void *data, size_t bytes)
{
	if (!bytes || !reserve(b, bytes))
		return;
	memcpy(b->data + b->bytes, data, bytes);
	b->bytes += bytes;
	b->data[b->bytes] = '\0';
}

void
buf_text(struct buf *b, const char *text)
{
	buf_add(b, text, strlen(text));
}

void
buf_char(struct buf *b, char c)
{
	buf_add(b, &c, 1);
}

void
buf_number(struct buf *b, int64_t number)
{
	char digits[NUMBER_CHARS], *first = digits + sizeof(digits);
	uint64_t rest = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;

	do
		*--first = (char)('0' + rest % 10);
	while (rest /= 10);
	if (number < 0)
		*--first = '-';
	buf_add(b, first, (size_t)(digits + sizeof(digits) - first));
}

void
buf_format(struct buf *b, const char *fmt, ...)
{
	va_list ap, again;
	char most[FORMATTED_MOST];
	int n;

	va_start(ap, fmt);
	va_copy(again, ap);
	n = vsnprintf(most, sizeof(most), fmt, ap);
	if (n > 0 && (size_t)n < sizeof(most)) {
		buf_add(b, most, (size_t)n);
	} else if (n > 0 && reserve(b, (size_t)n)) {
		(void)vsnprintf(b->data + b->bytes, (size_t)n + 1, fmt, again);
		b->bytes += (size_t)n;
	}
	va_end(again);
	va_end(ap);
}

char *
buf_give(struct buf *b)
{
	char *data = b->room ? b->data : mem_bytes("", 0);

	buf_init(b, b->bytes_max);
	return data;
}

static enum err_code
read_all(struct buf *b, int fd, const char *path, struct err *err)
{
	char chunk[16384];
	ssize_t n;

	while ((n = read(fd, chunk, sizeof(chunk))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_errno(err, "read '%s'", path);
		buf_add(b, chunk, (size_t)n);
		if (b->full)
			return err_set(err, ERR_LIMIT, "read '%s': larger than %s", path,
				       SIZE_TEXT(b->bytes_max));
	}
	return ERR_NONE;
}

/* Reading what is no file might wait for ever: for a writer, for a device. */
static bool
may_wait(int fd)
{
	struct stat st;

	return fstat(fd, &st) < 0 || !(S_ISREG(st.st_mode) || S_ISDIR(st.st_mode));
}

enum err_code
buf_read_file(struct buf *b, int dir, const char *path, struct err *err)
{
	int fd = openat(dir, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	enum err_code code;

	if (fd < 0 && errno == ENOENT)
		return err_set(err, ERR_NOT_FOUND, "open '%s': no such file", path);
	if (fd < 0)
		return err_errno(err, "open '%s'", path);
	if (may_wait(fd))
		code = err_set(err, ERR_INPUT,
			       "read '%s': it is a pipe, a socket or a device, not a file", path);
	else
		code = read_all(b, fd, path, err);
	(void)close(fd);
	return code;
}
