/* test_gate.c - what holds a task back: stored, read back, told. */
#include "core/model/gate.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct {
	struct gate gate;
	const char *stored, *says;
} cases[] = {
	{ { .kind = GATE_NONE }, "", "" },
	{ { .kind = GATE_RUN_SLOT }, "{\"gate\":\"run_slot\"}", "waits for a run slot" },
	{ { .kind = GATE_PAUSED, .dag = "etl" },
	  "{\"gate\":\"paused\",\"dag\":\"etl\"}",
	  "dag 'etl' is paused: `tidemill dags unpause etl`" },
	{ { .kind = GATE_CLAIM, .attempt = 7 },
	  "{\"gate\":\"claim\",\"attempt\":7}",
	  "attempt 7 writes its partition" },
	{ { .kind = GATE_BEING_WRITTEN, .dataset = "events", .part = 3, .run = "r", .dag = "etl" },
	  "{\"gate\":\"being_written\",\"dataset\":\"events\",\"day\":\"1970-01-04\",\"run\":\"r\","
	  "\"dag\":\"etl\"}",
	  "events 1970-01-04 is being written by run r of dag etl" },
	{ { .kind = GATE_PAST_FAILED, .task = "add", .run = "r", .dag = "etl" },
	  "{\"gate\":\"past_failed\",\"task\":\"add\",\"run\":\"r\",\"dag\":\"etl\"}",
	  "depends_on_past: task add of run r did not end well: `tidemill runs clear etl r "
	  "--only-failed`" },
	{ { .kind = GATE_SHORTAGE, .error = ENOSPC },
	  "{\"gate\":\"shortage\",\"error\":28}",
	  "nothing is started, the machine is short: No space left on device" },
	{ { .kind = GATE_POOL, .pool = "heavy", .slots = 2, .used = 3, .total = 4 },
	  "{\"gate\":\"pool\",\"pool\":\"heavy\",\"used\":3,\"total\":4,\"slots\":2}",
	  "it waits for slots of pool heavy: 3 of 4 are used, it takes 2" },
	{ { .kind = GATE_MEMORY, .slots = 1536, .used = 64, .total = 2048 },
	  "{\"gate\":\"memory\",\"slots\":1536,\"used\":64,\"total\":2048}",
	  "it asks for 1.5 GiB of memory: 64 MiB of 2 GiB are given to tasks that run" },
	{ { .kind = GATE_RATE, .pool = "heavy", .total = 10, .span = "min", .until_us = 1000000 },
	  "{\"gate\":\"rate\",\"pool\":\"heavy\",\"total\":10,\"span\":\"min\","
	  "\"until\":\"1970-01-01T00:00:01Z\"}",
	  "it waits for the rate of pool heavy, 10/min: so many have begun within it" },
	{ { .kind = GATE_WHEN_FALSE, .text = "params.x = \"a\"" },
	  "{\"gate\":\"when_false\",\"text\":\"params.x = \\\"a\\\"\"}",
	  "its `when` is false: params.x = \"a\"" },
	{ { .kind = GATE_NOT_MADE, .dataset = "events", .part = 0, .dag = "etl" },
	  "{\"gate\":\"not_made\",\"dataset\":\"events\",\"day\":\"1970-01-01\",\"dag\":\"etl\"}",
	  "events 1970-01-01 does not exist; it is made by a run of dag etl" },
};

static void
expect_sentence(const struct gate *gate, const char *says)
{
	struct buf b;

	buf_init(&b, 1000);
	gate_say(gate, &b);
	assert_string_equal(says, b.data);
	buf_release(&b);
}

static void
a_gate_is_stored_with_what_its_sentence_names(void **state)
{
	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		struct buf b;

		buf_init(&b, 1000);
		gate_write(&cases[i].gate, &b);
		assert_string_equal(cases[i].stored, b.data);
		buf_release(&b);
		expect_sentence(&cases[i].gate, cases[i].says);
	}
}

static void
a_stored_gate_says_the_same(void **state)
{
	(void)state;
	for (size_t i = 1; i < countof(cases); i++) {
		json_t *stored = NULL;
		struct gate gate;

		assert_int_equal(0, json_read(&stored, cases[i].stored, strlen(cases[i].stored),
					      "a gate", NULL));
		gate_read(&gate, stored);
		assert_int_equal(cases[i].gate.kind, gate.kind);
		expect_sentence(&gate, cases[i].says);
		json_decref(stored);
	}
}

static void
a_sentence_of_an_older_version_is_told_as_it_stands(void **state)
{
	json_t *stored = json_string("waits for a run {slot}");
	struct gate gate;

	(void)state;
	gate_read(&gate, stored);
	assert_int_equal(GATE_TEXT, gate.kind);
	expect_sentence(&gate, "waits for a run {slot}");
	json_decref(stored);
	stored = json_string("");
	gate_read(&gate, stored);
	assert_int_equal(GATE_NONE, gate.kind);
	json_decref(stored);
}

static void
every_gate_has_a_word_of_its_own(void **state)
{
	(void)state;
	for (int i = 0; i < GATE_COUNT; i++) {
		assert_int_equal(i, gate_of(gate_word((enum gate_kind)i)));
		assert_true(i == GATE_NONE || *gate_until((enum gate_kind)i));
	}
	assert_int_equal(-1, gate_of("puddle"));
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_gate_is_stored_with_what_its_sentence_names),
		cmocka_unit_test(a_stored_gate_says_the_same),
		cmocka_unit_test(a_sentence_of_an_older_version_is_told_as_it_stands),
		cmocka_unit_test(every_gate_has_a_word_of_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
