/*
 * ledger.h - what live attempts use of each limit, and the tasks that are ready, by what they use.
 *
 *   pool -> class -> lane of a dag -> lane of a task with max_active_tis_per_dag
 *
 * A lane whose limiter is full is not in the heap above it: however many tasks stand behind a
 * limit, they cost nothing until one of those that run has ended.  What is used is counted from
 * live attempts alone, so that no limit can leak; engine_check() counts it again.
 */
#ifndef SCHEDULER_STATE_LEDGER_H
#define SCHEDULER_STATE_LEDGER_H

#include "core/model/limit.h"
#include "core/model/state.h"
#include "scheduler/rows/index.h"
#include "scheduler/rows/queue.h"

struct engine;
struct attempt;
struct dag_state;
struct attempt_row;
struct run_task;
struct lane;

/* How many attempts there may be: of a dag, or of one task of it over all runs. */
struct limiter {
	struct index_item item; /* a task's: by id, in dag_state.limiters */
	char *task;
	int used, max;      /* max 0: no limit */
	struct lane *lanes; /* what it opens and closes */
};

/* Tasks in the order in which they may start; each lane in it counts as its first task. */
struct lane {
	struct heap_item item; /* in parent->lanes: it has a head, and its limiter has room */
	struct heap tasks, lanes;
	struct run_task *head;
	struct lane *parent; /* NULL: a class of a pool */
	struct limiter *limiter;
	struct lane *next; /* of its limiter */
};

enum { CLASSES = 3 }; /* of enum run_type */

struct pool_state {
	struct index_item item; /* by name */
	struct slot_pool def;   /* slots 0: there is none any more */
	int used;
	struct lane classes[CLASSES];
	int passed[CLASSES]; /* starts of others while the class waited */
	int64_t *starts;     /* a ring: boot times of the last def.rate of them */
	size_t n_starts, at;
};

struct ledger {
	struct index pools; /* in the order of tidemill.yaml, those that are gone last */
	struct pool_state *turn;
	struct limit_usage all, memory;
	struct heap misfits; /* run_task: no end of another lets it start */
	size_t n_ready;      /* tasks in lanes */
	char *text;          /* the limits as they are told; NULL: nobody gave any */
	bool changed;        /* they are others than were told last */
	bool edited;         /* ... and than those at first */
};

/* The limits of engine_config, and nothing is used. */
void ledger_init(struct engine *e);

/* Free the tables. */
void ledger_release(struct engine *e);

/* The limits are these from now on; every ready task finds its place anew. */
void ledger_set(struct engine *e, const struct limits *limits);

/* What was loaded finds its place by how long it has waited, now that it is known what time it is.
 */
void ledger_age(struct engine *e);

/* What was told of the limits last. */
void ledger_recall(struct engine *e, const char *text);

/* The active definition of a dag is another: its limits hold from now on. */
void ledger_redefine(struct engine *e, struct dag_state *d);

/* The dag's limiters and lanes are needed no more: none of its tasks is ready. */
void ledger_forget(struct dag_state *d);

/* A live attempt begins to count. */
void ledger_take(struct engine *e, const struct attempt *a);

/* It counts no longer. */
void ledger_give(struct engine *e, const struct attempt *a);

/* A scheduled task that may start wants to; nothing happens when it is in line already. */
void ready_add(struct engine *e, struct run_task *t);

/* Take it out of the line; one that is in none is fine. */
void ready_remove(struct engine *e, struct run_task *t);

/* What a start of the task asks for and what is used now. */
void ledger_ask(const struct engine *e, const struct run_task *t, struct limit_ask *out);

/* Say of a task that a limit holds it back, with how much of it is used. */
void ledger_say(struct engine *e, struct run_task *t, enum limit limit,
		const struct limit_ask *ask);

/* Whose turn it is in a pool: the task, or NULL. */
struct run_task *pool_next(const struct pool_state *p);

/* The next attempt of a pool was made, of a task of that class: whose turn it was, and the rate. */
void pool_started(struct engine *e, struct pool_state *p, enum run_type type);

/* An attempt of its pool was made, as its row says: counted against the rate. */
void pool_recall(struct engine *e, const struct attempt_row *row);

/* The pool behind one, all the way round. */
struct pool_state *pool_after(const struct ledger *l, const struct pool_state *p);

/* No start is to come: those that a clock that was set back put there are of now. */
void ledger_clamp(struct engine *e);

/* When a task that waits for the rate of its pool may start; INT64_MAX: none waits for that. */
int64_t ledger_wake(const struct engine *e);

/* Boot time is counted anew: an instant of before is `delta_us` later by it. */
void ledger_reboot(struct engine *e, int64_t delta_us);

#endif
