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
task_go_on(struct engine *e, struct run_task *t)
{
	struct expansion *x = expansion_of(t->run, t->index);

	/* planted: after a restart what was begun is forgotten */
	if (x->queued || (BUG_IS(52) && task_grows(t) && !x->arena))
		return;
	x->queued = true;
	queue_add(&e->growing, t);
}

/*
 * Its instances are looked at from the first on.  That one at once, as its run may have got a run
 * slot for it, and would give it back before there is room for another.
 */
static void
look_at_first(struct engine *e, struct run_task *t)
{
	struct expansion *x = expansion_of(t->run, t->index);
	const struct instance *own = NULL;

	x->asked = 0;
	while (!task_grows(t) && (own = instance_next(x, &x->asked)))
		if (own->task->state == TASK_NONE)
			break;
	if (own)
		task_look(e, own->task);
	task_go_on(e, t);
}

void
task_look(struct engine *e, struct run_task *t)
{
	if (t->run->state != RUN_RUNNING)
		return;
	if (t->state == TASK_EXPANDED)
		look_at_first(e, t);
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
	for (size_t i = 0; i < run->def->dag->n_tasks; i++)
		task_look(e, &run->tasks[i]);
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
