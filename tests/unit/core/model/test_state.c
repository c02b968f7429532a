/* test_state.c - every cell of both transition tables, the names and the verdicts. */
#include "core/model/state.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* Moves that exist, written down a second time; every other cell has to be illegal. */
static const struct {
	enum task_state from;
	enum task_event event;
	enum task_state to;
} task_moves[] = {
	{ TASK_NONE, TEV_READY, TASK_SCHEDULED },
	{ TASK_NONE, TEV_UPSTREAM_FAILED, TASK_UPSTREAM_FAILED },
	{ TASK_NONE, TEV_SKIP, TASK_SKIPPED },
	{ TASK_NONE, TEV_MISSING, TASK_FAILED },
	{ TASK_NONE, TEV_CANCEL, TASK_CANCELLED },
	{ TASK_NONE, TEV_EXPIRE, TASK_FAILED },
	{ TASK_SCHEDULED, TEV_UNREADY, TASK_NONE },
	{ TASK_SCHEDULED, TEV_DISPATCH, TASK_QUEUED },
	{ TASK_SCHEDULED, TEV_CANCEL, TASK_CANCELLED },
	{ TASK_SCHEDULED, TEV_EXPIRE, TASK_FAILED },
	{ TASK_QUEUED, TEV_STARTED, TASK_RUNNING },
	{ TASK_QUEUED, TEV_SUCCESS, TASK_SUCCESS },
	{ TASK_QUEUED, TEV_RETRY, TASK_UP_FOR_RETRY },
	{ TASK_QUEUED, TEV_FAIL, TASK_FAILED },
	{ TASK_NONE, TEV_FOUND, TASK_SUCCESS },
	{ TASK_NONE, TEV_REFUSED, TASK_FAILED },
	{ TASK_NONE, TEV_PASS, TASK_SKIPPED },
	{ TASK_NONE, TEV_WHEN_FALSE, TASK_SKIPPED },
	{ TASK_NONE, TEV_WHEN_ERROR, TASK_FAILED },
	{ TASK_QUEUED, TEV_SKIPPED, TASK_SKIPPED },
	{ TASK_SUCCESS, TEV_GROUP_RETRY, TASK_NONE },
	{ TASK_FAILED, TEV_GROUP_RETRY, TASK_NONE },
	{ TASK_SKIPPED, TEV_GROUP_RETRY, TASK_NONE },
	{ TASK_UPSTREAM_FAILED, TEV_GROUP_RETRY, TASK_NONE },
	{ TASK_RUNNING, TEV_SKIPPED, TASK_SKIPPED },
	{ TASK_QUEUED, TEV_CANCEL, TASK_CANCELLED },
	{ TASK_QUEUED, TEV_HOLD, TASK_SCHEDULED },
	{ TASK_RUNNING, TEV_SUCCESS, TASK_SUCCESS },
	{ TASK_RUNNING, TEV_RETRY, TASK_UP_FOR_RETRY },
	{ TASK_RUNNING, TEV_FAIL, TASK_FAILED },
	{ TASK_RUNNING, TEV_CANCEL, TASK_CANCELLED },
	{ TASK_RUNNING, TEV_HOLD, TASK_SCHEDULED },
	{ TASK_QUEUED, TEV_NOT_YET, TASK_UP_FOR_RESCHEDULE },
	{ TASK_RUNNING, TEV_NOT_YET, TASK_UP_FOR_RESCHEDULE },
	{ TASK_UP_FOR_RESCHEDULE, TEV_DUE, TASK_SCHEDULED },
	{ TASK_UP_FOR_RESCHEDULE, TEV_CANCEL, TASK_CANCELLED },
	{ TASK_UP_FOR_RESCHEDULE, TEV_EXPIRE, TASK_FAILED },
	{ TASK_UP_FOR_RETRY, TEV_DUE, TASK_SCHEDULED },
	{ TASK_NONE, TEV_CHILDREN, TASK_SUCCESS },
	{ TASK_NONE, TEV_CHILD_FAILED, TASK_FAILED },
	{ TASK_NONE, TEV_CHILD_RETRY, TASK_UP_FOR_RETRY },
	{ TASK_UP_FOR_RETRY, TEV_AGAIN, TASK_NONE },
	{ TASK_UP_FOR_RETRY, TEV_CANCEL, TASK_CANCELLED },
	{ TASK_UP_FOR_RETRY, TEV_EXPIRE, TASK_FAILED },
	{ TASK_SUCCESS, TEV_CLEAR, TASK_NONE },
	{ TASK_FAILED, TEV_CLEAR, TASK_NONE },
	{ TASK_SKIPPED, TEV_CLEAR, TASK_NONE },
	{ TASK_UPSTREAM_FAILED, TEV_CLEAR, TASK_NONE },
	{ TASK_CANCELLED, TEV_CLEAR, TASK_NONE },
	{ TASK_NONE, TEV_EXPAND, TASK_EXPANDED },
	{ TASK_NONE, TEV_EMPTY, TASK_SKIPPED },
	{ TASK_EXPANDED, TEV_SUCCESS, TASK_SUCCESS },
	{ TASK_EXPANDED, TEV_FAIL, TASK_FAILED },
	{ TASK_EXPANDED, TEV_UPSTREAM_FAILED, TASK_UPSTREAM_FAILED },
	{ TASK_EXPANDED, TEV_SKIPPED, TASK_SKIPPED },
	{ TASK_EXPANDED, TEV_CANCEL, TASK_CANCELLED },
	{ TASK_SUCCESS, TEV_REOPEN, TASK_EXPANDED },
	{ TASK_FAILED, TEV_REOPEN, TASK_EXPANDED },
	{ TASK_SKIPPED, TEV_REOPEN, TASK_EXPANDED },
	{ TASK_UPSTREAM_FAILED, TEV_REOPEN, TASK_EXPANDED },
	{ TASK_CANCELLED, TEV_REOPEN, TASK_EXPANDED },
	{ TASK_SUCCESS, TEV_REMOVE, TASK_REMOVED },
	{ TASK_FAILED, TEV_REMOVE, TASK_REMOVED },
	{ TASK_SKIPPED, TEV_REMOVE, TASK_REMOVED },
	{ TASK_UPSTREAM_FAILED, TEV_REMOVE, TASK_REMOVED },
	{ TASK_CANCELLED, TEV_REMOVE, TASK_REMOVED },
	{ TASK_REMOVED, TEV_RETURN, TASK_NONE },
};

