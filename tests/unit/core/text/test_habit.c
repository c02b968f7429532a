/* test_habit.c - words of other tools, and what is meant here. */
#include "core/text/habit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const char *const words[] = { "shell", "int64", "run" };

static void
finds_what_is_meant_where_it_may_stand(void **state)
{
	const struct habit *habit = habit_find(HABIT_KEY, "bash_command", words, countof(words));

	(void)state;
	assert_non_null(habit);
	assert_string_equal(habit->ours, "shell");
	/* Where 'shell' is no key nothing is offered, and a value is no key. */
	assert_null(habit_find(HABIT_KEY, "bash_command", words + 1, 2));
	assert_null(habit_find(HABIT_VALUE, "bash_command", words, countof(words)));
	assert_null(habit_find(HABIT_KEY, "shell", words, countof(words)));
}

static void
a_type_is_known_in_any_case_and_with_a_length(void **state)
{
	(void)state;
	assert_string_equal(habit_find(HABIT_VALUE, "BIGINT", words, countof(words))->ours,
			    "int64");
	assert_string_equal(habit_find(HABIT_VALUE, "Integer(10)", words, countof(words))->ours,
			    "int64");
	assert_null(habit_find(HABIT_VALUE, "integers", words, countof(words)));
}

static void
a_template_is_known_by_how_it_begins(void **state)
{
	const struct habit *habit = habit_find(HABIT_TEMPLATE, "macros.ds_add(ds, -1) }}", NULL, 0);

	(void)state;
	assert_non_null(habit);
	assert_null(habit->ours);
	assert_non_null(strstr(habit->help, "add(days=-1)"));
	assert_null(habit_find(HABIT_TEMPLATE, "ds }}", NULL, 0));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_what_is_meant_where_it_may_stand),
		cmocka_unit_test(a_type_is_known_in_any_case_and_with_a_length),
		cmocka_unit_test(a_template_is_known_by_how_it_begins),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
