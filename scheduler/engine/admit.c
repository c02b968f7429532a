/* admit.c - which runs of a group get a run slot. */
#include "scheduler/engine/admit.h"

#include "scheduler/state/run.h"
#include "scheduler/state/slot.h"

void
group_admit(struct engine *e, struct group *g)
{
	struct run_seat *seat;
	struct run *run;

	g->marked = false;
	if (g->dag->paused || !e->awake || e->config.hold)
		return;
	while (g->used < g->cap && (seat = (struct run_seat *)heap_first(&g->queue))) {
		run = seat->run;
		heap_remove(&g->queue, &seat->item);
		run->slot = true;
		g->used++;
		run_set_gate(e, run, NULL);
		run_start(e, run);
	}
}
