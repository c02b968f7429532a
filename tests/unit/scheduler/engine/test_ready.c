/* test_ready.c - partitions as upstreams: settled, awaited, missing, absent. */
#include "tests/fixture/engine.h"

static const struct engine_config wide = { .pool_slots = 16, .seed = 7 };

static const struct task_fx maker[] = {
	{ .id = "write", .writes = "events" },
	{ .id = "notify", .needs = "write" },
};

static const struct task_fx reader[] = { { .id = "score", .reads = "events:3" } };
static const struct task_fx lenient[] = { { .id = "score", .reads = "events:3?" } };
static const struct task_fx alone[] = { { .id = "score", .reads = "strange:2 table:0" } };

/* A scheduled dag `make` that writes events from day 0 on; `read` looks back three days. */
static void
add_two(struct table *t, enum catchup catchup, const struct task_fx *tasks)
{
	struct dag *dags[2];

	dags[0] = table_dag(t, &(struct dag_fx){ .id = "make",
						 .cron = "0 2 * * *",
						 .start_day = DAY(0),
						 .catchup = catchup,
						 .max_active_runs = 9,
						 DAG_FX_TASKS(maker) });
	dags[1] = table_dag(t, &(struct dag_fx){ .id = "read",
						 .start_day = DAY(0),
						 .max_active_runs = 1,
						 .tasks = tasks,
						 .n_tasks = 1 });
	table_catalog(t, dags, 2);
}

static const char *
waits_of(struct table *t, int64_t run, int64_t index)
{
	return table_says(t, table_task(t, run, index)->waits);
}

static void
waits_for_the_writing_task_not_its_run(void **state)
{
	struct table t;
	int64_t run;

	(void)state;
	table_open(&t, &wide);
	t.now_us = DAY_AT(3) + 3 * HOUR_US;
	add_two(&t, CATCHUP_ALL, reader);
	run = trigger_day(&t, "read", DAY(2));
	assert_string_equal(task_is(&t, run, 0), "none");
	assert_string_equal(waits_of(&t, run, 0), "events 2026-05-01 is being written by run "
						  "scheduled__2026-05-01 of dag make");
	succeed(&t, 1, 0);
	assert_non_null(strstr(waits_of(&t, run, 0), "2026-05-02"));
	succeed(&t, 3, 0);
	table_restart(&t);
	table_wake(&t, t.now_us);
	succeed(&t, 2, 0);
	/* The makers' second tasks still run. */
	assert_string_equal(run_is(&t, 1), "running");
	assert_string_equal(task_is(&t, run, 0), "queued");
	assert_string_equal(waits_of(&t, run, 0), "");
	assert_int_equal(table_action(&t, ACTION_LAUNCH)->n_inputs, 0);
	succeed_all(&t);
	assert_string_equal(run_is(&t, run), "success");
	table_close(&t);
}

static void
pins_are_what_is_published_at_dispatch(void **state)
{
	const struct action *launch;
	const char *inputs;
	struct table t;
	int64_t run;

	(void)state;
	table_open(&t, &wide);
	t.now_us = DAY_AT(3) + 3 * HOUR_US;
	add_two(&t, CATCHUP_ALL, reader);
	succeed_all(&t);
	run = trigger_day(&t, "read", DAY(1));
	launch = table_action(&t, ACTION_LAUNCH);
	/* Day -1 is before the producer's start. */
	assert_int_equal(launch->n_inputs, 3);
	assert_int_equal(launch->inputs[0].day, DAY(-1));
	assert_true(launch->inputs[0].missing);
	assert_true(launch->partial);
	assert_int_equal(launch->inputs[1].version, 1);
	assert_string_equal(launch->inputs[1].dataset, "events");
	assert_int_equal(launch->inputs[2].day, DAY(1));
	inputs = table_attempt(&t, launch->attempt)->inputs;
	assert_non_null(strstr(inputs, "{\"dataset\":\"events\",\"day\":20573,\"version\":0,"
				       "\"digest\":\"\",\"missing\":true}"));
	succeed(&t, run, 0);
	table_close(&t);
}

