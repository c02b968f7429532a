/* test_exit.c - tasks of on_exit: they come last, however a run ends, and know how it did. */
#include "tests/fixture/engine.h"

static const struct engine_config wide = { .pool_slots = 16, .seed = 7 };

static const struct task_fx tasks[] = {
	{ .id = "first" },
	{ .id = "second", .needs = "first" },
	{ .id = "free", .rule = RULE_ALWAYS, .needs = "second" },
	{ .id = "tell", .on_exit = true },
	{ .id = "after", .on_exit = true, .needs = "tell" },
};

enum { FIRST, SECOND, FREE, TELL, AFTER };

static int64_t
open_with(struct table *t, const struct dag_fx *fx)
{
	struct dag_fx own = *fx;
	struct dag *dag;

	own.id = "d";
	own.start_day = DAY(0);
	own.tasks = tasks;
	own.n_tasks = countof(tasks);
	table_open(t, &wide);
	t->now_us = DAY_AT(9);
	dag = table_dag(t, &own);
	table_catalog(t, &dag, 1);
	return trigger_day(t, "d", DAY(0));
}

static int64_t
open_run(struct table *t)
{
	return open_with(t, &(struct dag_fx){ .max_active_runs = 1 });
}

static void
fail_task(struct table *t, int64_t run, int index)
{
	end_with(t, live_of(t, run, index), OUTCOME_ERROR);
}

static void
cancel_run(struct table *t)
{
	assert_int_equal(command(t, &(struct command){ .kind = COMMAND_CANCEL,
						       .dag = "d",
						       .run_id = "manual__2026-05-01" })
			     ->code,
			 REPLY_OK);
}

static void
they_come_when_the_last_of_the_others_has_ended(void **state)
{
	struct table t;
	int64_t run = open_run(&t);

	(void)state;
	assert_string_equal(table_says(&t, table_task(&t, run, TELL)->waits),
			    "on_exit: it runs when all other tasks of the run have ended");
	succeed(&t, run, FIRST);
	/* `free` needs no one: it may be the last. */
	succeed(&t, run, SECOND);
	assert_string_equal(task_is(&t, run, TELL), "none");
	succeed(&t, run, FREE);
	assert_string_equal(table_action(&t, ACTION_LAUNCH)->run_state, "success");
	assert_string_equal(task_is(&t, run, AFTER), "none");
	table_restart(&t);
	table_wake(&t, t.now_us);
	succeed_all(&t);
	assert_string_equal(run_is(&t, run), "success");
	table_close(&t);
}

static void
they_run_after_a_failure_and_know_it(void **state)
{
	struct table t;
	int64_t run = open_run(&t);

	(void)state;
	succeed(&t, run, FREE);
	fail_task(&t, run, FIRST);
	assert_string_equal(task_is(&t, run, SECOND), "upstream_failed");
	assert_string_equal(table_action(&t, ACTION_LAUNCH)->run_state, "failed");
	succeed_all(&t);
	assert_string_equal(task_is(&t, run, AFTER), "success");
	assert_string_equal(run_is(&t, run), "failed");
	table_close(&t);
}

static void
they_outlive_a_cancelled_run_but_not_twice(void **state)
{
	struct table t;
	int64_t run = open_run(&t);

	(void)state;
	cancel_run(&t);
	end_with(&t, live_of(&t, run, FREE), OUTCOME_SIGNAL);
	end_with(&t, live_of(&t, run, FIRST), OUTCOME_SIGNAL);
	assert_string_equal(task_is(&t, run, SECOND), "cancelled");
	assert_string_equal(table_action(&t, ACTION_LAUNCH)->run_state, "cancelled");
	cancel_run(&t);
	end_with(&t, live_of(&t, run, TELL), OUTCOME_SIGNAL);
	assert_string_equal(task_is(&t, run, AFTER), "cancelled");
	assert_string_equal(run_is(&t, run), "cancelled");
	table_close(&t);
}

