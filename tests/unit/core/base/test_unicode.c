/* test_unicode.c - what is a character of UTF-8 and what is not. */
#include "core/base/unicode.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <string.h>

static void
each_length_of_a_character_is_known(void **state)
{
	(void)state;
	assert_int_equal(unicode_bytes("a", 1), 1);
	assert_int_equal(unicode_bytes("\xc3\xa9", 2), 2);
	assert_int_equal(unicode_bytes("\xe2\x82\xac!", 4), 3);
	assert_int_equal(unicode_bytes("\xf0\x9f\x8c\x8a", 4), 4);
	assert_int_equal(unicode_bytes("", 0), 0);
}

static void
overlong_forms_surrogates_and_lone_bytes_are_none(void **state)
{
	static const char *const wrong[] = {
		"\xe9",             /* Latin-1 */
		"\x80",             /* a continuation alone */
		"\xc0\x80",         /* overlong NUL */
		"\xe0\x9f\xbf",     /* overlong */
		"\xed\xa0\x80",     /* a surrogate */
		"\xf0\x8f\xbf\xbf", /* overlong */
		"\xf4\x90\x80\x80", /* beyond U+10FFFF */
		"\xff",
		"\xe2\x82",
	};

	(void)state;
	for (size_t i = 0; i < countof(wrong); i++) {
		assert_int_equal(unicode_bytes(wrong[i], strlen(wrong[i])), 0);
		assert_false(unicode_valid(wrong[i]));
	}
	assert_true(unicode_valid(""));
	assert_true(unicode_valid("caf\xc3\xa9 \xe2\x82\xac"));
	assert_false(unicode_valid("caf\xe9"));
}

static void
what_more_bytes_could_complete_is_told_from_what_is_wrong(void **state)
{
	(void)state;
	assert_true(unicode_begins("\xc3", 1));
	assert_true(unicode_begins("\xe2\x82", 2));
	assert_true(unicode_begins("\xf0\x9f\x8c", 3));
	assert_false(unicode_begins("\xc3\xa9", 2));
	assert_false(unicode_begins("\xed\xa0", 2));
	assert_false(unicode_begins("\xe2(", 2));
	assert_false(unicode_begins("a", 1));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_length_of_a_character_is_known),
		cmocka_unit_test(overlong_forms_surrogates_and_lone_bytes_are_none),
		cmocka_unit_test(what_more_bytes_could_complete_is_told_from_what_is_wrong),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
