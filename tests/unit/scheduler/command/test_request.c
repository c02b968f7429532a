/* test_request.c - every field of every control request, right, wrong and at its bounds. */
#include "scheduler/command/request.h"

#include "core/time/civil.h"
#include "core/base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static enum err_code
read_text(struct request *out, json_t **message, const char *text, struct err *err)
{
	assert_int_equal(json_read(message, text, strlen(text), "a test", err), ERR_NONE);
	return request_read(out, *message, err);
}

static void
takes_what_is_complete(void **state)
{
	static const struct {
		const char *name, *text;
		enum request_kind kind;
		enum command_kind command;
	} rows[] = {
		{ "ping", "{\"proto\":1,\"command\":\"ping\"}", REQUEST_PING, 0 },
		{ "ping with key", "{\"proto\":1,\"command\":\"ping\",\"key\":\"k\"}", REQUEST_PING,
		  0 },
		{ "reload", "{\"proto\":1,\"command\":\"reload\"}", REQUEST_RELOAD, 0 },
		{ "pause", "{\"proto\":1,\"command\":\"pause\",\"key\":\"k\",\"dag\":\"d\"}",
		  REQUEST_COMMAND, COMMAND_PAUSE },
		{ "unpause", "{\"proto\":1,\"command\":\"unpause\",\"key\":\"k\",\"dag\":\"d\"}",
		  REQUEST_COMMAND, COMMAND_UNPAUSE },
		{ "trigger", "{\"proto\":1,\"command\":\"trigger\",\"key\":\"k\",\"dag\":\"d\"}",
		  REQUEST_COMMAND, COMMAND_TRIGGER },
		{ "cancel by id",
		  "{\"proto\":1,\"command\":\"cancel\",\"key\":\"k\",\"dag\":\"d\","
		  "\"run_id\":\"manual__2026-05-01\"}",
		  REQUEST_COMMAND, COMMAND_CANCEL },
		{ "clear by date",
		  "{\"proto\":1,\"command\":\"clear\",\"key\":\"k\",\"dag\":\"d\","
		  "\"logical_date\":\"2026-05-01\"}",
		  REQUEST_COMMAND, COMMAND_CLEAR },
		{ "backfill of one day",
		  "{\"proto\":1,\"command\":\"backfill\",\"key\":\"k\",\"dag\":\"d\","
		  "\"from_date\":\"2026-05-01\",\"to_date\":\"2026-05-01\"}",
		  REQUEST_COMMAND, COMMAND_BACKFILL },
	};

	(void)state;
	for (size_t i = 0; i < countof(rows); i++) {
		json_t *message = NULL;
		struct err err = { 0 };
		struct request r;

		if (read_text(&r, &message, rows[i].text, &err))
			fail_msg("%s: %s", rows[i].name, err.msg);
		if (r.kind != rows[i].kind || r.command.kind != rows[i].command)
			fail_msg("%s: taken for something else", rows[i].name);
		request_release(&r);
		json_decref(message);
	}
}

static void
reads_every_field_of_a_backfill(void **state)
{
	static const char text[] =
	    "{\"proto\":1,\"command\":\"backfill\",\"key\":\"abc\",\"dag\":\"sales\","
	    "\"from_date\":\"2026-05-01\",\"to_date\":\"2026-05-21T00:00:00Z\","
	    "\"reprocess\":\"completed\",\"max_active_runs\":4,\"run_backwards\":true,"
	    "\"dry_run\":true,\"params\":{\"feature\":\"root\",\"n\":3,\"on\":false}}";
	json_t *message = NULL;
	struct err err;
	struct request r;

	(void)state;
	assert_int_equal(read_text(&r, &message, text, &err), ERR_NONE);
	assert_string_equal(r.command.key, "abc");
	assert_string_equal(r.command.dag, "sales");
	assert_int_equal(r.command.from_us, civil_day(2026, 5, 1) * DAY_US);
	assert_int_equal(r.command.to_us, civil_day(2026, 5, 21) * DAY_US);
	assert_int_equal(r.command.reprocess, REPROCESS_COMPLETED);
	assert_int_equal(r.command.max_active_runs, 4);
	assert_true(r.command.backwards);
	assert_true(r.command.dry_run);
	assert_string_equal(r.command.params, "{\"feature\":\"root\",\"n\":3,\"on\":false}");
	request_release(&r);
	json_decref(message);
}

