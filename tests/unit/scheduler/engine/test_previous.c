/* test_previous.c - tasks that depend on the past: what the run before lets begin. */
#include "tests/fixture/engine.h"

static const struct engine_config wide = { .pool_slots = 16, .seed = 7 };
static const struct engine_config narrow = { .pool_slots = 1, .seed = 7 };

static const struct task_fx remembers[] = {
	{ .id = "add", .past = true },
	{ .id = "tell", .needs = "add" },
};

static const struct task_fx looks_further[] = {
	{ .id = "add", .past = true, .past_downstream = true },
	{ .id = "tell", .needs = "add" },
};

static const struct task_fx forgives[] = {
	{ .id = "add", .past = true, .on_fail = ON_FAIL_WARN },
	{ .id = "tell" },
};

static const struct task_fx stubborn[] = {
	{ .id = "add", .past = true, .retries = 1, .retry_delay_us = HOUR_US },
	{ .id = "tell", .needs = "add" },
};

static const struct task_fx one[] = { { .id = "only" } };

static const struct task_fx forgives_and_stores[] = {
	{ .id = "add", .past = true, .on_fail = ON_FAIL_WARN },
	{ .id = "store", .writes = "sums" },
};

/* A dag with a run for each day, when somebody asks for it. */
static void
add_manual(struct table *t, const struct task_fx *tasks, size_t n)
{
	struct dag *dags[2];

	dags[0] = table_dag(t, &(struct dag_fx){ .id = "sum",
						 .start_day = DAY(0),
						 .max_active_runs = 9,
						 .tasks = tasks,
						 .n_tasks = n });
	dags[1] = table_dag(
	    t, &(struct dag_fx){
		   .id = "other", .start_day = DAY(0), .max_active_runs = 9, DAG_FX_TASKS(one) });
	table_catalog(t, dags, 2);
}

static void
open_at(struct table *t, const struct engine_config *config, int64_t now_us)
{
	table_open(t, config);
	t->now_us = now_us;
}

static const char *
waits_of(struct table *t, int64_t run, int64_t index)
{
	return table_says(t, table_task(t, run, index)->waits);
}

static void
clear(struct table *t, int64_t day)
{
	assert_int_equal(
	    command(t, &(struct command){ .kind = COMMAND_CLEAR,
					  .dag = "sum",
					  .run_id = day == DAY(0) ? "manual__2026-05-01"
								  : "manual__2026-05-02" })
		->code,
	    REPLY_OK);
}

static void
days_of_the_schedule_begin_one_after_the_other(void **state)
{
	struct table t;
	struct dag *dag;

	(void)state;
	open_at(&t, &wide, DAY_AT(3) + 3 * HOUR_US);
	dag = table_dag(&t, &(struct dag_fx){ .id = "sum",
					      .cron = "0 2 * * *",
					      .start_day = DAY(0),
					      .catchup = CATCHUP_ALL,
					      .max_active_runs = 3,
					      DAG_FX_TASKS(remembers) });
	table_catalog(&t, &dag, 1);
	assert_string_equal(task_is(&t, 1, 0), "queued");
	assert_string_equal(task_is(&t, 2, 0), "none");
	assert_string_equal(waits_of(&t, 2, 0),
			    "depends_on_past: task add of run scheduled__2026-05-01 has not ended");
	succeed(&t, 1, 0);
	assert_string_equal(run_is(&t, 1), "running");
	assert_string_equal(task_is(&t, 2, 0), "queued");
	assert_string_equal(task_is(&t, 3, 0), "none");
	succeed_all(&t);
	assert_string_equal(run_is(&t, 3), "success");
	table_close(&t);
}

static void
a_bad_end_holds_the_next_run_until_it_is_cleared(void **state)
{
	struct table t;
	int64_t first, second;

	(void)state;
	open_at(&t, &wide, DAY_AT(9));
	add_manual(&t, remembers, countof(remembers));
	first = trigger_day(&t, "sum", DAY(0));
	end_with(&t, live_of(&t, first, 0), OUTCOME_ERROR);
	assert_string_equal(run_is(&t, first), "failed");
	second = trigger_day(&t, "sum", DAY(1));
	assert_string_equal(task_is(&t, second, 0), "none");
	assert_string_equal(waits_of(&t, second, 0),
			    "depends_on_past: task add of run manual__2026-05-01 did not end well: "
			    "`tidemill runs clear sum manual__2026-05-01 --only-failed`");
	assert_string_equal(table_says(&t, table_run(&t, second)->waits), waits_of(&t, second, 0));
	table_restart(&t);
	table_wake(&t, t.now_us);
	assert_string_equal(task_is(&t, second, 0), "none");
	clear(&t, DAY(0));
	assert_string_equal(waits_of(&t, second, 0),
			    "depends_on_past: task add of run manual__2026-05-01 has not ended");
	succeed(&t, first, 0);
	assert_string_equal(task_is(&t, second, 0), "queued");
	table_close(&t);
}

