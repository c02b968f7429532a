/* test_retry.c - whether and when something that ended badly is tried again. */
#include "core/model/retry.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

static const struct status_range two[] = { { 2, 2 }, { 10, 20 } };

static struct end
end_of(enum outcome outcome, int exit_code, int signal)
{
	return (struct end){ outcome, exit_code, signal };
}

static void
lists_of_ends_decide_about_accounts(void **state)
{
	const struct end_list on = { .given = true,
				     .statuses = two,
				     .n_statuses = 2,
				     .signals = UINT64_C(1) << (9 - 1),
				     .outcomes = 1U << OUTCOME_MAX_BAD };
	const struct {
		const char *name;
		struct end end;
		bool with_on, with_never;
		enum account want;
	} cases[] = {
		{ "no list", end_of(OUTCOME_ERROR, 1, 0), false, false, ACCOUNT_USER },
		{ "not asked for", end_of(OUTCOME_ERROR, 1, 0), true, false, ACCOUNT_NEVER },
		{ "its status", end_of(OUTCOME_ERROR, 2, 0), true, false, ACCOUNT_USER },
		{ "the first of a range", end_of(OUTCOME_ERROR, 10, 0), true, false, ACCOUNT_USER },
		{ "the last", end_of(OUTCOME_ERROR, 20, 0), true, false, ACCOUNT_USER },
		{ "one beyond", end_of(OUTCOME_ERROR, 21, 0), true, false, ACCOUNT_NEVER },
		{ "its signal", end_of(OUTCOME_SIGNAL, 0, 9), true, false, ACCOUNT_USER },
		{ "killed from outside", end_of(OUTCOME_SIGNAL, 0, 9), false, false,
		  ACCOUNT_SYSTEM },
		{ "another signal", end_of(OUTCOME_SIGNAL, 0, 11), true, false, ACCOUNT_NEVER },
		{ "a status is none of a timeout", end_of(OUTCOME_TIMEOUT, 2, 0), true, false,
		  ACCOUNT_NEVER },
		{ "max_bad by itself", end_of(OUTCOME_MAX_BAD, 1, 0), false, false, ACCOUNT_NEVER },
		{ "max_bad asked for", end_of(OUTCOME_MAX_BAD, 1, 0), true, false, ACCOUNT_USER },
		{ "a loss is none of retry_on's", end_of(OUTCOME_LOST, 0, 0), true, false,
		  ACCOUNT_SYSTEM },
		{ "refused status", end_of(OUTCOME_ERROR, 2, 0), false, true, ACCOUNT_NEVER },
		{ "refused signal", end_of(OUTCOME_SIGNAL, 0, 9), false, true, ACCOUNT_NEVER },
		{ "another", end_of(OUTCOME_ERROR, 3, 0), false, true, ACCOUNT_USER },
		{ "a gate", end_of(OUTCOME_GATE_FAILED, 1, 0), true, false, ACCOUNT_NEVER },
		{ "held", end_of(OUTCOME_HELD, 0, 0), true, true, ACCOUNT_HELD },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		struct retry r = { 0 };
		enum account is;

		if (cases[i].with_on)
			r.on = on;
		if (cases[i].with_never)
			r.never = on;
		is = retry_account(&r, &cases[i].end);
		if (is != cases[i].want)
			fail_msg("%s: %d, not %d", cases[i].name, is, cases[i].want);
	}
}

static void
a_loss_that_no_retry_on_names_is_the_last(void **state)
{
	const struct retry r = { .never = { .given = true, .outcomes = 1U << OUTCOME_LOST } };
	const struct end lost = end_of(OUTCOME_LOST, 0, 0);
	const struct end launch = end_of(OUTCOME_LAUNCH_FAILED, 0, 0);

	(void)state;
	assert_int_equal(retry_account(&r, &lost), ACCOUNT_NEVER);
	assert_int_equal(retry_account(&r, &launch), ACCOUNT_SYSTEM);
}

static void
who_asks_for_signals_does_not_ask_for_a_kill_from_outside(void **state)
{
	const struct retry r = { .on = { .given = true, .outcomes = 1U << OUTCOME_SIGNAL } };
	const struct end kill = end_of(OUTCOME_SIGNAL, 0, 9), term = end_of(OUTCOME_SIGNAL, 0, 15);

	(void)state;
	assert_int_equal(retry_account(&r, &kill), ACCOUNT_SYSTEM);
	assert_int_equal(retry_account(&r, &term), ACCOUNT_USER);
	assert_int_equal(end_account(&kill), ACCOUNT_SYSTEM);
	assert_int_equal(end_account(&term), ACCOUNT_USER);
}

static void
delays_are_those_of_the_formula(void **state)
{
	const struct retry exact = { .delay_us = 10 * SECOND_US,
				     .max_delay_us = MINUTE_US,
				     .backoff = 2 };
	struct retry random = exact, constant = exact;

	(void)state;
	assert_int_equal(retry_delay(&exact, 1, "a"), 10 * SECOND_US);
	assert_int_equal(retry_delay(&exact, 3, "a"), 40 * SECOND_US);
	assert_int_equal(retry_delay(&exact, 4, "a"), MINUTE_US);
	assert_int_equal(retry_delay(&exact, 100, "a"), MINUTE_US);
	constant.backoff = 1;
	assert_int_equal(retry_delay(&constant, 50, "a"), 10 * SECOND_US);
	random.jitter = 0.5;
	for (int n = 1; n < 20; n++) {
		char seed[2] = { (char)('a' + n), '\0' };
		int64_t delay = retry_delay(&random, 2, seed);

		assert_in_range(delay, 10 * SECOND_US, 20 * SECOND_US);
		assert_int_equal(delay, retry_delay(&random, 2, seed));
	}
}

static void
losses_wait_twice_as_long_each_time_up_to_a_minute(void **state)
{
	static const int64_t want[] = { 1, 2, 4, 8, 16, 32, 60, 60 };

	(void)state;
	for (size_t i = 0; i < countof(want); i++)
		assert_int_equal(retry_infra_delay((int)i + 1), want[i] * SECOND_US);
	assert_int_equal(retry_infra_delay(1000), MINUTE_US);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists_of_ends_decide_about_accounts),
		cmocka_unit_test(a_loss_that_no_retry_on_names_is_the_last),
		cmocka_unit_test(who_asks_for_signals_does_not_ask_for_a_kill_from_outside),
		cmocka_unit_test(delays_are_those_of_the_formula),
		cmocka_unit_test(losses_wait_twice_as_long_each_time_up_to_a_minute),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
