/*
 * state.h - everything the engine keeps, as structs, and what follows from one of them alone.
 *
 *   engine -> dag_state -> def -> dag        a dag's row, its active definition
 *     |          `-> watch -> waiter         tasks that wait for its run of a day
 *     |-> run -> run_task -> attempt         runs that have not ended; live attempts
 *     |             `-> children             runs of another dag that a task waits for
 *     |-> backfill, shelf, answer            what decisions need of the past
 *     `-> ready, timers, work, touched ...   what is to be looked at
 *
 * A step takes its event, then settles: tasks (`work`), runs (`touched`) and groups (`groups`) that
 * moved are looked at until none is left; then pools are filled, and what changed becomes rows.
 */
#ifndef SCHEDULER_STATE_STATE_H
#define SCHEDULER_STATE_STATE_H

#include "core/base/mem.h"
#include "scheduler/rows/index.h"
#include "scheduler/rows/queue.h"
#include "scheduler/rows/words.h"
#include "scheduler/state/dag_state.h"
#include "scheduler/state/grouped.h"
#include "scheduler/state/ledger.h"
#include "scheduler/wait/wait.h"

struct backfill {
	struct index_item item;  /* by row.key */
	struct backfill_row row; /* row.dag is the dag_state's */
	struct group group;
	bool changed;
};

/* A run's place in its group's queue or among the deadlines, and among the runs of its dag. */
struct run_seat {
	struct heap_item item;
	struct run *run;
};
struct run_date {
	struct index_item item; /* by logical_us, in dag_state.runs */
	struct run *run;
};

/* A task that an earlier epoch's definition had and this one's has not. */
struct gone_task {
	char *task;
	int tries; /* its last try_number: should it come back, it counts on */
};

struct run {
	struct index_item item; /* by key */
	struct run_seat seat;
	struct run_date date;
	int64_t key;
	struct dag_state *dag;
	struct def *def;
	char *run_id;
	enum run_type type;
	enum run_state state;
	int epoch;
	bool early; /* this epoch began before the interval had ended */
	int64_t logical_us, start_us, end_us;
	struct backfill *backfill; /* or NULL */
	int64_t created_us, started_us, ended_us;
	struct run_seat deadline; /* in engine.deadlines, while due_us is to come */
	int64_t due_us;           /* as in its row */
	int retries;
	bool timed_out;
	char *params;
	char *triggered_by; /* the updates that made this epoch, JSON, or NULL */
	int64_t parent;     /* the run whose task made it or opened its epoch; 0: none did ... */
	char *parent_task;  /* ... and that task */
	char *waits; /* the gate that holds it back (core/model/gate.h), as stored; or NULL */
	struct run_task *tasks;      /* one per task of def */
	struct expansion **expanded; /* per task; NULL while none was expanded */
	struct run_group *groups;    /* one per group of def->dag->retried */
	char **outputs; /* per task, what it left, JSON, or NULL; NULL while none left anything */
	struct gone_task *gone;
	size_t n_gone, room_gone;
	struct upstreams *upstreams; /* per task; NULL when the run is final */
	struct tally tally;          /* of its tasks */
	uint32_t active;             /* tasks scheduled to up_for_retry or whose instances are being
					made, groups that wait to retry */
	bool slot;                   /* holds a run slot of its group */
	bool session, guest;         /* guest: only others have asked this session for it */
	bool for_task;               /* ... only tasks that wait for it, which say how that ended */
	bool touched, leaving;       /* in engine.touched, in engine.old_runs */
	bool changed, fresh;         /* row to write; rows of all tasks to write */
	bool drop, drop_groups;  /* rows of its tasks, of its groups of the last epoch go first */
	struct run *next, *prev; /* in dag->unfinished */
};

/* A task of a run.  Whatever is not final and not running costs this and its tally. */
struct run_task {
	struct heap_item item; /* scheduled: in `lane`; a time to wait for: in `timers` */
	struct run *run;
	struct attempt *attempt; /* the live one, or NULL */
	struct waiter *waiter;   /* or NULL */
	struct children
	    *children;     /* runs that it waits for, or has waited for (children.h); or NULL */
	struct wait *wait; /* for the world, once a look of this try has ended; or NULL */
	char *waits;       /* as of a run */
	char *kept;        /* what its last try left for the next, JSON; NULL: nothing */
	char *answered;    /* what a person said (core/model/approval.h); or NULL */
	int64_t since_us;
	int64_t due_us;   /* in timers: when */
	int64_t first_us; /* when the first attempt of the epoch was made, or a wait began that
			     makes none; 0: neither */
	int tries, failures, losses, map_index; /* of an instance (expansion.h); else -1 */
	struct lane *lane; /* in line: where (ledger.h); NULL and in a heap: among the misfits */
	int32_t aged;      /* in line: minutes of boot time since when, less its priority */
	uint32_t index;
	uint8_t state;        /* enum task_state */
	bool queued, changed; /* in engine.work; row to write */
};

/* A live attempt. */
struct attempt {
	struct index_item item; /* by row.key */
	struct attempt_row row; /* strings are those below */
	struct run_task *task;
	char *label, *message, *result, *inputs, *outputs, *pool, *limits, *seen, *kept, *artifacts;
	bool counted, changed; /* in the ledger; row to write */
	int error;             /* errno of what it could not get to start or to stage; 0: none */
	int64_t again_us;      /* as of a look (wait.h) */
};

