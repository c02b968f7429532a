/* test_command.c - trigger, clear, cancel, pause; keys; sessions; replies. */
#include "core/base/buf.h"
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
on_day(enum command_kind kind, int64_t day)
{
	return (struct command){
		.kind = kind, .dag = "d", .has_logical = true, .logical_us = DAY_AT(day)
	};
}

static const struct reply *
do_on_day(struct table *t, enum command_kind kind, int64_t day)
{
	struct command c = on_day(kind, day);

	return command(t, &c);
}

/* ---- trigger ---- */

static void
a_trigger_names_its_run(void **state)
{
	static const struct task_fx one[] = { { .id = "a" } };
	struct dag *dags[2];
	struct table t;

	(void)state;
	table_open(&t, &wide);
	dags[0] = add(&t);
	dags[1] = table_dag(&t,
			    &(struct dag_fx){ .id = "whole", .whole = true, DAG_FX_TASKS(one) });
	t.now_us = DAY_AT(10) + 9 * HOUR_US + 30 * MINUTE_US;
	table_catalog(&t, dags, 2);
	/* The last complete partition. */
	assert_int_equal(command(&t, &(struct command){ .dag = "d" })->code, REPLY_OK);
	assert_string_equal(table_run(&t, 1)->run_id, "manual__2026-05-10");
	assert_int_equal(table_run(&t, 1)->end_us - table_run(&t, 1)->start_us, DAY_US);
	/* The instant; two within one instant are two. */
	command(&t, &(struct command){ .dag = "whole" });
	assert_string_equal(table_run(&t, 2)->run_id, "manual__2026-05-11T09:30:00Z");
	assert_int_equal(table_run(&t, 2)->end_us, table_run(&t, 2)->start_us);
	command(&t, &(struct command){ .dag = "whole" });
	assert_string_equal(table_run(&t, 3)->run_id, "manual__2026-05-11T09:30:00.000001Z");
	table_close(&t);
}

static void
a_wrong_trigger_is_refused_with_a_reason(void **state)
{
	static const struct {
		const char *name;
		struct command c;
		enum reply_code code;
		const char *message; /* part of it */
	} cases[] = {
		{ "no dag", { .dag = "nope" }, REPLY_NOT_FOUND, "there is no dag 'nope'" },
		{ "not a date",
		  { .dag = "d", .has_logical = true, .logical_us = DAY_AT(1) + 1 },
		  REPLY_INVALID,
		  "has to be where one starts" },
		{ "not a date in words",
		  { .dag = "d", .has_logical = true, .logical_text = "2026-05-02T10" },
		  REPLY_INVALID,
		  "dag 'd' has one run per day: the logical date has to be a date" },
		{ "exists",
		  { .dag = "d", .has_logical = true, .logical_us = DAY_AT(1) },
		  REPLY_REFUSED,
		  "running); what it waits for tells: tidemill why d -l 2026-05-02" },
		{ "unknown param",
		  { .dag = "d", .params = "{\"colour\":\"red\"}" },
		  REPLY_INVALID,
		  "no param 'colour'" },
		{ "type of a param",
		  { .dag = "d", .params = "{\"limit\":\"ten\"}" },
		  REPLY_INVALID,
		  "another type" },
		{ "not an object", { .dag = "d", .params = "[1]" }, REPLY_INVALID, "not a JSON" },
		{ "not JSON", { .dag = "d", .params = "{" }, REPLY_INVALID, "params" },
		{ "key too long",
		  { .dag = "d",
		    .key = "12345678901234567890123456789012345678901234567890123456789012345" },
		  REPLY_INVALID,
		  "1 to 64 bytes" },
		{ "key empty", { .dag = "d", .key = "" }, REPLY_INVALID, "1 to 64 bytes" },
	};
	struct table t;

	(void)state;
	table_open(&t, &wide);
	add(&t);
	trigger_day(&t, "d", DAY(1));
	for (size_t i = 0; i < countof(cases); i++) {
		const struct reply *r = command(&t, &cases[i].c);

		if (r->code != cases[i].code || !strstr(r->message, cases[i].message))
			fail_msg("%s: %d %s", cases[i].name, (int)r->code, r->message);
	}
	assert_int_equal(t.last_run, 1);
	assert_int_equal(
	    command(&t, &(struct command){ .dag = "d",
					   .params = "{\"feature\":\"y\",\"limit\":\"12\","
						     "\"share\":1,\"loud\":\"true\"}" })
		->code,
	    REPLY_OK);
	table_catalog(&t, NULL, 0);
	assert_int_equal(do_on_day(&t, COMMAND_TRIGGER, 5)->code, REPLY_REFUSED);
	table_close(&t);
}

