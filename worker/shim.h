/*
 * shim.h - the keeper of an attempt.
 *
 * In a session of its own, subreaper, a plain poll loop.  It claims the
 * attempt directory (the fence), forks the worker, drains its output into a
 * capped log, enforces the deadline by the boot clock even when the scheduler
 * is dead, ends the whole process tree, and leaves an exit record.  SIGTERM to
 * the shim means: cancel.  The worker dies with it.
 */
#ifndef WORKER_SHIM_H
#define WORKER_SHIM_H

#include "core/wire/launch.h"

/* What an attempt left of its shim. */
enum shim_then {
	SHIM_DONE,   /* a process that has to end */
	SHIM_FAILED, /* ... and without a record */
	SHIM_SPENT,  /* one that has nothing of it, and has asked for another */
};

/*
 * See one attempt through, from the fence to the hint.  signal_fd has SIGTERM and SIGCHLD, which
 * are blocked; -1 with errno: it could not be made.
 */
enum shim_then shim_serve(const struct launch *l, const struct shim_ends *ends, int signal_fd);

#endif
