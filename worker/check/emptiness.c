/* emptiness.c - what it means that nothing is left to publish. */
#include "worker/check/emptiness.h"

#include "core/check/volume.h"
#include "core/time/grid.h"
#include "worker/check/volume.h"

#include <stdio.h>

int64_t
emptiness_usual_twice(const struct check_subject *subject, int *points)
{
	static const struct check_volume_change weekdays = {
		.baseline = BASELINE_SAME_WEEKDAY,
		.empty_allowed = true,
		.lookback = EMPTINESS_WEEKS,
	};
	struct volume v = volume_judge(&weekdays, 0, subject->grid, subject->part, subject->history,
				       subject->n_history);

	*points = v.points;
	if (v.points < EMPTINESS_POINTS_MIN || v.baseline_twice < INT64_C(2) * EMPTINESS_ROWS_MIN)
		return 0;
	return v.baseline_twice;
}

enum emptiness
emptiness_judge(const struct emptiness_facts *facts, const struct check_subject *subject)
{
	int points;

	if (facts->written > 0)
		return EMPTINESS_NONE;
	if (facts->read > 0 && facts->refused > 0)
		return EMPTINESS_ALL_BAD;
	if (!emptiness_usual_twice(subject, &points))
		return EMPTINESS_NONE;
	return facts->carries_rows ? EMPTINESS_WRONG : EMPTINESS_ODD;
}

json_t *
emptiness_result(enum emptiness what, const struct check_subject *subject)
{
	bool blocks = what == EMPTINESS_WRONG;
	char partition[GRID_KEY_CHARS + 1], message[200];
	int points;
	double usual = (double)emptiness_usual_twice(subject, &points) / 2;
	json_t *out;

	grid_key(subject->grid, subject->part, partition);
	(void)snprintf(message, sizeof(message),
		       "no rows, where the last %d same weekdays had %.17g; 'empty: allow' of the "
		       "task publishes that",
		       points, usual);
	out = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:b, s:i, s:s}", "check", "emptiness",
			"name", "emptiness", "dataset", subject->dataset, "partition", partition,
			"status", blocks ? "fail" : "warn", "reason", "empty_partition", "severity",
			blocks ? "error" : "warn", "blocking", (int)blocks, "observed", 0,
			"expected", ">= 1");
	if (subject->grid.unit != GRID_DAY)
		json_object_update_new(out, json_pack("{s:s, s:I}", "unit",
						      grid_unit_name(subject->grid.unit), "part",
						      (json_int_t)subject->part));
	json_object_update_new(out, json_pack("{s:i, s:i, s:i, s:n, s:i, s:{s:s, s:i, s:f}, s:[], "
					      "s:s}",
					      "rows_total", 0, "evaluated_rows", 0, "missing_count",
					      0, "failed_count", "quarantined_rows", 0, "baseline",
					      "kind", "same_weekday", "n", points, "value", usual,
					      "sample", "message", message));
	return out;
}
