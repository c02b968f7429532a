/*
 * oracle_expand.c - tasks that are expanded, said a second time from STATE.md 5.5.
 *
 * The items are worked out anew from what the last try of the task before left, or from the text
 * of the definition, whenever they are asked for.
 */
#include "core/base/json.h"
#include "core/dagfile/expand.h"
#include "tests/sim/sim.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ITEMS_MAX = 64 }; /* dags.c comes to no more */

/* Items of one task, as JSON, and the index that each instance has. */
struct items {
	char text[ITEMS_MAX][24];
	int at[ITEMS_MAX];
	int n; /* -1: what it was to be expanded over is no list */
};

/* Has it two levels?  The definition says so of several lists, and of what each instance left. */
static bool
is_deep(const struct dag *dag, int index)
{
	const struct expand *x = dag->tasks[index].expand;
	const struct expand_list *list = &x->lists[0];

	return x->n > 1 || (list->from == EXPAND_OUTPUT && dag->tasks[list->task].expand &&
			    strcmp(dag->tasks[list->task].outputs[list->output].name, "l") == 0);
}

static void
add_item(struct items *out, int at, int value)
{
	assert(out->n < ITEMS_MAX);
	(void)snprintf(out->text[out->n], sizeof(out->text[0]), "%d", value);
	out->at[out->n++] = at;
}

/* What one try left under "l"; false: no list. */
static bool
add_left(struct items *out, int64_t attempt, int from)
{
	int items[SIM_ITEMS_MAX], n = shims_list(attempt, items);

	for (int i = 0; i < n; i++)
		add_item(out, from + i, items[i]);
	return n >= 0;
}

/* The items of what the instances of a task left: lists under "l", numbers under "n". */
static bool
find_left(const struct rows *r, const struct run_rec *run, const struct expand_list *list,
	  struct items *out)
{
	bool lists = strcmp(run->dag->tasks[list->task].outputs[list->output].name, "l") == 0;
	const struct task_row *row;
	int at = -1, place = 0;

	for (; (row = rows_instance(run, (int)list->task, at)); at = row->map_index, place++) {
		const struct attempt_row *last = oracle_last_try(r, run, row->task);

		if (row->state != TASK_SUCCESS || !last)
			continue;
		if (lists && !add_left(out, last->key, 1000 * place))
			return false;
		if (!lists && shims_left(last->key) >= 0)
			add_item(out, out->n, shims_left(last->key));
	}
	return true;
}

/* dags.c writes [7, 8], one name or {a: [7, 8], b: one name}, and nothing else. */
static void
cross(struct items *items)
{
	struct items all = { .n = 0 };

	assert(2 * items->n <= ITEMS_MAX);
	for (int i = 0; i < 2 * items->n; i++, all.n++) {
		(void)snprintf(all.text[i], sizeof(all.text[0]), "{\"a\":%d,\"b\":%.6s}",
			       7 + i / items->n, items->text[i % items->n]);
		all.at[i] = i / items->n * 1000 + i % items->n;
	}
	*items = all;
}

/* What the list of a task is; READY_NOW: it is in *out. */
static enum readiness
find_items(const struct rows *r, const struct run_rec *run, int index, struct items *out)
{
	const struct expand *x = run->dag->tasks[index].expand;
	const struct expand_list *list = &x->lists[x->n - 1];
	const struct attempt_row *last;
	enum task_state state;
	bool right;

	out->n = 0;
	if (list->items) {
		const char *rest = list->items + 1;

		for (char *end; *rest && *rest != ']'; rest = *end ? end + 1 : end)
			add_item(out, out->n, (int)strtol(rest, &end, 10));
		return READY_NOW;
	}
	state = oracle_seen(run, list->task, index);
	if (!task_is_final(state))
		return READY_WAIT;
	last = oracle_last_try(r, run, run->dag->tasks[list->task].id);
	if (state != TASK_SUCCESS || !(last || run->tasks[list->task].list))
		return state == TASK_SKIPPED ? READY_SKIP : READY_MISSING;
	right = run->tasks[list->task].list ? find_left(r, run, list, out)
					    : add_left(out, last->key, 0);
	if (!right)
		return READY_MISSING;
	if (x->n > 1)
		cross(out);
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

	return x && !x->lists[x->n - 1].items &&
	       !task_is_final(run->tasks[x->lists[x->n - 1].task].state);
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
	if (n > t->list_items)
		sim_fail(s, "I62", "task %s of run %s of %s has %d instances of %lld items",
			 t->task, run->row.run_id, run->row.dag, n, (long long)t->list_items);
	else if (n < t->list_items &&
		 counts[TASK_NONE] + counts[TASK_CANCELLED] + counts[TASK_FAILED] < n)
		sim_fail(s, "I63", "of task %s of run %s of %s one instance of %d begins, of %lld",
			 t->task, run->row.run_id, run->row.dag, n, (long long)t->list_items);
	else if ((n != last + 1 && !is_deep(run->dag, t->index)) || (t->list != NULL) != (n > 0))
		sim_fail(s, "I49", "task %s of run %s of %s has %d instances, the last is %d",
			 t->task, run->row.run_id, run->row.dag, n, last);
	else if (n && fold(counts, n) != t->state)
		sim_fail(s, "I49", "task %s of run %s of %s is %s, its instances say %s", t->task,
			 run->row.run_id, run->row.dag, task_state_name(t->state),
			 task_state_name(fold(counts, n)));
}

