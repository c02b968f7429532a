/* command.c - what a person asked for: trigger, clear, cancel, pause. */
#include "scheduler/command/command.h"

#include "core/time/civil.h"
#include "scheduler/command/backfill.h"
#include "scheduler/command/params.h"
#include "scheduler/rows/effects.h"
#include "scheduler/rows/reply.h"
#include "scheduler/state/attempt.h"
#include "scheduler/state/emit.h"
#include "scheduler/state/epoch.h"
#include "scheduler/state/run.h"
#include "scheduler/state/session.h"
#include "scheduler/state/task.h"
#include "scheduler/state/todo.h"
#include "scheduler/state/watch.h"

#include <string.h>

enum { KEY_BYTES_MAX = 64 };

static const char *const command_names[] = {
	[COMMAND_TRIGGER] = "trigger", [COMMAND_BACKFILL] = "backfill", [COMMAND_CLEAR] = "clear",
	[COMMAND_PAUSE] = "pause",     [COMMAND_UNPAUSE] = "unpause",   [COMMAND_CANCEL] = "cancel",
};

/* ---- answers ---- */

static void
name_run(struct engine *e, struct reply *reply, const struct run *run)
{
	reply->run = run->key;
	reply->run_id = arena_str(e->fx->arena, run->run_id);
	reply->logical_us = run->logical_us;
}

/* A logical date as a person would type it. */
static const char *
date_text(struct engine *e, int64_t us)
{
	char text[TIMESTAMP_CHARS + 1];

	if (us % DAY_US == 0)
		date_format(civil_day_of(us), text);
	else
		timestamp_format(us, text);
	return arena_str(e->fx->arena, text);
}

/* ---- finding ---- */

static struct dag_state *
find_dag(struct engine *e, const char *id, struct reply *reply)
{
	struct dag_state *d = id ? dag_state_find(e, id) : NULL;

	if (!d)
		reply_say(e, reply, REPLY_NOT_FOUND,
			  "there is no dag '%.128s': see `tidemill dags list`", id ? id : "");
	return d;
}

static struct run *
find_by_id(const struct engine *e, const struct dag_state *d, const char *run_id)
{
	struct run *run;

	for (run = index_first(&e->runs); run; run = index_next(run))
		if (run->dag == d && !strcmp(run->run_id, run_id))
			return run;
	return NULL;
}

static struct run *
find_run(struct engine *e, const struct dag_state *d, const struct command *c, struct reply *reply)
{
	struct run *run = NULL;

	if (c->run_id)
		run = find_by_id(e, d, c->run_id);
	else if (c->has_logical)
		run = run_find(d, c->logical_us);
	else
		reply_say(e, reply, REPLY_INVALID,
			  "which run of dag '%s'? Give a run id or a logical date", d->id);
	if (!run && (c->run_id || c->has_logical))
		reply_say(e, reply, REPLY_NOT_FOUND, "dag '%s' has no run %.64s", d->id,
			  c->run_id ? c->run_id : date_text(e, c->logical_us));
	return run;
}

/* ---- trigger ---- */

/* The logical date that a trigger means; false: the reply says why there is none. */
static bool
pick_date(struct engine *e, const struct dag_state *d, const struct command *c, int64_t *logical_us,
	  struct reply *reply)
{
	if (d->active->dag->partitioned) {
		*logical_us = (civil_day_of(e->now_us) - 1) * DAY_US;
		if (c->has_logical)
			*logical_us = c->logical_us;
		if (*logical_us % DAY_US == 0)
			return true;
		reply_say(e, reply, REPLY_INVALID,
			  "dag '%s' has one run per day: the logical date has to be a date", d->id);
		return false;
	}
	*logical_us = e->now_us;
	if (c->has_logical)
		*logical_us = c->logical_us;
	/* Two triggers may come within one microsecond; each is a run of its own. */
	while (!c->has_logical && run_find(d, *logical_us))
		++*logical_us;
	return true;
}

