/*
 * story.h - what a history is made of: dags, what people do, what goes wrong.
 *
 * A story is data.  Scenarios are written down (scenario.c), histories are
 * drawn from a seed (history.c); both are run by sim_run().
 */
#ifndef TESTS_SIM_STORY_H
#define TESTS_SIM_STORY_H

#include "scheduler/rows/words.h"
#include "tests/sim/almanac.h"

enum { SIM_DAGS_MAX = 4, SIM_ACTS_MAX = 80, SIM_SCRIPTS_MAX = 16, SIM_PARTS = 64 };
enum { SIM_CLASSES = 3 }; /* of runs: scheduled, manual, backfill */

/* The first day of a history as a rule: 2026-05-10, a Sunday.  It begins at midnight in UTC. */
#define SIM_EPOCH_DAY INT64_C(20583)

/* Chances are per mille. */
struct knobs {
	int pool_slots;
	int side_slots, side_rate; /* of pool `side`: 0: there is none; starts in a minute, or 0 */
	int share;                 /* of pool default, percent; 0: as usual */
	int all_tasks, memory_mib; /* for all; 0: no limit */
	bool exact;                /* delays are always the shortest */
	bool calm;                 /* the last part: nothing goes wrong any more */
	uint32_t crash_pm;         /* at each boundary */
	uint32_t reboot_pm;        /* of the crashes */
	uint32_t again_pm;         /* of the recoveries: a crash right after their commit */
	uint32_t error_pm, signal_pm, hang_pm, gate_pm, missing_pm, spoiled_pm; /* of the tries */
	uint32_t shim_dies_pm, fork_fails_pm, slow_launch_pm;
	uint32_t hint_lost_pm, hint_doubled_pm, hint_late_pm;
	uint32_t reply_lost_pm, command_twice_pm;
	uint32_t late_pm;  /* of the clears: because the landing files changed */
	uint32_t purge_pm; /* of the publishes: old versions are deleted right after */
	uint32_t fs_error_pm;
	uint32_t not_yet_pm, broken_pm; /* of the looks: not there; went wrong */
	uint32_t skip_pm;               /* of the tries of tasks with a skip_exit_code */
	size_t piece;                   /* rows of many that come in one turn; 0: as usual */
	int64_t pause_us;               /* at most between such turns: others have theirs */
	int64_t work_us_max;
	int64_t down_us_max; /* after a crash */
};

enum dag_kind {
	DAG_CHAIN,   /* ingest, dedup, gate, notify */
	DAG_DIAMOND, /* commands; all_done at the bottom */
	DAG_WINDOW,  /* ingest, dedup, a score over days of it, notify */
	DAG_READER,  /* a score over days of dag `reads`, notify */
	DAG_RANDOM,  /* commands at random */
	DAG_MANUAL,  /* commands, no schedule, no partitions */
	DAG_KINDS
};

/* A dag as the simulator writes it. */
struct shape {
	const char *id, *reads; /* reads: id of another dag */
	const char *runs;       /* id of another dag that one of its tasks runs, or NULL ... */
	char runs_with[24];     /* ... and the param that it gives, or "" */
	enum dag_kind kind;
	enum grid_unit unit;
	int zone;            /* index of almanac_zone() */
	bool by_ticks;       /* no partitions: each tick is a run */
	bool implied;        /* its crons alone say which of these it is */
	char crons[80];      /* text in quotes, a list of them, a duration (every) or a list of
				instants (at); empty: people make its runs */
	char filter[64];     /* except, only and spread, as keys of the schedule's map; or "" */
	const char *changes; /* dst_gap and dst_overlap, as keys of the schedule's map; or "" */
	int64_t start_day;   /* relative to the epoch, as the next */
	int64_t end_day;     /* INT64_MAX: none */
	int catchup_days;    /* catchup_window; 0: no limit */
	enum catchup catchup;
	int max_active_runs, retries, window, timeout_s, pool_slots;
	int max_active_tasks, max_active_tis; /* 0: no limit */
	bool side, memory; /* some tasks are in pool `side`, some ask for memory */
	bool allow_missing;
	char wakes[96];      /* datasets that wake it, as keys of the schedule's map; or "" */
	uint64_t salt;       /* of the random graph */
	uint64_t reach;      /* dice of the windows that it reads */
	enum grid_unit from; /* of what it reads */
	int64_t epoch_day;   /* of the story */
	int regroup;     /* retries of a group that some of its tasks are in; 0: there is none */
	int run_retries; /* where there is no salt to draw them from */
	bool beside;     /* notify waits for nothing */
	int items;       /* of the list that a task is expanded over; 0: no graph says */
	int pause_after; /* failed runs in a row; 0: it does not pause for them */
};

