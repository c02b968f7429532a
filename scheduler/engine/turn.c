/* turn.c - one turn: take events, commit what follows, then act. */
#include "scheduler/engine/turn.h"

#include "core/base/mem.h"
#include "scheduler/engine/look.h"
#include "scheduler/rows/effects.h"

#include <assert.h>
#include <stdlib.h>

/* Changes that justify no action wait at most so long for a commit. */
enum { HOLD_US = 1000000 };

/* How often an attempt is inspected when the fence moves under our hands. */
enum { LOOKS_MAX = 3 };

struct turn {
	struct engine *engine;
	const struct world *world;
	struct effects *fx;    /* being collected */
	struct effects *spare; /* being carried out, or empty */
	int64_t now_us;        /* of the last event */
	int64_t held_since_us; /* since when changes wait for a commit; INT64_MAX: none do */
	enum err_code failed;  /* what is committed could not be read: the turn fails with it */
	struct err err;
};

static struct effects *
new_effects(void)
{
	struct effects *fx = mem_new(1, sizeof(*fx));

	effects_init(fx);
	return fx;
}

static void
free_effects(struct effects *fx)
{
	effects_release(fx);
	free(fx);
}

struct turn *
turn_new(struct engine *engine, const struct world *world)
{
	struct turn *t = mem_new(1, sizeof(*t));

	t->engine = engine;
	t->world = world;
	t->fx = new_effects();
	t->spare = new_effects();
	t->held_since_us = INT64_MAX;
	return t;
}

void
turn_free(struct turn *t)
{
	if (!t)
		return;
	free_effects(t->fx);
	free_effects(t->spare);
	free(t);
}

/* Step it with the runs that have ended and that it is about. */
static void
step(struct turn *t, const struct event *given, int64_t now_us)
{
	struct event event = *given;
	bool is_command = event.kind == EVENT_COMMAND;
	struct recall past;
	int64_t *keys = NULL;
	size_t n = 0;

	recall_init(&past);
	if (is_command && event.command->key && !t->failed)
		t->failed = t->world->answered(t->world->arg, event.command->key, &past, &t->err);
	if (!t->failed)
		n = engine_needs(t->engine, &event, past.answer, now_us, t->fx, &keys);
	if (n)
		t->failed = t->world->recall(t->world->arg, keys, n, &past, &t->err);
	event.past = past.runs;
	event.n_past = past.n;
	event.answer = past.answer;
	if (!t->failed)
		engine_step(t->engine, &event, now_us, t->fx);
	recall_release(&past);
	free(keys);
}

void
turn_event(struct turn *t, const struct event *event, int64_t now_us)
{
	t->now_us = now_us;
	step(t, event, now_us);
	while (!t->failed && engine_asks(t->engine))
		step(t, &(struct event){ .kind = EVENT_RECALL }, now_us);
	/* A clock that was set back must not hold a commit back. */
	if (t->fx->n_changes && t->held_since_us > now_us)
		t->held_since_us = now_us;
}

static void
tell(struct turn *t, enum event_kind kind, int64_t attempt, const char *why, int64_t now_us)
{
	struct event event = { .kind = kind, .attempt = attempt, .why = why };

	turn_event(t, &event, now_us);
}

/* ---- evidence ---- */

/*
 * There is no attempt directory: nobody began, or the machine was restarted.
 * Nobody ever will begin once the tombstone stands.
 */
static bool
settle_absent(struct turn *t, const struct attempt_info *a, int64_t now_us)
{
	enum err_code code = ERR_NONE;

	if (a->state == ATTEMPT_RUNNING) {
		tell(t, EVENT_VANISHED, a->key, NULL, now_us);
		return true;
	}
	/* planted: a shim that is late finds no tombstone */
	if (!BUG_IS(3))
		code = t->world->bury(t->world->arg, a->key, NULL);
	if (code == ERR_CONFLICT)
		return false; /* it came after all: inspect again */
	if (code)
		return true; /* nothing is proven; the next look may know more */
	/* It may have begun where nobody sees it any more: a sweep has to prove that it did not. */
	tell(t, EVENT_VANISHED, a->key, NULL, now_us);
	return true;
}

static void
settle_tombstone(struct turn *t, const struct attempt_info *a, int64_t now_us)
{
	switch (a->state) {
	case ATTEMPT_STARTING:
		tell(t, EVENT_NEVER_STARTED, a->key, "it could not be started", now_us);
		break;
	case ATTEMPT_KILLING:
		tell(t, EVENT_GONE, a->key, NULL, now_us);
		break;
	default:
		tell(t, EVENT_VANISHED, a->key, NULL, now_us);
		break;
	}
}

