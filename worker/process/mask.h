/*
 * mask.h - secrets in a stream of bytes become ***, while it streams.
 *
 * Found are the bytes of each secret, their base64 in each of its three alignments
 * (both alphabets), their URL-encoding and what JSON makes of them, wherever a piece of the
 * stream ends; of one of several lines each line by itself, too.
 * What may be the beginning of one is held back until it is known, at most the
 * longest of them.  The time is linear in the stream; memory is fixed once the
 * secrets are known.
 */
#ifndef WORKER_PROCESS_MASK_H
#define WORKER_PROCESS_MASK_H

#include "core/base/buf.h"

enum { MASK_BYTES_MIN = 8 }; /* shorter texts stand everywhere */

struct mask;

/* Of no secrets yet. */
struct mask *mask_new(void) MUST_CHECK;

/* Add a secret, before the first byte of the stream.  False: it is too short to be masked. */
bool mask_add(struct mask *m, const char *secret, size_t bytes);

/* Takes the next bytes of what the stream became, in pieces of any length. */
typedef void mask_sink(void *ctx, const char *data, size_t bytes);

/* The next bytes of the stream. */
void mask_feed(struct mask *m, const char *data, size_t bytes, mask_sink *sink, void *ctx);

/*
 * The stream has ended: what was held back goes out.  The beginning of a secret that is
 * long enough to be told from others is masked too.  Another stream may begin.
 */
void mask_end(struct mask *m, mask_sink *sink, void *ctx);

/* Is a secret in this text?  Not while a stream is under way. */
bool mask_finds(struct mask *m, const char *text, size_t bytes);

/* Mask all of a text.  Not while a stream is under way. */
void mask_text(struct mask *m, struct buf *text);

/* Free it, the secrets overwritten; NULL is fine. */
void mask_free(struct mask *m);

#endif
