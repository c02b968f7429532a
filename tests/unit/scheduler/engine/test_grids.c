/* test_grids.c - runs, schedules and windows on hours, days of zones, weeks, months, and ticks. */
#include "tests/fixture/engine.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const struct engine_config wide = { .pool_slots = 100 };

static const struct task_fx maker[] = { { .id = "make", .writes = "events" } };
static const struct task_fx reader[] = { { .id = "read", .reads = "events" } };
static const struct task_fx plain[] = { { .id = "work" } };

static int64_t
at(const char *text)
{
	int64_t us = 0;

	assert_true(timestamp_parse(text, strlen(text), &us));
	return us;
}

/* A dag of the fixture, on a grid. */
static struct dag *
add_dag(struct table *t, const struct dag_fx *fx, enum grid_unit unit, const char *zone,
	const char *start)
{
	struct dag *dag = table_dag(t, fx);

	dag->zone = zone ? fx_zone(zone) : NULL;
	dag->schedule.zone = dag->zone;
	dag->grid = (struct grid){ .unit = unit, .zone = unit == GRID_HOUR ? NULL : dag->zone };
	for (size_t i = 0; i < dag->n_datasets; i++)
		((struct dataset *)(uintptr_t)dag->datasets)[i].grid = dag->grid;
	dag->start_us = start ? at(start) : INT64_MIN;
	return dag;
}

static struct input *
input_of(struct dag *dag)
{
	return (struct input *)(uintptr_t)dag->tasks[0].inputs;
}

static const struct run_row *
run_at(struct table *t, int64_t logical_us)
{
	for (int64_t key = 1; key <= t->last_run; key++) {
		const struct kept *k = table_find(t->rows, "run", key, -1);

		if (k && k->change.run.logical_us == logical_us)
			return &k->change.run;
	}
	return NULL;
}

static size_t
count(const char *text, const char *word)
{
	size_t n = 0;

	for (; (text = strstr(text, word)); text++)
		n++;
	return n;
}

/* How many inputs the newest attempt has, and how many of them are missing. */
static void
expect_inputs(struct table *t, size_t n, size_t missing)
{
	const char *inputs = table_attempt(t, t->last_attempt)->inputs;

	assert_int_equal(count(inputs, "\"dataset\""), n);
	assert_int_equal(count(inputs, "\"missing\""), missing);
}

/* Days of 23, 24 and 25 hours: as many partitions are waited for as there are, and no more. */
static void
a_day_is_rolled_up_from_as_many_hours_as_it_has(void **state)
{
	static const struct {
		const char *start, *last, *end;
		size_t hours;
	} days[] = {
		{ "2026-03-28T23:00:00Z", "2026-03-29T21:30:00Z", "2026-03-29T22:00:00Z", 23 },
		{ "2026-05-01T22:00:00Z", "2026-05-02T21:30:00Z", "2026-05-02T22:00:00Z", 24 },
		{ "2026-10-24T22:00:00Z", "2026-10-25T22:30:00Z", "2026-10-25T23:00:00Z", 25 },
	};

	(void)state;
	for (size_t i = 0; i < countof(days); i++) {
		struct dag *dags[2];
		struct table t;
		int64_t run;

		table_open(&t, &wide);
		t.now_us = at(days[i].start) - HOUR_US;
		dags[0] = add_dag(&t,
				  &(struct dag_fx){ .id = "hourly",
						    .cron = "0 * * * *",
						    .catchup = CATCHUP_ALL,
						    .max_active_runs = 100,
						    DAG_FX_TASKS(maker) },
				  GRID_HOUR, NULL, "2026-01-01");
		dags[0]->start_us = at(days[i].start);
		dags[1] = add_dag(&t,
				  &(struct dag_fx){ .id = "daily",
						    .cron = "0 0 * * *",
						    .max_active_runs = 9,
						    DAG_FX_TASKS(reader) },
				  GRID_DAY, "Europe/Berlin", "2026-01-01");
		table_catalog(&t, dags, 2);
		t.now_us = at(days[i].last);
		table_wake(&t, t.now_us);
		succeed_all(&t);
		t.now_us = at(days[i].end);
		table_wake(&t, t.now_us);
		/* The last hour and the day are due at one instant. */
		run = t.last_run;
		assert_int_equal(table_run(&t, run)->logical_us, at(days[i].start));
		assert_string_equal(run_is(&t, run), "running");
		succeed_all(&t);
		expect_inputs(&t, days[i].hours, 0);
		assert_string_equal(run_is(&t, run), "success");
		table_close(&t);
	}
}

