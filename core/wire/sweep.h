/*
 * sweep.h - find processes by what the kernel says of them, and end them.
 *
 * Two ways, for two situations.  A subreaper asks for its children: a child it
 * has not reaped cannot lose its pid to somebody else, and when there is none
 * left there is no descendant left.  Who is no ancestor (a new scheduler, after
 * the shim and the spawner died) looks for the attempt's token in environments;
 * a program that cleared its environment is then not found.
 */
#ifndef CORE_WIRE_SWEEP_H
#define CORE_WIRE_SWEEP_H

#include "core/base/err.h"

#include <sys/types.h>

/* The variable that carries the attempt's token in the environment of a
 * command. */
#define ATTEMPT_VARIABLE "TIDEMILL_ATTEMPT"

/*
 * The children of this process that have not ended, at most `room` of them,
 * into out.  Returns how many.  Reads all of /proc: not for a hot path.
 */
size_t sweep_children(pid_t *out, size_t room);

/* End a process if its environment carries the token; false: it does not, or it has gone. */
bool process_end(pid_t pid, const char *token);

/*
 * End every process of this user whose environment carries the token.  *gone
 * says that this pass found none.  A process is killed through a descriptor
 * after a second look, never by a number that may have passed to another.
 */
enum err_code tree_sweep(const char *token, bool *gone, struct err *err) MUST_CHECK;

/*
 * End those of n processes of one cgroup that have no shim and no spawner above them among the n.
 * `leaf` is how the path of their cgroup ends.  True: there were some.
 */
bool orphans_end(const pid_t *pids, size_t n, const char *leaf);

#endif
