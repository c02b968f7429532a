/* test_help.c - help from the rows of commands. */
#include "cli/cmd/list.h"

#include "cli/term/help.h"
#include "core/text/wrap.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <string.h>

static void
fits(const char *name, struct buf *text)
{
	assert_false(text->full);
	for (char *line = text->data, *end; *line; line = end + 1) {
		end = strchr(line, '\n');
		assert_non_null(end);
		*end = '\0';
		if (wrap_width(line) > WRAP_COLUMNS)
			fail_msg("%s: %s", name, line);
	}
	buf_reset(text);
}

static void
no_line_of_help_has_more_than_80_columns(void **state)
{
	const struct cli cli = { .commands = command_list, .n_commands = command_count };
	struct buf text;

	(void)state;
	buf_init(&text, 1 << 20);
	help_program(&cli, &text);
	fits("help", &text);
	for (size_t i = 0; i < command_count; i++) {
		char group[32] = "";

		help_command(command_list[i], &text);
		fits(command_list[i]->words, &text);
		memcpy(group, command_list[i]->words, strcspn(command_list[i]->words, " "));
		if (help_group(&cli, group, &text))
			fits(group, &text);
	}
	buf_release(&text);
}

static void
a_command_without_json_offers_none(void **state)
{
	struct buf text;

	(void)state;
	buf_init(&text, 1 << 20);
	help_command(&cmd_scheduler, &text);
	assert_null(strstr(text.data, "--output"));
	assert_string_equal(help_outputs(&cmd_scheduler), "");
	buf_reset(&text);
	help_command(&cmd_runs_list, &text);
	assert_non_null(strstr(text.data, "--output table|json"));
	assert_string_equal(help_outputs(&cmd_data_cat), "jsonl|csv|table");
	buf_release(&text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_line_of_help_has_more_than_80_columns),
		cmocka_unit_test(a_command_without_json_offers_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
