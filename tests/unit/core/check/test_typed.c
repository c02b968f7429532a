/* test_typed.c - what a check names in a file, as values of the type of its column. */
#include "core/check/check.h"
#include "core/check/typed.h"
#include "core/check/values.h"

#include <inttypes.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define NOON (INT64_C(1777636800000000)) /* 2026-05-01T12:00:00Z */

static void
one_value_has_many_spellings(void **state)
{
	static const struct {
		enum col_type type;
		const char *text;
		int64_t whole;
		double real;
	} cases[] = {
		{ COL_INT64, "1", 1, 0 },
		{ COL_INT64, "1.0", 1, 0 },
		{ COL_INT64, "1e3", 1000, 0 },
		{ COL_INT64, "9223372036854775807", INT64_MAX, 0 },
		{ COL_INT32, "-2147483648", INT32_MIN, 0 },
		{ COL_FLOAT64, "1", 0, 1 },
		{ COL_FLOAT64, "1e21", 0, 1e21 },
		{ COL_FLOAT64, "2.50", 0, 2.5 },
		{ COL_FLOAT64, "-inf", 0, -HUGE_VAL },
		{ COL_BOOL, "true", 1, 0 },
		{ COL_BOOL, "false", 0, 0 },
		{ COL_TIMESTAMP, "2026-05-01T12:00:00Z", NOON, 0 },
		{ COL_TIMESTAMP, "2026-05-01 12:00:00", NOON, 0 },
		{ COL_TIMESTAMP, "2026-05-01T14:00:00.000+02:00", NOON, 0 },
		{ COL_DATE, "2026-05-01", 20574, 0 },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		struct typed_value v = { 0 };
		char why[TYPED_WHY_CHARS] = "";
		const char *help;

		if (!typed_read(cases[i].type, cases[i].text, &v, why, &help) ||
		    v.whole != cases[i].whole || !(v.real == cases[i].real))
			fail_msg("%s as %s: %" PRId64 ", %g %s", cases[i].text,
				 col_type_name(cases[i].type), v.whole, v.real, why);
	}
}

static void
minus_zero_is_zero(void **state)
{
	struct typed_value v = { 0 };
	char why[TYPED_WHY_CHARS];
	const char *help;

	(void)state;
	assert_true(typed_read(COL_FLOAT64, "-0.0", &v, why, &help));
	assert_false(signbit(v.real));
}

static void
what_can_be_no_value_says_why(void **state)
{
	static const struct {
		enum col_type type;
		const char *text, *why, *help;
	} cases[] = {
		{ COL_INT64, "1.5", "'1.5' is no whole number, and the column is int64", NULL },
		{ COL_INT64, "one", "'one' is no whole number, and the column is int64", NULL },
		{ COL_INT64, "007", "'007' is no whole number, and the column is int64", NULL },
		{ COL_INT32, "2147483648", "'2147483648' does not fit into int32", NULL },
		{ COL_INT64, "1e30", "'1e30' does not fit into int64", NULL },
		{ COL_FLOAT64, "1e999", "'1e999' does not fit into float64", NULL },
		{ COL_FLOAT64, "x", "'x' is no number, and the column is float64", NULL },
		{ COL_BOOL, "yes", "'yes' is no truth value, and the column is bool",
		  "write true or false" },
		{ COL_TIMESTAMP, "noon", "'noon' is no timestamp, and the column is timestamp",
		  "write it as 2026-05-01T12:00:00Z" },
		{ COL_DATE, "2026-05-01T00:00:00Z",
		  "'2026-05-01T00:00:00Z' is no date, and the column is date",
		  "write it as 2026-05-01" },
		{ COL_JSON, "abc", "'abc' is no JSON, and the column is json",
		  "a text in JSON has quotes of its own: '\"a\"'" },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		struct typed_value v;
		char why[TYPED_WHY_CHARS] = "";
		const char *help = NULL;

		if (typed_read(cases[i].type, cases[i].text, &v, why, &help))
			fail_msg("%s was taken", cases[i].text);
		assert_string_equal(why, cases[i].why);
		if (!cases[i].help)
			assert_null(help);
		else
			assert_string_equal(help, cases[i].help);
	}
}

