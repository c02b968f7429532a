/* test_query.c - a query is understood as a whole or refused. */
#include "scheduler/web/query.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const struct route plain = { .path = "/x", .params = "" };
static const struct route list = { .path = "/y", .params = "refresh limit state" };

static void
assert_refused(const struct route *route, const char *name, const char *value, size_t bytes,
	       const char *says)
{
	struct query q = { 0 };

	query_show(&q, route, name, value, bytes);
	if (!q.err.code || !strstr(q.err.msg, says))
		fail_msg("%s=%s: %s", name, value ? value : "", q.err.code ? q.err.msg : "taken");
	assert_int_equal(q.err.code, ERR_INPUT);
}

static void
what_the_address_does_not_take_is_refused_by_name(void **state)
{
	(void)state;
	assert_refused(&plain, "limit", "5", 1, "takes no parameters");
	assert_refused(&list, "limits", "5", 1, "no parameter 'limits', only: refresh limit state");
	assert_refused(&list, "", "5", 1, "no parameter ''");
	assert_refused(&list, "lim", "5", 1, "no parameter 'lim'");
	assert_refused(&list, "limit state", "5", 1, "no parameter 'limit state'");
}

static void
a_value_is_text_and_is_there(void **state)
{
	(void)state;
	assert_refused(&list, "limit", NULL, 0, "has no value");
	assert_refused(&list, "limit", "", 0, "has no value");
	assert_refused(&list, "state", "a\0b", 3, "not UTF-8 text");
	assert_refused(&list, "state", "\xff", 1, "not UTF-8 text");
	assert_refused(&list, "state", "\xed\xa0\x80", 3, "not UTF-8 text");
	assert_refused(&list, "refresh", "11", 2, "refresh has to be 10");
}

static void
each_name_stands_once(void **state)
{
	struct query q = { 0 };

	(void)state;
	query_show(&q, &list, "limit", "5", 1);
	query_show(&q, &list, "state", "failed", 6);
	query_show(&q, &list, "refresh", "10", 2);
	assert_int_equal(q.err.code, ERR_NONE);
	query_show(&q, &list, "limit", "5", 1);
	assert_int_equal(q.err.code, ERR_INPUT);
	assert_string_equal(q.err.msg, "the parameter 'limit' is given twice");
	query_show(&q, &list, "nothing", "5", 1); /* the first mistake is the one that is told */
	assert_string_equal(q.err.msg, "the parameter 'limit' is given twice");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_the_address_does_not_take_is_refused_by_name),
		cmocka_unit_test(a_value_is_text_and_is_there),
		cmocka_unit_test(each_name_stands_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
