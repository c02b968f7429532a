/* test_sorter.c - counts by key come out sorted and added up, whatever the memory and the lanes. */
#include "worker/keys/sorter.h"

#include "core/base/hash.h"
#include "core/base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { ROWS = 20000 };

static int
compare(const void *a, const void *b)
{
	const struct sorter_record *l = a, *r = b;

	if (l->key[0] >> 32 != r->key[0] >> 32)
		return l->key[0] >> 32 < r->key[0] >> 32 ? -1 : 1;
	if (l->key[1] != r->key[1])
		return l->key[1] < r->key[1] ? -1 : 1;
	return (l->key[0] > r->key[0]) - (l->key[0] < r->key[0]);
}

/* Sort, add up; returns how many are left. */
static size_t
plainly(struct sorter_record *records, size_t n)
{
	size_t kept = 0;

	qsort(records, n, sizeof(*records), compare);
	for (size_t i = 1; i < n; i++) {
		if (compare(&records[i], &records[kept]) == 0)
			records[kept].count += records[i].count;
		else
			records[++kept] = records[i];
	}
	return n ? kept + 1 : 0;
}

static void
expect(struct sorter *s, const struct sorter_record *want, size_t n, const char *name)
{
	const struct sorter_record *got = NULL;

	for (size_t i = 0; i <= n; i++) {
		assert_int_equal(sorter_next(s, &got, NULL), ERR_NONE);
		if (!got != (i == n))
			fail_msg("%s: %s after %zu of %zu records", name, got ? "more" : "no more",
				 i, n);
		if (got && memcmp(got, &want[i], sizeof(*got)) != 0)
			fail_msg("%s: record %zu is another one", name, i);
	}
}

static void
random_counts_come_out_sorted_and_added_up(void **state)
{
	static const struct {
		const char *name;
		size_t rows;
		uint64_t mask;
		int lanes;
		size_t memory_bytes;
		bool spills;
	} cases[] = {
		{ "none", 0, 7, 1, 1 << 20, false },
		{ "one", 1, 7, 2, 1 << 20, false },
		{ "many", ROWS, 0xffff0000000f, 1, 16 << 20, false },
		{ "two lanes", ROWS, 0xffff0000000f, 2, 16 << 20, false },
		{ "little memory", ROWS, 0xffff0000000f, 1, 1, true },
		{ "little memory, two lanes", ROWS, 0xffff0000000f, 2, 1, true },
		{ "all different", ROWS, UINT64_MAX, 2, 100000, true },
		{ "few keys, little memory", ROWS, 0x300000001, 2, 1, false },
		{ "one key, little memory", ROWS, 0, 1, 1, false },
		{ "the lowest bits", ROWS, 0x100000001, 1, 16 << 20, false },
		{ "high bits alone", ROWS, UINT64_C(0xff) << 56, 2, 16 << 20, false },
		{ "as wide as a word", ROWS, UINT64_MAX >> 11, 1, 16 << 20, false },
		{ "wider than a word", ROWS, UINT64_MAX >> 10, 1, 16 << 20, false },
	};
	struct sorter_record *records = mem_new(ROWS, sizeof(*records));

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		const struct sorter_options o = { .lanes = cases[i].lanes,
						  .memory_bytes = cases[i].memory_bytes,
						  .dir = "/tmp" };
		struct sorter *s = sorter_new(&o);
		uint64_t random = i;

		for (size_t k = 0, some; k < cases[i].rows; k += some) {
			some = 1 + random_next(&random) % 3000;
			if (some > cases[i].rows - k)
				some = cases[i].rows - k;
			for (size_t at = k; at < k + some; at++)
				records[at] = (struct sorter_record){
					.key = { random_next(&random) & cases[i].mask,
						 random_next(&random) & cases[i].mask & 0xff },
					.count = random_next(&random) % 5
				};
			assert_int_equal(sorter_add(s, (int)(random % (unsigned)cases[i].lanes),
						    records + k, some, NULL),
					 ERR_NONE);
		}
		for (int lane = 0; lane < cases[i].lanes; lane++)
			sorter_settle(s, lane);
		assert_int_equal(sorter_spilled_bytes(s) > 0, cases[i].spills);
		expect(s, records, plainly(records, cases[i].rows), cases[i].name);
		sorter_free(s);
	}
	free(records);
	sorter_free(NULL);
}

static void
a_disk_that_refuses_fails_the_sorter(void **state)
{
	const struct sorter_options o = { .lanes = 1, .dir = "/nowhere at all" };
	struct sorter_record r = { .count = 1 };
	struct sorter *s = sorter_new(&o);
	enum err_code code = ERR_NONE;
	struct err err;

	(void)state;
	for (; r.key[1] < ROWS && !code; r.key[1]++)
		code = sorter_add(s, 0, &r, 1, &err);
	assert_int_equal(code, ERR_SYSTEM);
	assert_non_null(strstr(err.msg, "'/nowhere at all'"));
	sorter_free(s);
}

/* Counts that are too many together are an error, wherever they meet. */
static void
counts_beyond_an_int64_are_an_error(void **state)
{
	const struct sorter_options options = { .lanes = 2, .memory_bytes = 1, .dir = "/tmp" };
	const struct sorter_record half = { .key = { 1, 2 }, .count = (uint64_t)INT64_MAX / 2 + 1 };

	(void)state;
	for (int lane = 0; lane < 2; lane++) {
		const struct sorter_record *got = NULL;
		struct sorter *s = sorter_new(&options);

		assert_int_equal(sorter_add(s, 0, &half, 1, NULL), ERR_NONE);
		assert_int_equal(sorter_add(s, lane, &half, 1, NULL), ERR_NONE);
		sorter_settle(s, 0);
		sorter_settle(s, 1);
		assert_int_equal(sorter_next(s, &got, NULL), ERR_INPUT);
		sorter_free(s);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_counts_come_out_sorted_and_added_up),
		cmocka_unit_test(a_disk_that_refuses_fails_the_sorter),
		cmocka_unit_test(counts_beyond_an_int64_are_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
