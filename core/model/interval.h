/*
 * interval.h - may the interval of a logical date run now?  Asked by everything that starts a run.
 *
 * A run reads what its interval brought, so it is whole only when that has ended.
 * One that has begun may run early when a person says so: its epoch is early, what
 * it publishes preliminary, and the schedule runs it again when it is due.
 */
#ifndef CORE_MODEL_INTERVAL_H
#define CORE_MODEL_INTERVAL_H

#include "core/base/buf.h"
#include "core/model/dag.h"

enum interval_state {
	INTERVAL_ENDED,
	INTERVAL_BEGUN, /* and has not ended */
	INTERVAL_AHEAD, /* it has not begun */
};

/* How the interval of a logical date stands.  Without partitions it is that instant alone. */
enum interval_state interval_state(const struct dag *dag, int64_t logical_us, int64_t now_us);

/*
 * May it run now?  `early`: a person said that it may be one that has only begun.
 * False: a sentence that names the interval, and what to type, is appended to why
 * unless that is NULL.
 */
bool interval_may_run(const struct dag *dag, int64_t logical_us, int64_t now_us, bool early,
		      struct buf *why);

/*
 * When the schedule runs an interval (again) that was early: the first tick at or
 * after its end.  INT64_MAX: nothing will.
 */
int64_t interval_due(const struct dag *dag, int64_t logical_us);

/* Append what becomes of an early run: when it runs again, or that nothing will and what to type.
 */
void interval_say_early(const struct dag *dag, int64_t logical_us, struct buf *out);

#endif