static void
a_range_is_read_by_the_type_of_its_column(void **state)
{
	static const struct {
		enum col_type type;
		struct check_bounds bounds;
		bool exclusive, none;
		int64_t min, max;
	} cases[] = {
		{ COL_INT64, { "1", NULL }, false, false, 1, INT64_MAX },
		{ COL_INT64, { "0.2", "0.8" }, false, true, 0, 0 },
		{ COL_INT64, { NULL, "1e30" }, false, false, INT64_MIN, INT64_MAX },
		{ COL_INT64, { "1e30", NULL }, false, true, 0, 0 },
		{ COL_INT32, { "3000000000", NULL }, false, true, 0, 0 },
		{ COL_INT32, { NULL, "-3000000000" }, false, true, 0, 0 },
		{ COL_INT64, { "5", "5" }, false, false, 5, 5 },
		{ COL_INT64, { "5", "6" }, true, true, 0, 0 },
		{ COL_FLOAT64, { "5", "5" }, true, true, 0, 0 },
		{ COL_FLOAT64, { "9007199254740993", "9007199254740993" }, false, true, 0, 0 },
		{ COL_TIMESTAMP,
		  { "2026-05-01T12:00:00Z", NULL },
		  true,
		  false,
		  NOON + 1,
		  INT64_MAX },
		{ COL_DATE, { "2026-05-01", "2026-05-31" }, false, false, 20574, 20604 },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		char why[TYPED_WHY_CHARS];
		const char *key, *help;
		struct typed_range r;

		if (!typed_range(cases[i].type, &cases[i].bounds, cases[i].exclusive, &r, &key, why,
				 &help))
			fail_msg("case %zu: %s", i, why);
		if (r.none != cases[i].none ||
		    (!r.none && cases[i].type != COL_FLOAT64 &&
		     (r.int_min != cases[i].min || r.int_max != cases[i].max)))
			fail_msg("case %zu: %d, %" PRId64 " to %" PRId64, i, r.none, r.int_min,
				 r.int_max);
	}
}

static void
a_bound_of_another_type_is_named(void **state)
{
	static const struct {
		enum col_type type;
		struct check_bounds bounds;
		const char *key;
	} cases[] = {
		{ COL_INT64, { "2026-05-01", NULL }, "min" },
		{ COL_TIMESTAMP, { "2026-05-01", "5" }, "max" },
		{ COL_DATE, { "20260501", NULL }, "min" },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		char why[TYPED_WHY_CHARS];
		const char *key = "", *help;
		struct typed_range r;

		if (typed_range(cases[i].type, &cases[i].bounds, false, &r, &key, why, &help))
			fail_msg("case %zu was taken", i);
		assert_string_equal(key, cases[i].key);
	}
}

/* All of them are told, each with its place in the list. */
static void
every_value_that_can_never_match_is_found(void **state)
{
	static const char *const values[] = { "1", "x", "2", "2.5" }, *const column[] = { "i" };
	static const struct check_accepted_values params = { .values = values,
							     .n_values = countof(values) };
	static const struct column columns[] = { { "i", COL_INT64 } };
	static const struct schema schema = { columns, 1 };
	const struct check check = { .kind = &check_kind_accepted_values,
				     .columns = column,
				     .n_columns = 1,
				     .params = &params };
	struct check_mistake m;
	size_t from = 0;

	(void)state;
	assert_true(check_mistaken(&check, &schema, &from, &m));
	assert_int_equal(m.item, 1);
	assert_true(check_mistaken(&check, &schema, &from, &m));
	assert_int_equal(m.item, 3);
	assert_string_equal(m.key, "values");
	assert_false(check_mistaken(&check, &schema, &from, &m));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_value_has_many_spellings),
		cmocka_unit_test(minus_zero_is_zero),
		cmocka_unit_test(what_can_be_no_value_says_why),
		cmocka_unit_test(a_range_is_read_by_the_type_of_its_column),
		cmocka_unit_test(a_bound_of_another_type_is_named),
		cmocka_unit_test(every_value_that_can_never_match_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
