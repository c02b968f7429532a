/* look.c - looking into the engine, and recounting what it counts. */
#include "scheduler/engine/look.h"

#include "scheduler/state/partition.h"
#include "scheduler/life/instances.h"
#include "scheduler/life/run.h"
#include "scheduler/state/state.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

bool
engine_attempt(const struct engine *e, int64_t attempt, struct attempt_info *out)
{
	const struct attempt *a = attempt_find(e, attempt);
	const struct run *run;

	if (!a)
		return false;
	run = a->task->run;
	*out = (struct attempt_info){
		.key = a->row.key,
		.run = run->key,
		.state = a->row.state,
		.cancel = a->row.cancel,
		.token = a->row.token,
		.try_number = a->row.try_number,
		.epoch = a->row.epoch,
		.task_index = a->row.task_index,
		.map_index = a->row.map_index,
		.dag = run->def->dag,
		.task = task_of(a->task),
		.label = a->label,
		.run_id = run->run_id,
		.params = run->params,
		.triggered_by = run->triggered_by,
		.run_type = run->type,
		.logical_us = run->logical_us,
		.start_us = run->start_us,
		.end_us = run->end_us,
		.inputs = a->inputs,
		.kept = a->task->kept,
		.look = a->row.look,
		.seen = a->task->wait ? a->task->wait->seen : NULL,
	};
	return true;
}

static int
by_key(const void *x, const void *y)
{
	const int64_t *a = x, *b = y;

	return (*a > *b) - (*a < *b);
}

int64_t *
engine_live_keys(const struct engine *e, size_t *n)
{
	int64_t *keys = mem_new(e->attempts.n, sizeof(*keys));
	const struct attempt *a;

	*n = 0;
	for (a = index_first(&e->attempts); a; a = index_next(a))
		keys[(*n)++] = a->row.key;
	qsort(keys, *n, sizeof(*keys), by_key);
	return keys;
}

size_t
engine_live(const struct engine *e, int64_t *keys, size_t max)
{
	size_t n;
	int64_t *all = engine_live_keys(e, &n);

	if (max > n)
		max = n;
	if (max)
		memcpy(keys, all, max * sizeof(*keys));
	free(all);
	return n;
}

size_t
engine_held(const struct engine *e, const int64_t **attempts, size_t *n_attempts)
{
	*attempts = e->held_attempts;
	*n_attempts = e->n_held_attempts;
	return e->n_held_runs;
}

const struct live_partition *
engine_partition(const struct engine *e, const char *dataset, int64_t part)
{
	return partition_find(e, dataset, part);
}

/* Does a run of the session wait for its retry? */
static bool
is_retrying(const struct engine *e)
{
	for (size_t i = 0; i < e->n_session; i++)
		if (e->session_runs[i]->state == RUN_UP_FOR_RETRY)
			return true;
	return false;
}

bool
engine_session_done(const struct engine *e, bool *failed, bool *stuck)
{
	bool moves = e->attempts.n || e->ledger.n_ready || e->timers.n || e->regroups.n ||
		     !queue_is_empty(&e->growing) || is_retrying(e);
	size_t own = e->session_open - e->guests_open;

	*failed = false;
	for (size_t i = 0; !own && i < e->n_session; i++) {
		const struct run *run = e->session_runs[i];

		*failed |= !run->guest && !run->for_task && run->state != RUN_SUCCESS;
	}
	*stuck = own && !moves;
	return !own && (!e->guests_open || !moves);
}

const struct clock_row *
engine_clock(const struct engine *e)
{
	return &e->clocks.row;
}

size_t
engine_guests(const struct engine *e)
{
	return e->session_open == e->guests_open ? e->guests_open : 0;
}

static void
add_progress(struct progress *out, const struct run *run)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < run->def->dag->n_tasks; i++)
		n += (uint32_t)task_stands(run, i);

	out->runs_total++;
	out->tasks_total += n;
	if (run_is_final(run->state)) {
		out->runs_done++;
		out->runs_failed += run->state != RUN_SUCCESS;
		out->tasks_done += n;
		return;
	}
	out->tasks_done += n - run->tally.pending;
}

void
engine_progress(const struct engine *e, struct progress *out)
{
	const struct attempt *a;
	const struct dag_state *d;

	*out = (struct progress){ 0 };
	for (size_t i = 0; i < e->n_session; i++)
		if (!e->session_runs[i]->guest)
			add_progress(out, e->session_runs[i]);
	for (a = index_first(&e->attempts); a; a = index_next(a))
		out->tasks_running += !e->config.session || a->task->run->session;
	if (e->config.session)
		return;
	for (d = index_first(&e->dags); d; d = index_next(d))
		for (const struct run *run = d->unfinished; run; run = run->next)
			add_progress(out, run);
}

/* ---- recounting ---- */

static int
count_task(const struct engine *e, const struct dag_state *d, const char *task)
{
	int n = 0;

	for (const struct attempt *a = index_first(&e->attempts); a; a = index_next(a))
		n += attempt_holds_slot(a->row.state) && a->task->run->dag == d &&
		     !strcmp(task_of(a->task)->id, task);
	return n;
}

