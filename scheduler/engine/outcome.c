/* outcome.c - what became of attempts. */
#include "scheduler/engine/outcome.h"

#include "core/base/mem.h"
#include "scheduler/engine/deadline.h"
#include "scheduler/engine/retry.h"
#include "scheduler/engine/shortage.h"
#include "scheduler/rows/effects.h"
#include "scheduler/life/attempt.h"
#include "scheduler/state/slot.h"
#include "scheduler/state/emit.h"
#include "scheduler/state/partition.h"
#include "scheduler/life/task.h"
#include "scheduler/state/todo.h"
#include "scheduler/wake/wake.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

/* ---- the end of an attempt ---- */

static void
unblock(struct engine *e)
{
	struct run_task *t;

	while ((t = queue_take(&e->blocked)))
		if (t->state == TASK_SCHEDULED && !t->item.at && run_may_start(e, t->run))
			ready_add(e, t);
}

/* What its end says of the machine. */
static void
judge_machine(struct engine *e, const struct attempt *a, enum outcome outcome)
{
	if (outcome == OUTCOME_HELD || outcome == OUTCOME_NO_SPACE)
		shortage_met(e, a->row.key, a->error ? a->error : ENOSPC);
	else if (outcome == OUTCOME_CANCELLED)
		shortage_untold(e, a->row.key);
	else
		shortage_passed(e, a->row.key);
}

/*
 * Close it for good, then decide about its task.  `event` is its own end; a
 * cancelled attempt that did not succeed ends its task, whatever came of it.
 */
static void
close_attempt(struct engine *e, struct attempt *a, enum attempt_event event, enum outcome outcome,
	      const char *why)
{
	struct run_task *t = a->task;
	struct action *action;

	a->row.outcome = (int)outcome;
	a->row.ended_us = e->now_us;
	/* Set once, so that rows of earlier steps of this turn keep their string. */
	a->message = mem_str(why);
	a->row.message = a->message;
	attempt_apply(e, a, event, why);
	judge_machine(e, a, outcome);
	if (event == AEV_SUCCESS && outcome == OUTCOME_OK)
		task_keep_outputs(t, a->outputs);
	if (a->kept)
		task_keep_state(t, a->kept);
	if (event == AEV_SUCCESS && outcome != OUTCOME_NOT_YET)
		task_apply(e, t, outcome == OUTCOME_SKIPPED ? TEV_SKIPPED : TEV_SUCCESS, why);
	else if (a->row.cancel && t->run->timed_out)
		deadline_end_task(e, t, TEV_FAIL);
	else if (a->row.cancel)
		task_end_cancelled(e, t);
	else
		task_failed(e, a, &(struct end){ outcome, a->row.exit_code, a->row.signal });
	action = effects_action(e->fx, ACTION_DISCARD, a->row.key);
	action->keep_staging = outcome_keeps_staged(outcome);
	t->attempt = NULL;
	index_remove(&e->attempts, a);
	queue_add(&e->old_attempts, a);
	unblock(e);
}

static void
keep_record(struct attempt *a, const struct exit_record *r)
{
	a->error = r->error;
	a->again_us = r->again_us;
	if (r->seen && !a->seen)
		a->seen = mem_str(r->seen);
	a->row.exit_code = r->exit_code;
	a->row.signal = r->signal;
	a->row.used = r->used;
	if (r->started_us)
		a->row.started_us = r->started_us;
	if (r->limits && !a->limits) {
		a->limits = mem_str(r->limits);
		a->row.limits = a->limits;
	}
	if (r->result && !a->result) {
		a->result = mem_str(r->result);
		a->row.result = a->result;
	}
	if (r->outputs && !a->outputs) {
		a->outputs = mem_str(r->outputs);
		a->row.outputs = a->outputs;
	}
	if (r->artifacts && !a->artifacts) {
		a->artifacts = mem_str(r->artifacts);
		a->row.artifacts = a->artifacts;
	}
	if (r->kept && !a->kept)
		a->kept = mem_str(r->kept);
}

