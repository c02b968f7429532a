/* run.c - runs: birth, life, the end. */
#include "scheduler/life/run.h"

#include "core/dagfile/expand.h"
#include "core/dagfile/when.h"
#include "core/model/interval.h"
#include "core/time/civil.h"
#include "core/time/grid.h"
#include "scheduler/life/attempt.h"
#include "scheduler/state/children.h"
#include "scheduler/state/def.h"
#include "scheduler/state/early.h"
#include "scheduler/state/emit.h"
#include "scheduler/state/past.h"
#include "scheduler/state/session.h"
#include "scheduler/state/slot.h"
#include "scheduler/life/task.h"
#include "scheduler/state/todo.h"
#include "scheduler/state/watch.h"
#include "scheduler/state/woken.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SPAN_ROOM = 64 };

/* ---- counting ---- */

void
run_recount(struct run *run, struct tally *tally, uint32_t *active)
{
	struct task_walk w = { .run = run };
	const struct run_task *t;

	*tally = (struct tally){ 0 };
	*active = expansions_growing(run);
	for (size_t i = 0; i < run->def->dag->n_retried; i++)
		*active += run->groups[i].due_us != 0;
	while ((t = walk_next(&w))) {
		if (task_is_held(t))
			tally->pending++;
		else
			++*tally_of(tally, t);
		*active += task_is_active((enum task_state)t->state);
	}
}

void
run_tallies(const struct run *run, struct upstreams *upstreams)
{
	for (uint32_t i = 0; i < run->def->dag->n_tasks; i++)
		upstreams_count(run, i, &upstreams[i]);
}

void
run_recount_groups(struct run *run)
{
	for (size_t i = 0; i < run->def->dag->n_retried; i++) {
		struct run_group *g = &run->groups[i];
		const struct task_group *def = group_def(g);

		g->unfinished = 0;
		for (uint32_t k = def->first; k < def->first + def->count; k++)
			g->unfinished += !task_is_final((enum task_state)run->tasks[k].state);
		g->open = g->unfinished || g->due_us;
	}
}

/* ---- birth ---- */

void
run_make_tasks(struct run *run)
{
	size_t n = run->def->dag->n_tasks;

	run->tasks = mem_new(n, sizeof(*run->tasks));
	for (size_t i = 0; i < n; i++)
		run->tasks[i] = (struct run_task){
			.run = run, .index = (uint32_t)i, .map_index = -1, .state = TASK_NONE
		};
	n = run->def->dag->n_retried;
	run->groups = n ? mem_new(n, sizeof(*run->groups)) : NULL;
	for (size_t i = 0; i < n; i++)
		run->groups[i] = (struct run_group){ .run = run, .index = (uint32_t)i };
}

void
run_drop_groups(struct run_group *groups, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(groups[i].waits);
	free(groups);
}

void
run_reset_groups(struct run *run)
{
	for (size_t i = 0; i < run->def->dag->n_retried; i++) {
		struct run_group *g = &run->groups[i];

		g->retries = 0;
		g->first_us = 0;
		g->refused = false;
		free(g->waits);
		g->waits = NULL;
	}
	run->drop_groups = run->drop_groups || run->def->dag->n_retried;
}

static struct gone_task *
find_gone(const struct run *run, const char *task)
{
	for (size_t i = 0; i < run->n_gone; i++)
		if (!strcmp(run->gone[i].task, task))
			return &run->gone[i];
	return NULL;
}

void
run_lose_task(struct run *run, const char *task, int tries)
{
	struct gone_task *gone = find_gone(run, task);

	if (!gone && tries) {
		run->gone = mem_grow(run->gone, run->n_gone, &run->room_gone, sizeof(*run->gone));
		gone = &run->gone[run->n_gone++];
		*gone = (struct gone_task){ .task = mem_str(task) };
	}
	if (gone && gone->tries < tries)
		gone->tries = tries;
}

int
run_find_lost(struct run *run, const char *task)
{
	struct gone_task *gone = find_gone(run, task);
	int tries = gone ? gone->tries : 0;

	if (gone) {
		free(gone->task);
		*gone = run->gone[--run->n_gone];
	}
	return tries;
}

