/* test_constant.c - names of constants give way to values, and definitions keep them. */
#include "core/text/constant.h"
#include "core/text/resolved.h"
#include "core/text/template.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define TEXT(whole, text)                         \
	{                                         \
		.name = (whole), .value = (text), \
	}

static const struct constant items[] = {
	TEXT("var.b", "raw"),
	TEXT("var.quote", "it's; rm -rf *"),
	TEXT("var.braces", "{{ ds }} {{{{"),
	TEXT("var.odd", "x{"),
	TEXT("var.open", "{x"),
	TEXT("var.none", ""),
};
static const struct constants all = { .items = items, .n = countof(items) };

static void
assert_settled(const char *text, bool shell, const char *want)
{
	struct err err;
	struct buf out;

	buf_init(&out, 1000);
	if (template_check(text, NULL, 0, NULL, NULL, NULL, &err) ||
	    constants_settle(&all, text, shell, &out, &err))
		fail_msg("'%s': %s", text, err.msg);
	assert_string_equal(want, out.data);
	buf_release(&out);
}

static void
a_value_stands_where_its_name_stood(void **state)
{
	(void)state;
	assert_settled("no names, {{ ds }}", false, "no names, {{ ds }}");
	assert_settled("{{ var.b }}/{{ ds }}/{{var.b}}{{ var.none }}", false, "raw/{{ ds }}/raw");
	assert_settled("{{ var.quote | raw }}", false, "it's; rm -rf *");
}

static void
in_a_shell_line_it_is_one_quoted_word(void **state)
{
	(void)state;
	assert_settled("cp {{ var.b }} {{ var.none }} x/{{ var.quote }}", true,
		       "cp 'raw' '' x/'it'\\''s; rm -rf *'");
	assert_settled("{{ var.quote | raw }} {{ var.b | raw | raw }}", true, "it's; rm -rf * raw");
}

/* What a text says after all: settled, then rendered. */
static void
a_value_is_never_read_as_a_template(void **state)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
		{ "{{ var.braces }}", "{{ ds }} {{{{" },
		{ "{{ var.braces }}{{ var.braces }}", "{{ ds }} {{{{{{ ds }} {{{{" },
		{ "{{ var.braces }}{{ dag }}", "{{ ds }} {{{{d" },
		{ "{{ var.odd }}{{ var.none }} {{ dag }}", "x{ d" },
		{ "{{{{{{ var.open }}", "{{{x" },
		{ "{{ var.odd }}}", "x{}" },
	};
	const struct run_vars vars = { .dag = "d", .task = "t", .run_id = "r" };

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		struct buf settled, out;
		struct err err;

		buf_init(&settled, 1000);
		buf_init(&out, 1000);
		if (constants_settle(&all, cases[i].text, false, &settled, &err) ||
		    template_render(settled.data, &vars, &out, &err))
			fail_msg("'%s': %s", cases[i].text, err.msg);
		assert_string_equal(cases[i].want, out.data);
		buf_release(&settled);
		buf_release(&out);
	}
}

static void
braces_that_would_meet_are_refused(void **state)
{
	static const char *const texts[] = {
		"{{ var.odd }}{{ ds }}",
		"{{ var.odd }}{x",
		"{{ var.odd }}{{ var.open }}",
		"{{ var.odd }}{{ var.none }}{{ var.open }}",
	};

	(void)state;
	for (size_t i = 0; i < countof(texts); i++) {
		struct err err = { 0 };
		struct buf out;

		buf_init(&out, 1000);
		assert_int_equal(ERR_INPUT, constants_settle(&all, texts[i], false, &out, &err));
		assert_non_null(strstr(err.msg, "before another '{'"));
		buf_release(&out);
	}
}

static void
a_name_that_is_nowhere_is_told_where_it_may_be(void **state)
{
	static const struct constant parts[] = {
		TEXT("var.bucket", "raw"),
		TEXT("conn.wh.type", "postgres"),
		TEXT("conn.wh.host", "db"),
	};
	static const struct constants some = { .items = parts, .n = countof(parts) };
	static const struct {
		const char *name, *want;
	} helps[] = {
		{ "var.buckt", "did you mean 'var.bucket'?" },
		{ "var.region", "write 'variables: {region: ...}' into tidemill.yaml, or start the "
				"scheduler with TIDEMILL_VAR_REGION" },
		{ "conn.wh.user", "connection 'wh' has type, host" },
		{ "conn.db.extra.a",
		  "write 'connections: {db: {extra: {a: ...}}}' into tidemill.yaml, or "
		  "start the scheduler with TIDEMILL_CONN_DB" },
		{ "conn.db.hots", "a connection has type, host, port, login, password, schema and "
				  "extra.KEY" },
		{ "conn.warehouse.host",
		  "write 'connections: {warehouse: {host: ...}}' into tidemill.yaml, or "
		  "start the scheduler with TIDEMILL_CONN_WAREHOUSE" },
	};

	(void)state;
	for (size_t i = 0; i < countof(helps); i++) {
		char *help = constants_help(&some, helps[i].name);

		assert_string_equal(helps[i].want, help);
		free(help);
	}
}

