/* test_schedule.c - core/time/schedule.c: fires in zones, and when partitions are due. */
#include "core/time/schedule.h"

#include "core/base/mem.h"
#include "tests/fixture/zone.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { PART = 20574 }; /* 2026-05-01, a Friday */

static struct cron
cron_of(const char *text)
{
	struct cron cron;

	assert_int_equal(cron_parse(&cron, text, NULL, NULL), ERR_NONE);
	return cron;
}

static void
a_part_is_due_at_the_first_tick_after_its_end(void **state)
{
	static const struct {
		const char *cron;
		int64_t after_end_us;
	} cases[] = {
		{ "0 0 * * *", 0 },
		{ "30 2 * * *", 2 * HOUR_US + 30 * MINUTE_US },
		{ "0 6 * * mon", DAY_US + DAY_US + 6 * HOUR_US }, /* Saturday to Monday */
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		const struct cron cron = cron_of(cases[i].cron);
		const struct schedule s = { .crons = &cron, .n = 1 };

		assert_int_equal(partition_due(&s, grid_days, PART),
				 grid_end(grid_days, PART) + cases[i].after_end_us);
	}
}

static void
the_newest_due_part_is_the_last_that_is_not_late(void **state)
{
	static const char *const crons[] = { "0 0 * * *", "30 2 * * *", "0 6 * * mon",
					     "0 0 29 2 *" };

	(void)state;
	for (size_t i = 0; i < countof(crons); i++) {
		const struct cron cron = cron_of(crons[i]);
		const struct schedule s = { .crons = &cron, .n = 1 };

		for (int64_t hour = 0; hour < 500; hour += 7) {
			int64_t now_us = grid_start(grid_days, PART) + hour * HOUR_US;
			int64_t newest = newest_due(&s, grid_days, PART - 2000, now_us);

			assert_true(partition_due(&s, grid_days, newest) <= now_us);
			assert_true(partition_due(&s, grid_days, newest + 1) > now_us);
		}
	}
}

static void
nothing_due_is_one_before_the_first_asked_for(void **state)
{
	const struct cron cron = cron_of("30 2 * * *");
	const struct schedule s = { .crons = &cron, .n = 1 };
	int64_t end_us = grid_end(grid_days, PART);

	(void)state;
	assert_int_equal(newest_due(&s, grid_days, PART, end_us), PART - 1);
	assert_int_equal(newest_due(&s, grid_days, PART, end_us + 3 * HOUR_US), PART);
	/* Asked for from a part that lies ahead, it is that part that is not due. */
	assert_int_equal(newest_due(&s, grid_days, PART + 9, end_us), PART + 8);
}

/* One row of the table below: the fires from an instant on, as a text. */
struct fires_case {
	const char *zone, *crons; /* with " | " between */
	enum gap_rule gap;
	enum overlap_rule overlap;
	const char *from, *want; /* UTC, hours and minutes of the days from `from` on */
};

static void
fires_text(const struct schedule *s, int64_t from, size_t bytes, char *out)
{
	char text[TIMESTAMP_CHARS + 1];

	*out = '\0';
	for (int64_t us = from; strlen(out) < bytes;) {
		us = schedule_next(s, us);
		timestamp_format(us, text);
		(void)snprintf(out + strlen(out), 20, "%s%.11s", *out ? " " : "", text + 5);
		assert_int_equal(us, schedule_next(s, us));
		assert_int_equal(us, schedule_last(s, us));
		assert_int_equal(us, schedule_last(s, schedule_after(s, us) - 1));
		us++;
	}
}

