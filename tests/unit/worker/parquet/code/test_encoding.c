/* test_encoding.c - the encodings of Parquet: goldens, round trips, bytes that lie. */
#include "core/base/mem.h"
#include "tests/fixture/parquet_pages.h"
#include "tests/fixture/encode.h"
#include "worker/parquet/code/bits.h"
#include "worker/parquet/code/delta.h"
#include "worker/parquet/code/delta_text.h"
#include "worker/parquet/code/plain.h"
#include "worker/parquet/code/rle.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

enum { BYTES_MAX = 1 << 24 };

static uint64_t
next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state * UINT64_C(0x2545f4914f6cdd1d);
}

static void
check(const char *name, bool ok)
{
	if (!ok)
		fail_msg("case '%s'", name);
}

/* Wanted values of a hybrid of one width. */
static void
expect_rle(const char *name, const struct buf *b, int width, const uint32_t *values, size_t n)
{
	uint8_t *page = page_copy(b->data, b->bytes);
	uint32_t *out = mem_new(n + 1, sizeof(*out));
	uint64_t seed = n + 1;
	struct pq_rle r;

	check(name, pq_rle_init(&r, page, b->bytes, width));
	for (size_t at = 0; at < n;) {
		size_t some = next_random(&seed) % 50;

		if (some > n - at)
			some = n - at;
		if (at % 3 == 0)
			check(name, pq_rle_skip(&r, some));
		else
			check(name, pq_rle_read(&r, out + at, some));
		if (at % 3 && some)
			check(name, memcmp(out + at, values + at, some * sizeof(*out)) == 0);
		at += some;
	}
	check(name, pq_rle_init(&r, page, b->bytes, width) && pq_rle_read(&r, out, n));
	check(name, n == 0 || memcmp(out, values, n * sizeof(*out)) == 0);
	/* Behind the padding of the last group, at most 7 values, there is nothing. */
	check(name, n == 0 || !pq_rle_skip(&r, 8));
	free(out);
	free(page);
}

/* Random values with repetitions of random lengths in between, for every width. */
static void
runs_of_every_width_are_read_as_written(void **state)
{
	static const size_t sizes[] = { 0, 1, 7, 8, 9, 31, 32, 33, 504, 1023, 1024, 1025, 5000 };
	uint32_t *values = mem_new(5000, sizeof(*values));
	struct buf b, again;
	char name[64];
	uint64_t seed = 7;

	(void)state;
	buf_init(&b, BYTES_MAX);
	buf_init(&again, BYTES_MAX);
	for (int width = 0; width <= 32; width++)
		for (size_t k = 0; k < countof(sizes); k++) {
			uint32_t mask = width ? UINT32_MAX >> (32 - width) : 0;
			size_t run = 0;

			for (size_t i = 0; i < sizes[k]; i++) {
				if (run)
					values[i] = values[i - 1];
				else
					values[i] = (uint32_t)next_random(&seed) & mask;
				run = run                      ? run - 1
				      : next_random(&seed) % 8 ? 0
							       : next_random(&seed) % 90;
			}
			buf_reset(&b);
			buf_reset(&again);
			pq_rle_write(values, sizes[k], width, &b);
			pq_rle_write(values, sizes[k], width, &again);
			(void)snprintf(name, sizeof(name), "width %d, %zu values", width, sizes[k]);
			check(name, b.bytes == again.bytes && !memcmp(b.data, again.data, b.bytes));
			expect_rle(name, &b, width, values, sizes[k]);
		}
	buf_release(&again);
	buf_release(&b);
	free(values);
}

