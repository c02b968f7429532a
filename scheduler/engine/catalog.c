/* catalog.c - the DAG files against what is known. */
#include "scheduler/engine/catalog.h"

#include "core/model/interval.h"
#include "core/base/mem.h"
#include "scheduler/state/def.h"
#include "scheduler/state/emit.h"
#include "scheduler/state/todo.h"
#include "scheduler/state/watch.h"

#include <string.h>

/* Where the schedule begins to look, or INT64_MIN. */
static int64_t
first_cursor(const struct dag *dag, int64_t now_us)
{
	if (dag->start_us != INT64_MIN)
		return interval_from(dag, dag->start_us);
	return interval_newest(
	    dag, interval_from(dag, now_us - INT64_C(366) * CRON_YEARS_MAX * DAY_US), now_us);
}

/* It ran by ticks and has a grid now, or the other way round: nothing of before is made up for. */
static void
begin_anew(struct engine *e, struct dag_state *d)
{
	char from[TIMESTAMP_CHARS + 1];

	timestamp_format(d->cursor_us, from);
	d->cursor_us = interval_from(d->active->dag, e->now_us);
	d->live_since_us = e->now_us;
	log_dag(e, d, "schedule", arena_str(e->fx->arena, from));
}

static void
set_cursor(struct engine *e, struct dag_state *d, bool other_kind)
{
	const struct dag *dag = d->active->dag;
	int64_t first_us;

	if (!dag_is_scheduled(dag))
		return;
	if (d->cursor_us == INT64_MIN) {
		d->cursor_us = first_cursor(dag, e->now_us);
		d->live_since_us = e->now_us;
	} else if (other_kind) {
		begin_anew(e, d);
	}
	first_us = dag->start_us == INT64_MIN ? INT64_MIN : interval_from(dag, dag->start_us);
	if (d->cursor_us < first_us)
		d->cursor_us = first_us;
	mark_dag(e, d);
}

/* The text is the same; are its zones, which the system's tzdata gives? */
static bool
take_zones(struct engine *e, struct dag_state *d, struct dag *dag)
{
	if (dag_same_zones(d->active->dag, dag))
		return false;
	def_exchange(e, d->active, dag);
	set_cursor(e, d, false);
	plan_again(e, d);
	return true;
}

/* Take one definition of the catalog; true: something is different from before. */
static bool
take_dag(struct engine *e, struct dag *dag)
{
	struct dag_state *d = dag_state_find(e, dag->id);
	const char *before = "";
	bool is_new = !d, other_kind = false;

	if (is_new) {
		d = dag_state_make(e, dag->id);
		d->live_since_us = e->now_us;
	}
	d->seen = true;
	if (d->active && d->present && !strcmp(d->active->dag->digest, dag->digest))
		return take_zones(e, d, dag);
	if (d->active) {
		before = d->present ? arena_str(e->fx->arena, d->active->dag->digest) : "absent";
		other_kind = !dag_is_unread(d->active->dag) &&
			     d->active->dag->partitioned != dag->partitioned;
		def_drop(e, d->active);
	}
	d->active = def_take(e, dag);
	d->present = true;
	d->group.cap = dag->max_active_runs;
	ledger_redefine(e, d);
	mark_dag(e, d);
	log_dag(e, d, before, d->active->dag->digest);
	set_cursor(e, d, other_kind);
	plan_again(e, d);
	group_mark(e, &d->group);
	return true;
}

void
catalog_take(struct engine *e, struct dag *const *dags, size_t n)
{
	struct dag_state *d;
	bool differs = false;

	for (d = index_first(&e->dags); d; d = index_next(d))
		d->seen = false;
	for (size_t i = 0; i < n; i++)
		differs |= take_dag(e, dags[i]);
	for (d = index_first(&e->dags); d; d = index_next(d)) {
		if (d->seen || !d->present)
			continue;
		d->present = false;
		differs = true;
		mark_dag(e, d);
		log_dag(e, d, d->active->dag->digest, "absent");
		plan_again(e, d);
	}
	if (!differs)
		return;
	writers_build(e);
	/* A dataset may have changed its writer, and a dag what it would make. */
	for (d = index_first(&e->dags); d; d = index_next(d))
		watch_wake_all(e, d);
}
