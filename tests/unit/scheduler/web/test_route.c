/* test_route.c - an address means one row or none, however it is spelt. */
#include "scheduler/web/route.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

struct found {
	const struct route *route;
	const char *args[EXCHANGE_ARGS_MAX];
	char room[ROUTE_PATH_BYTES_MAX];
};

static const struct route *
find(struct found *f, const char *path)
{
	memset(f->args, 0, sizeof(f->args));
	f->route = route_find(path, f->args, f->room);
	return f->route;
}

/* A path that the row means: each ":" is replaced. */
static void
example(const char *row, char *out, size_t room)
{
	size_t n = 0;

	for (const char *p = row; *p; p++)
		n += (size_t)snprintf(out + n, room - n, *p == ':' ? "1x" : "%c", *p);
}

static void
finds_every_row(void **state)
{
	char path[256];
	struct found f;

	(void)state;
	for (size_t i = 0; i < route_count; i++) {
		example(route_table[i].path, path, sizeof(path));
		assert_ptr_equal(find(&f, path), &route_table[i]);
	}
}

/* Nobody becomes open by accident: the list is here as well. */
static void
opens_two_rows_only(void **state)
{
	(void)state;
	for (size_t i = 0; i < route_count; i++) {
		bool open = !strcmp(route_table[i].path, "/healthz") ||
			    !strcmp(route_table[i].path, "/style.css");

		assert_int_equal(route_lets(&route_table[i], CAN_ALL), open);
		assert_true(route_lets(&route_table[i], CAN_READ));
		assert_non_null(route_table[i].answer);
		assert_non_null(route_table[i].params);
	}
}

static void
a_row_that_says_nothing_is_for_nobody(void **state)
{
	static const struct route forgotten = { .path = "/x" };

	(void)state;
	assert_false(route_lets(&forgotten, CAN_NOTHING));
	assert_false(route_lets(&forgotten, CAN_ALL));
	assert_false(route_lets(&forgotten, CAN_READ));
}

/* What others have let through: no spelling of a path is another row, least of all an open one. */
static void
takes_no_other_spelling(void **state)
{
	static const char *const shapes[] = {
		"/%s",
		"%s/",
		"%s/.",
		"%s/..",
		"%s.",
		"%s;x",
		"%s%%00",
		"%s%%2f",
		"%s%%20",
		"%s/healthz",
		"%s/style.css",
		"%s/../healthz",
		"%s/..%%2fhealthz",
		"/.%s",
		"/..%s",
		"/%%2e%s",
		"%s%%",
		"%s\\",
		"%s%%23",
		"/healthz%s",
		"/healthz/..%s",
	};
	char path[256], shaped[512];
	struct found f;

	(void)state;
	for (size_t i = 0; i < route_count; i++) {
		example(route_table[i].path, path, sizeof(path));
		for (size_t j = 0; j < countof(shapes); j++) {
			const struct route *route;

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
			(void)snprintf(shaped, sizeof(shaped), shapes[j], path);
#pragma GCC diagnostic pop
			route = find(&f, shaped);
			/* "1x." and "healthz" can be names too: such a row stays closed. */
			if (route && (route_lets(route, CAN_ALL) || !strchr(route->path, ':')))
				fail_msg("%s is %s", shaped, route->path);
		}
	}
}

static void
a_segment_is_decoded_once(void **state)
{
	static const struct {
		const char *name, *path, *arg; /* NULL: no row */
	} cases[] = {
		{ "plain", "/dags/sales", "sales" },
		{ "encoded", "/dags/s%61les", "sales" },
		{ "colon", "/dags/a%3Ab", "a:b" },
		{ "space", "/dags/a%20b", "a b" },
		{ "twice", "/dags/%2561", "%61" },
		{ "slash", "/dags/a%2fb", NULL },
		{ "slash twice", "/dags/a%252fb", "a%2fb" },
		{ "nul", "/dags/a%00", NULL },
		{ "newline", "/dags/a%0a", NULL },
		{ "delete", "/dags/a%7f", NULL },
		{ "dot", "/dags/.", NULL },
		{ "dots", "/dags/..", NULL },
		{ "encoded dots", "/dags/%2e%2E", NULL },
		{ "dots and more", "/dags/..a", "..a" },
		{ "no digits", "/dags/%", NULL },
		{ "one digit", "/dags/%2", NULL },
		{ "bad digit", "/dags/%2g", NULL },
		{ "empty", "/dags/", NULL },
		{ "two slashes", "/dags//sales", NULL },
		{ "a fixed part encoded", "/%64ags", NULL },
		{ "no slash", "dags", NULL },
		{ "nothing", "", NULL },
		{ "case", "/DAGS", NULL },
		{ "a colon itself", "/dags/:", ":" },
	};
	struct found f;

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		const struct route *route = find(&f, cases[i].path);

		if (!route != !cases[i].arg)
			fail_msg("%s: %s", cases[i].name, route ? route->path : "no row");
		if (route && strcmp(f.args[0], cases[i].arg) != 0)
			fail_msg("%s: '%s'", cases[i].name, f.args[0]);
	}
}

static void
fits_the_room(void **state)
{
	char path[ROUTE_PATH_BYTES_MAX + 1] = "/dags/";
	size_t begin = strlen(path);
	struct found f;

	(void)state;
	memset(path + begin, 'a', sizeof(path) - begin);
	path[ROUTE_PATH_BYTES_MAX - 1] = '\0';
	assert_non_null(find(&f, path));
	assert_int_equal(strlen(f.args[0]), ROUTE_PATH_BYTES_MAX - 1 - begin);
	path[ROUTE_PATH_BYTES_MAX - 1] = 'a';
	path[ROUTE_PATH_BYTES_MAX] = '\0';
	assert_null(find(&f, path));
}

static void
keeps_the_segments_apart(void **state)
{
	struct found f;

	(void)state;
	assert_non_null(find(&f, "/dags/one/runs/two/tasks/three"));
	assert_string_equal(f.args[0], "one");
	assert_string_equal(f.args[1], "two");
	assert_string_equal(f.args[2], "three");
}

static void
a_key_is_digits_and_nothing_else(void **state)
{
	static const struct {
		const char *text;
		int64_t value; /* 0: refused */
	} cases[] = {
		{ "1", 1 },
		{ "104", 104 },
		{ "999999999999999999", INT64_C(999999999999999999) },
		{ "1000000000000000000", 0 },
		{ "0", 0 },
		{ "01", 0 },
		{ "-1", 0 },
		{ "+1", 0 },
		{ " 1", 0 },
		{ "1 ", 0 },
		{ "1x", 0 },
		{ "0x1", 0 },
		{ "1.0", 0 },
		{ "", 0 },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		int64_t n = 0;

		if (exchange_number(cases[i].text, &n) != (cases[i].value != 0) ||
		    n != cases[i].value)
			fail_msg("'%s'", cases[i].text);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_every_row),
		cmocka_unit_test(opens_two_rows_only),
		cmocka_unit_test(a_row_that_says_nothing_is_for_nobody),
		cmocka_unit_test(takes_no_other_spelling),
		cmocka_unit_test(a_segment_is_decoded_once),
		cmocka_unit_test(fits_the_room),
		cmocka_unit_test(keeps_the_segments_apart),
		cmocka_unit_test(a_key_is_digits_and_nothing_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