static void
the_same_key_gets_the_same_reply(void **state)
{
	struct command c = on_day(COMMAND_TRIGGER, 3);
	const struct reply *r;
	struct table t;
	char first[200];

	(void)state;
	table_open(&t, &wide);
	add(&t);
	c.key = "once";
	r = command(&t, &c);
	snprintf(first, sizeof(first), "%s", r->message);
	for (int i = 0; i < 3; i++) {
		if (i)
			table_restart(&t);
		r = command(&t, &c);
		assert_int_equal(r->code, REPLY_OK);
		assert_int_equal(r->run, 1);
		assert_string_equal(r->run_id, "manual__2026-05-04");
		assert_int_equal(r->logical_us, DAY_AT(3));
		assert_string_equal(r->message, first);
		assert_int_equal(t.last_run, 1);
	}
	c.kind = COMMAND_CLEAR;
	r = command(&t, &c);
	assert_int_equal(r->code, REPLY_INVALID);
	table_close(&t);
}

static void
a_reply_is_read_as_it_was_written(void **state)
{
	static const struct plan_item plan[] = {
		{ DAY_AT(0), PLAN_CREATE, 4, true, RUN_ILLEGAL },
		{ DAY_AT(1), PLAN_EXISTS, 0, false, RUN_FAILED },
	};
	struct reply r = { .code = REPLY_OK,
			   .message = "a \"word\"",
			   .run = 4,
			   .run_id = "manual__x",
			   .logical_us = DAY_AT(0) + SECOND_US,
			   .backfill = 2,
			   .plan = plan,
			   .n_plan = 2 };
	struct buf b;

	(void)state;
	buf_init(&b, 1 << 20);
	reply_write(&r, &b);
	assert_string_equal(
	    b.data,
	    "{\"ok\":true,\"code\":\"ok\",\"message\":\"a \\\"word\\\"\",\"run\":4,"
	    "\"run_id\":\"manual__x\",\"logical_date\":\"2026-05-01T00:00:01Z\",\"backfill\":2,"
	    "\"plan\":[{\"logical_date\":\"2026-05-01T00:00:00Z\",\"verdict\":\"create\",\"run\":4,"
	    "\"before_start\":true,\"notice\":\"before "
	    "start_date\"},{\"logical_date\":\"2026-05-02T00:00:00Z\","
	    "\"verdict\":\"exists\",\"state\":\"failed\"}]}");
	buf_release(&b);
}

/* ---- clear ---- */

static void
a_clear_opens_the_next_epoch(void **state)
{
	const struct reply *r;
	struct table t;

	(void)state;
	table_open(&t, &wide);
	add(&t);
	trigger_day(&t, "d", DAY(1));
	r = do_on_day(&t, COMMAND_CLEAR, 1);
	assert_int_equal(r->code, REPLY_REFUSED);
	assert_non_null(strstr(r->message, "tidemill runs cancel d 2026-05-02"));
	succeed(&t, 1, 0);
	end_with(&t, live_of(&t, 1, 1), OUTCOME_ERROR);
	succeed(&t, 1, 2);
	assert_string_equal(run_is(&t, 1), "failed");
	table_restart(&t);
	command(&t, &(struct command){
			.kind = COMMAND_CLEAR, .dag = "d", .run_id = "manual__2026-05-02" });
	assert_int_equal(table_run(&t, 1)->epoch, 2);
	assert_string_equal(task_is(&t, 1, 0), "queued");
	assert_string_equal(task_is(&t, 1, 2), "none");
	assert_int_equal(table_task(&t, 1, 0)->tries, 2);
	assert_int_equal(table_task(&t, 1, 1)->failures, 0);
	assert_int_equal(table_attempt(&t, live_of(&t, 1, 0))->try_number, 2);
	succeed_all(&t);
	assert_string_equal(run_is(&t, 1), "success");
	assert_int_equal(engine_partition(t.engine, "raw", DAY(1))->version, 2);
	r = do_on_day(&t, COMMAND_CLEAR, 2);
	assert_int_equal(r->code, REPLY_NOT_FOUND);
	r = command(&t, &(struct command){ .kind = COMMAND_CLEAR, .dag = "d" });
	assert_int_equal(r->code, REPLY_INVALID);
	table_close(&t);
}

