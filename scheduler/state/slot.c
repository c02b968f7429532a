/* slot.c - run slots: who wants one, who has one, and why somebody waits. */
#include "scheduler/state/slot.h"

#include "scheduler/state/emit.h"
#include "scheduler/state/todo.h"

#include <stdlib.h>
#include <string.h>

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

/* Scheduled before manual, then the oldest; a backfill may go newest first. */
static bool
run_before(const struct heap_item *x, const struct heap_item *y)
{
	const struct run *a = ((const struct run_seat *)x)->run;
	const struct run *b = ((const struct run_seat *)y)->run;
	bool backwards = a->backfill && a->backfill->backwards;

	if (run_class(a) != run_class(b))
		return run_class(a) < run_class(b);
	if (a->logical_us != b->logical_us)
		return (a->logical_us < b->logical_us) != backwards;
	return a->key < b->key;
}

void
group_init(struct group *g, struct dag_state *dag, int cap)
{
	*g = (struct group){ .queue = { .before = run_before }, .cap = cap, .dag = dag };
}

void
run_want(struct engine *e, struct run *run)
{
	struct group *g = run_group(run);

	if (run->slot || run->seat.item.at || (e->config.session && !run->session))
		return;
	if (run->state == RUN_QUEUED)
		run_set_waits(e, run,
			      e->config.hold ? "no scheduler is running" : "waits for a run slot");
	heap_push(&g->queue, &run->seat.item);
	group_mark(e, g);
}

void
run_release(struct engine *e, struct run *run)
{
	struct group *g = run_group(run);

	if (!run->slot)
		return;
	run->slot = false;
	g->used--;
	group_mark(e, g);
}