/* Bytes by hand; `n` values are wanted. */
static const struct rle_case {
	const char *name;
	const char *bytes;
	size_t n_bytes;
	int width;
	size_t n;
	bool ok;
	uint32_t values[12];
} rle_cases[] = {
	{ "0 to 7 in 3 bits", "\x03\x88\xc6\xfa", 4, 3, 8, true, { 0, 1, 2, 3, 4, 5, 6, 7 } },
	{ "a run of 4", "\x08\x05", 2, 3, 4, true, { 5, 5, 5, 5 } },
	{ "run, then packed", "\x04\x01\x03\x88\xc6\xfa", 6, 3, 5, true, { 1, 1, 0, 1, 2 } },
	{ "one more than there is", "\x08\x05", 2, 3, 5, false, { 0 } },
	{ "two value bytes", "\x04\x34\x12", 3, 13, 2, true, { 0x1234, 0x1234 } },
	{ "four value bytes", "\x02\xff\xff\xff\xff", 5, 32, 1, true, { 0xffffffff } },
	{ "value bytes cut off", "\x04\x34", 2, 13, 1, false, { 0 } },
	{ "value wider than the width", "\x04\x08", 2, 3, 1, false, { 0 } },
	{ "width 0: a run has no value", "\x08\x06", 2, 0, 7, true, { 0 } },
	{ "width 0: the bytes end", "\x08", 1, 0, 5, false, { 0 } },
	{ "width 0: packed groups of nothing", "\x03", 1, 0, 8, true, { 0 } },
	{ "width 0: no bytes at all", "", 0, 0, 12, true, { 0 } },
	{ "no bytes at all", "", 0, 1, 1, false, { 0 } },
	{ "nothing of nothing", "", 0, 1, 0, true, { 0 } },
	{ "padding left out", "\x03\x88\xc6", 3, 3, 5, true, { 0, 1, 2, 3, 4 } },
	{ "more left out than padding", "\x03\x88\xc6", 3, 3, 6, false, { 0 } },
	{ "groups that are not there", "\x81\x80\x80\x80\x08\x88\xc6\xfa", 8, 3, 9, false, { 0 } },
	{ "more groups than bytes",
	  "\xff\xff\xff\xff\x0f\x88\xc6\xfa",
	  8,
	  3,
	  8,
	  true,
	  { 0, 1, 2, 3, 4, 5, 6, 7 } },
	{ "a header over 32 bits", "\xfe\xff\xff\xff\x1f\x01", 6, 3, 1, false, { 0 } },
	{ "the longest run", "\xfe\xff\xff\xff\x0f\x01", 6, 3, 2, true, { 1, 1 } },
	{ "a header without end",
	  "\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01",
	  12,
	  3,
	  1,
	  false,
	  { 0 } },
	{ "a header cut off", "\x80", 1, 3, 1, false, { 0 } },
	{ "empty runs", "\x00\x05\x01\x00\x05\x04\x02", 7, 3, 2, true, { 2, 2 } },
};

static void
runs_made_by_hand_are_taken_or_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < countof(rle_cases); i++) {
		const struct rle_case *c = &rle_cases[i];
		uint8_t *page = page_copy(c->bytes, c->n_bytes);
		uint32_t out[12] = { 0 };
		struct pq_rle r;

		check(c->name, pq_rle_init(&r, page, c->n_bytes, c->width));
		check(c->name, pq_rle_read(&r, out, c->n) == c->ok);
		if (c->ok)
			check(c->name, memcmp(out, c->values, sizeof(out)) == 0);
		else
			check(c->name, !pq_rle_read(&r, out, 12));
		check(c->name, pq_rle_init(&r, page, c->n_bytes, c->width));
		check(c->name, pq_rle_skip(&r, c->n) == c->ok);
		free(page);
	}
}

static void
edges_of_the_run_format_are_handled(void **state)
{
	uint8_t page[2 + PQ_PAD] = { 0x08, 0x01 }; /* four times 1 */
	uint32_t out[4];
	struct pq_rle r;

	(void)state;
	assert_false(pq_rle_init(&r, page, 2, 33));
	assert_false(pq_rle_init(&r, page, 2, -1));
	assert_true(pq_rle_init(&r, page, 2, 1));
	assert_true(pq_rle_is_run(&r, 4, 1));
	assert_false(pq_rle_is_run(&r, 5, 1));
	assert_false(pq_rle_is_run(&r, 4, 0));
	assert_true(pq_rle_read(&r, out, 3));
	assert_true(pq_rle_is_run(&r, 1, 1));
	assert_true(pq_rle_read(&r, out, 1));
	assert_true(pq_rle_is_run(&r, 0, 1));
	assert_false(pq_rle_is_run(&r, 1, 1));
	page[0] = 0x03; /* a bit-packed group */
	assert_true(pq_rle_init(&r, page, 2, 1));
	assert_false(pq_rle_is_run(&r, 1, 1));
	assert_true(pq_rle_init(&r, NULL, 0, 0));
	assert_true(pq_rle_is_run(&r, SIZE_MAX, 0));
	assert_int_equal(pq_bit_width(0), 0);
	assert_int_equal(pq_bit_width(1), 1);
	assert_int_equal(pq_bit_width(255), 8);
	assert_int_equal(pq_bit_width(256), 9);
	assert_int_equal(pq_bit_width(UINT32_MAX), 32);
}

/* What the writer chooses: a run of its own from 8 values on, bit-packed groups otherwise. */
static void
a_run_of_its_own_begins_with_eight_values(void **state)
{
	uint32_t values[1000] = { 0 };
	struct buf b;

	(void)state;
	buf_init(&b, BYTES_MAX);
	pq_rle_write(values, 1000, 10, &b);
	assert_int_equal(b.bytes, 2 + 2);
	buf_reset(&b);
	pq_rle_write(values, 1000, 0, &b);
	assert_int_equal(b.bytes, 2);
	buf_reset(&b);
	pq_rle_write(values, 3, 10, &b);
	assert_memory_equal(b.data, "\x06\x00\x00", 3);
	buf_reset(&b);
	for (uint32_t i = 0; i < 8; i++)
		values[i] = i;
	pq_rle_write(values, 16, 3, &b); /* too short a run for 3 bits */
	assert_memory_equal(b.data, "\x05\x88\xc6\xfa\x00\x00\x00", 7);
	buf_reset(&b);
	pq_rle_write(values, 24, 3, &b);
	assert_memory_equal(b.data, "\x03\x88\xc6\xfa\x20\x00", 6);
	buf_reset(&b);
	pq_rle_write(values, 0, 3, &b);
	assert_int_equal(b.bytes, 0);
	buf_release(&b);
}

