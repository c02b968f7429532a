/* test_shuffle.c - records come back complete, in their partition and in order, on disk or not. */
#include "worker/keys/shuffle.h"

#include "core/base/hash.h"
#include "core/base/mem.h"
#include "tests/fixture/scarce.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { LANES = 2, WORDS_MAX = 5 };

struct expected {
	uint64_t next[LANES]; /* the number that the next record of each lane has at least */
	uint64_t seen, sum;
	uint32_t partition, mask;
	unsigned words;
	int lane; /* no record of a lower lane may come any more */
};

/* A record is its hash, its lane and number, and repetitions of the hash. */
static void
fill(struct shuffle *s, unsigned words, uint64_t rows)
{
	uint64_t random = 3;

	for (uint64_t i = 0; i < rows; i++) {
		uint64_t hash = random_next(&random), lane = hash >> 60 & 1;
		uint64_t *record = shuffle_slot(shuffle_lane(s, (int)lane), hash);

		record[0] = hash;
		record[1] = lane << 32 | i;
		for (unsigned k = 2; k < words; k++)
			record[k] = hash + k;
	}
}

static enum err_code
look(void *arg, const void *records, size_t n, struct err *err)
{
	struct expected *e = arg;
	const uint64_t *record = records;

	(void)err;
	for (size_t i = 0; i < n; i++, record += e->words) {
		int lane = (int)(record[1] >> 32);

		assert_int_equal(record[0] & e->mask, e->partition);
		assert_true(lane >= e->lane);
		e->lane = lane;
		assert_true((record[1] & UINT32_MAX) >= e->next[lane]);
		e->next[lane] = (record[1] & UINT32_MAX) + 1;
		for (unsigned k = 2; k < e->words; k++)
			assert_int_equal(record[k], record[0] + k);
		e->seen++;
		e->sum += record[1] & UINT32_MAX;
	}
	return ERR_NONE;
}

static void
expect_all(struct shuffle *s, unsigned words, uint64_t rows)
{
	uint64_t seen = 0, sum = 0;

	for (uint32_t p = 0; p < shuffle_partitions(s); p++) {
		struct expected e = { .partition = p,
				      .mask = shuffle_partitions(s) - 1,
				      .words = words };

		assert_int_equal(shuffle_each(s, p, look, &e, NULL), ERR_NONE);
		assert_int_equal(shuffle_count(s, p), e.seen);
		shuffle_drop(s, p);
		assert_int_equal(shuffle_count(s, p), 0);
		seen += e.seen;
		sum += e.sum;
	}
	assert_int_equal(seen, rows);
	assert_int_equal(sum, rows * (rows - 1) / 2);
}

static void
records_come_back_in_order_at_every_size(void **state)
{
	static const struct {
		const char *name;
		unsigned words;
		uint64_t rows;
		int64_t told;
		size_t memory_bytes, partition_bytes;
		bool spills;
	} cases[] = {
		{ "one row", 2, 1, 1, 1 << 20, 1 << 10, false },
		{ "one partition", 3, 1000, 1000, 1 << 20, 1 << 20, false },
		{ "many partitions", 3, 100000, 100000, 64 << 20, 1 << 10, false },
		{ "nobody knows", 2, 100000, -1, 64 << 20, 1 << 16, false },
		{ "told too few", 2, 200000, 10, 64 << 20, 1 << 16, false },
		{ "on disk", 3, 300000, 300000, 1 << 20, 1 << 16, true },
		{ "on disk, one partition", 5, 100000, 1, 1 << 20, 1 << 16, true },
		{ "less memory than there may be", 2, 200000, -1, 1, 1 << 16, true },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		struct shuffle_options o = { .record_bytes = cases[i].words * sizeof(uint64_t),
					     .rows = cases[i].told,
					     .memory_bytes = cases[i].memory_bytes,
					     .partition_bytes = cases[i].partition_bytes,
					     .lanes = LANES,
					     .dir = "/tmp" };
		struct shuffle *s = NULL;

		assert_int_equal(shuffle_open(&s, &o, NULL), ERR_NONE);
		fill(s, cases[i].words, cases[i].rows);
		assert_int_equal(shuffle_seal(s, NULL), ERR_NONE);
		if ((shuffle_spilled_bytes(s) > 0) != cases[i].spills)
			fail_msg("%s: %lld bytes on disk", cases[i].name,
				 (long long)shuffle_spilled_bytes(s));
		expect_all(s, cases[i].words, cases[i].rows);
		shuffle_close(s);
	}
}

static void
a_shuffle_without_records_is_empty(void **state)
{
	const struct shuffle_options o = { .record_bytes = 16, .lanes = 1, .partition_bytes = 1 };
	struct shuffle *s = NULL;

	(void)state;
	assert_int_equal(shuffle_open(&s, &o, NULL), ERR_NONE);
	assert_int_equal(shuffle_seal(s, NULL), ERR_NONE);
	expect_all(s, 2, 0);
	shuffle_close(s);
	shuffle_close(NULL);
}

/* Without a directory everything stays in memory, however much it is. */
static void
without_a_directory_all_stays_in_memory(void **state)
{
	const struct shuffle_options o = {
		.record_bytes = 24, .rows = 100, .lanes = LANES, .partition_bytes = 1 << 10
	};
	struct shuffle *s = NULL;

	(void)state;
	assert_int_equal(shuffle_open(&s, &o, NULL), ERR_NONE);
	fill(s, 3, 400000);
	assert_int_equal(shuffle_seal(s, NULL), ERR_NONE);
	assert_int_equal(shuffle_spilled_bytes(s), 0);
	expect_all(s, 3, 400000);
	shuffle_close(s);
}

