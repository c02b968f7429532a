/* test_clock.c - the wall clock is set while the scheduler works, or between two lives. */
#include "tests/fixture/engine.h"

static const struct engine_config small = { .pool_slots = 1 };
static const struct task_fx one[] = { { .id = "t", .retries = 2 } };

#define OFFSET DAY_AT(0) /* the machine was started then */

/* The clocks as they are now, in a boot; `set_us`: by how much the wall clock was set since. */
static void
look(struct table *t, const char *boot, int64_t set_us)
{
	table_step(
	    t, &(struct event){ .kind = EVENT_CLOCK, .boot = boot, .offset_us = OFFSET + set_us });
}

/* Somebody sets the wall clock. */
static void
set_clock(struct table *t, int64_t by_us)
{
	t->now_us += by_us;
	look(t, "boot", by_us);
}

static struct dag *
open_daily(struct table *t)
{
	struct dag *dag;

	table_open(t, &small);
	dag = table_dag(t, &(struct dag_fx){ .id = "d",
					     .cron = "0 0 * * *",
					     .start_day = DAY(8),
					     .catchup = CATCHUP_ALL,
					     .max_active_runs = 10,
					     DAG_FX_TASKS(one) });
	t->now_us = DAY_AT(10) + HOUR_US;
	look(t, "boot", 0);
	table_catalog(t, &dag, 1);
	return dag;
}

static const struct clock_row *
row_of(struct table *t)
{
	struct kept *k;

	HASH_FIND_STR(t->rows, "clock", k);
	assert_non_null(k);
	return &k->change.clock;
}

static void
a_clock_that_jumps_ahead_makes_no_runs_for_five_minutes(void **state)
{
	struct table t;

	(void)state;
	(void)open_daily(&t);
	assert_int_equal(t.last_run, 2); /* of day 8 and day 9 */
	set_clock(&t, 3 * DAY_US);
	assert_int_equal(t.last_run, 2);
	assert_int_equal(row_of(&t)->jump_us, 3 * DAY_US);
	assert_int_equal(row_of(&t)->held_until_us, t.now_us + 5 * MINUTE_US);
	assert_int_equal(t.fx.wake_us, t.now_us + 5 * MINUTE_US);
	table_wake(&t, t.now_us + 4 * MINUTE_US);
	assert_int_equal(t.last_run, 2);
	table_wake(&t, t.now_us + MINUTE_US);
	assert_int_equal(t.last_run, 5);
	assert_int_equal(row_of(&t)->held_until_us, 0);
	table_close(&t);
}

static void
whoever_says_that_it_is_right_ends_the_wait(void **state)
{
	struct table t;

	(void)state;
	(void)open_daily(&t);
	set_clock(&t, 3 * DAY_US);
	(void)command(&t, &(struct command){ .kind = COMMAND_ACCEPT_CLOCK });
	assert_int_equal(t.last_run, 5);
	table_close(&t);
}

static void
a_clock_that_comes_back_leaves_nothing_behind(void **state)
{
	struct table t;

	(void)state;
	(void)open_daily(&t);
	set_clock(&t, 400 * DAY_US);
	t.now_us += 12 * SECOND_US - 400 * DAY_US;
	look(&t, "boot", 0);
	assert_int_equal(t.last_run, 2);
	assert_int_equal(row_of(&t)->held_until_us, 0);
	assert_int_equal(table_dag_row(&t, "d")->cursor_us, DAY_AT(10));
	/* The next day comes when it is due. */
	table_wake(&t, DAY_AT(11));
	assert_int_equal(t.last_run, 3);
	table_close(&t);
}

static void
what_was_made_of_days_that_have_not_ended_is_taken_back(void **state)
{
	struct table t;

	(void)state;
	(void)open_daily(&t);
	set_clock(&t, 3 * DAY_US);
	(void)command(&t, &(struct command){ .kind = COMMAND_ACCEPT_CLOCK });
	succeed(&t, 1, 0);
	succeed(&t, 2, 0);
	succeed(&t, 3, 0); /* day 10, which has not ended in truth */
	assert_string_equal(run_is(&t, 4), "running");
	t.now_us -= 3 * DAY_US;
	look(&t, "boot", 0);
	assert_int_equal(table_dag_row(&t, "d")->cursor_us, DAY_AT(10));
	assert_string_equal(run_is(&t, 3), "success");
	assert_true(table_run(&t, 3)->early);
	assert_true(table_run(&t, 4)->early); /* its task runs, and goes on */
	succeed(&t, 4, 0);
	succeed_all(&t);
	/* Each of them is made once more, when it is due. */
	table_wake(&t, DAY_AT(11));
	assert_int_equal(table_run(&t, 3)->epoch, 2);
	assert_int_equal(table_run(&t, 4)->epoch, 1);
	succeed_all(&t);
	table_wake(&t, DAY_AT(13));
	assert_int_equal(table_run(&t, 4)->epoch, 2);
	assert_int_equal(table_run(&t, 5)->epoch, 2);
	succeed_all(&t);
	assert_int_equal(t.last_run, 5);
	table_close(&t);
}

