/*
 * launch.h - the message that starts an attempt, the signal that ends it, the hints that come back.
 *
 *   scheduler --launch frame--> spawner --fork, or again.h--> shim --fork--> worker
 *   scheduler <----hint-------- spawner, shim
 *
 * One Unix stream socket pair carries frames to the spawner (length-prefixed,
 * like message.h); one seqpacket pair carries hints back.  A hint only says
 * "look at attempt N": it may be lost or doubled without harm.
 */
#ifndef CORE_WIRE_LAUNCH_H
#define CORE_WIRE_LAUNCH_H

#include "core/base/buf.h"

#include <sys/signalfd.h>

/* The spec at its largest and two paths. */
enum { LAUNCH_BYTES_MAX = (256 << 10) + (64 << 10) };

struct launch {
	int64_t attempt;
	char token[TOKEN_CHARS + 1];
	const char *runtime_path; /* directory of attempt directories */
	const char *log_path;     /* absolute; directories are made at the first byte of output */
	int64_t timeout_us; /* 0: none; counted by the boot clock from the start of the worker */
	int64_t grace_us;   /* between SIGTERM and SIGKILL */
	int64_t log_bytes_max;
	const char *spec; /* JSON, spec.h; has a NUL behind its last byte */
	size_t spec_bytes;
};

/* Append the frame of a launch. */
void launch_write(const struct launch *l, struct buf *out);

/* Read the body of a frame; strings are borrowed from `body`, which has to outlive *out. */
enum err_code launch_read(struct launch *out, const char *body, size_t bytes,
			  struct err *err) MUST_CHECK;

enum hint_kind {
	HINT_STARTED = 1, /* the shim passed the fence; not sent when the worker ends at once */
	HINT_ENDED,       /* the exit record is there, or the shim gave up before the fence */
	HINT_SHIM_DIED,   /* the spawner reaped a shim that did not end by itself */
	HINT_FORK_FAILED, /* no shim, or none that passed the fence; detail is errno, or 0 */
};

struct hint {
	int64_t attempt;
	int32_t kind, detail;
};

/* Send one.  Waits a moment where the socket is full; who is not there does not get it. */
void hint_send(int hint_fd, int64_t attempt, enum hint_kind kind, int detail);

/*
 * Ask a shim, by its pidfd, to end an attempt: SIGTERM.  By now it may have another one, so the
 * signal says which is meant.  Of two that it has not read yet the second is lost: who means it
 * asks again.
 */
void end_send(int pid_fd, int64_t attempt);

/* Is such a signal, as a signalfd gives it, about this attempt?  A person's is about any. */
bool end_is_about(const struct signalfd_siginfo *info, int64_t attempt);

/* What a shim has of its spawner. */
struct shim_ends {
	int hint_fd;
	int again_fd; /* where it may ask for another launch (again.h); -1: it has the one */
};

/* What the shim is: runs in a forked child, gets the launch, gives an exit status. */
typedef int shim_main_fn(const struct launch *l, const struct shim_ends *ends);

#endif
