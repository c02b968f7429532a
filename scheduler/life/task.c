/* task.c - every move of a task. */
#include "scheduler/life/task.h"

#include "core/time/grid.h"
#include "scheduler/state/children.h"
#include "scheduler/state/emit.h"
#include "scheduler/state/slot.h"
#include "scheduler/state/todo.h"
#include "scheduler/state/watch.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* Count the end of a task for those behind it: in its group, or outside, which is all others. */
static void
tell_downstream(struct engine *e, struct run_task *t, bool inside)
{
	const struct task *task = task_of(t);
	struct run *run = t->run;

	for (size_t i = 0; i < task->n_downstream; i++) {
		struct run_task *down = &run->tasks[task->downstream[i]];
		struct tally *up = upstreams_of(&run->upstreams[down->index], task);
		bool same = task->held_by && task_of(down)->held_by == task->held_by;

		if (same != inside)
			continue;
		assert(up->pending > 0);
		up->pending--;
		++*tally_of(up, t);
		task_look(e, down);
	}
}

/* What all instances of a task have come to. */
static enum task_event
come_to(const struct expansion *x)
{
	const struct instance *own;
	size_t failed = 0, upstream_failed = 0, skipped = 0, cancelled = 0;

	for (size_t at = 0; (own = instance_next(x, &at));) {
		failed += own->task->state == TASK_FAILED;
		upstream_failed += own->task->state == TASK_UPSTREAM_FAILED;
		skipped += own->task->state == TASK_SKIPPED;
		cancelled += own->task->state == TASK_CANCELLED;
	}
	if (cancelled)
		return TEV_CANCEL;
	/* planted: one that succeeded is enough */
	if (failed && !(BUG_IS(41) && failed < x->n))
		return TEV_FAIL;
	if (upstream_failed)
		return TEV_UPSTREAM_FAILED;
	return skipped == x->n ? TEV_SKIPPED : TEV_SUCCESS;
}

/* An instance has ended, and was counted: with the last its template ends, too. */
static void
instance_ended(struct engine *e, const struct run_task *t)
{
	struct expansion *x = expansion_of(t->run, t->index);

	assert(x->unfinished > 0);
	if (--x->unfinished)
		return;
	task_apply(e, &t->run->tasks[t->index], come_to(x), "the last of its instances ended");
}

/* The end of an expanded task as a whole: each of its instances was counted as it ended. */
static void
template_is_over(struct engine *e, struct run_task *t)
{
	const struct task *task = task_of(t);

	/* Who asks for its state or what it left waited for the last of them. */
	for (size_t i = 0; i < task->n_downstream; i++)
		task_look(e, &t->run->tasks[task->downstream[i]]);
	watch_ended(e, t);
}

/* Everybody may see that a task has ended. */
static void
task_is_over(struct engine *e, struct run_task *t)
{
	struct run *run = t->run;

	if (task_is_expanded(t)) {
		template_is_over(e, t);
		return;
	}
	assert(run->tally.pending > 0);
	run->tally.pending--;
	++*tally_of(&run->tally, t);
	tell_downstream(e, t, false);
	/* Few, and seldom: when there is hardly anything left but them. */
	if (run->tally.pending <= run->def->dag->n_exits)
		for (size_t i = 1; i <= run->def->dag->n_exits; i++)
			task_look(e, &run->tasks[run->def->dag->n_tasks - i]);
	if (task_of(t)->output >= 0) {
		watch_wake(e, run->dag, grid_part(run->def->dag->grid, run->logical_us));
		watch_settled(e, run);
	}
	if (t->map_index < 0)
		watch_ended(e, t);
	else
		instance_ended(e, t);
}

static void
look_at_group(struct engine *e, struct run_group *g)
{
	if (g->queued)
		return;
	g->queued = true;
	queue_add(&e->groups_ended, g);
}

/* Tell everybody who counts on it that a task has ended. */
static void
task_ended(struct engine *e, struct run_task *t)
{
	struct run_group *g = group_of(t);

	if (!g) {
		task_is_over(e, t);
		return;
	}
	assert(g->open && g->unfinished > 0);
	tell_downstream(e, t, true);
	if (!--g->unfinished)
		look_at_group(e, g);
}

void
task_keep_outputs(struct run_task *t, const char *outputs)
{
	struct run *run = t->run;
	struct instance *own = t->map_index >= 0 ? instance_of(t) : NULL;

	if (own) {
		free(own->outputs);
		own->outputs = mem_str(outputs);
		return;
	}
	if (!run->outputs && !outputs)
		return;
	if (!run->outputs)
		run->outputs = mem_new(run->def->dag->n_tasks, sizeof(*run->outputs));
	free(run->outputs[t->index]);
	run->outputs[t->index] = outputs ? mem_str(outputs) : NULL;
}

void
task_keep_state(struct run_task *t, const char *kept)
{
	free(t->kept);
	t->kept = kept && strcmp(kept, STATE_NONE) != 0 ? mem_str(kept) : NULL;
}

void
task_keep_answer(struct run_task *t, const char *answered)
{
	char *copy = answered ? mem_str(answered) : NULL;

	free(t->answered);
	t->answered = copy;
}

/*
 * Does a wait for the world go on through this move: between two looks, in one, or before one for
 * which something else has to be settled first?
 */
static bool
wait_goes_on(enum task_state to, enum task_event event)
{
	return to == TASK_UP_FOR_RESCHEDULE || to == TASK_SCHEDULED || to == TASK_QUEUED ||
	       to == TASK_RUNNING || event == TEV_UNREADY;
}

