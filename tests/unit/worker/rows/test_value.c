/* test_value.c - single values between text and memory: edges, and the quick ways against the slow.
 */
#include "core/time/civil.h"
#include "core/base/hash.h"
#include "core/base/mem.h"
#include "worker/rows/value.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* In memory of exactly its size: a sanitizer sees a step too far. */
static char *
exact(const char *text, size_t bytes)
{
	char *copy = mem_new(bytes, 1);

	if (bytes)
		memcpy(copy, text, bytes);
	return copy;
}

static const struct {
	const char *text;
	enum value_status status;
	int64_t value;
} ints[] = {
	{ "0", VALUE_OK, 0 },
	{ "-0", VALUE_OK, 0 },
	{ "7", VALUE_OK, 7 },
	{ "-12", VALUE_OK, -12 },
	{ "123", VALUE_OK, 123 },
	{ "1234", VALUE_OK, 1234 },
	{ "12345678", VALUE_OK, 12345678 },
	{ "123456789", VALUE_OK, 123456789 },
	{ "-1234567890123456", VALUE_OK, -1234567890123456 },
	{ "12345678901234567", VALUE_OK, 12345678901234567 },
	{ "9007199254740993", VALUE_OK, 9007199254740993 },
	{ "999999999999999999", VALUE_OK, 999999999999999999 },
	{ "9223372036854775806", VALUE_OK, INT64_MAX - 1 },
	{ "9223372036854775807", VALUE_OK, INT64_MAX },
	{ "9223372036854775808", VALUE_OUT_OF_RANGE, 0 },
	{ "-9223372036854775808", VALUE_OK, INT64_MIN },
	{ "-9223372036854775809", VALUE_OUT_OF_RANGE, 0 },
	{ "10000000000000000000", VALUE_OUT_OF_RANGE, 0 },
	{ "18446744073709551615", VALUE_OUT_OF_RANGE, 0 },
	{ "18446744073709551616", VALUE_OUT_OF_RANGE, 0 },
	{ "99999999999999999999999999", VALUE_OUT_OF_RANGE, 0 },
	{ "9999999999999999999x", VALUE_WRONG_TYPE, 0 },
	{ "", VALUE_WRONG_TYPE, 0 },
	{ "-", VALUE_WRONG_TYPE, 0 },
	{ "+1", VALUE_WRONG_TYPE, 0 },
	{ "--1", VALUE_WRONG_TYPE, 0 },
	{ "01", VALUE_WRONG_TYPE, 0 },
	{ "-01", VALUE_WRONG_TYPE, 0 },
	{ "00", VALUE_WRONG_TYPE, 0 },
	{ "1.0", VALUE_WRONG_TYPE, 0 },
	{ "1e3", VALUE_WRONG_TYPE, 0 },
	{ " 1", VALUE_WRONG_TYPE, 0 },
	{ "1 ", VALUE_WRONG_TYPE, 0 },
	{ "0x10", VALUE_WRONG_TYPE, 0 },
	{ "1/2", VALUE_WRONG_TYPE, 0 },
	{ "1:2", VALUE_WRONG_TYPE, 0 },
	{ "1234:678", VALUE_WRONG_TYPE, 0 },
	{ "123456789012345/", VALUE_WRONG_TYPE, 0 },
	{ "1234567\xB0", VALUE_WRONG_TYPE, 0 },
};

static void
integers_are_read_or_refused_by_their_text(void **state)
{
	(void)state;
	for (size_t i = 0; i < countof(ints); i++) {
		size_t bytes = strlen(ints[i].text);
		char *text = exact(ints[i].text, bytes);
		int64_t value = 0;

		if (value_int(text, bytes, &value) != ints[i].status ||
		    (!ints[i].status && value != ints[i].value))
			fail_msg("'%s': %lld", ints[i].text, (long long)value);
		free(text);
	}
}

/* Every length, random values: what is written reads back, and one digit more is noticed. */
static void
random_integers_read_back_at_every_length(void **state)
{
	uint64_t random = 5;

	(void)state;
	for (int i = 0; i < 200000; i++) {
		int64_t want = (int64_t)random_next(&random) >> random_next(&random) % 64, got;
		char out[VALUE_CHARS_MAX], *text;
		size_t bytes = (size_t)(value_put_int(want, out) - out);

		text = exact(out, bytes);
		assert_int_equal(value_int(text, bytes, &got), VALUE_OK);
		assert_int_equal(got, want);
		text[random_next(&random) % bytes] ^= 0x40;
		assert_int_equal(value_int(text, bytes, &got), VALUE_WRONG_TYPE);
		free(text);
	}
}

