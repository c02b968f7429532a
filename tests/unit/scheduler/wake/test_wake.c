/* test_wake.c - runs that datasets make: of which updates, when, and once. */
#include "tests/fixture/engine.h"

static const struct engine_config wide = { .pool_slots = 40, .seed = 7 };

enum { TODAY = 9, NONE = 0 };

#define WRITER(id, dataset)                                                                      \
	"dag: " id "\nmax_active_runs: 30\nschedule: {partition: day}\nstart_date: 2026-05-01\n" \
	"datasets: {" dataset ": {path: " dataset ", format: csv, columns: {n: int64}}}\n"       \
	"tasks: {t: {operator: command, run: [x], output: " dataset "}}\n"

#define WOKEN(schedule)                                               \
	"dag: after\nmax_active_runs: 30\nschedule: {" schedule "}\n" \
	"tasks: {t: {operator: command, run: [x]}}\n"

/* Two dags that write a dataset each, `l` and `r`, and one that they wake. */
static void
open_three(struct table *t, const char *woken)
{
	struct dag *dags[3];

	table_open(t, &wide);
	t->now_us = DAY_AT(TODAY);
	dags[0] = table_read(t, woken);
	dags[1] = table_read(t, WRITER("left", "l"));
	dags[2] = table_read(t, WRITER("right", "r"));
	table_catalog(t, dags, 3);
}

static void
restart(struct table *t)
{
	table_restart(t);
	table_wake(t, t->now_us);
}

/* A run of a writer, new or done again, publishes its day.  Returns the run. */
static int64_t
publish(struct table *t, const char *dag, int64_t day)
{
	int64_t run = trigger_day(t, dag, DAY(day));

	succeed(t, run, 0);
	return run;
}

static void
order(struct table *t, enum command_kind kind, const char *dag)
{
	assert_int_equal(command(t, &(struct command){ .kind = kind, .dag = dag })->code, REPLY_OK);
}

static void
publish_again(struct table *t, const char *dag, int64_t day)
{
	const struct reply *r = command(t, &(struct command){ .kind = COMMAND_CLEAR,
							      .dag = dag,
							      .has_logical = true,
							      .logical_us = DAY_AT(day) });

	assert_int_equal(r->code, REPLY_OK);
	succeed(t, r->run, 0);
}

/* The run of the woken dag that is the nth by key, from 1; NONE: there are not so many. */
static int64_t
woken(struct table *t, size_t nth)
{
	for (int64_t key = 1; key <= t->last_run; key++)
		if (!strcmp(table_run(t, key)->dag, "after") && --nth == 0)
			return key;
	return NONE;
}

/* How many updates a run has consumed; NONE: nobody has. */
static size_t
updates_of(struct table *t, int64_t run)
{
	size_t n = 0;

	for (int64_t key = 1; key <= t->last_dataset_event; key++) {
		const struct kept *k = table_find(t->rows, "update", key, -1);

		n += k && k->change.dataset_event.consumed == run;
	}
	return n;
}

/* What the first update that waits says of why. */
static const char *
waits(struct table *t)
{
	for (int64_t key = 1; key <= t->last_dataset_event; key++) {
		const struct kept *k = table_find(t->rows, "update", key, -1);

		if (k && !k->change.dataset_event.consumed)
			return table_says(t, k->change.dataset_event.waits);
	}
	fail_msg("no update waits");
	return "";
}

static void
assert_told(struct table *t, int64_t run, size_t at, const char *dataset, int64_t version)
{
	const char *text = table_run(t, run)->triggered_by;
	json_t *list = NULL, *one;

	assert_int_equal(json_read(&list, text, strlen(text), "triggered_by", NULL), ERR_NONE);
	one = json_array_get(list, at);
	assert_string_equal(json_string_value(json_object_get(one, "dataset")), dataset);
	assert_int_equal(json_integer_value(json_object_get(one, "version")), version);
	json_decref(list);
}

