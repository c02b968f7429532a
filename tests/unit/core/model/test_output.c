/* test_output.c - core/model/output.c: what a task left is what it declares, or it is told why not.
 */
#include "core/model/output.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct task_output outputs[] = {
	{ "n", OUTPUT_INT64 },      { "x", OUTPUT_FLOAT64 }, { "s", OUTPUT_STRING },
	{ "on", OUTPUT_BOOL },      { "day", OUTPUT_DATE },  { "at", OUTPUT_TIMESTAMP },
	{ "for", OUTPUT_DURATION }, { "any", OUTPUT_JSON },
};

#define REST ",\"on\":true,\"day\":\"2026-05-01\",\"at\":\"2026-05-01T00:00:00Z\",\"for\":\"90s\","
#define LEFT(n, x, s) "{\"n\":" n ",\"x\":" x ",\"s\":" s REST "\"any\":[1,{}]}"

static void
what_fits_is_kept_with_the_declared_keys_alone(void **state)
{
	static const char text[] =
	    " {\"more\": 1, \"s\": \"a\\u00e4\\\"\", \"x\": 0.1, \"n\": 7, \"on\":"
	    "false, \"day\": null, \"at\": \"2026-05-01\", \"for\": \"1h\", "
	    "\"any\": {\"b\": 1, \"a\": []} } \n";
	struct buf kept;
	struct err err;

	(void)state;
	buf_init(&kept, SIZE_MAX);
	assert_int_equal(outputs_check(outputs, countof(outputs), text, strlen(text), &kept, &err),
			 ERR_NONE);
	assert_string_equal(kept.data,
			    "{\"n\":7,\"x\":0.1,\"s\":\"a\xc3\xa4\\\"\",\"on\":false,\"day\":null,"
			    "\"at\":\"2026-05-01\",\"for\":\"1h\",\"any\":{\"b\":1,\"a\":[]}}");
	buf_release(&kept);
}

static void
a_misfit_names_key_wanted_and_found(void **state)
{
	static const struct {
		const char *left, *says;
	} cases[] = {
		{ "",
		  "the task declares outputs, and it left nothing: write a JSON object into the "
		  "file that $TIDEMILL_RESULT names, {\"n\": ..., \"x\": ..., " },
		{ "[]", "the task declares outputs, and what it left is no JSON object: write" },
		{ "7", "the task declares outputs, and what it left is no JSON object: write" },
		{ "{\"n\": 1", "read the outputs in $TIDEMILL_RESULT as JSON: line 1: '}' expected "
			       "near end of file" },
		{ "{\"n\":1,\"n\":2}", "read the outputs in $TIDEMILL_RESULT as JSON: line 1: "
				       "duplicate object key near '\"n\"'" },
		{ "{}", "the outputs in $TIDEMILL_RESULT have no 'n', which is declared as int64: "
			"write it, or null when it is not known" },
		{ LEFT("\"7\"", "1", "\"\""), "output 'n' in $TIDEMILL_RESULT is the text \"7\"; "
					      "int64 is wanted: write a whole "
					      "number of 64 bits, such as 7" },
		{ LEFT("7.0", "1", "\"\""),
		  "output 'n' in $TIDEMILL_RESULT is the number 7.0; int64" },
		{ LEFT("true", "1", "\"\""), "output 'n' in $TIDEMILL_RESULT is true; int64" },
		{ LEFT("[7]", "1", "\"\""), "output 'n' in $TIDEMILL_RESULT is a list; int64" },
		{ LEFT("9223372036854775808", "1", "\"\""),
		  "read the outputs in $TIDEMILL_RESULT as JSON: line 1: too big integer" },
		{ LEFT("7", "\"1\"", "\"\""), "output 'x' in $TIDEMILL_RESULT is the text \"1\"; "
					      "float64 is wanted: write a number, such as 0.5" },
		{ LEFT("7", "1e999", "\"\""),
		  "read the outputs in $TIDEMILL_RESULT as JSON: line 1: "
		  "real number overflow near '1e999'" },
		{ LEFT("7", "1", "8"), "output 's' in $TIDEMILL_RESULT is the number 8; string is "
				       "wanted: write a text in double quotes" },
		{ LEFT("7", "1", "{}"), "output 's' in $TIDEMILL_RESULT is an object; string" },
		{ "{\"n\":1,\"x\":1,\"s\":\"\",\"on\":1}", "output 'on' in $TIDEMILL_RESULT is the "
							   "number 1; bool is wanted: write true" },
		{ "{\"n\":1,\"x\":1,\"s\":\"\",\"on\":true,\"day\":\"2026-02-30\"}",
		  "output 'day' in $TIDEMILL_RESULT is the text \"2026-02-30\"; date is wanted" },
		{ "{\"n\":1,\"x\":1,\"s\":\"\",\"on\":true,\"day\":\"2026-05-01\",\"at\":\"noon\"}",
		  "output 'at' in $TIDEMILL_RESULT is the text \"noon\"; timestamp is wanted" },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		struct buf kept;
		struct err err = { 0 };

		buf_init(&kept, SIZE_MAX);
		if (!outputs_check(outputs, countof(outputs), cases[i].left, strlen(cases[i].left),
				   &kept, &err) ||
		    strncmp(err.msg, cases[i].says, strlen(cases[i].says)) != 0)
			fail_msg("%s: %s", cases[i].left, err.msg);
		assert_int_equal(kept.bytes, 0);
		buf_release(&kept);
	}
}