static void
a_clear_redoes_what_it_was_told(void **state)
{
	static const struct {
		const char *name;
		bool only_failed;
		const char *task;
		const char *after[3];
	} cases[] = {
		{ "all", false, NULL, { "queued", "none", "none" } },
		{ "failed", true, NULL, { "success", "queued", "success" } },
		{ "a task and its downstream", false, "b", { "success", "queued", "none" } },
		{ "a leaf", false, "c", { "success", "failed", "queued" } },
		{ "what failed downstream of a", true, "a", { "success", "queued", "success" } },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		struct command c = on_day(COMMAND_CLEAR, 1);
		struct table t;

		table_open(&t, &wide);
		add(&t);
		trigger_day(&t, "d", DAY(1));
		succeed(&t, 1, 0);
		end_with(&t, live_of(&t, 1, 1), OUTCOME_ERROR);
		succeed(&t, 1, 2);
		c.only_failed = cases[i].only_failed;
		c.task = cases[i].task;
		assert_int_equal(command(&t, &c)->code, REPLY_OK);
		for (int k = 0; k < 3; k++)
			if (strcmp(task_is(&t, 1, k), cases[i].after[k]))
				fail_msg("%s: task %d is %s", cases[i].name, k, task_is(&t, 1, k));
		table_restart(&t);
		table_wake(&t, t.now_us);
		succeed_all(&t);
		c.task = "nope";
		assert_int_equal(command(&t, &c)->code, REPLY_NOT_FOUND);
		table_close(&t);
	}
}

/* Three days from Saturday 2026-05-02 on that ran, in UTC; then the dag moves to another grid. */
static void
open_and_move(struct table *t, enum grid_unit unit, const char *zone)
{
	static const struct task_fx one[] = { { .id = "a" } };
	struct dag_fx fx = { .id = "d", .start_day = DAY(0), DAG_FX_TASKS(one) };
	struct dag *dag;

	table_open(t, &wide);
	t->now_us = DAY_AT(20);
	dag = table_dag(t, &fx);
	table_catalog(t, &dag, 1);
	for (int day = 1; day <= 3; day++)
		(void)trigger_day(t, "d", DAY(day));
	succeed_all(t);
	fx.salt = "moved";
	dag = table_dag(t, &fx);
	dag->grid.unit = unit;
	if (zone && !(dag->zone = fx_zone(zone)))
		skip();
	dag->grid.zone = dag->zone;
	dag->schedule.zone = dag->zone;
	table_catalog(t, &dag, 1);
}

/* The date of a run means the interval that starts then to the definition that it runs on. */
static void
a_clear_on_another_grid_is_of_the_interval_that_starts_then(void **state)
{
	struct command backfill = { .kind = COMMAND_BACKFILL,
				    .dag = "d",
				    .from_us = DAY_AT(3),
				    .to_us = DAY_AT(3),
				    .reprocess = REPROCESS_COMPLETED };
	struct table t;

	(void)state;
	for (int by = 0; by < 2; by++) {
		open_and_move(&t, GRID_WEEK, NULL);
		assert_int_equal(table_run(&t, 3)->end_us, DAY_AT(4));
		if (by)
			assert_int_equal(command(&t, &backfill)->code, REPLY_OK);
		else
			assert_int_equal(do_on_day(&t, COMMAND_CLEAR, 3)->code, REPLY_OK);
		assert_int_equal(table_run(&t, 3)->epoch, 2);
		assert_int_equal(table_run(&t, 3)->start_us, DAY_AT(3));
		assert_int_equal(table_run(&t, 3)->end_us, DAY_AT(10)); /* a Monday: its week */
		assert_false(table_run(&t, 3)->early);
		table_restart(&t);
		table_wake(&t, t.now_us);
		succeed_all(&t);
		assert_string_equal(run_is(&t, 3), "success");
		table_close(&t);
	}
}

