/* test_rule.c - the truth table of the trigger rules. */
#include "core/model/rule.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/*
 * Pairs of upstreams: S success, F failed, U upstream_failed, K skipped, C
 * cancelled, P pending, I failed and forgiven.
 */
static struct tally
tally_of(const char *pair)
{
	struct tally t = { 0 };

	for (; *pair; pair++) {
		t.success += *pair == 'S';
		t.failed += *pair == 'F';
		t.upstream_failed += *pair == 'U';
		t.skipped += *pair == 'K';
		t.cancelled += *pair == 'C';
		t.pending += *pair == 'P';
		t.forgiven += *pair == 'I';
	}
	return t;
}

static void
a_verdict_is_what_the_truth_table_says(void **state)
{
	static const struct {
		const char *pair;
		enum verdict success, done;
	} cases[] = {
		{ "", VERDICT_RUN, VERDICT_RUN },
		{ "SS", VERDICT_RUN, VERDICT_RUN },
		{ "SF", VERDICT_UPSTREAM_FAILED, VERDICT_RUN },
		{ "SU", VERDICT_UPSTREAM_FAILED, VERDICT_RUN },
		{ "SC", VERDICT_UPSTREAM_FAILED, VERDICT_RUN },
		{ "SK", VERDICT_SKIP, VERDICT_RUN },
		{ "II", VERDICT_RUN, VERDICT_RUN },
		{ "SI", VERDICT_RUN, VERDICT_RUN },
		{ "IF", VERDICT_UPSTREAM_FAILED, VERDICT_RUN },
		{ "IK", VERDICT_SKIP, VERDICT_RUN },
		{ "IP", VERDICT_WAIT, VERDICT_WAIT },
		{ "FF", VERDICT_UPSTREAM_FAILED, VERDICT_RUN },
		{ "FK", VERDICT_UPSTREAM_FAILED, VERDICT_RUN },
		{ "UK", VERDICT_UPSTREAM_FAILED, VERDICT_RUN },
		{ "KK", VERDICT_SKIP, VERDICT_RUN },
		{ "SP", VERDICT_WAIT, VERDICT_WAIT },
		{ "KP", VERDICT_WAIT, VERDICT_WAIT },
		{ "FP", VERDICT_UPSTREAM_FAILED, VERDICT_WAIT },
		{ "UP", VERDICT_UPSTREAM_FAILED, VERDICT_WAIT },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		struct tally t = tally_of(cases[i].pair);

		if (cases[i].success != rule_verdict(RULE_ALL_SUCCESS, &t) ||
		    cases[i].done != rule_verdict(RULE_ALL_DONE, &t))
			fail_msg("upstreams '%s'", cases[i].pair);
	}
}

/* An early verdict may not change, however the pending upstreams end. */
static void
an_early_verdict_does_not_change(void **state)
{
	static const char ends[] = "SFUKCI";

	(void)state;
	for (int rule = 0; rule < TRIGGER_RULE_COUNT; rule++) {
		for (const char *a = ends; *a; a++) {
			for (const char *b = ends; *b; b++) {
				char early[] = { *a, 'P', '\0' }, both[] = { *a, *b, '\0' };
				struct tally before = tally_of(early), after = tally_of(both);
				enum verdict v = rule_verdict((enum trigger_rule)rule, &before);

				if (v != VERDICT_WAIT)
					assert_int_equal(
					    v, rule_verdict((enum trigger_rule)rule, &after));
			}
		}
	}
}

static void
a_rule_is_found_by_its_name(void **state)
{
	(void)state;
	for (int i = 0; i < TRIGGER_RULE_COUNT; i++)
		assert_int_equal(i, trigger_rule_of(trigger_rule_name((enum trigger_rule)i)));
	assert_int_equal(-1, trigger_rule_of("one_failed"));
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_verdict_is_what_the_truth_table_says),
		cmocka_unit_test(an_early_verdict_does_not_change),
		cmocka_unit_test(a_rule_is_found_by_its_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