/* 2011-12-30 does not exist in Apia: no run, no input, and nobody waits for it. */
static void
a_day_that_a_zone_left_out_makes_no_run(void **state)
{
	struct dag *dags[2];
	struct table t;

	(void)state;
	table_open(&t, &wide);
	t.now_us = at("2011-12-28T00:00:00Z");
	dags[0] = add_dag(&t,
			  &(struct dag_fx){ .id = "days",
					    .cron = "0 2 * * *",
					    .catchup = CATCHUP_ALL,
					    .max_active_runs = 9,
					    DAG_FX_TASKS(maker) },
			  GRID_DAY, "Pacific/Apia", "2011-12-28T10:00:00Z");
	dags[1] = add_dag(&t, &(struct dag_fx){ .id = "month", DAG_FX_TASKS(reader) }, GRID_MONTH,
			  "Pacific/Apia", NULL);
	table_catalog(&t, dags, 2);
	t.now_us = at("2012-01-02T23:00:00Z");
	table_wake(&t, t.now_us);
	/* 28, 29, 31 December, 1 and 2 January by the clock of Apia. */
	assert_int_equal(t.last_run, 5);
	assert_int_equal(run_at(&t, at("2011-12-29T10:00:00Z"))->end_us,
			 at("2011-12-30T10:00:00Z"));
	assert_non_null(run_at(&t, at("2011-12-30T10:00:00Z")));
	succeed_all(&t);
	command(&t, &(struct command){ .kind = COMMAND_TRIGGER,
				       .dag = "month",
				       .has_logical = true,
				       .logical_us = at("2011-12-01T10:00:00Z") });
	/* 27 days before the start of the dag are left out, and one that is none. */
	expect_inputs(&t, 30, 27);
	table_close(&t);
}

/* A schedule without a grid: runs are what lies between two ticks, due at the later. */
static void
without_a_grid_each_tick_ends_an_interval(void **state)
{
	static const struct {
		enum catchup catchup;
		int64_t window_us, runs;
		const char *first;
	} cases[] = {
		{ CATCHUP_ALL, 0, 8, "2026-05-01T00:00:00Z" },
		{ CATCHUP_ALL, 25 * MINUTE_US, 2, "2026-05-01T01:30:00Z" },
		{ CATCHUP_LATEST, 0, 1, "2026-05-01T01:45:00Z" },
		{ CATCHUP_NONE, 0, 1, "2026-05-01T01:45:00Z" },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		struct table t;
		struct dag *dag;

		table_open(&t, &wide);
		t.now_us = at("2026-05-01T02:07:00Z");
		dag = add_dag(&t,
			      &(struct dag_fx){ .id = "ticks",
						.cron = "*/15 * * * *",
						.whole = true,
						.catchup = cases[i].catchup,
						.catchup_window_us = cases[i].window_us,
						.max_active_runs = 9,
						DAG_FX_TASKS(plain) },
			      GRID_DAY, NULL, "2026-05-01T00:00:00Z");
		table_catalog(&t, &dag, 1);
		assert_int_equal(t.last_run, cases[i].runs);
		assert_non_null(run_at(&t, at(cases[i].first)));
		assert_int_equal(run_at(&t, at("2026-05-01T01:45:00Z"))->end_us,
				 at("2026-05-01T02:00:00Z"));
		t.now_us = at("2026-05-01T02:14:59Z");
		table_wake(&t, t.now_us);
		assert_int_equal(t.last_run, cases[i].runs);
		t.now_us = at("2026-05-01T02:15:00Z");
		table_wake(&t, t.now_us);
		assert_int_equal(t.last_run, cases[i].runs + 1);
		assert_string_equal(run_at(&t, at("2026-05-01T02:00:00Z"))->run_id,
				    "scheduled__2026-05-01T02:00:00Z");
		table_close(&t);
	}
}

