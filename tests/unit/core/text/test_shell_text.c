/* test_shell_text.c - where in a shell script a value would stand. */
#include "core/text/shell_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* Places of the holes "@@" of a script, one letter each. */
static void
assert_places(const char *script, const char *want)
{
	static const char letters[] = {
		[SHELL_BARE] = 'b',       [SHELL_SINGLE] = 's',  [SHELL_DOUBLE] = 'd',
		[SHELL_BACKTICK] = 't',   [SHELL_COMMENT] = 'c', [SHELL_HERE] = 'h',
		[SHELL_ARITHMETIC] = 'a', [SHELL_ESCAPED] = 'e',
	};
	struct shell_hole holes[16];
	char got[17] = "";
	size_t n = 0;

	for (const char *p = strstr(script, "@@"); p; p = strstr(p + 2, "@@"))
		holes[n++] = (struct shell_hole){ .at = (size_t)(p - script), .bytes = 2 };
	shell_places(script, holes, n);
	for (size_t i = 0; i < n; i++)
		got[i] = letters[holes[i].place];
	if (strcmp(got, want) != 0)
		fail_msg("%s: wanted %s, got %s", script, want, got);
}

static void
a_word_or_a_part_of_one_is_bare(void **state)
{
	(void)state;
	assert_places("echo @@ a@@b@@", "bbb");
	assert_places("@@", "b");
	assert_places("x=@@; y=\"a\"@@'b'@@", "bbb");
	assert_places("echo \\\\@@ \\\"@@ \\'@@", "bbb");
	assert_places("(cd @@ && ls) > @@", "bb");
}

static void
quotes_end_where_the_shell_ends_them(void **state)
{
	(void)state;
	assert_places("echo '@@' \"@@\" @@", "sdb");
	assert_places("echo \"a \\\" @@\" '\\' @@", "db");
	assert_places("echo \"it's @@\" 'say \"@@\"'", "ds");
	assert_places("echo 'two\nlines @@'\n@@", "sb");
}

static void
substitutions_begin_anew_and_backticks_are_never_judged(void **state)
{
	(void)state;
	assert_places("echo \"$(ls @@ \"@@\") @@\" @@", "bddb");
	assert_places("echo `ls @@ '@@'` @@", "tsb");
	assert_places("echo \"`ls @@`\" @@", "tb");
	assert_places("echo ${X:-@@} \"${X:-@@}\"", "bd");
	assert_places("echo $((1 + @@)) $((2 << (@@ + 1))) @@", "aab");
	assert_places("x=$( (cd a; ls @@) ) @@", "bb");
}

static void
comments_go_to_the_end_of_the_line(void **state)
{
	(void)state;
	assert_places("ls # @@ it's\nls @@", "cb");
	assert_places("#@@\nls a#@@ ${#X} @@", "cbb");
	assert_places("ls; # '@@\n@@", "cb");
}

static void
here_documents_go_to_their_word(void **state)
{
	(void)state;
	assert_places("cat <<EOF @@\na @@ 'b'\nEOF\n@@", "bhb");
	assert_places("cat <<'EOF' # @@\n@@\n EOF\n@@\nEOF\n@@", "chhb");
	assert_places("cat <<-E\n\t@@\n\tE\n@@", "hb");
	assert_places("cat <<A <<B\n@@\nA\n@@\nB\n@@", "hhb");
	assert_places("cat <<< @@\n@@", "bb");
	assert_places("cat <<E\n@@", "h");
	assert_places("cat <<E@@\n@@\nE@@\n@@ \"@@\"", "hhhbd");
	assert_places("cat <<A <<A <<A <<A <<A <<A <<A <<A <<A\nA\nA\nA\nA\nA\nA\nA\nA\n@@\nA\n",
		      "t");
}

static void
a_quote_behind_a_bracket_ends_what_it_ends_for_the_shell(void **state)
{
	(void)state;
	assert_places("echo $@@ \"@@\" ${@@}", "bdb");
	assert_places("echo \"${f%(*}\" \"@@\" @@", "db");
	assert_places("echo \"${f:-it's}\" '@@' \"${f#'}'}@@\"", "sd");
	assert_places("echo \"${f:-(}\" \"@@\" ${f%<<} @@\n@@", "dbb");
	assert_places("echo \"$(case $x in a) echo \"@@\" ;; (b) f @@;; esac) @@\" @@", "dbdb");
	assert_places("echo \"$(echo case in @@) @@\" @@", "bdb");
	assert_places("echo \"$(if true; then case a in a) f;; esac; fi; f @@) @@\"", "bd");
	assert_places("echo $(( (1 + (2)) * @@ )) $((((1)) + @@)) \"@@\"", "aad");
	assert_places("echo \"$$(@@)\" \"$${@@}\" $$@@", "ddb");
	assert_places("x=$(( (1<<2) ))\n@@", "b");
}

static void
a_backslash_takes_the_next_character_and_joins_lines(void **state)
{
	(void)state;
	assert_places("echo \\@@ \"\\@@\"", "ed");
	assert_places("ls \\\n# it's @@\n@@", "cb");
	assert_places("ls a\\\n# @@", "b");
}

static void
what_is_nested_too_deep_is_not_judged(void **state)
{
	char script[300] = "";

	(void)state;
	for (int i = 0; i < 70; i++)
		strcat(script, "$(a");
	strcat(script, "@@");
	assert_places(script, "t");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_word_or_a_part_of_one_is_bare),
		cmocka_unit_test(quotes_end_where_the_shell_ends_them),
		cmocka_unit_test(substitutions_begin_anew_and_backticks_are_never_judged),
		cmocka_unit_test(comments_go_to_the_end_of_the_line),
		cmocka_unit_test(here_documents_go_to_their_word),
		cmocka_unit_test(a_quote_behind_a_bracket_ends_what_it_ends_for_the_shell),
		cmocka_unit_test(a_backslash_takes_the_next_character_and_joins_lines),
		cmocka_unit_test(what_is_nested_too_deep_is_not_judged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
