/* state.c - what runs, tasks and attempts can be, and every legal move. */
#include "core/model/state.h"

#include "core/base/words.h"

#include <assert.h>

/* Cells that nobody wrote down are TASK_ILLEGAL, which is zero. */
static const unsigned char task_moves[TASK_STATE_COUNT][TASK_EVENT_COUNT] = {
	[TASK_NONE] = {
		[TEV_READY] = TASK_SCHEDULED,
		[TEV_UPSTREAM_FAILED] = TASK_UPSTREAM_FAILED,
		[TEV_SKIP] = TASK_SKIPPED,
		[TEV_MISSING] = TASK_FAILED,
		[TEV_EXPIRE] = TASK_FAILED,
		[TEV_WHEN_FALSE] = TASK_SKIPPED,
		[TEV_WHEN_ERROR] = TASK_FAILED,
		[TEV_CANCEL] = TASK_CANCELLED,
		[TEV_EXPAND] = TASK_EXPANDED,
		[TEV_EMPTY] = TASK_SKIPPED,
		[TEV_CHILDREN] = TASK_SUCCESS,
		[TEV_CHILD_FAILED] = TASK_FAILED,
		[TEV_CHILD_RETRY] = TASK_UP_FOR_RETRY,
		[TEV_FOUND] = TASK_SUCCESS,
		[TEV_REFUSED] = TASK_FAILED,
		[TEV_PASS] = TASK_SKIPPED,
	},
	[TASK_SCHEDULED] = {
		[TEV_UNREADY] = TASK_NONE,
		[TEV_DISPATCH] = TASK_QUEUED,
		[TEV_EXPIRE] = TASK_FAILED,
		[TEV_CANCEL] = TASK_CANCELLED,
	},
	/* The hint that an attempt runs may be lost, so its end may come first. */
	[TASK_QUEUED] = {
		[TEV_STARTED] = TASK_RUNNING,
		[TEV_SUCCESS] = TASK_SUCCESS,
		[TEV_SKIPPED] = TASK_SKIPPED,
		[TEV_RETRY] = TASK_UP_FOR_RETRY,
		[TEV_FAIL] = TASK_FAILED,
		[TEV_CANCEL] = TASK_CANCELLED,
		[TEV_HOLD] = TASK_SCHEDULED,
		[TEV_NOT_YET] = TASK_UP_FOR_RESCHEDULE,
	},
	[TASK_RUNNING] = {
		[TEV_SUCCESS] = TASK_SUCCESS,
		[TEV_SKIPPED] = TASK_SKIPPED,
		[TEV_RETRY] = TASK_UP_FOR_RETRY,
		[TEV_FAIL] = TASK_FAILED,
		[TEV_CANCEL] = TASK_CANCELLED,
		[TEV_HOLD] = TASK_SCHEDULED,
		[TEV_NOT_YET] = TASK_UP_FOR_RESCHEDULE,
	},
	[TASK_UP_FOR_RETRY] = {
		[TEV_DUE] = TASK_SCHEDULED,
		[TEV_AGAIN] = TASK_NONE,
		[TEV_EXPIRE] = TASK_FAILED,
		[TEV_CANCEL] = TASK_CANCELLED,
	},
	[TASK_UP_FOR_RESCHEDULE] = {
		[TEV_DUE] = TASK_SCHEDULED,
		[TEV_EXPIRE] = TASK_FAILED,
		[TEV_CANCEL] = TASK_CANCELLED,
	},
	[TASK_SUCCESS] = {
		[TEV_CLEAR] = TASK_NONE,
		[TEV_GROUP_RETRY] = TASK_NONE,
		[TEV_REOPEN] = TASK_EXPANDED,
		[TEV_REMOVE] = TASK_REMOVED,
	},
	[TASK_FAILED] = {
		[TEV_CLEAR] = TASK_NONE,
		[TEV_GROUP_RETRY] = TASK_NONE,
		[TEV_REOPEN] = TASK_EXPANDED,
		[TEV_REMOVE] = TASK_REMOVED,
	},
	[TASK_SKIPPED] = {
		[TEV_CLEAR] = TASK_NONE,
		[TEV_GROUP_RETRY] = TASK_NONE,
		[TEV_REOPEN] = TASK_EXPANDED,
		[TEV_REMOVE] = TASK_REMOVED,
	},
	[TASK_UPSTREAM_FAILED] = {
		[TEV_CLEAR] = TASK_NONE,
		[TEV_GROUP_RETRY] = TASK_NONE,
		[TEV_REOPEN] = TASK_EXPANDED,
		[TEV_REMOVE] = TASK_REMOVED,
	},
	[TASK_CANCELLED] = {
		[TEV_CLEAR] = TASK_NONE,
		[TEV_REOPEN] = TASK_EXPANDED,
		[TEV_REMOVE] = TASK_REMOVED,
	},
	/* It has no attempts of its own: it ends with the last of its instances, as they say. */
	[TASK_EXPANDED] = {
		[TEV_SUCCESS] = TASK_SUCCESS,
		[TEV_FAIL] = TASK_FAILED,
		[TEV_UPSTREAM_FAILED] = TASK_UPSTREAM_FAILED,
		[TEV_SKIPPED] = TASK_SKIPPED,
		[TEV_CANCEL] = TASK_CANCELLED,
	},
	[TASK_REMOVED] = { [TEV_RETURN] = TASK_NONE },
};

