/* plan.c - the schedule: runs that time alone makes. */
#include "scheduler/engine/plan.h"

#include "core/model/cursor.h"
#include "core/model/interval.h"
#include "scheduler/engine/clock.h"
#include "scheduler/state/early.h"
#include "scheduler/state/emit.h"
#include "scheduler/life/epoch.h"
#include "scheduler/state/past.h"
#include "scheduler/life/run.h"
#include "scheduler/state/todo.h"
#include "scheduler/state/watch.h"

#include <assert.h>

enum {
	PLAN_RUNS_MAX = 250,   /* made by the schedule in one step, which takes 15 to 20 ms ... */
	PLAN_TASKS_MAX = 2500, /* ... with about so many tasks */
};

/* How many runs, and tasks, the schedule may still make in this step. */
struct budget {
	size_t runs, tasks;
};

/* One is due: those of the schedule that run, and have more to do than to clean up, are over. */
static void
cancel_others(struct engine *e, const struct run *due)
{
	const struct gate gate = { .kind = GATE_OVERLAP, .run = due->run_id };

	for (struct run *run = due->dag->unfinished; run; run = run->next)
		if (run != due && run->type == RUN_SCHEDULED && run->state == RUN_RUNNING &&
		    !run->timed_out && /* then it ends anyway, and says why */
		    (run_waits_for_group(run) || run_has_work_left(run)))
			(void)run_cancel(e, run, &gate);
}

static void
fire(struct engine *e, struct dag_state *d, int64_t start_us, struct budget *budget)
{
	size_t n_tasks = d->active->dag->n_tasks;
	struct run *run;

	if (run_find(d, start_us) || past_find(d, start_us))
		return;
	run = run_make(e, d, RUN_SCHEDULED, start_us, "{}", NULL);
	if (d->active->dag->cancel_running && !BUG_IS(43)) /* planted: they go on beside it */
		cancel_others(e, run);
	budget->runs--;
	budget->tasks -= n_tasks < budget->tasks ? n_tasks : budget->tasks;
}

/* Does this engine make runs of the schedule? */
static bool
is_planning(const struct engine *e, int64_t now_us)
{
	return !e->config.session && !e->config.hold && now_us >= e->plan_us &&
	       !clock_holds(e, now_us);
}

void
plan_needs(struct engine *e, int64_t now_us, struct wanted *wanted)
{
	struct early_run *early;
	struct dag_state *d;

	if (!is_planning(e, now_us))
		return;
	for (d = index_first(&e->dags); d; d = index_next(d)) {
		while (d->due_us <= now_us && (early = early_unread(d, now_us, false))) {
			early->asked = true;
			past_want(wanted, past_find(d, early->logical_us));
		}
	}
}

/*
 * An early epoch that is due and only waits for other runs is over: what is left of it would be
 * done again at once, and who waits for it waits until it is made again.
 */
static void
end_waiting(struct engine *e, struct dag_state *d)
{
	for (size_t i = 0; i < d->n_early; i++) {
		struct run *run = run_find(d, d->early[i].logical_us);

		if (!run || !early_waits(run) || !run_fits(run, d->active->dag) ||
		    interval_due(d->active->dag, run->logical_us) > e->now_us)
			continue;
		(void)run_cancel(e, run, &(struct gate){ .kind = GATE_DUE_AGAIN });
		e->again = true; /* so that nobody sees the one end without the other beginning */
	}
}

/*
 * What was run before its interval had ended is run again now that it is due, whatever the
 * catch-up: it is a run of the schedule, and what it published is not all there is.
 */
static void
redo_early(struct engine *e, struct dag_state *d)
{
	struct early_run *early;
	struct run *run;

	/* Rows that were asked for and did not come: nobody understands its definition any more. */
	while ((early = early_unread(d, e->now_us, true)))
		early_drop(d, early->logical_us);
	end_waiting(e, d);
	while ((run = early_owed(d, e->now_us))) {
		/* The dag is on another grid: nothing of that is the interval that was run. */
		if (!run_fits(run, d->active->dag)) {
			early_drop(d, run->logical_us);
			continue;
		}
		if (run->type != RUN_BACKFILL)
			run->backfill = NULL;
		(void)run_clear(e, run, &(struct redo){ .def = d->active });
	}
}

static void
plan_dag(struct engine *e, struct dag_state *d, struct budget *budget)
{
	const struct cursor cursor = { d->cursor_us, d->live_since_us, d->paused };
	const struct dag *dag = d->active->dag;
	struct cursor_due due;
	int64_t at_us;

	redo_early(e, d);
	if (!cursor_due(&cursor, dag, e->now_us, &due))
		return;
	/* Oldest first; the rest is left for the next step. */
	for (at_us = due.first_us; at_us <= due.last_us && budget->runs && budget->tasks;
	     at_us = interval_next(dag, at_us))
		fire(e, d, at_us, budget);
	d->cursor_us = at_us <= due.last_us ? at_us : due.next_us;
	mark_dag(e, d);
	watch_wake_all(e, d);
}

void
plan_runs(struct engine *e)
{
	struct budget budget = { PLAN_RUNS_MAX, PLAN_TASKS_MAX };
	struct dag_state *d;

	e->again = false;
	if (!is_planning(e, e->now_us))
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
