/*
 * oracle_graph.c - what the graph of a dag says of a task, naively.
 *
 * A verdict is what every way in which the pending upstreams may end agrees on:
 * all of them are tried.  Written from docs/STATE.md 5.1, not from the rules.
 */
#include "tests/sim/sim.h"

#include <assert.h>
#include <string.h>

/* ---- trigger rules ---- */

/* Nothing is pending. */
static enum verdict
final_verdict(enum trigger_rule rule, const struct tally *t)
{
	bool failed = t->failed + t->cancelled > 0, unforgiven = failed || t->upstream_failed > 0;
	bool forgiven = t->forgiven > 0, success = t->success > 0, skipped = t->skipped > 0;
	enum verdict none = unforgiven || forgiven ? VERDICT_UPSTREAM_FAILED : VERDICT_SKIP;

	switch (rule) {
	case RULE_ALL_SUCCESS:
		return unforgiven ? VERDICT_UPSTREAM_FAILED : skipped ? VERDICT_SKIP : VERDICT_RUN;
	case RULE_ALL_DONE:
	case RULE_ALWAYS:
		return VERDICT_RUN;
	case RULE_ALL_FAILED:
		return success || skipped ? VERDICT_SKIP : VERDICT_RUN;
	case RULE_ONE_SUCCESS:
		return success ? VERDICT_RUN : none;
	case RULE_ONE_FAILED:
		return unforgiven || forgiven ? VERDICT_RUN : VERDICT_SKIP;
	case RULE_ONE_DONE:
		return success || failed || forgiven ? VERDICT_RUN : VERDICT_SKIP;
	case RULE_NONE_FAILED:
		return unforgiven ? VERDICT_UPSTREAM_FAILED : VERDICT_RUN;
	case RULE_NONE_FAILED_MIN_ONE_SUCCESS:
		if (unforgiven)
			return VERDICT_UPSTREAM_FAILED;
		return success || forgiven ? VERDICT_RUN : VERDICT_SKIP;
	case RULE_NONE_SKIPPED:
		return skipped ? VERDICT_SKIP : VERDICT_RUN;
	case RULE_ALL_SKIPPED:
		return success || unforgiven || forgiven ? VERDICT_SKIP : VERDICT_RUN;
	case RULE_ALL_DONE_MIN_ONE_SUCCESS:
		if (skipped)
			return VERDICT_SKIP;
		return success ? VERDICT_RUN : VERDICT_UPSTREAM_FAILED;
	case RULE_ALL_DONE_SETUP_SUCCESS:
	case TRIGGER_RULE_COUNT:
		break;
	}
	assert(!"a trigger rule that the oracle does not know");
	return VERDICT_WAIT;
}

/* The n-th way in which an upstream can end, or NULL. */
static uint32_t *
end_of(struct tally *t, int n)
{
	uint32_t *const ends[] = { &t->success, &t->failed,    &t->upstream_failed,
				   &t->skipped, &t->cancelled, &t->forgiven };

	return n < (int)countof(ends) ? ends[n] : NULL;
}

/* What all completions from `way` on agree on; WAIT: they differ.  At most as deep as pending. */
static enum verdict
agreed(enum trigger_rule rule, struct tally t, int way) // NOLINT(misc-no-recursion)
{
	enum verdict all = VERDICT_WAIT;

	if (!t.pending)
		return final_verdict(rule, &t);
	t.pending--;
	for (; end_of(&t, way); way++) {
		enum verdict one;

		++*end_of(&t, way);
		one = agreed(rule, t, way);
		--*end_of(&t, way);
		if (one == VERDICT_WAIT || (all != VERDICT_WAIT && one != all))
			return VERDICT_WAIT;
		all = one;
	}
	return all;
}

/* These start as soon as they may; the others only when nothing of theirs is pending. */
static bool
starts_early(enum trigger_rule rule)
{
	return rule == RULE_ONE_SUCCESS || rule == RULE_ONE_FAILED || rule == RULE_ONE_DONE ||
	       rule == RULE_ALWAYS;
}

