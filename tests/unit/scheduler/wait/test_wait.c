/* test_wait.c - what comes of the next look at the world. */
#include "scheduler/wait/wait.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>

#define FIRST (100 * SECOND_US)

static const struct task_wait minutely = { .every_us = MINUTE_US, .timeout_us = HOUR_US };

/* One more look, that ended at `at`; gives when the next one is, or the negative verdict. */
static int64_t
take(struct wait *w, int64_t at_us, const char *answer, bool failed, int64_t again_us)
{
	static int64_t key;
	const struct look_end look = { .attempt = ++key,
				       .created_us = at_us - SECOND_US,
				       .failed = failed,
				       .answer = answer,
				       .seen = failed ? NULL : answer,
				       .again_us = again_us };
	int64_t due_us = 0;
	bool changed;
	enum wait_verdict verdict = wait_take(w, &minutely, &look, FIRST, at_us, &due_us, &changed);

	return verdict == WAIT_ON ? due_us : -(int64_t)verdict;
}

static void
the_next_look_is_after_every_unless_the_last_one_says(void **state)
{
	struct wait *w = wait_new();

	(void)state;
	assert_int_equal(take(w, FIRST, "no", false, 0), FIRST + MINUTE_US);
	assert_int_equal(take(w, FIRST, "no", false, 5 * SECOND_US), FIRST + 5 * SECOND_US);
	assert_int_equal(take(w, FIRST, "no", false, 10 * MINUTE_US), FIRST + 10 * MINUTE_US);
	/* What it says has bounds: a second, and the end of the wait. */
	assert_int_equal(take(w, FIRST, "no", false, 1), FIRST + SECOND_US);
	assert_int_equal(take(w, FIRST, "no", false, 900 * DAY_US), FIRST + HOUR_US);
	wait_free(w);
}

static void
the_last_look_is_at_the_end_of_the_timeout(void **state)
{
	struct wait *w = wait_new();

	(void)state;
	assert_int_equal(take(w, FIRST + 59 * MINUTE_US + 30 * SECOND_US, "no", false, 0),
			 FIRST + HOUR_US);
	assert_int_equal(take(w, FIRST + HOUR_US - 1, "no", false, 0), FIRST + HOUR_US);
	assert_int_equal(take(w, FIRST + HOUR_US, "no", false, 0), -WAIT_OVER);
	wait_free(w);
	w = wait_new();
	assert_int_equal(take(w, FIRST + 9 * HOUR_US, "it broke", true, 0), -WAIT_OVER);
	wait_free(w);
}

static void
ten_looks_in_a_row_that_went_wrong_break_a_wait(void **state)
{
	struct wait *w = wait_new();

	(void)state;
	for (int i = 1; i < WAIT_ERRORS_MAX; i++)
		assert_true(take(w, FIRST, "it broke", true, 0) > 0);
	assert_true(take(w, FIRST, "no", false, 0) > 0); /* an answer begins the count anew */
	for (int i = 1; i < WAIT_ERRORS_MAX; i++)
		assert_true(take(w, FIRST, "it broke", true, 0) > 0);
	assert_int_equal(take(w, FIRST, "it broke", true, 0), -WAIT_BROKEN);
	assert_int_equal(w->looks, 2 * WAIT_ERRORS_MAX);
	wait_free(w);
}

static void
what_a_look_saw_outlives_one_that_went_wrong(void **state)
{
	struct wait *w = wait_new(), *again;
	struct task_row row = { 0 };

	(void)state;
	assert_null(wait_restore(&row));
	(void)take(w, FIRST, "two files", false, 0);
	(void)take(w, FIRST + MINUTE_US, "it broke", true, 0);
	assert_string_equal(w->answer, "it broke");
	assert_string_equal(w->seen, "two files");
	assert_int_equal(w->since_us, FIRST - SECOND_US);
	wait_store(w, &row);
	again = wait_restore(&row);
	assert_int_equal(again->looks, 2);
	assert_int_equal(again->errors, 1);
	assert_int_equal(again->attempt, w->attempt);
	assert_int_equal(again->since_us, w->since_us);
	assert_string_equal(again->answer, w->answer);
	assert_string_equal(again->seen, w->seen);
	wait_free(w);
	wait_free(again);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_next_look_is_after_every_unless_the_last_one_says),
		cmocka_unit_test(the_last_look_is_at_the_end_of_the_timeout),
		cmocka_unit_test(ten_looks_in_a_row_that_went_wrong_break_a_wait),
		cmocka_unit_test(what_a_look_saw_outlives_one_that_went_wrong),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
