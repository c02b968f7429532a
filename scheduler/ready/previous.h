/*
 * previous.h - how the run before stands, for tasks that depend on the past: docs/STATE.md 5.4.
 *
 * A run that has ended well says all there is to say by its state.  Of one that has ended
 * otherwise and left memory the rows are asked for; what they said is kept as the gate of the task
 * that waits, which stands as long as that run does not move, for then it is in memory.
 */
#ifndef SCHEDULER_READY_PREVIOUS_H
#define SCHEDULER_READY_PREVIOUS_H

#include "scheduler/state/past.h"

/* May a task in state none begin, as far as the past goes?  False: it waits, and says for what. */
bool previous_lets(struct engine *e, struct run_task *t);

/*
 * The same of one that is scheduled.  A run before that is not in memory stands as it stood when
 * the task became ready: had it ended otherwise since, previous_moved() would have said so.
 */
bool previous_still_lets(struct engine *e, struct run_task *t);

/*
 * The same of one that is scheduled again, after a retry or a start that the machine had nothing
 * for: meanwhile the run before may have ended badly and left memory.  It is asked here and not at
 * its turn, where asking would cost it its place in line.
 */
void previous_ask_again(struct engine *e, struct run_task *t);

/* A run was settled: if it has ended badly, what was ready behind it may not be any more. */
void previous_moved(struct engine *e, struct run *run);

/* Keys of the runs before that have to be known before anything else is decided. */
void previous_needs(struct engine *e, struct wanted *wanted);

#endif
