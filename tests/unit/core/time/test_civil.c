/* test_civil.c - dates, timestamps and durations, at their edges. */
#include "core/time/civil.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void
every_day_of_ten_millennia_goes_round(void **state)
{
	int64_t day = civil_day(1, 1, 1), last = civil_day(9999, 12, 31);
	char text[DATE_CHARS + 1], before[DATE_CHARS + 1] = "0000-12-31";

	(void)state;
	for (; day <= last; day++) {
		struct civil c = civil_of(day * DAY_US);
		int64_t again;

		if (civil_day(c.year, c.month, c.day) != day)
			fail_msg("day %lld became %d-%d-%d", (long long)day, c.year, c.month,
				 c.day);
		date_format(day, text);
		assert_true(date_parse(text, DATE_CHARS, &again));
		assert_int_equal(day, again);
		assert_true(strcmp(before, text) < 0);
		memcpy(before, text, sizeof(text));
	}
	assert_string_equal("9999-12-31", text);
}

static void
known_days_have_their_number_and_weekday(void **state)
{
	static const struct {
		int year, month, day, weekday;
		int64_t want;
	} cases[] = {
		{ 1970, 1, 1, 3, 0 },     { 1969, 12, 31, 2, -1 },  { 2000, 2, 29, 1, 11016 },
		{ 2000, 3, 1, 2, 11017 }, { 2026, 5, 1, 4, 20574 }, { 1900, 3, 1, 3, -25508 },
		{ 1, 1, 1, 0, -719162 },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		int64_t day = civil_day(cases[i].year, cases[i].month, cases[i].day);

		assert_int_equal(cases[i].want, day);
		assert_int_equal(cases[i].weekday, civil_weekday(day));
	}
	assert_int_equal(-1, civil_day_of(-1));
	assert_int_equal(0, civil_day_of(DAY_US - 1));
}

static void
what_is_no_date_is_refused(void **state)
{
	static const char *const cases[] = {
		"",           "2026-5-1",   "2026-05-1",  "2026-05-011", "2026/05/01",
		"2026-02-29", "1900-02-29", "2026-13-01", "2026-00-01",  "2026-01-00",
		"2026-04-31", "0000-01-01", "-026-01-01", "2026-05-0x",  " 2026-05-01",
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		int64_t day = 42;

		if (date_parse(cases[i], strlen(cases[i]), &day) || day != 42)
			fail_msg("'%s'", cases[i]);
	}
}

static void
timestamps_are_read_or_refused(void **state)
{
	static const struct {
		const char *text;
		int64_t us; /* INT64_MIN: refused */
	} cases[] = {
		{ "1970-01-01", 0 },
		{ "1970-01-01T00:00:00Z", 0 },
		{ "1970-01-01 00:00:01", SECOND_US },
		{ "1970-01-01t00:00:01z", SECOND_US },
		{ "1970-01-01T00:00:00.5Z", SECOND_US / 2 },
		{ "1970-01-01T00:00:00.1234567Z", 123456 },
		{ "1970-01-01T00:00:00.123456789", 123456 },
		{ "1970-01-01T01:00:00+01:00", 0 },
		{ "1969-12-31T23:30:00-00:30", 0 },
		{ "1969-12-31T23:59:59.999999Z", -1 },
		{ "0001-01-01T00:00:00Z", INT64_C(-62135596800) * SECOND_US },
		{ "0001-01-01T00:00:00+00:01", INT64_MIN },
		{ "9999-12-31T23:59:59.999999Z", INT64_C(253402300800) * SECOND_US - 1 },
		{ "9999-12-31T23:59:59-00:01", INT64_MIN },
		{ "1970-01-01T", INT64_MIN },
		{ "1970-01-01T00:00", INT64_MIN },
		{ "1970-01-01T00:00:60Z", INT64_MIN },
		{ "1970-01-01T24:00:00Z", INT64_MIN },
		{ "1970-01-01T00:00:00.Z", INT64_MIN },
		{ "1970-01-01T00:00:00.1234567890Z", INT64_MIN },
		{ "1970-01-01T00:00:00+0100", INT64_MIN },
		{ "1970-01-01T00:00:00+24:00", INT64_MIN },
		{ "1970-01-01T00:00:00ZZ", INT64_MIN },
		{ "1970-01-01  00:00:00", INT64_MIN },
		{ "1970-01-01T00-00-00Z", INT64_MIN },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		size_t bytes = strlen(cases[i].text);
		char *copy = malloc(bytes + 1);
		int64_t us = INT64_MIN;

		/* Exact size without the NUL, so that ASan sees an over-read. */
		assert_non_null(copy);
		memcpy(copy, cases[i].text, bytes);
		copy = realloc(copy, bytes ? bytes : 1);
		if (timestamp_parse(copy, bytes, &us) != (cases[i].us != INT64_MIN) ||
		    us != cases[i].us)
			fail_msg("'%s' gave %lld", cases[i].text, (long long)us);
		free(copy);
	}
}