static void
reads_every_field_of_a_clear(void **state)
{
	static const char text[] =
	    "{\"proto\":1,\"command\":\"clear\",\"key\":\"abc\",\"dag\":\"sales\","
	    "\"run_id\":\"scheduled__2026-05-01\",\"only_failed\":true,\"pinned\":true,"
	    "\"task\":\"load\"}";
	json_t *message = NULL;
	struct err err;
	struct request r;

	(void)state;
	assert_int_equal(read_text(&r, &message, text, &err), ERR_NONE);
	assert_string_equal(r.command.run_id, "scheduled__2026-05-01");
	assert_string_equal(r.command.task, "load");
	assert_false(r.command.has_logical);
	assert_true(r.command.only_failed);
	assert_true(r.command.pinned);
	request_release(&r);
	json_decref(message);
}

/* What each message says when it is refused: the field, and what is wrong with it. */
static void
refuses_and_names_the_field(void **state)
{
#define HEAD(command) "{\"proto\":1,\"command\":\"" command "\",\"key\":\"k\",\"dag\":\"d\""
#define FILL HEAD("backfill") ",\"from_date\":\"2026-05-01\",\"to_date\":\"2026-05-02\""
	static const struct {
		const char *name, *text, *says;
	} rows[] = {
		{ "not an object", "[]", "a JSON object" },
		{ "no command", "{\"proto\":1}", "no command ''" },
		{ "unknown command", "{\"proto\":1,\"command\":\"stop\"}", "no command 'stop'" },
		{ "command no text", "{\"proto\":1,\"command\":7}", "no command ''" },
		{ "no proto", "{\"command\":\"ping\"}", "'proto'" },
		{ "proto 2", "{\"proto\":2,\"command\":\"ping\"}", "no other protocol" },
		{ "proto text", "{\"proto\":\"1\",\"command\":\"ping\"}", "'proto'" },
		{ "no key", "{\"proto\":1,\"command\":\"pause\",\"dag\":\"d\"}", "'key'" },
		{ "empty key", "{\"proto\":1,\"command\":\"pause\",\"dag\":\"d\",\"key\":\"\"}",
		  "'key'" },
		{ "no dag", "{\"proto\":1,\"command\":\"pause\",\"key\":\"k\"}", "'dag'" },
		{ "dag a number", "{\"proto\":1,\"command\":\"pause\",\"key\":\"k\",\"dag\":1}",
		  "'dag'" },
		{ "newline in dag",
		  "{\"proto\":1,\"command\":\"pause\",\"key\":\"k\",\"dag\":\"a\\nb\"}", "'dag'" },
		{ "unknown field", HEAD("pause") ",\"force\":true}", "'force'" },
		{ "field of another", HEAD("trigger") ",\"from_date\":\"2026-05-01\"}",
		  "'from_date'" },
		{ "null", HEAD("trigger") ",\"logical_date\":null}", "'logical_date'" },
		{ "30 February", HEAD("trigger") ",\"logical_date\":\"2026-02-30\"}",
		  "'logical_date'" },
		{ "date and more", HEAD("trigger") ",\"logical_date\":\"2026-02-03 \"}",
		  "'logical_date'" },
		{ "no to_date", HEAD("backfill") ",\"from_date\":\"2026-05-01\"}", "'to_date'" },
		{ "backwards range",
		  HEAD("backfill") ",\"from_date\":\"2026-05-02\",\"to_date\":\"2026-05-01\"}",
		  "after" },
		{ "reprocess", FILL ",\"reprocess\":\"all\"}", "none, failed or completed" },
		{ "runs negative", FILL ",\"max_active_runs\":-1}", "'max_active_runs'" },
		{ "runs 10001", FILL ",\"max_active_runs\":10001}", "'max_active_runs'" },
		{ "runs real", FILL ",\"max_active_runs\":1.5}", "'max_active_runs'" },
		{ "dry_run text", FILL ",\"dry_run\":\"yes\"}", "true or false" },
		{ "params array", FILL ",\"params\":[]}", "'params'" },
		{ "params nested", FILL ",\"params\":{\"a\":{}}}", "'params'" },
		{ "params null", FILL ",\"params\":{\"a\":null}}", "'params'" },
		{ "params no name", FILL ",\"params\":{\"\":1}}", "'params'" },
		{ "clear of no run", HEAD("clear") "}", "either" },
		{ "clear of two",
		  HEAD("clear") ",\"run_id\":\"r\",\"logical_date\":\"2026-05-01\"}", "either" },
		{ "cancel of no run", HEAD("cancel") "}", "either" },
	};

	(void)state;
	for (size_t i = 0; i < countof(rows); i++) {
		json_t *message = NULL;
		struct err err = { 0 };
		struct request r;

		if (read_text(&r, &message, rows[i].text, &err) != ERR_INPUT)
			fail_msg("%s: accepted", rows[i].name);
		if (!strstr(err.msg, rows[i].says))
			fail_msg("%s: says '%s'", rows[i].name, err.msg);
		json_decref(message);
	}
#undef FILL
#undef HEAD
}