static const struct {
	enum attempt_state from;
	enum attempt_event event;
	enum attempt_state to;
} attempt_moves[] = {
	{ ATTEMPT_STARTING, AEV_STARTED, ATTEMPT_RUNNING },
	{ ATTEMPT_STARTING, AEV_KILL, ATTEMPT_KILLING },
	{ ATTEMPT_STARTING, AEV_PUBLISH, ATTEMPT_PUBLISHING },
	{ ATTEMPT_STARTING, AEV_SUCCESS, ATTEMPT_SUCCESS },
	{ ATTEMPT_STARTING, AEV_FAIL, ATTEMPT_FAILED },
	{ ATTEMPT_STARTING, AEV_LOST, ATTEMPT_LOST },
	{ ATTEMPT_RUNNING, AEV_KILL, ATTEMPT_KILLING },
	{ ATTEMPT_RUNNING, AEV_PUBLISH, ATTEMPT_PUBLISHING },
	{ ATTEMPT_RUNNING, AEV_SUCCESS, ATTEMPT_SUCCESS },
	{ ATTEMPT_RUNNING, AEV_FAIL, ATTEMPT_FAILED },
	{ ATTEMPT_KILLING, AEV_FAIL, ATTEMPT_FAILED },
	{ ATTEMPT_KILLING, AEV_LOST, ATTEMPT_LOST },
	{ ATTEMPT_KILLING, AEV_CANCELLED, ATTEMPT_CANCELLED },
	{ ATTEMPT_PUBLISHING, AEV_SUCCESS, ATTEMPT_SUCCESS },
	{ ATTEMPT_PUBLISHING, AEV_FAIL, ATTEMPT_FAILED },
};

