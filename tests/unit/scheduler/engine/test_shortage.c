/* test_shortage.c - starts that the machine has nothing for: held, tried again, charged to nobody.
 */
#include "tests/fixture/engine.h"

#include <errno.h>

static const struct engine_config slots = { .pool_slots = 4, .seed = 3 };
static const struct task_fx three[] = { { .id = "a" }, { .id = "b" }, { .id = "c" } };

/* A run of three tasks that could all start; their attempts are 1 to 3. */
static int64_t
open_with_three(struct table *t)
{
	struct dag *dag;

	table_open(t, &slots);
	dag = table_dag(t, &(struct dag_fx){ .id = "d", DAG_FX_TASKS(three) });
	table_catalog(t, &dag, 1);
	return trigger_day(t, "d", DAY(1));
}

static void
fail_to_start(struct table *t, int64_t attempt, int error)
{
	table_step(t, &(struct event){ .kind = EVENT_NEVER_STARTED,
				       .attempt = attempt,
				       .why = "start a process: no",
				       .error = error });
}

static void
hold_all_three(struct table *t)
{
	for (int64_t attempt = 1; attempt <= 3; attempt++)
		fail_to_start(t, attempt, EAGAIN);
}

static void
a_start_that_the_machine_has_nothing_for_is_charged_to_nobody(void **state)
{
	static const int errors[] = { EAGAIN, ENOMEM, EMFILE, ENFILE, ENOSPC, EDQUOT };

	(void)state;
	for (size_t i = 0; i < countof(errors); i++) {
		struct table t;
		int64_t run = open_with_three(&t);

		fail_to_start(&t, 1, errors[i]);
		assert_int_equal(OUTCOME_HELD, table_attempt(&t, 1)->outcome);
		assert_string_equal("scheduled", task_is(&t, run, 0));
		assert_int_equal(0, table_task(&t, run, 0)->failures);
		assert_int_equal(0, table_task(&t, run, 0)->losses);
		assert_non_null(strstr(table_task(&t, run, 0)->waits, "\"shortage\""));
		table_close(&t);
	}
}

static void
what_will_not_pass_by_itself_is_no_shortage(void **state)
{
	static const int errors[] = { 0, EACCES, ENOENT, E2BIG };

	(void)state;
	for (size_t i = 0; i < countof(errors); i++) {
		struct table t;
		int64_t run = open_with_three(&t);

		fail_to_start(&t, 1, errors[i]);
		assert_int_equal(OUTCOME_LAUNCH_FAILED, table_attempt(&t, 1)->outcome);
		assert_string_equal("up_for_retry", task_is(&t, run, 0));
		assert_int_equal(1, table_task(&t, run, 0)->losses);
		table_close(&t);
	}
}

static void
one_start_is_tried_after_one_two_and_at_most_sixty_seconds(void **state)
{
	static const int64_t seconds[] = { 1, 2, 4, 8, 16, 32, 60, 60 };
	struct table t;

	(void)state;
	(void)open_with_three(&t);
	hold_all_three(&t);
	for (size_t i = 0; i < countof(seconds); i++) {
		int64_t due_us = t.now_us + seconds[i] * SECOND_US;

		assert_int_equal(due_us, t.fx.wake_us);
		table_wake(&t, due_us - 1);
		assert_int_equal(0, count_actions(&t, ACTION_LAUNCH));
		table_wake(&t, due_us);
		assert_int_equal(1, count_actions(&t, ACTION_LAUNCH));
		assert_int_equal(INT64_MAX, t.fx.wake_us); /* the probe tells what is next */
		fail_to_start(&t, table_action(&t, ACTION_LAUNCH)->attempt, EAGAIN);
		assert_int_equal(0, count_actions(&t, ACTION_LAUNCH));
	}
	table_close(&t);
}

static void
a_probe_that_starts_lets_all_others_go(void **state)
{
	struct table t;
	int64_t run;

	(void)state;
	run = open_with_three(&t);
	hold_all_three(&t);
	table_wake(&t, t.now_us + SECOND_US);
	tell(&t, EVENT_STARTED, 4);
	assert_int_equal(2, count_actions(&t, ACTION_LAUNCH));
	succeed_all(&t);
	assert_string_equal("success", run_is(&t, run));
	table_close(&t);
}

static void
a_probe_that_ends_for_another_reason_lets_all_others_go(void **state)
{
	struct table t;

	(void)state;
	(void)open_with_three(&t);
	hold_all_three(&t);
	table_wake(&t, t.now_us + SECOND_US);
	fail_to_start(&t, 4, ENOENT);
	assert_int_equal(2, count_actions(&t, ACTION_LAUNCH));
	table_close(&t);
}

