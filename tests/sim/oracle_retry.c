/* oracle_retry.c - what follows when an attempt ended badly, said a second time from STATE.md 3. */
#include "tests/sim/sim.h"

#include <signal.h>
#include <string.h>

enum charge { CHARGE_NOBODY, CHARGE_TASK, CHARGE_MACHINE, CHARGE_NEVER, CHARGE_HELD };

bool
oracle_names(const struct end_list *list, const struct attempt_row *a)
{
	if (list->outcomes & 1U << a->outcome)
		return true;
	for (int signal = 1; signal <= 64; signal++)
		if (a->outcome == OUTCOME_SIGNAL && a->signal == signal &&
		    list->signals & UINT64_C(1) << (signal - 1))
			return true;
	for (size_t i = 0; i < list->n_statuses; i++)
		for (int status = list->statuses[i].first; status <= list->statuses[i].last;
		     status++)
			if (a->outcome == OUTCOME_ERROR && a->exit_code == status)
				return true;
	return false;
}

/* Outcomes and their accounts. */
static enum charge
charge_of_outcome(int outcome)
{
	switch (outcome) {
	case OUTCOME_ERROR:
	case OUTCOME_SIGNAL:
	case OUTCOME_OOM:
	case OUTCOME_TIMEOUT:
	case OUTCOME_PUBLISH_FAILED: /* what is staged is the worker's doing */
		return CHARGE_TASK;
	case OUTCOME_LOST:
	case OUTCOME_LAUNCH_FAILED:
	case OUTCOME_INPUT_CHANGED:
	case OUTCOME_NO_SPACE:
		return CHARGE_MACHINE;
	case OUTCOME_HELD:
		return CHARGE_HELD;
	case OUTCOME_GATE_FAILED:
	case OUTCOME_ALL_BAD:
	case OUTCOME_MISSING:
	case OUTCOME_MAX_BAD:
	case OUTCOME_FATAL:
		return CHARGE_NEVER;
	default:
		return CHARGE_NOBODY;
	}
}

/* And what the lists of the task make of that. */
static enum charge
charge_by_lists(const struct task *task, const struct attempt_row *a)
{
	enum charge charge = charge_of_outcome(a->outcome);
	bool killed = a->outcome == OUTCOME_SIGNAL && a->signal == SIGKILL;

	/* That was somebody outside, unless the task says that it counts. */
	if (killed && !(task->retry.on.signals & UINT64_C(1) << (SIGKILL - 1)))
		charge = CHARGE_MACHINE;
	if (oracle_names(&task->retry.never, a))
		return CHARGE_NEVER;
	if (a->outcome == OUTCOME_MAX_BAD && oracle_names(&task->retry.on, a))
		return CHARGE_TASK;
	if (charge == CHARGE_TASK && task->retry.on.given && !oracle_names(&task->retry.on, a))
		return CHARGE_NEVER;
	return charge;
}

/* A look alone is nobody's failure; the tenth in a row that goes wrong is the task's. */
static enum charge
charge_of(const struct sim *s, const struct task *task, const struct attempt_row *a)
{
	enum charge charge = charge_by_lists(task, a);

	if (!task->wait.alone || charge == CHARGE_NEVER || charge == CHARGE_HELD || a->cancel)
		return charge;
	return sensor_errors(s, a) >= 10 && !sensor_is_over(s, a, task) ? CHARGE_TASK
									: CHARGE_NOBODY;
}

/* I16: bounds of the delay; the share that is left to chance is the engine's. */
static void
check_delay(struct sim *s, const struct task *task, const struct task_row *row, enum charge charge)
{
	int64_t delay = row->next_retry_us - row->since_us;
	double raw = (double)task->retry.delay_us;

	if (charge == CHARGE_MACHINE) {
		raw = (double)SECOND_US;
		for (int i = 1; i < row->losses; i++)
			raw *= 2;
		if (raw > (double)MINUTE_US)
			raw = (double)MINUTE_US;
		if (delay != (int64_t)raw)
			sim_fail(s, "I16", "loss %d waits %lld us", row->losses, (long long)delay);
		return;
	}
	for (int i = 1; i < row->failures; i++)
		raw *= task->retry.backoff;
	if (raw > (double)task->retry.max_delay_us)
		raw = (double)task->retry.max_delay_us;
	if ((double)delay > raw + 1 || (double)delay < raw * (1 - task->retry.jitter) - 1)
		sim_fail(s, "I16", "failure %d of task %s waits %lld us", row->failures, task->id,
			 (long long)delay);
}

/*
 * Is the next try beyond the budget?  When it is not to come, how long its delay would have been is
 * known up to the share that is left to chance.
 */