static void
every_move_of_a_task_is_written_down(void **state)
{
	(void)state;
	for (int s = 0; s < TASK_STATE_COUNT; s++) {
		for (int e = 0; e < TASK_EVENT_COUNT; e++) {
			enum task_state want = TASK_ILLEGAL;

			for (size_t i = 0; i < countof(task_moves); i++) {
				if ((int)task_moves[i].from == s && (int)task_moves[i].event == e)
					want = task_moves[i].to;
			}
			if (want != task_next((enum task_state)s, (enum task_event)e))
				fail_msg("%s, %s", task_state_name((enum task_state)s),
					 task_event_text((enum task_event)e));
		}
	}
}

static void
every_move_of_an_attempt_is_written_down(void **state)
{
	(void)state;
	for (int s = 0; s < ATTEMPT_STATE_COUNT; s++) {
		for (int e = 0; e < ATTEMPT_EVENT_COUNT; e++) {
			enum attempt_state want = ATTEMPT_ILLEGAL;

			for (size_t i = 0; i < countof(attempt_moves); i++) {
				if ((int)attempt_moves[i].from == s &&
				    (int)attempt_moves[i].event == e)
					want = attempt_moves[i].to;
			}
			if (want != attempt_next((enum attempt_state)s, (enum attempt_event)e))
				fail_msg("%s, %s", attempt_state_name((enum attempt_state)s),
					 attempt_event_text((enum attempt_event)e));
		}
	}
}

/* What has to hold of any table: no self-loop, a way out of everything, finals left by
 * CLEAR, by another try of their group, and of expanded tasks with their instances only.
 */
static void
finals_are_left_by_clear_and_by_their_group_alone(void **state)
{
	(void)state;
	for (int s = TASK_NONE; s < TASK_STATE_COUNT; s++) {
		bool final = task_is_final((enum task_state)s);
		int ways_out = 0;

		for (int e = 0; e < TASK_EVENT_COUNT; e++) {
			enum task_state to = task_next((enum task_state)s, (enum task_event)e);

			if (to == TASK_ILLEGAL)
				continue;
			ways_out++;
			assert_int_not_equal(s, to);
			assert_int_equal(final, e == TEV_CLEAR || e == TEV_GROUP_RETRY ||
						    e == TEV_REOPEN || e == TEV_REMOVE);
		}
		assert_true(ways_out > 0);
		assert_int_equal(task_is_timed((enum task_state)s),
				 task_next((enum task_state)s, TEV_DUE) != TASK_ILLEGAL);
		assert_int_equal(final || s == TASK_REMOVED,
				 task_next((enum task_state)s, TEV_CANCEL) == TASK_ILLEGAL);
	}
	for (int s = ATTEMPT_STARTING; s < ATTEMPT_STATE_COUNT; s++) {
		int ways_out = 0;

		for (int e = 0; e < ATTEMPT_EVENT_COUNT; e++) {
			enum attempt_state to = attempt_next((enum attempt_state)s,
							     (enum attempt_event)e);

			ways_out += to != ATTEMPT_ILLEGAL;
			assert_int_not_equal(s, to);
		}
		assert_int_equal(attempt_is_live((enum attempt_state)s), ways_out > 0);
	}
}

