/* cancel.c - end a run. */
#include "scheduler/command/def.h"

#include "scheduler/command/answer.h"
#include "scheduler/command/which.h"
#include "scheduler/life/run.h"

static void
cancel(struct engine *e, const struct command *c, struct reply *reply)
{
	struct dag_state *d = which_dag(e, c->dag, reply);
	struct run *run = d ? which_run(e, d, c, reply) : NULL;
	struct cancelled is;
	bool waits;

	if (!run)
		return;
	reply_run(e, reply, run);
	if (run_is_final(run->state)) {
		reply_say(e, reply, REPLY_REFUSED, "run %s of dag '%s' has ended already (%s)",
			  run->run_id, d->id, run_state_name(run->state));
		return;
	}
	if (run->state == RUN_UP_FOR_RETRY) {
		run_give_up(e, run);
		reply_say(e, reply, REPLY_OK,
			  "run %s of dag '%s' is not retried: it has failed, as it stands",
			  run->run_id, d->id);
		return;
	}
	waits = run_waits_for_group(run);
	is = run_cancel(e, run, &(struct gate){ .kind = GATE_CANCELLED });
	if (waits) {
		reply_say(e, reply, REPLY_OK,
			  "no group of run %s of dag '%s' is tried again: it has failed, as it "
			  "stands%s",
			  run->run_id, d->id, is.spared ? "; its teardowns and on_exit go on" : "");
		return;
	}
	reply_say(e, reply, REPLY_OK, "run %s of dag '%s' is cancelled%s%s%s", run->run_id, d->id,
		  is.killed ? "; what runs is being ended" : "",
		  is.publishing ? "; what publishes is let go on" : "",
		  is.spared
		      ? "; its teardowns and on_exit go on: cancel it once more to end those too"
		      : "");
}

static const struct command_field cancel_fields[] = {
	FIELD("dag", NAME, dag, NEEDED, "the dag"),
	FIELD("logical_date", LOGICAL, logical_us, OPTIONAL, "the run of this date"),
	FIELD("run_id", RUN_ID, run_id, OPTIONAL, "the run of this id"),
};

const struct command_def command_cancel = {
	.kind = COMMAND_CANCEL,
	.name = "cancel",
	.summary = "end a run",
	.replies = "run, run_id, logical_date",
	.fields = cancel_fields,
	.n_fields = countof(cancel_fields),
	.decide = cancel,
};
