/* test_slips.c - slips that could be taken for two mistakes, or for none with a remedy. */
#include "tests/fixture/dagfile.h"

#define RUN "operator: command, run: [make]"

static void
a_slip_is_told_once_with_what_to_write(void **state)
{
	static const struct mistake cases[] = {
		{ "several names in one",
		  "dag: a\ntasks:\n  a: {" RUN "}\n  b: {" RUN ", needs: a >> c}\n"
		  "  c: {" RUN ", needs: 'a, b'}\n",
		  "4:46 task 'b' needs 'a >> c', which is not a task => several are a list: needs: "
		  "[a, b]\n"
		  "5:46 task 'c' needs 'a, b', which is not a task => several are a list" },
		{ "a secret that is called otherwise",
		  "dag: a\ntasks:\n  a: {" RUN ", env: {A: {secret: x}}}\n",
		  "3:57 'secret' has to be true or false => a secret is named by where it is" },
		{ "a header that is called otherwise",
		  "dag: a\ntasks:\n  a:\n    operator: sensor\n"
		  "    http: {url: 'http://x', headers: {A: {secret: x}}}\n",
		  "5:43 a header has no key 'secret' => a secret is named by where it is" },
	};

	(void)state;
	assert_all(cases, countof(cases));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_slip_is_told_once_with_what_to_write),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
