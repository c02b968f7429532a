/* oracle_group.c - groups that are tried again as one, said a second time from STATE.md 4. */
#include "tests/sim/sim.h"

#include <string.h>

int
oracle_group(const struct dag *dag, size_t task)
{
	for (size_t i = 0; i < dag->n_groups; i++) {
		const struct task_group *g = &dag->groups[i];

		if (g->retry.retries && task >= g->first && task < g->first + g->count)
			return (int)i;
	}
	return -1;
}

enum task_state
oracle_seen(const struct run_rec *run, size_t task, int64_t who)
{
	enum task_state state = run->tasks[task].state;
	int group = oracle_group(run->dag, task);

	if (group < 0 || !task_is_final(state) || !rows_group_open(run, (size_t)group))
		return state;
	return who >= 0 && oracle_group(run->dag, (size_t)who) == group ? state : TASK_RUNNING;
}

int64_t
oracle_since(const struct run_rec *run, size_t task)
{
	int group = oracle_group(run->dag, task);

	return group < 0 ? 0 : run->groups[group].since;
}

/* It waited before this transaction, and not for that any more. */
static bool
stopped_waiting(const struct group_rec *rec)
{
	return rec->before_due_us && (!rec->row.due_us || rec->row.retries != rec->before_retries);
}

bool
oracle_regrouped(const struct run_rec *run, size_t task)
{
	int group = task < run->dag->n_tasks ? oracle_group(run->dag, task) : -1;

	return group >= 0 && stopped_waiting(&run->groups[group]);
}

/* How many of its tasks went back from an end to none in this transaction. */
static size_t
count_back(const struct run_rec *run, const struct task_group *g, const struct change *changes,
	   size_t n)
{
	size_t back = 0;

	for (size_t i = 0; i < n; i++) {
		const struct event_row *e = &changes[i].event;
		int from;

		if (changes[i].kind != CHANGE_EVENT || e->run != run->row.key ||
		    e->kind[0] != 't' || strcmp(e->to, "none") != 0 ||
		    e->task_index < (int)g->first || e->task_index >= (int)(g->first + g->count))
			continue;
		from = task_state_of(e->from);
		back += from > 0 && task_is_final((enum task_state)from);
	}
	return back;
}

/* The longest delay before its retry of now. */
static double
raw_delay(const struct task_group *g, int retries)
{
	double raw = (double)g->retry.delay_us;

	for (int i = 1; i < retries; i++)
		raw *= g->retry.backoff;
	return raw > (double)g->retry.max_delay_us ? (double)g->retry.max_delay_us : raw;
}

static bool
is_late(const struct sim *s, const struct task_group *g, const struct group_row *row,
	int64_t delay_us)
{
	return g->retry.budget_us && row->first_us &&
	       sim_wall(s) + delay_us - row->first_us > g->retry.budget_us;
}

/* The last attempt of a task in this try of its group, or NULL. */
static const struct attempt_row *
last_attempt(const struct sim *s, const struct run_rec *run, size_t task)
{
	for (size_t i = s->rows.n_attempts; i-- > 0;) {
		const struct attempt_row *a = &s->rows.attempts[i].row;

		if (a->run == run->row.key && a->epoch == run->row.epoch &&
		    (size_t)a->task_index == task)
			return a->key > oracle_since(run, task) ? a : NULL;
	}
	return NULL;
}

/* How it failed: not at all, by a task of its own, or so that its lists allow no other try. */
static bool
has_failed(const struct sim *s, const struct run_rec *run, const struct task_group *g,
	   bool *refused)
{
	bool failed = false;

	*refused = false;
	for (size_t i = g->first; i < g->first + g->count; i++) {
		const struct attempt_row *a;

		if (run->tasks[i].state == TASK_CANCELLED)
			return false;
		if (run->tasks[i].state != TASK_FAILED ||
		    run->dag->tasks[i].on_fail != ON_FAIL_FAIL)
			continue;
		failed = true;
		a = last_attempt(s, run, i);
		/* Without an attempt that ended just then (its budget is over) no list is asked. */
		if (a && !a->cancel && a->ended_us == run->tasks[i].since_us &&
		    (oracle_names(&g->retry.never, a) ||
		     (g->retry.on.given && !oracle_names(&g->retry.on, a))))
			*refused = true;
	}
	return failed;
}

