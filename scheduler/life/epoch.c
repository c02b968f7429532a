/* epoch.c - the next epoch of a run that has ended. */
#include "scheduler/life/epoch.h"

#include "core/model/interval.h"
#include "core/time/grid.h"
#include "scheduler/state/children.h"
#include "scheduler/state/def.h"
#include "scheduler/state/early.h"
#include "scheduler/state/emit.h"
#include "core/dagfile/expand.h"
#include "scheduler/life/instances.h"
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

/* ---- instances ---- */

/* Does it do again this instance of a task that is picked? */
static bool
redoes_instance(const struct run_task *t, const struct redo *redo)
{
	if (redo->instance && !strcmp(redo->task, task_of(t)->id))
		return t->map_index + 1 == redo->instance;
	if (redo->retry)
		return run_redoes(t->run, t);
	return !redo->only_failed || t->state != TASK_SUCCESS;
}

/* Is a task picked whose output is a list of this one? */
static bool
is_listed_anew(const struct expand *x, const bool *picked)
{
	for (size_t i = 0; i < x->n; i++)
		if (x->lists[i].from == EXPAND_OUTPUT && picked[x->lists[i].task])
			return true;
	return false;
}

/*
 * Does a task that is picked keep its list, so that only some of its instances are done again?
 * `task` is what it is in the definition of the new epoch.
 */
static bool
keeps_list(const struct run_task *t, const struct task *task, const struct redo *redo,
	   const bool *picked)
{
	const struct expansion *x = expansion_of(t->run, t->index);
	const struct instance *own;
	size_t redone = 0;

	if (!task_is_expanded(t) || x->n < x->total || !task->expand ||
	    strcmp(task->expand->text, task_of(t)->expand->text) != 0 ||
	    is_listed_anew(task->expand, picked))
		return false;
	for (size_t at = 0; (own = instance_next(x, &at));)
		redone += redoes_instance(own->task, redo);
	return redone > 0 && redone < x->n;
}

static void
clear_task(struct engine *e, struct run_task *t, const struct redo *redo)
{
	if (!redo->retry)
		task_keep_state(t, NULL);
	if (t->state != TASK_NONE)
		task_apply(e, t, TEV_CLEAR, "");
	t->failures = t->losses = 0;
	t->first_us = 0;
	task_set_gate(e, t, NULL);
}

/* A task that is picked, on the definition of the last epoch. */
static void
clear_picked(struct engine *e, struct run_task *t, const struct redo *redo, const bool *picked)
{
	struct expansion *x = expansion_of(t->run, t->index);
	const struct instance *own;

	if (!keeps_list(t, task_of(t), redo, picked)) {
		instances_remove(e, t);
		clear_task(e, t, redo);
		return;
	}
	for (size_t at = 0; (own = instance_next(x, &at));)
		if (redoes_instance(own->task, redo))
			clear_task(e, own->task, redo);
	instances_reopen(e, t);
	task_set_gate(e, t, NULL);
}

static void
clear_all_picked(struct engine *e, struct run *run, const struct redo *redo, const bool *picked)
{
	for (size_t i = 0; i < run->def->dag->n_tasks; i++)
		if (picked[i])
			clear_picked(e, &run->tasks[i], redo, picked);
}

/* Instances of a task that the next epoch does not expand, under their names of the last. */
static void
lose_instances(struct run *run, const struct task *task, const struct expansion *x)
{
	char label[INSTANCE_LABEL_ROOM];

	for (size_t i = 0; x && i < x->made; i++) {
		expand_label(task->expand, task->id, x->items[i].map_index, label);
		run_lose_task(run, label, x->items[i].task->tries);
	}
}

/* What an instance was is done again, or is of another list. */
static void
reset_instance(struct instance *own, enum task_state state, int64_t now_us)
{
	struct run_task *t = own->task;

	t->state = (uint8_t)state;
	t->since_us = now_us;
	t->failures = t->losses = 0;
	t->first_us = 0;
	free(t->waits);
	t->waits = NULL;
	free(own->outputs);
	own->outputs = NULL;
	task_keep_state(t, NULL);
}

