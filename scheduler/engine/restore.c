/* restore.c - a run from its rows, and how one that has ended leaves memory. */
#include "scheduler/engine/restore.h"

#include "scheduler/state/children.h"
#include "scheduler/state/def.h"
#include "scheduler/state/early.h"
#include "scheduler/state/past.h"
#include "scheduler/life/run.h"
#include "scheduler/life/task.h"
#include "scheduler/state/watch.h"

#include <assert.h>
#include <stdio.h>

struct run *
run_restore(struct engine *e, const struct run_row *row, struct def *def)
{
	struct run *run = mem_new(1, sizeof(*run));

	run->dag = dag_state_find(e, row->dag);
	assert(run->dag);
	run->logical_us = row->logical_us;
	run->key = row->key;
	run->run_id = mem_str(row->run_id);
	run->type = row->type;
	run->state = row->state;
	run->epoch = row->epoch;
	run->early = row->early;
	run->due_us = row->due_us;
	run->retries = row->retries;
	run->timed_out = row->timed_out;
	run->start_us = row->start_us;
	run->end_us = row->end_us;
	run->created_us = row->created_us;
	run->started_us = row->started_us;
	run->ended_us = row->ended_us;
	run->params = mem_str(row->params);
	run_set_parent(run, row->parent, row->parent_task);
	run->triggered_by = mem_str(row->triggered_by);
	if (row->waits && *row->waits)
		run->waits = mem_str(row->waits);
	if (row->backfill) {
		run->backfill = backfill_make(e, row->backfill);
		run->backfill->group.dag = run->dag;
	}
	def->users++;
	return run_add(e, run, def);
}

static struct run_task *
restore_instance(struct run *run, const struct task_row *row)
{
	struct run_task *t = instance_make(run, (uint32_t)row->index, row->map_index);
	struct expansion *x = expansion_of(run, t->index);

	instance_of(t)->item = mem_str(row->item);
	if (row->state == TASK_REMOVED)
		return t;
	x->n++;
	x->unfinished += !task_is_final(row->state);
	return t;
}

static void
restore_list(struct expansion *x, const struct task_row *row)
{
	(void)snprintf(x->digest, sizeof(x->digest), "%s", row->list);
	x->total = (size_t)row->list_items;
}

void
task_restore(struct run *run, const struct task_row *row)
{
	struct run_task *t;

	if (row->index < 0) {
		run_lose_task(run, row->task, row->tries);
		return;
	}
	assert((size_t)row->index < run->def->dag->n_tasks);
	t = row->map_index < 0 ? &run->tasks[row->index] : restore_instance(run, row);
	t->state = (uint8_t)row->state;
	t->tries = row->tries;
	t->failures = row->failures;
	t->losses = row->losses;
	t->due_us = row->next_retry_us;
	t->first_us = row->first_us;
	t->since_us = row->since_us;
	if (row->waits && *row->waits)
		t->waits = mem_str(row->waits);
	task_keep_outputs(t, row->outputs);
	t->kept = mem_str(row->kept);
	task_keep_answer(t, row->answered);
	t->wait = wait_restore(row);
	t->children = children_read(row->children);
	if (row->list)
		restore_list(expansion_make(run, t->index), row);
}

void
group_restore(struct run *run, const struct group_row *row)
{
	const struct dag *dag = run->def->dag;

	for (size_t i = 0; i < dag->n_retried; i++) {
		struct run_group *g = &run->groups[i];

		if (dag->retried[i] != (uint32_t)row->index)
			continue;
		g->retries = row->retries;
		g->due_us = row->due_us;
		g->first_us = row->first_us;
		g->refused = row->refused;
		if (row->waits && *row->waits)
			g->waits = mem_str(row->waits);
	}
}

void
past_take(struct engine *e, const struct recalled *runs, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct recalled *r = &runs[i];
		struct def *def;
		struct run *run;

		if (index_find_number(&e->runs, r->run.key))
			continue;
		assert(run_is_final(r->run.state));
		def = def_known(e, r->dag);
		run = run_restore(e, &r->run, def);
		past_drop(run->dag, run->logical_us);
		for (size_t k = 0; k < r->n_tasks; k++)
			task_restore(run, &r->tasks[k]);
		run_leaves(e, run);
		/* Who had to know how it stands is told while it is here. */
		watch_run(e, run);
	}
}

static void
leave(struct engine *e, struct run *run)
{
	past_add(run->dag, &(struct past_run){
			       .logical_us = run->logical_us,
			       .key = run->key,
			       .type = (uint8_t)run->type,
			       .state = (uint8_t)run->state,
			       .early = run->early,
			   });
	index_remove(&e->runs, run);
	index_remove(&run->dag->runs, &run->date);
	if (run->early)
		early_add(run->dag, run->logical_us);
	run_free(e, run);
}

void
past_leave(struct engine *e)
{
	struct run *run;

	while ((run = queue_take(&e->old_runs))) {
		run->leaving = false;
		if (run_is_final(run->state) && !run->session)
			leave(e, run);
	}
}
