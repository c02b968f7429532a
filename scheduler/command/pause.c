/* pause.c - a dag makes no runs and starts no tasks, until it may go on. */
#include "scheduler/command/def.h"

#include "scheduler/command/answer.h"
#include "scheduler/command/which.h"
#include "scheduler/life/run.h"
#include "scheduler/state/todo.h"

/* After a pause: what was held back may go on. */
static void
go_on(struct engine *e, struct dag_state *d)
{
	struct run_task *t;

	for (struct run *run = d->unfinished; run; run = run->next) {
		struct task_walk w = { .run = run };

		while ((t = walk_next(&w))) {
			if (t->state == TASK_SCHEDULED && !t->item.at && run_may_start(e, run))
				ready_add(e, t);
			else if (t->first_us || task_of(t)->child.dag)
				task_look(e, t);
		}
		group_mark(e, run_group(run));
	}
}

static void
set_paused(struct engine *e, const struct command *c, struct reply *reply)
{
	struct dag_state *d = which_dag(e, c->dag, reply);
	bool paused = c->kind == COMMAND_PAUSE;
	const char *word = paused ? "paused" : "active";

	if (!d)
		return;
	if (d->paused == paused) {
		reply_say(e, reply, REPLY_OK, "dag '%s' is %s already", d->id, word);
		return;
	}
	d->failures = 0;
	if (!paused)
		d->live_since_us = e->now_us;
	dag_pause(e, d, paused, word);
	if (!paused)
		go_on(e, d);
	reply_say(e, reply, REPLY_OK, "dag '%s' is %s%s", d->id, word,
		  paused ? "; what runs goes on" : "");
}

static const struct command_field pause_fields[] = {
	FIELD("dag", NAME, dag, NEEDED, "the dag"),
};

const struct command_def command_pause = {
	.kind = COMMAND_PAUSE,
	.name = "pause",
	.summary = "make no runs and start no tasks of a dag",
	.replies = "",
	.fields = pause_fields,
	.n_fields = countof(pause_fields),
	.decide = set_paused,
};

const struct command_def command_unpause = {
	.kind = COMMAND_UNPAUSE,
	.name = "unpause",
	.summary = "let a paused dag go on",
	.replies = "",
	.fields = pause_fields,
	.n_fields = countof(pause_fields),
	.decide = set_paused,
};
