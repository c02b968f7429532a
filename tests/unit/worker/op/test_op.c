/* test_op.c - the table of operators. */
#include "tests/fixture/op.h"

static void
test_table(void **state)
{
	(void)state;
	for (int kind = OP_INGEST; kind <= OP_ROLLUP; kind++) {
		const struct op *op = op_find((enum op_kind)kind);

		assert_string_equal(op->name, op_kind_name((enum op_kind)kind));
		assert_true(op->summary && *op->summary);
		assert_non_null(op->run);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
