/*
 * internal.h - what the files of the engine share; nobody else includes it.
 *
 *   engine.c          life, one step, settling until nothing moves
 *   engine_load.c     from rows back to a running engine
 *   engine_catalog.c  definitions, and which dag writes which dataset
 *   engine_plan.c     the schedule, and which runs may run
 *   engine_run.c      runs and tasks: birth, moves, a new epoch, the end
 *   engine_ready.c    may this task start?  And who looks again when
 *   engine_attempt.c  dispatch, what became of attempts, retries
 *   engine_command.c  what a person asked for; engine_backfill.c: over a range
 *   engine_emit.c     everything that changed, as rows
 *   engine_look.c     looking in and recounting
 *
 * A step takes its event, then settles: tasks whose upstreams or inputs moved
 * are looked at (`work`), runs that moved give back their slot or end
 * (`touched`), groups with a free slot admit the next run (`groups`), until all
 * three are empty; then the pool is filled.  What changed is marked while this
 * goes on and becomes rows once, at the end.  Nothing here is recursive.
 */
#ifndef SCHEDULER_ENGINE_INTERNAL_H
#define SCHEDULER_ENGINE_INTERNAL_H

#include "scheduler/rows/effects.h"
#include "scheduler/state/state.h"

enum {
	PLAN_RUNS_MAX = 500,    /* made by the schedule in one step ... */
	PLAN_TASKS_MAX = 50000, /* ... with about so many tasks */
	PARAMS_BYTES_MAX = 64 << 10,
	BACKFILL_RUNS_MAX = 20000,
	WAITS_BYTES_MAX = 480,
};

/* ---- engine_emit.c ---- */

/* A row has to be written at the end of the step; once is enough. */
void mark_dag(struct engine *e, struct dag_state *d);
void mark_backfill(struct engine *e, struct backfill *b);
void mark_run(struct engine *e, struct run *run);
void mark_task(struct engine *e, struct run_task *t);
void mark_attempt(struct engine *e, struct attempt *a);
void mark_partition(struct engine *e, struct partition *p);

/*
 * One move, for the log, after it was made: `from` is static or lives as long
 * as the effects, `detail` is copied.
 */
void log_dag(struct engine *e, const struct dag_state *d, const char *from, const char *to);
void log_run(struct engine *e, const struct run *run, const char *from, const char *detail);
void log_task(struct engine *e, const struct run_task *t, const char *from, const char *to,
	      const char *detail);
void log_attempt(struct engine *e, const struct attempt *a, const char *from, const char *detail);
void log_partition(struct engine *e, const struct partition *p, bool changed);

/* Everything marked becomes changes, in the order that foreign keys need, then the log. */
void emit_changes(struct engine *e);

/* ---- engine_catalog.c ---- */

/* The kept definition with the digest of `dag`, with one user more; a new one refers to `dag`. */
struct def *def_take(struct engine *e, struct dag *dag);

/* One user less.  The dag of the last one stays readable until the effects are carried out. */
void def_drop(struct engine *e, struct def *def);

/* By id; NULL: never seen.  Once seen, a dag is kept for ever. */
struct dag_state *dag_state_find(const struct engine *e, const char *id);

/* A new one, without a definition, not present. */
struct dag_state *dag_state_make(struct engine *e, const char *id);

/* Compare the catalog with what is known: new definitions, cursors, dags that are gone. */
void catalog_take(struct engine *e, struct dag *const *dags, size_t n);

/* Find out again which dag writes which dataset. */
void writers_build(struct engine *e);

/* The dag that writes a dataset, or NULL. */
struct dag_state *writer_find(const struct engine *e, const char *dataset);

/* Does this definition write the dataset?  Then *task is the index of the task that does. */
bool dag_writes(const struct dag *dag, const char *dataset, uint32_t *task);

/* ---- engine_plan.c ---- */

/* Does time alone make runs of it? */
bool dag_is_scheduled(const struct dag *dag);

/* When the partition of `day` is due.  Only for a dag that is scheduled. */
int64_t partition_due(const struct dag *dag, int64_t day);

/* The newest day from from_day on that is due at now_us; from_day - 1: none is. */
int64_t newest_due(const struct dag *dag, int64_t from_day, int64_t now_us);

/* The dag's schedule may have changed: find out when to look at it. */
void plan_again(struct engine *e, struct dag_state *d);

/* Make the runs that are due, within bounds; the rest is left for the next step. */
void plan_runs(struct engine *e);

/* What a run is claimed as: a reprocessed one counts as backfill. */
enum run_type run_class(const struct run *run);

/* The runs that it shares a cap with. */
struct group *run_group(struct run *run);

/* May tasks of it be dispatched: not paused, and of this session if there is one? */
bool run_may_start(const struct engine *e, const struct run *run);

void group_init(struct group *g, struct dag_state *dag, int cap);

/* Its queue, its cap or what it uses changed: see in this step whether it admits a run. */
void group_mark(struct engine *e, struct group *g);

/* Give run slots to the first in its queue while there are any. */
void group_admit(struct engine *e, struct group *g);

/* The run wants a run slot; nothing happens when it has one or wants one already. */
void run_want(struct engine *e, struct run *run);

/* Give its run slot back, if it has one. */
void run_release(struct engine *e, struct run *run);

/* ---- engine_run.c ---- */

/* The run of a dag for a logical date, or NULL. */
struct run *run_find(const struct dag_state *d, int64_t logical_us);

