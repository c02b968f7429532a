/* backfill.c - runs over a range of intervals, all or none. */
#include "scheduler/command/def.h"

#include "core/base/buf.h"
#include "core/model/interval.h"
#include "core/time/grid.h"
#include "scheduler/command/answer.h"
#include "scheduler/command/interval.h"
#include "scheduler/command/params.h"
#include "scheduler/command/which.h"
#include "scheduler/rows/effects.h"
#include "scheduler/state/def.h"
#include "scheduler/state/emit.h"
#include "scheduler/life/epoch.h"
#include "scheduler/state/past.h"
#include "scheduler/life/run.h"
#include "scheduler/state/session.h"

#include <inttypes.h>
#include <stdlib.h>

enum {
	BACKFILL_RUNS_MAX = 20000,
	DAYS_NAMED_MAX = 5, /* in a sentence */
};

/* A task that reads what its dag writes before, or NULL. */
static const struct task *
looks_back(const struct dag *dag)
{
	uint32_t writer;

	for (size_t i = 0; i < dag->n_tasks; i++)
		for (size_t k = 0; k < dag->tasks[i].n_inputs; k++)
			if (dag->tasks[i].inputs[k].partitioned &&
			    dag->tasks[i].inputs[k].window.from < 0 &&
			    dag_writes(dag, dag->tasks[i].inputs[k].dataset, &writer))
				return &dag->tasks[i];
	return NULL;
}

static int64_t
count_parts(struct grid grid, const struct command *c)
{
	return grid_count(grid, grid_part(grid, c->from_us), grid_part(grid, c->to_us));
}

/* Everything that can be wrong with the request itself; false: the reply says what. */
static bool
check(struct engine *e, const struct dag_state *d, const struct command *c, struct reply *reply)
{
	const struct dag *dag = d->active->dag;
	const struct task *task = c->backwards ? looks_back(dag) : NULL;

	if (!d->present)
		reply_say(e, reply, REPLY_REFUSED,
			  "the file of dag '%s' is gone or has errors: see `tidemill validate`",
			  d->id);
	else if (!dag->partitioned)
		reply_say(e, reply, REPLY_INVALID,
			  "dag '%s' has no partitions to backfill: trigger it instead", d->id);
	else if (!grid_is_start(dag->grid, c->from_us) || !grid_is_start(dag->grid, c->to_us))
		reply_say(e, reply, REPLY_INVALID,
			  "backfill dates have to be where intervals of dag '%s' start", d->id);
	else if (c->from_us > c->to_us)
		reply_say(e, reply, REPLY_INVALID, "the backfill ends before it begins");
	else if (count_parts(dag->grid, c) > BACKFILL_RUNS_MAX)
		reply_say(e, reply, REPLY_INVALID, "a backfill makes at most %d runs: split it",
			  BACKFILL_RUNS_MAX);
	else if (c->max_active_runs < 0)
		reply_say(e, reply, REPLY_INVALID, "max_active_runs has to be at least 1");
	else if (c->backwards && dag->depends_on_past)
		reply_say(
		    e, reply, REPLY_REFUSED,
		    "dag '%s' cannot run backwards: a task of it has depends_on_past, so that each "
		    "run waits for the one before; leave out --run-backwards",
		    d->id);
	else if (task)
		reply_say(
		    e, reply, REPLY_REFUSED,
		    "dag '%s' cannot run backwards: task '%s' reads earlier partitions of what the "
		    "dag writes; leave out --run-backwards",
		    d->id, task->id);
	else
		return command_interval(e, dag, c->from_us, c->early, reply) &&
		       command_params(e, dag, c->params, reply);
	return false;
}

static enum plan_verdict
verdict(const struct engine *e, const struct dag_state *d, const struct command *c,
	int64_t logical_us, const struct past_run *there)
{
	const struct dag *dag = d->active->dag;

	if (!interval_may_run(dag, logical_us, e->now_us, c->early, NULL))
		return PLAN_FUTURE;
	if (!there->key)
		return PLAN_CREATE;
	if (!run_is_final((enum run_state)there->state))
		return PLAN_IN_FLIGHT;
	/* What was run early is not done, once its interval has ended. */
	if (there->early && interval_state(dag, logical_us, e->now_us) == INTERVAL_ENDED)
		return PLAN_CLEAR;
	if (c->reprocess == REPROCESS_COMPLETED ||
	    (c->reprocess == REPROCESS_FAILED && there->state != RUN_SUCCESS))
		return PLAN_CLEAR;
	return PLAN_EXISTS;
}

