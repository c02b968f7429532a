/* test_screen.c - no byte of a stranger acts on a terminal. */
#include "core/base/screen.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <string.h>

static void
expect(const char *text, unsigned flags, const char *shown)
{
	struct buf out;

	buf_init(&out, 4096);
	screen_text(text, flags, &out);
	assert_string_equal(out.data, shown);
	buf_release(&out);
}

static void
control_characters_are_shown_and_not_sent(void **state)
{
	(void)state;
	expect("a\tb\nc", 0, "a\tb\nc");
	expect("\033]52;c;aGk=\007\033[2Jx", 0, "^[]52;c;aGk=^G^[[2Jx");
	expect("x\ry\bz\x7f", 0, "x^My^Hz^?");
	/* C1: as UTF-8, and as the bare byte that some terminals take for it. */
	expect("\xc2\x9b"
	       "2J",
	       0, "\\u009b2J");
	expect("\x9b"
	       "2J",
	       0, "\\x9b2J");
	expect("caf\xe9", 0, "caf\\xe9");
	/* What turns the direction of the text behind it. */
	expect("a\xe2\x80\xae"
	       "b\xe2\x81\xa6",
	       0, "a\\u202eb\\u2066");
	expect("a\tb\n\033[31m", SCREEN_CELL, "a\\x09b\\x0a\\x1b[31m");
	expect("caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x8c\x8a", 0,
	       "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x8c\x8a");
}

static void
colours_pass_where_they_are_allowed_and_nothing_else(void **state)
{
	(void)state;
	expect("\033[1;31mred\033[0m \033[m", SCREEN_COLORS, "\033[1;31mred\033[0m \033[m");
	expect("\033[38:5:9m", SCREEN_COLORS, "\033[38:5:9m");
	expect("\033[1;31mred", 0, "^[[1;31mred");
	expect("\033[2J\033[?25l\033[31", SCREEN_COLORS, "^[[2J^[[?25l^[[31");
	expect("\033", SCREEN_COLORS, "^[");
}

/* Cut anywhere, the pieces together show what the whole does. */
static void
a_text_in_pieces_is_shown_as_the_whole_is(void **state)
{
	static const char text[] = "a\033[1;31m\xc3\xa9\xe2\x82\xac\033[2J\xff\xc3(\033";
	struct buf whole, parts;

	(void)state;
	buf_init(&whole, 4096);
	buf_init(&parts, 4096);
	screen_text(text, SCREEN_COLORS, &whole);
	for (size_t cut = 0; cut < sizeof(text); cut++) {
		size_t used = screen_show(text, cut, SCREEN_COLORS | SCREEN_MORE, &parts);

		assert_true(used <= cut && cut - used < 64);
		screen_text(text + used, SCREEN_COLORS, &parts);
		assert_string_equal(parts.data, whole.data);
		buf_reset(&parts);
	}
	buf_release(&parts);
	buf_release(&whole);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(control_characters_are_shown_and_not_sent),
		cmocka_unit_test(colours_pass_where_they_are_allowed_and_nothing_else),
		cmocka_unit_test(a_text_in_pieces_is_shown_as_the_whole_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
