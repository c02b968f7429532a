/*
 * state.h - what runs, tasks and attempts can be, and every legal move.
 *
 * The two tables in state.c are the only place that knows which moves exist;
 * the engine, the store, the simulator and the pages all ask them.  Names are
 * part of the on-disk format: never renumber or rename one, add at the end.
 *
 *   task:     none -> scheduled -> queued -> running -> success | failed
 *                         ^                     |
 *                         `--- up_for_retry <---'      (queued too: its start may go unseen)
 *             none -> upstream_failed | skipped | failed; scheduled -> none
 *             queued, running -> up_for_reschedule -> scheduled: between two looks at the world
 *             anything unfinished -> cancelled; anything final -> none (a new epoch; but
 *             cancelled: another try of its group)
 *             none -> success | failed | skipped: told that what it waited for is there, or not
 *             of an expanded task none -> expanded -> what its instances came to; an instance
 *             whose list is made anew goes to removed, and back to none if it is in that, too
 *   attempt:  starting -> running -> publishing -> success
 *                  any live one   -> killing -> failed | lost | cancelled
 */
#ifndef CORE_MODEL_STATE_H
#define CORE_MODEL_STATE_H

#include "core/base/base.h"

#define TASK_STATES(X)                                 \
	X(TASK_ILLEGAL, "illegal")                     \
	X(TASK_NONE, "none")                           \
	X(TASK_SCHEDULED, "scheduled")                 \
	X(TASK_QUEUED, "queued")                       \
	X(TASK_RUNNING, "running")                     \
	X(TASK_UP_FOR_RETRY, "up_for_retry")           \
	X(TASK_SUCCESS, "success")                     \
	X(TASK_FAILED, "failed")                       \
	X(TASK_SKIPPED, "skipped")                     \
	X(TASK_UPSTREAM_FAILED, "upstream_failed")     \
	X(TASK_CANCELLED, "cancelled")                 \
	X(TASK_UP_FOR_RESCHEDULE, "up_for_reschedule") \
	X(TASK_EXPANDED, "expanded")                   \
	X(TASK_REMOVED, "removed")

/* What happens to a task. */
#define TASK_EVENTS(X)                                                                      \
	X(TEV_READY, "its trigger rule accepts and its inputs are settled")                 \
	X(TEV_UNREADY, "an input stopped being settled before it was dispatched")           \
	X(TEV_UPSTREAM_FAILED, "its trigger rule can no longer accept, an upstream failed") \
	X(TEV_SKIP, "its trigger rule can no longer accept, an upstream was skipped")       \
	X(TEV_DISPATCH, "an attempt was made for it")                                       \
	X(TEV_STARTED, "its attempt runs")                                                  \
	X(TEV_SUCCESS, "its attempt succeeded and what it wrote is published")              \
	X(TEV_RETRY, "its attempt ended badly, another will be made")                       \
	X(TEV_FAIL, "its attempt ended badly, no other will be made")                       \
	X(TEV_MISSING, "an input inside history does not exist")                            \
	X(TEV_DUE, "the retry delay is over")                                               \
	X(TEV_CANCEL, "a person cancelled the run")                                         \
	X(TEV_CLEAR, "a person opened a new epoch")                                         \
	X(TEV_HOLD, "the machine is short of what a start needs")                           \
	X(TEV_EXPIRE, "its time is up: of its run, or of its retries")                      \
	X(TEV_WHEN_FALSE, "its `when` is not true")                                         \
	X(TEV_WHEN_ERROR, "its `when` has no value")                                        \
	X(TEV_SKIPPED, "its program said that there is nothing to do")                      \
	X(TEV_GROUP_RETRY, "its group failed and is tried again")                           \
	X(TEV_NOT_YET, "what it waits for is not there, it will be looked at again")        \
	X(TEV_EXPAND, "its list is final: an instance was made for each item")              \
	X(TEV_EMPTY, "its list is final and has no items")                                  \
	X(TEV_REOPEN, "instances of it are done again")                                     \
	X(TEV_REMOVE, "an instance of a list that is made anew")                            \
	X(TEV_RETURN, "the list that was made anew has its index, too")                     \
	X(TEV_CHILDREN, "the runs that it waited for have ended well")                      \
	X(TEV_CHILD_FAILED, "a run that it waited for did not end well, or cannot be had")  \
	X(TEV_CHILD_RETRY, "the same, and it will ask for them again")                      \
	X(TEV_AGAIN, "the retry delay is over: it asks for its runs again")                 \
	X(TEV_FOUND, "what it waits for is there, as the engine was told")                  \
	X(TEV_REFUSED, "a person said no")                                                  \
	X(TEV_PASS, "what it waits for did not come, or a person said no: it is skipped")

