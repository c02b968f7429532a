/* test_regex.c - regular expressions: by hand, and random ones against the C library's. */
#include "core/expr/regex.h"
#include "core/base/buf.h"
#include "core/base/hash.h"

#include <regex.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* 1: it matches, 0: it does not. */
static int
matches(const char *pattern, const char *text, size_t bytes)
{
	struct arena *arena = arena_new();
	struct regex *r = NULL;
	bool yes = false;
	struct err err;
	size_t at;

	if (regex_read(pattern, strlen(pattern), arena, &r, &at, &err) ||
	    regex_matches(r, text, bytes, arena, &yes, &err))
		fail_msg("%s: %s", pattern, err.msg);
	arena_free(arena);
	return yes;
}

static void
all_of_a_text_is_matched(void **state)
{
	static const struct {
		const char *pattern, *text;
		int want;
	} cases[] = {
		{ "a", "a", 1 },
		{ "a", "ab", 0 },
		{ "a", "ba", 0 },
		{ ".*a.*", "bab", 1 },
		{ "a|bc|d", "bc", 1 },
		{ "a|bc|d", "b", 0 },
		{ "(a|b)*c", "abbac", 1 },
		{ "a{2,3}", "a", 0 },
		{ "a{2,3}", "aaa", 1 },
		{ "a{2,3}", "aaaa", 0 },
		{ "a{0}b", "b", 1 },
		{ "a{2,}", "aaaaa", 1 },
		{ "[a-c]+[^a-c]", "abcd", 1 },
		{ "[]a-]+", "a]-", 1 },
		{ "[^]]", "]", 0 },
		{ "[[:alpha:]_][[:alnum:]_]*", "_x9", 1 },
		{ "[[:space:]]", "\t", 1 },
		{ "\\.\\*\\\\", ".*\\", 1 },
		{ "^ab$", "ab", 1 },
		{ "a^b", "ab", 0 },
		{ "(^a|b)c$", "ac", 1 },
		{ ".", "\xc3\xa4", 1 },
		{ "[\xc3\xa0-\xc3\xbf]{2}", "\xc3\xa4\xc3\xb6", 1 },
		{ ".", "\n", 1 },
		{ ".", "\xff", 1 },
		{ "\xc3\xa4", "\xe4", 0 },
		{ "v[0-9]+(\\.[0-9]+)*", "v1.20.3", 1 },
		{ "(a*)*", "aaa", 1 },
		{ "(a*)+b", "aab", 1 },
		{ "a?", "", 1 },
		{ "a", "", 0 },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++)
		if (matches(cases[i].pattern, cases[i].text, strlen(cases[i].text)) !=
		    cases[i].want)
			fail_msg("'%s' on '%s'", cases[i].pattern, cases[i].text);
	assert_int_equal(matches("a.b", "a\0b", 3), 1);
}

static void
a_mistake_has_its_place_and_what_to_write(void **state)
{
	static const struct {
		const char *pattern;
		size_t at;
		const char *says;
	} cases[] = {
		{ "", 0, "nothing stands here; what may be absent is written (...)?" },
		{ "a|", 1, "nothing stands here" },
		{ "a||b", 2, "nothing stands here" },
		{ "()", 1, "nothing stands here" },
		{ "*a", 0, "there is nothing in front of this that could be repeated" },
		{ "a|+", 2, "there is nothing in front of this" },
		{ "(a", 0, "this ( has no )" },
		{ "a)", 1, "this ) has no (" },
		{ "a[bc", 1, "this [ has no ]" },
		{ "a[]", 1, "this [ has no ]" },
		{ "[b-a]", 1, "this range is none: its first character comes after its last" },
		{ "[[:word:]]", 1, "there is no such class; they are alnum, alpha" },
		{ "[[.a.]]", 1, "[. .] and [= =] are not there" },
		{ "a{2", 1, "a repetition is written {2}, {2,} or {2,5}, up to 255" },
		{ "a{3,2}", 1, "a repetition is written" },
		{ "a{256}", 1, "a repetition is written" },
		{ "a{,3}", 1, "a repetition is written" },
		{ "\\d+", 0, "\\d is not POSIX: write [0-9]" },
		{ "(a)\\1", 3, "there are no back-references" },
		{ "a\\", 1, "a backslash stands in front of nothing" },
		{ "\\n", 0, "a backslash stands in front of a special character only" },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		struct arena *arena = arena_new();
		struct err err = { 0 };
		struct regex *r;
		size_t at = 99;

		if (regex_read(cases[i].pattern, strlen(cases[i].pattern), arena, &r, &at, &err) !=
			ERR_INPUT ||
		    at != cases[i].at ||
		    strncmp(err.msg, cases[i].says, strlen(cases[i].says)) != 0)
			fail_msg("'%s': %zu %s", cases[i].pattern, at, err.msg);
		arena_free(arena);
	}
}

