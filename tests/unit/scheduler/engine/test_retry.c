/* test_retry.c - lists of ends, accounts, the budget of a task and the timeout of a run. */
#include "tests/fixture/engine.h"

static const struct engine_config two_slots = { .pool_slots = 2, .seed = 7 };

/* A run of a dag of these tasks, its first attempts made. */
static int64_t
run_of(struct table *t, const struct dag_fx *fx)
{
	struct dag *dag;

	table_open(t, &two_slots);
	dag = table_dag(t, fx);
	table_catalog(t, &dag, 1);
	return command(t, &(struct command){ .kind = COMMAND_TRIGGER, .dag = fx->id })->run;
}

/* An end with a status or a signal of its own. */
static void
end_as(struct table *t, int64_t attempt, enum outcome outcome, int exit_code, int signal)
{
	char message[] = "it went wrong";
	struct exit_record record = { .attempt = attempt,
				      .outcome = outcome,
				      .exit_code = exit_code,
				      .signal = signal,
				      .message = message };

	table_step(t,
		   &(struct event){ .kind = EVENT_EXITED, .attempt = attempt, .record = &record });
}

static const char *
waits_of(struct table *t, int64_t run, int64_t index)
{
	return table_task(t, run, index)->waits;
}

static void
a_waiting_task_says_which_retry_of_how_many_comes(void **state)
{
	static const struct task_fx tasks[] = { { .id = "a", .retries = 2 } };
	struct table t;
	int64_t run = run_of(&t, &(struct dag_fx){ .id = "d", .whole = true, DAG_FX_TASKS(tasks) });

	(void)state;
	end_with(&t, live_of(&t, run, 0), OUTCOME_ERROR);
	assert_string_equal(waits_of(&t, run, 0), "{\"gate\":\"retry\",\"retry\":1,\"most\":2}");
	table_restart(&t);
	table_wake(&t, table_task(&t, run, 0)->next_retry_us);
	assert_string_equal(task_is(&t, run, 0), "queued");
	assert_string_equal(waits_of(&t, run, 0), "");
	end_with(&t, live_of(&t, run, 0), OUTCOME_INPUT_CHANGED);
	assert_string_equal(waits_of(&t, run, 0),
			    "{\"gate\":\"infra_retry\",\"retry\":1,\"most\":3}");
	table_wake(&t, table_task(&t, run, 0)->next_retry_us);
	succeed(&t, run, 0);
	assert_string_equal(run_is(&t, run), "success");
	table_close(&t);
}

static void
what_a_list_refuses_ends_the_task_at_once(void **state)
{
	static const struct status_range two[] = { { 2, 2 } };
	static const struct task_fx tasks[] = {
		{ .id = "a",
		  .retries = 2,
		  .no_retry_on = { .given = true, .statuses = two, .n_statuses = 1 } },
	};
	struct table t;
	int64_t run = run_of(&t, &(struct dag_fx){ .id = "d", .whole = true, DAG_FX_TASKS(tasks) });

	(void)state;
	end_as(&t, live_of(&t, run, 0), OUTCOME_ERROR, 1, 0);
	assert_string_equal(task_is(&t, run, 0), "up_for_retry");
	table_wake(&t, table_task(&t, run, 0)->next_retry_us);
	end_as(&t, live_of(&t, run, 0), OUTCOME_ERROR, 2, 0);
	assert_string_equal(task_is(&t, run, 0), "failed");
	assert_string_equal(waits_of(&t, run, 0), "{\"gate\":\"retry_refused\"}");
	assert_int_equal(table_task(&t, run, 0)->failures, 1);
	table_close(&t);
}

static const struct task_fx in_an_hour[] = {
	{ .id = "a", .retries = 9, .retry_delay_us = 20 * MINUTE_US, .retry_budget_us = HOUR_US },
};

static void
a_budget_counts_from_the_first_start_to_the_next_one(void **state)
{
	struct table t;
	int64_t run = run_of(
	    &t, &(struct dag_fx){ .id = "d", .whole = true, DAG_FX_TASKS(in_an_hour) });
	int64_t first_us = t.now_us;

	(void)state;
	assert_int_equal(table_task(&t, run, 0)->first_us, first_us);
	t.now_us += 20 * MINUTE_US;
	end_with(&t, live_of(&t, run, 0), OUTCOME_ERROR);
	table_restart(&t);
	table_wake(&t, first_us + 40 * MINUTE_US);
	/* The next would start after exactly an hour: that is within it. */
	end_with(&t, live_of(&t, run, 0), OUTCOME_ERROR);
	assert_string_equal(task_is(&t, run, 0), "up_for_retry");
	table_wake(&t, first_us + HOUR_US);
	end_with(&t, live_of(&t, run, 0), OUTCOME_ERROR);
	assert_string_equal(task_is(&t, run, 0), "failed");
	assert_string_equal(waits_of(&t, run, 0), "{\"gate\":\"retry_budget\",\"span\":\"1h\"}");
	/* A new epoch has all of it again. */
	assert_int_equal(command(&t, &(struct command){ .kind = COMMAND_CLEAR,
							.dag = "d",
							.run_id = table_run(&t, run)->run_id })
			     ->code,
			 REPLY_OK);
	assert_int_equal(table_task(&t, run, 0)->first_us, t.now_us);
	table_close(&t);
}