static void
a_clear_on_a_grid_on_which_nothing_starts_then_is_refused(void **state)
{
	static const struct {
		enum grid_unit unit;
		const char *zone, *want;
	} cases[] = {
		{ GRID_WEEK, NULL,
		  "run manual__2026-05-03 of dag 'd' is of a day in UTC, and the dag has weeks in "
		  "UTC now, none of which starts then; to run it again as it was type: tidemill "
		  "runs clear d manual__2026-05-03 --pinned; to run the week of now type: tidemill "
		  "backfill create d --from-date 2026-04-27 --to-date 2026-04-27" },
		{ GRID_DAY, "America/New_York",
		  "run manual__2026-05-03 of dag 'd' is of a day in UTC, and the dag has days in "
		  "America/New_York now, none of which starts then; to run it again as it was "
		  "type: "
		  "tidemill runs clear d manual__2026-05-03 --pinned; to run the day of now type: "
		  "tidemill backfill create d --from-date 2026-05-02 --to-date 2026-05-02" },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		struct command pinned = on_day(COMMAND_CLEAR, 2);
		const struct reply *r;
		struct table t;

		open_and_move(&t, cases[i].unit, cases[i].zone);
		r = do_on_day(&t, COMMAND_CLEAR, 2);
		assert_int_equal(r->code, REPLY_REFUSED);
		assert_string_equal(r->message, cases[i].want);
		assert_int_equal(table_run(&t, 2)->epoch, 1);
		pinned.pinned = true;
		assert_int_equal(command(&t, &pinned)->code, REPLY_OK);
		assert_int_equal(table_run(&t, 2)->end_us, DAY_AT(3));
		succeed_all(&t);
		assert_string_equal(run_is(&t, 2), "success");
		table_close(&t);
	}
}

/* Without a grid nothing is written by days: the run is of what it was of. */
static void
a_run_of_a_tick_keeps_its_interval_when_the_cron_changes(void **state)
{
	static const struct task_fx one[] = { { .id = "a" } };
	struct dag_fx fx = { .id = "d",
			     .cron = "0 */6 * * *",
			     .whole = true,
			     .start_day = DAY(0),
			     .catchup = CATCHUP_LATEST,
			     DAG_FX_TASKS(one) };
	struct command clear = on_day(COMMAND_CLEAR, 1);
	struct table t;
	struct dag *dag;

	(void)state;
	table_open(&t, &wide);
	t.now_us = DAY_AT(1) + 12 * HOUR_US;
	dag = table_dag(&t, &fx);
	table_catalog(&t, &dag, 1);
	succeed_all(&t);
	clear.logical_us = DAY_AT(1) + 6 * HOUR_US;
	assert_int_equal(table_run(&t, 1)->logical_us, clear.logical_us);
	fx.cron = "30 1 * * *";
	dag = table_dag(&t, &fx);
	table_catalog(&t, &dag, 1);
	assert_int_equal(command(&t, &clear)->code, REPLY_OK);
	assert_string_equal(table_run(&t, 1)->digest, dag->digest);
	assert_int_equal(table_run(&t, 1)->end_us, DAY_AT(1) + 12 * HOUR_US);
	assert_false(table_run(&t, 1)->early);
	table_close(&t);
}