static void
nothing_starts_at_or_after_end_date(void **state)
{
	static const struct {
		enum grid_unit unit;
		bool whole;
		const char *cron, *end, *last;
		int64_t runs;
	} cases[] = {
		{ GRID_HOUR, false, "0 * * * *", "2026-05-01T03:00:00Z", "2026-05-01T02:00:00Z",
		  3 },
		{ GRID_HOUR, false, "0 * * * *", "2026-05-01T02:30:00Z", "2026-05-01T02:00:00Z",
		  3 },
		{ GRID_WEEK, false, "0 5 * * 1", "2026-05-18T00:00:00Z", "2026-05-11T00:00:00Z",
		  2 },
		{ GRID_MONTH, false, "0 5 1 * *", "2026-07-01T00:00:00Z", "2026-06-01T00:00:00Z",
		  2 },
		{ GRID_DAY, true, "*/30 * * * *", "2026-05-01T01:00:00Z", "2026-05-01T00:30:00Z",
		  2 },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		struct table t;
		struct dag *dag;

		table_open(&t, &wide);
		t.now_us = at("2027-01-01T00:00:00Z");
		dag = add_dag(&t,
			      &(struct dag_fx){ .id = "d",
						.cron = cases[i].cron,
						.whole = cases[i].whole,
						.catchup = CATCHUP_ALL,
						.max_active_runs = 99,
						DAG_FX_TASKS(plain) },
			      cases[i].unit, NULL, "2026-05-01T00:00:00Z");
		dag->end_us = at(cases[i].end);
		table_catalog(&t, &dag, 1);
		assert_int_equal(t.last_run, cases[i].runs);
		assert_non_null(run_at(&t, at(cases[i].last)));
		t.now_us = at("2028-01-01T00:00:00Z");
		table_wake(&t, t.now_us);
		assert_int_equal(t.last_run, cases[i].runs);
		table_close(&t);
	}
}

/* An hourly dag that publishes 21 hours of 1 May, three hang; a daily one takes 20 of 24 from six
 * on.  It is midnight. */
static void
open_roll_up(struct table *t)
{
	struct dag *dags[2];

	table_open(t, &wide);
	t->now_us = at("2026-05-01T00:00:00Z");
	dags[0] = add_dag(
	    t, &(struct dag_fx){ .id = "hourly", .max_active_runs = 99, DAG_FX_TASKS(maker) },
	    GRID_HOUR, NULL, "2026-05-01T00:00:00Z");
	dags[1] = add_dag(
	    t, &(struct dag_fx){ .id = "daily", .cron = "0 1 * * *", DAG_FX_TASKS(reader) },
	    GRID_DAY, NULL, "2026-05-01T00:00:00Z");
	input_of(dags[1])->at_least = 20;
	input_of(dags[1])->after_us = 6 * HOUR_US;
	table_catalog(t, dags, 2);
	t->now_us = at("2026-05-02T00:00:00Z");
	for (int i = 0; i < 24; i++)
		command(t, &(struct command){ .kind = COMMAND_TRIGGER,
					      .dag = "hourly",
					      .has_logical = true,
					      .logical_us = DAY_AT(0) + i * HOUR_US });
	for (int64_t key = 1; key <= 21; key++)
		succeed(t, key, 0);
}

/* at_least: 20 of 24, after 06:00. */
static void
from_a_time_on_enough_parts_are_enough(void **state)
{
	struct table t;
	int64_t run;

	(void)state;
	open_roll_up(&t);
	table_wake(&t, at("2026-05-02T01:00:00Z"));
	run = t.last_run;
	assert_int_equal(run, 25);
	assert_string_equal(task_is(&t, run, 0), "none");
	assert_non_null(strstr(table_find(t.rows, "task", run, 0)->change.task.waits,
			       "\"until\":\"2026-05-02T06:00:00Z\""));
	t.now_us = at("2026-05-02T06:00:00Z");
	table_wake(&t, t.now_us);
	expect_inputs(&t, 24, 3);
	table_close(&t);
}