static bool
is_too_late(const struct sim *s, const struct run_rec *run, const struct task *task,
	    const struct task_row *row, enum charge charge)
{
	int64_t next_us = row->next_retry_us, first_us = oracle_first(s, run, row->task);
	double raw = (double)task->retry.delay_us;

	if (!task->retry.budget_us || !first_us)
		return false;
	for (int i = 1; i < row->failures; i++)
		raw *= task->retry.backoff;
	if (charge == CHARGE_MACHINE)
		raw = (double)MINUTE_US;
	if (raw > (double)task->retry.max_delay_us)
		raw = (double)task->retry.max_delay_us;
	if (row->state != TASK_UP_FOR_RETRY)
		next_us = row->since_us + (int64_t)raw;
	return next_us - first_us > task->retry.budget_us;
}

/* What was charged to a task in the epoch of an attempt and the try of its group, both included. */
static void
count_charges(const struct sim *s, const struct task *task, const struct attempt_row *a,
	      int *failures, int *losses)
{
	int64_t since = oracle_since(rows_run(&s->rows, a->run), (size_t)a->task_index);

	*failures = *losses = 0;
	for (size_t i = 0; i < s->rows.n_attempts; i++) {
		const struct attempt_row *other = &s->rows.attempts[i].row;

		if (other->run != a->run || other->epoch != a->epoch ||
		    strcmp(other->task, a->task) != 0 || attempt_is_live(other->state) ||
		    other->key <= since)
			continue;
		*failures += charge_of(s, task, other) == CHARGE_TASK;
		*losses += charge_of(s, task, other) == CHARGE_MACHINE;
	}
}

void
invariants_ended(struct sim *s, const struct attempt_row *a)
{
	const struct run_rec *run = rows_run(&s->rows, a->run);
	const struct task *task = &rows_dag_of(run, a)->tasks[a->task_index];
	const struct task_row *row = rows_task(&s->rows, a->run, a->task_index, a->map_index);
	enum charge charge = charge_of(s, task, a);
	enum task_state want = TASK_FAILED;
	int failures, losses, looked;
	enum charge by_lists = charge_by_lists(task, a);

	looked = sensor_ended(s, a, task, by_lists == CHARGE_NEVER || by_lists == CHARGE_HELD);
	/* The run ended with it, and its next epoch was due. */
	if (run->row.epoch != a->epoch)
		return;
	count_charges(s, task, a, &failures, &losses);
	if (a->state == ATTEMPT_SUCCESS)
		want = a->outcome == OUTCOME_SKIPPED ? TASK_SKIPPED : TASK_SUCCESS;
	else if (a->cancel)
		want = run->row.timed_out ? TASK_FAILED : TASK_CANCELLED;
	else if (charge == CHARGE_HELD)
		/* Who depends on the past asks again how the run before stands. */
		want = task->depends_on_past && row->state == TASK_NONE && a->map_index < 0
			   ? TASK_NONE
			   : TASK_SCHEDULED;
	else if ((charge == CHARGE_TASK && failures <= task->retry.retries) ||
		 (charge == CHARGE_MACHINE && losses <= task->retry.infra_retries))
		want = TASK_UP_FOR_RETRY;
	if (looked >= 0)
		want = (enum task_state)looked;
	if (want == TASK_UP_FOR_RETRY && is_too_late(s, run, task, row, charge)) {
		s->seen[SEEN_BUDGET]++;
		want = TASK_FAILED;
	}
	/* In the same transaction the time of the run was up. */
	if (run->row.timed_out && !task_is_final(want) && !task_outlives(task))
		want = TASK_FAILED;
	/* ... or that of the run that made its run, and this one was cancelled with it. */
	if (run->row.state == RUN_CANCELLED && run->row.parent && !task_is_final(want) &&
	    !task_outlives(task))
		want = TASK_CANCELLED;
	s->seen[SEEN_RETRY_REFUSED] += want == TASK_FAILED &&
				       charge != charge_of_outcome(a->outcome);
	if (row->state != want)
		sim_fail(s, "I19",
			 "attempt %lld (wanted: %s) ended as %s (status %d, signal %d; failures %d "
			 "of %d "
			 "retries, losses %d of %d), but its task is %s",
			 (long long)a->key, task_state_name(want),
			 outcome_name((enum outcome)a->outcome), a->exit_code, a->signal, failures,
			 task->retry.retries, losses, task->retry.infra_retries,
			 task_state_name(row->state));
	else if (!a->cancel && (row->failures != failures || row->losses != losses))
		sim_fail(s, "I19", "task %s of run %s counts %d failures and %d losses, not %d, %d",
			 task->id, run->row.run_id, row->failures, row->losses, failures, losses);
	else if (want == TASK_UP_FOR_RETRY)
		check_delay(s, task, row, charge);
}
