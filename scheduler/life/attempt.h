/* attempt.h - live attempts: birth, every move, the wish to end one. */
#ifndef SCHEDULER_LIFE_ATTEMPT_H
#define SCHEDULER_LIFE_ATTEMPT_H

#include "scheduler/state/state.h"

/* Count a filled live attempt; takes it. */
void attempt_add(struct engine *e, struct attempt *a);

/* Free one that is in no index any more. */
void attempt_free(struct attempt *a);

/* Move an attempt: slots are counted, the move is marked and logged.  An illegal move aborts. */
void attempt_apply(struct engine *e, struct attempt *a, enum attempt_event event,
		   const char *detail);

/* A person wants it ended; asking twice is asking once. */
void attempt_cancel(struct engine *e, struct attempt *a);

#endif
