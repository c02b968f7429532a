/* test_param.c - core/model/param.c: what a parameter's value may look like. */
#include "core/model/param.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const struct param params[] = {
	{ "name", PARAM_STRING, NULL, false },     { "n", PARAM_INT, "1", false },
	{ "x", PARAM_NUMBER, "0.5", false },       { "deep", PARAM_BOOL, "false", false },
	{ "files", PARAM_LIST, "[\"a\"]", false },
};

static void
a_text_fits_the_type_it_spells(void **state)
{
	static const struct {
		const char *text;
		bool is_int, is_number, is_bool;
	} cases[] = {
		/* clang-format off */
		{ "7", true, true, false },
		{ "-7", true, true, false },
		{ "0", true, true, false },
		{ "-0", true, true, false },
		{ "007", false, false, false },
		{ "+7", false, false, false },
		{ ".5", false, false, false },
		{ "5.", false, false, false },
		{ "0.5", false, true, false },
		{ "1e3", false, true, false },
		{ "1E-3", false, true, false },
		{ "1e", false, false, false },
		{ "1e999", false, false, false },
		{ "9223372036854775807", true, true, false },
		{ "9223372036854775808", false, true, false },
		{ "0x10", false, false, false },
		{ " 7", false, false, false },
		{ "7 ", false, false, false },
		{ "", false, false, false },
		{ "-", false, false, false },
		{ "inf", false, false, false },
		{ "nan", false, false, false },
		{ "true", false, false, true },
		{ "false", false, false, true },
		{ "True", false, false, false },
		/* clang-format on */
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		const char *text = cases[i].text;

		if (param_fits(PARAM_INT, text) != cases[i].is_int ||
		    param_fits(PARAM_NUMBER, text) != cases[i].is_number ||
		    param_fits(PARAM_BOOL, text) != cases[i].is_bool ||
		    !param_fits(PARAM_STRING, text))
			fail_msg("'%s'", text);
	}
}

static void
a_request_is_refused_with_the_reason(void **state)
{
	static const struct {
		const char *text, *want; /* NULL: taken */
	} cases[] = {
		{ "{\"name\":\"a\"}", NULL },
		{ "{\"name\":\"a\",\"n\":2,\"x\":3,\"deep\":true}", NULL },
		{ "{\"name\":\"a\",\"n\":\"2\",\"x\":\"2.5\",\"deep\":\"true\"}", NULL },
		{ "{}", "param 'name' of dag 'd' has no default: give it with -p name=VALUE" },
		{ NULL, "param 'name' of dag 'd' has no default: give it with -p name=VALUE" },
		{ "{\"nome\":\"a\"}", "dag 'd' has no param 'nome'" },
		{ "{\"name\":1}", "param 'name' of dag 'd' has a value of another type" },
		{ "{\"name\":null}", "param 'name' of dag 'd' has a value of another type" },
		{ "{\"n\":2.5}",
		  "param 'n' of dag 'd' has a value of another type: it is a whole number such "
		  "as 7" },
		{ "{\"n\":\"007\"}", "param 'n' of dag 'd' has a value of another type" },
		{ "{\"n\":[1]}", "param 'n' of dag 'd' has a value of another type" },
		{ "{\"deep\":1}", "param 'deep' of dag 'd' has a value of another type" },
		{ "{\"name\":\"a\",\"files\":[\"a\",7,true]}", NULL },
		{ "{\"name\":\"a\",\"files\":\"[1, 2]\"}", NULL },
		{ "{\"name\":\"a\",\"files\":[]}", NULL },
		{ "{\"files\":[[1]]}",
		  "param 'files' of dag 'd' has a value of another type: a list is JSON such as "
		  "[\"a\", 7]" },
		{ "{\"files\":[null]}", "param 'files' of dag 'd' has a value of another type" },
		{ "{\"files\":{}}", "param 'files' of dag 'd' has a value of another type" },
		{ "{\"files\":7}", "param 'files' of dag 'd' has a value of another type" },
		{ "{\"files\":\"a, b\"}", "param 'files' of dag 'd' has a value of another type" },
		{ "[]", "params: not a JSON object" },
		{ "{", "params" },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		struct err err = { 0 };
		enum err_code code = params_check("d", params, countof(params), cases[i].text,
						  &err);

		if (cases[i].want ? code != ERR_INPUT || !strstr(err.msg, cases[i].want)
				  : code != ERR_NONE)
			fail_msg("%s: '%s'", cases[i].text, err.msg);
	}
}

static void
values_of_a_run_stand_over_the_defaults(void **state)
{
	struct arena *arena = arena_new();
	struct param_value *values;
	struct err err;

	(void)state;
	assert_int_equal(params_take("d", params, countof(params),
				     "{\"gone\":1,\"x\":2.25,\"name\":\"a\"}", arena, &values,
				     &err),
			 ERR_NONE);
	assert_string_equal(values[0].value, "a");
	assert_string_equal(values[1].value, "1");
	assert_string_equal(values[2].value, "2.25");
	assert_string_equal(values[3].value, "false");
	assert_string_equal(values[3].name, "deep");
	assert_string_equal(values[4].value, "[\"a\"]");
	assert_string_equal(param_shown(&params[4], "{\"files\":\"[1, \\\"b\\\"]\"}", arena),
			    "[1,\"b\"]");
	assert_string_equal(param_shown(&params[4], "{\"files\":[1,2]}", arena), "[1,2]");
	/* They were of another type when it was given. */
	assert_null(param_shown(&params[4], "{\"files\":\"x\"}", arena));
	assert_null(param_shown(&params[1], "{\"n\":[1]}", arena));
	assert_int_equal(params_take("d", params, countof(params), "", arena, &values, &err),
			 ERR_INPUT);
	assert_string_equal(err.msg, "param 'name' of dag 'd' has no default and was not given");
	arena_free(arena);
}

/* What is given is never in the message: it may be the secret. */
static void
a_secret_is_given_by_where_it_is_found(void **state)
{
	static const struct param secret[] = { { "token", PARAM_STRING, NULL, true } };
	static const char *const taken[] = { "env:TOKEN", "file:run/token", "file:/run/a=b" };
	static const char *const refused[] = { "swordfish", "env:", "file:", "env:A=swordfish",
					       "x",         "",     "Env:A", "fileswordfish" };
	char text[100];
	struct err err;

	(void)state;
	for (size_t i = 0; i < countof(taken); i++) {
		(void)snprintf(text, sizeof(text), "{\"token\":\"%s\"}", taken[i]);
		assert_int_equal(params_check("d", secret, 1, text, &err), ERR_NONE);
	}
	for (size_t i = 0; i < countof(refused); i++) {
		(void)snprintf(text, sizeof(text), "{\"token\":\"%s\"}", refused[i]);
		assert_int_equal(params_check("d", secret, 1, text, &err), ERR_INPUT);
		assert_null(strstr(err.msg, "swordfish"));
		assert_non_null(strstr(err.msg, "-p token=env:NAME, or -p token=file:PATH"));
	}
	assert_int_equal(params_check("d", secret, 1, "{}", &err), ERR_INPUT);
	assert_non_null(strstr(err.msg, "give it with -p token=env:NAME"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_text_fits_the_type_it_spells),
		cmocka_unit_test(a_request_is_refused_with_the_reason),
		cmocka_unit_test(values_of_a_run_stand_over_the_defaults),
		cmocka_unit_test(a_secret_is_given_by_where_it_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