#define ATTEMPT_STATES(X)                   \
	X(ATTEMPT_ILLEGAL, "illegal")       \
	X(ATTEMPT_STARTING, "starting")     \
	X(ATTEMPT_RUNNING, "running")       \
	X(ATTEMPT_KILLING, "killing")       \
	X(ATTEMPT_PUBLISHING, "publishing") \
	X(ATTEMPT_SUCCESS, "success")       \
	X(ATTEMPT_FAILED, "failed")         \
	X(ATTEMPT_LOST, "lost")             \
	X(ATTEMPT_CANCELLED, "cancelled")

/* What happens to an attempt. */
#define ATTEMPT_EVENTS(X)                                                                      \
	X(AEV_STARTED, "its shim owns the attempt directory")                                  \
	X(AEV_KILL, "it was asked to die, or its shim vanished: its tree must be proven gone") \
	X(AEV_PUBLISH, "it ended well and has partitions to publish")                          \
	X(AEV_SUCCESS, "it ended well and what it wrote is published")                         \
	X(AEV_FAIL, "it ended badly by its own account")                                       \
	X(AEV_LOST, "it left no record and its tree is proven gone")                           \
	X(AEV_CANCELLED, "it was cancelled and its tree is proven gone")

#define RUN_STATES(X)                 \
	X(RUN_ILLEGAL, "illegal")     \
	X(RUN_QUEUED, "queued")       \
	X(RUN_RUNNING, "running")     \
	X(RUN_SUCCESS, "success")     \
	X(RUN_FAILED, "failed")       \
	X(RUN_CANCELLED, "cancelled") \
	X(RUN_UP_FOR_RETRY, "up_for_retry")

/* What made a run.  Claimed in this order. */
#define RUN_TYPES(X)                  \
	X(RUN_SCHEDULED, "scheduled") \
	X(RUN_MANUAL, "manual")       \
	X(RUN_BACKFILL, "backfill")

/* How an attempt ended, as its exit record or its absence tells. */
#define OUTCOMES(X)                                                                                \
	X(OUTCOME_OK, "ok")                       /* exit status 0 and, if due, a valid result */  \
	X(OUTCOME_ERROR, "error")                 /* a non-zero exit status */                     \
	X(OUTCOME_SIGNAL, "signal")               /* ended by a signal that was not ours */        \
	X(OUTCOME_TIMEOUT, "timeout")             /* ended by its shim at the deadline */          \
	X(OUTCOME_CANCELLED, "cancelled")         /* ended by its shim on request */               \
	X(OUTCOME_GATE_FAILED, "gate_failed")     /* a check of severity error failed */           \
	X(OUTCOME_MISSING, "missing")             /* an input that has to exist does not */        \
	X(OUTCOME_INPUT_CHANGED, "input_changed") /* an input version went away while it read */   \
	X(OUTCOME_LAUNCH_FAILED, "launch_failed") /* fork, exec or the attempt directory failed */ \
	X(OUTCOME_PUBLISH_FAILED, "publish_failed") /* the staged files were not as promised */    \
	X(OUTCOME_LOST, "lost")                     /* no record, and nothing of it is alive */    \
	X(OUTCOME_ALL_BAD, "all_bad")               /* rows were read, and each was refused */     \
	X(OUTCOME_FATAL, "fatal")                   /* another try would end the same */           \
	X(OUTCOME_HELD, "held")         /* it could not start: the machine was short */            \
	X(OUTCOME_NO_SPACE, "no_space") /* no room to stage what it makes */                       \
	X(OUTCOME_MAX_BAD, "max_bad")   /* more rows were bad than it allows */                    \
	X(OUTCOME_OOM, "oom")           /* the kernel ended it, which was out of memory */         \
	X(OUTCOME_SKIPPED, "skipped")   /* it ended with its skip_exit_code */                     \
	X(OUTCOME_NOT_YET, "not_yet")   /* it looked, and what it waits for is not there */

