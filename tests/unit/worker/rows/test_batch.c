/* test_batch.c - columns, dictionaries and single values. */
#include "core/base/buf.h"
#include "core/time/civil.h"
#include "core/base/hash.h"
#include "core/base/mem.h"
#include "worker/rows/batch.h"
#include "worker/rows/canon.h"
#include "worker/rows/value.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct column columns[] = { { "i", COL_INT64 },
					 { "s", COL_STRING },
					 { "f", COL_FLOAT64 } };
static const struct schema schema = { columns, countof(columns) };

static void
a_full_batch_takes_no_more_rows(void **state)
{
	static const bool wanted[] = { true, true, false };
	struct batch b;

	(void)state;
	batch_init(&b, &schema, wanted);
	for (int64_t i = 0; i < BATCH_ROWS_MAX; i++) {
		assert_true(batch_push(&b, i + 1));
		assert_false(b.cols[0].valid[i]);
		b.cols[0].valid[i] = true;
		b.cols[0].ints[i] = i;
	}
	assert_false(batch_push(&b, 0));
	assert_int_equal(b.rows, BATCH_ROWS_MAX);
	assert_int_equal(b.cols[0].ints[12345], 12345);
	assert_int_equal(b.row_no[BATCH_ROWS_MAX - 1], BATCH_ROWS_MAX);
	assert_null(b.cols[2].reals);
	batch_pop(&b);
	assert_true(batch_push(&b, 7));
	assert_false(b.cols[0].valid[BATCH_ROWS_MAX - 1]);
	assert_string_equal(batch_reject(&b, 3, "why")->reason, "why");
	batch_reset(&b);
	assert_int_equal(b.rows + b.n_rejects, 0);
	batch_release(&b);
}

static void
a_dictionary_gives_a_key_the_same_code_again(void **state)
{
	enum { KEYS = 20000 };
	struct dict d;
	uint32_t *order, code;

	(void)state;
	dict_init(&d);
	for (uint32_t round = 0; round < 2; round++)
		for (uint32_t i = 0; i < KEYS; i++) {
			char key[16];
			int n = snprintf(key, sizeof(key), "k%u", (i * 7919) % KEYS);

			assert_int_equal(dict_code(&d, key, (size_t)n), i);
		}
	assert_int_equal(d.count, KEYS);
	assert_int_equal(dict_code(&d, "", 0), KEYS);
	assert_int_equal(dict_code(&d, "a\0b", 3), KEYS + 1);
	assert_int_equal(dict_code(&d, "a\0c", 3), KEYS + 2);
	assert_true(dict_find(&d, "a\0b", 3, &code));
	assert_int_equal(code, KEYS + 1);
	assert_false(dict_find(&d, "a\0d", 3, &code));
	order = mem_new(d.count, sizeof(*order));
	dict_sort(&d, order);
	for (size_t i = 1; i < d.count; i++)
		assert_true(span_compare(dict_span(&d, order[i - 1]), dict_span(&d, order[i])) < 0);
	free(order);
	dict_release(&d);
}

/* The codes of a text column and of one of integers are the same whether a batch has a dictionary.
 */
static void
codes_are_the_same_with_and_without_a_dictionary(void **state)
{
	static const struct span stored[] = { { "a", 1 }, { "b", 1 }, { "", 0 } };
	static const int64_t stored_ints[] = { 7, -7, 0 };
	static const struct col_dict texts = { .count = 3, .texts = stored };
	static const struct col_dict ints = { .count = 3, .ints = stored_ints };
	static const uint32_t given[] = { 1, 0, 0, 1, 2 }, want[] = { 0, 1, UINT32_MAX, 0, 2 };
	struct code_map text_map = { 0 }, int_map = { 0 };
	struct dict text_codes, int_codes;
	uint32_t codes[countof(given)];
	struct batch b;

	(void)state;
	for (int with_dict = 0; with_dict < 2; with_dict++) {
		dict_init(&text_codes);
		dict_init(&int_codes);
		batch_init(&b, &schema, NULL);
		batch_set_rows(&b, countof(given));
		b.unit = (uint64_t)with_dict;
		memcpy(batch_codes(&b, 0), given, sizeof(given));
		memcpy(batch_codes(&b, 1), given, sizeof(given));
		b.cols[0].dict = with_dict ? &ints : NULL;
		b.cols[1].dict = with_dict ? &texts : NULL;
		for (size_t i = 0; i < countof(given); i++) {
			b.cols[0].valid[i] = b.cols[1].valid[i] = i != 2;
			b.cols[0].ints[i] = stored_ints[given[i]];
			b.cols[1].texts[i] = stored[given[i]];
		}
		col_codes(&b, 1, &text_map, &text_codes, codes);
		assert_memory_equal(codes, want, sizeof(want));
		col_codes(&b, 0, &int_map, &int_codes, codes);
		assert_memory_equal(codes, want, sizeof(want));
		for (size_t i = 0; i < countof(given); i++) {
			if (i == 2)
				continue;
			assert_int_equal(col_code(&b, 1, &text_map, &text_codes, i), want[i]);
			assert_int_equal(col_code(&b, 0, &int_map, &int_codes, i), want[i]);
		}
		batch_release(&b);
		dict_release(&text_codes);
		dict_release(&int_codes);
	}
	code_map_release(&text_map);
	code_map_release(&int_map);
}

