/* test_unknown.c - what is said of a name that is none. */
#include "cli/term/unknown.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <string.h>

static void
expect(const char *word, const char *const *names, size_t n, const char *said)
{
	struct buf out;

	buf_init(&out, 4096);
	unknown_name(word, names, n, &out);
	assert_string_equal(out.data, said);
	buf_release(&out);
}

static void
the_nearest_name_is_offered_else_the_few_that_there_are(void **state)
{
	static const char *const names[] = { "sales", "stock", "users" };

	(void)state;
	expect("slaes", names, 3, "; did you mean 'sales'?");
	expect("orders", names, 3, "; there is sales, stock and users");
	expect("orders", names, 1, "; there is sales");
	expect("orders", names, 0, "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_nearest_name_is_offered_else_the_few_that_there_are),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
