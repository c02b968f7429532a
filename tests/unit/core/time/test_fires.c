/*
 * test_fires.c - schedules of every zone against a clock that is read minute by
 * minute.
 *
 * The oracle shares nothing with core/time: the C library says what a clock on
 * the wall shows at each minute around a change of clocks, the crons are
 * predicates written by hand, and what is passed over or shown twice is found
 * by looking.  One change of every third zone is drawn in a usual run;
 * TIDEMILL_FIRES=all walks each change of each zone from 1970 to 2100 by all
 * rules.
 */
#include "core/time/civil.h"
#include "core/time/schedule.h"
#include "tests/fixture/zone.h"

#include <setjmp.h>
#include <stdarg.h>
#include <time.h>

#include <cmocka.h>

enum {
	DAY = 86400,
	AROUND = 2 * DAY,   /* walked on both sides of a change */
	MARGIN = 27 * 3600, /* of it, where only one of two shows of a time may be seen */
	MINUTES_MAX = 2 * AROUND / 60 + 1,
	LOCALS = MINUTES_MAX + 2 * 2 * 1440, /* minutes on the wall, from `base` on */
	FIRES_MAX = 3 * MINUTES_MAX,
};

/* 1970 and 2100, with room for the window. */
#define FIRST (INT64_C(0) + AROUND + DAY)
#define LAST (INT64_C(4102444800) - AROUND - DAY)

static bool
daily(const struct tm *t)
{
	return t->tm_hour == 2 && t->tm_min == 30;
}

static bool
midnight(const struct tm *t)
{
	return t->tm_hour == 0 && t->tm_min == 0;
}

static bool
quarters(const struct tm *t)
{
	return t->tm_min % 15 == 0;
}

static bool
hourly(const struct tm *t)
{
	return t->tm_min == 0;
}

static bool
six_hours(const struct tm *t)
{
	return t->tm_hour % 6 == 0 && t->tm_min == 0;
}

static bool
night(const struct tm *t)
{
	return t->tm_hour >= 1 && t->tm_hour <= 3 && (t->tm_min == 15 || t->tm_min == 45);
}

static int
month_length(const struct tm *t)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	int year = t->tm_year + 1900;

	return days[t->tm_mon] +
	       (t->tm_mon == 1 && ((year % 4 == 0 && year % 100 != 0) || year % 400 == 0));
}

static bool
last_day(const struct tm *t)
{
	return t->tm_mday == month_length(t) && t->tm_hour == 4 && t->tm_min == 5;
}

static bool
second_friday(const struct tm *t)
{
	return t->tm_wday == 5 && t->tm_mday >= 8 && t->tm_mday <= 14 && t->tm_hour == 3 &&
	       t->tm_min == 0;
}

static bool
odd_mondays(const struct tm *t)
{
	return t->tm_wday == 1 && t->tm_mday % 2 == 1 && t->tm_hour == 12 && t->tm_min == 0;
}

static bool
first_or_sunday(const struct tm *t)
{
	return (t->tm_mday == 1 || t->tm_wday == 0) && t->tm_hour == 0 && t->tm_min == 1;
}

static bool
leap_day(const struct tm *t)
{
	return t->tm_mon == 1 && t->tm_mday == 29 && t->tm_hour == 23 && t->tm_min == 59;
}

static bool
last_sundays(const struct tm *t)
{
	return (t->tm_mon == 2 || t->tm_mon == 9) && t->tm_wday == 0 &&
	       t->tm_mday > month_length(t) - 7 && t->tm_hour == 2;
}

static const struct {
	const char *text;
	bool (*is)(const struct tm *t);
	bool rhythm;
} crons[] = {
	{ "30 2 * * *", daily, false },           { "0 0 * * *", midnight, false },
	{ "*/15 * * * *", quarters, true },       { "0 * * * *", hourly, true },
	{ "0 */6 * * *", six_hours, true },       { "15,45 1-3 * * *", night, false },
	{ "5 4 L * *", last_day, false },         { "0 3 * * 5#2", second_friday, false },
	{ "0 12 */2 * mon", odd_mondays, false }, { "1 0 1 * 0", first_or_sunday, false },
	{ "59 23 29 2 *", leap_day, false },      { "* 2 * 3,10 sunL", last_sundays, true },
};

