/* test_wrap.c - how wide text is, and where it is broken. */
#include "core/text/wrap.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <string.h>

static void
width_is_counted_in_columns_of_the_terminal(void **state)
{
	(void)state;
	assert_int_equal(wrap_width(""), 0);
	assert_int_equal(wrap_width("abc"), 3);
	assert_int_equal(wrap_width("caf\xc3\xa9"), 4);
	assert_int_equal(wrap_width("cafe\xcc\x81"), 4);
	assert_int_equal(wrap_width("\xe6\x97\xa5\xe6\x9c\xac"), 4);
}

static void
expect(const char *text, size_t at, size_t indent, size_t columns, const char *wrapped)
{
	struct buf out;

	buf_init(&out, 4096);
	wrap_text(text, at, indent, columns, &out);
	assert_string_equal(out.data, wrapped);
	buf_release(&out);
}

static void
lines_break_between_words_and_a_long_word_within(void **state)
{
	(void)state;
	expect("one two three", 0, 0, 7, "one two\nthree");
	expect("one two three", 4, 2, 7, "one\n  two\n  three");
	expect("abcdefghij k", 0, 0, 4, "abcd\nefgh\nij k");
	expect("one", 0, 0, 1, "o\nn\ne");
	expect("a\nb c", 0, 1, 80, "a\n b c");
	expect("", 0, 0, 10, "");
}

static void
expect_words(const char *text, size_t at, size_t columns, const char *wrapped)
{
	struct buf out;

	buf_init(&out, 4096);
	wrap_words(text, at, 2, columns, &out);
	assert_string_equal(out.data, wrapped);
	buf_release(&out);
}

/* A command that is to be copied is one piece, and so is a path that is too long for a line. */
static void
sentences_break_between_words_and_not_in_commands(void **state)
{
	(void)state;
	expect_words("one two three", 0, 8, "one two\n  three");
	expect_words("one two three", 5, 8, "one\n  two\n  three");
	expect_words("one two three", 0, 0, "one two three");
	expect_words("type `a b c d` now", 0, 12, "type\n  `a b c d`\n  now");
	expect_words("type `a b c d e f g h` now", 0, 12, "type\n  `a b c d e f g h`\n  now");
	expect_words("it's a ` here and there", 0, 12, "it's a `\n  here and\n  there");
	expect_words("/a/very/long/path is", 0, 8, "/a/very/long/path\n  is");
	expect_words("one\n  two three", 0, 10, "one\n  two\n  three");
	expect_words("", 0, 10, "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(width_is_counted_in_columns_of_the_terminal),
		cmocka_unit_test(lines_break_between_words_and_a_long_word_within),
		cmocka_unit_test(sentences_break_between_words_and_not_in_commands),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
