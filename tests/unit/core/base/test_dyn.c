/* test_dyn.c - libraries that are there, libraries and functions that are not. */
#include "core/base/dyn.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct functions {
	void *before;
	__typeof__(&floor) whole;
	__typeof__(&hypot) length;
};

static const struct dyn_symbol symbols[] = {
	{ "floor", offsetof(struct functions, whole) },
	{ "hypot", offsetof(struct functions, length) },
};

static void
the_functions_of_a_library_can_be_called(void **state)
{
	static const struct dyn lib = { "libm.so.6", "libc6", symbols, countof(symbols) };
	struct functions f = { 0 };

	(void)state;
	for (int i = 0; i < 2; i++) { /* the second time is as good as the first */
		assert_int_equal(ERR_NONE, dyn_load(&lib, &f, NULL));
		assert_null(f.before);
		assert_true(f.whole(3.5) == 3);
		assert_true(f.length(3, 4) == 5);
	}
}

static void
a_library_that_is_not_there_is_named_with_its_package(void **state)
{
	static const struct dyn lib = { "libnobody.so.7", "libnobody7", symbols, countof(symbols) };
	struct functions f = { 0 };
	struct err err = { 0 };

	(void)state;
	assert_int_equal(ERR_SYSTEM, dyn_load(&lib, &f, &err));
	assert_non_null(strstr(err.msg, "load library libnobody.so.7: "));
	assert_non_null(strstr(err.msg, "; install the Debian package libnobody7"));
	assert_null(f.whole);
}

static void
a_function_that_is_not_there_leaves_all_pointers_alone(void **state)
{
	static const struct dyn_symbol wrong[] = {
		{ "floor", offsetof(struct functions, whole) },
		{ "no_such_function", offsetof(struct functions, length) },
	};
	static const struct dyn lib = { "libm.so.6", "libc6", wrong, countof(wrong) };
	struct functions f = { 0 };
	struct err err = { 0 };

	(void)state;
	assert_int_equal(ERR_SYSTEM, dyn_load(&lib, &f, &err));
	assert_non_null(strstr(err.msg, "no_such_function"));
	assert_null(f.whole);
	assert_null(f.length);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_functions_of_a_library_can_be_called),
		cmocka_unit_test(a_library_that_is_not_there_is_named_with_its_package),
		cmocka_unit_test(a_function_that_is_not_there_leaves_all_pointers_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