/* Make and queue one on the active definition; there is none for that date. */
struct run *run_make(struct engine *e, struct dag_state *d, enum run_type type, int64_t logical_us,
		     const char *params, struct backfill *backfill);

/* Put a filled run among the others, with tasks in state none; takes over one user of def. */
struct run *run_add(struct engine *e, struct run *run, struct def *def);

/* Only with the engine: a run is never forgotten. */
void run_free(struct engine *e, struct run *run);

/* It is not final (any more): count its tasks, and queue it if it is queued. */
void run_open(struct engine *e, struct run *run);

/* It has a run slot: start it, or look at its tasks again. */
void run_start(struct engine *e, struct run *run);

/* Look at all its tasks in this step. */
void run_look(struct engine *e, struct run *run);

/* A task of it moved: in this step it may end, or give its run slot back (run_rest). */
void run_touch(struct engine *e, struct run *run);
void run_rest(struct engine *e, struct run *run);

/* Counted from scratch: its tasks by state, how many are active; and per task its upstreams. */
void run_recount(struct run *run, struct tally *tally, uint32_t *active);
void run_tallies(const struct run *run, struct tally *upstreams);

/* Why it is held back, for a person; "" for nothing. */
void run_set_waits(struct engine *e, struct run *run, const char *text);

/* In a session: a command of this session made or cleared it. */
void run_in_session(struct engine *e, struct run *run);

/* What a new epoch does again. */
struct redo {
	struct def *def;  /* on this definition */
	bool only_failed; /* tasks that did not succeed */
	const char *task; /* this one and its downstream, it exists in def; or NULL */
};

/* Open the next epoch of a final run; false: nothing to do, nothing changed. */
bool run_clear(struct engine *e, struct run *run, const struct redo *redo);

const struct task *task_of(const struct run_task *t);

/* Slots of the pool that an attempt of it takes: never more than the pool has. */
int task_slots(const struct engine *e, const struct run_task *t);

/* Does a task in this state make its run hold a run slot? */
bool task_is_active(enum task_state state);

/* The count of a state; everything that is not final is pending. */
uint32_t *tally_of(struct tally *tally, enum task_state state);

/*
 * Every move of a task: it leaves heaps and watches, is counted, logged and
 * marked, and whoever depends on it is put on the work list.  An illegal move
 * aborts.  `detail` says why, for a person.
 */
void task_apply(struct engine *e, struct run_task *t, enum task_event event, const char *detail);
void task_set_waits(struct engine *e, struct run_task *t, const char *text);

/* Put it on the work list if it is in state none and its run is running. */
void task_look(struct engine *e, struct run_task *t);

/* The order of the pool, and of timers. */
bool ready_before(const struct heap_item *a, const struct heap_item *b);
bool timer_before(const struct heap_item *a, const struct heap_item *b);

/* ---- engine_ready.c ---- */

enum settled { INPUTS_READY, INPUTS_WAIT, INPUTS_MISSING };

/* What an attempt made now reads; in the arena of the effects. */
struct pins {
	struct pinned_input *items;
	size_t n;
	bool partial; /* something was left out */
};

/* The one function that decides whether a task may start; it moves it, or has it wait. */
void ready_check(struct engine *e, struct run_task *t);

/* Are all partitions that it names settled?  READY fills *pins. */
enum settled inputs_check(struct engine *e, struct run_task *t, struct pins *pins);

/* It waits for no partition any more. */
void watch_drop(struct engine *e, struct run_task *t);

/* Something about the run of `d` for a day, or about any of its runs, may end a wait. */
void watch_wake(struct engine *e, struct dag_state *d, int64_t day);
void watch_wake_all(struct engine *e, struct dag_state *d);

/* What is published, or NULL; and remember that it is.  The row's strings are copied. */
struct partition *partition_find(const struct engine *e, const char *dataset, int64_t day);
struct partition *partition_set(struct engine *e, const struct partition_row *row);

/* ---- engine_attempt.c ---- */

/* Retry delays that are over, and waits that end by themselves. */
void timers_fire(struct engine *e);

/* Fill the pool.  True: a task was found not to be ready after all, so settle again. */
bool dispatch(struct engine *e);

/* An event about an attempt. */
void attempt_step(struct engine *e, const struct event *event);

/* A person wants it ended; asking twice is asking once. */
void attempt_cancel(struct engine *e, struct attempt *a);

/* A live attempt by key, or NULL. */
struct attempt *attempt_find(const struct engine *e, int64_t key);

/* Count a filled live attempt; takes it. */
void attempt_add(struct engine *e, struct attempt *a);
void attempt_free(struct attempt *a);
bool attempt_holds_slot(enum attempt_state state);

/* ---- engine_command.c, engine_backfill.c, engine_load.c ---- */

/* Carry out a command, or answer a known key again; appends one REPLY. */
void command_step(struct engine *e, const struct event *event);
void command_backfill(struct engine *e, const struct command *c, struct reply *reply);

/* In a session that runs something: see this run of somebody who is gone to its end, as if it
   had been made here. */
void run_adopt(struct engine *e, struct run *run);

/* Do these params (JSON text, or NULL) fit the dag?  False: the reply says what is wrong. */
bool params_check(struct engine *e, const struct dag *dag, const char *params, struct reply *reply);

/* Set code and message. */
void reply_say(struct engine *e, struct reply *reply, enum reply_code code, const char *fmt, ...)
    PRINTF_LIKE(4, 5);

/* The backfill with this key; a new one is empty. */
struct backfill *backfill_make(struct engine *e, int64_t key);

#endif