/* Append its YAML; another `revision` gives another digest and now and then a task that comes or
 * goes. */
void shape_write(const struct shape *shape, int revision, struct buf *out);

enum act_kind {
	ACT_COMMAND,
	ACT_EDIT,   /* dag `dag` gets its next revision */
	ACT_BREAK,  /* the file of dag `dag` is gone; the next edit brings it back */
	ACT_JUMP,   /* the wall clock jumps by amount_us */
	ACT_SLEEP,  /* the machine sleeps for amount_us */
	ACT_RACE,   /* as soon as an attempt reads a partition, the run that made it is cleared */
	ACT_LIMITS, /* tidemill.yaml is edited: other pools, and so on */
	ACT_LATE,   /* the landing files of `part` change */
	ACT_CRASH,  /* ... and while nobody looks the wall clock jumps by amount_us */
	ACT_REBOOT, /* the same */
};

struct act {
	int64_t at_us; /* since the start */
	enum act_kind kind;
	int dag;
	/* In parts of the dag's grid, from that of the epoch on (early: of now): the logical date,
	 * or that of the landing files.  COMMAND: to `to_part`. */
	int64_t part;
	int64_t to_part;
	int64_t amount_us;
	struct command command; /* COMMAND: without key and dates */
};

enum behaviour {
	BEHAVE_OK,
	BEHAVE_ERROR,
	BEHAVE_SIGNAL,
	BEHAVE_HANG,      /* until its deadline */
	BEHAVE_GATE,      /* gate_failed or all_bad */
	BEHAVE_MISSING,   /* outcome missing */
	BEHAVE_SPOILED,   /* ok, but what is staged is not whole */
	BEHAVE_SKIP,      /* its program ends with its skip_exit_code */
	BEHAVE_NOT_YET,   /* a look that does not find what it looks for */
	BEHAVE_SHIM_DIES, /* no record; worker and grandchild live on */
};

/* The n-th try of a task of the script's part, or of every part, does this; or all its tries in
 * the n-th round: of its group with retries, else the epoch of its run. */
struct script {
	const char *task;
	int64_t part;          /* relative to that of the epoch; INT64_MIN: every */
	int try_number, round; /* one of them; 0: it is not asked */
	enum behaviour behaviour;
	int64_t work_us; /* 0: as usual */
};

struct story {
	const char *name;
	uint64_t seed;
	int64_t epoch_day;
	unsigned clocks;               /* in which ways they go wrong: bits of history.c */
	const struct almanac *almanac; /* borrowed */
	struct knobs knobs;
	struct shape shapes[SIM_DAGS_MAX];
	int n_shapes;
	struct act acts[SIM_ACTS_MAX];
	int n_acts;
	struct script scripts[SIM_SCRIPTS_MAX];
	int n_scripts;
	int64_t horizon_us; /* after that the faults end and everything has to */
	bool same_end; /* whatever crashes, the same tasks end alike and the same rows are live */
};

/* Scenarios are numbered from 1. */
enum { SCENARIOS = 22 };
void scenario_story(int number, const struct almanac *almanac, struct story *out);

/* The random story of a seed. */
void history_story(uint64_t seed, const struct almanac *almanac, struct story *out);

#endif
