/* test_reach.c - core/time/reach.c: from one grid to another. */
#include "core/time/reach.h"

#include "core/base/hash.h"
#include "tests/fixture/zone.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const struct input_window own = { REACH_PARTS, 0, 0 };

static struct reach
reach(const struct input_window *w, struct grid reader, const char *part, struct grid dataset)
{
	int64_t p;

	assert_true(grid_parse(reader, part, strlen(part), &p));
	return reach_of(w, reader, grid_start(reader, p), grid_end(reader, p), dataset);
}

static void
assert_reach(const struct reach *r, struct grid dataset, const char *first, const char *last)
{
	char text[GRID_TEXT_CHARS + 1];

	grid_text(dataset, r->parts.first, text);
	assert_string_equal(text, first);
	grid_text(dataset, r->parts.last, text);
	assert_string_equal(text, last);
}

static void
the_hours_of_a_day_are_those_it_has(void **state)
{
	struct zone *berlin = fx_zone("Europe/Berlin"), *howe = fx_zone("Australia/Lord_Howe");
	struct grid hours = { .unit = GRID_HOUR }, days = { GRID_DAY, berlin };
	struct reach r;

	(void)state;
	if (!berlin || !howe)
		skip();
	r = reach(&own, days, "2026-03-29", hours); /* 23 hours */
	assert_reach(&r, hours, "2026-03-28T23", "2026-03-29T21");
	assert_int_equal(grid_count(hours, r.parts.first, r.parts.last), 23);
	r = reach(&own, days, "2026-10-25", hours);
	assert_int_equal(grid_count(hours, r.parts.first, r.parts.last), 25);
	r = reach(&own, days, "2026-05-01", hours);
	assert_int_equal(grid_count(hours, r.parts.first, r.parts.last), 24);
	/* Midnight is 13:30 UTC, in summer 13:00: an hour at an edge belongs to two days. */
	days.zone = howe;
	r = reach(&own, days, "2026-05-01", hours);
	assert_reach(&r, hours, "2026-04-30T13", "2026-05-01T13");
	r = reach(&own, days, "2026-01-01", hours);
	assert_reach(&r, hours, "2025-12-31T13", "2026-01-01T12");
	zone_unref(berlin);
	zone_unref(howe);
}

static void
a_week_across_two_months_reads_both(void **state)
{
	struct grid weeks = { .unit = GRID_WEEK }, months = { .unit = GRID_MONTH };
	struct reach r = reach(&own, weeks, "2026-04-27", months);

	(void)state;
	assert_reach(&r, months, "2026-04", "2026-05");
	r = reach(&own, weeks, "2026-05-04", months);
	assert_reach(&r, months, "2026-05", "2026-05");
	r = reach(&own, months, "2026-05", weeks);
	assert_reach(&r, weeks, "2026-04-27", "2026-05-25");
}

static void
a_window_counts_in_the_grid_of_the_reader(void **state)
{
	static const struct input_window week = { REACH_PARTS, -6, 0 },
					 apart = { REACH_PARTS, -7, -7 },
					 ahead = { REACH_PARTS, 1, 2 },
					 days = { REACH_DAYS, -27, 0 },
					 parts = { REACH_PARTITIONS, -2, 0 };
	struct grid months = { .unit = GRID_MONTH }, hours = { .unit = GRID_HOUR };
	struct reach r = reach(&week, grid_days, "2026-05-07", grid_days);

	(void)state;
	assert_reach(&r, grid_days, "2026-05-01", "2026-05-07");
	r = reach(&apart, grid_days, "2026-05-08", grid_days);
	assert_reach(&r, grid_days, "2026-05-01", "2026-05-01");
	r = reach(&ahead, grid_days, "2026-05-01", hours);
	assert_reach(&r, hours, "2026-05-02T00", "2026-05-03T23");
	r = reach(&days, months, "2026-03", grid_days);
	assert_reach(&r, grid_days, "2026-03-04", "2026-03-31");
	r = reach(&parts, grid_days, "2026-05-01", months);
	assert_reach(&r, months, "2026-03", "2026-05");
}

static void
a_run_by_ticks_reads_its_own_interval(void **state)
{
	static const struct input_window before = { REACH_PARTS, -1, -1 };
	struct grid hours = { .unit = GRID_HOUR };
	int64_t day = civil_day(2026, 5, 1) * DAY_US;
	struct reach r = reach_of(&own, grid_days, day + 15 * MINUTE_US, day + 90 * MINUTE_US,
				  hours);

	(void)state;
	assert_reach(&r, hours, "2026-05-01T00", "2026-05-01T01");
	r = reach_of(&before, grid_days, day + HOUR_US, day + 25 * HOUR_US, grid_days);
	assert_reach(&r, grid_days, "2026-04-30", "2026-04-30");
}

