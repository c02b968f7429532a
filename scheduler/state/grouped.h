/* grouped.h - groups that are tried again as one: what is kept of them, and what they hold. */
#ifndef SCHEDULER_STATE_GROUPED_H
#define SCHEDULER_STATE_GROUPED_H

#include "core/model/dag.h"
#include "scheduler/rows/queue.h"
#include "scheduler/state/expansion.h"

struct run;
struct run_task;

/* A group with retries, in a run: nobody outside sees an end of its tasks before it has ended. */
struct run_group {
	struct heap_item item; /* it waits for its retry: in engine.regroups */
	struct run *run;
	uint32_t index;      /* in run->groups, and in dag->retried */
	uint32_t unfinished; /* tasks of it that have not ended */
	int retries;
	int64_t due_us, first_us; /* as in its row */
	bool refused;
	bool open;    /* it has not ended: a task of it has not, or another try comes */
	bool queued;  /* in engine.groups_ended */
	bool changed; /* row to write */
	char *waits;  /* as of a run */
};

/* The group with retries that it is in, or NULL. */
struct run_group *group_of(const struct run_task *t);

/* What that group is by its definition. */
const struct task_group *group_def(const struct run_group *g);

/* Its group has not ended: whatever state it is in, for those outside it has not ended either. */
bool task_is_held(const struct run_task *t);

/* Has it ended, for somebody in its run? */
bool task_has_ended_for(const struct run_task *t, const struct run_task *who);

/* Count from scratch how the upstreams of a task stand, as it sees them. */
void upstreams_count(const struct run *run, uint32_t task, struct upstreams *out);

/* The order of retries of groups, of run_group. */
bool regroup_before(const struct heap_item *a, const struct heap_item *b);

#endif
