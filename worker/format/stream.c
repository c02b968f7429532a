/* stream.c - the bytes of a file, unpacked, in blocks. */
#include "worker/format/stream.h"

#include "core/base/hash.h"
#include "core/base/mem.h"
#include "core/base/size.h"
#include "worker/format/recode.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

/*
 * zstd keeps as much of the unpacked data as the frame asks for; 128 MiB is the most that the
 * levels of zstd(1) ask for.
 */
enum {
	PACKED_BYTES = 128 << 10,
	RAW_BYTES = 64 << 10,
	GZIP_WINDOW_BITS = 15 + 16,
	PACK_LEVEL = 1,
	ZSTD_WINDOW_LOG_MAX = 27
};

/* A packed file is one member behind the other; zstd calls them frames. */
struct unpacker {
	const struct packing *packing;
	z_stream z;
	ZSTD_DCtx *zstd;
	bool inside;               /* a member has begun and not ended */
	bool file_done;            /* read() said so */
	bool has_given;            /* some of it was unpacked */
	const unsigned char *next; /* what is not unpacked yet of packed[] */
	size_t left;
	unsigned char packed[PACKED_BYTES];
};

/* Bytes of another encoding, and what they came to. */
struct recoder {
	enum encoding encoding;
	bool file_done;
	size_t left;    /* of raw[], not recoded yet */
	size_t at, end; /* of out[], not handed on yet */
	char raw[RAW_BYTES];
	char out[RAW_BYTES * RECODE_GROWTH];
};

/* A way to pack files, known by the end of their names. */
struct packing {
	const char *tail, *name;
	void (*open)(struct unpacker *u);
	void (*close)(struct unpacker *u);
	/* Between two members, with bytes left: true when one begins. */
	bool (*begin)(struct unpacker *u);
	/* Unpack up to `bytes` bytes; clears `inside` at the end of a member.  The error, or NULL.
	 */
	const char *(*step)(struct unpacker *u, char *to, size_t bytes, size_t *got);
};

static void
gzip_open(struct unpacker *u)
{
	if (inflateInit2(&u->z, GZIP_WINDOW_BITS) != Z_OK)
		mem_exhausted();
}

static void
gzip_close(struct unpacker *u)
{
	(void)inflateEnd(&u->z);
}

/* Padding with zeros is allowed between members, as gzip(1) does. */
static bool
gzip_begin(struct unpacker *u)
{
	while (u->left && *u->next == 0) {
		u->next++;
		u->left--;
	}
	if (u->left)
		(void)inflateReset(&u->z);
	return u->left > 0;
}

static const char *
gzip_step(struct unpacker *u, char *to, size_t bytes, size_t *got)
{
	int status;

	/* zlib does not write through next_in, but its type does not say so. */
	memcpy(&u->z.next_in, &u->next, sizeof(u->next));
	u->z.avail_in = (uInt)u->left;
	u->z.next_out = (unsigned char *)to;
	u->z.avail_out = (uInt)bytes;
	status = inflate(&u->z, Z_NO_FLUSH);
	*got = bytes - u->z.avail_out;
	u->next = u->z.next_in;
	u->left = u->z.avail_in;
	u->inside = status != Z_STREAM_END;
	if (status == Z_OK || status == Z_BUF_ERROR || status == Z_STREAM_END)
		return NULL;
	return u->z.msg ? u->z.msg : "no details";
}

static void
zstd_open(struct unpacker *u)
{
	u->zstd = ZSTD_createDCtx();
	if (!u->zstd ||
	    ZSTD_isError(ZSTD_DCtx_setParameter(u->zstd, ZSTD_d_windowLogMax, ZSTD_WINDOW_LOG_MAX)))
		mem_exhausted();
}

static void
zstd_close(struct unpacker *u)
{
	(void)ZSTD_freeDCtx(u->zstd);
}

static bool
zstd_begin(struct unpacker *u)
{
	return u->left > 0;
}

static const char *
zstd_step(struct unpacker *u, char *to, size_t bytes, size_t *got)
{
	ZSTD_inBuffer in = { .src = u->next, .size = u->left };
	ZSTD_outBuffer out = { .dst = to, .size = bytes };
	size_t status = ZSTD_decompressStream(u->zstd, &out, &in);

	*got = out.pos;
	u->next += in.pos;
	u->left -= in.pos;
	u->inside = status != 0;
	return ZSTD_isError(status) ? ZSTD_getErrorName(status) : NULL;
}

static const struct packing packings[] = {
	{ ".gz", "gzip", gzip_open, gzip_close, gzip_begin, gzip_step },
	{ ".zst", "zstd", zstd_open, zstd_close, zstd_begin, zstd_step },
};

static bool
ends_with(const char *text, const char *tail)
{
	size_t bytes = strlen(text), tail_bytes = strlen(tail);

	return bytes >= tail_bytes && strcmp(text + bytes - tail_bytes, tail) == 0;
}

static struct unpacker *
open_unpacker(const struct packing *packing)
{
	struct unpacker *u = mem_new(1, sizeof(*u));

	u->packing = packing;
	u->inside = true; /* an empty file is no packed file */
	packing->open(u);
	return u;
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
	for (size_t i = 0; i < countof(packings); i++)
		if (ends_with(path, packings[i].tail))
			s->unpacker = open_unpacker(&packings[i]);
	*out = s;
	return ERR_NONE;
}

