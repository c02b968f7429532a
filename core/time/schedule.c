/* schedule.c - when a schedule fires, and what that makes due. */
#include "core/time/schedule.h"

#include <string.h>

#define HORIZON_US (INT64_C(366) * CRON_YEARS_MAX * DAY_US)

/* One cron of a schedule with what holds for it in gaps and overlaps. */
struct rules {
	const struct cron *cron;
	const struct zone *zone;
	enum gap_rule gap;
	enum overlap_rule overlap;
};

static struct rules
rules_of(const struct schedule *s, const struct cron *cron)
{
	struct rules r = { .cron = cron, .zone = s->zone, .gap = s->gap, .overlap = s->overlap };

	if (r.gap == GAP_AUTO)
		r.gap = cron->rhythm ? GAP_SKIP : GAP_NEXT;
	if (r.overlap == OVERLAP_AUTO)
		r.overlap = cron->rhythm ? OVERLAP_BOTH : OVERLAP_FIRST;
	return r;
}

static int64_t
least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* Does an instant that shows a time of the cron count, or is it the other of two? */
static bool
counts(const struct rules *r, int64_t local, int64_t us)
{
	int64_t first, second;

	if (!r->zone || r->overlap == OVERLAP_BOTH)
		return true;
	if (zone_instants(r->zone, local, &first, &second) != ZONE_TWO)
		return true;
	return us == (r->overlap == OVERLAP_FIRST ? first : second);
}

/* The first tick from `us` on that the clock shows inside a stretch, and before `limit`. */
static int64_t
shown_in(const struct rules *r, const struct zone_stretch *t, int64_t us, int64_t limit)
{
	int64_t end = least(t->end, limit) + t->offset, local = us + t->offset;

	for (;;) {
		local = cron_next(r->cron, local, end);
		if (local == INT64_MAX)
			return INT64_MAX;
		if (counts(r, local, local - t->offset))
			return local - t->offset;
		local += MINUTE_US;
	}
}

/* The first tick from `us` on that a change of clocks at the stretch's start brings. */
static int64_t
passed_over(const struct rules *r, const struct zone_stretch *t, int64_t us)
{
	int64_t from, to, local;

	if (t->start == INT64_MIN || t->offset <= t->before || r->gap == GAP_SKIP)
		return INT64_MAX;
	from = t->start + t->before;
	to = t->start + t->offset;
	if (r->gap == GAP_NEXT)
		return us <= t->start && cron_next(r->cron, from, to) != INT64_MAX ? t->start
										   : INT64_MAX;
	if (us + t->before > from)
		from = us + t->before;
	local = cron_next(r->cron, from, to);
	return local == INT64_MAX ? INT64_MAX : local - t->before;
}

/* The first fire of a cron from `us` on and before `limit`. */
static int64_t
fire_of(const struct rules *r, int64_t us, int64_t limit)
{
	while (us < limit) {
		struct zone_stretch t = zone_stretch(r->zone, us);
		int64_t found = least(passed_over(r, &t, us), shown_in(r, &t, us, limit));

		if (found < limit)
			return found;
		us = t.end;
	}
	return INT64_MAX;
}

bool
schedule_fires(const struct schedule *s)
{
	return s->n || s->every_us || s->n_at;
}

/* The first fire of `every` from `us` on. */
static int64_t
fire_of_every(const struct schedule *s, int64_t us)
{
	int64_t past = (us - s->anchor_us) % s->every_us;

	return us + (past > 0 ? s->every_us - past : -past);
}

/* The first of the instants from `us` on; INT64_MAX: none is left. */
static int64_t
fire_of_list(const struct schedule *s, int64_t us)
{
	size_t low = 0, high = s->n_at;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (s->at[middle] < us)
			low = middle + 1;
		else
			high = middle;
	}
	return low < s->n_at ? s->at[low] : INT64_MAX;
}

/* The first fire from `us` on and before `limit`, whatever the calendars say. */
static int64_t
fire_of_any(const struct schedule *s, int64_t us, int64_t limit)
{
	int64_t found = limit;

	for (size_t i = 0; i < s->n; i++) {
		struct rules r = rules_of(s, &s->crons[i]);

		found = least(found, fire_of(&r, us, found));
	}
	if (s->every_us)
		found = least(found, fire_of_every(s, us));
	found = least(found, fire_of_list(s, us));
	return found < limit ? found : INT64_MAX;
}

/* The first day from `day` on that the calendars let fire; INT64_MAX: none. */
static int64_t
open_day(const struct schedule *s, int64_t day)
{
	for (;;) {
		int64_t open = days_out(&s->except, day);

		if (s->has_only)
			open = days_in(&s->only, open);
		if (open == day || open == INT64_MAX)
			return open;
		day = open;
	}
}

int64_t
schedule_next(const struct schedule *s, int64_t us)
{
	const struct grid days = { .unit = GRID_DAY, .zone = s->zone };
	int64_t limit = us + HORIZON_US;

	while (us < limit) {
		int64_t found = fire_of_any(s, us, limit), day, open;

		if (found == INT64_MAX || (!s->except.n && !s->has_only))
			return found;
		day = grid_part(days, found);
		open = open_day(s, day);
		if (open == day)
			return found;
		if (open == INT64_MAX)
			break;
		us = grid_start(days, open);
	}
	return INT64_MAX;
}

