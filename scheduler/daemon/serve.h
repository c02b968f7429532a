/*
 * serve.h - from a request on the control socket to an event, or to an answer at once.
 */
#ifndef SCHEDULER_DAEMON_SERVE_H
#define SCHEDULER_DAEMON_SERVE_H

#include "scheduler/engine/look.h"
#include "scheduler/loop/catalog.h"
#include "scheduler/loop/control.h"
#include "scheduler/loop/later.h"

/* What requests are about; everything is borrowed. */
struct server {
	const char *project_dir;
	struct control *const *control; /* where answers go; it is made after the server */
	struct catalog *catalog;        /* read anew by a reload */
	const struct engine *engine;
	struct later *later;
	const bool *full; /* the state database has no room: nothing can be acknowledged */
};

/*
 * A control_request_fn; `arg` is a const struct server.  A command is stepped and
 * answered by an action once it is committed; all else is answered at once.
 */
void serve_request(void *arg, int64_t request, const json_t *message);

#endif
