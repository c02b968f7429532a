/* test_turn.c - commit first, act after; evidence into events; recovery. */
#include "scheduler/engine/turn.h"
#include "tests/fixture/engine.h"

/* What an attempt looks like from outside, and what was asked of the world. */
struct outside {
	struct table *t;
	enum evidence evidence;
	enum outcome outcome; /* of its record */
	enum err_code inspect_code, bury_code, commit_code;
	enum evidence after_conflict; /* what is there once burying was refused */
	char done[400];               /* "commit launch:1 ..." */
	struct turn *turn;
	bool launch_fails, notes_send;
};

static void
note(struct outside *o, const char *what, int64_t attempt)
{
	size_t at = strlen(o->done);

	snprintf(o->done + at, sizeof(o->done) - at, attempt ? "%s%s:%lld" : "%s%s", at ? " " : "",
		 what, (long long)attempt);
}

static enum err_code
commit(void *arg, const struct change *changes, size_t n, struct err *err)
{
	struct outside *o = arg;

	note(o, "commit", 0);
	if (o->commit_code)
		return err_set(err, o->commit_code, "the disk is full");
	table_commit(o->t, changes, n);
	return ERR_NONE;
}

static void
launch(void *arg, const struct action *action)
{
	struct outside *o = arg;

	note(o, "launch", action->attempt);
	if (o->launch_fails)
		turn_launch_failed(o->turn, action->attempt, "no processes", 0, o->t->now_us);
}

static void
send_all(void *arg)
{
	struct outside *o = arg;

	if (o->notes_send)
		note(o, "send", 0);
}

static void
kill_attempt(void *arg, int64_t attempt)
{
	note(arg, "kill", attempt);
}

static void
sweep(void *arg, int64_t attempt)
{
	note(arg, "sweep", attempt);
}

static void
publish(void *arg, int64_t attempt)
{
	note(arg, "publish", attempt);
}

static void
discard(void *arg, int64_t attempt, bool keep_staging)
{
	note(arg, keep_staging ? "keep" : "discard", attempt);
}

static void
reply(void *arg, int64_t request, const struct reply *r)
{
	(void)request;
	note(arg, r->code == REPLY_OK ? "ok" : "refused", 0);
}

static void
adopt(void *arg, int64_t attempt, int pid)
{
	assert_int_equal(pid, 99);
	note(arg, "adopt", attempt);
}

static enum err_code
inspect(void *arg, int64_t attempt, const char *token, enum evidence *out,
	struct exit_record *record, int *pid, struct err *err)
{
	struct outside *o = arg;

	(void)err;
	assert_int_equal(strlen(token), TOKEN_CHARS);
	if (o->inspect_code)
		return o->inspect_code;
	*out = o->evidence;
	*pid = 99;
	if (o->evidence == EVIDENCE_RECORD)
		*record = (struct exit_record){ .attempt = attempt,
						.outcome = o->outcome,
						.message = mem_str("") };
	return ERR_NONE;
}

static enum err_code
bury(void *arg, int64_t attempt, struct err *err)
{
	struct outside *o = arg;

	(void)err;
	note(o, "bury", attempt);
	if (o->bury_code == ERR_CONFLICT)
		o->evidence = o->after_conflict;
	return o->bury_code;
}

static enum err_code
answered(void *arg, const char *key, struct recall *out, struct err *err)
{
	const struct outside *o = arg;

	(void)err;
	table_answered(o->t, key, out);
	return ERR_NONE;
}

static enum err_code
recall(void *arg, const int64_t *runs, size_t n, struct recall *out, struct err *err)
{
	const struct outside *o = arg;

	(void)err;
	table_recall(o->t, runs, n, out);
	return ERR_NONE;
}

static struct world
world_of(struct outside *o)
{
	return (struct world){
		.arg = o,
		.commit = commit,
		.launch = launch,
		.send = send_all,
		.kill = kill_attempt,
		.sweep = sweep,
		.publish = publish,
		.discard = discard,
		.reply = reply,
		.adopt = adopt,
		.inspect = inspect,
		.bury = bury,
		.answered = answered,
		.recall = recall,
	};
}

static const struct engine_config one_slot = { .pool_slots = 1, .seed = 3 };
static const struct task_fx tasks[] = { { .id = "a", .writes = "raw" } };

