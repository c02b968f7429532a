/* run.h - runs: birth, life, the end. */
#ifndef SCHEDULER_LIFE_RUN_H
#define SCHEDULER_LIFE_RUN_H

#include "scheduler/state/state.h"

/* Count its tasks from scratch: by state, and how many are active. */
void run_recount(struct run *run, struct tally *tally, uint32_t *active);

/* Find out from scratch which of its groups with retries have not ended. */
void run_recount_groups(struct run *run);

/* Count from scratch per task the states of its upstreams; `upstreams` has one for each task. */
void run_tallies(const struct run *run, struct upstreams *upstreams);

/*
 * Give it one task in state none for each of its definition, and a group for each with retries;
 * those it had are the caller's.
 */
void run_make_tasks(struct run *run);

/* Its definition has no such task any more; its last try was this one. */
void run_lose_task(struct run *run, const char *task, int tries);

/* The task is there (again): the last try it had in earlier epochs, 0 for none. */
int run_find_lost(struct run *run, const char *task);

/* Put a filled run among the others, with tasks in state none; takes over one user of def. */
struct run *run_add(struct engine *e, struct run *run, struct def *def);

/* It is not final (any more): count its tasks, and queue it if it is queued. */
void run_open(struct engine *e, struct run *run);

/* Make and queue one on the active definition; there is none for that date. */
struct run *run_make(struct engine *e, struct dag_state *d, enum run_type type, int64_t logical_us,
		     const char *params, struct backfill *backfill);

/* Forget it: it is in no list any more, and its effects were carried out. */
void run_free(struct engine *e, struct run *run);

/* It has a run slot: start it, or look at its tasks again. */
void run_start(struct engine *e, struct run *run);

/* What it comes to: run_verdict() of its tasks, and failed when its time was up. */
enum run_state run_comes_to(const struct run *run, const struct tally *tasks);

/* Have all its tasks ended but those of on_exit? */
bool run_work_is_over(const struct run *run);

/* What its work has come to, for those of on_exit: final, or up_for_retry when it is tried again.
 */
enum run_state run_exit_state(const struct run *run);

/* It is not among the runs that go on any more: what is counted for those goes. */
void run_close(struct engine *e, struct run *run);

/* Let go of the n groups that a run had. */
void run_drop_groups(struct run_group *groups, size_t n);

/* All its groups begin anew, with a new epoch. */
void run_reset_groups(struct run *run);

/* Does a group of it wait for its retry, and no other work of it is left? */
bool run_waits_for_group(const struct run *run);

/* Up for retry, it is not retried: it has failed, as it stands. */
void run_give_up(struct engine *e, struct run *run);

/* Does a retry of the run do this task again, as it stands: did it fail, or not run for that? */
bool run_redoes(const struct run *run, const struct run_task *t);

/* Was it skipped for what this one before it came to, by its rule or by a `when` that names it? */
bool run_skipped_for(const struct run *run, const struct run_task *t, uint32_t upstream);

/* May a retry of the run that comes, or will unless the run is cancelled, do it again? */
bool run_may_redo(const struct run *run, const struct run_task *t);

/* It has ended: it leaves memory once the effects are carried out, unless it is cleared before. */
void run_leaves(struct engine *e, struct run *run);

/* It was touched: end it if its tasks have ended, take its slot back if it holds it for nothing. */
void run_rest(struct engine *e, struct run *run);

/* What a cancel came to: attempts that are being ended, those that publish, tasks that go on. */
struct cancelled {
	size_t killed, publishing, spared;
};

/*
 * Cancel what is not final: what runs is killed, what publishes is let go on.  In a run under way
 * what outlives it goes on, as long as there is anything else to cancel.  It is not retried. `gate`
 * says why.
 */
struct cancelled run_cancel(struct engine *e, struct run *run, const struct gate *gate);

/*
 * A dag is paused, or no longer: its row, its schedule and who waits for its runs follow.  `to` is
 * what the log says, static.  What was held back by the pause the caller lets go on.
 */
void dag_pause(struct engine *e, struct dag_state *d, bool paused, const char *to);

#endif
