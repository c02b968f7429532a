/* oracle_sensor.c - I46: waiting for the world, said a second time from STATE.md 3.1. */
#include "core/base/hash.h"
#include "tests/sim/sim.h"

#include <string.h>

#define LOOKS_WRONG 10

const char *
sensor_message(int64_t attempt, enum outcome outcome)
{
	static const char *const answers[] = { "not there", "it grows" };

	return outcome == OUTCOME_NOT_YET ? answers[attempt / 8 % 2] : outcome_name(outcome);
}

int64_t
sensor_again(int64_t attempt, enum outcome outcome)
{
	uint64_t dice = hash_word((uint64_t)attempt);

	return outcome == OUTCOME_NOT_YET && dice % 4 == 0
		   ? (int64_t)(dice / 4 % 200) * SECOND_US / 2
		   : 0;
}

/* Is it a look of the same try as `a`, that has ended otherwise than for want of room? */
static bool
same_wait(const struct attempt_row *other, const struct attempt_row *a)
{
	return other->run == a->run && other->epoch == a->epoch &&
	       other->try_number == a->try_number && !strcmp(other->task, a->task) &&
	       !attempt_is_live(other->state) && other->outcome != OUTCOME_HELD;
}

int
sensor_errors(const struct sim *s, const struct attempt_row *a)
{
	int n = 0;

	for (size_t i = s->rows.n_attempts; a->state != ATTEMPT_SUCCESS && i-- > 0;) {
		const struct attempt_row *other = &s->rows.attempts[i].row;

		if (other->key > a->key || !same_wait(other, a))
			continue;
		if (other->outcome == OUTCOME_NOT_YET)
			break;
		n++;
	}
	return n;
}

static int
count_looks(const struct sim *s, const struct attempt_row *a)
{
	int n = 0;

	for (size_t i = 0; i < s->rows.n_attempts; i++)
		n += s->rows.attempts[i].row.key <= a->key &&
		     same_wait(&s->rows.attempts[i].row, a);
	return n;
}

/* When the wait ends: counted from the first attempt of the epoch, whatever its try. */
static int64_t
end_of(const struct sim *s, const struct attempt_row *a, const struct task *task)
{
	/* One that was told before it had to look has waited longer. */
	if (task->wait.told)
		return rows_task(&s->rows, a->run, a->task_index, a->map_index)->first_us +
		       task->wait.timeout_us;
	return oracle_first(s, rows_run(&s->rows, a->run), task->id) + task->wait.timeout_us;
}

bool
sensor_is_over(const struct sim *s, const struct attempt_row *a, const struct task *task)
{
	const struct task_row *row = rows_task(&s->rows, a->run, a->task_index, a->map_index);

	/* The instant that it counts from moves with the clock. */
	if (s->clock_was_set)
		return a->try_number == row->tries && strstr(row->waits, "wait_timeout");
	return a->ended_us >= end_of(s, a, task);
}

/* I46: when the next look is: after `every`, or when the last one says, at the end at the latest.
 */
static void
check_next(struct sim *s, const struct attempt_row *a, const struct task *task,
	   const struct task_row *row)
{
	int64_t again_us = sensor_again(a->key, (enum outcome)a->outcome);
	int64_t after_us = again_us ? again_us : task->wait.every_us, next_us, end_us;

	if (again_us && after_us < SECOND_US)
		after_us = SECOND_US;
	next_us = a->ended_us + after_us;
	end_us = end_of(s, a, task);
	if (next_us > end_us)
		next_us = end_us;
	if (!s->clock_was_set && row->next_retry_us != next_us)
		sim_fail(s, "I46", "the look after attempt %lld is %lld us too late",
			 (long long)a->key, (long long)(row->next_retry_us - next_us));
	if (row->looks != count_looks(s, a) || row->look_errors != sensor_errors(s, a))
		sim_fail(s, "I46", "task %s counts %d looks, %d of them wrong, not %d, %d",
			 task->id, row->looks, row->look_errors, count_looks(s, a),
			 sensor_errors(s, a));
	if (!row->answer || strcmp(row->answer, a->message) != 0)
		sim_fail(s, "I46", "the answer of task %s is not what its last look said",
			 task->id);
}

int
sensor_ended(struct sim *s, const struct attempt_row *a, const struct task *task, bool ends)
{
	const struct task_row *row = rows_task(&s->rows, a->run, a->task_index, a->map_index);

	if (!task->wait.every_us) {
		if (a->look)
			sim_fail(s, "I46", "attempt %lld is a look of a task that does not wait",
				 (long long)a->key);
		return -1;
	}
	/* What an ingest made of its files is an end like others. */
	if (!task->wait.alone && a->outcome != OUTCOME_NOT_YET)
		return -1;
	if (a->cancel || ends || a->outcome == OUTCOME_OK || a->outcome == OUTCOME_SKIPPED)
		return -1;
	s->seen[SEEN_LOOK]++;
	if (sensor_is_over(s, a, task)) {
		s->seen[SEEN_WAIT_OVER]++;
		return task->wait.skip ? TASK_SKIPPED : TASK_FAILED;
	}
	if (sensor_errors(s, a) >= LOOKS_WRONG) {
		s->seen[SEEN_WAIT_BROKEN]++;
		return -1;
	}
	if (row->state == TASK_UP_FOR_RESCHEDULE)
		check_next(s, a, task, row);
	return TASK_UP_FOR_RESCHEDULE;
}

enum task_state
sensor_told(struct sim *s, const struct run_rec *run, size_t task)
{
	enum task_state state = run->tasks[task].state;

	/* None: it was to look again, and an input, or the run before, is not settled any more. */
	if (state != TASK_UP_FOR_RESCHEDULE && state != TASK_SCHEDULED && state != TASK_QUEUED &&
	    state != TASK_RUNNING && state != TASK_NONE)
		sim_fail(s, "I46", "task %s of run %s is %s, and what its looks said is kept",
			 run->tasks[task].task, run->row.run_id, task_state_name(state));
	return TASK_UP_FOR_RESCHEDULE;
}

void
sensor_answer(struct sim *s, const struct run_rec *run, const struct event_row *row)
{
	const struct task_row *task = &run->tasks[row->task_index];

	s->seen[SEEN_ANSWER]++;
	if (!task->answer || strcmp(task->answer, row->detail) != 0)
		sim_fail(s, "I46", "the log tells of an answer of task %s that is not its last",
			 task->task);
}

void
sensor_commit(struct sim *s)
{
	const struct rows *r = &s->rows;

	for (size_t i = r->n_attempts; i-- > 0 && r->attempts[i].before == ATTEMPT_ILLEGAL;) {
		const struct attempt_row *a = &r->attempts[i].row;

		for (size_t k = 0; a->look > 1 && k < i; k++) {
			const struct attempt_row *other = &r->attempts[k].row;

			if (!r->attempts[k].dropped && other->run == a->run &&
			    other->epoch == a->epoch && other->try_number == a->try_number &&
			    !strcmp(other->task, a->task))
				sim_fail(s, "I46",
					 "attempts %lld and %lld are one try, in two rows",
					 (long long)other->key, (long long)a->key);
		}
	}
}
