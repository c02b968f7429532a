/* test_early.c - runs before their interval has ended: preliminary, and made again when due. */
#include "tests/fixture/engine.h"

static const struct engine_config wide = { .pool_slots = 16, .seed = 7 };

static const struct task_fx maker[] = {
	{ .id = "write", .writes = "events" },
	{ .id = "count", .reads = "events", .writes = "counts" },
};
static const struct task_fx reader[] = { { .id = "score", .reads = "events" } };

/* It is noon of day 3.  `make` has made the days before. */
static void
open_at_noon(struct table *t, const char *cron)
{
	struct dag *dags[2];

	table_open(t, &wide);
	t->now_us = DAY_AT(3) + 12 * HOUR_US;
	dags[0] = table_dag(t, &(struct dag_fx){ .id = "make",
						 .cron = cron,
						 .start_day = DAY(0),
						 .catchup = CATCHUP_ALL,
						 .max_active_runs = 9,
						 DAG_FX_TASKS(maker) });
	dags[1] = table_dag(
	    t, &(struct dag_fx){
		   .id = "read", .start_day = DAY(0), .max_active_runs = 9, DAG_FX_TASKS(reader) });
	table_catalog(t, dags, 2);
	succeed_all(t);
}

static const struct reply *
ask(struct table *t, enum command_kind kind, int64_t day, bool early)
{
	return command(t, &(struct command){ .kind = kind,
					     .dag = "make",
					     .has_logical = true,
					     .logical_us = DAY_AT(day),
					     .early = early });
}

static void
restart(struct table *t)
{
	table_restart(t);
	table_wake(t, t->now_us);
}

static void
a_day_under_way_runs_only_when_asked_for_by_name(void **state)
{
	struct table t;

	(void)state;
	open_at_noon(&t, "0 2 * * *");
	assert_int_equal(ask(&t, COMMAND_TRIGGER, 3, false)->code, REPLY_REFUSED);
	assert_int_equal(ask(&t, COMMAND_TRIGGER, 4, true)->code, REPLY_REFUSED);
	assert_int_equal(t.last_run, 3);
	assert_string_equal(ask(&t, COMMAND_TRIGGER, 3, true)->message,
			    "run manual__2026-05-04 of dag 'make' is queued; it is early, what it "
			    "publishes is preliminary: it runs again when it is due, "
			    "2026-05-05T02:00:00Z");
	assert_true(table_run(&t, 4)->early);
	assert_true(table_action(&t, ACTION_REPLY) && table_action(&t, ACTION_LAUNCH)->early);
	table_close(&t);
}

/* What the next epoch finds is final; until then nobody else reads the day. */
static void
an_early_run_is_made_again_when_it_is_due(void **state)
{
	(void)state;
	for (int restarts = 0; restarts < 2; restarts++) {
		struct table t;
		int64_t run, other;

		open_at_noon(&t, "0 2 * * *");
		run = ask(&t, COMMAND_TRIGGER, 3, true)->run;
		succeed_all(&t); /* inside the run what it made is settled */
		assert_string_equal(run_is(&t, run), "success");
		assert_true(engine_partition(t.engine, "events", DAY(3))->preliminary);
		if (restarts)
			restart(&t);
		other = trigger_day(&t, "read", DAY(3));
		assert_string_equal(table_says(&t, table_task(&t, other, 0)->waits),
				    "events 2026-05-04 is preliminary: run manual__2026-05-04 of "
				    "dag make began before that had ended");
		table_wake(&t, DAY_AT(4) + 2 * HOUR_US - 1);
		assert_int_equal(table_run(&t, run)->epoch, 1);
		assert_int_equal(t.fx.wake_us, DAY_AT(4) + 2 * HOUR_US);
		if (restarts)
			restart(&t);
		table_wake(&t, DAY_AT(4) + 2 * HOUR_US);
		assert_int_equal(table_run(&t, run)->epoch, 2);
		assert_false(table_run(&t, run)->early);
		assert_string_equal(task_is(&t, other, 0), "none");
		if (restarts)
			restart(&t);
		succeed(&t, run, 0);
		assert_false(engine_partition(t.engine, "events", DAY(3))->preliminary);
		assert_string_equal(task_is(&t, other, 0), "queued");
		succeed_all(&t);
		/* Once: the day has its run. */
		table_wake(&t, DAY_AT(4) + 12 * HOUR_US);
		assert_int_equal(table_run(&t, run)->epoch, 2);
		assert_int_equal(t.last_run, other);
		table_close(&t);
	}
}