static void
a_dataset_nobody_writes_is_not_waited_for(void **state)
{
	const struct action *launch;
	struct table t;
	struct dag *dag;

	(void)state;
	table_open(&t, &wide);
	dag = table_dag(&t,
			&(struct dag_fx){ .id = "d", .start_day = DAY(0), DAG_FX_TASKS(alone) });
	table_catalog(&t, &dag, 1);
	trigger_day(&t, "d", DAY(2));
	launch = table_action(&t, ACTION_LAUNCH);
	assert_int_equal(launch->n_inputs, 3);
	assert_false(launch->inputs[0].missing);
	assert_int_equal(launch->inputs[0].version, 0);
	assert_int_equal(launch->inputs[2].day, INT64_MIN);
	assert_false(launch->partial);
	assert_non_null(strstr(table_attempt(&t, launch->attempt)->inputs, "\"day\":null"));
	table_close(&t);
}

/* A day before the producer's start is no part of its history, also when a run tried it and failed.
 */
static void
a_failed_day_before_the_start_is_left_out(void **state)
{
	const struct action *launch;
	struct table t;
	int64_t run, early;

	(void)state;
	for (int restart = 0; restart < 2; restart++) {
		table_open(&t, &wide);
		t.now_us = DAY_AT(1) + 3 * HOUR_US;
		add_two(&t, CATCHUP_ALL, reader);
		early = trigger_day(&t, "make", DAY(-1));
		end_with(&t, live_of(&t, early, 0), OUTCOME_ERROR);
		assert_string_equal(run_is(&t, early), "failed");
		succeed_all(&t);
		if (restart) {
			table_restart(&t);
			table_wake(&t, t.now_us);
		}
		run = trigger_day(&t, "read", DAY(0));
		launch = table_action(&t, ACTION_LAUNCH);
		assert_true(launch->partial);
		assert_true(launch->inputs[1].missing);
		assert_false(launch->inputs[2].missing);
		succeed(&t, run, 0);
		table_close(&t);
	}
}

static void
missing_inside_history_fails_the_task(void **state)
{
	struct table t;
	int64_t run;

	(void)state;
	table_open(&t, &wide);
	t.now_us = DAY_AT(3) + 3 * HOUR_US;
	add_two(&t, CATCHUP_ALL, reader);
	run = trigger_day(&t, "read", DAY(2));
	succeed(&t, 1, 0);
	end_with(&t, live_of(&t, 2, 0), OUTCOME_ERROR);
	assert_string_equal(task_is(&t, run, 0), "failed");
	assert_string_equal(waits_of(&t, run, 0), "events 2026-05-02 was not published by run "
						  "scheduled__2026-05-02 of dag make");
	assert_int_equal(table_task(&t, run, 0)->tries, 0);
	assert_string_equal(run_is(&t, run), "failed");
	table_close(&t);

	/* The same, allowed. */
	table_open(&t, &wide);
	t.now_us = DAY_AT(3) + 3 * HOUR_US;
	add_two(&t, CATCHUP_ALL, lenient);
	run = trigger_day(&t, "read", DAY(2));
	succeed(&t, 1, 0);
	succeed(&t, 3, 0);
	end_with(&t, live_of(&t, 2, 0), OUTCOME_ERROR);
	assert_string_equal(task_is(&t, run, 0), "queued");
	assert_true(table_action(&t, ACTION_LAUNCH)->inputs[1].missing);
	table_close(&t);
}

static void
an_older_version_is_present_when_its_writer_failed(void **state)
{
	struct table t;
	int64_t run;

	(void)state;
	table_open(&t, &wide);
	t.now_us = DAY_AT(3) + 3 * HOUR_US;
	add_two(&t, CATCHUP_ALL, reader);
	succeed_all(&t);
	command(&t, &(struct command){ .kind = COMMAND_CLEAR,
				       .dag = "make",
				       .has_logical = true,
				       .logical_us = DAY_AT(1) });
	run = trigger_day(&t, "read", DAY(2));
	assert_string_equal(task_is(&t, run, 0), "none");
	end_with(&t, live_of(&t, 2, 0), OUTCOME_ERROR);
	assert_string_equal(task_is(&t, run, 0), "queued");
	assert_int_equal(table_action(&t, ACTION_LAUNCH)->inputs[1].version, 1);
	table_close(&t);
}

