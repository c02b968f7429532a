/* test_diag.c - how mistakes are shown, kept and corrected. */
#include "core/text/diag.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static char *
render(const struct diags *d, bool color)
{
	struct buf out;
	char *text;

	buf_init(&out, 1 << 20);
	diags_render(d, color, 0, &out);
	text = buf_give(&out);
	buf_release(&out);
	return text;
}

/* Add one mistake in `text` and show it. */
static void
assert_shown(const char *text, uint32_t line, uint32_t column, uint32_t width, const char *want)
{
	struct place at = { .file = "f.yaml",
			    .text = text,
			    .text_bytes = strlen(text),
			    .line = line,
			    .column = column,
			    .width = width };
	struct diags d;
	char *got;

	diags_init(&d);
	diags_say(&d, E0104, &at, NULL, "bad");
	got = render(&d, false);
	assert_string_equal(want, got);
	free(got);
	diags_release(&d);
}

static void
a_mistake_is_shown_with_its_line_and_a_caret(void **state)
{
	(void)state;
	assert_shown("a: 1\nb: xy\n", 2, 4, 2,
		     "f.yaml:2:4: error: bad [E0104]\n    2 | b: xy\n      |    ^^\n");
	assert_shown("a\r\nb\rc", 3, 1, 1,
		     "f.yaml:3:1: error: bad [E0104]\n    3 | c\n      | ^\n");
	assert_shown("\tx: y", 1, 5, 1,
		     "f.yaml:1:5: error: bad [E0104]\n    1 | \tx: y\n      | \t   ^\n");
	assert_shown(
	    "\xc3\xa4\xc3\xb6: y", 1, 5, 1,
	    "f.yaml:1:5: error: bad [E0104]\n    1 | \xc3\xa4\xc3\xb6: y\n      |     ^\n");
	assert_shown("a\x1b[31m\xff", 1, 1, 3,
		     "f.yaml:1:1: error: bad [E0104]\n    1 | a?[31m?\n      | ^^^\n");
	assert_shown("ab", 1, 2, 50, "f.yaml:1:2: error: bad [E0104]\n    1 | ab\n      |  ^\n");
	assert_shown("a\xc2\x85"
		     "b\xe2\x80\xa8"
		     "c",
		     3, 1, 1, "f.yaml:3:1: error: bad [E0104]\n    3 | c\n      | ^\n");
	assert_shown("a", 9, 1, 1, "f.yaml:9:1: error: bad [E0104]\n");
	assert_shown("a", 0, 0, 0, "f.yaml: error: bad [E0104]\n");
}

/* On a terminal sentences are broken, and the caret stands below what it points at. */
static void
what_is_shown_fits_a_terminal(void **state)
{
	static const char text[] = "key: aaaa bbbb cccc dddd eeee ffff gggg hhhh: wrong, and more";
	static const char *const want[] = {
		"f.yaml:1:47: error: a mistake that is told in more\n"
		"      words than a line has [E0104]\n"
		"    1 | ...eee ffff gggg hhhh: wrong, and more\n"
		"      |                        ^^^^^\n"
		"      = help: `write this and that` here, or leave\n"
		"              it out\n",
		"f.yaml:1:47: error: a mistake that is told in more words than a line has [E0104]\n"
		"    1 | key: aaaa bbbb cccc dddd eeee ffff gggg hhhh: wrong, and more\n"
		"      |                                               ^^^^^\n"
		"      = help: `write this and that` here, or leave it out\n",
	};
	struct place at = { .file = "f.yaml",
			    .text = text,
			    .text_bytes = strlen(text),
			    .line = 1,
			    .column = 47,
			    .width = 5 };
	struct diags d;

	(void)state;
	diags_init(&d);
	diags_say(&d, E0104, &at, "`write this and that` here, or leave it out",
		  "a mistake that is told in more words than a line has");
	for (size_t i = 0; i < 2; i++) {
		struct buf out;

		buf_init(&out, 10000);
		diags_render(&d, false, i ? 0 : 52, &out);
		assert_string_equal(want[i], out.data);
		buf_release(&out);
	}
	diags_release(&d);
}