static void
a_retry_that_comes_late_for_its_budget_does_not_start(void **state)
{
	struct table t;
	int64_t run = run_of(
	    &t, &(struct dag_fx){ .id = "d", .whole = true, DAG_FX_TASKS(in_an_hour) });

	(void)state;
	end_with(&t, live_of(&t, run, 0), OUTCOME_ERROR);
	assert_string_equal(task_is(&t, run, 0), "up_for_retry");
	table_restart(&t);
	table_wake(&t, t.now_us + 2 * HOUR_US); /* nobody was there */
	assert_string_equal(task_is(&t, run, 0), "failed");
	assert_string_equal(run_is(&t, run), "failed");
	assert_int_equal(table_task(&t, run, 0)->tries, 1);
	table_close(&t);
}

static void
a_paused_task_is_late_for_its_budget_when_it_may_go_on(void **state)
{
	struct table t;
	int64_t run = run_of(
	    &t, &(struct dag_fx){ .id = "d", .whole = true, DAG_FX_TASKS(in_an_hour) });

	(void)state;
	end_with(&t, live_of(&t, run, 0), OUTCOME_ERROR);
	(void)command(&t, &(struct command){ .kind = COMMAND_PAUSE, .dag = "d" });
	table_wake(&t, t.now_us + 20 * MINUTE_US);
	assert_string_equal(task_is(&t, run, 0), "scheduled");
	t.now_us += HOUR_US;
	(void)command(&t, &(struct command){ .kind = COMMAND_UNPAUSE, .dag = "d" });
	assert_string_equal(task_is(&t, run, 0), "failed");
	table_close(&t);
}

/* ---- the timeout of a run ---- */

static const struct task_fx four[] = {
	{ .id = "slow" },
	{ .id = "quick" },
	{ .id = "behind", .needs = "slow" },
	{ .id = "flaky", .retries = 3, .retry_delay_us = 2 * HOUR_US },
};
static const struct dag_fx timed = {
	.id = "d", .whole = true, .timeout_us = HOUR_US, DAG_FX_TASKS(four)
};

static void
a_run_beyond_its_timeout_ends_failed(void **state)
{
	struct table t;
	int64_t run = run_of(&t, &timed), attempt, start_us = t.now_us;

	(void)state;
	assert_int_equal(table_run(&t, run)->due_us, start_us + HOUR_US);
	succeed(&t, run, 1);
	end_with(&t, live_of(&t, run, 3), OUTCOME_ERROR);
	attempt = live_of(&t, run, 0);
	tell(&t, EVENT_STARTED, attempt);
	table_restart(&t);
	table_wake(&t, t.now_us);
	assert_int_equal(t.fx.wake_us, start_us + HOUR_US);
	table_wake(&t, start_us + HOUR_US - 1);
	assert_string_equal(task_is(&t, run, 2), "none");
	table_wake(&t, start_us + HOUR_US);
	assert_true(table_run(&t, run)->timed_out);
	assert_string_equal(task_is(&t, run, 2), "failed");
	assert_string_equal(task_is(&t, run, 3), "failed");
	assert_string_equal(waits_of(&t, run, 2), "{\"gate\":\"run_timeout\",\"span\":\"1h\"}");
	assert_int_equal(table_action(&t, ACTION_KILL)->attempt, attempt);
	assert_string_equal(run_is(&t, run), "running");
	/* What had time to end well is ended all the same: nobody publishes it. */
	table_restart(&t);
	table_wake(&t, t.now_us);
	end_with(&t, attempt, OUTCOME_OK);
	assert_string_equal(task_is(&t, run, 0), "failed");
	assert_string_equal(waits_of(&t, run, 0), "{\"gate\":\"run_timeout\",\"span\":\"1h\"}");
	assert_string_equal(task_is(&t, run, 1), "success");
	assert_string_equal(run_is(&t, run), "failed");
	assert_int_equal(table_run(&t, run)->due_us, 0);
	table_close(&t);
}

static void
clear_gives_a_run_all_its_time_again(void **state)
{
	struct table t;
	int64_t run = run_of(&t, &timed), start_us = t.now_us;

	(void)state;
	table_wake(&t, start_us + HOUR_US);
	while (engine_live(t.engine, &(int64_t){ 0 }, 1)) {
		int64_t live = live_of(&t, run, 0) ? live_of(&t, run, 0) : live_of(&t, run, 1);

		end_with(&t, live, OUTCOME_CANCELLED);
	}
	assert_string_equal(run_is(&t, run), "failed");
	t.now_us += 5 * HOUR_US;
	(void)command(&t, &(struct command){ .kind = COMMAND_CLEAR,
					     .dag = "d",
					     .run_id = table_run(&t, run)->run_id });
	assert_false(table_run(&t, run)->timed_out);
	assert_int_equal(table_run(&t, run)->due_us, t.now_us + HOUR_US);
	assert_int_equal(live_of(&t, run, 0) != 0, 1);
	table_close(&t);
}

