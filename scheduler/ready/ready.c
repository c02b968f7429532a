/* ready.c - may this task start? */
#include "scheduler/ready/ready.h"

#include "core/model/interval.h"
#include "core/time/reach.h"
#include "scheduler/ready/given.h"
#include "scheduler/ready/list.h"
#include "scheduler/ready/part.h"
#include "scheduler/ready/previous.h"
#include "scheduler/ready/told.h"
#include "scheduler/ready/when.h"
#include "scheduler/state/def.h"
#include "scheduler/state/partition.h"
#include "scheduler/state/past.h"
#include "scheduler/life/run.h"
#include "scheduler/state/slot.h"
#include "scheduler/state/todo.h"
#include "scheduler/life/task.h"
#include "scheduler/state/watch.h"

#include <stdio.h>
#include <string.h>

/* ---- a task ---- */

/* What a task reads of one dataset, and how that stands; counted part by part. */
struct window {
	const struct input *input;
	const char *dataset;
	struct dag_state *on; /* who writes it, or NULL */
	struct grid grid;     /* of the dataset */
	struct parts parts;   /* none is looked at that is empty */
	int64_t own;          /* the last that belongs to the run's own interval */
	int64_t n, present, waiting, published;
	bool all;         /* nothing of it may be left out */
	int64_t until_us; /* one that is waited for may be one that cannot come from then on */
	struct look first_wait, lost; /* the first that is waited for; the first that is missing */
};

/* The dag that writes what a run reads: its own definition's datasets come from its own dag. */
static struct dag_state *
writer_for(const struct engine *e, const struct run *reader, const char *dataset)
{
	uint32_t at;

	return dag_writes(reader->def->dag, dataset, &at) ? reader->dag : writer_find(e, dataset);
}

/* The grid of a dataset: that of the dag that writes it, else what its reader declares. */
static struct grid
grid_of(const struct run *reader, const struct dag_state *on, const char *dataset)
{
	int at;

	if (on)
		return on->active->dag->grid;
	at = dag_dataset_find(reader->def->dag, dataset);
	return at < 0 ? reader->def->dag->grid : reader->def->dag->datasets[at].grid;
}

/* From the reader's interval to the parts of the dataset: the parts that share an instant with it.
 */
static void
window_init(const struct engine *e, const struct run *run, const struct input *input,
	    struct window *w)
{
	/* A run without an interval reads that of the moment it was made for. */
	int64_t end_us = run->end_us > run->start_us ? run->end_us : run->start_us + 1;

	*w = (struct window){ .input = input, .dataset = input->dataset, .until_us = INT64_MAX };
	if (!input->partitioned)
		return;
	w->on = writer_for(e, run, input->dataset);
	w->grid = grid_of(run, w->on, input->dataset);
	w->parts =
	    reach_of(&input->window, run->def->dag->grid, run->start_us, end_us, w->grid).parts;
	w->own = grid_overlap(w->grid, run->start_us, end_us).last;
	if (BUG_IS(15)) /* planted: the last part that overlaps is forgotten */
		w->parts.last -= w->parts.last > w->parts.first;
}

static void
pin(struct pins *pins, const char *dataset, const struct look *look)
{
	struct pinned_input *p = &pins->items[pins->n++];

	*p = (struct pinned_input){ .dataset = dataset, .day = look->part };
	if (look->is != PART_PRESENT) {
		p->missing = true;
		pins->partial = true;
	} else if (look->published) {
		p->version = look->published->version;
		memcpy(p->digest, look->published->digest, sizeof(p->digest));
	}
}

/* What was never there leaves a hole in a window; but who reads its own interval needs its end. */
static void
need_own(const struct window *w, struct look *look)
{
	if (look->is != PART_ABSENT || look->part != w->own)
		return;
	look->is = PART_MISSING;
	look_gate(look, GATE_NOT_MADE, w->dataset, NULL);
}

/* Is the answer known without a look at the rest?  Not where a part of them may be enough. */
static bool
is_decided(const struct window *w)
{
	return !w->input->at_least && (w->waiting || (w->lost.on && !w->input->allow_missing));
}

/* Look at its parts, and pin what is settled.  Stops where the rest cannot matter. */
static void
look_through(const struct engine *e, const struct run_task *who, struct window *w,
	     struct pins *pins)
{
	const char *name = pins ? arena_str(e->fx->arena, w->dataset) : w->dataset;