static void
they_run_when_the_time_of_the_run_is_up(void **state)
{
	struct table t;
	int64_t run = open_with(&t,
				&(struct dag_fx){ .max_active_runs = 1, .timeout_us = MINUTE_US });

	(void)state;
	table_wake(&t, t.now_us + MINUTE_US);
	end_with(&t, live_of(&t, run, FREE), OUTCOME_SIGNAL);
	end_with(&t, live_of(&t, run, FIRST), OUTCOME_SIGNAL);
	assert_string_equal(table_action(&t, ACTION_LAUNCH)->run_state, "failed");
	succeed_all(&t);
	assert_string_equal(task_is(&t, run, AFTER), "success");
	assert_string_equal(run_is(&t, run), "failed");
	table_close(&t);
}

static void
their_failure_is_one_of_the_run(void **state)
{
	struct table t;
	int64_t run = open_run(&t);

	(void)state;
	succeed(&t, run, FREE);
	succeed(&t, run, FIRST);
	succeed(&t, run, SECOND);
	fail_task(&t, run, TELL);
	assert_string_equal(run_is(&t, run), "failed");
	table_close(&t);
}

static void
they_run_again_where_work_does(void **state)
{
	struct table t;
	int64_t run = open_run(&t);

	(void)state;
	succeed_all(&t);
	assert_int_equal(command(&t, &(struct command){ .kind = COMMAND_CLEAR,
							.dag = "d",
							.run_id = "manual__2026-05-01",
							.task = "free" })
			     ->code,
			 REPLY_OK);
	assert_string_equal(task_is(&t, run, SECOND), "success");
	assert_string_equal(task_is(&t, run, TELL), "none");
	assert_string_equal(task_is(&t, run, AFTER), "none");
	succeed_all(&t);
	assert_int_equal(table_task(&t, run, AFTER)->tries, 2);
	/* Alone they can be cleared, too. */
	assert_int_equal(command(&t, &(struct command){ .kind = COMMAND_CLEAR,
							.dag = "d",
							.run_id = "manual__2026-05-01",
							.task = "after" })
			     ->code,
			 REPLY_OK);
	assert_string_equal(task_is(&t, run, FREE), "success");
	assert_string_equal(task_is(&t, run, AFTER), "queued");
	table_close(&t);
}

static void
each_try_of_a_run_has_its_end(void **state)
{
	struct table t;
	int64_t run = open_with(&t, &(struct dag_fx){ .max_active_runs = 1, .run_retries = 1 });

	(void)state;
	succeed(&t, run, FREE);
	fail_task(&t, run, FIRST);
	assert_string_equal(table_action(&t, ACTION_LAUNCH)->run_state, "up_for_retry");
	succeed_all(&t);
	assert_string_equal(run_is(&t, run), "up_for_retry");
	table_wake(&t, t.now_us + MINUTE_US);
	assert_string_equal(task_is(&t, run, FREE), "success");
	assert_string_equal(task_is(&t, run, TELL), "none");
	fail_task(&t, run, FIRST);
	assert_string_equal(table_action(&t, ACTION_LAUNCH)->run_state, "failed");
	succeed_all(&t);
	assert_string_equal(run_is(&t, run), "failed");
	table_close(&t);
}

int
main(void)
{
	const struct CMUnitTest all[] = {
		cmocka_unit_test(they_come_when_the_last_of_the_others_has_ended),
		cmocka_unit_test(they_run_after_a_failure_and_know_it),
		cmocka_unit_test(they_outlive_a_cancelled_run_but_not_twice),
		cmocka_unit_test(they_run_when_the_time_of_the_run_is_up),
		cmocka_unit_test(their_failure_is_one_of_the_run),
		cmocka_unit_test(they_run_again_where_work_does),
		cmocka_unit_test(each_try_of_a_run_has_its_end),
	};

	return cmocka_run_group_tests(all, NULL, NULL);
}
