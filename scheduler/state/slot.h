/* slot.h - run slots: who wants one, who has one, and why somebody waits. */
#ifndef SCHEDULER_STATE_SLOT_H
#define SCHEDULER_STATE_SLOT_H

#include "core/model/gate.h"
#include "scheduler/state/state.h"

/* What holds a task back, or why it ended without an attempt; NULL: nothing. */
void task_set_gate(struct engine *e, struct run_task *t, const struct gate *gate);

/* What holds a run back; NULL: nothing. */
void run_set_gate(struct engine *e, struct run *run, const struct gate *gate);

/* Why a group waits, or is not tried again; NULL: nothing of the kind. */
void group_set_gate(struct engine *e, struct run_group *g, const struct gate *gate);

/* What holds it back now, as it is stored; NONE: nothing. */
enum gate_kind run_gate(const struct run *run);

/* The same of a task. */
enum gate_kind task_gate(const struct run_task *t);

/* It has no run slot, for all that is left of it waits for what other runs do: say for what. */
void run_say_others(struct engine *e, struct run *run);

/* An empty group of runs of `dag` (NULL: told later) that share `cap` run slots. */
void group_init(struct group *g, struct dag_state *dag, int cap);

/* The run wants a run slot; nothing happens when it has one or wants one already. */
void run_want(struct engine *e, struct run *run);

/*
 * Has the run of a task a run slot?  Otherwise it wants one, and the task waits for that: without
 * one nothing of a run begins, and nothing of it ends by itself, which may have a group wait for
 * its retry.
 */
bool run_slot_for(struct engine *e, struct run_task *t);

/* Give its run slot back, if it has one. */
void run_release(struct engine *e, struct run *run);

/* ---- what time alone will do to a run: its timeout, its retry ---- */

/* The order of deadlines, of runs. */
bool deadline_before(const struct heap_item *a, const struct heap_item *b);

/* Something of it happens then, 0: nothing any more.  Whoever has no part in it does not look. */
void run_set_due(struct engine *e, struct run *run, int64_t due_us);

/* Put it among the deadlines, if there is something to come that concerns this engine. */
void run_watch_due(struct engine *e, struct run *run);

/* Say which retry of how many it waits for. */
void run_say_retry(struct engine *e, struct run *run);

/* The delay before its retry of now. */
int64_t run_retry_delay(const struct run *run);

#endif