/* A number may be as long as its record: digits that do not count any more are read to the end. */
static void
numbers_of_any_length_are_the_nearest_double(void **state)
{
	static const size_t lengths[] = { 399, 400, 401, 402, 5000, 100000 };
	double got;

	(void)state;
	for (size_t i = 0; i < countof(lengths); i++) {
		size_t n = lengths[i];
		char *text = mem_new(n + 1, 1);

		memset(text, '0', n);
		memcpy(text, "0.1", 3);
		assert_int_equal(value_real(text, n, &got), VALUE_OK);
		assert_true(got == 0.1);
		/* Halfway between 1 and the next double, but for the last digit. */
		memcpy(text, "1.00000000000000011102230246251565404236316680908203125", 55);
		assert_int_equal(value_real(text, n, &got), VALUE_OK);
		assert_true(got == 1.0);
		text[n - 1] = '1';
		assert_int_equal(value_real(text, n, &got), VALUE_OK);
		assert_true(got > 1.0);
		text[n - 1] = 'x';
		assert_int_equal(value_real(text, n, &got), VALUE_WRONG_TYPE);
		free(text);
	}
}

/* Texts of up to 20 characters from numbers' alphabet: as strtod() says, bit for bit. */
static void
random_reals_are_what_strtod_says(void **state)
{
	static const char alphabet[] = "0123456789012345678901234567890123456789..-e+E";
	uint64_t random = 9;
	size_t good = 0;

	(void)state;
	for (int i = 0; i < 300000; i++) {
		char text[24] = "", *copy;
		size_t bytes = random_next(&random) % 20 + 1;
		double got = 0, want;

		for (size_t at = 0; at < bytes; at++)
			text[at] = alphabet[random_next(&random) % (sizeof(alphabet) - 1)];
		copy = exact(text, bytes);
		if (value_real(copy, bytes, &got) == VALUE_OK) {
			want = strtod(text, NULL);
			if (memcmp(&want, &got, sizeof(got)) != 0)
				fail_msg("'%s': %.17g instead of %.17g", text, got, want);
			good++;
		}
		free(copy);
	}
	assert_true(good > 10000);
}

static const struct {
	const char *text;
	double value;
	enum value_status status;
} reals[] = {
	{ "0", 0, VALUE_OK },
	{ "0.1", 0.1, VALUE_OK },
	{ "123456.789", 123456.789, VALUE_OK },
	{ "9007199254740992", 9007199254740992.0, VALUE_OK },
	{ "9007199254740993", 9007199254740992.0, VALUE_OK },
	{ "1e308", 1e308, VALUE_OK },
	{ "1e309", 0, VALUE_OUT_OF_RANGE },
	{ "-1e400", 0, VALUE_OUT_OF_RANGE },
	{ "1e-400", 0, VALUE_OK },
	{ "4.9e-324", 4.9e-324, VALUE_OK },
	{ ".5", 0, VALUE_WRONG_TYPE },
	{ "5.", 0, VALUE_WRONG_TYPE },
	{ "01", 0, VALUE_WRONG_TYPE },
	{ "1e", 0, VALUE_WRONG_TYPE },
	{ "0x1p3", 0, VALUE_WRONG_TYPE },
	{ "", 0, VALUE_WRONG_TYPE },
	{ "-", 0, VALUE_WRONG_TYPE },
	{ "1,5", 0, VALUE_WRONG_TYPE },
	{ "nano", 0, VALUE_WRONG_TYPE },
};

static void
reals_are_read_or_refused_by_their_text(void **state)
{
	double value;

	(void)state;
	for (size_t i = 0; i < countof(reals); i++) {
		size_t bytes = strlen(reals[i].text);

		value = 0;
		if (value_real(reals[i].text, bytes, &value) != reals[i].status ||
		    (!reals[i].status && (value < reals[i].value || value > reals[i].value)))
			fail_msg("'%s': %.17g", reals[i].text, value);
	}
	assert_int_equal(value_real("-0", 2, &value), VALUE_OK);
	assert_true(signbit(value));
	assert_int_equal(value_real("-0.0", 4, &value), VALUE_OK);
	assert_true(signbit(value));
	assert_int_equal(value_real("NaN", 3, &value), VALUE_OK);
	assert_true(isnan(value));
	assert_int_equal(value_real("-Infinity", 9, &value), VALUE_OK);
	assert_true(isinf(value) && value < 0);
}