/* One is filled from the other, partition by partition, in the memory of both. */
struct relay {
	struct shuffle *to;
	uint64_t rows;
};

static enum err_code
pass_on(void *arg, const void *records, size_t n, struct err *err)
{
	struct relay *r = arg;
	const uint64_t *record = records;

	(void)err;
	for (size_t i = 0; i < n; i++, record += 3) {
		uint64_t *out = shuffle_slot(shuffle_lane(r->to, 0), hash_word(record[0]));

		out[0] = hash_word(record[0]);
		out[1] = r->rows++;
	}
	return ERR_NONE;
}

static void
a_second_shuffle_shares_the_memory_of_the_first(void **state)
{
	enum { ROWS = 200000 };
	static const size_t memory_bytes[] = { 1 << 20, 6 << 20 };
	static const bool spills[] = { true, false };

	(void)state;
	for (size_t i = 0; i < countof(memory_bytes); i++) {
		struct shuffle_options o = { .record_bytes = 24,
					     .rows = ROWS,
					     .memory_bytes = memory_bytes[i],
					     .partition_bytes = 1 << 16,
					     .lanes = LANES,
					     .dir = "/tmp" };
		struct shuffle *first = NULL;
		struct relay r = { 0 };

		assert_int_equal(shuffle_open(&first, &o, NULL), ERR_NONE);
		fill(first, 3, ROWS);
		assert_int_equal(shuffle_seal(first, NULL), ERR_NONE);
		o.record_bytes = 16;
		o.share = first;
		assert_int_equal(shuffle_open(&r.to, &o, NULL), ERR_NONE);
		for (uint32_t p = 0; p < shuffle_partitions(first); p++) {
			assert_int_equal(shuffle_each(first, p, pass_on, &r, NULL), ERR_NONE);
			shuffle_drop(first, p);
		}
		shuffle_close(first); /* the memory stays as long as somebody has it */
		assert_int_equal(shuffle_seal(r.to, NULL), ERR_NONE);
		assert_int_equal(shuffle_spilled_bytes(r.to) > 0, spills[i]);
		expect_all(r.to, 2, ROWS);
		shuffle_close(r.to);
	}
}

static void
a_disk_that_refuses_fails_the_shuffle(void **state)
{
	const struct shuffle_options o = { .record_bytes = 16,
					   .rows = -1,
					   .memory_bytes = 1 << 20,
					   .partition_bytes = 1 << 16,
					   .lanes = LANES,
					   .dir = "/nowhere at all" };
	struct shuffle *s = NULL;
	struct err err;

	(void)state;
	assert_int_equal(shuffle_open(&s, &o, NULL), ERR_NONE);
	fill(s, 2, 10);
	assert_int_equal(shuffle_failed(shuffle_lane(s, 0), &err), ERR_NONE);
	fill(s, 2, 200000);
	/* It can be known before the end. */
	assert_int_equal(shuffle_failed(shuffle_lane(s, 0), &err), ERR_SYSTEM);
	assert_non_null(strstr(err.msg, "'/nowhere at all'"));
	assert_int_equal(shuffle_failed(shuffle_lane(s, 0), NULL), ERR_SYSTEM);
	assert_int_equal(shuffle_seal(s, &err), ERR_SYSTEM);
	assert_non_null(strstr(err.msg, "'/nowhere at all'"));
	shuffle_close(s);
}

static enum err_code
refuse(void *arg, const void *records, size_t n, struct err *err)
{
	(void)arg;
	(void)records;
	(void)n;
	return err_set(err, ERR_LIMIT, "enough");
}

static void
a_reader_that_refuses_ends_the_reading(void **state)
{
	const struct shuffle_options o = { .record_bytes = 16,
					   .lanes = LANES,
					   .partition_bytes = 1 };
	struct shuffle *s = NULL;
	struct err err;

	(void)state;
	assert_int_equal(shuffle_open(&s, &o, NULL), ERR_NONE);
	fill(s, 2, 10);
	assert_int_equal(shuffle_seal(s, NULL), ERR_NONE);
	assert_int_equal(shuffle_each(s, 0, refuse, NULL, &err), ERR_LIMIT);
	assert_string_equal(err.msg, "enough");
	shuffle_close(s);
}

/* A gigabyte is allowed and 48 MiB are there: records come back all the same. */
static int
fill_in_little_memory(void)
{
	const struct shuffle_options o = { .record_bytes = 3 * sizeof(uint64_t),
					   .rows = -1,
					   .memory_bytes = (size_t)1 << 30,
					   .partition_bytes = 1 << 16,
					   .lanes = LANES,
					   .dir = "/tmp" };
	enum { ROWS = 2 * 1000 * 1000 };
	struct shuffle *s;

	if (!scarce_begin((size_t)48 << 20))
		return 0;
	if (shuffle_open(&s, &o, NULL))
		return 10;
	fill(s, 3, ROWS);
	if (shuffle_seal(s, NULL))
		return 11;
	expect_all(s, 3, ROWS);
	shuffle_close(s);
	return 0;
}

static void
where_a_limit_leaves_less_memory_more_goes_to_disk(void **state)
{
	(void)state;
	assert_int_equal(scarce_child(fill_in_little_memory), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(where_a_limit_leaves_less_memory_more_goes_to_disk),
		cmocka_unit_test(records_come_back_in_order_at_every_size),
		cmocka_unit_test(a_shuffle_without_records_is_empty),
		cmocka_unit_test(without_a_directory_all_stays_in_memory),
		cmocka_unit_test(a_second_shuffle_shares_the_memory_of_the_first),
		cmocka_unit_test(a_disk_that_refuses_fails_the_shuffle),
		cmocka_unit_test(a_reader_that_refuses_ends_the_reading),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
