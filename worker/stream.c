/* stream.c - the bytes of a file, unpacked, in blocks. */
#include "worker/stream.h"

#include "core/hash.h"
#include "core/mem.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

enum { PACKED_BYTES = 128 << 10, GZIP_WINDOW_BITS = 15 + 16, PACK_LEVEL = 1 };

struct inflater {
	z_stream z;
	bool inside;    /* a member has begun and not ended */
	bool file_done; /* read() said so */
	unsigned char packed[PACKED_BYTES];
};

static bool
ends_with(const char *text, const char *tail)
{
	size_t bytes = strlen(text), tail_bytes = strlen(tail);

	return bytes >= tail_bytes && strcmp(text + bytes - tail_bytes, tail) == 0;
}

enum err_code
stream_open(struct stream **out, int dir, const char *path, const char *name, struct err *err)
{
	int fd = openat(dir, path, O_RDONLY | O_CLOEXEC);
	struct stream *s;

	if (fd < 0 && errno == ENOENT)
		return err_set(err, ERR_NOT_FOUND, "open '%s': no such file", name);
	if (fd < 0)
		return err_errno(err, "open '%s'", name);
	s = mem_new(1, sizeof(*s));
	s->fd = fd;
	s->name = mem_str(name);
	s->room = STREAM_WINDOW_BYTES;
	s->data = mem_new(s->room + STREAM_PAD, 1);
	if (ends_with(path, ".gz")) {
		s->inflater = mem_new(1, sizeof(*s->inflater));
		s->inflater->inside = true; /* an empty file is no gzip file */
		if (inflateInit2(&s->inflater->z, GZIP_WINDOW_BITS) != Z_OK)
			abort(); /* only for lack of memory */
	}
	*out = s;
	return ERR_NONE;
}

void
stream_close(struct stream *s)
{
	if (!s)
		return;
	if (s->inflater)
		(void)inflateEnd(&s->inflater->z);
	(void)close(s->fd);
	free(s->inflater);
	free(s->digest);
	free(s->data);
	free(s->name);
	free(s);
}

