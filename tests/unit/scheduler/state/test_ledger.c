/* test_ledger.c - pools, classes, ages, rates and the other limits: who starts when. */
#include "core/model/limit.h"
#include "tests/fixture/engine.h"

static const struct task_fx one[] = { { .id = "a" } };

enum { ONE_SLOT = 1 };

static const struct engine_config narrow = { .pool_slots = ONE_SLOT, .seed = 7 };

/* A dag of tasks that wait for nothing but their limits, known to the engine with the others. */
static void
add_dag(struct table *t, struct dag **dags, size_t *n, const struct dag_fx *fx)
{
	dags[(*n)++] = table_dag(t, fx);
	table_catalog(t, dags, *n);
}

/* The run of the one attempt that is live. */
static int64_t
run_under_way(struct table *t)
{
	int64_t key;

	assert_int_equal(engine_live(t->engine, &key, 1), 1);
	return table_attempt(t, key)->run;
}

/* The one that is under way ends, and the next begins; its run. */
static int64_t
next_run(struct table *t)
{
	succeed(t, run_under_way(t), 0);
	return run_under_way(t);
}

/* ---- age ---- */

static void
who_waited_before_a_restart_has_waited_as_long_after_it(void **state)
{
	static const struct task_fx urgent[] = { { .id = "a", .priority = 5 } };
	struct dag *dags[3];
	struct table t;
	size_t n = 0;
	int64_t busy, patient, hasty;

	(void)state;
	table_open(&t, &narrow);
	add_dag(&t, dags, &n, &(struct dag_fx){ .id = "busy", DAG_FX_TASKS(one) });
	add_dag(&t, dags, &n, &(struct dag_fx){ .id = "patient", DAG_FX_TASKS(one) });
	add_dag(&t, dags, &n, &(struct dag_fx){ .id = "hasty", DAG_FX_TASKS(urgent) });
	busy = trigger_day(&t, "busy", DAY(1));
	patient = trigger_day(&t, "patient", DAY(1));
	t.now_us += 7 * MINUTE_US;
	hasty = trigger_day(&t, "hasty", DAY(1));
	table_restart(&t);
	table_wake(&t, t.now_us);
	assert_int_equal(run_under_way(&t), busy);
	assert_int_equal(next_run(&t), patient);
	assert_int_equal(next_run(&t), hasty);
	table_close(&t);
}

/*
 * The bound: a task of priority p is passed only by those of priority P of its class that became
 * ready at most P - p minutes after it, by the minutes of the clock.
 */
static void
who_waits_is_passed_by_a_higher_priority_for_as_many_minutes_only(void **state)
{
	static const struct task_fx urgent[] = { { .id = "a", .priority = 5 } };
	int64_t busy, low, hasty[10];
	struct dag *dags[3];
	struct table t;
	size_t n = 0;

	(void)state;
	table_open(&t, &narrow);
	add_dag(&t, dags, &n, &(struct dag_fx){ .id = "busy", DAG_FX_TASKS(one) });
	add_dag(&t, dags, &n, &(struct dag_fx){ .id = "low", DAG_FX_TASKS(one) });
	add_dag(&t, dags, &n,
		&(struct dag_fx){ .id = "hasty", .max_active_runs = 99, DAG_FX_TASKS(urgent) });
	busy = trigger_day(&t, "busy", DAY(1));
	t.now_us += 59 * SECOND_US;
	low = trigger_day(&t, "low", DAY(9));
	for (size_t i = 0; i < countof(hasty); i++) {
		t.now_us += MINUTE_US;
		hasty[i] = trigger_day(&t, "hasty", DAY(-20 + (int64_t)i));
	}
	assert_int_equal(run_under_way(&t), busy);
	for (size_t i = 0; i < 5; i++)
		assert_int_equal(next_run(&t), hasty[i]);
	assert_int_equal(next_run(&t), low);
	for (size_t i = 5; i < countof(hasty); i++)
		assert_int_equal(next_run(&t), hasty[i]);
	table_close(&t);
}

/* ---- shares ---- */

enum { RUNS_EACH = 30 };

