/* session.c - runs that the commands of a session made, cleared or adopted. */
#include "scheduler/state/session.h"

#include "scheduler/state/slot.h"
#include "scheduler/state/todo.h"

void
run_in_session(struct engine *e, struct run *run)
{
	bool open = run->upstreams != NULL;

	if (!e->config.session)
		return;
	if (run->session) {
		e->guests_open -= run->guest && !e->asked_by_guest && open;
		run->guest = run->guest && e->asked_by_guest;
		run->for_task = run->for_task && e->asked_by_task;
		return;
	}
	run->session = true;
	run->guest = e->asked_by_guest;
	run->for_task = e->asked_by_task;
	e->session_open += open;
	e->guests_open += run->guest && open;
	e->session_runs = mem_grow(e->session_runs, e->n_session, &e->room_session,
				   sizeof(struct run *));
	e->session_runs[e->n_session++] = run;
}

void
run_adopt(struct engine *e, struct run *run)
{
	bool known = run->session;

	if (!e->config.session || e->config.hold)
		return;
	run_in_session(e, run);
	if (known)
		return;
	struct task_walk w = { .run = run };
	struct run_task *t;

	if (run->state == RUN_QUEUED)
		run_want(e, run);
	run_watch_due(e, run);
	if (run->state == RUN_UP_FOR_RETRY)
		run_say_retry(e, run);
	if (run->state != RUN_RUNNING)
		return;
	run_set_gate(e, run, NULL);
	/* What loading left out because nobody here had asked for it. */
	while ((t = walk_next(&w))) {
		if (t->state == TASK_SCHEDULED && run_may_start(e, run))
			ready_add(e, t);
		else if (task_is_timed((enum task_state)t->state))
			heap_push(&e->timers, &t->item);
	}
	run_look(e, run);
}
