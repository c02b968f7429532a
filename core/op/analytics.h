/*
 * analytics.h - the keys that operators share which follow units through time: unit, time, where.
 *
 * A unit is who is followed: a user, a tenant.  What such an operator writes begins with the
 * unit's column, named and typed as in its input.
 */
#ifndef CORE_OP_ANALYTICS_H
#define CORE_OP_ANALYTICS_H

#include "core/op/columns.h"
#include "core/op/draft.h"
#include "core/op/definition.h"

/* Which columns of the input say who and when. */
struct op_track {
	const char *unit, *time;
	enum col_type unit_type; /* COL_ANY: nobody has said yet */
};

/* clang-format off */
/* Rows of a table whose struct has a struct op_track at an offset. */
#define TRACK_KEYS(offset)                                                                         \
	{ "unit", WANT_TEXT, .at = (offset) + offsetof(struct op_track, unit) },                   \
	{ "time", WANT_TEXT, .at = (offset) + offsetof(struct op_track, time) },                   \
	{ "where", WANT_CUSTOM, .read = draft_read_where }
/* clang-format on */

/* What the keys are where they are not said. */
void track_begin(struct op_track *track);

/*
 * Reports a unit that has the name of a column which its operator makes itself: those of `made`.
 * `task` is the key of the task.
 */
void track_end(struct yreader *r, const struct ynode *task, const struct op_track *track,
	       const struct schema *made);

/* As op_input_fits(), of the input with the events. */
bool track_fits(const struct op_track *track, const struct schema *schema, char *why, size_t room);

/* For op_def.refused_by: the key and the column that track_fits() says something of. */
const char *track_refused_by(const struct op_track *track, const struct schema *schema,
			     const char **column);

/*
 * Put the column of the unit before those of `made`, for op_def.writes: its type is that of the
 * input's columns or, where another file declares those (`in` NULL), that which the output says.
 * False: nobody says it, or it is none that a unit may have.
 */
bool track_writes(struct yreader *r, struct op_track *track, const struct schema *made,
		  const struct schema *in, const struct schema *said, struct schema *out);

/* Unit and time, for op_def.define. */
void track_define(struct definition *d, const struct op_track *track);

#endif