	for (int64_t part = w->parts.first; part <= w->parts.last && !is_decided(w); part++) {
		struct look look = { .on = w->on, .grid = w->grid, .part = part };

		if (grid_is_empty(w->grid, part))
			continue;
		part_look(e, who, w->dataset, &look);
		need_own(w, &look);
		w->n++;
		w->present += look.is == PART_PRESENT;
		w->published += look.published != NULL;
		if (look.is == PART_WAIT && look.until_us < w->until_us)
			w->until_us = look.until_us;
		if (look.is == PART_WAIT && !w->waiting++)
			look_keep(&w->first_wait, &look);
		if (look.is == PART_ABSENT && (w->input->at_least || w->all))
			look_gate(&look, GATE_NOT_MADE, w->dataset, NULL);
		if ((look.is == PART_MISSING || look.gate.kind == GATE_NOT_MADE) && !w->lost.on)
			look_keep(&w->lost, &look);
		if (pins)
			pin(pins, name, &look);
	}
}

/* When the parts that are there begin to be enough; INT64_MIN: at once. */
static int64_t
enough_from(const struct run *run, const struct input *input)
{
	if (input->after_us < 0)
		return INT64_MIN;
	return reach_after(run->def->dag->zone, run->end_us, input->after_us);
}

/* at_least: n of m, after: T.  A window of fewer parts, a day of 23 hours, is whole with those. */
static enum settled
judge_at_least(const struct engine *e, const struct run *run, const struct window *w,
	       struct look *look)
{
	int64_t need = w->input->at_least < w->n ? w->input->at_least : w->n;
	int64_t from_us = enough_from(run, w->input);

	if (w->present + w->waiting < need) {
		look_keep(look, &w->lost);
		look_gate(look, GATE_TOO_FEW, w->dataset, NULL);
		look->gate.used = w->present + w->waiting;
		look->gate.total = w->n;
		look->gate.slots = need;
		return INPUTS_MISSING;
	}
	if (!w->waiting || (w->present >= need && from_us <= e->now_us))
		return INPUTS_READY;
	look_keep(look, &w->first_wait);
	/* Any of them may be the one that was lacking, or that is lacking from now on. */
	look->part = WATCH_ANY;
	look->until_us = w->until_us;
	if (from_us > e->now_us && from_us < look->until_us)
		look->until_us = from_us;
	if (w->present >= need)
		look->gate.until_us = look->enough_us = from_us;
	return INPUTS_WAIT;
}

/* One input over its window.  WAIT and MISSING: *look says for what. */
static enum settled
check_input(struct engine *e, struct run_task *t, const struct input *input, struct pins *pins,
	    struct look *look)
{
	struct window w;

