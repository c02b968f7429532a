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

void heap_push(struct heap *h, struct heap_item *item);   /* it is in no heap */
void heap_remove(struct heap *h, struct heap_item *item); /* it is in no heap or in h */
struct heap_item *heap_first(const struct heap *h);       /* NULL: empty */
void heap_release(struct heap *h);

/* Pointers, first in, first out. */
struct queue {
	void **items;
	size_t n, room;
	size_t taken; /* items before it are gone */
};

void queue_add(struct queue *q, void *item);
void *queue_take(struct queue *q);                  /* NULL: empty */
void queue_drop(struct queue *q, const void *item); /* every one; O(n) */
void queue_release(struct queue *q);

#endif
