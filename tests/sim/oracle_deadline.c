/* oracle_deadline.c - what time alone ends, said a second time from STATE.md 3 and 4. */
#include "core/dagfile/expand.h"
#include "core/dagfile/when.h"
#include "scheduler/rows/reply.h"
#include "tests/sim/sim.h"

#include <stdio.h>
#include <string.h>

int64_t
oracle_first(const struct sim *s, const struct run_rec *run, const char *name)
{
	for (size_t i = 0; i < s->rows.n_attempts; i++) {
		const struct attempt_row *a = &s->rows.attempts[i].row;

		if (a->run == run->row.key && a->epoch == run->row.epoch &&
		    strcmp(a->task, name) == 0 && a->outcome != OUTCOME_HELD &&
		    a->key > oracle_since(run, (size_t)a->task_index))
			return oracle_clock_made(s, &s->rows.attempts[i]);
	}
	return 0;
}

bool
oracle_expired(const struct sim *s, const struct run_rec *run, const struct task *task,
	       const char *name)
{
	int64_t first_us = oracle_first(s, run, name);

	if (run->row.timed_out)
		return true;
	/* Cancelled in the same transaction, with the task that made it. */
	if (run->cancelled == run->row.epoch && run->row.due_us && run->row.due_us <= sim_wall(s))
		return true;
	return task->retry.budget_us && first_us && sim_wall(s) - first_us > task->retry.budget_us;
}

static const struct attempt_row *
live_attempt(const struct sim *s, const struct run_rec *run, const char *name)
{
	for (size_t i = s->rows.n_attempts; i-- > 0;) {
		const struct attempt_row *a = &s->rows.attempts[i].row;

		if (a->run == run->row.key && strcmp(a->task, name) == 0 &&
		    attempt_is_live(a->state))
			return a;
	}
	return NULL;
}

/* It has ended, or cleans up after the others; of an expanded task each instance is asked. */
static bool
is_left_alone(const struct run_rec *run, const struct task_row *row)
{
	return task_is_final(row->state) || row->state == TASK_EXPANDED ||
	       task_outlives(&run->dag->tasks[row->index]);
}

/* Of a run whose time is up only attempts are left that were told to end. */
static void
check_timed_out(struct sim *s, const struct run_rec *run)
{
	const struct task_row *row;

	/* The clock may be set back afterwards. */
	if (!run->before_timed_out && run->row.state == RUN_RUNNING &&
	    run->row.due_us > sim_wall(s))
		sim_fail(s, "I40", "run %s of %s is timed out too early", run->row.run_id,
			 run->row.dag);
	for (size_t at = 0; (row = rows_next(run, &at, false)) && !s->failed;) {
		const struct attempt_row *a = live_attempt(s, run, row->task);

		if (!is_left_alone(run, row) && (!a || !a->cancel))
			sim_fail(s, "I40", "task %s of run %s of %s goes on though its run is over",
				 row->task, run->row.run_id, run->row.dag);
	}
}

void
invariants_deadline(struct sim *s, const struct run_rec *run)
{
	int64_t timeout_us = run->dag->timeout_us;
	/* Later it is held to what it was then, by I45. */
	bool began = run->before_state != RUN_RUNNING || run->before_epoch != run->row.epoch;

	if (run->row.timed_out)
		check_timed_out(s, run);
	if (run->row.state == RUN_RUNNING && (timeout_us ? began : run->row.due_us != 0) &&
	    run->row.due_us != (timeout_us ? run->row.started_us + timeout_us : 0))
		sim_fail(s, "I40", "run %s of %s has a deadline that nobody gave it",
			 run->row.run_id, run->row.dag);
	s->seen[SEEN_TIMED_OUT] += run->row.timed_out && run_is_final(run->row.state) &&
				   run->before_state == RUN_RUNNING;
}

bool
oracle_goes_on(const struct sim *s, const struct run_rec *run)
{
	const struct task_row *row;

	for (size_t at = 0; (row = rows_next(run, &at, false));) {
		const struct attempt_row *a = live_attempt(s, run, row->task);

		if (!is_left_alone(run, row) &&
		    (!a || (a->state != ATTEMPT_PUBLISHING && !a->cancel)))
			return true;
	}
	return false;
}

