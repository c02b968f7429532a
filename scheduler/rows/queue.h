/*
 * queue.h - two containers of the engine: a heap that knows where its items are, and a queue of
 * pointers.  Neither owns what it holds.
 */
#ifndef SCHEDULER_ROWS_QUEUE_H
#define SCHEDULER_ROWS_QUEUE_H

#include "core/base/mem.h"

/* First member of what is put into a heap; it is in one heap at a time. */
struct heap_item {
	size_t at; /* its index plus one; 0: in none */
};

typedef bool heap_before_fn(const struct heap_item *a, const struct heap_item *b);

/* A binary heap.  `before` is a strict total order, so the same set always comes out alike. */
struct heap {
	struct heap_item **items;
	size_t n, room;
	heap_before_fn *before;
};

/* Put in an item that is in no heap. */
void heap_push(struct heap *h, struct heap_item *item);

/* Take out an item that is in h or in no heap. */
void heap_remove(struct heap *h, struct heap_item *item);

/* The first by `before`; NULL: empty. */
struct heap_item *heap_first(const struct heap *h);

/* Free the table; items are left alone. */
void heap_release(struct heap *h);

/* Pointers, first in, first out. */
struct queue {
	void **items;
	size_t n, room;
	size_t taken; /* items before it are gone */
};

/* Add at the end. */
void queue_add(struct queue *q, void *item);

/* Take from the front; NULL: empty. */
void *queue_take(struct queue *q);

/* Is there nothing to take? */
static inline bool
queue_is_empty(const struct queue *q)
{
	return q->taken == q->n;
}

/* Take out every one that is `item`; O(n). */
void queue_drop(struct queue *q, const void *item);

/* Free the table; what was in it is left alone. */
void queue_release(struct queue *q);

#endif
