/* expansion.c - tasks that are expanded over a list: their instances, and the walk over tasks. */
#include "scheduler/state/expansion.h"

#include "scheduler/state/state.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

struct expansion *
expansion_of(const struct run *run, uint32_t index)
{
	return run->expanded ? run->expanded[index] : NULL;
}

struct expansion *
expansion_make(struct run *run, uint32_t index)
{
	if (!run->expanded)
		run->expanded = mem_new(run->def->dag->n_tasks, sizeof(struct expansion *));
	if (!run->expanded[index])
		run->expanded[index] = mem_new(1, sizeof(struct expansion));
	return run->expanded[index];
}

size_t
expansions_count(const struct run *run)
{
	size_t n = 0;

	for (size_t i = 0; run->expanded && i < run->def->dag->n_tasks; i++)
		n += run->expanded[i] ? run->expanded[i]->n : 0;
	return n;
}

void
expansion_free(struct expansion *x)
{
	for (size_t i = 0; x && i < x->made; i++) {
		free(x->items[i].task->waits);
		free(x->items[i].task->kept);
		free(x->items[i].task->waiter);
		free(x->items[i].task);
		free(x->items[i].item);
		free(x->items[i].outputs);
	}
	if (x)
		free(x->items);
	free(x);
}

void
expansions_release(struct run *run)
{
	for (size_t i = 0; run->expanded && i < run->def->dag->n_tasks; i++)
		expansion_free(run->expanded[i]);
	free(run->expanded);
	run->expanded = NULL;
}

struct run_task *
instance_make(struct run *run, uint32_t index, int32_t map_index)
{
	struct expansion *x = expansion_make(run, index);

	assert(map_index >= 0);
	while (x->made <= (size_t)map_index) {
		struct run_task *t = mem_new(1, sizeof(*t));

		*t = (struct run_task){ .run = run,
					.index = index,
					.map_index = (int32_t)x->made,
					.state = TASK_REMOVED };
		x->items = mem_grow(x->items, x->made, &x->room, sizeof(*x->items));
		x->items[x->made++] = (struct instance){ .task = t };
	}
	return x->items[map_index].task;
}

struct instance *
instance_of(const struct run_task *t)
{
	assert(t->map_index >= 0);
	return &t->run->expanded[t->index]->items[t->map_index];
}

bool
task_is_expanded(const struct run_task *t)
{
	const struct expansion *x = expansion_of(t->run, t->index);

	return t->map_index < 0 && x && x->n > 0;
}

size_t
task_stands(const struct run *run, uint32_t index)
{
	const struct expansion *x = expansion_of(run, index);

	return x && x->n ? x->n : 1;
}

const char *
task_outputs(const struct run_task *t)
{
	if (t->map_index >= 0)
		return instance_of(t)->outputs;
	return t->run->outputs ? t->run->outputs[t->index] : NULL;
}

const char *
task_label(const struct run_task *t, char room[TASK_LABEL_ROOM])
{
	if (t->map_index < 0)
		return task_of(t)->id;
	(void)snprintf(room, TASK_LABEL_ROOM, "%s[%d]", task_of(t)->id, t->map_index);
	return room;
}

/* The template first, then its instances. */
static struct run_task *
next_of_all(struct task_walk *w)
{
	const struct expansion *x = expansion_of(w->run, w->index);
	size_t made = x ? x->made : 0, at = w->at++;
	struct run_task *t = &w->run->tasks[w->index];

	assert(at <= made);
	if (at == made) {
		w->index++;
		w->at = 0;
	}
	return at && x ? x->items[at - 1].task : t;
}

struct run_task *
walk_next(struct task_walk *w)
{
	const struct expansion *x;

	if (w->index >= w->run->def->dag->n_tasks)
		return NULL;
	if (w->all)
		return next_of_all(w);
	x = expansion_of(w->run, w->index);
	if (!x || !x->n)
		return &w->run->tasks[w->index++];
	if (w->at + 1 < x->n)
		return x->items[w->at++].task;
	w->index++;
	w->at = 0;
	return x->items[x->n - 1].task;
}