/*
 * A task that was just expanded has an instance for each of the first items of its list, and no
 * other: for all of them, or it goes on to get them.
 */
static void
check_items(struct sim *s, const struct run_rec *run, int index)
{
	int64_t total = run->tasks[index].list_items;
	/* It may be cut short in the transaction that expanded it: its run's time was up. */
	bool grows = rows_grows(run, (size_t)index) || task_is_final(run->tasks[index].state);
	const char *number = is_deep(run->dag, index) ? "I53" : "I49";
	struct items items = { .n = 0 };
	enum readiness is = find_items(&s->rows, run, index, &items);
	const struct task_row *row;
	int at = -1, n = 0;

	for (; is == READY_NOW && (row = rows_instance(run, index, at)); at = row->map_index, n++)
		if (n >= items.n || row->map_index != items.at[n] ||
		    strcmp(row->item, items.text[n]) != 0)
			sim_fail(s, number, "instance %d of task %d of run %s of %s is of item %s",
				 row->map_index, index, run->row.run_id, run->row.dag, row->item);
	if (is == READY_NOW && ((n < items.n && !grows) || total != items.n))
		sim_fail(s, number, "task %d of run %s of %s has %d instances of %d items", index,
			 run->row.run_id, run->row.dag, n, items.n);
}

/* One whose instances come in pieces: they are a prefix, and nothing that is asked of it changed.
 */
static void
check_growing(struct sim *s, const struct run_rec *run, int index)
{
	s->seen[SEEN_GREW]++;
	s->seen[SEEN_GREW_ON] += s->recovering;
	check_items(s, run, index);
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
		if (run->dag->tasks[rec->index].expand && is_deep(run->dag, rec->index))
			(void)snprintf(name, sizeof(name), "%s[%d,%d]",
				       run->dag->tasks[rec->index].id, rec->map_index / 1000,
				       rec->map_index % 1000);
		else
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
	for (size_t i = 0; i < run->n_tasks && !s->failed; i++) {
		if (!run->dag->tasks[i].expand && run->tasks[i].list)
			sim_fail(s, "I49", "task %s of run %s has a list", run->tasks[i].task,
				 run->row.run_id);
		if (!run->dag->tasks[i].expand)
			continue;
		if (rows_grows(run, i))
			check_growing(s, run, (int)i);
		check_template(s, run, &run->tasks[i]);
	}
	if (!s->failed)
		check_replayed(s, run);
}

bool
oracle_grows(const struct rows *r, const struct run_rec **which)
{
	for (size_t i = 0; i < r->n_runs; i++) {
		for (size_t k = 0; k < r->runs[i].n_tasks; k++) {
			if (!rows_grows(&r->runs[i], k))
				continue;
			if (which)
				*which = &r->runs[i];
			return true;
		}
	}
	return false;
}

void
expand_turn(struct sim *s)
{
	const struct run_rec *run;

	if (s->wake_us > sim_wall(s) && oracle_grows(&s->rows, &run))
		sim_fail(s, "I62", "run %s of %s lacks instances, and nobody goes on with them",
			 run->row.run_id, run->row.dag);
}

void
oracle_check_instance(struct sim *s, const struct run_rec *run, const struct attempt_row *a)
{
	if (rows_grows(run, (size_t)a->task_index))
		sim_fail(s, "I63", "attempt %lld of instance %s starts before all are there",
			 (long long)a->key, a->task);
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

/* Has it ended before all of its instances were made? */
static bool
is_cut(const struct run_rec *run, int index)
{
	const struct task_row *row;
	int at = -1;
	int64_t n = 0;

	for (; (row = rows_instance(run, index, at)); at = row->map_index)
		n++;
	return n < run->tasks[index].list_items;
}

void
oracle_check_move(struct sim *s, const struct run_rec *run, const struct event_row *row)
{
	const struct task *task = &run->dag->tasks[row->task_index];
	const struct task_row *own = rows_task(&s->rows, row->run, row->task_index, row->map_index);
	bool right = true;

	s->seen[SEEN_RETURNED] += strcmp(row->from, "removed") == 0;
	s->seen[SEEN_CUT] += row->map_index < 0 && strcmp(row->from, "expanded") == 0 &&
			     is_cut(run, row->task_index);
	if (row->map_index < 0 && strcmp(row->to, "expanded") == 0) {
		s->seen[SEEN_EXPANDED]++;
		s->seen[SEEN_NESTED] += is_deep(run->dag, row->task_index);
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