/* An early run that the dag has left behind is owed nothing: no interval of now is that one. */
static void
an_early_run_of_a_grid_that_was_left_is_not_made_again(void **state)
{
	static const struct task_fx one[] = { { .id = "a" } };
	struct dag_fx fx = { .id = "d",
			     .cron = "0 0 * * *",
			     .start_day = DAY(19),
			     .catchup = CATCHUP_NONE,
			     DAG_FX_TASKS(one) };
	struct table t;
	struct dag *dag;

	(void)state;
	table_open(&t, &wide);
	t.now_us = DAY_AT(20) + HOUR_US;
	dag = table_dag(&t, &fx);
	table_catalog(&t, &dag, 1);
	succeed_all(&t);
	(void)trigger_day(&t, "d", DAY(20));
	succeed_all(&t);
	fx.salt = "moved";
	dag = table_dag(&t, &fx);
	dag->zone = fx_zone("America/New_York");
	if (!dag->zone)
		skip();
	dag->grid.zone = dag->zone;
	dag->schedule.zone = dag->zone;
	table_catalog(&t, &dag, 1);
	for (int day = 21; day < 24; day++) {
		table_wake(&t, DAY_AT(day) + 5 * HOUR_US);
		succeed_all(&t);
	}
	assert_true(table_run(&t, t.last_run)->logical_us > DAY_AT(21));
	for (int64_t run = 1; run <= t.last_run; run++)
		assert_int_equal(table_run(&t, run)->epoch, 1);
	table_close(&t);
}

static void
a_run_that_succeeded_has_nothing_to_clear(void **state)
{
	struct command c = on_day(COMMAND_CLEAR, 1);
	struct table t;

	(void)state;
	table_open(&t, &wide);
	add(&t);
	trigger_day(&t, "d", DAY(1));
	succeed_all(&t);
	c.only_failed = true;
	assert_int_equal(command(&t, &c)->code, REPLY_REFUSED);
	assert_int_equal(table_run(&t, 1)->epoch, 1);
	table_close(&t);
}

static void
a_clear_takes_the_current_definition_unless_pinned(void **state)
{
	static const struct task_fx edited[] = {
		{ .id = "new" },
		{ .id = "a", .writes = "raw" },
		{ .id = "b", .reads = "raw" },
	};
	struct command c = on_day(COMMAND_CLEAR, 1);
	struct table t;
	struct dag *dag;

	(void)state;
	table_open(&t, &wide);
	add(&t);
	trigger_day(&t, "d", DAY(1));
	succeed(&t, 1, 0);
	end_with(&t, live_of(&t, 1, 1), OUTCOME_ERROR);
	succeed(&t, 1, 2);
	dag = table_dag(&t,
			&(struct dag_fx){ .id = "d", .start_day = DAY(0), DAG_FX_TASKS(edited) });
	table_catalog(&t, &dag, 1);
	/* Pinned: the old one stays. */
	c.pinned = true;
	c.task = "c";
	assert_int_equal(command(&t, &c)->code, REPLY_OK);
	assert_string_not_equal(table_run(&t, 1)->digest, dag->digest);
	succeed_all(&t);
	/* What failed and what is new runs; `a` is kept at its new place. */
	c.pinned = false;
	c.task = NULL;
	c.only_failed = true;
	assert_int_equal(command(&t, &c)->code, REPLY_OK);
	assert_string_equal(table_run(&t, 1)->digest, dag->digest);
	assert_string_equal(table_task(&t, 1, 0)->task, "new");
	assert_string_equal(task_is(&t, 1, 0), "queued");
	assert_string_equal(task_is(&t, 1, 1), "success");
	assert_string_equal(task_is(&t, 1, 2), "queued");
	assert_int_equal(table_task(&t, 1, 1)->tries, 1);
	assert_int_equal(table_task(&t, 1, 2)->tries, 2);
	table_restart(&t);
	table_wake(&t, t.now_us);
	succeed_all(&t);
	assert_string_equal(run_is(&t, 1), "success");
	table_close(&t);
}

/* ---- cancel ---- */