static void
a_failure_that_is_forgiven_does_not_forgive_a_timeout(void **state)
{
	static const struct task_fx tasks[] = { { .id = "a", .on_fail = ON_FAIL_IGNORE } };
	struct table t;
	int64_t run = run_of(
	    &t, &(struct dag_fx){
		    .id = "d", .whole = true, .timeout_us = HOUR_US, DAG_FX_TASKS(tasks) });

	(void)state;
	table_wake(&t, t.now_us + HOUR_US);
	end_with(&t, live_of(&t, run, 0), OUTCOME_CANCELLED);
	assert_string_equal(task_is(&t, run, 0), "failed");
	assert_string_equal(run_is(&t, run), "failed");
	table_close(&t);
}

static void
what_publishes_at_the_deadline_is_let_go_on(void **state)
{
	static const struct task_fx tasks[] = { { .id = "a", .writes = "raw" } };
	struct table t;
	struct dag *dag;
	int64_t run, attempt;

	(void)state;
	table_open(&t, &two_slots);
	dag = table_dag(
	    &t, &(struct dag_fx){
		    .id = "d", .start_day = DAY(0), .timeout_us = HOUR_US, DAG_FX_TASKS(tasks) });
	table_catalog(&t, &dag, 1);
	run = command(&t, &(struct command){ .kind = COMMAND_TRIGGER,
					     .dag = "d",
					     .has_logical = true,
					     .logical_us = DAY_AT(1) })
		  ->run;
	attempt = live_of(&t, run, 0);
	end_with(&t, attempt, OUTCOME_OK);
	table_wake(&t, t.now_us + HOUR_US);
	assert_false(table_run(&t, run)->timed_out);
	publish_ok(&t, attempt);
	assert_string_equal(run_is(&t, run), "success");
	table_close(&t);
}

/* The publish that was let go on fails: there is no time for another try. */
static void
what_would_be_tried_again_after_the_deadline_is_not(void **state)
{
	static const struct task_fx tasks[] = { { .id = "a", .writes = "raw", .retries = 3 } };
	struct table t;
	struct dag *dag;
	int64_t run, attempt;

	(void)state;
	table_open(&t, &two_slots);
	dag = table_dag(
	    &t, &(struct dag_fx){
		    .id = "d", .start_day = DAY(0), .timeout_us = HOUR_US, DAG_FX_TASKS(tasks) });
	table_catalog(&t, &dag, 1);
	run = trigger_day(&t, "d", DAY(1));
	attempt = live_of(&t, run, 0);
	end_with(&t, attempt, OUTCOME_OK);
	table_wake(&t, t.now_us + HOUR_US);
	t.now_us += MINUTE_US;
	table_step(&t, &(struct event){ .kind = EVENT_PUBLISHED,
					.attempt = attempt,
					.why = "what is staged is not whole" });
	assert_string_equal(task_is(&t, run, 0), "up_for_retry");
	assert_true(t.fx.wake_us <= t.now_us);
	table_wake(&t, t.now_us);
	assert_string_equal(task_is(&t, run, 0), "failed");
	assert_string_equal(run_is(&t, run), "failed");
	assert_true(table_run(&t, run)->timed_out);
	table_close(&t);
}

/* One task that runs, of a run with a retry and an hour. */
static int64_t
run_of_an_hour(struct table *t)
{
	static const struct task_fx tasks[] = { { .id = "a" } };

	return run_of(t, &(struct dag_fx){ .id = "d",
					   .whole = true,
					   .timeout_us = HOUR_US,
					   .run_retries = 1,
					   DAG_FX_TASKS(tasks) });
}

static void
cancel_run(struct table *t, int64_t run)
{
	(void)command(t, &(struct command){ .kind = COMMAND_CANCEL,
					    .dag = "d",
					    .run_id = table_run(t, run)->run_id });
}

static void
who_cancels_just_before_the_deadline_has_cancelled(void **state)
{
	struct table t;
	int64_t run = run_of_an_hour(&t);

	(void)state;
	t.now_us += HOUR_US - SECOND_US;
	cancel_run(&t, run);
	/* It takes its time to end. */
	table_wake(&t, t.now_us + 2 * SECOND_US);
	assert_false(table_run(&t, run)->timed_out);
	end_with(&t, live_of(&t, run, 0), OUTCOME_CANCELLED);
	assert_string_equal(task_is(&t, run, 0), "cancelled");
	assert_string_equal(run_is(&t, run), "cancelled");
	table_close(&t);
}