/* Bytes as they are on disk. */
static enum err_code
read_file(struct stream *s, void *to, size_t bytes, size_t *got, struct err *err)
{
	ssize_t n;

	do {
		n = read(s->fd, to, bytes);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return err_errno(err, "read '%s'", s->name);
	if (s->digest)
		digest_add(s->digest, to, (size_t)n);
	*got = (size_t)n;
	return ERR_NONE;
}

static enum err_code
refill_packed(struct stream *s, struct err *err)
{
	struct inflater *in = s->inflater;
	size_t got = 0;
	enum err_code code = read_file(s, in->packed, sizeof(in->packed), &got, err);

	if (code)
		return code;
	in->file_done = got == 0;
	in->z.next_in = in->packed;
	in->z.avail_in = (uInt)got;
	return ERR_NONE;
}

/* Between two members: padding with zeros is allowed, as gzip(1) does. */
static void
begin_member(struct inflater *in)
{
	while (in->z.avail_in && *in->z.next_in == 0) {
		in->z.next_in++;
		in->z.avail_in--;
	}
	if (in->z.avail_in) {
		(void)inflateReset(&in->z);
		in->inside = true;
	}
}

/* Unpacked bytes; *got 0 is the end of the file. */
static enum err_code
read_unpacked(struct stream *s, char *to, size_t bytes, size_t *got, struct err *err)
{
	struct inflater *in = s->inflater;
	enum err_code code;
	int status;

	*got = 0;
	while (!*got) {
		if (!in->z.avail_in && !in->file_done) {
			code = refill_packed(s, err);
			if (code)
				return code;
		}
		if (!in->inside)
			begin_member(in);
		if (!in->z.avail_in && in->file_done && !in->inside)
			return ERR_NONE;
		if (!in->inside)
			continue;
		in->z.next_out = (unsigned char *)to;
		in->z.avail_out = (uInt)bytes;
		status = inflate(&in->z, Z_NO_FLUSH);
		*got = bytes - in->z.avail_out;
		if (status == Z_STREAM_END)
			in->inside = false;
		else if (status != Z_OK && status != Z_BUF_ERROR)
			return err_set(err, ERR_INPUT, "unpack '%s': damaged gzip data (%s)",
				       s->name, in->z.msg ? in->z.msg : "no details");
		else if (!*got && in->file_done)
			return err_set(err, ERR_INPUT,
				       "unpack '%s': the gzip file ends too early; it was cut "
				       "off, copy it again",
				       s->name);
	}
	return ERR_NONE;
}

/* Move what is left to the front, and have room behind it. */
static enum err_code
make_room(struct stream *s, struct err *err)
{
	if (s->at) {
		memmove(s->data, s->data + s->at, s->end - s->at);
		s->end -= s->at;
		s->at = 0;
	}
	if (s->end < s->room)
		return ERR_NONE;
	if (s->room >= STREAM_WINDOW_BYTES_MAX)
		return err_set(err, ERR_LIMIT, "read '%s': a record is longer than %d bytes",
			       s->name, STREAM_WINDOW_BYTES_MAX);
	s->room *= 2;
	s->data = mem_resize(s->data, s->room + STREAM_PAD, 1);
	return ERR_NONE;
}

enum err_code
stream_fill(struct stream *s, struct err *err)
{
	enum err_code code;
	size_t got = 0;

	if (s->ended)
		return ERR_NONE;
	code = make_room(s, err);
	if (code)
		return code;
	do {
		char *to = s->data + s->end;
		size_t room = s->room - s->end;

		code = s->inflater ? read_unpacked(s, to, room, &got, err)
				   : read_file(s, to, room, &got, err);
		if (code)
			return code;
		s->end += got;
	} while (got && s->end < s->room);
	s->ended = !got;
	memset(s->data + s->end, 0, STREAM_PAD);
	s->data[s->end] = '\n';
	return ERR_NONE;
}

void
stream_want_digest(struct stream *s)
{
	assert(!s->digest && !s->end);
	s->digest = mem_new(1, sizeof(*s->digest));
	digest_init(s->digest);
}

void
stream_digest(struct stream *s, char out[DIGEST_CHARS + 1])
{
	assert(s->ended && s->digest);
	digest_end(s->digest, out);
}

struct packer {
	z_stream z;
	char *path;
	int fd;
	unsigned char packed[PACKED_BYTES];
};

enum err_code
packer_open(struct packer **out, const char *path, struct err *err)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	struct packer *p;

	if (fd < 0)
		return err_errno(err, "create '%s'", path);
	p = mem_new(1, sizeof(*p));
	p->fd = fd;
	p->path = mem_str(path);
	if (deflateInit2(&p->z, PACK_LEVEL, Z_DEFLATED, GZIP_WINDOW_BITS, 8, Z_DEFAULT_STRATEGY) !=
	    Z_OK)
		abort(); /* only for lack of memory */
	*out = p;
	return ERR_NONE;
}

static enum err_code
write_all(struct packer *p, size_t bytes, struct err *err)
{
	const unsigned char *from = p->packed;

	while (bytes) {
		ssize_t n = write(p->fd, from, bytes);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_errno(err, "write '%s'", p->path);
		from += n;
		bytes -= (size_t)n;
	}
	return ERR_NONE;
}

/* Pack what waits in z.next_in; with Z_FINISH also what zlib held back. */
static enum err_code
pack(struct packer *p, int flush, struct err *err)
{
	enum err_code code = ERR_NONE;

	do {
		p->z.next_out = p->packed;
		p->z.avail_out = sizeof(p->packed);
		(void)deflate(&p->z, flush);
		code = write_all(p, sizeof(p->packed) - p->z.avail_out, err);
	} while (!code && !p->z.avail_out);
	return code;
}

enum err_code
packer_add(struct packer *p, const void *data, size_t bytes, struct err *err)
{
	/* zlib does not write through next_in, but its type does not say so. */
	memcpy(&p->z.next_in, &data, sizeof(data));
	assert(bytes <= UINT32_MAX);
	p->z.avail_in = (uInt)bytes;
	return pack(p, Z_NO_FLUSH, err);
}

enum err_code
packer_close(struct packer *p, struct err *err)
{
	enum err_code code;

	if (!p)
		return ERR_NONE;
	p->z.avail_in = 0;
	code = pack(p, Z_FINISH, err);
	(void)deflateEnd(&p->z);
	if (close(p->fd) && !code)
		code = err_errno(err, "close '%s'", p->path);
	free(p->path);
	free(p);
	return code;
}
