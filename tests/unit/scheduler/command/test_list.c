/* test_list.c - every command has a row that can be read, and docs/CONTROL.md says the same. */
#include "scheduler/command/list.h"

#include "core/base/mem.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <ctype.h>
#include <fcntl.h>
#include <string.h>

static void
a_command_is_found_by_its_name(void **state)
{
	(void)state;
	for (int i = 0; i < COMMAND_COUNT; i++) {
		const struct command_def *def = command_def_of((enum command_kind)i);

		assert_int_equal(def->kind, i);
		assert_ptr_equal(command_find(def->name), def);
		assert_non_null(def->decide);
	}
	assert_null(command_find("ping"));
	assert_null(command_find(NULL));
}

static void
no_command_has_a_field_twice(void **state)
{
	(void)state;
	for (int i = 0; i < COMMAND_COUNT; i++) {
		const struct command_def *def = command_def_of((enum command_kind)i);

		for (size_t k = 0; k < def->n_fields; k++) {
			assert_true(def->fields[k].at < sizeof(struct command));
			for (size_t l = 0; l < k; l++) {
				assert_string_not_equal(def->fields[l].name, def->fields[k].name);
				assert_true(def->fields[l].at != def->fields[k].at);
			}
		}
	}
}

/* The section of a command in docs/CONTROL.md. */
static void
write_section(const struct command_def *def, struct buf *out)
{
	buf_format(out, "### %s\n\n%c%s.%s%s%s\n\n| field | value | is |\n|---|---|---|\n",
		   def->name, toupper((unsigned char)*def->summary), def->summary + 1,
		   *def->replies ? " The reply has " : "", def->replies,
		   *def->replies ? " besides." : "");
	for (size_t i = 0; i < def->n_fields; i++)
		buf_format(out, "| `%s`%s | %s | %s |\n", def->fields[i].name,
			   def->fields[i].needed ? " *" : "", field_wants(def->fields[i].type),
			   def->fields[i].help);
}

static void
the_page_of_the_control_socket_has_every_field(void **state)
{
	struct buf doc, section;
	struct err err;

	(void)state;
	buf_init(&doc, 1 << 20);
	buf_init(&section, 1 << 16);
	if (buf_read_file(&doc, AT_FDCWD, "docs/CONTROL.md", &err))
		fail_msg("%s (tests run in the root of the tree)", err.msg);
	for (int i = 0; i < COMMAND_COUNT; i++) {
		buf_reset(&section);
		write_section(command_def_of((enum command_kind)i), &section);
		if (!strstr(doc.data, section.data))
			fail_msg("docs/CONTROL.md should have:\n%s", section.data);
	}
	buf_release(&doc);
	buf_release(&section);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_command_is_found_by_its_name),
		cmocka_unit_test(no_command_has_a_field_twice),
		cmocka_unit_test(the_page_of_the_control_socket_has_every_field),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
