/* watch.c - tasks that wait for the run of a dag for a part. */
#include "scheduler/state/watch.h"

#include "scheduler/state/todo.h"

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
	/* A session makes no runs of the schedule: with the time nothing comes. */
	if (until_us != INT64_MAX && !e->config.session) {
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

void
watch_wake_all(struct engine *e, struct dag_state *d)
{
	struct watch *watch;

	for (watch = index_first(&d->watches); watch; watch = index_next(watch))
		wake(e, watch);
}
