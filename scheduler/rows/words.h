/*
 * words.h - what goes into the engine and comes out of it: commands, events, actions, effects.
 *
 * The engine, the store, the daemon and the simulator speak in these; none of
 * them is needed to read them.  What is kept on disk is in rows.h.
 */
#ifndef SCHEDULER_ROWS_WORDS_H
#define SCHEDULER_ROWS_WORDS_H

#include "core/storage/storage.h"
#include "core/model/dag.h"
#include "core/lake/pin.h"
#include "core/wire/attempt.h"
#include "scheduler/rows/rows.h"

struct arena;
struct limits;

/* How an engine is to behave; it does not change while the engine lives. */
struct engine_config {
	const struct limits *limits; /* those at first (core/model/limit.h); copied */
	int pool_slots; /* of pool `default`, where `limits` is NULL: there is no other */
	size_t piece;  /* rows made or looked at in one turn where many come (ADR 0016); 0: 4,000 */
	uint64_t seed; /* attempt tokens come from it; different in every start */
	bool hold;     /* start nothing: commands are taken, their runs wait for a scheduler */
	bool session;  /* embedded in a --wait command: plans no schedule and starts only runs that
			  commands of this session made, cleared or adopted */
};

/* ---- commands ---- */

/* clang-format off */
enum command_kind {
#define COMMAND(NAME, name) COMMAND_##NAME,
#include "scheduler/rows/commands.inc"
#undef COMMAND
};

enum {
#define COMMAND(NAME, name) +1
	COMMAND_COUNT = 0
#include "scheduler/rows/commands.inc"
#undef COMMAND
};
/* clang-format on */

struct command {
	enum command_kind kind;
	const char *key; /* idempotency key, 1 to 64 bytes */
	const char *dag;
	bool has_logical;       /* trigger, clear, cancel: which run */
	int64_t logical_us;     /* trigger; for clear and cancel unless run_id is given */
	const char *run_id;     /* clear, cancel; or NULL */
	const char *params;     /* trigger, backfill: JSON object text, or NULL */
	int64_t from_us, to_us; /* backfill: logical dates, both inclusive */
	/* The same three as they were typed, to be read in the grid of the dag; NULL: as above. */
	const char *logical_text, *from_text, *to_text;
	enum reprocess reprocess;
	int max_active_runs; /* backfill; 0: the dag's */
	bool backwards;   /* backfill: newest first; refused where a task reads what its dag writes
			     earlier */
	bool early;       /* trigger, backfill: also an interval that has only begun */
	bool dry_run;     /* backfill: only the plan, nothing changes */
	bool only_failed; /* clear: only tasks that did not succeed */
	bool pinned;      /* clear: keep the definition */
	const char *task; /* clear: this task and its downstream only, or NULL; approve, reject */
	const char *answer, *by; /* approve, reject: the option, or NULL; who says so */
};

enum reply_code {
	REPLY_OK,
	REPLY_REFUSED,   /* the state does not allow it; message says what to type instead */
	REPLY_NOT_FOUND, /* no such dag, run, task */
	REPLY_INVALID,   /* the request itself is wrong */
};

enum plan_verdict {
	PLAN_CREATE,    /* a run will be made */
	PLAN_CLEAR,     /* the run is there and is cleared */
	PLAN_EXISTS,    /* the run is there and is left alone */
	PLAN_IN_FLIGHT, /* the run is there and has not ended */
	PLAN_FUTURE,    /* the interval has not ended */
};

struct plan_item {
	int64_t logical_us;
	enum plan_verdict verdict;
	int64_t run;          /* key, or 0 (dry run of a create) */
	bool before_start;    /* before start_date: told as a notice */
	enum run_state state; /* of the run that was there before, or RUN_ILLEGAL */
};

/* Strings and arrays live in the effects' arena. */
struct reply {
	enum reply_code code;
	const char *message; /* one sentence, also when ok */
	int64_t run;         /* trigger, clear, cancel: key; else 0 */
	const char *run_id;
	int64_t logical_us;
	int64_t backfill; /* key, or 0 */
	const struct plan_item *plan;
	size_t n_plan;
};

/* ---- the past ---- */

/* A run that has ended, whole, for the one step that is about it. */
struct recalled {
	struct dag *dag; /* the definition that it is pinned to */
	struct run_row run;
	struct task_row *tasks;
	size_t n_tasks;
};

