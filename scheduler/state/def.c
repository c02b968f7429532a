/* def.c - definitions, the dags they belong to, and which dag writes which dataset. */
#include "scheduler/state/def.h"

#include "scheduler/state/slot.h"

#include <assert.h>
#include <stdlib.h>

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

struct def *
def_known(struct engine *e, struct dag *dag)
{
	struct def *def = index_find_name(&e->defs, dag->digest);

	if (def)
		return def;
	def = mem_new(1, sizeof(*def));
	def->dag = dag_ref(dag);
	index_add_name(&e->defs, def, def->dag->digest);
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

void
def_exchange(struct engine *e, struct def *def, struct dag *dag)
{
	index_remove(&e->defs, def);
	queue_add(&e->old_dags, def->dag);
	def->dag = dag_ref(dag);
	index_add_name(&e->defs, def, def->dag->digest);
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

struct dag_state *
writer_find(const struct engine *e, const char *dataset)
{
	struct dataset_writer *w = index_find_name(&e->writers, dataset);

	return w ? w->dag : NULL;
}

static void
add_writers(struct engine *e, struct dag_state *d)
{
	const struct dag *dag = d->active->dag;
	struct dataset_writer *w;

	for (size_t i = 0; i < dag->n_datasets; i++) {
		if (dag->datasets[i].writer < 0 || writer_find(e, dag->datasets[i].name))
			continue;
		w = mem_new(1, sizeof(*w));
		w->dataset = dag->datasets[i].name;
		w->dag = d;
		index_add_name(&e->writers, w, w->dataset);
	}
}

static void
add_consumer(struct dag_state *writer, struct dag_state *d)
{
	for (size_t i = 0; i < writer->n_consumers; i++)
		if (writer->consumers[i] == d)
			return;
	writer->consumers = mem_grow(writer->consumers, writer->n_consumers,
				     &writer->room_consumers, sizeof(struct dag_state *));
	writer->consumers[writer->n_consumers++] = d;
}

/* Which dags wait for datasets of which. */
static void
build_consumers(struct engine *e)
{
	struct dag_state *d;

	for (d = index_first(&e->dags); d; d = index_next(d))
		d->n_consumers = 0;
	for (d = index_first(&e->dags); d; d = index_next(d)) {
		const struct wake_rule *rule = &d->active->dag->wakes;

		for (size_t i = 0; d->present && i < rule->n; i++) {
			struct dag_state *writer = writer_find(e, rule->datasets[i].name);

			if (writer && writer != d)
				add_consumer(writer, d);
		}
	}
}

void
writers_build(struct engine *e)
{
	struct dataset_writer *w;
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
	build_consumers(e);
}

/* ---- backfills ---- */

struct backfill *
backfill_make(struct engine *e, int64_t key)
{
	struct backfill *b = index_find_number(&e->backfills, key);

	if (b)
		return b;
	b = mem_new(1, sizeof(*b));
	b->row.key = key;
	group_init(&b->group, NULL, 1);
	index_add_number(&e->backfills, b, b->row.key);
	return b;
}
