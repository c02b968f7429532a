/*
 * rows.h - what the state database holds, as structs.
 *
 * The engine makes changes of them, the store writes and reads them, the
 * simulator keeps them in memory.  Strings are borrowed unless said otherwise.
 * Names of states on disk come from state.h.
 */
#ifndef SCHEDULER_ROWS_ROWS_H
#define SCHEDULER_ROWS_ROWS_H

#include "core/model/state.h"
#include "core/model/used.h"
#include "core/time/grid.h"

/* A definition that a run may be pinned to. */
struct def_row {
	const char *digest, *dag, *file, *text;
};

struct dag_row {
	const char *dag;
	const char *digest; /* active definition */
	bool present;       /* its file is there and right */
	bool paused;
	int64_t cursor_us; /* start of the next partition the schedule will look at; INT64_MIN: none
			      yet */
	int64_t live_since_us; /* first seen or unpaused: catchup none makes nothing that was due
				  before */
	int failures;          /* scheduled runs that failed since the last that did not, with
				  pause_after_failures; while paused not 0: that is why */
};

struct run_row {
	int64_t key; /* from 1, never reused */
	const char *dag;
	const char
	    *run_id; /* scheduled__2026-05-01, manual__..., backfill__... ; unique in the dag */
	enum run_type type;
	enum run_state state;
	int epoch;                                /* from 1; clear opens the next */
	int64_t logical_us, start_us, end_us;     /* data interval is [start, end) */
	const char *digest;                       /* definition this epoch is pinned to */
	int64_t backfill;                         /* key, or 0 */
	int64_t created_us, started_us, ended_us; /* 0: not yet */
	const char *params;                       /* JSON object */
	/* JSON [{"dataset", ...}]: the updates that made this epoch; NULL: none did */
	const char *triggered_by;
	int64_t parent; /* key of the run whose task made it or opened its epoch; 0: none did */
	const char *parent_task; /* that task, or NULL */
	const char *waits;       /* what holds it back, as gate.h stores it; "" */
	bool early; /* this epoch began before its interval had ended: the next one is owed */
	/* Running: when its timeout is over; up_for_retry: when it goes on; 0: neither. */
	int64_t due_us;
	int retries;    /* of the run, since a person opened an epoch */
	bool timed_out; /* the timeout of this epoch is over */
};

struct task_row {
	int64_t run;
	int index; /* in the pinned definition; -1: that one has no such task, an earlier epoch's
		      had */
	const char *task;
	enum task_state state;
	int tries;             /* attempts over all epochs: the last try_number */
	int failures, losses;  /* charged to this epoch: user account, system account */
	int64_t next_retry_us; /* with up_for_retry; with up_for_reschedule: of the next look */
	int64_t first_us;      /* when the first attempt of the epoch was made, or a wait began
				  that makes none; 0: neither */
	int64_t since_us;      /* when it got this state */
	const char *waits;     /* the same, or why it ended without an attempt; "" */
	const char *pool;      /* that its slots are of; NULL: default */
	const char *outputs;   /* with success: what its attempt left, JSON; NULL: nothing */
	const char *kept;      /* what its last try left for the next, JSON; NULL: nothing */
	const char *answered;  /* what a person said (core/model/approval.h); NULL: nothing */
	/* While it waits for the world: how many looks of this try have ended, how many of the
	 * last ones went wrong, the attempt that has its row, when the first was made, when the
	 * wait ends at the latest, what the last one said, what it left for the next (JSON). */
	int looks, look_errors; /* 0: it does not wait */
	int64_t look_attempt, waiting_us, give_up_us;
	const char *answer, *seen;
	int map_index;        /* of an instance of an expanded task; -1: it is the task itself */
	const char *item;     /* of an instance, JSON; else NULL */
	const char *children; /* runs that it waits or has waited for: JSON [[key, logical_us]] */
	const char *list;     /* digest of the list that the task was expanded over; else NULL */
	int64_t list_items;   /* ... and how many it has: its instances are of the first of them */
};

/* A group with retries, of which something is to be remembered; rows of an epoch go with it. */
struct group_row {
	int64_t run;
	int index; /* of the group in the pinned definition */
	const char *group;
	int retries, most; /* it is in try `retries` + 1 of `most` + 1 */
	int64_t due_us;    /* failed: when it is tried again; 0: it does not wait for that */
	int64_t first_us;  /* when the first attempt of the epoch was made of one of its tasks */
	bool refused;      /* whatever comes, it is not tried again */
	const char *waits; /* as of a task */
};

struct attempt_row {
	int64_t key; /* from 1, never reused */
	int64_t run;
	int task_index, map_index; /* of an instance of an expanded task; else -1 */
	const char *task;
	int epoch, try_number;
	int look; /* of a wait for the world: which of its try, from 1; 0: it is none */
	enum attempt_state state;
	bool cancel; /* killing because a person asked */
	char token[TOKEN_CHARS + 1];
	int outcome; /* enum outcome once ended, else -1 */
	int exit_code, signal;
	int64_t created_us, started_us, ended_us;
	int64_t waiting_us; /* of a second or later look: when the first was made; else 0 */
	const char *pool;   /* what it takes, counted while it lives */
	int slots;
	int64_t memory_bytes;  /* 0: it did not say */
	struct used used;      /* known with its exit record: of a live one nothing is */
	const char *limits;    /* what it was held to: JSON of its record, or NULL */
	const char *message;   /* why it ended badly; "" */
	const char *result;    /* JSON of the worker, or NULL */
	const char *inputs;    /* JSON [{"dataset","day","version","digest"}] pinned at dispatch */
	const char *outputs;   /* JSON, what its program left for others; NULL: nothing */
	const char *artifacts; /* JSON, files it left (core/model/artifact.h); NULL: none */
};