static void
a_day_that_a_zone_left_out_is_passed_over(void **state)
{
	static const struct input_window before = { REACH_PARTS, -1, -1 },
					 two = { REACH_PARTS, -1, 0 };
	struct zone *apia = fx_zone("Pacific/Apia");
	struct grid days = { GRID_DAY, apia };
	struct reach r;

	(void)state;
	if (!apia)
		skip();
	r = reach(&before, days, "2011-12-31", days);
	assert_true(r.parts.last < r.parts.first);
	r = reach(&two, days, "2011-12-31", days);
	assert_reach(&r, days, "2011-12-31", "2011-12-31");
	zone_unref(apia);
}

/* How much of an interval the parts of a reach cover, each cut to it. */
static int64_t
covered(const struct reach *r, struct grid dataset)
{
	int64_t sum = 0;

	for (int64_t p = r->parts.first; p <= r->parts.last; p++) {
		int64_t start = grid_start(dataset, p), end = grid_end(dataset, p);

		start = start > r->start_us ? start : r->start_us;
		end = end < r->end_us ? end : r->end_us;
		assert_true(start < end || grid_is_empty(dataset, p));
		sum += end > start ? end - start : 0;
	}
	return sum;
}

static void
what_overlaps_covers_the_interval_once(void **state)
{
	static const char *const names[] = { "UTC",          "Asia/Kolkata",  "Australia/Lord_Howe",
					     "Pacific/Apia", "Europe/Dublin", "America/St_Johns",
					     "Asia/Gaza" };
	struct zone *zones[countof(names)];
	uint64_t random = 4711;

	(void)state;
	for (size_t i = 0; i < countof(names); i++)
		zones[i] = fx_zone(names[i]);
	for (int i = 0; i < 20000; i++) {
		struct grid reader = { (enum grid_unit)(random_next(&random) % GRID_UNITS),
				       zones[random_next(&random) % countof(zones)] };
		struct grid dataset = { (enum grid_unit)(random_next(&random) % 4),
					zones[random_next(&random) % countof(zones)] };
		struct input_window w = { REACH_PARTS, -(int64_t)(random_next(&random) % 3), 0 };
		int64_t us = (int64_t)(random_next(&random) % (uint64_t)(60 * 366 * DAY_US));
		int64_t part = grid_part(reader, us);
		struct reach r;

		if (reader.unit > GRID_WEEK && dataset.unit == GRID_HOUR)
			continue; /* slow, and says no more */
		r = reach_of(&w, reader, grid_start(reader, part), grid_end(reader, part), dataset);
		assert_int_equal(covered(&r, dataset), r.end_us - r.start_us);
		if (!reach_nests(&w, reader, dataset))
			continue;
		assert_int_equal(grid_start(dataset, r.parts.first), r.start_us);
		assert_int_equal(grid_end(dataset, r.parts.last), r.end_us);
	}
	for (size_t i = 0; i < countof(names); i++)
		zone_unref(zones[i]);
}

static void
edges_meet_where_they_say_so(void **state)
{
	struct zone *berlin = fx_zone("Europe/Berlin"), *kolkata = fx_zone("Asia/Kolkata");
	struct grid hours = { .unit = GRID_HOUR }, days = { GRID_DAY, berlin },
		    weeks = { GRID_WEEK, berlin }, months = { GRID_MONTH, berlin },
		    years = { GRID_YEAR, berlin }, india = { GRID_DAY, kolkata };

	(void)state;
	if (!berlin || !kolkata)
		skip();
	assert_true(grid_nests(hours, days));
	assert_true(grid_nests(hours, grid_days));
	assert_false(grid_nests(hours, india));
	assert_true(grid_nests(days, weeks));
	assert_true(grid_nests(days, months));
	assert_true(grid_nests(months, years));
	assert_false(grid_nests(weeks, months));
	assert_false(grid_nests(months, weeks));
	assert_false(grid_nests(days, india));
	assert_false(grid_nests(grid_days, days));
	assert_true(grid_nests(days, days));
	zone_unref(berlin);
	zone_unref(kolkata);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_hours_of_a_day_are_those_it_has),
		cmocka_unit_test(a_week_across_two_months_reads_both),
		cmocka_unit_test(a_window_counts_in_the_grid_of_the_reader),
		cmocka_unit_test(a_run_by_ticks_reads_its_own_interval),
		cmocka_unit_test(a_day_that_a_zone_left_out_is_passed_over),
		cmocka_unit_test(what_overlaps_covers_the_interval_once),
		cmocka_unit_test(edges_meet_where_they_say_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