/* What there is for an interval, and what is to be done about it. */
static struct plan_item
plan_part(const struct engine *e, const struct dag_state *d, const struct command *c,
	  int64_t logical_us)
{
	const struct run *run = run_find(d, logical_us);
	const struct past_run *past = run ? NULL : past_find(d, logical_us);
	struct past_run there = past ? *past : (struct past_run){ .state = RUN_ILLEGAL };
	struct plan_item item = {
		.logical_us = logical_us,
		.before_start = logical_us < d->active->dag->start_us,
	};

	if (run) {
		there.key = run->key;
		there.state = (uint8_t)run->state;
		there.early = run->early;
	}
	item.verdict = verdict(e, d, c, logical_us, &there);
	item.run = there.key;
	item.state = (enum run_state)there.state;

	/* Its rows were asked for and did not come: nobody understands its definition any more. */
	if (past && item.verdict == PLAN_CLEAR && !c->dry_run)
		item.verdict = PLAN_EXISTS;
	return item;
}

/* The intervals of a plan, counted. */
struct plan_count {
	const char *unit; /* of the grid: "day" */
	size_t work;      /* there is something to do for so many */
	size_t in_flight, before_start, future;
	size_t left; /* their run did not succeed, and the plan leaves it alone */
};

static bool
is_left(const struct plan_item *item)
{
	return item->verdict == PLAN_EXISTS && item->state != RUN_SUCCESS;
}

/* One verdict per interval, in their order, counted into *n_of; *n of them. */
static struct plan_item *
plan(struct engine *e, struct dag_state *d, const struct command *c, struct plan_count *n_of,
     size_t *n)
{
	const struct grid grid = d->active->dag->grid;
	int64_t first = grid_part(grid, c->from_us);
	int64_t last = grid_part(grid, c->to_us);
	struct plan_item *items = arena_get(e->fx->arena,
					    (size_t)count_parts(grid, c) * sizeof(*items));
	size_t i = 0;

	n_of->unit = grid_unit_name(grid.unit);
	for (int64_t part = first; part <= last; part++) {
		if (grid_is_empty(grid, part))
			continue;
		items[i] = plan_part(e, d, c, grid_start(grid, part));
		n_of->work += items[i].verdict == PLAN_CREATE || items[i].verdict == PLAN_CLEAR;
		n_of->in_flight += items[i].verdict == PLAN_IN_FLIGHT;
		n_of->before_start += items[i].before_start;
		n_of->future += items[i].verdict == PLAN_FUTURE;
		n_of->left += is_left(&items[i]);
		i++;
	}
	*n = i;
	return items;
}

static struct backfill *
add_backfill(struct engine *e, struct dag_state *d, const struct command *c, size_t runs)
{
	struct backfill *b = backfill_make(e, ++e->last_backfill);
	int cap = c->max_active_runs ? c->max_active_runs : d->active->dag->max_active_runs;

	b->row = (struct backfill_row){
		.key = b->row.key,
		.dag = d->id,
		.from_us = c->from_us,
		.to_us = c->to_us,
		.reprocess = c->reprocess,
		.max_active_runs = cap,
		.created_us = e->now_us,
		.runs = (int64_t)runs,
		.backwards = c->backwards,
	};
	b->group.dag = d;
	b->group.cap = cap;
	mark_backfill(e, b);
	return b;
}

/* Rows that earlier steps of this turn made of runs get copies of the params that end here. */
static void
keep_params(struct effects *fx)
{
	for (size_t i = 0; i < fx->n_changes; i++)
		if (fx->changes[i].kind == CHANGE_RUN)
			fx->changes[i].run.params = arena_str(fx->arena, fx->changes[i].run.params);
}

/* Do what the plan says of one run; one that is in flight needs only somebody who waits for it. */
static void
carry_out(struct engine *e, struct dag_state *d, const struct command *c, struct backfill *b,
	  struct plan_item *item)
{
	struct redo redo = { .def = d->active };
	struct run *run;

	if (item->verdict == PLAN_CREATE) {
		run = run_make(e, d, RUN_BACKFILL, item->logical_us, c->params ? c->params : "{}",
			       b);
		item->run = run->key;
	} else if (item->verdict == PLAN_CLEAR) {
		run = run_find(d, item->logical_us);
		run->backfill = b;
		if (c->params) {
			free(run->params);
			run->params = mem_str(c->params);
		}
		(void)run_clear(e, run, &redo);
	} else if (item->verdict == PLAN_IN_FLIGHT) {
		run_adopt(e, run_find(d, item->logical_us));
	}
}

/* "3 days failed or were cancelled and are left alone (2026-05-01, ...): ..." */
static void
say_left(const struct dag *dag, const struct reply *reply, const struct plan_count *n_of,
	 struct buf *out)
{
	size_t named = 0;

	buf_format(out, "%zu %s%s failed or %s cancelled and %s left alone (", n_of->left,
		   n_of->unit, n_of->left == 1 ? "" : "s", n_of->left == 1 ? "was" : "were",
		   n_of->left == 1 ? "is" : "are");
	for (size_t i = 0; i < reply->n_plan && named < DAYS_NAMED_MAX; i++) {
		char date[TIMESTAMP_CHARS + 1];

		if (!is_left(&reply->plan[i]))
			continue;
		grid_instant_text(dag->grid, reply->plan[i].logical_us, date);
		buf_format(out, "%s%s", named++ ? ", " : "", date);
	}
	if (n_of->left > named)
		buf_format(out, " and %zu more", n_of->left - named);
	buf_text(out, "): to run them too add --reprocess-behavior failed");
}

