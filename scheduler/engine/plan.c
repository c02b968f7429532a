/* plan.c - the schedule, and which runs may run. */
#include "scheduler/engine/internal.h"

#include "core/time/civil.h"

#include <assert.h>

/* catchup: none makes what fell due so long before the dag was first seen or unpaused. */
#define LIVE_GRACE_US (15 * MINUTE_US)

/* ---- the schedule ---- */

bool
dag_is_scheduled(const struct dag *dag)
{
	return dag->has_cron && dag->partitioned;
}

int64_t
partition_due(const struct dag *dag, int64_t day)
{
	return cron_next(&dag->cron, (day + 1) * DAY_US);
}

/*
 * The newest partition that is due at now_us, or from_day - 1 when not even
 * from_day is.  Later partitions are never due before earlier ones, so halving
 * the range finds it.
 */
int64_t
newest_due(const struct dag *dag, int64_t from_day, int64_t now_us)
{
	int64_t low = from_day - 1, high = civil_day_of(now_us) - 1;

	while (low < high) {
		int64_t mid = low + (high - low + 1) / 2;

		if (partition_due(dag, mid) <= now_us)
			low = mid;
		else
			high = mid - 1;
	}
	return low;
}

void
plan_again(struct engine *e, struct dag_state *d)
{
	const struct dag *dag = d->active->dag;

	d->due_us = INT64_MAX;
	if (d->present && !d->paused && d->cursor_us != INT64_MIN && dag_is_scheduled(dag))
		d->due_us = partition_due(dag, civil_day_of(d->cursor_us));
	if (d->due_us < e->plan_us)
		e->plan_us = d->due_us;
}

/* How many runs, and tasks, the schedule may still make in this step. */
struct budget {
	size_t runs, tasks;
};

static void
fire(struct engine *e, struct dag_state *d, int64_t day, struct budget *budget)
{
	size_t n_tasks = d->active->dag->n_tasks;

	if (run_find(d, day * DAY_US))
		return;
	(void)run_make(e, d, RUN_SCHEDULED, day * DAY_US, "{}", NULL);
	budget->runs--;
	budget->tasks -= n_tasks < budget->tasks ? n_tasks : budget->tasks;
}

/* Catchup all: every due partition of the window, oldest first; returns the next one to look at. */
static int64_t
plan_all(struct engine *e, struct dag_state *d, int64_t day, int64_t newest, struct budget *budget)
{
	int64_t window_us = d->active->dag->catchup_window_us;

	if (window_us) {
		/* The first whose interval ended at most that long ago. */
		int64_t first = civil_day_of(e->now_us - window_us - 1);

		day = first > day ? first : day;
	}
	for (; day <= newest && budget->runs && budget->tasks; day++)
		fire(e, d, day, budget);
	return day;
}

static void
plan_dag(struct engine *e, struct dag_state *d, struct budget *budget)
{
	const struct dag *dag = d->active->dag;
	int64_t day = civil_day_of(d->cursor_us), next;
	int64_t newest = newest_due(dag, day, e->now_us);

	assert(newest >= day);
	next = newest + 1;
	if (dag->catchup == CATCHUP_ALL)
		next = plan_all(e, d, day, newest, budget);
	else if (dag->catchup == CATCHUP_LATEST ||
		 partition_due(dag, newest) >= d->live_since_us - LIVE_GRACE_US)
		fire(e, d, newest, budget);
	d->cursor_us = next * DAY_US;
	mark_dag(e, d);
	watch_wake_all(e, d);
}

void
plan_runs(struct engine *e)
{
	struct budget budget = { PLAN_RUNS_MAX, PLAN_TASKS_MAX };
	struct dag_state *d;

	if (e->config.session || e->config.hold || e->now_us < e->plan_us)
		return;
	e->plan_us = INT64_MAX;
	for (d = index_first(&e->dags); d; d = index_next(d)) {
		if (d->due_us <= e->now_us && budget.runs && budget.tasks) {
			plan_dag(e, d, &budget);
			plan_again(e, d);
		}
		if (d->due_us < e->plan_us)
			e->plan_us = d->due_us;
	}
}

/* ---- which runs may run ---- */

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

/* Scheduled before manual, then the oldest; a backfill may go newest first. */
static bool
run_before(const struct heap_item *x, const struct heap_item *y)
{
	const struct run *a = ((const struct run_seat *)x)->run;
	const struct run *b = ((const struct run_seat *)y)->run;
	bool backwards = a->backfill && a->backfill->backwards;

	if (run_class(a) != run_class(b))
		return run_class(a) < run_class(b);
	if (a->logical_us != b->logical_us)
		return (a->logical_us < b->logical_us) != backwards;
	return a->key < b->key;
}

void
group_init(struct group *g, struct dag_state *dag, int cap)
{
	*g = (struct group){ .queue = { .before = run_before }, .cap = cap, .dag = dag };
}

void
group_mark(struct engine *e, struct group *g)
{
	if (g->marked)
		return;
	g->marked = true;
	queue_add(&e->groups, g);
}

void
run_want(struct engine *e, struct run *run)
{
	struct group *g = run_group(run);

	if (run->slot || run->seat.item.at || (e->config.session && !run->session))
		return;
	if (run->state == RUN_QUEUED)
		run_set_waits(e, run,
			      e->config.hold ? "no scheduler is running" : "waits for a run slot");
	heap_push(&g->queue, &run->seat.item);
	group_mark(e, g);
}

void
group_admit(struct engine *e, struct group *g)
{
	struct run_seat *seat;
	struct run *run;

	g->marked = false;
	if (g->dag->paused || !e->awake || e->config.hold)
		return;
	while (g->used < g->cap && (seat = (struct run_seat *)heap_first(&g->queue))) {
		run = seat->run;
		heap_remove(&g->queue, &seat->item);
		run->slot = true;
		g->used++;
		run_set_waits(e, run, "");
		run_start(e, run);
	}
}

void
run_release(struct engine *e, struct run *run)
{
	struct group *g = run_group(run);

	if (!run->slot)
		return;
	run->slot = false;
	g->used--;
	group_mark(e, g);
}