struct future_case {
	const char *name;
	enum catchup catchup;
	int64_t now_us, day; /* of the reader's run */
	const char *task;
};

static void
runs_that_do_not_exist_are_awaited_or_not(void **state)
{
	static const struct future_case cases[] = {
		{ "due tomorrow", CATCHUP_ALL, DAY_AT(3) + 3 * HOUR_US, 3, "none" },
		{ "due tomorrow, none", CATCHUP_NONE, DAY_AT(3) + 2 * HOUR_US, 3, "failed" },
		{ "skipped for good", CATCHUP_NONE, DAY_AT(3) + 3 * HOUR_US, 2, "failed" },
		{ "before the start", CATCHUP_ALL, DAY_AT(0) + HOUR_US, -1, "failed" },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		struct table t;
		int64_t run;

		table_open(&t, &wide);
		t.now_us = cases[i].now_us;
		add_two(&t, cases[i].catchup, reader);
		succeed_all(&t);
		run = trigger_day(&t, "read", DAY(cases[i].day));
		if (strcmp(task_is(&t, run, 0), cases[i].task))
			fail_msg("%s: %s, waits '%s'", cases[i].name, task_is(&t, run, 0),
				 waits_of(&t, run, 0));
		table_close(&t);
	}
}

/* The window goes on without days before the start, but not without the run's own. */
static void
who_reads_its_own_day_needs_that_day(void **state)
{
	static const struct {
		const struct task_fx *tasks;
		int day;
		const char *task, *waits;
	} cases[] = {
		{ reader, 0, "queued", "" },
		{ reader, -1, "failed",
		  "events 2026-04-30 does not exist; it is made by a run of dag make" },
		{ lenient, -1, "queued", "" },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		struct table t;
		int64_t run;

		table_open(&t, &wide);
		t.now_us = DAY_AT(3) + 3 * HOUR_US;
		add_two(&t, CATCHUP_ALL, cases[i].tasks);
		succeed_all(&t);
		run = trigger_day(&t, "read", DAY(cases[i].day));
		assert_string_equal(task_is(&t, run, 0), cases[i].task);
		assert_string_equal(waits_of(&t, run, 0), cases[i].waits);
		table_close(&t);
	}
}

static void
a_run_to_come_is_awaited(void **state)
{
	struct table t;
	int64_t run;

	(void)state;
	table_open(&t, &wide);
	t.now_us = DAY_AT(3) + 3 * HOUR_US;
	add_two(&t, CATCHUP_ALL, reader);
	succeed_all(&t);
	run = trigger_day(&t, "read", DAY(3));
	assert_string_equal(waits_of(&t, run, 0), "events 2026-05-04 will be written by dag make");
	assert_string_equal(run_is(&t, run), "running");
	assert_int_equal(t.fx.wake_us, DAY_AT(4) + 2 * HOUR_US);
	table_wake(&t, DAY_AT(4) + 2 * HOUR_US);
	assert_non_null(strstr(waits_of(&t, run, 0), "is being written by run"));
	succeed_all(&t);
	assert_string_equal(run_is(&t, run), "success");
	table_close(&t);
}

static void
a_wait_for_a_paused_dag_ends_when_it_would_skip(void **state)
{
	struct table t;
	int64_t run;

	(void)state;
	table_open(&t, &wide);
	t.now_us = DAY_AT(3) + 2 * HOUR_US;
	add_two(&t, CATCHUP_LATEST, lenient);
	succeed_all(&t);
	command(&t, &(struct command){ .kind = COMMAND_PAUSE, .dag = "make" });
	run = trigger_day(&t, "read", DAY(3));
	assert_string_equal(task_is(&t, run, 0), "none");
	/* Day 3 is due on day 4 at two, and skipped for good once day 4 is due. */
	table_restart(&t);
	table_wake(&t, t.now_us);
	assert_int_equal(t.fx.wake_us, DAY_AT(5) + 2 * HOUR_US);
	table_wake(&t, DAY_AT(5) + 2 * HOUR_US - 1);
	assert_string_equal(task_is(&t, run, 0), "none");
	table_wake(&t, DAY_AT(5) + 2 * HOUR_US);
	assert_string_equal(task_is(&t, run, 0), "queued");
	table_close(&t);
}