static void
of_a_failed_run_only_the_same_task_counts(void **state)
{
	struct table t;
	int64_t first, second;

	(void)state;
	open_at(&t, &wide, DAY_AT(9));
	add_manual(&t, remembers, countof(remembers));
	first = trigger_day(&t, "sum", DAY(0));
	succeed(&t, first, 0);
	end_with(&t, live_of(&t, first, 1), OUTCOME_ERROR);
	assert_string_equal(run_is(&t, first), "failed");
	table_restart(&t);
	second = trigger_day(&t, "sum", DAY(1));
	assert_string_equal(task_is(&t, second, 0), "queued");
	table_close(&t);
}

static void
wait_for_downstream_asks_what_comes_after_it_too(void **state)
{
	struct table t;
	int64_t first, second;

	(void)state;
	open_at(&t, &wide, DAY_AT(9));
	add_manual(&t, looks_further, countof(looks_further));
	first = trigger_day(&t, "sum", DAY(0));
	second = trigger_day(&t, "sum", DAY(1));
	succeed(&t, first, 0);
	assert_string_equal(waits_of(&t, second, 0),
			    "depends_on_past: task tell of run manual__2026-05-01 has not ended");
	end_with(&t, live_of(&t, first, 1), OUTCOME_ERROR);
	assert_non_null(strstr(waits_of(&t, second, 0), "task tell of run manual__2026-05-01 did"));
	clear(&t, DAY(0));
	succeed(&t, first, 0);
	succeed(&t, first, 1);
	assert_string_equal(task_is(&t, second, 0), "queued");
	table_close(&t);
}

static void
a_forgiven_failure_is_a_good_end(void **state)
{
	struct table t;
	int64_t first, second;

	(void)state;
	open_at(&t, &wide, DAY_AT(9));
	add_manual(&t, forgives, countof(forgives));
	first = trigger_day(&t, "sum", DAY(0));
	end_with(&t, live_of(&t, first, 0), OUTCOME_ERROR);
	second = trigger_day(&t, "sum", DAY(1));
	assert_string_equal(task_is(&t, second, 0), "queued");
	table_close(&t);
}

static void
an_interval_without_a_run_is_passed_over(void **state)
{
	struct table t;
	int64_t first, later;

	(void)state;
	open_at(&t, &wide, DAY_AT(9));
	add_manual(&t, remembers, countof(remembers));
	first = trigger_day(&t, "sum", DAY(0));
	later = trigger_day(&t, "sum", DAY(4));
	assert_string_equal(waits_of(&t, later, 0),
			    "depends_on_past: task add of run manual__2026-05-01 has not ended");
	succeed(&t, first, 0);
	assert_string_equal(task_is(&t, later, 0), "queued");
	table_close(&t);
}

static void
a_run_between_is_waited_for_when_it_comes_in_time(void **state)
{
	struct table t;
	int64_t first, between, later;

	(void)state;
	open_at(&t, &wide, DAY_AT(9));
	add_manual(&t, remembers, countof(remembers));
	first = trigger_day(&t, "sum", DAY(0));
	later = trigger_day(&t, "sum", DAY(4));
	between = trigger_day(&t, "sum", DAY(1));
	succeed(&t, first, 0);
	assert_string_equal(task_is(&t, later, 0), "none");
	succeed(&t, between, 0);
	assert_string_equal(task_is(&t, later, 0), "queued");
	table_close(&t);
}

