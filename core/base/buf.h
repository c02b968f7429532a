/*
 * buf.h - a growing byte buffer.
 *
 * Invariant: after buf_init() data is never NULL and data[bytes] is always
 * NUL, so a buffer can be read as a string at any time.  A buffer has a
 * maximum: what would pass it is dropped and `full` is set, for the caller to
 * look at once at the end.
 *
 *   buf_init -> buf_add / buf_text / buf_format ... -> buf_give or buf_release
 */
#ifndef CORE_BASE_BUF_H
#define CORE_BASE_BUF_H

#include "core/base/err.h"

struct buf {
	char *data;
	size_t bytes;     /* used, without the NUL */
	size_t room;      /* allocated, with the NUL; 0: nothing is */
	size_t bytes_max; /* never more than this */
	bool full;        /* something was dropped */
};

/* Empty, without memory; it will never hold more than bytes_max bytes. */
void buf_init(struct buf *b, size_t bytes_max);

/* Free the bytes; the buffer is as after buf_init(). */
void buf_release(struct buf *b);

/* Empty it and forget that it was full; the room stays. */
void buf_reset(struct buf *b);

/* Append `bytes` bytes; nothing of it is appended when it does not fit. */
void buf_add(struct buf *b, const void *data, size_t bytes);

/* Append a string; nothing of it is appended when it does not fit. */
void buf_text(struct buf *b, const char *text);

/* Append one byte, or nothing when it does not fit. */
void buf_char(struct buf *b, char c);

/* Append a number in decimal: what buf_format() does at a tenth of its cost. */
void buf_number(struct buf *b, int64_t number);

/* Append what printf() would write; nothing of it is appended when it does not fit. */
void buf_format(struct buf *b, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Hand the bytes over as a string that the caller frees; the buffer is as after buf_init(). */
char *buf_give(struct buf *b) MUST_CHECK;

/*
 * Read a whole file of at most bytes_max bytes into b (appended).  dir is a
 * directory descriptor or AT_FDCWD.  ERR_NOT_FOUND when it does not exist,
 * ERR_LIMIT when it is larger, ERR_SYSTEM otherwise.  Blocks.
 */
enum err_code buf_read_file(struct buf *b, int dir, const char *path, struct err *err) MUST_CHECK;

#endif
