/* test_shell_template.c - a line for a shell in which values stand. */
#include "core/text/shell_template.h"

#include "core/base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct param params[] = {
	{ "who", PARAM_STRING, "a", false },
	{ "n", PARAM_INT, "1", false },
};

/* Variables of one line, as "NAME=value\n". */
struct given {
	char text[400];
};

static void
take(void *ctx, const char *name, const char *value)
{
	struct given *g = ctx;
	size_t used = strlen(g->text);

	(void)snprintf(g->text + used, sizeof(g->text) - used, "%s=%s\n", name, value);
}

static void
assert_rendered(const char *text, const char *line, const char *variables)
{
	static const struct param_value values[] = { { "who", "x; rm -rf '$HOME'" },
						     { "n", "-7" } };
	static const struct param_value left[] = { { "outputs.up.n", "1; ls" } };
	const struct run_vars vars = { .dag = "d",
				       .task = "t",
				       .run_id = "r",
				       .params = values,
				       .n_params = 2,
				       .given = left,
				       .n_given = 1 };
	struct given given = { "" };
	const struct shell_values with = { params, countof(params), &vars, take, &given };
	struct buf out;
	struct err err;

	buf_init(&out, 1000);
	if (shell_template_render(text, &with, &out, &err))
		fail_msg("%s", err.msg);
	assert_string_equal(out.data, line);
	assert_string_equal(given.text, variables);
	buf_release(&out);
}

static void
a_value_from_outside_is_a_variable_of_the_line(void **state)
{
	(void)state;
	assert_rendered("echo {{ outputs.up.n }}", "echo \"$TIDEMILL_T1\"", "TIDEMILL_T1=1; ls\n");
	assert_rendered("echo {{ params.who }}", "echo \"$TIDEMILL_T1\"",
			"TIDEMILL_T1=x; rm -rf '$HOME'\n");
	assert_rendered("a {{ ds }} {{ params.n }} b={{ params.who }} {{{{ {{params.who}}",
			"a 1970-01-01 -7 b=\"$TIDEMILL_T3\" {{ \"$TIDEMILL_T4\"",
			"TIDEMILL_T3=x; rm -rf '$HOME'\nTIDEMILL_T4=x; rm -rf '$HOME'\n");
	assert_rendered("echo 'raw {{ params.who | raw }}'", "echo 'raw x; rm -rf '$HOME''", "");
}

/* The help for a line in which a value stands wrong; NULL: it stands right.  Freed by the caller.
 */
static char *
help_for(const char *yaml)
{
	struct arena *arena = arena_new();
	struct diags diags;
	struct yreader r = { .source = { "x.yaml", yaml, strlen(yaml) },
			     .diags = &diags,
			     .arena = arena,
			     .params = params,
			     .n_params = countof(params) };
	const struct ynode *root;
	char *help = NULL;
	const char *text;

	diags_init(&diags);
	root = ytree_read(arena, &r.source, &diags);
	assert_non_null(root);
	text = shell_template_read(&r, ynode_get(root, "s"), "shell");
	assert_int_equal(text == NULL, diags.count == 1);
	if (!text) {
		assert_string_equal(diags.items[0].code, "E0803");
		help = mem_str(diags.items[0].help);
	}
	diags_release(&diags);
	arena_free(arena);
	return help;
}

static void
quotes_around_a_value_are_a_mistake_with_the_line_to_write(void **state)
{
	static const struct {
		const char *yaml, *help;
	} cases[] = {
		{ "s: \"echo '{{ params.who }}'\"", "write echo {{ params.who }}" },
		{ "s: \"echo 'a {{ params.who }} b'\"", "write echo 'a '{{ params.who }}' b'" },
		{ "s: 'echo \"{{ params.who }}/x\"'", "write echo {{ params.who }}\"/x\"" },
		{ "s: |\n  set -eu\n  f \"a {{ params.who }}\" '{{ params.who }}'\n  g\n",
		  "write f \"a \"{{ params.who }} {{ params.who }}" },
		{ "s: 'ls `cat {{ params.who }}`'", "write $(...) in place of the backticks" },
		{ "s: |\n  ls # {{ params.who }}\n", "take it out of the comment" },
		{ "s: |\n  cat <<E\n  {{ params.who }}\n  E\n",
		  "write X={{ params.who }} in a line before, and $X in its place" },
		{ "s: 'echo $((1 + {{ params.who }}))'", "declare the parameter as 'type: int'" },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		char *help = help_for(cases[i].yaml);

		assert_non_null(help);
		assert_string_equal(help, cases[i].help);
		free(help);
	}
}

static void
numbers_dates_and_raw_values_stand_anywhere(void **state)
{
	(void)state;
	assert_null(help_for("s: \"echo '{{ ds }} {{ params.n }} {{ run_id }}'\""));
	assert_null(help_for("s: \"echo '{{ params.who | raw }}'\""));
	assert_null(help_for("s: 'echo {{ params.who }} \"$(f {{ params.who }})\"'"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_value_from_outside_is_a_variable_of_the_line),
		cmocka_unit_test(quotes_around_a_value_are_a_mistake_with_the_line_to_write),
		cmocka_unit_test(numbers_dates_and_raw_values_stand_anywhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
