/* test_held_json.c - limits there and back, and in words. */
#include "core/wire/held_json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MIB (INT64_C(1) << 20)

static const struct {
	struct held_to held;
	const char *json, *words;
} cases[] = {
	{ .held = { .limits = { 0 } }, .json = NULL, .words = "" },
	{ { { 64 * MIB, 90 * SECOND_US, 20, 2 * MIB, 5 }, false, false },
	  "{\"memory_bytes\":67108864,\"memory_of\":\"process\",\"cpu_seconds\":90,"
	  "\"open_files\":20,\"file_bytes\":2097152,\"processes\":5,\"processes_of\":\"user\"}",
	  "64 MiB of memory a process, 1m30s of processor time a process, 20 open files a process, "
	  "files of 2 MiB, 5 processes beside those that ran before" },
	{ { { 64 * MIB, 0, 0, 0, 5 }, true, true },
	  "{\"memory_bytes\":67108864,\"memory_of\":\"cgroup\",\"processes\":5,"
	  "\"processes_of\":\"cgroup\"}",
	  "64 MiB of memory, 5 processes" },
	{ { { 0, 0, 0, MIB, 0 }, false, false }, "{\"file_bytes\":1048576}", "files of 1 MiB" },
};

static void
limits_read_back_as_they_were_written(void **state)
{
	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		char *text = held_to_json(&cases[i].held);
		json_t *value = NULL;
		struct held_to back;

		if (cases[i].json) {
			assert_string_equal(text, cases[i].json);
			assert_int_equal(json_read(&value, text, strlen(text), "limits", NULL),
					 ERR_NONE);
		} else {
			assert_null(text);
		}
		held_from_json(value, &back);
		assert_memory_equal(&back.limits, &cases[i].held.limits, sizeof(back.limits));
		assert_true(back.memory_of_all == cases[i].held.memory_of_all &&
			    back.processes_of_all == cases[i].held.processes_of_all);
		json_decref(value);
		free(text);
	}
}

static void
limits_are_told_in_words(void **state)
{
	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		struct buf text;

		buf_init(&text, 1000);
		held_words(&cases[i].held, &text);
		assert_string_equal(text.data, cases[i].words);
		assert_true(task_limits_any(&cases[i].held.limits) == (text.bytes > 0));
		buf_release(&text);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(limits_read_back_as_they_were_written),
		cmocka_unit_test(limits_are_told_in_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
