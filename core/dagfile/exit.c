/* exit.c - `on_exit:` of a DAG file: tasks that run when a run ends, however it does. */
#include "core/dagfile/exit.h"

#include "core/dagfile/task.h"
#include "core/op/op.h"

void
exits_read(struct yreader *r, const struct key *row, const struct ynode *key, void *base)
{
	struct dagfile *f = dagfile_of(r);

	(void)row;
	(void)base;
	f->exits = r->run_ends = true;
	dagfile_read_task_map(f, key, "'on_exit'");
	f->exits = r->run_ends = false;
}

/* What it is cannot run whatever has become of the others. */
static void
check_kind(struct dagfile *f, const struct draft_task *t)
{
	if (t->task.setup || t->teardown)
		ykeys_say(&f->y, t->key, E0345, "leave it out",
			  "task '%s' of on_exit cannot be a setup or a teardown", t->task.id);
	else if (t->output || (t->task.op && !t->task.op->argv))
		ykeys_say(&f->y, t->key, E0345, "operator: command, without an output",
			  "task '%s' of on_exit can only run a program, and publishes nothing",
			  t->task.id);
}

/* Of the two ends of each edge both are of on_exit, or none. */
static void
check_edges(struct dagfile *f, const struct draft_task *t)
{
	for (size_t i = 0; i < t->n_edges; i++) {
		const struct task *up = &f->tasks[t->edges[i]].task;

		if (up->on_exit == t->task.on_exit)
			continue;
		if (up->on_exit)
			ykeys_say(&f->y, t->key, E0346, "put it under on_exit, too",
				  "task '%s' waits for '%s', which runs when all else has ended",
				  t->task.id, up->id);
		else
			ykeys_say(&f->y, t->key, E0346,
				  "leave that out: it runs after all of them anyway",
				  "task '%s' of on_exit waits for '%s', which is not of on_exit",
				  t->task.id, up->id);
		return;
	}
}

void
exits_check(struct dagfile *f)
{
	for (size_t i = 0; i < f->n_tasks; i++) {
		if (f->tasks[i].task.on_exit)
			check_kind(f, &f->tasks[i]);
		check_edges(f, &f->tasks[i]);
	}
}