	if (!input->partitioned) {
		*look = (struct look){ .is = PART_PRESENT, .part = INT64_MIN };
		if (pins)
			pin(pins, arena_str(e->fx->arena, input->dataset), look);
		return INPUTS_READY;
	}
	window_init(e, t->run, input, &w);
	look_through(e, t, &w, pins);
	if (input->at_least)
		return judge_at_least(e, t->run, &w, look);
	look_keep(look, w.waiting ? &w.first_wait : &w.lost);
	if (w.waiting)
		return INPUTS_WAIT;
	return w.lost.on && !input->allow_missing ? INPUTS_MISSING : INPUTS_READY;
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
make_room(struct engine *e, struct run_task *t, struct pins *pins)
{
	const struct task *task = task_of(t);
	size_t n = 0;

	for (size_t i = 0; i < task->n_inputs; i++) {
		struct window w;

		window_init(e, t->run, &task->inputs[i], &w);
		n += (size_t)(w.parts.last - w.parts.first) + 1;
	}
	*pins = (struct pins){ .items = arena_get(e->fx->arena, n * sizeof(*pins->items)) };
}

/* How what a task waits for and reads nothing of stands. */
enum sensed {
	SENSED_THERE,   /* it is published and settled */
	SENSED_NOT_YET, /* it is not, and who writes it will tell */
	SENSED_UNKNOWN, /* nobody here writes it: somebody has to look */
};

/* A task that only waits for its input; NOT_YET: *look says for what. */
static enum sensed
sense(struct engine *e, struct run_task *t, struct pins *pins, struct look *look)
{
	struct window w;

	window_init(e, t->run, &task_of(t)->inputs[0], &w);
	if (!w.input->partitioned) {
		*look = (struct look){ .is = PART_PRESENT, .part = INT64_MIN };
		if (pins)
			pin(pins, arena_str(e->fx->arena, w.dataset), look);
		return SENSED_UNKNOWN;
	}
	w.all = true;
	look_through(e, t, &w, pins);
	if (w.on && w.input->at_least) {
		enum settled is = judge_at_least(e, t->run, &w, look);

		/* Those that cannot come now may be made by hand; any of them. */
		if (is == INPUTS_MISSING)
			look->part = WATCH_ANY;
		return is == INPUTS_READY ? SENSED_THERE : SENSED_NOT_YET;
	}
	look_keep(look, w.waiting ? &w.first_wait : &w.lost);
	if (w.waiting || w.lost.on)
		return SENSED_NOT_YET;
	return w.published == w.n ? SENSED_THERE : SENSED_UNKNOWN;
}

/* Does it wait for its input, and read nothing of it? */
static bool
only_senses(const struct run_task *t)
{
	return task_of(t)->wait.told && task_of(t)->n_inputs;
}

enum settled
inputs_check(struct engine *e, struct run_task *t, struct pins *pins)
{
	struct look look;

	if (pins)
		make_room(e, t, pins);
	/* It has an attempt only where it takes a look to find out. */
	if (only_senses(t))
		return sense(e, t, pins, &look) == SENSED_UNKNOWN ? INPUTS_READY : INPUTS_WAIT;
	return check_all(e, t, pins, &look);
}

/* A session makes no runs of the schedule: with the time nothing comes, but a few may be enough. */
static int64_t
look_again(const struct engine *e, const struct run_task *t, const struct look *look)
{
	if (!e->config.session)
		return look->until_us;
	return t->run->session ? look->enough_us : INT64_MAX;
}

static void
start(struct engine *e, struct run_task *t)
{
	if (!run_slot_for(e, t))
		return;
	task_set_gate(e, t, NULL);
	task_apply(e, t, TEV_READY, "");
}

/* What is not there now, for a task that waits for it to be made, whoever does. */
static void
wait_for(struct engine *e, struct run_task *t, struct look *look)
{
	int64_t until_us = look->is == PART_WAIT ? look_again(e, t, look) : INT64_MAX;
	struct gate gate = look->gate;

	if (look->is != PART_WAIT)
		gate.kind = GATE_NOT_THERE;
	if (!told_waits(e, t, &gate))
		return;
	if (told_until(e, t) < until_us)
		until_us = told_until(e, t);
	watch_add(e, t, look->on, look->part, until_us);
}

static void
check_sensed(struct engine *e, struct run_task *t)
{
	struct look look;

	switch (sense(e, t, NULL, &look)) {
	case SENSED_THERE:
		told_found(e, t);
		break;
	case SENSED_NOT_YET:
		wait_for(e, t, &look);
		break;
	case SENSED_UNKNOWN:
		start(e, t);
		break;
	}
}

/* The rule accepts: are the inputs settled, and is there a run slot? */
static void
check_inputs(struct engine *e, struct run_task *t)
{
	struct look look;

	switch (check_all(e, t, NULL, &look)) {
	case INPUTS_WAIT:
		watch_add(e, t, look.on, look.part, look_again(e, t, &look));
		task_set_gate(e, t, &look.gate);
		break;
	case INPUTS_MISSING:
		if (run_slot_for(e, t))
			task_end_at(e, t, TEV_MISSING, &look.gate);
		break;
	case INPUTS_READY:
		start(e, t);
		break;
	}
}

/* Nothing else holds it back: what does it wait for? */
static void
check_wait(struct engine *e, struct run_task *t)
{
	if (task_of(t)->expand && t->map_index < 0)
		list_expand(e, t);
	else if (task_of(t)->child.dag)
		task_look_at_children(e, t);
	else if (task_of(t)->wait.asks)
		told_ask(e, t);
	else if (only_senses(t))
		check_sensed(e, t);
	else
		check_inputs(e, t);
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
	/* It is looked at when the last of them is there. */
	if (t->map_index >= 0 && task_grows(t) && !BUG_IS(53))
		return;
	watch_drop(e, t);
	/* Of one that asks a person, which may have to wait for something else now. */
	heap_remove(&e->timers, &t->item);
	if (t->children) { /* it has begun */
		task_look_at_children(e, t);
		return;
	}
	if (task_of(t)->on_exit && !run_work_is_over(t->run)) {
		task_set_gate(e, t, &(struct gate){ .kind = GATE_ON_EXIT });
		return;
	}
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
		/* The run before was asked for all instances, before their list was made. */
		if (!when_accepts(e, t) || (t->map_index < 0 && !previous_lets(e, t)) ||
		    !given_lets(e, t))
			break;
		check_wait(e, t);
		break;
	}
}