static void
timestamps_are_written_in_utc(void **state)
{
	static const struct {
		int64_t us;
		const char *want;
	} cases[] = {
		{ 0, "1970-01-01T00:00:00Z" },
		{ 250000, "1970-01-01T00:00:00.250000Z" },
		{ -1, "1969-12-31T23:59:59.999999Z" },
		{ INT64_C(253402300799) * SECOND_US, "9999-12-31T23:59:59Z" },
	};
	char text[TIMESTAMP_CHARS + 1];

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		timestamp_format(cases[i].us, text);
		assert_string_equal(cases[i].want, text);
	}
	timestamp_format(INT64_MIN, text); /* nonsense, but inside the buffer */
	timestamp_format(INT64_MAX, text);
}

static void
durations_are_read_and_written_shortest(void **state)
{
	static const struct {
		const char *text;
		int64_t us;       /* -1: refused */
		const char *back; /* NULL: the same text */
	} cases[] = {
		{ "0s", 0, NULL },
		{ "250ms", 250000, NULL },
		{ "30s", 30 * SECOND_US, NULL },
		{ "90s", 90 * SECOND_US, "1m30s" },
		{ "1h30m", 90 * MINUTE_US, NULL },
		{ "7d", 7 * DAY_US, NULL },
		{ "24h", DAY_US, "1d" },
		{ "1d2h3m4s5ms", DAY_US + 2 * HOUR_US + 3 * MINUTE_US + 4 * SECOND_US + 5000,
		  NULL },
		{ "", -1, NULL },
		{ "30", -1, NULL },
		{ "s", -1, NULL },
		{ "1.5h", -1, NULL },
		{ "-1s", -1, NULL },
		{ "1 s", -1, NULL },
		{ "30m1h", -1, NULL },
		{ "1h1h", -1, NULL },
		{ "1w", -1, NULL },
		{ "1H", -1, NULL },
		{ "106751991d", INT64_C(106751991) * DAY_US, NULL },
		{ "106751992d", -1, NULL },
		{ "9999999999999999999s", -1, NULL },
	};
	char text[40];

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		int64_t us = -1;

		if (duration_parse(cases[i].text, &us) != (cases[i].us >= 0) || us != cases[i].us)
			fail_msg("'%s' gave %lld", cases[i].text, (long long)us);
		if (us < 0)
			continue;
		duration_format(us, text, sizeof(text));
		assert_string_equal(cases[i].back ? cases[i].back : cases[i].text, text);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_day_of_ten_millennia_goes_round),
		cmocka_unit_test(known_days_have_their_number_and_weekday),
		cmocka_unit_test(what_is_no_date_is_refused),
		cmocka_unit_test(timestamps_are_read_or_refused),
		cmocka_unit_test(timestamps_are_written_in_utc),
		cmocka_unit_test(durations_are_read_and_written_shortest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
