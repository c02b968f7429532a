/* test_backfill.c - runs over a range of days: plans, caps, params, who takes them over. */
#include "tests/fixture/engine.h"

static const struct engine_config wide = { .pool_slots = 16, .seed = 7 };
static const struct engine_config embedded = { .pool_slots = 16, .seed = 7, .session = true };

static const struct task_fx tasks[] = {
	{ .id = "a", .writes = "raw" },
	{ .id = "b", .reads = "raw" },
	{ .id = "c", .needs = "b", .rule = RULE_ALL_DONE },
};

static const struct param params[] = {
	{ "feature", PARAM_STRING, "x", false },
	{ "limit", PARAM_INT, "10", false },
	{ "share", PARAM_NUMBER, "0.5", false },
	{ "loud", PARAM_BOOL, "false", false },
};

static struct dag *
add(struct table *t)
{
	struct dag *dag = table_dag(t, &(struct dag_fx){ .id = "d",
							 .start_day = DAY(0),
							 .max_active_runs = 2,
							 .params = params,
							 .n_params = countof(params),
							 DAG_FX_TASKS(tasks) });

	table_catalog(t, &dag, 1);
	return dag;
}

static struct command
backfill(int64_t from, int64_t to)
{
	return (struct command){
		.kind = COMMAND_BACKFILL, .dag = "d", .from_us = DAY_AT(from), .to_us = DAY_AT(to)
	};
}

static void
each_day_of_a_backfill_gets_its_verdict(void **state)
{
	static const struct {
		const char *name;
		enum reprocess reprocess;
		enum plan_verdict verdicts[6]; /* days -1 to 4 */
		size_t work;
	} cases[] = {
		{ "none",
		  REPROCESS_NONE,
		  { PLAN_CREATE, PLAN_EXISTS, PLAN_EXISTS, PLAN_IN_FLIGHT, PLAN_CREATE,
		    PLAN_FUTURE },
		  2 },
		{ "failed",
		  REPROCESS_FAILED,
		  { PLAN_CREATE, PLAN_EXISTS, PLAN_CLEAR, PLAN_IN_FLIGHT, PLAN_CREATE,
		    PLAN_FUTURE },
		  3 },
		{ "completed",
		  REPROCESS_COMPLETED,
		  { PLAN_CREATE, PLAN_CLEAR, PLAN_CLEAR, PLAN_IN_FLIGHT, PLAN_CREATE, PLAN_FUTURE },
		  4 },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		struct command c = backfill(-1, 4);
		const struct reply *r;
		struct table t;

		table_open(&t, &wide);
		t.now_us = DAY_AT(4) + HOUR_US;
		add(&t);
		trigger_day(&t, "d", DAY(0));
		succeed_all(&t);
		trigger_day(&t, "d", DAY(1));
		end_with(&t, live_of(&t, 2, 0), OUTCOME_GATE_FAILED);
		succeed(&t, 2, 2);
		trigger_day(&t, "d", DAY(2));
		c.reprocess = cases[i].reprocess;
		for (int dry = 1; dry >= 0; dry--) {
			c.dry_run = dry;
			r = command(&t, &c);
			assert_int_equal(r->code, REPLY_OK);
			assert_int_equal(r->n_plan, 6);
			for (size_t k = 0; k < 6; k++)
				if (r->plan[k].verdict != cases[i].verdicts[k])
					fail_msg("%s: day %zu: %s", cases[i].name, k,
						 plan_verdict_name(r->plan[k].verdict));
			assert_true(r->plan[0].before_start);
			assert_false(r->plan[1].before_start);
			if (dry)
				assert_int_equal(t.n_changes, 0);
		}
		assert_int_equal(r->backfill, 1);
		assert_int_equal(table_find(t.rows, "backfill", 1, -1)->change.backfill.runs,
				 cases[i].work);
		table_restart(&t);
		table_wake(&t, t.now_us);
		succeed_all(&t);
		for (int64_t run = 1; run <= t.last_run; run++)
			assert_true(run_is_final(table_run(&t, run)->state));
		table_close(&t);
	}
}

