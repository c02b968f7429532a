/* test_hold.c - copies of batches stay as they are when the batch does not. */
#include "worker/rows/hold.h"

#include "core/base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct column columns[] = {
	{ "i", COL_INT64 }, { "s", COL_STRING }, { "f", COL_FLOAT64 }, { "no", COL_INT64 }
};
static const struct schema schema = { columns, countof(columns) };
static const bool wanted[] = { true, true, true, false };

/* Rows of which every third is null, with texts in `memory`, and a reject. */
static void
fill(struct batch *b, char *memory, char letter, size_t rows)
{
	struct reject *r;

	batch_reset(b);
	for (size_t i = 0; i < rows; i++) {
		assert_true(batch_push(b, (int64_t)i + 7));
		memory[i] = (char)(letter + (char)(i % 3));
		for (size_t c = 0; c < 3; c++)
			b->cols[c].valid[i] = i % 3 != 2;
		b->cols[0].ints[i] = letter * 1000 + (int64_t)i;
		b->cols[1].texts[i] = (struct span){ memory + i, i % 3 == 2 ? 1 << 30 : 1 };
		b->cols[2].reals[i] = letter + 0.5;
	}
	b->unknown_keys = letter;
	r = batch_reject(b, 99, "malformed");
	r->detail[0] = letter;
	r->detail[1] = '\0';
	r->raw = (struct span){ memory, 1 };
}

static void
expect(const struct batch *b, char letter, size_t rows)
{
	assert_int_equal(b->rows, rows);
	assert_int_equal(b->unknown_keys, letter);
	assert_int_equal(b->n_rejects, 1);
	assert_string_equal(b->rejects[0].reason, "malformed");
	assert_int_equal(b->rejects[0].detail[0], letter);
	assert_int_equal(b->rejects[0].raw.data[0], letter);
	assert_false(b->cols[3].wanted);
	for (size_t i = 0; i < rows; i++) {
		assert_int_equal(b->row_no[i], i + 7);
		assert_int_equal(b->cols[1].valid[i], i % 3 != 2);
		if (i % 3 == 2)
			continue;
		assert_int_equal(col_int(&b->cols[0], i), letter * 1000 + (int64_t)i);
		assert_int_equal(col_text(&b->cols[1], i).bytes, 1);
		assert_int_equal(col_text(&b->cols[1], i).data[0], letter + (char)(i % 3));
		assert_true(col_real(&b->cols[2], i) == letter + 0.5);
	}
}

static void
a_copy_stays_when_the_batch_changes(void **state)
{
	struct batch_hold a = { 0 }, z = { 0 };
	char memory[3000];
	struct batch b;

	(void)state;
	batch_init(&b, &schema, wanted);
	fill(&b, memory, 'a', 3000);
	assert_true(batch_hold_copy(&a, &b));
	fill(&b, memory, 'p', 10);
	assert_true(batch_hold_copy(&z, &b));
	expect(&z.batch, 'p', 10);
	memset(memory, 0, sizeof(memory));
	expect(&a.batch, 'a', 3000);
	fill(&b, memory, 'k', 2000);
	assert_true(batch_hold_copy(&z, &b));
	batch_release(&b);
	expect(&z.batch, 'k', 2000);
	batch_hold_release(&a);
	batch_hold_release(&z);
}

/* Two batches of one unit, then one of another unit, whose dictionaries lie in the same memory. */
static void
dictionaries_are_those_of_the_batches_unit(void **state)
{
	char text[] = "xy";
	struct span entries[] = { { text, 1 }, { text + 1, 1 } };
	struct col_dict texts = { .count = 2, .texts = entries };
	struct batch_hold h = { 0 };
	struct batch b;

	(void)state;
	batch_init(&b, &schema, NULL);
	for (uint64_t round = 0; round < 4; round++) {
		batch_reset(&b);
		b.unit = 1 + round / 2;
		text[0] = (char)('a' + round / 2);
		b.cols[1].dict = &texts;
		(void)batch_codes(&b, 1);
		for (uint32_t i = 0; i < 4; i++) {
			assert_true(batch_push(&b, i));
			b.cols[1].valid[i] = true;
			b.cols[1].codes[i] = (i + (uint32_t)round) % 2;
		}
		assert_true(batch_hold_copy(&h, &b));
		text[0] = '!';
		assert_int_equal(h.batch.unit, b.unit);
		for (uint32_t i = 0; i < 4; i++)
			assert_int_equal(col_text(&h.batch.cols[1], i).data[0],
					 (i + round) % 2 ? 'y' : (char)('a' + round / 2));
	}
	batch_release(&b);
	batch_hold_release(&h);
}

static void
what_is_too_large_is_not_copied(void **state)
{
	char *memory = mem_new(BATCH_HOLD_BYTES_MAX, 1);
	struct batch_hold h = { 0 };
	struct batch b;

	(void)state;
	batch_init(&b, &schema, NULL);
	assert_true(batch_push(&b, 1));
	b.cols[1].valid[0] = true;
	b.cols[1].texts[0] = (struct span){ memory, BATCH_HOLD_BYTES_MAX };
	assert_false(batch_hold_copy(&h, &b));
	b.cols[1].texts[0].bytes = BATCH_HOLD_BYTES_MAX / 2;
	assert_true(batch_hold_copy(&h, &b));
	assert_int_equal(h.batch.cols[1].texts[0].bytes, BATCH_HOLD_BYTES_MAX / 2);
	batch_release(&b);
	batch_hold_release(&h);
	free(memory);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_copy_stays_when_the_batch_changes),
		cmocka_unit_test(dictionaries_are_those_of_the_batches_unit),
		cmocka_unit_test(what_is_too_large_is_not_copied),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
