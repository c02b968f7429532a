/*
 * enter.h - the signals and descriptors that a worker begins with.
 */
#ifndef WORKER_PROCESS_ENTER_H
#define WORKER_PROCESS_ENTER_H

#include "core/base/base.h"

enum {
	RESULT_FD = 3,  /* of a worker, behind the three standard ones ... */
	SECRETS_FD = 4, /* ... and where it tells its secrets, if it has to */
};

/* The worker's ends of its pipes, as the shim made them. */
struct worker_ends {
	int output, result, secrets; /* the last may be -1 */
};

/* Signals that the spawner or the shim blocks or ignores have to be as at login again. */
void enter_signals(void);

/*
 * Descriptors 0 (already /dev/null), 1 and 2 (the log), RESULT_FD, SECRETS_FD if there is
 * one, and no other; a process that cannot have them ends.
 */
void enter_descriptors(const struct worker_ends *ends);

#endif
