/*
 * runtime.h - the scheduler as it runs: the pure engine, the store, and one libuv loop.
 *
 * One thread.  Callbacks of the loop step events and say so through the mailbox
 * (loop/later.h); before and after every poll the turn is finished once: one
 * commit for all events of an iteration, then its actions.
 *
 *   runtime_open -> runtime_start -> runtime_run -> runtime_close
 *
 * After runtime_open() and runtime_settle() alone commands can be stepped and committed, nothing
 * can be started: that is a session without waiting.
 */
#ifndef SCHEDULER_DAEMON_RUNTIME_H
#define SCHEDULER_DAEMON_RUNTIME_H

#include "scheduler/daemon/world.h"

struct runtime_options {
	const char *project_dir; /* borrowed until runtime_close() */
	struct spawner *spawner; /* NULL: only runtime_open(), nothing is launched */
	bool session;            /* as in engine_config */
	struct hooks hooks;
	struct log log;
};

struct runtime;

/*
 * Lock and open the state, read the DAG files, load what was committed.
 * ERR_BUSY: another scheduler has the lock.  On failure there is nothing to
 * close.
 */
enum err_code runtime_open(struct runtime **out, const struct runtime_options *options,
			   struct err *err) MUST_CHECK;

/* In place of starting: take up what has ended meanwhile, and the DAG files. */
void runtime_settle(struct runtime *rt);

/* Make the loop, listen, recover what is under way.  On failure runtime_close() it. */
enum err_code runtime_start(struct runtime *rt, struct err *err) MUST_CHECK;

/* Until runtime_stop(); everything decided is committed when it returns. */
void runtime_run(struct runtime *rt);

/* End runtime_run() with this iteration of the loop. */
void runtime_stop(struct runtime *rt);

/* Let go of everything; attempts live on.  Runs the loop until its last handle is closed. */
void runtime_close(struct runtime *rt);

/*
 * Finish the turn: commit and act.  A commit that fails ends the process here,
 * without any further word to anybody: nothing was done that was not committed.
 * Only in runtime_run() one that finds the disk full waits for room instead.
 */
void runtime_turn(struct runtime *rt, bool flush);

/* Give back memory that is not needed while nothing happens. */
void runtime_ease(struct runtime *rt);

/* Where events are told; of the runtime. */
struct later *runtime_mailbox(struct runtime *rt);

/* Once started: the loop. */
uv_loop_t *runtime_loop(struct runtime *rt);

/* What is, for those who only look. */
const struct engine *runtime_engine(const struct runtime *rt);

/* The definitions in use. */
const struct catalog *runtime_catalog(const struct runtime *rt);

/* Why this process cannot go on and has to start over (a literal), or NULL. */
const char *runtime_broken(const struct runtime *rt);

#endif