static void
a_name_is_read_back_as_its_value(void **state)
{
	(void)state;
	for (int i = 0; i < TASK_STATE_COUNT; i++)
		assert_int_equal(i, task_state_of(task_state_name((enum task_state)i)));
	for (int i = 0; i < ATTEMPT_STATE_COUNT; i++)
		assert_int_equal(i, attempt_state_of(attempt_state_name((enum attempt_state)i)));
	for (int i = 0; i < RUN_STATE_COUNT; i++)
		assert_int_equal(i, run_state_of(run_state_name((enum run_state)i)));
	for (int i = 0; i < RUN_TYPE_COUNT; i++)
		assert_int_equal(i, run_type_of(run_type_name((enum run_type)i)));
	for (int i = 0; i < OUTCOME_COUNT; i++)
		assert_int_equal(i, outcome_of(outcome_name((enum outcome)i)));
	assert_int_equal(-1, task_state_of("done"));
	assert_string_equal("up_for_retry", task_state_name(TASK_UP_FOR_RETRY));
}

static void
every_outcome_has_its_account(void **state)
{
	static const struct {
		enum outcome outcome;
		enum account want;
	} cases[] = {
		{ OUTCOME_OK, ACCOUNT_NONE },
		{ OUTCOME_ERROR, ACCOUNT_USER },
		{ OUTCOME_SIGNAL, ACCOUNT_USER },
		{ OUTCOME_TIMEOUT, ACCOUNT_USER },
		{ OUTCOME_CANCELLED, ACCOUNT_NONE },
		{ OUTCOME_GATE_FAILED, ACCOUNT_NEVER },
		{ OUTCOME_MISSING, ACCOUNT_NEVER },
		{ OUTCOME_INPUT_CHANGED, ACCOUNT_SYSTEM },
		{ OUTCOME_LAUNCH_FAILED, ACCOUNT_SYSTEM },
		{ OUTCOME_PUBLISH_FAILED, ACCOUNT_USER },
		{ OUTCOME_LOST, ACCOUNT_SYSTEM },
		{ OUTCOME_ALL_BAD, ACCOUNT_NEVER },
		{ OUTCOME_FATAL, ACCOUNT_NEVER },
		{ OUTCOME_HELD, ACCOUNT_HELD },
		{ OUTCOME_NO_SPACE, ACCOUNT_SYSTEM },
		{ OUTCOME_MAX_BAD, ACCOUNT_ASKED },
		{ OUTCOME_OOM, ACCOUNT_USER },
		{ OUTCOME_SKIPPED, ACCOUNT_NONE },
		{ OUTCOME_NOT_YET, ACCOUNT_NONE },
	};

	(void)state;
	assert_int_equal(OUTCOME_COUNT, countof(cases));
	for (size_t i = 0; i < countof(cases); i++)
		assert_int_equal(cases[i].want, outcome_account(cases[i].outcome));
}

/*
 * Tasks: S success, F failed, U upstream_failed, K skipped, C
 * cancelled, P pending.
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
	}
	return t;
}

static void
a_run_ends_as_its_tasks_did(void **state)
{
	static const struct {
		const char *tasks;
		enum run_state want;
	} cases[] = {
		{ "S", RUN_SUCCESS },    { "SK", RUN_SUCCESS },   { "SP", RUN_RUNNING },
		{ "FP", RUN_RUNNING },   { "SF", RUN_FAILED },    { "SU", RUN_FAILED },
		{ "FC", RUN_CANCELLED }, { "SC", RUN_CANCELLED }, { "CP", RUN_RUNNING },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		struct tally t = tally_of(cases[i].tasks);

		if (cases[i].want != run_verdict(&t))
			fail_msg("tasks '%s'", cases[i].tasks);
	}
	assert_true(run_is_final(RUN_SUCCESS) && run_is_final(RUN_FAILED) &&
		    run_is_final(RUN_CANCELLED));
	assert_false(run_is_final(RUN_QUEUED) || run_is_final(RUN_RUNNING));
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_move_of_a_task_is_written_down),
		cmocka_unit_test(every_move_of_an_attempt_is_written_down),
		cmocka_unit_test(finals_are_left_by_clear_and_by_their_group_alone),
		cmocka_unit_test(a_name_is_read_back_as_its_value),
		cmocka_unit_test(every_outcome_has_its_account),
		cmocka_unit_test(a_run_ends_as_its_tasks_did),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