static void
legacy_bit_packed_levels_are_read(void **state)
{
	static const uint8_t page[3 + PQ_PAD] = { 0x05, 0x39, 0x77 };
	static const uint8_t wide[4 + PQ_PAD] = { 0x80, 0, 0, 1 };
	uint32_t out[9];

	(void)state;
	assert_true(pq_bit_packed_read(page, 3, 3, 8, out));
	for (uint32_t i = 0; i < 8; i++)
		assert_int_equal(out[i], i);
	assert_false(pq_bit_packed_read(page, 3, 3, 9, out));
	assert_false(pq_bit_packed_read(page, 3, 33, 1, out));
	assert_false(pq_bit_packed_read(page, 3, -1, 1, out));
	assert_true(pq_bit_packed_read(page, 0, 0, 9, out));
	assert_int_equal(out[8], 0);
	assert_true(pq_bit_packed_read(wide, 4, 32, 1, out));
	assert_int_equal(out[0], 0x80000001);
}

/* ---- DELTA_BINARY_PACKED ---- */

enum delta_shape {
	SHAPE_CONSTANT,
	SHAPE_STEP,
	SHAPE_SMALL,
	SHAPE_INT32,
	SHAPE_INT32_ENDS,
	SHAPE_INT64,
	SHAPE_INT64_ENDS,
	SHAPE_WIDTHS, /* each difference needs another number of bits */
	SHAPE_COUNT,
};

static int64_t
shape_value(enum delta_shape shape, size_t i, uint64_t *seed)
{
	uint64_t random = next_random(seed);

	switch (shape) {
	case SHAPE_STEP:
		return (int64_t)i * 1000 - 5;
	case SHAPE_SMALL:
		return (int64_t)(random % 100) - 50;
	case SHAPE_INT32:
		return (int32_t)random;
	case SHAPE_INT32_ENDS:
		return random & 64 ? INT32_MAX : INT32_MIN;
	case SHAPE_INT64:
		return (int64_t)random;
	case SHAPE_INT64_ENDS:
		return random & 64 ? INT64_MAX : INT64_MIN;
	case SHAPE_WIDTHS:
		return (int64_t)(random >> (i / 32 % 64));
	default:
		return INT64_MIN;
	}
}

static bool
shape_is_int32(enum delta_shape shape)
{
	return shape >= SHAPE_STEP && shape <= SHAPE_INT32_ENDS;
}

static void
expect_delta(const char *name, const struct buf *b, const int64_t *values, size_t n, bool is_int32)
{
	uint8_t *page = page_copy(b->data, b->bytes);
	int64_t *out = mem_new(n + 1, sizeof(*out));
	uint64_t seed = n + 3, count;
	struct pq_delta d;

	check(name, pq_delta_init(&d, page, b->bytes, n, &count) && count == n);
	for (size_t at = 0; at < n;) {
		size_t some = next_random(&seed) % 140;

		if (some > n - at)
			some = n - at;
		check(name, pq_delta_read(&d, out + at, some));
		at += some;
	}
	check(name, pq_delta_end(&d) == page + b->bytes - 5);
	check(name, !pq_delta_read(&d, out, 1));
	for (size_t i = 0; i < n; i++)
		check(name, is_int32 ? (int32_t)out[i] == values[i] : out[i] == values[i]);
	if (n)
		check(name, !pq_delta_init(&d, page, b->bytes, n - 1, &count));
	free(out);
	free(page);
}

static void
deltas_of_every_width_are_read_as_written(void **state)
{
	static const size_t sizes[] = { 0, 1, 2, 32, 33, 34, 128, 129, 130, 257, 5000 };
	int64_t *values = mem_new(5000, sizeof(*values));
	uint64_t seed = 11;
	struct buf b;
	char name[64];

	(void)state;
	buf_init(&b, BYTES_MAX);
	for (int shape = 0; shape < SHAPE_COUNT; shape++)
		for (size_t k = 0; k < countof(sizes); k++) {
			bool is_int32 = shape_is_int32((enum delta_shape)shape);

			for (size_t i = 0; i < sizes[k]; i++)
				values[i] = shape_value((enum delta_shape)shape, i, &seed);
			(void)snprintf(name, sizeof(name), "shape %d, %zu values", shape, sizes[k]);
			for (int as_int32 = 0; as_int32 <= is_int32; as_int32++) {
				buf_reset(&b);
				pq_delta_write(values, sizes[k], as_int32, &b);
				buf_text(&b, "other"); /* what follows is not looked at */
				expect_delta(name, &b, values, sizes[k], as_int32);
			}
		}
	buf_release(&b);
	free(values);
}

