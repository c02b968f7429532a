/* test_exact.c - numbers and shares as they are written. */
#include "core/base/exact.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct number
number(const char *text)
{
	struct number n;

	if (!number_parse(text, &n))
		fail_msg("'%s' is no number", text);
	return n;
}

static void
whole_numbers_around_a_number_are_exact(void **state)
{
	static const struct {
		const char *text;
		int64_t floor;
		int beyond;
		bool whole;
	} cases[] = {
		{ "0", 0, 0, true },
		{ "-0", 0, 0, true },
		{ "-0.0", 0, 0, true },
		{ "0.1", 0, 0, false },
		{ "-0.1", -1, 0, false },
		{ "1.0", 1, 0, true },
		{ "1e3", 1000, 0, true },
		{ "12.5e1", 125, 0, true },
		{ "12.5e-1", 1, 0, false },
		{ "100e-2", 1, 0, true },
		{ "1e-400", 0, 0, false },
		{ "-1e-99999999", -1, 0, false },
		{ "0e999999999", 0, 0, true },
		{ "9007199254740993", 9007199254740993, 0, true },
		{ "-9007199254740993.5", -9007199254740994, 0, false },
		{ "9223372036854775807", INT64_MAX, 0, true },
		{ "9223372036854775807.5", INT64_MAX, 0, false },
		{ "9223372036854775808", INT64_MAX, 1, true },
		{ "-9223372036854775808", INT64_MIN, 0, true },
		{ "-9223372036854775808.5", INT64_MIN, -1, false },
		{ "99999999999999999999", INT64_MAX, 1, true },
		{ "1e400", INT64_MAX, 1, false },
		{ "-1e19", INT64_MIN, -1, true },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		struct number n = number(cases[i].text);

		if (n.floor != cases[i].floor || n.beyond != cases[i].beyond ||
		    (!n.beyond && n.whole != cases[i].whole))
			fail_msg("%s: floor %lld, beyond %d, whole %d", cases[i].text,
				 (long long)n.floor, n.beyond, n.whole);
	}
}

static void
what_is_no_json_number_is_no_number(void **state)
{
	static const char *const texts[] = { "",    "-",   "+1", "01", ".5",  "5.",  "1e",
					     "1e+", "0x1", "1 ", " 1", "nan", "1_0", "1%" };
	struct number n;

	(void)state;
	for (size_t i = 0; i < countof(texts); i++)
		if (number_parse(texts[i], &n))
			fail_msg("'%s' was taken for a number", texts[i]);
}

static void
bounds_of_integers_are_whole(void **state)
{
	static const struct {
		const char *text;
		bool strict, has_least, has_greatest;
		int64_t least, greatest;
	} cases[] = {
		{ "2", false, true, true, 2, 2 },
		{ "2", true, true, true, 3, 1 },
		{ "2.5", false, true, true, 3, 2 },
		{ "2.5", true, true, true, 3, 2 },
		{ "-2.5", true, true, true, -2, -3 },
		{ "9007199254740993", true, true, true, 9007199254740994, 9007199254740992 },
		{ "9223372036854775807", true, false, true, 0, INT64_MAX - 1 },
		{ "9223372036854775807.5", false, false, true, 0, INT64_MAX },
		{ "-9223372036854775808", true, true, false, INT64_MIN + 1, 0 },
		{ "1e300", false, false, true, 0, INT64_MAX },
		{ "-1e300", false, true, false, INT64_MIN, 0 },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		struct number n = number(cases[i].text);
		int64_t least = 0, greatest = 0;
		bool a = number_least_int(&n, cases[i].strict, &least);
		bool b = number_greatest_int(&n, cases[i].strict, &greatest);

		if (a != cases[i].has_least || b != cases[i].has_greatest ||
		    (a && least != cases[i].least) || (b && greatest != cases[i].greatest))
			fail_msg("%s: %d %lld, %d %lld", cases[i].text, a, (long long)least, b,
				 (long long)greatest);
	}
}

/* Between 2^53 and 2^63 a double is even: the bound itself may be none. */
static void
a_whole_bound_of_reals_is_meant_exactly(void **state)
{
	struct number odd = number("9007199254740993"), even = number("9007199254740992");
	struct number tenth = number("0.1"), last = number("9223372036854775807");

	(void)state;
	assert_true(number_least_real(&odd, false) == 9007199254740994.0);
	assert_true(number_greatest_real(&odd, false) == 9007199254740992.0);
	assert_true(number_least_real(&even, false) == 9007199254740992.0);
	assert_true(number_least_real(&even, true) == 9007199254740994.0);
	assert_true(number_greatest_real(&even, true) == 9007199254740991.0);
	assert_true(number_greatest_real(&last, false) == 9223372036854774784.0);
	assert_true(number_least_real(&last, false) == 0x1p63);
	/* A decimal is the double that a file's text reads as. */
	assert_true(number_least_real(&tenth, false) == 0.1);
	assert_true(number_greatest_real(&tenth, false) == 0.1);
	assert_true(number_greatest_real(&tenth, true) < 0.1);
}