#define X(id, text) id,
enum task_state { TASK_STATES(X) TASK_STATE_COUNT };
enum task_event { TASK_EVENTS(X) TASK_EVENT_COUNT };
enum attempt_state { ATTEMPT_STATES(X) ATTEMPT_STATE_COUNT };
enum attempt_event { ATTEMPT_EVENTS(X) ATTEMPT_EVENT_COUNT };
enum run_state { RUN_STATES(X) RUN_STATE_COUNT };
enum run_type { RUN_TYPES(X) RUN_TYPE_COUNT };
enum outcome { OUTCOMES(X) OUTCOME_COUNT };
#undef X

/* The task state that follows, or TASK_ILLEGAL: nobody wrote that move down. */
enum task_state task_next(enum task_state from, enum task_event event);

/* The attempt state that follows, or ATTEMPT_ILLEGAL. */
enum attempt_state attempt_next(enum attempt_state from, enum attempt_event event);

/* A final task state is left by TEV_CLEAR, and while its group is under way by TEV_GROUP_RETRY. */
bool task_is_final(enum task_state state);

/* Does one in this state go on at an instant of its own, with its next try or look? */
bool task_is_timed(enum task_state state);

/* A live attempt may still have processes or renames under way. */
bool attempt_is_live(enum attempt_state state);

/* A final run state is left when a new epoch is opened. */
bool run_is_final(enum run_state state);

/* The stable name of a task state; static, as are all names here. */
const char *task_state_name(enum task_state state);

/* The stable name of an attempt state. */
const char *attempt_state_name(enum attempt_state state);

/* The stable name of a run state. */
const char *run_state_name(enum run_state state);

/* The stable name of what made a run. */
const char *run_type_name(enum run_type type);

/* The stable name of how an attempt ended. */
const char *outcome_name(enum outcome outcome);

/* What happened to a task, in words. */
const char *task_event_text(enum task_event event);

/* What happened to an attempt, in words. */
const char *attempt_event_text(enum attempt_event event);

/* What a backfill runs again of what is there; the word is stored. */
#define REPROCESSES(X)                \
	X(REPROCESS_NONE, "none")     \
	X(REPROCESS_FAILED, "failed") \
	X(REPROCESS_COMPLETED, "completed")

#define X(id, word) id,
enum reprocess { REPROCESSES(X) };
#undef X

/* The stable name of what a backfill runs again. */
const char *reprocess_name(enum reprocess reprocess);

/* What a backfill runs again by its name, or -1. */
int reprocess_of(const char *name);

/* The task state of a name, or -1. */
int task_state_of(const char *name);

/* The attempt state of a name, or -1. */
int attempt_state_of(const char *name);

/* The run state of a name, or -1. */
int run_state_of(const char *name);

/* The run type of a name, or -1. */
int run_type_of(const char *name);

/* The outcome of a name, or -1. */
int outcome_of(const char *name);

/* Which account an outcome is charged to. */
enum account {
	ACCOUNT_NONE,   /* success, cancelled */
	ACCOUNT_USER,   /* counts against `retries` */
	ACCOUNT_SYSTEM, /* counts against `infra_retries` */
	ACCOUNT_NEVER,  /* the next try would end the same: not retried */
	ACCOUNT_HELD,   /* counts against nothing: begins again when the machine has room */
	ACCOUNT_ASKED,  /* as NEVER, unless `retry_on` names it: then as USER */
};

/* The account of an outcome. */
enum account outcome_account(enum outcome outcome);

/* Is what was staged kept, for people to look at what was refused? */
bool outcome_keeps_staged(enum outcome outcome);

/* How the tasks of a run stand, counted: what a verdict is made from. */
struct tally {
	uint32_t success, failed, upstream_failed, skipped, cancelled, pending;
	uint32_t forgiven; /* failed, and their on_fail is not `fail` */
};

/*
 * The state of a running run from ALL its tasks: RUN_RUNNING while any is
 * pending; else cancelled if one was, else failed if one failed or was
 * upstream_failed, else success.  A failure that is forgiven is none.
 */
enum run_state run_verdict(const struct tally *tasks);

#endif
