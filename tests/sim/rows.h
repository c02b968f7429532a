/*
 * rows.h - the durable rows of a simulated scheduler: what a crash leaves.
 *
 * Changes are applied in order; every string is copied, so nothing of the
 * engine is borrowed.  Rows live in one arena until the history ends.
 */
#ifndef TESTS_SIM_ROWS_H
#define TESTS_SIM_ROWS_H

#include "core/model/dag.h"
#include "core/base/mem.h"
#include "scheduler/rows/rows.h"
#include "tests/sim/almanac.h"

struct def_rec {
	struct def_row row;
	struct dag *dag; /* the text, read again; one reference */
};

/* A group with retries of which there is a row. */
struct group_rec {
	struct group_row row;
	int64_t before_due_us;
	int before_retries;
	int64_t since; /* attempts up to this one were of tries before this one */
};

enum {
	SIM_GROUPS_MAX = 4,   /* of a dag */
	SIM_TOLD_MAX = 4,     /* tasks of a dag that are told and do not look */
	SIM_EPOCHS_MAX = 256, /* of a run */
};

/* An instance of an expanded task; row.task NULL: there is no row of it. */
struct instance_rec {
	int index, map_index;
	struct task_row row;
	unsigned char replayed;
};

/* A run with its tasks, and what it was when the last transaction began. */
struct run_rec {
	struct run_row row;
	struct dag *dag;         /* of its epoch; borrowed from the definitions */
	struct task_row *tasks;  /* by index; a hole has task NULL */
	unsigned char *replayed; /* task states as the event log alone tells them */
	struct instance_rec *instances;
	size_t n_tasks, room_tasks, n_replayed, room_replayed, n_instances, room_instances;
	enum run_state replayed_state; /* the same for the run; RUN_ILLEGAL: not told of */
	enum run_state before_state;
	bool before_timed_out;
	int64_t previous_us; /* the interval before; INT64_MIN: there is none */
	int before_epoch;    /* 0: it was not there */
	int overlapped;      /* the epoch that was cancelled for a run that is due, or may be */
	bool retry_epochs[SIM_EPOCHS_MAX]; /* those that a retry of the run opened, not a person */
	struct dag *before_dag;
	bool before_early;  /* its epoch began before the interval had ended */
	bool before_active; /* a task was scheduled, queued, running or waiting for a retry */
	bool touched;       /* by the transaction under way */
	int given_up;  /* the epoch that people have cancelled: it waits for what is far ahead */
	int give_ups;  /* how often */
	int cancelled; /* the epoch that a cancel was committed for */
	/* When its tasks that are told began to wait, by their rows; 0: it does not. */
	int64_t told_us[SIM_TOLD_MAX];
	int asked; /* the epoch in which people were shown the question of a task */
	struct group_rec groups[SIM_GROUPS_MAX]; /* by index in dag->groups; group NULL: no row */
	bool before_held[SIM_GROUPS_MAX];        /* had it not ended? */
};

/* An attempt, and its state as the event log tells it. */
struct attempt_rec {
	struct attempt_row row;
	enum attempt_state replayed;
	enum attempt_state before; /* ATTEMPT_ILLEGAL: it was not there */
	int64_t made_us;           /* virtual time of its first commit; 0: not yet looked at */
	int64_t held_us;           /* the same of the commit that told that it was held */
	int64_t boot_us;           /* when it was made, by the clock of the boot */
	int class;                 /* of its run, then */
	bool early;                /* the same */
	bool touched;
	int state;    /* ended: what it left for the next try, as shims_counted() says */
	bool dropped; /* a look: the next took the place of its row, and it is remembered */
};

/* What the log tells of a dag, as log_rec.to. */
enum dag_word { DAG_GOES_ON, DAG_PAUSES, DAG_GIVES_UP };
#define DAG_GIVES_UP_TEXT "paused: pause_after_failures"

