/*
 * runtime.h - the scheduler as it runs: the pure engine, the store, and one libuv loop.
 *
 * Private to the files of the loop.  One thread.  Callbacks of the loop step
 * events (turn_event, turn_look) and say so with runtime_touch(); before and
 * after every poll the turn is finished once: one commit for all events of an
 * iteration, then its actions.
 *
 *   runtime_open -> runtime_start -> runtime_run -> runtime_close
 *
 * After runtime_open() and runtime_tell_catalog() alone commands can be stepped
 * and committed, nothing can be started: that is a session without waiting.
 */
#ifndef SCHEDULER_DAEMON_RUNTIME_H
#define SCHEDULER_DAEMON_RUNTIME_H

#include "scheduler/loop/catalog.h"
#include "scheduler/loop/control.h"
#include "scheduler/loop/job.h"
#include "scheduler/executor/pipe.h"
#include "scheduler/executor/spawner.h"
#include "scheduler/store/store.h"
#include "scheduler/engine/turn.h"
#include "scheduler/loop/files.h"

#include <uv.h>

/* What a session wants to know; all may be NULL. */
struct runtime_hooks {
	void *arg;
	void (*committed)(void *arg, const struct change *changes, size_t n);
	void (*after_turn)(void *arg);
	/* To a request that did not come over the socket: its number is below 0. */
	void (*reply)(void *arg, int64_t request, const struct reply *reply);
	/* SIGINT or SIGTERM; without it both stop the runtime. */
	void (*signal)(void *arg, int signum);
};

struct runtime_options {
	const char *project_dir;
	struct spawner *spawner; /* NULL: only runtime_open(), nothing is launched */
	bool session;            /* as in engine_config */
	struct runtime_hooks hooks;
};

/* Something that a world function found out, to be stepped in the next turn. */
struct later {
	int64_t attempt;
	char *why; /* NULL: look at it; else its launch failed */
};

struct follower;
struct publish_work;
struct sweep_work;
struct tracked;
struct probed;

struct runtime {
	const char *project_dir;
	struct spawner *spawner;
	struct runtime_hooks hooks;
	struct catalog catalog;
	uint64_t files_seen; /* watch_fingerprint() of what was read at the start */
	struct store *store;
	struct engine *engine;
	struct world world;
	struct turn *turn;
	int runtime_fd; /* the runtime directory, attempt.h */
	char *runtime_path;

	bool started; /* from here on: the loop and what lives on it */
	uv_loop_t loop;
	uv_prepare_t before_poll;
	uv_check_t after_poll;
	uv_timer_t wake;       /* the engine's, at most a minute away */
	uv_timer_t checkpoint; /* some time after a turn */
	uv_timer_t patrol;  /* looks at what no hint was heard of, asks again what does not die */
	uv_timer_t collect; /* retention */
	uv_signal_t interrupt, terminate, hangup;
	uv_poll_t hints, spawner_end;
	struct watch watch;
	struct outbox outbox;
	struct jobs jobs;
	struct control *control;

	struct follower *followers;      /* shims of an earlier scheduler */
	struct publish_work *publishing; /* at most one per attempt */
	struct sweep_work *sweeping;     /* at most one per attempt */
	struct tracked *tracked;         /* what live attempts with outputs may stage */
	struct probed *probed;           /* dataset directories that can publish */
	int64_t *buried;                 /* attempts that this scheduler made a tombstone for */
	size_t n_buried, room_buried;
	struct later *later;
	size_t n_later, room_later;
	bool touched;       /* events were stepped since the last turn was finished */
	bool collecting;    /* a retention job is under way */
	const char *broken; /* why this process cannot go on and has to start over, or NULL */
};

/*
 * Lock and open the state, read the DAG files, load what was committed.
 * ERR_BUSY: another scheduler has the lock.  On failure there is nothing to
 * close.
 */
enum err_code runtime_open(struct runtime *rt, const struct runtime_options *options,
			   struct err *err) MUST_CHECK;

/* Make the loop, listen, recover what is under way.  On failure runtime_close() it. */
enum err_code runtime_start(struct runtime *rt, struct err *err) MUST_CHECK;

/* Until runtime_stop(); everything decided is committed when it returns. */
void runtime_run(struct runtime *rt);
void runtime_stop(struct runtime *rt);

/* Let go of everything; attempts live on.  Runs the loop until its last handle is closed. */
void runtime_close(struct runtime *rt);

/* Step an event now. */
void runtime_event(struct runtime *rt, const struct event *event);

/* Events were stepped: finish the turn in this iteration. */
void runtime_touch(struct runtime *rt);

/*
 * Finish the turn: commit and act.  A commit that fails ends the process here,
 * without any further word to anybody: nothing was done that was not committed.
 */
void runtime_turn(struct runtime *rt, bool flush);

/* From inside an action: look at the attempt, or call its launch failed, in the next turn. */
void runtime_look_later(struct runtime *rt, int64_t attempt);
void runtime_failed_later(struct runtime *rt, int64_t attempt, const char *why);

/* Tell the engine which definitions are active. */
void runtime_tell_catalog(struct runtime *rt);

/* Read the DAG files again, and tell the engine. */
enum err_code runtime_reload(struct runtime *rt, struct err *err) MUST_CHECK;

/* ---- request to event: serve.c ---- */

/* A control_request_fn; `arg` is the runtime. */
void serve_request(void *arg, int64_t request, const json_t *message);

/* ---- the engine's actions on real things: world.c ---- */

void world_init(struct runtime *rt);
void world_release(struct runtime *rt);

/* ---- shims: shims.c ---- */

/* struct world: adopt, kill; and the regular look at every live attempt. */
void shims_adopt(void *arg, int64_t attempt, int pid);
void shims_kill(void *arg, int64_t attempt);
void shims_patrol(struct runtime *rt);

/*
 * Before recovery, while live is what is committed as live: remove attempt
 * directories that belong to no live attempt.
 */
void shims_clean(struct runtime *rt);

/* Of an attempt whose shim has ended: true when it did so before it had the attempt directory. */
bool shims_never_began(const struct runtime *rt, int64_t attempt);

/* Note that the attempt has a tombstone, which has to stand until no launch can be under way. */
void shims_bury(struct runtime *rt, int64_t attempt);
bool shims_buried(const struct runtime *rt, int64_t attempt);
void shims_stop(struct runtime *rt); /* closes the handles of adopted ones */

/* ---- process trees without a shim: sweeper.c ---- */

void sweeper_start(void *arg, int64_t attempt); /* struct world: sweep */

/* ---- publishing: publisher.c ---- */

/* Note what a live attempt may leave behind, before anything happens to it. */
void publisher_track(struct runtime *rt, int64_t attempt);
void publisher_publish(void *arg, int64_t attempt);                    /* struct world: publish */
void publisher_discard(void *arg, int64_t attempt, bool keep_staging); /* struct world: discard */
void publisher_release(struct runtime *rt);

/* ---- retention: collector.c ---- */

/* Old versions may have become collectable. */
void collector_soon(struct runtime *rt);
void collector_start(struct runtime *rt);

#endif
