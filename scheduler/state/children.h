/*
 * children.h - the runs of another dag that a task has had made, joined or taken over.
 *
 * A task in state none that has them waits for their ends.  They are known by dag and logical date,
 * as runs are; the dag is that of the task (task->child).
 */
#ifndef SCHEDULER_STATE_CHILDREN_H
#define SCHEDULER_STATE_CHILDREN_H

#include "scheduler/state/state.h"

struct child_run {
	int64_t key, logical_us;
};

struct children {
	size_t n;
	struct child_run runs[];
};

/* Room for n of them; the task that gets it owns it. */
struct children *children_new(size_t n);

/* Forget them; fine for a task that has none. */
void children_drop(struct run_task *t);

/* As rows have them: [[key, logical_us], ...], in the arena; NULL for NULL. */
const char *children_text(const struct children *c, struct arena *arena);

/* The same back; NULL: there are none. */
struct children *children_read(const char *text);

/* The dag of its children: one that is known has never been let go. */
struct dag_state *children_dag(const struct engine *e, const struct run_task *t);

/* The state of a child, *in_memory (or NULL) when it is there. */
enum run_state child_state(const struct engine *e, const struct run_task *t,
			   const struct child_run *child, struct run **in_memory);

/* Who made a run or opened its epoch: a task of a run, or (0, NULL) nobody but a person or time. */
void run_set_parent(struct run *run, int64_t parent, const char *task);

/* Is it a run that this task made or cleared, in the epoch that it is in? */
bool run_is_of(const struct run *run, const struct run_task *t);

#endif
