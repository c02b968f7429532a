/* due.c - what time alone will do to a run: its timeout, its retry. */
#include "scheduler/state/due.h"

#include "scheduler/state/emit.h"
#include "scheduler/state/slot.h"

#include <assert.h>
#include <stdio.h>

bool
deadline_before(const struct heap_item *x, const struct heap_item *y)
{
	const struct run *a = ((const struct run_seat *)x)->run;
	const struct run *b = ((const struct run_seat *)y)->run;

	return a->due_us != b->due_us ? a->due_us < b->due_us : a->key < b->key;
}

void
run_watch_due(struct engine *e, struct run *run)
{
	bool mine = !e->config.session || run->session;

	heap_remove(&e->deadlines, &run->deadline.item);
	if (run->due_us && mine && !run_is_final(run->state) &&
	    (!run->timed_out || run->state == RUN_UP_FOR_RETRY))
		heap_push(&e->deadlines, &run->deadline.item);
}

void
run_set_due(struct engine *e, struct run *run, int64_t due_us)
{
	/* It is found by the old time until it is out. */
	heap_remove(&e->deadlines, &run->deadline.item);
	run->due_us = due_us;
	run_watch_due(e, run);
	mark_run(e, run);
}

int64_t
run_retry_delay(const struct run *run)
{
	char seed[NAME_MAX_BYTES + RUN_ID_CHARS + 32];
	int bytes = snprintf(seed, sizeof(seed), "%s/%s/%d", run->dag->id, run->run_id,
			     run->retries);

	assert(bytes > 0 && bytes < (int)sizeof(seed));
	return retry_delay(&run->def->dag->run_retry, run->retries, seed);
}

void
run_say_retry(struct engine *e, struct run *run)
{
	run_set_gate(e, run,
		     &(struct gate){ .kind = GATE_RUN_RETRY,
				     .retry = run->retries,
				     .most = run->def->dag->run_retry.retries });
}
