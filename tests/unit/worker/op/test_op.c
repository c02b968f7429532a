/* test_op.c - the table of operators. */
#include "tests/fixture/op.h"
#include "worker/op/op.h"

static void
every_operator_of_the_list_can_be_run(void **state)
{
	(void)state;
	for (int kind = 0; kind < OP_COUNT; kind++)
		assert_non_null(op_find((enum op_kind)kind)->run);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_operator_of_the_list_can_be_run),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