/* Its groups with retries, and none that has not ended in a run that has. */
static void
check_run_groups(const struct run *run)
{
	bool over = run_is_final(run->state) || run->state == RUN_UP_FOR_RETRY;

	for (size_t i = 0; i < run->def->dag->n_retried; i++) {
		const struct run_group *g = &run->groups[i];
		const struct task_group *def = group_def(g);
		uint32_t unfinished = 0;

		for (uint32_t k = def->first; k < def->first + def->count; k++)
			unfinished += !task_is_final((enum task_state)run->tasks[k].state);
		assert(over ? !g->open && !g->due_us : g->unfinished == unfinished);
		assert(over || g->open == (unfinished || g->due_us));
		assert(!g->queued && g->retries <= def->retry.retries);
	}
}

static void
check_instances(const struct expansion *x, enum task_state template)
{
	size_t n = 0;

	assert(x->unfinished == instances_unfinished(x));
	assert(x->unfinished ? template == TASK_EXPANDED : task_is_final(template));
	for (size_t i = 0; i < x->made; i++) {
		assert(x->items[i].map_index == x->items[i].task->map_index);
		assert(!i || x->items[i - 1].map_index < x->items[i].map_index);
		n += x->items[i].task->state != TASK_REMOVED;
	}
	assert(n == x->n && n <= x->total);
}

static void
check_run(const struct engine *e, struct run *run)
{
	struct task_walk w = { .run = run, .all = true };
	size_t n = run->def->dag->n_tasks;
	const struct run_task *t;
	struct upstreams *upstreams;
	struct tally tally;
	uint32_t active;

	check_run_groups(run);
	run_recount(run, &tally, &active);
	assert(active == run->active || run_is_final(run->state));
	if (run_is_final(run->state)) {
		assert(run_comes_to(run, &tally) == run->state && !active && !run->due_us);
		assert(!run->slot && !run->seat.item.at && !run->upstreams);
		assert(run->leaving || run->session);
		return;
	}
	assert(!memcmp(&tally, &run->tally, sizeof(tally)));
	assert(run->state == RUN_UP_FOR_RETRY ? run_comes_to(run, &tally) == RUN_FAILED
					      : run_verdict(&tally) == RUN_RUNNING);
	assert(run->slot == (active > 0));
	assert(run->state == RUN_RUNNING || !active);
	upstreams = mem_new(n, sizeof(*upstreams));
	run_tallies(run, upstreams);
	assert(!memcmp(upstreams, run->upstreams, n * sizeof(*upstreams)));
	free(upstreams);
	while ((t = walk_next(&w))) {
		bool live = t->state == TASK_QUEUED || t->state == TASK_RUNNING;

		assert(live == (t->attempt != NULL));
		assert(!t->waiter || t->state == TASK_NONE);
		if (task_is_expanded(t))
			check_instances(expansion_of(run, t->index), (enum task_state)t->state);
	}
	(void)e;
}

static void
check_groups(const struct engine *e)
{
	const struct backfill *b;
	const struct dag_state *d;
	struct run *run;
	int used = 0, sum = 0;

	for (run = index_first(&e->runs); run; run = index_next(run))
		used += run->slot;
	for (d = index_first(&e->dags); d; d = index_next(d)) {
		assert(d->group.used >= 0);
		sum += d->group.used;
	}
	for (b = index_first(&e->backfills); b; b = index_next(b)) {
		assert(b->group.used >= 0);
		sum += b->group.used;
	}
	assert(used == sum);
}

/* What is used of each limit, counted from live attempts. */
static void
check_ledger(const struct engine *e)
{
	const struct attempt *a;
	int64_t memory = 0, all = 0, of_pools = 0, slots = 0;

	for (a = index_first(&e->attempts); a; a = index_next(a)) {
		if (!attempt_holds_slot(a->row.state))
			continue;
		slots += a->row.slots;
		memory += a->row.memory_bytes;
		all++;
	}
	for (const struct pool_state *p = index_first(&e->ledger.pools); p; p = index_next(p))
		of_pools += p->used;
	assert(slots == of_pools && all == e->ledger.all.used && memory == e->ledger.memory.used);
	for (const struct dag_state *d = index_first(&e->dags); d; d = index_next(d)) {
		all -= d->limiter.used;
		for (const struct limiter *l = index_first(&d->limiters); l; l = index_next(l))
			assert(l->used == count_task(e, d, l->task));
	}
	assert(!all);
}

void
engine_check(const struct engine *e)
{
	const struct attempt *a;
	struct run *run;
	size_t live = 0;

	for (a = index_first(&e->attempts); a; a = index_next(a)) {
		assert(a->task->attempt == a && attempt_is_live(a->row.state));
		live++;
	}
	assert(live == e->attempts.n);
	check_ledger(e);
	for (run = index_first(&e->runs); run; run = index_next(run))
		check_run(e, run);
	check_groups(e);
}
