/* grouped.c - groups that are tried again as one: what is kept of them, and what they hold. */
#include "scheduler/state/grouped.h"

#include "scheduler/state/state.h"

struct run_group *
group_of(const struct run_task *t)
{
	uint32_t at = task_of(t)->held_by;

	return at ? &t->run->groups[at - 1] : NULL;
}

const struct task_group *
group_def(const struct run_group *g)
{
	const struct dag *dag = g->run->def->dag;

	return &dag->groups[dag->retried[g->index]];
}

bool
task_is_held(const struct run_task *t)
{
	const struct run_group *g = group_of(t);

	return g && g->open;
}

bool
task_has_ended_for(const struct run_task *t, const struct run_task *who)
{
	bool same = task_of(t)->held_by == task_of(who)->held_by;

	return task_is_final((enum task_state)t->state) && (same || !task_is_held(t));
}

void
upstreams_count(const struct run *run, uint32_t task, struct upstreams *out)
{
	const struct dag *dag = run->def->dag;

	*out = (struct upstreams){ 0 };
	for (size_t k = 0; k < dag->tasks[task].n_upstream; k++) {
		uint32_t up = dag->tasks[task].upstream[k];
		struct tally *tally = upstreams_of(out, &dag->tasks[up]);
		struct task_walk w = { .run = (struct run *)(uintptr_t)run, .index = up };

		for (size_t n = task_stands(run, up); n > 0; n--) {
			const struct run_task *t = walk_next(&w);

			if (task_has_ended_for(t, &run->tasks[task]))
				++*tally_of(tally, t);
			else
				tally->pending++;
		}
	}
}

bool
regroup_before(const struct heap_item *x, const struct heap_item *y)
{
	const struct run_group *a = (const struct run_group *)x, *b = (const struct run_group *)y;

	if (a->due_us != b->due_us)
		return a->due_us < b->due_us;
	if (a->run->key != b->run->key)
		return a->run->key < b->run->key;
	return a->index < b->index;
}
