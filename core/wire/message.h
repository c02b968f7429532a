/*
 * message.h - what CLI and web say to the scheduler over the control socket.
 *
 * One request and one reply per connection turn, each a frame: four bytes of
 * length, big-endian, then that many bytes of JSON, at most MESSAGE_BYTES_MAX.
 * Request: {"proto":1,"command":"trigger","key":"<idempotency key>", ...fields}
 * Reply:   {"ok":true|false,"code":"...","message":"...", ...fields}
 * Fields of each command: docs/CONTROL.md.
 */
#ifndef CORE_WIRE_MESSAGE_H
#define CORE_WIRE_MESSAGE_H

#include "core/base/json.h"

enum { MESSAGE_BYTES_MAX = 8 << 20, FRAME_HEAD_BYTES = 4 };

enum frame_status { FRAME_MORE, FRAME_READY, FRAME_BAD };

/*
 * Look for one whole frame at the start of data.  FRAME_READY: *body and
 * *body_bytes are the payload, *used_bytes what to drop afterwards.  FRAME_BAD:
 * the length is over MESSAGE_BYTES_MAX.  Pure.
 */
enum frame_status frame_peek(const char *data, size_t bytes, const char **body, size_t *body_bytes,
			     size_t *used_bytes);

/* Append the frame of a value. */
void frame_write(const json_t *value, struct buf *out);

/*
 * The socket is DIR/.tidemill/control.sock, reached through a descriptor of
 * that directory so that its path may be of any length.
 */

/* Connect to it.  ERR_NOT_FOUND or ERR_BUSY: no scheduler listens. */
enum err_code control_connect(const char *project_dir, int *fd, struct err *err) MUST_CHECK;

/* Make it, listening, replacing a stale one (the caller holds the state lock). */
enum err_code control_listen(const char *project_dir, int *fd, struct err *err) MUST_CHECK;

/*
 * Send a request and wait for the reply, at most timeout_us (0: for ever).  Blocks.  ERR_BUSY: it
 * closed the connection before it answered.
 */
enum err_code control_call(int fd, const json_t *request, json_t **reply, int64_t timeout_us,
			   struct err *err) MUST_CHECK;

/* 32 random hexadecimal digits, for an idempotency key or a token. */
enum err_code random_token(char out[TOKEN_CHARS + 1], struct err *err) MUST_CHECK;

#endif
