/* test_codes.c - the example of each code is a file with just that mistake. */
#include "core/dagfile/dagfile.h"
#include "core/text/code.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Does an example have at least one mistake, and each of them this code?  Says what is not so. */
static bool
yields(const struct code_row *row)
{
	struct diags diags;
	struct dag *dag;
	bool good;

	diags_init(&diags);
	dag = dagfile_read("a.yaml", row->example, strlen(row->example), &diags);
	good = diags.count && !dag == (row->level == DIAG_ERROR);
	for (size_t i = 0; i < diags.count; i++) {
		const struct diag *d = &diags.items[i];

		if (d->code && strcmp(d->code, row->id) == 0)
			continue;
		print_error("%s: the example has %s: %s\n", row->id, d->code, d->message);
		good = false;
	}
	if (!good)
		print_error("%s: the example has %zu mistakes and is %s\n", row->id, diags.count,
			    dag ? "accepted" : "refused");
	if (dag)
		dag_unref(dag);
	diags_release(&diags);
	return good;
}

static void
each_example_has_the_mistake_it_explains(void **state)
{
	size_t bad = 0;

	(void)state;
	for (int i = 0; i < CODE_COUNT; i++) {
		const struct code_row *row = code_row((enum code)i);

		bad += row->example && !yields(row);
	}
	assert_int_equal(0, bad);
}

/* Several files, the system or sheer size; all others have to show themselves. */
static void
only_what_one_file_cannot_show_has_no_example(void **state)
{
	static const char *const without[] = {
		"E0101", "E0102", "E0114", "E0116", "E0117", "E0306", "E0309", "E0310", "E0311",
		"E0312", "E0315", "E0317", "E0318", "E0319", "E0320", "E0322", "E0331", "E0614",
		"E0642", "E0643", "E0644", "E0680", "E0681", "E0682", "E0685", "E0686", "E0711",
		"E0712", "E0713", "E0714", "E0811", "E0814", "E0815", "E0816",
	};
	size_t n = 0;

	(void)state;
	for (int i = 0; i < CODE_COUNT; i++) {
		const struct code_row *row = code_row((enum code)i);

		if (row->example)
			continue;
		assert_true(n < countof(without));
		assert_string_equal(without[n++], row->id);
	}
	assert_int_equal(countof(without), n);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_example_has_the_mistake_it_explains),
		cmocka_unit_test(only_what_one_file_cannot_show_has_no_example),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
