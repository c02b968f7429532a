/*
 * test_fires.c - schedules of every zone against a clock that is read minute by
 * minute.
 *
 * The oracle shares nothing with core/time: the C library says what a clock on
 * the wall shows, at each minute around a change of clocks and at each hour to
 * find the changes, the crons are predicates written by hand, and what is passed
 * over or shown twice is found by looking.  Between two changes the clock goes as
 * time does, so every minute at which a predicate holds is one fire.
 *
 * A usual run draws one change of every third zone and one year of every ninth.
 * TIDEMILL_FIRES=all (`make fires`) walks every zone from 1970 to 2100 without a
 * break, each change by all rules; "2/3" is the second of three shares of it.
 */
#include "core/time/civil.h"
#include "core/time/schedule.h"
#include "tests/fixture/zone.h"

#include <setjmp.h>
#include <stdarg.h>
#include <time.h>

#include <cmocka.h>

enum {
	HOUR = 3600,
	DAY = 86400,
	AROUND = 2 * DAY,   /* walked on both sides of a change */
	MARGIN = 27 * HOUR, /* of it, where only one of two shows of a time may be seen */
	MINUTES_MAX = 2 * AROUND / 60 + 1,
	LOCALS = MINUTES_MAX + 2 * 2 * 1440, /* minutes on the wall, from `base` on */
	FIRES_MAX = 3 * MINUTES_MAX,
};

/* 1970 and 2100. */
#define FIRST INT64_C(0)
#define LAST INT64_C(4102444800)

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
	bool usual = !gap && !overlap;

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
		if (schedule_next(&s, got) != got || schedule_after(&s, got - 1) != got ||
		    (usual && schedule_last(&s, got) != got))
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

/* ---- changes of clocks, by the C library ---- */

enum { CHANGES_MAX = 1000 };

struct changes {
	int64_t at[CHANGES_MAX];
	size_t n;
};

/* All from `from` on and before `to`: no zone takes a change back within the hour. */
static void
find_changes(struct changes *c, int64_t from, int64_t to)
{
	int64_t offset = local_of(from) - from;

	c->n = 0;
	for (int64_t t = from + HOUR; t <= to; t += HOUR) {
		int64_t low = t - HOUR, high = t, now = local_of(t) - t;

		if (now == offset)
			continue;
		while (high - low > 1) {
			int64_t middle = low + (high - low) / 2;

			if (local_of(middle) - middle == offset)
				low = middle;
			else
				high = middle;
		}
		assert_true(c->n < CHANGES_MAX);
		c->at[c->n++] = high;
		offset = now;
	}
}

/* Our reader of zones knows the same changes and no other. */
static void
compare_changes(const char *name, const struct zone *zone, const struct changes *c)
{
	int64_t at = FIRST;

	for (size_t i = 0; i <= c->n; i++) {
		struct zone_stretch t = zone_stretch(zone, at * SECOND_US);
		int64_t want = i < c->n ? c->at[i] : LAST;
		int64_t got = t.end == INT64_MAX ? LAST : t.end / SECOND_US;

		if (i < c->n ? got != want : got < want)
			fail_msg("%s: from %lld on clocks change at %lld, not %lld", name,
				 (long long)at, (long long)got, (long long)want);
		if (t.offset != (local_of(at) - at) * SECOND_US)
			fail_msg("%s: %lld is not the offset at %lld", name,
				 (long long)(t.offset / SECOND_US), (long long)at);
		at = want;
	}
}

/* ---- between changes ---- */

/* The seconds on a wall at which each cron ticks, between two instants and a day around them. */
struct calendar {
	int64_t from, to;
	int64_t *ticks[countof(crons)];
	size_t n[countof(crons)], room[countof(crons)];
};

static void
note_day(struct calendar *c, int64_t day)
{
	time_t t = (time_t)(day * DAY);
	struct tm tm;

	assert_non_null(gmtime_r(&t, &tm));
	for (int minute = 0; minute < DAY / 60; minute++) {
		tm.tm_hour = minute / 60;
		tm.tm_min = minute % 60;
		for (size_t k = 0; k < countof(crons); k++) {
			if (!crons[k].is(&tm))
				continue;
			c->ticks[k] = mem_grow(c->ticks[k], c->n[k], &c->room[k], sizeof(int64_t));
			c->ticks[k][c->n[k]++] = day * DAY + minute * INT64_C(60);
		}
	}
}