static void
a_backfill_has_a_cap_and_a_class_of_its_own(void **state)
{
	struct command c = backfill(0, 4);
	struct engine_config config = { .pool_slots = 3 };
	struct table t;

	(void)state;
	table_open(&t, &config);
	add(&t);
	c.max_active_runs = 3;
	command(&t, &c);
	assert_string_equal(table_run(&t, 1)->run_id, "backfill__2026-05-01");
	assert_string_equal(run_is(&t, 3), "running");
	assert_string_equal(run_is(&t, 4), "queued");
	/* The dag's own cap is its own, and a manual run goes first. */
	trigger_day(&t, "d", DAY(8));
	assert_string_equal(run_is(&t, 6), "running");
	assert_string_equal(task_is(&t, 6, 0), "scheduled");
	succeed(&t, 1, 0);
	assert_string_equal(task_is(&t, 6, 0), "queued");
	assert_string_equal(task_is(&t, 1, 1), "scheduled");
	table_restart(&t);
	table_wake(&t, t.now_us);
	succeed_all(&t);
	assert_string_equal(run_is(&t, 5), "success");
	table_close(&t);
}

static void
backwards_the_newest_day_runs_first(void **state)
{
	static const struct task_fx back[] = {
		{ .id = "a", .writes = "raw" },
		{ .id = "b", .reads = "raw:7" },
	};
	struct command c = backfill(0, 4);
	struct dag *dag;
	struct table t;

	(void)state;
	table_open(&t, &wide);
	add(&t);
	c.backwards = true;
	c.max_active_runs = 1;
	command(&t, &c);
	assert_string_equal(run_is(&t, 5), "running");
	assert_string_equal(run_is(&t, 4), "queued");
	succeed(&t, 5, 0);
	succeed(&t, 5, 1);
	succeed(&t, 5, 2);
	assert_string_equal(run_is(&t, 4), "running");
	/* Also after a restart. */
	table_restart(&t);
	table_wake(&t, t.now_us);
	succeed(&t, 4, 0);
	succeed(&t, 4, 1);
	succeed(&t, 4, 2);
	assert_string_equal(run_is(&t, 3), "running");
	assert_string_equal(run_is(&t, 1), "queued");
	dag = table_dag(&t, &(struct dag_fx){ .id = "d", .start_day = DAY(0), DAG_FX_TASKS(back) });
	table_catalog(&t, &dag, 1);
	assert_int_equal(command(&t, &c)->code, REPLY_REFUSED);
	table_close(&t);
}

static void
a_wrong_backfill_is_refused_with_a_reason(void **state)
{
	static const struct {
		const char *name;
		int64_t from_us, to_us;
		const char *dag;
		enum reply_code code;
	} cases[] = {
		{ "no dag", DAY_AT(0), DAY_AT(1), "nope", REPLY_NOT_FOUND },
		{ "backwards range", DAY_AT(2), DAY_AT(1), "d", REPLY_INVALID },
		{ "no dates", DAY_AT(0) + 1, DAY_AT(1), "d", REPLY_INVALID },
		{ "all future", DAY_AT(10), DAY_AT(12), "d", REPLY_REFUSED },
		{ "20000 days", DAY_AT(-19990), DAY_AT(9), "d", REPLY_OK },
		{ "20001 days", DAY_AT(-19991), DAY_AT(9), "d", REPLY_INVALID },
		{ "one day", DAY_AT(9), DAY_AT(9), "d", REPLY_OK },
	};
	struct table t;

	(void)state;
	table_open(&t, &wide);
	add(&t);
	for (size_t i = 0; i < countof(cases); i++) {
		struct command c = { .kind = COMMAND_BACKFILL,
				     .dag = cases[i].dag,
				     .from_us = cases[i].from_us,
				     .to_us = cases[i].to_us,
				     .dry_run = true };

		if (command(&t, &c)->code != cases[i].code)
			fail_msg("%s", cases[i].name);
	}
	table_close(&t);
}

static void
a_window_waits_for_the_days_of_a_backfill(void **state)
{
	static const struct task_fx window[] = {
		{ .id = "a", .writes = "raw" },
		{ .id = "b", .reads = "raw:7", .writes = "scores" },
	};
	struct command c = backfill(0, 9);
	struct dag *dag;
	struct table t;

	(void)state;
	table_open(&t, &wide);
	dag = table_dag(&t, &(struct dag_fx){ .id = "d",
					      .cron = "0 2 * * *",
					      .start_day = DAY(0),
					      .max_active_runs = 2,
					      DAG_FX_TASKS(window) });
	table_catalog(&t, &dag, 1);
	command(&t, &c);
	/* The newest live attempt first, so that days end out of order. */
	while (engine_live(t.engine, NULL, 0)) {
		const struct attempt_row *a = table_attempt(&t, t.last_attempt);

		for (int64_t key = t.last_attempt; !attempt_is_live(a->state); key--)
			a = table_attempt(&t, key);
		succeed(&t, a->run, a->task_index);
		table_restart(&t);
		table_wake(&t, t.now_us);
	}
	for (int64_t run = 1; run <= 10; run++)
		assert_string_equal(run_is(&t, run), "success");
	assert_int_equal(engine_partition(t.engine, "scores", DAY(9))->version, 1);
	table_close(&t);
}