/* The code for a trigger with one text field of the given length. */
static enum err_code
try_length(const char *field, size_t bytes)
{
	json_t *message = json_pack("{s:i, s:s, s:s, s:s}", "proto", 1, "command", "cancel", "key",
				    "k", "dag", "d");
	char *text = mem_new(bytes + 1, 1);
	enum err_code code;
	struct request r;

	memset(text, 'x', bytes);
	if (strcmp(field, "run_id") != 0)
		(void)json_object_set_new(message, "run_id", json_string("r"));
	(void)json_object_set_new(message, field, json_string(text));
	code = request_read(&r, message, NULL);
	if (!code)
		request_release(&r);
	json_decref(message);
	free(text);
	return code;
}

static void
text_is_bounded_in_length(void **state)
{
	static const struct {
		const char *field;
		size_t max;
	} rows[] = {
		{ "key", REQUEST_KEY_BYTES_MAX },
		{ "dag", NAME_MAX_BYTES },
		{ "run_id", RUN_ID_CHARS },
	};

	(void)state;
	for (size_t i = 0; i < countof(rows); i++) {
		if (try_length(rows[i].field, 0) != ERR_INPUT)
			fail_msg("%s: empty accepted", rows[i].field);
		if (try_length(rows[i].field, rows[i].max))
			fail_msg("%s: refused at its limit", rows[i].field);
		if (try_length(rows[i].field, rows[i].max + 1) != ERR_INPUT)
			fail_msg("%s: accepted one past its limit", rows[i].field);
	}
}

/* The code for params that take exactly `bytes` bytes as compact JSON: {"p":"xx..."}. */
static enum err_code
try_params(size_t bytes)
{
	size_t n = bytes - strlen("{\"p\":\"\"}");
	char *text = mem_new(n + 1, 1);
	enum err_code code;
	struct request r;
	json_t *message;

	memset(text, 'x', n);
	message = json_pack("{s:i, s:s, s:s, s:s, s:{s:s}}", "proto", 1, "command", "trigger",
			    "key", "k", "dag", "d", "params", "p", text);
	code = request_read(&r, message, NULL);
	if (!code) {
		assert_int_equal(strlen(r.command.params), bytes);
		request_release(&r);
	}
	json_decref(message);
	free(text);
	return code;
}

static void
params_are_bounded_in_size(void **state)
{
	(void)state;
	assert_int_equal(try_params(REQUEST_PARAMS_BYTES_MAX), ERR_NONE);
	assert_int_equal(try_params(REQUEST_PARAMS_BYTES_MAX + 1), ERR_INPUT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_what_is_complete),
		cmocka_unit_test(reads_every_field_of_a_backfill),
		cmocka_unit_test(reads_every_field_of_a_clear),
		cmocka_unit_test(refuses_and_names_the_field),
		cmocka_unit_test(text_is_bounded_in_length),
		cmocka_unit_test(params_are_bounded_in_size),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