static void
settle_alive(struct turn *t, const struct attempt_info *a, bool recovering, int pid, int64_t now_us)
{
	if (recovering)
		t->world->adopt(t->world->arg, a->key, pid);
	if (a->state == ATTEMPT_STARTING)
		tell(t, EVENT_STARTED, a->key, NULL, now_us);
	/* What was asked of it may not have reached it: STARTED has the engine ask again. */
	else if (a->state == ATTEMPT_KILLING && a->cancel)
		tell(t, EVENT_STARTED, a->key, NULL, now_us);
	else if (a->state == ATTEMPT_KILLING && recovering)
		tell(t, EVENT_VANISHED, a->key, NULL, now_us);
}

static void
settle_record(struct turn *t, int64_t attempt, const struct exit_record *record, int64_t now_us)
{
	struct event event = { .kind = EVENT_EXITED, .attempt = attempt, .record = record };

	turn_event(t, &event, now_us);
}

/* Inspect once and step what follows; false: something moved meanwhile, look again. */
static bool
look_once(struct turn *t, const struct attempt_info *a, bool recovering, int64_t now_us)
{
	struct exit_record record = { 0 };
	enum evidence evidence = EVIDENCE_ABSENT;
	enum err_code code;
	int pid = 0;

	code = t->world->inspect(t->world->arg, a->key, a->token, &evidence, &record, &pid, NULL);
	if (code == ERR_SYSTEM || code == ERR_BUSY)
		return true; /* the machine is short of something; nothing is proven */
	if (code)
		evidence = EVIDENCE_VANISHED; /* what it left is not a record of ours */
	switch (evidence) {
	case EVIDENCE_RECORD:
		settle_record(t, a->key, &record, now_us);
		exit_record_release(&record);
		break;
	case EVIDENCE_ALIVE:
		settle_alive(t, a, recovering, pid, now_us);
		break;
	case EVIDENCE_VANISHED:
		tell(t, EVENT_VANISHED, a->key, NULL, now_us);
		break;
	case EVIDENCE_ABSENT:
		return settle_absent(t, a, now_us);
	case EVIDENCE_TOMBSTONE:
		settle_tombstone(t, a, now_us);
		break;
	}
	return true;
}

static void
look(struct turn *t, int64_t attempt, bool recovering, int64_t now_us)
{
	struct attempt_info a;

	for (int i = 0; i < LOOKS_MAX; i++) {
		if (!engine_attempt(t->engine, attempt, &a)) {
			/* It ended before; what is left of it on disk may go. */
			settle_record(t, attempt, NULL, now_us);
			return;
		}
		if (a.state == ATTEMPT_PUBLISHING || look_once(t, &a, recovering, now_us))
			return;
	}
}

void
turn_look(struct turn *t, int64_t attempt, int64_t now_us)
{
	look(t, attempt, false, now_us);
}

void
turn_launch_failed(struct turn *t, int64_t attempt, const char *why, int error, int64_t now_us)
{
	struct event event = {
		.kind = EVENT_NEVER_STARTED, .attempt = attempt, .why = why, .error = error
	};

	turn_event(t, &event, now_us);
}

/* ---- recovery ---- */

static void
publish_again(struct turn *t, int64_t attempt, int64_t now_us)
{
	struct event event = { .kind = EVENT_PUBLISHED, .attempt = attempt, .ok = true };

	if (BUG_IS(10)) /* planted: the publish is taken for done */
		turn_event(t, &event, now_us);
	else
		t->world->publish(t->world->arg, attempt);
}

/* Is the attempt one of this turn, launched only when it is committed? */
static bool
is_new(const struct turn *t, int64_t attempt)
{
	for (size_t i = 0; i < t->fx->n_actions; i++)
		if (t->fx->actions[i].kind == ACTION_LAUNCH && t->fx->actions[i].attempt == attempt)
			return true;
	return false;
}

/* What is publishing publishes again; what else is live is handed to `settle`. */
static void
each_live(struct turn *t, int64_t now_us,
	  void (*settle)(struct turn *t, const struct attempt_info *a, int64_t now_us))
{
	size_t n;
	int64_t *keys = engine_live_keys(t->engine, &n);
	struct attempt_info a;

	for (size_t i = 0; i < n; i++) {
		if (!engine_attempt(t->engine, keys[i], &a) || is_new(t, keys[i]))
			continue;
		if (a.state == ATTEMPT_PUBLISHING)
			publish_again(t, keys[i], now_us);
		else
			settle(t, &a, now_us);
	}
	free(keys);
}

