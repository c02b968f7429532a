/* deadline.c - what time alone makes of a run: its timeout, its retry. */
#include "scheduler/engine/deadline.h"

#include "core/time/civil.h"
#include "scheduler/life/attempt.h"
#include "scheduler/state/emit.h"
#include "scheduler/life/epoch.h"
#include "scheduler/state/slot.h"
#include "scheduler/life/run.h"
#include "scheduler/life/task.h"
#include "scheduler/state/todo.h"

enum { SPAN_ROOM = 64, CHILD_DEPTH_MAX = 64 };

void
deadline_end_task(struct engine *e, struct run_task *t, enum task_event event)
{
	char span[SPAN_ROOM];

	duration_format(t->run->def->dag->timeout_us, span, sizeof(span));
	task_end_at(e, t, event, &(struct gate){ .kind = GATE_RUN_TIMEOUT, .span = span });
}

int64_t
deadline_wait_max(const struct run *run)
{
	return run->state == RUN_UP_FOR_RETRY ? run_retry_delay(run) : run->def->dag->timeout_us;
}

/*
 * An attempt that publishes has done its work: it is let go on, and its task succeeds by it.  One
 * that a person cancelled ends for that.
 */
static bool
is_ending(const struct run_task *t)
{
	return t->attempt &&
	       (t->attempt->row.state == ATTEMPT_PUBLISHING || t->attempt->row.cancel);
}

/* Teardowns clean up after it, on_exit comes last: they end by a timeout of their own. */
static bool
is_left_alone(const struct run_task *t)
{
	return task_is_final((enum task_state)t->state) || task_outlives(task_of(t));
}

static void
refuse_groups(struct engine *e, struct run *run)
{
	char span[SPAN_ROOM];

	duration_format(run->def->dag->timeout_us, span, sizeof(span));
	groups_refuse(e, run, &(struct gate){ .kind = GATE_RUN_TIMEOUT, .span = span });
}

/*
 * What has not begun fails at once, what runs is ended and fails then.  A run of which nothing is
 * left but to publish, to tear down or to end as cancelled is not timed out.
 */
static void
time_out(struct engine *e, struct run *run)
{
	const struct dag *dag = run->def->dag;
	struct task_walk w = { .run = run };
	struct run_task *t;
	bool ends = false;

	while ((t = walk_next(&w)))
		ends |= !is_left_alone(t) && !is_ending(t);
	for (size_t i = 0; i < dag->n_retried; i++)
		ends |= run->groups[i].due_us != 0;
	if (!ends)
		return;
	run->timed_out = true;
	mark_run(e, run);
	run_touch(e, run);
	refuse_groups(e, run);
	for (w = (struct task_walk){ .run = run }; (t = walk_next(&w));) {
		if (is_left_alone(t))
			continue;
		if (t->attempt)
			attempt_cancel(e, t->attempt);
		else
			deadline_end_task(e, t, TEV_EXPIRE);
	}
}

/* The run whose task made this one, and still waits for it; NULL: there is none. */
static const struct run *
waiting_parent(const struct engine *e, const struct run *run)
{
	const struct run *parent = run->parent ? index_find_number(&e->runs, run->parent) : NULL;
	const struct run_task *t;
	int at;

	if (!parent || parent->state != RUN_RUNNING)
		return NULL;
	at = dag_task_find(parent->def->dag, run->parent_task);
	t = at < 0 ? NULL : &parent->tasks[at];
	return t && t->children && t->state == TASK_NONE && !task_outlives(task_of(t)) ? parent
										       : NULL;
}

bool
deadline_is_over(const struct engine *e, const struct run_task *t)
{
	const struct run *run = t->run;

	if (task_outlives(task_of(t)))
		return false;
	if (run->timed_out)
		return true;
	/* With the time of who made it ends its own. */
	for (int depth = 0; run && depth < CHILD_DEPTH_MAX; depth++) {
		if (run->due_us && run->due_us <= e->now_us)
			return true;
		run = waiting_parent(e, run);
	}
	return false;
}

void
deadlines_pass(struct engine *e)
{
	struct run_seat *seat;

	while ((seat = (struct run_seat *)heap_first(&e->deadlines)) &&
	       seat->run->due_us <= e->now_us) {
		heap_remove(&e->deadlines, &seat->item);
		if (seat->run->state == RUN_UP_FOR_RETRY)
			run_retry(e, seat->run);
		else
			time_out(e, seat->run);
	}
}

int64_t
deadlines_wake(const struct engine *e)
{
	const struct run_seat *seat = (const struct run_seat *)heap_first(&e->deadlines);

	return seat ? seat->run->due_us : INT64_MAX;
}