static void
a_manual_dag_is_awaited_while_the_day_lasts(void **state)
{
	struct dag *dags[2];
	struct table t;
	int64_t run;

	(void)state;
	table_open(&t, &wide);
	dags[0] = table_dag(
	    &t, &(struct dag_fx){ .id = "make", .no_start = true, DAG_FX_TASKS(maker) });
	dags[1] = table_dag(
	    &t, &(struct dag_fx){ .id = "read", .start_day = DAY(0), DAG_FX_TASKS(reader) });
	t.now_us = DAY_AT(3) + HOUR_US;
	table_catalog(&t, dags, 2);
	run = trigger_day(&t, "read", DAY(3));
	assert_string_equal(task_is(&t, run, 0), "none");
	assert_int_equal(t.fx.wake_us, DAY_AT(4));
	table_wake(&t, DAY_AT(4));
	/* Without a start nothing is inside history, but the run reads this very day. */
	assert_string_equal(task_is(&t, run, 0), "failed");
	assert_non_null(strstr(waits_of(&t, run, 0), "events 2026-05-04 does not exist"));
	table_close(&t);
}

static void
waiting_runs_hold_no_run_slot(void **state)
{
	struct table t;
	int64_t first, second;

	(void)state;
	table_open(&t, &wide);
	t.now_us = DAY_AT(3) + 3 * HOUR_US;
	add_two(&t, CATCHUP_ALL, reader);
	first = trigger_day(&t, "read", DAY(1));
	second = trigger_day(&t, "read", DAY(2));
	/* max_active_runs is 1; both wait, neither holds. */
	assert_string_equal(run_is(&t, first), "running");
	assert_string_equal(run_is(&t, second), "running");
	succeed(&t, 3, 0);
	succeed(&t, 1, 0);
	table_restart(&t);
	table_wake(&t, t.now_us);
	succeed(&t, 2, 0);
	/* Both are ready at once; the older one gets the slot. */
	assert_string_equal(task_is(&t, first, 0), "queued");
	assert_string_equal(task_is(&t, second, 0), "none");
	assert_non_null(strstr(waits_of(&t, second, 0), "max_active_runs"));
	succeed(&t, first, 0);
	assert_string_equal(task_is(&t, second, 0), "queued");
	table_close(&t);
}

static void
a_cleared_producer_takes_readiness_back(void **state)
{
	struct engine_config config = { .pool_slots = 1 };
	struct table t;
	int64_t run;

	(void)state;
	table_open(&t, &config);
	t.now_us = DAY_AT(3) + 3 * HOUR_US;
	add_two(&t, CATCHUP_ALL, reader);
	while (strcmp(run_is(&t, 3), "success"))
		succeed_all(&t);
	/* The only slot is taken by another run, so the reader is ready but not dispatched. */
	command(&t, &(struct command){ .kind = COMMAND_CLEAR,
				       .dag = "make",
				       .has_logical = true,
				       .logical_us = DAY_AT(0),
				       .task = "notify" });
	run = trigger_day(&t, "read", DAY(2));
	assert_string_equal(task_is(&t, run, 0), "scheduled");
	command(&t, &(struct command){ .kind = COMMAND_CLEAR,
				       .dag = "make",
				       .has_logical = true,
				       .logical_us = DAY_AT(1) });
	succeed(&t, 1, 1);
	assert_string_equal(task_is(&t, run, 0), "scheduled");
	succeed(&t, 2, 0);
	assert_string_equal(task_is(&t, run, 0), "scheduled");
	succeed_all(&t);
	assert_string_equal(run_is(&t, run), "success");
	assert_non_null(strstr(table_attempt(&t, t.last_attempt)->inputs, "\"version\":2"));
	table_close(&t);
}