void
stream_close(struct stream *s)
{
	if (!s)
		return;
	if (s->unpacker)
		s->unpacker->packing->close(s->unpacker);
	(void)close(s->fd);
	free(s->unpacker);
	free(s->recoder);
	free(s->checksum);
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
	if (s->checksum)
		checksum_add(s->checksum, to, (size_t)n);
	*got = (size_t)n;
	return ERR_NONE;
}

static enum err_code
refill_packed(struct stream *s, struct err *err)
{
	struct unpacker *u = s->unpacker;
	enum err_code code = read_file(s, u->packed, sizeof(u->packed), &u->left, err);

	u->file_done = !code && u->left == 0;
	u->next = u->packed;
	return code;
}

/* Unpacked bytes; *got 0 is the end of the file. */
static enum err_code
read_unpacked(struct stream *s, char *to, size_t bytes, size_t *got, struct err *err)
{
	struct unpacker *u = s->unpacker;
	const char *name = u->packing->name, *why;

	*got = 0;
	while (!*got) {
		if (!u->left && !u->file_done) {
			enum err_code code = refill_packed(s, err);

			if (code)
				return code;
		}
		if (!u->inside)
			u->inside = u->left && u->packing->begin(u);
		if (!u->inside && u->file_done)
			return ERR_NONE;
		if (!u->inside)
			continue;
		why = u->packing->step(u, to, bytes, got);
		if (why)
			return err_set(err, ERR_INPUT, "unpack '%s': bad %s data (%s)%s%s%s",
				       s->name, name, why,
				       u->has_given ? "" : "; its name ends in ",
				       u->has_given ? "" : u->packing->tail,
				       u->has_given ? "" : ": if it is not packed, rename it");
		u->has_given = u->has_given || *got;
		if (u->inside && !*got && u->file_done)
			return err_set(err, ERR_INPUT,
				       "unpack '%s': the %s file ends too early; it was cut off, "
				       "copy it again",
				       s->name, name);
	}
	return ERR_NONE;
}

/* The bytes of the file, unpacked. */
static enum err_code
read_bytes(struct stream *s, char *to, size_t bytes, size_t *got, struct err *err)
{
	return s->unpacker ? read_unpacked(s, to, bytes, got, err)
			   : read_file(s, to, bytes, got, err);
}

/* The mark at the start of the file says which way round its units are. */
static enum err_code
find_mark(struct stream *s, struct err *err)
{
	struct recoder *c = s->recoder;
	int encoding = recode_mark(c->raw, c->left);

	if (encoding < 0)
		return err_set(err, ERR_INPUT,
			       "read '%s': it has no mark of UTF-16; say utf-16le or utf-16be",
			       s->name);
	c->encoding = (enum encoding)encoding;
	return ERR_NONE;
}

/* Have recoded bytes in out[], or file_done. */
static enum err_code
refill_recoded(struct stream *s, struct err *err)
{
	struct recoder *c = s->recoder;
	enum err_code code = ERR_NONE;
	size_t got = 0, used;

	/* A read may be short; a mark and a character are not to be cut by that. */
	do {
		code = read_bytes(s, c->raw + c->left, sizeof(c->raw) - c->left, &got, err);
		if (code)
			return code;
		c->left += got;
		c->file_done = !got;
	} while (got && c->left < 4);
	if (c->encoding == ENCODING_UTF16 && c->left)
		code = find_mark(s, err);
	if (code)
		return code;
	c->at = 0;
	c->end = recode(c->encoding, c->raw, c->left, c->file_done, c->out, &used);
	c->left -= used;
	memmove(c->raw, c->raw + used, c->left);
	return ERR_NONE;
}

static enum err_code
read_recoded(struct stream *s, char *to, size_t bytes, size_t *got, struct err *err)
{
	struct recoder *c = s->recoder;

	while (c->at == c->end && !c->file_done) {
		enum err_code code = refill_recoded(s, err);

		if (code)
			return code;
	}
	*got = c->end - c->at < bytes ? c->end - c->at : bytes;
	memcpy(to, c->out + c->at, *got);
	c->at += *got;
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
		return err_set(err, ERR_LIMIT, "read '%s': a record is longer than %s", s->name,
			       SIZE_TEXT(STREAM_WINDOW_BYTES_MAX));
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

		code = s->recoder ? read_recoded(s, to, room, &got, err)
				  : read_bytes(s, to, room, &got, err);
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
stream_recode(struct stream *s, enum encoding encoding)
{
	assert(!s->recoder && !s->end);
	if (encoding == ENCODING_UTF8)
		return;
	s->recoder = mem_new(1, sizeof(*s->recoder));
	s->recoder->encoding = encoding;
}

void
stream_want_digest(struct stream *s)
{
	assert(!s->checksum && !s->end);
	s->checksum = mem_new_aligned(1, sizeof(*s->checksum), 64);
	checksum_init(s->checksum);
}

void
stream_digest(const struct stream *s, char out[CHECKSUM_CHARS + 1])
{
	assert(s->ended && s->checksum);
	checksum_end(s->checksum, out);
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
		mem_exhausted();
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