static void
calendar_begin(struct calendar *c, int64_t from, int64_t to)
{
	*c = (struct calendar){ .from = from, .to = to };
	for (int64_t day = from / DAY - 2; day <= to / DAY + 2; day++)
		note_day(c, day);
}

static void
calendar_end(struct calendar *c)
{
	for (size_t k = 0; k < countof(crons); k++)
		free(c->ticks[k]);
}

/* The first tick of a cron at or after a second of the wall. */
static size_t
tick_from(const struct calendar *c, size_t cron, int64_t local)
{
	size_t low = 0, high = c->n[cron];

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (c->ticks[cron][middle] < local)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* From `from` on and before `to` no clock changes: every tick is a fire, and nothing else is. */
static void
compare_quiet(const struct calendar *c, const char *name, const struct zone *zone, int64_t from,
	      int64_t to)
{
	int64_t offset = local_of(from) - from;

	for (size_t k = 0; k < countof(crons); k++) {
		struct cron cron;
		struct schedule s = { .crons = &cron, .n = 1, .zone = zone };
		int64_t us = from * SECOND_US - 1;

		assert_int_equal(cron_parse(&cron, crons[k].text, NULL, NULL), ERR_NONE);
		for (size_t i = tick_from(c, k, from + offset);; i++) {
			bool more = i < c->n[k] && c->ticks[k][i] - offset < to;
			int64_t want = more ? c->ticks[k][i] - offset : to;
			int64_t got = schedule_after(&s, us);

			if (more ? got != want * SECOND_US : got < to * SECOND_US)
				fail_msg("%s '%s' after %lld: %lld, not %lld", name, crons[k].text,
					 (long long)(us / SECOND_US), (long long)(got / SECOND_US),
					 (long long)want);
			if (!more)
				break;
			us = got;
		}
	}
}

/* What the windows around changes leave. */
static void
walk_quiet(const struct calendar *c, const char *name, const struct zone *zone,
	   const struct changes *changes)
{
	const int64_t reach = AROUND - MARGIN;
	int64_t from = c->from;

	for (size_t i = 0; i <= changes->n; i++) {
		int64_t to = i < changes->n ? changes->at[i] - reach : c->to;

		if (from < to)
			compare_quiet(c, name, zone, from, to);
		if (i < changes->n)
			from = changes->at[i] + reach;
	}
}

/* ---- zones ---- */

/* The rules that a cron has of itself, and the others. */
static void
walk_change(struct walk *w, const char *name, const struct zone *zone, int64_t at, bool all,
	    uint64_t *random)
{
	take_walk(w, at);
	note_ticks(w);
	for (size_t i = 0; i < countof(crons); i++) {
		compare_fires(w, name, zone, i, GAP_AUTO, OVERLAP_AUTO);
		for (int k = 0; k < 9; k++)
			if (all || draw(random) % 16 == 0)
				compare_fires(w, name, zone, i, (enum gap_rule)(GAP_NEXT + k / 3),
					      (enum overlap_rule)(OVERLAP_FIRST + k % 3));
	}
}

/* The zone itself, with the C library in it; NULL: this machine has none of the name. */
static struct zone *
enter_zone(const char *name)
{
	struct zone *zone = fx_zone(name);

	if (zone) {
		assert_int_equal(setenv("TZ", name, 1), 0);
		tzset();
	}
	return zone;
}

static void
leave_zones(void)
{
	(void)unsetenv("TZ");
	tzset();
}

/* Many names are second names: is the file of an earlier one the same, byte for byte? */
static bool
is_second(const char *const *names, size_t at)
{
	size_t bytes, other_bytes;
	char *data = fx_zone_bytes(names[at], &bytes);
	bool same = false;

	for (size_t i = 0; data && i < at && !same; i++) {
		char *other = fx_zone_bytes(names[i], &other_bytes);

		same = other && bytes == other_bytes && memcmp(data, other, bytes) == 0;
		free(other);
	}
	free(data);
	return same;
}

/* The share that TIDEMILL_FIRES asks for. */
static void
asked_share(size_t *share, size_t *shares)
{
	const char *how = getenv("TIDEMILL_FIRES");
	char *rest;

	*share = *shares = 1;
	if (!how || strcmp(how, "all") == 0)
		return;
	*share = strtoul(how, &rest, 10);
	if (*rest == '/')
		*shares = strtoul(rest + 1, &rest, 10);
	if (*rest || !*share || *share > *shares)
		fail_msg("TIDEMILL_FIRES has to be all, or one of several shares such as 1/2");
}

static void
every_zone_fires_as_its_clocks_show(void **state)
{
	size_t n, seen = 0, n_changes = 0, share, shares;
	const char *const *names = zone_names(&n);
	struct changes *changes;
	struct calendar calendar;
	uint64_t random = 1;
	struct walk *w;

	(void)state;
	asked_share(&share, &shares);
	w = mem_new(1, sizeof(*w));
	changes = mem_new(1, sizeof(*changes));
	calendar_begin(&calendar, FIRST, LAST);
	for (size_t i = 0; i < n; i++) {
		struct zone *zone;

		if (is_second(names, i) || seen++ % shares != share - 1)
			continue;
		zone = enter_zone(names[i]);
		if (!zone)
			continue;
		find_changes(changes, FIRST, LAST);
		compare_changes(names[i], zone, changes);
		walk_quiet(&calendar, names[i], zone, changes);
		for (size_t k = 0; k < changes->n; k++)
			walk_change(w, names[i], zone, changes->at[k], true, &random);
		n_changes += changes->n;
		zone_unref(zone);
	}
	leave_zones();
	calendar_end(&calendar);
	print_message("%zu zones, share %zu of %zu: %zu changes of clocks\n", seen, share, shares,
		      n_changes);
	free(changes);
	free(w);
}

static void
a_drawn_change_fires_as_its_clocks_show(void **state)
{
	uint64_t random = 20260501;
	size_t n, seen = 0;
	const char *const *names = zone_names(&n);
	struct walk *w = mem_new(1, sizeof(*w));

	(void)state;
	for (size_t i = 0; i < n; i += 3) {
		struct zone *zone = enter_zone(names[i]);
		struct zone_stretch t;

		if (!zone)
			continue;
		t = zone_stretch(zone, (int64_t)(draw(&random) % (uint64_t)LAST) * SECOND_US);
		walk_change(w, names[i], zone,
			    t.end == INT64_MAX || t.end / SECOND_US > LAST ? LAST
									   : t.end / SECOND_US,
			    false, &random);
		zone_unref(zone);
		seen++;
	}
	leave_zones();
	free(w);
	if (!seen)
		skip();
}

static void
a_drawn_year_has_no_other_changes_and_no_other_fires(void **state)
{
	struct changes *changes = mem_new(1, sizeof(*changes));
	const int64_t from = 1835308800, to = from + (int64_t)366 * DAY; /* 2028 */
	size_t n, seen = 0;
	const char *const *names = zone_names(&n);
	struct calendar calendar;

	(void)state;
	calendar_begin(&calendar, from, to);
	for (size_t i = 0; i < n; i += 9) {
		struct zone *zone = enter_zone(names[i]);

		if (!zone)
			continue;
		find_changes(changes, from, to);
		walk_quiet(&calendar, names[i], zone, changes);
		zone_unref(zone);
		seen++;
	}
	leave_zones();
	calendar_end(&calendar);
	free(changes);
	if (!seen)
		skip();
}

int
main(void)
{
	const struct CMUnitTest all[] = {
		cmocka_unit_test(every_zone_fires_as_its_clocks_show),
	};
	const struct CMUnitTest drawn[] = {
		cmocka_unit_test(a_drawn_change_fires_as_its_clocks_show),
		cmocka_unit_test(a_drawn_year_has_no_other_changes_and_no_other_fires),
	};

	return getenv("TIDEMILL_FIRES") ? cmocka_run_group_tests(all, NULL, NULL)
					: cmocka_run_group_tests(drawn, NULL, NULL);
}