static void
names_are_found_whole_and_others_suggested(void **state)
{
	const struct constants unknown = { .unknown = true };

	(void)state;
	assert_ptr_equal(&items[0], constants_find(&all, "var.bx", 5));
	assert_null(constants_find(&all, "var.bx", 6));
	assert_null(constants_find(&all, "var.", 4));
	assert_string_equal("var.braces", constants_nearest(&all, "var.brace"));
	assert_null(constants_nearest(&all, "var.somethingelse"));
	assert_string_equal("", constants_find(&unknown, "var.x", 5)->value);
}

/* Join, split, and join what came out. */
static void
assert_kept(const char *file, const struct constant *const *named, size_t n, const char *want)
{
	struct arena *arena = arena_new();
	struct constants got;
	struct buf text;

	buf_init(&text, 1000);
	resolved_join(file, strlen(file), named, n, &text);
	assert_string_equal(want, text.data);
	assert_int_equal(strlen(file), resolved_split(text.data, text.bytes, arena, &got));
	for (size_t i = 0; i < n; i++)
		assert_string_equal(
		    named[i]->value,
		    constants_find(&got, named[i]->name, strlen(named[i]->name))->value);
	buf_release(&text);
	arena_free(arena);
}

static void
a_definition_keeps_what_its_names_stood_for(void **state)
{
	const struct constant *one[] = { &items[0] };
	const struct constant *two[] = { &items[1], &items[0], &items[1] };

	(void)state;
	assert_kept("dag: a\n", NULL, 0, "dag: a\n");
	assert_kept("dag: a\n", one, 1, "dag: a\n\n# resolved: {\"var.b\":\"raw\"}\n");
	assert_kept("a: |+\n  b", one, 1, "a: |+\n  b\n# resolved: {\"var.b\":\"raw\"}\n");
	assert_kept("a", two, 3,
		    "a\n# resolved: {\"var.b\":\"raw\",\"var.quote\":\"it's; rm -rf *\"}\n");
}

static void
of_a_secret_it_keeps_the_reference(void **state)
{
	static const struct constant secret = { .name = "conn.db.password",
						.value = "",
						.secret = "{\"from_env\":\"X\"}" };
	const struct constant *one = &secret;
	struct arena *arena = arena_new();
	struct constants got;
	struct buf text;

	(void)state;
	buf_init(&text, 1000);
	resolved_join("a", 1, &one, 1, &text);
	assert_string_equal("a\n# resolved: {\"conn.db.password\":{\"from_env\":\"X\"}}\n",
			    text.data);
	assert_int_equal(1, resolved_split(text.data, text.bytes, arena, &got));
	assert_string_equal(secret.secret, got.items[0].secret);
	buf_release(&text);
	arena_free(arena);
}

static void
a_line_that_is_none_of_ours_belongs_to_the_file(void **state)
{
	static const char *const texts[] = {
		"",
		"\n",
		"a\n# resolved: ",
		"a\n# resolved: \n",
		"a\n# resolved: {}",
		"a\n# resolved: {\n",
		"a\n# resolved: []\n",
		"a\n# resolved: {\"var.x\":1}\n",
		"a\n# resolved: {\"var.x\":\"1\"}\nb\n",
		"# resolved: {\"var.x\":\"1\"}\n",
	};

	(void)state;
	for (size_t i = 0; i < countof(texts); i++) {
		struct arena *arena = arena_new();
		struct constants got;

		assert_int_equal(strlen(texts[i]),
				 resolved_split(texts[i], strlen(texts[i]), arena, &got));
		assert_int_equal(0, got.n);
		arena_free(arena);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_value_stands_where_its_name_stood),
		cmocka_unit_test(in_a_shell_line_it_is_one_quoted_word),
		cmocka_unit_test(a_value_is_never_read_as_a_template),
		cmocka_unit_test(braces_that_would_meet_are_refused),
		cmocka_unit_test(names_are_found_whole_and_others_suggested),
		cmocka_unit_test(a_name_that_is_nowhere_is_told_where_it_may_be),
		cmocka_unit_test(a_definition_keeps_what_its_names_stood_for),
		cmocka_unit_test(of_a_secret_it_keeps_the_reference),
		cmocka_unit_test(a_line_that_is_none_of_ours_belongs_to_the_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
