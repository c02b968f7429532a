/* test_engine.c - the schedule, runs and their slots, the pool, attempts and retries. */
#include "core/model/limit.h"
#include "tests/fixture/engine.h"

static const struct engine_config two_slots = { .pool_slots = 2, .seed = 7 };

static const struct task_fx chain[] = {
	{ .id = "a", .writes = "raw" },
	{ .id = "b", .reads = "raw", .retries = 2 },
	{ .id = "c", .needs = "b" },
};

static struct dag *
add_chain(struct table *t, const char *cron, enum catchup catchup)
{
	return table_dag(t, &(struct dag_fx){ .id = "chain",
					      .cron = cron,
					      .start_day = DAY(0),
					      .catchup = catchup,
					      DAG_FX_TASKS(chain) });
}

static size_t
count_runs(struct table *t)
{
	return (size_t)t->last_run;
}

/* ---- the schedule ---- */

struct schedule_case {
	const char *name, *cron;
	enum catchup catchup;
	int64_t window_us;
	int64_t now_us;
	size_t runs;
	int64_t first, last, cursor; /* days after day 0 */
};

static void
schedule_makes_what_catchup_says(void **state)
{
	static const struct schedule_case cases[] = {
		{ "all", "0 2 * * *", CATCHUP_ALL, 0, DAY_AT(10) + 3 * HOUR_US, 10, 0, 9, 10 },
		{ "all, before the tick", "0 2 * * *", CATCHUP_ALL, 0, DAY_AT(10) + HOUR_US, 9, 0,
		  8, 9 },
		{ "all, on the tick", "0 2 * * *", CATCHUP_ALL, 0, DAY_AT(10) + 2 * HOUR_US, 10, 0,
		  9, 10 },
		{ "all, a window of three days", "0 2 * * *", CATCHUP_ALL, 3 * DAY_US,
		  DAY_AT(10) + 2 * HOUR_US, 3, 7, 9, 10 },
		{ "all, window to the microsecond", "0 0 * * *", CATCHUP_ALL, 3 * DAY_US,
		  DAY_AT(10), 4, 6, 9, 10 },
		{ "latest", "0 2 * * *", CATCHUP_LATEST, 0, DAY_AT(10) + 3 * HOUR_US, 1, 9, 9, 10 },
		{ "none, long after the tick", "0 2 * * *", CATCHUP_NONE, 0,
		  DAY_AT(10) + 3 * HOUR_US, 0, 0, 0, 10 },
		{ "none, 15 minutes after", "0 2 * * *", CATCHUP_NONE, 0,
		  DAY_AT(10) + 2 * HOUR_US + 15 * MINUTE_US, 1, 9, 9, 10 },
		{ "none, one more", "0 2 * * *", CATCHUP_NONE, 0,
		  DAY_AT(10) + 2 * HOUR_US + 15 * MINUTE_US + 1, 0, 0, 0, 10 },
		/* 2026-05-11 is a Monday. */
		{ "weekdays, Monday's tick brings the weekend", "0 2 * * 1-5", CATCHUP_ALL, 0,
		  DAY_AT(10) + 2 * HOUR_US, 10, 0, 9, 10 },
		{ "weekdays, Sunday brings nothing", "0 2 * * 1-5", CATCHUP_ALL, 0,
		  DAY_AT(10) - HOUR_US, 7, 0, 6, 7 },
		{ "before the start", "0 2 * * *", CATCHUP_ALL, 0, DAY_AT(-3), 0, 0, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		const struct schedule_case *c = &cases[i];
		struct table t;
		struct dag *dag;

		table_open(&t, &two_slots);
		dag = table_dag(&t, &(struct dag_fx){ .id = "d",
						      .cron = c->cron,
						      .start_day = DAY(0),
						      .catchup = c->catchup,
						      .catchup_window_us = c->window_us,
						      DAG_FX_TASKS(chain) });
		t.now_us = c->now_us;
		table_catalog(&t, &dag, 1);
		if (count_runs(&t) != c->runs)
			fail_msg("%s: %zu runs, not %zu", c->name, count_runs(&t), c->runs);
		if (table_dag_row(&t, "d")->cursor_us != DAY_AT(c->cursor))
			fail_msg("%s: the cursor is elsewhere", c->name);
		if (c->runs && (table_run(&t, 1)->logical_us != DAY_AT(c->first) ||
				table_run(&t, t.last_run)->logical_us != DAY_AT(c->last)))
			fail_msg("%s: other days", c->name);
		/* Looking again, also after a restart, makes nothing twice. */
		table_catalog(&t, &dag, 1);
		table_restart(&t);
		table_wake(&t, t.now_us);
		if (count_runs(&t) != c->runs)
			fail_msg("%s: %zu runs after a restart", c->name, count_runs(&t));
		table_close(&t);
	}
}

static void
schedule_is_bounded_per_step(void **state)
{
	static const struct task_fx one[] = { { .id = "a" } };
	struct table t;
	struct dag *dag;

	(void)state;
	table_open(&t, &two_slots);
	dag = table_dag(&t, &(struct dag_fx){ .id = "d",
					      .cron = "0 0 * * *",
					      .start_day = DAY(0),
					      .catchup = CATCHUP_ALL,
					      DAG_FX_TASKS(one) });
	t.now_us = DAY_AT(601);
	table_catalog(&t, &dag, 1);
	assert_int_equal(count_runs(&t), 250);
	assert_true(t.fx.wake_us <= t.now_us);
	table_wake(&t, t.now_us);
	assert_int_equal(count_runs(&t), 500);
	table_restart(&t);
	table_wake(&t, t.now_us);
	assert_int_equal(count_runs(&t), 601);
	assert_int_equal(t.fx.wake_us, DAY_AT(602));
	table_close(&t);
}

/* A dag whose cron is meant in a zone. */
static struct dag *
dag_in(struct table *t, const char *zone)
{
	static const struct task_fx one[] = { { .id = "a" } };
	struct dag *dag = table_dag(t, &(struct dag_fx){ .id = "d",
							 .cron = "0 2 * * *",
							 .start_day = DAY(0),
							 .catchup = CATCHUP_ALL,
							 DAG_FX_TASKS(one) });

	dag->zone = fx_zone(zone);
	dag->schedule.zone = dag->zone;
	return dag;
}

static void
newer_time_zones_move_what_is_due(void **state)
{
	struct table t;
	struct dag *before, *after;

	(void)state;
	table_open(&t, &two_slots);
	before = dag_in(&t, "Europe/Berlin");
	after = dag_in(&t, "Asia/Kolkata");
	if (!before->zone || !after->zone)
		skip();
	t.now_us = DAY_AT(2);
	table_catalog(&t, &before, 1);
	assert_int_equal(count_runs(&t), 2);
	assert_int_equal(t.fx.wake_us,
			 DAY_AT(3)); /* 02:00 in summer is 00:00Z, the end of the day */
	table_catalog(&t, &after, 1);
	table_wake(&t, DAY_AT(3));
	assert_int_equal(count_runs(&t), 2);
	assert_int_equal(t.fx.wake_us, DAY_AT(3) + 20 * HOUR_US + 30 * MINUTE_US);
	table_wake(&t, t.fx.wake_us);
	assert_int_equal(count_runs(&t), 3);
	/* What is known already changes nothing. */
	table_catalog(&t, &after, 1);
	assert_int_equal(t.n_changes, 0);
	table_close(&t);
}

/* The clocks of Berlin by the rules of another place. */
static struct dag *
daily_in_berlin(struct table *t, const char *rules)
{
	struct dag *dag = dag_in(t, "Europe/Berlin");
	struct zone *z = NULL;
	size_t bytes = 0;
	char *data = fx_zone_bytes(rules, &bytes);

	if (!dag->zone || !data || zone_read(&z, "Europe/Berlin", data, bytes, NULL))
		skip();
	free(data);
	zone_unref(dag->zone);
	dag->zone = z;
	dag->schedule.zone = z;
	dag->grid.zone = z;
	return dag;
}

/* Midnight comes an hour earlier or later: the next day is made all the same, and once. */
static void
newer_time_zones_leave_out_no_day(void **state)
{
	static const struct {
		const char *rules;
		int64_t start_us;
	} cases[] = { { "Europe/Athens", DAY_AT(2) - 3 * HOUR_US },
		      { "Europe/London", DAY_AT(2) - HOUR_US } };

	(void)state;
	for (size_t i = 0; i < 2 * countof(cases); i++) {
		struct dag *before, *after;
		struct table t;

		table_open(&t, &two_slots);
		before = daily_in_berlin(&t, "Europe/Berlin");
		after = daily_in_berlin(&t, cases[i / 2].rules);
		t.now_us = DAY_AT(2);
		table_catalog(&t, &before, 1);
		assert_int_equal(table_dag_row(&t, "d")->cursor_us, DAY_AT(2) - 2 * HOUR_US);
		/* While the scheduler runs, or between two lives of it. */
		if (i % 2) {
			t.dags[0] = after;
			t.dags[1] = before;
			table_restart(&t);
		}
		table_catalog(&t, &after, 1);
		table_wake(&t, t.now_us);
		assert_int_equal(table_dag_row(&t, "d")->cursor_us, cases[i / 2].start_us);
		table_wake(&t, DAY_AT(3) + HOUR_US);
		assert_int_equal(t.last_run, 2);
		assert_int_equal(table_run(&t, 2)->logical_us, cases[i / 2].start_us);
		table_close(&t);
	}
}

static void
pause_holds_the_cursor_and_unpause_applies_catchup(void **state)
{
	struct table t;
	struct dag *dag;

	(void)state;
	table_open(&t, &two_slots);
	dag = add_chain(&t, "0 2 * * *", CATCHUP_NONE);
	t.now_us = DAY_AT(5);
	table_catalog(&t, &dag, 1);
	command(&t, &(struct command){ .kind = COMMAND_PAUSE, .dag = "chain" });
	table_wake(&t, DAY_AT(8) + 3 * HOUR_US);
	assert_int_equal(count_runs(&t), 0);
	assert_int_equal(table_dag_row(&t, "chain")->cursor_us, DAY_AT(4));
	/* Unpaused 10 minutes after the tick: that one is made, the older ones are not. */
	t.now_us = DAY_AT(9) + 2 * HOUR_US + 10 * MINUTE_US;
	command(&t, &(struct command){ .kind = COMMAND_UNPAUSE, .dag = "chain" });
	assert_int_equal(count_runs(&t), 1);
	assert_int_equal(table_run(&t, 1)->logical_us, DAY_AT(8));
	assert_string_equal(table_run(&t, 1)->run_id, "scheduled__2026-05-09");
	table_close(&t);
}

static void
a_changed_catalog_changes_dags(void **state)
{
	struct table t;
	struct dag *dag, *later;

	(void)state;
	table_open(&t, &two_slots);
	dag = add_chain(&t, "0 2 * * *", CATCHUP_ALL);
	t.now_us = DAY_AT(2) + 3 * HOUR_US;
	table_catalog(&t, &dag, 1);
	assert_int_equal(count_runs(&t), 2);
	/* Nothing changed: nothing is written. */
	table_catalog(&t, &dag, 1);
	assert_int_equal(t.n_changes, 0);
	/* It vanished: what there is goes on, nothing new is made. */
	table_catalog(&t, NULL, 0);
	assert_false(table_dag_row(&t, "chain")->present);
	table_wake(&t, DAY_AT(4) + 3 * HOUR_US);
	assert_int_equal(count_runs(&t), 2);
	succeed_all(&t);
	assert_string_equal(run_is(&t, 2), "success");
	/* It is back and starts later: the cursor jumps there. */
	later = table_dag(&t, &(struct dag_fx){ .id = "chain",
						.cron = "0 2 * * *",
						.start_day = DAY(7),
						.catchup = CATCHUP_ALL,
						DAG_FX_TASKS(chain) });
	table_restart(&t);
	table_catalog(&t, &later, 1);
	assert_true(table_dag_row(&t, "chain")->present);
	assert_int_equal(table_dag_row(&t, "chain")->cursor_us, DAY_AT(7));
	table_wake(&t, DAY_AT(9));
	assert_int_equal(count_runs(&t), 3);
	assert_string_equal(table_run(&t, 3)->digest, later->digest);
	/* Starting earlier again moves nothing back. */
	table_catalog(&t, &dag, 1);
	assert_int_equal(table_dag_row(&t, "chain")->cursor_us, DAY_AT(8));
	table_close(&t);
}

static void
run_is_pinned_to_its_definition(void **state)
{
	static const struct task_fx other[] = { { .id = "z" } };
	struct table t;
	struct dag *old, *new;
	int64_t run;

	(void)state;
	table_open(&t, &two_slots);
	old = add_chain(&t, NULL, CATCHUP_NONE);
	table_catalog(&t, &old, 1);
	run = trigger_day(&t, "chain", DAY(1));
	new = table_dag(
	    &t, &(struct dag_fx){ .id = "chain", .start_day = DAY(0), DAG_FX_TASKS(other) });
	table_catalog(&t, &new, 1);
	table_restart(&t);
	table_catalog(&t, &new, 1);
	succeed_all(&t);
	assert_string_equal(run_is(&t, run), "success");
	assert_string_equal(table_run(&t, run)->digest, old->digest);
	assert_string_equal(task_is(&t, run, 2), "success");
	table_close(&t);
}

/* ---- one run ---- */

static void
a_run_lives_from_queued_to_success(void **state)
{
	struct table t;
	struct dag *dag;
	int64_t run, a;

	(void)state;
	table_open(&t, &two_slots);
	dag = add_chain(&t, NULL, CATCHUP_NONE);
	table_catalog(&t, &dag, 1);
	run = trigger_day(&t, "chain", DAY(1));
	assert_string_equal(run_is(&t, run), "running");
	assert_string_equal(task_is(&t, run, 0), "queued");
	assert_string_equal(task_is(&t, run, 1), "none");
	assert_int_equal(count_actions(&t, ACTION_LAUNCH), 1);
	a = live_of(&t, run, 0);
	tell(&t, EVENT_STARTED, a);
	assert_false(t.fx.urgent);
	assert_int_equal(t.n_changes, 4);
	assert_string_equal(task_is(&t, run, 0), "running");
	end_with(&t, a, OUTCOME_OK);
	assert_true(t.fx.urgent);
	assert_int_equal(count_actions(&t, ACTION_PUBLISH), 1);
	assert_string_equal(task_is(&t, run, 0), "running");
	assert_int_equal(table_attempt(&t, a)->state, ATTEMPT_PUBLISHING);
	publish_ok(&t, a);
	assert_string_equal(task_is(&t, run, 0), "success");
	assert_int_equal(count_actions(&t, ACTION_DISCARD), 1);
	/* The next one reads what was published, pinned. */
	assert_int_equal(table_action(&t, ACTION_LAUNCH)->n_inputs, 1);
	assert_int_equal(table_action(&t, ACTION_LAUNCH)->inputs[0].version, 1);
	assert_false(table_action(&t, ACTION_LAUNCH)->partial);
	assert_non_null(strstr(table_attempt(&t, live_of(&t, run, 1))->inputs,
			       "{\"dataset\":\"raw\",\"day\":20575,\"version\":1,\"digest\":\"0"));
	/* The hint that it started is lost: the end is enough. */
	end_with(&t, live_of(&t, run, 1), OUTCOME_OK);
	succeed(&t, run, 2);
	assert_string_equal(run_is(&t, run), "success");
	assert_int_equal(table_run(&t, run)->ended_us, t.now_us);
	assert_int_equal(t.fx.wake_us, INT64_MAX);
	table_close(&t);
}

static void
late_and_doubled_events_change_nothing(void **state)
{
	struct table t;
	struct dag *dag;
	int64_t run, a;

	(void)state;
	table_open(&t, &two_slots);
	dag = add_chain(&t, NULL, CATCHUP_NONE);
	table_catalog(&t, &dag, 1);
	run = trigger_day(&t, "chain", DAY(1));
	a = live_of(&t, run, 0);
	tell(&t, EVENT_STARTED, a);
	tell(&t, EVENT_STARTED, a);
	assert_int_equal(t.n_changes, 0);
	tell(&t, EVENT_GONE, a);
	assert_int_equal(t.n_changes, 0);
	end_with(&t, a, OUTCOME_OK);
	end_with(&t, a, OUTCOME_ERROR);
	assert_int_equal(t.n_changes, 0);
	tell(&t, EVENT_VANISHED, a);
	tell(&t, EVENT_NEVER_STARTED, a);
	assert_int_equal(t.n_changes, 0);
	publish_ok(&t, a);
	end_with(&t, a, OUTCOME_OK);
	assert_int_equal(t.n_changes, 0);
	assert_int_equal(count_actions(&t, ACTION_DISCARD), 1);
	end_with(&t, 1000, OUTCOME_OK);
	assert_int_equal(t.fx.n_actions, 0);
	table_close(&t);
}

static void
every_outcome_goes_to_its_account(void **state)
{
	static const struct {
		const char *name;
		enum outcome outcome;
		const char *task;
		int failures, losses;
	} cases[] = {
		{ "error", OUTCOME_ERROR, "up_for_retry", 1, 0 },
		{ "signal", OUTCOME_SIGNAL, "up_for_retry", 1, 0 },
		{ "timeout", OUTCOME_TIMEOUT, "up_for_retry", 1, 0 },
		{ "cancelled by a stranger", OUTCOME_CANCELLED, "up_for_retry", 0, 1 },
		{ "gate", OUTCOME_GATE_FAILED, "failed", 0, 0 },
		{ "all bad", OUTCOME_ALL_BAD, "failed", 0, 0 },
		{ "max bad", OUTCOME_MAX_BAD, "failed", 0, 0 },
		{ "out of memory", OUTCOME_OOM, "up_for_retry", 1, 0 },
		{ "missing", OUTCOME_MISSING, "failed", 0, 0 },
		{ "input changed", OUTCOME_INPUT_CHANGED, "up_for_retry", 0, 1 },
		{ "launch", OUTCOME_LAUNCH_FAILED, "up_for_retry", 0, 1 },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		struct table t;
		struct dag *dag;
		int64_t run;

		table_open(&t, &two_slots);
		dag = add_chain(&t, NULL, CATCHUP_NONE);
		table_catalog(&t, &dag, 1);
		run = trigger_day(&t, "chain", DAY(1));
		succeed(&t, run, 0);
		end_with(&t, live_of(&t, run, 1), cases[i].outcome);
		if (strcmp(task_is(&t, run, 1), cases[i].task) ||
		    table_task(&t, run, 1)->failures != cases[i].failures ||
		    table_task(&t, run, 1)->losses != cases[i].losses)
			fail_msg("%s: %s %d %d", cases[i].name, task_is(&t, run, 1),
				 table_task(&t, run, 1)->failures, table_task(&t, run, 1)->losses);
		assert_int_equal(table_action(&t, ACTION_DISCARD)->keep_staging,
				 cases[i].outcome == OUTCOME_GATE_FAILED ||
				     cases[i].outcome == OUTCOME_ALL_BAD);
		if (!strcmp(cases[i].task, "failed")) {
			assert_string_equal(task_is(&t, run, 2), "upstream_failed");
			assert_string_equal(run_is(&t, run), "failed");
		}
		table_close(&t);
	}
}

static void
retries_come_to_an_end(void **state)
{
	struct table t;
	struct dag *dag;
	int64_t run;

	(void)state;
	table_open(&t, &two_slots);
	dag = add_chain(&t, NULL, CATCHUP_NONE);
	table_catalog(&t, &dag, 1);
	run = trigger_day(&t, "chain", DAY(1));
	succeed(&t, run, 0);
	/* Two retries of its own, and losses that do not count against them. */
	for (int n = 0; n < 3; n++) {
		int64_t a = live_of(&t, run, 1);

		tell(&t, EVENT_VANISHED, a);
		assert_int_equal(count_actions(&t, ACTION_SWEEP), 1);
		assert_int_equal(table_attempt(&t, a)->state, ATTEMPT_KILLING);
		tell(&t, EVENT_GONE, a);
		assert_int_equal(table_attempt(&t, a)->state, ATTEMPT_LOST);
		assert_int_equal(t.fx.wake_us, t.now_us + (SECOND_US << n));
		table_restart(&t);
		table_wake(&t, t.now_us + (SECOND_US << n) - 1);
		assert_int_equal(live_of(&t, run, 1), 0);
		table_wake(&t, t.now_us + 1);
	}
	for (int n = 0; n < 2; n++) {
		end_with(&t, live_of(&t, run, 1), OUTCOME_ERROR);
		assert_string_equal(task_is(&t, run, 1), "up_for_retry");
		table_wake(&t, t.fx.wake_us);
	}
	end_with(&t, live_of(&t, run, 1), OUTCOME_ERROR);
	assert_string_equal(task_is(&t, run, 1), "failed");
	assert_int_equal(table_task(&t, run, 1)->tries, 6);
	assert_string_equal(run_is(&t, run), "failed");
	table_close(&t);
}

static void
losses_come_to_an_end(void **state)
{
	struct table t;
	struct dag *dag;
	int64_t run;

	(void)state;
	table_open(&t, &two_slots);
	dag = add_chain(&t, NULL, CATCHUP_NONE);
	table_catalog(&t, &dag, 1);
	run = trigger_day(&t, "chain", DAY(1));
	for (int n = 0; n < 3; n++) {
		tell(&t, EVENT_NEVER_STARTED, live_of(&t, run, 0));
		assert_string_equal(task_is(&t, run, 0), "up_for_retry");
		table_wake(&t, t.fx.wake_us);
	}
	tell(&t, EVENT_NEVER_STARTED, live_of(&t, run, 0));
	assert_string_equal(task_is(&t, run, 0), "failed");
	assert_int_equal(table_attempt(&t, 4)->outcome, OUTCOME_LAUNCH_FAILED);
	assert_string_equal(table_attempt(&t, 4)->message, "a reason");
	table_close(&t);
}

static void
retry_delay_grows_is_capped_and_repeats(void **state)
{
	static const struct task_fx flaky[] = {
		{ .id = "a",
		  .retries = 9,
		  .retry_delay_us = 10 * SECOND_US,
		  .max_retry_delay_us = MINUTE_US,
		  .backoff = 2,
		  .jitter = 0.5 },
	};
	int64_t delays[2][6];

	(void)state;
	for (int round = 0; round < 2; round++) {
		struct table t;
		struct dag *dag;
		int64_t run;

		table_open(&t, &two_slots);
		dag = table_dag(&t,
				&(struct dag_fx){ .id = "d", .whole = true, DAG_FX_TASKS(flaky) });
		table_catalog(&t, &dag, 1);
		run = command(&t, &(struct command){ .kind = COMMAND_TRIGGER, .dag = "d" })->run;
		for (int n = 0; n < 6; n++) {
			int64_t raw = (10 * SECOND_US) << n, row;

			end_with(&t, live_of(&t, run, 0), OUTCOME_ERROR);
			row = table_task(&t, run, 0)->next_retry_us;
			raw = raw < MINUTE_US ? raw : MINUTE_US;
			delays[round][n] = row - t.now_us;
			assert_in_range(delays[round][n], raw / 2, raw);
			assert_int_equal(t.fx.wake_us, row);
			table_wake(&t, row);
		}
		table_close(&t);
	}
	assert_memory_equal(delays[0], delays[1], sizeof(delays[0]));
}

static void
a_record_after_all_decides(void **state)
{
	static const struct {
		const char *name;
		enum outcome outcome;
		enum attempt_state attempt;
		int failures, losses;
	} cases[] = {
		{ "error", OUTCOME_ERROR, ATTEMPT_FAILED, 1, 0 },
		{ "ok comes too late to publish", OUTCOME_OK, ATTEMPT_LOST, 0, 1 },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		struct table t;
		struct dag *dag;
		int64_t run, a;

		table_open(&t, &two_slots);
		dag = add_chain(&t, NULL, CATCHUP_NONE);
		table_catalog(&t, &dag, 1);
		run = trigger_day(&t, "chain", DAY(1));
		succeed(&t, run, 0);
		a = live_of(&t, run, 1);
		tell(&t, EVENT_VANISHED, a);
		end_with(&t, a, cases[i].outcome);
		assert_int_equal(table_attempt(&t, a)->state, cases[i].attempt);
		assert_int_equal(table_task(&t, run, 1)->failures, cases[i].failures);
		assert_int_equal(table_task(&t, run, 1)->losses, cases[i].losses);
		table_close(&t);
	}
}

static void
a_failed_publish_fails_its_task(void **state)
{
	struct table t;
	struct dag *dag;
	int64_t run, a;

	(void)state;
	table_open(&t, &two_slots);
	dag = add_chain(&t, NULL, CATCHUP_NONE);
	table_catalog(&t, &dag, 1);
	run = trigger_day(&t, "chain", DAY(1));
	a = live_of(&t, run, 0);
	end_with(&t, a, OUTCOME_OK);
	table_step(&t, &(struct event){ .kind = EVENT_UNPUBLISHED, .attempt = a, .why = "busy" });
	assert_string_equal("{\"gate\":\"publish\",\"text\":\"busy\"}",
			    table_task(&t, run, 0)->waits);
	table_step(&t, &(struct event){ .kind = EVENT_PUBLISHED, .attempt = a, .why = "no" });
	assert_string_equal("", table_task(&t, run, 0)->waits);
	assert_int_equal(table_attempt(&t, a)->state, ATTEMPT_FAILED);
	assert_int_equal(table_attempt(&t, a)->outcome, OUTCOME_PUBLISH_FAILED);
	assert_null(engine_partition(t.engine, "raw", DAY(1)));
	assert_string_not_equal(task_is(&t, run, 0), "success");
	table_close(&t);
}

static void
on_fail_and_all_done_decide_together(void **state)
{
	static const struct task_fx tasks[] = {
		{ .id = "soft", .on_fail = ON_FAIL_WARN },
		{ .id = "after", .needs = "soft" },
		{ .id = "always", .needs = "soft", .rule = RULE_ALL_DONE },
		{ .id = "hard" },
		{ .id = "mixed", .needs = "soft hard" },
	};
	static const struct task_fx lone[] = { { .id = "soft", .on_fail = ON_FAIL_IGNORE } };
	struct table t;
	struct dag *dags[2];
	int64_t run;

	(void)state;
	table_open(&t, &two_slots);
	dags[0] = table_dag(&t, &(struct dag_fx){ .id = "d", DAG_FX_TASKS(tasks) });
	dags[1] = table_dag(&t, &(struct dag_fx){ .id = "lone", DAG_FX_TASKS(lone) });
	table_catalog(&t, dags, 2);
	run = trigger_day(&t, "d", DAY(1));
	end_with(&t, live_of(&t, run, 0), OUTCOME_ERROR);
	assert_string_equal(task_is(&t, run, 0), "failed");
	/* It stays failed, and what comes after it goes on. */
	succeed(&t, run, 1);
	succeed(&t, run, 2);
	table_restart(&t);
	table_wake(&t, t.now_us);
	end_with(&t, live_of(&t, run, 3), OUTCOME_ERROR);
	assert_string_equal(task_is(&t, run, 4), "upstream_failed");
	assert_string_equal(run_is(&t, run), "failed");
	run = trigger_day(&t, "d", DAY(2));
	end_with(&t, live_of(&t, run, 0), OUTCOME_ERROR);
	succeed_all(&t);
	assert_string_equal(task_is(&t, run, 0), "failed");
	assert_string_equal(task_is(&t, run, 4), "success");
	assert_string_equal(run_is(&t, run), "success");
	run = trigger_day(&t, "lone", DAY(1));
	end_with(&t, live_of(&t, run, 0), OUTCOME_ERROR);
	assert_string_equal(task_is(&t, run, 0), "failed");
	assert_string_equal(run_is(&t, run), "success");
	table_close(&t);
}

/* ---- limits ---- */

static void
pool_is_filled_in_order_and_never_over(void **state)
{
	static const struct task_fx tasks[] = {
		{ .id = "low" },
		{ .id = "wide", .slots = 3, .priority = 5 },
		{ .id = "first", .slots = 2, .priority = 9 },
		{ .id = "too_wide", .slots = 99, .priority = 1 },
	};
	struct engine_config config = { .pool_slots = 3 };
	struct limits wider;
	struct table t;
	struct dag *dag;
	int64_t run;

	(void)state;
	table_open(&t, &config);
	dag = table_dag(&t, &(struct dag_fx){ .id = "d", DAG_FX_TASKS(tasks) });
	table_catalog(&t, &dag, 1);
	run = trigger_day(&t, "d", DAY(1));
	/* `wide` does not fit beside `first`, and nothing behind it overtakes. */
	assert_string_equal(task_is(&t, run, 2), "queued");
	assert_string_equal(task_is(&t, run, 1), "scheduled");
	assert_string_equal(task_is(&t, run, 0), "scheduled");
	succeed(&t, run, 2);
	assert_string_equal(task_is(&t, run, 1), "queued");
	assert_string_equal(task_is(&t, run, 0), "scheduled");
	table_restart(&t);
	table_wake(&t, t.now_us);
	succeed(&t, run, 1);
	/* Wider than the pool: it is held, and holds up nobody. */
	assert_string_equal(task_is(&t, run, 3), "scheduled");
	assert_non_null(strstr(table_task(&t, run, 3)->waits, "\"gate\":\"pool_small\""));
	assert_string_equal(task_is(&t, run, 0), "queued");
	succeed(&t, run, 0);
	limits_init(&wider, 99);
	table_limits(&t, &dag, 1, &wider);
	assert_string_equal(task_is(&t, run, 3), "queued");
	succeed(&t, run, 3);
	assert_string_equal(run_is(&t, run), "success");
	table_close(&t);
}

static void
dying_and_publishing_attempts_hold_their_slots(void **state)
{
	static const struct task_fx tasks[] = { { .id = "a", .writes = "x" }, { .id = "b" } };
	struct engine_config config = { .pool_slots = 1 };
	struct table t;
	struct dag *dag;
	int64_t run, a;

	(void)state;
	table_open(&t, &config);
	dag = table_dag(&t, &(struct dag_fx){ .id = "d", DAG_FX_TASKS(tasks) });
	table_catalog(&t, &dag, 1);
	run = trigger_day(&t, "d", DAY(1));
	a = live_of(&t, run, 0);
	tell(&t, EVENT_VANISHED, a);
	assert_string_equal(task_is(&t, run, 1), "scheduled");
	tell(&t, EVENT_GONE, a);
	assert_string_equal(task_is(&t, run, 1), "queued");
	succeed(&t, run, 1);
	table_wake(&t, t.now_us + SECOND_US);
	a = live_of(&t, run, 0);
	end_with(&t, a, OUTCOME_OK);
	assert_int_equal(engine_live(t.engine, NULL, 0), 1);
	publish_ok(&t, a);
	assert_string_equal(run_is(&t, run), "success");
	table_close(&t);
}

static void
max_active_runs_oldest_first(void **state)
{
	static const struct task_fx one[] = { { .id = "a", .retries = 1 } };
	struct engine_config config = { .pool_slots = 8 };
	struct table t;
	struct dag *dag;
	int64_t run;

	(void)state;
	table_open(&t, &config);
	dag = table_dag(&t, &(struct dag_fx){ .id = "d",
					      .cron = "0 0 * * *",
					      .start_day = DAY(0),
					      .catchup = CATCHUP_ALL,
					      .max_active_runs = 2,
					      DAG_FX_TASKS(one) });
	t.now_us = DAY_AT(5);
	table_catalog(&t, &dag, 1);
	assert_string_equal(run_is(&t, 2), "running");
	assert_string_equal(run_is(&t, 3), "queued");
	/* A run that waits for a retry keeps its run slot. */
	end_with(&t, live_of(&t, 1, 0), OUTCOME_ERROR);
	assert_string_equal(run_is(&t, 3), "queued");
	/* Scheduled before manual, though it is older. */
	run = trigger_day(&t, "d", DAY(-4));
	succeed(&t, 2, 0);
	assert_string_equal(run_is(&t, 3), "running");
	assert_string_equal(run_is(&t, run), "queued");
	table_restart(&t);
	table_wake(&t, t.now_us);
	assert_string_equal(run_is(&t, 4), "queued");
	table_wake(&t, t.now_us + SECOND_US);
	succeed_all(&t);
	assert_string_equal(run_is(&t, run), "success");
	assert_string_equal(run_is(&t, 5), "success");
	table_close(&t);
}

/* ---- size ---- */

static void
long_chains_and_wide_fans(void **state)
{
	enum { N = 5000 };
	static struct task_fx chain_of[N], fan[N + 2];
	static char names[N + 2][16], needs[N * 16];
	struct engine_config config = { .pool_slots = 64 };
	struct table t;
	struct dag *dag, *dags[2];
	size_t at = 0;
	int64_t run;

	(void)state;
	for (int i = 0; i < N + 2; i++)
		snprintf(names[i], sizeof(names[i]), "t%d", i);
	for (int i = 0; i < N; i++)
		chain_of[i] = (struct task_fx){ .id = names[i], .needs = i ? names[i - 1] : NULL };
	for (int i = 0; i < N; i++)
		at += (size_t)snprintf(needs + at, sizeof(needs) - at, "%s ", names[i + 1]);
	fan[0] = (struct task_fx){ .id = names[0] };
	for (int i = 1; i <= N; i++)
		fan[i] = (struct task_fx){ .id = names[i], .needs = names[0] };
	fan[N + 1] = (struct task_fx){ .id = names[N + 1], .needs = needs };
	table_open(&t, &config);
	dags[0] = table_dag(&t, &(struct dag_fx){ .id = "chain", DAG_FX_TASKS(chain_of) });
	dags[1] = table_dag(&t, &(struct dag_fx){ .id = "fan", DAG_FX_TASKS(fan) });
	dag = dags[0];
	effects_reset(&t.fx);
	engine_step(t.engine, &(struct event){ .kind = EVENT_CATALOG, .dags = dags, .n_dags = 2 },
		    t.now_us, &t.fx);
	table_commit(&t, t.fx.changes, t.fx.n_changes);
	run = trigger_day(&t, "chain", DAY(1));
	end_with(&t, live_of(&t, run, 0), OUTCOME_ERROR);
	assert_string_equal(task_is(&t, run, (int64_t)dag->n_tasks - 1), "upstream_failed");
	assert_string_equal(run_is(&t, run), "failed");
	run = trigger_day(&t, "fan", DAY(1));
	end_with(&t, live_of(&t, run, 0), OUTCOME_OK);
	assert_int_equal(engine_live(t.engine, NULL, 0), 64);
	assert_string_equal(task_is(&t, run, N + 1), "none");
	command(&t, &(struct command){ .kind = COMMAND_CANCEL,
				       .dag = "fan",
				       .has_logical = true,
				       .logical_us = DAY_AT(1) });
	assert_int_equal(count_actions(&t, ACTION_KILL), 64);
	assert_string_equal(task_is(&t, run, N + 1), "cancelled");
	table_close(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(schedule_makes_what_catchup_says),
		cmocka_unit_test(schedule_is_bounded_per_step),
		cmocka_unit_test(newer_time_zones_move_what_is_due),
		cmocka_unit_test(newer_time_zones_leave_out_no_day),
		cmocka_unit_test(pause_holds_the_cursor_and_unpause_applies_catchup),
		cmocka_unit_test(a_changed_catalog_changes_dags),
		cmocka_unit_test(run_is_pinned_to_its_definition),
		cmocka_unit_test(a_run_lives_from_queued_to_success),
		cmocka_unit_test(late_and_doubled_events_change_nothing),
		cmocka_unit_test(every_outcome_goes_to_its_account),
		cmocka_unit_test(retries_come_to_an_end),
		cmocka_unit_test(losses_come_to_an_end),
		cmocka_unit_test(retry_delay_grows_is_capped_and_repeats),
		cmocka_unit_test(a_record_after_all_decides),
		cmocka_unit_test(a_failed_publish_fails_its_task),
		cmocka_unit_test(on_fail_and_all_done_decide_together),
		cmocka_unit_test(pool_is_filled_in_order_and_never_over),
		cmocka_unit_test(dying_and_publishing_attempts_hold_their_slots),
		cmocka_unit_test(max_active_runs_oldest_first),
		cmocka_unit_test(long_chains_and_wide_fans),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
