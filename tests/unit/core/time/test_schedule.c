/* test_schedule.c - core/time/schedule.c: when partitions are due. */
#include "core/time/schedule.h"

#include <setjmp.h>
#include <stdarg.h>

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

		assert_int_equal(partition_due(&cron, grid_days, PART),
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

		for (int64_t hour = 0; hour < 500; hour += 7) {
			int64_t now_us = grid_start(grid_days, PART) + hour * HOUR_US;
			int64_t newest = newest_due(&cron, grid_days, PART - 2000, now_us);

			assert_true(partition_due(&cron, grid_days, newest) <= now_us);
			assert_true(partition_due(&cron, grid_days, newest + 1) > now_us);
		}
	}
}

static void
nothing_due_is_one_before_the_first_asked_for(void **state)
{
	const struct cron cron = cron_of("30 2 * * *");
	int64_t end_us = grid_end(grid_days, PART);

	(void)state;
	assert_int_equal(newest_due(&cron, grid_days, PART, end_us), PART - 1);
	assert_int_equal(newest_due(&cron, grid_days, PART, end_us + 3 * HOUR_US), PART);
	/* Asked for from a part that lies ahead, it is that part that is not due. */
	assert_int_equal(newest_due(&cron, grid_days, PART + 9, end_us), PART + 8);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_part_is_due_at_the_first_tick_after_its_end),
		cmocka_unit_test(the_newest_due_part_is_the_last_that_is_not_late),
		cmocka_unit_test(nothing_due_is_one_before_the_first_asked_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
