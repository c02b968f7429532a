/* previous.c - how the run before stands, for tasks that depend on the past. */
#include "scheduler/ready/previous.h"

#include "core/model/interval.h"
#include "scheduler/ready/part.h"
#include "scheduler/state/slot.h"
#include "scheduler/life/run.h"
#include "scheduler/life/task.h"
#include "scheduler/state/todo.h"
#include "scheduler/state/watch.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

/* What a task finds when it looks back. */
enum past_is { PAST_GOOD, PAST_WAITS, PAST_UNKNOWN };

/* The run before that of a task. */
struct before {
	const struct run *run;       /* in memory, or NULL ... */
	const struct past_run *past; /* ... then here, or NULL: there is none */
	int64_t start_us;            /* of the interval before; INT64_MIN: there is none */
	bool near;                   /* it is the run of that interval: none can come between */
	bool coming;                 /* there is none yet */
	int64_t until_us;            /* COMING: look again then at the latest */
	char run_id[RUN_ID_CHARS + 1];
	struct gate gate; /* what is waited for */
};

/* ---- which run ---- */

/* Is it the start of an interval?  Without a grid a run may be of any instant. */
static bool
is_interval(const struct dag *dag, int64_t logical_us)
{
	return dag->partitioned || interval_from(dag, logical_us) == logical_us;
}

/* The interval before that of a run, or before the one in which its instant lies. */
static int64_t
interval_before(const struct run *run)
{
	const struct dag *dag = run->def->dag;
	int64_t own_us = interval_at(dag, run->logical_us);

	return own_us == INT64_MIN ? INT64_MIN : interval_at(dag, own_us - 1);
}

/* The last run of an interval before one that had none and gets none. */
static void
find_last(const struct run *run, struct before *b)
{
	const struct dag *dag = run->def->dag;
	struct run_date *at;

	b->past = past_before(run->dag, b->start_us);
	while (b->past && !is_interval(dag, b->past->logical_us))
		b->past = past_before(run->dag, b->past->logical_us);
	for (at = index_first(&run->dag->runs); at; at = index_next(at)) {
		int64_t us = at->run->logical_us;

		if (us < b->start_us && is_interval(dag, us) &&
		    (!b->run || us > b->run->logical_us) && (!b->past || us > b->past->logical_us))
			b->run = at->run;
	}
	if (b->run)
		b->past = NULL;
}

/* Are runs of its intervals made by time, or by datasets? */
static bool
is_made_unasked(const struct dag *dag)
{
	return dag_is_scheduled(dag) || (dag_is_woken(dag) && dag->partitioned);
}

static void
find_before(const struct engine *e, const struct run *run, struct before *b)
{
	*b = (struct before){ .start_us = interval_before(run), .until_us = INT64_MAX };
	if (b->start_us == INT64_MIN)
		return;
	b->run = run_find(run->dag, b->start_us);
	if (!b->run)
		b->past = past_find(run->dag, b->start_us);
	b->near = b->run || b->past;
	if (b->near)
		return;
	b->coming = is_made_unasked(run->dag->active->dag) &&
		    run_is_coming(e, run->dag, b->start_us, &b->until_us);
	if (b->coming)
		return;
	b->until_us = INT64_MAX;
	find_last(run, b);
}

/* ---- how it stands ---- */

static enum past_is
say(struct before *b, enum gate_kind kind, const struct run *of, const char *task)
{
	b->gate = (struct gate){ .kind = kind, .run = b->run_id, .dag = of->dag->id, .task = task };
	return PAST_WAITS;
}

/* Did it fail, which is forgiven unless the time of its run, which is over, ends that? */
static bool
is_running_out(const struct engine *e, const struct run *run, const struct run_task *t)
{
	return t->state == TASK_FAILED && run->due_us && run->due_us <= e->now_us &&
	       run->state == RUN_RUNNING && !run->timed_out;
}

/* One task of a run in memory; one that its definition did not have yet holds nobody back. */
static enum past_is
stand_of(const struct engine *e, struct before *b, const struct run *reader, const char *task)
{
	int at = dag_task_find(b->run->def->dag, task);
	const struct run_task *t = at < 0 ? NULL : &b->run->tasks[at];

	if (!t)
		return PAST_GOOD;
	if (!task_is_final((enum task_state)t->state) || task_is_held(t) ||
	    run_may_redo(b->run, t) || is_running_out(e, b->run, t)) {
		/* planted: what runs is taken for done */
		if (BUG_IS(31) && t->state == TASK_RUNNING)
			return PAST_GOOD;
		return say(b, GATE_PAST_RUNNING, reader, task);
	}
	if (run_redoes(b->run, t) || t->state == TASK_CANCELLED)
		return say(b, GATE_PAST_FAILED, reader, task);
	return PAST_GOOD;
}

/* A run in memory: the task, and what comes right after it. */
static enum past_is
stand_in(const struct engine *e, struct before *b, const struct run *reader,
	 const struct task *task)
{
	const struct dag *dag = reader->def->dag;
	enum past_is is;

	if (b->run->early)
		return say(b, GATE_PAST_EARLY, reader, task->id);
	is = stand_of(e, b, reader, task->id);
	for (size_t i = 0; task->wait_for_downstream && i < task->n_downstream && !is; i++)
		is = stand_of(e, b, reader, dag->tasks[task->downstream[i]].id);
	return is;
}

