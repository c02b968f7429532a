/* engine.c - the life of the engine, and one step of it. */
#include "scheduler/engine/engine.h"

#include "scheduler/command/command.h"
#include "scheduler/command/needs.h"
#include "scheduler/engine/catalog.h"
#include "scheduler/engine/child.h"
#include "scheduler/engine/clock.h"
#include "scheduler/engine/deadline.h"
#include "scheduler/engine/dispatch.h"
#include "scheduler/engine/outcome.h"
#include "scheduler/engine/plan.h"
#include "scheduler/ready/list.h"
#include "scheduler/ready/previous.h"
#include "scheduler/ready/ready.h"
#include "scheduler/engine/restore.h"
#include "scheduler/engine/retry.h"
#include "scheduler/engine/shortage.h"
#include "scheduler/life/attempt.h"
#include "scheduler/state/def.h"
#include "scheduler/state/emit.h"
#include "scheduler/state/partition.h"
#include "scheduler/state/slot.h"
#include "scheduler/life/run.h"
#include "scheduler/state/state.h"
#include "scheduler/state/todo.h"
#include "scheduler/state/woken.h"
#include "scheduler/wake/wake.h"

#include <assert.h>
#include <stdlib.h>

enum { PIECE = 4000 }; /* rows, which take 20 to 30 ms with their commit */

struct engine *
engine_new(const struct engine_config *config)
{
	struct engine *e = mem_new(1, sizeof(*e));

	assert(config->pool_slots > 0 || config->limits);
	e->config = *config;
	e->config.piece = config->piece ? config->piece : PIECE;
	e->random = config->seed;
	e->plan_us = INT64_MAX;
	e->timers.before = timer_before;
	e->deadlines.before = deadline_before;
	e->regroups.before = regroup_before;
	e->wake_timers.before = wake_before;
	ledger_init(e);
	return e;
}

/* Those that were committed: whoever asks again brings them. */
static void
forget_answers(struct engine *e)
{
	struct answer *a;

	while ((a = index_first(&e->answers))) {
		index_remove(&e->answers, a);
		free(a->key);
		free(a->command);
		free(a->reply);
		free(a);
	}
}

/* What was let go in earlier steps: effects that pointed to it have been carried out. */
static void
let_go(struct engine *e, const struct effects *fx)
{
	struct woken_event *event;
	struct attempt *a;
	struct dag *dag;

	if (fx->n_changes || fx->n_actions)
		return;
	past_leave(e);
	forget_answers(e);
	while ((event = queue_take(&e->old_dataset_events)))
		woken_free(event);
	while ((a = queue_take(&e->old_attempts)))
		attempt_free(a);
	while ((dag = queue_take(&e->old_dags)))
		dag_unref(dag);
}

static void
free_runs(struct engine *e)
{
	struct attempt *a;
	struct run *run;

	while ((a = index_first(&e->attempts))) {
		index_remove(&e->attempts, a);
		attempt_free(a);
	}
	while ((run = index_first(&e->runs))) {
		index_remove(&e->runs, run);
		run_free(e, run);
	}
}

static void
free_dag(struct engine *e, struct dag_state *d)
{
	struct watch *watch;

	while ((watch = index_first(&d->watches))) {
		index_remove(&d->watches, watch);
		free(watch);
	}
	ledger_forget(d);
	woken_forget(e, d);
	free(d->consumers);
	index_release(&d->watches);
	index_release(&d->runs);
	free(d->past.items);
	free(d->early);
	if (d->active)
		def_drop(e, d->active);
	heap_release(&d->group.queue);
	free(d->id);
	free(d);
}

static void
free_dags(struct engine *e)
{
	struct dag_state *d;
	struct dataset_writer *w;

	while ((w = index_first(&e->writers))) {
		index_remove(&e->writers, w);
		free(w);
	}
	while ((d = index_first(&e->dags))) {
		index_remove(&e->dags, d);
		free_dag(e, d);
	}
}

static void
free_records(struct engine *e)
{
	struct backfill *b;

	partitions_free(e);
	while ((b = index_first(&e->backfills))) {
		index_remove(&e->backfills, b);
		heap_release(&b->group.queue);
		free(b);
	}
	forget_answers(e);
}

static void
release_tables(struct engine *e)
{
	struct index *const indexes[] = {
		&e->defs, &e->dags,    &e->writers, &e->backfills,
		&e->runs, &e->shelves, &e->answers, &e->attempts,
	};
	struct queue *const queues[] = {
		&e->work,
		&e->growing,
		&e->touched,
		&e->groups,
		&e->blocked,
		&e->new_defs,
		&e->changed_dags,
		&e->changed_runs,
		&e->changed_backfills,
		&e->changed_tasks,
		&e->new_answers,
		&e->changed_attempts,
		&e->new_partitions,
		&e->old_dags,
		&e->old_attempts,
		&e->old_runs,
		&e->groups_ended,
		&e->changed_groups,
		&e->asking,
		&e->child_tasks,
		&e->child_asking,
		&e->orphans,
		&e->wakes,
		&e->wakes_asking,
		&e->changed_dataset_events,
		&e->old_dataset_events,
	};

	for (size_t i = 0; i < countof(indexes); i++)
		index_release(indexes[i]);
	for (size_t i = 0; i < countof(queues); i++)
		queue_release(queues[i]);
	ledger_release(e);
	heap_release(&e->timers);
	heap_release(&e->deadlines);
	heap_release(&e->regroups);
	heap_release(&e->wake_timers);
}

