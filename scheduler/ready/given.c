/* given.c - what other tasks left for the templates of a task. */
#include "scheduler/ready/given.h"

#include "core/dagfile/items.h"
#include "core/model/output.h"
#include "core/model/param.h"
#include "scheduler/life/run.h"
#include "scheduler/life/task.h"
#include "scheduler/rows/effects.h"
#include "scheduler/state/slot.h"

#include <string.h>

/* The output of a task, read; NULL: it left none.  The caller lets go of it. */
static json_t *
read_output(const char *text, const char *name)
{
	json_t *left = NULL, *value;

	if (!text || json_read(&left, text, strlen(text), "outputs", NULL))
		return NULL;
	value = json_incref(json_object_get(left, name));
	json_decref(left);
	return value;
}

/* What all instances of a task left under a name, in their order; null where one left nothing. */
static json_t *
gather(const struct expansion *x, const char *name)
{
	json_t *all = json_array();
	const struct instance *own;

	for (size_t at = 0; (own = instance_next(x, &at));) {
		json_t *value = read_output(own->outputs, name);

		(void)json_array_append_new(all, value ? value : json_null());
	}
	return all;
}

json_t *
given_value(const struct run *run, uint32_t task, uint32_t output)
{
	const struct run_task *up = &run->tasks[task];
	const char *key = task_of(up)->outputs[output].name;
	json_t *value;

	if (up->state == TASK_SUCCESS && task_is_expanded(up))
		return gather(expansion_of(run, up->index), key);
	value = read_output(task_outputs(up), key);
	if (!json_is_null(value))
		return value;
	json_decref(value);
	return NULL;
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

/* Has it a value?  The list of instances is one, and too long to be made to find out. */
static bool
is_given(const struct run *run, const struct given_name *name)
{
	const struct run_task *up = &run->tasks[name->task];
	json_t *value;
	bool there = up->state == TASK_SUCCESS && task_is_expanded(up);

	if (there)
		return true;
	value = given_value(run, name->task, name->output);
	there = value != NULL;
	json_decref(value);
	return there;
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

		there = is_given(t->run, name);
		if (!there && run_slot_for(e, t))
			end_without(e, t, name);
	}
	return there;
}

/* One more value for a launch. */
static void
give(struct engine *e, struct action *launch, const char *name, const struct buf *value)
{
	struct param_value *given = (struct param_value *)(uintptr_t)launch->given;

	given[launch->n_given++] = (struct param_value){
		.name = name, .value = arena_bytes(e->fx->arena, value->data, value->bytes)
	};
}

/* item, item.NAME of each list, map_index. */
static void
give_item(struct engine *e, const struct run_task *t, struct action *launch)
{
	const struct expand *x = task_of(t)->expand;
	struct buf value;

	buf_init(&value, SIZE_MAX);
	for (size_t i = 0; i < x->n && x->lists[0].name; i++) {
		buf_reset(&value);
		expand_value(instance_of(t)->item, x->lists[i].name, &value);
		give(e, launch, effects_format(e->fx, "item.%s", x->lists[i].name), &value);
	}
	buf_reset(&value);
	expand_value(instance_of(t)->item, NULL, &value);
	give(e, launch, "item", &value);
	buf_reset(&value);
	buf_format(&value, "%d", t->map_index);
	give(e, launch, "map_index", &value);
	buf_release(&value);
}

void
given_take(struct engine *e, const struct run_task *t, struct action *launch)
{
	const struct task *task = task_of(t);
	size_t n = task->n_given + EXPAND_LISTS_MAX + 2;

	launch->given = arena_get(e->fx->arena, n * sizeof(*launch->given));
	for (size_t i = 0; i < task->n_given; i++) {
		json_t *value = given_value(t->run, task->given[i].task, task->given[i].output);
		struct buf text;

		buf_init(&text, SIZE_MAX);
		output_text(value, &text);
		give(e, launch, task->given[i].name, &text);
		buf_release(&text);
		json_decref(value);
	}
	if (t->map_index >= 0)
		give_item(e, t, launch);
	launch->map_index = t->map_index;
}

enum err_code
given_vars(struct engine *e, const struct run_task *t, struct run_vars *out, struct err *err)
{
	const struct run *run = t->run;
	const struct dag *dag = run->def->dag;
	struct param_value *params = NULL;
	struct action values = { 0 };
	enum err_code code = params_take(dag->id, dag->params, dag->n_params, run->params,
					 e->fx->arena, &params, err);

	if (code)
		return code;
	given_take(e, t, &values);
	*out = (struct run_vars){
		.dag = dag->id,
		.task = task_of(t)->id,
		.run_id = run->run_id,
		.run_state = task_of(t)->on_exit ? run_state_name(run_exit_state(run)) : NULL,
		.try_number = t->failures + 1,
		.grid = dag->grid,
		.logical_us = run->logical_us,
		.start_us = run->start_us,
		.end_us = run->end_us,
		.params = params,
		.n_params = dag->n_params,
		.given = values.given,
		.n_given = values.n_given,
	};
	return ERR_NONE;
}