struct run *
run_add(struct engine *e, struct run *run, struct def *def)
{
	run->def = def;
	run_make_tasks(run);
	index_add_number(&e->runs, run, run->key);
	run->seat.run = run->date.run = run->deadline.run = run;
	index_add_number(&run->dag->runs, &run->date, run->logical_us);
	if (run->early)
		early_add(run->dag, run->logical_us);
	return run;
}

void
run_open(struct engine *e, struct run *run)
{
	struct dag_state *d = run->dag;

	assert(!run_is_final(run->state) && !run->upstreams);
	run->upstreams = mem_new(run->def->dag->n_tasks, sizeof(*run->upstreams));
	run_recount_groups(run);
	run_tallies(run, run->upstreams);
	run_recount(run, &run->tally, &run->active);
	run->prev = NULL;
	run->next = d->unfinished;
	if (run->next)
		run->next->prev = run;
	d->unfinished = run;
	e->session_open += run->session;
	e->guests_open += run->session && run->guest;
	if (run->state == RUN_QUEUED)
		run_want(e, run);
}

struct run *
run_make(struct engine *e, struct dag_state *d, enum run_type type, int64_t logical_us,
	 const char *params, struct backfill *backfill)
{
	struct run *run = mem_new(1, sizeof(*run));
	char name[RUN_ID_CHARS + 1];

	assert(!run_find(d, logical_us) && !past_find(d, logical_us));
	run->logical_us = logical_us;
	run->key = ++e->last_run;
	run->dag = d;
	run_name(type, logical_us, name);
	run->run_id = mem_str(name);
	run->type = type;
	run->state = RUN_QUEUED;
	run->epoch = 1;
	run->early = interval_state(d->active->dag, logical_us, e->now_us) == INTERVAL_BEGUN;
	run->start_us = logical_us;
	run->end_us = interval_end(d->active->dag, logical_us);
	run->backfill = backfill;
	run->created_us = e->now_us;
	run->params = mem_str(params);
	d->active->users++;
	run_add(e, run, d->active);
	for (size_t i = 0; i < d->active->dag->n_tasks; i++)
		run->tasks[i].since_us = e->now_us;
	run->fresh = true;
	mark_run(e, run);
	log_run(e, run, "", run->run_id);
	run_in_session(e, run);
	run_open(e, run);
	watch_run(e, run);
	return run;
}

void
run_free(struct engine *e, struct run *run)
{
	for (size_t i = 0; i < run->def->dag->n_tasks; i++) {
		free(run->tasks[i].waits);
		free(run->tasks[i].waiter);
		free(run->tasks[i].kept);
		task_drop_wait(&run->tasks[i]);
		children_drop(&run->tasks[i]);
		task_keep_outputs(&run->tasks[i], NULL);
		task_keep_answer(&run->tasks[i], NULL);
	}
	free(run->outputs);
	expansions_release(run);
	for (size_t i = 0; i < run->n_gone; i++)
		free(run->gone[i].task);
	free(run->gone);
	run_drop_groups(run->groups, run->def->dag->n_retried);
	def_drop(e, run->def);
	free(run->run_id);
	free(run->params);
	free(run->parent_task);
	free(run->triggered_by);
	free(run->waits);
	free(run->tasks);
	free(run->upstreams);
	free(run);
}

/* ---- life ---- */

enum run_state
run_comes_to(const struct run *run, const struct tally *tasks)
{
	enum run_state state = run_verdict(tasks);

	/* A failure that is forgiven is one all the same when its time was up. */
	return run->timed_out && state == RUN_SUCCESS ? RUN_FAILED : state;
}

void
run_start(struct engine *e, struct run *run)
{
	if (run->state == RUN_QUEUED) {
		run->state = RUN_RUNNING;
		run->started_us = e->now_us;
		mark_run(e, run);
		log_run(e, run, run_state_name(RUN_QUEUED), "");
		if (run->def->dag->timeout_us)
			run_set_due(e, run, e->now_us + run->def->dag->timeout_us);
	}
	run_look(e, run);
}

void
run_leaves(struct engine *e, struct run *run)
{
	if (run->leaving)
		return;
	run->leaving = true;
	queue_add(&e->old_runs, run);
}

