/* trigger.c - make one run now. */
#include "scheduler/command/def.h"

#include "core/model/interval.h"
#include "core/time/grid.h"
#include "scheduler/command/answer.h"
#include "scheduler/command/interval.h"
#include "scheduler/command/params.h"
#include "scheduler/command/which.h"
#include "scheduler/state/past.h"
#include "scheduler/life/run.h"

/* The logical date that a trigger means; false: the reply says why there is none. */
static bool
pick_date(struct engine *e, const struct dag_state *d, const struct command *c, int64_t *logical_us,
	  struct reply *reply)
{
	const struct dag *dag = d->active->dag;
	const struct grid grid = dag->grid;

	if (dag->partitioned) {
		*logical_us = interval_last(dag, e->now_us);
		if (c->has_logical)
			*logical_us = c->logical_us;
		if (grid_is_start(grid, *logical_us))
			return true;
		reply_say(
		    e, reply, REPLY_INVALID,
		    "dag '%s' has one run per %s: the logical date has to be where one starts",
		    d->id, grid_unit_name(grid.unit));
		return false;
	}
	*logical_us = e->now_us;
	if (c->has_logical)
		*logical_us = c->logical_us;
	/* Two triggers may come within one microsecond; each is a run of its own. */
	while (!c->has_logical && (run_find(d, *logical_us) || past_find(d, *logical_us)))
		++*logical_us;
	return true;
}

static void
trigger(struct engine *e, const struct command *c, struct reply *reply)
{
	struct dag_state *d = which_dag(e, c->dag, reply);
	int64_t logical_us;
	struct run *run;

	if (!d)
		return;
	if (!d->present) {
		reply_say(e, reply, REPLY_REFUSED,
			  "the file of dag '%s' is gone or has errors: see `tidemill validate`",
			  d->id);
		return;
	}
	if (!command_params(e, d->active->dag, c->params, reply) ||
	    !pick_date(e, d, c, &logical_us, reply))
		return;
	run = run_find(d, logical_us);
	if (run) {
		reply_run(e, reply, run);
		reply_say(
		    e, reply, REPLY_REFUSED,
		    run_is_final(run->state)
			? "dag '%s' has a run for %s already (%s, %s); to run it again type: "
			  "tidemill runs clear %s %s"
			: "dag '%s' has a run for %s already (%s, %s); what it waits for tells: "
			  "tidemill why %s -l %s",
		    d->id, reply_date(e, logical_us), run->run_id, run_state_name(run->state),
		    d->id, reply_date(e, logical_us));
		return;
	}
	if (past_unread(e, d, logical_us, reply) ||
	    (c->has_logical && !command_interval(e, d->active->dag, logical_us, c->early, reply)))
		return;
	run = run_make(e, d, RUN_MANUAL, logical_us, c->params ? c->params : "{}", NULL);
	reply_run(e, reply, run);
	reply_say(e, reply, REPLY_OK, "run %s of dag '%s' is queued%s%s", run->run_id, d->id,
		  d->paused ? "; the dag is paused and starts nothing until it is unpaused" : "",
		  reply_early(e, run));
}

static const struct command_field trigger_fields[] = {
	FIELD("dag", NAME, dag, NEEDED, "the dag"),
	FIELD("logical_date", LOGICAL, logical_us, OPTIONAL,
	      "the partition; the last complete one if not said"),
	FIELD("early", FLAG, early, OPTIONAL, "also before the interval has ended"),
	FIELD("params", PARAMS, params, OPTIONAL, "parameters of the dag by name"),
};

const struct command_def command_trigger = {
	.kind = COMMAND_TRIGGER,
	.name = "trigger",
	.summary = "make one run now",
	.replies = "run, run_id, logical_date",
	.fields = trigger_fields,
	.n_fields = countof(trigger_fields),
	.makes_runs = true,
	.decide = trigger,
};
