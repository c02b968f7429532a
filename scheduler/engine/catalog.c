/* catalog.c - definitions, and which dag writes which dataset. */
#include "scheduler/engine/internal.h"

#include "core/time/civil.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct def *
def_take(struct engine *e, struct dag *dag)
{
	struct def *def = index_find_name(&e->defs, dag->digest);

	if (!def) {
		def = mem_new(1, sizeof(*def));
		def->dag = dag_ref(dag);
		index_add_name(&e->defs, def, def->dag->digest);
		queue_add(&e->new_defs, def);
	}
	def->users++;
	return def;
}

void
def_drop(struct engine *e, struct def *def)
{
	assert(def->users > 0);
	if (--def->users)
		return;
	index_remove(&e->defs, def);
	/* It may have come and gone in this very step. */
	queue_drop(&e->new_defs, def);
	queue_add(&e->old_dags, def->dag);
	free(def);
}

struct dag_state *
dag_state_find(const struct engine *e, const char *id)
{
	return index_find_name(&e->dags, id);
}

struct dag_state *
dag_state_make(struct engine *e, const char *id)
{
	struct dag_state *d = mem_new(1, sizeof(*d));

	d->id = mem_str(id);
	d->cursor_us = INT64_MIN;
	d->due_us = INT64_MAX;
	group_init(&d->group, d, 1);
	index_add_name(&e->dags, d, d->id);
	return d;
}

/* Where the schedule begins to look, or INT64_MIN. */
static int64_t
first_cursor(const struct dag *dag, int64_t now_us)
{
	if (dag->start_us != INT64_MIN)
		return dag->start_us;
	/* Every cron fires within nine years: 29 February may wait for eight. */
	return newest_due(dag, civil_day_of(now_us) - INT64_C(9) * 366, now_us) * DAY_US;
}

static void
set_cursor(struct engine *e, struct dag_state *d)
{
	const struct dag *dag = d->active->dag;

	if (!dag_is_scheduled(dag))
		return;
	if (d->cursor_us == INT64_MIN) {
		d->cursor_us = first_cursor(dag, e->now_us);
		d->live_since_us = e->now_us;
		mark_dag(e, d);
	} else if (d->cursor_us < dag->start_us) {
		d->cursor_us = dag->start_us;
		mark_dag(e, d);
	}
}

/* Take one definition of the catalog; true: something is different from before. */
static bool
take_dag(struct engine *e, struct dag *dag)
{
	struct dag_state *d = dag_state_find(e, dag->id);
	const char *before = "";
	bool is_new = !d;

	if (is_new) {
		d = dag_state_make(e, dag->id);
		d->live_since_us = e->now_us;
	}
	d->seen = true;
	if (d->active && d->present && !strcmp(d->active->dag->digest, dag->digest))
		return false;
	if (d->active) {
		before = d->present ? arena_str(e->fx->arena, d->active->dag->digest) : "absent";
		def_drop(e, d->active);
	}
	d->active = def_take(e, dag);
	d->present = true;
	d->group.cap = dag->max_active_runs;
	mark_dag(e, d);
	log_dag(e, d, before, d->active->dag->digest);
	set_cursor(e, d);
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

static void
add_writers(struct engine *e, struct dag_state *d)
{
	const struct dag *dag = d->active->dag;
	struct writer *w;

	for (size_t i = 0; i < dag->n_datasets; i++) {
		if (dag->datasets[i].writer < 0 || writer_find(e, dag->datasets[i].name))
			continue;
		w = mem_new(1, sizeof(*w));
		w->dataset = dag->datasets[i].name;
		w->dag = d;
		index_add_name(&e->writers, w, w->dataset);
	}
}

void
writers_build(struct engine *e)
{
	struct writer *w;
	struct dag_state *d;

	while ((w = index_first(&e->writers))) {
		index_remove(&e->writers, w);
		free(w);
	}
	/* A dag whose file vanished still writes what its runs have not yet written. */
	for (d = index_first(&e->dags); d; d = index_next(d))
		if (d->present)
			add_writers(e, d);
	for (d = index_first(&e->dags); d; d = index_next(d))
		if (!d->present && d->active)
			add_writers(e, d);
}

struct dag_state *
writer_find(const struct engine *e, const char *dataset)
{
	struct writer *w = index_find_name(&e->writers, dataset);

	return w ? w->dag : NULL;
}

bool
dag_writes(const struct dag *dag, const char *dataset, uint32_t *task)
{
	int at = dag_dataset_find(dag, dataset);

	if (at < 0 || dag->datasets[at].writer < 0)
		return false;
	*task = (uint32_t)dag->datasets[at].writer;
	return true;
}