/* Runs of the schedule, of people and of a backfill, all of them ready at once. */
static void
fill_all_classes(struct table *t)
{
	struct dag *dags[3];
	size_t n = 0;

	add_dag(t, dags, &n,
		&(struct dag_fx){ .id = "by_hand", .max_active_runs = 99, DAG_FX_TASKS(one) });
	add_dag(t, dags, &n,
		&(struct dag_fx){ .id = "again", .max_active_runs = 99, DAG_FX_TASKS(one) });
	add_dag(t, dags, &n,
		&(struct dag_fx){ .id = "by_plan",
				  .cron = "0 0 * * *",
				  .start_day = DAY(10 - RUNS_EACH),
				  .catchup = CATCHUP_ALL,
				  .max_active_runs = 99,
				  DAG_FX_TASKS(one) });
	for (int i = 1; i <= RUNS_EACH; i++)
		(void)trigger_day(t, "by_hand", DAY(10 - i));
	assert_int_equal(REPLY_OK, command(t, &(struct command){ .kind = COMMAND_BACKFILL,
								 .dag = "again",
								 .from_us = DAY_AT(10 - RUNS_EACH),
								 .to_us = DAY_AT(9),
								 .max_active_runs = 99 })
				       ->code);
}

/* Of so many starts in a row one is of each class that waits all the time. */
static void
expect_share(int share, int every)
{
	int since[3] = { 0 }, began[3] = { 0 };
	struct limits limits;
	struct engine_config config = { .limits = &limits, .seed = 11 };
	struct table t;

	limits_init(&limits, ONE_SLOT);
	limits.pools[0].share = share;
	table_open(&t, &config);
	fill_all_classes(&t);
	/* The first began when nobody else waited. */
	began[RUN_SCHEDULED]++;
	succeed(&t, run_under_way(&t), 0);
	while (engine_live(t.engine, NULL, 0)) {
		const struct run_row *run = table_run(&t, run_under_way(&t));
		int class = run->backfill ? RUN_BACKFILL : (int)run->type;

		for (int c = 0; c < 3; c++) {
			since[c] = c == class ? 0 : since[c] + 1;
			assert_true(since[c] < every || began[c] == RUNS_EACH);
		}
		began[class]++;
		succeed(&t, run->key, 0);
	}
	for (int c = 0; c < 3; c++)
		assert_int_equal(began[c], RUNS_EACH);
	table_close(&t);
}

static void
each_waiting_class_gets_its_share_of_a_full_pool(void **state)
{
	(void)state;
	expect_share(0, 10);
	expect_share(10, 10);
	expect_share(20, 5);
	expect_share(33, 3);
}

/* ---- rates ---- */

enum { RATE = 3, RATED_TASKS = 20 };

static void
a_rate_is_not_passed_in_any_period_and_not_by_a_restart(void **state)
{
	struct task_fx tasks[RATED_TASKS];
	char ids[RATED_TASKS][16];
	struct limits limits;
	struct engine_config config = { .limits = &limits, .seed = 5 };
	struct dag *dag;
	struct table t;

	(void)state;
	limits_init(&limits, RATED_TASKS);
	limits.pools[0].rate = RATE;
	limits.pools[0].rate_us = MINUTE_US;
	for (int i = 0; i < RATED_TASKS; i++) {
		snprintf(ids[i], sizeof(ids[i]), "t%d", i);
		tasks[i] = (struct task_fx){ .id = ids[i] };
	}
	table_open(&t, &config);
	dag = table_dag(&t, &(struct dag_fx){ .id = "d", DAG_FX_TASKS(tasks) });
	table_catalog(&t, &dag, 1);
	t.now_us += 10 * SECOND_US;
	(void)trigger_day(&t, "d", DAY(1));
	while (t.last_attempt < RATED_TASKS) {
		assert_int_equal(t.last_attempt % RATE, 0);
		/* Nothing before its time, whoever comes by; then at once. */
		table_wake(&t, t.now_us + 17 * SECOND_US);
		table_restart(&t);
		table_wake(&t, t.now_us);
		assert_int_equal(t.last_attempt % RATE, 0);
		assert_int_equal(t.fx.wake_us,
				 table_attempt(&t, t.last_attempt)->created_us + MINUTE_US);
		table_wake(&t, t.fx.wake_us);
	}
	for (int64_t key = 1; key + RATE <= RATED_TASKS; key++)
		assert_int_equal(table_attempt(&t, key + RATE)->created_us -
				     table_attempt(&t, key)->created_us,
				 MINUTE_US);
	table_close(&t);
}

