/* clock.c - what follows when the wall clock was set. */
#include "scheduler/engine/clock.h"

#include "core/model/interval.h"
#include "core/time/civil.h"
#include "scheduler/engine/deadline.h"
#include "scheduler/engine/retry.h"
#include "scheduler/engine/shortage.h"
#include "scheduler/state/early.h"
#include "scheduler/state/emit.h"
#include "scheduler/state/slot.h"
#include "scheduler/life/run.h"
#include "scheduler/life/task.h"
#include "scheduler/state/todo.h"
#include "scheduler/state/watch.h"
#include "scheduler/state/woken.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define JUMP_US MINUTE_US /* less is what a time server does */
#define DRIFT_US \
	(10 * SECOND_US) /* ... and from here on it is noted, and waits go on as they were */
#define HOLD_US (5 * MINUTE_US)

/* ---- waits ---- */

/* A retry is due at another instant of the wall clock. */
static void
move_retry(struct engine *e, struct run_task *t, int64_t due_us)
{
	bool timed = t->item.at != 0;

	if (due_us == t->due_us)
		return;
	if (timed)
		heap_remove(&e->timers, &t->item);
	t->due_us = due_us;
	if (timed)
		heap_push(&e->timers, &t->item);
	mark_task(e, t);
}

/* The start that its retry_budget counts from. */
static void
move_first(struct engine *e, struct run_task *t, bool same_boot, int64_t delta_us)
{
	int64_t first_us = same_boot ? t->first_us + delta_us : t->first_us;

	if (!t->first_us || task_is_final((enum task_state)t->state))
		return;
	t->first_us = first_us > e->now_us ? e->now_us : first_us;
	mark_task(e, t);
}

/* The same for groups, of both. */
static void
move_groups(struct engine *e, struct run *run, bool same_boot, int64_t delta_us)
{
	for (size_t i = 0; i < run->def->dag->n_retried; i++) {
		struct run_group *g = &run->groups[i];
		int64_t due_us = same_boot ? g->due_us + delta_us : g->due_us;
		int64_t first_us = same_boot ? g->first_us + delta_us : g->first_us;
		bool timed = g->item.at != 0;

		if (!g->open)
			continue;
		if (g->first_us) {
			g->first_us = first_us > e->now_us ? e->now_us : first_us;
			mark_group(e, g);
		}
		if (!g->due_us)
			continue;
		if (!same_boot && due_us > e->now_us + group_retry_delay(g))
			due_us = e->now_us + group_retry_delay(g);
		if (timed)
			heap_remove(&e->regroups, &g->item);
		g->due_us = due_us;
		if (timed)
			heap_push(&e->regroups, &g->item);
		mark_group(e, g);
	}
}

/* The same for what a run waits for. */
static void
move_deadline(struct engine *e, struct run *run, bool same_boot, int64_t delta_us)
{
	int64_t latest_us = e->now_us + deadline_wait_max(run);

	if (!run->due_us || run_is_final(run->state))
		return;
	if (same_boot && BUG_IS(18)) /* planted: it follows the wall clock */
		return;
	if (same_boot)
		run_set_due(e, run, run->due_us + delta_us);
	else if (run->due_us > latest_us)
		run_set_due(e, run, latest_us);
}

/*
 * In the same boot the time that a retry still has to wait stays what it was.  In another one only
 * the wall clock is left: no longer than its whole delay.
 */
static void
move_retries(struct engine *e, bool same_boot, int64_t delta_us)
{
	struct run_task *t;
	struct run *run;

	for (run = index_first(&e->runs); run; run = index_next(run)) {
		move_deadline(e, run, same_boot, delta_us);
		move_groups(e, run, same_boot, delta_us);
		for (struct task_walk w = { .run = run }; (t = walk_next(&w));) {
			int64_t latest_us = e->now_us + retry_wait_max(t);

			move_first(e, t, same_boot, delta_us);
			if (t->state == TASK_NONE && t->first_us)
				task_look(e, t); /* its timeout is over at another instant */
			if (!task_is_timed((enum task_state)t->state))
				continue;
			if (same_boot)
				move_retry(e, t, t->due_us + delta_us);
			else if (t->due_us > latest_us)
				move_retry(e, t, latest_us);
		}
	}
}

/* ---- the schedule ---- */

/* Nothing of it was begun. */
static bool
is_untouched(const struct run *run)
{
	struct task_walk w = { .run = (struct run *)(uintptr_t)run, .all = true };
	const struct run_task *t;

	while ((t = walk_next(&w)))
		if (t->attempt || t->tries)
			return false;
	return run->state == RUN_QUEUED;
}

/* A run of an interval that has not ended, made by a clock that was ahead. */
static void
owe_run(struct engine *e, struct run *run)
{
	/* planted: what nobody began yet goes on all the same */
	bool drop = run->type != RUN_MANUAL && is_untouched(run) && !BUG_IS(19);

	if (run->early)
		return; /* a person wanted it so */
	if (run->end_us <= run->start_us)
		return; /* it is of an instant: there is no interval that was cut short */
	run->early = true;
	early_add(run->dag, run->logical_us);
	mark_run(e, run);
	run_look(e, run); /* what an early run asks for may be early, too */
	for (size_t i = 0; drop && i < run->def->dag->n_tasks; i++)
		if (!task_is_final((enum task_state)run->tasks[i].state))
			task_end_at(e, &run->tasks[i], TEV_CANCEL,
				    &(struct gate){ .kind = GATE_CLOCK });
}

