/*
 * sim.h - one history: the real engine, turn and publish in a fake world.
 *
 *   story (what people do, what goes wrong) -> sim_run() -> verdict
 *
 * The scheduler is volatile: a crash drops it and the messages on their way to
 * it.  The rows, the lake, the runtime directory and the processes stay; a
 * reboot ends the processes and empties the runtime directory too.  A crash
 * may come at any boundary: before a commit, after it, before each action and
 * before each operation of a publish.  The same seed gives the same history.
 */
#ifndef TESTS_SIM_SIM_H
#define TESTS_SIM_SIM_H

#include "core/model/limit.h"
#include "scheduler/engine/turn.h"
#include "tests/sim/fakefs.h"
#include "tests/sim/rows.h"
#include "tests/sim/story.h"

/* ---- the world ---- */

enum mail_kind {
	MAIL_ACT,         /* at: index of the act */
	MAIL_REQUEST,     /* at: index of the request; to the scheduler */
	MAIL_FENCE,       /* at: process; the shim tries to own the attempt */
	MAIL_END,         /* at: process; its worker is done */
	MAIL_SHIM_DIES,   /* at: process */
	MAIL_KILLED,      /* at: process; the shim has ended it on request */
	MAIL_RESTART,     /* of the scheduler */
	MAIL_LOOK,        /* a hint; to the scheduler, as all below */
	MAIL_FORK_FAILED, /* at: 1 for want of memory, 0 for another reason */
	MAIL_SWEPT,
	MAIL_PUBLISH,
	MAIL_FLUSH,
	MAIL_CLOCK, /* the round that looks at the clocks */
};

struct mail {
	int64_t at_us;
	uint64_t order;      /* ties: first sent, first */
	uint32_t generation; /* of the scheduler it is for; 0: for the world */
	enum mail_kind kind;
	int64_t attempt;
	size_t at;
};

/* One launch, and what is left alive of it. */
struct process {
	int64_t attempt, run;
	int task_index, map_index, try_number;
	const struct dag *dag;
	const struct task *task;
	int64_t part; /* of the grid of its dag */
	char token[TOKEN_CHARS + 1];
	const struct lake_input *inputs;
	size_t n_inputs;
	bool partial, early;
	int found; /* in its state file: a number, 0: nothing */
	enum behaviour behaviour;
	int64_t work_us;
	bool in_flight, shim, worker, grandchild; /* in_flight: has not tried the fence */
	bool dawdles;                             /* ... and will not do so for long */
	bool kill_asked;
	uint32_t followed; /* generation that hears of its end */
};

enum entry_place { PLACE_EMPTY, PLACE_SHIM, PLACE_TOMBSTONE };

/* The runtime directory's entry of an attempt. */
struct entry {
	enum entry_place place;
	size_t process; /* that owns it */
	bool recorded;
	enum outcome outcome;
	int exit_code; /* survives the entry */
	int64_t started_us, ended_us;
	bool ended_ok; /* was there ever a good record?  Survives the entry. */
	bool kept;     /* its staging is to be kept for a person.  Survives too. */
};

/* A command that somebody wants answered. */
struct request {
	struct command command;
	char key[32];
	const char *reply; /* the first one that was backed by a row */
	bool answered;
};

/* A look at a schedule that moved its cursor. */
struct planned {
	const char *dag;
	const int64_t *at_us; /* logical dates */
	size_t n;
};

/* Somebody in the line of a pool, as oracle_limits.c sees it. */
struct waiting {
	int64_t run, since_us, logical_us;
	int index, class, priority;
	const char *dag, *pool;
	bool fits;        /* in what is left of the slots of the pool and of the tasks of all */
	bool memory;      /* it asks for some ... */
	bool has_memory;  /* ... and that is left */
	bool free, timed; /* no limit of its dag holds it; its run has a deadline */
};

struct line {
	struct waiting *items;
	size_t n, room;
};

/* How long each class of a pool was passed over. */
struct patience {
	int passed[SIM_CLASSES];
	int64_t since_us[SIM_CLASSES];
};

/* What is known of the clocks, as oracle_clock.c says it. */
struct clocks {
	int boot; /* -1: nobody has looked yet */
	int64_t offset_us, jump_us, jumped_us, held_until_us;
	int64_t set_us; /* the wall clock less virtual time, when they were looked at */
};

/* Something that has to last as long by the clock of the boot as it was to. */
struct wait {
	int64_t run;
	char kind; /* t: of a task, r: of its run, g: of a group */
	int index, epoch, nth;
	int64_t boot_us, full_us; /* until when, by that clock; all of it */
	bool moved, other, kept;  /* the clock was set meanwhile; in another boot; still waits */
};

/* A partition was published that a run of a dag which it wakes is for (oracle_events.c). */
struct owed {
	const char *consumer, *dataset;
	int64_t logical_us; /* INT64_MIN: the dag has no partitions */
	int64_t part, version, at_us;
	int epoch; /* of that run then; 0: there was none */
	bool done;
};