static void
so_has_who_cancels_just_after_it(void **state)
{
	struct table t;
	int64_t run = run_of_an_hour(&t);

	(void)state;
	table_wake(&t, t.now_us + HOUR_US);
	assert_true(table_run(&t, run)->timed_out);
	cancel_run(&t, run);
	table_restart(&t);
	table_wake(&t, t.now_us);
	end_with(&t, live_of(&t, run, 0), OUTCOME_CANCELLED);
	assert_string_equal(run_is(&t, run), "cancelled");
	table_close(&t);
}

/* What is left publishes: that is let go on, and what failed beside it is not done again. */
static void
who_cancels_a_run_that_only_publishes_takes_its_retries(void **state)
{
	static const struct task_fx tasks[] = { { .id = "bad" }, { .id = "a", .writes = "raw" } };
	struct table t;

	(void)state;
	for (int over = 0; over < 2; over++) {
		const struct reply *reply;
		int64_t run, attempt;
		struct dag *dag;

		table_open(&t, &two_slots);
		dag = table_dag(&t, &(struct dag_fx){ .id = "d",
						      .start_day = DAY(0),
						      .timeout_us = HOUR_US,
						      .run_retries = 1,
						      DAG_FX_TASKS(tasks) });
		table_catalog(&t, &dag, 1);
		run = trigger_day(&t, "d", DAY(1));
		attempt = live_of(&t, run, 1);
		end_with(&t, attempt, OUTCOME_OK);
		/* The deadline may be what ended the other one. */
		if (over)
			table_wake(&t, t.now_us + HOUR_US);
		else
			end_with(&t, live_of(&t, run, 0), OUTCOME_ERROR);
		assert_int_equal(table_run(&t, run)->timed_out, over);
		if (over)
			end_with(&t, live_of(&t, run, 0), OUTCOME_CANCELLED);
		reply = command(&t, &(struct command){ .kind = COMMAND_CANCEL,
						       .dag = "d",
						       .run_id = table_run(&t, run)->run_id });
		assert_non_null(strstr(reply->message, "; what publishes is let go on"));
		table_restart(&t);
		table_wake(&t, t.now_us);
		publish_ok(&t, attempt);
		assert_string_equal(task_is(&t, run, 1), "success");
		assert_string_equal(run_is(&t, run), "failed");
		assert_int_equal(table_run(&t, run)->epoch, 1);
		table_close(&t);
	}
}

static void
deadlines_move_with_the_clock(void **state)
{
	struct table t;
	int64_t run = run_of(&t, &timed), left_us;
	struct event clock = { .kind = EVENT_CLOCK, .boot = "boot", .offset_us = DAY_AT(0) };

	(void)state;
	table_step(&t, &clock);
	left_us = table_run(&t, run)->due_us - t.now_us;
	clock.offset_us += DAY_US;
	t.now_us += DAY_US;
	table_step(&t, &clock);
	assert_int_equal(table_run(&t, run)->due_us - t.now_us, left_us);
	assert_int_equal(table_task(&t, run, 0)->first_us, t.now_us);
	assert_false(table_run(&t, run)->timed_out);
	/* In another boot no wait is longer than the whole. */
	clock.boot = "another";
	t.now_us -= 300 * DAY_US;
	table_step(&t, &clock);
	assert_int_equal(table_run(&t, run)->due_us - t.now_us, HOUR_US);
	table_close(&t);
}

/* ---- retries of a run ---- */

static const struct task_fx branches[] = {
	{ .id = "good", .writes = "right" },
	{ .id = "bad", .writes = "wrong" },
	{ .id = "behind", .needs = "bad" },
	{ .id = "forgiven", .on_fail = ON_FAIL_WARN },
};
static const struct dag_fx retried = {
	.id = "d", .start_day = DAY(0), .run_retries = 2, DAG_FX_TASKS(branches)
};
static const struct task_fx readers[] = { { .id = "r", .reads = "wrong" },
					  { .id = "q", .reads = "right" } };

static int64_t
run_for_day(struct table *t, const char *dag)
{
	return command(t, &(struct command){ .kind = COMMAND_TRIGGER,
					     .dag = dag,
					     .has_logical = true,
					     .logical_us = DAY_AT(1) })
	    ->run;
}

/* A run of which one task failed, so that it is up for retry. */
static int64_t
open_failed_run(struct table *t, const struct engine_config *config)
{
	struct dag *dags[2];
	int64_t run;

	table_open(t, config);
	dags[0] = table_dag(t, &retried);
	dags[1] = table_dag(
	    t, &(struct dag_fx){ .id = "r", .start_day = DAY(0), DAG_FX_TASKS(readers) });
	table_catalog(t, dags, 2);
	run = run_for_day(t, "d");
	succeed(t, run, 0);
	end_with(t, live_of(t, run, 1), OUTCOME_ERROR);
	end_with(t, live_of(t, run, 3), OUTCOME_ERROR);
	return run;
}

