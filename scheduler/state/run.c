/* run.c - runs and their tasks: birth, every move, the next epoch, the end. */
#include "scheduler/engine/internal.h"

#include "core/time/civil.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- tasks ---- */

const struct task *
task_of(const struct run_task *t)
{
	return &t->run->def->dag->tasks[t->index];
}

/* A task that is wider than the whole pool gets all of it rather than never running. */
int
task_slots(const struct engine *e, const struct run_task *t)
{
	int slots = task_of(t)->pool_slots;

	return slots < e->config.pool_slots ? slots : e->config.pool_slots;
}

bool
task_is_active(enum task_state state)
{
	return state >= TASK_SCHEDULED && state <= TASK_UP_FOR_RETRY;
}

uint32_t *
tally_of(struct tally *tally, enum task_state state)
{
	switch (state) {
	case TASK_SUCCESS:
		return &tally->success;
	case TASK_FAILED:
		return &tally->failed;
	case TASK_UPSTREAM_FAILED:
		return &tally->upstream_failed;
	case TASK_SKIPPED:
		return &tally->skipped;
	case TASK_CANCELLED:
		return &tally->cancelled;
	default:
		return &tally->pending;
	}
}

/* A task that may fail counts as success for its run, and for its run only. */
static enum task_state
state_for_run(const struct run_task *t)
{
	if (t->state == TASK_FAILED && task_of(t)->on_fail != ON_FAIL_FAIL)
		return TASK_SUCCESS;
	return (enum task_state)t->state;
}

bool
ready_before(const struct heap_item *x, const struct heap_item *y)
{
	const struct run_task *a = (const struct run_task *)x, *b = (const struct run_task *)y;
	int priority_a = task_of(a)->priority, priority_b = task_of(b)->priority;

	if (run_class(a->run) != run_class(b->run))
		return run_class(a->run) < run_class(b->run);
	if (priority_a != priority_b)
		return priority_a > priority_b;
	if (a->run->logical_us != b->run->logical_us)
		return a->run->logical_us < b->run->logical_us;
	if (a->run->key != b->run->key)
		return a->run->key < b->run->key;
	return a->index < b->index;
}

bool
timer_before(const struct heap_item *x, const struct heap_item *y)
{
	const struct run_task *a = (const struct run_task *)x, *b = (const struct run_task *)y;

	if (a->due_us != b->due_us)
		return a->due_us < b->due_us;
	if (a->run->key != b->run->key)
		return a->run->key < b->run->key;
	return a->index < b->index;
}

static bool
set_text(char **held, const char *text)
{
	if (!strcmp(*held ? *held : "", text))
		return false;
	free(*held);
	*held = *text ? mem_str(text) : NULL;
	return true;
}

void
task_set_waits(struct engine *e, struct run_task *t, const char *text)
{
	if (set_text(&t->waits, text))
		mark_task(e, t);
}

void
run_set_waits(struct engine *e, struct run *run, const char *text)
{
	if (set_text(&run->waits, text))
		mark_run(e, run);
}

void
task_look(struct engine *e, struct run_task *t)
{
	if (t->queued || t->state != TASK_NONE || t->run->state != RUN_RUNNING)
		return;
	t->queued = true;
	queue_add(&e->work, t);
}

/* Tell everybody who counts on it that a task has ended. */
static void
task_ended(struct engine *e, struct run_task *t)
{
	const struct task *task = task_of(t);
	struct run *run = t->run;

	assert(run->tally.pending > 0);
	run->tally.pending--;
	++*tally_of(&run->tally, state_for_run(t));
	for (size_t i = 0; i < task->n_downstream; i++) {
		uint32_t down = task->downstream[i];

		assert(run->upstreams[down].pending > 0);
		run->upstreams[down].pending--;
		++*tally_of(&run->upstreams[down], (enum task_state)t->state);
		task_look(e, &run->tasks[down]);
	}
	if (task->output >= 0)
		watch_wake(e, run->dag, civil_day_of(run->logical_us));
}

