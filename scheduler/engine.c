/* engine.c - the life of the engine, and one step of it. */
#include "scheduler/engine_internal.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct engine *
engine_new(const struct engine_config *config)
{
	struct engine *e = mem_new(1, sizeof(*e));

	assert(config->pool_slots > 0);
	e->config = *config;
	e->random = config->seed;
	e->plan_us = INT64_MAX;
	e->ready.before = ready_before;
	e->timers.before = timer_before;
	return e;
}

/* What was let go in earlier steps: effects that pointed to it have been carried out. */
static void
let_go(struct engine *e)
{
	struct attempt *a;
	struct dag *dag;

	while ((a = queue_take(&e->old_attempts)))
		attempt_free(a);
	while ((dag = queue_take(&e->old_dags)))
		dag_unref(dag);
}

static void
free_runs(struct engine *e)
{
	struct attempt *a, *next_attempt;
	struct run *run, *next;

	HASH_ITER(hh, e->attempts, a, next_attempt)
	{
		HASH_DEL(e->attempts, a);
		attempt_free(a);
	}
	HASH_CLEAR(hh_name, e->names);
	HASH_ITER(hh, e->runs, run, next)
	{
		HASH_DEL(e->runs, run);
		run_free(e, run);
	}
}

static void
free_dags(struct engine *e)
{
	struct watch *watch, *next_watch;
	struct writer *w, *next_writer;
	struct dag_state *d, *next;

	HASH_ITER(hh, e->writers, w, next_writer)
	{
		HASH_DEL(e->writers, w);
		free(w);
	}
	HASH_ITER(hh, e->dags, d, next)
	{
		HASH_ITER(hh, d->watches, watch, next_watch)
		{
			HASH_DEL(d->watches, watch);
			free(watch);
		}
		HASH_DEL(e->dags, d);
		if (d->active)
			def_drop(e, d->active);
		heap_release(&d->group.queue);
		free(d->id);
		free(d);
	}
}

static void
free_records(struct engine *e)
{
	struct partition *p, *next_partition;
	struct backfill *b, *next_backfill;
	struct answer *a, *next_answer;

	HASH_ITER(hh, e->partitions, p, next_partition)
	{
		HASH_DEL(e->partitions, p);
		free(p->key);
		free(p->dataset);
		free(p->inputs);
		free(p);
	}
	HASH_ITER(hh, e->backfills, b, next_backfill)
	{
		HASH_DEL(e->backfills, b);
		heap_release(&b->group.queue);
		free(b);
	}
	HASH_ITER(hh, e->answers, a, next_answer)
	{
		HASH_DEL(e->answers, a);
		free(a->key);
		free(a->command);
		free(a->reply);
		free(a);
	}
}

void
engine_free(struct engine *e)
{
	struct queue *const queues[] = {
		&e->work,
		&e->touched,
		&e->groups,
		&e->blocked,
		&e->new_defs,
		&e->changed_dags,
		&e->changed_backfills,
		&e->changed_runs,
		&e->changed_tasks,
		&e->changed_attempts,
		&e->changed_partitions,
		&e->new_answers,
		&e->old_dags,
		&e->old_attempts,
	};

	if (!e)
		return;
	free_runs(e);
	free_dags(e);
	free_records(e);
	let_go(e);
	for (size_t i = 0; i < countof(queues); i++)
		queue_release(queues[i]);
	heap_release(&e->ready);
	heap_release(&e->timers);
	free(e->events);
	free(e->session_runs);
	free(e);
}

/* From now on the schedule is looked at and tasks are dispatched. */
static void
awaken(struct engine *e)
{
	struct backfill *b, *next_backfill;
	struct dag_state *d, *next;

	if (e->awake)
		return;
	e->awake = true;
	HASH_ITER(hh, e->dags, d, next)
	group_mark(e, &d->group);
	HASH_ITER(hh, e->backfills, b, next_backfill)
	group_mark(e, &b->group);
}

static void
take(struct engine *e, const struct event *event)
{
	switch (event->kind) {
	case EVENT_WAKE:
		awaken(e);
		break;
	case EVENT_CATALOG:
		awaken(e);
		catalog_take(e, event->dags, event->n_dags);
		break;
	case EVENT_COMMAND:
		awaken(e);
		command_step(e, event);
		break;
	default:
		attempt_step(e, event);
		break;
	}
}

/* Look at everything that moved until nothing moves. */
static void
settle(struct engine *e)
{
	struct run_task *t;
	struct group *g;
	struct run *run;

	for (;;) {
		if ((t = queue_take(&e->work)))
			ready_check(e, t);
		else if ((run = queue_take(&e->touched)))
			run_rest(e, run);
		else if ((g = queue_take(&e->groups)))
			group_admit(e, g);
		else
			break;
	}
}

static int64_t
next_wake(const struct engine *e)
{
	const struct run_task *t = (const struct run_task *)heap_first(&e->timers);
	int64_t wake_us = t ? t->due_us : INT64_MAX;

	if (e->awake && !e->config.session && e->plan_us < wake_us)
		wake_us = e->plan_us;
	return wake_us;
}

void
engine_step(struct engine *e, const struct event *event, int64_t now_us, struct effects *fx)
{
	e->fx = fx;
	e->now_us = now_us;
	if (!fx->n_changes && !fx->n_actions)
		let_go(e);
	take(e, event);
	timers_fire(e);
	if (e->awake)
		plan_runs(e);
	do
		settle(e);
	while (dispatch(e));
	emit_changes(e);
	fx->wake_us = next_wake(e);
	e->fx = NULL;
}
