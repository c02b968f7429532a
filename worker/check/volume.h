/*
 * volume.h - did a partition lose too many rows against the ones before it?  Pure.
 *
 * docs/CHECKS.md 3: against the median of the same weekdays, because a
 * band of three sigma over 30 days does not even see an empty day.  The day
 * that is judged is never in its own baseline.  All in integers, so that -20.0 %
 * is within 20 % on every machine.
 */
#ifndef WORKER_CHECK_VOLUME_H
#define WORKER_CHECK_VOLUME_H

#include "core/check/volume.h"
#include "core/wire/spec.h"

enum volume_verdict {
	VOLUME_FINE,
	VOLUME_WARN,  /* it lost more than warn_drop */
	VOLUME_ERROR, /* it lost more than error_drop */
	VOLUME_EMPTY, /* no rows at all */
	VOLUME_INSUFFICIENT_HISTORY,
};

struct volume {
	enum volume_verdict verdict;
	int points;             /* partitions in the baseline */
	int64_t baseline_twice; /* the median, doubled: it may lie between two counts */
};

/* More rows than this are not compared exactly. */
#define VOLUME_ROWS_MAX INT64_C(1000000000000)

/*
 * Judge `rows` rows in a part.  same_weekday looks at the p->lookback parts at the same place of
 * the weeks before (the same hour of the same weekday; of coarser parts at those before) and wants
 * all of them; previous at the part before.
 * With fewer, or with a median below p->min_baseline, history is
 * insufficient.  No rows at all are empty, whatever was before, or with p->empty_allowed fine.
 */
struct volume volume_judge(const struct check_volume_change *p, int64_t rows, struct grid grid,
			   int64_t part, const struct spec_history *history, size_t n_history);

#endif