int64_t
schedule_after(const struct schedule *s, int64_t us)
{
	return schedule_next(s, us + 1);
}

int64_t
schedule_last(const struct schedule *s, int64_t us)
{
	int64_t low = us + 1 - HORIZON_US, high = us; /* schedule_next() has `us` in its sight */

	if (schedule_next(s, low) > us)
		return INT64_MIN;
	while (low < high) {
		int64_t middle = low + (high - low + 1) / 2;

		if (schedule_next(s, middle) <= us)
			low = middle;
		else
			high = middle - 1;
	}
	return low;
}

int64_t
partition_due(const struct schedule *s, struct grid grid, int64_t part)
{
	int64_t us = schedule_next(s, grid_end(grid, part));

	return us == INT64_MAX ? us : us + s->delay_us;
}

int64_t
newest_due(const struct schedule *s, struct grid grid, int64_t from, int64_t now_us)
{
	int64_t low = from - 1, high = grid_part(grid, now_us) - 1;

	while (low < high) {
		int64_t mid = low + (high - low + 1) / 2;

		if (partition_due(s, grid, mid) <= now_us)
			low = mid;
		else
			high = mid - 1;
	}
	return low;
}

/* ---- what a schedule implies ---- */

enum { ALL_WEEKDAYS = 0x7f, ALL_MONTHS = 0x1ffe, ALL_HOURS = 0xffffff };

static bool
every_date(const struct cron *c)
{
	return c->any_day && c->days == UINT32_MAX - 1;
}

static bool
every_weekday(const struct cron *c)
{
	return c->any_weekday && c->weekdays == ALL_WEEKDAYS;
}

/* How many of the weekdays of a month are named by # and L. */
static int
named_weekdays(const struct cron *c)
{
	int n = 0;

	for (size_t i = 0; i < countof(c->nth); i++)
		n += __builtin_popcount(c->nth[i]);
	return n;
}

/* It ticks on one day of each month. */
static bool
one_day(const struct cron *c)
{
	int dates = __builtin_popcount(c->days) + c->last_day;

	if (every_weekday(c))
		return dates == 1;
	return every_date(c) && !c->weekdays && named_weekdays(c) == 1;
}

static bool
one_weekday(const struct cron *c)
{
	return every_date(c) && __builtin_popcount(c->weekdays) == 1 && !named_weekdays(c);
}

static bool
same_days(const struct cron *a, const struct cron *b)
{
	return a->days == b->days && a->last_day == b->last_day && a->weekdays == b->weekdays &&
	       memcmp(a->nth, b->nth, sizeof(a->nth)) == 0;
}

/* Every cron has what `has` asks for, on the days of the first. */
static bool
all_alike(const struct schedule *s, bool has(const struct cron *))
{
	for (size_t i = 0; i < s->n; i++)
		if (!has(&s->crons[i]) || !same_days(&s->crons[0], &s->crons[i]))
			return false;
	return s->n > 0;
}

static bool
same_time(const struct cron *a, const struct cron *b)
{
	return a->hours == b->hours && a->minutes == b->minutes;
}

/* Two of its crons tick on one day at different times; seen in the 28 years of all calendars. */
static bool
two_on_a_day(const struct schedule *s)
{
	int64_t end = civil_day(2029, 1, 1);

	for (int64_t day = civil_day(2001, 1, 1); day < end; day++) {
		const struct cron *found = NULL;

		for (size_t i = 0; i < s->n; i++) {
			if (!cron_has_day(&s->crons[i], day))
				continue;
			if (found && !same_time(found, &s->crons[i]))
				return true;
			found = &s->crons[i];
		}
	}
	return false;
}

static bool
one_tick_a_day(const struct schedule *s)
{
	bool differ = false;

	for (size_t i = 0; i < s->n; i++) {
		if (__builtin_popcount(s->crons[i].hours) != 1 ||
		    __builtin_popcountll(s->crons[i].minutes) != 1)
			return false;
		differ |= !same_time(&s->crons[0], &s->crons[i]);
	}
	return s->n > 0 && !(differ && two_on_a_day(s));
}

static bool
each_hour_once(const struct schedule *s)
{
	uint32_t hours = 0;

	for (size_t i = 0; i < s->n; i++) {
		const struct cron *c = &s->crons[i];

		if (!every_date(c) || !every_weekday(c) || c->months != ALL_MONTHS ||
		    __builtin_popcountll(c->minutes) != 1 || (hours & c->hours))
			return false;
		hours |= c->hours;
	}
	return hours == ALL_HOURS;
}

/* The first of the units that fires as far apart never meet twice. */
static enum schedule_unit
every_implies(int64_t every_us)
{
	return every_us % (7 * DAY_US) == 0 ? SCHEDULE_WEEK
	       : every_us >= DAY_US         ? SCHEDULE_DAY
	       : every_us == HOUR_US        ? SCHEDULE_HOUR
					    : SCHEDULE_NO_UNIT;
}

enum schedule_unit
schedule_implies(const struct schedule *s)
{
	if (s->every_us)
		return every_implies(s->every_us);
	return all_alike(s, one_day)       ? SCHEDULE_MONTH
	       : all_alike(s, one_weekday) ? SCHEDULE_WEEK
	       : one_tick_a_day(s)         ? SCHEDULE_DAY
	       : each_hour_once(s)         ? SCHEDULE_HOUR
					   : SCHEDULE_NO_UNIT;
}