/* What has to be in the commit after the clock was set. */
struct taken_back {
	const char *dag; /* its cursor stands no further ... */
	int64_t us;
	int64_t run; /* ... or this run is early ... */
	bool cancel; /* ... and cancelled */
};

/* What the oracle of the limits keeps from one commit to the next. */
struct lines {
	struct line before;
	struct patience pools[3];
	int64_t first_attempt, last_attempt; /* first_attempt: the last of another generation */
	uint32_t generation;
};

/* Things that a run of all histories has to have met, or it proves little. */
#define SIGHTS(X)                                                              \
	X(SEEN_REBOOT, "reboots")                                              \
	X(SEEN_AGAIN, "recoveries done twice")                                 \
	X(SEEN_ADOPTED, "attempts adopted")                                    \
	X(SEEN_BURIED, "tombstones")                                           \
	X(SEEN_FENCED, "late shims fenced off")                                \
	X(SEEN_SWEPT, "trees swept")                                           \
	X(SEEN_TIMEOUT, "deadlines")                                           \
	X(SEEN_KILLED, "attempts killed on request")                           \
	X(SEEN_TOO_LATE, "cancelled attempts that ended well")                 \
	X(SEEN_INPUT_CHANGED, "inputs gone before they were read")             \
	X(SEEN_FIRST, "partitions published first")                            \
	X(SEEN_EXCHANGE, "partitions exchanged")                               \
	X(SEEN_KEPT, "partitions kept, content unchanged")                     \
	X(SEEN_PUBLISHED_AGAIN, "publishes begun again after a crash")         \
	X(SEEN_SEVERAL, "attempts that published several datasets")            \
	X(SEEN_HALF_WAY, "publishes of several begun again half way")          \
	X(SEEN_TAKEN_BACK, "renames that a reboot took back")                  \
	X(SEEN_REFUSED, "file operations refused")                             \
	X(SEEN_SPOILED, "publishes refused")                                   \
	X(SEEN_RACE, "producers cleared under a reader")                       \
	X(SEEN_UNREADY, "tasks that stopped being ready: a race for a window") \
	X(SEEN_MISSING, "tasks failed for a missing partition")                \
	X(SEEN_SKIPPED, "tasks skipped")                                       \
	X(SEEN_SKIP_CODE, "programs that said that there is nothing to do")    \
	X(SEEN_WHEN_FALSE, "tasks skipped by their when")                      \
	X(SEEN_WHEN_ERROR, "tasks failed by their when")                       \
	X(SEEN_OUTPUTS, "tasks skipped by what another one left")              \
	X(SEEN_GIVEN, "programs that were told what another task left")        \
	X(SEEN_STATE, "programs that found what two tries had left")           \
	X(SEEN_EXPANDED, "tasks that were expanded")                           \
	X(SEEN_NESTED, "tasks that were expanded into two levels")             \
	X(SEEN_GREW, "commits of a part of the instances of a list")           \
	X(SEEN_GREW_ON, "restarts that went on with a list")                   \
	X(SEEN_CUT, "lists that ended before all their instances were made")   \
	X(SEEN_EMPTY_LIST, "tasks skipped for a list without items")           \
	X(SEEN_BAD_LIST, "tasks failed for a list that was none")              \
	X(SEEN_REMOVED, "instances that were removed")                         \
	X(SEEN_RETURNED, "instances that came back")                           \
	X(SEEN_REOPENED, "expanded tasks of which some was done again")        \
	X(SEEN_NOT_GIVEN, "tasks failed for want of what another one left")    \
	X(SEEN_EPOCH, "epochs opened")                                         \
	X(SEEN_REPINNED, "epochs on another definition")                       \
	X(SEEN_BACK, "tasks that came back and counted on")                    \
	X(SEEN_REPEATED, "commands repeated")                                  \
	X(SEEN_TEARDOWN, "commits in which a teardown ran")                    \
	X(SEEN_OVERLAP, "runs cancelled for the one that was due")             \
	X(SEEN_EARLY, "epochs opened before their interval had ended")         \
	X(SEEN_AGAIN_WHEN_DUE, "early runs made again")                        \
	X(SEEN_OVERTAKEN, "tasks of early runs that waited until due")         \
	X(SEEN_NEWEST_FIRST, "runs of a backfill that goes backwards started") \
	X(SEEN_AHEAD, "clocks set ahead")                                      \
	X(SEEN_BACKWARDS, "clocks set back")                                   \
	X(SEEN_YEAR, "clocks set by a year")                                   \
	X(SEEN_STEPPED, "clocks set by less than a minute")                    \
	X(SEEN_ASLEEP, "machines that slept for a week")                       \
	X(SEEN_SET_DEAD, "clocks set between two lives in one boot")           \
	X(SEEN_SET_BOOT, "boots that began with another clock")                \
	X(SEEN_ACCEPTED, "clocks set ahead that were said to be right")        \
	X(SEEN_HELD_ON, "schedules that a restart went on to hold")            \
	X(SEEN_CURSOR_BACK, "cursors that went back with the clock")           \
	X(SEEN_CLOCK_CANCEL, "queued runs that ended with their clock")        \
	X(SEEN_CLOCK_OWED, "runs that a clock set back made early")            \
	X(SEEN_WAITED_ON, "waits that outlasted a clock that was set")         \
	X(SEEN_CUT_SHORT, "waits that another boot cut short")                 \
	X(SEEN_HELD, "starts that were held: the machine was short")           \
	X(SEEN_SHRUNKEN, "pools made smaller than what ran in them")           \
	X(SEEN_AT_RATE, "starts that were the last their pool's rate allowed") \
	X(SEEN_PATIENT, "classes that waited as long as their share allows")   \
	X(SEEN_IN_TURN, "starts before others that stood in line")             \
	X(SEEN_RETRY_REFUSED, "retries that a list of ends refused")           \
	X(SEEN_BUDGET, "retries that came too late for their budget")          \
	X(SEEN_TIMED_OUT, "runs whose timeout was over")                       \
	X(SEEN_RUN_RETRY, "runs that were tried again")                        \
	X(SEEN_GIVEN_UP, "runs whose retry was cancelled")                     \
	X(SEEN_EXIT, "commits in which a task of on_exit ran")                 \
	X(SEEN_PAST, "turns in which a task waited for the run before")        \
	X(SEEN_STUCK, "runs left waiting for a run before that ended badly")   \
	X(SEEN_REASKED, "skipped tasks that were asked again with their run")  \
	X(SEEN_ODD_DAY, "runs of days of 23, 23 1/2, 24 1/2 or 25 hours")      \
	X(SEEN_OTHER_GRID, "attempts that read another grid")                  \
	X(SEEN_ENOUGH, "attempts for which some of their inputs were enough")  \
	X(SEEN_DROPPED, "intervals that a catchup_window left out")            \
	X(SEEN_OVER, "looks at a schedule that had come to its end_date")      \
	X(SEEN_TICKS, "runs by ticks")                                         \
	X(SEEN_EVERY, "runs of dags with every")                               \
	X(SEEN_INSTANTS, "runs of dags with at")                               \
	X(SEEN_CALENDARS, "runs of dags with a calendar")                      \
	X(SEEN_BRIDGED, "windows with a day that a zone left out")             \
	X(SEEN_GAVE_UP, "dags that paused for their failed runs")              \
	X(SEEN_GROUP_RETRY, "groups that were tried again")                    \
	X(SEEN_LOOK, "looks that did not find what they looked for")           \
	X(SEEN_WAIT_OVER, "waits whose timeout was over")                      \
	X(SEEN_WAIT_BROKEN, "waits of which ten looks in a row went wrong")    \
	X(SEEN_ANSWER, "looks that said something else than the one before")   \
	X(SEEN_CHILD_MADE, "runs that a task of another run had made")         \
	X(SEEN_CHILD_FINER, "tasks that had several runs made")                \
	X(SEEN_CHILD_TAKEN, "runs that a task took over")                      \
	X(SEEN_CHILD_JOINED, "runs that a task joined")                        \
	X(SEEN_CHILD_CLEARED, "runs that a task cleared")                      \
	X(SEEN_CHILD_CONFLICT, "runs with other params than a task gave")      \
	X(SEEN_CHILD_RETRY, "tasks that asked for their runs again")           \
	X(SEEN_ORPHAN, "runs cancelled with the task that had made them")      \
	X(SEEN_WOKEN, "runs that datasets made")                               \
	X(SEEN_WOKEN_BY_MANY, "runs that several updates made")                \
	X(SEEN_WOKEN_AGAIN, "runs that an update made again")                  \
	X(SEEN_WOKEN_INSTANT, "runs of updates of dags without partitions")    \
	X(SEEN_WAKE_WAITS, "turns in which an update waited for others")       \
	X(SEEN_YES, "questions that a person answered with yes")               \
	X(SEEN_NO, "questions that a person answered with no")                 \
	X(SEEN_UNTOLD, "waits without looks whose timeout was over")           \
	X(SEEN_SENSED, "partitions that a task waited for and that came")      \
	X(SEEN_GROUP_REFUSED, "groups that failed and were not tried again")

