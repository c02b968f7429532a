/* dispatch.c - filling the pool, and who gets a run slot. */
#include "scheduler/engine/dispatch.h"

#include "core/base/buf.h"
#include "core/base/hash.h"
#include "core/time/grid.h"
#include "scheduler/engine/deadline.h"
#include "scheduler/ready/given.h"
#include "scheduler/ready/previous.h"
#include "scheduler/ready/ready.h"
#include "scheduler/engine/retry.h"
#include "scheduler/engine/shortage.h"
#include "scheduler/rows/effects.h"
#include "scheduler/life/attempt.h"
#include "scheduler/state/emit.h"
#include "scheduler/life/run.h"
#include "scheduler/state/slot.h"
#include "scheduler/life/task.h"
#include "scheduler/state/todo.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/*
 * Is a partition that the task writes claimed by a live attempt?  All are claimed in one step, so
 * nobody holds one and waits for another.  Few are live: a walk is enough.
 */
static const struct attempt *
find_claim(const struct engine *e, const struct run_task *t)
{
	const struct dag *dag = t->run->def->dag;
	const struct task *task = task_of(t);
	const struct attempt *a;
	int64_t part = grid_part(dag->grid, t->run->logical_us);

	if (task->output < 0)
		return NULL;
	for (a = index_first(&e->attempts); a; a = index_next(a)) {
		const struct dag *other = a->task->run->def->dag;

		if (grid_part(other->grid, a->task->run->logical_us) == part &&
		    dag_write_same(dag, task, other, task_of(a->task)))
			return a;
	}
	return NULL;
}

static char *
pins_json(const struct pins *pins)
{
	struct buf b;
	char *json;

	buf_init(&b, SIZE_MAX / 2);
	buf_char(&b, '[');
	for (size_t i = 0; i < pins->n; i++) {
		const struct pinned_input *p = &pins->items[i];

		/* Names of datasets need no escapes. */
		buf_format(&b, "%s{\"dataset\":\"%s\",\"day\":", i ? "," : "", p->dataset);
		if (p->day == INT64_MIN)
			buf_text(&b, "null");
		else
			buf_format(&b, "%" PRId64, p->day);
		buf_format(&b, ",\"version\":%" PRId64 ",\"digest\":\"%s\"%s}", p->version,
			   p->digest, p->missing ? ",\"missing\":true" : "");
	}
	buf_char(&b, ']');
	json = buf_give(&b);
	buf_release(&b);
	return json;
}

static void
make_token(struct engine *e, char out[TOKEN_CHARS + 1])
{
	uint64_t high = random_next(&e->random), low = random_next(&e->random);

	(void)snprintf(out, TOKEN_CHARS + 1, "%016" PRIx64 "%016" PRIx64, high, low);
}

/* Which look of its try an attempt of now is; 0: the task does not wait for the world. */
static int
look_number(const struct run_task *t)
{
	if (!task_of(t)->wait.every_us)
		return 0;
	return t->wait ? t->wait->looks + 1 : 1;
}

static void
make_attempt(struct engine *e, struct run_task *t, const struct pins *pins)
{
	struct attempt *a = mem_new(1, sizeof(*a));
	struct run_group *group = group_of(t);
	struct action *action;

	a->task = t;
	a->label = mem_str(task_label(t, (char[INSTANCE_LABEL_ROOM]){ 0 }));
	a->inputs = pins_json(pins);
	a->pool = mem_str(task_pool(task_of(t)));
	if (t->wait)
		effects_change(e->fx, CHANGE_ATTEMPT_DROP)->attempt.key = t->wait->attempt;
	a->row = (struct attempt_row){
		.key = ++e->last_attempt,
		.run = t->run->key,
		.task_index = (int)t->index,
		.map_index = t->map_index,
		.task = a->label,
		.epoch = t->run->epoch,
		.try_number = t->wait ? t->tries : ++t->tries,
		.look = look_number(t),
		.state = ATTEMPT_STARTING,
		.outcome = -1,
		.created_us = e->now_us,
		.waiting_us = t->wait ? t->wait->since_us : 0,
		.pool = a->pool,
		.slots = task_of(t)->pool_slots,
		.memory_bytes = task_of(t)->memory_asked ? task_of(t)->memory_bytes : 0,
		.used = USED_UNKNOWN,
		.message = "",
		.inputs = a->inputs,
	};
	if (t->wait)
		t->wait->attempt = a->row.key;
	make_token(e, a->row.token);
	if (!t->first_us)
		t->first_us = e->now_us;
	if (group && !group->first_us) {
		group->first_us = e->now_us;
		mark_group(e, group);
	}
	attempt_add(e, a);
	mark_attempt(e, a);
	log_attempt(e, a, "", "");
	task_apply(e, t, TEV_DISPATCH, "");
	action = effects_action(e->fx, ACTION_LAUNCH, a->row.key);
	action->inputs = pins->items;
	action->n_inputs = pins->n;
	action->partial = pins->partial;
	action->early = t->run->early;
	given_take(e, t, action);
	if (task_of(t)->on_exit)
		action->run_state = run_state_name(run_exit_state(t->run));
}

