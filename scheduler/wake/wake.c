/* wake.c - runs that datasets make. */
#include "scheduler/wake/wake.h"

#include "core/base/json.h"
#include "core/time/civil.h"
#include "scheduler/life/epoch.h"
#include "scheduler/life/run.h"
#include "scheduler/ready/part.h"
#include "scheduler/state/def.h"
#include "scheduler/state/emit.h"
#include "scheduler/state/woken.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SPAN_ROOM = 64 };

/* ---- an update ---- */

/* Does a run still have all of its tasks before it?  One that only does some again has not. */
static bool
is_ahead(const struct run *run)
{
	bool ahead = run->state == RUN_QUEUED;

	/* planted: what it keeps of its last epoch is taken for new */
	for (size_t i = 0; i < run->def->dag->n_tasks && ahead && !BUG_IS(22); i++)
		ahead = run->tasks[i].state == TASK_NONE;
	return ahead;
}

/*
 * Has an update anything to say about the run of an interval?  Not where the run is there and is
 * not made again, nor where nothing of it has begun, so that it will read it anyway.
 */
static bool
is_asked_for(const struct dag_state *d, int64_t logical_us)
{
	const struct run *run = run_find(d, logical_us);
	const struct past_run *past = run ? NULL : past_find(d, logical_us);

	if (run ? run->early : past && past->early)
		return true;
	if (run)
		return d->active->dag->wakes.rerun && !is_ahead(run);
	return !past || d->active->dag->wakes.rerun;
}

static void
note(struct engine *e, struct dag_state *d, int64_t logical_us, const struct run *by,
     const struct partition_row *row)
{
	struct dataset_event_row event = {
		.key = ++e->last_dataset_event,
		.logical_us = logical_us,
		.dataset = row->dataset,
		.unit = row->unit,
		.part = row->part,
		.version = row->version,
		.run = by->key,
		.dag = by->dag->id,
		.run_id = by->run_id,
		.at_us = e->now_us,
		.waits = "",
	};

	memcpy(event.digest, row->digest, sizeof(event.digest));
	woken_add(e, d, &event, true);
}

/* One row for each interval of the dag that shares an instant with the part. */
static void
note_parts(struct engine *e, struct dag_state *d, const struct run *by,
	   const struct partition_row *row)
{
	const struct dag *dag = d->active->dag;
	const struct grid grid = by->def->dag->grid;
	struct parts parts = grid_overlap(dag->grid, grid_start(grid, row->part),
					  grid_end(grid, row->part));

	for (int64_t part = parts.first; part <= parts.last; part++) {
		int64_t start_us = grid_start(dag->grid, part);

		if (!grid_is_empty(dag->grid, part) && dag_is_within(dag, start_us) &&
		    is_asked_for(d, start_us))
			note(e, d, start_us, by, row);
	}
}

void
wake_published(struct engine *e, const struct run *by, const struct partition_row *row)
{
	struct dag_state *writer = writer_find(e, row->dataset);

	for (size_t i = 0; writer && i < writer->n_consumers; i++) {
		struct dag_state *d = writer->consumers[i];
		const struct dag *dag = d->active->dag;

		if (d == by->dag || !dag_woken_by(dag, row->dataset))
			continue;
		if (dag->partitioned)
			note_parts(e, d, by, row);
		else if (dag_is_within(dag, e->now_us))
			note(e, d, WAKE_ANY, by, row);
	}
}

/* ---- what a run is told ---- */

static json_t *
told(const struct dataset_event_row *row)
{
	char part[GRID_TEXT_CHARS + 1], at[TIMESTAMP_CHARS + 1];

	grid_text((struct grid){ .unit = row->unit }, row->part, part);
	timestamp_format(row->at_us, at);
	return json_pack("{s:s, s:s, s:I, s:s, s:s, s:s, s:s}", "dataset", row->dataset,
			 "partition", part, "version", (json_int_t)row->version, "digest",
			 row->digest, "dag", row->dag, "run_id", row->run_id, "at", at);
}

