/* epoch.c - the next epoch of a run that has ended. */
#include "scheduler/life/epoch.h"

#include "core/model/interval.h"
#include "core/time/grid.h"
#include "scheduler/state/def.h"
#include "scheduler/state/early.h"
#include "scheduler/state/emit.h"
#include "scheduler/life/run.h"
#include "scheduler/state/session.h"
#include "scheduler/state/slot.h"
#include "scheduler/life/task.h"
#include "scheduler/state/watch.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A group that is tried again as one is done again as one; true: something was picked. */
static bool
pick_groups(const struct dag *dag, bool *picked)
{
	bool more = false;

	for (size_t i = 0; i < dag->n_retried; i++) {
		const struct task_group *g = &dag->groups[dag->retried[i]];
		uint32_t n = 0;

		for (uint32_t k = g->first; k < g->first + g->count; k++)
			n += picked[k];
		if (!n || n == g->count)
			continue;
		for (uint32_t k = g->first; k < g->first + g->count; k++)
			picked[k] = true;
		more = true;
	}
	return more;
}

/* Mark a task, or all tasks of a group, and what is downstream of them. */
static void
pick_downstream(const struct dag *dag, const char *name, bool *picked)
{
	int alone = dag_task_find(dag, name), group = dag_group_find(dag, name);

	for (uint32_t i = 0; i < dag->n_tasks; i++)
		picked[i] = alone >= 0 ? i == (uint32_t)alone : dag_group_has(dag, group, i);
	do {
		for (size_t i = 0; i < dag->n_tasks; i++) {
			const struct task *task = &dag->tasks[dag->order[i]];

			for (size_t k = 0; picked[dag->order[i]] && k < task->n_downstream; k++)
				picked[task->downstream[k]] = true;
		}
	} while (pick_groups(dag, picked));
}

/* The task of the last epoch, on definition `old`, that has this one's name; or NULL. */
static struct run_task *
old_task(const struct dag *old, struct run_task *tasks, const struct dag *dag, size_t index)
{
	int at;

	if (index < old->n_tasks && !strcmp(old->tasks[index].id, dag->tasks[index].id))
		return &tasks[index];
	at = dag_task_find(old, dag->tasks[index].id);
	return at < 0 ? NULL : &tasks[at];
}

/* The teardown and its setups; true: one of them was not picked yet. */
static bool
pick_both(const struct dag *dag, uint32_t teardown, bool *picked)
{
	const struct task *task = &dag->tasks[teardown];
	bool more = !picked[teardown];

	picked[teardown] = true;
	for (size_t k = 0; k < task->n_upstream; k++) {
		uint32_t up = task->upstream[k];

		/* planted: work is done again on what was torn down */
		if (!dag->tasks[up].setup || picked[up] || BUG_IS(21))
			continue;
		picked[up] = true;
		more = true;
	}
	return more;
}

/* One pass over the order of the dag; true: something was picked. */
static bool
pick_teardowns(const struct dag *dag, bool *picked, bool *after)
{
	bool more = false;

	for (size_t i = 0; i < dag->n_tasks; i++) {
		const struct task *task = &dag->tasks[dag->order[i]];
		bool *is = &after[dag->order[i]], due = false;

		for (size_t k = 0; k < task->n_upstream; k++) {
			*is = *is || after[task->upstream[k]];
			due = due ||
			      (dag->tasks[task->upstream[k]].setup && picked[task->upstream[k]]);
		}
		if (task_is_teardown(task) && (*is || due))
			more |= pick_both(dag, dag->order[i], picked);
		*is = *is || (picked[dag->order[i]] && !task->setup && !task_is_teardown(task));
	}
	return more;
}

/* When work is done again, the run ends again. */
static void
pick_exits(const struct dag *dag, bool *picked)
{
	size_t work = dag->n_tasks - dag->n_exits, n = 0;

	for (size_t i = 0; i < work; i++)
		n += picked[i];
	/* planted: work is done again, and nobody is told how it ended this time */
	for (size_t i = work; n && i < dag->n_tasks && !BUG_IS(36); i++)
		picked[i] = true;
}

/*
 * Who cleans up after work that is done again does so again, and so does who prepared it: what two
 * teardowns share brings both, and a task of a group with retries all of it.
 */
static void
pick_around(const struct dag *dag, bool *picked)
{
	bool *after = mem_new(dag->n_tasks, sizeof(*after)); /* behind work that is picked */

	do
		(void)pick_groups(dag, picked);
	while (pick_teardowns(dag, picked, after) || pick_groups(dag, picked));
	free(after);
	pick_exits(dag, picked);
}

