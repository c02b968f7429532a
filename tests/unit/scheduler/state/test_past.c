/* test_past.c - runs that have ended: found by date and by name, whatever order they came in. */
#include "scheduler/state/past.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

static struct past_run
run_of(int64_t day)
{
	return (struct past_run){
		.logical_us = day * DAY_US,
		.key = day + 1000,
		.type = RUN_MANUAL,
		.state = RUN_SUCCESS,
	};
}

static void
ended_runs_are_found_whatever_order_they_came_in(void **state)
{
	struct dag_state d = { 0 };

	(void)state;
	assert_null(past_find(&d, 0));
	assert_null(past_from(&d, 0));
	for (int64_t i = 0; i < 101; i++) {
		struct past_run run = run_of(i * 37 % 101 * 2); /* every second day, mixed */

		past_add(&d, &run);
	}
	for (int64_t day = -1; day < 203; day++) {
		const struct past_run *run = past_find(&d, day * DAY_US);

		assert_int_equal(run != NULL, day >= 0 && day <= 200 && day % 2 == 0);
		assert_true(!run || run->key == day + 1000);
	}
	assert_int_equal(past_from(&d, 3 * DAY_US)->logical_us, 4 * DAY_US);
	assert_int_equal(past_end(&d) - past_from(&d, INT64_MIN), 101);
	assert_int_equal(past_before(&d, 4 * DAY_US)->logical_us, 2 * DAY_US);
	assert_int_equal(past_before(&d, 5 * DAY_US)->logical_us, 4 * DAY_US);
	assert_null(past_before(&d, 0));
	past_drop(&d, 4 * DAY_US);
	past_drop(&d, 4 * DAY_US);
	assert_null(past_find(&d, 4 * DAY_US));
	assert_int_equal(past_from(&d, 3 * DAY_US)->logical_us, 6 * DAY_US);
	free(d.past.items);
}

static void
a_run_id_follows_from_type_and_date(void **state)
{
	struct dag_state d = { 0 };
	struct past_run day = run_of(20574), moment = run_of(20574);

	(void)state;
	moment.logical_us += 34200 * SECOND_US;
	past_add(&d, &day);
	past_add(&d, &moment);
	assert_int_equal(past_named(&d, "manual__2026-05-01")->logical_us, day.logical_us);
	assert_int_equal(past_named(&d, "manual__2026-05-01T09:30:00Z")->logical_us,
			 moment.logical_us);
	assert_null(past_named(&d, "scheduled__2026-05-01"));
	assert_null(past_named(&d, "manual__2026-05-02"));
	assert_null(past_named(&d, "manual__"));
	assert_null(past_named(&d, "2026-05-01"));
	free(d.past.items);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(ended_runs_are_found_whatever_order_they_came_in),
		cmocka_unit_test(a_run_id_follows_from_type_and_date),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
