/* children.c - the runs of another dag that a task has had made, joined or taken over. */
#include "scheduler/state/children.h"

#include "core/base/json.h"
#include "scheduler/state/past.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct children *
children_new(size_t n)
{
	struct children *c = mem_new(1, sizeof(*c) + n * sizeof(*c->runs));

	c->n = n;
	return c;
}

void
children_drop(struct run_task *t)
{
	free(t->children);
	t->children = NULL;
}

const char *
children_text(const struct children *c, struct arena *arena)
{
	const char *text;
	struct buf out;

	if (!c)
		return NULL;
	buf_init(&out, SIZE_MAX / 2);
	for (size_t i = 0; i < c->n; i++)
		buf_format(&out, "%s[%" PRId64 ",%" PRId64 "]", i ? "," : "[", c->runs[i].key,
			   c->runs[i].logical_us);
	buf_text(&out, c->n ? "]" : "[]");
	text = arena_str(arena, out.data);
	buf_release(&out);
	return text;
}

struct children *
children_read(const char *text)
{
	struct children *c = NULL;
	json_t *list = NULL;

	if (!text || json_read(&list, text, strlen(text), "children", NULL))
		return NULL;
	c = children_new(json_array_size(list));
	for (size_t i = 0; i < c->n; i++) {
		const json_t *pair = json_array_get(list, i);

		c->runs[i] = (struct child_run){
			.key = json_integer_value(json_array_get(pair, 0)),
			.logical_us = json_integer_value(json_array_get(pair, 1)),
		};
	}
	json_decref(list);
	return c;
}

struct dag_state *
children_dag(const struct engine *e, const struct run_task *t)
{
	struct dag_state *d = dag_state_find(e, task_of(t)->child.dag);

	assert(d);
	return d;
}

enum run_state
child_state(const struct engine *e, const struct run_task *t, const struct child_run *child,
	    struct run **in_memory)
{
	struct run *run = index_find_number(&e->runs, child->key);
	const struct past_run *past = run ? NULL : past_find(children_dag(e, t), child->logical_us);

	if (in_memory)
		*in_memory = run;
	if (run)
		return run->state;
	assert(past && past->key == child->key);
	return (enum run_state)past->state;
}

void
run_set_parent(struct run *run, int64_t parent, const char *task)
{
	run->parent = parent;
	free(run->parent_task);
	run->parent_task = task ? mem_str(task) : NULL;
}

bool
run_is_of(const struct run *run, const struct run_task *t)
{
	return run->parent == t->run->key && !strcmp(run->parent_task, task_of(t)->id);
}
