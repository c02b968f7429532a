/* test_columns.c - the columns that an operator wants. */
#include "core/op/columns.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void
says_which_wanted_column_is_lacking(void **state)
{
	static const struct column want[] = { { "id", COL_ANY }, { "name", COL_STRING } };
	static const struct {
		struct column has[3];
		size_t n;
		const char *why; /* NULL: it fits */
	} cases[] = {
		{ { { "name", COL_STRING }, { "id", COL_INT64 } }, 2, NULL },
		{ { { "id", COL_STRING }, { "x", COL_DATE }, { "name", COL_STRING } }, 3, NULL },
		{ { { "name", COL_STRING } }, 1, "has no column 'id'" },
		{ { { "id", COL_INT64 } }, 1, "has no column 'name'" },
		{ { { "id", COL_INT64 }, { "name", COL_JSON } },
		  2,
		  "has column 'name' as json, not as string" },
		{ { { "id", COL_INT64 }, { "Name", COL_STRING } }, 2, "has no column 'name'" },
	};
	const struct schema wanted = { want, countof(want) };

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		const struct schema has = { cases[i].has, cases[i].n };
		char why[200] = "";

		assert_int_equal(columns_fit(&wanted, &has, why, sizeof(why)), !cases[i].why);
		assert_string_equal(why, cases[i].why ? cases[i].why : "");
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_which_wanted_column_is_lacking),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
