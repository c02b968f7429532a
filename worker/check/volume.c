/* volume.c - checks that compare with earlier partitions. */
#include "worker/check/volume.h"

#include "core/time/grid.h"
#include "worker/check/internal.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	POINTS_MAX = 366,
	RATIO_PARTS = 10000, /* changes are shown with four digits */
};

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
gather(const struct check_volume_change *p, struct grid grid, int64_t part,
       const struct spec_history *history, size_t n_history, int wanted, int64_t *counts)
{
	bool weekly = p->baseline == BASELINE_SAME_WEEKDAY;
	int n = 0;

	for (int back = 1; back <= wanted; back++) {
		int64_t at = weekly ? grid_weeks_before(grid, part, back) : part - back;

		for (size_t i = 0; i < n_history; i++)
			if (history[i].part == at) {
				counts[n++] = clamp(history[i].rows);
				break;
			}
	}
	return n;
}

/* rows < baseline * (1 - drop), the counts doubled. */
static bool
is_drop(int64_t rows, int64_t baseline_twice, struct share drop)
{
	struct share kept = { drop.of - drop.parts, drop.of };

	return drop.of && share_compare(clamp(rows) * 2, kept, baseline_twice) < 0;
}

struct volume
volume_judge(const struct check_volume_change *p, int64_t rows, struct grid grid, int64_t part,
	     const struct spec_history *history, size_t n_history)
{
	int wanted = p->baseline == BASELINE_PREVIOUS ? 1 : p->lookback;
	int64_t counts[POINTS_MAX];
	struct volume v = { .verdict = VOLUME_INSUFFICIENT_HISTORY };

	if (wanted < 1)
		wanted = 1;
	if (wanted > POINTS_MAX)
		wanted = POINTS_MAX;
	v.points = gather(p, grid, part, history, n_history, wanted, counts);
	if (v.points) {
		qsort(counts, (size_t)v.points, sizeof(*counts), compare_counts);
		v.baseline_twice = counts[v.points / 2] + counts[(v.points - 1) / 2];
	}
	if (rows == 0)
		v.verdict = p->empty_allowed ? VOLUME_FINE : VOLUME_EMPTY;
	else if (!v.points || v.points < wanted || v.baseline_twice < 2 * p->min_baseline)
		v.verdict = VOLUME_INSUFFICIENT_HISTORY;
	else if (is_drop(rows, v.baseline_twice, p->error_drop))
		v.verdict = VOLUME_ERROR;
	else if (is_drop(rows, v.baseline_twice, p->warn_drop))
		v.verdict = VOLUME_WARN;
	else
		v.verdict = VOLUME_FINE;
	return v;
}

/* The change against a baseline in parts of RATIO_PARTS, to the nearest, half to even. */
static int64_t
change_of(int64_t rows, int64_t baseline_twice)
{
	int64_t parts = (clamp(rows) * 2 - baseline_twice) * RATIO_PARTS;
	int64_t whole = parts / baseline_twice, rest = llabs(parts % baseline_twice);
	bool up = rest * 2 > baseline_twice || (rest * 2 == baseline_twice && whole % 2 != 0);

	return whole + (up ? (parts < 0 ? -1 : 1) : 0);
}

/* What it should have been, of both drops or one. */
static void
expect(const struct check_volume_change *p, struct check_result *r)
{
	size_t used;

	if (p->warn_drop.of)
		(void)snprintf(r->expected, sizeof(r->expected), ">= %.4g (warn)",
			       0 - share_real(p->warn_drop));
	used = strlen(r->expected);
	if (p->error_drop.of)
		(void)snprintf(r->expected + used, sizeof(r->expected) - used, "%s>= %.4g (error)",
			       used ? ", " : "", 0 - share_real(p->error_drop));
}

static void
finish_volume(const struct check_watch *t, const struct check_subject *s,
	      const struct check_total *sum, struct check_result *r)
{
	struct check_volume_change asked = *(const struct check_volume_change *)t->check->params;
	const struct check_volume_change *p = &asked;
	struct volume v;
	double baseline;

	asked.empty_allowed |= s->empty_allowed;
	v = volume_judge(p, sum->rows, s->grid, s->part, s->history, s->n_history);
	baseline = (double)v.baseline_twice / 2;

	r->failed = v.verdict == VOLUME_ERROR || v.verdict == VOLUME_EMPTY;
	r->warned = v.verdict == VOLUME_WARN;
	r->skipped = v.verdict == VOLUME_INSUFFICIENT_HISTORY;
	r->reason = v.verdict == VOLUME_EMPTY ? "empty_partition"
		    : r->failed || r->warned  ? "low_volume"
		    : r->skipped              ? "insufficient_history"
					      : NULL;
	if (v.baseline_twice > 0)
		r->observed = json_real((double)change_of(sum->rows, v.baseline_twice) /
					RATIO_PARTS);
	expect(p, r);
	r->extra = json_pack("{s:{s:s, s:i, s:f}}", "baseline", "kind", baseline_name(p->baseline),
			     "n", v.points, "value", baseline);
	if (v.verdict == VOLUME_EMPTY)
		(void)snprintf(r->message, sizeof(r->message),
			       "no rows at all, against a baseline of %.17g from %d earlier "
			       "partitions; 'empty: allow' lets that pass",
			       baseline, v.points);
	else
		(void)snprintf(r->message, sizeof(r->message),
			       "%lld rows against a baseline of %.17g from %d earlier "
			       "partitions%s",
			       (long long)sum->rows, baseline, v.points,
			       r->skipped ? ": too little history to judge" : "");
}

const struct check_judge check_judge_volume_change = { .finish = finish_volume };
