/*
 * session.h - a scheduler inside one command, for the runs that the command makes.
 */
#ifndef SCHEDULER_DAEMON_SESSION_H
#define SCHEDULER_DAEMON_SESSION_H

#include "core/base/json.h"
#include "scheduler/daemon/scheduler.h"

/*
 * Carry out a control request (message.h), or an array of them until one is
 * refused, in this process under the state lock.  With `wait` the scheduler
 * runs in here until the runs of these requests ended, with progress on stderr,
 * and answers on the control socket meanwhile.  Ctrl-C cancels the runs and
 * waits for their end; a second one, or SIGTERM, leaves at once: tasks live on.
 * Without `wait` the spawner is not needed.
 *
 * *reply is the last request's, for the caller to release, with a member
 * "interrupted": true after Ctrl-C.  *failed: a run of the session did not
 * succeed, or waits for something that only others can do.  ERR_BUSY: a
 * scheduler holds the lock, use the socket.
 */
enum err_code scheduler_session(const struct scheduler_options *options, const json_t *request,
				bool wait, json_t **reply, bool *failed,
				struct err *err) MUST_CHECK;

#endif