void
task_apply(struct engine *e, struct run_task *t, enum task_event event, const char *detail)
{
	enum task_state from = (enum task_state)t->state, to = task_next(from, event);
	struct run *run = t->run;

	assert(to != TASK_ILLEGAL);
	heap_remove(from == TASK_SCHEDULED ? &e->ready : &e->timers, &t->item);
	queue_drop(&e->blocked, t);
	watch_drop(e, t);
	run->active -= task_is_active(from);
	run->active += task_is_active(to);
	t->state = (uint8_t)to;
	t->since_us = e->now_us;
	mark_task(e, t);
	log_task(e, t, task_state_name(from), task_state_name(to), detail);
	if (event != TEV_CLEAR && task_is_final(to)) {
		task_set_waits(e, t, t->attempt || to == TASK_SUCCESS ? "" : detail);
		task_ended(e, t);
	} else if (to == TASK_SCHEDULED && run_may_start(e, run)) {
		heap_push(&e->ready, &t->item);
	}
	run_touch(e, run);
}

/* ---- counting ---- */

void
run_recount(struct run *run, struct tally *tally, uint32_t *active)
{
	*tally = (struct tally){ 0 };
	*active = 0;
	for (size_t i = 0; i < run->def->dag->n_tasks; i++) {
		++*tally_of(tally, state_for_run(&run->tasks[i]));
		*active += task_is_active((enum task_state)run->tasks[i].state);
	}
}

void
run_tallies(const struct run *run, struct tally *upstreams)
{
	const struct dag *dag = run->def->dag;

	memset(upstreams, 0, dag->n_tasks * sizeof(*upstreams));
	for (size_t i = 0; i < dag->n_tasks; i++)
		for (size_t k = 0; k < dag->tasks[i].n_upstream; k++) {
			uint32_t up = dag->tasks[i].upstream[k];

			++*tally_of(&upstreams[i], (enum task_state)run->tasks[up].state);
		}
}

/* ---- birth ---- */

struct run *
run_find(const struct dag_state *d, int64_t logical_us)
{
	struct run_date *date = index_find_number(&d->runs, logical_us);

	return date ? date->run : NULL;
}

static void
make_tasks(struct run *run)
{
	size_t n = run->def->dag->n_tasks;

	run->tasks = mem_new(n, sizeof(*run->tasks));
	for (size_t i = 0; i < n; i++)
		run->tasks[i] =
		    (struct run_task){ .run = run, .index = (uint32_t)i, .state = TASK_NONE };
}

struct run *
run_add(struct engine *e, struct run *run, struct def *def)
{
	run->def = def;
	make_tasks(run);
	index_add_number(&e->runs, run, run->key);
	run->seat.run = run->date.run = run;
	index_add_number(&run->dag->runs, &run->date, run->logical_us);
	return run;
}

void
run_in_session(struct engine *e, struct run *run)
{
	if (!e->config.session || run->session)
		return;
	run->session = true;
	e->session_open += run->upstreams != NULL;
	e->session_runs =
	    mem_grow(e->session_runs, e->n_session, &e->room_session, sizeof(struct run *));
	e->session_runs[e->n_session++] = run;
}

void
run_open(struct engine *e, struct run *run)
{
	struct dag_state *d = run->dag;

	assert(!run_is_final(run->state) && !run->upstreams);
	run->upstreams = mem_new(run->def->dag->n_tasks, sizeof(*run->upstreams));
	run_tallies(run, run->upstreams);
	run_recount(run, &run->tally, &run->active);
	run->prev = NULL;
	run->next = d->unfinished;
	if (run->next)
		run->next->prev = run;
	d->unfinished = run;
	e->session_open += run->session;
	if (run->state == RUN_QUEUED)
		run_want(e, run);
}

static char *
name_run(enum run_type type, int64_t logical_us)
{
	char text[TIMESTAMP_CHARS + 1];

	if (logical_us % DAY_US == 0)
		date_format(civil_day_of(logical_us), text);
	else
		timestamp_format(logical_us, text);
	return mem_format("%s__%s", run_type_name(type), text);
}

