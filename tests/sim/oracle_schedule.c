/*
 * oracle_schedule.c - when a schedule fires and which runs it owes, said again from docs/STATE.md
 * and docs/DAG-FILE.md.
 *
 * Days and minutes are walked through one by one; what a time on the wall means is what the
 * almanac found.
 */
#include "tests/sim/sim.h"

enum { DAYS_MAX = 1200 };

/* ---- one cron ---- */

static bool
has_weekday(const struct cron *cron, int64_t day)
{
	struct civil c = civil_date(day);
	int weekday = (civil_weekday(day) + 1) % 7, nth = (c.day - 1) / 7 + 1;
	bool last = civil_date(day + 7).month != c.month;

	return cron->weekdays >> weekday & 1 || cron->nth[weekday] >> nth & 1 ||
	       (last && cron->nth[weekday] >> CRON_NTH_LAST & 1);
}

static bool
has_day(const struct cron *cron, int64_t day)
{
	struct civil c = civil_date(day);
	bool last = civil_date(day + 1).month != c.month;
	bool by_day = cron->days >> c.day & 1 || (cron->last_day && last);
	bool by_weekday = has_weekday(cron, day);

	if (!(cron->months >> c.month & 1))
		return false;
	if (cron->any_day || cron->any_weekday)
		return by_day && by_weekday;
	return by_day || by_weekday;
}

/* The instants that a time on the wall comes to: at most two. */
static size_t
fires(const struct almanac *a, const struct schedule *s, const struct cron *cron, int64_t local_us,
      int64_t out[2])
{
	struct meaning m = almanac_meaning(a, s->zone, local_us);
	enum gap_rule gap = s->gap;
	enum overlap_rule overlap = s->overlap;

	if (gap == GAP_AUTO)
		gap = cron->rhythm ? GAP_SKIP : GAP_NEXT;
	if (overlap == OVERLAP_AUTO)
		overlap = cron->rhythm ? OVERLAP_BOTH : OVERLAP_FIRST;
	if (m.n == 0 && gap == GAP_SKIP)
		return 0;
	out[0] = m.n == 0 ? (gap == GAP_NEXT ? m.after_us : m.shifted_us) : m.at[0];
	if (m.n < 2)
		return 1;
	out[1] = m.at[1];
	if (overlap == OVERLAP_SECOND)
		out[0] = m.at[1];
	return overlap == OVERLAP_BOTH ? 2 : 1;
}

static bool
has_range(const struct days *set, int64_t day)
{
	bool found = false;

	for (size_t i = 0; i < set->n; i++)
		found |= set->ranges[i].first <= day && day <= set->ranges[i].last;
	return found;
}

/* Take a fire that is nearer to `us`, on the side that is asked for, unless a calendar bars it. */
static void
nearer(const struct almanac *a, const struct schedule *s, int64_t at_us, int64_t us, bool later,
       int64_t *best)
{
	const struct grid days = { .unit = GRID_DAY, .zone = s->zone };
	int64_t day;

	if (later ? at_us < us || at_us >= *best : at_us > us || at_us <= *best)
		return;
	day = almanac_part(a, days, at_us);
	if (!has_range(&s->except, day) && (!s->has_only || has_range(&s->only, day)))
		*best = at_us;
}

/* The fires of a day in UTC that no cron makes. */
static void
rhythm_of_day(const struct almanac *a, const struct schedule *s, int64_t day, int64_t us,
	      bool later, int64_t *best)
{
	int64_t at_us = s->anchor_us;

	for (size_t i = 0; i < s->n_at; i++)
		nearer(a, s, s->at[i], us, later, best);
	if (!s->every_us)
		return;
	at_us += (day * DAY_US - at_us) / s->every_us * s->every_us - s->every_us;
	for (; at_us < (day + 1) * DAY_US; at_us += s->every_us)
		if (at_us >= day * DAY_US)
			nearer(a, s, at_us, us, later, best);
}

/* The fire of one day of the wall that is nearest to `us`, on the side that is asked for. */
static void
fire_of_day(const struct almanac *a, const struct schedule *s, int64_t day, int64_t us, bool later,
	    int64_t *best)
{
	rhythm_of_day(a, s, day, us, later, best);
	for (size_t i = 0; i < s->n; i++) {
		const struct cron *cron = &s->crons[i];

		if (!has_day(cron, day))
			continue;
		for (int minute = 0; minute < 24 * 60; minute++) {
			int64_t at[2];
			size_t n = 0;

			if (!(cron->hours >> (minute / 60) & 1))
				minute += 59;
			else if (cron->minutes >> (minute % 60) & 1)
				n = fires(a, s, cron, day * DAY_US + minute * MINUTE_US, at);
			for (size_t k = 0; k < n; k++)
				nearer(a, s, at[k], us, later, best);
		}
	}
}

/* Clocks are at most 14 hours off, and a gap is at most a day long. */
int64_t
oracle_next(const struct almanac *a, const struct schedule *s, int64_t us)
{
	int64_t first = civil_day_of(us) - 2, best = INT64_MAX;

	for (int64_t day = first; day < first + DAYS_MAX; day++) {
		if (best != INT64_MAX && day * DAY_US - 15 * HOUR_US > best)
			break;
		fire_of_day(a, s, day, us, true, &best);
	}
	return best;
}

