/* todo.c - what has to be looked at before the step ends. */
#include "scheduler/state/todo.h"

#include "core/model/interval.h"
#include "scheduler/state/early.h"
#include "scheduler/state/expansion.h"

void
run_touch(struct engine *e, struct run *run)
{
	if (run->touched)
		return;
	run->touched = true;
	queue_add(&e->touched, run);
}

void
task_look(struct engine *e, struct run_task *t)
{
	const struct expansion *x;
	const struct instance *own;

	if (t->run->state != RUN_RUNNING)
		return;
	if (t->state == TASK_EXPANDED) {
		x = expansion_of(t->run, t->index);
		for (size_t at = 0; (own = instance_next(x, &at));)
			task_look(e, own->task);
		return;
	}
	if (t->queued || t->state != TASK_NONE)
		return;
	t->queued = true;
	queue_add(&e->work, t);
}

void
task_look_at_children(struct engine *e, struct run_task *t)
{
	t->queued = true;
	queue_add(&e->child_tasks, t);
}

void
run_look(struct engine *e, struct run *run)
{
	struct task_walk w = { .run = run };
	struct run_task *t;

	while ((t = walk_next(&w)))
		task_look(e, t);
	run_touch(e, run);
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
plan_again(struct engine *e, struct dag_state *d)
{
	const struct dag *dag = d->active->dag;
	int64_t early_us, next_us;

	d->due_us = INT64_MAX;
	if (d->present && !d->paused && d->cursor_us != INT64_MIN && dag_is_scheduled(dag)) {
		next_us = interval_from(dag, d->cursor_us);
		if (next_us < dag->end_us)
			d->due_us = interval_due(dag, next_us);
		early_us = early_due(d);
		d->due_us = early_us < d->due_us ? early_us : d->due_us;
	}
	if (d->due_us < e->plan_us)
		e->plan_us = d->due_us;
}
