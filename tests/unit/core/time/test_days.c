/* test_days.c - calendars: sets of days, against one day after the other. */
#include "core/time/days.h"

#include "core/base/hash.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void
a_range_has_both_ends_and_days_that_exist(void **state)
{
	static const char *const wrong[] = {
		"",
		"2026-12",
		"2026-02-30",
		"2026-12-24 ",
		"2026-12-24..",
		"2026-12-24..2026-12-23",
		"2026-12-24..2026-02-30",
		"2026-12-24-2026-12-25",
		"24.12.2026",
		"2026-12-24...026-12-25",
	};
	struct day_range r;

	(void)state;
	for (size_t i = 0; i < countof(wrong); i++)
		if (day_range_parse(wrong[i], strlen(wrong[i]), &r))
			fail_msg("'%s' is a range", wrong[i]);
	assert_true(day_range_parse("2026-12-24", 10, &r));
	assert_true(r.first == civil_day(2026, 12, 24) && r.last == r.first);
	assert_true(day_range_parse("2026-12-24..2027-01-01", 22, &r));
	assert_true(r.first == civil_day(2026, 12, 24) && r.last == civil_day(2027, 1, 1));
}

static void
it_is_said_why_what_looks_like_a_day_is_none(void **state)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
		{ "2026-02-30", "no such day" },
		{ "2026-12-24..2026-02-30", "no such day" },
		{ "2026-12-24..2026-12-23", "ends before" },
		{ "2026-12-24", NULL },
		{ "24.12.2026", NULL },
		{ "2026-12-24--2026-12-25", NULL },
		{ "", NULL },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		const char *fault = day_range_fault(cases[i].text, strlen(cases[i].text));

		if (!fault != !cases[i].want || (fault && !strstr(fault, cases[i].want)))
			fail_msg("'%s': %s", cases[i].text, fault ? fault : "nothing");
	}
}

enum { DAYS = 60 };

static void
a_set_is_what_its_ranges_are_one_by_one(void **state)
{
	uint64_t random = 7;

	(void)state;
	for (int round = 0; round < 300; round++) {
		struct day_range ranges[8];
		struct days set = { .ranges = ranges };
		bool has[DAYS] = { false };
		size_t n = random_next(&random) % 8;

		for (size_t i = 0; i < n; i++) {
			ranges[i].first = (int64_t)(random_next(&random) % (DAYS - 8));
			ranges[i].last = ranges[i].first + (int64_t)(random_next(&random) % 8);
			for (int64_t d = ranges[i].first; d <= ranges[i].last; d++)
				has[d] = true;
		}
		set.n = days_join(ranges, n);
		for (size_t i = 1; i < set.n; i++)
			assert_true(ranges[i].first > ranges[i - 1].last + 1);
		for (int64_t d = 0; d < DAYS; d++) {
			int64_t in = d, out = d;

			while (in < DAYS && !has[in])
				in++;
			while (out < DAYS && has[out])
				out++;
			assert_int_equal(days_in(&set, d), in == DAYS ? INT64_MAX : in);
			assert_int_equal(days_out(&set, d), out);
		}
	}
}

static void
a_set_is_written_as_it_is_read(void **state)
{
	struct day_range ranges[] = { { civil_day(2026, 5, 1), civil_day(2026, 5, 1) },
				      { civil_day(2026, 12, 24), civil_day(2027, 1, 1) } };
	const struct days set = { ranges, 2 }, less = { ranges, 1 };
	struct buf text;

	(void)state;
	buf_init(&text, 100);
	days_write(&set, &text);
	assert_string_equal(" 2026-05-01 2026-12-24..2027-01-01", text.data);
	buf_release(&text);
	assert_true(days_equal(&set, &set));
	assert_false(days_equal(&set, &less));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_range_has_both_ends_and_days_that_exist),
		cmocka_unit_test(it_is_said_why_what_looks_like_a_day_is_none),
		cmocka_unit_test(a_set_is_what_its_ranges_are_one_by_one),
		cmocka_unit_test(a_set_is_written_as_it_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
