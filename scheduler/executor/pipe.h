/*
 * pipe.h - bytes for the spawner, without ever waiting for it.
 *
 *   outbox_start -> outbox_frame()... outbox_flush() -> outbox_drain -> outbox_stop
 */
#ifndef SCHEDULER_EXECUTOR_PIPE_H
#define SCHEDULER_EXECUTOR_PIPE_H

#include "core/wire/launch.h"

#include <uv.h>

/* A launch frame is below 300 KiB and pool slots bound how many are under way. */
enum { OUTBOX_BYTES_MAX = 256 << 20 };

struct outbox {
	uv_poll_t poll; /* writable again */
	int fd;         /* borrowed */
	struct buf bytes;
	size_t sent_bytes; /* of them */
	bool waiting;      /* for `poll` */
	bool broken;       /* the spawner is gone: what is said is not heard */
};

/* `fd` is a non-blocking socket. */
enum err_code outbox_start(struct outbox *box, uv_loop_t *loop, int fd, struct err *err) MUST_CHECK;

/* Add the frame of a launch; it goes out with the next outbox_flush(). */
enum err_code outbox_frame(struct outbox *box, const struct launch *l, struct err *err) MUST_CHECK;

/* Write what the socket takes now; the rest follows as it takes more. */
void outbox_flush(struct outbox *box);

/* Before the end: write the rest, waiting at most `timeout_ms` for the spawner to read. */
void outbox_drain(struct outbox *box, int timeout_ms);

/* Close the handle; the loop has to run on. */
void outbox_stop(struct outbox *box);

#endif
