/* test_outputs.c - scheduler/publish/outputs.c and storage.c: what a task writes, and where. */
#include "scheduler/publish/outputs.h"
#include "scheduler/publish/storage.h"

#include "core/base/mem.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { DAY = 20574 }; /* 2026-05-01 */

static struct dataset datasets[] = {
	{ .name = "raw", .path = "lake/raw", .quarantine = 1 },
	{ .name = "raw_quarantine", .path = "/far/quarantine", .quarantine = -1 },
	{ .name = "plain", .path = "lake/plain", .quarantine = -1 },
};
static const struct dag dag = { .datasets = datasets, .n_datasets = countof(datasets) };

static void
quarantine_comes_first_and_main_last(void **state)
{
	const struct task task = { .output = 0 };
	struct storage_partition out[DAG_OUTPUTS_MAX];
	struct arena *arena = arena_new();

	(void)state;
	assert_int_equal(outputs_of(&dag, &task, "/p", DAY * DAY_US, out, arena), 2);
	assert_string_equal(out[0].dataset, "raw_quarantine");
	assert_string_equal(out[0].path, "/far/quarantine");
	assert_string_equal(out[1].dataset, "raw");
	assert_string_equal(out[1].path, "/p/lake/raw");
	assert_true(out[0].part == DAY && out[1].part == DAY);
	arena_free(arena);
}

static void
without_quarantine_there_is_one_output(void **state)
{
	const struct task task = { .output = 2 };
	const struct dataset *out[DAG_OUTPUTS_MAX];

	(void)state;
	assert_int_equal(dag_outputs(&dag, &task, out), 1);
	assert_ptr_equal(out[0], &datasets[2]);
}

static void
a_task_without_output_writes_nothing(void **state)
{
	const struct task task = { .output = -1 };
	const struct dataset *out[DAG_OUTPUTS_MAX];

	(void)state;
	assert_int_equal(dag_outputs(&dag, &task, out), 0);
}

static void
only_paths_of_this_machine_have_a_storage(void **state)
{
	const struct storage *storage = NULL;
	struct err err;

	(void)state;
	assert_int_equal(storage_of("/lake/events", &storage, &err), ERR_NONE);
	assert_ptr_equal(storage, &storage_local);
	assert_int_equal(storage_of("s3://bucket/events", &storage, &err), ERR_INPUT);
	assert_null(storage);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(quarantine_comes_first_and_main_last),
		cmocka_unit_test(without_quarantine_there_is_one_output),
		cmocka_unit_test(a_task_without_output_writes_nothing),
		cmocka_unit_test(only_paths_of_this_machine_have_a_storage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
