/* child.c - tasks that have runs of another dag made and wait for them. */
#include "scheduler/engine/child.h"

#include "core/model/interval.h"
#include "core/text/template.h"
#include "scheduler/engine/retry.h"
#include "scheduler/life/epoch.h"
#include "scheduler/life/run.h"
#include "scheduler/life/task.h"
#include "scheduler/ready/given.h"
#include "scheduler/state/children.h"
#include "scheduler/state/emit.h"
#include "scheduler/state/session.h"
#include "scheduler/state/slot.h"
#include "scheduler/state/todo.h"
#include "scheduler/state/watch.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What a task is about to ask for. */
struct wish {
	struct dag_state *on;
	const struct dag *dag; /* its active definition */
	int64_t *at_us;        /* the logical dates, in order */
	size_t n;
	char *params; /* JSON */
};

static void
wish_release(struct wish *w)
{
	free(w->at_us);
	free(w->params);
}

/* It ends without having asked for anything: the sentence says why, as long as the step lasts. */
static void
refuse(struct engine *e, struct run_task *t, const char *why)
{
	const struct gate gate = { .kind = GATE_CHILD_REFUSED,
				   .dag = task_of(t)->child.dag,
				   .text = why };

	if (run_slot_for(e, t))
		task_end_at(e, t, TEV_CHILD_FAILED, &gate);
}

/* ---- which runs ---- */

/*
 * The intervals of the child that share an instant with that of the run.  An early one takes those
 * that have begun.  False: there are too many.
 */
static bool
find_dates(const struct engine *e, const struct run *run, struct wish *w)
{
	int64_t end_us = run->end_us > run->start_us ? run->end_us : run->start_us + 1;
	struct parts parts = grid_overlap(w->dag->grid, run->start_us, end_us);

	if (!w->dag->partitioned) {
		w->at_us = mem_new(1, sizeof(*w->at_us));
		w->at_us[w->n++] = run->logical_us;
		return true;
	}
	if (grid_count(w->dag->grid, parts.first, parts.last) > CHILD_RUNS_MAX)
		return false;
	w->at_us = mem_new(CHILD_RUNS_MAX, sizeof(*w->at_us));
	for (int64_t part = parts.first; part <= parts.last; part++) {
		int64_t us = grid_start(w->dag->grid, part);

		if (!grid_is_empty(w->dag->grid, part) &&
		    !(run->early && interval_state(w->dag, us, e->now_us) == INTERVAL_AHEAD))
			w->at_us[w->n++] = us;
	}
	return true;
}

/* ---- with which params ---- */

/* What its templates give, which the child has to take; a code: *err says why not. */
static enum err_code
find_params(struct engine *e, const struct run_task *t, struct wish *w, struct err *err)
{
	const struct task_child *child = &task_of(t)->child;
	json_t *all = json_object();
	struct run_vars vars;
	struct buf text;
	enum err_code code = given_vars(e, t, &vars, err);

	buf_init(&text, PARAMS_BYTES_MAX);
	for (size_t i = 0; i < child->n_params && !code; i++) {
		buf_reset(&text);
		code = template_render(child->params[i].value, &vars, &text, err);
		if (!code)
			(void)json_object_set_new(all, child->params[i].name,
						  json_bytes_new(text.data, text.bytes));
	}
	w->params = json_compact(all);
	if (!code)
		code = params_check(w->on->id, w->dag->params, w->dag->n_params, w->params, err);
	json_decref(all);
	buf_release(&text);
	return code;
}

/* Does a run have the values that the task gives?  *name: of the first param that differs. */
static bool
same_params(struct engine *e, const struct wish *w, const struct run *run, const char **name)
{
	struct param_value *a, *b;
	struct err err;

	*name = "";
	if (params_take(w->on->id, w->dag->params, w->dag->n_params, w->params, e->fx->arena, &a,
			&err) ||
	    params_take(w->on->id, w->dag->params, w->dag->n_params, run->params, e->fx->arena, &b,
			&err))
		return false;
	for (size_t i = 0; i < w->dag->n_params; i++) {
		if (!strcmp(a[i].value, b[i].value))
			continue;
		*name = a[i].name;
		return false;
	}
	return true;
}

/* ---- before it begins ---- */

static void
wait_at(struct engine *e, struct run_task *t, const struct wish *w, int64_t at_us, int64_t until_us,
	const struct gate *why)
{
	char name[RUN_ID_CHARS + 1];
	const struct past_run *past = past_find(w->on, at_us);
	struct gate gate = *why;

	run_name(past ? (enum run_type)past->type : RUN_MANUAL, at_us, name);
	gate.run = name;
	gate.dag = w->on->id;
	watch_add(e, t, w->on, at_us, until_us);
	task_set_gate(e, t, &gate);
	if (!t->run->slot)
		run_say_others(e, t->run);
	run_touch(e, t->run);
}

