/*
 * which.h - which dag and which run a command means.
 */
#ifndef SCHEDULER_COMMAND_WHICH_H
#define SCHEDULER_COMMAND_WHICH_H

#include "scheduler/state/state.h"

/* The dag of that name; NULL: the reply says that there is none. */
struct dag_state *which_dag(struct engine *e, const char *id, struct reply *reply);

/* Has the dag a task of that name?  False: the reply says that there is none, and what is near. */
bool which_task(struct engine *e, const struct dag *dag, const char *task, struct reply *reply);

/*
 * The same of what a run of that definition is asked for: a task, a group, or load[3], an instance
 * of a task that the run has expanded.  *id: the name without it; *instance: 1 + its map_index, or
 * 0.
 */
bool which_instance(struct engine *e, const struct run *run, const struct dag *dag,
		    const char *task, const char **id, int *instance, struct reply *reply);

/* The run of the dag by run_id or logical date; NULL: the reply says why. */
struct run *which_run(struct engine *e, const struct dag_state *d, const struct command *c,
		      struct reply *reply);

/*
 * There is a run for that date which has ended and whose rows could not be had, because nobody
 * understands its definition any more: true, and the reply refuses.
 */
bool past_unread(struct engine *e, const struct dag_state *d, int64_t logical_us,
		 struct reply *reply);

#endif
