/*
 * sweeper.h - proving that nothing of an attempt is alive when its shim can no longer say so.
 */
#ifndef SCHEDULER_EXECUTOR_SWEEPER_H
#define SCHEDULER_EXECUTOR_SWEEPER_H

#include "core/base/log.h"
#include "scheduler/loop/job.h"
#include "scheduler/loop/later.h"

struct sweep_work;

struct sweeper {
	struct jobs *jobs;     /* borrowed */
	struct later *later;   /* borrowed */
	const struct log *log; /* borrowed */
	struct sweep_work *first;
};

/*
 * Look for processes that carry the token, and in the cgroups that are noted in the runtime
 * directory for those that nobody keeps, on a thread, and end them, again and again until a look
 * finds none; then EVENT_GONE is stepped.  One that is under way already is not begun twice.
 * Strings are copied.
 */
void sweeper_start(struct sweeper *s, int64_t attempt, const char *token, const char *runtime_path);

#endif
