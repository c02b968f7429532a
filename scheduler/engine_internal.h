/*
 * engine_internal.h - what the files of the engine share; nobody else includes it.
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

#include "scheduler/engine.h"

#include <uthash.h>

enum {
	PLAN_RUNS_MAX = 500,    /* made by the schedule in one step ... */
	PLAN_TASKS_MAX = 50000, /* ... with about so many tasks */
	PARAMS_BYTES_MAX = 64 << 10,
	BACKFILL_RUNS_MAX = 20000,
	WAITS_BYTES_MAX = 480,
};

/* ---- containers ---- */

/* First member of what is put into a heap; it is in one heap at a time. */
struct heap_item {
	size_t at; /* its index plus one; 0: in none */
};

typedef bool heap_before_fn(const struct heap_item *a, const struct heap_item *b);

/* A binary heap.  `before` is a strict total order, so the same set always comes out alike. */
struct heap {
	struct heap_item **items;
	size_t n, room;
	heap_before_fn *before;
};

void heap_push(struct heap *h, struct heap_item *item);   /* it is in no heap */
void heap_remove(struct heap *h, struct heap_item *item); /* it is in no heap or in h */
struct heap_item *heap_first(const struct heap *h);       /* NULL: empty */
void heap_release(struct heap *h);

/* Pointers, first in, first out. */
struct queue {
	void **items;
	size_t n, room;
	size_t taken; /* items before it are gone */
};

void queue_add(struct queue *q, void *item);
void *queue_take(struct queue *q);                  /* NULL: empty */
void queue_drop(struct queue *q, const void *item); /* every one; O(n) */
void queue_release(struct queue *q);

/* ---- what the engine keeps ---- */

/* A definition that a dag or a run refers to; the last one to let go frees it. */
struct def {
	struct dag *dag;
	size_t users;
	UT_hash_handle hh; /* by digest */
};

/* Runs that share a cap: the scheduled and manual ones of a dag, or those of a backfill. */
struct group {
	struct heap queue; /* runs that want a run slot */
	int cap, used;
	bool marked; /* in engine.groups */
	struct dag_state *dag;
};

/* Tasks that wait for the run of one dag for one day. */
struct watch {
	int64_t day;
	struct waiter *first;
	UT_hash_handle hh; /* by day, in dag_state.watches */
};

struct waiter {
	struct run_task *task;
	struct waiter *next, *prev;
	struct watch *watch;
	struct dag_state *dag;
};

struct dag_state {
	char *id;
	int64_t number; /* stands for the id in run keys */
	struct def *active;
	bool present, paused;
	bool seen;    /* in the catalog that is being read */
	bool changed; /* row to write */
	int64_t cursor_us, live_since_us;
	int64_t due_us; /* when the partition at the cursor is due; INT64_MAX: never */
	struct group group;
	struct watch *watches;
	struct run *unfinished;
	UT_hash_handle hh; /* by id */
};

/* Which dag writes a dataset. */
struct writer {
	const char *dataset; /* of the dag's active definition */
	struct dag_state *dag;
	UT_hash_handle hh;
};

struct backfill {
	struct backfill_row row; /* row.dag is the dag_state's */
	struct group group;
	bool backwards; /* newest first; a restart forgets it */
	bool changed;
	UT_hash_handle hh; /* by row.key */
};

struct run_name {
	int64_t dag, logical_us;
};

struct run {
	struct heap_item item; /* in its group's queue */
	struct run_name name;
	int64_t key;
	struct dag_state *dag;
	struct def *def;
	char *run_id;
	enum run_type type;
	enum run_state state;
	int epoch;
	int64_t start_us, end_us;
	struct backfill *backfill; /* or NULL */
	int64_t created_us, started_us, ended_us;
	char *params;
	char *waits;
	struct run_task *tasks;  /* one per task of def */
	struct tally *upstreams; /* per task; NULL when the run is final */
	struct tally tally;      /* of its tasks, on_fail applied */
	uint32_t active;         /* tasks scheduled, queued, running, up_for_retry */
	bool slot;               /* holds a run slot of its group */
	bool session;
	bool touched;            /* in engine.touched */
	bool changed;            /* row to write */
	bool fresh;              /* rows of all tasks to write */
	bool drop;               /* rows of its tasks of the last epoch to drop first */
	struct run *next, *prev; /* in dag->unfinished */
	UT_hash_handle hh;       /* by key */
	UT_hash_handle hh_name;
};

