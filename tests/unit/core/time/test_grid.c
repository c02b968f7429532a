/* test_grid.c - core/time/grid.c: parts, instants and their names. */
#include "core/time/grid.h"

#include "tests/fixture/zone.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

enum { PART = 20574 }; /* 2026-05-01, a Friday */

static void
an_instant_falls_into_the_part_that_holds_it(void **state)
{
	static const int64_t parts[] = { -719162, -1, 0, 1, PART, 2932896 };

	(void)state;
	for (size_t i = 0; i < countof(parts); i++) {
		int64_t start = grid_start(grid_days, parts[i]);
		int64_t end = grid_end(grid_days, parts[i]);

		assert_int_equal(end, start + DAY_US);
		assert_int_equal(end, grid_start(grid_days, parts[i] + 1));
		assert_int_equal(grid_part(grid_days, start), parts[i]);
		assert_int_equal(grid_part(grid_days, end - 1), parts[i]);
		assert_int_equal(grid_part(grid_days, end), parts[i] + 1);
		assert_true(grid_is_start(grid_days, start));
		assert_false(grid_is_start(grid_days, start + 1));
		assert_false(grid_is_start(grid_days, end - 1));
	}
}

static void
a_window_ends_with_its_part_and_counts_it(void **state)
{
	(void)state;
	assert_int_equal(grid_window(grid_days, PART, 1), PART);
	assert_int_equal(grid_window(grid_days, PART, 7), PART - 6);
	assert_int_equal(grid_count(grid_days, grid_window(grid_days, PART, 7), PART), 7);
	assert_int_equal(grid_count(grid_days, PART, PART - 1), 0);
}

static void
weeks_before_keep_the_weekday(void **state)
{
	(void)state;
	for (int64_t weeks = 0; weeks < 60; weeks++) {
		int64_t part = grid_weeks_before(grid_days, PART, weeks);

		assert_int_equal(civil_weekday(part), civil_weekday(PART));
		assert_int_equal(PART - part, grid_weeks(grid_days, weeks));
	}
}

static void
a_part_is_read_back_from_its_text_and_its_key(void **state)
{
	char text[GRID_TEXT_CHARS + 1], key[GRID_KEY_CHARS + 1];

	(void)state;
	grid_text(grid_days, PART, text);
	assert_string_equal(text, "2026-05-01");
	grid_key(grid_days, PART, key);
	assert_string_equal(key, "event_date=2026-05-01");
	for (int64_t part = -719162; part <= 2932896; part += 9973) {
		int64_t back = 0;

		grid_text(grid_days, part, text);
		assert_true(grid_parse(grid_days, text, strlen(text), &back));
		assert_int_equal(back, part);
		grid_key(grid_days, part, key);
		assert_true(grid_key_parse(grid_days, key, &back));
		assert_int_equal(back, part);
	}
}

static void
what_is_no_key_is_refused_and_leaves_the_part(void **state)
{
	static const char *const keys[] = {
		"",
		"event_date=",
		"2026-05-01",
		"event_date=2026-5-1",
		"event_date=2026-02-30",
		"event_date=2026-05-011",
		"event_date=2026-05-01 ",
		"event_hour=2026-05-01",
		"EVENT_DATE=2026-05-01",
	};
	int64_t part = 7;

	(void)state;
	for (size_t i = 0; i < countof(keys); i++) {
		assert_false(grid_key_parse(grid_days, keys[i], &part));
		assert_int_equal(part, 7);
	}
}