void
engine_free(struct engine *e)
{
	if (!e)
		return;
	e->old_runs.taken = e->old_runs.n;
	free_runs(e);
	free_dags(e);
	free_records(e);
	let_go(e, &(struct effects){ 0 });
	release_tables(e);
	free(e->events);
	free(e->session_runs);
	free(e->held_attempts);
	free(e);
}

/* From now on the schedule is looked at and tasks are dispatched. */
static void
awaken(struct engine *e)
{
	struct backfill *b;
	struct dag_state *d;

	if (e->awake)
		return;
	e->awake = true;
	ledger_age(e);
	for (d = index_first(&e->dags); d; d = index_next(d))
		group_mark(e, &d->group);
	for (b = index_first(&e->backfills); b; b = index_next(b))
		group_mark(e, &b->group);
	woken_look_all(e);
}

static void
take(struct engine *e, const struct event *event)
{
	past_take(e, event->past, event->n_past);
	e->asked_by_task = event->kind != EVENT_COMMAND;
	switch (event->kind) {
	case EVENT_WAKE:
		awaken(e);
		/* Not before: what ended while nobody looked is heard of first. */
		deadlines_pass(e);
		break;
	case EVENT_CLOCK:
		clock_take(e, event);
		break;
	case EVENT_CATALOG:
		awaken(e);
		catalog_take(e, event->dags, event->n_dags);
		if (event->limits)
			ledger_set(e, event->limits);
		break;
	case EVENT_COMMAND:
		awaken(e);
		e->asked_by_guest = event->request > 0;
		command_step(e, event);
		break;
	case EVENT_RECALL:
		break;
	default:
		attempt_step(e, event);
		break;
	}
}

size_t
engine_needs(struct engine *e, const struct event *event, const struct command_row *answer,
	     int64_t now_us, const struct effects *fx, int64_t **keys)
{
	struct wanted w = { 0 };

	let_go(e, fx);
	if (event->kind == EVENT_COMMAND)
		command_needs(e, event->command, answer, now_us, &w);
	if (event->kind == EVENT_CLOCK)
		clock_needs(e, now_us, &w);
	plan_needs(e, now_us, &w);
	previous_needs(e, &w);
	child_needs(e, &w);
	wake_needs(e, &w);
	*keys = w.keys;
	return w.n;
}

bool
engine_asks(const struct engine *e)
{
	return e->again || !queue_is_empty(&e->asking) || !queue_is_empty(&e->child_asking) ||
	       !queue_is_empty(&e->wakes_asking);
}

/* Look at everything that moved until nothing moves. */
static void
settle(struct engine *e)
{
	struct run_group *ended;
	struct run_task *t;
	struct group *g;
	struct run *run;
	struct wake *w;

	for (;;) {
		/* Before tasks of other runs begin, which may depend on the run before. */
		if (e->woken_runs < WAKE_RUNS_MAX && (w = queue_take(&e->wakes)))
			wake_check(e, w);
		else if ((t = queue_take(&e->work)))
			ready_check(e, t);
		else if (e->room && (t = queue_take(&e->growing)))
			list_go_on(e, t);
		else if (e->awake && (t = queue_take(&e->child_tasks)))
			child_check(e, t);
		else if ((run = queue_take(&e->orphans)))
			child_orphan(e, run);
		else if ((ended = queue_take(&e->groups_ended)))
			group_rest(e, ended);
		else if ((run = queue_take(&e->touched))) {
			run_rest(e, run);
			previous_moved(e, run);
		} else if ((g = queue_take(&e->groups)))
			group_admit(e, g);
		else
			break;
	}
}

static int64_t
next_wake(const struct engine *e)
{
	const struct run_task *t = (const struct run_task *)heap_first(&e->timers);
	const struct run_group *again = (const struct run_group *)heap_first(&e->regroups);
	int64_t wake_us = t ? t->due_us : INT64_MAX;

	if (again && again->due_us < wake_us)
		wake_us = again->due_us;

	/* Instances are to be made or looked at for which there was no room. */
	if (!queue_is_empty(&e->growing) && e->now_us < wake_us)
		wake_us = e->now_us;
	if (e->awake && shortage_wake(e) < wake_us)
		wake_us = shortage_wake(e);
	if (e->awake && deadlines_wake(e) < wake_us)
		wake_us = deadlines_wake(e);
	if (e->awake && ledger_wake(e) < wake_us)
		wake_us = ledger_wake(e);
	if (clock_wake(e) < wake_us)
		wake_us = clock_wake(e);
	if (wake_next(e) < wake_us)
		wake_us = wake_next(e);
	if (e->awake && !e->config.session && e->plan_us < wake_us && !clock_holds(e, e->now_us))
		wake_us = e->plan_us;
	return wake_us;
}

void
engine_step(struct engine *e, const struct event *event, int64_t now_us, struct effects *fx)
{
	e->fx = fx;
	e->now_us = now_us;
	let_go(e, fx);
	if (!fx->n_changes && !fx->n_actions)
		e->room = e->config.piece;
	take(e, event);
	clock_pass(e);
	timers_fire(e);
	woken_fire(e);
	e->woken_runs = 0;
	if (e->awake)
		plan_runs(e);
	do
		settle(e);
	while (dispatch(e));
	wake_rest(e);
	/* The next turn goes on with it, and there is none before a commit. */
	e->urgent |= !queue_is_empty(&e->growing);
	emit_changes(e);
	fx->wake_us = next_wake(e);
	e->fx = NULL;
}
