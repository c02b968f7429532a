/*
 * engine.h - what should happen now?  Pure.
 *
 *   step(state, event, now) -> effects: changes to commit, then actions to do
 *
 * The engine is the only place that decides.  It reads no clock, does no I/O,
 * and gives the same effects for the same history.  Its caller (turn.h)
 * commits the changes in one transaction and only then does the actions; after
 * a crash the engine is built again from the rows (engine_load_*), and what
 * was under way is found out by inspection and told to it as events.
 *
 * Everything derived is derived: slots and runs in use are counted from
 * states, a run's state is a function of its tasks', and one function decides
 * whether a task may start.
 */
#ifndef SCHEDULER_ENGINE_ENGINE_H
#define SCHEDULER_ENGINE_ENGINE_H

#include "core/wire/attempt.h"
#include "core/model/dag.h"
#include "core/base/mem.h"
#include "scheduler/rows/rows.h"

struct engine;

struct engine_config {
	int pool_slots; /* of pool `default` */
	uint64_t seed;  /* attempt tokens come from it; different in every start */
	bool hold;      /* start nothing: commands are taken, their runs wait for a scheduler */
	bool session;   /* embedded in a --wait command: plans no schedule and starts only runs that
			   commands of this session made, cleared or adopted */
};

/* ---- commands ---- */

enum command_kind {
	COMMAND_TRIGGER,
	COMMAND_BACKFILL,
	COMMAND_CLEAR,
	COMMAND_PAUSE,
	COMMAND_UNPAUSE,
	COMMAND_CANCEL,
};

