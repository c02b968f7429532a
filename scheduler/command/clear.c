/* clear.c - a run that has ended runs again, in the next epoch. */
#include "scheduler/command/def.h"

#include "core/model/interval.h"
#include "scheduler/command/answer.h"
#include "scheduler/command/interval.h"
#include "scheduler/command/which.h"
#include "scheduler/life/epoch.h"

#include <stdio.h>
#include <string.h>

enum { NAMED_MAX = 5, NAMED_BYTES_MAX = 1000 };

/* A name, or how many more there are. */
static void
add_name(struct buf *out, const char *name, size_t *n)
{
	if (*n < NAMED_MAX)
		buf_format(out, "%s%s", *n ? ", " : "", name);
	else if (*n == NAMED_MAX)
		buf_text(out, " and others");
	(*n)++;
}

/* Does a task before this one, which runs again too, read the dataset? */
static bool
is_read_before(const struct run *run, size_t task, const char *dataset)
{
	const struct dag *dag = run->def->dag;

	for (size_t i = 0; i < task; i++)
		for (size_t k = 0; run->tasks[i].state == TASK_NONE && k < dag->tasks[i].n_inputs;
		     k++)
			if (!strcmp(dag->tasks[i].inputs[k].dataset, dataset))
				return true;
	return false;
}

/* Which tasks run again and what they will read: not what they read before, but what is live then.
 */
static void
say_again(const struct run *run, struct buf *out)
{
	const struct dag *dag = run->def->dag;
	size_t tasks = 0, datasets = 0;
	struct buf reads;

	buf_init(&reads, NAMED_BYTES_MAX);
	for (size_t i = 0; i < dag->n_tasks; i++) {
		if (run->tasks[i].state != TASK_NONE && run->tasks[i].state != TASK_EXPANDED)
			continue;
		add_name(out, dag->tasks[i].id, &tasks);
		for (size_t k = 0; k < dag->tasks[i].n_inputs; k++) {
			const char *dataset = dag->tasks[i].inputs[k].dataset;

			if (!is_read_before(run, i, dataset))
				add_name(&reads, dataset, &datasets);
		}
	}
	buf_text(out, tasks == 1 ? " runs again" : " run again");
	if (datasets)
		buf_format(out, " and will read %s as published by then", reads.data);
	buf_release(&reads);
}

/* The run is of a grid that the dag has left: what is to run, that interval or one of now? */
static void
refuse_grid(struct engine *e, const struct dag_state *d, const struct run *run, struct reply *reply)
{
	const struct dag *own = run->def->dag, *dag = d->active->dag;
	const char *unit = grid_unit_name(dag->grid.unit);
	char now[TIMESTAMP_CHARS + 1], was[2 * NAME_MAX_BYTES] = "an instant";

	if (own->partitioned)
		(void)snprintf(was, sizeof(was), "a %s in %s", grid_unit_name(own->grid.unit),
			       grid_zone_name(own->grid));
	grid_instant_text(dag->grid, interval_at(dag, run->logical_us), now);
	reply_say(e, reply, REPLY_REFUSED,
		  "run %s of dag '%s' is of %s, and the dag has %ss in %s now, none of which "
		  "starts then; to run it again as it was type: tidemill runs clear %s %s "
		  "--pinned; to run the %s of now type: tidemill backfill create %s --from-date "
		  "%s --to-date %s",
		  run->run_id, d->id, was, unit, grid_zone_name(dag->grid), d->id, run->run_id,
		  unit, d->id, now, now);
}

static void
clear(struct engine *e, const struct command *c, struct reply *reply)
{
	struct dag_state *d = which_dag(e, c->dag, reply);
	struct run *run = d ? which_run(e, d, c, reply) : NULL;
	struct redo redo = { .only_failed = c->only_failed };
	struct backfill *backfill;
	struct buf again;

	if (!run)
		return;
	reply_run(e, reply, run);
	if (!run_is_final(run->state)) {
		reply_say(e, reply, REPLY_REFUSED,
			  "run %s of dag '%s' has not ended; to stop it type: "
			  "tidemill runs cancel %s %s",
			  run->run_id, d->id, d->id, reply_date(e, run->logical_us));
		return;
	}
	redo.def = c->pinned || dag_is_unread(d->active->dag) ? run->def : d->active;
	if (!run_fits(run, redo.def->dag)) {
		refuse_grid(e, d, run, reply);
		return;
	}
	/* Who ran it early has said so; it is early again. */
	if (!command_interval(e, redo.def->dag, run->logical_us, true, reply))
		return;
	if (c->task &&
	    !which_instance(e, run, redo.def->dag, c->task, &redo.task, &redo.instance, reply))
		return;
	/* By hand, it counts among the live runs again unless a backfill made it. */
	backfill = run->backfill;
	if (run->type != RUN_BACKFILL)
		run->backfill = NULL;
	if (run_clear(e, run, &redo)) {
		buf_init(&again, (size_t)4 * NAMED_BYTES_MAX);
		say_again(run, &again);
		reply_say(e, reply, REPLY_OK, "run %s of dag '%s' is queued again, epoch %d: %s%s",
			  run->run_id, d->id, run->epoch, again.data, reply_early(e, run));
		buf_release(&again);
		return;
	}
	run->backfill = backfill;
	reply_say(e, reply, REPLY_REFUSED,
		  "run %s of dag '%s': all its tasks succeeded, nothing to clear", run->run_id,
		  d->id);
}

static const struct command_field clear_fields[] = {
	FIELD("dag", NAME, dag, NEEDED, "the dag"),
	FIELD("logical_date", LOGICAL, logical_us, OPTIONAL, "the run of this date"),
	FIELD("run_id", RUN_ID, run_id, OPTIONAL, "the run of this id"),
	FIELD("only_failed", FLAG, only_failed, OPTIONAL, "only tasks that did not succeed"),
	FIELD("pinned", FLAG, pinned, OPTIONAL, "keep the definition the run had"),
	FIELD("task", NAME, task, OPTIONAL,
	      "only this task or group and everything downstream of it"),
};

const struct command_def command_clear = {
	.kind = COMMAND_CLEAR,
	.name = "clear",
	.summary = "open a new epoch of a run that has ended",
	.replies = "run, run_id, logical_date",
	.fields = clear_fields,
	.n_fields = countof(clear_fields),
	.makes_runs = true,
	.decide = clear,
};