/* It is owed also when the early one failed, was cancelled, or has not ended by then. */
static void
however_the_early_run_ended_it_is_made_again(void **state)
{
	static const char *const ends[] = { "failed", "cancelled", "late" };

	(void)state;
	for (size_t i = 0; i < countof(ends); i++) {
		struct table t;
		int64_t run;

		open_at_noon(&t, "0 2 * * *");
		run = ask(&t, COMMAND_TRIGGER, 3, true)->run;
		if (!strcmp(ends[i], "failed"))
			end_with(&t, live_of(&t, run, 0), OUTCOME_GATE_FAILED);
		if (!strcmp(ends[i], "cancelled")) {
			ask(&t, COMMAND_CANCEL, 3, false);
			end_with(&t, live_of(&t, run, 0), OUTCOME_CANCELLED);
		}
		table_wake(&t, DAY_AT(4) + 3 * HOUR_US);
		if (!strcmp(ends[i], "late")) {
			assert_int_equal(table_run(&t, run)->epoch, 1);
			succeed(&t, run, 0);
			succeed(&t, run, 1);
			assert_true(t.fx.wake_us <= t.now_us);
			table_wake(&t, t.now_us);
		}
		assert_int_equal(table_run(&t, run)->epoch, 2);
		assert_false(table_run(&t, run)->early);
		assert_string_equal(run_is(&t, run), "running");
		table_close(&t);
	}
}

/* A final epoch that fails leaves the preliminary day, which stays nothing for others. */
static void
a_preliminary_day_is_no_day_for_others_when_the_next_epoch_fails(void **state)
{
	struct table t;
	int64_t run, other;

	(void)state;
	open_at_noon(&t, "0 2 * * *");
	run = ask(&t, COMMAND_TRIGGER, 3, true)->run;
	succeed_all(&t);
	table_wake(&t, DAY_AT(4) + 2 * HOUR_US);
	end_with(&t, live_of(&t, run, 0), OUTCOME_GATE_FAILED);
	restart(&t);
	other = trigger_day(&t, "read", DAY(3));
	assert_string_equal(run_is(&t, other), "failed");
	assert_string_equal(table_says(&t, table_task(&t, other, 0)->waits),
			    "events 2026-05-04 was not published by run manual__2026-05-04 of "
			    "dag make");
	table_close(&t);
}

/* Its second task reads from yesterday to tomorrow; with a third somebody is told of each end. */
static void
open_with_window(struct table *t, const char *cron, bool told)
{
	static const struct task_fx tasks[] = {
		{ .id = "write", .writes = "events" },
		{ .id = "count", .reads = "events", .writes = "counts" },
		{ .id = "tell", .on_exit = true },
	};
	struct dag *dag;

	table_open(t, &wide);
	t->now_us = DAY_AT(3) + 12 * HOUR_US;
	dag = table_dag(t, &(struct dag_fx){ .id = "make",
					     .cron = cron,
					     .start_day = DAY(3),
					     .catchup = CATCHUP_ALL,
					     .max_active_runs = 9,
					     .tasks = tasks,
					     .n_tasks = told ? 3 : 2 });
	((struct input *)(uintptr_t)dag->tasks[1].inputs)->window = (struct input_window){
		.from = -1, .to = 1
	};
	table_catalog(t, &dag, 1);
}

