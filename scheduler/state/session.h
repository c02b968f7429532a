/* session.h - runs that the commands of a session made, cleared or adopted. */
#ifndef SCHEDULER_STATE_SESSION_H
#define SCHEDULER_STATE_SESSION_H

#include "scheduler/state/state.h"

/* In a session: a command of this session made or cleared it. */
void run_in_session(struct engine *e, struct run *run);

/* In a session that runs something: see this run of somebody who is gone to its end, as if it
   had been made here. */
void run_adopt(struct engine *e, struct run *run);

#endif
