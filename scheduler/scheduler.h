/*
 * scheduler.h - the daemon, and the same thing inside a --wait command.
 */
#ifndef SCHEDULER_SCHEDULER_H
#define SCHEDULER_SCHEDULER_H

#include "core/json.h"
#include "scheduler/spawner.h"

/* Run until SIGTERM or SIGINT; returns an exit status.  Tasks live on. */
struct scheduler_options {
	const char *project_dir;
	struct spawner *spawner;
	char **argv;            /* to exec itself when the spawner died */
	const char *ready_line; /* printed to stderr once it is up, or NULL */
};
int scheduler_main(const struct scheduler_options *options);

/*
 * Run one or more control requests (message.h) in this process under the state
 * lock.  With `wait` the scheduler runs in here until the runs of these
 * requests ended, with progress on stderr; Ctrl-C cancels them.  *reply is the
 * last request's.  *failed: a run of the session did not succeed.
 * ERR_BUSY: a scheduler holds the lock, use the socket.
 */
enum err_code scheduler_session(const struct scheduler_options *options, const json_t *request,
				bool wait, json_t **reply, bool *failed,
				struct err *err) MUST_CHECK;

/* The web server: until SIGTERM or SIGINT.  `listen` is "127.0.0.1:8080". */
struct web_options {
	const char *project_dir;
	const char *listen;
	bool print_login; /* a one-time login address on stderr */
};
int web_main(const struct web_options *options);

#endif