/* What the clock on a wall showed in a window. */
struct walk {
	int64_t base;                /* local second of the first minute in `shows` */
	int64_t from, to;            /* what is compared, in seconds */
	unsigned char shows[LOCALS]; /* how often it showed a minute */
	uint16_t ticks[LOCALS];      /* bit i: cron i ticks at it */
	int64_t at[MINUTES_MAX * 2], local[MINUTES_MAX * 2];
	size_t n;
	struct {
		int64_t at, before, after; /* local seconds on both sides of it */
	} gaps[64];
	size_t n_gaps;
	int64_t fires[FIRES_MAX];
	size_t n_fires;
};

static int64_t
local_of(int64_t second)
{
	time_t t = (time_t)second;
	struct tm tm;

	assert_non_null(localtime_r(&t, &tm));
	return second + tm.tm_gmtoff;
}

/* Put forward between two seconds: when exactly? */
static void
note_gap(struct walk *w, int64_t low, int64_t high)
{
	int64_t offset = local_of(low) - low;

	while (high - low > 1) {
		int64_t middle = low + (high - low) / 2;

		if (local_of(middle) - middle == offset)
			low = middle;
		else
			high = middle;
	}
	if (local_of(high) <= high + offset)
		return;
	assert_true(w->n_gaps < countof(w->gaps));
	w->gaps[w->n_gaps].at = high;
	w->gaps[w->n_gaps].before = high + offset;
	w->gaps[w->n_gaps++].after = local_of(high);
}

static void
take_walk(struct walk *w, int64_t change)
{
	int64_t t = change - AROUND, before = t, offset = local_of(t) - t;

	memset(w->shows, 0, sizeof(w->shows));
	w->n = w->n_gaps = 0;
	w->from = change - AROUND + MARGIN;
	w->to = change + AROUND - MARGIN;
	w->base = (t - (int64_t)2 * DAY) / 60 * 60;
	while (t < change + AROUND) {
		int64_t local = local_of(t), rest = ((local % 60) + 60) % 60;

		if (local - t != offset)
			note_gap(w, before, t);
		before = t;
		offset = local - t;
		if (rest) { /* not on a whole minute of the wall */
			t += 1;
			continue;
		}
		assert_true(w->n < countof(w->at));
		w->at[w->n] = t;
		w->local[w->n++] = local;
		w->shows[(local - w->base) / 60]++;
		t += 60;
	}
}

static int
compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static void
add_fire(struct walk *w, int64_t second)
{
	assert_true(w->n_fires < FIRES_MAX);
	if (second >= w->from && second < w->to)
		w->fires[w->n_fires++] = second;
}

static bool
ticks(const struct walk *w, size_t cron, int64_t local)
{
	return w->ticks[(local - w->base) / 60] >> cron & 1;
}

static void
note_ticks(struct walk *w)
{
	for (size_t i = 0; i < LOCALS; i++) {
		time_t t = (time_t)(w->base + (int64_t)i * 60);
		struct tm tm;

		assert_non_null(gmtime_r(&t, &tm));
		w->ticks[i] = 0;
		for (size_t k = 0; k < countof(crons); k++)
			w->ticks[i] |= (uint16_t)(crons[k].is(&tm) << k);
	}
}

/* The fires of one cron by the rules, sorted, each once. */
static void
naive_fires(struct walk *w, size_t cron, enum gap_rule gap, enum overlap_rule overlap)
{
	size_t n = 0;

	w->n_fires = 0;
	for (size_t i = 0; i < w->n; i++) {
		bool before = false, after = false;

		if (!ticks(w, cron, w->local[i]))
			continue;
		if (w->shows[(w->local[i] - w->base) / 60] > 1) {
			for (size_t k = 0; k < w->n; k++) {
				before |= k < i && w->local[k] == w->local[i];
				after |= k > i && w->local[k] == w->local[i];
			}
		}
		if ((overlap == OVERLAP_FIRST && before) || (overlap == OVERLAP_SECOND && after))
			continue;
		add_fire(w, w->at[i]);
	}
	for (size_t i = 0; i < w->n_gaps; i++)
		for (int64_t l = (w->gaps[i].before + 59) / 60 * 60; l < w->gaps[i].after;
		     l += 60) {
			if (w->shows[(l - w->base) / 60] || !ticks(w, cron, l))
				continue;
			if (gap == GAP_NEXT)
				add_fire(w, w->gaps[i].at);
			else if (gap == GAP_SHIFT)
				add_fire(w, w->gaps[i].at + l - w->gaps[i].before);
		}
	qsort(w->fires, w->n_fires, sizeof(*w->fires), compare);
	for (size_t i = 0; i < w->n_fires; i++)
		if (!n || w->fires[i] != w->fires[n - 1])
			w->fires[n++] = w->fires[i];
	w->n_fires = n;
}

