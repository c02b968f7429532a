/* test_code.c - the table of codes is whole, and a person finds a row in it. */
#include "core/text/code.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void
every_code_says_what_it_means(void **state)
{
	(void)state;
	for (int i = 0; i < CODE_COUNT; i++) {
		const struct code_row *row = code_row((enum code)i);

		assert_int_equal(5, strlen(row->id));
		assert_int_equal('E', row->id[0]);
		assert_int_equal(4, strspn(row->id + 1, "0123456789"));
		assert_int_equal(strlen(row->name),
				 strspn(row->name, "abcdefghijklmnopqrstuvwxyz0123456789-"));
		assert_true(strlen(row->meaning) > 10 && strlen(row->meaning) <= 90);
		assert_int_not_equal('.', row->meaning[strlen(row->meaning) - 1]);
		assert_true(strlen(row->text) > 20);
		assert_int_equal('.', row->text[strlen(row->text) - 1]);
	}
}

static void
codes_rise_and_names_differ(void **state)
{
	(void)state;
	for (int i = 1; i < CODE_COUNT; i++) {
		const struct code_row *row = code_row((enum code)i);

		assert_true(strcmp(code_row((enum code)(i - 1))->id, row->id) < 0);
		for (int k = 0; k < i; k++)
			assert_string_not_equal(code_row((enum code)k)->name, row->name);
	}
}

static void
a_code_is_found_by_id_and_by_name(void **state)
{
	(void)state;
	assert_ptr_equal(code_row(E0201), code_find("E0201"));
	assert_ptr_equal(code_row(E0201), code_find("e0201"));
	assert_ptr_equal(code_row(E0201), code_find("unknown-key"));
	assert_null(code_find("E0200"));
	assert_null(code_find("E02011"));
	assert_null(code_find(""));
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_code_says_what_it_means),
		cmocka_unit_test(codes_rise_and_names_differ),
		cmocka_unit_test(a_code_is_found_by_id_and_by_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
