/* attempt.c - live attempts: birth, every move, the wish to end one. */
#include "scheduler/state/attempt.h"

#include "scheduler/rows/effects.h"
#include "scheduler/state/emit.h"

#include <assert.h>
#include <stdlib.h>

void
attempt_add(struct engine *e, struct attempt *a)
{
	assert(!a->task->attempt && attempt_is_live(a->row.state));
	a->task->attempt = a;
	index_add_number(&e->attempts, a, a->row.key);
	if (attempt_holds_slot(a->row.state))
		e->slots_used += task_slots(e, a->task);
}

void
attempt_free(struct attempt *a)
{
	free(a->message);
	free(a->result);
	free(a->inputs);
	free(a);
}

/* Every move of an attempt goes through here. */
void
attempt_apply(struct engine *e, struct attempt *a, enum attempt_event event, const char *detail)
{
	enum attempt_state from = a->row.state, to = attempt_next(from, event);
	int slots = task_slots(e, a->task);

	assert(to != ATTEMPT_ILLEGAL);
	e->slots_used -= attempt_holds_slot(from) ? slots : 0;
	e->slots_used += attempt_holds_slot(to) ? slots : 0;
	a->row.state = to;
	mark_attempt(e, a);
	log_attempt(e, a, attempt_state_name(from), detail);
}

void
attempt_cancel(struct engine *e, struct attempt *a)
{
	if (a->row.cancel)
		return;
	a->row.cancel = true;
	mark_attempt(e, a);
	/* One that is publishing has done its work; one whose shim vanished is being ended. */
	if (a->row.state != ATTEMPT_STARTING && a->row.state != ATTEMPT_RUNNING)
		return;
	attempt_apply(e, a, AEV_KILL,
		      a->task->run->timed_out ? "the timeout of its run is over" : "cancelled");
	(void)effects_action(e->fx, ACTION_KILL, a->row.key);
}
