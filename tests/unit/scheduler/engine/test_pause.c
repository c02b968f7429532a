/* test_pause.c - failed runs of the schedule that pause their dag. */
#include "tests/fixture/engine.h"

static const struct engine_config wide = { .pool_slots = 16, .seed = 7 };
static const struct task_fx one[] = { { .id = "only" } };

/* The dag "daily", which gives up after two failed runs in a row; `days` of its runs are due. */
static void
open_daily(struct table *t, int days)
{
	struct dag *dag;

	table_open(t, &wide);
	t->now_us = DAY_AT(days) + 3 * HOUR_US;
	dag = table_dag(t, &(struct dag_fx){ .id = "daily",
					     .cron = "0 2 * * *",
					     .start_day = DAY(0),
					     .catchup = CATCHUP_ALL,
					     .max_active_runs = 1,
					     DAG_FX_TASKS(one) });
	dag->pause_after_failures = 2;
	table_catalog(t, &dag, 1);
}

static void
fail_run(struct table *t, int64_t run)
{
	end_with(t, live_of(t, run, 0), OUTCOME_ERROR);
	assert_string_equal(run_is(t, run), "failed");
}

static void
runs_that_fail_in_a_row_pause_the_dag(void **state)
{
	struct table t;

	(void)state;
	open_daily(&t, 5);
	fail_run(&t, 1);
	assert_false(table_dag_row(&t, "daily")->paused);
	assert_int_equal(table_dag_row(&t, "daily")->failures, 1);
	/* The count outlives a restart. */
	table_restart(&t);
	table_wake(&t, t.now_us);
	fail_run(&t, 2);
	assert_true(table_dag_row(&t, "daily")->paused);
	assert_int_equal(table_dag_row(&t, "daily")->failures, 2);
	/* Nothing more is begun, and the schedule makes nothing. */
	assert_string_equal(run_is(&t, 3), "queued");
	table_wake(&t, DAY_AT(6) + 3 * HOUR_US);
	assert_null(table_find(t.rows, "run", 6, 0));
	/* A person lets it go on: the count begins anew. */
	command(&t, &(struct command){ .kind = COMMAND_UNPAUSE, .dag = "daily" });
	assert_int_equal(table_dag_row(&t, "daily")->failures, 0);
	fail_run(&t, 3);
	assert_false(table_dag_row(&t, "daily")->paused);
	table_close(&t);
}

static void
a_success_begins_the_count_anew(void **state)
{
	struct table t;

	(void)state;
	open_daily(&t, 4);
	fail_run(&t, 1);
	succeed(&t, 2, 0);
	assert_int_equal(table_dag_row(&t, "daily")->failures, 0);
	fail_run(&t, 3);
	assert_false(table_dag_row(&t, "daily")->paused);
	fail_run(&t, 4);
	assert_true(table_dag_row(&t, "daily")->paused);
	table_close(&t);
}

/* A run that a person cancels or asked for says nothing about the schedule. */
static void
only_runs_of_the_schedule_count(void **state)
{
	struct table t;
	int64_t run;

	(void)state;
	open_daily(&t, 2);
	fail_run(&t, 1);
	command(&t, &(struct command){ .kind = COMMAND_CANCEL,
				       .dag = "daily",
				       .run_id = "scheduled__2026-05-02" });
	end_with(&t, live_of(&t, 2, 0), OUTCOME_CANCELLED);
	assert_string_equal(run_is(&t, 2), "cancelled");
	assert_int_equal(table_dag_row(&t, "daily")->failures, 1);
	t.now_us = DAY_AT(3);
	run = trigger_day(&t, "daily", DAY(2));
	fail_run(&t, run);
	assert_int_equal(table_dag_row(&t, "daily")->failures, 1);
	assert_false(table_dag_row(&t, "daily")->paused);
	/* A person's pause is no giving up. */
	command(&t, &(struct command){ .kind = COMMAND_PAUSE, .dag = "daily" });
	assert_int_equal(table_dag_row(&t, "daily")->failures, 0);
	table_close(&t);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(runs_that_fail_in_a_row_pause_the_dag),
		cmocka_unit_test(a_success_begins_the_count_anew),
		cmocka_unit_test(only_runs_of_the_schedule_count),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
