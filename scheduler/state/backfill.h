/* backfill.h - backfills by key. */
#ifndef SCHEDULER_STATE_BACKFILL_H
#define SCHEDULER_STATE_BACKFILL_H

#include "scheduler/state/state.h"

/* The backfill with this key; a new one is empty. */
struct backfill *backfill_make(struct engine *e, int64_t key);

#endif
