/*
 * oracle_child.c - I54: runs that tasks of other runs had made, said a second time from
 * STATE.md 5.6.
 *
 * Which runs there have to be is counted off the almanac, what their params are is looked up in the
 * rows; nothing of the engine is asked.
 */
#include "core/base/json.h"
#include "tests/sim/sim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- reading rows ---- */

/* Pair number `at` of [[key, logical_us], ...]; false: there are no more. */
static bool
pair_at(const char *text, size_t at, long long *key, long long *logical_us)
{
	for (; text && (text = strchr(text, '[')); text++) {
		const char *digits = text + strspn(text, "[");

		if (*digits == ']')
			return false;
		if (!at--)
			return sscanf(digits, "%lld,%lld", key, logical_us) == 2;
		text = strchr(digits, ']');
		if (!text)
			return false;
	}
	return false;
}

const struct run_rec *
oracle_child_at(const struct rows *r, const struct task_row *row, size_t at)
{
	long long key, logical_us;

	return pair_at(row->children, at, &key, &logical_us) ? rows_run(r, key) : NULL;
}

bool
oracle_has_children(const struct run_rec *run, int index)
{
	return run->tasks[index].children != NULL;
}

/* The value of param n of a run, by the definition that has its default; "" where there is none. */
static const char *
value_of(struct sim *s, const struct run_row *run, const struct dag *dag)
{
	const char *value = dag->n_params ? dag->params[0].value : "";
	json_t *given = NULL;

	if (!json_read(&given, run->params, strlen(run->params), "params", NULL) && dag->n_params &&
	    json_object_get(given, dag->params[0].name))
		value = arena_str(s->arena, json_get_text(given, dag->params[0].name, "?"));
	json_decref(given);
	return value;
}

/* What the task gives for it. */
static const char *
value_given(struct sim *s, const struct run_rec *run, const struct task *task,
	    const struct dag *child)
{
	if (!task->child.n_params)
		return child->n_params ? child->params[0].value : "";
	if (strchr(task->child.params[0].value, '{'))
		return value_of(s, &run->row, run->dag);
	return task->child.params[0].value;
}

/* ---- which runs ---- */

/* The logical date number `at` of the runs that a task asks for; INT64_MAX: there are no more. */
static int64_t
date_at(const struct rows *r, const struct run_rec *run, const struct dag *child, int64_t now_us,
	size_t at)
{
	int64_t end_us = run->row.end_us > run->row.start_us ? run->row.end_us
							     : run->row.start_us + 1;
	struct parts parts;

	if (!child->partitioned)
		return at ? INT64_MAX : run->row.logical_us;
	parts = almanac_overlap(r->almanac, child->grid, run->row.start_us, end_us);
	for (int64_t part = parts.first; part <= parts.last; part++) {
		int64_t start_us = almanac_start(r->almanac, child->grid, part);

		if (almanac_is_empty(r->almanac, child->grid, part) ||
		    (run->row.early && start_us > now_us))
			continue;
		if (!at--)
			return start_us;
	}
	return INT64_MAX;
}

enum readiness
oracle_child(const struct rows *r, const struct run_rec *run, int index, int64_t now_us)
{
	const struct task *task = &run->dag->tasks[index];
	const struct dag_row *row = rows_dag(r, task->child.dag);
	const struct dag *child = rows_active(r, task->child.dag);
	const struct run_rec *made;
	int64_t us;

	if (oracle_has_children(run, index)) {
		for (size_t at = 0; (made = oracle_child_at(r, &run->tasks[index], at)); at++)
			if (!run_is_final(made->row.state))
				return READY_WAIT;
		return READY_NOW;
	}
	/* Without its dag it fails. */
	if (!row || !row->present)
		return READY_NOW;
	for (size_t at = 0; (us = date_at(r, run, child, now_us, at)) != INT64_MAX; at++)
		if ((run->row.early ? us : oracle_end(r->almanac, child, us)) > now_us)
			return READY_WAIT;
	return READY_NOW;
}