/* Why it ended, where its tasks alone do not tell. */
static void
say_end(struct engine *e, struct run *run)
{
	char span[SPAN_ROOM];

	duration_format(run->def->dag->timeout_us, span, sizeof(span));
	run_set_gate(e, run,
		     run->timed_out ? &(struct gate){ .kind = GATE_RUN_TIMEOUT, .span = span }
				    : NULL);
}

/* It wants no run slot any more, and has none. */
static void
leave_group(struct engine *e, struct run *run)
{
	heap_remove(&run_group(run)->queue, &run->seat.item);
	run_release(e, run);
}

void
run_close(struct engine *e, struct run *run)
{
	if (run->next)
		run->next->prev = run->prev;
	if (run->prev)
		run->prev->next = run->next;
	else
		run->dag->unfinished = run->next;
	run->next = run->prev = NULL;
	free(run->upstreams);
	run->upstreams = NULL;
	e->session_open -= run->session;
	e->guests_open -= run->session && run->guest;
}

void
dag_pause(struct engine *e, struct dag_state *d, bool paused, const char *to)
{
	d->paused = paused;
	mark_dag(e, d);
	log_dag(e, d, paused ? "active" : "paused", to);
	plan_again(e, d);
	watch_wake_all(e, d);
	woken_look_dag(e, d);
}

/* Failed runs of the schedule in a row pause their dag; one that succeeds begins the count anew. */
static void
count_failures(struct engine *e, const struct run *run)
{
	struct dag_state *d = run->dag;
	int most = d->active->dag->pause_after_failures;
	int failures = run->state == RUN_FAILED ? d->failures + 1 : 0;

	if (!most || d->paused || run->type != RUN_SCHEDULED || run->state == RUN_CANCELLED ||
	    failures == d->failures)
		return;
	d->failures = failures;
	mark_dag(e, d);
	if (failures >= most + BUG_IS(37)) /* planted: one more than it says */
		dag_pause(e, d, true, "paused: pause_after_failures");
}

static void
end_run(struct engine *e, struct run *run, enum run_state state)
{
	enum run_state from = run->state;

	run->state = state;
	run->ended_us = e->now_us;
	run_set_due(e, run, 0);
	say_end(e, run);
	log_run(e, run, run_state_name(from), run->timed_out ? "timeout" : "");
	leave_group(e, run);
	run_close(e, run);
	run_leaves(e, run);
	if (run->early)
		plan_again(e, run->dag);
	woken_look_at(e, run->dag, run->logical_us);
	count_failures(e, run);
	/* Who reads what a failed task writes has waited whether it would run again. */
	if (run->def->dag->run_retry.retries)
		watch_run(e, run);
	watch_final(e, run);
}

void
run_give_up(struct engine *e, struct run *run)
{
	assert(run->state == RUN_UP_FOR_RETRY);
	end_run(e, run, RUN_FAILED);
}

/* ---- retries of a run ---- */

/* It has failed, and runs again with what failed when its delay is over. */
static void
wait_for_retry(struct engine *e, struct run *run)
{
	enum run_state from = run->state;

	leave_group(e, run);
	run->state = RUN_UP_FOR_RETRY;
	run->retries++;
	run_set_due(e, run, e->now_us + run_retry_delay(run));
	run_say_retry(e, run);
	log_run(e, run, run_state_name(from), run->timed_out ? "timeout" : "");
	/* Who looks back at a forgiven task waited for as long as the run could time out. */
	watch_final(e, run);
}

bool
run_redoes(const struct run *run, const struct run_task *t)
{
	bool forgiven = task_of(t)->on_fail != ON_FAIL_FAIL && !run->timed_out;

	return (t->state == TASK_FAILED && !forgiven) || t->state == TASK_UPSTREAM_FAILED;
}

bool
run_skipped_for(const struct run *run, const struct run_task *t, uint32_t upstream)
{
	const struct task *task = task_of(t);

	/* One that said itself that there is nothing to do had an attempt. */
	if (t->state != TASK_SKIPPED || t->first_us || task_is_expanded(t))
		return false;
	return when_names(task->when, upstream) || expand_names(task->expand, upstream) ||
	       rule_verdict(task->rule, &run->upstreams[t->index]) == VERDICT_SKIP;
}

