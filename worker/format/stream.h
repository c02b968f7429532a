/*
 * stream.h - the bytes of a file, unpacked, in blocks.
 *
 *   stream_open -> stream_fill, stream_skip ... -> stream_close
 *
 * A stream keeps a window over the bytes: data[at, end).  Scanners work inside
 * the window and ask for more when a record does not end in it.  Behind the
 * window there are always STREAM_PAD readable bytes, a newline and zeros, so that
 * a scanner may load whole words and always stops.  A name that ends in ".gz" (RFC 1952) or
 * ".zst" (RFC 8878) is unpacked, any number of members or frames; a file that ends inside one is
 * an error, not an end.  However well it was packed, no more than the window is in memory, and
 * with zstd at most 128 MiB that later bytes may repeat.  What comes out is UTF-8 if the file is,
 * or if somebody said what else it is (stream_recode()).
 *
 *   packer_open -> packer_add ... -> packer_close         writes a .gz file
 */
#ifndef WORKER_FORMAT_STREAM_H
#define WORKER_FORMAT_STREAM_H

#include "core/base/err.h"
#include "core/base/hash.h"
#include "core/model/dialect.h"

enum { STREAM_PAD = 64, STREAM_WINDOW_BYTES = 256 << 10, STREAM_WINDOW_BYTES_MAX = 32 << 20 };

struct stream {
	char *data;     /* the window's memory */
	size_t at, end; /* what is not used up yet; `at` is the scanner's to move */
	size_t room;
	bool ended;                /* nothing comes after data[end] */
	char *name;                /* in messages */
	struct unpacker *unpacker; /* NULL: not packed */
	struct recoder *recoder;   /* NULL: bytes stay as they are */
	struct checksum *checksum; /* of the file as it is on disk; NULL: nobody asked */
	int fd;
};

/*
 * Open file `path`, relative to directory descriptor `dir` (AT_FDCWD is fine).
 * `name` is what messages call it.  ERR_NOT_FOUND when it does not exist.
 */
enum err_code stream_open(struct stream **out, int dir, const char *path, const char *name,
			  struct err *err) MUST_CHECK;

/* Close the file and free s; NULL is fine. */
void stream_close(struct stream *s);

/*
 * Move what is left to the front and read until the window is full or the file
 * ends.  When the window is full already it doubles, up to STREAM_WINDOW_BYTES_MAX;
 * at that size a full window is ERR_LIMIT.  Pointers into the window are void
 * afterwards.  ERR_INPUT: the file is damaged.  ERR_SYSTEM: it cannot be read.
 */
enum err_code stream_fill(struct stream *s, struct err *err) MUST_CHECK;

/* The file is of another encoding: it comes out as UTF-8.  Before the first fill. */
void stream_recode(struct stream *s, enum encoding encoding);

/* Ask for the checksum of the file, before the first fill. */
void stream_want_digest(struct stream *s);

/* The checksum of the file as it is on disk, when `ended` is set. */
void stream_digest(const struct stream *s, char out[CHECKSUM_CHARS + 1]);

struct packer;

/* Create or replace a .gz file.  The same bytes give the same file: no name, no time in it. */
enum err_code packer_open(struct packer **out, const char *path, struct err *err) MUST_CHECK;

/* Append bytes.  ERR_SYSTEM: the disk refused. */
enum err_code packer_add(struct packer *p, const void *data, size_t bytes,
			 struct err *err) MUST_CHECK;

/* Finish the file and free p (NULL is fine), also on error. */
enum err_code packer_close(struct packer *p, struct err *err) MUST_CHECK;

#endif
