/* blame.c - whose failure it was that kept a task from running. */
#include "core/view/blame.h"

#include "core/base/mem.h"
#include "core/model/dag.h"
#include "core/model/state.h"
#include "core/view/internal.h"
#include "core/view/known.h"
#include "core/view/sql.h"

#include <stdlib.h>

/* What is known of the tasks of a definition, by their places. */
struct blame {
	const struct dag *dag;
	enum task_state *states; /* TASK_NONE: the run has no such task */
	uint32_t *stack;
	bool *seen;
};

/* Of all tasks of the run, whichever are asked about. */
static enum err_code
read_states(struct view *v, const json_t *run, struct blame *b, struct err *err)
{
	struct stmt s;

	stmt_begin(&s, v->db, sql_blame_states);
	stmt_int(&s, 1, json_get_int(run, "key", 0));
	while (stmt_row(&s)) {
		int at = dag_task_find(b->dag, stmt_col_text(&s, 0));
		int state = task_state_of(stmt_col_text(&s, 1));

		if (at >= 0 && state >= 0)
			b->states[at] = (enum task_state)state;
	}
	return stmt_end(&s, err);
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

static enum err_code
tell(struct view *v, const json_t *run, struct blame *b, json_t *tasks, struct err *err)
{
	enum err_code code;
	json_t *row;
	size_t i;

	b->states = mem_new(b->dag->n_tasks, sizeof(*b->states));
	b->stack = mem_new(b->dag->n_tasks, sizeof(*b->stack));
	b->seen = mem_new(b->dag->n_tasks, sizeof(*b->seen));
	code = read_states(v, run, b, err);
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
	return code;
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
	code = tell(v, run, &b, tasks, err);
	dag_unref(dag);
	return code;
}