/* One row of the event log, as small as replaying needs it. */
struct log_rec {
	int64_t seq, run, attempt;
	int task_index, map_index, epoch;
	char kind;       /* first letter of the kind: r, t, a, d, p */
	short from, to;  /* state numbers, -1: none of the names */
	const char *dag; /* that pauses or goes on; else NULL */
};

struct rows {
	struct arena *arena;
	const struct almanac *almanac; /* what the oracles know of calendars */
	struct def_rec *defs;
	struct dag_row *dags;
	struct run_rec *runs;
	struct attempt_rec *attempts;
	struct partition_row *partitions;
	struct backfill_row *backfills;
	struct command_row *commands;
	struct dataset_event_row *dataset_events;
	struct log_rec *log;
	struct clock_row clock; /* key 0: none */
	size_t n_defs, room_defs, n_dags, room_dags, n_runs, room_runs, n_attempts, room_attempts;
	size_t n_partitions, room_partitions, n_backfills, room_backfills, n_commands,
	    room_commands, n_log, room_log;
	size_t n_dataset_events, room_dataset_events;
	int64_t last_run, last_attempt, last_backfill, last_seq, last_dataset_event;
	size_t old_log; /* of the log, when the transaction began */
};

void rows_init(struct rows *r);
void rows_release(struct rows *r);

/* Start a transaction: remember what runs and attempts are now. */
void rows_begin(struct rows *r);

/* Has a group with retries of the run not ended?  `group` is its index in the definition. */
bool rows_group_open(const struct run_rec *run, size_t group);

/* Are instances of a task of the run still to be made?  `index` is that of the task. */
bool rows_grows(const struct run_rec *run, size_t index);

/* Something of the run is scheduled, queued, running, being expanded or waits for a retry. */
bool rows_active_run(const struct run_rec *run);

/* The state of a task as the log tells it; made when it is not there. */
unsigned char *rows_replayed(struct run_rec *run, int index, int map_index);

/*
 * The next row of a run's tasks, their instances behind them, those that are removed left out
 * unless `all`; *at is 0 at first.  NULL: that was the last.
 */
const struct task_row *rows_next(const struct run_rec *run, size_t *at, bool all);

/* The first instance of a task behind index `after` that is not removed; NULL: there is none. */
const struct task_row *rows_instance(const struct run_rec *run, int index, int after);

/* A task or an instance as one number, in the order in which they start. */
int rows_place(int index, int map_index);

/* The row of such a number; NULL: there is none. */
const struct task_row *rows_at(const struct run_rec *run, int place);

/*
 * Apply one change.  NULL, or a sentence that says why no store would take it
 * (a key twice, a definition that does not parse), behind the number of the
 * invariant; static memory.
 */
const char *rows_apply(struct rows *r, const struct change *change);

/* NULL when there is none.  Valid until the next change. */
struct def_rec *rows_def(const struct rows *r, const char *digest);
struct dag_row *rows_dag(const struct rows *r, const char *dag);
struct dag *rows_active(const struct rows *r, const char *dag); /* its active definition */
struct run_rec *rows_run(const struct rows *r, int64_t key);
struct run_rec *rows_run_at(const struct rows *r, const char *dag, int64_t logical_us);
struct attempt_rec *rows_attempt(const struct rows *r, int64_t key);
struct task_row *rows_task(const struct rows *r, int64_t run, int index, int map_index);
struct partition_row *rows_partition(const struct rows *r, const char *dataset, int64_t part);
/* The grid of a dataset, by the first definition that writes it; days when none does. */
struct grid rows_grid(const struct rows *r, const char *dataset);
/* The part of the grid of its dag that a run is for. */
int64_t rows_part(const struct rows *r, const struct run_rec *run);
/* The definition of the epoch of an attempt that this transaction ended: another may be open. */
const struct dag *rows_dag_of(const struct run_rec *run, const struct attempt_row *a);
struct command_row *rows_command(const struct rows *r, const char *key);
struct backfill_row *rows_backfill(const struct rows *r, int64_t key);

#endif