bool
oracle_child_is_far(const struct rows *r, const struct run_rec *run, int index, int64_t now_us,
		    int64_t until_us)
{
	const struct task *task = &run->dag->tasks[index];
	const struct dag *child = task->child.dag ? rows_active(r, task->child.dag) : NULL;
	int64_t us;

	if (!child || run->tasks[index].state != TASK_NONE || oracle_has_children(run, index))
		return false;
	for (size_t at = 0; (us = date_at(r, run, child, now_us, at)) != INT64_MAX; at++)
		if ((run->row.early ? us : oracle_end(r->almanac, child, us)) > until_us)
			return true;
	return false;
}

bool
child_may_move(const struct run_rec *run, const struct event_row *row)
{
	bool own = (size_t)row->task_index < run->dag->n_tasks &&
		   run->dag->tasks[row->task_index].child.dag;

	/* One that is told ends without an attempt, too: told_ended() asks for that. */
	if (!strcmp(row->to, "success") && (size_t)row->task_index < run->dag->n_tasks &&
	    run->dag->tasks[row->task_index].wait.told)
		return true;
	if (!strcmp(row->from, "none") &&
	    (!strcmp(row->to, "success") || !strcmp(row->to, "up_for_retry")))
		return own;
	if (!strcmp(row->from, "up_for_retry") && !strcmp(row->to, "none"))
		return own;
	return !own || strcmp(row->to, "scheduled") != 0;
}

/* ---- it asks ---- */

/* It waits for runs, and will not any more. */
static void
note_wait(struct sim *s, const struct run_rec *run, const struct task_row *row)
{
	const struct task_row *old = run && (size_t)row->index < run->n_tasks && row->map_index < 0
					 ? &run->tasks[row->index]
					 : NULL;
	bool goes_on = row->state == TASK_NONE && row->children;

	if (!old || !old->task || old->state != TASK_NONE || !old->children || goes_on ||
	    s->n_had == SIM_ASKS_MAX)
		return;
	s->had[s->n_had++] = (struct child_wait){ row->run, old->task, old->children };
}

void
child_drop(struct sim *s, int64_t key)
{
	const struct run_rec *run = rows_run(&s->rows, key);

	for (size_t i = 0; run && i < run->n_tasks && s->n_moved < SIM_ASKS_MAX; i++)
		if (run->tasks[i].task && run->tasks[i].children)
			s->moved[s->n_moved++] = (struct child_wait){ key, run->tasks[i].task,
								      run->tasks[i].children };
}

/* Kept by an epoch on another definition, perhaps in another place. */
static bool
is_moved(const struct sim *s, const struct task_row *row)
{
	for (size_t i = 0; i < s->n_moved; i++)
		if (s->moved[i].run == row->run && !strcmp(s->moved[i].task, row->task) &&
		    !strcmp(s->moved[i].children, row->children))
			return true;
	return false;
}

void
child_change(struct sim *s, const struct task_row *row)
{
	const struct run_rec *run = rows_run(&s->rows, row->run);
	const char *before = NULL;

	note_wait(s, run, row);
	if (!row->children || row->map_index >= 0)
		return;
	if (run && (size_t)row->index < run->n_tasks)
		before = run->tasks[row->index].children;
	if (before && !strcmp(before, row->children))
		return;
	if (is_moved(s, row))
		return;
	if (row->state == TASK_NONE || row->state == TASK_SUCCESS)
		if (s->n_asks < SIM_ASKS_MAX)
			s->asks[s->n_asks++] = (struct child_ask){ row->run, row->index };
}

/* I54: one of the runs that a task has from now on. */
static void
check_child(struct sim *s, const struct run_rec *run, const struct task *task,
	    const struct run_rec *child)
{
	bool own = child->row.parent == run->row.key && !strcmp(child->row.parent_task, task->id);
	bool was_good = child->before_state == RUN_SUCCESS &&
			!(child->before_early && !run->row.early);
	bool opened = child->row.epoch != child->before_epoch;

	s->seen[SEEN_CHILD_MADE] += !child->before_epoch;
	s->seen[SEEN_CHILD_TAKEN] += was_good && !opened;
	s->seen[SEEN_CHILD_CLEARED] += child->before_epoch && opened && own;
	s->seen[SEEN_CHILD_JOINED] += !run_is_final(child->before_state) && child->before_epoch &&
				      !own;
	/* Two may want it in one transaction, or a person. */
	if (!child->before_epoch && !child->row.parent && !s->commanded &&
	    child->row.type != RUN_SCHEDULED)
		sim_fail(s, "I54", "run %s of %s does not tell who made it", child->row.run_id,
			 child->row.dag);
	if (child->before_epoch && was_good && opened && own)
		sim_fail(s, "I54", "run %s of %s had ended well and was cleared by a task",
			 child->row.run_id, child->row.dag);
	if (child->before_epoch && run_is_final(child->before_state) && !was_good && !opened)
		sim_fail(s, "I54", "run %s of %s was taken over as %s", child->row.run_id,
			 child->row.dag, run_state_name(child->before_state));
}