/* The live version of a partition. */
struct partition_row {
	const char *dataset;
	enum grid_unit unit;
	const char *zone; /* of its grid: "UTC" */
	int64_t part;
	int64_t version;
	char digest[DIGEST_CHARS + 1]; /* content */
	int64_t rows, bytes;
	bool partial;
	int64_t run, attempt;
	int epoch;
	int64_t published_us;
	const char *inputs; /* JSON, as in its manifest: [{"dataset","day","version","digest"}] */
	/* Digest of what its content depends on, and what that is, JSON; NULL: not known. */
	const char *definition, *definition_text;
	const char *preliminary; /* why it will be made again: "early"; NULL: it is final */
};

struct backfill_row {
	int64_t key;
	const char *dag;
	int64_t from_us, to_us; /* logical dates, both inclusive */
	enum reprocess reprocess;
	int max_active_runs;
	int64_t created_us;
	int64_t runs;   /* how many it made or cleared */
	bool backwards; /* the newest interval first */
};

/* A dataset was updated, for one run of a dag that it wakes. */
struct dataset_event_row {
	int64_t key;          /* from 1, never reused */
	const char *consumer; /* the dag that waits for it */
	int64_t logical_us;   /* of its run; INT64_MIN: it has no partitions */
	const char *dataset;
	enum grid_unit unit;
	int64_t part, version;
	char digest[DIGEST_CHARS + 1];
	int64_t run;              /* that published it, ... */
	const char *dag, *run_id; /* ... by name */
	int64_t at_us;
	int64_t consumed;  /* the run that it woke, or that it was for; 0: none yet */
	const char *waits; /* what that run waits for, as of a task; of the first update of a run */
};

/* A command that was answered: the same key gets the same reply. */
struct command_row {
	const char *key, *command, *reply; /* reply: JSON */
	int64_t at_us;
};

enum { CLOCK_STEPS_MAX = 16 };

/*
 * What is known of the clocks: one row.  An instant in other rows that is a deadline was written
 * down by the wall clock, and wall - offset is what it was by the clock of that boot.
 */
struct clock_row {
	int64_t key;           /* 1 */
	const char *boot;      /* the machine's boot id */
	int64_t offset_us;     /* wall clock - CLOCK_BOOTTIME */
	int64_t jump_us;       /* by how much the wall clock was set last; 0: never */
	int64_t jumped_us;     /* when that was seen, by the clock as it was set; 0: never */
	int64_t held_until_us; /* the schedule makes no runs before; 0: it does */
	/*
	 * JSON, [[attempt, offset_us], ...], or NULL: until that attempt was made, and after the
	 * one before it, the offset was that one.  Of this boot, at most CLOCK_STEPS_MAX of late.
	 */
	const char *steps;
};

/* The limits that starts are decided by: one row. */
struct limits_row {
	int64_t key;      /* 1 */
	const char *text; /* JSON, as limits_write() has it */
	int64_t since_us; /* when they were taken */
	bool edited;      /* ... by an engine that had others; not stored */
};

/* One move, in the order of `seq`; replaying them yields the states in the tables. */
struct event_row {
	int64_t seq;
	int64_t at_us;
	const char *kind; /* "run", "task", "attempt", "dag", "partition" */
	int64_t run;      /* 0: none */
	int task_index;   /* -1: none */
	int map_index;    /* -1: none */
	int64_t attempt;  /* 0: none */
	int epoch;
	const char *from, *to; /* state names; for others free words */
	const char *detail;
};

enum change_kind {
	CHANGE_DEF,         /* insert if absent */
	CHANGE_DAG,         /* upsert by dag */
	CHANGE_RUN,         /* upsert by key */
	CHANGE_TASK,        /* upsert by (run, index) */
	CHANGE_TASKS_DROP,  /* delete the tasks of run `row.run.key`: an epoch on another definition
			     */
	CHANGE_GROUP,       /* upsert by (run, index) */
	CHANGE_GROUPS_DROP, /* delete the groups of run `row.run.key`: another epoch */
	CHANGE_ATTEMPT_DROP, /* delete attempt `attempt.key`: a look, before that of the next */
	CHANGE_ATTEMPT,      /* upsert by key */
	CHANGE_PARTITION, /* upsert by (dataset, part); a version not seen before is recorded too */
	CHANGE_DATASET_EVENT,      /* upsert by key */
	CHANGE_DATASET_EVENT_DROP, /* delete `dataset_event.key` */
	CHANGE_BACKFILL,           /* upsert by key */
	CHANGE_COMMAND,            /* insert */
	CHANGE_CLOCK,              /* upsert of the one row */
	CHANGE_LIMITS,             /* the same */
	CHANGE_EVENT,              /* insert */
};

struct change {
	enum change_kind kind;
	union {
		struct def_row def;
		struct dag_row dag;
		struct run_row run;
		struct task_row task;
		struct group_row group;
		struct attempt_row attempt;
		struct partition_row partition;
		struct dataset_event_row dataset_event;
		struct backfill_row backfill;
		struct command_row command;
		struct clock_row clock;
		struct limits_row limits;
		struct event_row event;
	};
};

#endif