/* A task of a run.  Whatever is not final and not running costs this and its tally. */
struct run_task {
	struct heap_item item; /* scheduled: in `ready`; a time to wait for: in `timers` */
	struct run *run;
	struct attempt *attempt; /* the live one, or NULL */
	struct waiter *waiter;   /* or NULL */
	char *waits;             /* or NULL */
	int64_t since_us;
	int64_t due_us; /* in timers: when */
	int tries, failures, losses;
	uint32_t index;
	uint8_t state; /* enum task_state */
	bool queued;   /* in engine.work */
	bool changed;  /* row to write */
};

/* A live attempt. */
struct attempt {
	struct attempt_row row; /* strings are those below */
	struct run_task *task;
	char *message, *result, *inputs;
	bool changed;
	UT_hash_handle hh; /* by row.key */
};

struct partition {
	struct partition_row row;
	char *key; /* "dataset/day" */
	char *dataset, *inputs;
	bool changed;
	UT_hash_handle hh; /* by key */
};

/* A command that was answered. */
struct answer {
	char *key, *command, *reply;
	int64_t at_us;
	UT_hash_handle hh; /* by key */
};

struct engine {
	struct engine_config config;
	uint64_t random;
	int64_t now_us;     /* of this step */
	struct effects *fx; /* of this step */
	bool awake;         /* the first event after recovery came: may plan and dispatch */
	int64_t last_run, last_attempt, last_backfill, last_seq, last_dag;

	struct def *defs;
	struct dag_state *dags;
	struct writer *writers;
	struct backfill *backfills;
	struct run *runs, *names;
	struct attempt *attempts; /* live ones */
	struct partition *partitions;
	struct answer *answers;

	struct heap ready, timers; /* of run_task */
	int64_t plan_us;           /* when the schedule has to be looked at next */
	int slots_used;
	size_t n_live;
	struct queue work;    /* run_task: look whether it may start */
	struct queue touched; /* run: may have ended, or hold its slot for nothing */
	struct queue groups;  /* group: may admit */
	struct queue blocked; /* run_task: its output partition is claimed by a live attempt */

	/* marked in this step, and its log */
	struct queue new_defs, changed_dags, changed_backfills, changed_runs, changed_tasks,
	    changed_attempts, changed_partitions, new_answers;
	struct event_row *events;
	size_t n_events, room_events;
	bool urgent;

	/* let go, but strings in effects that were not yet carried out may point into them */
	struct queue old_dags, old_attempts;

	struct run **session_runs;
	size_t n_session, room_session, session_open;
};

/* ---- effects.c ---- */

