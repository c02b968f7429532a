/* given.c - what other tasks left for the templates of a task. */
#include "scheduler/ready/given.h"

#include "core/model/output.h"
#include "scheduler/life/task.h"
#include "scheduler/rows/effects.h"
#include "scheduler/state/slot.h"

#include <string.h>

/* The outputs of a task, read; NULL: it left none.  The caller lets go of them. */
static json_t *
read_outputs(const struct run_task *up)
{
	const char *text = task_outputs(up);
	json_t *left = NULL;

	if (text && json_read(&left, text, strlen(text), "outputs", NULL))
		return NULL;
	return left;
}

/* The value of a name in what its task left; NULL: there is none. */
static const json_t *
value_of(const struct run_task *t, const struct given_name *name, const json_t *left)
{
	const struct task *up = &t->run->def->dag->tasks[name->task];
	const json_t *value = json_object_get(left, up->outputs[name->output].name);

	return json_is_null(value) ? NULL : value;
}

static void
end_without(struct engine *e, struct run_task *t, const struct given_name *name)
{
	const struct run_task *up = &t->run->tasks[name->task];
	const struct gate gate = { .kind = GATE_NO_OUTPUT,
				   .text = name->name,
				   .task = task_of(up)->id,
				   .rule = task_state_name((enum task_state)up->state) };

	task_end_at(e, t, TEV_MISSING, &gate);
}

bool
given_lets(struct engine *e, struct run_task *t)
{
	const struct task *task = task_of(t);
	bool there = true;

	for (size_t i = 0; i < task->n_given; i++) {
		const struct run_task *up = &t->run->tasks[task->given[i].task];

		if (task_has_ended_for(up, t))
			continue;
		task_set_gate(e, t,
			      &(struct gate){ .kind = GATE_OUTPUT_WAITS, .task = task_of(up)->id });
		return false;
	}
	for (size_t i = 0; i < task->n_given && there; i++) {
		const struct given_name *name = &task->given[i];
		json_t *left = read_outputs(&t->run->tasks[name->task]);

		there = value_of(t, name, left) != NULL;
		json_decref(left);
		if (!there && run_slot_for(e, t))
			end_without(e, t, name);
	}
	return there;
}

void
given_take(struct engine *e, const struct run_task *t, struct action *launch)
{
	const struct task *task = task_of(t);
	struct param_value *given = arena_get(e->fx->arena, (task->n_given + 1) * sizeof(*given));

	for (size_t i = 0; i < task->n_given; i++) {
		const struct given_name *name = &task->given[i];
		json_t *left = read_outputs(&t->run->tasks[name->task]);
		struct buf text;

		buf_init(&text, SIZE_MAX);
		output_text(value_of(t, name, left), &text);
		given[i].name = name->name;
		given[i].value = arena_bytes(e->fx->arena, text.data, text.bytes);
		buf_release(&text);
		json_decref(left);
	}
	launch->given = given;
	launch->n_given = task->n_given;
}