static void
open_with_run(struct table *t)
{
	struct dag *dag;

	table_open(t, &one_slot);
	dag = table_dag(t, &(struct dag_fx){ .id = "d", DAG_FX_TASKS(tasks) });
	table_catalog(t, &dag, 1);
	trigger_day(t, "d", DAY(1));
}

static void
commit_comes_before_actions(void **state)
{
	struct command c = { .kind = COMMAND_TRIGGER, .dag = "d", .key = "k" };
	struct event event = { .kind = EVENT_COMMAND, .command = &c, .request = 5 };
	struct outside o = { 0 };
	struct world world = world_of(&o);
	struct table t;
	struct dag *dag;
	int64_t wake_us;
	struct err err;

	(void)state;
	table_open(&t, &one_slot);
	o.t = &t;
	dag = table_dag(&t, &(struct dag_fx){ .id = "d", DAG_FX_TASKS(tasks) });
	table_catalog(&t, &dag, 1);
	o.turn = turn_new(t.engine, &world);
	turn_event(o.turn, &event, t.now_us);
	assert_string_equal(o.done, "");
	assert_int_equal(turn_finish(o.turn, false, &wake_us, &err), ERR_NONE);
	assert_string_equal(o.done, "commit ok launch:1");
	assert_int_equal(wake_us, INT64_MAX);
	/* Nothing happened: nothing is done. */
	o.done[0] = '\0';
	assert_int_equal(turn_finish(o.turn, true, &wake_us, &err), ERR_NONE);
	assert_string_equal(o.done, "");
	turn_free(o.turn);
	table_close(&t);
}

static void
a_failed_commit_does_nothing(void **state)
{
	struct event event = { .kind = EVENT_EXITED, .attempt = 1 };
	struct exit_record record = { .outcome = OUTCOME_OK, .message = (char[]){ "" } };
	struct outside o = { .commit_code = ERR_SYSTEM };
	struct world world = world_of(&o);
	struct table t;
	int64_t wake_us;
	struct err err;

	(void)state;
	open_with_run(&t);
	o.t = &t;
	o.turn = turn_new(t.engine, &world);
	event.record = &record;
	turn_event(o.turn, &event, t.now_us);
	assert_int_equal(turn_finish(o.turn, false, &wake_us, &err), ERR_SYSTEM);
	assert_string_equal(err.msg, "the disk is full");
	assert_string_equal(o.done, "commit");
	turn_free(o.turn);
	table_close(&t);
}

static void
a_started_attempt_may_wait_for_its_commit(void **state)
{
	struct event started = { .kind = EVENT_STARTED, .attempt = 1 };
	struct event wake = { .kind = EVENT_WAKE };
	struct outside o = { 0 };
	struct world world = world_of(&o);
	struct table t;
	int64_t wake_us;
	struct err err;

	(void)state;
	open_with_run(&t);
	o.t = &t;
	o.turn = turn_new(t.engine, &world);
	turn_event(o.turn, &started, t.now_us);
	assert_int_equal(turn_finish(o.turn, false, &wake_us, &err), ERR_NONE);
	assert_string_equal(o.done, "");
	assert_int_equal(wake_us, t.now_us + SECOND_US);
	turn_event(o.turn, &wake, t.now_us + SECOND_US - 1);
	assert_int_equal(turn_finish(o.turn, false, &wake_us, &err), ERR_NONE);
	assert_string_equal(o.done, "");
	assert_int_equal(wake_us, t.now_us + SECOND_US);
	turn_event(o.turn, &wake, t.now_us + SECOND_US);
	assert_int_equal(turn_finish(o.turn, false, &wake_us, &err), ERR_NONE);
	assert_string_equal(o.done, "commit");
	assert_string_equal(task_is(&t, 1, 0), "running");
	turn_free(o.turn);
	table_close(&t);
}

static void
flush_commits_at_once_and_clocks_may_go_back(void **state)
{
	struct event started = { .kind = EVENT_STARTED, .attempt = 1 };
	struct event wake = { .kind = EVENT_WAKE };
	struct outside o = { 0 };
	struct world world = world_of(&o);
	struct table t;
	int64_t wake_us;
	struct err err;

	(void)state;
	open_with_run(&t);
	o.t = &t;
	o.turn = turn_new(t.engine, &world);
	turn_event(o.turn, &started, t.now_us);
	turn_event(o.turn, &wake, t.now_us - HOUR_US);
	assert_int_equal(turn_finish(o.turn, false, &wake_us, &err), ERR_NONE);
	assert_int_equal(wake_us, t.now_us - HOUR_US + SECOND_US);
	assert_int_equal(turn_finish(o.turn, true, &wake_us, &err), ERR_NONE);
	assert_string_equal(o.done, "commit");
	turn_free(o.turn);
	table_close(&t);
}

