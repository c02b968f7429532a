/* list.c - the list of a task that is expanded, when it is final. */
#include "scheduler/ready/list.h"

#include "scheduler/life/instances.h"
#include "scheduler/life/task.h"
#include "scheduler/ready/given.h"
#include "scheduler/state/slot.h"
#include "scheduler/state/todo.h"

#include <assert.h>
#include <string.h>

static json_t *
value_of(const void *ctx, uint32_t task, uint32_t output)
{
	return given_value(ctx, task, output);
}

/*
 * The first of the tasks that leave its lists which did not succeed, or has not ended, as *up.
 * True: all of them did.
 */
static bool
are_there(const struct run_task *t, const struct run_task **up)
{
	const struct expand *x = task_of(t)->expand;

	for (size_t i = 0; i < x->n; i++) {
		if (x->lists[i].from != EXPAND_OUTPUT)
			continue;
		*up = &t->run->tasks[x->lists[i].task];
		if ((*up)->state != TASK_SUCCESS || !task_has_ended_for(*up, t))
			return false;
	}
	return true;
}

static void
fail_at(struct engine *e, struct run_task *t, const struct gate *gate)
{
	if (run_slot_for(e, t))
		task_end_at(e, t, TEV_MISSING, gate);
}

/* A task that its rule lets run has no list. */
static void
refuse(struct engine *e, struct run_task *t, const struct run_task *up)
{
	struct gate gate = { .task = task_of(up)->id };

	if (!task_has_ended_for(up, t)) {
		gate.kind = GATE_LIST_WAITS;
		task_set_gate(e, t, &gate);
		return;
	}
	gate.kind = GATE_NO_LIST;
	gate.rule = task_state_name((enum task_state)up->state);
	/* Nothing to do is no failure. */
	if (up->state == TASK_SKIPPED)
		task_end_at(e, t, TEV_EMPTY, &gate);
	else
		fail_at(e, t, &gate);
}

static enum err_code
make_list(const struct run_task *t, struct arena *arena, struct expand_items *items,
	  struct err *err)
{
	const struct expand_facts facts = { value_of, t->run, t->run->params };

	return expand_make(task_of(t)->expand, t->run->def->dag, &facts, arena, items, err);
}

void
list_expand(struct engine *e, struct run_task *t)
{
	size_t others = expansions_count(t->run);
	const struct run_task *up = NULL;
	struct arena *arena;
	struct expand_items items;
	struct gate gate = { 0 };
	struct err err;

	if (!are_there(t, &up)) {
		refuse(e, t, up);
		return;
	}
	arena = arena_new();
	if (make_list(t, arena, &items, &err)) {
		gate = (struct gate){ .kind = GATE_BAD_LIST, .text = err.msg };
		fail_at(e, t, &gate);
	} else if (!items.n) {
		gate.kind = GATE_EMPTY_LIST;
		task_end_at(e, t, TEV_EMPTY, &gate);
	} else if (others + items.n > EXPAND_RUN_MAX) {
		gate = (struct gate){ .kind = GATE_LONG_LISTS,
				      .used = (int64_t)others,
				      .slots = (int64_t)items.n,
				      .total = EXPAND_RUN_MAX };
		fail_at(e, t, &gate);
	} else if (run_slot_for(e, t)) {
		instances_expand(e, t, arena, &items);
		return;
	}
	arena_free(arena);
}

/* Half of one list and half of another is no list: the instances that there are say so. */
static void
fail_all(struct engine *e, struct run_task *t, const char *why)
{
	const struct expansion *x = expansion_of(t->run, t->index);
	const struct gate gate = { .kind = GATE_BAD_LIST, .text = why };
	const struct instance *own;

	for (size_t at = 0; (own = instance_next(x, &at));)
		task_end_at(e, own->task, TEV_MISSING, &gate);
}

/* Work out its list again, after a restart; false: it is another, and the task has ended. */
static bool
list_again(struct engine *e, struct run_task *t)
{
	struct expansion *x = expansion_of(t->run, t->index);
	char digest[DIGEST_CHARS + 1] = "";
	struct err err;

	x->arena = arena_new();
	if (!make_list(t, x->arena, &x->list, &err))
		instances_digest(&x->list, digest);
	if (x->list.n == x->total && !strcmp(digest, x->digest))
		return true;
	expansion_drop_list(x);
	fail_all(e, t, "its list is another than the one that the first of its instances are of");
	return false;
}

/* Have instances looked at from where that was left, one at least; true: that was the last. */
static bool
look_on(struct engine *e, struct expansion *x)
{
	const struct instance *own;

	while ((own = instance_next(x, &x->asked))) {
		if (own->task->state != TASK_NONE)
			continue;
		task_look(e, own->task);
		e->room -= e->room > 0;
		if (!e->room)
			return x->asked == x->made;
	}
	return true;
}

void
list_go_on(struct engine *e, struct run_task *t)
{
	struct expansion *x = expansion_of(t->run, t->index);

	assert(x->queued && t->state == TASK_EXPANDED);
	x->queued = false;
	if (task_grows(t) && !x->arena && !list_again(e, t))
		return;
	if (task_grows(t))
		instances_grow(e, t);
	/* planted: they begin before the last of them is there */
	if ((task_grows(t) && !BUG_IS(53)) || !look_on(e, x) || task_grows(t))
		task_go_on(e, t);
}