static void
deltas_are_written_to_the_bytes_of_the_specification(void **state)
{
	static const int64_t values[] = { 7, 5, 3, 1, 2, 3, 4, 5 };
	static const int64_t ends[] = { INT32_MIN, INT32_MAX, INT32_MIN, 0 };
	static const char golden[] = "\x80\x01\x04\x08\x0e\x03\x02\x00\x00\x00\xc0\x3f\0\0\0\0\0\0";
	struct buf b;

	(void)state;
	buf_init(&b, BYTES_MAX);
	pq_delta_write(values, countof(values), false, &b);
	assert_int_equal(b.bytes, sizeof(golden) - 1);
	assert_memory_equal(b.data, golden, sizeof(golden) - 1);
	/* The differences of INT32 are -1, 1 and INT32_MIN: none needs 33 bits. */
	buf_reset(&b);
	pq_delta_write(ends, countof(ends), true, &b);
	assert_int_equal((uint8_t)b.data[9 + 5], 32);
	buf_release(&b);
}

#define WIDTH_2_GROUP "\xc0\x3f\0\0\0\0\0\0"

static const struct delta_case {
	const char *name;
	const char *bytes;
	size_t n_bytes;
	bool head_ok, ok;
} delta_cases[] = {
	{ "as it should be", "\x80\x01\x04\x08\x0e\x03\x02\0\0\0" WIDTH_2_GROUP, 18, true, true },
	{ "garbage in unused widths", "\x80\x01\x04\x08\x0e\x03\x02\xff\x41\x80" WIDTH_2_GROUP, 18,
	  true, true },
	{ "padding of the last mini block left out", "\x80\x01\x04\x08\x0e\x03\x02\0\0\0\xc0\x3f",
	  12, true, true },
	{ "a value left out", "\x80\x01\x04\x08\x0e\x03\x02\0\0\0\xc0", 11, true, false },
	{ "a width of 65", "\x80\x01\x04\x08\x0e\x03\x41\0\0\0" WIDTH_2_GROUP, 18, true, false },
	{ "widths cut off", "\x80\x01\x04\x08\x0e\x03\x02\0\0", 9, true, false },
	{ "no block", "\x80\x01\x04\x08\x0e", 5, true, false },
	{ "a block of 127", "\x7f\x01\x08\x0e\x03\x02" WIDTH_2_GROUP, 14, false, false },
	{ "a block of 0", "\x00\x04\x08\x0e\x03\x02\0\0\0" WIDTH_2_GROUP, 17, false, false },
	{ "a block of 64", "\x40\x02\x08\x0e\x03\x02\0" WIDTH_2_GROUP, 15, false, false },
	{ "mini blocks of 16", "\x80\x01\x08\x08\x0e\x03\x02\0\0\0\0\0\0\0" WIDTH_2_GROUP, 22,
	  false, false },
	{ "no mini blocks", "\x80\x01\x00\x08\x0e\x03" WIDTH_2_GROUP, 14, false, false },
	{ "3 mini blocks", "\x80\x01\x03\x08\x0e\x03\x02\0\0" WIDTH_2_GROUP, 17, false, false },
	{ "a block of 2^32", "\x80\x80\x80\x80\x10\x01\x08\x0e\x03\x02" WIDTH_2_GROUP, 18, false,
	  false },
	{ "more values than may be", "\x80\x01\x04\x65\x0e\x03\x02\0\0\0" WIDTH_2_GROUP, 18, false,
	  false },
	{ "as many as may be, not there", "\x80\x01\x04\x64\x0e\x03\x02\0\0\0" WIDTH_2_GROUP, 18,
	  true, true },
	{ "a huge block", "\x80\xff\xff\xff\x0f\x01\x08\x0e\x03\x02" WIDTH_2_GROUP, 18, true,
	  true },
	{ "a count of 2^64", "\x80\x01\x04\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x0e", 15, false,
	  false },
	{ "a varint of 65 bits", "\x80\x01\x04\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", 14,
	  false, false },
	{ "a header cut off", "\x80\x01\x04\x08", 4, false, false },
	{ "nothing", "", 0, false, false },
};

