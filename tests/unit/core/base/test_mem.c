/* test_mem.c - how a process ends that gets no memory. */
#include "core/base/json.h"
#include "core/base/mem.h"

#include "tests/fixture/scarce.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

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

static void
without_memory_the_process_ends_and_is_not_aborted(void **state)
{
	(void)state;
	assert_int_equal(scarce_child(take_more_than_there_is), 1);
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
		cmocka_unit_test(json_that_finds_no_memory_is_not_called_wrong),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