/* The updates that wake it, the newest of them when there are many. */
static void
tell(struct engine *e, struct run *run, const struct wake *w)
{
	size_t from = w->n > TRIGGERING_MAX ? w->n - TRIGGERING_MAX : 0;
	json_t *list = json_array();

	for (size_t i = from; i < w->n; i++)
		(void)json_array_append_new(list, told(&w->events[i]->row));
	free(run->triggered_by);
	run->triggered_by = json_compact(list);
	json_decref(list);
	mark_run(e, run);
}

/* ---- when ---- */

bool
wake_may(const struct engine *e, int64_t now_us)
{
	return e->awake && !e->config.session && !e->config.hold && !clock_holds(e, now_us);
}

/* The end of the quiet that is asked for after the last update; a clock that was set has none. */
static int64_t
quiet_from(const struct engine *e, const struct wake *w, int64_t debounce_us)
{
	int64_t last_us = w->events[w->n - 1]->row.at_us;

	return last_us > e->now_us ? e->now_us : last_us + debounce_us;
}

/* Is it quiet long enough?  Else it waits until it is. */
static bool
is_quiet(struct engine *e, struct wake *w, int64_t debounce_us)
{
	int64_t from_us = quiet_from(e, w, debounce_us);
	char span[SPAN_ROOM];

	if (from_us <= e->now_us)
		return true;
	duration_format(debounce_us, span, sizeof(span));
	woken_wait(e, w, from_us);
	woken_set_gate(e, w,
		       &(struct gate){ .kind = GATE_DEBOUNCE, .span = span, .until_us = from_us });
	return false;
}

/* ---- a dag without partitions ---- */

/* A dataset that it waits for and that was not updated, or NULL. */
static const char *
not_updated(const struct wake *w)
{
	const struct wake_rule *rule = &w->dag->active->dag->wakes;

	for (size_t i = 0; i < rule->n && !rule->any && !BUG_IS(44); i++) {
		size_t k = 0;

		while (k < w->n && strcmp(w->events[k]->dataset, rule->datasets[i].name) != 0)
			k++;
		if (k == w->n)
			return rule->datasets[i].name;
	}
	return NULL;
}

static void
make_of_instant(struct engine *e, struct wake *w)
{
	struct dag_state *d = w->dag;
	const char *missing = not_updated(w);
	int64_t at_us = w->events[w->n - 1]->row.at_us;
	struct run *run;

	if (missing) {
		woken_set_gate(e, w,
			       &(struct gate){ .kind = GATE_NOT_UPDATED, .dataset = missing });
		return;
	}
	if (!is_quiet(e, w, d->active->dag->wakes.debounce_us))
		return;
	/* Two in one instant are two runs. */
	while (run_find(d, at_us) || past_find(d, at_us))
		at_us++;
	run = run_make(e, d, RUN_SCHEDULED, at_us, "{}", NULL);
	tell(e, run, w);
	woken_consume(e, w, run->key);
	e->woken_runs++;
}

/* ---- a dag with partitions ---- */

/* The run that updates are for, as it is there. */
struct there {
	struct run *run;             /* in memory, or NULL ... */
	const struct past_run *past; /* ... then here, or NULL */
	bool early, final, recalled; /* recalled: its rows were asked for */
	int64_t key;
};

static struct there
find(const struct wake *w)
{
	struct there t = { .run = run_find(w->dag, w->logical_us) };

	if (t.run) {
		t.early = t.run->early;
		t.final = run_is_final(t.run->state);
		t.key = t.run->key;
		return t;
	}
	t.past = past_find(w->dag, w->logical_us);
	if (!t.past)
		return t;
	t.early = t.past->early;
	/* One that is held ends nowhere: nobody understands its definition. */
	t.final = run_is_final((enum run_state)t.past->state);
	t.key = t.past->key;
	return t;
}