static void
a_run_can_be_cancelled_at_every_point_of_its_life(void **state)
{
	static const char *const points[] = { "queued",     "starting",      "running", "vanished",
					      "publishing", "publish fails", "retry" };

	(void)state;
	for (size_t i = 0; i < countof(points); i++) {
		const char *point = points[i];
		struct table t;
		int64_t a;

		table_open(&t, &wide);
		add(&t);
		if (!strcmp(point, "queued"))
			command(&t, &(struct command){ .kind = COMMAND_PAUSE, .dag = "d" });
		trigger_day(&t, "d", DAY(1));
		a = live_of(&t, 1, 0);
		if (!strcmp(point, "running"))
			tell(&t, EVENT_STARTED, a);
		if (!strcmp(point, "vanished"))
			tell(&t, EVENT_VANISHED, a);
		if (!strncmp(point, "publish", 7))
			end_with(&t, a, OUTCOME_OK);
		if (!strcmp(point, "retry"))
			end_with(&t, a, OUTCOME_LAUNCH_FAILED);
		assert_int_equal(do_on_day(&t, COMMAND_CANCEL, 1)->code, REPLY_OK);
		assert_string_equal(task_is(&t, 1, 1), "cancelled");
		table_restart(&t);
		table_wake(&t, t.now_us);
		if (!strcmp(point, "starting"))
			tell(&t, EVENT_NEVER_STARTED, a);
		else if (!strcmp(point, "vanished"))
			tell(&t, EVENT_GONE, a);
		else if (!strcmp(point, "publishing"))
			publish_ok(&t, a);
		else if (!strcmp(point, "publish fails"))
			table_step(&t, &(struct event){
					   .kind = EVENT_PUBLISHED, .attempt = a, .why = "no" });
		else if (a)
			end_with(&t, a, OUTCOME_OK); /* too late: nothing is published */
		if (strcmp(run_is(&t, 1), "cancelled"))
			fail_msg("%s: the run is %s", point, run_is(&t, 1));
		assert_string_equal(task_is(&t, 1, 0),
				    strcmp(point, "publishing") ? "cancelled" : "success");
		assert_int_equal(engine_live(t.engine, NULL, 0), 0);
		assert_int_equal(do_on_day(&t, COMMAND_CANCEL, 1)->code, REPLY_REFUSED);
		table_close(&t);
	}
}

static void
a_late_start_is_told_again_of_its_cancel(void **state)
{
	struct table t;

	(void)state;
	table_open(&t, &wide);
	add(&t);
	trigger_day(&t, "d", DAY(1));
	do_on_day(&t, COMMAND_CANCEL, 1);
	assert_int_equal(count_actions(&t, ACTION_KILL), 1);
	do_on_day(&t, COMMAND_CANCEL, 1);
	assert_int_equal(count_actions(&t, ACTION_KILL), 0);
	tell(&t, EVENT_STARTED, 1);
	assert_int_equal(count_actions(&t, ACTION_KILL), 1);
	assert_int_equal(table_attempt(&t, 1)->state, ATTEMPT_KILLING);
	table_close(&t);
}

/* ---- pause ---- */

static void
a_pause_lets_go_on_what_runs(void **state)
{
	struct table t;

	(void)state;
	table_open(&t, &wide);
	add(&t);
	trigger_day(&t, "d", DAY(1));
	command(&t, &(struct command){ .kind = COMMAND_PAUSE, .dag = "d" });
	assert_int_equal(command(&t, &(struct command){ .kind = COMMAND_PAUSE, .dag = "d" })->code,
			 REPLY_OK);
	succeed(&t, 1, 0);
	assert_string_equal(task_is(&t, 1, 1), "scheduled");
	trigger_day(&t, "d", DAY(2));
	assert_string_equal(run_is(&t, 2), "queued");
	table_restart(&t);
	table_wake(&t, t.now_us);
	assert_string_equal(task_is(&t, 1, 1), "scheduled");
	assert_string_equal(run_is(&t, 2), "queued");
	command(&t, &(struct command){ .kind = COMMAND_UNPAUSE, .dag = "d" });
	assert_string_equal(task_is(&t, 1, 1), "queued");
	assert_string_equal(run_is(&t, 2), "running");
	succeed_all(&t);
	table_close(&t);
}

/* ---- sessions ---- */