static void
an_update_makes_the_run_of_its_interval_once(void **state)
{
	struct table t;
	int64_t run;

	(void)state;
	open_three(&t, WOKEN("datasets: [l], partition: day"));
	(void)publish(&t, "left", 2);
	run = woken(&t, 1);
	assert_int_not_equal(run, NONE);
	assert_string_equal(table_run(&t, run)->run_id, "scheduled__2026-05-03");
	assert_int_equal(table_run(&t, run)->type, RUN_SCHEDULED);
	assert_int_equal(updates_of(&t, run), 1);
	assert_told(&t, run, 0, "l", 1);
	restart(&t);
	succeed(&t, run, 0);
	restart(&t);
	assert_int_equal(woken(&t, 2), NONE);
	assert_int_equal(updates_of(&t, NONE), 0);
	table_close(&t);
}

static void
of_all_each_is_waited_for(void **state)
{
	(void)state;
	for (int restarts = 0; restarts < 2; restarts++) {
		struct table t;

		open_three(&t, WOKEN("datasets: {all: [l, r]}, partition: day"));
		(void)publish(&t, "left", 0);
		(void)publish(&t, "right", 1);
		assert_int_equal(woken(&t, 1), NONE);
		assert_string_equal(
		    waits(&t), "r 2026-05-01 does not exist; it is made by a run of dag right");
		if (restarts)
			restart(&t);
		(void)publish(&t, "right", 0);
		assert_int_not_equal(woken(&t, 1), NONE);
		assert_int_equal(woken(&t, 2), NONE);
		assert_int_equal(updates_of(&t, woken(&t, 1)), 2);
		assert_told(&t, woken(&t, 1), 0, "l", 1);
		assert_told(&t, woken(&t, 1), 1, "r", 1);
		assert_int_equal(updates_of(&t, NONE), 1);
		table_close(&t);
	}
}

static void
of_any_one_is_enough_and_the_other_makes_no_second_run(void **state)
{
	struct table t;

	(void)state;
	open_three(&t, WOKEN("datasets: {any: [l, r]}, partition: day"));
	(void)publish(&t, "right", 0);
	assert_int_not_equal(woken(&t, 1), NONE);
	(void)publish(&t, "left", 0);
	assert_int_equal(woken(&t, 2), NONE);
	assert_int_equal(updates_of(&t, NONE), 0);
	(void)publish(&t, "left", 1);
	assert_string_equal(table_run(&t, woken(&t, 2))->run_id, "scheduled__2026-05-02");
	table_close(&t);
}

static void
one_run_consumes_all_updates_that_came_before_it(void **state)
{
	struct table t;
	int64_t run;

	(void)state;
	open_three(&t, WOKEN("datasets: [l, r], partition: day"));
	(void)publish(&t, "left", 0);
	publish_again(&t, "left", 0);
	publish_again(&t, "left", 0);
	restart(&t);
	assert_int_equal(updates_of(&t, NONE), 3);
	(void)publish(&t, "right", 0);
	run = woken(&t, 1);
	assert_int_equal(updates_of(&t, run), 4);
	assert_told(&t, run, 2, "l", 3);
	assert_told(&t, run, 3, "r", 1);
	table_close(&t);
}

/* A dag without partitions has a run for each time that it is quiet. */
static void
updates_within_debounce_are_for_one_run(void **state)
{
	(void)state;
	for (int restarts = 0; restarts < 2; restarts++) {
		struct table t;

		open_three(&t, WOKEN("datasets: {any: [l, r]}, debounce: 5m"));
		(void)publish(&t, "left", 0);
		table_wake(&t, t.now_us + 4 * MINUTE_US);
		(void)publish(&t, "right", 0);
		if (restarts)
			restart(&t);
		table_wake(&t, t.now_us + 4 * MINUTE_US);
		assert_int_equal(woken(&t, 1), NONE);
		assert_string_equal(waits(&t), "it runs when no update has come for 5m");
		assert_int_equal(t.fx.wake_us, t.now_us + MINUTE_US);
		table_wake(&t, t.now_us + MINUTE_US);
		assert_int_equal(updates_of(&t, woken(&t, 1)), 2);
		assert_int_equal(table_run(&t, woken(&t, 1))->logical_us,
				 DAY_AT(TODAY) + 4 * MINUTE_US);
		assert_int_equal(woken(&t, 2), NONE);
		table_close(&t);
	}
}