/* A text of so many bytes, as the one output of a task. */
static enum err_code
check_text(size_t bytes, struct err *err)
{
	static const struct task_output one[] = { { "s", OUTPUT_STRING } };
	char *text = malloc(bytes + 1);
	enum err_code code;
	struct buf kept;

	assert_non_null(text);
	memset(text, 'x', bytes);
	memcpy(text, "{\"s\":\"", 6);
	memcpy(text + bytes - 2, "\"}", 2);
	buf_init(&kept, SIZE_MAX);
	code = outputs_check(one, 1, text, bytes, &kept, err);
	assert_int_equal(kept.bytes, code ? 0 : bytes);
	buf_release(&kept);
	free(text);
	return code;
}

static void
more_than_64_KiB_is_refused(void **state)
{
	static const struct task_output one[] = { { "any", OUTPUT_JSON } };
	char *numbers = malloc(OUTPUTS_BYTES_MAX);
	struct buf kept;
	struct err err;
	size_t n;

	(void)state;
	assert_int_equal(check_text(OUTPUTS_BYTES_MAX, &err), ERR_NONE);
	assert_int_equal(check_text(OUTPUTS_BYTES_MAX + 1, &err), ERR_LIMIT);
	assert_string_equal(err.msg,
			    "the outputs in $TIDEMILL_RESULT are longer than 64 KiB: leave what "
			    "is large in a file or a dataset, and its name here");
	/* What is short as it is written may be long as it is kept. */
	assert_non_null(numbers);
	n = (size_t)snprintf(numbers, OUTPUTS_BYTES_MAX, "{\"any\":[0.1");
	while (n < OUTPUTS_BYTES_MAX / 2)
		n += (size_t)snprintf(numbers + n, OUTPUTS_BYTES_MAX - n, ",0.1");
	n += (size_t)snprintf(numbers + n, OUTPUTS_BYTES_MAX - n, "]}");
	buf_init(&kept, SIZE_MAX);
	assert_int_equal(outputs_check(one, 1, numbers, n, &kept, &err), ERR_LIMIT);
	assert_int_equal(kept.bytes, 0);
	buf_release(&kept);
	free(numbers);
}

/* What a try left for the next one: any object, and no more than fits. */
static void
the_state_is_an_object_of_64_KiB(void **state)
{
	static const struct {
		const char *text, *kept, *message;
	} cases[] = {
		{ "{\"b\": [1, 2.5], \"a\": {}}\n", "{\"b\":[1,2.5],\"a\":{}}", NULL },
		{ "{}", "{}", NULL },
		{ "", "", NULL },
		{ "[]", "", "the state in $TIDEMILL_STATE is no JSON object: write one" },
		{ "7", "", "the state in $TIDEMILL_STATE is no JSON object: write one" },
		{ "\n", "", "read the state in $TIDEMILL_STATE as JSON: " },
		{ "{\"page\": 7", "", "read the state in $TIDEMILL_STATE as JSON: line 1: " },
	};
	char *large = mem_new(STATE_BYTES_MAX + 2, 1);
	struct err err;
	struct buf kept;

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		enum err_code code;

		buf_init(&kept, SIZE_MAX);
		code = state_check(cases[i].text, strlen(cases[i].text), &kept, &err);
		assert_int_equal(code, cases[i].message ? ERR_INPUT : ERR_NONE);
		assert_string_equal(kept.bytes ? kept.data : "", cases[i].kept);
		if (code)
			assert_int_equal(
			    strncmp(err.msg, cases[i].message, strlen(cases[i].message)), 0);
		buf_release(&kept);
	}
	memset(large, 'x', STATE_BYTES_MAX + 1);
	memcpy(large, "{\"s\":\"", 6);
	memcpy(large + STATE_BYTES_MAX - 2, "\"}", 3);
	buf_init(&kept, SIZE_MAX);
	assert_int_equal(state_check(large, STATE_BYTES_MAX, &kept, &err), ERR_NONE);
	assert_int_equal(kept.bytes, STATE_BYTES_MAX);
	assert_int_equal(state_check(large, STATE_BYTES_MAX + 1, &kept, &err), ERR_LIMIT);
	buf_release(&kept);
	free(large);
}

/* What another definition kept may lack a key, or have it of another type. */
static void
what_does_not_fit_any_more_is_null(void **state)
{
	static const char text[] = "{\"n\":\"7\",\"x\":2,\"s\":null,\"day\":\"2026-05-02\"}";
	struct arena *arena = arena_new();
	json_t *kept = NULL;

	(void)state;
	assert_int_equal(json_read(&kept, text, strlen(text), "it", NULL), ERR_NONE);
	assert_true(output_take(&outputs[0], kept, arena).null);
	assert_true(output_take(&outputs[1], kept, arena).real == 2.0);
	assert_true(output_take(&outputs[2], kept, arena).null);
	assert_true(output_take(&outputs[3], kept, arena).null);
	assert_int_equal(output_take(&outputs[4], kept, arena).whole, 20575);
	assert_true(output_take(&outputs[1], NULL, arena).null);
	json_decref(kept);
	arena_free(arena);
}

static void
a_type_is_found_by_its_word(void **state)
{
	(void)state;
	for (int i = 0; i < OUTPUT_TYPE_COUNT; i++)
		assert_int_equal(output_type_of(output_type_name((enum output_type)i)), i);
	assert_int_equal(output_type_of("int"), -1);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_fits_is_kept_with_the_declared_keys_alone),
		cmocka_unit_test(a_misfit_names_key_wanted_and_found),
		cmocka_unit_test(more_than_64_KiB_is_refused),
		cmocka_unit_test(the_state_is_an_object_of_64_KiB),
		cmocka_unit_test(what_does_not_fit_any_more_is_null),
		cmocka_unit_test(a_type_is_found_by_its_word),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
