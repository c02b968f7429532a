/* test_interval.c - may an interval run now, and what is said when it may not? */
#include "core/model/interval.h"

#include "tests/fixture/dag.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define DAY_20 (INT64_C(20593) * DAY_US) /* 2026-05-20 */

static const struct task_fx tasks[] = { { .id = "a", .writes = "raw" } };
static const struct task_fx plain[] = { { .id = "a" } };

static void
a_day_runs_when_it_has_ended_or_early_when_it_has_begun(void **state)
{
	static const struct {
		int64_t now_us;
		enum interval_state is;
		bool runs, runs_early;
	} cases[] = {
		{ DAY_20 - 1, INTERVAL_AHEAD, false, false },
		{ DAY_20, INTERVAL_BEGUN, false, true },
		{ DAY_20 + DAY_US - 1, INTERVAL_BEGUN, false, true },
		{ DAY_20 + DAY_US, INTERVAL_ENDED, true, true },
	};
	struct dag *dag = dag_fx_make(&(struct dag_fx){ .id = "d", DAG_FX_TASKS(tasks) });

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		int64_t now_us = cases[i].now_us;

		assert_int_equal(interval_state(dag, DAY_20, now_us), cases[i].is);
		assert_int_equal(interval_may_run(dag, DAY_20, now_us, false, NULL), cases[i].runs);
		assert_int_equal(interval_may_run(dag, DAY_20, now_us, true, NULL),
				 cases[i].runs_early);
	}
	dag_unref(dag);
}

static void
an_interval_that_may_not_run_is_named(void **state)
{
	struct dag *dag = dag_fx_make(&(struct dag_fx){ .id = "d", DAG_FX_TASKS(tasks) });
	struct buf why;

	(void)state;
	buf_init(&why, SIZE_MAX / 2);
	assert_false(interval_may_run(dag, DAY_20, DAY_20 - 1, true, &why));
	assert_string_equal(why.data, "2026-05-20 of dag 'd' has not begun: it begins "
				      "2026-05-20T00:00:00Z");
	buf_reset(&why);
	assert_false(interval_may_run(dag, DAY_20, DAY_20 + 1, false, &why));
	assert_string_equal(why.data, "2026-05-20 of dag 'd' has not ended: it ends "
				      "2026-05-21T00:00:00Z, and a run before that reads a part "
				      "of it; to run it all the same add --early");
	buf_release(&why);
	dag_unref(dag);
}

/* The year 9999 is as far away as any other. */
static void
without_partitions_the_instant_itself_has_to_have_come(void **state)
{
	struct dag *dag = dag_fx_make(&(struct dag_fx){ .id = "d", DAG_FX_TASKS(plain) });
	int64_t last_us;

	(void)state;
	dag->partitioned = false;
	assert_true(timestamp_parse("9999-12-31T23:59:59Z", 20, &last_us));
	assert_false(interval_may_run(dag, last_us, DAY_20, true, NULL));
	assert_false(interval_may_run(dag, DAY_20 + 1, DAY_20, true, NULL));
	assert_true(interval_may_run(dag, DAY_20, DAY_20, false, NULL));
	assert_int_equal(interval_due(dag, DAY_20), INT64_MAX);
	dag_unref(dag);
}

static void
an_early_run_is_made_again_at_the_first_tick_after_the_end(void **state)
{
	struct dag *dag = dag_fx_make(&(struct dag_fx){
	    .id = "d", .cron = "0 2 * * 1-5", .start_day = 20593, DAG_FX_TASKS(tasks) });
	struct dag *manual = dag_fx_make(&(struct dag_fx){ .id = "m", DAG_FX_TASKS(tasks) });
	struct buf out;

	(void)state;
	buf_init(&out, SIZE_MAX / 2);
	/* 23 May is a Saturday. */
	assert_int_equal(interval_due(dag, DAY_20 + 3 * DAY_US), DAY_20 + 5 * DAY_US + 2 * HOUR_US);
	interval_say_early(dag, DAY_20, &out);
	assert_string_equal(out.data, "it runs again when it is due, 2026-05-21T02:00:00Z");
	buf_reset(&out);
	interval_say_early(manual, DAY_20, &out);
	assert_string_equal(out.data, "dag 'm' has no cron, so nothing runs it again; when the day "
				      "has ended type: tidemill runs clear m 2026-05-20");
	buf_release(&out);
	dag_unref(dag);
	dag_unref(manual);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_day_runs_when_it_has_ended_or_early_when_it_has_begun),
		cmocka_unit_test(an_interval_that_may_not_run_is_named),
		cmocka_unit_test(without_partitions_the_instant_itself_has_to_have_come),
		cmocka_unit_test(an_early_run_is_made_again_at_the_first_tick_after_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