struct run *
run_make(struct engine *e, struct dag_state *d, enum run_type type, int64_t logical_us,
	 const char *params, struct backfill *backfill)
{
	struct run *run = mem_new(1, sizeof(*run));

	assert(!run_find(d, logical_us));
	run->logical_us = logical_us;
	run->key = ++e->last_run;
	run->dag = d;
	run->run_id = name_run(type, logical_us);
	run->type = type;
	run->state = RUN_QUEUED;
	run->epoch = 1;
	run->start_us = logical_us;
	run->end_us = logical_us + (d->active->dag->partitioned ? DAY_US : 0);
	run->backfill = backfill;
	run->created_us = e->now_us;
	run->params = mem_str(params);
	d->active->users++;
	run_add(e, run, d->active);
	for (size_t i = 0; i < d->active->dag->n_tasks; i++)
		run->tasks[i].since_us = e->now_us;
	run->fresh = true;
	mark_run(e, run);
	log_run(e, run, "", run->run_id);
	run_in_session(e, run);
	run_open(e, run);
	watch_wake(e, d, civil_day_of(logical_us));
	return run;
}

void
run_free(struct engine *e, struct run *run)
{
	for (size_t i = 0; i < run->def->dag->n_tasks; i++) {
		free(run->tasks[i].waits);
		free(run->tasks[i].waiter);
	}
	def_drop(e, run->def);
	free(run->run_id);
	free(run->params);
	free(run->waits);
	free(run->tasks);
	free(run->upstreams);
	free(run);
}

/* ---- life ---- */

void
run_touch(struct engine *e, struct run *run)
{
	if (run->touched)
		return;
	run->touched = true;
	queue_add(&e->touched, run);
}

void
run_look(struct engine *e, struct run *run)
{
	for (size_t i = 0; i < run->def->dag->n_tasks; i++)
		task_look(e, &run->tasks[i]);
	run_touch(e, run);
}

void
run_start(struct engine *e, struct run *run)
{
	if (run->state == RUN_QUEUED) {
		run->state = RUN_RUNNING;
		run->started_us = e->now_us;
		mark_run(e, run);
		log_run(e, run, run_state_name(RUN_QUEUED), "");
	}
	run_look(e, run);
}

static void
end_run(struct engine *e, struct run *run, enum run_state state)
{
	enum run_state from = run->state;

	run->state = state;
	run->ended_us = e->now_us;
	run_set_waits(e, run, "");
	mark_run(e, run);
	log_run(e, run, run_state_name(from), "");
	heap_remove(&run_group(run)->queue, &run->seat.item);
	run_release(e, run);
	if (run->next)
		run->next->prev = run->prev;
	if (run->prev)
		run->prev->next = run->next;
	else
		run->dag->unfinished = run->next;
	run->next = run->prev = NULL;
	free(run->upstreams);
	run->upstreams = NULL;
	e->session_open -= run->session;
}

void
run_rest(struct engine *e, struct run *run)
{
	enum run_state state = run_verdict(&run->tally);

	run->touched = false;
	if (run_is_final(run->state))
		return;
	if (run_is_final(state)) {
		end_run(e, run, state);
	} else if (run->state == RUN_RUNNING && run->slot && !run->active) {
		run_release(e, run);
		run_set_waits(e, run, "waits for partitions that other runs write");
	}
}

/* ---- the next epoch ---- */

/* Mark a task and all that is downstream of it. */
static void
pick_downstream(const struct dag *dag, uint32_t from, bool *picked)
{
	picked[from] = true;
	for (size_t i = 0; i < dag->n_tasks; i++) {
		const struct task *task = &dag->tasks[dag->order[i]];

		for (size_t k = 0; picked[dag->order[i]] && k < task->n_downstream; k++)
			picked[task->downstream[k]] = true;
	}
}

/* The task of the last epoch, on definition `old`, that has this one's name; or NULL. */
static struct run_task *
old_task(const struct dag *old, struct run_task *tasks, const struct dag *dag, size_t index)
{
	int at;

	if (index < old->n_tasks && !strcmp(old->tasks[index].id, dag->tasks[index].id))
		return &tasks[index];
	at = dag_task_find(old, dag->tasks[index].id);
	return at < 0 ? NULL : &tasks[at];
}

static size_t
pick(struct run *run, const struct redo *redo, bool *picked)
{
	const struct dag *dag = redo->def->dag;
	size_t n = 0;

	if (redo->task)
		pick_downstream(dag, (uint32_t)dag_task_find(dag, redo->task), picked);
	for (size_t i = 0; i < dag->n_tasks; i++) {
		struct run_task *old = old_task(run->def->dag, run->tasks, dag, i);

		if (!old)
			picked[i] = true;
		else if (redo->only_failed)
			picked[i] = old->state != TASK_SUCCESS && (!redo->task || picked[i]);
		else if (!redo->task)
			picked[i] = true;
		n += picked[i];
	}
	return n;
}