static void
what_follows_is_sent_before_what_ended_is_cleared_away(void **state)
{
	static const struct task_fx chain[] = { { .id = "a" }, { .id = "b", .needs = "a" } };
	struct exit_record record = { .attempt = 1, .outcome = OUTCOME_OK };
	struct event exited = { .kind = EVENT_EXITED, .attempt = 1, .record = &record };
	struct outside o = { .notes_send = true };
	struct world world = world_of(&o);
	struct table t;
	struct dag *dag;
	int64_t wake_us;
	struct err err;

	(void)state;
	table_open(&t, &one_slot);
	o.t = &t;
	dag = table_dag(&t, &(struct dag_fx){ .id = "d", DAG_FX_TASKS(chain) });
	table_catalog(&t, &dag, 1);
	trigger_day(&t, "d", DAY(1));
	o.turn = turn_new(t.engine, &world);
	turn_event(o.turn, &exited, t.now_us);
	assert_int_equal(turn_finish(o.turn, false, &wake_us, &err), ERR_NONE);
	assert_string_equal(o.done, "commit launch:2 send discard:1");
	turn_free(o.turn);
	table_close(&t);
}

static void
a_launch_that_fails_at_once(void **state)
{
	struct command c = { .kind = COMMAND_TRIGGER, .dag = "d", .key = "k" };
	struct event event = { .kind = EVENT_COMMAND, .command = &c };
	struct outside o = { .launch_fails = true };
	struct world world = world_of(&o);
	struct table t;
	struct dag *dag;
	int64_t wake_us;
	struct err err;

	(void)state;
	table_open(&t, &one_slot);
	o.t = &t;
	dag = table_dag(&t, &(struct dag_fx){ .id = "d", DAG_FX_TASKS(tasks) });
	table_catalog(&t, &dag, 1);
	o.turn = turn_new(t.engine, &world);
	turn_event(o.turn, &event, t.now_us);
	assert_int_equal(turn_finish(o.turn, false, &wake_us, &err), ERR_NONE);
	assert_string_equal(o.done, "commit ok launch:1 commit discard:1");
	assert_int_equal(table_attempt(&t, 1)->state, ATTEMPT_LOST);
	assert_string_equal(table_attempt(&t, 1)->message, "no processes");
	assert_int_equal(wake_us, t.now_us + SECOND_US);
	turn_free(o.turn);
	table_close(&t);
}

/* ---- recovery ---- */

struct recovery_case {
	const char *name;
	enum attempt_state before;
	bool cancel;
	enum evidence evidence;
	const char *done; /* by recovery and its commit */
	enum attempt_state after;
};

#define A(s) ATTEMPT_##s
#define E(s) EVIDENCE_##s

static const struct recovery_case recoveries[] = {
	{ "starting, record", A(STARTING), false, E(RECORD), "commit publish:1", A(PUBLISHING) },
	{ "starting, alive", A(STARTING), false, E(ALIVE), "adopt:1 commit", A(RUNNING) },
	{ "starting, vanished", A(STARTING), false, E(VANISHED), "commit sweep:1", A(KILLING) },
	{ "starting, absent", A(STARTING), false, E(ABSENT), "bury:1 commit sweep:1", A(KILLING) },
	{ "starting, tombstone", A(STARTING), false, E(TOMBSTONE), "commit discard:1", A(LOST) },
	{ "running, record", A(RUNNING), false, E(RECORD), "commit publish:1", A(PUBLISHING) },
	{ "running, alive", A(RUNNING), false, E(ALIVE), "adopt:1", A(RUNNING) },
	{ "running, vanished", A(RUNNING), false, E(VANISHED), "commit sweep:1", A(KILLING) },
	{ "running, absent", A(RUNNING), false, E(ABSENT), "commit sweep:1", A(KILLING) },
	{ "running, tombstone", A(RUNNING), false, E(TOMBSTONE), "commit sweep:1", A(KILLING) },
	{ "killing, record", A(KILLING), true, E(RECORD), "commit discard:1", A(CANCELLED) },
	{ "killing, alive", A(KILLING), true, E(ALIVE), "adopt:1 kill:1", A(KILLING) },
	{ "killing, vanished", A(KILLING), true, E(VANISHED), "sweep:1", A(KILLING) },
	{ "killing, absent", A(KILLING), true, E(ABSENT), "bury:1 sweep:1", A(KILLING) },
	{ "killing, tombstone", A(KILLING), true, E(TOMBSTONE), "commit discard:1", A(CANCELLED) },
	{ "dying, record", A(KILLING), false, E(RECORD), "commit discard:1", A(LOST) },
	{ "dying, alive", A(KILLING), false, E(ALIVE), "adopt:1 sweep:1", A(KILLING) },
	{ "dying, vanished", A(KILLING), false, E(VANISHED), "sweep:1", A(KILLING) },
	{ "dying, absent", A(KILLING), false, E(ABSENT), "bury:1 sweep:1", A(KILLING) },
	{ "dying, tombstone", A(KILLING), false, E(TOMBSTONE), "commit discard:1", A(LOST) },
	{ "publishing", A(PUBLISHING), false, E(RECORD), "publish:1", A(PUBLISHING) },
};