static void
a_session_runs_only_what_is_its_own(void **state)
{
	bool failed, stuck;
	struct progress progress;
	struct table t;
	struct dag *dag;

	(void)state;
	table_open(&t, &wide);
	dag = table_dag(&t, &(struct dag_fx){ .id = "d",
					      .cron = "0 2 * * *",
					      .start_day = DAY(0),
					      .catchup = CATCHUP_ALL,
					      .max_active_runs = 1,
					      DAG_FX_TASKS(tasks) });
	t.now_us = DAY_AT(3) + 3 * HOUR_US;
	table_catalog(&t, &dag, 1);
	t.config.session = true;
	table_restart(&t);
	t.now_us = DAY_AT(6) + 3 * HOUR_US;
	table_catalog(&t, &dag, 1);
	assert_int_equal(t.last_run, 3);
	assert_true(engine_session_done(t.engine, &failed, &stuck));
	/* An attempt of before is still seen to its end, but nothing follows it. */
	succeed(&t, 1, 0);
	assert_string_equal(task_is(&t, 1, 1), "scheduled");
	command(&t, &(struct command){ .kind = COMMAND_BACKFILL,
				       .dag = "d",
				       .from_us = DAY_AT(3),
				       .to_us = DAY_AT(4) });
	assert_int_equal(t.last_run, 5);
	engine_progress(t.engine, &progress);
	assert_int_equal(progress.runs_total, 2);
	assert_int_equal(progress.tasks_total, 6);
	assert_int_equal(progress.tasks_running, 1);
	assert_false(engine_session_done(t.engine, &failed, &stuck));
	assert_false(stuck);
	succeed_all(&t);
	assert_true(engine_session_done(t.engine, &failed, &stuck));
	assert_false(failed);
	engine_progress(t.engine, &progress);
	assert_int_equal(progress.runs_done, 2);
	assert_int_equal(progress.tasks_done, 6);
	assert_string_equal(run_is(&t, 2), "queued");
	/* The daemon goes on where the others were left. */
	t.config.session = false;
	table_restart(&t);
	table_catalog(&t, &dag, 1);
	succeed_all(&t);
	for (int64_t run = 1; run <= t.last_run; run++)
		assert_string_equal(run_is(&t, run), "success");
	table_close(&t);
}

static void
a_session_knows_when_it_failed_or_is_stuck(void **state)
{
	static const struct task_fx reader[] = { { .id = "r", .reads = "raw:2" } };
	struct command c = on_day(COMMAND_TRIGGER, 1);
	struct dag *dags[2];
	bool failed, stuck;
	struct table t;

	(void)state;
	table_open(&t, &embedded);
	dags[0] = table_dag(&t, &(struct dag_fx){ .id = "make",
						  .cron = "0 2 * * *",
						  .catchup = CATCHUP_ALL,
						  .start_day = DAY(0),
						  DAG_FX_TASKS(tasks) });
	dags[1] = table_dag(&t, &(struct dag_fx){ .id = "d", DAG_FX_TASKS(reader) });
	table_catalog(&t, dags, 2);
	c.key = "mine";
	command(&t, &c);
	assert_false(engine_session_done(t.engine, &failed, &stuck));
	assert_true(stuck);
	/* The reply was lost; the next session asks with the same key and sees it through. */
	table_restart(&t);
	table_catalog(&t, dags, 2);
	assert_true(engine_session_done(t.engine, &failed, &stuck));
	command(&t, &c);
	assert_false(engine_session_done(t.engine, &failed, &stuck));
	trigger_day(&t, "make", DAY(0));
	trigger_day(&t, "make", DAY(1));
	for (int i = 0; i < 2; i++)
		end_with(&t, live_of(&t, 2 + i, 0), OUTCOME_ERROR);
	succeed_all(&t);
	assert_true(engine_session_done(t.engine, &failed, &stuck));
	assert_true(failed);
	table_close(&t);
}

static void
a_session_stays_for_its_guests_and_is_not_judged_by_them(void **state)
{
	static const struct task_fx one[] = { { .id = "t" } };
	struct dag *dags[2];
	bool failed, stuck;
	struct table t;

	(void)state;
	table_open(&t, &embedded);
	dags[0] = table_dag(&t, &(struct dag_fx){ .id = "own", DAG_FX_TASKS(one) });
	dags[1] = table_dag(&t, &(struct dag_fx){ .id = "guest", DAG_FX_TASKS(one) });
	table_catalog(&t, dags, 2);
	trigger_day(&t, "own", DAY(1));
	t.guest = true;
	trigger_day(&t, "guest", DAY(1));
	assert_int_equal(engine_guests(t.engine), 0);
	succeed(&t, 1, 0);
	assert_false(engine_session_done(t.engine, &failed, &stuck));
	assert_false(stuck);
	assert_int_equal(engine_guests(t.engine), 1);
	end_with(&t, live_of(&t, 2, 0), OUTCOME_ERROR);
	assert_true(engine_session_done(t.engine, &failed, &stuck));
	assert_false(failed);
	table_close(&t);
}