/* Of no interval: each of them since the last run. */
static void
without_partitions_all_were_updated_since_the_last_run(void **state)
{
	struct table t;

	(void)state;
	open_three(&t, WOKEN("datasets: [l, r]"));
	(void)publish(&t, "left", 0);
	(void)publish(&t, "left", 1);
	assert_string_equal(waits(&t), "r was not updated since the last run");
	(void)publish(&t, "right", 5);
	assert_int_equal(updates_of(&t, woken(&t, 1)), 3);
	(void)publish(&t, "right", 6);
	assert_int_equal(woken(&t, 2), NONE);
	assert_string_equal(waits(&t), "l was not updated since the last run");
	(void)publish(&t, "left", 6);
	assert_int_equal(updates_of(&t, woken(&t, 2)), 2);
	/* At the instant of the run before: the next microsecond. */
	assert_int_equal(table_run(&t, woken(&t, 2))->logical_us, DAY_AT(TODAY) + 1);
	table_close(&t);
}

static void
a_run_that_is_there_is_kept_as_it_is(void **state)
{
	struct table t;
	int64_t run;

	(void)state;
	open_three(&t, WOKEN("datasets: [l], partition: day"));
	(void)publish(&t, "left", 0);
	run = woken(&t, 1);
	succeed(&t, run, 0);
	publish_again(&t, "left", 0);
	restart(&t);
	assert_string_equal(run_is(&t, run), "success");
	assert_int_equal(table_run(&t, run)->epoch, 1);
	assert_int_equal(updates_of(&t, NONE), 0);
	table_close(&t);
}

static void
with_rerun_a_run_that_has_ended_is_made_again_when_it_is_quiet(void **state)
{
	(void)state;
	for (int restarts = 0; restarts < 2; restarts++) {
		struct table t;
		int64_t run;

		open_three(&t, WOKEN("datasets: [l], partition: day, on_update: rerun"));
		(void)publish(&t, "left", 0);
		run = woken(&t, 1);
		tell(&t, EVENT_STARTED, live_of(&t, run, 0));
		publish_again(&t, "left", 0);
		assert_string_equal(waits(&t), "run scheduled__2026-05-01 has not ended: it runs "
					       "again after that");
		end_with(&t, live_of(&t, run, 0), OUTCOME_OK);
		assert_string_equal(run_is(&t, run), "success");
		assert_string_equal(waits(&t), "it runs when no update has come for 1m");
		table_wake(&t, t.now_us + 30 * SECOND_US);
		publish_again(&t, "left", 0);
		if (restarts)
			restart(&t);
		table_wake(&t, t.now_us + 59 * SECOND_US);
		assert_int_equal(table_run(&t, run)->epoch, 1);
		table_wake(&t, t.now_us + SECOND_US);
		assert_int_equal(table_run(&t, run)->epoch, 2);
		assert_int_equal(updates_of(&t, run), 3);
		assert_told(&t, run, 0, "l", 2);
		assert_told(&t, run, 1, "l", 3);
		succeed(&t, run, 0);
		table_wake(&t, t.now_us + HOUR_US);
		assert_int_equal(table_run(&t, run)->epoch, 2);
		assert_int_equal(woken(&t, 2), NONE);
		table_close(&t);
	}
}

static void
a_dag_that_is_paused_keeps_its_updates(void **state)
{
	struct table t;

	(void)state;
	open_three(&t, WOKEN("datasets: [l], partition: day"));
	order(&t, COMMAND_PAUSE, "after");
	(void)publish(&t, "left", 0);
	(void)publish(&t, "left", 1);
	restart(&t);
	assert_int_equal(woken(&t, 1), NONE);
	assert_int_equal(updates_of(&t, NONE), 2);
	order(&t, COMMAND_UNPAUSE, "after");
	assert_int_equal(updates_of(&t, woken(&t, 1)), 1);
	assert_int_equal(updates_of(&t, woken(&t, 2)), 1);
	assert_int_equal(updates_of(&t, NONE), 0);
	table_close(&t);
}