/*
 * The instances of the last epoch go over to a task of another definition: as they are, some of
 * them to be done again, or all removed.
 */
static void
move_instances(struct run_task *t, struct expansion *x, const struct redo *redo, bool keep,
	       int64_t now_us)
{
	struct run *run = t->run;
	struct instance *own;

	if (!run->expanded)
		run->expanded = mem_new(run->def->dag->n_tasks, sizeof(struct expansion *));
	run->expanded[t->index] = x;
	for (size_t i = 0; i < x->made; i++)
		x->items[i].task->index = t->index;
	for (size_t at = 0; (own = instance_next(x, &at));) {
		if (!keep)
			reset_instance(own, TASK_REMOVED, now_us);
		else if (redo && redoes_instance(own->task, redo))
			reset_instance(own, TASK_NONE, now_us);
	}
	if (!keep) {
		x->n = x->total = 0;
		*x->digest = '\0';
		expansion_drop_list(x);
	}
	x->unfinished = instances_unfinished(x);
	if (x->unfinished)
		t->state = TASK_EXPANDED;
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
	t->kept = was->kept;
	was->kept = NULL;
	t->children = was->children;
	was->children = NULL;
	t->answered = was->answered;
	was->answered = NULL;
	task_keep_outputs(t, outputs);
}

/* What was of the last epoch, while its tasks become those of the next. */
struct last_epoch {
	struct def *def;
	struct run_task *tasks;
	char **outputs;
	struct expansion **expanded;
	bool *kept; /* per task of it: its list stays, though some of it is done again */
};

/* A task of the new definition, from what it was. */
static void
take_over(struct engine *e, struct run_task *t, struct last_epoch *last, struct run_task *was,
	  const struct redo *redo, bool picked)
{
	struct expansion *x = last->expanded ? last->expanded[was->index] : NULL;

	t->tries = was->tries;
	if (!picked)
		keep_task(t, was, last->outputs ? last->outputs[was->index] : NULL);
	/* With other levels its instances would have other names. */
	if (!x || !task_of(t)->expand ||
	    task_of(t)->expand->levels != last->def->dag->tasks[was->index].expand->levels)
		return;
	move_instances(t, x, picked ? redo : NULL, !picked || last->kept[was->index], e->now_us);
	last->expanded[was->index] = NULL;
}

static void
forget_last(struct engine *e, struct run *run, struct last_epoch *last)
{
	const struct dag *dag = last->def->dag;

	for (size_t i = 0; i < dag->n_tasks; i++) {
		struct expansion *x = last->expanded ? last->expanded[i] : NULL;

		if (dag_task_find(run->def->dag, dag->tasks[i].id) < 0)
			run_lose_task(run, dag->tasks[i].id, last->tasks[i].tries);
		lose_instances(run, &dag->tasks[i], x);
		free(last->tasks[i].waits);
		free(last->tasks[i].kept);
		task_drop_wait(&last->tasks[i]);
		children_drop(&last->tasks[i]);
		task_keep_answer(&last->tasks[i], NULL);
		if (last->outputs)
			free(last->outputs[i]);
		expansion_free(x);
	}
	free(last->kept);
	free(last->expanded);
	free(last->outputs);
	free(last->tasks);
	def_drop(e, last->def);
}

/* Which of its tasks keep their lists, asked while they are what they were. */
static bool *
find_kept(const struct run *run, const struct redo *redo, const bool *picked)
{
	const struct dag *dag = redo->def->dag;
	bool *kept = mem_new(run->def->dag->n_tasks, sizeof(*kept));

	for (size_t i = 0; i < dag->n_tasks; i++) {
		const struct run_task *was = old_task(run->def->dag, run->tasks, dag, i);

		if (was && keeps_list(was, &dag->tasks[i], redo, picked))
			kept[was->index] = true;
	}
	return kept;
}