/* What there is to be told of a plan besides what will run. */
static void
say_rest(const struct dag *dag, const struct reply *reply, const struct plan_count *n_of,
	 const char *before, struct buf *out)
{
	const struct {
		size_t n;
		const char *one, *many;
	} counts[] = {
		{ n_of->in_flight, " is in flight", "s are in flight" },
		{ n_of->future, " has not ended and is left out",
		  "s have not ended and are left out" },
	};

	for (size_t i = 0; i < countof(counts); i++) {
		if (!counts[i].n)
			continue;
		buf_format(out, "%s%zu %s%s", before, counts[i].n, n_of->unit,
			   counts[i].n == 1 ? counts[i].one : counts[i].many);
		before = ", ";
	}
	if (n_of->left) {
		buf_text(out, before);
		say_left(dag, reply, n_of, out);
	}
}

/* Intervals that are not done, and nothing that would do them: that is no success. */
static void
say_plan(struct engine *e, const struct dag_state *d, const struct plan_count *n_of,
	 struct reply *reply)
{
	bool refused = !n_of->work && !n_of->in_flight && n_of->left;
	struct buf text;

	buf_init(&text, SIZE_MAX / 2);
	if (reply->backfill)
		buf_format(&text, "backfill %" PRId64 " of dag '%s': %zu of %zu %ss will run",
			   reply->backfill, d->id, n_of->work, reply->n_plan, n_of->unit);
	else if (n_of->work)
		buf_format(&text, "%zu of %zu %ss would run", n_of->work, reply->n_plan,
			   n_of->unit);
	else
		buf_text(&text, refused ? "nothing was done" : "nothing new to do");
	if (n_of->work || n_of->in_flight || n_of->left || n_of->future)
		say_rest(d->active->dag, reply, n_of, n_of->work ? ", " : ": ", &text);
	else
		buf_format(&text, ": no %s of the range needs a run", n_of->unit);
	if (n_of->before_start)
		buf_format(&text, " (%zu before start_date)", n_of->before_start);
	if (reply->backfill && d->paused)
		buf_text(&text, "; the dag is paused and starts nothing until it is unpaused");
	reply_say(e, reply, refused ? REPLY_REFUSED : REPLY_OK, "%s", text.data);
	buf_release(&text);
}

static void
backfill(struct engine *e, const struct command *c, struct reply *reply)
{
	struct dag_state *d = which_dag(e, c->dag, reply);
	struct plan_item *items;
	struct plan_count n_of = { 0 };
	struct backfill *b = NULL;

	if (!d || !check(e, d, c, reply))
		return;
	items = plan(e, d, c, &n_of, &reply->n_plan);
	reply->plan = items;
	if (!c->dry_run && n_of.work) {
		b = add_backfill(e, d, c, n_of.work);
		reply->backfill = b->row.key;
	}
	if (c->params)
		keep_params(e->fx);
	for (size_t i = 0; !c->dry_run && i < reply->n_plan; i++)
		carry_out(e, d, c, b, &items[i]);
	say_plan(e, d, &n_of, reply);
}

static const char *
check_range(const struct command *c)
{
	return c->from_us > c->to_us ? "'from_date' is after 'to_date'" : NULL;
}

static const struct command_field backfill_fields[] = {
	FIELD("dag", NAME, dag, NEEDED, "the dag"),
	FIELD("from_date", DATE, from_us, NEEDED, "the first logical date"),
	FIELD("to_date", DATE, to_us, NEEDED, "the last one; both are inclusive"),
	FIELD("reprocess", REPROCESS, reprocess, OPTIONAL,
	      "which runs that are there run again; none if not said"),
	FIELD("max_active_runs", RUNS, max_active_runs, OPTIONAL,
	      "at most so many at a time; 0 is the dag's own"),
	FIELD("run_backwards", FLAG, backwards, OPTIONAL, "the newest date first"),
	FIELD("early", FLAG, early, OPTIONAL, "also the interval that has begun and not ended"),
	FIELD("dry_run", FLAG, dry_run, OPTIONAL, "only the plan, nothing changes"),
	FIELD("params", PARAMS, params, OPTIONAL, "parameters of the dag by name"),
};

const struct command_def command_backfill = {
	.kind = COMMAND_BACKFILL,
	.name = "backfill",
	.summary = "make runs for a range of dates, as one stored plan",
	.replies = "backfill, plan",
	.fields = backfill_fields,
	.n_fields = countof(backfill_fields),
	.makes_runs = true,
	.check = check_range,
	.decide = backfill,
};