/* Make an attempt; false: something was taken back since the task became ready. */
static bool
dispatch_task(struct engine *e, struct run_task *t)
{
	const struct attempt *claim = find_claim(e, t);
	struct pins pins;

	if (retry_is_late(e, t))
		return false;
	if (claim) {
		ready_remove(e, t);
		queue_add(&e->blocked, t);
		task_set_gate(e, t,
			      &(struct gate){ .kind = GATE_CLAIM, .attempt = claim->row.key });
		return true;
	}
	if (!previous_still_lets(e, t)) {
		task_apply(e, t, TEV_UNREADY, "the run before is done again");
		task_look(e, t);
		return false;
	}
	if (inputs_check(e, t, &pins) != INPUTS_READY) {
		task_apply(e, t, TEV_UNREADY, "an input is no longer settled");
		task_look(e, t);
		return false;
	}
	ready_remove(e, t);
	task_set_gate(e, t, NULL);
	make_attempt(e, t, &pins);
	return true;
}

/* One round of dispatch. */
struct round {
	struct pool_state
	    *keeper;  /* its first task is to have the memory that comes free, or NULL */
	bool unready; /* a task was found not to be ready after all */
	bool over;    /* nothing else may be started */
};

/* What holds it back; a task that waits for memory keeps others that ask for some from it. */
static enum limit
limit_of(struct engine *e, const struct round *r, const struct pool_state *p, struct run_task *t)
{
	struct limit_ask ask;
	enum limit limit;

	ledger_ask(e, t, &ask);
	limit = limit_decide(&ask);
	if (!limit && r->keeper && r->keeper != p && ask.memory_bytes)
		limit = LIMIT_MEMORY;
	if (limit)
		ledger_say(e, t, limit, &ask);
	return limit;
}

/*
 * Start the task whose turn it is in a pool; false: the pool has nothing that could start now.
 * Nothing in a pool overtakes: a wide task would wait for ever behind narrow ones.
 */
static bool
start_one(struct engine *e, struct round *r, struct pool_state *p)
{
	struct run_task *t = pool_next(p);
	enum run_type type;
	enum limit limit;

	if (!t)
		return false;
	/* The deadline of its run passes when everything that ended was heard of. */
	if (!run_may_start(e, t->run) || deadline_is_over(e, t)) {
		ready_remove(e, t);
		return true;
	}
	limit = limit_of(e, r, p, t);
	if (limit == LIMIT_ALL)
		r->over = true;
	if (limit == LIMIT_MEMORY && !r->keeper)
		r->keeper = p;
	if (limit)
		return false;
	type = run_class(t->run);
	r->unready |= !dispatch_task(e, t);
	if (!t->attempt)
		return true;
	pool_started(e, p, type);
	r->over = shortage_probe(e, t->attempt->row.key);
	return true;
}

bool
dispatch(struct engine *e)
{
	struct ledger *l = &e->ledger;
	struct round r = { 0 };
	size_t idle = 0;

	shortage_clamp(e);
	if (!e->awake || e->config.hold || shortage_closed(e))
		return false;
	ledger_clamp(e);
	/* Pools take turns, for the limits that they share; who was refused is the next. */
	while (idle < l->pools.n) {
		idle = start_one(e, &r, l->turn) ? 0 : idle + 1;
		if (r.over)
			break;
		l->turn = pool_after(l, l->turn);
	}
	if (r.keeper)
		l->turn = r.keeper;
	return r.unready;
}

/* ---- run slots ---- */

void
group_admit(struct engine *e, struct group *g)
{
	struct run_seat *seat;
	struct run *run;

	g->marked = false;
	if (g->dag->paused || !e->awake || e->config.hold)
		return;
	while (g->used < g->cap && (seat = (struct run_seat *)heap_first(&g->queue))) {
		run = seat->run;
		heap_remove(&g->queue, &seat->item);
		run->slot = true;
		g->used++;
		run_set_gate(e, run, NULL);
		run_start(e, run);
	}
}