/* Some of the starts were made by a clock that was a year ahead: they were before the others. */
static void
a_restart_does_not_wait_for_the_year_that_a_clock_was_ahead(void **state)
{
	static const struct task_fx two[] = { { .id = "a" }, { .id = "b" } };
	static const struct task_fx three[] = { { .id = "a" }, { .id = "b" }, { .id = "c" } };
	const int64_t ahead_us = 365 * DAY_US;
	struct limits limits;
	struct engine_config config = { .limits = &limits, .seed = 5 };
	struct dag *dags[2];
	struct table t;

	(void)state;
	limits_init(&limits, RATED_TASKS);
	limits.pools[0].rate = RATE;
	limits.pools[0].rate_us = MINUTE_US;
	table_open(&t, &config);
	dags[0] = table_dag(&t, &(struct dag_fx){ .id = "d", .whole = true, DAG_FX_TASKS(two) });
	dags[1] = table_dag(&t, &(struct dag_fx){ .id = "e", .whole = true, DAG_FX_TASKS(three) });
	t.now_us += ahead_us;
	table_step(&t, &(struct event){ .kind = EVENT_CLOCK, .boot = "one", .offset_us = DAY_US });
	table_catalog(&t, dags, 2);
	(void)command(&t, &(struct command){ .kind = COMMAND_TRIGGER, .dag = "d" });
	assert_int_equal(t.last_attempt, 2);
	t.now_us -= ahead_us;
	table_step(&t, &(struct event){
			   .kind = EVENT_CLOCK, .boot = "one", .offset_us = DAY_US - ahead_us });
	(void)command(&t, &(struct command){ .kind = COMMAND_TRIGGER, .dag = "e" });
	assert_int_equal(t.last_attempt, 3);
	table_restart(&t);
	table_wake(&t, t.now_us + SECOND_US);
	assert_int_equal(t.last_attempt, 3);
	table_wake(&t, t.now_us + MINUTE_US);
	assert_int_equal(t.last_attempt, 5);
	table_close(&t);
}

/* The wall clock is set, as far as it is from the boot's then. */
static void
set_clock(struct table *t, int64_t by_us, int64_t offset_us)
{
	t->now_us += by_us;
	table_step(t, &(struct event){
			  .kind = EVENT_CLOCK, .boot = "one", .offset_us = DAY_US + offset_us });
}

/* Two starts while the clock was 39 seconds behind; it comes back in two steps. */
static void
a_restart_knows_each_step_of_the_clock(void **state)
{
	static const struct task_fx two[] = { { .id = "a" }, { .id = "b" } };
	static const struct task_fx three[] = { { .id = "a" }, { .id = "b" }, { .id = "c" } };
	struct limits limits;
	struct engine_config config = { .limits = &limits, .seed = 5 };
	struct dag *dags[2];
	struct table t;

	(void)state;
	limits_init(&limits, RATED_TASKS);
	limits.pools[0].rate = RATE;
	limits.pools[0].rate_us = MINUTE_US;
	table_open(&t, &config);
	dags[0] = table_dag(&t, &(struct dag_fx){ .id = "d", .whole = true, DAG_FX_TASKS(two) });
	dags[1] = table_dag(&t, &(struct dag_fx){ .id = "e", .whole = true, DAG_FX_TASKS(three) });
	set_clock(&t, 0, 0);
	table_catalog(&t, dags, 2);
	set_clock(&t, -39 * SECOND_US, -39 * SECOND_US);
	(void)command(&t, &(struct command){ .kind = COMMAND_TRIGGER, .dag = "d" });
	t.now_us += 20 * SECOND_US;
	set_clock(&t, 20 * SECOND_US, -19 * SECOND_US);
	(void)command(&t, &(struct command){ .kind = COMMAND_TRIGGER, .dag = "e" });
	assert_int_equal(t.last_attempt, 3);
	t.now_us += 20 * SECOND_US;
	set_clock(&t, 19 * SECOND_US, 0);
	table_restart(&t);
	table_wake(&t, t.now_us + 19 * SECOND_US);
	assert_int_equal(t.last_attempt, 3);
	table_wake(&t, t.now_us + SECOND_US);
	assert_int_equal(t.last_attempt, 5);
	table_close(&t);
}

static void
a_rate_counts_starts_and_not_what_runs(void **state)
{
	static const struct task_fx tasks[] = { { .id = "a" }, { .id = "b" }, { .id = "c" } };
	struct limits limits;
	struct engine_config config = { .limits = &limits, .seed = 5 };
	struct dag *dag;
	struct table t;
	int64_t run;

	(void)state;
	limits_init(&limits, 9);
	limits.pools[0].rate = 2;
	limits.pools[0].rate_us = MINUTE_US;
	table_open(&t, &config);
	dag = table_dag(&t, &(struct dag_fx){ .id = "d", DAG_FX_TASKS(tasks) });
	table_catalog(&t, &dag, 1);
	run = trigger_day(&t, "d", DAY(1));
	succeed(&t, run, 0);
	succeed(&t, run, 1);
	assert_string_equal(task_is(&t, run, 2), "scheduled");
	assert_non_null(strstr(table_task(&t, run, 2)->waits, "\"gate\":\"rate\""));
	table_wake(&t, t.now_us + MINUTE_US);
	succeed(&t, run, 2);
	assert_string_equal(run_is(&t, run), "success");
	table_close(&t);
}