/* Our fires of the window are those, rise, and are their own next. */
static void
compare_fires(struct walk *w, const char *zone_name, const struct zone *zone, size_t cron,
	      enum gap_rule gap, enum overlap_rule overlap)
{
	struct cron parsed;
	struct schedule s = {
		.crons = &parsed, .n = 1, .zone = zone, .gap = gap, .overlap = overlap
	};
	int64_t us = w->from * SECOND_US;

	assert_int_equal(cron_parse(&parsed, crons[cron].text, NULL, NULL), ERR_NONE);
	if (!gap)
		gap = crons[cron].rhythm ? GAP_SKIP : GAP_NEXT;
	if (!overlap)
		overlap = crons[cron].rhythm ? OVERLAP_BOTH : OVERLAP_FIRST;
	naive_fires(w, cron, gap, overlap);
	for (size_t i = 0; i <= w->n_fires; i++) {
		int64_t want = i < w->n_fires ? w->fires[i] * SECOND_US : INT64_MAX;
		int64_t got = schedule_next(&s, us);

		if (i < w->n_fires ? got != want : got < w->to * SECOND_US)
			fail_msg("%s '%s' gap %d overlap %d from %lld: %lld, not %lld", zone_name,
				 crons[cron].text, (int)gap, (int)overlap,
				 (long long)(us / SECOND_US), (long long)(got / SECOND_US),
				 (long long)(want / SECOND_US));
		if (i == w->n_fires)
			break;
		if (schedule_next(&s, got) != got || schedule_last(&s, got) != got ||
		    schedule_after(&s, got - 1) != got)
			fail_msg("%s '%s': %lld is not its own next", zone_name, crons[cron].text,
				 (long long)(got / SECOND_US));
		us = got + 1;
	}
}

static uint64_t
draw(uint64_t *state)
{
	*state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return *state >> 33;
}

/* A change of the zone's clocks behind `from` seconds, or LAST. */
static int64_t
change_behind(const struct zone *zone, int64_t from)
{
	struct zone_stretch t = zone_stretch(zone, from * SECOND_US);

	return t.end == INT64_MAX || t.end / SECOND_US > LAST ? LAST : t.end / SECOND_US;
}

static void
walk_zone(struct walk *w, const char *name, const struct zone *zone, bool all, uint64_t *random)
{
	int64_t at = all ? FIRST : FIRST + (int64_t)(draw(random) % (uint64_t)(LAST - FIRST));

	do {
		at = change_behind(zone, at);
		take_walk(w, at);
		note_ticks(w);
		for (size_t i = 0; i < countof(crons); i++) {
			compare_fires(w, name, zone, i, GAP_AUTO, OVERLAP_AUTO);
			for (int k = 0; k < 9; k++)
				if (all || draw(random) % 16 == 0)
					compare_fires(w, name, zone, i,
						      (enum gap_rule)(GAP_NEXT + k / 3),
						      (enum overlap_rule)(OVERLAP_FIRST + k % 3));
		}
	} while (all && at < LAST);
}

static void
every_zone_fires_as_its_clocks_show(void **state)
{
	const char *how = getenv("TIDEMILL_FIRES");
	bool all = how && strcmp(how, "all") == 0;
	uint64_t random = 20260501;
	size_t n, seen = 0;
	const char *const *names = zone_names(&n);
	struct walk *w = mem_new(1, sizeof(*w));

	(void)state;
	for (size_t i = 0; i < n; i++) {
		/* Most of the names are second names. */
		struct zone *zone = all || i % 3 == 0 ? fx_zone(names[i]) : NULL;

		if (!zone)
			continue;
		assert_int_equal(setenv("TZ", names[i], 1), 0);
		tzset();
		walk_zone(w, names[i], zone, all, &random);
		zone_unref(zone);
		seen++;
	}
	(void)unsetenv("TZ");
	tzset();
	free(w);
	if (!seen)
		skip();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_zone_fires_as_its_clocks_show),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