static size_t
pick(struct run *run, const struct redo *redo, bool *picked)
{
	const struct dag *dag = redo->def->dag;
	size_t n = 0;

	if (redo->task)
		pick_downstream(dag, redo->task, picked);
	for (size_t i = 0; i < dag->n_tasks; i++) {
		struct run_task *old = old_task(run->def->dag, run->tasks, dag, i);

		if (!old)
			picked[i] = true;
		else if (redo->only_failed)
			picked[i] = old->state != TASK_SUCCESS && (!redo->task || picked[i]);
		else if (!redo->task)
			picked[i] = true;
	}
	pick_around(dag, picked);
	for (size_t i = 0; i < dag->n_tasks; i++)
		n += picked[i];
	return n;
}

static void
clear_task(struct engine *e, struct run_task *t)
{
	if (t->state != TASK_NONE)
		task_apply(e, t, TEV_CLEAR, "");
	t->failures = t->losses = 0;
	t->first_us = 0;
	task_set_gate(e, t, NULL);
}

/* A task of the new epoch, made from what it was in the last one. */
static void
keep_task(struct run_task *t, struct run_task *was, const char *outputs)
{
	t->state = was->state;
	t->since_us = was->since_us;
	t->failures = was->failures;
	t->losses = was->losses;
	t->first_us = was->first_us;
	t->waits = was->waits;
	was->waits = NULL;
	task_keep_outputs(t, outputs);
}

/* Move what is kept of the last epoch over to another definition's tasks. */
static void
repin(struct engine *e, struct run *run, struct def *def, const bool *picked)
{
	struct def *last = run->def;
	struct run_task *old = run->tasks;
	char **outputs = run->outputs;

	run->outputs = NULL;
	run_drop_groups(run->groups, last->dag->n_retried);
	run->drop_groups = last->dag->n_retried || def->dag->n_retried;
	run->drop = true;
	run->fresh = true;
	run->def = def;
	def->users++;
	run_make_tasks(run);
	for (size_t i = 0; i < def->dag->n_tasks; i++) {
		struct run_task *was = old_task(last->dag, old, def->dag, i);

		run->tasks[i].since_us = e->now_us;
		if (!was) {
			/* planted: a task that comes back begins anew */
			run->tasks[i].tries = BUG_IS(14)
						  ? 0
						  : run_find_lost(run, def->dag->tasks[i].id);
			continue;
		}
		run->tasks[i].tries = was->tries;
		if (!picked[i])
			keep_task(&run->tasks[i], was, outputs ? outputs[was->index] : NULL);
	}
	for (size_t i = 0; i < last->dag->n_tasks; i++) {
		if (dag_task_find(def->dag, last->dag->tasks[i].id) < 0)
			run_lose_task(run, last->dag->tasks[i].id, old[i].tries);
		free(old[i].waits);
		task_drop_wait(&old[i]);
		if (outputs)
			free(outputs[i]);
	}
	free(outputs);
	free(old);
	def_drop(e, last);
}

/*
 * The log of an epoch on another definition: every old task whose place does
 * not go on as it was is cleared, every kept one that moved to another place
 * appears there.
 */
static void
log_repin(struct engine *e, struct run *run, const struct dag *old, const uint8_t *states)
{
	const struct dag *dag = run->def->dag;
	size_t n = old->n_tasks > dag->n_tasks ? old->n_tasks : dag->n_tasks;
	struct run_task gone = { .run = run };

	for (uint32_t i = 0; i < n; i++) {
		enum task_state was = i < old->n_tasks ? (enum task_state)states[i] : TASK_NONE;
		enum task_state is = i < dag->n_tasks ? (enum task_state)run->tasks[i].state
						      : TASK_NONE;
		bool same = i < old->n_tasks && i < dag->n_tasks &&
			    !strcmp(old->tasks[i].id, dag->tasks[i].id);

		gone.index = i;
		if (was != TASK_NONE && (!same || is != was))
			log_task(e, &gone, task_state_name(was), "none", "cleared");
		if (is != TASK_NONE && !same)
			log_task(e, &gone, "none", task_state_name(is), "kept from the last epoch");
	}
}

