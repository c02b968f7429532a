/* test_words.c - an index over names. */
#include "core/base/words.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void
a_sorted_index_finds_every_name(void **state)
{
	struct name_at items[] = {
		{ "b", 0 }, { "", 1 }, { "ba", 2 }, { "a", 3 }, { "\xc3\xa9", 4 }
	};
	struct name_index names = { items, countof(items) };

	(void)state;
	names_sort(&names);
	assert_int_equal(0, names_find(&names, "b"));
	assert_int_equal(1, names_find(&names, ""));
	assert_int_equal(2, names_find(&names, "ba"));
	assert_int_equal(3, names_find(&names, "a"));
	assert_int_equal(4, names_find(&names, "\xc3\xa9"));
	assert_int_equal(-1, names_find(&names, "c"));
	assert_int_equal(-1, names_find(&names, "bab"));
}

static void
an_index_of_nothing_finds_nothing(void **state)
{
	struct name_index names = { 0 };

	(void)state;
	names_sort(&names);
	assert_int_equal(-1, names_find(&names, "a"));
}

static void
words_to_choose_from_are_told_in_a_sentence(void **state)
{
	static const struct {
		const char *words[3];
		size_t n;
		const char *want;
	} cases[] = {
		{ { NULL }, 0, "" },
		{ { "one" }, 1, "one" },
		{ { "one", "two" }, 2, "one or two" },
		{ { "one", ",", "three" }, 3, "one, ',' or three" },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		struct buf out;

		buf_init(&out, 100);
		words_or(cases[i].words, cases[i].n, &out);
		assert_string_equal(cases[i].want, out.data);
		buf_release(&out);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_sorted_index_finds_every_name),
		cmocka_unit_test(an_index_of_nothing_finds_nothing),
		cmocka_unit_test(words_to_choose_from_are_told_in_a_sentence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
