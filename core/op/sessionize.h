/*
 * sessionize.h - what operator sessionize is asked to do.
 */
#ifndef CORE_OP_SESSIONIZE_H
#define CORE_OP_SESSIONIZE_H

#include "core/op/analytics.h"

struct op_sessionize {
	struct op_track track;
	int64_t gap_us;  /* events that are further apart are of two sessions */
	bool carry_over; /* sessions go on after the end of the interval */
};

/* The columns that it writes behind the unit's. */
extern const struct schema schema_sessions;

#endif