struct command {
	enum command_kind kind;
	const char *key; /* idempotency key, 1 to 64 bytes */
	const char *dag;
	bool has_logical;       /* trigger, clear, cancel: which run */
	int64_t logical_us;     /* trigger; for clear and cancel unless run_id is given */
	const char *run_id;     /* clear, cancel; or NULL */
	const char *params;     /* trigger, backfill: JSON object text, or NULL */
	int64_t from_us, to_us; /* backfill: logical dates, both inclusive */
	enum reprocess reprocess;
	int max_active_runs; /* backfill; 0: the dag's */
	bool backwards;   /* backfill: newest first; refused where a task reads what its dag writes
			     earlier */
	bool dry_run;     /* backfill: only the plan, nothing changes */
	bool only_failed; /* clear: only tasks that did not succeed */
	bool pinned;      /* clear: keep the definition */
	const char *task; /* clear: this task and its downstream only, or NULL */
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
const char *
plan_verdict_name(enum plan_verdict v); /* "create", "clear", "exists", "in_flight", "future" */

struct plan_item {
	int64_t logical_us;
	enum plan_verdict verdict;
	int64_t run;       /* key, or 0 (dry run of a create) */
	bool before_start; /* before start_date: told as a notice */
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

/* The reply as the JSON that goes over the control socket and into command_row.reply. */
void reply_write(const struct reply *reply, struct buf *out);

/* ---- events ---- */

enum event_kind {
	EVENT_WAKE,    /* time passed; also the first event after loading and recovery */
	EVENT_CATALOG, /* the DAG files were read; the whole set */
	EVENT_COMMAND,
	EVENT_STARTED,       /* the attempt's shim passed the fence */
	EVENT_EXITED,        /* its exit record was read and its token is right */
	EVENT_VANISHED,      /* lock free and no record: its tree has to be proven gone */
	EVENT_GONE,          /* ... and now is */
	EVENT_NEVER_STARTED, /* a tombstone stands in its place, or fork failed: it cannot start */
	EVENT_PUBLISHED,     /* publishing ended, well or not */
};

/* One published output of an attempt. */
struct published {
	const char *dataset;
	int64_t day, version;
	char digest[DIGEST_CHARS + 1];
	int64_t rows, bytes;
	bool partial, changed; /* changed: a new version */
	const char *inputs;    /* JSON, as in partition_row */
};

struct event {
	enum event_kind kind;
	int64_t attempt;               /* STARTED to PUBLISHED */
	int64_t request;               /* COMMAND: handed back with the reply */
	const struct command *command; /* COMMAND */
	struct dag *const *dags;       /* CATALOG: the engine takes references of its own */
	size_t n_dags;
	const struct exit_record *record; /* EXITED */
	const char *why;                  /* NEVER_STARTED, PUBLISHED that failed */
	bool ok;                          /* PUBLISHED */
	const struct published *outputs;  /* PUBLISHED, ok */
	size_t n_outputs;
};

/* ---- effects ---- */

/* A partition pinned for an attempt at dispatch. */
struct pinned_input {
	const char *dataset;
	int64_t day;     /* INT64_MIN: unpartitioned */
	int64_t version; /* 0: not published by this project */
	char digest[DIGEST_CHARS + 1];
	bool missing; /* absent and allowed, or before its producer's start */
};

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

void effects_init(struct effects *fx);
void effects_reset(struct effects *fx); /* empty for the next turn; memory of the last is gone */
void effects_release(struct effects *fx);

/* ---- life ---- */

struct engine *engine_new(const struct engine_config *config);
void engine_free(struct engine *e);

/* Load what was committed: defs first, then dags, runs, tasks, attempts, the rest in any order. */
void engine_load_def(struct engine *e, struct dag *dag); /* takes a reference of its own */
void engine_load_dag(struct engine *e, const struct dag_row *row);
void engine_load_run(struct engine *e, const struct run_row *row);
void engine_load_task(struct engine *e, const struct task_row *row);
void engine_load_attempt(struct engine *e,
			 const struct attempt_row *row); /* live ones; ended are fine */
void engine_load_partition(struct engine *e, const struct partition_row *row);
void engine_load_backfill(struct engine *e, const struct backfill_row *row);
void engine_load_command(struct engine *e, const struct command_row *row);
/*
 * The highest keys ever used (0: none); ends the loading.  Until the first WAKE, CATALOG or
 * COMMAND the engine plans and dispatches nothing: recovery tells it first what became of the
 * live attempts.
 */
void engine_load_end(struct engine *e, int64_t last_run, int64_t last_attempt,
		     int64_t last_backfill, int64_t last_seq);

/*
 * Take one event; append to *fx.  Illegal moves are bugs and abort; events that
 * are late, doubled or about ended attempts change nothing (an EXITED of an
 * ended attempt asks for DISCARD again).
 */
void engine_step(struct engine *e, const struct event *event, int64_t now_us, struct effects *fx);

/* ---- looking in ---- */

/* An attempt as launch.c and recovery need it; false: not a live attempt. */
struct attempt_info {
	int64_t key, run;
	enum attempt_state state;
	bool cancel;
	const char *token;
	int try_number, epoch, task_index;
	const struct dag *dag; /* the run's pinned definition */
	const struct task *task;
	const char *run_id, *params;
	enum run_type run_type;
	int64_t logical_us, start_us, end_us;
	const char *inputs; /* JSON pinned at dispatch */
};
bool engine_attempt(const struct engine *e, int64_t attempt, struct attempt_info *out);

/* Keys of live attempts, ascending; returns how many there are, writes at most max. */
size_t engine_live(const struct engine *e, int64_t *keys, size_t max);

/* The live version of a partition, or NULL. */
const struct partition_row *engine_partition(const struct engine *e, const char *dataset,
					     int64_t day);

/*
 * A session: true when every run that it made or cleared has ended.  *failed
 * says whether one did not succeed.  *stuck: not done, but nothing is live,
 * ready or timed: it waits for runs outside the session.
 */
bool engine_session_done(const struct engine *e, bool *failed, bool *stuck);

/* Progress of the session or of everything unfinished, for a person. */
struct progress {
	int64_t runs_total, runs_done, runs_failed;
	int64_t tasks_total, tasks_done, tasks_running;
};
void engine_progress(const struct engine *e, struct progress *out);

/* Abort unless counted and recounted slots, runs and tallies agree; cheap enough for tests. */
void engine_check(const struct engine *e);

#endif
