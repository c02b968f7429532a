/* volume.c - did a partition lose too many rows against the ones before it? */
#include "worker/check/volume.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

enum { POINTS_MAX = 366, PARTS = 1000000 /* shares are counted in millionths */ };

static int
compare_counts(const void *a, const void *b)
{
	const int64_t *left = a, *right = b;

	return (*left > *right) - (*left < *right);
}

static int64_t
clamp(int64_t rows)
{
	return rows < VOLUME_ROWS_MAX ? rows : VOLUME_ROWS_MAX;
}

/* The counts that make the baseline, at most as many as asked for. */
static int
gather(const struct check *check, int64_t day, const struct spec_history *history, size_t n_history,
       int wanted, int64_t *counts)
{
	int step = check->baseline == BASELINE_SAME_WEEKDAY ? 7 : 1, n = 0;

	for (int back = 1; back <= wanted; back++)
		for (size_t i = 0; i < n_history; i++)
			if (history[i].day == day - (int64_t)step * back) {
				counts[n++] = clamp(history[i].rows);
				break;
			}
	return n;
}

/* rows < baseline * (1 - share), all doubled. */
static bool
is_drop(int64_t rows, int64_t baseline_twice, double share)
{
	int64_t kept = PARTS - (int64_t)llrint(share * PARTS);

	return share >= 0 && clamp(rows) * 2 * PARTS < baseline_twice * kept;
}

struct volume
volume_judge(const struct check *check, int64_t rows, int64_t day,
	     const struct spec_history *history, size_t n_history)
{
	int wanted = check->baseline == BASELINE_PREVIOUS ? 1 : check->lookback;
	int64_t counts[POINTS_MAX];
	struct volume v = { .verdict = VOLUME_INSUFFICIENT_HISTORY };

	if (wanted < 1)
		wanted = 1;
	if (wanted > POINTS_MAX)
		wanted = POINTS_MAX;
	v.points = gather(check, day, history, n_history, wanted, counts);
	if (!v.points)
		return v;
	qsort(counts, (size_t)v.points, sizeof(*counts), compare_counts);
	v.baseline_twice = counts[v.points / 2] + counts[(v.points - 1) / 2];
	if (rows == 0 && v.baseline_twice > 0)
		v.verdict = VOLUME_EMPTY;
	else if (v.points < wanted || v.baseline_twice < 2 * check->min_baseline)
		v.verdict = VOLUME_INSUFFICIENT_HISTORY;
	else if (is_drop(rows, v.baseline_twice, check->error_drop))
		v.verdict = VOLUME_ERROR;
	else if (is_drop(rows, v.baseline_twice, check->warn_drop))
		v.verdict = VOLUME_WARN;
	else
		v.verdict = VOLUME_FINE;
	return v;
}
