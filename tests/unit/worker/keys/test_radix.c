/* test_radix.c - sorting by bytes against the library's sort. */
#include "worker/keys/radix.h"

#include "core/base/hash.h"
#include "core/base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { ROWS = 5000 };

static const struct radix_field fields[] = { { 0, 1, 3 }, { 1, 0, 8 } };

/* The order of the fields; equal ones by the last word, which says where they stood. */
static int
compare(const void *a, const void *b)
{
	const uint64_t *left = a, *right = b;
	uint64_t l = left[0] >> 8 & 0xffff, r = right[0] >> 8 & 0xffff;

	if (left[1] != right[1])
		return left[1] < right[1] ? -1 : 1;
	if (l != r)
		return l < r ? -1 : 1;
	return (left[2] > right[2]) - (left[2] < right[2]);
}

static void
random_records_are_sorted_and_equal_ones_stay(void **state)
{
	static const uint64_t masks[] = { UINT64_MAX, 0xff, 0xff00ff0000, 1, 0 };
	static const size_t rows[] = { 0, 1, 2, ROWS };
	uint64_t *records = mem_new(ROWS, 24), *spare = mem_new(ROWS, 24),
		 *want = mem_new(ROWS, 24);
	uint64_t random = 1;

	(void)state;
	for (size_t round = 0; round < countof(masks) * countof(rows); round++) {
		uint64_t mask = masks[round % countof(masks)];
		size_t n = rows[round / countof(masks)];

		for (size_t i = 0; i < n; i++) {
			records[3 * i] = random_next(&random) & mask;
			records[3 * i + 1] = random_next(&random) & mask;
			records[3 * i + 2] = i;
		}
		memcpy(want, records, n * 24);
		qsort(want, n, 24, compare);
		assert_memory_equal(radix_sort(records, spare, n, 3, fields, countof(fields)), want,
				    n * 24);
	}
	free(records);
	free(spare);
	free(want);
}

static void
integers_as_words_keep_their_order(void **state)
{
	static const int64_t values[] = { INT64_MIN, -5, -1, 0, 1, 7, INT64_MAX };

	(void)state;
	for (size_t i = 0; i < countof(values); i++) {
		assert_int_equal(radix_int_back(radix_int(values[i])), values[i]);
		if (i > 0)
			assert_true(radix_int(values[i - 1]) < radix_int(values[i]));
	}
}

static void
records_of_one_and_two_words_are_sorted(void **state)
{
	static const struct radix_field whole[] = { { 0, 0, 8 } };
	uint64_t one[] = { 3, 1, 2 }, two[] = { 9, 0, 4, 1, 4, 2 }, spare[6];

	(void)state;
	assert_memory_equal(radix_sort(one, spare, 3, 1, whole, 1), ((uint64_t[]){ 1, 2, 3 }), 24);
	assert_memory_equal(radix_sort(two, spare, 3, 2, whole, 1),
			    ((uint64_t[]){ 4, 1, 4, 2, 9, 0 }), 48);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_records_are_sorted_and_equal_ones_stay),
		cmocka_unit_test(integers_as_words_keep_their_order),
		cmocka_unit_test(records_of_one_and_two_words_are_sorted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