static void
an_instant_is_shown_as_a_part_only_where_one_starts(void **state)
{
	char text[TIMESTAMP_CHARS + 1];

	(void)state;
	grid_instant_text(grid_days, grid_start(grid_days, PART), text);
	assert_string_equal(text, "2026-05-01");
	grid_instant_text(grid_days, grid_start(grid_days, PART) + HOUR_US, text);
	assert_string_equal(text, "2026-05-01T01:00:00Z");
	assert_true(grid_has_text(grid_days, civil_day(9999, 12, 31)));
	assert_false(grid_has_text(grid_days, civil_day(9999, 12, 31) + 1));
	assert_true(grid_has_text(grid_days, civil_day(1, 1, 1)));
	assert_false(grid_has_text(grid_days, civil_day(1, 1, 1) - 1));
	/* Beyond them an instant is told all the same. */
	grid_instant_text(grid_days, grid_start(grid_days, civil_day(10000, 1, 1)), text);
	assert_non_null(strstr(text, "-01-01T00:00:00Z"));
	grid_instant_text(grid_days, grid_start(grid_days, civil_day(1, 1, 1) - 1), text);
	assert_non_null(strstr(text, "-12-31T00:00:00Z"));
}

/* The local date at an instant, by the offset alone. */
static int64_t
date_at(const struct zone *zone, int64_t us)
{
	return civil_day_of(us + (zone ? zone_offset(zone, us) * SECOND_US : 0));
}

/* By the definition: before it an earlier date is shown, from it on none ever again. */
static void
assert_day_starts(const struct zone *zone, int64_t day, int64_t start)
{
	assert_true(date_at(zone, start - 1) < day);
	for (int64_t us = start; us < start + 3 * DAY_US; us += 15 * MINUTE_US)
		assert_true(date_at(zone, us) >= day);
}

static void
days_of_every_zone_start_when_their_date_has_come_for_good(void **state)
{
	size_t n, empty = 0;
	const char *const *names = zone_names(&n);

	(void)state;
	for (size_t i = 0; i < n; i++) {
		struct grid days = { GRID_DAY, fx_zone(names[i]) };
		int64_t next = grid_start(days, 0);

		for (int64_t day = 0; day < civil_day(2100, 1, 1); day++) {
			int64_t start = next;

			next = grid_start(days, day + 1);
			assert_true(start <= next);
			if (start == next) {
				empty++;
				continue;
			}
			if (next - start == DAY_US && day % 97)
				continue;
			assert_int_equal(grid_part(days, start), day);
			assert_int_equal(grid_part(days, next - 1), day);
			assert_day_starts(days.zone, day, start);
		}
		zone_unref((struct zone *)(uintptr_t)days.zone);
	}
	assert_true(n < 100 || empty > 0); /* Apia, Fakaofo, Kwajalein ... */
}

static void
coarser_units_are_made_of_days(void **state)
{
	static const enum grid_unit coarser[] = { GRID_WEEK, GRID_MONTH, GRID_QUARTER, GRID_YEAR };
	struct grid days = { GRID_DAY, fx_zone("America/Sao_Paulo") };

	(void)state;
	for (size_t i = 0; i < countof(coarser); i++) {
		struct grid grid = { coarser[i], days.zone };
		int64_t from = grid_part(grid, civil_day(1969, 6, 1) * DAY_US);
		int64_t to = grid_part(grid, civil_day(2100, 1, 1) * DAY_US);

		for (int64_t part = from; part < to; part++) {
			int64_t start = grid_start(grid, part), end = grid_end(grid, part);

			assert_true(start < end);
			assert_true(grid_is_start(days, start));
			assert_int_equal(grid_part(grid, start), part);
			assert_int_equal(grid_part(grid, end - 1), part);
			assert_int_equal(grid_part(grid, end), part + 1);
			if (coarser[i] == GRID_WEEK)
				assert_int_equal(civil_weekday(grid_part(days, start)), 0);
			else
				assert_int_equal(civil_date(grid_part(days, start)).day, 1);
		}
	}
	zone_unref((struct zone *)(uintptr_t)days.zone);
}