/* They wait for each other until the first of them is due: then it is made again, whole. */
static void
early_runs_that_read_each_other_wait_no_longer_than_until_they_are_due(void **state)
{
	struct table t;
	int64_t runs[2];

	(void)state;
	open_with_window(&t, "0 18 * * *", true);
	runs[0] = ask(&t, COMMAND_TRIGGER, 3, true)->run;
	succeed(&t, runs[0], 0);
	t.now_us = DAY_AT(4) + 12 * HOUR_US;
	runs[1] = ask(&t, COMMAND_TRIGGER, 4, true)->run;
	succeed(&t, runs[1], 0);
	for (int i = 0; i < 2; i++)
		assert_non_null(strstr(table_task(&t, runs[i], 1)->waits, "preliminary"));
	restart(&t);
	assert_int_equal(t.fx.wake_us, DAY_AT(4) + 18 * HOUR_US);
	table_wake(&t, DAY_AT(4) + 18 * HOUR_US);
	/* Somebody is told of the end; then the next epoch opens. */
	assert_string_equal(task_is(&t, runs[0], 1), "cancelled");
	assert_string_equal(
	    table_says(&t, table_task(&t, runs[0], 1)->waits),
	    "it waited for other runs until it was due: the whole of its interval is run instead");
	assert_string_equal(task_is(&t, runs[0], 2), "queued");
	restart(&t);
	succeed(&t, runs[0], 2);
	assert_string_equal(run_is(&t, runs[0]), "cancelled");
	table_wake(&t, t.fx.wake_us);
	assert_int_equal(table_run(&t, runs[0])->epoch, 2);
	assert_false(table_run(&t, runs[0])->early);
	succeed(&t, runs[0], 0);
	assert_int_equal(table_run(&t, runs[1])->epoch, 1);
	table_wake(&t, DAY_AT(5) + 18 * HOUR_US);
	succeed(&t, runs[1], 2);
	table_wake(&t, t.fx.wake_us);
	assert_int_equal(table_run(&t, runs[1])->epoch, 2);
	succeed(&t, runs[1], 0);
	succeed(&t, runs[0], 1);
	succeed(&t, runs[0], 2);
	assert_string_equal(run_is(&t, runs[0]), "success");
	table_close(&t);
}

/* Nobody who looks sees the one epoch ended and the other not begun. */
static void
where_nothing_is_told_of_the_end_the_next_epoch_opens_in_the_same_commit(void **state)
{
	struct table t;
	int64_t run;

	(void)state;
	open_with_window(&t, "0 2 * * *", false);
	run = ask(&t, COMMAND_TRIGGER, 3, true)->run;
	succeed(&t, run, 0);
	assert_string_equal(run_is(&t, run), "running");
	table_wake(&t, DAY_AT(4) + 2 * HOUR_US);
	assert_int_equal(table_run(&t, run)->epoch, 2);
	assert_string_equal(run_is(&t, run), "running");
	table_close(&t);
}

/* What runs when it is due is let go on; what begins to wait then is over at once. */
static void
an_early_run_that_works_when_it_is_due_is_over_when_it_waits(void **state)
{
	struct table t;
	int64_t run;

	(void)state;
	open_with_window(&t, "0 2 * * *", true);
	run = ask(&t, COMMAND_TRIGGER, 3, true)->run;
	table_wake(&t, DAY_AT(4) + 3 * HOUR_US);
	assert_int_equal(table_run(&t, run)->epoch, 1);
	succeed(&t, run, 0);
	assert_string_equal(task_is(&t, run, 1), "none");
	assert_true(t.fx.wake_us <= t.now_us);
	table_wake(&t, t.now_us);
	assert_string_equal(task_is(&t, run, 1), "cancelled");
	succeed(&t, run, 2);
	table_wake(&t, t.now_us);
	assert_int_equal(table_run(&t, run)->epoch, 2);
	table_close(&t);
}

/* Catch-up is about days without a run; pausing holds back what is owed. */
static void
a_pause_and_a_long_way_off_lose_no_early_day(void **state)
{
	struct command pause = { .kind = COMMAND_PAUSE, .dag = "make" };
	struct table t;
	int64_t run;

	(void)state;
	open_at_noon(&t, "0 2 * * *");
	run = ask(&t, COMMAND_TRIGGER, 3, true)->run;
	succeed_all(&t);
	command(&t, &pause);
	table_wake(&t, DAY_AT(6) + 3 * HOUR_US);
	assert_int_equal(table_run(&t, run)->epoch, 1);
	restart(&t);
	pause.kind = COMMAND_UNPAUSE;
	command(&t, &pause);
	table_wake(&t, t.now_us);
	assert_int_equal(table_run(&t, run)->epoch, 2);
	succeed_all(&t);
	assert_int_equal(t.last_run, run + 2); /* days 4 and 5 */
	table_close(&t);
}