static void
trigger(struct engine *e, const struct command *c, struct reply *reply)
{
	struct dag_state *d = find_dag(e, c->dag, reply);
	int64_t logical_us;
	struct run *run;

	if (!d)
		return;
	if (!d->present) {
		reply_say(e, reply, REPLY_REFUSED,
			  "the file of dag '%s' is gone or has errors: see `tidemill validate`",
			  d->id);
		return;
	}
	if (!params_check(e, d->active->dag, c->params, reply) ||
	    !pick_date(e, d, c, &logical_us, reply))
		return;
	run = run_find(d, logical_us);
	if (run) {
		name_run(e, reply, run);
		reply_say(e, reply, REPLY_REFUSED,
			  "dag '%s' has a run for %s already (%s, %s); to run it again type: "
			  "tidemill runs clear %s %s",
			  d->id, date_text(e, logical_us), run->run_id, run_state_name(run->state),
			  d->id, date_text(e, logical_us));
		return;
	}
	run = run_make(e, d, RUN_MANUAL, logical_us, c->params ? c->params : "{}", NULL);
	name_run(e, reply, run);
	reply_say(e, reply, REPLY_OK, "run %s of dag '%s' is queued%s", run->run_id, d->id,
		  d->paused ? "; the dag is paused and starts nothing until it is unpaused" : "");
}

/* ---- clear and cancel ---- */

static void
clear(struct engine *e, const struct command *c, struct reply *reply)
{
	struct dag_state *d = find_dag(e, c->dag, reply);
	struct run *run = d ? find_run(e, d, c, reply) : NULL;
	struct redo redo = { .only_failed = c->only_failed, .task = c->task };
	struct backfill *backfill;

	if (!run)
		return;
	name_run(e, reply, run);
	if (!run_is_final(run->state)) {
		reply_say(e, reply, REPLY_REFUSED,
			  "run %s of dag '%s' has not ended; to stop it type: "
			  "tidemill runs cancel %s %s",
			  run->run_id, d->id, d->id, date_text(e, run->logical_us));
		return;
	}
	redo.def = c->pinned ? run->def : d->active;
	if (c->task && dag_task_find(redo.def->dag, c->task) < 0) {
		reply_say(e, reply, REPLY_NOT_FOUND, "dag '%s' has no task '%.128s'", d->id,
			  c->task);
		return;
	}
	/* By hand, it counts among the live runs again unless a backfill made it. */
	backfill = run->backfill;
	if (run->type != RUN_BACKFILL)
		run->backfill = NULL;
	if (run_clear(e, run, &redo)) {
		reply_say(e, reply, REPLY_OK, "run %s of dag '%s' is queued again, epoch %d",
			  run->run_id, d->id, run->epoch);
		return;
	}
	run->backfill = backfill;
	reply_say(e, reply, REPLY_REFUSED,
		  "run %s of dag '%s': all its tasks succeeded, nothing to clear", run->run_id,
		  d->id);
}

static void
cancel(struct engine *e, const struct command *c, struct reply *reply)
{
	struct dag_state *d = find_dag(e, c->dag, reply);
	struct run *run = d ? find_run(e, d, c, reply) : NULL;
	size_t live = 0;

	if (!run)
		return;
	name_run(e, reply, run);
	if (run_is_final(run->state)) {
		reply_say(e, reply, REPLY_REFUSED, "run %s of dag '%s' has ended already (%s)",
			  run->run_id, d->id, run_state_name(run->state));
		return;
	}
	for (size_t i = 0; i < run->def->dag->n_tasks; i++) {
		struct run_task *t = &run->tasks[i];

		live += t->attempt != NULL;
		if (t->attempt)
			attempt_cancel(e, t->attempt);
		else if (!task_is_final((enum task_state)t->state))
			task_apply(e, t, TEV_CANCEL, "cancelled");
	}
	reply_say(e, reply, REPLY_OK, "run %s of dag '%s' is cancelled%s", run->run_id, d->id,
		  live ? "; what runs is being ended" : "");
}

/* ---- pause ---- */

/* After a pause: what was held back may go on. */
static void
go_on(struct engine *e, struct dag_state *d)
{
	for (struct run *run = d->unfinished; run; run = run->next) {
		for (size_t i = 0; i < run->def->dag->n_tasks; i++) {
			struct run_task *t = &run->tasks[i];

			if (t->state == TASK_SCHEDULED && !t->item.at && run_may_start(e, run))
				heap_push(&e->ready, &t->item);
		}
		group_mark(e, run_group(run));
	}
}

