/* part.c - is a partition settled: will nobody rewrite it?  docs/STATE.md 5. */
#include "scheduler/ready/part.h"

#include "core/model/interval.h"
#include "scheduler/life/run.h"
#include "scheduler/state/def.h"
#include "scheduler/state/partition.h"
#include "scheduler/state/past.h"
#include "scheduler/state/woken.h"

void
look_keep(struct look *to, const struct look *from)
{
	*to = *from;
	if (from->gate.run == from->run_id)
		to->gate.run = to->run_id;
}

void
look_gate(struct look *look, enum gate_kind kind, const char *dataset, const struct run *run)
{
	look->gate = (struct gate){
		.kind = kind,
		.dataset = dataset,
		.part = look->part,
		.unit = look->grid.unit,
		.run = run ? run->run_id : NULL,
		.dag = look->on->id,
	};
}

/* The run for this part has ended and published nothing: before its dag's start that is no loss. */
static void
not_published(struct look *look, const char *dataset, int64_t start_us, const struct run *run)
{
	look->is = start_us < look->on->active->dag->start_us ? PART_ABSENT : PART_MISSING;
	if (look->is == PART_MISSING)
		look_gate(look, GATE_NOT_PUBLISHED, dataset, run);
}

/* The writing task in a run, or NULL: that run's definition does not write the dataset. */
static const struct run_task *
writing_task(const struct run *run, const char *dataset)
{
	uint32_t at;

	return dag_writes(run->def->dag, dataset, &at) ? &run->tasks[at] : NULL;
}

/* Has a writing task ended, for a reader in any run? */
static bool
has_ended_for(const struct run_task *w, const struct run_task *who)
{
	if (who && w->run == who->run)
		return task_has_ended_for(w, who);
	return task_is_final((enum task_state)w->state) && !task_is_held(w);
}

/*
 * Rule 2: there is a run for the part.  What it made before that had ended is nothing for
 * others, and for its own next epoch neither.
 */
static void
look_at_run(const struct run_task *who, const struct run *run, const char *dataset,
	    struct look *look)
{
	const struct run_task *w = writing_task(run, dataset);
	const struct run *reader = who ? who->run : NULL;

	if (w && (!has_ended_for(w, who) ||
		  /* planted: a failure that will be tried again is taken for the end */
		  (run != reader && run_may_redo(run, w) && !BUG_IS(26)))) {
		look->is = PART_WAIT;
		look_gate(look, GATE_BEING_WRITTEN, dataset, run);
	} else if (run->early && run != reader && !BUG_IS(13)) { /* planted: half a day is whole */
		look->is = PART_WAIT;
		look_gate(look, GATE_PRELIMINARY, dataset, run);
	} else if (!look->published || (look->published->preliminary && !run->early)) {
		not_published(look, dataset, run->logical_us, run);
	}
}

/* The same for a run that has ended and left memory. */
static void
look_at_past(const struct past_run *past, const char *dataset, struct look *look)
{
	run_name((enum run_type)past->type, past->logical_us, look->run_id);
	if (!run_is_final((enum run_state)past->state)) {
		look->is = PART_WAIT; /* it is held: what it may still write is not known */
		look_gate(look, GATE_BEING_WRITTEN, dataset, NULL);
	} else if (past->early) {
		look->is = PART_WAIT;
		look_gate(look, GATE_PRELIMINARY, dataset, NULL);
	} else if (!look->published || look->published->preliminary) {
		not_published(look, dataset, past->logical_us, NULL);
	}
	look->gate.run = look->run_id;
}

/* Rules 3 and 4: there is none. */
static void
look_at_none(const struct engine *e, int64_t start_us, const char *dataset, struct look *look)
{
	struct dag_state *on = look->on;
	int64_t due_us;

	if (run_is_coming(e, on, start_us, &look->until_us)) {
		look->is = PART_WAIT;
		look_gate(look, GATE_COMING, dataset, NULL);
		due_us = dag_is_scheduled(on->active->dag) ? interval_due(on->active->dag, start_us)
							   : INT64_MAX;
		look->gate.until_us = due_us > e->now_us && due_us != INT64_MAX ? due_us : 0;
	} else if (look->published || !on->present) {
		return;
	} else if (start_us < on->active->dag->start_us ||
		   (on->active->dag->start_us == INT64_MIN && !dag_is_scheduled(on->active->dag))) {
		look->is = PART_ABSENT;
	} else {
		look->is = PART_MISSING;
		look_gate(look, GATE_NOT_MADE, dataset, NULL);
	}
}

void
part_look(const struct engine *e, const struct run_task *who, const char *dataset,
	  struct look *look)
{
	const struct past_run *past;
	int64_t start_us = grid_start(look->grid, look->part);
	struct run *run;

	look->is = PART_PRESENT;
	look->published = partition_find(e, dataset, look->part);
	if (!look->on)
		return;
	run = run_find(look->on, start_us);
	/* planted: a producer that is queued is overlooked */
	if (BUG_IS(6) && run && run->state == RUN_QUEUED)
		run = NULL;
	look->until_us = look->enough_us = INT64_MAX;
	past = run ? NULL : past_find(look->on, start_us);
	if (run)
		look_at_run(who, run, dataset, look);
	else if (past)
		look_at_past(past, dataset, look);
	else
		look_at_none(e, start_us, dataset, look);
}

