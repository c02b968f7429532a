/* test_calendar.c - units of the calendar, on days by hand and in zones that change their clocks.
 */
#include "core/time/calendar.h"
#include "core/base/buf.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static int64_t
at(const char *text)
{
	int64_t us = 0;

	assert_true(timestamp_parse(text, strlen(text), &us));
	return us;
}

static struct zone *
zone(const char *path)
{
	struct zone *z = NULL;
	struct buf file;

	buf_init(&file, 1 << 20);
	assert_int_equal(ERR_NONE, buf_read_file(&file, AT_FDCWD, path, NULL));
	assert_int_equal(ERR_NONE, zone_read(&z, path, file.data, file.bytes, NULL));
	buf_release(&file);
	return z;
}

static void
days_are_cut_to_the_start_of_their_unit(void **state)
{
	int64_t day = civil_day(2026, 5, 1);

	(void)state;
	assert_int_equal(civil_day(2026, 1, 1), calendar_first_day(CALENDAR_YEAR, day));
	assert_int_equal(civil_day(2026, 4, 1), calendar_first_day(CALENDAR_QUARTER, day));
	assert_int_equal(day, calendar_first_day(CALENDAR_MONTH, day));
	assert_int_equal(civil_day(2026, 4, 27), calendar_first_day(CALENDAR_WEEK, day));
	assert_int_equal(day, calendar_first_day(CALENDAR_WEEKDAY, day));
}

static void
weeks_are_those_of_iso_8601(void **state)
{
	(void)state;
	assert_int_equal(53, calendar_day_part(CALENDAR_WEEK, civil_day(2027, 1, 3)));
	assert_int_equal(1, calendar_day_part(CALENDAR_WEEK, civil_day(2027, 1, 4)));
	assert_int_equal(1, calendar_day_part(CALENDAR_WEEK, civil_day(2025, 12, 29)));
	assert_int_equal(7, calendar_day_part(CALENDAR_WEEKDAY, civil_day(2027, 1, 3)));
}

static void
instants_are_seen_on_the_clock_of_the_zone(void **state)
{
	struct zone *berlin = zone("/usr/share/zoneinfo/Europe/Berlin");
	struct zone *kolkata = zone("/usr/share/zoneinfo/Asia/Kolkata");

	(void)state;
	assert_int_equal(civil_day(2026, 5, 2), calendar_day(at("2026-05-01T22:30:00Z"), berlin));
	assert_int_equal(at("2026-05-01T22:00:00Z"),
			 calendar_trunc(CALENDAR_DAY, at("2026-05-02T10:00:00Z"), berlin));
	assert_int_equal(at("2026-05-01T18:30:00Z"),
			 calendar_trunc(CALENDAR_HOUR, at("2026-05-01T18:40:00Z"), kolkata));
	assert_int_equal(10, calendar_part(CALENDAR_MINUTE, at("2026-05-01T18:40:00Z"), kolkata));
	/* The hour that the clock shows twice is two hours. */
	assert_int_equal(at("2026-10-25T00:00:00Z"),
			 calendar_trunc(CALENDAR_HOUR, at("2026-10-25T00:59:59Z"), berlin));
	assert_int_equal(at("2026-10-25T01:00:00Z"),
			 calendar_trunc(CALENDAR_HOUR, at("2026-10-25T01:59:59Z"), berlin));
	zone_unref(berlin);
	zone_unref(kolkata);
}

static void
a_date_takes_whole_days_and_stays_in_the_years_that_have_texts(void **state)
{
	int64_t day = civil_day(2026, 5, 1), out = -1;

	(void)state;
	assert_true(calendar_day_add(day, -31 * DAY_US, &out));
	assert_int_equal(civil_day(2026, 3, 31), out);
	assert_false(calendar_day_add(day, HOUR_US, &out));
	assert_false(calendar_day_add(civil_day(9999, 12, 31), DAY_US, &out));
	assert_false(calendar_day_add(INT64_MAX, DAY_US, &out));
	assert_true(calendar_has_text(at("0001-01-01")));
	assert_false(calendar_has_text(at("0001-01-01") - 1));
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(days_are_cut_to_the_start_of_their_unit),
		cmocka_unit_test(weeks_are_those_of_iso_8601),
		cmocka_unit_test(instants_are_seen_on_the_clock_of_the_zone),
		cmocka_unit_test(a_date_takes_whole_days_and_stays_in_the_years_that_have_texts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
