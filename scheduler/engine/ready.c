/* ready.c - may this task start? */
#include "scheduler/engine/ready.h"

#include "core/time/schedule.h"
#include "scheduler/state/def.h"
#include "scheduler/state/partition.h"
#include "scheduler/state/past.h"
#include "scheduler/state/slot.h"
#include "scheduler/state/task.h"
#include "scheduler/state/watch.h"

#include <stdio.h>
#include <string.h>

/* ---- one partition ---- */

enum part_is { PART_PRESENT, PART_ABSENT, PART_MISSING, PART_WAIT };

/* What is known of a partition that a task wants to read. */
struct look {
	enum part_is part;
	const struct live_partition *published; /* PRESENT: or NULL, nobody here writes it */
	struct dag_state *on;                   /* WAIT: for the run of this dag ... */
	int64_t day;                            /* ... for this day */
	int64_t until_us;                       /* WAIT: look again then at the latest */
	char run_id[RUN_ID_CHARS + 1];          /* of a run that is in the past */
	struct gate gate;                       /* WAIT, MISSING; names live as long as the run */
};

static void
set_gate(struct look *look, enum gate_kind kind, const char *dataset, const struct run *run)
{
	look->gate = (struct gate){
		.kind = kind,
		.dataset = dataset,
		.day = look->day,
		.run = run ? run->run_id : NULL,
		.dag = look->on->id,
	};
}

/* Will a run of this dag for this day, which does not exist, still be made without being asked? */
static bool
is_coming(const struct engine *e, const struct dag_state *d, int64_t day, int64_t *until_us)
{
	const struct dag *dag = d->active->dag;

	if (!d->present)
		return false;
	if (!dag_is_scheduled(dag)) {
		/* A manual dag: perhaps, while the day lasts. */
		*until_us = grid_end(dag->grid, day);
		return *until_us > e->now_us;
	}
	if (grid_start(dag->grid, day) < d->cursor_us)
		return false;
	*until_us = INT64_MAX;
	if (dag->catchup != CATCHUP_ALL)
		*until_us = partition_due(&dag->schedule, dag->grid, day + 1);
	else if (dag->catchup_window_us)
		*until_us = grid_end(dag->grid, day) + dag->catchup_window_us + 1;
	return *until_us > e->now_us;
}

/* The run for this day has ended and published nothing: before its dag's start that is no loss. */
static void
not_published(struct look *look, const char *dataset, int64_t start_us, const struct run *run)
{
	look->part = start_us < look->on->active->dag->start_us ? PART_ABSENT : PART_MISSING;
	if (look->part == PART_MISSING)
		set_gate(look, GATE_NOT_PUBLISHED, dataset, run);
}

/* The writing task in a run, or NULL: that run's definition does not write the dataset. */
static const struct run_task *
writing_task(const struct run *run, const char *dataset)
{
	uint32_t at;

	return dag_writes(run->def->dag, dataset, &at) ? &run->tasks[at] : NULL;
}

/*
 * Rule 2: there is a run for the day.  What it made before the day had ended is nothing for
 * others, and for its own next epoch neither.
 */
static void
look_at_run(const struct run *reader, const struct run *run, const char *dataset, struct look *look)
{
	const struct run_task *w = writing_task(run, dataset);

	if (w && !task_is_final((enum task_state)w->state)) {
		look->part = PART_WAIT;
		set_gate(look, GATE_BEING_WRITTEN, dataset, run);
	} else if (run->early && run != reader && !BUG_IS(13)) { /* planted: half a day is whole */
		look->part = PART_WAIT;
		set_gate(look, GATE_PRELIMINARY, dataset, run);
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
		look->part = PART_WAIT; /* it is held: what it may still write is not known */
		set_gate(look, GATE_BEING_WRITTEN, dataset, NULL);
	} else if (past->early) {
		look->part = PART_WAIT;
		set_gate(look, GATE_PRELIMINARY, dataset, NULL);
	} else if (!look->published || look->published->preliminary) {
		not_published(look, dataset, past->logical_us, NULL);
	}
	look->gate.run = look->run_id;
}

/* Rules 3 and 4: there is none. */
static void
look_at_none(const struct engine *e, int64_t start_us, const char *dataset, struct look *look)
{
	const struct dag_state *on = look->on;

	if (is_coming(e, on, look->day, &look->until_us)) {
		look->part = PART_WAIT;
		set_gate(look, GATE_COMING, dataset, NULL);
	} else if (look->published || !on->present) {
		return;
	} else if (start_us < on->active->dag->start_us ||
		   (on->active->dag->start_us == INT64_MIN && !dag_is_scheduled(on->active->dag))) {
		look->part = PART_ABSENT;
	} else {
		look->part = PART_MISSING;
		set_gate(look, GATE_NOT_MADE, dataset, NULL);
	}
}

/* STATE.md 5, rules 1 to 4, for a partition that the run `reader` wants. */
static void
look_at(const struct engine *e, const struct run *reader, const char *dataset, struct look *look)
{
	const struct past_run *past;
	int64_t start_us = grid_start(reader->def->dag->grid, look->day);
	struct run *run;
	uint32_t at;

	look->part = PART_PRESENT;
	look->published = partition_find(e, dataset, look->day);
	/* What a run's own definition writes comes from runs of its own dag. */
	look->on = dag_writes(reader->def->dag, dataset, &at) ? reader->dag
							      : writer_find(e, dataset);
	if (!look->on)
		return;
	run = run_find(look->on, start_us);
	/* planted: a producer that is queued is overlooked */
	if (BUG_IS(6) && run && run->state == RUN_QUEUED)
		run = NULL;
	look->until_us = INT64_MAX;
	past = run ? NULL : past_find(look->on, start_us);
	if (run)
		look_at_run(reader, run, dataset, look);
	else if (past)
		look_at_past(past, dataset, look);
	else
		look_at_none(e, start_us, dataset, look);
}