static void
odd_days_are_as_long_as_they_were(void **state)
{
	static const struct {
		const char *zone, *day, *start, *end;
	} rows[] = {
		{ "Europe/Berlin", "2026-03-29", "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z" },
		{ "Europe/Berlin", "2026-10-25", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z" },
		{ "Pacific/Apia", "2011-12-29", "2011-12-29T10:00:00Z", "2011-12-30T10:00:00Z" },
		{ "Pacific/Apia", "2011-12-30", "2011-12-30T10:00:00Z", "2011-12-30T10:00:00Z" },
		{ "Pacific/Apia", "2011-12-31", "2011-12-30T10:00:00Z", "2011-12-31T10:00:00Z" },
		{ "Pacific/Kiritimati", "1994-12-31", "1994-12-31T10:00:00Z",
		  "1994-12-31T10:00:00Z" },
		{ "Australia/Lord_Howe", "2026-04-05", "2026-04-04T13:00:00Z",
		  "2026-04-05T13:30:00Z" },
		{ "Australia/Lord_Howe", "2026-10-04", "2026-10-03T13:30:00Z",
		  "2026-10-04T13:00:00Z" },
		/* Midnight to one o'clock was left out: the day begins at one. */
		{ "America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00:00Z",
		  "2018-11-05T02:00:00Z" },
		/* At one past midnight it was 23:01 again: the day before is 25 hours long. */
		{ "America/St_Johns", "2010-11-06", "2010-11-06T02:30:00Z",
		  "2010-11-07T03:30:00Z" },
		{ "America/St_Johns", "2010-11-07", "2010-11-07T03:30:00Z",
		  "2010-11-08T03:30:00Z" },
		{ "Africa/Casablanca", "2026-02-15", "2026-02-14T23:00:00Z",
		  "2026-02-16T00:00:00Z" },
		{ "Antarctica/Troll", "2026-03-29", "2026-03-29T00:00:00Z",
		  "2026-03-29T22:00:00Z" },
	};

	(void)state;
	for (size_t i = 0; i < countof(rows); i++) {
		struct grid days = { GRID_DAY, fx_zone(rows[i].zone) };
		char text[TIMESTAMP_CHARS + 1];
		int64_t part = 0;

		if (!days.zone)
			continue;
		assert_true(grid_parse(days, rows[i].day, strlen(rows[i].day), &part));
		timestamp_format(grid_start(days, part), text);
		assert_string_equal(text, rows[i].start);
		timestamp_format(grid_end(days, part), text);
		assert_string_equal(text, rows[i].end);
		assert_int_equal(grid_is_empty(days, part),
				 strcmp(rows[i].start, rows[i].end) == 0);
		zone_unref((struct zone *)(uintptr_t)days.zone);
	}
}

static void
every_unit_has_its_texts(void **state)
{
	static const struct {
		enum grid_unit unit;
		const char *text, *key, *start;
	} rows[] = {
		{ GRID_HOUR, "2026-05-01T13", "event_hour=2026-05-01T13", "2026-05-01T13:00:00Z" },
		{ GRID_HOUR, "1969-12-31T23", "event_hour=1969-12-31T23", "1969-12-31T23:00:00Z" },
		{ GRID_DAY, "2026-05-01", "event_date=2026-05-01", "2026-05-01T00:00:00Z" },
		{ GRID_WEEK, "2026-04-27", "event_date=2026-04-27", "2026-04-27T00:00:00Z" },
		{ GRID_MONTH, "2026-05", "event_month=2026-05", "2026-05-01T00:00:00Z" },
		{ GRID_MONTH, "1969-11", "event_month=1969-11", "1969-11-01T00:00:00Z" },
		{ GRID_QUARTER, "2026-Q2", "event_quarter=2026-Q2", "2026-04-01T00:00:00Z" },
		{ GRID_YEAR, "2026", "event_year=2026", "2026-01-01T00:00:00Z" },
	};

	(void)state;
	for (size_t i = 0; i < countof(rows); i++) {
		struct grid grid = { .unit = rows[i].unit };
		char text[GRID_TEXT_CHARS + 1], key[GRID_KEY_CHARS + 1], at[TIMESTAMP_CHARS + 1];
		int64_t part = 0, back = 0;

		assert_true(grid_parse(grid, rows[i].text, strlen(rows[i].text), &part));
		grid_text(grid, part, text);
		assert_string_equal(text, rows[i].text);
		grid_key(grid, part, key);
		assert_string_equal(key, rows[i].key);
		assert_true(grid_key_parse(grid, key, &back));
		assert_int_equal(back, part);
		timestamp_format(grid_start(grid, part), at);
		assert_string_equal(at, rows[i].start);
		assert_int_equal(grid_unit_of(grid_unit_name(rows[i].unit)), rows[i].unit);
	}
}

static void
a_text_of_another_unit_is_none(void **state)
{
	static const char *const texts[GRID_UNITS][6] = {
		[GRID_HOUR] = { "2026-05-01", "2026-05-01T24", "2026-05-01T1", "2026-05-01 13",
				"2026-02-30T13", "2026-05-01T13:00" },
		[GRID_DAY] = { "2026-05", "2026-05-01T13", "2026-5-1", "" },
		[GRID_WEEK] = { "2026-05-01", "2026-W18", "2026-04-26", "" },
		[GRID_MONTH] = { "2026-13", "2026-00", "2026-5", "2026-05-01", "202605x", "" },
		[GRID_QUARTER] = { "2026-Q0", "2026-Q5", "2026Q2", "2026-q2", "20x6-Q1", "" },
		[GRID_YEAR] = { "26", "0000", "20265", "2026-05", "x026", "" },
	};

	(void)state;
	for (int unit = 0; unit < GRID_UNITS; unit++) {
		struct grid grid = { .unit = (enum grid_unit)unit };
		int64_t part = 4711;

		for (size_t i = 0; i < countof(texts[unit]) && texts[unit][i]; i++) {
			assert_false(
			    grid_parse(grid, texts[unit][i], strlen(texts[unit][i]), &part));
			assert_int_equal(part, 4711);
		}
		assert_true(grid_has_text(grid, grid_part(grid, civil_day(9999, 12, 31) * DAY_US)));
		assert_false(
		    grid_has_text(grid, grid_part(grid, civil_day(10000, 1, 1) * DAY_US) + 1));
		assert_false(
		    grid_has_text(grid, grid_part(grid, civil_day(0, 12, 31) * DAY_US) - 1));
	}
}

static void
a_cursor_gives_what_is_asked_without_one(void **state)
{
	struct grid days = { GRID_DAY, fx_zone("America/St_Johns") };
	struct grid_cursor c = { .grid = days };

	(void)state;
	for (int64_t us = civil_day(2010, 10, 1) * DAY_US; us < civil_day(2010, 12, 1) * DAY_US;
	     us += 7 * MINUTE_US)
		assert_int_equal(grid_part_near(&c, us), grid_part(days, us));
	zone_unref((struct zone *)(uintptr_t)days.zone);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_instant_falls_into_the_part_that_holds_it),
		cmocka_unit_test(a_window_ends_with_its_part_and_counts_it),
		cmocka_unit_test(an_instant_is_shown_as_a_part_only_where_one_starts),
		cmocka_unit_test(weeks_before_keep_the_weekday),
		cmocka_unit_test(a_part_is_read_back_from_its_text_and_its_key),
		cmocka_unit_test(what_is_no_key_is_refused_and_leaves_the_part),
		cmocka_unit_test(days_of_every_zone_start_when_their_date_has_come_for_good),
		cmocka_unit_test(coarser_units_are_made_of_days),
		cmocka_unit_test(odd_days_are_as_long_as_they_were),
		cmocka_unit_test(every_unit_has_its_texts),
		cmocka_unit_test(a_text_of_another_unit_is_none),
		cmocka_unit_test(a_cursor_gives_what_is_asked_without_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
