/* instances.h - instances of an expanded task: made of a list, done again, removed. */
#ifndef SCHEDULER_LIFE_INSTANCES_H
#define SCHEDULER_LIFE_INSTANCES_H

#include "core/dagfile/items.h"
#include "scheduler/state/state.h"

/* The digest that a list is known by. */
void instances_digest(const struct expand_items *list, char out[DIGEST_CHARS + 1]);

/*
 * The list of a task in state none is final and has items: it is expanded, and has instances of the
 * first of them.  Takes the arena, which the list is in.
 */
void instances_expand(struct engine *e, struct run_task *t, struct arena *arena,
		      const struct expand_items *list);

/*
 * An expanded task whose list is there and longer than its instances are many: it has the next of
 * them, as many as there is room for, and one at least.
 */
void instances_grow(struct engine *e, struct run_task *t);

/*
 * Take them back, in a run that has ended: the task is none, and may be expanded anew.  A task that
 * never was is left as it is.
 */
void instances_remove(struct engine *e, struct run_task *t);

/* Some of them were cleared, in a run that has ended: their template has not ended any more. */
void instances_reopen(struct engine *e, struct run_task *t);

/* How many instances are not final, from scratch. */
uint32_t instances_unfinished(const struct expansion *x);

#endif