/* One that has left memory: all is well when it is, else its rows have to be seen. */
static enum past_is
stand_past(struct before *b, const struct run *reader, const struct task *task)
{
	if (!run_is_final((enum run_state)b->past->state)) /* it is held */
		return say(b, GATE_PAST_RUNNING, reader, task->id);
	if (b->past->early)
		return say(b, GATE_PAST_EARLY, reader, task->id);
	if (b->past->state == RUN_SUCCESS)
		return PAST_GOOD;
	(void)say(b, GATE_PAST_FAILED, reader, task->id);
	return PAST_UNKNOWN;
}

static enum past_is
look_back(const struct engine *e, const struct run_task *t, struct before *b)
{
	const struct run *run = t->run;

	find_before(e, run, b);
	if (b->coming) {
		int64_t due_us = interval_due(run->dag->active->dag, b->start_us);

		run_name(RUN_SCHEDULED, b->start_us, b->run_id);
		(void)say(b, GATE_PAST_COMING, run, "");
		b->gate.until_us = due_us > e->now_us && due_us != INT64_MAX ? due_us : 0;
		return PAST_WAITS;
	}
	if (b->run) {
		(void)snprintf(b->run_id, sizeof(b->run_id), "%s", b->run->run_id);
		return stand_in(e, b, run, task_of(t));
	}
	if (!b->past)
		return PAST_GOOD;
	run_name((enum run_type)b->past->type, b->past->logical_us, b->run_id);
	return stand_past(b, run, task_of(t));
}

/* ---- what follows ---- */

/* Did it learn before that this run has ended badly for it? */
static bool
is_known(const struct run_task *t, const char *run_id)
{
	struct gate gate;
	json_t *stored = NULL;
	bool known;

	if (!t->waits || json_read(&stored, t->waits, strlen(t->waits), "waits", NULL))
		return false;
	gate_read(&gate, stored);
	known = gate.kind == GATE_PAST_FAILED && !strcmp(gate.run, run_id);
	json_decref(stored);
	return known;
}

/* Is it asked about the run before?  Of an expanded task that was done before it was. */
static bool
asks_before(const struct run_task *t)
{
	return task_of(t)->depends_on_past && t->map_index < 0;
}

bool
previous_lets(struct engine *e, struct run_task *t)
{
	struct before b;
	enum past_is is;

	if (!task_of(t)->depends_on_past)
		return true;
	is = look_back(e, t, &b);
	if (is == PAST_GOOD)
		return true;
	/* A session makes no runs of the schedule: with the time nothing comes. */
	watch_add(e, t, t->run->dag, b.near || b.coming ? b.start_us : WATCH_ANY,
		  e->config.session ? INT64_MAX : b.until_us);
	if (is == PAST_UNKNOWN) {
		if (is_known(t, b.run_id))
			return false;
		queue_add(&e->asking, t);
	}
	task_set_gate(e, t, &b.gate);
	if (!t->run->slot)
		run_say_others(e, t->run);
	return false;
}

bool
previous_still_lets(struct engine *e, struct run_task *t)
{
	struct before b;

	return !asks_before(t) || look_back(e, t, &b) != PAST_WAITS;
}

void
previous_ask_again(struct engine *e, struct run_task *t)
{
	struct before b;

	assert(t->state == TASK_SCHEDULED);
	if (!asks_before(t) || look_back(e, t, &b) == PAST_GOOD)
		return;
	task_apply(e, t, TEV_UNREADY, "the run before may have ended meanwhile");
	task_look(e, t);
}

void
previous_needs(struct engine *e, struct wanted *wanted)
{
	struct run_task *t;
	struct before b;

	while ((t = queue_take(&e->asking))) {
		find_before(e, t->run, &b);
		past_want(wanted, b.past);
	}
}

/* The run of the interval after that of one, or the first that has one, if it is in memory. */
static struct run *
run_after(const struct run *run)
{
	const struct dag *dag = run->def->dag;
	int64_t next_us = interval_next(dag, run->logical_us);
	struct run *next = run_find(run->dag, next_us);
	struct run_date *at;

	if (next || past_find(run->dag, next_us))
		return next;
	if (!dag->depends_on_past && !run->dag->active->dag->depends_on_past)
		return NULL;
	for (at = index_first(&run->dag->runs); at; at = index_next(at))
		if (at->run->logical_us > run->logical_us &&
		    (!next || at->run->logical_us < next->logical_us))
			next = at->run;
	return next;
}

/* What was ready in a run, and is not any more. */
static void
look_again(struct engine *e, struct run *run)
{
	struct task_walk w = { .run = run };
	struct run_task *t;

	while (run->def->dag->depends_on_past && (t = walk_next(&w))) {
		if (t->state != TASK_SCHEDULED || previous_still_lets(e, t))
			continue;
		task_apply(e, t, TEV_UNREADY, "the run before did not end well");
		task_look(e, t);
	}
}

void
previous_moved(struct engine *e, struct run *run)
{
	struct run *next;

	if (!run_is_final(run->state) || run->state == RUN_SUCCESS)
		return;
	if (!interval_by_ticks(run->def->dag)) {
		next = run_after(run);
		if (next)
			look_again(e, next);
		return;
	}
	/* Several may lie behind it: a run may be of any instant. */
	for (next = run->dag->unfinished; next; next = next->next)
		if (next->logical_us > run->logical_us)
			look_again(e, next);
}