static const struct fires_case fires_cases[] = {
	/* Berlin puts the clock from 02:00 to 03:00 on 29 March at 01:00Z ... */
	{ "Europe/Berlin", "30 2 * * *", 0, 0, "2026-03-28",
	  "03-28T01:30 03-29T01:00 03-30T00:30" },
	{ "Europe/Berlin", "30 2 * * *", GAP_SKIP, 0, "2026-03-28", "03-28T01:30 03-30T00:30" },
	{ "Europe/Berlin", "30 2 * * *", GAP_SHIFT, 0, "2026-03-28",
	  "03-28T01:30 03-29T01:30 03-30T00:30" },
	{ "Europe/Berlin", "30 2 * * * | 0 3 * * *", 0, 0, "2026-03-29",
	  "03-29T01:00 03-30T00:30" },
	{ "Europe/Berlin", "0,15,30 2 * * *", 0, 0, "2026-03-29", "03-29T01:00 03-30T00:00" },
	{ "Europe/Berlin", "0 * * * *", 0, 0, "2026-03-29",
	  "03-29T00:00 03-29T01:00 03-29T02:00 03-29T03:00" },
	{ "Europe/Berlin", "*/30 2 * * *", 0, 0, "2026-03-29", "03-30T00:00 03-30T00:30" },
	{ "Europe/Berlin", "*/30 2 * * *", GAP_NEXT, 0, "2026-03-29", "03-29T01:00 03-30T00:00" },
	/* ... and back from 03:00 to 02:00 on 25 October at 01:00Z. */
	{ "Europe/Berlin", "30 2 * * *", 0, 0, "2026-10-24",
	  "10-24T00:30 10-25T00:30 10-26T01:30" },
	{ "Europe/Berlin", "30 2 * * *", 0, OVERLAP_SECOND, "2026-10-24",
	  "10-24T00:30 10-25T01:30 10-26T01:30" },
	{ "Europe/Berlin", "30 2 * * *", 0, OVERLAP_BOTH, "2026-10-24",
	  "10-24T00:30 10-25T00:30 10-25T01:30 10-26T01:30" },
	{ "Europe/Berlin", "0 * * * *", 0, 0, "2026-10-25",
	  "10-25T00:00 10-25T01:00 10-25T02:00 10-25T03:00" },
	{ "Europe/Berlin", "0 * * * *", 0, OVERLAP_FIRST, "2026-10-25",
	  "10-25T00:00 10-25T02:00 10-25T03:00" },
	{ "Europe/Berlin", "0,30 2 * * *", 0, 0, "2026-10-25",
	  "10-25T00:00 10-25T00:30 10-26T01:00" },
	/* Lord Howe's clock is put by half an hour: 02:00 to 02:30, and back from 02:00 to 01:30.
	 */
	{ "Australia/Lord_Howe", "15 2 * * *", 0, 0, "2026-10-03", "10-03T15:30 10-04T15:15" },
	{ "Australia/Lord_Howe", "45 1 * * *", 0, 0, "2026-04-03",
	  "04-03T14:45 04-04T14:45 04-05T15:15" },
	{ "Australia/Lord_Howe", "*/30 * * * *", 0, 0, "2026-04-04T14:00:00Z",
	  "04-04T14:00 04-04T14:30 04-04T15:00 04-04T15:30" },
	/* Apia had no 30 December 2011: 24 hours of gap. */
	{ "Pacific/Apia", "0 12 * * *", 0, 0, "2011-12-29", "12-29T22:00 12-30T10:00 12-30T22:00" },
	{ "Pacific/Apia", "0 12 * * *", GAP_SKIP, 0, "2011-12-29", "12-29T22:00 12-30T22:00" },
	{ "Pacific/Apia", "0 12 * * *", GAP_SHIFT, 0, "2011-12-29",
	  "12-29T22:00 12-30T22:00 12-31T22:00" },
	{ "Pacific/Apia", "0 * * * *", 0, 0, "2011-12-30T09:00:00Z",
	  "12-30T09:00 12-30T10:00 12-30T11:00" },
	/* São Paulo had no midnight on 4 November 2018. */
	{ "America/Sao_Paulo", "0 0 * * *", 0, 0, "2018-11-03",
	  "11-03T03:00 11-04T03:00 11-05T02:00" },
	{ "America/Sao_Paulo", "@daily | 0 1 * * *", 0, 0, "2018-11-04",
	  "11-04T03:00 11-05T02:00" },
	/* Dublin's summer is its standard time, and winter is put back from it. */
	{ "Europe/Dublin", "30 1 * * *", 0, 0, "2026-03-28",
	  "03-28T01:30 03-29T01:00 03-30T00:30" },
	{ "Europe/Dublin", "30 1 * * *", 0, 0, "2026-10-24",
	  "10-24T00:30 10-25T00:30 10-26T01:30" },
	/* Casablanca puts its clock back for Ramadan, here on 15 February at 02:00Z to 22 March. */
	{ "Africa/Casablanca", "30 2 * * *", 0, 0, "2026-02-14",
	  "02-14T01:30 02-15T01:30 02-16T02:30" },
	{ "Africa/Casablanca", "30 2 * * *", 0, 0, "2026-03-21",
	  "03-21T02:30 03-22T02:00 03-23T01:30" },
	/* Troll goes by two hours. */
	{ "Antarctica/Troll", "30 1 * * *", 0, 0, "2026-03-28",
	  "03-28T01:30 03-29T01:00 03-29T23:30" },
	{ "Antarctica/Troll", "30 1,2 * * *", 0, 0, "2026-10-24T23:00:00Z",
	  "10-24T23:30 10-25T00:30 10-26T01:30" },
	/* Kiritimati is 14 hours ahead; it skipped 31 December 1994. */
	{ "Pacific/Kiritimati", "0 0 * * *", 0, 0, "2026-05-01", "05-01T10:00 05-02T10:00" },
	{ "Pacific/Kiritimati", "0 6 * * *", 0, 0, "1994-12-30",
	  "12-30T16:00 12-31T10:00 12-31T16:00" },
	/* St. John's changed its clocks at one minute past midnight. */
	{ "America/St_Johns", "0 0 * * *", 0, 0, "2010-11-06",
	  "11-06T02:30 11-07T02:30 11-08T03:30" },
	{ "America/St_Johns", "30 0 * * *", 0, 0, "2010-03-13",
	  "03-13T04:00 03-14T03:31 03-15T03:00" },
	{ "America/St_Johns", "30 23 * * *", 0, OVERLAP_BOTH, "2010-11-07T00:00:00Z",
	  "11-07T02:00 11-07T03:00 11-08T03:00" },
	/* UTC, and a rhythm that is given a rule for wall clocks. */
	{ NULL, "30 2 * * *", 0, 0, "2026-03-28", "03-28T02:30 03-29T02:30" },
	{ NULL, "0 12 * * 1-5 | 0 9 * * sat", 0, 0, "2026-05-01",
	  "05-01T12:00 05-02T09:00 05-04T12:00" },
};

