/* admit.h - which runs of a group get a run slot. */
#ifndef SCHEDULER_ENGINE_ADMIT_H
#define SCHEDULER_ENGINE_ADMIT_H

#include "scheduler/state/state.h"

/* Give run slots to the first in its queue while there are any. */
void group_admit(struct engine *e, struct group *g);

#endif