struct change *effects_change(struct effects *fx, enum change_kind kind);
struct action *effects_action(struct effects *fx, enum action_kind kind, int64_t attempt);
const char *effects_format(struct effects *fx, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* ---- reply.c ---- */

/* Read back what reply_write() wrote; false: it is not one.  Strings go into the arena. */
bool reply_read(struct reply *out, const char *json, struct arena *arena);

/* ---- engine_emit.c ---- */

void mark_dag(struct engine *e, struct dag_state *d);
void mark_backfill(struct engine *e, struct backfill *b);
void mark_run(struct engine *e, struct run *run);
void mark_task(struct engine *e, struct run_task *t);
void mark_attempt(struct engine *e, struct attempt *a);
void mark_partition(struct engine *e, struct partition *p);

/* One move, for the log; `detail` is copied. */
void log_dag(struct engine *e, const struct dag_state *d, const char *from, const char *to);
void log_run(struct engine *e, const struct run *run, const char *from, const char *detail);
void log_task(struct engine *e, const struct run_task *t, const char *from, const char *to,
	      const char *detail);
void log_attempt(struct engine *e, const struct attempt *a, const char *from, const char *detail);
void log_partition(struct engine *e, const struct partition *p, bool changed);

/* Everything marked becomes changes, in the order that foreign keys need, then the log. */
void emit_changes(struct engine *e);

/* ---- engine_catalog.c ---- */

struct def *def_take(struct engine *e, struct dag *dag); /* the one with its digest; +1 user */
void def_drop(struct engine *e, struct def *def);
struct dag_state *dag_state_find(const struct engine *e, const char *id); /* or NULL */
struct dag_state *dag_state_make(struct engine *e, const char *id);
void catalog_take(struct engine *e, struct dag *const *dags, size_t n);
void writers_build(struct engine *e);
struct dag_state *writer_find(const struct engine *e, const char *dataset); /* or NULL */
bool dag_writes(const struct dag *dag, const char *dataset, uint32_t *task);

/* ---- engine_plan.c ---- */

/* When the schedule looks at the partition of `day` at the earliest. */
int64_t partition_due(const struct dag *dag, int64_t day);
int64_t newest_due(const struct dag *dag, int64_t from_day, int64_t now_us);
bool dag_is_scheduled(const struct dag *dag);
void plan_again(struct engine *e, struct dag_state *d); /* its schedule may have changed */
void plan_runs(struct engine *e);

struct group *run_group(struct run *run);
enum run_type run_class(const struct run *run);
bool run_may_start(const struct engine *e, const struct run *run);
void group_init(struct group *g, struct dag_state *dag, int cap);
void group_mark(struct engine *e, struct group *g);
void run_want(struct engine *e, struct run *run); /* it wants a run slot */
void group_admit(struct engine *e, struct group *g);
void run_release(struct engine *e, struct run *run); /* gives its run slot back, if it has one */

/* ---- engine_run.c ---- */

struct run *run_find(const struct engine *e, const struct dag_state *d, int64_t logical_us);
struct run *run_make(struct engine *e, struct dag_state *d, enum run_type type, int64_t logical_us,
		     const char *params, struct backfill *backfill);
struct run *run_add(struct engine *e, struct run *run, struct def *def); /* to the hashes */
void run_free(struct engine *e, struct run *run);
void run_open(struct engine *e, struct run *run); /* it is not final: queue it */
void run_touch(struct engine *e, struct run *run);
void run_rest(struct engine *e, struct run *run); /* end it, or let go of its slot */
void run_start(struct engine *e, struct run *run);
void run_look(struct engine *e, struct run *run); /* all its tasks: may they start? */
void run_recount(struct run *run, struct tally *tally, uint32_t *active);
void run_tallies(const struct run *run, struct tally *upstreams);
void run_set_waits(struct engine *e, struct run *run, const char *text);
void run_in_session(struct engine *e, struct run *run);

/* What a new epoch does again. */
struct redo {
	struct def *def;  /* on this definition */
	bool only_failed; /* tasks that did not succeed */
	const char *task; /* this one and its downstream; or NULL */
};
/* Open the next epoch of a final run; false: nothing to do, nothing changed. */
bool run_clear(struct engine *e, struct run *run, const struct redo *redo);

const struct task *task_of(const struct run_task *t);
int task_slots(const struct engine *e, const struct run_task *t);
bool task_is_active(enum task_state state);
uint32_t *tally_of(struct tally *tally, enum task_state state);
void task_apply(struct engine *e, struct run_task *t, enum task_event event, const char *detail);
void task_set_waits(struct engine *e, struct run_task *t, const char *text);
void task_look(struct engine *e, struct run_task *t); /* put it on the work list */

bool ready_before(const struct heap_item *a, const struct heap_item *b);
bool timer_before(const struct heap_item *a, const struct heap_item *b);

/* ---- engine_ready.c ---- */

enum settled { INPUTS_READY, INPUTS_WAIT, INPUTS_MISSING };

/* The inputs of a task: pins, and whether something was left out. */
struct pins {
	struct pinned_input *items;
	size_t n;
	bool partial;
};

void ready_check(struct engine *e, struct run_task *t);
/* With pins (or NULL): what an attempt made now would read. */
enum settled inputs_check(struct engine *e, struct run_task *t, struct pins *pins);
void watch_drop(struct engine *e, struct run_task *t);
void watch_wake(struct engine *e, struct dag_state *d, int64_t day);
void watch_wake_all(struct engine *e, struct dag_state *d);

struct partition *partition_find(const struct engine *e, const char *dataset, int64_t day);
struct partition *partition_set(struct engine *e, const struct partition_row *row);

/* ---- engine_attempt.c ---- */

void timers_fire(struct engine *e);
bool dispatch(struct engine *e); /* true: a task was found not to be ready after all */
void attempt_step(struct engine *e, const struct event *event);
void attempt_cancel(struct engine *e, struct attempt *a);
struct attempt *attempt_find(const struct engine *e, int64_t key);
void attempt_add(struct engine *e, struct attempt *a);
void attempt_free(struct attempt *a);
bool attempt_holds_slot(enum attempt_state state);

/* ---- engine_command.c, engine_backfill.c ---- */

void command_step(struct engine *e, const struct event *event);
void command_backfill(struct engine *e, const struct command *c, struct reply *reply);
/* Params as they are stored; false: the reply says what is wrong with them. */
bool params_check(struct engine *e, const struct dag *dag, const char *params, struct reply *reply);
void reply_say(struct engine *e, struct reply *reply, enum reply_code code, const char *fmt, ...)
    PRINTF_LIKE(4, 5);
struct backfill *backfill_make(struct engine *e, int64_t key);

#endif
