/* test_decimal.c - decimals by hand at their edges, and what holds of any of them. */
#include "core/expr/decimal.h"
#include "core/base/hash.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define NINES38 "99999999999999999999999999999999999999"
#define NINES19 "9999999999999999999"
#define ZEROS37 "0000000000000000000000000000000000000"
#define LEAST "0.0" ZEROS37 /* and a digit: of scale 39, one too many */
#define TINY "0." ZEROS37 "1"

static struct decimal
number(const char *text)
{
	struct decimal d;
	uint8_t precision;

	if (!decimal_parse(text, strlen(text), &d, &precision))
		fail_msg("'%s' is no decimal", text);
	return d;
}

static const char *
text_of(bool good, struct decimal d)
{
	static char text[DECIMAL_CHARS];

	if (!good)
		return "beyond";
	decimal_format(d, text);
	return text;
}

static void
texts_keep_their_digits(void **state)
{
	static const struct {
		const char *text, *want;
		uint8_t precision, scale;
	} cases[] = {
		{ "0", "0", 1, 0 },
		{ "-0", "0", 1, 0 },
		{ "0.0", "0.0", 1, 1 },
		{ "0.10", "0.10", 2, 2 },
		{ "+1.5", "1.5", 2, 1 },
		{ "007.250", "7.250", 4, 3 },
		{ "-0.001", "-0.001", 3, 3 },
		{ "12345", "12345", 5, 0 },
		{ NINES38, NINES38, 38, 0 },
		{ "-" NINES38, "-" NINES38, 38, 0 },
		{ "0." NINES38, "0." NINES38, 38, 38 },
		{ TINY, TINY, 38, 38 },
	};
	static const char *const bad[] = {
		"",   "-",   ".",   "1..2",      "1e3",     " 1",
		"1 ", "--1", "NaN", NINES38 "9", LEAST "1", "1" TINY,
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		struct decimal d;
		uint8_t precision = 0;

		if (!decimal_parse(cases[i].text, strlen(cases[i].text), &d, &precision) ||
		    precision != cases[i].precision || d.scale != cases[i].scale ||
		    strcmp(text_of(true, d), cases[i].want) != 0)
			fail_msg("'%s': %s of decimal(%d,%d)", cases[i].text, text_of(true, d),
				 precision, d.scale);
	}
	for (size_t i = 0; i < countof(bad); i++) {
		struct decimal d;
		uint8_t precision;

		if (decimal_parse(bad[i], strlen(bad[i]), &d, &precision))
			fail_msg("'%s' is read as %s", bad[i], text_of(true, d));
	}
}