static void
check_ask(struct sim *s, const struct child_ask *ask)
{
	const struct run_rec *run = rows_run(&s->rows, ask->run), *child;
	const struct task_row *row = &run->tasks[ask->index];
	const struct task *task = &run->dag->tasks[ask->index];
	const struct dag *dag = rows_active(&s->rows, task->child.dag);
	long long key, logical_us;
	size_t at = 0;

	/* Its run was cleared in the same transaction, after it had asked. */
	if (!row->children)
		return;
	if (oracle_was_paused(&s->rows, run->row.dag, 0))
		sim_fail(s, "I54", "task %s of run %s asks for runs in a paused dag", task->id,
			 run->row.run_id);
	for (; pair_at(row->children, at, &key, &logical_us) && !s->failed; at++) {
		child = rows_run(&s->rows, key);
		if (!child || strcmp(child->row.dag, dag->id) != 0 ||
		    child->row.logical_us != logical_us ||
		    logical_us != date_at(&s->rows, run, dag, sim_wall(s), at)) {
			sim_fail(s, "I54", "run %lld is not number %zu of what task %s of %s runs",
				 key, at, task->id, run->row.run_id);
			return;
		}
		if (strcmp(value_of(s, &child->row, dag), value_given(s, run, task, dag)) != 0)
			sim_fail(s, "I54", "run %s of %s has other params than task %s gives",
				 child->row.run_id, child->row.dag, task->id);
		check_child(s, run, task, child);
	}
	s->seen[SEEN_CHILD_FINER] += at > 1;
	if (!s->failed && date_at(&s->rows, run, dag, sim_wall(s), at) != INT64_MAX)
		sim_fail(s, "I54", "task %s of run %s has %zu runs, and there are more", task->id,
			 run->row.run_id, at);
}

/* ---- what comes of it ---- */

/* Have all of its runs ended well, or one of them otherwise?  Done again since, it may have. */
static void
count_ends(const struct sim *s, const struct task_row *row, size_t *live, size_t *bad)
{
	const struct run_rec *child;

	*live = *bad = 0;
	for (size_t at = 0; (child = oracle_child_at(&s->rows, row, at)); at++) {
		if (child->before_epoch != child->row.epoch)
			continue;
		*live += !run_is_final(child->row.state);
		*bad += run_is_final(child->row.state) && child->row.state != RUN_SUCCESS;
	}
}

/* Was a run of it opened in this transaction, so that how it had ended is not known any more? */
static bool
is_blurred(const struct sim *s, const struct task_row *row)
{
	const struct run_rec *child;

	for (size_t at = 0; (child = oracle_child_at(&s->rows, row, at)); at++)
		if (child->before_epoch != child->row.epoch)
			return true;
	return false;
}

/* Is there a run that it asks for with other params, or no dag to run? */
static bool
is_refused(struct sim *s, const struct run_rec *run, int index)
{
	const struct task *task = &run->dag->tasks[index];
	const struct dag_row *row = rows_dag(&s->rows, task->child.dag);
	const struct dag *dag = rows_active(&s->rows, task->child.dag);
	const struct run_rec *child;
	int64_t us;

	if (!row || !row->present)
		return true;
	for (size_t at = 0; (us = date_at(&s->rows, run, dag, sim_wall(s), at)) != INT64_MAX;
	     at++) {
		child = rows_run_at(&s->rows, dag->id, us);
		if (!child ||
		    !strcmp(value_of(s, &child->row, dag), value_given(s, run, task, dag)))
			continue;
		s->seen[SEEN_CHILD_CONFLICT]++;
		return true;
	}
	return false;
}

