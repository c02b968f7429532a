/*
 * turn.h - one turn: take events, commit what follows, then act.
 *
 * The libuv program (runtime.c) and the simulator (tests/sim) are two worlds
 * behind the same code: what crosses the border is in struct world, and the
 * order "commit first, act after" and the rules of recovery stand here, once.
 */
#ifndef SCHEDULER_ENGINE_TURN_H
#define SCHEDULER_ENGINE_TURN_H

#include "scheduler/engine/engine.h"
#include "scheduler/rows/recall.h"

/*
 * The outside.  Functions without a result start something whose end comes
 * back as an event or through turn_look(); doing one twice is harmless.
 */
struct world {
	void *arg;
	/* All changes in one durable transaction, or none.  A failure ends the scheduler. */
	enum err_code (*commit)(void *arg, const struct change *changes, size_t n, struct err *err);
	/* Start the attempt, with the inputs of the action; a failure is told by
	 * turn_launch_failed(). */
	void (*launch)(void *arg, const struct action *action);
	/* All that was to be started, killed or answered was said: let it go out now. */
	void (*send)(void *arg);
	/* Ask the shim to end the attempt.  Not started: leave a tombstone if possible. */
	void (*kill)(void *arg, int64_t attempt);
	/* Prove that nothing of the attempt is alive (end what is), then event GONE. */
	void (*sweep)(void *arg, int64_t attempt);
	/* Put what the attempt staged in its place, then event PUBLISHED. */
	void (*publish)(void *arg, int64_t attempt);
	/* Remove what the attempt left behind; its staging as well, unless that is kept. */
	void (*discard)(void *arg, int64_t attempt, bool keep_staging);
	/* Answer a command; the request is the event's. */
	void (*reply)(void *arg, int64_t request, const struct reply *reply);
	/* Follow a live attempt of an earlier scheduler: tell when its shim ends. */
	void (*adopt)(void *arg, int64_t attempt, int pid);
	/* What is there of the attempt (core/wire/attempt.h); blocks only on the runtime directory
	 */
	enum err_code (*inspect)(void *arg, int64_t attempt, const char *token, enum evidence *out,
				 struct exit_record *record, int *pid, struct err *err);
	/* Leave a tombstone, so that it never starts; ERR_CONFLICT: it is there. */
	enum err_code (*bury)(void *arg, int64_t attempt, struct err *err);
	/* What a command's key was answered, as committed, with recall_answer(); or nothing. */
	enum err_code (*answered)(void *arg, const char *key, struct recall *out, struct err *err);
	/*
	 * The rows of runs that have ended, as committed, with recall_run() and recall_task().  A
	 * run whose definition is no longer understood is left out.
	 */
	enum err_code (*recall)(void *arg, const int64_t *runs, size_t n, struct recall *out,
				struct err *err);
};

struct turn;

/* A new one.  Both are borrowed and have to outlive the turn. */
struct turn *turn_new(struct engine *engine, const struct world *world);

/* Free it; NULL is fine.  What was not committed is lost. */
void turn_free(struct turn *t);

/* Step one event now; its effects wait for turn_finish(). */
void turn_event(struct turn *t, const struct event *event, int64_t now_us);

/*
 * Something may have happened to a live attempt: inspect it and step what
 * follows (STARTED, EXITED, VANISHED, NEVER_STARTED, GONE, or nothing).  The one
 * place that turns evidence into events.  Not for an attempt whose launch may
 * still be under way: one that is not there is buried.  For one that ended
 * already DISCARD is asked again.
 */
void turn_look(struct turn *t, int64_t attempt, int64_t now_us);

/*
 * Whoever had the launch in hand, and it alone, could not start it: NEVER_STARTED with `why` and
 * the errno, if one was the reason.  That is proof: no tombstone is needed, which a full runtime
 * directory would not take.
 */
void turn_launch_failed(struct turn *t, int64_t attempt, const char *why, int error,
			int64_t now_us);

/*
 * After loading, before the first WAKE, CATALOG or COMMAND: look at every live attempt; adopt,
 * apply, bury, sweep, publish again.
 */
void turn_recover(struct turn *t, int64_t now_us);

/*
 * In place of turn_recover() where nobody stays to follow attempts: what has left its record is
 * applied, a publish is done again, all else is for the next scheduler.
 */
void turn_settle(struct turn *t, int64_t now_us);

/*
 * End the turn: commit if there is anything urgent (or `flush`), then act.
 * *wake_us is when the next EVENT_WAKE is due (INT64_MAX: never).  An error
 * means that nothing of this turn was done: the caller has to end the process.
 */
enum err_code turn_finish(struct turn *t, bool flush, int64_t *wake_us, struct err *err) MUST_CHECK;

#endif
