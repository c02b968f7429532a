/*
 * scheduler.h - the daemon.
 */
#ifndef SCHEDULER_DAEMON_SCHEDULER_H
#define SCHEDULER_DAEMON_SCHEDULER_H

#include "core/base/log.h"
#include "scheduler/daemon/keeper.h"
#include "scheduler/executor/spawner.h"

struct scheduler_options {
	const char *project_dir;
	struct spawner *spawner;
	char **argv;              /* to exec itself when the spawner died */
	struct page_keeper *page; /* watched while the loop runs, or NULL */
	const char *ready_line;   /* told once it is up, or NULL */
	struct log log;
};

/*
 * Run until SIGTERM or SIGINT; tasks live on.  A command that holds the state is waited for, some
 * 30 seconds.  Returns an exit status: 0, 4 when another scheduler works on the project, 3 when a
 * command did not let go of it, 1 otherwise.  SIGHUP reads the
 * DAG files again.  When the spawner dies, or the runtime directory is removed,
 * everything is committed and the process executes itself anew with `argv`, or together with the
 * page, if it has one that lives.
 */
int scheduler_main(const struct scheduler_options *options);

#endif
