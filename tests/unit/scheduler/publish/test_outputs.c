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
	{ .name = "also", .path = "lake/also", .quarantine = -1 },
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
	struct dag_output out[DAG_OUTPUTS_MAX];

	(void)state;
	assert_int_equal(dag_outputs(&dag, &task, out), 1);
	assert_ptr_equal(out[0].dataset, &datasets[2]);
	assert_false(out[0].aside);
}

/* By name, whatever the order of the file, so that all publish in one order. */
static void
several_outputs_come_by_name_each_behind_its_quarantine(void **state)
{
	static const int32_t beside[] = { 0, 3 };
	const struct task task = { .output = 2, .beside = beside, .n_beside = 2 };
	static const struct {
		const char *name;
		size_t at;
		bool aside;
	} expect[] = {
		{ "also", 2, false },
		{ "plain", 0, false },
		{ "raw_quarantine", 1, true },
		{ "raw", 1, false },
	};
	struct dag_output out[DAG_OUTPUTS_MAX];

	(void)state;
	assert_int_equal(dag_outputs(&dag, &task, out), countof(expect));
	for (size_t i = 0; i < countof(expect); i++) {
		assert_string_equal(out[i].dataset->name, expect[i].name);
		assert_int_equal(out[i].at, expect[i].at);
		assert_int_equal(out[i].aside, expect[i].aside);
	}
}

static void
two_tasks_write_the_same_where_any_of_their_outputs_meet(void **state)
{
	static const int32_t beside[] = { 0, 3 };
	const struct task three = { .output = 2, .beside = beside, .n_beside = 2 };
	const struct task last = { .output = 3 }, second = { .output = 1 }, none = { .output = -1 };

	(void)state;
	assert_true(dag_write_same(&dag, &three, &dag, &last));
	assert_true(dag_write_same(&dag, &last, &dag, &three));
	assert_false(dag_write_same(&dag, &three, &dag, &second));
	assert_false(dag_write_same(&dag, &none, &dag, &three));
}

static void
each_output_asks_for_its_own_checks(void **state)
{
	static const struct check checks[] = { { .output = "plain" },
					       { .output = "also" },
					       { .output = "plain" } };
	static const int32_t beside[] = { 0, 3 };
	const struct task task = {
		.output = 2, .beside = beside, .n_beside = 2, .checks = checks, .n_checks = 3
	};
	struct storage_partition out[DAG_OUTPUTS_MAX];
	struct arena *arena = arena_new();

	(void)state;
	assert_int_equal(outputs_of(&dag, &task, "/p", DAY * DAY_US, out, arena), 4);
	assert_int_equal(out[0].n_checks, 1);
	assert_int_equal(out[1].n_checks, 2);
	assert_int_equal(out[2].n_checks, 0);
	assert_int_equal(out[3].n_checks, 0);
	arena_free(arena);
}

static void
a_task_without_output_writes_nothing(void **state)
{
	const struct task task = { .output = -1 };
	struct dag_output out[DAG_OUTPUTS_MAX];

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
		cmocka_unit_test(several_outputs_come_by_name_each_behind_its_quarantine),
		cmocka_unit_test(two_tasks_write_the_same_where_any_of_their_outputs_meet),
		cmocka_unit_test(each_output_asks_for_its_own_checks),
		cmocka_unit_test(a_task_without_output_writes_nothing),
		cmocka_unit_test(only_paths_of_this_machine_have_a_storage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