/* It has begun to wait for its retry. */
static void
check_wait(struct sim *s, const struct run_rec *run, const struct task_group *g,
	   const struct group_rec *rec)
{
	double raw = raw_delay(g, rec->row.retries);
	int64_t delay_us = rec->row.due_us - sim_wall(s);
	bool refused, failed = has_failed(s, run, g, &refused);

	if (!failed || refused || rec->row.refused)
		sim_fail(s, "I43", "group %s of run %s of %s waits to be tried again, but %s",
			 g->id, run->row.run_id, run->row.dag,
			 failed ? "that was refused" : "did not fail");
	else if (rec->row.retries != rec->before_retries + 1)
		sim_fail(s, "I43", "group %s of run %s of %s goes from retry %d to %d", g->id,
			 run->row.run_id, run->row.dag, rec->before_retries, rec->row.retries);
	else if ((double)delay_us > raw + 1 || (double)delay_us < raw * (1 - g->retry.jitter) - 1)
		sim_fail(s, "I43", "group %s of run %s of %s waits %lld us for retry %d", g->id,
			 run->row.run_id, run->row.dag, (long long)delay_us, rec->row.retries);
}

/* It has ended: was there no other try left? */
static void
check_end(struct sim *s, const struct run_rec *run, const struct task_group *g,
	  const struct group_rec *rec)
{
	bool refused, failed = has_failed(s, run, g, &refused);
	int next = rec->row.retries + 1;

	if (!failed)
		return;
	s->seen[SEEN_GROUP_REFUSED]++;
	if (!refused && !rec->row.refused && !run->row.timed_out &&
	    rec->row.retries < g->retry.retries &&
	    !is_late(s, g, &rec->row, (int64_t)raw_delay(g, next) + 1))
		sim_fail(s, "I43",
			 "group %s of run %s of %s failed and is not tried again (%d of %d)", g->id,
			 run->row.run_id, run->row.dag, rec->row.retries, g->retry.retries);
}

/* Its delay is over, or it was given up. */
static void
check_again(struct sim *s, const struct run_rec *run, const struct task_group *g,
	    const struct group_rec *rec, size_t back)
{
	bool given_up = rec->row.refused || run->row.timed_out || is_late(s, g, &rec->row, 0);

	if (back == g->count) {
		s->seen[SEEN_GROUP_RETRY]++;
		if (oracle_clock_until(s, run->row.key, 'g', (int)(g - run->dag->groups)) >
		    sim_wall(s))
			sim_fail(s, "I43", "group %s of run %s of %s is tried again too early",
				 g->id, run->row.run_id, run->row.dag);
	} else if (back || !given_up) {
		sim_fail(s, "I43",
			 "group %s of run %s of %s is tried again with %zu of its %u tasks", g->id,
			 run->row.run_id, run->row.dag, back, g->count);
	}
}

void
group_commit(struct sim *s, const struct run_rec *run, const struct change *changes, size_t n)
{
	bool same = run->before_epoch == run->row.epoch;

	for (size_t i = 0; i < run->dag->n_groups && !s->failed; i++) {
		const struct task_group *g = &run->dag->groups[i];
		const struct group_rec *rec = &run->groups[i];
		bool open = rows_group_open(run, i);
		size_t back = same ? count_back(run, g, changes, n) : 0;

		if (!g->retry.retries)
			continue;
		if (rec->row.due_us && (run->row.timed_out || run->row.state != RUN_RUNNING))
			sim_fail(s, "I43", "group %s of run %s of %s waits, and its run is over",
				 g->id, run->row.run_id, run->row.dag);
		else if (back && !rec->before_due_us)
			sim_fail(s, "I43", "group %s of run %s of %s did not wait for its retry",
				 g->id, run->row.run_id, run->row.dag);
		else if (same && stopped_waiting(rec))
			check_again(s, run, g, rec, back);
		if (!s->failed && rec->row.due_us &&
		    (!rec->before_due_us || rec->row.retries != rec->before_retries))
			check_wait(s, run, g, rec);
		if (same && !s->failed && run->before_held[i] && !open)
			check_end(s, run, g, rec);
	}
}

void
group_overdue(struct sim *s, const struct run_rec *run)
{
	bool over = run->row.due_us && run->row.due_us <= sim_wall(s);

	for (size_t i = 0; i < run->dag->n_groups && !s->failed; i++) {
		int64_t due_us = run->groups[i].row.due_us;

		if (due_us && (over || due_us <= sim_wall(s)))
			sim_fail(s, "I43", "the retry of group %s of run %s of %s is overdue",
				 run->dag->groups[i].id, run->row.run_id, run->row.dag);
	}
}
