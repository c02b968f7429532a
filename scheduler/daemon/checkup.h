/*
 * checkup.h - after an end that was not orderly: every page of the state database is looked at
 * while the scheduler works, so that nothing waits for it.
 *
 *   checkup_start -> checkup_stop, then jobs_stop
 */
#ifndef SCHEDULER_DAEMON_CHECKUP_H
#define SCHEDULER_DAEMON_CHECKUP_H

#include "core/base/log.h"
#include "scheduler/loop/job.h"
#include "scheduler/store/store.h"

#include <stdatomic.h>

/* Begins as its first members and zeros. */
struct checkup {
	struct store *store; /* borrowed, as all of these */
	struct jobs *jobs;
	const struct log *log;

	atomic_bool stop; /* the one thing that the thread shares with the loop */
};

/*
 * Look at every page on a thread, if that is due.  Damage ends the process, as a commit that fails
 * does: nothing was done that is not recorded, and the next start refuses the file.
 */
void checkup_start(struct checkup *c);

/* Give it up if it is under way; it is due again at the next start. */
void checkup_stop(struct checkup *c);

#endif