static void
deltas_made_by_hand_are_taken_or_refused(void **state)
{
	static const int64_t values[] = { 7, 5, 3, 1, 2, 3, 4, 5 };
	int64_t out[8];

	(void)state;
	for (size_t i = 0; i < countof(delta_cases); i++) {
		const struct delta_case *c = &delta_cases[i];
		uint8_t *page = page_copy(c->bytes, c->n_bytes);
		struct pq_delta d;
		uint64_t count;

		check(c->name, pq_delta_init(&d, page, c->n_bytes, 100, &count) == c->head_ok);
		if (c->head_ok) {
			check(c->name, pq_delta_read(&d, out, 8) == c->ok);
			check(c->name, !c->ok || memcmp(out, values, sizeof(out)) == 0);
			check(c->name, pq_delta_end(&d) <= page + c->n_bytes);
		}
		free(page);
	}
}

/* A last mini block of 96 values is there to its end, however few of them count. */
static void
a_last_mini_block_is_there_to_its_end(void **state)
{
	static const char head[] = "\x80\x03\x04\x08\x0e\x03\x02\xff\xff\xff";
	uint8_t page[sizeof(head) - 1 + 24 + PQ_PAD] = { 0 };
	static const int64_t values[] = { 7, 5, 3, 1, 2, 3, 4, 5 };
	size_t bytes = sizeof(head) - 1 + 24;
	int64_t out[8];
	struct pq_delta d;
	uint64_t count;

	(void)state;
	memcpy(page, head, sizeof(head) - 1);
	memcpy(page + sizeof(head) - 1, WIDTH_2_GROUP, 8);
	assert_true(pq_delta_init(&d, page, bytes + 7, 8, &count));
	assert_true(pq_delta_read(&d, out, 8));
	assert_memory_equal(out, values, sizeof(out));
	assert_ptr_equal(pq_delta_end(&d), page + bytes);
	assert_true(pq_delta_init(&d, page, bytes - 20, 8, &count));
	assert_true(pq_delta_read(&d, out, 8));
	assert_ptr_equal(pq_delta_end(&d), page + bytes - 20);
}

/* A writer that let differences of INT32 run into 33 bits: modulo 2^32 they are right. */
static void
differences_that_ran_into_33_bits_are_right_modulo_32(void **state)
{
	static const int64_t values[] = { INT32_MIN, INT32_MAX, INT32_MIN, INT32_MAX, -1, 0 };
	int64_t out[countof(values)];
	struct pq_delta d;
	uint64_t count;
	uint8_t *page;
	struct buf b;

	(void)state;
	buf_init(&b, BYTES_MAX);
	pq_delta_write(values, countof(values), false, &b);
	page = page_copy(b.data, b.bytes);
	assert_int_equal(page[4 + 5 + 5], 33);
	assert_true(pq_delta_init(&d, page, b.bytes, countof(values), &count));
	assert_true(pq_delta_read(&d, out, countof(values)));
	for (size_t i = 0; i < countof(values); i++)
		assert_int_equal((int32_t)out[i], values[i]);
	free(page);
	buf_release(&b);
}

/* ---- strings ---- */

static const struct text_case {
	const char *name;
	size_t n;
	struct span texts[6];
} text_cases[] = {
	{ "none", 0, { { 0 } } },
	{ "one, empty", 1, { { "", 0 } } },
	{ "all empty", 3, { { NULL, 0 }, { "", 0 }, { "", 0 } } },
	{ "growing", 4, { { "a", 1 }, { "ab", 2 }, { "abc", 3 }, { "abcd", 4 } } },
	{ "shrinking", 4, { { "abcd", 4 }, { "abc", 3 }, { "", 0 }, { "abc", 3 } } },
	{ "the same", 3, { { "abc", 3 }, { "abc", 3 }, { "abc", 3 } } },
	{ "as in the specification",
	  4,
	  { { "axis", 4 }, { "axle", 4 }, { "babble", 6 }, { "babyhood", 8 } } },
	{ "zeros and high bytes", 3, { { "\0\xff", 2 }, { "\0\xff\0", 3 }, { "\0\0", 2 } } },
};

static void
expect_texts(const char *name, const struct span *got, const struct span *wanted, size_t n)
{
	for (size_t i = 0; i < n; i++)
		check(name, span_equal(got[i], wanted[i]));
}