static void
clear_task(struct engine *e, struct run_task *t)
{
	if (t->state != TASK_NONE)
		task_apply(e, t, TEV_CLEAR, "");
	t->failures = t->losses = 0;
	task_set_waits(e, t, "");
}

/* A task of the new epoch, made from what it was in the last one. */
static void
keep_task(struct run_task *t, struct run_task *was)
{
	t->state = was->state;
	t->since_us = was->since_us;
	t->failures = was->failures;
	t->losses = was->losses;
	t->waits = was->waits;
	was->waits = NULL;
}

/* Move what is kept of the last epoch over to another definition's tasks. */
static void
repin(struct engine *e, struct run *run, struct def *def, const bool *picked)
{
	struct def *last = run->def;
	struct run_task *old = run->tasks;

	run->drop = true;
	run->fresh = true;
	run->def = def;
	def->users++;
	make_tasks(run);
	for (size_t i = 0; i < def->dag->n_tasks; i++) {
		struct run_task *was = old_task(last->dag, old, def->dag, i);

		run->tasks[i].since_us = e->now_us;
		if (!was)
			continue;
		run->tasks[i].tries = was->tries;
		if (!picked[i])
			keep_task(&run->tasks[i], was);
	}
	for (size_t i = 0; i < last->dag->n_tasks; i++)
		free(old[i].waits);
	free(old);
	def_drop(e, last);
}

/*
 * The log of an epoch on another definition: every old task whose place does
 * not go on as it was is cleared, every kept one that moved to another place
 * appears there.
 */
static void
log_repin(struct engine *e, struct run *run, const struct dag *old, const uint8_t *states)
{
	const struct dag *dag = run->def->dag;
	size_t n = old->n_tasks > dag->n_tasks ? old->n_tasks : dag->n_tasks;
	struct run_task gone = { .run = run };

	for (uint32_t i = 0; i < n; i++) {
		enum task_state was = i < old->n_tasks ? (enum task_state)states[i] : TASK_NONE;
		enum task_state is =
		    i < dag->n_tasks ? (enum task_state)run->tasks[i].state : TASK_NONE;
		bool same = i < old->n_tasks && i < dag->n_tasks &&
			    !strcmp(old->tasks[i].id, dag->tasks[i].id);

		gone.index = i;
		if (was != TASK_NONE && (!same || is != was))
			log_task(e, &gone, task_state_name(was), "none", "cleared");
		if (is != TASK_NONE && !same)
			log_task(e, &gone, "none", task_state_name(is), "kept from the last epoch");
	}
}

static void
redo_on(struct engine *e, struct run *run, struct def *def, const bool *picked)
{
	/* The definition stays readable: it is at worst among those let go in this step. */
	const struct dag *old = run->def->dag;
	uint8_t *states = mem_new(old->n_tasks, 1);

	for (size_t i = 0; i < old->n_tasks; i++)
		states[i] = run->tasks[i].state;
	repin(e, run, def, picked);
	log_repin(e, run, old, states);
	free(states);
}

bool
run_clear(struct engine *e, struct run *run, const struct redo *redo)
{
	const struct dag *dag = redo->def->dag;
	enum run_state from = run->state;
	bool *picked = mem_new(dag->n_tasks, sizeof(*picked));
	size_t n = pick(run, redo, picked);

	assert(run_is_final(from));
	if (!n) {
		free(picked);
		return false;
	}
	run->epoch += BUG_IS(12) ? 0 : 1; /* planted: clear keeps the old epoch number */
	if (redo->def != run->def) {
		redo_on(e, run, redo->def, picked);
	} else {
		for (size_t i = 0; i < dag->n_tasks; i++)
			if (picked[i])
				clear_task(e, &run->tasks[i]);
	}
	free(picked);
	run->state = RUN_QUEUED;
	run->started_us = run->ended_us = 0;
	mark_run(e, run);
	log_run(e, run, run_state_name(from), "cleared");
	run_in_session(e, run);
	run_open(e, run);
	watch_wake(e, run->dag, civil_day_of(run->logical_us));
	return true;
}