int64_t
oracle_last(const struct almanac *a, const struct schedule *s, int64_t us)
{
	int64_t first = civil_day_of(us) + 2, best = INT64_MIN;

	for (int64_t day = first; day > first - DAYS_MAX; day--) {
		if (best != INT64_MIN && (day + 3) * DAY_US < best)
			break;
		fire_of_day(a, s, day, us, false, &best);
	}
	return best;
}

/* ---- intervals ---- */

static bool
by_ticks(const struct dag *dag)
{
	return dag->has_fires && !dag->partitioned;
}

int64_t
oracle_end(const struct almanac *a, const struct dag *dag, int64_t logical_us)
{
	if (dag->partitioned)
		return almanac_end(a, dag->grid, almanac_part(a, dag->grid, logical_us));
	if (by_ticks(dag) && oracle_next(a, &dag->schedule, logical_us) == logical_us) {
		int64_t end_us = oracle_next(a, &dag->schedule, logical_us + 1);

		return end_us == INT64_MAX ? logical_us : end_us;
	}
	return logical_us;
}

int64_t
oracle_interval(const struct almanac *a, const struct dag *dag, int64_t us)
{
	if (by_ticks(dag))
		return oracle_last(a, &dag->schedule, us);
	return almanac_start(a, dag->grid, almanac_part(a, dag->grid, us));
}

int64_t
oracle_previous(const struct almanac *a, const struct dag *dag, int64_t us)
{
	int64_t own_us = oracle_interval(a, dag, us);

	return own_us == INT64_MIN ? own_us : oracle_interval(a, dag, own_us - 1);
}

/* The start of the next interval after one. */
static int64_t
following(const struct almanac *a, const struct dag *dag, int64_t logical_us)
{
	if (by_ticks(dag))
		return oracle_next(a, &dag->schedule, logical_us + 1);
	return almanac_end(a, dag->grid, almanac_part(a, dag->grid, logical_us));
}

int64_t
oracle_due(const struct almanac *a, const struct dag *dag, int64_t logical_us)
{
	int64_t us = INT64_MAX;

	if (by_ticks(dag))
		us = following(a, dag, logical_us);
	else if (dag->has_fires)
		us = oracle_next(a, &dag->schedule, oracle_end(a, dag, logical_us));
	return us == INT64_MAX ? us : us + dag->schedule.delay_us;
}

/* ---- what a look at the schedule gives ---- */

int64_t
oracle_cursor(const struct almanac *a, const struct dag *dag, const struct dag_row *row)
{
	int64_t us = row->cursor_us, start_us;

	if (us == INT64_MIN || us < dag->start_us)
		us = dag->start_us;
	if (us == INT64_MIN)
		return us;
	start_us = oracle_interval(a, dag, us);
	return start_us == us          ? us
	       : start_us == INT64_MIN ? oracle_next(a, &dag->schedule, us)
				       : following(a, dag, start_us);
}

/* Of the intervals from `first` on the last that is due and of the schedule; INT64_MIN: none. */
static int64_t
newest(const struct almanac *a, const struct dag *dag, int64_t first_us, int64_t now_us)
{
	int64_t at_us = oracle_interval(a, dag, now_us);

	while (at_us != INT64_MIN && at_us >= first_us &&
	       (at_us >= dag->end_us || oracle_due(a, dag, at_us) > now_us))
		at_us = oracle_interval(a, dag, at_us - 1);
	return at_us != INT64_MIN && at_us >= first_us ? at_us : INT64_MIN;
}

/* Catchup all has a window: did the interval end longer ago than that? */
static bool
is_dropped(const struct almanac *a, const struct dag *dag, int64_t logical_us, int64_t now_us)
{
	return dag->catchup_window_us &&
	       oracle_end(a, dag, logical_us) + dag->catchup_window_us < now_us;
}

void
oracle_plan(const struct almanac *a, const struct dag *dag, const struct dag_row *row,
	    int64_t now_us, struct plan *out)
{
	int64_t at_us, last_us;

	out->n = out->dropped = 0;
	out->cursor_us = row->cursor_us;
	if (!dag->has_fires || row->paused || dag->start_us == INT64_MIN)
		return;
	at_us = oracle_cursor(a, dag, row);
	last_us = newest(a, dag, at_us, now_us);
	if (last_us == INT64_MIN)
		return;
	out->cursor_us = following(a, dag, last_us);
	if (dag->catchup == CATCHUP_LATEST ||
	    (dag->catchup == CATCHUP_NONE &&
	     oracle_due(a, dag, last_us) >= row->live_since_us - 15 * MINUTE_US))
		out->at_us[out->n++] = last_us;
	if (dag->catchup != CATCHUP_ALL)
		return;
	for (; at_us <= last_us && out->n < countof(out->at_us); at_us = following(a, dag, at_us))
		if (is_dropped(a, dag, at_us, now_us))
			out->dropped++;
		else
			out->at_us[out->n++] = at_us;
}

/* ---- what a reader has to expect ---- */

bool
oracle_may_come(const struct almanac *a, const struct dag *dag, const struct dag_row *row,
		int64_t logical_us, int64_t now_us)
{
	/* By hand, while the interval lasts; a schedule looks at what its cursor has not passed. */
	if (!dag->has_fires)
		return oracle_end(a, dag, logical_us) > now_us;
	if (logical_us < oracle_cursor(a, dag, row) || logical_us >= dag->end_us)
		return false;
	if (dag->catchup == CATCHUP_ALL)
		return !is_dropped(a, dag, logical_us, now_us);
	return oracle_due(a, dag, following(a, dag, logical_us)) > now_us;
}