/* Has every interval ended, or may it be early?  False: it waits for that. */
static bool
intervals_let(struct engine *e, struct run_task *t, const struct wish *w)
{
	bool timed = !e->config.session || t->run->session;

	for (size_t i = 0; i < w->n; i++) {
		int64_t end_us = interval_end(w->dag, w->at_us[i]);

		if (interval_may_run(w->dag, w->at_us[i], e->now_us, t->run->early, NULL))
			continue;
		wait_at(e, t, w, w->at_us[i], timed ? end_us : INT64_MAX,
			&(struct gate){ .kind = GATE_CHILD_COMING, .until_us = end_us });
		return false;
	}
	return true;
}

/*
 * Are those that have ended in memory?  Else their rows are asked for, once: one that does not come
 * is not understood any more.
 */
static bool
past_lets(struct engine *e, struct run_task *t, const struct wish *w)
{
	for (size_t i = 0; i < w->n; i++) {
		const struct past_run *past = past_find(w->on, w->at_us[i]);

		if (!past)
			continue;
		if (task_gate(t) != GATE_CHILD_UNREAD && run_is_final((enum run_state)past->state))
			queue_add(&e->child_asking, t);
		wait_at(e, t, w, w->at_us[i], INT64_MAX,
			&(struct gate){ .kind = GATE_CHILD_UNREAD });
		return false;
	}
	return true;
}

void
child_needs(struct engine *e, struct wanted *wanted)
{
	struct run_task *t;

	while ((t = queue_take(&e->child_asking))) {
		struct wish w = { .on = children_dag(e, t) };

		w.dag = w.on->active->dag;
		if (find_dates(e, t->run, &w))
			for (size_t i = 0; i < w.n; i++)
				past_want(wanted, past_find(w.on, w.at_us[i]));
		wish_release(&w);
		if (task_gate(t) != GATE_CHILD_UNREAD)
			task_look(e, t);
	}
}

/* ---- what is there ---- */

/* Is a run among those that a task of this one waits for, directly or through others? */
static bool
waits_for(const struct engine *e, struct run *from, const struct run *run)
{
	struct run **seen = mem_new(1, sizeof(struct run *));
	size_t n = 1, room = 1;
	bool found = false;

	seen[0] = from;
	for (size_t at = 0; at < n && !found; at++) {
		found = seen[at] == run;
		for (size_t i = 0; i < seen[at]->def->dag->n_tasks && !found; i++) {
			const struct run_task *t = &seen[at]->tasks[i];

			for (size_t k = 0;
			     t->children && t->state == TASK_NONE && k < t->children->n; k++) {
				struct run *next;
				size_t known = 0;

				if (run_is_final(child_state(e, t, &t->children->runs[k], &next)) ||
				    !next)
					continue;
				while (known < n && seen[known] != next)
					known++;
				if (known < n)
					continue;
				seen = mem_grow(seen, n, &room, sizeof(struct run *));
				seen[n++] = next;
			}
		}
	}
	free(seen);
	return found;
}

/* A run that is there: may the task have it, as it is or done again?  Else it fails. */
static bool
run_lets(struct engine *e, struct run_task *t, const struct wish *w, struct run *run)
{
	struct gate gate = { .run = run->run_id, .dag = w->on->id };
	bool live = !run_is_final(run->state);

	if (!same_params(e, w, run, &gate.text))
		/* planted: whatever has run is taken over */
		gate.kind = BUG_IS(47) && !live ? GATE_NONE : GATE_CHILD_CONFLICT;
	else if (live && waits_for(e, run, t->run))
		gate.kind = GATE_CHILD_CIRCLE;
	if (gate.kind == GATE_NONE)
		return true;
	if (run_slot_for(e, t))
		task_end_at(e, t, TEV_CHILD_FAILED, &gate);
	return false;
}

/* ---- it begins ---- */

static struct run *
make(struct engine *e, const struct run_task *t, const struct wish *w, int64_t at_us)
{
	enum run_type type = run_class(t->run) == RUN_BACKFILL ? RUN_BACKFILL : RUN_MANUAL;
	struct run *run = run_make(e, w->on, type, at_us, w->params, NULL);

	run_set_parent(run, t->run->key, task_of(t)->id);
	return run;
}

/* It ended otherwise than well, or before its interval had: the next epoch, of all its tasks. */
static void
clear(struct engine *e, const struct run_task *t, const struct wish *w, struct run *run)
{
	const struct redo redo = { .def = w->on->active };
	bool cleared;

	if (run->type != RUN_BACKFILL)
		run->backfill = NULL;
	cleared = run_clear(e, run, &redo);
	assert(cleared);
	run_set_parent(run, t->run->key, task_of(t)->id);
}

/* Is one that is there done again? */
static bool
takes_again(const struct run_task *t, const struct run *run)
{
	return run_is_final(run->state) &&
	       (run->state != RUN_SUCCESS || (run->early && !t->run->early));
}

/* One that has ended in this very step is done again in the next: the rows of this tell of its end.
 */
static bool
ended_just_now(struct engine *e, struct run_task *t, const struct wish *w)
{
	for (size_t i = 0; i < w->n; i++) {
		const struct run *run = run_find(w->on, w->at_us[i]);

		if (run && takes_again(t, run) && run_ended_now(run)) {
			queue_add(&e->child_asking, t);
			return true;
		}
	}
	return false;
}