static void
changes_of_clocks_come_out_as_the_table_says(void **state)
{
	char got[400];

	(void)state;
	for (size_t i = 0; i < countof(fires_cases); i++) {
		const struct fires_case *c = &fires_cases[i];
		struct zone *zone = c->zone ? fx_zone(c->zone) : NULL;
		struct cron crons[4];
		struct schedule s = {
			.crons = crons,
			.n = fx_crons(c->crons, crons, countof(crons)),
			.zone = zone,
			.gap = c->gap,
			.overlap = c->overlap,
		};
		int64_t from;

		if (c->zone && !zone)
			continue;
		assert_true(timestamp_parse(c->from, strlen(c->from), &from));
		fires_text(&s, from, strlen(c->want), got);
		if (strcmp(got, c->want) != 0)
			fail_msg("%s '%s' from %s: %s, not %s", c->zone ? c->zone : "UTC", c->crons,
				 c->from, got, c->want);
		zone_unref(zone);
	}
}

static void
what_never_fires_has_no_next(void **state)
{
	struct zone *zone = fx_zone("Europe/Berlin");
	/* 02:30 on the last Sunday of March: always in the gap. */
	const struct cron cron = cron_of("30 2 * 3 sunL");
	struct schedule s = { .crons = &cron, .n = 1, .zone = zone, .gap = GAP_SKIP };
	int64_t from = civil_day(2026, 1, 1) * DAY_US;

	(void)state;
	if (!zone)
		skip();
	assert_true(schedule_next(&s, from) == INT64_MAX);
	assert_true(schedule_after(&s, from) == INT64_MAX);
	s.gap = GAP_NEXT;
	assert_true(schedule_next(&s, from) < from + 100 * DAY_US);
	assert_true(schedule_last(&s, civil_day(1940, 1, 1) * DAY_US) != INT64_MIN);
	s.n = 0;
	assert_true(schedule_next(&s, from) == INT64_MAX);
	assert_true(schedule_last(&s, from) == INT64_MIN);
	zone_unref(zone);
}

static int64_t
us_at(const char *text)
{
	int64_t us;

	assert_true(timestamp_parse(text, strlen(text), &us));
	return us;
}

/* Every so often goes on in real time; a cron on the wall does not. */
static void
every_counts_real_time_from_its_anchor(void **state)
{
	struct zone *zone = fx_zone("Europe/Berlin");
	struct schedule s = { .every_us = 90 * MINUTE_US, .zone = zone };
	char got[100];

	(void)state;
	s.anchor_us = us_at("2026-03-27T23:00:00Z");
	fires_text(&s, us_at("2026-03-28T22:00:00Z"), strlen("03-28T23:00 03-29T00:30 03-29T02:00"),
		   got);
	assert_string_equal("03-28T23:00 03-29T00:30 03-29T02:00", got);
	/* Before the anchor, too. */
	assert_int_equal(s.anchor_us - s.every_us, schedule_next(&s, s.anchor_us - s.every_us));
	assert_int_equal(s.anchor_us, schedule_after(&s, s.anchor_us - s.every_us));
	assert_int_equal(s.anchor_us - s.every_us, schedule_last(&s, s.anchor_us - 1));
	zone_unref(zone);
}

