/* test_rule.c - the truth table of the trigger rules. */
#include "core/model/rule.h"

#include "core/base/hash.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/*
 * Upstreams: S success, F failed, U upstream_failed, K skipped, C cancelled, P pending, I failed
 * and forgiven.
 */
static void
add(struct tally *t, char end)
{
	t->success += end == 'S';
	t->failed += end == 'F';
	t->upstream_failed += end == 'U';
	t->skipped += end == 'K';
	t->cancelled += end == 'C';
	t->pending += end == 'P';
	t->forgiven += end == 'I';
}

static struct upstreams
upstreams_of(const char *tasks, const char *setups)
{
	struct upstreams up = { 0 };

	for (; *tasks; tasks++)
		add(&up.tasks, *tasks);
	for (; *setups; setups++)
		add(&up.setups, *setups);
	return up;
}

static const char *
verdict_of(enum trigger_rule rule, const char *tasks, const char *setups)
{
	static const char *const words[] = { "wait", "run", "SK", "UF" };
	struct upstreams up = upstreams_of(tasks, setups);

	return words[rule_verdict(rule, &up)];
}

/* The table of Airflow's rules for two upstreams; of KP under all_success: it waits. */
static const char *const pairs[] = { "SS", "SF", "SU", "SK", "FF", "FU", "FK",
				     "UU", "UK", "KK", "SP", "FP", "UP", "KP" };
static const struct {
	enum trigger_rule rule;
	const char *verdicts;
} table[] = {
	{ RULE_ALL_SUCCESS, "run UF UF SK UF UF UF UF UF SK wait UF UF wait" },
	{ RULE_ALL_FAILED, "SK SK SK SK run run SK run SK SK SK wait wait SK" },
	{ RULE_ALL_DONE, "run run run run run run run run run run wait wait wait wait" },
	{ RULE_ONE_SUCCESS, "run run run run UF UF UF UF UF SK run wait wait wait" },
	{ RULE_ONE_FAILED, "SK run run SK run run run run run SK wait run run wait" },
	{ RULE_ONE_DONE, "run run run run run run run SK SK SK run run wait wait" },
	{ RULE_NONE_FAILED, "run UF UF run UF UF UF UF UF run wait UF UF wait" },
	{ RULE_NONE_FAILED_MIN_ONE_SUCCESS, "run UF UF run UF UF UF UF UF SK wait UF UF wait" },
	{ RULE_NONE_SKIPPED, "run run run SK run run SK run SK SK wait wait wait SK" },
	{ RULE_ALL_SKIPPED, "SK SK SK SK SK SK SK SK SK run SK SK SK wait" },
	{ RULE_ALL_DONE_MIN_ONE_SUCCESS, "run run run SK UF UF SK UF SK SK wait wait wait SK" },
	{ RULE_ALWAYS, "run run run run run run run run run run run run run run" },
};

static void
a_verdict_is_what_the_truth_table_says_in_both_orders(void **state)
{
	char words[100], expected[8], turned[3] = "";

	(void)state;
	assert_int_equal(countof(table), TRIGGER_RULE_COUNT - 1); /* without that of teardowns */
	for (size_t i = 0; i < countof(table); i++) {
		const char *p = words;

		(void)snprintf(words, sizeof(words), "%s", table[i].verdicts);
		for (size_t k = 0; k < countof(pairs); k++) {
			int n = 0;

			assert_int_equal(sscanf(p, "%7s%n", expected, &n), 1);
			p += n;
			turned[0] = pairs[k][1];
			turned[1] = pairs[k][0];
			if (strcmp(verdict_of(table[i].rule, pairs[k], ""), expected) != 0 ||
			    strcmp(verdict_of(table[i].rule, turned, ""), expected) != 0)
				fail_msg("%s of '%s'", trigger_rule_name(table[i].rule), pairs[k]);
		}
	}
}

