/* test_library.c - a list of libraries and their versions. */
#include "core/base/library.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void
a_list_keeps_names_and_versions_and_its_bound(void **state)
{
	struct library_list list = { .n = 0 };

	(void)state;
	library_add(&list, "one", "1.2.3-a");
	library_add_numbers(&list, "two", 4, 50, 6);
	assert_int_equal(list.n, 2);
	assert_string_equal(list.items[0].name, "one");
	assert_string_equal(list.items[0].version, "1.2.3-a");
	assert_string_equal(list.items[1].version, "4.50.6");
	for (int i = 0; i < 100; i++)
		library_add(&list, "more", "0");
	assert_int_equal(list.n, LIBRARIES_MAX);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_list_keeps_names_and_versions_and_its_bound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
