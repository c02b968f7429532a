/* test_idle.c - keys that are written and change nothing are warned of, those that do are not. */
#include "tests/fixture/dagfile.h"

#include <cmocka.h>

#define DAY_CRON(more) "dag: a\nschedule: {cron: \"30 2 * * *\"" more "}\nstart_date: 2026-01-01\n"
#define CRON(cron, more)                                                              \
	"dag: a\nschedule: {cron: \"" cron "\", timezone: Europe/Berlin, " more "}\n" \
	"start_date: 2026-01-01\ntasks: {b: {operator: command, run: [x]}}\n"
#define ONE(keys) "dag: a\ntasks: {b: {operator: command, run: [x], " keys "}}\n"
#define LOOK(keys) \
	"dag: a\ntasks: {b: {operator: sensor, file: x, timeout: 1h, every: 1m, " keys "}}\n"
#define TOP(keys) "dag: a\n" keys "tasks: {b: {operator: command, run: [x]}}\n"
#define DAILY_TOP(keys) DAY_CRON("") keys "tasks: {b: {operator: command, run: [x]}}\n"

/* What is said of a file, each a line with its place. */
static void
expect_said(const char *text, const char *want)
{
	struct diags diags;
	struct dag *dag;
	struct buf said;

	diags_init(&diags);
	buf_init(&said, 10000);
	dag = read_bytes("a.yaml", text, strlen(text), &diags);
	for (size_t i = 0; i < diags.count; i++)
		buf_format(&said, "%s%u:%u %s %s", i ? "\n" : "", diags.items[i].line,
			   diags.items[i].column, diags.items[i].code, diags.items[i].message);
	if (!dag || strcmp(said.data, want) != 0)
		fail_msg("%s\n  says  %s\n  not   %s", text, said.data, want);
	dag_unref(dag);
	buf_release(&said);
	diags_release(&diags);
}

struct a_case {
	const char *text, *want;
};

static void
expect_all(const struct a_case *cases, size_t n)
{
	for (size_t i = 0; i < n; i++)
		expect_said(cases[i].text, cases[i].want);
}

static void
keys_of_retries_count_where_something_is_retried(void **state)
{
	static const struct a_case cases[] = {
		{ ONE("max_retry_delay: 1h"),
		  "2:42 E0220 'max_retry_delay' has no effect: there are no 'retries'" },
		{ ONE("max_retry_delay: 1h, retries: 1"), "" },
		{ ONE("preset: airflow, backoff: 2, jitter: 0, retries: 0"),
		  "2:42 E0220 'preset' has no effect: there are no 'retries'\n"
		  "2:59 E0220 'backoff' has no effect: there are no 'retries'\n"
		  "2:71 E0220 'jitter' has no effect: there are no 'retries'" },
		/* Losses are tried again, too. */
		{ ONE("retry_budget: 1h"), "" },
		{ ONE("retry_budget: 1h, infra_retries: 0"),
		  "2:42 E0220 'retry_budget' has no effect: there are neither 'retries' nor "
		  "'infra_retries'" },
		{ ONE("retry_on: 3"),
		  "2:42 E0220 'retry_on' has no effect: there are no 'retries'" },
		{ ONE("retry_on: SIGKILL"), "" },
		{ ONE("no_retry_on: 3"),
		  "2:42 E0220 'no_retry_on' has no effect: there are no 'retries'" },
		{ ONE("no_retry_on: lost"), "" },
		{ ONE("no_retry_on: [3, SIGKILL]"), "" },
		{ ONE("no_retry_on: lost, infra_retries: 0"),
		  "2:42 E0220 'no_retry_on' has no effect: there are no 'retries'" },
		/* An end that is not retried ends a wait for the world at once. */
		{ LOOK("no_retry_on: timeout"), "" },
		{ LOOK("retry_on: timeout"), "" },
		{ LOOK("jitter: 0"), "2:64 E0220 'jitter' has no effect: there are no 'retries'" },
		{ TOP("run_backoff: 3\nrun_jitter: 0\n"),
		  "2:1 E0220 'run_backoff' has no effect: there are no 'run_retries'\n"
		  "3:1 E0220 'run_jitter' has no effect: there are no 'run_retries'" },
		{ TOP("run_backoff: 3\nrun_jitter: 0\nrun_retries: 1\n"), "" },
	};

	(void)state;
	expect_all(cases, countof(cases));
}