static void
redo_on(struct engine *e, struct run *run, struct def *def, const bool *picked)
{
	/* The definition stays readable: it is at worst among those let go in this step. */
	const struct dag *old = run->def->dag;
	uint8_t *states = mem_new(old->n_tasks, 1);

	for (size_t i = 0; i < old->n_tasks; i++)
		states[i] = run->tasks[i].state;
	repin(e, run, def, picked);
	log_repin(e, run, old, states);
	free(states);
}

bool
run_fits(const struct run *run, const struct dag *dag)
{
	const struct dag *own = run->def->dag;

	if (!dag->partitioned || grid_is_start(dag->grid, run->logical_us))
		return true;
	/* The same grid, moved by newer rules of its zone, or by none. */
	return own->partitioned && grid_is(own->grid, dag->grid);
}

/*
 * What a run is of follows from its logical date and its definition.  Without a grid a date is what
 * it was when the run was made: a tick that the schedule has no more keeps its interval.
 */
static void
derive_interval(struct engine *e, struct run *run)
{
	const struct dag *dag = run->def->dag;

	if (dag->partitioned && grid_is_start(dag->grid, run->logical_us))
		run->end_us = interval_end(dag, run->logical_us);
	run->early = run->start_us <= e->now_us && e->now_us < run->end_us;
}

bool
run_clear(struct engine *e, struct run *run, const struct redo *redo)
{
	const struct dag *dag = redo->def->dag;
	enum run_state from = run->state;
	bool *picked = mem_new(dag->n_tasks, sizeof(*picked));
	size_t n = pick(run, redo, picked);

	assert(run_is_final(from));
	if (!n) {
		free(picked);
		return false;
	}
	run->epoch += BUG_IS(12) ? 0 : 1; /* planted: clear keeps the old epoch number */
	if (redo->def != run->def) {
		redo_on(e, run, redo->def, picked);
	} else {
		for (size_t i = 0; i < dag->n_tasks; i++)
			if (picked[i])
				clear_task(e, &run->tasks[i]);
	}
	free(picked);
	run_reset_groups(run);
	run->state = RUN_QUEUED;
	run->started_us = run->ended_us = 0;
	run->timed_out = false;
	run->retries = 0;
	derive_interval(e, run);
	early_drop(run->dag, run->logical_us);
	if (run->early)
		early_add(run->dag, run->logical_us);
	mark_run(e, run);
	log_run(e, run, run_state_name(from), "cleared");
	run_in_session(e, run);
	run_open(e, run);
	watch_run(e, run);
	return true;
}

/* Was it skipped for something that is done again? */
static bool
is_asked_again(const struct run *run, const struct run_task *t, const bool *picked)
{
	const struct task *task = task_of(t);

	for (size_t k = 0; k < task->n_upstream; k++)
		if (picked[task->upstream[k]] && run_skipped_for(run, t, task->upstream[k]))
			return true;
	return false;
}

/* Pick what was skipped for something that is picked; true: there was something. */
static bool
pick_skipped(const struct run *run, bool *picked)
{
	const struct dag *dag = run->def->dag;
	bool more = false;

	for (size_t i = 0; i < dag->n_tasks; i++) {
		const struct run_task *t = &run->tasks[dag->order[i]];

		if (picked[t->index] || !is_asked_again(run, t, picked))
			continue;
		picked[t->index] = true;
		more = true;
	}
	return more;
}

/* What a retry of the run does again: what failed, what is around it, what did not run for it. */
static void
pick_failed(const struct run *run, bool *picked)
{
	const struct dag *dag = run->def->dag;

	for (size_t i = 0; i < dag->n_tasks; i++)
		picked[i] = run_redoes(run, &run->tasks[i]);
	do
		pick_around(dag, picked);
	while (pick_skipped(run, picked));
}

void
run_retry(struct engine *e, struct run *run)
{
	const struct dag *dag = run->def->dag;
	bool *picked = mem_new(dag->n_tasks, sizeof(*picked));
	char why[32];

	assert(run->state == RUN_UP_FOR_RETRY);
	run_set_due(e, run, 0);
	pick_failed(run, picked);
	run_close(e, run);
	run->epoch++;
	for (size_t i = 0; i < dag->n_tasks; i++)
		if (picked[i])
			clear_task(e, &run->tasks[i]);
	free(picked);
	run_reset_groups(run);
	run->timed_out = false;
	run->started_us = 0;
	run->state = RUN_QUEUED;
	(void)snprintf(why, sizeof(why), "run retry %d", run->retries);
	log_run(e, run, run_state_name(RUN_UP_FOR_RETRY), why);
	run_open(e, run);
	watch_run(e, run);
}
