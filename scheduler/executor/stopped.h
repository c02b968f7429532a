/*
 * stopped.h - processes of ours that somebody stopped (SIGSTOP, a debugger).
 *
 * A stopped spawner starts nothing, a stopped shim keeps no timeout and hears no cancel.  They are
 * told to go on; what a task does to its own shim is not left to it.
 */
#ifndef SCHEDULER_EXECUTOR_STOPPED_H
#define SCHEDULER_EXECUTOR_STOPPED_H

#include "core/base/log.h"

/*
 * Look at a process that still is what `pid_fd` stands for: `what` names it for the log.  Stopped:
 * it is told to go on.  Traced: by a process that carries `token` (NULL: none does), that one is
 * ended; by another, a person at a debugger, it is left alone.
 */
void stopped_resume(const struct log *log, const char *what, int pid, int pid_fd,
		    const char *token);

#endif
