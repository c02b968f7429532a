/* recall.c - runs that have ended, as rows, for one step that is about them. */
#include "scheduler/rows/recall.h"

#include <assert.h>
#include <stdlib.h>

void
recall_init(struct recall *r)
{
	*r = (struct recall){ .arena = arena_new() };
}

void
recall_release(struct recall *r)
{
	for (size_t i = 0; i < r->n; i++) {
		dag_unref(r->runs[i].dag);
		free(r->runs[i].tasks);
	}
	free(r->runs);
	arena_free(r->arena);
	*r = (struct recall){ 0 };
}

void
recall_run(struct recall *r, const struct run_row *row, struct dag *dag)
{
	struct recalled *run;

	r->runs = mem_grow(r->runs, r->n, &r->room, sizeof(*r->runs));
	run = &r->runs[r->n++];
	*run = (struct recalled){ .run = *row, .dag = dag_ref(dag) };
	run->run.dag = arena_str(r->arena, row->dag);
	run->run.run_id = arena_str(r->arena, row->run_id);
	run->run.digest = arena_str(r->arena, row->digest);
	run->run.params = arena_str(r->arena, row->params);
	run->run.parent_task = arena_str(r->arena, row->parent_task);
	run->run.triggered_by = arena_str(r->arena, row->triggered_by);
	run->run.waits = arena_str(r->arena, row->waits);
	r->room_tasks = 0;
}

void
recall_task(struct recall *r, const struct task_row *row)
{
	struct recalled *run;
	struct task_row *task;

	assert(r->n);
	run = &r->runs[r->n - 1];
	run->tasks = mem_grow(run->tasks, run->n_tasks, &r->room_tasks, sizeof(*task));
	task = &run->tasks[run->n_tasks++];
	*task = *row;
	task->task = arena_str(r->arena, row->task);
	task->waits = arena_str(r->arena, row->waits);
	task->outputs = arena_str(r->arena, row->outputs);
	task->kept = arena_str(r->arena, row->kept);
	task->answered = arena_str(r->arena, row->answered);
	task->item = arena_str(r->arena, row->item);
	task->children = arena_str(r->arena, row->children);
	task->list = arena_str(r->arena, row->list);
}

void
recall_answer(struct recall *r, const struct command_row *row)
{
	r->answer = arena_get(r->arena, sizeof(*r->answer));
	*r->answer = (struct command_row){
		.key = arena_str(r->arena, row->key),
		.command = arena_str(r->arena, row->command),
		.reply = arena_str(r->arena, row->reply),
		.at_us = row->at_us,
	};
}
