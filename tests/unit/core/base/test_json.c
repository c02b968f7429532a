/* test_json.c - a text of JSON without what its reader does not look at. */
#include "core/base/json.h"
#include "core/base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char *const names[] = { "a", "list", NULL };

static void
expect(const char *text, const char *wanted)
{
	size_t bytes = strlen(text);
	char *exact = mem_new(bytes, 1); /* of this size: what reads on is seen */
	struct buf out;

	for (size_t i = 0; i < bytes; i++)
		exact[i] = text[i];
	buf_init(&out, SIZE_MAX);
	json_without(exact, bytes, names, &out);
	assert_string_equal(out.data, wanted);
	buf_release(&out);
	free(exact);
}

static void
what_is_named_stays_empty(void **state)
{
	(void)state;
	expect("{\"a\":{\"b\":[1,{}],\"c\":\"}\"},\"d\":[1],\"list\":[[],[2]],\"e\":3}\n",
	       "{\"a\":{},\"d\":[1],\"list\":[],\"e\":3}\n");
	expect("{ \"list\" : [ ] , \"a\" : { } }", "{ \"list\" : [] , \"a\" : {} }");
}

/* A name of a member that lies deeper, a longer one, one that is a value, a member of no brackets.
 */
static void
nothing_else_is_left_out(void **state)
{
	static const char *const same[] = {
		"{\"b\":{\"a\":[1],\"list\":{\"x\":1}}}",
		"{\"aa\":[1],\"\":[1],\"lis\":[1],\"a\\u0062\":[2]}",
		"{\"b\":\"a\",\"c\":[1]}",
		"{\"a\":\"{[\",\"list\":12,\"c\":\"\\\"a\\\\\"}",
		"[{\"a\":[1]}]",
		"\"a\"",
		"",
		" {\"a\":[1]}",
	};

	(void)state;
	for (size_t i = 0; i < countof(same); i++)
		expect(same[i], same[i]);
}

static void
quotes_and_backslashes_end_no_list(void **state)
{
	(void)state;
	expect("{\"a\":[\"]\\\"]\",\"\\\\\",\"[{\"],\"b\":[\"]\"]}", "{\"a\":[],\"b\":[\"]\"]}");
}

/* What was cut off anywhere is still no JSON. */
static void
no_prefix_becomes_an_object(void **state)
{
	static const char text[] =
	    "{\"b\":[\"x\\\\\"],\"a\":{\"c\":[1,\"}\\\"\"]},\"list\":[{}],\"d\":1}";
	json_t *value = NULL;
	struct buf out;

	(void)state;
	for (size_t n = 0; n < sizeof(text); n++) {
		buf_init(&out, SIZE_MAX);
		json_without(text, n, names, &out);
		assert_int_equal(json_read(&value, out.data, out.bytes, "x", NULL),
				 n == sizeof(text) - 1 ? ERR_NONE : ERR_INPUT);
		buf_release(&out);
	}
	assert_int_equal(json_object_size(value), 4);
	json_decref(value);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_named_stays_empty),
		cmocka_unit_test(nothing_else_is_left_out),
		cmocka_unit_test(quotes_and_backslashes_end_no_list),
		cmocka_unit_test(no_prefix_becomes_an_object),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
