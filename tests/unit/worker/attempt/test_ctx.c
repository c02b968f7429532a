/* test_ctx.c - how a run begins and ends, and its result. */
#include "tests/fixture/op.h"

/* The code of an error says how a run ends, unless a check said that it may not go on. */
static void
the_error_code_tells_the_outcome(void **state)
{
	static const struct {
		enum err_code code;
		bool gate_failed, fatal;
		enum outcome outcome;
	} cases[] = {
		{ ERR_NONE, false, false, OUTCOME_OK },
		{ ERR_INPUT, false, false, OUTCOME_ERROR },
		{ ERR_INPUT, true, false, OUTCOME_GATE_FAILED },
		{ ERR_INPUT, false, true, OUTCOME_FATAL },
		{ ERR_NOT_FOUND, false, false, OUTCOME_MISSING },
		{ ERR_CONFLICT, false, false, OUTCOME_INPUT_CHANGED },
		{ ERR_LIMIT, false, false, OUTCOME_ERROR },
		{ ERR_BUSY, false, false, OUTCOME_ERROR },
		{ ERR_SYSTEM, false, false, OUTCOME_ERROR },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		const struct op_ctx ctx = { .gate_failed = cases[i].gate_failed,
					    .fatal = cases[i].fatal };

		assert_int_equal(op_outcome(&ctx, cases[i].code), cases[i].outcome);
	}
	assert_int_equal(op_plain_error(ERR_NOT_FOUND), ERR_INPUT);
	assert_int_equal(op_plain_error(ERR_CONFLICT), ERR_INPUT);
	assert_int_equal(op_plain_error(ERR_SYSTEM), ERR_SYSTEM);
	assert_int_equal(op_plain_error(ERR_NONE), ERR_NONE);
}

static void
an_attempt_that_never_began_has_a_result(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, SIZE_MAX);
	op_failed_result(OUTCOME_ERROR, "caf\xE9", &out);
	assert_string_equal(out.data, "{\"outcome\":\"error\",\"message\":\"caf\xEF\xBF\xBD\","
				      "\"outputs\":[],\"counters\":{},\"checks\":[]}");
	buf_release(&out);
}

static void
refuses_a_slice_that_is_no_dag_file(void **state)
{
	char word[] = "t", slice[] = "dag: [";
	const struct spec spec = { .task = word, .slice = slice };
	struct op_ctx ctx;
	struct err err;

	(void)state;
	assert_int_equal(op_ctx_init(&ctx, &spec, &err), ERR_INPUT);
	assert_int_equal(strncmp(err.msg, "read the definition of task 't': ", 33), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_error_code_tells_the_outcome),
		cmocka_unit_test(an_attempt_that_never_began_has_a_result),
		cmocka_unit_test(refuses_a_slice_that_is_no_dag_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
