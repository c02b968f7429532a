/* look.h - looking into the engine, and recounting what it counts. */
#ifndef SCHEDULER_ENGINE_LOOK_H
#define SCHEDULER_ENGINE_LOOK_H

#include "scheduler/engine/engine.h"

/* An attempt as the launch and recovery need it. */
struct attempt_info {
	int64_t key, run;
	enum attempt_state state;
	bool cancel;
	const char *token;
	int try_number, epoch, task_index, map_index;
	const struct dag *dag; /* the run's pinned definition */
	const struct task *task;
	const char *label; /* what rows and logs call it */
	const char *run_id, *params;
	const char *triggered_by; /* as of a run */
	enum run_type run_type;
	int64_t logical_us, start_us, end_us;
	const char *inputs; /* JSON pinned at dispatch */
	const char *kept;   /* what the last try left for this one, JSON, or NULL */
	int look;           /* as of attempt_row ... */
	const char *seen;   /* ... and what the look before left for it, or NULL */
};

/* Look at an attempt; false: not a live one.  What *out points to lives until the next step. */
bool engine_attempt(const struct engine *e, int64_t attempt, struct attempt_info *out);

/* Keys of live attempts, ascending; returns how many there are, writes at most max. */
size_t engine_live(const struct engine *e, int64_t *keys, size_t max);

/* The same, all *n of them, for free(). */
int64_t *engine_live_keys(const struct engine *e, size_t *n);

/*
 * Runs under way whose definition this version does not understand are held: how many, and in
 * *attempts the keys of their live attempts, ascending, which nobody may clear away.
 */
size_t engine_held(const struct engine *e, const int64_t **attempts, size_t *n_attempts);

/* The live version of a partition, or NULL; valid until the next step. */
const struct live_partition *engine_partition(const struct engine *e, const char *dataset,
					      int64_t part);

/*
 * A session: true when every run that it made or cleared has ended, and those of its guests, who
 * asked it over the socket, as well, or nothing of them moves any more.  *failed says whether one
 * of its own did not succeed; how one ended that a task of it waits for, that task says.  *stuck:
 * not done, but nothing is live, ready, timed or being made: it waits for runs outside the session.
 */
bool engine_session_done(const struct engine *e, bool *failed, bool *stuck);

/* What is known of the clocks; its boot is NULL before the first EVENT_CLOCK. */
const struct clock_row *engine_clock(const struct engine *e);

/* A session whose own runs have ended: how many runs of its guests have not. */
size_t engine_guests(const struct engine *e);

/* Progress of the session or of everything unfinished, for a person. */
struct progress {
	int64_t runs_total, runs_done, runs_failed;
	int64_t tasks_total, tasks_done, tasks_running;
};

/* Count it. */
void engine_progress(const struct engine *e, struct progress *out);

/* Abort unless counted and recounted slots, runs and tallies agree; cheap enough for tests. */
void engine_check(const struct engine *e);

#endif