static void
a_task_may_turn_unready_at_dispatch(void **state)
{
	struct engine_config config = { .pool_slots = 1 };
	static const struct task_fx busy[] = { { .id = "x" } };
	struct dag *more[3];
	struct table t;
	int64_t other, run;

	(void)state;
	table_open(&t, &config);
	t.now_us = DAY_AT(3) + 3 * HOUR_US;
	add_two(&t, CATCHUP_ALL, reader);
	succeed_all(&t);
	more[0] = t.dags[0];
	more[1] = t.dags[1];
	more[2] = table_dag(&t, &(struct dag_fx){ .id = "busy", DAG_FX_TASKS(busy) });
	table_catalog(&t, more, 3);
	other = trigger_day(&t, "busy", DAY(1));
	run = trigger_day(&t, "read", DAY(2));
	assert_string_equal(task_is(&t, run, 0), "scheduled");
	/* The producer is cleared while its dag is paused: it cannot overtake. */
	command(&t, &(struct command){ .kind = COMMAND_PAUSE, .dag = "make" });
	command(&t, &(struct command){ .kind = COMMAND_CLEAR,
				       .dag = "make",
				       .has_logical = true,
				       .logical_us = DAY_AT(1) });
	succeed(&t, other, 0);
	assert_string_equal(task_is(&t, run, 0), "none");
	assert_non_null(strstr(waits_of(&t, run, 0), "2026-05-02 is being written"));
	command(&t, &(struct command){ .kind = COMMAND_UNPAUSE, .dag = "make" });
	succeed_all(&t);
	assert_string_equal(run_is(&t, run), "success");
	table_close(&t);
}

static void
a_new_writer_waits_for_the_old_ones_claim(void **state)
{
	static const struct task_fx mine[] = { { .id = "w", .writes = "events" } };
	struct dag *dag;
	struct table t;
	int64_t first, second;

	(void)state;
	table_open(&t, &wide);
	dag = table_dag(&t, &(struct dag_fx){ .id = "old", DAG_FX_TASKS(mine) });
	table_catalog(&t, &dag, 1);
	first = trigger_day(&t, "old", DAY(1));
	dag = table_dag(&t, &(struct dag_fx){ .id = "new", DAG_FX_TASKS(mine) });
	table_catalog(&t, &dag, 1);
	second = trigger_day(&t, "new", DAY(1));
	assert_string_equal(task_is(&t, second, 0), "scheduled");
	assert_non_null(strstr(waits_of(&t, second, 0), "writes its partition"));
	succeed(&t, first, 0);
	assert_string_equal(task_is(&t, second, 0), "queued");
	succeed(&t, second, 0);
	assert_string_equal(run_is(&t, second), "success");
	assert_int_equal(engine_partition(t.engine, "events", DAY(1))->version, 2);
	table_close(&t);
}

/* All that a task writes is claimed at once: it waits for whoever writes any of it. */
static void
a_writer_of_several_waits_for_the_claim_on_one(void **state)
{
	static const struct task_fx old[] = { { .id = "w", .writes = "b c" } };
	static const struct task_fx new[] = { { .id = "w", .writes = "a b" } };
	static const struct task_fx far[] = { { .id = "w", .writes = "d" } };
	struct dag *dags[2];
	struct table t;
	int64_t first, second, third;

	(void)state;
	table_open(&t, &wide);
	dags[0] = table_dag(&t, &(struct dag_fx){ .id = "old", DAG_FX_TASKS(old) });
	table_catalog(&t, dags, 1);
	first = trigger_day(&t, "old", DAY(1));
	dags[0] = table_dag(&t, &(struct dag_fx){ .id = "new", DAG_FX_TASKS(new) });
	dags[1] = table_dag(&t, &(struct dag_fx){ .id = "far", DAG_FX_TASKS(far) });
	table_catalog(&t, dags, 2);
	second = trigger_day(&t, "new", DAY(1));
	third = trigger_day(&t, "far", DAY(1));
	assert_string_equal(task_is(&t, second, 0), "scheduled");
	assert_non_null(strstr(waits_of(&t, second, 0), "writes its partition"));
	assert_string_equal(task_is(&t, third, 0), "queued");
	succeed(&t, first, 0);
	assert_string_equal(task_is(&t, second, 0), "queued");
	succeed_all(&t);
	assert_int_equal(engine_partition(t.engine, "a", DAY(1))->version, 1);
	assert_int_equal(engine_partition(t.engine, "b", DAY(1))->version, 2);
	assert_int_equal(engine_partition(t.engine, "c", DAY(1))->version, 1);
	table_close(&t);
}

