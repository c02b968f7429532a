/* dispatch.h - filling the pool. */
#ifndef SCHEDULER_ENGINE_DISPATCH_H
#define SCHEDULER_ENGINE_DISPATCH_H

#include "scheduler/state/state.h"

/* Fill the pool.  True: a task was found not to be ready after all, so settle again. */
bool dispatch(struct engine *e);

#endif