static void
a_probe_that_is_cancelled_is_followed_by_another(void **state)
{
	struct table t;
	int64_t run;

	(void)state;
	run = open_with_three(&t);
	hold_all_three(&t);
	table_wake(&t, t.now_us + SECOND_US);
	(void)command(&t, &(struct command){ .kind = COMMAND_CANCEL,
					     .dag = "d",
					     .run_id = table_run(&t, run)->run_id });
	tell(&t, EVENT_NEVER_STARTED, 4);
	assert_string_equal("cancelled", run_is(&t, run));
	(void)trigger_day(&t, "d", DAY(2));
	assert_int_equal(1, count_actions(&t, ACTION_LAUNCH));
	table_close(&t);
}

static void
a_clock_that_is_set_back_does_not_close_dispatch_for_longer(void **state)
{
	struct table t;

	(void)state;
	(void)open_with_three(&t);
	hold_all_three(&t);
	table_wake(&t, t.now_us - DAY_US);
	assert_int_equal(1, count_actions(&t, ACTION_LAUNCH));
	table_close(&t);
}

/* Nobody saw how the clock was set above; here the engine is told of it. */
static void
a_clock_that_is_set_leaves_dispatch_closed_as_long_as_it_was(void **state)
{
	static const int64_t sets[] = { -DAY_US, DAY_US, 30 * SECOND_US };

	(void)state;
	for (size_t i = 0; i < countof(sets); i++) {
		struct event clock = { .kind = EVENT_CLOCK, .boot = "boot", .offset_us = DAY_US };
		struct table t;

		(void)open_with_three(&t);
		table_step(&t, &clock);
		hold_all_three(&t);
		t.now_us += sets[i];
		clock.offset_us += sets[i];
		table_step(&t, &clock);
		assert_int_equal(0, count_actions(&t, ACTION_LAUNCH));
		assert_int_equal(t.now_us + SECOND_US, t.fx.wake_us);
		table_wake(&t, t.now_us + SECOND_US);
		assert_int_equal(1, count_actions(&t, ACTION_LAUNCH));
		table_close(&t);
	}
}

static void
a_clock_that_comes_by_again_does_not_close_dispatch_again(void **state)
{
	struct table t;
	int64_t held_us;

	(void)state;
	(void)open_with_three(&t);
	hold_all_three(&t);
	held_us = t.now_us;
	(void)command(&t, &(struct command){ .kind = COMMAND_PAUSE, .dag = "d" });
	table_wake(&t, held_us - DAY_US);
	t.now_us = held_us;
	(void)command(&t, &(struct command){ .kind = COMMAND_UNPAUSE, .dag = "d" });
	assert_int_equal(1, count_actions(&t, ACTION_LAUNCH));
	table_close(&t);
}

static void
what_could_not_be_staged_is_the_machines_account_and_closes_dispatch(void **state)
{
	char message[] = "write: No space left on device";
	struct exit_record record = { .attempt = 1,
				      .outcome = OUTCOME_NO_SPACE,
				      .exit_code = 1,
				      .error = ENOSPC,
				      .message = message };
	struct table t;
	int64_t run;

	(void)state;
	run = open_with_three(&t);
	end_with(&t, 2, OUTCOME_OK);
	end_with(&t, 3, OUTCOME_OK);
	table_step(&t, &(struct event){ .kind = EVENT_EXITED, .attempt = 1, .record = &record });
	assert_string_equal("up_for_retry", task_is(&t, run, 0));
	assert_int_equal(1, table_task(&t, run, 0)->losses);
	(void)trigger_day(&t, "d", DAY(2));
	assert_int_equal(0, count_actions(&t, ACTION_LAUNCH));
	table_wake(&t, t.now_us + SECOND_US);
	assert_int_equal(1, count_actions(&t, ACTION_LAUNCH));
	table_close(&t);
}

int
main(void)
{
	const struct CMUnitTest all[] = {
		cmocka_unit_test(a_start_that_the_machine_has_nothing_for_is_charged_to_nobody),
		cmocka_unit_test(what_will_not_pass_by_itself_is_no_shortage),
		cmocka_unit_test(one_start_is_tried_after_one_two_and_at_most_sixty_seconds),
		cmocka_unit_test(a_probe_that_starts_lets_all_others_go),
		cmocka_unit_test(a_probe_that_ends_for_another_reason_lets_all_others_go),
		cmocka_unit_test(a_probe_that_is_cancelled_is_followed_by_another),
		cmocka_unit_test(a_clock_that_is_set_back_does_not_close_dispatch_for_longer),
		cmocka_unit_test(a_clock_that_is_set_leaves_dispatch_closed_as_long_as_it_was),
		cmocka_unit_test(a_clock_that_comes_by_again_does_not_close_dispatch_again),
		cmocka_unit_test(
		    what_could_not_be_staged_is_the_machines_account_and_closes_dispatch),
	};

	return cmocka_run_group_tests(all, NULL, NULL);
}