/* Write a move down.  Of a wait that goes on only what its looks say is (task_answered()). */
static void
log_move(struct engine *e, struct run_task *t, enum task_state from, enum task_event event,
	 const char *detail)
{
	enum task_state to = (enum task_state)t->state;

	if (t->wait && wait_goes_on(to, event))
		return;
	if (t->wait)
		from = TASK_UP_FOR_RESCHEDULE;
	log_task(e, t, task_state_name(from), task_state_name(to), detail);
}

void
task_drop_wait(struct run_task *t)
{
	wait_free(t->wait);
	t->wait = NULL;
}

void
task_answered(struct engine *e, struct run_task *t)
{
	const char *state = task_state_name(TASK_UP_FOR_RESCHEDULE);

	log_task(e, t, state, state, t->wait->answer);
}

/* What it waited for outlives it only if others made that; a task that begins anew asks anew. */
static void
leave_children(struct engine *e, struct run_task *t, enum task_event event)
{
	bool ended = event == TEV_CANCEL || event == TEV_EXPIRE;
	struct run *run;

	/* planted: what it made goes on */
	for (size_t i = 0; ended && i < t->children->n && !BUG_IS(48); i++)
		if (!run_is_final(child_state(e, t, &t->children->runs[i], &run)) && run &&
		    run_is_of(run, t))
			queue_add(&e->orphans, run);
	if (t->state == TASK_NONE)
		children_drop(t);
}

/* Does it, as it stands, make its run hold a run slot? */
static bool
is_active(const struct run_task *t)
{
	return task_is_active((enum task_state)t->state) ||
	       (t->state == TASK_EXPANDED && task_grows(t));
}

/* An expanded task is one thing less to go on with. */
static void
stop_growing(struct engine *e, struct run_task *t)
{
	struct expansion *x = expansion_of(t->run, t->index);

	if (x->queued)
		queue_drop(&e->growing, t);
	x->queued = false;
}

void
task_apply(struct engine *e, struct run_task *t, enum task_event event, const char *detail)
{
	enum task_state from = (enum task_state)t->state, to = task_next(from, event);
	struct run *run = t->run;

	assert(to != TASK_ILLEGAL);
	run->active -= is_active(t);
	if (from == TASK_SCHEDULED)
		ready_remove(e, t);
	else
		heap_remove(&e->timers, &t->item);
	if (from == TASK_EXPANDED)
		stop_growing(e, t);
	queue_drop(&e->blocked, t);
	watch_drop(e, t);
	t->state = (uint8_t)to;
	run->active += is_active(t);
	if (event == TEV_RETRY && BUG_IS(46)) /* planted: a retry finds nothing of the last try */
		task_keep_state(t, NULL);
	if (to == TASK_NONE && !BUG_IS(45)) /* planted: who was asked is not asked again */
		task_keep_answer(t, NULL);
	if (to != TASK_SUCCESS && !BUG_IS(33)) /* planted: what an earlier try left stays */
		task_keep_outputs(t, NULL);
	if (t->children)
		leave_children(e, t, event);
	t->since_us = e->now_us;
	mark_task(e, t);
	log_move(e, t, from, event, detail);
	if (!wait_goes_on(to, event))
		task_drop_wait(t);
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

void
task_end_cancelled(struct engine *e, struct run_task *t)
{
	char *gate = t->waits;

	t->waits = NULL;
	task_apply(e, t, TEV_CANCEL, "cancelled");
	t->waits = gate;
}

/* ---- a group with retries ---- */

void
group_release(struct engine *e, struct run_group *g)
{
	const struct task_group *def = group_def(g);

	assert(g->open && !g->unfinished && !g->due_us);
	g->open = false;
	for (uint32_t i = def->first; i < def->first + def->count; i++)
		task_is_over(e, &g->run->tasks[i]);
	run_touch(e, g->run);
}

void
group_wait(struct engine *e, struct run_group *g, int64_t due_us)
{
	assert(g->open && !g->unfinished && !g->due_us && due_us);
	g->due_us = due_us;
	g->run->active++;
	mark_group(e, g);
	if (!e->config.session || g->run->session)
		heap_push(&e->regroups, &g->item);
}

void
group_wake(struct engine *e, struct run_group *g)
{
	assert(g->due_us);
	heap_remove(&e->regroups, &g->item);
	g->due_us = 0;
	g->run->active--;
	group_set_gate(e, g, NULL);
	mark_group(e, g);
	run_touch(e, g->run);
}

void
group_reopen(struct engine *e, struct run_group *g, const char *detail)
{
	const struct task_group *def = group_def(g);
	struct run *run = g->run;

	for (uint32_t i = def->first; i < def->first + def->count; i++) {
		struct run_task *t = &run->tasks[i];

		/* planted: what succeeded is not done again */
		if (BUG_IS(32) && t->state == TASK_SUCCESS)
			continue;
		task_apply(e, t, TEV_GROUP_RETRY, detail);
		t->failures = t->losses = 0;
		t->first_us = 0;
		task_set_gate(e, t, NULL);
		g->unfinished++;
	}
	/* Those outside have counted them as pending all the time. */
	for (uint32_t i = def->first; i < def->first + def->count; i++) {
		upstreams_count(run, i, &run->upstreams[i]);
		task_look(e, &run->tasks[i]);
	}
}

void
groups_refuse(struct engine *e, struct run *run, const struct gate *gate)
{
	for (size_t i = 0; i < run->def->dag->n_retried; i++) {
		struct run_group *g = &run->groups[i];

		if (!g->open || g->refused)
			continue;
		g->refused = true;
		mark_group(e, g);
		if (g->due_us) {
			group_wake(e, g);
			look_at_group(e, g);
		}
		group_set_gate(e, g, gate);
	}
}
