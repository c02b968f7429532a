/*
 * world.h - struct world over the real things: what the engine asked for is done here.
 */
#ifndef SCHEDULER_DAEMON_WORLD_H
#define SCHEDULER_DAEMON_WORLD_H

#include "core/base/log.h"
#include "scheduler/executor/executor.h"
#include "scheduler/loop/catalog.h"
#include "scheduler/loop/control.h"
#include "scheduler/publish/publisher.h"
#include "scheduler/store/store.h"

/* What a session wants to know of a runtime that it runs; all may be NULL. */
struct hooks {
	void *arg;
	/* Changes that are committed now. */
	void (*committed)(void *arg, const struct change *changes, size_t n);
	/* A turn has ended, its actions are done. */
	void (*after_turn)(void *arg);
	/* To a request that did not come over the socket: its number is below 0. */
	void (*reply)(void *arg, int64_t request, const struct reply *reply);
	/* SIGINT or SIGTERM; without it both stop the runtime. */
	void (*signal)(void *arg, int signum);
};

/* The real things, borrowed: all but `control` are there before the first turn. */
struct things {
	const char *project_dir;
	struct store *store;
	struct engine *engine;
	const struct catalog *catalog;
	struct executor *executor;
	struct publisher *publisher;
	struct later *later;
	struct control *control; /* NULL: nobody asks over the socket */
	const struct hooks *hooks;
	const struct log *log;
	int64_t jump_said_us; /* the jump of the wall clock that was spoken of last, or 0 */
	bool started;         /* a loop runs: attempts are launched, followed and swept */
};

/* The world whose functions act on `things`, which has to outlive it. */
struct world world_of(struct things *things);

#endif
