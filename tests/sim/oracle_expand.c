/*
 * oracle_expand.c - tasks that are expanded, said a second time from STATE.md 5.5.
 *
 * The items are worked out anew from what the last try of the task before left, or from the text
 * of the definition, whenever they are asked for.
 */
#include "core/base/json.h"
#include "core/dagfile/expand.h"
#include "tests/sim/sim.h"

#include <stdio.h>
#include <string.h>

/* Items of one task, as JSON. */
struct items {
	char text[SIM_ITEMS_MAX][16];
	int n; /* -1: what it was to be expanded over is no list */
};

/* What the list of a task is; READY_NOW: it is in *out. */
static enum readiness
find_items(const struct rows *r, const struct run_rec *run, int index, struct items *out)
{
	const struct expand_list *list = &run->dag->tasks[index].expand->lists[0];
	const struct attempt_row *last;
	int items[SIM_ITEMS_MAX];
	enum task_state state;

	/* dags.c writes no other. */
	if (list->items) {
		*out = (struct items){ { "7", "8" }, 2 };
		return READY_NOW;
	}
	state = oracle_seen(run, list->task, index);
	if (!task_is_final(state))
		return READY_WAIT;
	last = oracle_last_try(r, run, run->dag->tasks[list->task].id);
	if (state != TASK_SUCCESS || !last)
		return state == TASK_SKIPPED ? READY_SKIP : READY_MISSING;
	out->n = shims_list(last->key, items);
	for (int i = 0; i < out->n; i++)
		(void)snprintf(out->text[i], sizeof(out->text[i]), "%d", items[i]);
	if (out->n < 0)
		return READY_MISSING;
	return out->n ? READY_NOW : READY_SKIP;
}

enum readiness
oracle_list(const struct rows *r, const struct run_rec *run, int index)
{
	struct items items;

	return find_items(r, run, index, &items);
}

bool
oracle_listed_anew(const struct run_rec *run, int index)
{
	const struct expand *x = run->dag->tasks[index].expand;

	return x && !x->lists[0].items && !task_is_final(run->tasks[x->lists[0].task].state);
}

void
oracle_count_upstream(struct tally *t, const struct run_rec *run, size_t up, int64_t who)
{
	const struct task_row *row;

	if (!run->tasks[up].list) {
		oracle_count(t, &run->dag->tasks[up], oracle_seen(run, up, who));
		return;
	}
	for (size_t at = run->n_tasks; (row = rows_next(run, &at, false));)
		if ((size_t)row->index == up)
			oracle_count(t, &run->dag->tasks[up], row->state);
}

/* What instances have come to together. */
static enum task_state
fold(const int counts[TASK_STATE_COUNT], int n)
{
	int ended = 0;

	for (int i = 0; i < TASK_STATE_COUNT; i++)
		ended += task_is_final((enum task_state)i) ? counts[i] : 0;
	if (ended < n)
		return TASK_EXPANDED;
	if (counts[TASK_CANCELLED])
		return TASK_CANCELLED;
	if (counts[TASK_FAILED])
		return TASK_FAILED;
	if (counts[TASK_UPSTREAM_FAILED])
		return TASK_UPSTREAM_FAILED;
	return counts[TASK_SKIPPED] == n ? TASK_SKIPPED : TASK_SUCCESS;
}

/* Instances stand side by side, and their task is what they came to. */
static void
check_template(struct sim *s, const struct run_rec *run, const struct task_row *t)
{
	int counts[TASK_STATE_COUNT] = { 0 }, n = 0, last = -1;
	const struct task_row *row;

	for (size_t at = run->n_tasks; (row = rows_next(run, &at, false));) {
		if (row->index != t->index)
			continue;
		last = row->map_index > last ? row->map_index : last;
		counts[row->state]++;
		n++;
	}
	if (n != last + 1 || (t->list != NULL) != (n > 0))
		sim_fail(s, "I49", "task %s of run %s of %s has %d instances, the last is %d",
			 t->task, run->row.run_id, run->row.dag, n, last);
	else if (n && fold(counts, n) != t->state)
		sim_fail(s, "I49", "task %s of run %s of %s is %s, its instances say %s", t->task,
			 run->row.run_id, run->row.dag, task_state_name(t->state),
			 task_state_name(fold(counts, n)));
}

/* A task that was just expanded has an instance for each item of its list. */
static void
check_items(struct sim *s, const struct run_rec *run, int index)
{
	struct items items = { .n = 0 };
	enum readiness is = find_items(&s->rows, run, index, &items);

	for (int i = 0; i <= items.n && is == READY_NOW; i++) {
		const struct task_row *row = rows_at(run, rows_place(index, i));
		bool there = row && row->state != TASK_REMOVED;

		if (there != (i < items.n) || (there && strcmp(row->item, items.text[i]) != 0))
			sim_fail(s, "I49", "instance %d of task %d of run %s of %s is of item %s",
				 i, index, run->row.run_id, run->row.dag,
				 there ? row->item : "none");
	}
}