/* Through all three encodings of strings, and one more or one fewer than there are. */
static void
check_texts(const char *name, const struct span *texts, size_t n)
{
	struct span *out = mem_new(n + 2, sizeof(*out));
	struct buf b, text;
	const uint8_t *at;
	uint8_t *page;

	buf_init(&b, BYTES_MAX);
	buf_init(&text, BYTES_MAX);
	for (size_t i = 0; i < n; i++) {
		uint32_t bytes = (uint32_t)texts[i].bytes;

		buf_add(&b, &bytes, sizeof(bytes));
		buf_add(&b, texts[i].data, texts[i].bytes);
	}
	page = page_copy(b.data, b.bytes);
	at = page;
	check(name, pq_plain_texts(&at, page + b.bytes, n, out) && at == page + b.bytes);
	expect_texts(name, out, texts, n);
	check(name, !pq_plain_texts(&at, page + b.bytes, 1, out) && at == page + b.bytes);
	free(page);

	buf_reset(&b);
	pq_delta_length_write(texts, n, &b);
	page = page_copy(b.data, b.bytes);
	check(name, pq_delta_length_read(page, b.bytes, n, out));
	expect_texts(name, out, texts, n);
	check(name, !pq_delta_length_read(page, b.bytes, n + 1, out));
	check(name, n == 0 || !pq_delta_length_read(page, b.bytes, n - 1, out));
	free(page);

	buf_reset(&b);
	delta_text_write(texts, n, &b);
	page = page_copy(b.data, b.bytes);
	check(name, delta_text_read(page, b.bytes, n, &text, out));
	expect_texts(name, out, texts, n);
	check(name, !delta_text_read(page, b.bytes, n + 1, &text, out));
	check(name, n == 0 || !delta_text_read(page, b.bytes, n - 1, &text, out));
	free(page);
	buf_release(&text);
	buf_release(&b);
	free(out);
}

static void
texts_are_read_as_written(void **state)
{
	enum { MANY = 3000 };
	struct span *many = mem_new(MANY, sizeof(*many));
	char *letters = mem_new(MANY + 100, 1);
	uint64_t seed = 5;

	(void)state;
	for (size_t i = 0; i < countof(text_cases); i++)
		check_texts(text_cases[i].name, text_cases[i].texts, text_cases[i].n);
	for (size_t i = 0; i < MANY + 100; i++)
		letters[i] = (char)('a' + next_random(&seed) % 2);
	for (size_t i = 0; i < MANY; i++)
		many[i] = (struct span){ letters + i, next_random(&seed) % 70 };
	check_texts("many", many, MANY);
	free(letters);
	free(many);
}

static void
no_texts_are_no_bytes_or_an_empty_header(void **state)
{
	struct span span;
	struct buf text;

	(void)state;
	buf_init(&text, 100);
	assert_true(pq_delta_length_read(NULL, 0, 0, &span));
	assert_false(pq_delta_length_read(NULL, 0, 1, &span));
	assert_true(delta_text_read(NULL, 0, 0, &text, &span));
	assert_false(delta_text_read(NULL, 0, 1, &text, &span));
	buf_release(&text);
}

/* Lengths and prefixes that are given as numbers, with `bytes` bytes of text behind. */
static const struct length_case {
	const char *name;
	bool is_prefixed;
	size_t n;
	int64_t prefixes[4], lengths[4];
	size_t bytes;
	bool ok;
} length_cases[] = {
	{ "exact", false, 2, { 0 }, { 3, 5 }, 8, true },
	{ "one byte short", false, 2, { 0 }, { 3, 5 }, 7, false },
	{ "bytes left over", false, 2, { 0 }, { 3, 5 }, 9, true },
	{ "a negative length", false, 2, { 0 }, { 5, -1 }, 8, false },
	{ "negative first", false, 2, { 0 }, { -1, 5 }, 8, false },
	{ "as long as can be", false, 2, { 0 }, { INT32_MAX, INT32_MAX }, 8, false },
	{ "over 32 bits", false, 1, { 0 }, { INT64_C(0x100000003) }, 3, true },
	{ "prefix of all", true, 2, { 0, 3 }, { 3, 1 }, 4, true },
	{ "prefix of one more", true, 2, { 0, 4 }, { 3, 1 }, 4, false },
	{ "prefix of nothing", true, 1, { 1 }, { 3 }, 3, false },
	{ "a negative prefix", true, 2, { 0, -1 }, { 3, 1 }, 4, false },
	{ "a huge prefix", true, 2, { 0, INT32_MAX }, { 3, 1 }, 4, false },
	{ "prefix of a text with a prefix", true, 3, { 0, 2, 4 }, { 2, 2, 0 }, 4, true },
	{ "suffix one short", true, 2, { 0, 3 }, { 3, 2 }, 4, false },
};

static void
lengths_of_texts_that_lie_are_refused(void **state)
{
	struct span out[4];
	struct buf b, text;

	(void)state;
	buf_init(&b, BYTES_MAX);
	buf_init(&text, BYTES_MAX);
	for (size_t i = 0; i < countof(length_cases); i++) {
		const struct length_case *c = &length_cases[i];
		uint8_t *page;
		bool ok;

		buf_reset(&b);
		if (c->is_prefixed)
			pq_delta_write(c->prefixes, c->n, false, &b);
		pq_delta_write(c->lengths, c->n, false, &b);
		for (size_t k = 0; k < c->bytes; k++)
			buf_char(&b, 'x');
		page = page_copy(b.data, b.bytes);
		ok = c->is_prefixed ? delta_text_read(page, b.bytes, c->n, &text, out)
				    : pq_delta_length_read(page, b.bytes, c->n, out);
		check(c->name, ok == c->ok);
		if (ok)
			page_look(out, c->n);
		free(page);
	}
	buf_release(&text);
	buf_release(&b);
}