static void
what_was_ready_waits_again_when_the_run_before_ends_badly_after_all(void **state)
{
	struct table t;
	int64_t first, second, other;

	(void)state;
	open_at(&t, &narrow, DAY_AT(9));
	add_manual(&t, remembers, countof(remembers));
	first = trigger_day(&t, "sum", DAY(0));
	succeed_all(&t);
	other = trigger_day(&t, "other", DAY(0));
	second = trigger_day(&t, "sum", DAY(1));
	assert_string_equal(task_is(&t, second, 0), "scheduled");
	clear(&t, DAY(0));
	succeed(&t, other, 0);
	assert_string_equal(task_is(&t, first, 0), "queued");
	end_with(&t, live_of(&t, first, 0), OUTCOME_ERROR);
	assert_string_equal(run_is(&t, first), "failed");
	assert_string_equal(task_is(&t, second, 0), "none");
	assert_non_null(strstr(waits_of(&t, second, 0), "did not end well"));
	table_close(&t);
}

/* Without a grid: intervals lie between ticks, a run by hand may be of any instant. */
static void
of_ticks_the_run_before_is_that_of_the_tick_before(void **state)
{
	int64_t manual, start_us = DAY(0) * DAY_US;
	struct table t;
	struct dag *dag;

	(void)state;
	open_at(&t, &wide, start_us + 2 * HOUR_US + 30 * MINUTE_US);
	dag = table_dag(&t, &(struct dag_fx){ .id = "sum",
					      .cron = "0 * * * *",
					      .whole = true,
					      .start_day = DAY(0),
					      .catchup = CATCHUP_ALL,
					      .max_active_runs = 9,
					      DAG_FX_TASKS(remembers) });
	table_catalog(&t, &dag, 1);
	/* Those of 0:00 and 1:00 are due. */
	assert_string_equal(task_is(&t, 1, 0), "queued");
	assert_string_equal(waits_of(&t, 2, 0),
			    "depends_on_past: task add of run scheduled__2026-05-01 has not ended");
	/* One of 2:30 comes behind what had ended by then, and is nobody's run before. */
	manual = command(&t, &(struct command){ .kind = COMMAND_TRIGGER, .dag = "sum" })->run;
	assert_non_null(strstr(waits_of(&t, manual, 0), "scheduled__2026-05-01T01:00:00Z has not"));
	succeed(&t, 1, 0);
	succeed(&t, 2, 0);
	assert_string_equal(task_is(&t, manual, 0), "queued");
	table_wake(&t, start_us + 3 * HOUR_US);
	assert_string_equal(task_is(&t, manual + 1, 0), "queued");
	end_with(&t, live_of(&t, manual, 0), OUTCOME_ERROR);
	table_wake(&t, start_us + 4 * HOUR_US);
	assert_string_equal(waits_of(&t, manual + 2, 0),
			    "depends_on_past: task add of run scheduled__2026-05-01T02:00:00Z has "
			    "not ended");
	table_close(&t);
}

static void
a_backfill_does_not_run_backwards(void **state)
{
	const struct reply *r;
	struct table t;

	(void)state;
	open_at(&t, &wide, DAY_AT(9));
	add_manual(&t, remembers, countof(remembers));
	r = command(&t, &(struct command){ .kind = COMMAND_BACKFILL,
					   .dag = "sum",
					   .from_us = DAY(0) * DAY_US,
					   .to_us = DAY(2) * DAY_US,
					   .backwards = true });
	assert_int_equal(r->code, REPLY_REFUSED);
	assert_non_null(strstr(r->message, "depends_on_past"));
	table_close(&t);
}

/* Its rows are asked for at its turn: that costs it nothing of what it has waited. */
static void
who_has_to_ask_keeps_its_place_in_line(void **state)
{
	struct table t;
	int64_t first, second, other;

	(void)state;
	open_at(&t, &narrow, DAY_AT(9));
	add_manual(&t, remembers, countof(remembers));
	first = trigger_day(&t, "sum", DAY(0));
	succeed(&t, first, 0);
	end_with(&t, live_of(&t, first, 1), OUTCOME_ERROR);
	other = trigger_day(&t, "other", DAY(0));
	second = trigger_day(&t, "sum", DAY(1));
	assert_string_equal(task_is(&t, second, 0), "scheduled");
	table_restart(&t);
	table_wake(&t, t.now_us + 2 * MINUTE_US);
	(void)trigger_day(&t, "other", DAY(2));
	table_wake(&t, t.now_us + 2 * MINUTE_US);
	succeed(&t, other, 0);
	assert_string_equal(task_is(&t, second, 0), "queued");
	table_close(&t);
}

