/* test_sessionize.c - the columns of sessions follow from those of their input, here or elsewhere.
 */
#include "core/op/sessionize.h"
#include "core/op/op.h"
#include "tests/fixture/dagfile.h"

#define DATASETS "dag: d\nschedule: '@daily'\nstart_date: 2026-05-01\ndatasets:\n"
#define MADE                                                                                 \
	"session_number: int64, session_id: string, session_start: timestamp, session_end: " \
	"timestamp, events: int64, duration_s: float64"

static void
expect_unit(const struct dag *dag, const char *dataset, const char *unit, enum col_type type)
{
	const struct schema *s = &dataset_of(dag, dataset)->schema;

	assert_int_equal(s->count, 1 + schema_sessions.count);
	assert_string_equal(s->columns[0].name, unit);
	assert_int_equal(s->columns[0].type, type);
	for (size_t i = 0; i < schema_sessions.count; i++) {
		assert_string_equal(s->columns[1 + i].name, schema_sessions.columns[i].name);
		assert_int_equal(s->columns[1 + i].type, schema_sessions.columns[i].type);
	}
}

/* A slice is read as its file was. */
static void
expect_in_slice(const struct dag *dag, const char *task, const char *dataset, const char *unit,
		enum col_type type)
{
	struct diags diags;
	struct buf slice;
	struct dag *alone;

	diags_init(&diags);
	buf_init(&slice, SIZE_MAX);
	dagfile_slice(dag, (size_t)dag_task_find(dag, task), &slice);
	alone = dagfile_read_slice(slice.data, slice.bytes, &diags);
	if (!alone)
		fail_msg("%s", render(&diags));
	expect_unit(alone, dataset, unit, type);
	dag_unref(alone);
	buf_release(&slice);
	diags_release(&diags);
}

static void
the_unit_is_named_and_typed_as_in_the_input(void **state)
{
	struct dag *dag = read_good(
	    "a.yaml", DATASETS
	    "  e: {path: e, columns: {user_id: int64, who: string, timestamp: timestamp}}\n"
	    "  s: {path: s}\n  t: {path: t}\n"
	    "  u: {path: u, columns: {user_id: int64, " MADE "}}\n"
	    "tasks:\n  a: {operator: sessionize, input: e, output: s}\n"
	    "  b: {operator: sessionize, input: e, unit: who, output: t}\n"
	    "  c: {operator: sessionize, input: e, output: u}\n");

	(void)state;
	expect_unit(dag, "s", "user_id", COL_INT64);
	expect_unit(dag, "t", "who", COL_STRING);
	expect_unit(dag, "u", "user_id", COL_INT64);
	expect_in_slice(dag, "a", "s", "user_id", COL_INT64);
	expect_in_slice(dag, "b", "t", "who", COL_STRING);
	dag_unref(dag);
}

/* Then the output says which type the unit has, and the input is asked for it. */
static void
an_input_of_another_file_has_to_have_the_unit_of_the_output(void **state)
{
	static const struct column strings[] = { { "user_id", COL_STRING },
						 { "timestamp", COL_TIMESTAMP } };
	static const struct column ints[] = { { "user_id", COL_INT64 },
					      { "timestamp", COL_TIMESTAMP } };
	struct dag *dag = read_good("a.yaml", DATASETS
				    "  s: {path: s, columns: {user_id: string, " MADE "}}\n"
				    "tasks: {a: {operator: sessionize, input: e, output: s}}\n");
	const struct task *t = task_of(dag, "a");
	char why[200];

	(void)state;
	expect_unit(dag, "s", "user_id", COL_STRING);
	expect_in_slice(dag, "a", "s", "user_id", COL_STRING);
	assert_true(op_input_fits(t, 0, &(struct schema){ strings, 2 }, why, sizeof(why)));
	assert_false(op_input_fits(t, 0, &(struct schema){ ints, 2 }, why, sizeof(why)));
	assert_string_equal(why, "has column 'user_id' as int64, not as string");
	assert_false(op_input_fits(t, 0, &(struct schema){ strings, 1 }, why, sizeof(why)));
	assert_string_equal(why, "has no column 'timestamp'");
	dag_unref(dag);
}

static void
what_tells_who_a_person_is_stays_personal(void **state)
{
	struct dag *dag = read_good(
	    "a.yaml", DATASETS
	    "  e: {path: e, columns: {who: {type: string, personal: true}, at: {type: timestamp, "
	    "personal: true}}}\n  s: {path: s}\n"
	    "tasks: {a: {operator: sessionize, input: e, unit: who, time: at, output: s}}\n");
	const struct column_names *personal = &dataset_of(dag, "s")->personal;

	(void)state;
	assert_int_equal(personal->count, 2);
	assert_true(column_is_named(personal, "who"));
	assert_true(column_is_named(personal, "session_id"));
	dag_unref(dag);
}

static void
sessions_that_go_on_are_read_from_three_partitions(void **state)
{
	struct dag *dag = read_good(
	    "a.yaml",
	    DATASETS "  e: {path: e, schema: events}\n  s: {path: s}\n  t: {path: t}\n"
		     "tasks:\n  a: {operator: sessionize, input: e, gap: 90s, output: s}\n"
		     "  b: {operator: sessionize, input: e, carry_over: true, output: t}\n");
	const struct task *a = task_of(dag, "a"), *b = task_of(dag, "b");

	(void)state;
	assert_true(a->inputs[0].window.from == 0 && a->inputs[0].window.to == 0);
	assert_true(b->inputs[0].window.from == -1 && b->inputs[0].window.to == 1);
	assert_true(((const struct op_sessionize *)a->params)->gap_us == 90000000);
	assert_true(((const struct op_sessionize *)b->params)->gap_us == 1800000000);
	dag_unref(dag);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_unit_is_named_and_typed_as_in_the_input),
		cmocka_unit_test(an_input_of_another_file_has_to_have_the_unit_of_the_output),
		cmocka_unit_test(what_tells_who_a_person_is_stays_personal),
		cmocka_unit_test(sessions_that_go_on_are_read_from_three_partitions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