static uint32_t
size(const struct tally *t)
{
	return t->success + t->failed + t->upstream_failed + t->skipped + t->cancelled +
	       t->pending + t->forgiven;
}

static enum verdict
judge(enum trigger_rule rule, const struct tally *t)
{
	enum verdict v = size(t) ? agreed(rule, *t, 0) : VERDICT_RUN;

	return v == VERDICT_RUN && t->pending && !starts_early(rule) ? VERDICT_WAIT : v;
}

enum verdict
oracle_rule(enum trigger_rule rule, const struct upstreams *up)
{
	const struct tally *s = &up->setups;
	enum verdict v;

	if (rule == RULE_ALL_DONE_SETUP_SUCCESS) {
		if (up->tasks.pending || s->pending)
			return VERDICT_WAIT;
		if (s->success || s->forgiven)
			return VERDICT_RUN;
		return s->skipped == size(s) ? VERDICT_SKIP : VERDICT_UPSTREAM_FAILED;
	}
	v = judge(RULE_ALL_SUCCESS, s);
	return v == VERDICT_RUN ? judge(rule, &up->tasks) : v;
}

enum verdict
oracle_upstreams(const struct run_rec *run, const struct task *task)
{
	struct upstreams up = { 0 };

	for (size_t i = 0; i < task->n_upstream; i++) {
		const struct task *before = &run->dag->tasks[task->upstream[i]];

		oracle_count_upstream(before->setup ? &up.setups : &up.tasks, run,
				      task->upstream[i], task - run->dag->tasks);
	}
	return oracle_rule(task->rule, &up);
}

/* ---- setups and teardowns ---- */

/* Was it unfinished, and nothing of it ran? */
static bool
was_idle(const char *state)
{
	return strcmp(state, "none") == 0 || strcmp(state, "scheduled") == 0 ||
	       strcmp(state, "up_for_retry") == 0;
}

static bool
comes_last(const struct task *task)
{
	return task->on_exit || task_is_teardown(task);
}

/* Whether an event of this commit cancels an idle task of a run under way: one that comes last. */
static bool
cancels(const struct sim *s, const struct event_row *row, bool last)
{
	const struct run_rec *run = rows_run(&s->rows, row->run);

	return run && row->kind[0] == 't' && strcmp(row->to, "cancelled") == 0 &&
	       was_idle(row->from) && run->before_state == RUN_RUNNING &&
	       run->before_epoch == run->row.epoch &&
	       comes_last(&run->dag->tasks[row->task_index]) == last;
}

/* I37: who cancels a run once cancels its work, and not what cleans up after it. */
static void
check_cancelled(struct sim *s, const struct change *changes, size_t n)
{
	size_t commands = 0;

	for (size_t i = 0; i < n; i++)
		commands += changes[i].kind == CHANGE_COMMAND;
	for (size_t i = 0; commands == 1 && i < n && !s->failed; i++) {
		if (changes[i].kind != CHANGE_EVENT || !cancels(s, &changes[i].event, true))
			continue;
		for (size_t k = 0; k < n && !s->failed; k++)
			if (changes[k].kind == CHANGE_EVENT &&
			    changes[k].event.run == changes[i].event.run &&
			    cancels(s, &changes[k].event, false))
				sim_fail(s, "I37",
					 "a teardown of run %lld is cancelled with the work",
					 (long long)changes[i].event.run);
	}
}

/* How many upstreams of a task, setups of it or others, have not ended. */
static size_t
unfinished(const struct run_rec *run, const struct task *task, bool setups)
{
	size_t n = 0;

	for (size_t i = 0; i < task->n_upstream; i++)
		n += run->dag->tasks[task->upstream[i]].setup == setups &&
		     !task_is_final(run->tasks[task->upstream[i]].state);
	return n;
}