static void
a_run_is_retried_with_what_failed_of_it(void **state)
{
	struct table t;
	int64_t run = open_failed_run(&t, &two_slots), due_us = t.now_us + MINUTE_US;

	(void)state;
	assert_string_equal(run_is(&t, run), "up_for_retry");
	assert_string_equal(table_run(&t, run)->waits,
			    "{\"gate\":\"run_retry\",\"retry\":1,\"most\":2}");
	assert_int_equal(table_run(&t, run)->due_us, due_us);
	assert_string_equal(task_is(&t, run, 2), "upstream_failed");
	table_restart(&t);
	table_wake(&t, t.now_us);
	assert_int_equal(t.fx.wake_us, due_us);
	table_wake(&t, due_us);
	assert_string_equal(run_is(&t, run), "running");
	assert_int_equal(table_run(&t, run)->epoch, 2);
	assert_string_equal(task_is(&t, run, 0), "success");
	assert_string_equal(task_is(&t, run, 1), "queued");
	assert_string_equal(task_is(&t, run, 2), "none");
	assert_string_equal(task_is(&t, run, 3), "failed");
	succeed(&t, run, 1);
	succeed(&t, run, 2);
	assert_string_equal(run_is(&t, run), "success");
	assert_int_equal(table_run(&t, run)->retries, 1);
	table_close(&t);
}

static void
what_was_skipped_for_a_failure_is_asked_again_with_it(void **state)
{
	static const struct task_fx tasks[] = {
		{ .id = "bad" },
		{ .id = "no_need", .skip_exit_code = 99 },
		{ .id = "handler", .needs = "bad no_need", .rule = RULE_ALL_SKIPPED },
		{ .id = "behind", .needs = "handler" },
		{ .id = "last", .needs = "no_need" },
	};
	struct table t;
	int64_t run = run_of(
	    &t,
	    &(struct dag_fx){ .id = "d", .whole = true, .run_retries = 1, DAG_FX_TASKS(tasks) });

	(void)state;
	end_with(&t, live_of(&t, run, 0), OUTCOME_ERROR);
	end_as(&t, live_of(&t, run, 1), OUTCOME_ERROR, 99, 0);
	assert_string_equal(run_is(&t, run), "up_for_retry");
	for (int i = 1; i <= 4; i++)
		assert_string_equal(task_is(&t, run, i), "skipped");
	table_wake(&t, table_run(&t, run)->due_us);
	assert_string_equal(task_is(&t, run, 0), "queued");
	assert_string_equal(task_is(&t, run, 1), "skipped"); /* that was its own word ... */
	assert_string_equal(task_is(&t, run, 2), "none");
	assert_string_equal(task_is(&t, run, 3), "none");
	assert_string_equal(task_is(&t, run, 4), "skipped"); /* ... and who is behind it is not */
	end_as(&t, live_of(&t, run, 0), OUTCOME_OK, 0, 0);
	assert_string_equal(task_is(&t, run, 3), "skipped");
	assert_string_equal(run_is(&t, run), "success");
	table_close(&t);
}

static void
retries_of_a_run_come_to_an_end(void **state)
{
	struct table t;
	int64_t run = open_failed_run(&t, &two_slots);

	(void)state;
	for (int n = 1; n <= 2; n++) {
		table_wake(&t, table_run(&t, run)->due_us);
		end_with(&t, live_of(&t, run, 1), OUTCOME_ERROR);
	}
	assert_string_equal(run_is(&t, run), "failed");
	assert_int_equal(table_run(&t, run)->epoch, 3);
	assert_int_equal(table_run(&t, run)->retries, 2);
	assert_int_equal(table_run(&t, run)->due_us, 0);
	/* A person gives it all of them again. */
	(void)command(&t, &(struct command){ .kind = COMMAND_CLEAR,
					     .dag = "d",
					     .run_id = table_run(&t, run)->run_id });
	assert_int_equal(table_run(&t, run)->retries, 0);
	table_close(&t);
}

static void
readers_outside_wait_for_the_retry_of_what_failed(void **state)
{
	struct table t;
	int64_t run = open_failed_run(&t, &two_slots), reader = run_for_day(&t, "r");

	(void)state;
	assert_string_equal(task_is(&t, reader, 0), "none");
	assert_string_equal(task_is(&t, reader, 1), "queued"); /* that will not be done again */
	succeed(&t, reader, 1);
	for (int n = 1; n <= 2; n++) {
		table_wake(&t, table_run(&t, run)->due_us);
		end_with(&t, live_of(&t, run, 1), OUTCOME_ERROR);
		assert_string_equal(task_is(&t, reader, 0), n == 1 ? "none" : "failed");
	}
	assert_non_null(strstr(waits_of(&t, reader, 0), "not_published"));
	table_close(&t);
}

static void
who_cancels_a_run_that_waits_for_its_retry_ends_it(void **state)
{
	struct table t;
	int64_t run = open_failed_run(&t, &two_slots), reader = run_for_day(&t, "r");
	const struct reply *reply;

	(void)state;
	reply = command(&t, &(struct command){ .kind = COMMAND_CLEAR,
					       .dag = "d",
					       .run_id = table_run(&t, run)->run_id });
	assert_int_equal(reply->code, REPLY_REFUSED);
	reply = command(&t, &(struct command){ .kind = COMMAND_CANCEL,
					       .dag = "d",
					       .run_id = table_run(&t, run)->run_id });
	assert_int_equal(reply->code, REPLY_OK);
	assert_string_equal(run_is(&t, run), "failed");
	assert_string_equal(task_is(&t, reader, 0), "failed");
	table_close(&t);
}