/* Its record says that it did what it was asked to. */
static void
went_well(struct engine *e, struct attempt *a)
{
	if (task_of(a->task)->output < 0) {
		close_attempt(e, a, AEV_SUCCESS, OUTCOME_OK, "");
		return;
	}
	attempt_apply(e, a, AEV_PUBLISH, "");
	(void)effects_action(e->fx, ACTION_PUBLISH, a->row.key);
}

/* Did its program end, by itself, with the code that says that there is nothing to do? */
static bool
says_skip(const struct attempt *a, const struct exit_record *r)
{
	const struct task *task = task_of(a->task);

	return task->skip_exit_code && r->outcome == OUTCOME_ERROR &&
	       r->exit_code == task->skip_exit_code;
}

static void
exited(struct engine *e, struct attempt *a, const struct exit_record *r)
{
	const char *why = r->message ? r->message : "";

	if (a->row.state == ATTEMPT_PUBLISHING)
		return;
	keep_record(a, r);
	if (BUG_IS(9) && a->row.cancel) { /* planted: a cancelled attempt may publish */
		a->row.state = ATTEMPT_RUNNING;
		a->row.cancel = false;
	}
	if (a->row.state == ATTEMPT_KILLING && a->row.cancel)
		close_attempt(e, a, AEV_CANCELLED, OUTCOME_CANCELLED, *why ? why : "cancelled");
	else if (says_skip(a, r) && a->row.state != ATTEMPT_KILLING)
		close_attempt(e, a, AEV_SUCCESS, OUTCOME_SKIPPED,
			      "it ended with its skip_exit_code");
	else if (r->outcome == OUTCOME_NOT_YET && a->row.state != ATTEMPT_KILLING)
		close_attempt(e, a, AEV_SUCCESS, OUTCOME_NOT_YET, why);
	else if (r->outcome != OUTCOME_OK)
		close_attempt(e, a, AEV_FAIL, r->outcome, why);
	else if (a->row.state == ATTEMPT_KILLING)
		close_attempt(e, a, AEV_LOST, OUTCOME_LOST,
			      "its record came after its shim was given up");
	else
		went_well(e, a);
}

/* Nothing of it is alive and there is no record. */
static void
gone(struct engine *e, struct attempt *a, enum outcome outcome, const char *why)
{
	if (a->row.cancel)
		close_attempt(e, a, AEV_CANCELLED, OUTCOME_CANCELLED, "cancelled");
	else
		close_attempt(e, a, AEV_LOST, outcome, why);
}

static void
vanished(struct engine *e, struct attempt *a)
{
	if (BUG_IS(2)) { /* planted: no record is taken for a good one */
		if (a->row.state != ATTEMPT_KILLING)
			went_well(e, a);
		return;
	}
	if (a->row.state == ATTEMPT_STARTING || a->row.state == ATTEMPT_RUNNING)
		attempt_apply(e, a, AEV_KILL, "its shim vanished");
	if (BUG_IS(8)) /* planted: closed without proof that its processes are gone */
		gone(e, a, OUTCOME_LOST, "its shim vanished");
	else
		(void)effects_action(e->fx, ACTION_SWEEP, a->row.key);
}

static void
started(struct engine *e, struct attempt *a)
{
	bool urgent = e->urgent;

	if (a->row.state == ATTEMPT_KILLING && a->row.cancel) {
		/* The wish to end it may have come before there was anything to end. */
		(void)effects_action(e->fx, ACTION_KILL, a->row.key);
		return;
	}
	if (a->row.state != ATTEMPT_STARTING)
		return;
	a->row.started_us = e->now_us;
	attempt_apply(e, a, AEV_STARTED, "");
	shortage_passed(e, a->row.key);
	task_apply(e, a->task, TEV_STARTED, "");
	/* Nothing hangs on it: recovery finds out for itself what runs. */
	e->urgent = urgent;
}