static void
bring_to(struct table *t, const struct recovery_case *c)
{
	struct command cancel = {
		.kind = COMMAND_CANCEL, .dag = "d", .has_logical = true, .logical_us = DAY_AT(1)
	};

	open_with_run(t);
	if (c->before == ATTEMPT_RUNNING)
		tell(t, EVENT_STARTED, 1);
	if (c->before == ATTEMPT_KILLING && !c->cancel)
		tell(t, EVENT_VANISHED, 1);
	if (c->cancel)
		command(t, &cancel);
	if (c->before == ATTEMPT_PUBLISHING)
		end_with(t, 1, OUTCOME_OK);
}

static void
recover(struct outside *o, const struct world *world)
{
	int64_t wake_us;
	struct err err;

	o->done[0] = '\0';
	o->turn = turn_new(o->t->engine, world);
	turn_recover(o->turn, o->t->now_us);
	assert_int_equal(turn_finish(o->turn, true, &wake_us, &err), ERR_NONE);
	turn_free(o->turn);
}

static void
recovery_follows_the_table_of_evidence(void **state)
{
	(void)state;
	for (size_t i = 0; i < countof(recoveries); i++) {
		const struct recovery_case *c = &recoveries[i];
		struct outside o = { .evidence = c->evidence, .outcome = OUTCOME_OK };
		struct world world = world_of(&o);
		struct table t;

		bring_to(&t, c);
		assert_int_equal(table_attempt(&t, 1)->state, c->before);
		table_restart(&t);
		o.t = &t;
		recover(&o, &world);
		if (strcmp(o.done, c->done) || table_attempt(&t, 1)->state != c->after)
			fail_msg("%s: did '%s', not '%s'; it is %s", c->name, o.done, c->done,
				 attempt_state_name(table_attempt(&t, 1)->state));
		/* Recovery applied twice changes no more than once. */
		table_restart(&t);
		if (c->after != ATTEMPT_KILLING || c->before == ATTEMPT_KILLING)
			recover(&o, &world);
		if (table_attempt(&t, 1)->state != c->after)
			fail_msg("%s: twice", c->name);
		table_close(&t);
	}
}

static void
a_short_command_settles_what_has_ended_and_leaves_the_rest(void **state)
{
	static const struct recovery_case cases[] = {
		{ "ended", A(RUNNING), false, E(RECORD), "publish:1", A(PUBLISHING) },
		{ "publishing", A(PUBLISHING), false, E(RECORD), "publish:1", A(PUBLISHING) },
		{ "alive", A(RUNNING), false, E(ALIVE), "", A(RUNNING) },
		{ "vanished", A(RUNNING), false, E(VANISHED), "", A(RUNNING) },
		{ "absent", A(STARTING), false, E(ABSENT), "", A(STARTING) },
		{ "dying, vanished", A(KILLING), false, E(VANISHED), "", A(KILLING) },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		const struct recovery_case *c = &cases[i];
		struct outside o = { .evidence = c->evidence, .outcome = OUTCOME_OK };
		struct world world = world_of(&o);
		int64_t wake_us;
		struct table t;

		bring_to(&t, c);
		table_restart(&t);
		o.t = &t;
		o.turn = turn_new(t.engine, &world);
		turn_settle(o.turn, t.now_us);
		assert_int_equal(turn_finish(o.turn, true, &wake_us, NULL), ERR_NONE);
		turn_free(o.turn);
		if (!strstr(o.done, c->done) || (!*c->done && *o.done) ||
		    table_attempt(&t, 1)->state != c->after)
			fail_msg("%s: did '%s', not '%s'; it is %s", c->name, o.done, c->done,
				 attempt_state_name(table_attempt(&t, 1)->state));
		table_close(&t);
	}
}

