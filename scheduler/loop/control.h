/*
 * control.h - the control socket on the loop: connections, frames, limits.
 *
 *   control_start -> on_request() ... control_reply() ... -> control_stop
 *
 * Knows nothing of what is asked.  A connection has at most one request under
 * way; what it sends meanwhile waits.  It is closed after 30 s without a whole
 * request, at a frame over the limit, and when it does not take its reply.  One more than there
 * may be ends the one that has been idle longest; there may be 64, or a quarter of the descriptors
 * that this process may have, if that is less.
 */
#ifndef SCHEDULER_LOOP_CONTROL_H
#define SCHEDULER_LOOP_CONTROL_H

#include "core/base/json.h"

#include <uv.h>

enum {
	CONTROL_CONNECTIONS_MAX = 64,
	CONTROL_IDLE_MS = 30 * 1000,
};

struct control;

/* `message` is any JSON value, borrowed; answer `request` (from 1) with control_reply(), now or
 * later. */
typedef void control_request_fn(void *arg, int64_t request, const json_t *message);

/*
 * Serve a listening socket, which is taken over also when it fails.  `arg` is
 * handed to on_request.
 */
enum err_code control_start(struct control **out, uv_loop_t *loop, int listen_fd,
			    control_request_fn *on_request, void *arg, struct err *err) MUST_CHECK;

/* Answer with JSON text.  A client that has gone away is not waited for: nothing happens. */
void control_reply(struct control *c, int64_t request, const char *json, size_t bytes);

/* Close everything; *c is freed on the loop, once the last handle is closed.  NULL is fine. */
void control_stop(struct control *c);

#endif
