/* blame.c - whose failure it was that kept a task from running. */
#include "core/view/blame.h"

#include "core/base/mem.h"
#include "core/model/dag.h"
#include "core/model/state.h"
#include "core/view/internal.h"
#include "core/view/known.h"

#include <stdlib.h>

/* What is known of the tasks of a definition, by their places. */
struct blame {
	const struct dag *dag;
	enum task_state *states; /* TASK_NONE: the run has no such task */
	uint32_t *stack;
	bool *seen;
};

static void
read_states(struct blame *b, const json_t *tasks)
{
	const json_t *row;
	size_t i;

	json_array_foreach(tasks, i, row)
	{
		int at = dag_task_find(b->dag, json_get_text(row, "task", ""));
		int state = task_state_of(json_get_text(row, "state", ""));

		if (at >= 0 && state >= 0)
			b->states[at] = (enum task_state)state;
	}
}

/* The tasks before `task` that failed themselves, along those that only followed. */
static json_t *
failed_before(struct blame *b, uint32_t task)
{
	json_t *names = json_array();
	size_t n = 0;

	for (size_t i = 0; i < b->dag->n_tasks; i++)
		b->seen[i] = false;
	b->stack[n++] = task;
	b->seen[task] = true;
	while (n) {
		const struct task *t = &b->dag->tasks[b->stack[--n]];

		for (size_t i = 0; i < t->n_upstream; i++) {
			uint32_t up = t->upstream[i];

			if (b->seen[up])
				continue;
			b->seen[up] = true;
			if (b->states[up] == TASK_FAILED || b->states[up] == TASK_CANCELLED)
				(void)json_array_append_new(names,
							    json_text_new(b->dag->tasks[up].id));
			else if (b->states[up] == TASK_UPSTREAM_FAILED)
				b->stack[n++] = up;
		}
	}
	return names;
}

static void
tell(struct blame *b, json_t *tasks)
{
	json_t *row;
	size_t i;

	b->states = mem_new(b->dag->n_tasks, sizeof(*b->states));
	b->stack = mem_new(b->dag->n_tasks, sizeof(*b->stack));
	b->seen = mem_new(b->dag->n_tasks, sizeof(*b->seen));
	read_states(b, tasks);
	json_array_foreach(tasks, i, row)
	{
		int at = dag_task_find(b->dag, json_get_text(row, "task", ""));

		if (at >= 0 && b->states[at] == TASK_UPSTREAM_FAILED)
			(void)json_object_set_new(row, "failed_upstream",
						  failed_before(b, (uint32_t)at));
	}
	free(b->states);
	free(b->stack);
	free(b->seen);
}

enum err_code
view_blame(struct view *v, const json_t *run, json_t *tasks, struct err *err)
{
	struct dag *dag = NULL;
	struct blame b = { 0 };
	bool any = false;
	enum err_code code;
	const json_t *row;
	size_t i;

	json_array_foreach(tasks, i, row)
	{
		any = any || task_state_of(json_get_text(row, "state", "")) == TASK_UPSTREAM_FAILED;
	}
	if (!any)
		return ERR_NONE;
	code = known_definition(v, json_get_text(run, "dag_digest", ""), &dag, err);
	if (code || !dag)
		return code;
	b.dag = dag;
	tell(&b, tasks);
	dag_unref(dag);
	return ERR_NONE;
}