/* The params of what is done again are replaced only when some are given. */
static void
a_cleared_run_gets_new_params_only_when_some_are_given(void **state)
{
	struct command c = backfill(1, 2);
	struct table t;

	(void)state;
	table_open(&t, &wide);
	add(&t);
	c.params = "{\"limit\":1}";
	command(&t, &c);
	succeed_all(&t);
	assert_string_equal(table_run(&t, 1)->params, "{\"limit\":1}");
	c.reprocess = REPROCESS_COMPLETED;
	c.params = "{\"limit\":\"ten\"}";
	assert_int_equal(command(&t, &c)->code, REPLY_INVALID);
	c.params = "{\"limit\":2}";
	assert_int_equal(command(&t, &c)->code, REPLY_OK);
	for (int pass = 0; pass < 2; pass++) {
		for (int64_t run = 1; run <= 2; run++)
			assert_string_equal(table_run(&t, run)->params, "{\"limit\":2}");
		if (!pass) {
			table_restart(&t);
			table_wake(&t, t.now_us);
			succeed_all(&t);
			c.params = NULL;
			assert_int_equal(command(&t, &c)->code, REPLY_OK);
		}
	}
	assert_int_equal(table_run(&t, 2)->epoch, 3);
	table_close(&t);
}

/* Steps of one turn share their effects: rows of the first keep the params they had. */
static void
rows_of_one_turn_keep_the_params_they_had(void **state)
{
	struct command c = backfill(1, 1);
	const struct change *row = NULL;
	struct table t;

	(void)state;
	table_open(&t, &wide);
	add(&t);
	c.params = "{\"limit\":1}";
	command(&t, &c);
	c.reprocess = REPROCESS_COMPLETED;
	c.params = "{\"limit\":2}";
	c.key = "again";
	effects_reset(&t.fx);
	engine_step(t.engine,
		    &(struct event){ .kind = EVENT_COMMAND,
				     .command = &(struct command){ .kind = COMMAND_CANCEL,
								   .key = "stop",
								   .dag = "d",
								   .has_logical = true,
								   .logical_us = DAY_AT(1) } },
		    t.now_us, &t.fx);
	engine_step(t.engine,
		    &(struct event){ .kind = EVENT_NEVER_STARTED, .attempt = 1, .why = "no" },
		    t.now_us, &t.fx);
	engine_step(t.engine, &(struct event){ .kind = EVENT_COMMAND, .command = &c }, t.now_us,
		    &t.fx);
	for (size_t i = 0; !row && i < t.fx.n_changes; i++)
		if (t.fx.changes[i].kind == CHANGE_RUN)
			row = &t.fx.changes[i];
	assert_non_null(row);
	assert_string_equal(row->run.params, "{\"limit\":1}");
	table_commit(&t, t.fx.changes, t.fx.n_changes);
	assert_string_equal(table_run(&t, 1)->params, "{\"limit\":2}");
	table_close(&t);
}

static void
a_backfill_says_what_it_found(void **state)
{
	static const struct {
		const char *name;
		int64_t from, to;
		bool dry;
		const char *message;
	} cases[] = {
		{ "in flight", 1, 1, false, "nothing new to do: 1 day is in flight" },
		{ "several", 1, 2, false, "nothing new to do: 2 days are in flight" },
		{ "dry", -1, 1, true,
		  "2 of 3 days would run, 1 day is in flight (1 before start_date)" },
		{ "both", -1, 1, false,
		  "backfill 1 of dag 'd': 2 of 3 days will run, 1 day is in flight "
		  "(1 before start_date)" },
	};
	struct table t;

	(void)state;
	table_open(&t, &wide);
	add(&t);
	trigger_day(&t, "d", DAY(1));
	trigger_day(&t, "d", DAY(2));
	for (size_t i = 0; i < countof(cases); i++) {
		struct command c = backfill(cases[i].from, cases[i].to);
		const struct reply *r;

		c.dry_run = cases[i].dry;
		r = command(&t, &c);
		if (r->code != REPLY_OK || strcmp(r->message, cases[i].message) != 0)
			fail_msg("%s: %s", cases[i].name, r->message);
	}
	succeed_all(&t);
	assert_string_equal(command(&t, &(struct command){ .kind = COMMAND_BACKFILL,
							   .dag = "d",
							   .from_us = DAY_AT(1),
							   .to_us = DAY_AT(2) })
				->message,
			    "nothing new to do: no day of the range needs a run");
	table_close(&t);
}