static void
on_hold_commands_are_taken_and_nothing_starts(void **state)
{
	struct engine_config config = { .pool_slots = 4, .session = true, .hold = true };
	struct table t;
	struct dag *dag;

	(void)state;
	table_open(&t, &config);
	dag = add(&t);
	trigger_day(&t, "d", DAY(1));
	assert_string_equal(run_is(&t, 1), "queued");
	assert_string_equal(table_run(&t, 1)->waits, "{\"gate\":\"no_scheduler\"}");
	assert_int_equal(t.fx.n_actions, 1);
	t.config.hold = t.config.session = false;
	table_restart(&t);
	table_catalog(&t, &dag, 1);
	assert_string_equal(run_is(&t, 1), "running");
	assert_string_equal(table_run(&t, 1)->waits, "");
	succeed_all(&t);
	table_close(&t);
}

static void
a_session_does_not_sit_out_what_the_schedule_may_bring(void **state)
{
	static const struct task_fx reader[] = { { .id = "r", .reads = "raw:2" } };
	struct command c = on_day(COMMAND_TRIGGER, 2);
	struct dag *dags[2];
	bool failed, stuck;
	struct table t;

	(void)state;
	table_open(&t, &embedded);
	dags[0] = table_dag(
	    &t, &(struct dag_fx){
		    .id = "make", .cron = "0 2 * * *", .start_day = DAY(2), DAG_FX_TASKS(tasks) });
	dags[1] = table_dag(&t, &(struct dag_fx){ .id = "d", DAG_FX_TASKS(reader) });
	t.now_us = DAY_AT(3) + 3 * HOUR_US;
	table_catalog(&t, dags, 2);
	c.key = "mine";
	command(&t, &c);
	assert_string_equal(task_is(&t, 1, 0), "none");
	assert_false(engine_session_done(t.engine, &failed, &stuck));
	assert_true(stuck);
	table_close(&t);
}

int
main(void)
{
	const struct CMUnitTest all[] = {
		cmocka_unit_test(a_trigger_names_its_run),
		cmocka_unit_test(a_wrong_trigger_is_refused_with_a_reason),
		cmocka_unit_test(the_same_key_gets_the_same_reply),
		cmocka_unit_test(a_reply_is_read_as_it_was_written),
		cmocka_unit_test(a_clear_opens_the_next_epoch),
		cmocka_unit_test(a_clear_redoes_what_it_was_told),
		cmocka_unit_test(a_run_that_succeeded_has_nothing_to_clear),
		cmocka_unit_test(a_clear_on_another_grid_is_of_the_interval_that_starts_then),
		cmocka_unit_test(a_clear_on_a_grid_on_which_nothing_starts_then_is_refused),
		cmocka_unit_test(a_run_of_a_tick_keeps_its_interval_when_the_cron_changes),
		cmocka_unit_test(an_early_run_of_a_grid_that_was_left_is_not_made_again),
		cmocka_unit_test(a_clear_takes_the_current_definition_unless_pinned),
		cmocka_unit_test(a_run_can_be_cancelled_at_every_point_of_its_life),
		cmocka_unit_test(a_late_start_is_told_again_of_its_cancel),
		cmocka_unit_test(a_pause_lets_go_on_what_runs),
		cmocka_unit_test(a_session_runs_only_what_is_its_own),
		cmocka_unit_test(a_session_does_not_sit_out_what_the_schedule_may_bring),
		cmocka_unit_test(a_session_knows_when_it_failed_or_is_stuck),
		cmocka_unit_test(a_session_stays_for_its_guests_and_is_not_judged_by_them),
		cmocka_unit_test(on_hold_commands_are_taken_and_nothing_starts),
	};

	return cmocka_run_group_tests(all, NULL, NULL);
}
