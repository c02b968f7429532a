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

/*
 * The intervals of a dag: the parts of its grid that are not empty, or, of one that runs by ticks,
 * what lies between a tick of its schedule and the next.  Each is known by its start, which is the
 * logical date.
 */

/* Does it have no grid, so that each tick of its schedule ends an interval? */
bool interval_by_ticks(const struct dag *dag);

/* The end of the interval with a logical date.  Without a grid or a tick: that instant itself. */
int64_t interval_end(const struct dag *dag, int64_t logical_us);

/* The start of the interval that holds an instant; INT64_MIN: no tick came before it. */
int64_t interval_at(const struct dag *dag, int64_t us);

/* The start of the first interval that starts at or after an instant; INT64_MAX: none will. */
int64_t interval_from(const struct dag *dag, int64_t us);

/* The start of the interval after the one that starts at logical_us; INT64_MAX: none. */
int64_t interval_next(const struct dag *dag, int64_t logical_us);

/* The start of the last part of a grid that has ended at now_us. */
int64_t interval_last(const struct dag *dag, int64_t now_us);

/*
 * The start of the newest interval of the schedule that is due at now_us and starts at or after
 * from_us (and before end_date); INT64_MIN: there is none.
 */
int64_t interval_newest(const struct dag *dag, int64_t from_us, int64_t now_us);

/* What a text is to name. */
enum interval_of { INTERVAL_ONE, INTERVAL_FIRST, INTERVAL_LAST };

/*
 * The logical date that a text means to a dag: the text of a part of its grid, or an instant or a
 * date in its zone at which one starts.  Of a range also the text of a larger part, a day for hours
 * or a month for days, which means the first or the last interval in it.  False: a sentence is
 * appended to why.
 */
bool interval_read(const struct dag *dag, const char *text, enum interval_of of, int64_t *us,
		   struct buf *why);

/* Could a text mean a logical date to some dag?  *us is its first instant, in UTC. */
bool interval_is_text(const char *text, int64_t *us);

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
 * When the schedule runs an interval: at the first tick at or after its end.
 * INT64_MAX: nothing will.
 */
int64_t interval_due(const struct dag *dag, int64_t logical_us);

/* Append what becomes of an early run: when it runs again, or that nothing will and what to type.
 */
void interval_say_early(const struct dag *dag, int64_t logical_us, struct buf *out);

#endif