/* What is published of a dataset, in the order of the parts. */
struct shelf {
	struct index_item item; /* by dataset */
	char *dataset;
	struct live_partition *items;
	size_t n, room;
};

/* A command that was answered, until that is committed. */
struct answer {
	struct index_item item; /* by key */
	char *key, *command, *reply;
	int64_t at_us;
};

/* What is known of the clocks (engine/clock.h). */
struct clocks {
	struct clock_row row; /* boot and steps: the texts below */
	char boot[64], text[CLOCK_STEPS_MAX * 44 + 3];
	struct clock_step {
		int64_t attempt, offset_us; /* as clock_row.steps has them */
	} steps[CLOCK_STEPS_MAX];
	size_t n_steps;
	bool changed;
};

/* The machine is short of what a start needs (engine/shortage.h). */
struct shortage {
	int error;                 /* errno; 0: it is not */
	int64_t until_us, step_us; /* no start is tried before; how long that is */
	int64_t probe;             /* the attempt that tries whether it has passed, or 0 */
};

/* All of it. */
struct engine {
	struct engine_config config;
	uint64_t random;
	int64_t now_us;     /* of this step */
	struct effects *fx; /* of this step */
	bool awake;         /* the first event after recovery came: may plan and dispatch */
	int64_t last_run, last_attempt, last_backfill, last_seq;
	struct index defs, dags, writers, backfills, runs, shelves, answers;
	struct index attempts;        /* live ones */
	struct heap timers, regroups; /* of run_task; of run_group that wait to be tried again */
	struct heap deadlines;        /* of runs, by due_us */
	int64_t plan_us;              /* when the schedule has to be looked at next */
	struct ledger ledger;
	struct shortage shortage;
	struct clocks clocks;
	struct heap wake_timers; /* of wakes, by due_us */
	int64_t last_dataset_event;
	struct queue work;         /* run_task: look whether it may start */
	struct queue growing;      /* run_task: its instances are made or looked at, as room is */
	size_t room;               /* ... for so many of them in this turn */
	struct queue touched;      /* run: may have ended, or hold its slot for nothing */
	struct queue groups_ended; /* run_group: all its tasks have ended: is it tried again? */
	struct queue groups;       /* group: may admit */
	struct queue blocked;      /* run_task: its output partition is claimed by a live attempt */
	struct queue child_tasks;  /* run_task: may begin to have runs made, or waits for those */
	struct queue child_asking; /* run_task: a run it asks for left memory, or ended now */
	struct queue orphans;      /* run: who made it has ended before it */
	struct queue wakes;        /* wake: see whether its run can be made */
	struct queue wakes_asking; /* wake: its run has left memory */
	size_t woken_runs;         /* made in this step for datasets */
	struct queue asking; /* run_task: what it waits for has left memory (ready/previous.h) */
	/* marked in this step, and its log */
	struct queue new_defs, changed_dags, changed_backfills, changed_runs, changed_tasks,
	    changed_groups, changed_attempts, new_partitions, new_answers, changed_dataset_events;
	struct event_row *events;
	size_t n_events, room_events;
	bool urgent, again; /* again: a run that ends in this step is made again in the next */
	/* let go, but strings in effects that are not carried out may point into them */
	struct queue old_dags, old_attempts, old_runs, old_dataset_events;
	int64_t *held_attempts; /* live ones of runs under way whose definition is not understood */
	size_t n_held_runs, n_held_attempts, room_held_attempts;
	struct run **session_runs;
	size_t n_session, room_session, session_open, guests_open; /* open: not final */
	bool asked_by_guest; /* the command of this step came over the socket */
	bool asked_by_task;  /* no command asks: a task does, or a retry */
};

/* By id; NULL: never seen.  Once seen, a dag is kept for ever. */
struct dag_state *dag_state_find(const struct engine *e, const char *id);

/* The run of a dag for a logical date that is in memory, or NULL; past.h has the others. */
struct run *run_find(const struct dag_state *d, int64_t logical_us);

/* A live attempt by key, or NULL. */
struct attempt *attempt_find(const struct engine *e, int64_t key);

/* ---- what follows ---- */

/* Its definition, in the one that its run is pinned to. */
const struct task *task_of(const struct run_task *t);

/* Is anything left of a run but what comes after the work? */
bool run_has_work_left(const struct run *run);

/* Does a task in this state make its run hold a run slot? */
bool task_is_active(enum task_state state);

/* Where it is counted, as it stands; everything that is not final is pending. */
uint32_t *tally_of(struct tally *tally, const struct run_task *t);

/* Where an end of task `up` is counted among the upstreams of a task after it. */
struct tally *upstreams_of(struct upstreams *all, const struct task *up);

/* What a run is claimed as: a reprocessed one counts as backfill. */
enum run_type run_class(const struct run *run);

/* The runs that it shares a cap with. */
struct group *run_group(struct run *run);

/* May tasks of it be dispatched: not paused, and of this session if there is one? */
bool run_may_start(const struct engine *e, const struct run *run);

/* Was the clock set ahead not long ago, so that nobody makes runs by it yet? */
bool clock_holds(const struct engine *e, int64_t now_us);

/* Does an attempt in this state hold its pool slots? */
bool attempt_holds_slot(enum attempt_state state);

/* The order of the pool, of run_task. */
bool ready_before(const struct heap_item *a, const struct heap_item *b);

/* The order of timers, of run_task. */
bool timer_before(const struct heap_item *a, const struct heap_item *b);

#endif
