/* test_retry.c - the keys that say whether and when a task is tried again. */
#include "tests/fixture/dagfile.h"

#include <signal.h>

static void
a_preset_is_airflows_and_what_stands_beside_it_wins(void **state)
{
	struct dag *dag = read_good("preset.yaml",
				    HEAD "defaults: {retries: 2, retry_delay: 7s, jitter: 0.25}\n"
					 "tasks:\n"
					 "  a: {operator: command, run: [x], preset: airflow}\n"
					 "  b: {operator: command, run: [x], retry_delay: 1m,\n"
					 "      preset: airflow, jitter: 10%, infra_retries: 0}\n"
					 "  c: {operator: command, run: [x]}\n");
	const struct retry *a = &task_of(dag, "a")->retry, *b = &task_of(dag, "b")->retry;
	const struct retry *c = &task_of(dag, "c")->retry;

	(void)state;
	assert_true(a->retries == 2 && a->delay_us == 5 * MINUTE_US && a->backoff == 1);
	assert_true(a->max_delay_us == DAY_US && a->jitter == 0 && a->infra_retries == 3);
	assert_true(b->delay_us == MINUTE_US && b->backoff == 1 && b->max_delay_us == DAY_US);
	assert_true(b->jitter == 0.1 && b->infra_retries == 0);
	assert_true(c->delay_us == 7 * SECOND_US && c->backoff == 2 && c->jitter == 0.25);
	dag_unref(dag);
	dag = read_good("preset.yaml", HEAD "defaults: {preset: airflow, retries: 1, backoff: 3}\n"
					    "tasks: {a: {operator: command, run: [x]}}\n");
	a = &task_of(dag, "a")->retry;
	assert_true(a->delay_us == 5 * MINUTE_US && a->backoff == 3 && a->jitter == 0);
	dag_unref(dag);
}

static void
lists_of_ends_are_read_and_inherited(void **state)
{
	struct dag *dag = read_good(
	    "ends.yaml", HEAD
	    "defaults: {retries: 1, no_retry_on: [lost]}\n"
	    "tasks:\n"
	    "  a: {operator: command, run: [x], retry_on: [3, 10-20, SIGKILL, timeout, max_bad]}\n"
	    "  b: {operator: command, run: [x], no_retry_on: 2}\n"
	    "  c: {operator: command, run: [x], retry_on: error, no_retry_on: [\"64-78\", 1]}\n");
	const struct retry *a = &task_of(dag, "a")->retry, *b = &task_of(dag, "b")->retry;
	const struct retry *c = &task_of(dag, "c")->retry;

	(void)state;
	assert_true(a->on.given && a->on.n_statuses == 2);
	assert_true(a->on.statuses[0].first == 3 && a->on.statuses[0].last == 3);
	assert_true(a->on.statuses[1].first == 10 && a->on.statuses[1].last == 20);
	assert_true(a->on.signals == UINT64_C(1) << (SIGKILL - 1));
	assert_true(a->on.outcomes == (1U << OUTCOME_TIMEOUT | 1U << OUTCOME_MAX_BAD));
	assert_true(a->never.outcomes == 1U << OUTCOME_LOST);
	assert_true(!b->on.given && b->never.n_statuses == 1 && b->never.outcomes == 0);
	assert_true(c->on.outcomes == 1U << OUTCOME_ERROR && c->never.n_statuses == 2);
	dag_unref(dag);
}

#define KEYS(keys) HEAD "tasks: {a: {operator: command, run: [x], " keys "}}\n"

