/* queue.c - a heap that knows where its items are, and a queue of pointers. */
#include "scheduler/rows/queue.h"

#include <assert.h>
#include <stdlib.h>

static void
put(struct heap *h, size_t at, struct heap_item *item)
{
	h->items[at] = item;
	item->at = at + 1;
}

/* Let the item at `at` rise to its place. */
static void
rise(struct heap *h, size_t at)
{
	struct heap_item *item = h->items[at];

	while (at && h->before(item, h->items[(at - 1) / 2])) {
		put(h, at, h->items[(at - 1) / 2]);
		at = (at - 1) / 2;
	}
	put(h, at, item);
}

/* Let the item at `at` sink to its place. */
static void
sink(struct heap *h, size_t at)
{
	struct heap_item *item = h->items[at];
	size_t child;

	while ((child = 2 * at + 1) < h->n) {
		if (child + 1 < h->n && h->before(h->items[child + 1], h->items[child]))
			child++;
		if (!h->before(h->items[child], item))
			break;
		put(h, at, h->items[child]);
		at = child;
	}
	put(h, at, item);
}

void
heap_push(struct heap *h, struct heap_item *item)
{
	assert(!item->at);
	h->items = mem_grow(h->items, h->n, &h->room, sizeof(struct heap_item *));
	put(h, h->n++, item);
	rise(h, h->n - 1);
}

void
heap_remove(struct heap *h, struct heap_item *item)
{
	size_t at = item->at;
	struct heap_item *last;

	if (!at)
		return;
	assert(at <= h->n && h->items[at - 1] == item);
	item->at = 0;
	last = h->items[--h->n];
	if (last == item)
		return;
	put(h, at - 1, last);
	rise(h, at - 1);
	sink(h, last->at - 1);
}

struct heap_item *
heap_first(const struct heap *h)
{
	return h->n ? h->items[0] : NULL;
}

void
heap_release(struct heap *h)
{
	free(h->items);
	*h = (struct heap){ .before = h->before };
}

void
queue_add(struct queue *q, void *item)
{
	q->items = mem_grow(q->items, q->n, &q->room, sizeof(void *));
	q->items[q->n++] = item;
}

void *
queue_take(struct queue *q)
{
	void *item;

	if (queue_is_empty(q))
		return NULL;
	item = q->items[q->taken++];
	if (queue_is_empty(q))
		q->taken = q->n = 0;
	return item;
}

void
queue_drop(struct queue *q, const void *item)
{
	size_t kept = q->taken;

	for (size_t i = q->taken; i < q->n; i++)
		if (q->items[i] != item)
			q->items[kept++] = q->items[i];
	q->n = kept;
}

void
queue_release(struct queue *q)
{
	free(q->items);
	*q = (struct queue){ 0 };
}