/* Back to before start_date: the schedule begins no earlier for it. */
static void
a_clock_before_the_start_makes_nothing_earlier(void **state)
{
	struct table t;

	(void)state;
	(void)open_daily(&t);
	assert_int_equal(t.last_run, 2);
	set_clock(&t, -7 * DAY_US);
	assert_int_equal(table_dag_row(&t, "d")->cursor_us, DAY_AT(8));
	table_wake(&t, DAY_AT(6) + HOUR_US);
	assert_int_equal(t.last_run, 2);
	table_close(&t);
}

/* A dag that was first seen while the clock was a year ahead, and gets its schedule later. */
static void
what_is_new_by_a_clock_that_was_ahead_is_new_now(void **state)
{
	struct dag_fx daily = { .id = "d",
				.cron = "0 0 * * *",
				.start_day = DAY(8),
				.catchup = CATCHUP_NONE,
				.max_active_runs = 10,
				DAG_FX_TASKS(one) };
	struct dag_fx by_hand = daily;
	struct table t;
	struct dag *dag;

	(void)state;
	table_open(&t, &small);
	by_hand.cron = NULL;
	dag = table_dag(&t, &by_hand);
	t.now_us = DAY_AT(10) + HOUR_US;
	look(&t, "boot", 0);
	set_clock(&t, 365 * DAY_US);
	table_catalog(&t, &dag, 1);
	t.now_us -= 365 * DAY_US;
	look(&t, "boot", 0);
	assert_int_equal(table_dag_row(&t, "d")->live_since_us, t.now_us);
	dag = table_dag(&t, &daily);
	table_catalog(&t, &dag, 1);
	table_wake(&t, DAY_AT(11));
	assert_int_equal(t.last_run, 1);
	table_close(&t);
}

static void
queued_runs_of_such_days_are_cancelled_with_a_reason(void **state)
{
	struct dag *dag;
	struct table t;

	(void)state;
	table_open(&t, &small);
	dag = table_dag(&t, &(struct dag_fx){ .id = "d",
					      .cron = "0 0 * * *",
					      .start_day = DAY(9),
					      .catchup = CATCHUP_ALL,
					      .max_active_runs = 1,
					      DAG_FX_TASKS(one) });
	t.now_us = DAY_AT(10) + HOUR_US;
	look(&t, "boot", 0);
	table_catalog(&t, &dag, 1);
	set_clock(&t, 2 * DAY_US);
	(void)command(&t, &(struct command){ .kind = COMMAND_ACCEPT_CLOCK });
	assert_int_equal(t.last_run, 3);
	assert_string_equal(run_is(&t, 2), "queued");
	t.now_us -= 2 * DAY_US;
	look(&t, "boot", 0);
	assert_string_equal(run_is(&t, 1), "running"); /* its day has ended */
	assert_string_equal(run_is(&t, 2), "cancelled");
	assert_string_equal(run_is(&t, 3), "cancelled");
	assert_string_equal(table_task(&t, 2, 0)->waits, "{\"gate\":\"clock\"}");
	succeed(&t, 1, 0);
	table_wake(&t, DAY_AT(11));
	assert_int_equal(table_run(&t, 2)->epoch, 2);
	assert_string_equal(run_is(&t, 2), "running");
	table_close(&t);
}