static void
without_a_cron_a_person_makes_it_again(void **state)
{
	struct command fill = {
		.kind = COMMAND_BACKFILL, .dag = "make", .from_us = DAY_AT(3), .to_us = DAY_AT(4)
	};
	struct table t;
	int64_t run, other;

	(void)state;
	for (int by_clear = 0; by_clear < 2; by_clear++) {
		const struct reply *r;

		open_at_noon(&t, NULL);
		r = ask(&t, COMMAND_TRIGGER, 3, true);
		assert_non_null(strstr(r->message, "tidemill runs clear make 2026-05-04"));
		run = r->run;
		succeed_all(&t);
		other = trigger_day(&t, "read", DAY(3));
		/* Before the day has ended it is early again. */
		assert_non_null(strstr(ask(&t, COMMAND_CLEAR, 3, false)->message, "early"));
		succeed_all(&t);
		table_wake(&t, DAY_AT(4) + 12 * HOUR_US);
		assert_int_equal(table_run(&t, run)->epoch, 2);
		assert_string_equal(task_is(&t, other, 0), "none");
		if (by_clear) {
			assert_int_equal(ask(&t, COMMAND_CLEAR, 3, false)->code, REPLY_OK);
		} else {
			r = command(&t, &fill);
			assert_int_equal(r->plan[0].verdict, PLAN_CLEAR);
			assert_int_equal(r->plan[1].verdict, PLAN_FUTURE);
		}
		assert_false(table_run(&t, run)->early);
		succeed_all(&t);
		assert_string_equal(run_is(&t, other), "success");
		table_close(&t);
	}
}

static void
a_backfill_takes_the_day_under_way_when_it_is_early(void **state)
{
	struct command fill = {
		.kind = COMMAND_BACKFILL, .dag = "make", .from_us = DAY_AT(2), .to_us = DAY_AT(4)
	};
	const struct reply *r;
	struct table t;

	(void)state;
	open_at_noon(&t, "0 2 * * *");
	r = command(&t, &fill);
	assert_string_equal(r->message,
			    "nothing new to do: 2 days have not ended and are left out");
	fill.from_us = DAY_AT(3);
	assert_int_equal(command(&t, &fill)->code, REPLY_REFUSED);
	fill.early = true;
	r = command(&t, &fill);
	assert_string_equal(r->message, "backfill 1 of dag 'make': 1 of 2 days will run, 1 day has "
					"not ended and is left out");
	assert_true(table_run(&t, 4)->early);
	succeed_all(&t);
	table_wake(&t, DAY_AT(4) + 2 * HOUR_US);
	assert_int_equal(table_run(&t, 4)->epoch, 2);
	succeed_all(&t);
	table_close(&t);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_day_under_way_runs_only_when_asked_for_by_name),
		cmocka_unit_test(an_early_run_is_made_again_when_it_is_due),
		cmocka_unit_test(however_the_early_run_ended_it_is_made_again),
		cmocka_unit_test(a_preliminary_day_is_no_day_for_others_when_the_next_epoch_fails),
		cmocka_unit_test(
		    early_runs_that_read_each_other_wait_no_longer_than_until_they_are_due),
		cmocka_unit_test(
		    where_nothing_is_told_of_the_end_the_next_epoch_opens_in_the_same_commit),
		cmocka_unit_test(an_early_run_that_works_when_it_is_due_is_over_when_it_waits),
		cmocka_unit_test(a_pause_and_a_long_way_off_lose_no_early_day),
		cmocka_unit_test(without_a_cron_a_person_makes_it_again),
		cmocka_unit_test(a_backfill_takes_the_day_under_way_when_it_is_early),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