/* ---- limits of dags, of tasks, of all ---- */

static void
tasks_of_a_dag_at_once_are_limited_and_other_dags_go_on(void **state)
{
	static const struct task_fx five[] = {
		{ .id = "a" }, { .id = "b" }, { .id = "c" }, { .id = "d" }, { .id = "e" },
	};
	struct engine_config wide = { .pool_slots = 50, .seed = 2 };
	struct dag *dags[2];
	struct table t;
	size_t n = 0;
	int64_t first, second;

	(void)state;
	table_open(&t, &wide);
	add_dag(&t, dags, &n,
		&(struct dag_fx){
		    .id = "few", .max_active_tasks = 2, .max_active_runs = 9, DAG_FX_TASKS(five) });
	add_dag(&t, dags, &n, &(struct dag_fx){ .id = "many", DAG_FX_TASKS(five) });
	first = trigger_day(&t, "few", DAY(1));
	second = trigger_day(&t, "few", DAY(2));
	(void)trigger_day(&t, "many", DAY(1));
	assert_int_equal(engine_live(t.engine, NULL, 0), 7);
	succeed(&t, first, 0);
	assert_int_equal(engine_live(t.engine, NULL, 0), 7);
	assert_string_equal(task_is(&t, first, 2), "queued");
	table_restart(&t);
	table_wake(&t, t.now_us);
	assert_int_equal(engine_live(t.engine, NULL, 0), 7);
	succeed_all(&t);
	assert_string_equal(run_is(&t, first), "success");
	assert_string_equal(run_is(&t, second), "success");
	table_close(&t);
}

static void
a_task_is_limited_over_all_runs_of_its_dag(void **state)
{
	static const struct task_fx tasks[] = { { .id = "alone", .max_active = 1 }, { .id = "b" } };
	struct engine_config wide = { .pool_slots = 50, .seed = 2 };
	struct dag *dag;
	struct table t;
	int64_t first, second;

	(void)state;
	table_open(&t, &wide);
	dag = table_dag(&t,
			&(struct dag_fx){ .id = "d", .max_active_runs = 9, DAG_FX_TASKS(tasks) });
	table_catalog(&t, &dag, 1);
	first = trigger_day(&t, "d", DAY(1));
	second = trigger_day(&t, "d", DAY(2));
	assert_string_equal(task_is(&t, first, 0), "queued");
	assert_string_equal(task_is(&t, second, 0), "scheduled");
	assert_string_equal(task_is(&t, second, 1), "queued");
	table_restart(&t);
	table_wake(&t, t.now_us);
	assert_string_equal(task_is(&t, second, 0), "scheduled");
	succeed(&t, first, 0);
	assert_string_equal(task_is(&t, second, 0), "queued");
	table_close(&t);
}

static void
tasks_of_all_dags_at_once_are_limited(void **state)
{
	static const struct task_fx tasks[] = { { .id = "a" }, { .id = "b", .pool = "side" } };
	struct limits limits;
	struct engine_config config = { .limits = &limits, .seed = 5 };
	struct dag *dag;
	struct table t;
	int64_t run;

	(void)state;
	limits_init(&limits, 9);
	limits.pools[limits.n_pools++] = (struct slot_pool){ .name = "side", .slots = 9 };
	limits.max_active_tasks = 1;
	table_open(&t, &config);
	dag = table_dag(&t, &(struct dag_fx){ .id = "d", DAG_FX_TASKS(tasks) });
	table_catalog(&t, &dag, 1);
	run = trigger_day(&t, "d", DAY(1));
	assert_int_equal(engine_live(t.engine, NULL, 0), 1);
	succeed_all(&t);
	assert_string_equal(run_is(&t, run), "success");
	table_close(&t);
}

/* ---- memory ---- */

#define MIB (INT64_C(1) << 20)

