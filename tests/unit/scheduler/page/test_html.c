/* test_html.c - what goes into a page cannot become markup. */
#include "scheduler/page/html.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <string.h>

#define REPLACED "\xef\xbf\xbd"

static void
text_never_becomes_markup(void **state)
{
	static const struct {
		const char *name, *in, *out;
	} cases[] = {
		{ "plain", "a b", "a b" },
		{ "markup", "<script>alert('x')</script>",
		  "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;" },
		{ "attribute", "\" onload=\"x", "&quot; onload=&quot;x" },
		{ "entity", "&amp;", "&amp;amp;" },
		{ "newline and tab", "a\n\tb", "a\n\tb" },
		{ "escape", "\033[31m", REPLACED "[31m" },
		{ "delete", "\x7f", REPLACED },
		{ "two bytes", "\xc3\xa9", "\xc3\xa9" },
		{ "three bytes", "\xe2\x9c\x93", "\xe2\x9c\x93" },
		{ "four bytes", "\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80" },
		{ "last of all", "\xf4\x8f\xbf\xbf", "\xf4\x8f\xbf\xbf" },
		{ "one past it", "\xf4\x90\x80\x80", REPLACED REPLACED REPLACED REPLACED },
		{ "overlong slash", "\xc0\xaf", REPLACED REPLACED },
		{ "overlong <", "\xe0\x80\xbc", REPLACED REPLACED REPLACED },
		{ "surrogate", "\xed\xa0\x80", REPLACED REPLACED REPLACED },
		{ "lone continuation", "\x80<", REPLACED "&lt;" },
		{ "cut short", "\xe2\x9c", REPLACED REPLACED },
		{ "markup in a sequence", "\xe2<\x93", REPLACED "&lt;" REPLACED },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		struct buf b;

		buf_init(&b, 1 << 16);
		html_text(&b, cases[i].in);
		if (strcmp(b.data, cases[i].out) != 0)
			fail_msg("%s: '%s'", cases[i].name, b.data);
		buf_release(&b);
	}
}

/* Each byte alone, and before a quote that has to be escaped whatever came before it. */
static void
lets_no_byte_through(void **state)
{
	(void)state;
	for (int c = 0; c < 256; c++) {
		char text[] = { (char)c, '"', '<' };
		struct buf b;

		buf_init(&b, 1 << 16);
		html_bytes(&b, text, sizeof(text));
		assert_null(strpbrk(b.data, "\"<>'"));
		assert_int_equal(strlen(b.data), b.bytes);
		assert_non_null(strstr(b.data, "&quot;&lt;"));
		for (size_t i = 0; i < b.bytes; i++)
			assert_true((unsigned char)b.data[i] >= 0x20 || b.data[i] == '\n' ||
				    b.data[i] == '\t');
		buf_release(&b);
	}
}

static void
a_segment_is_percent_encoded(void **state)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
		{ "manual__2026-05-01T00:00:00Z", "manual__2026-05-01T00:00:00Z" },
		{ "a/b", "a%2Fb" },
		{ "a?b#c%d", "a%3Fb%23c%25d" },
		{ "\"><script>", "%22%3E%3Cscript%3E" },
		{ "\xc3\xa9 ", "%C3%A9%20" },
		{ "", "" },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		struct buf b;

		buf_init(&b, 1 << 16);
		html_path(&b, cases[i].in);
		assert_string_equal(b.data, cases[i].out);
		buf_release(&b);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_never_becomes_markup),
		cmocka_unit_test(lets_no_byte_through),
		cmocka_unit_test(a_segment_is_percent_encoded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
