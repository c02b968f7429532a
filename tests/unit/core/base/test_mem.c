/* test_mem.c - how a process ends that gets no memory; what is large. */
#include "core/base/json.h"
#include "core/base/mem.h"

#include "tests/fixture/scarce.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static int
take_more_than_there_is(void)
{
	if (!scarce_begin((size_t)1 << 20))
		mem_exhausted();
	free(mem_new((size_t)64 << 20, 1));
	return 10;
}

/* A list of a million numbers: the text is there, its values are not. */
static int
read_more_than_there_is_room_for(void)
{
	enum { NUMBERS = 1000 * 1000 };
	char *text = mem_new((size_t)NUMBERS * 2 + 2, 1);
	json_t *value = NULL;

	for (int i = 0; i < NUMBERS; i++) {
		text[(size_t)2 * (size_t)i] = i ? ',' : '[';
		text[(size_t)2 * (size_t)i + 1] = '1';
	}
	text[(size_t)NUMBERS * 2] = ']';
	json_memory();
	if (!scarce_begin((size_t)1 << 20))
		mem_exhausted();
	(void)!json_read(&value, text, (size_t)NUMBERS * 2 + 1, "numbers", NULL);
	return 10;
}

static int
grow_beyond_what_there_is(void)
{
	char *large = mem_large_new(MEM_LARGE_BYTES, 1);

	if (!scarce_begin((size_t)1 << 20))
		mem_exhausted();
	mem_large_free(mem_large_resize(large, (size_t)64 << 20, 1));
	return 10;
}

static int
ask_for_more_than_can_be_counted(void)
{
	mem_large_free(mem_large_resize(NULL, SIZE_MAX / 4, 8));
	return 10;
}

static void
without_memory_the_process_ends_and_is_not_aborted(void **state)
{
	(void)state;
	assert_int_equal(scarce_child(take_more_than_there_is), 1);
	assert_int_equal(scarce_child(grow_beyond_what_there_is), 1);
	assert_int_equal(scarce_child(ask_for_more_than_can_be_counted), 1);
}

/* Across the border to large, by little and by much, and back. */
static void
what_grows_large_keeps_its_content(void **state)
{
	static const size_t counts[] = { 1,
					 1000,
					 MEM_LARGE_BYTES / 8 - 1,
					 MEM_LARGE_BYTES / 8,
					 MEM_LARGE_BYTES / 8 + 1,
					 MEM_LARGE_BYTES,
					 4 * (size_t)MEM_LARGE_BYTES + 3,
					 5,
					 5 * (size_t)MEM_LARGE_BYTES };
	uint64_t *a = NULL;
	size_t filled = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		a = mem_large_resize(a, counts[i], sizeof(*a));
		if (filled > counts[i])
			filled = counts[i];
		for (size_t k = 0; k < filled; k++)
			if (a[k] != k * 7)
				fail_msg("element %zu of %zu is lost", k, filled);
		for (; filled < counts[i]; filled++)
			a[filled] = filled * 7;
	}
	mem_large_free(a);
	mem_large_free(NULL);
}

static void
what_is_new_is_zero_however_large(void **state)
{
	(void)state;
	for (size_t bytes = 1; bytes < 4 * (size_t)MEM_LARGE_BYTES; bytes = bytes * 3 + 1) {
		char *a = mem_large_new(bytes, 1), *again;

		for (size_t i = 0; i < bytes; i++)
			assert_int_equal(a[i], 0);
		memset(a, 'x', bytes);
		mem_large_free(a);
		again = mem_large_new(bytes, 1);
		assert_int_equal(again[bytes / 2], 0);
		mem_large_free(again);
	}
}

static void
an_array_that_grows_one_by_one_doubles(void **state)
{
	size_t room = 0, moves = 0, last = 0;
	uint32_t *a = NULL;

	(void)state;
	for (uint32_t i = 0; i < 3 * (uint32_t)MEM_LARGE_BYTES; i++) {
		a = mem_large_grow(a, i, &room, sizeof(*a));
		moves += room != last;
		last = room;
		a[i] = i;
	}
	assert_true(moves < 24);
	for (uint32_t i = 0; i < 3 * (uint32_t)MEM_LARGE_BYTES; i++)
		assert_int_equal(a[i], i);
	mem_large_free(a);
}

/* Bytes of memory that the process has. */
static size_t
resident_bytes(void)
{
	FILE *f = fopen("/proc/self/statm", "re");
	unsigned long all, here = 0;

	assert_non_null(f);
	assert_int_equal(fscanf(f, "%lu %lu", &all, &here), 2);
	(void)fclose(f);
	return here * (size_t)sysconf(_SC_PAGESIZE);
}

/* Sanitizers keep what is freed for a while. */
static void
what_is_freed_goes_back_and_room_that_nobody_wrote_to_takes_none(void **state)
{
	enum { BYTES = 256 << 20, TOUCHED = 64 << 20, SLACK = 8 << 20 };
	size_t before;
	char *a;

	(void)state;
#if defined(__SANITIZE_ADDRESS__)
	skip();
#endif
	before = resident_bytes();
	a = mem_large_resize(NULL, BYTES, 1);
	assert_true(resident_bytes() < before + SLACK);
	memset(a, 'x', TOUCHED);
	assert_true(resident_bytes() >= before + TOUCHED - SLACK);
	a = mem_large_resize(a, 2 * (size_t)BYTES, 1);
	assert_true(resident_bytes() < before + TOUCHED + SLACK);
	mem_large_free(a);
	assert_true(resident_bytes() < before + SLACK);
}

/* Does one mapping hold all of it? */
static bool
is_one_mapping(const char *at, size_t bytes)
{
	FILE *f = fopen("/proc/self/maps", "re");
	uintptr_t start, end;
	bool one = false;
	char line[4096];

	assert_non_null(f);
	while (!one && fgets(line, sizeof(line), f))
		one = sscanf(line, "%" SCNxPTR "-%" SCNxPTR, &start, &end) == 2 &&
		      start <= (uintptr_t)at && (uintptr_t)at + bytes <= end;
	(void)fclose(f);
	return one;
}

/* A kernel before 6.17 moves no two mappings at once: what grows again has to be one. */
static void
what_has_grown_is_one_mapping(void **state)
{
	size_t bytes = 2 * (size_t)MEM_LARGE_BYTES;
	char *a = mem_large_new(bytes, 1);

	(void)state;
	for (int i = 0; i < 4; i++) {
		memset(a, 'x', bytes);
		bytes *= 2;
		a = mem_large_resize(a, bytes, 1);
		assert_true(is_one_mapping(a, bytes));
	}
	mem_large_free(a);
}

static void
json_that_finds_no_memory_is_not_called_wrong(void **state)
{
	(void)state;
	assert_int_equal(scarce_child(read_more_than_there_is_room_for), 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_memory_the_process_ends_and_is_not_aborted),
		cmocka_unit_test(what_grows_large_keeps_its_content),
		cmocka_unit_test(what_is_new_is_zero_however_large),
		cmocka_unit_test(an_array_that_grows_one_by_one_doubles),
		cmocka_unit_test(what_is_freed_goes_back_and_room_that_nobody_wrote_to_takes_none),
		cmocka_unit_test(what_has_grown_is_one_mapping),
		cmocka_unit_test(json_that_finds_no_memory_is_not_called_wrong),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