static void
look_again(struct turn *t, const struct attempt_info *a, int64_t now_us)
{
	look(t, a->key, true, now_us);
}

void
turn_recover(struct turn *t, int64_t now_us)
{
	each_live(t, now_us, look_again);
}

/* Apply the record of an attempt, if it has left one. */
static void
settle_if_ended(struct turn *t, const struct attempt_info *a, int64_t now_us)
{
	struct exit_record record = { 0 };
	enum evidence found = EVIDENCE_ABSENT;
	int pid = 0;

	if (t->world->inspect(t->world->arg, a->key, a->token, &found, &record, &pid, NULL) ||
	    found != EVIDENCE_RECORD)
		return;
	settle_record(t, a->key, &record, now_us);
	exit_record_release(&record);
}

void
turn_settle(struct turn *t, int64_t now_us)
{
	each_live(t, now_us, settle_if_ended);
}

/* ---- the end of a turn ---- */

static void
act(const struct world *w, const struct action *a)
{
	switch (a->kind) {
	case ACTION_LAUNCH:
		w->launch(w->arg, a);
		break;
	case ACTION_KILL:
		w->kill(w->arg, a->attempt);
		break;
	case ACTION_SWEEP:
		w->sweep(w->arg, a->attempt);
		break;
	case ACTION_PUBLISH:
		w->publish(w->arg, a->attempt);
		break;
	case ACTION_DISCARD:
		w->discard(w->arg, a->attempt, a->keep_staging);
		break;
	case ACTION_REPLY:
		w->reply(w->arg, a->request, &a->reply);
		break;
	}
}

/* It was to be ended, and the same turn heard that it has ended. */
static bool
is_over(const struct turn *t, const struct action *a)
{
	struct attempt_info info;

	return a->kind == ACTION_KILL &&
	       (!engine_attempt(t->engine, a->attempt, &info) || info.state != ATTEMPT_KILLING);
}

/* What others wait for goes out before what has ended is cleared away. */
static void
act_all(const struct turn *t, const struct effects *fx)
{
	const struct world *w = t->world;

	for (size_t i = 0; i < fx->n_actions; i++)
		if (fx->actions[i].kind != ACTION_DISCARD && !is_over(t, &fx->actions[i]))
			act(w, &fx->actions[i]);
	w->send(w->arg);
	for (size_t i = 0; i < fx->n_actions; i++)
		if (fx->actions[i].kind == ACTION_DISCARD)
			act(w, &fx->actions[i]);
}

/* Commit what was collected, then carry it out; what that leads to is collected anew. */
static enum err_code
carry_out(struct turn *t, struct err *err)
{
	struct effects *fx = t->fx;
	enum err_code code = ERR_NONE;

	if (BUG_IS(1)) /* planted: acts before the commit */
		act_all(t, fx);
	if (fx->n_changes)
		code = t->world->commit(t->world->arg, fx->changes, fx->n_changes, err);
	if (code)
		return code;
	t->fx = t->spare;
	t->fx->wake_us = fx->wake_us;
	t->held_since_us = INT64_MAX;
	if (!BUG_IS(1))
		act_all(t, fx);
	effects_reset(fx);
	t->spare = fx;
	return ERR_NONE;
}

static bool
is_due(const struct turn *t, bool flush)
{
	const struct effects *fx = t->fx;

	if (!fx->n_changes)
		return fx->n_actions > 0;
	return flush || fx->urgent || t->now_us - t->held_since_us >= HOLD_US;
}

enum err_code
turn_finish(struct turn *t, bool flush, int64_t *wake_us, struct err *err)
{
	enum err_code code;

	if (t->failed) {
		*err = t->err;
		return t->failed;
	}
	/* An action may at once lead to an event, such as a launch that fails. */
	while (is_due(t, flush)) {
		code = carry_out(t, err);
		if (code)
			return code;
	}
	assert(!t->fx->n_actions);
	*wake_us = t->fx->wake_us;
	if (t->fx->n_changes && t->held_since_us + HOLD_US < *wake_us)
		*wake_us = t->held_since_us + HOLD_US;
	return ERR_NONE;
}