/* A dag that runs by ticks: by hand it runs for an instant, of which no hour is left out. */
static void
a_run_of_an_instant_is_not_made_again(void **state)
{
	int64_t manual;
	struct dag *dag;
	struct table t;

	(void)state;
	table_open(&t, &small);
	dag = table_dag(&t, &(struct dag_fx){ .id = "d",
					      .cron = "*/15 * * * *",
					      .whole = true,
					      .no_start = true,
					      .max_active_runs = 10,
					      DAG_FX_TASKS(one) });
	t.now_us = DAY_AT(10) + 20 * MINUTE_US;
	look(&t, "boot", 0);
	table_catalog(&t, &dag, 1);
	succeed_all(&t);
	manual = command(&t, &(struct command){ .kind = COMMAND_TRIGGER, .dag = "d" })->run;
	succeed_all(&t);
	assert_string_equal(run_is(&t, manual), "success");
	set_clock(&t, -10 * MINUTE_US);
	assert_false(table_run(&t, manual)->early);
	table_wake(&t, DAY_AT(10) + 31 * MINUTE_US);
	succeed_all(&t);
	assert_int_equal(table_run(&t, manual)->epoch, 1);
	table_close(&t);
}

/* A task that waits for its next try, in how many microseconds. */
static int64_t
fail_once(struct table *t)
{
	end_with(t, live_of(t, 1, 0), OUTCOME_ERROR);
	assert_string_equal(task_is(t, 1, 0), "up_for_retry");
	return table_task(t, 1, 0)->next_retry_us - t->now_us;
}

static void
a_retry_waits_as_long_as_it_would_have(void **state)
{
	static const int64_t sets[] = { -DAY_US,       400 * DAY_US,   -2 * MINUTE_US,
					2 * MINUTE_US, 30 * SECOND_US, -30 * SECOND_US };

	(void)state;
	for (size_t i = 0; i < 2 * countof(sets); i++) {
		bool restart = i >= countof(sets);
		int64_t wait_us, by_us = sets[i % countof(sets)];
		struct table t;

		(void)open_daily(&t);
		wait_us = fail_once(&t);
		if (restart)
			table_restart(&t);
		set_clock(&t, by_us);
		assert_int_equal(table_task(&t, 1, 0)->next_retry_us - t.now_us, wait_us);
		assert_string_equal(task_is(&t, 1, 0), "up_for_retry");
		assert_true(t.fx.wake_us <= t.now_us + wait_us);
		table_wake(&t, t.now_us + wait_us);
		assert_string_not_equal(task_is(&t, 1, 0), "up_for_retry");
		table_close(&t);
	}
}

static void
after_another_boot_a_retry_waits_no_longer_than_its_delay(void **state)
{
	int64_t wait_us;
	struct table t;

	(void)state;
	(void)open_daily(&t);
	wait_us = fail_once(&t);
	table_restart(&t);
	t.now_us -= DAY_US;
	look(&t, "another boot", 0);
	assert_int_equal(table_task(&t, 1, 0)->next_retry_us - t.now_us, wait_us);
	table_restart(&t);
	t.now_us += DAY_US;
	look(&t, "a third boot", 0);
	table_wake(&t, t.now_us);
	assert_string_not_equal(task_is(&t, 1, 0), "up_for_retry");
	table_close(&t);
}

static void
what_a_time_server_does_is_no_jump(void **state)
{
	struct table t;

	(void)state;
	(void)open_daily(&t);
	for (int i = 1; i <= 10; i++) {
		t.now_us += 30 * SECOND_US;
		look(&t, "boot", i * 30 * SECOND_US);
		assert_int_equal(row_of(&t)->jump_us, 0);
		assert_int_equal(row_of(&t)->offset_us, OFFSET + i * 30 * SECOND_US);
	}
	table_close(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_clock_that_jumps_ahead_makes_no_runs_for_five_minutes),
		cmocka_unit_test(whoever_says_that_it_is_right_ends_the_wait),
		cmocka_unit_test(a_clock_that_comes_back_leaves_nothing_behind),
		cmocka_unit_test(what_was_made_of_days_that_have_not_ended_is_taken_back),
		cmocka_unit_test(a_run_of_an_instant_is_not_made_again),
		cmocka_unit_test(a_clock_before_the_start_makes_nothing_earlier),
		cmocka_unit_test(what_is_new_by_a_clock_that_was_ahead_is_new_now),
		cmocka_unit_test(queued_runs_of_such_days_are_cancelled_with_a_reason),
		cmocka_unit_test(a_retry_waits_as_long_as_it_would_have),
		cmocka_unit_test(after_another_boot_a_retry_waits_no_longer_than_its_delay),
		cmocka_unit_test(what_a_time_server_does_is_no_jump),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