/* ---- a dag that is woken ---- */

/* How the parts of one dataset stand that share an instant with an interval. */
struct wake_source {
	bool there; /* all are settled, and something is published */
	bool waits;
	struct look look; /* the first that is waited for; else one that is not there */
};

/* Not even a run for it is there to be named. */
static void
nothing_there(struct wake_source *s, const char *dataset)
{
	if (s->look.gate.kind)
		return;
	if (s->look.on)
		look_gate(&s->look, GATE_NOT_MADE, dataset, NULL);
	else
		s->look.gate = (struct gate){ .kind = GATE_NOT_WRITTEN, .dataset = dataset };
}

static void
look_at_source(const struct engine *e, const struct dag *dag, const char *dataset, int64_t start_us,
	       struct wake_source *s)
{
	struct dag_state *on = writer_find(e, dataset);
	struct grid grid = on ? on->active->dag->grid : dag->grid;
	struct parts parts = grid_overlap(grid, start_us, interval_end(dag, start_us));
	size_t published = 0;

	*s = (struct wake_source){ 0 };
	for (int64_t part = parts.first; on && part <= parts.last && !s->waits; part++) {
		struct look look = { .on = on, .grid = grid, .part = part };

		if (grid_is_empty(grid, part))
			continue;
		part_look(e, NULL, dataset, &look);
		s->waits = look.is == PART_WAIT;
		published += look.is == PART_PRESENT && look.published;
		if (s->waits || look.is != PART_PRESENT || !s->look.on)
			look_keep(&s->look, &look);
	}
	s->there = !s->waits && published;
	if (!s->waits && !s->there)
		nothing_there(s, dataset);
}

enum wake_is
wake_stands(const struct engine *e, struct dag_state *d, int64_t start_us, struct look *why)
{
	const struct dag *dag = d->active->dag;
	const struct wake_rule *rule = &dag->wakes;
	bool any = rule->any || BUG_IS(44); /* planted: all is taken for any */
	bool does_wait = false, is_lost = false;
	int64_t until_us = INT64_MAX; /* any of them may be what was lacking */
	struct look waits = { 0 }, lost = { 0 };
	struct wake_source s;
	size_t there = 0;

	*why = (struct look){ .until_us = interval_end(dag, start_us) };
	why->gate = (struct gate){ .kind = GATE_INTERVAL, .until_us = why->until_us };
	/* A circle, which no project has: one that gives way to another may, for a moment. */
	if (e->now_us < why->until_us || d->asked)
		return WAKE_WAITS;
	d->asked = true;
	for (size_t i = 0; i < rule->n; i++) {
		look_at_source(e, dag, rule->datasets[i].name, start_us, &s);
		there += s.there;
		if (s.waits && s.look.until_us < until_us)
			until_us = s.look.until_us;
		if (s.waits && !does_wait)
			look_keep(&waits, &s.look);
		else if (!s.waits && !s.there && !is_lost)
			look_keep(&lost, &s.look);
		does_wait = does_wait || s.waits;
		is_lost = is_lost || (!s.waits && !s.there);
	}
	d->asked = false;
	if (any ? there > 0 : there == rule->n)
		return WAKE_READY;
	if (does_wait && (any || !is_lost)) {
		look_keep(why, &waits);
		why->until_us = until_us;
		return WAKE_WAITS;
	}
	look_keep(why, &lost);
	return WAKE_LOST;
}

/* Will datasets make the run for a part, or may they yet? */
static bool
may_wake(const struct engine *e, struct dag_state *d, int64_t start_us, int64_t *until_us)
{
	const struct dag *dag = d->active->dag;
	struct look why;

	if (!dag_is_within(dag, start_us))
		return false;
	switch (wake_stands(e, d, start_us, &why)) {
	case WAKE_READY:
		return woken_find(d, start_us) != NULL;
	case WAKE_WAITS:
		*until_us = why.until_us;
		return true;
	case WAKE_LOST:
		return false;
	}
	return false;
}

/* May the schedule still make it, or a person while the interval lasts? */
static bool
may_come(const struct engine *e, const struct dag_state *d, int64_t start_us, int64_t *until_us)
{
	const struct dag *dag = d->active->dag;

	if (!dag_is_scheduled(dag)) {
		/* A manual dag: perhaps, while the interval lasts. */
		*until_us = interval_end(dag, start_us);
		return *until_us > e->now_us;
	}
	if (start_us < d->cursor_us || start_us >= dag->end_us)
		return false;
	*until_us = INT64_MAX;
	if (dag->catchup != CATCHUP_ALL)
		*until_us = interval_due(dag, interval_next(dag, start_us));
	else if (dag->catchup_window_us)
		*until_us = interval_end(dag, start_us) + dag->catchup_window_us + 1;
	return *until_us > e->now_us;
}

bool
run_is_coming(const struct engine *e, struct dag_state *d, int64_t start_us, int64_t *until_us)
{
	if (!d->present)
		return false;
	return dag_is_woken(d->active->dag) ? may_wake(e, d, start_us, until_us)
					    : may_come(e, d, start_us, until_us);
}
