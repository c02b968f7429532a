/* test_grid.c - core/time/grid.c: parts, instants and their names. */
#include "core/time/grid.h"

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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