/* Ended attempts have no exits: another try is another attempt. */
static const unsigned char attempt_moves[ATTEMPT_STATE_COUNT][ATTEMPT_EVENT_COUNT] = {
	[ATTEMPT_STARTING] = {
		[AEV_STARTED] = ATTEMPT_RUNNING,
		[AEV_KILL] = ATTEMPT_KILLING,
		[AEV_PUBLISH] = ATTEMPT_PUBLISHING,
		[AEV_SUCCESS] = ATTEMPT_SUCCESS,
		[AEV_FAIL] = ATTEMPT_FAILED,
		[AEV_LOST] = ATTEMPT_LOST,
	},
	[ATTEMPT_RUNNING] = {
		[AEV_KILL] = ATTEMPT_KILLING,
		[AEV_PUBLISH] = ATTEMPT_PUBLISHING,
		[AEV_SUCCESS] = ATTEMPT_SUCCESS,
		[AEV_FAIL] = ATTEMPT_FAILED,
	},
	[ATTEMPT_KILLING] = {
		[AEV_FAIL] = ATTEMPT_FAILED,
		[AEV_LOST] = ATTEMPT_LOST,
		[AEV_CANCELLED] = ATTEMPT_CANCELLED,
	},
	[ATTEMPT_PUBLISHING] = {
		[AEV_SUCCESS] = ATTEMPT_SUCCESS,
		[AEV_FAIL] = ATTEMPT_FAILED,
	},
};

#define X(id, text) [id] = text,
static const char *const task_states[] = { TASK_STATES(X) };
static const char *const task_events[] = { TASK_EVENTS(X) };
static const char *const attempt_states[] = { ATTEMPT_STATES(X) };
static const char *const attempt_events[] = { ATTEMPT_EVENTS(X) };
static const char *const run_states[] = { RUN_STATES(X) };
static const char *const run_types[] = { RUN_TYPES(X) };
static const char *const reprocesses[] = { REPROCESSES(X) };
static const char *const outcomes[] = { OUTCOMES(X) };
#undef X

static const enum account accounts[OUTCOME_COUNT] = {
	[OUTCOME_OK] = ACCOUNT_NONE,
	[OUTCOME_ERROR] = ACCOUNT_USER,
	[OUTCOME_SIGNAL] = ACCOUNT_USER,
	[OUTCOME_TIMEOUT] = ACCOUNT_USER,
	[OUTCOME_CANCELLED] = ACCOUNT_NONE,
	[OUTCOME_GATE_FAILED] = ACCOUNT_NEVER,
	[OUTCOME_MISSING] = ACCOUNT_NEVER,
	[OUTCOME_INPUT_CHANGED] = ACCOUNT_SYSTEM,
	[OUTCOME_LAUNCH_FAILED] = ACCOUNT_SYSTEM,
	[OUTCOME_PUBLISH_FAILED] = ACCOUNT_USER,
	[OUTCOME_LOST] = ACCOUNT_SYSTEM,
	[OUTCOME_ALL_BAD] = ACCOUNT_NEVER,
	[OUTCOME_FATAL] = ACCOUNT_NEVER,
	[OUTCOME_HELD] = ACCOUNT_HELD,
	[OUTCOME_NO_SPACE] = ACCOUNT_SYSTEM,
	[OUTCOME_MAX_BAD] = ACCOUNT_ASKED,
	[OUTCOME_OOM] = ACCOUNT_USER,
	[OUTCOME_SKIPPED] = ACCOUNT_NONE,
	[OUTCOME_NOT_YET] = ACCOUNT_NONE,
};