/* Timestamps with a character changed here and there: as timestamp_parse() says. */
static void
changed_timestamps_are_what_the_plain_parser_says(void **state)
{
	static const char *const seeds[] = {
		"2026-05-01T10:20:30Z",       "2026-05-01 10:20:30",
		"2026-05-01T23:59:59.5Z",     "2026-05-01 00:00:00.123456",
		"2024-02-29T12:00:00.12345Z", "2026-05-01",
		"0001-01-01T00:00:00Z",       "9999-12-31T23:59:59.999999Z",
		"2026-05-01T10:20:30+02:00",  "2026-05-01T10:20:30.1234567Z",
		"2026-05-01T10:20:30.",       "2026-05-01T10:20:30.Z",
		"2026-05-01t10:20:30z",       "2026-05-01T10:20:3Z",
		"2026-02-29T00:00:00Z",       "2026-05-01T24:00:00Z",
	};
	static const char alphabet[] = "0123456789:.-+TZ tz/;\xFF";
	struct day_memo memo = { 0 };
	uint64_t random = 3;
	size_t good = 0;

	(void)state;
	for (int i = 0; i < 300000; i++) {
		const char *seed = seeds[(size_t)i % countof(seeds)];
		size_t bytes = strlen(seed);
		char *text = exact(seed, bytes);
		int64_t got = 0, want = 0;
		bool is_good;

		for (uint64_t n = random_next(&random) % 3; n; n--)
			text[random_next(&random) % bytes] =
			    alphabet[random_next(&random) % (sizeof(alphabet) - 1)];
		if (random_next(&random) % 8 == 0)
			bytes -= random_next(&random) % bytes;
		is_good = value_timestamp(text, bytes, &memo, &got) == VALUE_OK;
		if (is_good != timestamp_parse(text, bytes, &want) || got != want)
			fail_msg("'%.*s': %lld instead of %lld", (int)bytes, text, (long long)got,
				 (long long)want);
		good += is_good;
		free(text);
	}
	assert_true(good > 50000);
}

/* Years that four digits cannot say: what is written is read back, and never another year. */
static void
years_beyond_four_digits_read_back(void **state)
{
	static const struct {
		enum col_type type;
		int64_t value;
		const char *text;
	} cases[] = {
		{ COL_DATE, -719162, "0001-01-01" },
		{ COL_DATE, -719163, "+000000-12-31" },
		{ COL_DATE, 2932896, "9999-12-31" },
		{ COL_DATE, 2932897, "+010000-01-01" },
		{ COL_DATE, INT32_MAX, "+5881580-07-11" },
		{ COL_DATE, INT32_MIN, "-5877641-06-23" },
		{ COL_TIMESTAMP, INT64_MAX, "+294247-01-10T04:00:54.775807Z" },
		{ COL_TIMESTAMP, INT64_MIN, "-290308-12-21T19:59:05.224192Z" },
	};
	static const char *const wrong[] = { "+10000-01-01",    "+010000-13-01",
					     "+010001-02-29",   "-010000-01-0",
					     "+010000-01-01x",  "+",
					     "+00010000-01-01", "+294247-01-10T04:00:54.775808Z" };
	struct column column = { "c", COL_DATE };
	struct schema schema = { &column, 1 };
	struct day_memo memo = { 0 };
	char text[VALUE_CHARS_MAX + 1];
	struct batch b;

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		column.type = cases[i].type;
		batch_init(&b, &schema, NULL);
		(void)batch_push(&b, 1);
		b.cols[0].ints[0] = cases[i].value;
		*value_put(&b.cols[0], 0, &memo, text) = '\0';
		assert_string_equal(text, cases[i].text);
		b.cols[0].ints[0] = 0;
		assert_int_equal(
		    value_parse(&b.cols[0], 0, (struct span){ text, strlen(text) }, &memo),
		    VALUE_OK);
		assert_int_equal(b.cols[0].ints[0], cases[i].value);
		batch_release(&b);
	}
	column.type = COL_TIMESTAMP;
	batch_init(&b, &schema, NULL);
	(void)batch_push(&b, 1);
	for (size_t i = 0; i < countof(wrong); i++) {
		char *copy = exact(wrong[i], strlen(wrong[i]));

		if (value_parse(&b.cols[0], 0, (struct span){ copy, strlen(wrong[i]) }, &memo) ==
		    VALUE_OK)
			fail_msg("%s was taken", wrong[i]);
		free(copy);
	}
	batch_release(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(integers_are_read_or_refused_by_their_text),
		cmocka_unit_test(random_integers_read_back_at_every_length),
		cmocka_unit_test(numbers_of_any_length_are_the_nearest_double),
		cmocka_unit_test(random_reals_are_what_strtod_says),
		cmocka_unit_test(reals_are_read_or_refused_by_their_text),
		cmocka_unit_test(changed_timestamps_are_what_the_plain_parser_says),
		cmocka_unit_test(years_beyond_four_digits_read_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