/* What is too large is refused before it costs anything. */
static void
bounds_are_kept(void **state)
{
	struct arena *arena = arena_new();
	char *text = malloc(REGEX_TEXT_BYTES_MAX + 1), pattern[REGEX_BYTES_MAX + 2];
	struct regex *r;
	struct err err;
	bool yes;
	size_t at;

	(void)state;
	assert_non_null(text);
	memset(text, 'a', REGEX_TEXT_BYTES_MAX + 1);
	memset(pattern, 'a', sizeof(pattern));
	assert_int_equal(regex_read(pattern, REGEX_BYTES_MAX, arena, &r, &at, &err), ERR_NONE);
	assert_int_equal(regex_read(pattern, REGEX_BYTES_MAX + 1, arena, &r, &at, &err), ERR_LIMIT);
	assert_int_equal(regex_read("(a{255}){255}", 13, arena, &r, &at, &err), ERR_LIMIT);
	assert_string_equal(err.msg,
			    "it comes to more than 2000 states; repeat less, a{50} is 50 of "
			    "them");
	memset(pattern, '(', REGEX_BYTES_MAX);
	assert_int_equal(regex_read(pattern, REGEX_BYTES_MAX, arena, &r, &at, &err), ERR_INPUT);
	/* What a backtracking matcher would never come back from. */
	assert_int_equal(regex_read("((a|aa)*(a|aa)*)*b", 18, arena, &r, &at, &err), ERR_NONE);
	assert_int_equal(regex_matches(r, text, REGEX_TEXT_BYTES_MAX, arena, &yes, &err), ERR_NONE);
	assert_false(yes);
	assert_int_equal(regex_matches(r, text, REGEX_TEXT_BYTES_MAX + 1, arena, &yes, &err),
			 ERR_LIMIT);
	assert_int_equal(regex_read("a\0b", 3, arena, &r, &at, &err), ERR_INPUT);
	free(text);
	arena_free(arena);
}

/* ---- against the C library ---- */

static int
below(uint64_t *random, int n)
{
	return (int)(random_next(random) % (uint64_t)n);
}

static void grow(uint64_t *random, int depth, struct buf *out);

static void
grow_piece(uint64_t *random, int depth, struct buf *out)
{
	static const char *const atoms[] = {
		"a", "b", ".", "[ab]", "[^a]", "[[:digit:]c-]", "\\."
	};
	static const char *const ends[] = { "*", "+", "?", "{2}", "{1,3}", "{0,2}", "{2,}" };

	if (depth > 0 && below(random, 3) == 0) {
		buf_char(out, '(');
		grow(random, depth - 1, out);
		buf_char(out, ')');
	} else {
		buf_text(out, atoms[below(random, countof(atoms))]);
	}
	if (below(random, 2))
		buf_text(out, ends[below(random, countof(ends))]);
}

static void
grow(uint64_t *random, int depth, struct buf *out)
{
	int alternatives = 1 + (below(random, 3) == 0);

	for (int i = 0; i < alternatives; i++) {
		int pieces = 1 + below(random, 3);

		if (i)
			buf_char(out, '|');
		for (int k = 0; k < pieces; k++)
			grow_piece(random, depth, out);
	}
}

/* Some texts; the C library's expression is anchored by hand.  Gives how many were matched. */
static int
compare(uint64_t *random, const char *pattern, const regex_t *theirs)
{
	int matched = 0;

	for (int i = 0; i < 20; i++) {
		char text[10];
		int n = below(random, sizeof(text)), ours;

		for (int k = 0; k < n; k++)
			text[k] = "aabbc1.-"[below(random, 8)];
		text[n] = '\0';
		ours = matches(pattern, text, (size_t)n);
		if (ours != !regexec(theirs, text, 0, NULL, 0))
			fail_msg("'%s' on '%s': %d", pattern, text, ours);
		matched += ours;
	}
	return matched;
}

static void
random_expressions_match_what_the_library_says(void **state)
{
	uint64_t random = 7;
	int matched = 0;

	(void)state;
	for (int i = 0; i < 3000; i++) {
		struct buf pattern, anchored;
		regex_t theirs;

		buf_init(&pattern, SIZE_MAX);
		buf_init(&anchored, SIZE_MAX);
		grow(&random, 2, &pattern);
		buf_format(&anchored, "^(%s)$", pattern.data);
		assert_int_equal(regcomp(&theirs, anchored.data, REG_EXTENDED | REG_NOSUB), 0);
		matched += compare(&random, pattern.data, &theirs);
		regfree(&theirs);
		buf_release(&anchored);
		buf_release(&pattern);
	}
	assert_true(matched > 3000);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_of_a_text_is_matched),
		cmocka_unit_test(a_mistake_has_its_place_and_what_to_write),
		cmocka_unit_test(bounds_are_kept),
		cmocka_unit_test(random_expressions_match_what_the_library_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