static void
numbers_compare_exactly(void **state)
{
	static const char *const rising[] = { "-1e30",
					      "-9223372036854775808",
					      "-1.5",
					      "-1",
					      "-0.5",
					      "0",
					      "0.25",
					      "0.5",
					      "1",
					      "9007199254740992",
					      "9007199254740992.5",
					      "9007199254740993",
					      "9223372036854775807",
					      "9223372036854775808",
					      "1e300" };

	(void)state;
	for (size_t i = 0; i < countof(rising); i++) {
		for (size_t k = 0; k < countof(rising); k++) {
			struct number a = number(rising[i]), b = number(rising[k]);
			int want = (i > k) - (i < k), got = number_compare(&a, &b);

			if ((got > 0) - (got < 0) != want)
				fail_msg("%s against %s: %d", rising[i], rising[k], got);
		}
	}
}

static void
a_share_is_the_fraction_that_is_written(void **state)
{
	static const struct {
		const char *text;
		int64_t parts, of;
		const char *shown;
	} cases[] = {
		{ "7%", 7, 100, "7%" },
		{ "0.07", 7, 100, "7%" },
		{ "7e-2", 7, 100, "7%" },
		{ "70e-3", 7, 100, "7%" },
		{ "12.5%", 125, 1000, "12.5%" },
		{ "0", 0, 1, "0%" },
		{ "0.000%", 0, 1, "0%" },
		{ "100%", 1, 1, "100%" },
		{ "1", 1, 1, "100%" },
		{ "1.000", 1, 1, "100%" },
		{ "0.0001%", 1, 1000000, "0.0001%" },
		{ "33.3333333333333%", 333333333333333, 1000000000000000, "33.3333333333333%" },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		struct share s = { 0 };
		char shown[SHARE_CHARS];
		enum share_status status = share_parse(cases[i].text, &s);

		if (status)
			fail_msg("'%s': status %d", cases[i].text, status);
		share_format(s, shown);
		if (s.parts != cases[i].parts || s.of != cases[i].of ||
		    strcmp(shown, cases[i].shown) != 0)
			fail_msg("'%s': %lld of %lld, shown as %s", cases[i].text,
				 (long long)s.parts, (long long)s.of, shown);
	}
}

static void
what_is_no_share_says_why(void **state)
{
	static const struct {
		const char *text;
		enum share_status want;
	} cases[] = {
		{ "", SHARE_NO_NUMBER },
		{ "%", SHARE_NO_NUMBER },
		{ "7 %", SHARE_NO_NUMBER },
		{ "7%%", SHARE_NO_NUMBER },
		{ "nan", SHARE_NO_NUMBER },
		{ "-1%", SHARE_OUT_OF_RANGE },
		{ "101%", SHARE_OUT_OF_RANGE },
		{ "1.0000000001", SHARE_OUT_OF_RANGE },
		{ "2", SHARE_OUT_OF_RANGE },
		{ "1e300%", SHARE_OUT_OF_RANGE },
		{ "1e-400", SHARE_TOO_LONG },
		{ "0.1234567890123456", SHARE_TOO_LONG },
		{ "0.00000000000000000001%", SHARE_TOO_LONG },
	};
	struct share s;

	(void)state;
	for (size_t i = 0; i < countof(cases); i++)
		if (share_parse(cases[i].text, &s) != cases[i].want)
			fail_msg("'%s': status %d", cases[i].text, share_parse(cases[i].text, &s));
}

/* Every percentage of every size that it divides is reached by exactly that many. */
static void
a_share_is_reached_by_its_exact_count(void **state)
{
	char text[16];

	(void)state;
	for (int percent = 0; percent <= 100; percent++) {
		struct share s = { 0 };

		(void)snprintf(text, sizeof(text), "%d%%", percent);
		assert_int_equal(share_parse(text, &s), SHARE_OK);
		for (int64_t of = 100; of <= 1000; of += 100) {
			int64_t count = of / 100 * percent;

			assert_int_equal(share_compare(count, s, of), 0);
			assert_true(share_compare(count + 1, s, of) > 0);
			assert_true(share_compare(count - 1, s, of) < 0);
		}
		assert_true(share_compare(INT64_C(1) << 62, s, INT64_C(1) << 62) >= 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_numbers_around_a_number_are_exact),
		cmocka_unit_test(what_is_no_json_number_is_no_number),
		cmocka_unit_test(bounds_of_integers_are_whole),
		cmocka_unit_test(a_whole_bound_of_reals_is_meant_exactly),
		cmocka_unit_test(numbers_compare_exactly),
		cmocka_unit_test(a_share_is_the_fraction_that_is_written),
		cmocka_unit_test(what_is_no_share_says_why),
		cmocka_unit_test(a_share_is_reached_by_its_exact_count),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
