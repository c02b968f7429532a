/* test_canon.c - the content digest beside one that takes a value at a time. */
#include "worker/rows/canon.h"

#include "core/base/mem.h"

#include <endian.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { ROWS = 3000 };

static const struct column columns[] = { { "i", COL_INT64 },
					 { "f", COL_FLOAT64 },
					 { "s", COL_STRING } };
static const struct schema schema = { columns, countof(columns) };

/* Lengths about those where texts are copied in another way, or not at all. */
static size_t
text_bytes(size_t row)
{
	static const size_t around[] = { 4096, 16384, 65536, 200000 };

	return row % 500 ? row % 40 : around[row / 500 % countof(around)] - 2 + row / 500;
}

static void
fill(struct batch *b, struct arena *arena)
{
	uint64_t random = 3;

	batch_init(b, &schema, NULL);
	batch_set_rows(b, ROWS);
	for (size_t row = 0; row < ROWS; row++) {
		size_t bytes = text_bytes(row);
		char *text = arena_get(arena, bytes + 1);

		memset(text, 'a' + (int)(row % 26), bytes);
		if (bytes)
			text[bytes / 2] = '.';
		for (size_t i = 0; i < schema.count; i++)
			b->cols[i].valid[row] = (row + i) % 7 != 0;
		b->cols[0].ints[row] = (int64_t)random_next(&random);
		b->cols[1].reals[row] = row % 3 ? (double)row / 8 : row % 2 ? -0.0 : (double)NAN;
		b->cols[2].texts[row] = (struct span){ text, bytes };
	}
}

static void
add_word(struct checksum *c, uint64_t word)
{
	word = htole64(word);
	checksum_add(c, &word, sizeof(word));
}

static void
add_value(struct checksum *c, const struct col *col, size_t row)
{
	uint64_t bits;
	double real;

	if (col->type == COL_STRING) {
		add_word(c, col->texts[row].bytes);
		checksum_add(c, col->texts[row].data, col->texts[row].bytes);
		return;
	}
	if (col->type == COL_INT64) {
		add_word(c, (uint64_t)col->ints[row]);
		return;
	}
	real = col->reals[row] == 0 ? 0.0 : col->reals[row];
	memcpy(&bits, &real, sizeof(bits));
	add_word(c, isnan(real) ? UINT64_C(0x7ff8000000000000) : bits);
}

/* What canon_column() says, as the comment of canon.h has it. */
static void
expect_column(const struct batch *b, size_t column, const uint32_t *rows, size_t n, const char *got)
{
	struct canon_column *sums = mem_new_aligned(1, sizeof(*sums), 64);
	char want[DIGEST_CHARS + 1];

	checksum_init(&sums->values);
	checksum_init(&sums->nulls);
	for (size_t i = 0; i < n; i++) {
		size_t row = rows ? rows[i] : i;

		if (b->cols[column].valid[row])
			add_value(&sums->values, &b->cols[column], row);
		else
			add_word(&sums->nulls, i);
	}
	checksum_end(&sums->values, want);
	checksum_end(&sums->nulls, want + CHECKSUM_CHARS);
	assert_string_equal(got, want);
	free(sums);
}

static void
expect(const struct batch *b, const uint32_t *rows, size_t n, size_t step)
{
	struct canon c;

	canon_init(&c, &schema);
	for (size_t at = 0; rows && at < n; at += step)
		canon_add(&c, b, rows + at, n - at < step ? n - at : step);
	if (!rows)
		canon_add(&c, b, NULL, n);
	for (size_t i = 0; i < schema.count; i++) {
		char got[DIGEST_CHARS + 1];

		canon_column(&c, i, got);
		expect_column(b, i, rows, n, got);
	}
	canon_release(&c);
}

static void
a_value_at_a_time_is_the_same_digest(void **state)
{
	struct arena *arena = arena_new();
	uint32_t rows[ROWS / 2];
	struct batch b;

	(void)state;
	fill(&b, arena);
	for (uint32_t i = 0; i < countof(rows); i++)
		rows[i] = 2 * i + i % 2;
	expect(&b, NULL, ROWS, ROWS);
	for (size_t step = 1; step <= countof(rows); step = step * 3 + 1)
		expect(&b, rows, countof(rows), step);
	for (size_t i = 0; i < schema.count; i++) {
		memset(b.cols[i].valid, true, ROWS);
		b.cols[i].no_nulls = true;
	}
	expect(&b, NULL, ROWS, ROWS);
	expect(&b, rows, countof(rows), countof(rows));
	batch_release(&b);
	arena_free(arena);
}

static void
codes_are_the_same_digest(void **state)
{
	struct arena *arena = arena_new();
	struct col_dict dicts[countof(columns)];
	char want[DIGEST_CHARS + 1], got[DIGEST_CHARS + 1];
	struct batch b, coded;
	struct canon c;

	(void)state;
	fill(&b, arena);
	fill(&coded, arena);
	for (size_t i = 0; i < schema.count; i++) {
		uint32_t *codes = batch_codes(&coded, i);

		dicts[i] = (struct col_dict){ .count = ROWS, .ints = b.cols[i].ints };
		coded.cols[i].dict = &dicts[i];
		/* Of a null row the code is undefined. */
		for (uint32_t row = 0; row < ROWS; row++)
			codes[row] = b.cols[i].valid[row] ? row : UINT32_MAX;
	}
	canon_init(&c, &schema);
	canon_add(&c, &b, NULL, ROWS);
	canon_end(&c, want);
	canon_release(&c);
	canon_init(&c, &schema);
	canon_add(&c, &coded, NULL, ROWS);
	canon_end(&c, got);
	canon_release(&c);
	assert_string_equal(got, want);
	batch_release(&coded);
	batch_release(&b);
	arena_free(arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_value_at_a_time_is_the_same_digest),
		cmocka_unit_test(codes_are_the_same_digest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