/* ---- a task ---- */

static void
pin(struct pins *pins, const char *dataset, const struct look *look)
{
	struct pinned_input *p = &pins->items[pins->n++];

	*p = (struct pinned_input){ .dataset = dataset, .day = look->day };
	if (look->part != PART_PRESENT) {
		p->missing = true;
		pins->partial = true;
	} else if (look->published) {
		p->version = look->published->version;
		memcpy(p->digest, look->published->digest, sizeof(p->digest));
	}
}

/* What was never there leaves a hole in a window; but who reads its own day needs that day. */
static void
need_own_day(const char *dataset, struct look *look)
{
	look->part = PART_MISSING;
	set_gate(look, GATE_NOT_MADE, dataset, NULL);
}

/* One input over its window.  Stops at the first partition that is not settled. */
static enum settled
check_input(struct engine *e, struct run_task *t, const struct input *input, struct pins *pins,
	    struct look *look)
{
	const char *dataset = pins ? arena_str(e->fx->arena, input->dataset) : input->dataset;
	int64_t last = grid_part(t->run->def->dag->grid, t->run->logical_us);

	if (!input->partitioned) {
		*look = (struct look){ .part = PART_PRESENT, .day = INT64_MIN };
		if (pins)
			pin(pins, dataset, look);
		return INPUTS_READY;
	}
	for (look->day = last + input->window.from; look->day <= last + input->window.to;
	     look->day++) {
		look_at(e, t->run, dataset, look);
		if (look->part == PART_WAIT)
			return INPUTS_WAIT;
		if (look->part == PART_ABSENT && look->day == last)
			need_own_day(dataset, look);
		if (look->part == PART_MISSING && !input->allow_missing)
			return INPUTS_MISSING;
		if (pins)
			pin(pins, dataset, look);
	}
	return INPUTS_READY;
}

static enum settled
check_all(struct engine *e, struct run_task *t, struct pins *pins, struct look *look)
{
	const struct task *task = task_of(t);
	enum settled is = INPUTS_READY;

	for (size_t i = 0; i < task->n_inputs && is == INPUTS_READY; i++)
		is = check_input(e, t, &task->inputs[i], pins, look);
	return is;
}

static void
make_room(struct engine *e, const struct task *task, struct pins *pins)
{
	size_t n = 0;

	for (size_t i = 0; i < task->n_inputs; i++)
		n += (size_t)(task->inputs[i].window.to - task->inputs[i].window.from) + 1;
	*pins = (struct pins){ .items = arena_get(e->fx->arena, n * sizeof(*pins->items)) };
}

enum settled
inputs_check(struct engine *e, struct run_task *t, struct pins *pins)
{
	struct look look;

	if (pins)
		make_room(e, task_of(t), pins);
	return check_all(e, t, pins, &look);
}

/* The rule accepts: are the inputs settled, and is there a run slot? */
static void
check_inputs(struct engine *e, struct run_task *t)
{
	struct look look;

	switch (check_all(e, t, NULL, &look)) {
	case INPUTS_WAIT:
		watch_add(e, t, look.on, look.day, look.until_us);
		task_set_gate(e, t, &look.gate);
		break;
	case INPUTS_MISSING:
		task_end_at(e, t, TEV_MISSING, &look.gate);
		break;
	case INPUTS_READY:
		if (t->run->slot) {
			task_set_gate(e, t, NULL);
			task_apply(e, t, TEV_READY, "");
		} else {
			task_set_gate(e, t, &(struct gate){ .kind = GATE_TASK_SLOT });
			run_want(e, t->run);
		}
		break;
	}
}

/* It will not run; `plain` says why to somebody with the rule that everybody has. */
static void
refuse(struct engine *e, struct run_task *t, enum task_event event, const struct upstreams *up,
       enum gate_kind plain)
{
	enum trigger_rule rule = task_of(t)->rule;
	const struct tally *s = &up->setups;
	struct gate gate = { .kind = GATE_RULE, .rule = trigger_rule_name(rule) };

	if (s->failed + s->upstream_failed + s->cancelled + s->skipped)
		gate.kind = GATE_SETUP;
	else if (rule == RULE_ALL_SUCCESS)
		gate.kind = plain;
	task_end_at(e, t, event, &gate);
}

void
ready_check(struct engine *e, struct run_task *t)
{
	struct upstreams up;

	t->queued = false;
	if (t->state != TASK_NONE || t->run->state != RUN_RUNNING)
		return;
	watch_drop(e, t);
	up = t->run->upstreams[t->index];
	if (BUG_IS(11)) { /* planted: all_success accepts a skipped upstream */
		up.tasks.success += up.tasks.skipped;
		up.tasks.skipped = 0;
	}
	switch (rule_verdict(task_of(t)->rule, &up)) {
	case VERDICT_WAIT:
		break;
	case VERDICT_SKIP:
		refuse(e, t, TEV_SKIP, &up, GATE_UPSTREAM_SKIPPED);
		break;
	case VERDICT_UPSTREAM_FAILED:
		refuse(e, t, TEV_UPSTREAM_FAILED, &up, GATE_UPSTREAM_FAILED);
		break;
	case VERDICT_RUN:
		check_inputs(e, t);
		break;
	}
}
