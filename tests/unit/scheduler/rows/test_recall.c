/* test_recall.c - rows of the past outlive what they were copied from. */
#include "scheduler/rows/recall.h"

#include "tests/fixture/dag.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void
recalled_rows_are_copies_in_order(void **state)
{
	static const struct task_fx tasks[] = { { .id = "a" }, { .id = "b", .needs = "a" } };
	struct dag *dag = dag_fx_make(
	    &(struct dag_fx){ .id = "d", .max_active_runs = 1, .tasks = tasks, .n_tasks = 2 });
	char text[] = "scheduled__2026-05-01";
	struct recall past;

	(void)state;
	recall_init(&past);
	for (int64_t key = 1; key <= 40; key++) {
		recall_run(&past, &(struct run_row){ .key = key, .run_id = text }, dag);
		for (int i = 0; i < 2; i++)
			recall_task(&past,
				    &(struct task_row){ .run = key, .index = i, .task = text });
	}
	memset(text, 'x', sizeof(text) - 1);
	assert_int_equal(past.n, 40);
	for (size_t i = 0; i < past.n; i++) {
		assert_int_equal(past.runs[i].run.key, i + 1);
		assert_string_equal(past.runs[i].run.run_id, "scheduled__2026-05-01");
		assert_int_equal(past.runs[i].n_tasks, 2);
		assert_int_equal(past.runs[i].tasks[1].index, 1);
		assert_string_equal(past.runs[i].tasks[1].task, "scheduled__2026-05-01");
	}
	recall_release(&past);
	dag_unref(dag);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(recalled_rows_are_copies_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
