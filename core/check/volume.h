/*
 * volume.h - parameters of the checks that compare with earlier partitions.
 */
#ifndef CORE_CHECK_VOLUME_H
#define CORE_CHECK_VOLUME_H

#include "core/base/exact.h"

enum baseline { BASELINE_SAME_WEEKDAY, BASELINE_PREVIOUS };

/* volume_change: how many rows fewer than before are too few. */
struct check_volume_change {
	enum baseline baseline;
	struct share warn_drop, error_drop;
	int64_t min_baseline; /* smaller baselines are insufficient_history */
	bool empty_allowed;   /* no rows at all pass */
	int lookback;         /* how many partitions make the baseline; 1 for previous */
};

/* The name of a baseline: "same_weekday". */
const char *baseline_name(enum baseline baseline);

#endif
