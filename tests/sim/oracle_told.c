/* oracle_told.c - I52: tasks that are told and do not look, said a second time from STATE.md 3.2.
 */
#include "tests/sim/sim.h"

#include <assert.h>
#include <string.h>

/* What a person said, as the row has it; NULL: nothing. */
static const char *
said(const struct task_row *row)
{
	if (!row->answered)
		return NULL;
	return strstr(row->answered, "\"answer\":\"reject\"") ? "reject" : "approve";
}

enum readiness
told_stands(const struct rows *r, const struct run_rec *run, int index, int64_t now_us)
{
	const struct task *task = &run->dag->tasks[index];

	if (!task->wait.asks)
		return oracle_sensed(r, run, task, now_us);
	return said(&run->tasks[index]) ? READY_TOLD : READY_WAIT;
}

/* Does the log tell of an answer since the task was none in this epoch for the first, or last,
 * time? */
static bool
was_answered(const struct sim *s, const struct run_rec *run, int index)
{
	for (size_t i = s->rows.n_log; i-- > 0;) {
		const struct log_rec *rec = &s->rows.log[i];

		if (rec->run != run->row.key || rec->kind != 't' || rec->task_index != index)
			continue;
		if (rec->epoch != run->row.epoch)
			return false;
		if (rec->from == TASK_NONE && rec->to == TASK_NONE)
			return true;
		if (rec->to == TASK_NONE)
			return false;
	}
	return false;
}

/* Its timeout is over, and nothing came. */
static bool
is_over(struct sim *s, const struct run_rec *run, const struct task *task,
	const struct task_row *row, const char *to)
{
	bool over = strstr(row->waits, "wait_timeout") && !row->answered && row->first_us &&
		    sim_wall(s) >= row->first_us + task->wait.timeout_us &&
		    strcmp(to, task->wait.skip ? "skipped" : "failed") == 0;

	s->seen[SEEN_UNTOLD] += over;
	return over &&
	       (task->wait.asks || oracle_sensed(&s->rows, run, task, sim_wall(s)) != READY_TOLD);
}

bool
told_ended(struct sim *s, const struct run_rec *run, const struct event_row *row)
{
	const struct task *task = &run->dag->tasks[row->task_index];
	const struct task_row *t = &run->tasks[row->task_index];
	const char *answer = said(t);

	if (strcmp(row->to, "none") == 0)
		return true; /* told_commit() asks */
	if (is_over(s, run, task, t, row->to))
		return true;
	if (!task->wait.asks) {
		bool there = strcmp(row->to, "success") == 0 && !row->attempt &&
			     oracle_sensed(&s->rows, run, task, sim_wall(s)) == READY_TOLD;

		s->seen[SEEN_SENSED] += there;
		return there;
	}
	if (!answer || !was_answered(s, run, row->task_index))
		return false;
	if (strcmp(answer, "approve") == 0) {
		s->seen[SEEN_YES]++;
		return strcmp(row->to, "success") == 0;
	}
	s->seen[SEEN_NO]++;
	return strcmp(row->to, task->wait.asks->skip_refused ? "skipped" : "failed") == 0;
}

/* I52: when it began to wait stays, but for clocks that are set; *told_us: as it was. */
static void
check_first(struct sim *s, const struct run_rec *run, const struct task_row *row, int64_t *told_us)
{
	bool waits = row->state == TASK_NONE && row->first_us && !row->looks;

	if (run->row.epoch != run->before_epoch)
		*told_us = 0;
	if (waits && *told_us && row->first_us != *told_us && !s->clock_was_set)
		sim_fail(s, "I52", "task %s of run %s waits from another instant on than before",
			 row->task, run->row.run_id);
	if (waits && !*told_us && !s->clock_was_set &&
	    (row->first_us > sim_wall(s) || row->first_us < sim_wall(s) - MINUTE_US))
		sim_fail(s, "I52", "task %s of run %s begins to wait in the past", row->task,
			 run->row.run_id);
	/* Also while it looks, because nobody writes what it waits for. */
	*told_us = task_is_final(row->state) ? 0 : row->first_us;
}

void
told_commit(struct sim *s, struct run_rec *run)
{
	size_t n_told = 0;

	for (size_t i = 0; i < run->n_tasks && i < run->dag->n_tasks && !s->failed; i++) {
		const struct task *task = &run->dag->tasks[i];
		const struct task_row *row = &run->tasks[i];

		if (!task->wait.told) {
			if (row->answered)
				sim_fail(s, "I52", "task %s was answered and asks nobody",
					 task->id);
			continue;
		}
		assert(n_told < SIM_TOLD_MAX);
		check_first(s, run, row, &run->told_us[n_told++]);
		if (task->wait.asks && row->tries)
			sim_fail(s, "I52", "task %s asks a person, and had an attempt", task->id);
		/* Who asks anew is not answered by what was said before. */
		if (row->answered && !task_is_final(row->state) && !was_answered(s, run, (int)i))
			sim_fail(s, "I52", "task %s of run %s of %s keeps an answer of before",
				 task->id, run->row.run_id, run->row.dag);
	}
}

void
told_overdue(struct sim *s, const struct run_rec *run, bool slot)
{
	for (size_t i = 0; i < run->n_tasks && !s->failed; i++) {
		const struct task *task = &run->dag->tasks[i];
		const struct task_row *row = &run->tasks[i];

		if (task->wait.told && row->state == TASK_NONE && row->first_us && slot &&
		    oracle_past(&s->rows, run, task, sim_wall(s)) == PAST_GOOD &&
		    run->row.state == RUN_RUNNING && !rows_dag(&s->rows, run->row.dag)->paused &&
		    row->first_us + task->wait.timeout_us <= sim_wall(s))
			sim_fail(s, "I52", "the timeout of task %s of run %s of %s is overdue",
				 task->id, run->row.run_id, run->row.dag);
	}
}

bool
told_by_itself(const char *why)
{
	return !*why || strstr(why, "wait_timeout") || strstr(why, "\"rejected\"");
}

bool
told_left(const struct task *task, const struct task_row *row)
{
	return task->wait.asks && row->state == TASK_SUCCESS && row->map_index < 0 &&
	       strcmp(row->outputs, "{\"answer\":\"approve\"}") == 0;
}
