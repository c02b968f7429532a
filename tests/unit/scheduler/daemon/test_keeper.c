/* test_keeper.c - when a status page that ended is started again, and when no more. */
#include "scheduler/daemon/keeper.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { SECOND = 1000 * 1000, START = 70 * SECOND };

static void
two_starts_are_two_seconds_apart(void **state)
{
	struct keeper_life life = { .begun_us = START };

	(void)state;
	assert_true(keeper_life_ended(&life, START + SECOND));
	assert_false(keeper_life_due(&life, START + SECOND));
	assert_false(keeper_life_due(&life, START + KEEPER_PAUSE_US - 1));
	assert_true(keeper_life_due(&life, START + KEEPER_PAUSE_US));
}

static void
five_quick_ends_in_a_row_are_the_last(void **state)
{
	struct keeper_life life = { .begun_us = START };

	(void)state;
	for (int i = 1; i < KEEPER_QUICK_MAX; i++) {
		assert_true(keeper_life_ended(&life, life.begun_us + 1));
		life.begun_us += KEEPER_PAUSE_US;
	}
	assert_false(keeper_life_ended(&life, life.begun_us + 1));
	assert_false(keeper_life_due(&life, life.begun_us + (int64_t)1000 * KEEPER_PAUSE_US));
}

static void
a_long_life_forgives_the_quick_ends_before_it(void **state)
{
	struct keeper_life life = { .begun_us = START };

	(void)state;
	for (int i = 1; i < KEEPER_QUICK_MAX; i++)
		assert_true(keeper_life_ended(&life, life.begun_us + 1));
	assert_true(keeper_life_ended(&life, life.begun_us + KEEPER_QUICK_US));
	for (int i = 1; i < KEEPER_QUICK_MAX; i++)
		assert_true(keeper_life_ended(&life, life.begun_us + 1));
	assert_false(keeper_life_ended(&life, life.begun_us + 1));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_starts_are_two_seconds_apart),
		cmocka_unit_test(five_quick_ends_in_a_row_are_the_last),
		cmocka_unit_test(a_long_life_forgives_the_quick_ends_before_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