/* The log of each instance says what its row says. */
static void
check_replayed(struct sim *s, const struct run_rec *run)
{
	for (size_t i = 0; i < run->n_instances; i++) {
		const struct instance_rec *rec = &run->instances[i];
		enum task_state is = rec->row.task ? rec->row.state : TASK_NONE;
		char name[40];

		if (is != rec->replayed)
			sim_fail(s, "I06",
				 "instance %d of task %d of run %s is %s, the log says %s",
				 rec->map_index, rec->index, run->row.run_id, task_state_name(is),
				 task_state_name((enum task_state)rec->replayed));
		if (!rec->row.task || (size_t)rec->index >= run->dag->n_tasks)
			continue;
		(void)snprintf(name, sizeof(name), "%s[%d]", run->dag->tasks[rec->index].id,
			       rec->map_index);
		if (strcmp(name, rec->row.task) != 0 || !run->dag->tasks[rec->index].expand)
			sim_fail(s, "I49", "instance %s of run %s is of task %s", rec->row.task,
				 run->row.run_id, run->dag->tasks[rec->index].id);
	}
}

void
oracle_expand(struct sim *s, const struct run_rec *run)
{
	for (size_t i = 0; i < run->n_tasks && !s->failed; i++)
		if (run->dag->tasks[i].expand)
			check_template(s, run, &run->tasks[i]);
		else if (run->tasks[i].list)
			sim_fail(s, "I49", "task %s of run %s has a list", run->tasks[i].task,
				 run->row.run_id);
	if (!s->failed)
		check_replayed(s, run);
}

void
oracle_check_instance(struct sim *s, const struct run_rec *run, const struct attempt_row *a)
{
	if (run->tasks[a->task_index].state != TASK_EXPANDED ||
	    oracle_ready(&s->rows, run, a->task_index, true, sim_wall(s)) != READY_NOW)
		sim_fail(s, "I07", "attempt %lld of instance %s of run %s of %s starts too early",
			 (long long)a->key, a->task, run->row.run_id, run->row.dag);
}

/* Does everything let the task be expanded now? */
static bool
may_expand(struct sim *s, const struct run_rec *run, const struct task *task, int index)
{
	return oracle_upstreams(run, task) == VERDICT_RUN &&
	       oracle_when(&s->rows, run, index) == READY_NOW &&
	       oracle_past(&s->rows, run, task, sim_wall(s)) == PAST_GOOD &&
	       oracle_given(&s->rows, run, index) == READY_NOW &&
	       oracle_list(&s->rows, run, index) == READY_NOW;
}

/* Could an instance that ends without an attempt not have started any more? */
static bool
may_end(struct sim *s, const struct run_rec *run, const struct event_row *row)
{
	const struct task *task = &run->dag->tasks[row->task_index];
	enum readiness is = oracle_ready(&s->rows, run, row->task_index, true, sim_wall(s));

	switch (task_state_of(row->to)) {
	case TASK_UPSTREAM_FAILED:
		return is == READY_UPSTREAM_FAILED;
	case TASK_SKIPPED:
		return is == READY_SKIP || is == READY_WHEN_FALSE;
	case TASK_FAILED:
		return is == READY_MISSING || is == READY_WHEN_ERROR ||
		       oracle_missing(&s->rows, run, task, sim_wall(s));
	default:
		return false;
	}
}

void
oracle_check_move(struct sim *s, const struct run_rec *run, const struct event_row *row)
{
	const struct task *task = &run->dag->tasks[row->task_index];
	const struct task_row *own = rows_task(&s->rows, row->run, row->task_index, row->map_index);
	bool right = true;

	s->seen[SEEN_RETURNED] += strcmp(row->from, "removed") == 0;
	if (row->map_index < 0 && strcmp(row->to, "expanded") == 0) {
		s->seen[SEEN_EXPANDED]++;
		right = may_expand(s, run, task, row->task_index);
		check_items(s, run, row->task_index);
	} else if (strcmp(row->to, "failed") == 0 && row->map_index >= 0 && !row->attempt) {
		right = may_end(s, run, row) || oracle_expired(s, run, task, own->task);
	} else if (row->map_index >= 0 && strcmp(row->from, "none") == 0) {
		right = strcmp(row->to, "scheduled") == 0 || strcmp(row->to, "cancelled") == 0 ||
			may_end(s, run, row);
	}
	if (!right)
		sim_fail(s, "I08", "task %s of run %s of %s goes from %s to %s too early",
			 own ? own->task : task->id, run->row.run_id, run->row.dag, row->from,
			 row->to);
}
