/* dispatch.h - filling the pool, and who gets a run slot. */
#ifndef SCHEDULER_ENGINE_DISPATCH_H
#define SCHEDULER_ENGINE_DISPATCH_H

#include "scheduler/state/state.h"

/* Fill the pool.  True: a task was found not to be ready after all, so settle again. */
bool dispatch(struct engine *e);

/* Give run slots to the first in the queue of a group while there are any. */
void group_admit(struct engine *e, struct group *g);

#endif