static void
a_session_waits_for_the_retry_of_its_run(void **state)
{
	static const struct engine_config session = { .pool_slots = 2, .session = true };
	struct table t;
	int64_t run = open_failed_run(&t, &session);
	bool failed, stuck;

	(void)state;
	assert_false(engine_session_done(t.engine, &failed, &stuck));
	assert_false(stuck);
	assert_int_equal(t.fx.wake_us, table_run(&t, run)->due_us);
	table_wake(&t, table_run(&t, run)->due_us);
	succeed(&t, run, 1);
	succeed(&t, run, 2);
	assert_true(engine_session_done(t.engine, &failed, &stuck));
	assert_false(failed);
	table_close(&t);
}

/* ---- groups ---- */

static const struct task_fx grouped[] = {
	{ .id = "before" },
	{ .id = "make", .needs = "before", .grouped = true, .writes = "made" },
	{ .id = "check", .needs = "make", .grouped = true },
	{ .id = "after", .needs = "check" },
	{ .id = "any", .needs = "make", .rule = RULE_ONE_SUCCESS },
};

static const struct group_row *
group_row(struct table *t, int64_t run)
{
	struct kept *k = table_find(t->rows, "group", run, 0);

	return k ? &k->change.group : NULL;
}

/* A run of `fx` for a day, and one of another dag that reads what it makes. */
static int64_t
open_grouped(struct table *t, const struct engine_config *config, const struct dag_fx *fx,
	     int64_t *reader)
{
	static const struct task_fx reads[] = { { .id = "r", .reads = "made" } };
	struct dag *dags[2];
	int64_t run;

	table_open(t, config);
	dags[0] = table_dag(t, fx);
	dags[1] = table_dag(
	    t, &(struct dag_fx){ .id = "r", .start_day = DAY(0), DAG_FX_TASKS(reads) });
	table_catalog(t, dags, 2);
	run = run_for_day(t, fx->id);
	*reader = run_for_day(t, "r");
	return run;
}

#define GROUPED(n) \
	.id = "d", .start_day = DAY(0), .group_retry = { .retries = (n) }, DAG_FX_TASKS(grouped)

static void
a_group_is_tried_again_whole_and_nobody_outside_sees_an_end_before(void **state)
{
	struct table t;
	int64_t reader, due_us;
	int64_t run = open_grouped(&t, &two_slots, &(struct dag_fx){ GROUPED(1) }, &reader);

	(void)state;
	succeed(&t, run, 0);
	succeed(&t, run, 1);
	assert_string_equal(task_is(&t, run, 2), "queued");
	assert_string_equal(task_is(&t, run, 4), "none");
	assert_string_equal(task_is(&t, reader, 0), "none");
	end_with(&t, live_of(&t, run, 2), OUTCOME_GATE_FAILED);
	due_us = t.now_us + 10 * SECOND_US;
	assert_string_equal(task_is(&t, run, 3), "none");
	assert_string_equal(run_is(&t, run), "running");
	assert_int_equal(group_row(&t, run)->retries, 1);
	assert_int_equal(group_row(&t, run)->due_us, due_us);
	assert_string_equal(group_row(&t, run)->waits,
			    "{\"gate\":\"group_retry\",\"group\":\"g\",\"retry\":1,\"most\":1}");
	table_restart(&t);
	table_wake(&t, t.now_us);
	assert_int_equal(t.fx.wake_us, due_us);
	assert_string_equal(task_is(&t, run, 1), "success");
	assert_string_equal(task_is(&t, reader, 0), "none");
	table_wake(&t, due_us);
	assert_string_equal(task_is(&t, run, 0), "success");
	assert_string_equal(task_is(&t, run, 1), "queued");
	assert_string_equal(task_is(&t, run, 2), "none");
	succeed(&t, run, 1);
	assert_string_equal(task_is(&t, reader, 0), "none");
	succeed(&t, run, 2);
	assert_string_equal(task_is(&t, run, 3), "queued");
	assert_string_not_equal(task_is(&t, run, 4), "none");
	assert_string_not_equal(task_is(&t, reader, 0), "none");
	table_close(&t);
}

static void
a_group_has_failed_when_its_retries_are_used_up(void **state)
{
	struct table t;
	int64_t reader;
	int64_t run = open_grouped(&t, &two_slots, &(struct dag_fx){ GROUPED(2) }, &reader);

	(void)state;
	succeed(&t, run, 0);
	for (int n = 0; n < 3; n++) {
		end_with(&t, live_of(&t, run, 1), OUTCOME_ERROR);
		assert_string_equal(task_is(&t, run, 2), "upstream_failed");
		assert_string_equal(task_is(&t, run, 3), n < 2 ? "none" : "upstream_failed");
		if (n < 2)
			table_wake(&t, group_row(&t, run)->due_us);
	}
	assert_string_equal(run_is(&t, run), "failed");
	assert_string_equal(task_is(&t, reader, 0), "failed");
	/* A person gives it all of them again. */
	(void)command(&t, &(struct command){ .kind = COMMAND_CLEAR,
					     .dag = "d",
					     .run_id = table_run(&t, run)->run_id });
	assert_true(!group_row(&t, run) || !group_row(&t, run)->retries);
	table_close(&t);
}