void
invariants_overdue(struct sim *s, const struct run_rec *run)
{
	if (run->row.state == RUN_UP_FOR_RETRY && run->row.due_us <= sim_wall(s))
		sim_fail(s, "I41", "the retry of run %s of %s is overdue", run->row.run_id,
			 run->row.dag);
	if (run->row.state != RUN_RUNNING || !run->row.due_us || run->row.timed_out ||
	    run->row.due_us > sim_wall(s))
		return;
	/* What publishes has done its work; what a person cancelled ends for that. */
	if (oracle_goes_on(s, run))
		sim_fail(s, "I40", "the deadline of run %s of %s was overlooked", run->row.run_id,
			 run->row.dag);
}

/* ---- retries of runs ---- */

/* By its rule, or by a `when` that names one of them. */
static bool
is_skipped_for_others(const struct run_rec *run, int index)
{
	const char *why = run->tasks[index].waits;

	/* Its own look, or program, said so. */
	if (run->tasks[index].state != TASK_SKIPPED || told_by_itself(why))
		return false;
	return !strstr(why, "\"when_") || strstr(why, "tasks.") || strstr(why, "outputs.");
}

bool
oracle_may_redo(const struct run_rec *run, const char *dataset)
{
	int at = dag_dataset_find(run->dag, dataset);

	return oracle_may_redo_task(run, at < 0 ? -1 : run->dag->datasets[at].writer);
}

bool
oracle_may_redo_task(const struct run_rec *run, int32_t writer)
{
	enum task_state state;

	if (writer < 0 || (size_t)writer >= run->n_tasks || run_is_final(run->row.state))
		return false;
	if (run->row.state != RUN_UP_FOR_RETRY && run->row.retries >= run->dag->run_retry.retries)
		return false;
	state = run->tasks[writer].state;
	if (state == TASK_FAILED)
		return run->row.timed_out || run->dag->tasks[writer].on_fail == ON_FAIL_FAIL;
	return state == TASK_UPSTREAM_FAILED || is_skipped_for_others(run, (int)writer);
}

/* Is a task done again, or was it, and ended at once? */
static bool
is_reopened(const struct sim *s, const struct run_rec *run, size_t task)
{
	const struct task_row *row = &run->tasks[task];

	return !task_is_final(row->state) || row->since_us == sim_wall(s);
}

bool
oracle_reopened(const struct sim *s, const struct run_rec *run, int index)
{
	const struct task *task = &run->dag->tasks[index];

	for (size_t k = 0; k < task->n_upstream; k++)
		if (is_reopened(s, run, task->upstream[k]))
			return true;
	return false;
}

/* Does the `when` of a task name one that is done again?  dags.c names them as tasks.tN.state
 * and outputs.tN.n. */
static bool
names_reopened(const struct sim *s, const struct run_rec *run, const struct task *task)
{
	const char *text = task->when ? expr_text(task->when->expr) : "";
	char name[8];
	int at;

	if (sscanf(text, "tasks.%7[a-z0-9].state", name) != 1 &&
	    sscanf(text, "tasks.`%7[a-z0-9.]`.state", name) != 1 &&
	    sscanf(text, "outputs.%7[a-z0-9].n", name) != 1 &&
	    sscanf(text, "outputs.`%7[a-z0-9.]`.n", name) != 1)
		return false;
	at = dag_task_find(run->dag, name);
	return is_reopened(s, run, (size_t)at);
}

/* Is what left the list of a task done again?  Whoever else ran before it has no part in it. */
static bool
list_reopened(const struct sim *s, const struct run_rec *run, const struct task *task)
{
	const struct expand_list *list = &task->expand->lists[task->expand->n - 1];

	return !list->items && is_reopened(s, run, list->task);
}

static bool
is_asked_again(const struct sim *s, const struct run_rec *run, size_t i)
{
	const struct task *task = &run->dag->tasks[i];

	if (strstr(run->tasks[i].waits, "\"when_"))
		return names_reopened(s, run, task);
	if (strstr(run->tasks[i].waits, "\"empty_list") || strstr(run->tasks[i].waits, "\"no_list"))
		return list_reopened(s, run, task);
	return oracle_reopened(s, run, (int)i);
}

