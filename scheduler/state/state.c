/* state.c - finding what is kept, and what follows from one thing alone. */
#include "scheduler/state/state.h"

/* ---- finding ---- */

struct dag_state *
dag_state_find(const struct engine *e, const char *id)
{
	return index_find_name(&e->dags, id);
}

struct run *
run_find(const struct dag_state *d, int64_t logical_us)
{
	struct run_date *date = index_find_number(&d->runs, logical_us);

	return date ? date->run : NULL;
}

struct attempt *
attempt_find(const struct engine *e, int64_t key)
{
	return index_find_number(&e->attempts, key);
}

/* ---- a task ---- */

const struct task *
task_of(const struct run_task *t)
{
	return &t->run->def->dag->tasks[t->index];
}

bool
run_has_work_left(const struct run *run)
{
	for (size_t i = 0; i < run->def->dag->n_tasks; i++)
		if (!task_outlives(&run->def->dag->tasks[i]) &&
		    !task_is_final((enum task_state)run->tasks[i].state))
			return true;
	return false;
}

bool
task_is_active(enum task_state state)
{
	return (state >= TASK_SCHEDULED && state <= TASK_UP_FOR_RETRY) ||
	       state == TASK_UP_FOR_RESCHEDULE;
}

uint32_t *
tally_of(struct tally *tally, const struct run_task *t)
{
	switch ((enum task_state)t->state) {
	case TASK_SUCCESS:
		return &tally->success;
	case TASK_FAILED:
		return task_of(t)->on_fail == ON_FAIL_FAIL ? &tally->failed : &tally->forgiven;
	case TASK_UPSTREAM_FAILED:
		return &tally->upstream_failed;
	case TASK_SKIPPED:
		return &tally->skipped;
	case TASK_CANCELLED:
		return &tally->cancelled;
	default:
		return &tally->pending;
	}
}

struct tally *
upstreams_of(struct upstreams *all, const struct task *up)
{
	return up->setup ? &all->setups : &all->tasks;
}

/* ---- a run ---- */

enum run_type
run_class(const struct run *run)
{
	return run->backfill ? RUN_BACKFILL : run->type;
}

struct group *
run_group(struct run *run)
{
	return run->backfill ? &run->backfill->group : &run->dag->group;
}

bool
run_may_start(const struct engine *e, const struct run *run)
{
	return !run->dag->paused && (!e->config.session || run->session);
}

bool
clock_holds(const struct engine *e, int64_t now_us)
{
	return now_us < e->clocks.row.held_until_us;
}

/* ---- an attempt ---- */

bool
attempt_holds_slot(enum attempt_state state)
{
	if (BUG_IS(5)) /* planted: a publishing or dying attempt is taken for gone */
		return state == ATTEMPT_STARTING || state == ATTEMPT_RUNNING;
	return attempt_is_live(state);
}

/* ---- orders ---- */

bool
ready_before(const struct heap_item *x, const struct heap_item *y)
{
	const struct run_task *a = (const struct run_task *)x, *b = (const struct run_task *)y;

	if (run_class(a->run) != run_class(b->run))
		return run_class(a->run) < run_class(b->run);
	if (a->aged != b->aged)
		return a->aged < b->aged;
	if (a->run->logical_us != b->run->logical_us)
		return a->run->logical_us < b->run->logical_us;
	if (a->run->key != b->run->key)
		return a->run->key < b->run->key;
	return a->index != b->index ? a->index < b->index : a->map_index < b->map_index;
}

bool
timer_before(const struct heap_item *x, const struct heap_item *y)
{
	const struct run_task *a = (const struct run_task *)x, *b = (const struct run_task *)y;

	if (a->due_us != b->due_us)
		return a->due_us < b->due_us;
	if (a->run->key != b->run->key)
		return a->run->key < b->run->key;
	return a->index != b->index ? a->index < b->index : a->map_index < b->map_index;
}
