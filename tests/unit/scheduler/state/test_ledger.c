/* test_ledger.c - pools, classes, ages, rates and the other limits: who starts when. */
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_waited_before_a_restart_has_waited_as_long_after_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