static void
memory_that_is_asked_for_is_not_given_twice(void **state)
{
	static const struct task_fx tasks[] = {
		{ .id = "a", .memory_bytes = 60 * MIB, .priority = 9 },
		{ .id = "b", .memory_bytes = 60 * MIB, .priority = 8 },
		{ .id = "huge", .memory_bytes = 200 * MIB, .priority = 7 },
		{ .id = "silent", .pool = "side" },
		{ .id = "small", .memory_bytes = 30 * MIB, .pool = "side" },
	};
	struct limits limits;
	struct engine_config config = { .limits = &limits, .seed = 5 };
	struct dag *dag;
	struct table t;
	int64_t run;

	(void)state;
	limits_init(&limits, 9);
	limits.pools[limits.n_pools++] = (struct slot_pool){ .name = "side", .slots = 9 };
	limits.memory_bytes = 100 * MIB;
	table_open(&t, &config);
	dag = table_dag(&t, &(struct dag_fx){ .id = "d", DAG_FX_TASKS(tasks) });
	table_catalog(&t, &dag, 1);
	run = trigger_day(&t, "d", DAY(1));
	assert_string_equal(task_is(&t, run, 0), "queued");
	assert_string_equal(task_is(&t, run, 3), "queued");
	/* No waiting helps; it delays nobody. */
	assert_non_null(strstr(table_task(&t, run, 2)->waits, "\"gate\":\"too_large\""));
	/* `small` fits, or `b` has it first, but never more than there is. */
	assert_string_equal(task_is(&t, run, 1), "scheduled");
	succeed(&t, run, 0);
	assert_string_equal(task_is(&t, run, 1), "queued");
	succeed_all(&t);
	assert_string_equal(task_is(&t, run, 4), "success");
	limits.memory_bytes = 200 * MIB;
	table_limits(&t, &dag, 1, &limits);
	succeed(&t, run, 2);
	assert_string_equal(run_is(&t, run), "success");
	table_close(&t);
}

/* ---- other limits while it runs ---- */

static void
what_runs_in_a_pool_that_became_smaller_goes_on_and_nothing_begins(void **state)
{
	static const struct task_fx tasks[] = {
		{ .id = "a" },
		{ .id = "b" },
		{ .id = "c" },
		{ .id = "d" },
		{ .id = "wide", .slots = 3 },
	};
	struct limits limits;
	struct engine_config config = { .limits = &limits, .seed = 5 };
	struct dag *dag;
	struct table t;
	int64_t run;

	(void)state;
	limits_init(&limits, 3);
	table_open(&t, &config);
	dag = table_dag(&t, &(struct dag_fx){ .id = "d", DAG_FX_TASKS(tasks) });
	table_catalog(&t, &dag, 1);
	run = trigger_day(&t, "d", DAY(1));
	assert_int_equal(engine_live(t.engine, NULL, 0), 3);
	limits.pools[0].slots = 1;
	table_limits(&t, &dag, 1, &limits);
	assert_int_equal(engine_live(t.engine, NULL, 0), 3);
	assert_int_equal(count_actions(&t, ACTION_KILL), 0);
	assert_non_null(strstr(table_task(&t, run, 4)->waits, "\"gate\":\"pool_small\""));
	succeed(&t, run, 0);
	succeed(&t, run, 1);
	assert_int_equal(engine_live(t.engine, NULL, 0), 1);
	assert_string_equal(task_is(&t, run, 3), "scheduled");
	table_restart(&t);
	table_wake(&t, t.now_us);
	assert_int_equal(engine_live(t.engine, NULL, 0), 1);
	succeed(&t, run, 2);
	assert_string_equal(task_is(&t, run, 3), "queued");
	/* Whoever looks from outside reads what starts are decided by. */
	assert_non_null(
	    strstr(table_find(t.rows, "limits", 1, -1)->change.limits.text, "\"slots\":1"));
	limits.pools[0].slots = 3;
	table_limits(&t, &dag, 1, &limits);
	succeed_all(&t);
	assert_string_equal(run_is(&t, run), "success");
	table_close(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_waited_before_a_restart_has_waited_as_long_after_it),
		cmocka_unit_test(who_waits_is_passed_by_a_higher_priority_for_as_many_minutes_only),
		cmocka_unit_test(each_waiting_class_gets_its_share_of_a_full_pool),
		cmocka_unit_test(a_rate_is_not_passed_in_any_period_and_not_by_a_restart),
		cmocka_unit_test(a_restart_does_not_wait_for_the_year_that_a_clock_was_ahead),
		cmocka_unit_test(a_restart_knows_each_step_of_the_clock),
		cmocka_unit_test(a_rate_counts_starts_and_not_what_runs),
		cmocka_unit_test(tasks_of_a_dag_at_once_are_limited_and_other_dags_go_on),
		cmocka_unit_test(a_task_is_limited_over_all_runs_of_its_dag),
		cmocka_unit_test(tasks_of_all_dags_at_once_are_limited),
		cmocka_unit_test(memory_that_is_asked_for_is_not_given_twice),
		cmocka_unit_test(
		    what_runs_in_a_pool_that_became_smaller_goes_on_and_nothing_begins),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
