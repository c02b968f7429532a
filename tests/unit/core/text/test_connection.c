/* test_connection.c - connections as a variable of the environment spells them. */
#include "core/text/connection.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Its parts with '|' between them, '-' for what was not said. */
static void
assert_read(const char *text, const char *want)
{
	struct arena *arena = arena_new();
	struct conn_parts c;
	struct buf got;

	buf_init(&got, 1000);
	if (connection_read(arena, text, &c)) {
		const char *parts[] = { c.type, c.login, c.password, c.host, c.port, c.schema };

		for (size_t i = 0; i < countof(parts); i++)
			buf_format(&got, "%s|", parts[i] ? parts[i] : "-");
		if (c.extra)
			json_write(c.extra, &got);
	}
	assert_string_equal(want, got.data);
	json_decref(c.extra);
	buf_release(&got);
	arena_free(arena);
}

static void
a_uri_is_taken_apart(void **state)
{
	(void)state;
	assert_read("postgres://l:p@h:5432/s?a=b&c=%20d&e",
		    "postgres|l|p|h|5432|s|{\"a\":\"b\",\"c\":\" d\",\"e\":\"\"}");
	assert_read("http://h", "http|-|-|h|-|-|");
	assert_read("http://h/", "http|-|-|h|-|-|");
	assert_read("x://:p%40%2f:@/s", "x|-|p@/:|-|-|s|");
	assert_read("x://l@[::1]", "x|l|-|[::1]|-|-|");
	assert_read("x://[::1]:80", "x|-|-|[::1]|80|-|");
	assert_read("x://?__a__=1", "x|-|-|-|-|-|{\"__a__\":\"1\"}");
	assert_read("x://%4", "x|-|-|%4|-|-|");
	assert_read("x://%00a", "x|-|-|%00a|-|-|");
}

static void
json_is_read_as_airflow_writes_it(void **state)
{
	(void)state;
	assert_read(
	    "{\"conn_type\":\"pg\",\"port\":5432,\"password\":\"p\",\"extra\":\"{\\\"a\\\":1}\"}",
	    "pg|-|p|-|5432|-|{\"a\":1}");
	assert_read("{\"type\":\"pg\",\"host\":\"\",\"schema\":\"s\",\"extra\":{}}",
		    "pg|-|-|-|-|s|{}");
}

static void
what_is_neither_is_refused(void **state)
{
	(void)state;
	assert_read("", "");
	assert_read("nothing", "");
	assert_read("://h", "");
	assert_read("a/b://h", "");
	assert_read("{", "");
	assert_read("[]", "");
}

static void
names_of_secrets_are_known(void **state)
{
	(void)state;
	assert_true(connection_is_secret("token"));
	assert_true(connection_is_secret("My_API_Key_2"));
	assert_false(connection_is_secret("sslmode"));
	assert_false(connection_is_secret(""));
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_uri_is_taken_apart),
		cmocka_unit_test(json_is_read_as_airflow_writes_it),
		cmocka_unit_test(what_is_neither_is_refused),
		cmocka_unit_test(names_of_secrets_are_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
