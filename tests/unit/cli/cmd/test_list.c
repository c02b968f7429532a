/* test_list.c - every row of the list of commands can be found, asked for help, and run. */
#include "cli/cmd/list.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <ctype.h>
#include <string.h>

static void
rows_are_sorted_by_their_words(void **state)
{
	(void)state;
	for (size_t i = 1; i < command_count; i++)
		assert_true(strcmp(command_list[i - 1]->words, command_list[i]->words) < 0);
}

static void
a_row_says_what_it_does(void **state)
{
	(void)state;
	for (size_t i = 0; i < command_count; i++) {
		const struct cli_command *c = command_list[i];

		assert_non_null(c->run);
		assert_true(*c->summary && c->summary[strlen(c->summary) - 1] != '.');
		assert_true(c->args_min <= c->args_max && c->args_max <= CLI_ARGS_MAX);
		assert_int_equal(c->args != NULL, c->args_max > 0);
	}
}

/* Help, parser and a person read one word and at most one letter. */
static void
no_option_of_a_command_is_there_twice(void **state)
{
	(void)state;
	for (size_t i = 0; i < command_count; i++) {
		const struct option *all = command_list[i]->options;

		for (const struct option *o = all; o && o->name; o++) {
			assert_true(islower((unsigned char)*o->name) && *o->help);
			for (const struct option *p = all; p < o; p++) {
				assert_string_not_equal(p->name, o->name);
				assert_true(!o->letter || p->letter != o->letter);
			}
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_are_sorted_by_their_words),
		cmocka_unit_test(a_row_says_what_it_does),
		cmocka_unit_test(no_option_of_a_command_is_there_twice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
