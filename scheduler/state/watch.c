/* watch.c - tasks that wait for the run of a dag for a part. */
#include "scheduler/state/watch.h"

#include "core/model/interval.h"
#include "core/time/grid.h"
#include "scheduler/state/todo.h"
#include "scheduler/state/woken.h"

#include <stdlib.h>

void
watch_add(struct engine *e, struct run_task *t, struct dag_state *on, int64_t part,
	  int64_t until_us)
{
	struct waiter *waiter = mem_new(1, sizeof(*waiter));
	struct watch *watch = index_find_number(&on->watches, part);

	if (!watch) {
		watch = mem_new(1, sizeof(*watch));
		index_add_number(&on->watches, watch, part);
	}
	*waiter = (struct waiter){ .task = t, .next = watch->first, .watch = watch, .dag = on };
	if (watch->first)
		watch->first->prev = waiter;
	watch->first = waiter;
	t->waiter = waiter;
	if (until_us != INT64_MAX) {
		t->due_us = until_us;
		heap_push(&e->timers, &t->item);
	}
}

void
watch_drop(struct engine *e, struct run_task *t)
{
	struct waiter *w = t->waiter;

	if (!w)
		return;
	heap_remove(&e->timers, &t->item);
	if (w->next)
		w->next->prev = w->prev;
	if (w->prev)
		w->prev->next = w->next;
	else
		w->watch->first = w->next;
	if (!w->watch->first) {
		index_remove(&w->dag->watches, w->watch);
		free(w->watch);
	}
	free(w);
	t->waiter = NULL;
}

static void
wake(struct engine *e, struct watch *watch)
{
	/* They stay on the list until they are looked at and wait for something else. */
	for (struct waiter *w = watch->first; w; w = w->next)
		task_look(e, w->task);
}

void
watch_wake(struct engine *e, struct dag_state *d, int64_t part)
{
	struct watch *watch = index_find_number(&d->watches, part);

	if (watch)
		wake(e, watch);
	watch = index_find_number(&d->watches, WATCH_ANY);
	if (watch)
		wake(e, watch);
}

/* Who waits for the run of a logical date itself, not for what it writes. */
static void
watch_date(struct engine *e, const struct dag_state *d, int64_t logical_us)
{
	struct watch *watch = index_find_number(&d->watches, logical_us);

	if (watch)
		wake(e, watch);
}

/* Something moved about what `d` writes for an interval; INT64_MIN: for any. */
static void
touch(struct engine *e, struct dag_state *d, int64_t start_us, int64_t end_us)
{
	/* No project has a circle; while one definition gives way to another there may be one. */
	if (d->touching || !d->n_consumers)
		return;
	d->touching = true;
	for (size_t i = 0; i < d->n_consumers; i++) {
		struct dag_state *c = d->consumers[i];
		const struct grid grid = c->active->dag->grid;
		struct parts parts;

		if (start_us == INT64_MIN || !c->active->dag->partitioned) {
			woken_look_dag(e, c);
			watch_wake_all(e, c);
			continue;
		}
		parts = grid_overlap(grid, start_us, end_us);
		for (int64_t part = parts.first; part <= parts.last; part++) {
			woken_look_at(e, c, grid_start(grid, part));
			watch_wake(e, c, part);
			watch_date(e, c, grid_start(grid, part));
		}
		touch(e, c, grid_start(grid, parts.first), grid_end(grid, parts.last));
	}
	d->touching = false;
}

void
watch_settled(struct engine *e, const struct run *run)
{
	int64_t end_us = run->end_us > run->start_us ? run->end_us : run->start_us + 1;

	touch(e, run->dag, run->start_us, end_us);
}

void
watch_run(struct engine *e, const struct run *run)
{
	watch_settled(e, run);
	if (!index_first(&run->dag->watches))
		return;
	watch_wake(e, run->dag, grid_part(run->def->dag->grid, run->logical_us));
	watch_date(e, run->dag, run->logical_us);
}

void
watch_final(struct engine *e, const struct run *run)
{
	watch_date(e, run->dag, run->logical_us);
}

/* The same task of the run behind, and those that wait for all that is downstream of it. */
static void
look_behind(struct engine *e, const struct task *task, struct run *behind)
{
	const struct dag *dag = behind->def->dag;
	int at = dag_task_find(dag, task->id);
	const struct task *same = at < 0 ? NULL : &dag->tasks[at];

	if (!same)
		return;
	task_look(e, &behind->tasks[at]);
	for (size_t i = 0; i < same->n_upstream; i++)
		if (dag->tasks[same->upstream[i]].wait_for_downstream)
			task_look(e, &behind->tasks[same->upstream[i]]);
}

void
watch_ended(struct engine *e, const struct run_task *t)
{
	const struct run *run = t->run;
	const struct dag *dag = run->def->dag;
	struct run *behind;

	if (!index_first(&run->dag->watches))
		return;
	watch_wake(e, run->dag, interval_by_ticks(dag) ? run->logical_us : WATCH_ANY);
	behind = run_find(run->dag, interval_next(dag, run->logical_us));
	if (behind && behind->def->dag->depends_on_past)
		look_behind(e, task_of(t), behind);
}

void
watch_wake_all(struct engine *e, struct dag_state *d)
{
	struct watch *watch;

	for (watch = index_first(&d->watches); watch; watch = index_next(watch)) {
		/* Who depends on a run that is there waits for that run alone. */
		if (!run_find(d, watch->item.number))
			wake(e, watch);
	}
	touch(e, d, INT64_MIN, INT64_MIN);
}