static void
cancelled_is_failed_and_forgiven_is_both(void **state)
{
	static const struct {
		enum trigger_rule rule;
		const char *tasks, *verdict;
	} cases[] = {
		{ RULE_ALL_SUCCESS, "SC", "UF" },
		{ RULE_ALL_SUCCESS, "SI", "run" },
		{ RULE_ALL_SUCCESS, "IF", "UF" },
		{ RULE_ALL_SUCCESS, "IK", "SK" },
		{ RULE_ALL_SUCCESS, "IP", "wait" },
		{ RULE_ALL_FAILED, "CI", "run" },
		{ RULE_ALL_DONE, "CI", "run" },
		{ RULE_ONE_SUCCESS, "II", "UF" },
		{ RULE_ONE_SUCCESS, "CK", "UF" },
		{ RULE_ONE_FAILED, "SI", "run" },
		{ RULE_ONE_FAILED, "SC", "run" },
		{ RULE_ONE_DONE, "KI", "run" },
		{ RULE_ONE_DONE, "KC", "run" },
		{ RULE_NONE_FAILED, "KI", "run" },
		{ RULE_NONE_FAILED, "KC", "UF" },
		{ RULE_NONE_FAILED_MIN_ONE_SUCCESS, "KI", "run" },
		{ RULE_NONE_SKIPPED, "IC", "run" },
		{ RULE_ALL_SKIPPED, "KI", "SK" },
		{ RULE_ALL_DONE_MIN_ONE_SUCCESS, "II", "UF" },
		{ RULE_ALL_DONE_MIN_ONE_SUCCESS, "SI", "run" },
	};

	(void)state;
	for (int rule = 0; rule < TRIGGER_RULE_COUNT; rule++)
		if (trigger_rule_is_chosen((enum trigger_rule)rule))
			assert_string_equal(verdict_of((enum trigger_rule)rule, "", ""), "run");
	for (size_t i = 0; i < countof(cases); i++)
		if (strcmp(verdict_of(cases[i].rule, cases[i].tasks, ""), cases[i].verdict) != 0)
			fail_msg("%s of '%s'", trigger_rule_name(cases[i].rule), cases[i].tasks);
}

static void
setups_have_to_succeed_and_are_not_counted(void **state)
{
	(void)state;
	for (int i = 0; i < TRIGGER_RULE_COUNT; i++) {
		enum trigger_rule rule = (enum trigger_rule)i;

		if (!trigger_rule_is_chosen(rule))
			continue;
		assert_string_equal(verdict_of(rule, "", "SS"), "run");
		assert_string_equal(verdict_of(rule, "", "SF"), "UF");
		assert_string_equal(verdict_of(rule, "", "KF"), "UF");
		assert_string_equal(verdict_of(rule, "", "SK"), "SK");
		assert_string_equal(verdict_of(rule, "", "SP"), "wait");
		assert_string_equal(verdict_of(rule, "F", "F"), "UF");
	}
	assert_string_equal(verdict_of(RULE_ALL_FAILED, "F", "S"), "run");
	assert_string_equal(verdict_of(RULE_ONE_SUCCESS, "F", "S"), "UF");
}

static void
a_teardown_runs_if_a_setup_succeeded(void **state)
{
	static const struct {
		const char *tasks, *setups, *verdict;
	} cases[] = {
		{ "F", "S", "run" },  { "SC", "SF", "run" }, { "U", "F", "UF" },
		{ "K", "K", "SK" },   { "K", "KF", "UF" },   { "", "S", "run" },
		{ "P", "S", "wait" }, { "P", "F", "wait" },  { "S", "P", "wait" },
		{ "S", "I", "run" },  { "C", "C", "UF" },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++)
		if (strcmp(verdict_of(RULE_ALL_DONE_SETUP_SUCCESS, cases[i].tasks, cases[i].setups),
			   cases[i].verdict) != 0)
			fail_msg("'%s' after setups '%s'", cases[i].tasks, cases[i].setups);
}

/* Three and more upstreams that end in some order: who decides early is never proved wrong. */
static void
no_order_of_arrival_changes_a_verdict(void **state)
{
	static const char ends[] = "SFUKCI";
	uint64_t random = 1;

	(void)state;
	for (int round = 0; round < 200000; round++) {
		enum trigger_rule rule = (enum trigger_rule)(round % TRIGGER_RULE_COUNT);
		uint32_t n = 3 + (uint32_t)(random_next(&random) % 6);
		struct upstreams up = { 0 };
		enum verdict v = VERDICT_WAIT, last;

		up.tasks.pending = n;
		up.setups.success = rule == RULE_ALL_DONE_SETUP_SUCCESS;
		for (uint32_t i = 0; i < n; i++) {
			last = v;
			up.tasks.pending--;
			add(&up.tasks, ends[random_next(&random) % (sizeof(ends) - 1)]);
			v = rule_verdict(rule, &up);
			assert_true(last == VERDICT_WAIT || v == last);
		}
		assert_true(v != VERDICT_WAIT);
	}
}

static void
a_rule_is_found_by_its_name(void **state)
{
	(void)state;
	for (int i = 0; i < TRIGGER_RULE_COUNT; i++)
		assert_int_equal(i, trigger_rule_of(trigger_rule_name((enum trigger_rule)i)));
	assert_int_equal(-1, trigger_rule_of("all_ended"));
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_verdict_is_what_the_truth_table_says_in_both_orders),
		cmocka_unit_test(cancelled_is_failed_and_forgiven_is_both),
		cmocka_unit_test(setups_have_to_succeed_and_are_not_counted),
		cmocka_unit_test(a_teardown_runs_if_a_setup_succeeded),
		cmocka_unit_test(no_order_of_arrival_changes_a_verdict),
		cmocka_unit_test(a_rule_is_found_by_its_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