bool
child_failed_rightly(struct sim *s, const struct run_rec *run, int index)
{
	const struct task_row *row = &run->tasks[index];
	size_t live, bad;

	if (!row->children)
		return is_refused(s, run, index);
	count_ends(s, row, &live, &bad);
	return bad || is_blurred(s, row);
}

/* I54: a task that waited for runs has ended, or will ask for them again. */
static void
check_end(struct sim *s, const struct run_rec *run, const struct event_row *row)
{
	const struct task_row *task = &run->tasks[row->task_index];
	bool again = !strcmp(row->to, "up_for_retry");
	size_t live, bad;

	count_ends(s, task, &live, &bad);
	s->seen[SEEN_CHILD_RETRY] += again;
	if (!strcmp(row->to, "success") && (live || bad))
		sim_fail(s, "I54", "task %s of run %s is a success, and %zu of its runs are not",
			 task->task, run->row.run_id, live + bad);
	if (again && (live || (!bad && !is_blurred(s, task))))
		sim_fail(s, "I54", "task %s of run %s asks again, and its runs have not failed",
			 task->task, run->row.run_id);
	if (again && task->failures > run->dag->tasks[row->task_index].retry.retries)
		sim_fail(s, "I54", "task %s of run %s asks too often", task->task, run->row.run_id);
}

/* Had a task this run made before this transaction?  It may have its next epoch since. */
static bool
is_of(const struct run_rec *child, const struct run_rec *run, const char *task)
{
	return child->row.parent == run->row.key && !strcmp(child->row.parent_task, task) &&
	       child->before_epoch && !run_is_final(child->before_state);
}

void
orphans_commit(struct sim *s)
{
	for (size_t i = 0; i < s->n_had; i++) {
		const struct child_wait *had = &s->had[i];
		const struct task_row waited = { .children = had->children };
		const struct run_rec *run = rows_run(&s->rows, had->run), *child;

		for (size_t at = 0; (child = oracle_child_at(&s->rows, &waited, at)); at++)
			if (is_of(child, run, had->task))
				rows_run(&s->rows, child->row.key)->cancelled = child->before_epoch;
	}
	s->n_had = 0;
}

/* Is something of a run left that a cancel would have ended? */
static bool
goes_on(const struct run_rec *run)
{
	for (size_t i = 0; i < run->n_tasks; i++) {
		enum task_state is = run->tasks[i].state;

		if (!task_outlives(&run->dag->tasks[i]) &&
		    (is == TASK_NONE || is == TASK_SCHEDULED || is == TASK_UP_FOR_RETRY ||
		     is == TASK_UP_FOR_RESCHEDULE))
			return true;
	}
	return run->row.state == RUN_UP_FOR_RETRY;
}

/* I54: what a task made is cancelled with it. */
static void
check_orphans(struct sim *s, const struct run_rec *run, const struct event_row *row)
{
	const struct task_row *task = &run->tasks[row->task_index];
	const struct run_rec *child;

	for (size_t at = 0; (child = oracle_child_at(&s->rows, task, at)); at++) {
		if (!is_of(child, run, task->task) || child->before_epoch != child->row.epoch)
			continue;
		s->seen[SEEN_ORPHAN]++;
		if (!run_is_final(child->row.state) && goes_on(child))
			sim_fail(s, "I54", "run %s of %s goes on without the task that made it",
				 child->row.run_id, child->row.dag);
	}
}

void
child_commit(struct sim *s, const struct change *changes, size_t n)
{
	for (size_t i = 0; i < s->n_asks && !s->failed; i++)
		check_ask(s, &s->asks[i]);
	s->n_asks = s->n_moved = 0;
	for (size_t i = 0; i < n && !s->failed; i++) {
		const struct event_row *row = &changes[i].event;
		const struct run_rec *run;

		if (changes[i].kind != CHANGE_EVENT || row->kind[0] != 't' || row->map_index >= 0)
			continue;
		run = rows_run(&s->rows, row->run);
		if (run->row.epoch != run->before_epoch ||
		    !run->dag->tasks[row->task_index].child.dag ||
		    !run->tasks[row->task_index].children || strcmp(row->from, "none") != 0)
			continue;
		if (!strcmp(row->to, "cancelled"))
			check_orphans(s, run, row);
		else
			check_end(s, run, row);
	}
}