/* Does a setup of it still stand as it succeeded?  Done again, it may have been skipped at once. */
static bool
has_old_setup(const struct run_rec *run, const struct task *task)
{
	for (size_t i = 0; i < task->n_upstream; i++)
		if (run->dag->tasks[task->upstream[i]].setup &&
		    run->tasks[task->upstream[i]].state == TASK_SUCCESS)
			return true;
	return false;
}

/*
 * I38: a teardown has not ended while what it cleans up after has not; and where work is done again
 * its setups are, too.
 */
static void
check_teardowns(struct sim *s, const struct run_rec *run)
{
	bool opened = run->before_epoch && run->before_epoch != run->row.epoch;

	for (size_t i = 0; i < run->n_tasks && !s->failed; i++) {
		const struct task *task = &run->dag->tasks[i];
		enum task_state is = run->tasks[i].state;
		size_t work;

		if (!task_is_teardown(task))
			continue;
		work = unfinished(run, task, false);
		s->seen[SEEN_TEARDOWN] += is == TASK_RUNNING;
		if (task_is_final(is) && is != TASK_CANCELLED &&
		    work + unfinished(run, task, true) > 0)
			sim_fail(s, "I38", "teardown %s of run %s has ended before its work",
				 task->id, run->row.run_id);
		if (opened && work && has_old_setup(run, task))
			sim_fail(s, "I38", "work of run %s is done again without its setup",
				 run->row.run_id);
	}
}

/* ---- the run before ---- */

/* Is a run of an interval?  By ticks people may ask for one of any instant. */
static bool
is_interval(const struct rows *r, const struct run_rec *run)
{
	return run->dag->partitioned || run->row.type == RUN_SCHEDULED ||
	       oracle_interval(r->almanac, run->dag, run->row.logical_us) == run->row.logical_us;
}

/* The last run of the dag for the interval before that of one, or for an earlier one. */
static const struct run_rec *
run_before(const struct rows *r, const struct run_rec *run)
{
	const struct run_rec *last = NULL;
	int64_t latest_us = run->previous_us;

	for (size_t i = 0; i < r->n_runs; i++) {
		const struct run_rec *other = &r->runs[i];

		if (!strcmp(other->row.dag, run->row.dag) && other->row.logical_us <= latest_us &&
		    (!last || other->row.logical_us > last->row.logical_us) &&
		    is_interval(r, other))
			last = other;
	}
	return last;
}

/* I11: a task of the run before, by name; one that it did not have is no matter. */
static enum past
past_task(const struct run_rec *before, const char *name, int64_t now_us)
{
	bool over = before->row.state == RUN_RUNNING && before->row.due_us &&
		    before->row.due_us <= now_us && !before->row.timed_out;
	int at = dag_task_find(before->dag, name);
	enum task_state state;

	if (at < 0)
		return PAST_GOOD;
	state = oracle_seen(before, (size_t)at, -1);
	if (!task_is_final(state) || oracle_may_redo_task(before, at))
		return PAST_WAIT;
	if (state == TASK_SUCCESS || state == TASK_SKIPPED)
		return PAST_GOOD;
	/* Whether it is forgiven is decided with the end of the run, whose time is over. */
	if (state == TASK_FAILED && over)
		return PAST_WAIT;
	return state == TASK_FAILED && before->dag->tasks[at].on_fail != ON_FAIL_FAIL &&
		       !before->row.timed_out
		   ? PAST_GOOD
		   : PAST_STUCK;
}

