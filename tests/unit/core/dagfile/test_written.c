/* test_written.c - a task that writes several datasets: how many, in which order, in its slice. */
#include "tests/fixture/dagfile.h"

/* A file with n datasets d0, d1 ..., which one task writes from the last to the first. */
static char *
file_of(int n)
{
	struct buf text;
	char *out;

	buf_init(&text, SIZE_MAX);
	buf_text(&text, "dag: a\nschedule: {partition: day}\ndatasets:\n");
	for (int i = 0; i < n; i++)
		buf_format(&text, "  d%d: {path: lake/d%d, format: csv, columns: {n: int64}}\n", i,
			   i);
	buf_text(&text, "tasks:\n  w:\n    operator: command\n    run: [make]\n    output: [");
	for (int i = n; i-- > 0;)
		buf_format(&text, "d%d%s", i, i ? ", " : "]\n");
	buf_text(&text, "    deterministic: true\n    checks:\n");
	buf_text(&text, "      - not_null: {columns: [n], on_fail: quarantine, output: d0}\n");
	buf_text(&text, "      - row_count: {min: 1, output: d0}\n");
	out = buf_give(&text);
	buf_release(&text);
	return out;
}

static void
a_task_writes_sixteen_datasets_and_no_more(void **state)
{
	(void)state;
	for (int more = 0; more < 2; more++) {
		char *text = file_of(TASK_WRITES_MAX + more);
		char *told;
		struct diags diags;
		struct dag *dag;

		diags_init(&diags);
		dag = dagfile_read("a.yaml", text, strlen(text), &diags);
		assert_int_equal(dag != NULL, !more);
		told = render(&diags);
		if (dag)
			assert_int_equal(task_n_writes(&dag->tasks[0]), TASK_WRITES_MAX);
		else
			assert_non_null(strstr(told, "a list of 1 to 16 of them"));
		free(told);
		dag_unref(dag);
		diags_release(&diags);
		free(text);
	}
}

static void
expect_three(const struct dag *dag)
{
	static const char *const published[] = { "d0_quarantine", "d0", "d1", "d2" };
	const struct task *task = &dag->tasks[0];
	struct dag_output out[DAG_OUTPUTS_MAX];

	assert_int_equal(task_n_writes(task), 3);
	assert_string_equal(dag_written(dag, task, 0)->name, "d2");
	assert_string_equal(dag_written(dag, task, 2)->name, "d0");
	assert_int_equal(dag_outputs(dag, task, out), countof(published));
	for (size_t i = 0; i < countof(published); i++)
		assert_string_equal(out[i].dataset->name, published[i]);
	assert_true(out[0].aside && out[0].at == 2);
	assert_int_equal(dag_checks_of(dag, task, 2), 2);
	assert_int_equal(dag_checks_of(dag, task, 0), 0);
	assert_true(task->deterministic && !task->declared);
}

/* The worker sees the same datasets in the same order, with their checks. */
static void
a_slice_has_all_that_its_task_writes(void **state)
{
	char *text = file_of(3);
	struct diags diags;
	struct buf slice;
	struct dag *dag;

	(void)state;
	diags_init(&diags);
	dag = dagfile_read("a.yaml", text, strlen(text), &diags);
	if (!dag)
		fail_msg("%s", render(&diags));
	expect_three(dag);
	buf_init(&slice, 10000);
	dagfile_slice(dag, 0, &slice);
	dag_unref(dag);
	dag = dagfile_read_slice(slice.data, slice.bytes, &diags);
	assert_non_null(dag);
	expect_three(dag);
	dag_unref(dag);
	buf_release(&slice);
	diags_release(&diags);
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_task_writes_sixteen_datasets_and_no_more),
		cmocka_unit_test(a_slice_has_all_that_its_task_writes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