/* Nobody makes the hours that lack, and it is not stuck: at six there are enough. */
static void
a_session_waits_for_the_time_when_enough_is_enough(void **state)
{
	bool failed, stuck;
	struct table t;
	int64_t run;

	(void)state;
	open_roll_up(&t);
	t.config.session = true;
	table_restart(&t);
	run = command(&t, &(struct command){ .kind = COMMAND_TRIGGER,
					     .dag = "daily",
					     .has_logical = true,
					     .logical_us = DAY_AT(0) })
		  ->run;
	assert_string_equal(task_is(&t, run, 0), "none");
	assert_false(engine_session_done(t.engine, &failed, &stuck));
	assert_false(stuck);
	assert_int_equal(t.fx.wake_us, at("2026-05-02T06:00:00Z"));
	t.now_us = at("2026-05-02T06:00:00Z");
	table_wake(&t, t.now_us);
	expect_inputs(&t, 24, 3);
	table_close(&t);
}

/* Fewer than that can never come any more: nobody waits for the hour of grace. */
static void
too_few_parts_are_missing_at_once(void **state)
{
	struct dag *dags[2];
	struct table t;
	int64_t run;

	(void)state;
	table_open(&t, &wide);
	t.now_us = at("2026-05-01T00:00:00Z");
	dags[0] = add_dag(
	    &t, &(struct dag_fx){ .id = "hourly", .max_active_runs = 99, DAG_FX_TASKS(maker) },
	    GRID_HOUR, NULL, "2026-05-01T00:00:00Z");
	dags[1] = add_dag(
	    &t, &(struct dag_fx){ .id = "daily", .cron = "0 1 * * *", DAG_FX_TASKS(reader) },
	    GRID_DAY, NULL, "2026-05-01T00:00:00Z");
	input_of(dags[1])->at_least = 20;
	input_of(dags[1])->after_us = 6 * HOUR_US;
	table_catalog(&t, dags, 2);
	t.now_us = at("2026-05-02T00:00:00Z");
	for (int i = 0; i < 4; i++)
		command(&t, &(struct command){ .kind = COMMAND_TRIGGER,
					       .dag = "hourly",
					       .has_logical = true,
					       .logical_us = DAY_AT(0) + i * HOUR_US });
	table_wake(&t, at("2026-05-02T01:00:00Z"));
	run = t.last_run;
	assert_string_equal(run_is(&t, run), "failed");
	assert_non_null(strstr(table_find(t.rows, "task", run, 0)->change.task.waits, "too_few"));
	table_close(&t);
}

/* From days to ticks and back: nothing of before is made up for, and the log says so. */
static void
between_a_grid_and_ticks_the_schedule_begins_anew(void **state)
{
	struct dag_fx days = { .id = "d",
			       .cron = "0 2 * * *",
			       .catchup = CATCHUP_ALL,
			       .max_active_runs = 9,
			       DAG_FX_TASKS(plain) };
	struct dag_fx ticks = days;
	struct table t;
	struct dag *dag;

	(void)state;
	table_open(&t, &wide);
	t.now_us = at("2026-05-04T12:00:00Z");
	dag = add_dag(&t, &days, GRID_DAY, NULL, "2026-05-01T00:00:00Z");
	table_catalog(&t, &dag, 1);
	assert_int_equal(t.last_run, 3);
	ticks.cron = "*/20 * * * *";
	ticks.whole = true;
	dag = add_dag(&t, &ticks, GRID_DAY, NULL, "2026-05-01T00:00:00Z");
	table_catalog(&t, &dag, 1);
	assert_int_equal(t.last_run, 3);
	t.now_us = at("2026-05-04T12:20:00Z");
	table_wake(&t, t.now_us);
	assert_int_equal(t.last_run, 4);
	assert_non_null(run_at(&t, at("2026-05-04T12:00:00Z")));
	table_close(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_day_is_rolled_up_from_as_many_hours_as_it_has),
		cmocka_unit_test(a_day_that_a_zone_left_out_makes_no_run),
		cmocka_unit_test(without_a_grid_each_tick_ends_an_interval),
		cmocka_unit_test(nothing_starts_at_or_after_end_date),
		cmocka_unit_test(from_a_time_on_enough_parts_are_enough),
		cmocka_unit_test(a_session_waits_for_the_time_when_enough_is_enough),
		cmocka_unit_test(too_few_parts_are_missing_at_once),
		cmocka_unit_test(between_a_grid_and_ticks_the_schedule_begins_anew),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