enum past
oracle_past(const struct rows *r, const struct run_rec *run, const struct task *task,
	    int64_t now_us)
{
	const struct dag_row *row = rows_dag(r, run->row.dag);
	const struct dag *dag = rows_active(r, run->row.dag);
	const struct run_rec *before;
	int64_t before_us;
	enum past past;

	if (!task->depends_on_past)
		return PAST_GOOD;
	before_us = run->previous_us;
	if (before_us == INT64_MIN)
		return PAST_GOOD;
	before = run_before(r, run);
	if ((!before || before->row.logical_us != before_us) && row->present &&
	    (dag->has_fires ? oracle_may_come(r->almanac, dag, row, before_us, now_us)
			    : oracle_may_be_woken(r, dag, before_us, now_us)))
		return PAST_WAIT;
	if (!before)
		return PAST_GOOD;
	if (before->row.early)
		return run_is_final(before->row.state) && !dag->has_fires ? PAST_STUCK : PAST_WAIT;
	past = past_task(before, task->id, now_us);
	for (size_t i = 0; task->wait_for_downstream && i < task->n_downstream; i++)
		if (past == PAST_GOOD)
			past = past_task(before, run->dag->tasks[task->downstream[i]].id, now_us);
	return past;
}

/* Does a run of another dag that a task waits for wait for that?  Dags do not run in circles. */
static bool
waits_for_stuck(const struct rows *r, const struct task_row *row,
		int64_t now_us) // NOLINT(misc-no-recursion)
{
	const struct run_rec *child;

	for (size_t at = 0; row->children && (child = oracle_child_at(r, row, at)); at++)
		if (oracle_stuck(r, child, now_us))
			return true;
	return false;
}

bool
oracle_stuck(const struct rows *r, const struct run_rec *run,
	     int64_t now_us) // NOLINT(misc-no-recursion)
{
	for (; run && !run_is_final(run->row.state); run = run_before(r, run))
		for (size_t i = 0; i < run->n_tasks; i++)
			if (run->tasks[i].state == TASK_NONE &&
			    (oracle_past(r, run, &run->dag->tasks[i], now_us) == PAST_STUCK ||
			     waits_for_stuck(r, &run->tasks[i], now_us)))
				return true;
	return false;
}

/* ---- on_exit ---- */

bool
oracle_work_is_over(const struct run_rec *run)
{
	for (size_t i = 0; i < run->n_tasks; i++)
		if (!run->dag->tasks[i].on_exit && !task_is_final(oracle_seen(run, i, -1)))
			return false;
	return true;
}

enum run_state
oracle_exit_state(const struct run_rec *run)
{
	size_t cancelled = 0, failed = run->row.timed_out;

	for (size_t i = 0; i < run->n_tasks; i++) {
		enum task_state is = run->tasks[i].state;
		const struct task *task = &run->dag->tasks[i];

		if (task->on_exit)
			continue;
		cancelled += is == TASK_CANCELLED;
		failed += is == TASK_UPSTREAM_FAILED ||
			  (is == TASK_FAILED && task->on_fail == ON_FAIL_FAIL);
	}
	if (cancelled)
		return RUN_CANCELLED;
	if (!failed)
		return RUN_SUCCESS;
	return run->row.retries < run->dag->run_retry.retries ? RUN_UP_FOR_RETRY : RUN_FAILED;
}

/* I42: what is of on_exit has not ended before the work has, unless it was cancelled with it. */
static void
check_exits(struct sim *s, const struct run_rec *run)
{
	for (size_t i = 0; i < run->n_tasks && !s->failed; i++) {
		enum task_state is = run->tasks[i].state;

		if (!run->dag->tasks[i].on_exit)
			continue;
		s->seen[SEEN_EXIT] += is == TASK_RUNNING;
		if (is != TASK_NONE && is != TASK_CANCELLED && !oracle_work_is_over(run))
			sim_fail(s, "I42",
				 "task %s of on_exit of run %s is %s before its work ended",
				 run->dag->tasks[i].id, run->row.run_id, task_state_name(is));
	}
}

void
graph_commit(struct sim *s, const struct change *changes, size_t n)
{
	check_cancelled(s, changes, n);
	for (size_t i = 0; i < s->rows.n_runs && !s->failed; i++)
		if (s->rows.runs[i].touched)
			check_teardowns(s, &s->rows.runs[i]);
	for (size_t i = 0; i < s->rows.n_runs && !s->failed; i++)
		if (s->rows.runs[i].touched)
			check_exits(s, &s->rows.runs[i]);
}
