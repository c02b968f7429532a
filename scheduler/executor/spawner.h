/*
 * spawner.h - the small process that forks shims.
 *
 * Forked before anything opens a file, starts a thread or initialises a
 * library, so that its forks stay cheap and safe.  It knows nothing of DAGs:
 * it reads launch frames, forks or gives them to a shim that asks for another
 * (core/wire/again.h), and reaps.  It is a subreaper, so that orphans of a
 * killed shim come to it; it ends every child that is not a shim.
 * When the scheduler's end of the socket closes it lets go of its shims (those
 * that have an attempt live on) and exits.
 */
#ifndef SCHEDULER_EXECUTOR_SPAWNER_H
#define SCHEDULER_EXECUTOR_SPAWNER_H

#include "core/wire/launch.h"

#include <sys/types.h>

/* Shims that may have more than one attempt; those that there are beside them have one. */
enum { SPAWNER_SPARE_MAX = 16 };

struct spawner {
	pid_t pid;
	int launch_fd; /* frames go out here; stream, non-blocking */
	int hint_fd;   /* struct hint comes in here; seqpacket, non-blocking */
	int pid_fd;    /* readable when the spawner has died */
};

/*
 * Fork it.  Call first thing in main().  Descriptors are close-on-exec.  `prepare` runs once in the
 * spawner before its first fork: what it maps, every shim and worker has; NULL: nothing to do.
 */
enum err_code spawner_start(struct spawner *out, shim_main_fn *shim, void (*prepare)(void),
			    struct err *err) MUST_CHECK;

/* Close the sockets; the spawner exits by itself, shims live on. */
void spawner_stop(struct spawner *s);

#endif
