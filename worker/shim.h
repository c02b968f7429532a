/*
 * shim.h - the keeper of one attempt.
 *
 * One per attempt, in a session of its own, subreaper, a plain poll loop.  It
 * claims the attempt directory (the fence), forks the worker, drains its
 * output into a capped log, enforces the deadline by the boot clock even when
 * the scheduler is dead, ends the whole process tree, and leaves an exit
 * record.  SIGTERM to the shim means: cancel.  The worker dies with it.
 */
#ifndef WORKER_SHIM_H
#define WORKER_SHIM_H

#include "core/wire/launch.h"

/* A shim_main_fn.  Does not return to the spawner's code path: its result is the exit status. */
int shim_main(const struct launch *l, int hint_fd);

#endif