static void
arithmetic_is_exact_or_refused(void **state)
{
	static const struct {
		const char *a;
		char how;
		const char *b, *want;
	} cases[] = {
		{ "0.1", '+', "0.2", "0.3" },
		{ "1", '+', "0.25", "1.25" },
		{ "0.5", '+', "-0.50", "0.00" },
		{ NINES38, '+', "1", "beyond" },
		{ "-" NINES38, '-', "1", "beyond" },
		{ NINES38, '+', "-" NINES38, "0" },
		{ NINES38, '+', "0.5", "beyond" },
		/* 39 digits on the way, 38 in the end. */
		{ "10000000000000000000000000000000000000", '-', "0.1",
		  "9999999999999999999999999999999999999.9" },
		{ "20000000000000000000000000000000000000", '-', "0.1", "beyond" },
		{ "1", '-', "0." NINES38, TINY },
		{ "0.3", '-', "0.1", "0.2" },
		{ "1.5", '*', "-1.50", "-2.250" },
		{ NINES19, '*', NINES19, "99999999999999999980000000000000000001" },
		{ NINES19, '*', NINES19 "0", "beyond" },
		{ NINES38, '*', "1", NINES38 },
		{ NINES38, '*', NINES38, "beyond" },
		{ "0", '*', "-5", "0" },
		{ "7", '/', "2", "3" },
		{ "-7", '/', "2", "-4" },
		{ "7.5", '/', "-0.5", "-15" },
		{ "7.5", '/', "-0.4", "-19" },
		{ NINES38, '/', "0.1", "beyond" },
		{ "1", '/', TINY, "beyond" },
		{ "0." NINES38, '/', TINY, NINES38 },
		{ TINY, '/', NINES38, "0" },
		{ "-" TINY, '/', NINES38, "-1" },
		{ "7.5", '%', "2", "1.5" },
		{ "-7.5", '%', "2", "0.5" },
		{ "7.5", '%', "-2", "-0.5" },
		{ "7.5", '%', "0.25", "0.00" },
		/* The quotient has 76 digits, the rest need not care. */
		{ NINES38, '%', "0.00000000000000000000000000000000000007",
		  "0.00000000000000000000000000000000000002" },
		{ TINY, '%', NINES38, TINY },
		{ "-" TINY, '%', NINES38, "beyond" },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		struct decimal a = number(cases[i].a), b = number(cases[i].b), d = { 0 };
		bool good = cases[i].how == '+'   ? decimal_add(a, b, &d)
			    : cases[i].how == '-' ? decimal_sub(a, b, &d)
			    : cases[i].how == '*' ? decimal_mul(a, b, &d)
			    : cases[i].how == '/' ? decimal_div(a, b, &d)
						  : decimal_mod(a, b, &d);

		if (strcmp(text_of(good, d), cases[i].want) != 0)
			fail_msg("%s %c %s is %s, not %s", cases[i].a, cases[i].how, cases[i].b,
				 text_of(good, d), cases[i].want);
	}
}

static void
half_goes_to_the_even_one(void **state)
{
	static const struct {
		const char *text, *floor, *ceil, *even;
	} cases[] = {
		{ "0.5", "0", "1", "0" },
		{ "1.5", "1", "2", "2" },
		{ "2.5", "2", "3", "2" },
		{ "2.51", "2", "3", "3" },
		{ "2.4999", "2", "3", "2" },
		{ "-0.5", "-1", "0", "0" },
		{ "-1.5", "-2", "-1", "-2" },
		{ "-2.5", "-3", "-2", "-2" },
		{ "7", "7", "7", "7" },
		{ "7.00", "7", "7", "7" },
		{ NINES38, NINES38, NINES38, NINES38 },
		{ "0." NINES38, "0", "1", "1" },
		{ "-" TINY, "-1", "0", "0" },
		{ "9999999999999999999999999999999999999.5",
		  "9999999999999999999999999999999999999", "10000000000000000000000000000000000000",
		  "10000000000000000000000000000000000000" },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		struct decimal d = number(cases[i].text);

		assert_string_equal(text_of(true, decimal_whole(d, DECIMAL_FLOOR)), cases[i].floor);
		assert_string_equal(text_of(true, decimal_whole(d, DECIMAL_CEIL)), cases[i].ceil);
		assert_string_equal(text_of(true, decimal_whole(d, DECIMAL_HALF_EVEN)),
				    cases[i].even);
	}
}

static void
order_is_that_of_the_numbers(void **state)
{
	static const struct {
		const char *a, *b;
		int want;
	} cases[] = {
		{ "1.50", "1.5", 0 },
		{ "-0.0", "0", 0 },
		{ "0.1", "0.10000000000000000000000000000000000001", -1 },
		{ NINES38, "0." NINES38, 1 },
		{ "-" NINES38, TINY, -1 },
		{ "-2", "-2.1", 1 },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		assert_int_equal(decimal_compare(number(cases[i].a), number(cases[i].b)),
				 cases[i].want);
		assert_int_equal(decimal_compare(number(cases[i].b), number(cases[i].a)),
				 -cases[i].want);
	}
}

