/* test_size.c - amounts of bytes as people read them. */
#include "core/base/size.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void
a_size_has_three_digits_and_its_unit(void **state)
{
	static const struct {
		int64_t bytes;
		const char *want;
	} cases[] = {
		{ 0, "0 B" },
		{ 1, "1 B" },
		{ 1023, "1023 B" },
		{ 1024, "1 KiB" },
		{ 1536, "1.5 KiB" },
		{ 1024 * 1024 - 1, "1 MiB" },
		{ 64 << 20, "64 MiB" },
		{ 97 * 1024 * 1024 + 100000, "97.1 MiB" },
		{ 812 * 1024 * 1024 + 700000, "813 MiB" },
		{ INT64_C(5) << 30, "5 GiB" },
		{ INT64_C(3000) << 40, "3000 TiB" },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		char text[SIZE_CHARS];

		size_format(cases[i].bytes, text);
		assert_string_equal(text, cases[i].want);
		assert_string_equal(SIZE_TEXT(cases[i].bytes), cases[i].want);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_size_has_three_digits_and_its_unit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