/* The shortest digits that read back the same. */
static void
reals_have_the_shortest_digits_that_read_back(void **state)
{
	static const struct {
		double value;
		const char *text;
	} cases[] = {
		{ 0.5929, "0.5929" },
		{ 0.1, "0.1" },
		{ 1.0 / 3, "0.3333333333333333" },
		{ 100, "100" },
		{ 1e300, "1e+300" },
		{ 5e-324, "4.94065645841247e-324" },
		{ 0.30000000000000004, "0.30000000000000004" },
		{ 9007199254740993.0, "9007199254740992" },
		{ -2.5, "-2.5" },
		{ HUGE_VAL, "Infinity" },
		{ -HUGE_VAL, "-Infinity" },
	};
	uint64_t random = 5;
	char text[VALUE_CHARS_MAX];
	double back;

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		char *end = value_put_real(cases[i].value, text);

		assert_int_equal(end - text, strlen(cases[i].text));
		assert_memory_equal(text, cases[i].text, strlen(cases[i].text));
	}
	for (int i = 0; i < 20000; i++) {
		uint64_t bits = random_next(&random);
		double value;

		memcpy(&value, &bits, sizeof(value));
		if (isnan(value))
			continue;
		assert_int_equal(
		    value_real(text, (size_t)(value_put_real(value, text) - text), &back), 0);
		assert_memory_equal(&back, &value, sizeof(value));
	}
	assert_int_equal(value_real("NaN", 3, &back), VALUE_OK);
	assert_true(isnan(back));
	assert_int_equal(value_real("0x10", 4, &back), VALUE_WRONG_TYPE);
	assert_int_equal(value_real("nan(1)", 6, &back), VALUE_WRONG_TYPE);
	assert_int_equal(value_real(" 1", 2, &back), VALUE_WRONG_TYPE);
	assert_int_equal(value_real("", 0, &back), VALUE_WRONG_TYPE);
}

static void
instants_that_are_written_read_back(void **state)
{
	uint64_t random = 9;
	struct day_memo memo = { 0 }, other = { 0 };
	bool valid = true;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		/* Years 1 to 9999, every other one without microseconds. */
		int64_t us = (int64_t)(random_next(&random) % UINT64_C(315537897600)) * SECOND_US -
			     INT64_C(62135596800) * SECOND_US;
		char text[VALUE_CHARS_MAX], want[TIMESTAMP_CHARS + 1];
		struct col c = { .type = COL_TIMESTAMP, .valid = &valid, .ints = &us };
		size_t bytes;
		int64_t back;

		us += i % 2 ? (int64_t)(random_next(&random) % 1000000) : 0;
		bytes = (size_t)(value_put(&c, 0, &memo, text) - text);
		timestamp_format(us, want);
		assert_int_equal(bytes, strlen(want));
		assert_memory_equal(text, want, bytes);
		assert_int_equal(value_timestamp(text, bytes, &other, &back), VALUE_OK);
		assert_int_equal(back, us);
	}
}

static void
bytes_that_are_no_utf8_are_replaced(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 100);
	value_clean((struct span){ "a\xC3\xA9\xFF\xE2\x82\xAC", 7 }, 100, &out);
	assert_string_equal(out.data, "a\xC3\xA9\xEF\xBF\xBD\xE2\x82\xAC");
	buf_reset(&out);
	value_clean((struct span){ "ab\xC3\xA9", 4 }, 3, &out);
	assert_string_equal(out.data, "ab\xEF\xBF\xBD");
	buf_release(&out);
}

/* The digest of rows: what is the same says the same, what differs does not. */
static void
digest_row(const char *text, double real, bool null, char out[DIGEST_CHARS + 1])
{
	struct canon c;
	struct batch b;

	batch_init(&b, &schema, NULL);
	(void)batch_push(&b, 1);
	b.cols[1].texts[0] = (struct span){ text, strlen(text) };
	b.cols[1].valid[0] = !null;
	b.cols[2].reals[0] = real;
	b.cols[2].valid[0] = true;
	canon_init(&c, &schema);
	canon_add(&c, &b, NULL, 1);
	canon_end(&c, out);
	canon_release(&c);
	batch_release(&b);
}

static void
the_digest_sees_values_and_not_their_spelling(void **state)
{
	char a[DIGEST_CHARS + 1], b[DIGEST_CHARS + 1];

	(void)state;
	digest_row("x", 0.0, false, a);
	digest_row("x", -0.0, false, b);
	assert_string_equal(a, b);
	digest_row("x", (double)NAN, false, a);
	digest_row("x", -(double)NAN, false, b);
	assert_string_equal(a, b);
	digest_row("", 1, false, a);
	digest_row("", 1, true, b);
	assert_string_not_equal(a, b);
	digest_row("y", 1, false, b);
	assert_string_not_equal(a, b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_full_batch_takes_no_more_rows),
		cmocka_unit_test(a_dictionary_gives_a_key_the_same_code_again),
		cmocka_unit_test(codes_are_the_same_with_and_without_a_dictionary),
		cmocka_unit_test(reals_have_the_shortest_digits_that_read_back),
		cmocka_unit_test(instants_that_are_written_read_back),
		cmocka_unit_test(bytes_that_are_no_utf8_are_replaced),
		cmocka_unit_test(the_digest_sees_values_and_not_their_spelling),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