/* The double nearest to 0.1 is 0.1000000000000000055511151231257827... */
static void
a_double_is_compared_as_the_number_that_it_is(void **state)
{
	static const struct {
		const char *a;
		double b;
		int want;
	} cases[] = {
		{ "0.1", 0.1, -1 },
		{ "0.10000000000000000555111512312578270211", 0.1, -1 },
		{ "0.10000000000000000555111512312578270212", 0.1, 1 },
		{ "0.3", 0.3, 1 },
		{ "0.5", 0.5, 0 },
		{ "0", -0.0, 0 },
		{ "-0.25", -0.25, 0 },
		{ "9007199254740993", 9007199254740992.0, 1 },
		{ "9223372036854775808", 9223372036854775808.0, 0 },
		/* The double nearest to 10^38 is below it. */
		{ NINES38, 1e38, 1 },
		{ NINES38, INFINITY, -1 },
		{ "-" NINES38, -INFINITY, 1 },
		{ NINES38, (double)NAN, -1 },
		{ TINY, 5e-324, 1 },
		{ TINY, 1e-38, 1 },
		{ TINY, 0x1.b38fb9daa78e5p-127, -1 },
		{ "-" TINY, -1e-38, -1 },
		/* 2^-38, which has 38 digits behind the point. */
		{ "0.00000000000363797880709171295166015625", 0x1p-38, 0 },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++)
		if (decimal_compare_real(number(cases[i].a), cases[i].b) != cases[i].want)
			fail_msg("%s and %.17g", cases[i].a, cases[i].b);
}

static void
the_nearest_double_is_the_one_that_its_text_reads_as(void **state)
{
	static const char *const texts[] = { "0.1",
					     "0.30",
					     "123456789.987654321",
					     "9007199254740993",
					     "0.10000000000000000555111512312578270212",
					     NINES38,
					     TINY,
					     "-" TINY,
					     "0." NINES38 };

	(void)state;
	for (size_t i = 0; i < countof(texts); i++)
		assert_true(decimal_real(number(texts[i])) == strtod(texts[i], NULL));
}

/* Any length, any point; often one of the edges. */
static struct decimal
any(uint64_t *random)
{
	unsigned n = 1 + (unsigned)(random_next(random) % DECIMAL_DIGITS_MAX);
	struct decimal d = { 0, (uint8_t)(random_next(random) % (n + 1)) };
	bool nines = random_next(random) % 8 == 0;

	for (unsigned i = 0; i < n; i++)
		d.units = d.units * 10 + (int)(nines ? 9U : random_next(random) % 10);
	d.units = random_next(random) % 2 ? -d.units : d.units;
	return d;
}

static void
what_is_computed_fits_together(void **state)
{
	uint64_t random = 11;
	int divided = 0;

	(void)state;
	for (int i = 0; i < 200000; i++) {
		struct decimal a = any(&random), b = any(&random), c, q, r;
		double real = decimal_real(a);

		assert_int_equal(decimal_compare(a, b), -decimal_compare(b, a));
		/* Between its neighbours the nearest double leaves no room for another order. */
		assert_int_equal(decimal_compare_real(a, nextafter(real, INFINITY)), -1);
		assert_int_equal(decimal_compare_real(a, nextafter(real, -INFINITY)), 1);
		if (decimal_add(a, b, &c) && decimal_sub(c, b, &c))
			assert_int_equal(decimal_compare(a, c), 0);
		if (!b.units || !decimal_mod(a, b, &r))
			continue;
		assert_true(r.units == 0 || (r.units < 0) == (b.units < 0));
		assert_int_equal(
		    decimal_compare((struct decimal){ r.units < 0 ? -r.units : r.units, r.scale },
				    (struct decimal){ b.units < 0 ? -b.units : b.units, b.scale }),
		    -1);
		if (!decimal_div(a, b, &q) || !decimal_mul(q, b, &c) || !decimal_add(c, r, &c))
			continue;
		assert_int_equal(decimal_compare(a, c), 0);
		divided++;
	}
	assert_true(divided > 50000);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_keep_their_digits),
		cmocka_unit_test(arithmetic_is_exact_or_refused),
		cmocka_unit_test(half_goes_to_the_even_one),
		cmocka_unit_test(order_is_that_of_the_numbers),
		cmocka_unit_test(a_double_is_compared_as_the_number_that_it_is),
		cmocka_unit_test(the_nearest_double_is_the_one_that_its_text_reads_as),
		cmocka_unit_test(what_is_computed_fits_together),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