/* I41: what was skipped for a task that is done again is asked again. */
static void
check_reasked(struct sim *s, const struct run_rec *run)
{
	for (size_t i = 0; i < run->n_tasks && !s->failed; i++) {
		const struct task *task = &run->dag->tasks[i];
		const char *why = run->tasks[i].waits;

		/* Without a reason: it said so itself, by its exit status.  Of now: asked again. */
		if (run->tasks[i].state != TASK_SKIPPED || told_by_itself(why) ||
		    run->tasks[i].since_us == sim_wall(s))
			continue;
		if (is_asked_again(s, run, i))
			sim_fail(s, "I41",
				 "task %s of run %s of %s stays skipped for what is done again: %s",
				 task->id, run->row.run_id, run->row.dag, why);
	}
}

/* Somebody cancelled it while it waited: for its retry, or for that of one of its groups. */
static bool
is_given_up(const struct run_rec *run)
{
	for (size_t i = 0; i < SIM_GROUPS_MAX; i++)
		if (run->groups[i].before_due_us && run->groups[i].row.refused)
			return true;
	return run->before_state == RUN_UP_FOR_RETRY || run->cancelled == run->row.epoch;
}

/*
 * I36: nobody cancels but a person, a clock that was set back (what had not begun), and the
 * schedule: an early epoch that is due.
 */
static void
check_cancelled(struct sim *s, const struct event_row *row)
{
	const struct run_rec *run = rows_run(&s->rows, row->run);

	/* Told in a new epoch: kept from the last one. */
	if (!run || row->kind[0] != 't' || strcmp(row->to, "cancelled") != 0 ||
	    row->epoch != run->before_epoch || row->epoch == run->cancelled ||
	    row->epoch == run->overlapped || run->before_state == RUN_QUEUED)
		return;
	if (!run->before_early || oracle_due(s->rows.almanac, rows_active(&s->rows, run->row.dag),
					     run->row.logical_us) > sim_wall(s))
		sim_fail(s, "I36", "task %d of run %s of %s is cancelled by nobody",
			 row->task_index, run->row.run_id, run->row.dag);
	s->seen[SEEN_OVERTAKEN]++;
}

/* Whom a person has cancelled, by the commands as they were asked and answered. */
static void
note_cancels(struct sim *s, const struct change *changes, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct run_rec *run;
		struct reply reply;

		if (changes[i].kind != CHANGE_COMMAND ||
		    strcmp(changes[i].command.command, "cancel") != 0 ||
		    !reply_read(&reply, changes[i].command.reply, s->arena))
			continue;
		run = reply.code == REPLY_OK ? rows_run(&s->rows, reply.run) : NULL;
		/* An early one that is due has its next epoch in the same step. */
		if (run)
			run->cancelled = run->before_epoch;
	}
}

void
cancels_commit(struct sim *s, const struct change *changes, size_t n)
{
	note_cancels(s, changes, n);
	for (size_t i = 0; i < n && !s->failed; i++)
		if (changes[i].kind == CHANGE_EVENT)
			check_cancelled(s, &changes[i].event);
}

void
invariants_retry(struct sim *s, const struct run_rec *run)
{
	int most = run->dag->run_retry.retries;
	bool waited = run->before_state == RUN_UP_FOR_RETRY;
	bool ends = !run_is_final(run->before_state) || run->before_epoch != run->row.epoch;
	const struct run_row *row = &run->row;

	if (row->retries > most)
		sim_fail(s, "I41", "run %s of %s has its retry %d of %d", row->run_id, row->dag,
			 row->retries, most);
	if (row->state == RUN_UP_FOR_RETRY && (row->retries < 1 || !row->due_us))
		sim_fail(s, "I41", "run %s of %s waits for no retry", row->run_id, row->dag);
	if (row->state == RUN_UP_FOR_RETRY && run->cancelled == row->epoch)
		sim_fail(s, "I41", "run %s of %s is to be retried though it was cancelled",
			 row->run_id, row->dag);
	if (row->state == RUN_FAILED && ends && !is_given_up(run) && row->retries < most)
		sim_fail(s, "I41", "run %s of %s is not retried (%d of %d)", row->run_id, row->dag,
			 row->retries, most);
	if (waited && run->before_epoch != row->epoch) {
		s->seen[SEEN_RUN_RETRY]++;
		check_reasked(s, run);
	}
	s->seen[SEEN_GIVEN_UP] += waited && row->state == RUN_FAILED;
}
