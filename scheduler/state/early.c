/* early.c - runs whose epoch began before their interval had ended: the schedule owes the next. */
#include "scheduler/state/early.h"

#include "core/base/mem.h"
#include "core/model/interval.h"

static struct early_run *
find(const struct dag_state *d, int64_t logical_us)
{
	for (size_t i = 0; i < d->n_early; i++)
		if (d->early[i].logical_us == logical_us)
			return &d->early[i];
	return NULL;
}

void
early_add(struct dag_state *d, int64_t logical_us)
{
	struct early_run *run = find(d, logical_us);

	if (run) {
		run->asked = false;
		return;
	}
	d->early = mem_grow(d->early, d->n_early, &d->room_early, sizeof(*d->early));
	d->early[d->n_early++] = (struct early_run){ .logical_us = logical_us };
}

void
early_drop(struct dag_state *d, int64_t logical_us)
{
	struct early_run *run = find(d, logical_us);

	if (run)
		*run = d->early[--d->n_early];
}

bool
early_waits(const struct run *run)
{
	/* planted: two that wait for each other do so for ever */
	return run->early && run->state == RUN_RUNNING && !run->slot && !run->active &&
	       run_has_work_left(run) && !BUG_IS(35);
}

/* When it is to be made again; INT64_MAX: not before it has ended or only waits, or never. */
static int64_t
due_of(const struct dag_state *d, const struct early_run *early)
{
	const struct run *run = run_find(d, early->logical_us);

	if (run && !run_is_final(run->state) && !early_waits(run))
		return INT64_MAX;
	return interval_due(d->active->dag, early->logical_us);
}

int64_t
early_due(const struct dag_state *d)
{
	int64_t due_us = INT64_MAX, at_us;

	for (size_t i = 0; i < d->n_early; i++) {
		at_us = due_of(d, &d->early[i]);
		due_us = at_us < due_us ? at_us : due_us;
	}
	return due_us;
}

struct early_run *
early_unread(const struct dag_state *d, int64_t now_us, bool asked)
{
	for (size_t i = 0; i < d->n_early; i++)
		if (d->early[i].asked == asked && !run_find(d, d->early[i].logical_us) &&
		    due_of(d, &d->early[i]) <= now_us)
			return &d->early[i];
	return NULL;
}

struct run *
early_owed(const struct dag_state *d, int64_t now_us)
{
	struct run *run;

	for (size_t i = 0; i < d->n_early; i++) {
		run = run_find(d, d->early[i].logical_us);
		if (run && run_is_final(run->state) && due_of(d, &d->early[i]) <= now_us)
			return run;
	}
	return NULL;
}
