/* blame.c - whose failure it was that kept a task from running. */
#include "core/view/blame.h"

#include "core/base/mem.h"
#include "core/model/dag.h"
#include "core/model/state.h"
#include "core/view/internal.h"
#include "core/view/keeper.h"
#include "core/view/known.h"
#include "core/view/sql.h"

#include <stdlib.h>
#include <string.h>

enum { UPSTREAM_TOLD = 5 };

/* What is known of the tasks of a definition, by their places. */
struct blame {
	const struct dag *dag;
	enum task_state *states; /* TASK_ILLEGAL: it ran well, or has not ended */
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

/* Was it skipped for what others came to? */
static bool
is_skipped_for_others(const json_t *row)
{
	enum gate_kind kind = keeper_gate(row);

	return task_state_of(json_get_text(row, "state", "")) == TASK_SKIPPED &&
	       (kind == GATE_UPSTREAM_SKIPPED || kind == GATE_RULE);
}

/* "an upstream was skipped: load"; of another rule what those came to that did not succeed. */
static void
name_upstream(const struct blame *b, const struct task *t, json_t *row)
{
	bool all = keeper_gate(row) == GATE_RULE;
	const char *waits = json_get_text(row, "waits", "");
	size_t told = 0, more = 0;
	struct buf text;

	buf_init(&text, SIZE_MAX / 2);
	buf_text(&text, waits);
	for (size_t i = 0; i < t->n_upstream; i++) {
		uint32_t up = t->upstream[i];

		if (b->states[up] == TASK_ILLEGAL || (!all && b->states[up] != TASK_SKIPPED))
			continue;
		if (told == UPSTREAM_TOLD) {
			more++;
			continue;
		}
		buf_format(&text, "%s%s%s%s", told++ ? ", " : ": ", b->dag->tasks[up].id,
			   all ? " " : "", all ? task_state_name(b->states[up]) : "");
	}
	if (more)
		buf_format(&text, " and %zu more", more);
	(void)json_object_set_new(row, "waits", json_text_new(text.data));
	buf_release(&text);
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
		else if (at >= 0 && is_skipped_for_others(row))
			name_upstream(b, &b->dag->tasks[at], row);
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
		any = any || is_skipped_for_others(row) ||
		      task_state_of(json_get_text(row, "state", "")) == TASK_UPSTREAM_FAILED;
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

char *
blame_text(const json_t *row)
{
	const json_t *names = json_object_get(row, "failed_upstream"), *name;
	struct buf text;
	size_t i;

	if (!json_array_size(names))
		return NULL;
	buf_init(&text, SIZE_MAX);
	json_array_foreach(names, i, name)
	{
		buf_format(&text, "%s%s", i ? ", " : "", json_string_value(name));
	}
	buf_text(&text, " did not succeed");
	return buf_give(&text);
}

char *
blame_end(const json_t *row, const json_t *attempt)
{
	const char *why = json_get_text(row, "waits", "");
	const char *message = json_get_text(attempt, "message", "");
	char *blamed = blame_text(row);

	if (blamed)
		return blamed;
	/* A wait that is over quotes what its last look said. */
	if (!*message || strstr(why, message))
		return mem_str(why);
	/* "cancelled" is said by the state. */
	if (!*why || !strcmp(why, json_get_text(row, "state", "")))
		return mem_str(message);
	return mem_format("%s; %s", message, why);
}

void
view_open_groups(const struct dag *dag, const json_t *run, const int *states, bool *open)
{
	const json_t *row;
	size_t k;

	for (size_t i = 0; i < dag->n_retried; i++) {
		const struct task_group *g = &dag->groups[dag->retried[i]];

		open[i] = false;
		for (uint32_t t = g->first; t < g->first + g->count; t++)
			if (states[t] < 0 || !task_is_final((enum task_state)states[t]))
				open[i] = true;
		json_array_foreach(json_object_get(run, "groups"), k, row)
		{
			if (!strcmp(json_get_text(row, "group", ""), g->id) &&
			    json_get_text(row, "next_retry_at", NULL))
				open[i] = true;
		}
	}
}
