/* expansion.c - tasks that are expanded over a list: their instances, and the walk over tasks. */
#include "scheduler/state/expansion.h"

#include "scheduler/state/state.h"

#include <assert.h>
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
		n += run->expanded[i] ? run->expanded[i]->total : 0;
	return n;
}

uint32_t
expansions_growing(const struct run *run)
{
	uint32_t n = 0;

	for (size_t i = 0; run->expanded && i < run->def->dag->n_tasks; i++)
		n += task_grows(&run->tasks[i]);
	return n;
}

void
expansion_drop_list(struct expansion *x)
{
	arena_free(x->arena);
	x->arena = NULL;
	x->list = (struct expand_items){ 0 };
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
	if (x) {
		free(x->items);
		expansion_drop_list(x);
	}
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

/* Where the instance with this index stands, or would. */
static size_t
place_of(const struct expansion *x, int32_t map_index)
{
	size_t low = 0, high = x->made;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (x->items[mid].map_index < map_index)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static bool
is_made(const struct expansion *x, int32_t map_index)
{
	size_t at = place_of(x, map_index);

	return at < x->made && x->items[at].map_index == map_index;
}

static struct instance
new_instance(struct run *run, uint32_t index, int32_t map_index)
{
	struct run_task *t = mem_new(1, sizeof(*t));

	*t = (struct run_task){
		.run = run, .index = index, .map_index = map_index, .state = TASK_REMOVED
	};
	return (struct instance){ .task = t, .map_index = map_index };
}

void
instances_make(struct run *run, uint32_t index, const int32_t *at, size_t n)
{
	struct expansion *x = expansion_make(run, index);
	size_t from = x->made, to = from;

	for (size_t i = 0; i < n; i++)
		to += !is_made(x, at[i]);
	while (x->room < to)
		x->items = mem_grow(x->items, x->room, &x->room, sizeof(*x->items));
	x->made = to;
	/* From the end, so that each moves once. */
	while (to > from) {
		int32_t next = at[n - 1];

		assert(next >= 0);
		if (from && x->items[from - 1].map_index > next) {
			x->items[--to] = x->items[--from];
			continue;
		}
		if (!from || x->items[from - 1].map_index < next)
			x->items[--to] = new_instance(run, index, next);
		n--;
	}
}

struct run_task *
instance_make(struct run *run, uint32_t index, int32_t map_index)
{
	instances_make(run, index, &map_index, 1);
	return run->expanded[index]->items[place_of(run->expanded[index], map_index)].task;
}

struct instance *
instance_of(const struct run_task *t)
{
	const struct expansion *x = t->run->expanded[t->index];

	assert(t->map_index >= 0 && is_made(x, t->map_index));
	return &x->items[place_of(x, t->map_index)];
}

struct instance *
instance_find(const struct expansion *x, int32_t map_index)
{
	struct instance *own;

	if (map_index < 0 || !is_made(x, map_index))
		return NULL;
	own = &x->items[place_of(x, map_index)];
	return own->task->state == TASK_REMOVED ? NULL : own;
}

struct instance *
instance_next(const struct expansion *x, size_t *at)
{
	while (*at < x->made) {
		struct instance *own = &x->items[(*at)++];

		if (own->task->state != TASK_REMOVED)
			return own;
	}
	return NULL;
}

bool
task_grows(const struct run_task *t)
{
	const struct expansion *x = expansion_of(t->run, t->index);

	return x && x->n && x->n < x->total && t->run->tasks[t->index].state == TASK_EXPANDED;
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
task_label(const struct run_task *t, char room[INSTANCE_LABEL_ROOM])
{
	if (t->map_index < 0)
		return task_of(t)->id;
	expand_label(task_of(t)->expand, task_of(t)->id, t->map_index, room);
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
	struct instance *own;

	if (w->all)
		return w->index < w->run->def->dag->n_tasks ? next_of_all(w) : NULL;
	for (; w->index < w->run->def->dag->n_tasks; w->index++, w->at = 0) {
		x = expansion_of(w->run, w->index);
		if (!x || !x->n)
			return &w->run->tasks[w->index++];
		own = instance_next(x, &w->at);
		if (own)
			return own->task;
	}
	return NULL;
}
