/* load.c - from committed rows back to a running engine. */
#include "scheduler/engine/load.h"

#include "core/base/json.h"
#include "core/model/cursor.h"
#include "scheduler/engine/restore.h"
#include "scheduler/life/attempt.h"
#include "scheduler/state/def.h"
#include "scheduler/state/early.h"
#include "scheduler/state/emit.h"
#include "scheduler/state/partition.h"
#include "scheduler/state/past.h"
#include "scheduler/life/run.h"
#include "scheduler/state/slot.h"
#include "scheduler/state/todo.h"
#include "scheduler/state/woken.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct def *
find_def(const struct engine *e, const char *digest)
{
	struct def *def = index_find_name(&e->defs, digest);

	assert(def);
	return def;
}

void
engine_load_def(struct engine *e, struct dag *dag)
{
	/* It has no user yet; engine_load_end() lets go of those that got none. */
	(void)def_known(e, dag);
}

void
engine_load_dag(struct engine *e, const struct dag_row *row)
{
	struct dag_state *d = dag_state_make(e, row->dag);

	d->active = find_def(e, row->digest);
	d->active->users++;
	d->present = row->present;
	d->paused = row->paused;
	d->failures = row->failures;
	d->cursor_us = cursor_stands(d->active->dag, row->cursor_us);
	if (d->cursor_us != row->cursor_us)
		mark_dag(e, d);
	d->live_since_us = row->live_since_us;
	d->group.cap = d->active->dag->max_active_runs;
	d->limiter.max = d->active->dag->max_active_tasks;
}

void
engine_load_backfill(struct engine *e, const struct backfill_row *row)
{
	struct backfill *b = backfill_make(e, row->key);

	b->row = *row;
	b->group.dag = dag_state_find(e, row->dag);
	assert(b->group.dag);
	b->row.dag = b->group.dag->id;
	b->group.cap = row->max_active_runs;
}

static void
load_steps(struct clocks *c, const char *text)
{
	json_t *list = NULL, *step;
	size_t i;

	if (!text || json_read(&list, text, strlen(text), "steps", NULL))
		return;
	json_array_foreach(list, i, step)
	{
		if (i < CLOCK_STEPS_MAX)
			c->steps[c->n_steps++] = (struct clock_step){
				json_integer_value(json_array_get(step, 0)),
				json_integer_value(json_array_get(step, 1)),
			};
	}
	(void)snprintf(c->text, sizeof(c->text), "%s", text);
	c->row.steps = c->text;
	json_decref(list);
}

void
engine_load_clock(struct engine *e, const struct clock_row *row)
{
	e->clocks.row = *row;
	e->clocks.row.steps = NULL;
	load_steps(&e->clocks, row->steps);
	(void)snprintf(e->clocks.boot, sizeof(e->clocks.boot), "%s", row->boot);
	e->clocks.row.boot = e->clocks.boot;
	if (BUG_IS(16)) /* planted: a restart believes a clock that jumped ahead */
		e->clocks.row.held_until_us = 0;
}

void
engine_load_run(struct engine *e, const struct run_row *row)
{
	struct dag_state *d = dag_state_find(e, row->dag);
	bool under_way = !run_is_final(row->state);

	if (under_way && !dag_is_unread(find_def(e, row->digest)->dag)) {
		(void)run_restore(e, row, find_def(e, row->digest));
		return;
	}
	/* Held until a version comes that understands it: it counts for its day, as it stands. */
	e->n_held_runs += under_way;
	assert(d);
	past_add(d, &(struct past_run){
			.logical_us = row->logical_us,
			.key = row->key,
			.type = (uint8_t)row->type,
			.state = (uint8_t)row->state,
			.early = row->early,
		    });
	if (row->early)
		early_add(d, row->logical_us);
}

void
engine_load_task(struct engine *e, const struct task_row *row)
{
	struct run *run = index_find_number(&e->runs, row->run);

	if (run)
		task_restore(run, row);
}

void
engine_load_group(struct engine *e, const struct group_row *row)
{
	struct run *run = index_find_number(&e->runs, row->run);

	if (run)
		group_restore(run, row);
}

