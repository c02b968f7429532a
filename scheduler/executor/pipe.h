/*
 * pipe.h - bytes for the spawner, without ever waiting for it.
 *
 *   pipe_start -> pipe_frame()... pipe_flush() -> pipe_drain -> pipe_stop
 */
#ifndef SCHEDULER_EXECUTOR_PIPE_H
#define SCHEDULER_EXECUTOR_PIPE_H

#include "core/wire/launch.h"

#include <uv.h>

/* A launch frame is below 300 KiB and pool slots bound how many are under way. */
enum { PIPE_BYTES_MAX = 256 << 20 };

struct launch_pipe {
	uv_poll_t poll; /* writable again */
	int fd;         /* borrowed */
	struct buf bytes;
	size_t sent_bytes; /* of them */
	bool waiting;      /* for `poll` */
	bool broken;       /* the spawner is gone: what is said is not heard */
};

/* `fd` is a non-blocking socket. */
enum err_code pipe_start(struct launch_pipe *p, uv_loop_t *loop, int fd,
			 struct err *err) MUST_CHECK;

/* Add the frame of a launch; it goes out with the next pipe_flush(). */
enum err_code pipe_frame(struct launch_pipe *p, const struct launch *l, struct err *err) MUST_CHECK;

/* Write what the socket takes now; the rest follows as it takes more. */
void pipe_flush(struct launch_pipe *p);

/* Before the end: write the rest, waiting at most `timeout_ms` for the spawner to read. */
void pipe_drain(struct launch_pipe *p, int timeout_ms);

/* Close the handle; the loop has to run on. */
void pipe_stop(struct launch_pipe *p);

#endif