/* Move what is kept of the last epoch over to another definition's tasks. */
static void
repin(struct engine *e, struct run *run, const struct redo *redo, const bool *picked)
{
	struct def *def = redo->def;
	struct last_epoch last = { .def = run->def,
				   .tasks = run->tasks,
				   .outputs = run->outputs,
				   .expanded = run->expanded,
				   .kept = find_kept(run, redo, picked) };

	run->outputs = NULL;
	run->expanded = NULL;
	run_drop_groups(run->groups, last.def->dag->n_retried);
	run->drop_groups = last.def->dag->n_retried || def->dag->n_retried;
	run->drop = true;
	run->fresh = true;
	run->def = def;
	def->users++;
	run_make_tasks(run);
	for (size_t i = 0; i < def->dag->n_tasks; i++) {
		struct run_task *was = old_task(last.def->dag, last.tasks, def->dag, i);

		run->tasks[i].since_us = e->now_us;
		if (was)
			take_over(e, &run->tasks[i], &last, was, redo, picked[i]);
		else
			/* planted: a task that comes back begins anew */
			run->tasks[i].tries = BUG_IS(14)
						  ? 0
						  : run_find_lost(run, def->dag->tasks[i].id);
	}
	forget_last(e, run, &last);
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
	struct run_task gone = { .run = run, .map_index = -1 };

	for (uint32_t i = 0; i < n; i++) {
		enum task_state was = i < old->n_tasks ? (enum task_state)states[i] : TASK_NONE;
		enum task_state is = i < dag->n_tasks ? (enum task_state)run->tasks[i].state
						      : TASK_NONE;
		bool same = i < old->n_tasks && i < dag->n_tasks &&
			    !strcmp(old->tasks[i].id, dag->tasks[i].id);

		gone.index = i;
		if (was != TASK_NONE && (!same || is != was))
			log_task(e, &gone, task_state_name(was), "none", "cleared");
		if (is != TASK_NONE && (!same || is != was))
			log_task(e, &gone, "none", task_state_name(is), "kept from the last epoch");
	}
}

/* In the log of such an epoch every instance leaves its place, or comes to one. */
static void
log_instances(struct engine *e, struct run *run, bool leave)
{
	struct task_walk w = { .run = run, .all = true };
	const struct run_task *t;

	while ((t = walk_next(&w))) {
		const char *state = task_state_name((enum task_state)t->state);

		if (t->map_index < 0 || t->state == TASK_NONE)
			continue;
		if (leave)
			log_task(e, t, state, "none", "cleared");
		else
			log_task(e, t, "none", state, "kept from the last epoch");
	}
}

static void
redo_on(struct engine *e, struct run *run, const struct redo *redo, const bool *picked)
{
	/* The definition stays readable: it is at worst among those let go in this step. */
	const struct dag *old = run->def->dag;
	uint8_t *states = mem_new(old->n_tasks, 1);

	for (size_t i = 0; i < old->n_tasks; i++)
		states[i] = run->tasks[i].state;
	log_instances(e, run, true);
	repin(e, run, redo, picked);
	log_repin(e, run, old, states);
	log_instances(e, run, false);
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
run_ended_now(const struct run *run)
{
	return run_is_final(run->state) && run->changed;
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
		redo_on(e, run, redo, picked);
	} else {
		clear_all_picked(e, run, redo, picked);
	}
	free(picked);
	run_reset_groups(run);
	run->state = RUN_QUEUED;
	run->started_us = run->ended_us = 0;
	run->timed_out = false;
	run->retries = 0;
	run_set_parent(run, 0, NULL);
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
	const struct redo redo = { .def = run->def, .retry = true };
	bool *picked = mem_new(dag->n_tasks, sizeof(*picked));
	char why[32];

	assert(run->state == RUN_UP_FOR_RETRY);
	run_set_due(e, run, 0);
	pick_failed(run, picked);
	run_close(e, run);
	run->epoch++;
	clear_all_picked(e, run, &redo, picked);
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