void
engine_load_attempt(struct engine *e, const struct attempt_row *row)
{
	struct run *run = index_find_number(&e->runs, row->run);
	struct attempt *a;

	if (!attempt_is_live(row->state))
		return;
	if (!run) {
		e->held_attempts = mem_grow(e->held_attempts, e->n_held_attempts,
					    &e->room_held_attempts, sizeof(*e->held_attempts));
		e->held_attempts[e->n_held_attempts++] = row->key;
		return;
	}
	assert(row->task_index >= 0 && (size_t)row->task_index < run->def->dag->n_tasks);
	a = mem_new(1, sizeof(*a));
	a->row = *row;
	a->task = row->map_index < 0
		      ? &run->tasks[row->task_index]
		      : instance_make(run, (uint32_t)row->task_index, row->map_index);
	a->label = mem_str(row->task);
	a->row.task = a->label;
	a->row.message = "";
	a->pool = mem_str(row->pool ? row->pool : task_pool(task_of(a->task)));
	a->row.pool = a->pool;
	a->result = mem_str(row->result);
	a->row.result = a->result;
	a->limits = mem_str(row->limits);
	a->row.limits = a->limits;
	a->inputs = mem_str(row->inputs ? row->inputs : "[]");
	a->row.inputs = a->inputs;
	a->outputs = mem_str(row->outputs);
	a->row.outputs = a->outputs;
	a->artifacts = mem_str(row->artifacts);
	a->row.artifacts = a->artifacts;
	attempt_add(e, a);
}

void
engine_load_limits(struct engine *e, const struct limits_row *row)
{
	ledger_recall(e, row->text);
}

void
engine_load_start(struct engine *e, const struct attempt_row *row)
{
	pool_recall(e, row);
}

void
engine_load_dataset_event(struct engine *e, const struct dataset_event_row *row)
{
	struct dag_state *d = dag_state_find(e, row->consumer);

	assert(d && !row->consumed);
	woken_add(e, d, row, false);
}

void
engine_load_partition(struct engine *e, const struct partition_row *row)
{
	partition_set(e, row);
}

/*
 * Who takes up a run says so, and who does not, because it is here for runs of its own alone, says
 * that as well: what was written down before is of somebody who is gone.
 */
static void
say_who_keeps(struct engine *e, struct run *run)
{
	if (e->config.session)
		run_set_gate(e, run, &(struct gate){ .kind = GATE_NO_SCHEDULER });
	else if (run->state == RUN_UP_FOR_RETRY)
		run_say_retry(e, run);
	else if (run->state == RUN_RUNNING && run_gate(run) == GATE_NO_SCHEDULER)
		run_set_gate(e, run, NULL);
}

/* Take up a run where it was left. */
static void
resume(struct engine *e, struct run *run)
{
	struct task_walk w = { .run = run };
	struct run_task *t;

	if (run_is_final(run->state))
		return;
	run_open(e, run);
	run_watch_due(e, run);
	say_who_keeps(e, run);
	if (run->active) {
		run->slot = true;
		run_group(run)->used++;
	}
	while ((t = walk_next(&w))) {
		if (t->state == TASK_SCHEDULED && run_may_start(e, run))
			ready_add(e, t);
		else if (task_is_timed((enum task_state)t->state) && !e->config.session)
			heap_push(&e->timers, &t->item);
	}
	for (size_t i = 0; i < run->def->dag->n_retried; i++)
		if (run->groups[i].due_us && !e->config.session)
			heap_push(&e->regroups, &run->groups[i].item);
	run_look(e, run);
}

static void
drop_unused(struct engine *e)
{
	struct def *def, *next;

	for (def = index_first(&e->defs); def; def = next) {
		next = index_next(def);
		if (def->users)
			continue;
		index_remove(&e->defs, def);
		dag_unref(def->dag);
		free(def);
	}
}

void
engine_load_end(struct engine *e, int64_t last_run, int64_t last_attempt, int64_t last_backfill,
		int64_t last_seq, int64_t last_dataset_event)
{
	struct dag_state *d;
	struct run *run;

	e->last_run = last_run;
	e->last_attempt = last_attempt;
	e->last_backfill = last_backfill;
	e->last_seq = last_seq;
	e->last_dataset_event = last_dataset_event;
	drop_unused(e);
	writers_build(e);
	for (d = index_first(&e->dags); d; d = index_next(d))
		plan_again(e, d);
	for (run = index_first(&e->runs); run; run = index_next(run))
		resume(e, run);
}
