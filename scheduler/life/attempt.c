/* attempt.c - live attempts: birth, every move, the wish to end one. */
#include "scheduler/life/attempt.h"

#include "scheduler/rows/effects.h"
#include "scheduler/state/emit.h"

#include <assert.h>
#include <stdlib.h>

/* Let the ledger know whether it holds what it was given. */
static void
attempt_count(struct engine *e, struct attempt *a)
{
	bool holds = attempt_holds_slot(a->row.state);

	if (holds == a->counted)
		return;
	a->counted = holds;
	if (holds)
		ledger_take(e, a);
	else
		ledger_give(e, a);
}

void
attempt_add(struct engine *e, struct attempt *a)
{
	assert(!a->task->attempt && attempt_is_live(a->row.state));
	a->task->attempt = a;
	index_add_number(&e->attempts, a, a->row.key);
	attempt_count(e, a);
}

void
attempt_free(struct attempt *a)
{
	free(a->label);
	free(a->message);
	free(a->result);
	free(a->limits);
	free(a->seen);
	free(a->kept);
	free(a->artifacts);
	free(a->inputs);
	free(a->outputs);
	free(a->pool);
	free(a);
}

/* Every move of an attempt goes through here. */
void
attempt_apply(struct engine *e, struct attempt *a, enum attempt_event event, const char *detail)
{
	enum attempt_state from = a->row.state, to = attempt_next(from, event);

	assert(to != ATTEMPT_ILLEGAL);
	a->row.state = to;
	attempt_count(e, a);
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