static void
a_list_of_a_group_refuses_ends(void **state)
{
	struct dag_fx fx = { GROUPED(2) };
	struct table t;
	int64_t reader, run;

	(void)state;
	fx.group_retry.never = (struct end_list){ .given = true,
						  .outcomes = 1U << OUTCOME_GATE_FAILED };
	run = open_grouped(&t, &two_slots, &fx, &reader);
	succeed(&t, run, 0);
	succeed(&t, run, 1);
	end_with(&t, live_of(&t, run, 2), OUTCOME_GATE_FAILED);
	assert_string_equal(task_is(&t, run, 3), "upstream_failed");
	assert_string_equal(group_row(&t, run)->waits, "{\"gate\":\"retry_refused\"}");
	table_close(&t);
}

static void
a_group_that_only_followed_a_failure_is_not_tried_again(void **state)
{
	struct table t;
	int64_t reader;
	int64_t run = open_grouped(&t, &two_slots, &(struct dag_fx){ GROUPED(2) }, &reader);

	(void)state;
	end_with(&t, live_of(&t, run, 0), OUTCOME_ERROR);
	assert_string_equal(task_is(&t, run, 2), "upstream_failed");
	assert_string_equal(run_is(&t, run), "failed");
	table_close(&t);
}

static void
the_time_of_a_group_is_over_before_its_next_try(void **state)
{
	struct dag_fx fx = { GROUPED(2) };
	struct table t;
	int64_t reader, run;

	(void)state;
	fx.group_retry.budget_us = 15 * SECOND_US;
	run = open_grouped(&t, &two_slots, &fx, &reader);
	succeed(&t, run, 0);
	end_with(&t, live_of(&t, run, 1), OUTCOME_ERROR);
	table_wake(&t, group_row(&t, run)->due_us);
	end_with(&t, live_of(&t, run, 1), OUTCOME_ERROR);
	assert_string_equal(run_is(&t, run), "failed");
	assert_int_equal(group_row(&t, run)->retries, 1);
	assert_string_equal(group_row(&t, run)->waits,
			    "{\"gate\":\"retry_budget\",\"span\":\"15s\"}");
	table_close(&t);
}

static void
who_cancels_a_run_whose_group_waits_ends_it_as_it_stands(void **state)
{
	static const struct task_fx alone[] = { { .id = "a", .grouped = true },
						{ .id = "b", .grouped = true } };
	struct table t;
	int64_t run = run_of(&t, &(struct dag_fx){ .id = "d",
						   .whole = true,
						   .run_retries = 1,
						   .group_retry = { .retries = 1 },
						   DAG_FX_TASKS(alone) });
	const struct reply *reply;

	(void)state;
	succeed(&t, run, 0);
	end_with(&t, live_of(&t, run, 1), OUTCOME_ERROR);
	assert_string_equal(run_is(&t, run), "running");
	reply = command(&t, &(struct command){ .kind = COMMAND_CANCEL,
					       .dag = "d",
					       .run_id = table_run(&t, run)->run_id });
	assert_non_null(strstr(reply->message, "it has failed, as it stands"));
	assert_string_equal(run_is(&t, run), "failed");
	assert_int_equal(t.fx.wake_us, INT64_MAX);
	table_close(&t);
}

/* What succeeded in it would be done again with its retry: nobody may have built on it till then.
 */
static void
a_retry_of_the_run_does_a_whole_group_again(void **state)
{
	static const struct task_fx tasks[] = { { .id = "a", .grouped = true },
						{ .id = "b", .needs = "a", .grouped = true },
						{ .id = "behind", .needs = "a" } };
	struct table t;
	int64_t run = run_of(&t, &(struct dag_fx){ .id = "d",
						   .whole = true,
						   .run_retries = 1,
						   .group_retry = { .retries = 1 },
						   DAG_FX_TASKS(tasks) });

	(void)state;
	for (int n = 0; n < 2; n++) {
		succeed(&t, run, 0);
		end_with(&t, live_of(&t, run, 1), OUTCOME_ERROR);
		if (!n)
			table_wake(&t, group_row(&t, run)->due_us);
	}
	succeed(&t, run, 2);
	assert_string_equal(run_is(&t, run), "up_for_retry");
	table_wake(&t, table_run(&t, run)->due_us);
	assert_string_equal(task_is(&t, run, 0), "queued");
	assert_string_equal(task_is(&t, run, 1), "none");
	assert_string_equal(task_is(&t, run, 2), "success");
	table_close(&t);
}