/* 1000 texts of a kilobyte out of one: at the bound of the memory, and one byte past it. */
static void
texts_out_of_shared_prefixes_stop_at_the_bound(void **state)
{
	enum { N = 1000, LONG = 1000 };
	char letters[LONG];
	struct span texts[N], out[N];
	struct buf b, text;
	uint8_t *page;

	(void)state;
	memset(letters, 'x', sizeof(letters));
	for (size_t i = 0; i < N; i++)
		texts[i] = (struct span){ letters, LONG };
	buf_init(&b, BYTES_MAX);
	delta_text_write(texts, N, &b);
	assert_true(b.bytes < 2 * LONG);
	page = page_copy(b.data, b.bytes);
	buf_init(&text, N * LONG);
	assert_true(delta_text_read(page, b.bytes, N, &text, out));
	expect_texts("bomb", out, texts, N);
	assert_false(text.full);
	buf_release(&text);
	buf_init(&text, N * LONG - 1);
	assert_false(delta_text_read(page, b.bytes, N, &text, out));
	assert_true(text.full);
	assert_int_equal(text.room, 0);
	buf_release(&text);
	buf_release(&b);
	free(page);
}

static void
plain_texts_that_lie_are_refused(void **state)
{
	static const struct {
		const char *name, *bytes;
		size_t n_bytes;
	} cases[] = {
		{ "no length", "\x01\0\0", 3 },
		{ "one byte short", "\x04\0\0\0abc", 7 },
		{ "2 GiB",
		  "\xff\xff\xff\x7f"
		  "abc",
		  7 },
		{ "4 GiB",
		  "\xff\xff\xff\xff"
		  "abc",
		  7 },
		{ "nothing", "", 0 },
	};
	struct span out;

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		uint8_t *page = page_copy(cases[i].bytes, cases[i].n_bytes);
		const uint8_t *at = page;

		check(cases[i].name, !pq_plain_texts(&at, page + cases[i].n_bytes, 1, &out));
		check(cases[i].name, at == page);
		free(page);
	}
}

static void
booleans_are_read_from_any_bit_on(void **state)
{
	uint8_t page[5] = { 0x35, 0xa1, 0xff, 0x00, 0x80 };
	int64_t out[40];

	(void)state;
	for (size_t from = 0; from <= 40; from++)
		for (size_t n = 0; n <= 41 - from; n++) {
			size_t bit = from;

			assert_int_equal(pq_plain_bools(page, page + 5, &bit, n, out),
					 n <= 40 - from);
			assert_int_equal(bit, n <= 40 - from ? from + n : from);
			for (size_t i = 0; n <= 40 - from && i < n; i++)
				assert_int_equal(out[i],
						 page[(from + i) / 8] >> (from + i) % 8 & 1);
		}
	assert_false(pq_plain_bools(page, page + 5, &(size_t){ 41 }, 0, out));
	assert_false(pq_plain_bools(page, page + 5, &(size_t){ 1 }, SIZE_MAX, out));
}

static void
split_streams_are_read_as_written(void **state)
{
	enum { COUNT = 77 };
	uint8_t values[COUNT * 17], out[COUNT * 17];
	uint64_t seed = 3;
	struct buf b;

	(void)state;
	for (size_t i = 0; i < sizeof(values); i++)
		values[i] = (uint8_t)next_random(&seed);
	buf_init(&b, BYTES_MAX);
	for (size_t width = 1; width <= 17; width++) {
		uint8_t *page;

		buf_reset(&b);
		split_write(values, COUNT, width, &b);
		assert_int_equal(b.bytes, COUNT * width);
		page = page_copy(b.data, b.bytes);
		for (size_t first = 0; first <= COUNT; first += 7)
			for (size_t n = 0; n <= COUNT - first; n += 5) {
				assert_true(
				    pq_split_read(page, b.bytes, COUNT, width, first, n, out));
				assert_memory_equal(out, values + first * width, n * width);
			}
		assert_false(pq_split_read(page, b.bytes - 1, COUNT, width, 0, 1, out));
		assert_false(pq_split_read(page, b.bytes, COUNT, width, 0, COUNT + 1, out));
		assert_false(pq_split_read(page, b.bytes, COUNT, width, COUNT + 1, 0, out));
		assert_false(pq_split_read(page, b.bytes, SIZE_MAX, width, 0, 1, out));
		assert_false(pq_split_read(page, b.bytes, SIZE_MAX / width + 1, width, 0, 1, out));
		free(page);
	}
	assert_true(pq_split_read(b.data, 0, 9, 0, 0, 9, out));
	buf_release(&b);
}

/* ---- bytes that nobody vouches for ---- */