/* Whichever of its datasets is read, the reader waits for the task that writes them. */
static void
readers_of_any_of_several_wait_for_their_task(void **state)
{
	static const struct task_fx several[] = { { .id = "w", .writes = "b a" },
						  { .id = "r", .reads = "a" } };
	static const struct task_fx other[] = { { .id = "r", .reads = "a" } };
	struct dag *dags[2];
	struct table t;
	int64_t run, far;

	(void)state;
	table_open(&t, &wide);
	dags[0] = table_dag(&t, &(struct dag_fx){ .id = "make", DAG_FX_TASKS(several) });
	dags[1] = table_dag(&t, &(struct dag_fx){ .id = "read", DAG_FX_TASKS(other) });
	table_catalog(&t, dags, 2);
	run = trigger_day(&t, "make", DAY(1));
	far = trigger_day(&t, "read", DAY(1));
	assert_string_equal(task_is(&t, run, 1), "none");
	assert_string_equal(task_is(&t, far, 0), "none");
	assert_non_null(strstr(waits_of(&t, far, 0), "a 2026-05-02"));
	succeed(&t, run, 0);
	assert_string_equal(task_is(&t, run, 1), "queued");
	assert_string_equal(task_is(&t, far, 0), "queued");
	succeed_all(&t);
	assert_string_equal(run_is(&t, far), "success");
	table_close(&t);
}

static void
skips_are_passed_on(void **state)
{
	static const struct task_fx tasks[] = {
		{ .id = "a" },
		{ .id = "b", .needs = "a" },
		{ .id = "c", .needs = "b" },
		{ .id = "d", .needs = "c", .rule = RULE_ALL_DONE }
	};
	struct task_row skipped;
	struct dag *dag;
	struct table t;
	int64_t run;

	(void)state;
	table_open(&t, &wide);
	dag = table_dag(&t, &(struct dag_fx){ .id = "d", DAG_FX_TASKS(tasks) });
	table_catalog(&t, &dag, 1);
	run = trigger_day(&t, "d", DAY(1));
	/* Nothing skips by itself yet: a row says so, as a later version's would. */
	skipped = *table_task(&t, run, 1);
	skipped.state = TASK_SKIPPED;
	table_find(t.rows, "task", run, 1)->change.task = skipped;
	table_put(&t, &t.states, "task/1/1")->change.event.to = "skipped";
	table_restart(&t);
	table_wake(&t, t.now_us);
	assert_string_equal(task_is(&t, run, 2), "skipped");
	table_close(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(waits_for_the_writing_task_not_its_run),
		cmocka_unit_test(pins_are_what_is_published_at_dispatch),
		cmocka_unit_test(a_dataset_nobody_writes_is_not_waited_for),
		cmocka_unit_test(a_failed_day_before_the_start_is_left_out),
		cmocka_unit_test(missing_inside_history_fails_the_task),
		cmocka_unit_test(an_older_version_is_present_when_its_writer_failed),
		cmocka_unit_test(runs_that_do_not_exist_are_awaited_or_not),
		cmocka_unit_test(who_reads_its_own_day_needs_that_day),
		cmocka_unit_test(a_run_to_come_is_awaited),
		cmocka_unit_test(a_wait_for_a_paused_dag_ends_when_it_would_skip),
		cmocka_unit_test(a_manual_dag_is_awaited_while_the_day_lasts),
		cmocka_unit_test(waiting_runs_hold_no_run_slot),
		cmocka_unit_test(a_cleared_producer_takes_readiness_back),
		cmocka_unit_test(a_task_may_turn_unready_at_dispatch),
		cmocka_unit_test(a_new_writer_waits_for_the_old_ones_claim),
		cmocka_unit_test(a_writer_of_several_waits_for_the_claim_on_one),
		cmocka_unit_test(readers_of_any_of_several_wait_for_their_task),
		cmocka_unit_test(skips_are_passed_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