/* May the run that is there be made again now?  Else what follows was done. */
static bool
may_redo(struct engine *e, struct wake *w, const struct there *t)
{
	const struct wake_rule *rule = &w->dag->active->dag->wakes;

	/* Somebody made it meanwhile: it is for what it reads. */
	if (!t->early && !rule->rerun) {
		woken_consume(e, w, t->key);
		return false;
	}
	if (!t->final) {
		woken_set_gate(e, w,
			       &(struct gate){ .kind = GATE_RUN_GOES_ON,
					       .run = t->run ? t->run->run_id : NULL,
					       .dag = w->dag->id });
		return false;
	}
	return is_quiet(e, w, t->early ? 0 : rule->debounce_us);
}

/* The next epoch of the run that is there. */
static void
make_again(struct engine *e, struct wake *w, const struct there *t)
{
	struct dag_state *d = w->dag;
	int64_t key = t->key;

	if (t->past && !t->recalled) {
		if (!w->asking)
			queue_add(&e->wakes_asking, w);
		w->asking = true;
		return;
	}
	/* Nobody understands its definition any more, or it is of another grid. */
	if (!t->run || !run_fits(t->run, d->active->dag)) {
		woken_consume(e, w, key);
		return;
	}
	if (run_ended_now(t->run)) {
		woken_wait(e, w, e->now_us);
		return;
	}
	if (t->run->type != RUN_BACKFILL)
		t->run->backfill = NULL;
	(void)run_clear(e, t->run, &(struct redo){ .def = d->active });
	tell(e, t->run, w);
	woken_consume(e, w, key);
	e->woken_runs++;
}

static void
make(struct engine *e, struct wake *w)
{
	struct run *run = run_make(e, w->dag, RUN_SCHEDULED, w->logical_us, "{}", NULL);

	tell(e, run, w);
	e->woken_runs++;
	if (BUG_IS(42)) /* planted: its updates are consumed in the next transaction */
		woken_wait(e, w, e->now_us);
	else
		woken_consume(e, w, run->key);
}

void
wake_check(struct engine *e, struct wake *w)
{
	struct dag_state *d = w->dag;
	bool recalled = w->recalled;
	struct there t;
	struct look why;

	w->queued = w->recalled = false;
	woken_wait(e, w, INT64_MAX);
	if (!wake_may(e, e->now_us) || !d->present || d->paused || !dag_is_woken(d->active->dag))
		return;
	if (w->logical_us == WAKE_ANY) {
		make_of_instant(e, w);
		return;
	}
	t = find(w);
	t.recalled = recalled;
	if (t.key && !may_redo(e, w, &t))
		return;
	if (wake_stands(e, d, w->logical_us, &why) != WAKE_READY) {
		woken_wait(e, w, why.until_us > e->now_us ? why.until_us : INT64_MAX);
		woken_set_gate(e, w, &why.gate);
	} else if (t.key) {
		make_again(e, w, &t);
	} else {
		make(e, w);
	}
}

int64_t
wake_next(const struct engine *e)
{
	const struct wake_seat *seat = (const struct wake_seat *)heap_first(&e->wake_timers);

	if (!wake_may(e, e->now_us))
		return INT64_MAX;
	if (!queue_is_empty(&e->wakes))
		return e->now_us;
	return seat ? seat->wake->due_us : INT64_MAX;
}

void
wake_rest(struct engine *e)
{
	/* Those that were recalled are gone before the next step: they ask anew. */
	for (size_t i = e->wakes.taken; i < e->wakes.n; i++)
		((struct wake *)e->wakes.items[i])->recalled = false;
}

void
wake_needs(struct engine *e, struct wanted *wanted)
{
	struct wake *w;

	for (int i = 0; i < WAKE_RUNS_MAX && (w = queue_take(&e->wakes_asking)); i++) {
		past_want(wanted, past_find(w->dag, w->logical_us));
		w->asking = false;
		w->recalled = true;
		woken_look(e, w);
	}
}