static void
never_started(struct engine *e, struct attempt *a, const struct event *event)
{
	a->error = event->error;
	if (a->row.state == ATTEMPT_RUNNING)
		vanished(e, a);
	else
		gone(e, a, err_is_shortage(a->error) ? OUTCOME_HELD : OUTCOME_LAUNCH_FAILED,
		     event->why);
}

/* ---- publishing ended ---- */

/*
 * Is it an update: a version that nobody had before, or one that is not preliminary any more?  What
 * was published before is asked, and not what the disk says: a publish may be done twice.
 */
static bool
tells_something(const struct engine *e, const struct partition_row *row)
{
	const struct live_partition *before = partition_find(e, row->dataset, row->part);

	return !row->preliminary &&
	       (!before || before->preliminary || before->version != row->version);
}

static void
put_partition(struct engine *e, const struct attempt *a, const struct published *out)
{
	const struct run *run = a->task->run;
	struct partition_row row = {
		.dataset = out->dataset,
		.unit = run->def->dag->grid.unit,
		.zone = grid_zone_name(run->def->dag->grid),
		.part = out->part,
		.version = out->version,
		.rows = out->rows,
		.bytes = out->bytes,
		.partial = out->partial,
		.preliminary = out->preliminary,
		.run = a->row.run,
		.attempt = a->row.key,
		.epoch = a->row.epoch,
		.published_us = e->now_us,
		.inputs = out->inputs,
		.definition = out->definition,
		.definition_text = out->definition_text,
	};
	bool is_update;

	memcpy(row.digest, out->digest, sizeof(row.digest));
	is_update = tells_something(e, &row);
	partition_set(e, &row);
	mark_partition(e, &row);
	log_partition(e, &row, out->changed);
	if (is_update)
		wake_published(e, run, &row);
}

static void
published(struct engine *e, struct attempt *a, const struct event *event)
{
	if (a->row.state != ATTEMPT_PUBLISHING)
		return;
	if (!event->ok) {
		close_attempt(e, a, AEV_FAIL, OUTCOME_PUBLISH_FAILED, event->why);
		return;
	}
	for (size_t i = 0; i < event->n_outputs; i++)
		put_partition(e, a, &event->outputs[i]);
	close_attempt(e, a, AEV_SUCCESS, OUTCOME_OK, "");
}

/* ---- from outside ---- */

void
attempt_step(struct engine *e, const struct event *event)
{
	struct attempt *a = attempt_find(e, event->attempt);
	struct action *action;

	if (!a) {
		/* It ended before, and its staging was dealt with then: it may be one to keep. */
		if (event->kind == EVENT_EXITED && event->attempt <= e->last_attempt) {
			action = effects_action(e->fx, ACTION_DISCARD, event->attempt);
			action->keep_staging = true;
		}
		return;
	}
	switch (event->kind) {
	case EVENT_STARTED:
		started(e, a);
		break;
	case EVENT_EXITED:
		exited(e, a, event->record);
		break;
	case EVENT_VANISHED:
		if (a->row.state != ATTEMPT_PUBLISHING)
			vanished(e, a);
		break;
	case EVENT_GONE:
		if (a->row.state == ATTEMPT_KILLING)
			gone(e, a, OUTCOME_LOST, "its shim vanished and left no record");
		break;
	case EVENT_NEVER_STARTED:
		if (a->row.state != ATTEMPT_PUBLISHING)
			never_started(e, a, event);
		break;
	case EVENT_UNPUBLISHED:
		if (a->row.state == ATTEMPT_PUBLISHING)
			task_set_gate(e, a->task,
				      &(struct gate){ .kind = GATE_PUBLISH, .text = event->why });
		break;
	case EVENT_PUBLISHED:
		published(e, a, event);
		break;
	default:
		break;
	}
}
