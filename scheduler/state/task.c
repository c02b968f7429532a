/* task.c - every move of a task. */
#include "scheduler/state/task.h"

#include "core/time/grid.h"
#include "scheduler/state/emit.h"
#include "scheduler/state/slot.h"
#include "scheduler/state/todo.h"
#include "scheduler/state/watch.h"

#include <assert.h>
#include <stdlib.h>

/* Tell everybody who counts on it that a task has ended. */
static void
task_ended(struct engine *e, struct run_task *t)
{
	const struct task *task = task_of(t);
	struct run *run = t->run;

	assert(run->tally.pending > 0);
	run->tally.pending--;
	++*tally_of(&run->tally, t);
	for (size_t i = 0; i < task->n_downstream; i++) {
		uint32_t down = task->downstream[i];
		struct tally *up = upstreams_of(&run->upstreams[down], task);

		assert(up->pending > 0);
		up->pending--;
		++*tally_of(up, t);
		task_look(e, &run->tasks[down]);
	}
	/* Few, and seldom: when there is hardly anything left but them. */
	if (run->tally.pending <= run->def->dag->n_exits)
		for (size_t i = 1; i <= run->def->dag->n_exits; i++)
			task_look(e, &run->tasks[run->def->dag->n_tasks - i]);
	if (task->output >= 0)
		watch_wake(e, run->dag, grid_part(run->def->dag->grid, run->logical_us));
	watch_ended(e, t);
}

const char *
task_outputs(const struct run_task *t)
{
	return t->run->outputs ? t->run->outputs[t->index] : NULL;
}

void
task_keep_outputs(struct run_task *t, const char *outputs)
{
	struct run *run = t->run;

	if (!run->outputs && !outputs)
		return;
	if (!run->outputs)
		run->outputs = mem_new(run->def->dag->n_tasks, sizeof(*run->outputs));
	free(run->outputs[t->index]);
	run->outputs[t->index] = outputs ? mem_str(outputs) : NULL;
}

void
task_apply(struct engine *e, struct run_task *t, enum task_event event, const char *detail)
{
	enum task_state from = (enum task_state)t->state, to = task_next(from, event);
	struct run *run = t->run;

	assert(to != TASK_ILLEGAL);
	if (from == TASK_SCHEDULED)
		ready_remove(e, t);
	else
		heap_remove(&e->timers, &t->item);
	queue_drop(&e->blocked, t);
	watch_drop(e, t);
	run->active -= task_is_active(from);
	run->active += task_is_active(to);
	t->state = (uint8_t)to;
	if (to != TASK_SUCCESS && !BUG_IS(33)) /* planted: what an earlier try left stays */
		task_keep_outputs(t, NULL);
	t->since_us = e->now_us;
	mark_task(e, t);
	log_task(e, t, task_state_name(from), task_state_name(to), detail);
	if (event != TEV_CLEAR && task_is_final(to)) {
		task_set_gate(e, t, NULL);
		task_ended(e, t);
	} else if (to == TASK_SCHEDULED && run_may_start(e, run)) {
		ready_add(e, t);
	}
	run_touch(e, run);
}

void
task_end_at(struct engine *e, struct run_task *t, enum task_event event, const struct gate *gate)
{
	struct buf sentence;

	buf_init(&sentence, SIZE_MAX / 2);
	gate_say(gate, &sentence);
	task_apply(e, t, event, sentence.data);
	task_set_gate(e, t, gate);
	buf_release(&sentence);
}