static void
a_long_line_is_cut_around_the_caret(void **state)
{
	char text[401];
	struct place at = {
		.file = "f", .text = text, .text_bytes = 400, .line = 1, .column = 300, .width = 3
	};
	struct diags d;
	char *got, *caret, *line;

	(void)state;
	memset(text, 'x', 400);
	memcpy(text + 299, "BAD", 4);
	text[302] = 'x';
	text[400] = '\0';
	diags_init(&d);
	diags_say(&d, E0219, &at, "shorter", "long");
	got = render(&d, false);
	line = strchr(got, '\n') + 1;
	caret = strstr(line, "^^^");
	assert_non_null(caret);
	assert_int_equal(strstr(line, "BAD") - line, caret - strchr(line, '\n') - 1);
	assert_non_null(strstr(got, "= help: shorter\n"));
	assert_true(strlen(got) < 400);
	free(got);
	diags_release(&d);
}

static void
color_wraps_level_and_caret_alone(void **state)
{
	struct place at = {
		.file = "f", .text = "ab", .text_bytes = 2, .line = 1, .column = 1, .width = 1
	};
	struct diags d;
	char *got;

	(void)state;
	diags_init(&d);
	diags_say(&d, E0104, &at, NULL, "bad");
	got = render(&d, true);
	assert_string_equal("f:1:1: \033[1;31merror:\033[0m bad [E0104]\n    1 | ab\n      | "
			    "\033[1;31m^\033[0m\n",
			    got);
	free(got);
	diags_release(&d);
}

static void
what_is_past_the_limit_is_counted_and_the_rest_is_in_order(void **state)
{
	struct place at = {
		.file = "b", .text = "x", .text_bytes = 1, .line = 5, .column = 1, .width = 1
	};
	struct diags d;
	char *got;

	(void)state;
	diags_init(&d);
	for (int i = 0; i < DIAGS_MAX + 5; i++) {
		at.line = (uint32_t)(DIAGS_MAX + 5 - i);
		at.file = i % 2 ? "a" : "b";
		diags_say(&d, i % 10 ? E0104 : E0219, &at, NULL, "n %d", i);
	}
	assert_int_equal(DIAGS_MAX, d.count);
	assert_int_equal(DIAGS_MAX + 5, d.errors + d.warnings);
	diags_sort(&d);
	for (size_t i = 1; i < d.count; i++) {
		int order = strcmp(d.items[i - 1].file, d.items[i].file);

		assert_true(order < 0 || (order == 0 && d.items[i - 1].line <= d.items[i].line));
	}
	got = render(&d, false);
	assert_non_null(strstr(got, "and 5 more\n"));
	free(got);
	diags_release(&d);
}

static void
the_nearest_word_is_found_or_none(void **state)
{
	static const char *const words[] = { "extract", "load", "retries", "retry_delay", "ds" };
	static const struct {
		const char *word, *want;
	} cases[] = {
		{ "extrct", "extract" },
		{ "extarct", "extract" },
		{ "retrys", "retries" },
		{ "retry_dealy", "retry_delay" },
		{ "laod", "load" },
		{ "ts", "ds" },
		{ "d", "ds" },
		{ "xy", NULL },
		{ "transform", NULL },
		{ "", NULL },
		{ "extract", "extract" },
	};
	char longest[200];

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		const char *got = diag_nearest(cases[i].word, words, countof(words));

		if (cases[i].want ? !got || strcmp(got, cases[i].want) != 0 : got != NULL)
			fail_msg("'%s' gave '%s'", cases[i].word, got ? got : "nothing");
	}
	memset(longest, 'a', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	assert_null(diag_nearest(longest, words, countof(words)));
	assert_null(diag_nearest("x", NULL, 0));
}

static void
a_place_is_a_byte_of_the_text(void **state)
{
	static const char text[] = "\xef\xbb\xbf"
				   "ab\r\n\xc3\xa4x\n\nend";

	(void)state;
	assert_int_equal(place_byte(text, sizeof(text) - 1, 1, 1), 3); /* behind the mark */
	assert_int_equal(place_byte(text, sizeof(text) - 1, 2, 1), 7);
	assert_int_equal(place_byte(text, sizeof(text) - 1, 2, 2),
			 9); /* a character of two bytes */
	assert_int_equal(place_byte(text, sizeof(text) - 1, 4, 3), 14);
	assert_int_equal(place_byte(text, sizeof(text) - 1, 9, 1), sizeof(text) - 1);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_mistake_is_shown_with_its_line_and_a_caret),
		cmocka_unit_test(what_is_shown_fits_a_terminal),
		cmocka_unit_test(a_long_line_is_cut_around_the_caret),
		cmocka_unit_test(color_wraps_level_and_caret_alone),
		cmocka_unit_test(what_is_past_the_limit_is_counted_and_the_rest_is_in_order),
		cmocka_unit_test(the_nearest_word_is_found_or_none),
		cmocka_unit_test(a_place_is_a_byte_of_the_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