static void
names_every_mistake_in_a_list_of_ends(void **state)
{
	static const struct mistake cases[] = {
		{ "misspelt signal", KEYS("retry_on: [SIGKIL]"),
		  "2:53 'SIGKIL' is no exit status (3, 10-20), no signal that ends a program "
		  "(SIGKILL) and no outcome (error, signal, timeout, publish_failed, max_bad or "
		  "oom) "
		  "=> did you mean 'SIGKILL'?" },
		{ "misspelt outcome", KEYS("no_retry_on: [timeot]"),
		  "2:56 'timeot' is no exit status => did you mean 'timeout'?" },
		{ "a signal that ends nothing", KEYS("retry_on: [SIGCHLD]"),
		  "2:53 'SIGCHLD' is no exit status" },
		{ "success", KEYS("retry_on: [0]"),
		  "2:53 exit status 0 is success: there is nothing to retry => statuses from 1 to "
		  "255 are failures" },
		{ "too large", KEYS("retry_on: [256]"),
		  "2:53 an exit status is a number from 1 to 255" },
		{ "backwards", KEYS("retry_on: [9-3]"),
		  "2:53 an exit status is a number from 1 to 255, a range goes upwards => write "
		  "the lower one first: 10-20" },
		{ "negative", KEYS("retry_on: [-1]"), "2:53 '-1' is no exit status" },
		{ "a range of words", KEYS("retry_on: [1-x]"), "2:53 '1-x' is no exit status" },
		{ "never", KEYS("retry_on: [gate_failed, all_bad, missing, fatal]"),
		  "2:53 'gate_failed' is never retried: the same inputs would end the same => take "
		  "it out: correct what is wrong, then `tidemill runs clear`\n"
		  "2:66 'all_bad' is never\n2:75 'missing' is never\n2:84 'fatal' is never" },
		{ "never anyway", KEYS("no_retry_on: [gate_failed]"),
		  "2:56 'gate_failed' is never retried: the same inputs would end the same => take "
		  "it out: it says nothing new" },
		{ "losses", KEYS("retry_on: [lost]"),
		  "2:53 'lost' is not the task's doing and is retried on an account of its own => "
		  "how often says 'infra_retries'" },
		{ "no end at all", KEYS("retry_on: [ok]"), "2:53 'ok' is no exit status" },
		{ "nothing", KEYS("retry_on: []"),
		  "2:42 'retry_on' has to be a list of one to 100 values" },
		{ "map", KEYS("retry_on: {a: b}"),
		  "2:52 'retry_on' has to be a list of one to 100 values" },
		{ "list in a list", KEYS("retry_on: [[1]]"),
		  "2:53 each item of 'retry_on' has to be a single value" },
		{ "preset", KEYS("preset: airflo"),
		  "2:50 'preset' has to be airflow, not 'airflo' => did you mean 'airflow'?" },
	};

	(void)state;
	assert_all(cases, countof(cases));
}

static void
one_end_is_in_one_list(void **state)
{
	static const struct mistake cases[] = {
		{ "statuses", KEYS("retry_on: [3], no_retry_on: [1-5]"),
		  "2:52 exit status 3 is in retry_on and in no_retry_on => 'error' and 'signal' in "
		  "retry_on may have exceptions in no_retry_on" },
		{ "ranges that touch", KEYS("retry_on: [1-5], no_retry_on: [5-9]"),
		  "2:52 exit status 5 is in retry_on and in no_retry_on" },
		{ "signals", KEYS("retry_on: [SIGKILL, SIGTERM], no_retry_on: [SIGTERM]"),
		  "2:52 SIGTERM is in" },
		{ "outcomes", KEYS("retry_on: [timeout], no_retry_on: [timeout]"),
		  "2:52 'timeout' is in" },
		{ "all errors but one is tried", KEYS("retry_on: [3], no_retry_on: [error]"),
		  "2:52 exit status 3 is in" },
		{ "all signals", KEYS("retry_on: [SIGKILL], no_retry_on: [signal]"),
		  "2:52 SIGKILL is in" },
		{ "inherited",
		  HEAD "defaults: {no_retry_on: [timeout]}\n"
		       "tasks: {a: {operator: command, run: [x], retry_on: [timeout]}}\n",
		  "3:52 'timeout' is in retry_on and in no_retry_on" },
		{ "of the defaults",
		  HEAD "defaults: {no_retry_on: [timeout], retry_on: [timeout]}\n"
		       "tasks: {a: {operator: command, run: [x]}}\n",
		  "2:46 'timeout' is in retry_on and in no_retry_on" },
	};

	(void)state;
	assert_all(cases, countof(cases));
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_preset_is_airflows_and_what_stands_beside_it_wins),
		cmocka_unit_test(lists_of_ends_are_read_and_inherited),
		cmocka_unit_test(names_every_mistake_in_a_list_of_ends),
		cmocka_unit_test(one_end_is_in_one_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
