/* test_list.c - every row of the list of commands can be found, asked for help, and run. */
#include "cli/cmd/list.h"

#include "scheduler/command/list.h"

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

static bool
fits(const struct option *o, enum field_type type)
{
	if (!o->arg)
		return type == FIELD_FLAG;
	switch (o->value) {
	case VALUE_DATE:
		return type == FIELD_DATE || type == FIELD_LOGICAL;
	case VALUE_COUNT:
		return type == FIELD_RUNS;
	case VALUE_PAIRS:
		return type == FIELD_PARAMS;
	case VALUE_TEXT:
		break;
	}
	return type == FIELD_NAME || type == FIELD_RUN_ID || type == FIELD_REPROCESS;
}

/* The one option that fills the field; NULL: none does. */
static const struct option *
option_of(const struct cli_command *c, const char *field)
{
	for (const struct option *o = c->options; o && o->name; o++)
		if (o->field && !strcmp(o->field, field))
			return o;
	return NULL;
}

/* What a person can say and what the scheduler can be asked are the same. */
static void
every_field_of_a_request_can_be_typed(void **state)
{
	(void)state;
	for (size_t i = 0; i < command_count; i++) {
		const struct cli_command *c = command_list[i];
		const struct command_def *def = command_find(c->asks);
		size_t used = 0;

		assert_true(!c->asks || def);
		for (size_t k = 0; def && k < def->n_fields; k++) {
			const struct command_field *f = &def->fields[k];
			const struct option *o = option_of(c, f->name);
			bool is_task = !strcmp(f->name, "task") && strstr(c->args, "TASK");
			bool is_run = f->type == FIELD_RUN_ID || f->type == FIELD_LOGICAL;

			used += o != NULL;
			if (o ? !fits(o, f->type)
			      : strcmp(f->name, "dag") != 0 && !is_task &&
				    !(is_run && strstr(c->args, "RUN")))
				fail_msg("tidemill %s: field %s", c->words, f->name);
		}
		/* `tasks test` reads params as a request has them, and asks nobody. */
		for (const struct option *o = def ? c->options : NULL; o && o->name; o++)
			used -= o->field != NULL;
		assert_int_equal(used, 0);
	}
}

static void
every_command_of_the_scheduler_can_be_asked_for(void **state)
{
	(void)state;
	for (int kind = 0; kind < COMMAND_COUNT; kind++) {
		size_t asked = 0;

		for (size_t i = 0; i < command_count; i++)
			asked += command_find(command_list[i]->asks) ==
				 command_def_of((enum command_kind)kind);
		assert_int_equal(asked, 1);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_are_sorted_by_their_words),
		cmocka_unit_test(a_row_says_what_it_does),
		cmocka_unit_test(no_option_of_a_command_is_there_twice),
		cmocka_unit_test(every_field_of_a_request_can_be_typed),
		cmocka_unit_test(every_command_of_the_scheduler_can_be_asked_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