/* What did not succeed and is left alone is named, with what to type; alone it is no success. */
static void
a_backfill_names_the_days_that_it_leaves_failed(void **state)
{
	struct command c = backfill(1, 3), cancel = {
		.kind = COMMAND_CANCEL, .dag = "d", .has_logical = true, .logical_us = DAY_AT(2)
	};
	const struct reply *r;
	struct table t;

	(void)state;
	table_open(&t, &wide);
	add(&t);
	c.max_active_runs = 9;
	command(&t, &c);
	end_with(&t, live_of(&t, 1, 0), OUTCOME_GATE_FAILED);
	command(&t, &cancel);
	end_with(&t, live_of(&t, 2, 0), OUTCOME_CANCELLED);
	succeed_all(&t);
	c.dry_run = true;
	for (int i = 0; i < 2; i++) {
		r = command(&t, &c);
		assert_int_equal(r->code, REPLY_REFUSED);
		assert_string_equal(
		    r->message, "nothing was done: 2 days failed or were cancelled and are left "
				"alone (2026-05-02, 2026-05-03): to run them too add "
				"--reprocess-behavior failed");
		assert_int_equal(r->plan[0].state, RUN_FAILED);
		assert_int_equal(r->plan[2].state, RUN_SUCCESS);
		c.dry_run = false;
	}
	c.from_us = DAY_AT(0);
	c.to_us = DAY_AT(2);
	assert_string_equal(
	    command(&t, &c)->message,
	    "backfill 2 of dag 'd': 1 of 3 days will run, 2 days failed or were "
	    "cancelled and are left alone (2026-05-02, 2026-05-03): to run them too "
	    "add --reprocess-behavior failed");
	c.reprocess = REPROCESS_FAILED;
	assert_string_equal(command(&t, &c)->message,
			    "backfill 3 of dag 'd': 2 of 3 days will run, 1 day is in flight");
	table_close(&t);
}

/* ---- who takes them over ---- */

/* Whoever made the runs is gone, at every point of their lives; the next session ends them. */
static void
a_session_adopts_what_is_in_flight(void **state)
{
	static const char *const points[] = { "queued", "running", "scheduled", "retry", "ended" };

	(void)state;
	for (size_t i = 0; i < countof(points); i++) {
		for (int same_key = 0; same_key < 2; same_key++) {
			struct command c = backfill(1, 3);
			const char *point = points[i];
			bool failed, stuck;
			struct table t;
			struct dag *dag;

			table_open(&t, &embedded);
			dag = add(&t);
			c.key = "mine";
			c.max_active_runs = !strcmp(point, "queued") ? 1 : 3;
			command(&t, &c);
			if (!strcmp(point, "ended"))
				succeed_all(&t);
			table_restart(&t);
			/* In a session of somebody else: nothing follows. */
			if (!strcmp(point, "scheduled"))
				succeed(&t, 1, 0);
			if (!strcmp(point, "retry"))
				end_with(&t, live_of(&t, 1, 0), OUTCOME_LAUNCH_FAILED);
			table_restart(&t);
			table_catalog(&t, &dag, 1);
			assert_true(engine_session_done(t.engine, &failed, &stuck));
			if (!same_key)
				c.key = "another";
			assert_int_equal(command(&t, &c)->code, REPLY_OK);
			if (engine_session_done(t.engine, &failed, &stuck) !=
			    !strcmp(point, "ended"))
				fail_msg("%s, same key %d: done", point, same_key);
			assert_false(stuck);
			succeed_all(&t);
			table_wake(&t, t.now_us + HOUR_US);
			succeed_all(&t);
			assert_int_equal(t.last_run, 3);
			if (!engine_session_done(t.engine, &failed, &stuck) || failed)
				fail_msg("%s, same key %d: not done", point, same_key);
			table_close(&t);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest all[] = {
		cmocka_unit_test(each_day_of_a_backfill_gets_its_verdict),
		cmocka_unit_test(a_backfill_has_a_cap_and_a_class_of_its_own),
		cmocka_unit_test(backwards_the_newest_day_runs_first),
		cmocka_unit_test(a_wrong_backfill_is_refused_with_a_reason),
		cmocka_unit_test(a_window_waits_for_the_days_of_a_backfill),
		cmocka_unit_test(a_cleared_run_gets_new_params_only_when_some_are_given),
		cmocka_unit_test(rows_of_one_turn_keep_the_params_they_had),
		cmocka_unit_test(a_backfill_says_what_it_found),
		cmocka_unit_test(a_backfill_names_the_days_that_it_leaves_failed),
		cmocka_unit_test(a_session_adopts_what_is_in_flight),
	};

	return cmocka_run_group_tests(all, NULL, NULL);
}
