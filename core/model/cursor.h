/*
 * cursor.h - where the schedule of a dag stands: what it makes now, and what an edit does to it.
 *
 * Each interval is looked at once, the oldest first, when it is due; `catchup` says whether it gets
 * a run then.  An edit never looks back: what the cursor has passed is made by a person or not at
 * all, and the sentence about an edit says which intervals these are.  The engine moves the cursor
 * by these functions, and `validate` tells by them what it will do.
 */
#ifndef CORE_MODEL_CURSOR_H
#define CORE_MODEL_CURSOR_H

#include "core/base/buf.h"
#include "core/model/dag.h"

struct cursor {
	int64_t at_us; /* intervals that start before it were looked at; INT64_MIN: none was */
	int64_t live_since_us; /* when the dag was first seen, or unpaused last */
	bool paused;
};

/* What the schedule does now; logical dates. */
struct cursor_due {
	int64_t first_us, last_us; /* these get runs; last < first: none does */
	int64_t next_us;           /* where the cursor stands then */
};

/* Look at what is due at now_us.  False: nothing is, and the cursor stays. */
bool cursor_due(const struct cursor *c, const struct dag *dag, int64_t now_us,
		struct cursor_due *out);

/*
 * The definition `before` (NULL: there was none, or nobody understands it) gives way to `dag`,
 * which time makes runs of.  True: it ran by ticks and has a grid now, or the other way round, so
 * that the schedule begins anew at now_us.
 */
bool cursor_edit(struct cursor *c, const struct dag *before, const struct dag *dag, int64_t now_us);

/*
 * The same definition, by newer rules of its zone (tzdata): what comes next is the interval that it
 * was, whenever that starts now.
 */
void cursor_follow(struct cursor *c, const struct dag *before, const struct dag *dag);

/*
 * Where a cursor that was written down stands, by the rules of the zone that there are now: at the
 * interval that was next.  Which rules it was written by is not known: the interval that starts
 * nearest to it, and at most three hours away, is taken for that one.
 */
int64_t cursor_stands(const struct dag *dag, int64_t at_us);

enum { EDIT_BYTES_MAX = 4096 }; /* of a sentence about an edit */

/*
 * Append what the edit does: what it changes, which intervals will be made and which will not, what
 * to type for these, and when the next is due.  `c` is the cursor before it.  False, and nothing is
 * appended: it leaves the schedule as it is.
 */
bool cursor_say_edit(const struct cursor *c, const struct dag *before, const struct dag *dag,
		     int64_t now_us, struct buf *out);

#endif