enum task_state
task_next(enum task_state from, enum task_event event)
{
	assert(from < TASK_STATE_COUNT && event < TASK_EVENT_COUNT);
	return (enum task_state)task_moves[from][event];
}

enum attempt_state
attempt_next(enum attempt_state from, enum attempt_event event)
{
	assert(from < ATTEMPT_STATE_COUNT && event < ATTEMPT_EVENT_COUNT);
	return (enum attempt_state)attempt_moves[from][event];
}

bool
task_is_final(enum task_state state)
{
	switch (state) {
	case TASK_SUCCESS:
	case TASK_FAILED:
	case TASK_SKIPPED:
	case TASK_UPSTREAM_FAILED:
	case TASK_CANCELLED:
		return true;
	default:
		return false;
	}
}

bool
task_is_timed(enum task_state state)
{
	return state == TASK_UP_FOR_RETRY || state == TASK_UP_FOR_RESCHEDULE;
}

bool
attempt_is_live(enum attempt_state state)
{
	return state >= ATTEMPT_STARTING && state <= ATTEMPT_PUBLISHING;
}

bool
run_is_final(enum run_state state)
{
	return state == RUN_SUCCESS || state == RUN_FAILED || state == RUN_CANCELLED;
}

static const char *
name_at(const char *const *names, size_t n, size_t at)
{
	assert(at < n);
	return names[at];
}

const char *
task_state_name(enum task_state state)
{
	return name_at(task_states, countof(task_states), state);
}

const char *
attempt_state_name(enum attempt_state state)
{
	return name_at(attempt_states, countof(attempt_states), state);
}

const char *
run_state_name(enum run_state state)
{
	return name_at(run_states, countof(run_states), state);
}

const char *
run_type_name(enum run_type type)
{
	return name_at(run_types, countof(run_types), type);
}

const char *
outcome_name(enum outcome outcome)
{
	return name_at(outcomes, countof(outcomes), outcome);
}

const char *
task_event_text(enum task_event event)
{
	return name_at(task_events, countof(task_events), event);
}

const char *
attempt_event_text(enum attempt_event event)
{
	return name_at(attempt_events, countof(attempt_events), event);
}

int
task_state_of(const char *name)
{
	return words_at(task_states, countof(task_states), name);
}

int
attempt_state_of(const char *name)
{
	return words_at(attempt_states, countof(attempt_states), name);
}

int
run_state_of(const char *name)
{
	return words_at(run_states, countof(run_states), name);
}

int
run_type_of(const char *name)
{
	return words_at(run_types, countof(run_types), name);
}

int
outcome_of(const char *name)
{
	return words_at(outcomes, countof(outcomes), name);
}

const char *
reprocess_name(enum reprocess reprocess)
{
	return name_at(reprocesses, countof(reprocesses), reprocess);
}

int
reprocess_of(const char *name)
{
	return words_at(reprocesses, countof(reprocesses), name);
}

enum account
outcome_account(enum outcome outcome)
{
	assert(outcome < OUTCOME_COUNT);
	return accounts[outcome];
}

bool
outcome_keeps_staged(enum outcome outcome)
{
	return outcome == OUTCOME_GATE_FAILED || outcome == OUTCOME_ALL_BAD;
}

enum run_state
run_verdict(const struct tally *tasks)
{
	if (tasks->pending)
		return RUN_RUNNING;
	if (tasks->cancelled)
		return RUN_CANCELLED;
	return tasks->failed || tasks->upstream_failed ? RUN_FAILED : RUN_SUCCESS;
}