bool
run_may_redo(const struct run *run, const struct run_task *t)
{
	int left = run->def->dag->run_retry.retries - run->retries;

	if (run_is_final(run->state) || (run->state != RUN_UP_FOR_RETRY && left <= 0))
		return false;
	for (size_t k = 0; k < task_of(t)->n_upstream; k++)
		if (run_skipped_for(run, t, task_of(t)->upstream[k]))
			return true;
	return run_redoes(run, t);
}

void
run_rest(struct engine *e, struct run *run)
{
	enum run_state state = run_comes_to(run, &run->tally);

	run->touched = false;
	if (run_is_final(run->state) || run->state == RUN_UP_FOR_RETRY)
		return;
	/* Nothing was left to end when its time was over; now there may be: another try. */
	if (run->due_us && run->due_us <= e->now_us && !run->deadline.item.at)
		run_watch_due(e, run);
	if (state == RUN_FAILED && run->retries < run->def->dag->run_retry.retries) {
		wait_for_retry(e, run);
	} else if (run_is_final(state)) {
		end_run(e, run, state);
	} else if (run->state == RUN_RUNNING && run->slot && !run->active) {
		run_release(e, run);
		run_say_others(e, run);
		/* It may be due to be made again, for which nothing but its end was lacking. */
		if (run->early)
			plan_again(e, run->dag);
	}
}

/* ---- the exit of a run ---- */

bool
run_work_is_over(const struct run *run)
{
	const struct dag *dag = run->def->dag;
	uint32_t exits = 0;

	for (size_t i = dag->n_tasks - dag->n_exits; i < dag->n_tasks; i++)
		exits += !task_is_final((enum task_state)run->tasks[i].state);
	return run->tally.pending == exits;
}

enum run_state
run_exit_state(const struct run *run)
{
	struct task_walk w = { .run = (struct run *)(uintptr_t)run };
	const struct dag *dag = run->def->dag;
	const struct run_task *t;
	struct tally work = { 0 };
	enum run_state state;

	while ((t = walk_next(&w)) && t->index < dag->n_tasks - dag->n_exits)
		++*tally_of(&work, t);
	state = run_comes_to(run, &work);
	return state == RUN_FAILED && run->retries < dag->run_retry.retries ? RUN_UP_FOR_RETRY
									    : state;
}

/* ---- cancelled ---- */

/*
 * What ends for the timeout of its run ends as cancelled from now on: nobody wants it again.  True:
 * it is being ended; what publishes has done its work.
 */
static bool
cancel_live(struct engine *e, struct attempt *a)
{
	struct run *run = a->task->run;

	attempt_cancel(e, a);
	if (a->row.state == ATTEMPT_PUBLISHING)
		return false;
	run->timed_out = false;
	mark_run(e, run);
	return true;
}

bool
run_waits_for_group(const struct run *run)
{
	for (size_t i = 0; i < run->def->dag->n_retried; i++)
		if (run->groups[i].due_us)
			return !run_has_work_left(run);
	return false;
}

/* One task; true: it has ended as cancelled, or will. */
static bool
cancel_task(struct engine *e, struct run_task *t, const struct gate *gate, struct cancelled *out)
{
	bool killed = t->attempt && cancel_live(e, t->attempt);

	out->killed += killed;
	out->publishing += t->attempt && !killed;
	if (!t->attempt)
		task_end_at(e, t, TEV_CANCEL, gate);
	else if (killed && gate->kind != GATE_CANCELLED)
		task_set_gate(e, t, gate);
	return killed || !t->attempt;
}

struct cancelled
run_cancel(struct engine *e, struct run *run, const struct gate *gate)
{
	bool spare = run->state == RUN_RUNNING &&
		     (run_waits_for_group(run) || run_has_work_left(run)) &&
		     !BUG_IS(20); /* planted: nothing cleans up after a cancelled run */
	struct task_walk w = { .run = run };
	struct cancelled out = { 0 };
	struct run_task *t;
	bool any = false;

	mark_run(e, run);
	groups_refuse(e, run, gate);
	while ((t = walk_next(&w))) {
		if (task_is_final((enum task_state)t->state))
			continue;
		if (spare && task_outlives(task_of(t)))
			out.spared++;
		else
			any |= cancel_task(e, t, gate, &out);
	}
	/* All there was to cancel is another try: what failed has failed, and stays so. */
	if (!any && !BUG_IS(34)) /* planted: it is tried again */
		run->retries = run->def->dag->run_retry.retries;
	return out;
}
