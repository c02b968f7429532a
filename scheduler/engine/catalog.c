/* catalog.c - the DAG files against what is known. */
#include "scheduler/engine/catalog.h"

#include "core/model/cursor.h"
#include "core/base/mem.h"
#include "scheduler/state/def.h"
#include "scheduler/state/emit.h"
#include "scheduler/state/todo.h"
#include "scheduler/state/watch.h"
#include "scheduler/state/woken.h"

#include <string.h>

/* What time makes of it from now on; `before` (NULL: it is new) gave way to the active definition.
 */
static void
set_cursor(struct engine *e, struct dag_state *d, const struct dag *before)
{
	struct cursor c = { d->cursor_us, d->live_since_us, d->paused };
	char from[TIMESTAMP_CHARS + 1];

	if (!dag_is_scheduled(d->active->dag))
		return;
	if (cursor_edit(&c, before, d->active->dag, e->now_us)) {
		timestamp_format(d->cursor_us, from);
		log_dag(e, d, "schedule", arena_str(e->fx->arena, from));
	}
	d->cursor_us = c.at_us;
	d->live_since_us = c.live_since_us;
	mark_dag(e, d);
}

/* What an edit will and will not make: the event's text is what the log says. */
static void
say_edit(struct engine *e, const struct dag_state *d, const struct dag *before)
{
	const struct cursor c = { d->cursor_us, d->live_since_us, d->paused };
	struct buf text;

	buf_init(&text, EDIT_BYTES_MAX);
	if (cursor_say_edit(&c, before, d->active->dag, e->now_us, &text))
		log_dag(e, d, "edit", arena_str(e->fx->arena, text.data));
	buf_release(&text);
}

/* The text is the same; are its zones, which the system's tzdata gives? */
static bool
take_zones(struct engine *e, struct dag_state *d, struct dag *dag)
{
	const struct dag *before = d->active->dag;
	struct cursor c = { d->cursor_us, d->live_since_us, d->paused };

	if (dag_same_zones(before, dag))
		return false;
	/* What gave way stays readable to the end of the step. */
	def_exchange(e, d->active, dag);
	if (dag_is_scheduled(dag))
		cursor_follow(&c, before, dag);
	d->cursor_us = c.at_us;
	set_cursor(e, d, d->active->dag);
	plan_again(e, d);
	return true;
}

/* Take one definition of the catalog; true: something is different from before. */
static bool
take_dag(struct engine *e, struct dag *dag)
{
	struct dag_state *d = dag_state_find(e, dag->id);
	const char *digest = "";
	struct dag *before = NULL;

	if (!d) {
		d = dag_state_make(e, dag->id);
		d->live_since_us = e->now_us;
	}
	d->seen = true;
	if (d->active && d->present && !strcmp(d->active->dag->digest, dag->digest))
		return take_zones(e, d, dag);
	if (d->active) {
		digest = d->present ? arena_str(e->fx->arena, d->active->dag->digest) : "absent";
		before = dag_is_unread(d->active->dag) ? NULL : dag_ref(d->active->dag);
		def_drop(e, d->active);
	}
	d->active = def_take(e, dag);
	d->present = true;
	d->group.cap = dag->max_active_runs;
	ledger_redefine(e, d);
	mark_dag(e, d);
	log_dag(e, d, digest, d->active->dag->digest);
	say_edit(e, d, before);
	set_cursor(e, d, before);
	dag_unref(before);
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
	for (d = index_first(&e->dags); d; d = index_next(d))
		if (d->present)
			woken_prune(e, d);
	/* A dataset may have changed its writer, and a dag what it would make. */
	for (d = index_first(&e->dags); d; d = index_next(d))
		watch_wake_all(e, d);
}