/* The first day is done again and fails for good, while the second has begun. */
static int64_t
fail_the_first_behind_the_second(struct table *t)
{
	int64_t first, second;

	open_at(t, &wide, DAY_AT(9));
	add_manual(t, stubborn, countof(stubborn));
	first = trigger_day(t, "sum", DAY(0));
	succeed_all(t);
	second = trigger_day(t, "sum", DAY(1));
	assert_string_equal(task_is(t, second, 0), "queued");
	clear(t, DAY(0));
	end_with(t, live_of(t, first, 0), OUTCOME_FATAL);
	assert_string_equal(run_is(t, first), "failed");
	return second;
}

static void
a_retry_is_asked_again_how_the_run_before_ended(void **state)
{
	struct table t;
	int64_t second;

	(void)state;
	second = fail_the_first_behind_the_second(&t);
	end_with(&t, live_of(&t, second, 0), OUTCOME_ERROR);
	assert_string_equal(task_is(&t, second, 0), "up_for_retry");
	table_wake(&t, t.now_us + HOUR_US);
	assert_string_equal(task_is(&t, second, 0), "none");
	assert_non_null(strstr(waits_of(&t, second, 0), "did not end well"));
	table_close(&t);
}

static void
so_is_a_start_that_the_machine_had_nothing_for(void **state)
{
	struct table t;
	int64_t second;

	(void)state;
	second = fail_the_first_behind_the_second(&t);
	end_with(&t, live_of(&t, second, 0), OUTCOME_HELD);
	assert_string_equal(task_is(&t, second, 0), "none");
	assert_non_null(strstr(waits_of(&t, second, 0), "did not end well"));
	table_close(&t);
}

/*
 * While the run before may time out its forgiven failure may yet count; when it waits to be run
 * again for another task, it does not.
 */
static void
a_forgiven_failure_lets_go_when_its_run_waits_to_be_run_again(void **state)
{
	struct table t;
	struct dag *dag;
	int64_t first, second, attempt;

	(void)state;
	open_at(&t, &wide, DAY_AT(9));
	dag = table_dag(&t, &(struct dag_fx){ .id = "sum",
					      .start_day = DAY(0),
					      .max_active_runs = 9,
					      .timeout_us = HOUR_US,
					      .run_retries = 1,
					      DAG_FX_TASKS(forgives_and_stores) });
	table_catalog(&t, &dag, 1);
	first = trigger_day(&t, "sum", DAY(0));
	end_with(&t, live_of(&t, first, 0), OUTCOME_ERROR);
	attempt = live_of(&t, first, 1);
	end_with(&t, attempt, OUTCOME_OK);
	table_wake(&t, t.now_us + HOUR_US);
	second = trigger_day(&t, "sum", DAY(1));
	assert_string_equal(task_is(&t, second, 0), "none");
	table_step(&t, &(struct event){ .kind = EVENT_PUBLISHED,
					.attempt = attempt,
					.why = "what is staged is not whole" });
	assert_string_equal(run_is(&t, first), "up_for_retry");
	assert_string_equal(task_is(&t, second, 0), "queued");
	table_close(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(days_of_the_schedule_begin_one_after_the_other),
		cmocka_unit_test(a_bad_end_holds_the_next_run_until_it_is_cleared),
		cmocka_unit_test(of_a_failed_run_only_the_same_task_counts),
		cmocka_unit_test(wait_for_downstream_asks_what_comes_after_it_too),
		cmocka_unit_test(a_forgiven_failure_is_a_good_end),
		cmocka_unit_test(an_interval_without_a_run_is_passed_over),
		cmocka_unit_test(a_run_between_is_waited_for_when_it_comes_in_time),
		cmocka_unit_test(
		    what_was_ready_waits_again_when_the_run_before_ends_badly_after_all),
		cmocka_unit_test(who_has_to_ask_keeps_its_place_in_line),
		cmocka_unit_test(a_retry_is_asked_again_how_the_run_before_ended),
		cmocka_unit_test(so_is_a_start_that_the_machine_had_nothing_for),
		cmocka_unit_test(of_ticks_the_run_before_is_that_of_the_tick_before),
		cmocka_unit_test(a_backfill_does_not_run_backwards),
		cmocka_unit_test(a_forgiven_failure_lets_go_when_its_run_waits_to_be_run_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
