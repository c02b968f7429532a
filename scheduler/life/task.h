/* task.h - every move of a task. */
#ifndef SCHEDULER_LIFE_TASK_H
#define SCHEDULER_LIFE_TASK_H

#include "core/model/gate.h"
#include "scheduler/state/state.h"

/* Keep a copy of what it left, until it is not `success` any more; NULL: nothing. */
void task_keep_outputs(struct run_task *t, const char *outputs);

/* Keep a copy of what a try left for the next one; NULL, or an empty object: nothing. */
void task_keep_state(struct run_task *t, const char *kept);
/* Keep a copy of what a person said, until the task is none again; NULL: nothing. */
void task_keep_answer(struct run_task *t, const char *answered);

/*
 * Move a task: it leaves heaps and watches, is counted, logged and marked, and
 * whoever depends on it is put on the work list.  An illegal move aborts.
 * `detail` says why, for a person.
 */
void task_apply(struct engine *e, struct run_task *t, enum task_event event, const char *detail);

/* The same for one that ends without an attempt: the gate is kept, its sentence is the detail. */
void task_end_at(struct engine *e, struct run_task *t, enum task_event event,
		 const struct gate *gate);

/* Its attempt was cancelled and has ended; the gate that said why, if one did, is kept. */
void task_end_cancelled(struct engine *e, struct run_task *t);

/* ---- waiting for the world ---- */

/* A look of a wait that goes on said something else than the one before: write it down. */
void task_answered(struct engine *e, struct run_task *t);

/* Forget what its looks have said. */
void task_drop_wait(struct run_task *t);

/* ---- a group with retries ---- */

/* It has ended: who is outside may see what became of its tasks. */
void group_release(struct engine *e, struct run_group *g);

/* All its tasks have ended; it waits until due_us, and its run holds its slot. */
void group_wait(struct engine *e, struct run_group *g, int64_t due_us);

/* It does not wait any more: what comes of it is the caller's. */
void group_wake(struct engine *e, struct run_group *g);

/* All its tasks go back to none, each with all tries of its own.  `detail` says why. */
void group_reopen(struct engine *e, struct run_group *g, const char *detail);

/* None of a run's groups is tried again whatever comes of it; those that wait go on at once. */
void groups_refuse(struct engine *e, struct run *run, const struct gate *gate);

#endif