/* A sound page for each decoder, of `n` values. */
static void
make_page(size_t kind, size_t n, struct buf *b)
{
	static const char widths[] = { 5, 3, 0, 0, 0, 0, 0, 8 };
	uint32_t codes[100];
	int64_t numbers[100];
	struct span texts[100];

	for (size_t i = 0; i < n; i++) {
		codes[i] = i < 40 ? (uint32_t)i % 32 : 7;
		numbers[i] = (int64_t)(i * i * i) * (i > 60 ? INT64_C(-12345678901) : 1);
		texts[i] = (struct span){ "abcdefghijklmnop", i % 17 };
	}
	if (widths[kind])
		buf_char(b, widths[kind]);
	if (kind == 0)
		pq_rle_write(codes, n, widths[kind], b);
	else if (kind == 2)
		pq_delta_write(numbers, n, false, b);
	else if (kind == 3)
		pq_delta_length_write(texts, n, b);
	else if (kind == 4)
		delta_text_write(texts, n, b);
	else if (kind == 5)
		for (size_t i = 0; i < n; i++)
			buf_add(b,
				(const char[]){ (char)(i % 17),
						0,
						0,
						0,
						'a',
						'b',
						'c',
						'd',
						'a',
						'b',
						'c',
						'd',
						'a',
						'b',
						'c',
						'd',
						'a',
						'b',
						'c',
						'd' },
				4 + i % 17);
	else
		buf_add(b, numbers, n * sizeof(*numbers));
}

static void
bytes_cut_off_or_with_a_flipped_bit_harm_nobody(void **state)
{
	enum { N = 97 }; /* so that the last mini block is full */
	struct buf b;

	(void)state;
	buf_init(&b, BYTES_MAX);
	for (size_t kind = 0; kind < countof(page_decoders); kind++) {
		const struct page_decoder *decoder = &page_decoders[kind];
		size_t accepted = 0;

		buf_reset(&b);
		make_page(kind, N, &b);
		check(decoder->name, page_feed(decoder, b.data, b.bytes, N));
		for (size_t bytes = 0; bytes < b.bytes; bytes++)
			accepted += page_feed(decoder, b.data, bytes, N);
		for (size_t bit = 0; bit < b.bytes * 8; bit++) {
			b.data[bit / 8] = (char)(b.data[bit / 8] ^ 1 << bit % 8);
			(void)page_feed(decoder, b.data, b.bytes, N);
			b.data[bit / 8] = (char)(b.data[bit / 8] ^ 1 << bit % 8);
		}
		/* The two whose samples are longer than N values need. */
		if (kind != 1 && kind != 6)
			check(decoder->name, accepted == 0);
	}
	buf_release(&b);
}

/* Any bytes, also as many values as there can never be. */
static void
any_bytes_at_all_harm_nobody(void **state)
{
	enum { ROUNDS = 20000 };
	uint8_t bytes[48];
	uint64_t seed = 99;

	(void)state;
	for (size_t i = 0; i < ROUNDS; i++) {
		size_t n = next_random(&seed) % (sizeof(bytes) + 1);

		for (size_t k = 0; k < n; k++)
			bytes[k] = (uint8_t)(next_random(&seed) >> (k % 2 ? 8 : 60));
		(void)page_feed(&page_decoders[i % countof(page_decoders)], bytes, n,
				next_random(&seed) % 2000);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(runs_of_every_width_are_read_as_written),
		cmocka_unit_test(runs_made_by_hand_are_taken_or_refused),
		cmocka_unit_test(edges_of_the_run_format_are_handled),
		cmocka_unit_test(a_run_of_its_own_begins_with_eight_values),
		cmocka_unit_test(legacy_bit_packed_levels_are_read),
		cmocka_unit_test(deltas_of_every_width_are_read_as_written),
		cmocka_unit_test(deltas_are_written_to_the_bytes_of_the_specification),
		cmocka_unit_test(deltas_made_by_hand_are_taken_or_refused),
		cmocka_unit_test(a_last_mini_block_is_there_to_its_end),
		cmocka_unit_test(differences_that_ran_into_33_bits_are_right_modulo_32),
		cmocka_unit_test(texts_are_read_as_written),
		cmocka_unit_test(no_texts_are_no_bytes_or_an_empty_header),
		cmocka_unit_test(lengths_of_texts_that_lie_are_refused),
		cmocka_unit_test(texts_out_of_shared_prefixes_stop_at_the_bound),
		cmocka_unit_test(plain_texts_that_lie_are_refused),
		cmocka_unit_test(booleans_are_read_from_any_bit_on),
		cmocka_unit_test(split_streams_are_read_as_written),
		cmocka_unit_test(bytes_cut_off_or_with_a_flipped_bit_harm_nobody),
		cmocka_unit_test(any_bytes_at_all_harm_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