static void
defaults_count_if_they_do_for_one_task(void **state)
{
	static const struct a_case cases[] = {
		{ TOP("defaults: {retry_delay: 5s}\n"),
		  "2:12 E0220 'retry_delay' has no effect: there are no 'retries'" },
		{ TOP("defaults: {retry_delay: 5s, retries: 2}\n"), "" },
		{ "dag: a\ndefaults: {retry_delay: 5s}\ntasks:\n"
		  "  b: {operator: command, run: [x]}\n"
		  "  c: {operator: command, run: [x], retries: 1}\n",
		  "" },
		{ "dag: a\ntasks: {c: {operator: command, run: [x], retries: 1}}\n"
		  "groups: {g: {defaults: {jitter: 0},\n"
		  "  tasks: {d: {operator: command, run: [x]}}}}\n",
		  "3:25 E0220 'jitter' has no effect: there are no 'retries'" },
		/* In a group in the group it does. */
		{ "dag: a\ngroups: {g: {defaults: {jitter: 0},\n"
		  "  groups: {h: {tasks: {d: {operator: command, run: [x], retries: 1}}}}}}\n",
		  "" },
	};

	(void)state;
	expect_all(cases, countof(cases));
}

static void
what_needs_a_cron_counts_with_one(void **state)
{
	static const struct a_case cases[] = {
		{ TOP("catchup: all\ncatchup_window: 3d\n"),
		  "2:1 E0220 'catchup' has no effect: no schedule makes runs of this dag\n"
		  "3:1 E0220 'catchup_window' has no effect: 'catchup' is not all" },
		{ TOP("pause_after_failures: 3\n"),
		  "2:1 E0220 'pause_after_failures' has no effect: no schedule makes runs of this "
		  "dag, and others are not counted" },
		{ DAILY_TOP("catchup_window: 3d\n"),
		  "4:1 E0220 'catchup_window' has no effect: 'catchup' is not all" },
		{ DAILY_TOP("catchup: latest\ncatchup_window: 3d\n"),
		  "5:1 E0220 'catchup_window' has no effect: 'catchup' is not all" },
		{ DAILY_TOP("catchup: all\ncatchup_window: 3d\npause_after_failures: 3\n"), "" },
	};

	(void)state;
	expect_all(cases, countof(cases));
}

/* A rule that says what holds without it is no mistake: it is one that none could make matter. */
static void
rules_for_changes_of_clocks_count_where_a_fire_meets_one(void **state)
{
	static const struct a_case cases[] = {
		{ CRON("30 2 * * *", "dst_gap: next, dst_overlap: first"), "" },
		{ CRON("0 6 * * *", "dst_gap: next, dst_overlap: both"),
		  "2:56 E0220 'dst_gap' has no effect: the schedule fires at the same instants "
		  "whatever it says\n"
		  "2:71 E0220 'dst_overlap' has no effect: the schedule fires at the same instants "
		  "whatever it says" },
		/* A quarter that is passed over is made up for at one that fires anyway. */
		{ CRON("*/15 * * * *", "dst_gap: shift, dst_overlap: first"),
		  "2:59 E0220 'dst_gap' has no effect: the schedule fires at the same instants "
		  "whatever it says" },
		{ CRON("*/15 2 * * *", "dst_gap: skip"), "" },
		/* Such a day comes once in some years. */
		{ CRON("30 2 29 3 *", "dst_gap: skip"), "" },
		{ DAY_CRON(", dst_gap: skip") "tasks: {b: {operator: command, run: [x]}}\n",
		  "2:32 E0220 'dst_gap' has no effect: the schedule fires at the same instants "
		  "whatever it says" },
		{ DAY_CRON(", timezone: Asia/Kolkata, dst_overlap: both") "tasks: {b: {operator: "
									  "command, run: [x]}}\n",
		  "2:56 E0220 'dst_overlap' has no effect: the schedule fires at the same instants "
		  "whatever it says" },
	};

	(void)state;
	expect_all(cases, countof(cases));
}

static void
rules_of_edges_and_inputs_count_where_there_are_some(void **state)
{
	static const struct a_case cases[] = {
		{ ONE("trigger_rule: all_done"),
		  "2:42 E0220 'trigger_rule' has no effect: it needs no other task" },
		{ "dag: a\ntasks:\n  b: {operator: command, run: [x]}\n"
		  "  c: {operator: command, run: [x], needs: b, trigger_rule: all_done}\n",
		  "" },
		{ ONE("missing: allow"),
		  "2:42 E0220 'missing' has no effect: it reads no dataset" },
	};

	(void)state;
	expect_all(cases, countof(cases));
}

/* A file with mistakes is told those alone. */
static void
a_file_with_mistakes_is_not_asked(void **state)
{
	struct diags diags;
	static const char text[] = ONE("max_retry_delay: 1h, oops: 1");

	(void)state;
	diags_init(&diags);
	assert_null(read_bytes("a.yaml", text, strlen(text), &diags));
	assert_int_equal(diags.count, 1);
	diags_release(&diags);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_of_retries_count_where_something_is_retried),
		cmocka_unit_test(defaults_count_if_they_do_for_one_task),
		cmocka_unit_test(what_needs_a_cron_counts_with_one),
		cmocka_unit_test(rules_for_changes_of_clocks_count_where_a_fire_meets_one),
		cmocka_unit_test(rules_of_edges_and_inputs_count_where_there_are_some),
		cmocka_unit_test(a_file_with_mistakes_is_not_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