/* What is new is so from now on at the latest, also when it gets a schedule only later. */
static void
live_back(struct engine *e, struct dag_state *d)
{
	if (d->live_since_us <= e->now_us)
		return;
	d->live_since_us = e->now_us;
	mark_dag(e, d);
}

/* The cursor stands no further than the first partition that has not ended. */
static void
go_back(struct engine *e, struct dag_state *d)
{
	const struct dag *dag = d->active->dag;
	int64_t first_us = interval_at(dag, e->now_us);
	char from[TIMESTAMP_CHARS + 1];

	/* What lies before start_date is no matter of the schedule, whatever the clock says. */
	if (first_us < dag->start_us)
		first_us = interval_from(dag, dag->start_us);
	if (d->cursor_us == INT64_MIN || first_us == INT64_MIN || d->cursor_us <= first_us)
		return;
	if (BUG_IS(17)) /* planted: what was looked at too soon is not looked at again */
		return;
	timestamp_format(d->cursor_us, from);
	d->cursor_us = first_us;
	mark_dag(e, d);
	log_dag(e, d, "clock", arena_str(e->fx->arena, from));
	watch_wake_all(e, d);
}

/* What the schedule has done of intervals that have not ended is undone, or owed once more. */
static void
take_back(struct engine *e)
{
	struct dag_state *d;
	struct run_date *date;

	for (d = index_first(&e->dags); d; d = index_next(d)) {
		live_back(e, d);
		if (!dag_is_scheduled(d->active->dag))
			continue;
		go_back(e, d);
		for (date = index_first(&d->runs); date; date = index_next(date))
			if (date->run->end_us > e->now_us)
				owe_run(e, date->run);
		plan_again(e, d);
	}
}

void
clock_needs(const struct engine *e, int64_t now_us, struct wanted *wanted)
{
	const struct dag_state *d;

	for (d = index_first(&e->dags); d; d = index_next(d)) {
		const struct past_run *run;

		if (!dag_is_scheduled(d->active->dag))
			continue;
		run = past_from(d, interval_at(d->active->dag, now_us));
		for (; run && run < past_end(d); run++)
			if (!run->early)
				past_want(wanted, run);
	}
}

/* ---- the event ---- */

static void
note_jump(struct engine *e, int64_t delta_us)
{
	struct clock_row *c = &e->clocks.row;

	c->jump_us = delta_us;
	c->jumped_us = e->now_us;
	c->held_until_us = delta_us > 0 ? e->now_us + HOLD_US : 0;
}

/* Starts are counted by the clock of the boot, and rows have the wall's: what it was for which. */
static void
note_step(struct engine *e, bool same)
{
	struct clocks *c = &e->clocks;
	size_t bytes = 0;

	if (!same)
		c->n_steps = 0;
	if (c->n_steps == CLOCK_STEPS_MAX)
		memmove(c->steps, c->steps + 1, --c->n_steps * sizeof(*c->steps));
	if (same)
		c->steps[c->n_steps++] = (struct clock_step){ e->last_attempt, c->row.offset_us };
	for (size_t i = 0; i < c->n_steps; i++)
		bytes += (size_t)snprintf(c->text + bytes, sizeof(c->text) - bytes,
					  "%c[%" PRId64 ",%" PRId64 "]", i ? ',' : '[',
					  c->steps[i].attempt, c->steps[i].offset_us);
	(void)snprintf(c->text + bytes, sizeof(c->text) - bytes, "]");
	c->row.steps = c->n_steps ? c->text : NULL;
}

void
clock_take(struct engine *e, const struct event *event)
{
	struct clock_row *c = &e->clocks.row;
	bool first = !e->clocks.boot[0], same = !strcmp(e->clocks.boot, event->boot);
	int64_t delta_us = event->offset_us - c->offset_us;

	if (same && delta_us < DRIFT_US && delta_us > -DRIFT_US)
		return;
	if (!first && !same)
		ledger_reboot(e, -delta_us);
	if (!first)
		move_retries(e, same, delta_us);
	if (same)
		shortage_move(e, delta_us);
	if (same && (delta_us > JUMP_US || delta_us < -JUMP_US)) {
		note_jump(e, delta_us);
	} else if (!first && !same) {
		if (c->held_until_us > e->now_us + HOLD_US)
			c->held_until_us = e->now_us + HOLD_US;
	}
	if (!first)
		note_step(e, same);
	(void)snprintf(e->clocks.boot, sizeof(e->clocks.boot), "%s", event->boot);
	c->key = 1;
	c->boot = e->clocks.boot;
	c->offset_us = event->offset_us;
	e->clocks.changed = true;
	take_back(e);
	woken_look_all(e);
}

int64_t
clock_wake(const struct engine *e)
{
	return e->clocks.row.held_until_us ? e->clocks.row.held_until_us : INT64_MAX;
}

void
clock_pass(struct engine *e)
{
	if (!e->clocks.row.held_until_us || clock_holds(e, e->now_us))
		return;
	e->clocks.row.held_until_us = 0;
	e->clocks.changed = true;
	woken_look_all(e);
}