/* A group that waits for its retry makes its run count: it takes the place of no other. */
static void
a_group_fails_when_its_run_has_a_slot(void **state)
{
	static const struct task_fx makes[] = { { .id = "make", .writes = "events" } };
	static const struct task_fx reads[] = { { .id = "a", .reads = "events", .grouped = true } };
	struct dag *dags[2];
	int64_t made[2], run[2];
	struct table t;

	(void)state;
	table_open(&t, &two_slots);
	dags[0] = table_dag(
	    &t, &(struct dag_fx){
		    .id = "m", .start_day = DAY(0), .max_active_runs = 2, DAG_FX_TASKS(makes) });
	dags[1] = table_dag(&t, &(struct dag_fx){ .id = "d",
						  .start_day = DAY(0),
						  .max_active_runs = 1,
						  .group_retry = { .retries = 1 },
						  DAG_FX_TASKS(reads) });
	table_catalog(&t, dags, 2);
	for (int i = 0; i < 2; i++) {
		made[i] = trigger_day(&t, "m", DAY(1 + i));
		run[i] = trigger_day(&t, "d", DAY(1 + i));
	}
	succeed(&t, made[1], 0);
	assert_string_equal(task_is(&t, run[1], 0), "queued");
	end_with(&t, live_of(&t, made[0], 0), OUTCOME_GATE_FAILED);
	assert_string_equal(waits_of(&t, run[0], 0), "{\"gate\":\"task_slot\"}");
	table_restart(&t);
	table_wake(&t, t.now_us);
	assert_string_equal(task_is(&t, run[0], 0), "none");
	succeed(&t, run[1], 0);
	assert_string_equal(task_is(&t, run[0], 0), "failed");
	assert_true(group_row(&t, run[0])->due_us > t.now_us);
	table_close(&t);
}

static void
the_timeout_of_a_run_is_over_for_its_groups_too(void **state)
{
	struct dag_fx fx = { GROUPED(2) };
	struct table t;
	int64_t reader, run, over_us;

	(void)state;
	fx.timeout_us = 5 * SECOND_US;
	run = open_grouped(&t, &two_slots, &fx, &reader);
	over_us = table_run(&t, run)->due_us;
	succeed(&t, run, 0);
	end_with(&t, live_of(&t, run, 1), OUTCOME_ERROR);
	table_wake(&t, over_us);
	assert_string_equal(run_is(&t, run), "failed");
	assert_int_equal(group_row(&t, run)->due_us, 0);
	table_close(&t);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_waiting_task_says_which_retry_of_how_many_comes),
		cmocka_unit_test(what_a_list_refuses_ends_the_task_at_once),
		cmocka_unit_test(a_budget_counts_from_the_first_start_to_the_next_one),
		cmocka_unit_test(a_retry_that_comes_late_for_its_budget_does_not_start),
		cmocka_unit_test(a_paused_task_is_late_for_its_budget_when_it_may_go_on),
		cmocka_unit_test(a_run_beyond_its_timeout_ends_failed),
		cmocka_unit_test(clear_gives_a_run_all_its_time_again),
		cmocka_unit_test(a_failure_that_is_forgiven_does_not_forgive_a_timeout),
		cmocka_unit_test(what_publishes_at_the_deadline_is_let_go_on),
		cmocka_unit_test(what_would_be_tried_again_after_the_deadline_is_not),
		cmocka_unit_test(who_cancels_just_before_the_deadline_has_cancelled),
		cmocka_unit_test(so_has_who_cancels_just_after_it),
		cmocka_unit_test(who_cancels_a_run_that_only_publishes_takes_its_retries),
		cmocka_unit_test(deadlines_move_with_the_clock),
		cmocka_unit_test(a_run_is_retried_with_what_failed_of_it),
		cmocka_unit_test(what_was_skipped_for_a_failure_is_asked_again_with_it),
		cmocka_unit_test(retries_of_a_run_come_to_an_end),
		cmocka_unit_test(readers_outside_wait_for_the_retry_of_what_failed),
		cmocka_unit_test(who_cancels_a_run_that_waits_for_its_retry_ends_it),
		cmocka_unit_test(a_session_waits_for_the_retry_of_its_run),
		cmocka_unit_test(
		    a_group_is_tried_again_whole_and_nobody_outside_sees_an_end_before),
		cmocka_unit_test(a_group_has_failed_when_its_retries_are_used_up),
		cmocka_unit_test(a_list_of_a_group_refuses_ends),
		cmocka_unit_test(a_group_that_only_followed_a_failure_is_not_tried_again),
		cmocka_unit_test(the_time_of_a_group_is_over_before_its_next_try),
		cmocka_unit_test(who_cancels_a_run_whose_group_waits_ends_it_as_it_stands),
		cmocka_unit_test(a_retry_of_the_run_does_a_whole_group_again),
		cmocka_unit_test(a_group_fails_when_its_run_has_a_slot),
		cmocka_unit_test(the_timeout_of_a_run_is_over_for_its_groups_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