#define X(id, text) id,
enum sight { SIGHTS(X) SIGHT_COUNT };
#undef X

struct note {
	int64_t at_us;
	const char *what;
	int64_t a, b, c;
	const char *text;
};

/* A task that asks for runs of another dag. */
struct child_ask {
	int64_t run;
	int index;
};

/* A task that waited for runs. */
struct child_wait {
	int64_t run;
	const char *task, *children;
};

enum { SIM_ASKS_MAX = 256 };

struct sim {
	const struct story *story;
	struct knobs knobs;
	struct arena *arena;
	uint64_t random, random_crash;
	int64_t mono_us, offset_us; /* virtual time; wall clock minus that */
	int boot;                   /* the machine was started so often before, ... */
	int64_t booted_us;          /* ... and then the last time */
	int64_t slept_us;
	bool clock_was_set;
	struct rows rows;
	struct lake lake;
	struct world world;
	/* volatile: gone with a crash */
	struct engine *engine;
	struct turn *turn;
	uint32_t generation;
	int64_t wake_us;
	bool crashed, reboot;
	int told_boot; /* what the engine was told of the clocks last; -1: nothing */
	int64_t told_us;
	bool commanded; /* since the last commit somebody asked for something */
	bool late;      /* the engine wants to be woken now, and others come first */
	bool woken;     /* this turn had an EVENT_WAKE */
	bool repeated;  /* this turn has a command whose key was answered before */
	bool recovering;
	bool again;           /* the crash came right after the commit of a recovery */
	int64_t old_attempts; /* I25: attempts up to this one must not change now; 0: off */
	/* the rest of the world */
	struct mail *mails;
	size_t n_mails, room_mails;
	uint64_t order;
	struct process *processes;
	size_t n_processes, room_processes;
	struct entry *entries; /* by attempt */
	size_t n_entries;
	struct request *requests;
	size_t n_requests, room_requests;
	struct dag *active[SIM_DAGS_MAX]; /* as last read; NULL: its file is gone */
	int revisions[SIM_DAGS_MAX];
	int64_t landing[SIM_PARTS]; /* generation of the landing files of a partition */
	struct planned *planned;    /* what the schedule has to make in this transaction */
	size_t n_planned, room_planned;
	struct child_ask asks[SIM_ASKS_MAX]; /* tasks that ask for runs in this transaction */
	size_t n_asks;
	struct child_wait had[SIM_ASKS_MAX]; /* tasks that waited for runs before it, and changed */
	size_t n_had;
	struct child_wait moved[SIM_ASKS_MAX]; /* runs of tasks whose rows it writes anew */
	size_t n_moved;
	int limit_edits;    /* of tidemill.yaml; 0: the limits are those of the knobs */
	int64_t limits_us;  /* virtual time of the last */
	struct lines lines; /* kept by oracle_limits.c */
	struct clocks clock, clock_kept; /* kept by oracle_clock.c, as the next two */
	struct wait *waits;
	size_t n_waits, room_waits;
	struct owed *owed;
	size_t n_owed, room_owed;
	struct taken_back *back;
	size_t n_back, room_back;
	int64_t calm_run; /* the last run that has to end */
	/* counting and telling */
	uint64_t crash_at; /* boundary; 0: none */
	uint64_t boundaries, crashes, commits, steps, hash;
	uint64_t seen[SIGHT_COUNT];
	uint64_t end; /* a digest of what everything ended as */
	int idle_wakes;
	struct note *notes;
	size_t n_notes, room_notes;
	bool trace;
	bool failed;
	char number[8], message[1000];
};