static void
a_list_of_instants_is_over_after_the_last(void **state)
{
	const int64_t at[] = { 10 * HOUR_US, 11 * HOUR_US, 30 * HOUR_US };
	const struct schedule s = { .at = at, .n_at = 3 };

	(void)state;
	assert_int_equal(10 * HOUR_US, schedule_next(&s, 0));
	assert_int_equal(10 * HOUR_US, schedule_next(&s, 10 * HOUR_US));
	assert_int_equal(11 * HOUR_US, schedule_after(&s, 10 * HOUR_US));
	assert_int_equal(30 * HOUR_US, schedule_last(&s, 400 * DAY_US));
	assert_true(schedule_after(&s, 30 * HOUR_US) == INT64_MAX);
	assert_int_equal(10 * HOUR_US, schedule_last(&s, 10 * HOUR_US));
	assert_true(schedule_last(&s, 9 * HOUR_US) == INT64_MIN);
}

/* A day of Berlin begins at 22:00 or 23:00 in UTC. */
static void
calendars_leave_out_fires_by_their_day_in_the_zone(void **state)
{
	struct zone *zone = fx_zone("Europe/Berlin");
	const struct cron cron = cron_of("30 22 * * *");
	struct day_range ranges[] = { { civil_day(2026, 5, 2), civil_day(2026, 5, 3) },
				      { civil_day(2026, 5, 6), civil_day(2026, 5, 6) } };
	struct schedule s = { .crons = &cron, .n = 1, .except = { ranges, 2 } };
	int64_t from = us_at("2026-05-01T00:00:00Z");
	char got[100];

	(void)state;
	if (!zone)
		skip();
	fires_text(&s, from, strlen("05-01T22:30 05-04T22:30 05-05T22:30 05-07T22:30"), got);
	assert_string_equal("05-01T22:30 05-04T22:30 05-05T22:30 05-07T22:30", got);
	assert_int_equal(us_at("2026-05-01T22:30:00Z"),
			 schedule_last(&s, us_at("2026-05-04T22:29:00Z")));
	s.only = s.except;
	s.except.n = 0;
	s.has_only = true;
	fires_text(&s, from, strlen("05-02T22:30 05-03T22:30"), got);
	assert_string_equal("05-02T22:30 05-03T22:30", got);
	assert_true(schedule_after(&s, us_at("2026-05-06T22:30:00Z")) == INT64_MAX);
	s.except = (struct days){ ranges, 1 };
	assert_int_equal(us_at("2026-05-06T22:30:00Z"), schedule_next(&s, from));
	/* 22:30 in Berlin is 20:30: the days are those of the zone, and so are the fires. */
	s.zone = zone;
	assert_int_equal(us_at("2026-05-06T20:30:00Z"), schedule_next(&s, from));
	/* 2 May in Berlin begins at 22:00 on 1 May. */
	s = (struct schedule){ .every_us = HOUR_US, .zone = zone, .except = { ranges, 1 } };
	assert_int_equal(us_at("2026-05-03T22:00:00Z"),
			 schedule_next(&s, us_at("2026-05-01T22:00:00Z")));
	zone_unref(zone);
}

/* A part is due at a fire that is left; the delay moves what is due, not the fire. */
static void
what_is_due_waits_for_a_fire_that_is_left(void **state)
{
	const struct cron cron = cron_of("0 2 * * *");
	struct day_range range = { civil_day(2026, 5, 2), civil_day(2026, 5, 3) };
	struct schedule s = {
		.crons = &cron, .n = 1, .except = { &range, 1 }, .delay_us = 7 * MINUTE_US
	};
	int64_t due = us_at("2026-05-04T02:07:00Z"), first = civil_day(2026, 4, 30);

	(void)state;
	for (int64_t day = first + 1; day <= first + 3; day++)
		assert_int_equal(due, partition_due(&s, grid_days, day));
	assert_int_equal(us_at("2026-05-01T02:07:00Z"), partition_due(&s, grid_days, first));
	assert_int_equal(first, newest_due(&s, grid_days, first, due - 1));
	assert_int_equal(first + 3, newest_due(&s, grid_days, first, due));
	assert_int_equal(due - s.delay_us, schedule_next(&s, due - s.delay_us));
}