static void
set_paused(struct engine *e, const struct command *c, struct reply *reply)
{
	struct dag_state *d = find_dag(e, c->dag, reply);
	bool paused = c->kind == COMMAND_PAUSE;
	const char *word = paused ? "paused" : "active";

	if (!d)
		return;
	if (d->paused == paused) {
		reply_say(e, reply, REPLY_OK, "dag '%s' is %s already", d->id, word);
		return;
	}
	d->paused = paused;
	if (!paused) {
		d->live_since_us = e->now_us;
		go_on(e, d);
	}
	mark_dag(e, d);
	log_dag(e, d, paused ? "active" : "paused", word);
	plan_again(e, d);
	watch_wake_all(e, d);
	reply_say(e, reply, REPLY_OK, "dag '%s' is %s%s", d->id, word,
		  paused ? "; what runs goes on" : "");
}

/* ---- all of them ---- */

static void
carry_out(struct engine *e, const struct command *c, struct reply *reply)
{
	switch (c->kind) {
	case COMMAND_TRIGGER:
		trigger(e, c, reply);
		break;
	case COMMAND_BACKFILL:
		command_backfill(e, c, reply);
		break;
	case COMMAND_CLEAR:
		clear(e, c, reply);
		break;
	case COMMAND_CANCEL:
		cancel(e, c, reply);
		break;
	case COMMAND_PAUSE:
	case COMMAND_UNPAUSE:
		set_paused(e, c, reply);
		break;
	}
}

static void
remember(struct engine *e, const struct command *c, const struct reply *reply)
{
	struct answer *a = mem_new(1, sizeof(*a));
	struct buf json;

	buf_init(&json, SIZE_MAX / 2);
	reply_write(reply, &json);
	a->key = mem_str(c->key);
	a->command = mem_str(command_names[c->kind]);
	a->reply = buf_give(&json);
	buf_release(&json);
	a->at_us = e->now_us;
	index_add_name(&e->answers, a, a->key);
	queue_add(&e->new_answers, a);
}

static void
adopt_key(struct engine *e, int64_t key)
{
	struct run *run = index_find_number(&e->runs, key);

	if (run)
		run_adopt(e, run);
}

/* A reply given again may be about runs that this session has to see through. */
static void
adopt_runs(struct engine *e, const struct reply *reply)
{
	adopt_key(e, reply->run);
	for (size_t i = 0; i < reply->n_plan; i++)
		if (reply->plan[i].verdict != PLAN_EXISTS && reply->plan[i].verdict != PLAN_FUTURE)
			adopt_key(e, reply->plan[i].run);
}

static void
answer_again(struct engine *e, const struct command *c, const struct answer *a, struct reply *reply)
{
	if (strcmp(a->command, command_names[c->kind]) != 0 ||
	    !reply_read(reply, a->reply, e->fx->arena)) {
		*reply = (struct reply){ 0 };
		reply_say(e, reply, REPLY_INVALID, "the key '%s' was used for another command",
			  c->key);
		return;
	}
	if (reply->code == REPLY_OK && c->kind != COMMAND_CANCEL)
		adopt_runs(e, reply);
}

void
command_step(struct engine *e, const struct event *event)
{
	const struct command *c = event->command;
	size_t bytes = c->key ? strlen(c->key) : 0;
	struct reply reply = { .message = "" };
	struct answer *a = NULL;
	struct action *action;

	if (!bytes || bytes > KEY_BYTES_MAX) {
		reply_say(e, &reply, REPLY_INVALID, "a command needs a key of 1 to %d bytes",
			  KEY_BYTES_MAX);
	} else {
		a = index_find_name(&e->answers, c->key);
		if (a) {
			answer_again(e, c, a, &reply);
		} else {
			carry_out(e, c, &reply);
			/* planted (7): the key is forgotten */
			if (!(c->kind == COMMAND_BACKFILL && c->dry_run) && !BUG_IS(7))
				remember(e, c, &reply);
		}
	}
	action = effects_action(e->fx, ACTION_REPLY, 0);
	action->request = event->request;
	action->reply = reply;
}