/* Run a story to its end.  False: an invariant does not hold, see number and message. */
bool sim_run(struct sim *s, const struct story *story, uint64_t crash_at, bool trace);
void sim_release(struct sim *s);

/* The event log of the history so far, to stderr. */
void sim_dump(const struct sim *s, size_t last);

/* ---- inside ---- */

/* The first violation counts; the history ends soon after. */
void sim_fail(struct sim *s, const char *number, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* Something happened.  what has to live for ever; text is copied, or NULL. */
void sim_note(struct sim *s, const char *what, int64_t a, int64_t b, int64_t c, const char *text);

/* A crash may come here.  False: it came, or had come, and nothing may be done any more. */
bool sim_boundary(struct sim *s);

/* Over? */
bool sim_dead(const struct sim *s);

bool sim_chance(struct sim *s, uint32_t per_mille);
int64_t sim_between(struct sim *s, int64_t low, int64_t high); /* exact: low */

/* An instant for a message; returns out. */
enum { DATE_ROOM = TIMESTAMP_CHARS + 1 };
const char *sim_date(int64_t us, char out[DATE_ROOM]);

/* Deliver in delay_us; to_scheduler: unless the present scheduler is gone by then. */
void sim_send(struct sim *s, enum mail_kind kind, int64_t attempt, size_t at, int64_t delay_us,
	      bool to_scheduler);
/* Tell the present scheduler to look at an attempt: perhaps late, twice, or only by its rounds. */
void sim_hint(struct sim *s, int64_t attempt);

/* End the turn after what was stepped in it. */
void sim_finish(struct sim *s, bool flush);

/* clocks.c: the wall clock, and how far it is ahead of that of the boot */
int64_t sim_wall(const struct sim *s);
int64_t sim_ahead(const struct sim *s);
void clocks_set(struct sim *s, int64_t by_us);    /* somebody sets the wall clock */
void clocks_sleep(struct sim *s, int64_t for_us); /* the machine sleeps */
void clocks_reboot(struct sim *s);
void clocks_start(struct sim *s); /* a new scheduler, which knows the rows */
/* What the program does before each event: tell the engine if the clocks diverged. */
void clocks_look(struct sim *s);
/* Look at the clocks, then step an event.  False: the scheduler did not live to see it. */
bool sim_event(struct sim *s, const struct event *event);

/* oracle_clock.c: I45: what follows when the wall clock was set, said again from STATE.md 4 */
void oracle_clock_start(struct sim *s);  /* another life */
void oracle_clock_look(struct sim *s);   /* before the engine is told */
void oracle_clock_accept(struct sim *s); /* somebody says that the clock is right */
void oracle_clock_pass(struct sim *s);   /* before each event */
bool oracle_clock_holds(const struct sim *s);
/* The row of a dag as it was before a look at its schedule: the clock may have moved its cursor. */
void oracle_clock_before(const struct sim *s, struct dag_row *row);
/* Is a run early by the clock in this transaction? */
bool oracle_clock_owes(const struct sim *s, int64_t run);
/* The instant of an attempt by the clock of now. */
int64_t oracle_clock_made(const struct sim *s, const struct attempt_rec *a);
/* Until when something waits (see struct wait), by the clock of now; INT64_MIN: it does not. */
int64_t oracle_clock_until(const struct sim *s, int64_t run, char kind, int index);
/* After a commit: the clocks and what they take back, before all else; waits, after it. */
void clock_commit(struct sim *s, const struct change *changes, size_t n);
void clock_waits(struct sim *s);
void oracle_clock_release(struct sim *s);

/* shims.c: processes and the runtime directory */
void shims_bind(struct sim *s, struct world *world);
void shims_mail(struct sim *s, const struct mail *mail);
void shims_crash(struct sim *s);
void shims_reboot(struct sim *s);
struct entry *shims_entry(struct sim *s, int64_t attempt);
/* What the program of an attempt leaves as its output n; -1: null. */
int shims_left(int64_t attempt);
enum { SIM_ITEMS_MAX = 4 };
/* The list that it leaves besides: how many whole numbers; -1: what it leaves is none. */
int shims_list(int64_t attempt, int items[SIM_ITEMS_MAX]);
/* A process of the attempt that is alive, or NULL. */
const struct process *shims_alive(const struct sim *s, int64_t attempt);
/* What the record of an attempt says it used. */
struct used shims_used(int64_t attempt);
size_t shims_outputs(struct sim *s, const struct dag *dag, const struct task *task, int64_t part,
		     struct storage_partition out[DAG_OUTPUTS_MAX]);
char *shims_path(struct sim *s, const struct dataset *dataset);

/* users.c: commands, edits, clocks */
void users_act(struct sim *s, size_t at, int64_t tries); /* at: of the story's acts */
void users_request(struct sim *s, size_t at);
void users_reply(struct sim *s, int64_t request, const struct reply *reply);
void users_read_dags(struct sim *s); /* first reading of all files */
void users_catalog(struct sim *s);   /* step EVENT_CATALOG */
void users_mend(struct sim *s);      /* bring back the files that are gone or edited */
void users_unpause(struct sim *s);   /* every dag that is paused */
/* Cancel runs that wait for what comes later than that.  False: none does. */
bool users_give_up(struct sim *s, int64_t until_us);
void users_redo(struct sim *s);              /* early runs that no schedule makes again */
bool users_are_content(const struct sim *s); /* every command was answered */
void users_see(struct sim *s);   /* questions that tasks ask: somebody will answer, or nobody */
void users_again(struct sim *s); /* after a restart: ask again for what was not answered */

/* invariants.c */
void invariants_change(struct sim *s, const struct change *change); /* before it is applied */
void invariants_commit(struct sim *s, const struct change *changes, size_t n);
void invariants_launch(struct sim *s, const struct action *action);
void invariants_turn(struct sim *s); /* the turn is over and all of it is durable */
void invariants_end(struct sim *s);

/* oracle_retry.c: I16, I19: an attempt has ended: what was charged to whom, and what comes now */
void invariants_ended(struct sim *s, const struct attempt_row *a);
/* oracle_deadline.c: a task that fails without an attempt, because its time or its run's is up */
bool oracle_expired(const struct sim *s, const struct run_rec *run, const struct task *task,
		    const char *name);
/* Does anything of a run go on but what publishes, is being cancelled, or comes after the work? */
bool oracle_goes_on(const struct sim *s, const struct run_rec *run);
/* When the first attempt of this epoch that counts was made; 0: none was. */
int64_t oracle_first(const struct sim *s, const struct run_rec *run, const char *name);
/* I40: a run's deadline is what its definition says, and what follows when it is over follows */
void invariants_deadline(struct sim *s, const struct run_rec *run);
/* I41: a run that failed waits for its retry, if it has one, and does again what failed */
void invariants_retry(struct sim *s, const struct run_rec *run);
/* Does the log tell that the dag was paused when it tells of an attempt first? */
bool oracle_was_paused(const struct rows *r, const char *dag, int64_t attempt);
/* I48: a dag is paused when so many of its runs have failed in a row as it allows. */
void pauses_commit(struct sim *s, const struct change *changes, size_t n);
/* oracle_events.c: a partition is about to be published: whose runs is it for? */
void events_publish(struct sim *s, const struct partition_row *new);
/* I55: an update is consumed in the transaction that makes its run.  I50: none is made too soon. */
void events_commit(struct sim *s, const struct change *changes, size_t n);
/* I50: the runs that datasets wake are there. */
void events_turn(struct sim *s);
/* I47: runs of a dag with `overlap: cancel_running` end for the one that is due. */
void overlap_commit(struct sim *s);
/* Remember which runs the cancels of this commit are about.  I36: who may cancel. */
void cancels_commit(struct sim *s, const struct change *changes, size_t n);
/* Is something that comes directly before the task to be done, or done again? */
bool oracle_reopened(const struct sim *s, const struct run_rec *run, int index);
/* Will the run, as it stands, do the task that writes the dataset again? */
bool oracle_may_redo(const struct run_rec *run, const char *dataset);
/* The same of a task; -1: of none. */
bool oracle_may_redo_task(const struct run_rec *run, int32_t task);
/* I40: no deadline of a run is over and was forgotten */
void invariants_overdue(struct sim *s, const struct run_rec *run);

/* oracle_group.c: the group with retries that a task is in: index in dag->groups, or -1. */
int oracle_group(const struct dag *dag, size_t task);
/* The state of a task as task `who` sees it, -1: somebody in another run: held, it is pending. */
enum task_state oracle_seen(const struct run_rec *run, size_t task, int64_t who);
/* Attempts up to this one belong to tries of its group before this one. */
int64_t oracle_since(const struct run_rec *run, size_t task);
/* Did its group wait for its retry before this transaction, and does not now? */
bool oracle_regrouped(const struct run_rec *run, size_t task);
/* I43: groups with retries are tried again as one, so often as they may, and when they should. */
void group_commit(struct sim *s, const struct run_rec *run, const struct change *changes, size_t n);
/* I43: no retry of a group is overdue. */
void group_overdue(struct sim *s, const struct run_rec *run);
/* oracle_retry.c: does a list name how an attempt ended? */
bool oracle_names(const struct end_list *list, const struct attempt_row *a);

/* oracle_sensor.c: what the record of a look says, and when it wants the next; 0: it does not. */
const char *sensor_message(int64_t attempt, enum outcome outcome);
int64_t sensor_again(int64_t attempt, enum outcome outcome);
/* How many looks in a row, this one last, went wrong; of one that is charged to nobody 0. */
int sensor_errors(const struct sim *s, const struct attempt_row *a);
/* I46: what follows when a look has ended, and did not find it; -1: the accounts say, as they do
 * where it is never tried again, or as if it had not been tried (`ends`). */
int sensor_ended(struct sim *s, const struct attempt_row *a, const struct task *task, bool ends);
/* Was the timeout of its wait over when a look ended? */
bool sensor_is_over(const struct sim *s, const struct attempt_row *a, const struct task *task);
/* I46: a wait goes on in these states, and the log says up_for_reschedule. */
enum task_state sensor_told(struct sim *s, const struct run_rec *run, size_t task);
/* I46: the log tells of an answer if it is another, and of what the row has. */
void sensor_answer(struct sim *s, const struct run_rec *run, const struct event_row *row);
/* I46: one row for each try, whatever its looks are. */
void sensor_commit(struct sim *s);

/* oracle.c, called by invariants.c */
enum settled { SETTLED_PRESENT, SETTLED_ABSENT, SETTLED_MISSING, SETTLED_WAIT };

/* May a task of `reader` that reads (dataset, part) go on?  PRESENT: *version is what it reads. */
enum settled oracle_settled(const struct rows *r, const struct run_rec *reader, const char *dataset,
			    int64_t part, int64_t now_us, const struct partition_row **version);
/* The grid of a dataset that a run reads, and the parts of it that an input reads; some may be
 * empty. */
struct grid oracle_grid(const struct rows *r, const struct run_rec *run, const char *dataset);
struct parts oracle_window(const struct rows *r, const struct run_rec *run, const struct input *in);
/* Does an unfinished task of the run wait for what will not be there before until_us? */
bool oracle_is_far(const struct rows *r, const struct run_rec *run, int64_t now_us,
		   int64_t until_us);
/* Is an input of the task inside history, not going to come, and not allowed to be missing? */
bool oracle_missing(const struct rows *r, const struct run_rec *run, const struct task *task,
		    int64_t now_us);
/* May task `index` of this run start now?  One answer for rule and inputs together. */
enum readiness {
	READY_NOW,
	READY_WAIT,
	READY_SKIP,
	READY_UPSTREAM_FAILED,
	READY_MISSING,
	READY_WHEN_FALSE,
	READY_WHEN_ERROR,
	READY_TOLD, /* what it waits for is there, or was said: it ends without an attempt */
};
/* Is what wakes the run of a dag for an interval there?  READY_NOW, READY_WAIT or READY_MISSING. */
enum readiness oracle_wake(const struct rows *r, const struct dag *dag, int64_t start_us,
			   int64_t now_us);
/* Rule 3, of a dag that is woken: is an update there for it, or may one come? */
bool oracle_may_be_woken(const struct rows *r, const struct dag *dag, int64_t start_us,
			 int64_t now_us);
/* The definition that writes a dataset, or NULL. */
const struct dag *oracle_writer(const struct rows *r, const char *dataset);
/* Of task `index`, or of an instance of it. */
enum readiness oracle_ready(const struct rows *r, const struct run_rec *run, int index,
			    bool instance, int64_t now_us);
/* How a task that waits for a partition, and reads nothing of it, stands: TOLD, WAIT, or NOW where
 * somebody has to look. */
enum readiness oracle_sensed(const struct rows *r, const struct run_rec *run,
			     const struct task *task, int64_t now_us);
/* oracle_told.c: I52: how a task stands that is told, when nothing else holds it back. */
enum readiness told_stands(const struct rows *r, const struct run_rec *run, int index,
			   int64_t now_us);
/* May it have ended so, without an attempt? */
bool told_ended(struct sim *s, const struct run_rec *run, const struct event_row *row);
/* A run that a transaction touched: what is kept of waits and answers. */
void told_commit(struct sim *s, struct run_rec *run);
/* After a wake: no timeout of a task without an attempt is overdue. */
void told_overdue(struct sim *s, const struct run_rec *run, bool slot);
/* Is that why a task is skipped that was for no other: its wait is over, a no, its exit status? */
bool told_by_itself(const char *why);
/* Does what it left fit what was answered?  Only of one that asks a person. */
bool told_left(const struct task *task, const struct task_row *row);
/* oracle_graph.c: how the run before stands for a task; STUCK: it waits until somebody clears. */
enum past { PAST_GOOD, PAST_WAIT, PAST_STUCK };
enum past oracle_past(const struct rows *r, const struct run_rec *run, const struct task *task,
		      int64_t now_us);
/* Does a run wait for what only a person can do, itself or the run that it waits for? */
bool oracle_stuck(const struct rows *r, const struct run_rec *run, int64_t now_us);
/* Have all tasks ended that are not of on_exit, and what has the run come to by them? */
bool oracle_work_is_over(const struct run_rec *run);
enum run_state oracle_exit_state(const struct run_rec *run);
enum verdict oracle_upstreams(const struct run_rec *run, const struct task *task);
enum verdict oracle_rule(enum trigger_rule rule, const struct upstreams *upstreams);

/* I40, I41: after a commit, before what changed is taken for what was. */
void graph_commit(struct sim *s, const struct change *changes, size_t n);

/* Count a task of a definition that stands so. */
void oracle_count(struct tally *t, const struct task *task, enum task_state state);
/* oracle_when.c: what the `when` of task `index` makes of it once its rule accepts: READY_NOW,
 * READY_WAIT, READY_WHEN_FALSE or READY_WHEN_ERROR. */
enum readiness oracle_when(const struct rows *r, const struct run_rec *run, int index);
/* What the outputs that its templates name make of it then: READY_NOW, READY_WAIT or READY_MISSING.
 */
enum readiness oracle_given(const struct rows *r, const struct run_rec *run, int index);
/* I44: an attempt is told what the last tries of the tasks before it left. */
void oracle_check_given(struct sim *s, const struct action *launch);
/* oracle_state.c: I51: what an attempt finds of the try before it, which is what that left. */
int state_given(struct sim *s, const struct attempt_row *a, const struct task *task);
/* I51: what tasks keep is what their last tries left. */
void state_commit(struct sim *s);
/* shims.c: what an attempt that has ended left for the next try; 0: it forgets; -1: nothing. */
int shims_counted(const struct sim *s, const struct attempt_row *a);
/* oracle_child.c: the task rows of a run are about to go; those of its next epoch follow. */
void child_drop(struct sim *s, int64_t run);
/* oracle_child.c: I54: a task row is about to change: does its task ask for runs? */
void child_change(struct sim *s, const struct task_row *row);
/* Before anything else: which runs are cancelled because the task that made them is. */
void orphans_commit(struct sim *s);
/* I54: what was asked for and what came of it, when all changes are in. */
void child_commit(struct sim *s, const struct change *changes, size_t n);
/* Is a move of a task that only tasks without attempts make one of such a task? */
bool child_may_move(const struct run_rec *run, const struct event_row *row);
/* What the runs of a task make of it, once everything else lets it begin: READY_NOW or READY_WAIT.
 */
enum readiness oracle_child(const struct rows *r, const struct run_rec *run, int index,
			    int64_t now_us);
/* Does it wait for an interval that will not have ended by then? */
bool oracle_child_is_far(const struct rows *r, const struct run_rec *run, int index, int64_t now_us,
			 int64_t until_us);
/* Has it begun?  Then nothing else is asked. */
bool oracle_has_children(const struct run_rec *run, int index);
/* Does the task, which failed without an attempt, tell of a run that did not end well? */
bool child_failed_rightly(struct sim *s, const struct run_rec *run, int index);
/* The child number `at` of a task; NULL: it has no more. */
const struct run_rec *oracle_child_at(const struct rows *r, const struct task_row *row, size_t at);
/* oracle_expand.c: I49, I53, I62, I63: instances are those of the lists, their task is what they
 * came to. */
void oracle_expand(struct sim *s, const struct run_rec *run);
/* Is there a task, *which is of this run, whose instances are still to be made?  `which` or NULL.
 */
bool oracle_grows(const struct rows *r, const struct run_rec **which);
/* I62: the next turn goes on with it. */
void expand_turn(struct sim *s);
/* What the list of an expanded task makes of it: READY_NOW, READY_WAIT, READY_SKIP or
 * READY_MISSING. */
enum readiness oracle_list(const struct rows *r, const struct run_rec *run, int index);
/* Is the task whose output the list is done again? */
bool oracle_listed_anew(const struct run_rec *run, int index);
/* I49, I63, I07: a new attempt of an instance. */
void oracle_check_instance(struct sim *s, const struct run_rec *run, const struct attempt_row *a);
/* I49, I08: a move of an instance, or of an expanded task. */
void oracle_check_move(struct sim *s, const struct run_rec *run, const struct event_row *row);
/* Count a task among the upstreams of another: of an expanded one each instance. */
void oracle_count_upstream(struct tally *t, const struct run_rec *run, size_t up, int64_t who);
/* The last try of a task of a run by its name; NULL: there was none. */
const struct attempt_row *oracle_last_try(const struct rows *r, const struct run_rec *run,
					  const char *task);
/* Is its `when` about what another task left? */
bool oracle_asks_outputs(const struct task *task);
/* I43: what a task left is that of its last try, which ended well, or nothing. */
void oracle_check_outputs(struct sim *s, const struct run_rec *run);
/* I19, I28: an attempt that ended well is skipped if, and only if, its program said so. */
void oracle_check_skip(struct sim *s, const struct attempt_row *a);
enum run_state oracle_run(const struct run_rec *run);
/* Runs under way that count against the same cap as this one, itself included; and that cap. */
int oracle_active_runs(const struct rows *r, const struct run_rec *run);
int oracle_run_cap(const struct rows *r, const struct run_rec *run);
/* oracle_limits.c: the limits of the story, and what has to hold of them */
void oracle_limits(const struct sim *s, struct limits *out);
void oracle_check_limits(struct sim *s); /* after every commit */
void oracle_check_shares(struct sim *s);
void oracle_check_lines(struct sim *s); /* after a turn: who could start has started */

/* oracle_schedule.c: the first fire at or after an instant, the last at or before one. */
int64_t oracle_next(const struct almanac *a, const struct schedule *s, int64_t us);
int64_t oracle_last(const struct almanac *a, const struct schedule *s, int64_t us);
/* The end of the interval with a logical date; where there is none, that instant. */
int64_t oracle_end(const struct almanac *a, const struct dag *dag, int64_t logical_us);
/* The start of the interval that holds an instant; INT64_MIN: it came before every tick. */
int64_t oracle_interval(const struct almanac *a, const struct dag *dag, int64_t us);
/* The start of the interval before the one that an instant lies in; INT64_MIN: there is none. */
int64_t oracle_previous(const struct almanac *a, const struct dag *dag, int64_t us);
/* When the schedule runs it; INT64_MAX: never. */
int64_t oracle_due(const struct almanac *a, const struct dag *dag, int64_t logical_us);
/* The first interval that the schedule has not looked at yet. */
int64_t oracle_cursor(const struct almanac *a, const struct dag *dag, const struct dag_row *row);
/* What a look at the schedule has to give: runs to make, ascending, and the cursor after it. */
struct plan {
	int64_t at_us[512];
	size_t n, dropped; /* dropped: by the catchup_window */
	int64_t cursor_us;
};
void oracle_plan(const struct almanac *a, const struct dag *dag, const struct dag_row *row,
		 int64_t now_us, struct plan *out);
/* Rule 3 of readiness: will a run that is not there still be made without being asked for? */
bool oracle_may_come(const struct almanac *a, const struct dag *dag, const struct dag_row *row,
		     int64_t logical_us, int64_t now_us);

#endif
