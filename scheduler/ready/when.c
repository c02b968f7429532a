/* when.c - does the `when` of a task let it start? */
#include "scheduler/ready/when.h"

#include "core/dagfile/when.h"
#include "scheduler/life/run.h"
#include "scheduler/state/slot.h"
#include "scheduler/life/task.h"

static enum task_state
state_of(const void *ctx, uint32_t task)
{
	const struct run *run = ctx;

	return (enum task_state)run->tasks[task].state;
}

static const char *
outputs_of(const void *ctx, uint32_t task)
{
	const struct run *run = ctx;

	return task_outputs(&run->tasks[task]);
}

/* Have all tasks that it names ended, for the one that asks? */
static bool
is_known(const struct run_task *t, const struct when *when)
{
	for (size_t i = 0; i < when->n; i++) {
		const struct when_name *name = &when->names[i];
		bool of_task = name->kind == WHEN_STATE || name->kind == WHEN_OUTPUT;

		if (of_task && !task_has_ended_for(&t->run->tasks[name->task], t))
			return false;
	}
	return true;
}

bool
when_accepts(struct engine *e, struct run_task *t)
{
	const struct when *when = task_of(t)->when;
	const struct run *run = t->run;
	const struct when_facts facts = { .dag = run->def->dag,
					  .logical_us = run->logical_us,
					  .start_us = run->start_us,
					  .end_us = run->end_us,
					  .type = run->type,
					  .run_state = task_of(t)->on_exit ? run_exit_state(run)
									   : RUN_RUNNING,
					  .params = run->params,
					  .state = state_of,
					  .outputs = outputs_of,
					  .ctx = run };
	struct gate gate = { 0 };
	struct err err;

	if (!when)
		return true;
	gate.text = expr_text(when->expr);
	if (!is_known(t, when)) {
		gate.kind = GATE_WHEN_WAITS;
		task_set_gate(e, t, &gate);
		return false;
	}
	switch (when_ask(when, &facts, &err)) {
	case WHEN_YES:
		return true;
	case WHEN_NO:
		gate.kind = GATE_WHEN_FALSE;
		break;
	case WHEN_NULL:
		if (BUG_IS(23)) /* planted: what is not known is taken for true */
			return true;
		gate.kind = GATE_WHEN_NULL;
		break;
	case WHEN_ERROR:
		gate.kind = GATE_WHEN_ERROR;
		gate.text = err.msg;
		break;
	}
	task_end_at(e, t, gate.kind == GATE_WHEN_ERROR ? TEV_WHEN_ERROR : TEV_WHEN_FALSE, &gate);
	return false;
}
