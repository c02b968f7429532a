/* instances.c - instances of an expanded task: made of a list, done again, removed. */
#include "scheduler/life/instances.h"

#include "core/base/hash.h"
#include "scheduler/life/run.h"
#include "scheduler/life/task.h"
#include "scheduler/state/emit.h"
#include "scheduler/state/slot.h"
#include "scheduler/state/todo.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
instances_digest(const struct expand_items *list, char out[DIGEST_CHARS + 1])
{
	struct buf text;

	buf_init(&text, SIZE_MAX);
	for (size_t i = 0; i < list->n; i++) {
		buf_number(&text, list->at[i]);
		buf_char(&text, ' ');
		buf_text(&text, list->items[i]);
		buf_char(&text, '\n');
	}
	digest_of(text.data, text.bytes, out);
	buf_release(&text);
}

/* An instance that is not counted yet. */
static void
make_instance(struct engine *e, struct run_task *t, int32_t map_index, const char *item)
{
	struct run_task *own = instance_make(t->run, t->index, map_index);
	struct instance *instance = instance_of(own);
	bool known = instance->item != NULL;
	char label[INSTANCE_LABEL_ROOM];

	free(instance->item);
	instance->item = mem_str(item);
	if (known && BUG_IS(38)) /* planted: one that comes back begins anew */
		own->tries = 0;
	if (!known)
		own->tries = run_find_lost(t->run, task_label(own, label));
	own->since_us = e->now_us;
	if (known)
		log_task(e, own, task_state_name((enum task_state)own->state), "none", "");
	own->state = TASK_NONE;
	mark_task(e, own);
}

/* So many more are pending in its run and for what comes after it; one fewer where it is -1. */
static void
count(struct run_task *t, uint32_t more)
{
	const struct task *task = task_of(t);
	struct run *run = t->run;

	run->tally.pending += more;
	for (size_t i = 0; i < task->n_downstream; i++)
		upstreams_of(&run->upstreams[task->downstream[i]], task)->pending += more;
}

void
instances_grow(struct engine *e, struct run_task *t)
{
	struct expansion *x = expansion_of(t->run, t->index);
	size_t from = x->n, n = x->total - from;

	assert(n && x->list.n == x->total);
	if (n > e->room)
		n = e->room ? e->room : 1;
	instances_make(t->run, t->index, x->list.at + from, n);
	for (size_t i = from; i < from + n; i++)
		make_instance(e, t, x->list.at[i], x->list.items[i]);
	t->run->active -= from && from < x->total;
	x->n += n;
	t->run->active += x->n < x->total;
	x->unfinished += (uint32_t)n;
	e->room -= n < e->room ? n : e->room;
	count(t, (uint32_t)n);
	if (x->n == x->total)
		expansion_drop_list(x);
}

void
instances_expand(struct engine *e, struct run_task *t, struct arena *arena,
		 const struct expand_items *list)
{
	struct expansion *x = expansion_make(t->run, t->index);
	char detail[40];

	assert(t->state == TASK_NONE && !x->n && list->n);
	(void)snprintf(detail, sizeof(detail), "%zu instances", list->n);
	task_apply(e, t, TEV_EXPAND, detail);
	task_set_gate(e, t, NULL);
	instances_digest(list, x->digest);
	x->arena = arena;
	x->list = *list;
	x->total = list->n;
	x->asked = 0;
	/* They stand for it. */
	count(t, (uint32_t)-1);
	instances_grow(e, t);
	task_look(e, t);
}

void
instances_remove(struct engine *e, struct run_task *t)
{
	struct expansion *x = expansion_of(t->run, t->index);
	const struct instance *instance;

	if (!x || !x->n)
		return;
	for (size_t at = 0; (instance = instance_next(x, &at));) {
		struct run_task *own = instance->task;

		task_apply(e, own, TEV_REMOVE, "its list is made anew");
		own->failures = own->losses = 0;
		own->first_us = 0;
		task_keep_state(own, NULL);
		task_set_gate(e, own, NULL);
	}
	x->n = x->total = x->unfinished = 0;
	*x->digest = '\0';
	expansion_drop_list(x);
}

uint32_t
instances_unfinished(const struct expansion *x)
{
	const struct instance *own;
	uint32_t n = 0;

	for (size_t at = 0; (own = instance_next(x, &at));)
		n += !task_is_final((enum task_state)own->task->state);
	return n;
}

void
instances_reopen(struct engine *e, struct run_task *t)
{
	struct expansion *x = expansion_of(t->run, t->index);

	x->unfinished = instances_unfinished(x);
	if (x->unfinished)
		task_apply(e, t, TEV_REOPEN, "");
}
