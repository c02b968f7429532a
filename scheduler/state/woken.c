/* woken.c - updates of datasets that dags wait for, until a run of theirs consumes them. */
#include "scheduler/state/woken.h"

#include "core/time/grid.h"
#include "scheduler/state/emit.h"

#include <stdlib.h>
#include <string.h>

bool
wake_before(const struct heap_item *x, const struct heap_item *y)
{
	const struct wake *a = ((const struct wake_seat *)x)->wake;
	const struct wake *b = ((const struct wake_seat *)y)->wake;

	if (a->due_us != b->due_us)
		return a->due_us < b->due_us;
	/* Some update is its first, and of no other. */
	return a->events[0]->row.key < b->events[0]->row.key;
}

struct wake *
woken_find(const struct dag_state *d, int64_t logical_us)
{
	return index_find_number(&d->wakes, logical_us);
}

static struct wake *
make(struct dag_state *d, int64_t logical_us)
{
	struct wake *w = mem_new(1, sizeof(*w));

	w->dag = d;
	w->logical_us = logical_us;
	w->seat.wake = w;
	index_add_number(&d->wakes, w, logical_us);
	return w;
}

void
woken_add(struct engine *e, struct dag_state *d, const struct dataset_event_row *row, bool fresh)
{
	struct wake *w = woken_find(d, row->logical_us);
	struct woken_event *event = mem_new(1, sizeof(*event));

	if (!w)
		w = make(d, row->logical_us);
	event->row = *row;
	event->dataset = mem_str(row->dataset);
	event->dag = mem_str(row->dag);
	event->run_id = mem_str(row->run_id);
	event->row.consumer = d->id;
	event->row.dataset = event->dataset;
	event->row.dag = event->dag;
	event->row.run_id = event->run_id;
	event->waits = mem_str(row->waits);
	event->row.waits = event->waits;
	w->events = mem_grow(w->events, w->n, &w->room, sizeof(struct woken_event *));
	w->events[w->n++] = event;
	if (fresh)
		mark_dataset_event(e, event);
	woken_look(e, w);
}

void
woken_free(struct woken_event *event)
{
	free(event->dataset);
	free(event->dag);
	free(event->run_id);
	free(event->waits);
	free(event);
}

/* It is in no list any more; its updates are the caller's. */
static void
drop(struct engine *e, struct wake *w)
{
	heap_remove(&e->wake_timers, &w->seat.item);
	if (w->queued)
		queue_drop(&e->wakes, w);
	if (w->asking)
		queue_drop(&e->wakes_asking, w);
	index_remove(&w->dag->wakes, w);
	free(w->events);
	free(w);
}

void
woken_consume(struct engine *e, struct wake *w, int64_t run)
{
	for (size_t i = 0; i < w->n; i++) {
		w->events[i]->row.consumed = run;
		mark_dataset_event(e, w->events[i]);
	}
	drop(e, w);
}

/* Is an update of something that the dag waits for, and for a date of its own? */
static bool
is_meant(const struct dag *dag, const struct wake *w, const struct woken_event *event)
{
	bool any = w->logical_us == WAKE_ANY;

	if (any == dag->partitioned || !dag_woken_by(dag, event->dataset))
		return false;
	return dag_is_within(dag, any ? event->row.at_us : w->logical_us) &&
	       (any || grid_is_start(dag->grid, w->logical_us));
}

static void
prune(struct engine *e, struct wake *w)
{
	const struct dag *dag = w->dag->active->dag;
	size_t kept = 0;

	for (size_t i = 0; i < w->n; i++) {
		struct woken_event *event = w->events[i];

		if (is_meant(dag, w, event)) {
			w->events[kept++] = event;
			continue;
		}
		event->row.consumed = -1;
		mark_dataset_event(e, event);
	}
	/* The order of those that wait for a time hangs on the first. */
	if (kept < w->n)
		heap_remove(&e->wake_timers, &w->seat.item);
	w->n = kept;
	if (kept)
		woken_look(e, w);
	else
		drop(e, w);
}

void
woken_prune(struct engine *e, struct dag_state *d)
{
	struct wake *w, *next;

	for (w = index_first(&d->wakes); w; w = next) {
		next = index_next(w);
		prune(e, w);
	}
}

/* ---- looking at it ---- */

void
woken_look(struct engine *e, struct wake *w)
{
	if (w->queued)
		return;
	w->queued = true;
	queue_add(&e->wakes, w);
}

void
woken_look_at(struct engine *e, struct dag_state *d, int64_t logical_us)
{
	struct wake *w = woken_find(d, logical_us);

	if (w)
		woken_look(e, w);
}

void
woken_look_dag(struct engine *e, struct dag_state *d)
{
	for (struct wake *w = index_first(&d->wakes); w; w = index_next(w))
		woken_look(e, w);
}

void
woken_look_all(struct engine *e)
{
	for (struct dag_state *d = index_first(&e->dags); d; d = index_next(d))
		woken_look_dag(e, d);
}

void
woken_wait(struct engine *e, struct wake *w, int64_t due_us)
{
	heap_remove(&e->wake_timers, &w->seat.item);
	w->due_us = due_us;
	if (due_us != INT64_MAX)
		heap_push(&e->wake_timers, &w->seat.item);
}

void
woken_set_gate(struct engine *e, struct wake *w, const struct gate *gate)
{
	struct woken_event *first = w->events[0];
	struct buf b;

	buf_init(&b, SIZE_MAX / 2);
	gate_write(gate, &b);
	if (!first->waits || strcmp(first->waits, b.data) != 0) {
		free(first->waits);
		first->waits = mem_str(b.data);
		first->row.waits = first->waits;
		mark_dataset_event(e, first);
	}
	buf_release(&b);
}

void
woken_fire(struct engine *e)
{
	struct wake_seat *seat;

	while ((seat = (struct wake_seat *)heap_first(&e->wake_timers)) &&
	       seat->wake->due_us <= e->now_us) {
		heap_remove(&e->wake_timers, &seat->item);
		woken_look(e, seat->wake);
	}
}

void
woken_forget(struct engine *e, struct dag_state *d)
{
	struct wake *w;

	while ((w = index_first(&d->wakes))) {
		for (size_t i = 0; i < w->n; i++)
			woken_free(w->events[i]);
		drop(e, w);
	}
	index_release(&d->wakes);
}