static void
every_implies_the_first_unit_that_fits(void **state)
{
	static const struct {
		int64_t every_us;
		enum schedule_unit want;
	} cases[] = {
		{ 14 * DAY_US, SCHEDULE_WEEK },
		{ 7 * DAY_US, SCHEDULE_WEEK },
		{ DAY_US, SCHEDULE_DAY },
		{ 2 * DAY_US, SCHEDULE_DAY },
		{ 25 * HOUR_US, SCHEDULE_DAY },
		{ HOUR_US, SCHEDULE_HOUR },
		{ 2 * HOUR_US, SCHEDULE_NO_UNIT },
		{ 90 * MINUTE_US, SCHEDULE_NO_UNIT },
		{ 15 * MINUTE_US, SCHEDULE_NO_UNIT },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++)
		assert_int_equal(
		    schedule_implies(&(struct schedule){ .every_us = cases[i].every_us }),
		    cases[i].want);
}

static void
a_schedule_implies_the_first_unit_that_fits(void **state)
{
	static const struct {
		const char *crons;
		enum schedule_unit want;
	} cases[] = {
		{ "0 2 * * *", SCHEDULE_DAY },
		{ "0 2 * * 1-5", SCHEDULE_DAY },
		{ "0 2 1,15 * *", SCHEDULE_DAY },
		{ "0 2 13 * 5", SCHEDULE_DAY },
		{ "0 2 * * 1-5 | 0 9 * * 6,7", SCHEDULE_DAY },
		{ "0 2 1 * * | 0 9 15 * *", SCHEDULE_DAY },
		{ "0 2 * * * | 0 9 * * 1", SCHEDULE_NO_UNIT },
		{ "0 2 L * * | 0 9 29 2 *", SCHEDULE_NO_UNIT }, /* they meet in leap years */
		{ "0 2 * * * | 0 2 1 * *", SCHEDULE_DAY },
		{ "@daily", SCHEDULE_DAY },
		{ "@weekly", SCHEDULE_WEEK },
		{ "0 6 * * mon", SCHEDULE_WEEK },
		{ "*/30 6 * * mon", SCHEDULE_WEEK },
		{ "0 6 * * mon | 0 18 * * mon", SCHEDULE_WEEK },
		{ "@monthly", SCHEDULE_MONTH },
		{ "0 6 L * *", SCHEDULE_MONTH },
		{ "0 6 * * fri#2", SCHEDULE_MONTH },
		{ "0 6 * * 5L", SCHEDULE_MONTH },
		{ "@yearly", SCHEDULE_MONTH },
		{ "0 6 1 */3 *", SCHEDULE_MONTH },
		{ "@hourly", SCHEDULE_HOUR },
		{ "5 * * * *", SCHEDULE_HOUR },
		{ "5 0-23 * * *", SCHEDULE_HOUR },
		{ "5 0-11 * * * | 10 12-23 * * *", SCHEDULE_HOUR },
		{ "5 0-11 * * * | 10 11-23 * * *", SCHEDULE_NO_UNIT },
		{ "*/15 * * * *", SCHEDULE_NO_UNIT },
		{ "0 9-17 * * *", SCHEDULE_NO_UNIT },
		{ "0 * * * 1-5", SCHEDULE_NO_UNIT },
		{ "0 */6 * * *", SCHEDULE_NO_UNIT },
		{ "0 2,14 * * *", SCHEDULE_NO_UNIT },
	};

	(void)state;
	assert_int_equal(SCHEDULE_NO_UNIT, schedule_implies(&(struct schedule){ .n = 0 }));
	for (size_t i = 0; i < countof(cases); i++) {
		struct cron crons[4];
		const struct schedule s = {
			.crons = crons,
			.n = fx_crons(cases[i].crons, crons, countof(crons)),
		};

		if (schedule_implies(&s) != cases[i].want)
			fail_msg("'%s' implies %d", cases[i].crons, (int)schedule_implies(&s));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_part_is_due_at_the_first_tick_after_its_end),
		cmocka_unit_test(the_newest_due_part_is_the_last_that_is_not_late),
		cmocka_unit_test(nothing_due_is_one_before_the_first_asked_for),
		cmocka_unit_test(changes_of_clocks_come_out_as_the_table_says),
		cmocka_unit_test(what_never_fires_has_no_next),
		cmocka_unit_test(every_counts_real_time_from_its_anchor),
		cmocka_unit_test(a_list_of_instants_is_over_after_the_last),
		cmocka_unit_test(calendars_leave_out_fires_by_their_day_in_the_zone),
		cmocka_unit_test(what_is_due_waits_for_a_fire_that_is_left),
		cmocka_unit_test(every_implies_the_first_unit_that_fits),
		cmocka_unit_test(a_schedule_implies_the_first_unit_that_fits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
