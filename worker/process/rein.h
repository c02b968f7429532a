/*
 * rein.h - the limits of an attempt as those of its processes (setrlimit), and which of them ended
 * it.
 *
 *   shim:   rein_plan() -> what is in force -> the worker's side of the fork: rein_enter()
 *           ... rein_cause() of how it ended
 *
 * A limit above the hard limit that this program was started with is lowered to it.
 */
#ifndef WORKER_PROCESS_REIN_H
#define WORKER_PROCESS_REIN_H

#include "core/model/held.h"
#include "core/model/used.h"

/*
 * What of `asked` can be had; *inout says already what a cgroup holds.  What is less than was asked
 * for is said in `notes`, one line each.
 */
void rein_plan(const struct task_limits *asked, struct held_to *inout, struct buf *notes);

/* Hold this process, and all that it starts, to the limits; those of a cgroup are left out. */
void rein_enter(const struct held_to *held);

/* How an attempt ended: what is looked at for a limit that it ran into. */
struct rein_end {
	int exit_code, signal;
	const char *text; /* what it said: a message, or the end of its log; "" */
	struct used used;
};

/*
 * Is a SIGKILL that ended it the one that follows SIGXCPU?  Its processes used as much; the kernel
 * does not say which of them.
 */
bool rein_is_cpu_kill(const struct held_to *held, const struct used *used);

/* Append the limit that it ran into, with numbers; false: nothing speaks for one. */
bool rein_cause(const struct held_to *held, const struct rein_end *end, struct buf *out);

#endif
