/* test_checks.c - what checks found, with the first rows that failed. */
#include "cli/term/checks.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void
what_did_not_pass_is_told_with_its_first_rows(void **state)
{
	json_t *checks = json_loads(
	    "[{\"check\":\"row_count\",\"status\":\"pass\",\"message\":\"3 rows\"},"
	    "{\"check\":\"not_null\",\"status\":\"fail\",\"message\":\"1 of 3\",\"sample\":["
	    "{\"row\":2,\"id\":null,\"name\":\"a\",\"n\":1.5,\"_row\":7}]},"
	    "{\"check\":\"volume_change\",\"status\":\"skip\",\"message\":\"no history\"}]",
	    0, NULL);
	struct buf out;

	(void)state;
	buf_init(&out, 4096);
	checks_text(checks, false, &out);
	assert_string_equal(out.data, "check not_null         fail  1 of 3\n"
				      "    row 2: id=NULL, name=a, n=1.5, _row=7\n");
	buf_reset(&out);
	checks_text(checks, true, &out);
	assert_string_equal(out.data, "check row_count        pass  3 rows\n"
				      "check not_null         fail  1 of 3\n"
				      "    row 2: id=NULL, name=a, n=1.5, _row=7\n"
				      "check volume_change    skip  no history\n");
	buf_release(&out);
	json_decref(checks);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_did_not_pass_is_told_with_its_first_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
