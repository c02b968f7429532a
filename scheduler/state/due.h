/* due.h - what time alone will do to a run: its timeout, its retry. */
#ifndef SCHEDULER_STATE_DUE_H
#define SCHEDULER_STATE_DUE_H

#include "scheduler/state/state.h"

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