static struct run *
take(struct engine *e, const struct run_task *t, const struct wish *w, int64_t at_us)
{
	struct run *run = run_find(w->on, at_us);

	if (!run)
		return make(e, t, w, at_us);
	if (!run_is_final(run->state))
		run_adopt(e, run);
	else if (takes_again(t, run))
		clear(e, t, w, run);
	return run;
}

static void
take_all(struct engine *e, struct run_task *t, const struct wish *w)
{
	bool asked_by_guest = e->asked_by_guest, asked_by_task = e->asked_by_task;

	/* In a session they are there for whom their parent is there for. */
	e->asked_by_guest = t->run->guest;
	e->asked_by_task = true;
	t->children = children_new(w->n);
	for (size_t i = 0; i < w->n; i++) {
		const struct run *run = take(e, t, w, w->at_us[i]);

		t->children->runs[i] = (struct child_run){ run->key, run->logical_us };
	}
	e->asked_by_guest = asked_by_guest;
	e->asked_by_task = asked_by_task;
	if (!t->first_us)
		t->first_us = e->now_us;
	mark_task(e, t);
}

/* May all of them be had?  Then they are, in this step; else none is. */
static void
ask(struct engine *e, struct run_task *t, struct wish *w)
{
	struct err err;

	if (find_params(e, t, w, &err)) {
		refuse(e, t, err.msg);
		return;
	}
	if (!find_dates(e, t->run, w)) {
		refuse(e, t, "it has more than 1,000 runs for this interval");
		return;
	}
	if (!intervals_let(e, t, w) || !past_lets(e, t, w))
		return;
	for (size_t i = 0; i < w->n; i++) {
		struct run *run = run_find(w->on, w->at_us[i]);

		if (run && !run_lets(e, t, w, run))
			return;
	}
	if (!ended_just_now(e, t, w))
		take_all(e, t, w);
}

static void
begin(struct engine *e, struct run_task *t)
{
	struct wish w = { .on = dag_state_find(e, task_of(t)->child.dag) };

	if (!w.on || !w.on->present || dag_is_unread(w.on->active->dag)) {
		refuse(e, t, "its file is gone or has errors: see `tidemill validate`");
		return;
	}
	w.dag = w.on->active->dag;
	ask(e, t, &w);
	wish_release(&w);
}

/* ---- it waits ---- */

/* All have ended: well, or the first that did not says how. */
static void
all_ended(struct engine *e, struct run_task *t, const struct child_run *bad, enum run_state state)
{
	char name[RUN_ID_CHARS + 1] = "";
	struct run *run = NULL;
	struct gate gate = { .kind = GATE_CHILD_FAILED,
			     .run = name,
			     .dag = task_of(t)->child.dag,
			     .rule = run_state_name(state) };

	if (!run_slot_for(e, t))
		return;
	task_set_gate(e, t, NULL);
	if (!bad) {
		task_apply(e, t, TEV_CHILDREN, "");
		return;
	}
	(void)child_state(e, t, bad, &run);
	run_name(run ? run->type
		     : (enum run_type)past_find(children_dag(e, t), bad->logical_us)->type,
		 bad->logical_us, name);
	children_failed(e, t, state, &gate);
}

static void
await(struct engine *e, struct run_task *t)
{
	const struct child_run *bad = NULL;
	enum run_state worst = RUN_SUCCESS;

	for (size_t i = 0; i < t->children->n; i++) {
		const struct child_run *child = &t->children->runs[i];
		struct run *run;
		enum run_state state = child_state(e, t, child, &run);
		struct gate gate = { .kind = GATE_CHILD_RUN, .dag = task_of(t)->child.dag };

		if (!run_is_final(state)) {
			gate.run = run ? run->run_id : "";
			watch_add(e, t, children_dag(e, t), child->logical_us, INT64_MAX);
			task_set_gate(e, t, &gate);
			if (!t->run->slot)
				run_say_others(e, t->run);
			run_touch(e, t->run);
			return;
		}
		if (state == RUN_SUCCESS || worst == RUN_CANCELLED)
			continue;
		if (!bad || state == RUN_CANCELLED) {
			bad = child;
			worst = state;
		}
	}
	all_ended(e, t, bad, worst);
}

void
child_check(struct engine *e, struct run_task *t)
{
	t->queued = false;
	if (t->state != TASK_NONE || t->run->state != RUN_RUNNING || e->config.hold ||
	    !run_may_start(e, t->run))
		return;
	watch_drop(e, t);
	if (!t->children)
		begin(e, t);
	if (t->children && t->state == TASK_NONE)
		await(e, t);
}

void
child_orphan(struct engine *e, struct run *run)
{
	const struct run *parent = index_find_number(&e->runs, run->parent);
	struct gate gate = { .kind = GATE_PARENT };

	if (run_is_final(run->state) || !parent)
		return;
	gate.run = parent->run_id;
	gate.dag = parent->dag->id;
	if (run->state == RUN_UP_FOR_RETRY)
		run_give_up(e, run);
	else
		(void)run_cancel(e, run, &gate);
}