/* What is published early is no update; the run of the interval is that of the final one. */
static void
an_interval_is_run_when_it_has_ended(void **state)
{
	struct table t;
	int64_t run;

	(void)state;
	open_three(&t, WOKEN("datasets: [l], partition: day"));
	run = publish(&t, "left", TODAY);
	assert_true(table_run(&t, run)->early);
	assert_int_equal(t.last_dataset_event, 0);
	table_wake(&t, DAY_AT(TODAY + 1));
	assert_int_equal(woken(&t, 1), NONE);
	publish_again(&t, "left", TODAY);
	assert_string_equal(table_run(&t, woken(&t, 1))->run_id, "scheduled__2026-05-10");
	table_close(&t);
}

/* A day is for each of its hours, of which the first has the name of the day. */
static void
an_update_is_for_each_interval_that_it_overlaps(void **state)
{
	struct table t;

	(void)state;
	open_three(&t, WOKEN("datasets: [l], partition: hour"));
	(void)publish(&t, "left", 0);
	assert_string_equal(table_run(&t, woken(&t, 1))->run_id, "scheduled__2026-05-01");
	assert_string_equal(table_run(&t, woken(&t, 24))->run_id,
			    "scheduled__2026-05-01T23:00:00Z");
	assert_int_equal(woken(&t, 25), NONE);
	table_close(&t);
}

/* A command with --wait is about its own runs; the scheduler after it makes those of updates. */
static void
a_session_makes_no_run_of_an_update(void **state)
{
	struct table t;

	(void)state;
	open_three(&t, WOKEN("datasets: [l], partition: day"));
	t.config.session = true;
	restart(&t);
	(void)publish(&t, "left", 0);
	assert_int_equal(woken(&t, 1), NONE);
	assert_int_equal(updates_of(&t, NONE), 1);
	t.config.session = false;
	restart(&t);
	assert_int_equal(updates_of(&t, woken(&t, 1)), 1);
	table_close(&t);
}

/* The dag waits for something else now: what nobody waits for is forgotten. */
static void
an_edit_forgets_updates_of_what_is_not_waited_for(void **state)
{
	struct table t;
	struct dag *dags[3];

	(void)state;
	open_three(&t, WOKEN("datasets: [l, r], partition: day"));
	(void)publish(&t, "left", 0);
	dags[0] = table_read(&t, WOKEN("datasets: [r], partition: day"));
	dags[1] = t.dags[1];
	dags[2] = t.dags[2];
	table_catalog(&t, dags, 3);
	assert_int_equal(updates_of(&t, NONE), 0);
	(void)publish(&t, "right", 0);
	assert_int_equal(updates_of(&t, woken(&t, 1)), 1);
	table_close(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_update_makes_the_run_of_its_interval_once),
		cmocka_unit_test(of_all_each_is_waited_for),
		cmocka_unit_test(of_any_one_is_enough_and_the_other_makes_no_second_run),
		cmocka_unit_test(one_run_consumes_all_updates_that_came_before_it),
		cmocka_unit_test(updates_within_debounce_are_for_one_run),
		cmocka_unit_test(without_partitions_all_were_updated_since_the_last_run),
		cmocka_unit_test(a_run_that_is_there_is_kept_as_it_is),
		cmocka_unit_test(with_rerun_a_run_that_has_ended_is_made_again_when_it_is_quiet),
		cmocka_unit_test(a_dag_that_is_paused_keeps_its_updates),
		cmocka_unit_test(an_interval_is_run_when_it_has_ended),
		cmocka_unit_test(an_update_is_for_each_interval_that_it_overlaps),
		cmocka_unit_test(a_session_makes_no_run_of_an_update),
		cmocka_unit_test(an_edit_forgets_updates_of_what_is_not_waited_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
