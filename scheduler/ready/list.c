/* list.c - the list of a task that is expanded, when it is final. */
#include "scheduler/ready/list.h"

#include "scheduler/life/instances.h"
#include "scheduler/life/task.h"
#include "scheduler/ready/given.h"
#include "scheduler/state/slot.h"

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

void
list_expand(struct engine *e, struct run_task *t)
{
	const struct expand_facts facts = { value_of, t->run, t->run->params };
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
	if (expand_make(task_of(t)->expand, t->run->def->dag, &facts, arena, &items, &err)) {
		gate = (struct gate){ .kind = GATE_BAD_LIST, .text = err.msg };
		fail_at(e, t, &gate);
	} else if (!items.n) {
		gate.kind = GATE_EMPTY_LIST;
		task_end_at(e, t, TEV_EMPTY, &gate);
	} else if (expansions_count(t->run) + items.n > EXPAND_RUN_MAX) {
		gate = (struct gate){ .kind = GATE_LONG_LISTS,
				      .used = (int64_t)expansions_count(t->run),
				      .slots = (int64_t)items.n,
				      .total = EXPAND_RUN_MAX };
		fail_at(e, t, &gate);
	} else {
		instances_expand(e, t, &items);
	}
	arena_free(arena);
}