static void
recovery_dispatches_nothing_before_it_is_awake(void **state)
{
	struct outside o = { .evidence = EVIDENCE_TOMBSTONE };
	struct world world = world_of(&o);
	struct table t;
	struct dag *dags[2];

	(void)state;
	open_with_run(&t);
	dags[0] = t.dags[0];
	dags[1] = table_dag(&t, &(struct dag_fx){ .id = "e", DAG_FX_TASKS(tasks) });
	table_catalog(&t, dags, 2);
	trigger_day(&t, "e", DAY(5));
	table_restart(&t);
	o.t = &t;
	recover(&o, &world);
	/* The slot is free, but the catalog may have changed: the first wake dispatches. */
	assert_int_equal(engine_live(t.engine, NULL, 0), 0);
	table_wake(&t, t.now_us);
	assert_int_equal(engine_live(t.engine, NULL, 0), 1);
	table_close(&t);
}

static void
the_fence_moves_while_we_look(void **state)
{
	struct outside o = { .evidence = EVIDENCE_ABSENT,
			     .bury_code = ERR_CONFLICT,
			     .after_conflict = EVIDENCE_ALIVE };
	struct world world = world_of(&o);
	struct table t;

	(void)state;
	open_with_run(&t);
	table_restart(&t);
	o.t = &t;
	recover(&o, &world);
	assert_string_equal(o.done, "bury:1 adopt:1 commit");
	table_close(&t);
}

static void
what_cannot_be_inspected_is_left_alone(void **state)
{
	struct outside o = { .inspect_code = ERR_SYSTEM };
	struct world world = world_of(&o);
	struct table t;

	(void)state;
	open_with_run(&t);
	table_restart(&t);
	o.t = &t;
	recover(&o, &world);
	assert_string_equal(o.done, "");
	assert_int_equal(table_attempt(&t, 1)->state, ATTEMPT_STARTING);
	/* Something that is no record of ours stands there: nothing of it may live on. */
	o.inspect_code = ERR_INPUT;
	recover(&o, &world);
	assert_string_equal(o.done, "commit sweep:1");
	table_close(&t);
}

static void
looking_at_an_ended_attempt_discards_it(void **state)
{
	struct outside o = { .evidence = EVIDENCE_RECORD };
	struct world world = world_of(&o);
	struct table t;
	int64_t wake_us;
	struct err err;

	(void)state;
	open_with_run(&t);
	end_with(&t, 1, OUTCOME_GATE_FAILED);
	o.t = &t;
	o.turn = turn_new(t.engine, &world);
	turn_look(o.turn, 1, t.now_us);
	assert_int_equal(turn_finish(o.turn, false, &wake_us, &err), ERR_NONE);
	assert_string_equal(o.done, "keep:1");
	turn_free(o.turn);
	table_close(&t);
}

int
main(void)
{
	const struct CMUnitTest all[] = {
		cmocka_unit_test(commit_comes_before_actions),
		cmocka_unit_test(a_failed_commit_does_nothing),
		cmocka_unit_test(a_started_attempt_may_wait_for_its_commit),
		cmocka_unit_test(flush_commits_at_once_and_clocks_may_go_back),
		cmocka_unit_test(what_follows_is_sent_before_what_ended_is_cleared_away),
		cmocka_unit_test(a_launch_that_fails_at_once),
		cmocka_unit_test(recovery_follows_the_table_of_evidence),
		cmocka_unit_test(a_short_command_settles_what_has_ended_and_leaves_the_rest),
		cmocka_unit_test(recovery_dispatches_nothing_before_it_is_awake),
		cmocka_unit_test(the_fence_moves_while_we_look),
		cmocka_unit_test(what_cannot_be_inspected_is_left_alone),
		cmocka_unit_test(looking_at_an_ended_attempt_discards_it),
	};

	return cmocka_run_group_tests(all, NULL, NULL);
}
