/* test_emptiness.c - what it means that nothing is left to publish. */
#include "worker/check/emptiness.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

enum { DAY = 20574 };

static void
nothing_left_means_what_the_input_says(void **state)
{
	static const struct {
		const char *name;
		struct emptiness_facts facts;
		int64_t weeks[4]; /* rows 7, 14, 21, 28 days before; -1: none is known */
		enum emptiness want;
	} cases[] = {
		{ "rows", { 5, 4, 1, true }, { 500, 500, 500, 500 }, EMPTINESS_NONE },
		{ "an empty file, at first",
		  { 0, 0, 0, true },
		  { -1, -1, -1, -1 },
		  EMPTINESS_NONE },
		{ "all filtered", { 5, 0, 0, false }, { -1, -1, -1, -1 }, EMPTINESS_NONE },
		{ "all refused", { 5, 5, 0, true }, { -1, -1, -1, -1 }, EMPTINESS_ALL_BAD },
		{ "one refused, the others filtered",
		  { 5, 1, 0, false },
		  { 0, 0, 0, 0 },
		  EMPTINESS_ALL_BAD },
		{ "usually 500", { 0, 0, 0, true }, { 500, 500, 500, 500 }, EMPTINESS_WRONG },
		{ "usually 500, of an operator that counts",
		  { 9, 0, 0, false },
		  { 500, 500, 500, 500 },
		  EMPTINESS_ODD },
		{ "two known days are enough",
		  { 0, 0, 0, true },
		  { 100, -1, 100, -1 },
		  EMPTINESS_WRONG },
		{ "one known day is not", { 0, 0, 0, true }, { 900, -1, -1, -1 }, EMPTINESS_NONE },
		{ "usually few", { 0, 0, 0, true }, { 99, 99, 99, 99 }, EMPTINESS_NONE },
		{ "usually none", { 0, 0, 0, true }, { 0, 0, 0, 900 }, EMPTINESS_NONE },
		{ "the median of them", { 0, 0, 0, true }, { 0, 0, 200, 900 }, EMPTINESS_WRONG },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		struct spec_history history[6] = { { DAY - 1, 9999, 0 }, { DAY, 9999, 0 } };
		struct check_subject subject = { .dataset = "d",
						 .grid = grid_days,
						 .part = DAY,
						 .history = history,
						 .n_history = 2 };

		for (int k = 0; k < 4; k++)
			if (cases[i].weeks[k] >= 0)
				history[subject.n_history++] = (struct spec_history){
					DAY - 7 * (k + 1), cases[i].weeks[k], 0
				};
		if (emptiness_judge(&cases[i].facts, &subject) != cases[i].want)
			fail_msg("%s", cases[i].name);
	}
}

static void
its_result_has_the_shape_of_a_checks_result(void **state)
{
	static const char *const keys[] = {
		"check",      "name",           "dataset",       "partition",    "status",
		"reason",     "severity",       "blocking",      "observed",     "expected",
		"rows_total", "evaluated_rows", "missing_count", "failed_count", "quarantined_rows",
		"baseline",   "sample",         "message",
	};
	static const struct spec_history history[] = { { DAY - 14, 300, 0 }, { DAY - 7, 100, 0 } };
	static const struct check_subject subject = {
		.dataset = "d", .grid = grid_days, .part = DAY, .history = history, .n_history = 2
	};
	json_t *wrong = emptiness_result(EMPTINESS_WRONG, &subject);
	json_t *odd = emptiness_result(EMPTINESS_ODD, &subject);

	(void)state;
	for (size_t i = 0; i < countof(keys); i++)
		if (!json_object_get(wrong, keys[i]))
			fail_msg("no key '%s'", keys[i]);
	assert_string_equal(json_get_text(wrong, "status", ""), "fail");
	assert_true(json_get_bool(wrong, "blocking", false));
	assert_string_equal(
	    json_get_text(wrong, "message", ""),
	    "no rows, where the last 2 same weekdays had 200; 'empty: allow' of the "
	    "task publishes that");
	assert_string_equal(json_get_text(odd, "status", ""), "warn");
	assert_false(json_get_bool(odd, "blocking", true));
	json_decref(wrong);
	json_decref(odd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_left_means_what_the_input_says),
		cmocka_unit_test(its_result_has_the_shape_of_a_checks_result),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
