/* test_index.c - finding, walking and removing; growth. */
#include "scheduler/rows/index.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

enum { N = 1000 };

struct thing {
	struct index_item item;
	char name[32];
	int64_t number;
};

static void
things_are_found_by_number(void **state)
{
	static struct thing things[N];
	struct index ix = { 0 };
	int64_t at = 0;

	(void)state;
	assert_null(index_find_number(&ix, 0));
	assert_null(index_first(&ix));
	for (int i = 0; i < N; i++) {
		things[i].number = i % 2 ? INT64_MIN + i : i;
		index_add_number(&ix, &things[i], things[i].number);
	}
	assert_int_equal(ix.n, N);
	for (int i = 0; i < N; i++)
		assert_ptr_equal(index_find_number(&ix, things[i].number), &things[i]);
	assert_null(index_find_number(&ix, N + 1));
	/* First, last and every third go; the others stay in the order they came. */
	for (int i = 0; i < N; i += 3)
		index_remove(&ix, &things[i]);
	for (int i = 0; i < N; i++)
		assert_true((index_find_number(&ix, things[i].number) == NULL) == (i % 3 == 0));
	for (struct thing *t = index_first(&ix); t; t = index_next(t)) {
		assert_ptr_equal(t, &things[at + 1 + at / 2]);
		at++;
	}
	assert_int_equal(at, ix.n);
	index_add_number(&ix, &things[0], things[0].number);
	assert_null(index_next(&things[0]));
	index_release(&ix);
}

static void
things_are_found_by_name(void **state)
{
	static struct thing things[N];
	struct index ix = { 0 };
	struct thing *first;
	int left = N;

	(void)state;
	for (int i = 0; i < N; i++) {
		snprintf(things[i].name, sizeof(things[i].name), "thing%d", i);
		index_add_name(&ix, &things[i], things[i].name);
	}
	assert_ptr_equal(index_find_name(&ix, "thing999"), &things[999]);
	assert_null(index_find_name(&ix, "thing1000"));
	assert_null(index_find_name(&ix, ""));
	while ((first = index_first(&ix))) {
		assert_ptr_equal(first, &things[N - left]);
		index_remove(&ix, first);
		left--;
	}
	assert_int_equal(left, 0);
	assert_int_equal(ix.n, 0);
	index_release(&ix);
}

int
main(void)
{
	const struct CMUnitTest all[] = {
		cmocka_unit_test(things_are_found_by_number),
		cmocka_unit_test(things_are_found_by_name),
	};

	return cmocka_run_group_tests(all, NULL, NULL);
}