/* The live version of a partition, as far as decisions need it; by dataset and part. */
struct live_partition {
	int64_t version, rows;
	int32_t part;
	bool preliminary;              /* it will be made again: nothing for other runs */
	char digest[DIGEST_CHARS + 1]; /* of its content */
};

/* ---- events ---- */

enum event_kind {
	EVENT_WAKE,    /* time passed; also the first event after loading and recovery */
	EVENT_CLOCK,   /* the first one after loading, and when wall clock and boot time diverge */
	EVENT_CATALOG, /* the DAG files were read; the whole set */
	EVENT_COMMAND,
	EVENT_STARTED,       /* the attempt's shim passed the fence */
	EVENT_EXITED,        /* its exit record was read and its token is right */
	EVENT_VANISHED,      /* lock free and no record: its tree has to be proven gone */
	EVENT_GONE,          /* ... and now is */
	EVENT_NEVER_STARTED, /* a tombstone stands in its place, or fork failed: it cannot start */
	EVENT_UNPUBLISHED,   /* publishing did not work, why, and is tried again */
	EVENT_PUBLISHED,     /* publishing ended, well or not */
	EVENT_RECALL,        /* nothing but what engine_asks() wanted to know: `past` */
};

struct event {
	enum event_kind kind;
	int64_t attempt;               /* STARTED to PUBLISHED */
	int64_t request;               /* COMMAND: handed back with the reply */
	const struct command *command; /* COMMAND */
	const struct recalled *past;   /* the runs that engine_needs() asked for */
	size_t n_past;
	const struct command_row *answer; /* COMMAND: what its key was answered, or NULL */
	struct dag *const *dags;          /* CATALOG: the engine takes references of its own */
	size_t n_dags;
	const struct limits *limits;      /* CATALOG: these from now on; NULL: as they are */
	const char *boot;                 /* CLOCK: the machine's boot id ... */
	int64_t offset_us;                /* ... and wall clock - CLOCK_BOOTTIME */
	const struct exit_record *record; /* EXITED */
	const char *why;                  /* NEVER_STARTED, UNPUBLISHED, PUBLISHED that failed */
	int error;                        /* NEVER_STARTED: errno of what was short, or 0 */
	bool ok;                          /* PUBLISHED */
	const struct published *outputs;  /* PUBLISHED, ok */
	size_t n_outputs;
};

/* ---- effects ---- */

enum action_kind {
	ACTION_LAUNCH,  /* start the attempt: inputs are pinned */
	ACTION_KILL,    /* end it: it is killing because of a cancel */
	ACTION_SWEEP,   /* its shim vanished: end what is left of its tree, then tell EVENT_GONE */
	ACTION_PUBLISH, /* its exit record is ok and it has outputs; tell EVENT_PUBLISHED */
	ACTION_DISCARD, /* it has ended for good: attempt directory, and staging unless kept, may go
			 */
	ACTION_REPLY,
};

struct action {
	enum action_kind kind;
	int64_t attempt;
	bool keep_staging; /* DISCARD: a gate failed, a person will want to look; or it ended before
			      and its staging was dealt with then */
	bool partial;      /* LAUNCH: a partition was left out: absent or missing and allowed */
	const char
	    *run_state; /* LAUNCH of a task of on_exit: what the run has come to; else NULL */
	int map_index;  /* LAUNCH: of an instance; else -1 */
	const struct param_value *given; /* LAUNCH: what other tasks left for its templates */
	size_t n_given;
	bool early; /* LAUNCH: its interval has not ended: what it publishes is preliminary */
	const struct pinned_input *inputs; /* LAUNCH */
	size_t n_inputs;
	int64_t request; /* REPLY */
	struct reply reply;
};

/*
 * What a step, or several, asked for.  Changes come in order and are committed
 * together; actions come in order and wait for that commit.  `urgent` is false
 * when the changes justify no action and may wait for the next commit (an
 * attempt that began to run): the caller commits them within a second.
 */
struct effects {
	struct arena *arena;
	struct change *changes;
	size_t n_changes, room_changes;
	struct action *actions;
	size_t n_actions, room_actions;
	bool urgent;
	int64_t wake_us; /* when to send EVENT_WAKE if nothing else happens; INT64_MAX: never */
};

#endif
