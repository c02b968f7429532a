/* test_load.c - an engine that was stopped anywhere goes on from its rows. */
#include "core/dagfile/dagfile.h"
#include "core/base/mem.h"
#include "scheduler/engine/load.h"
#include "scheduler/engine/look.h"
#include "scheduler/rows/effects.h"
#include "scheduler/store/commit.h"
#include "scheduler/store/load.h"
#include "scheduler/store/recall.h"
#include "scheduler/store/store.h"

#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

static const char sales[] = "dag: sales\n"
			    "schedule: \"30 2 * * *\"\n"
			    "start_date: 2026-05-01\n"
			    "catchup: all\n"
			    "tasks:\n"
			    "  extract: {operator: command, run: [\"true\"], retries: 1}\n"
			    "  load: {operator: command, needs: [extract], run: [\"true\"]}\n";

enum { DAY = 20574 }; /* 2026-05-01 */

#define NOW_US ((DAY + 2) * DAY_US + 3 * HOUR_US) /* two partitions are due */

struct fixture {
	char dir[64];
	struct store *store;
	struct engine *engine;
	struct effects fx;
};

static int
remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st;
	(void)kind;
	(void)at;
	return remove(path);
}

static struct engine *
new_engine(void)
{
	const struct engine_config config = { .pool_slots = 1, .seed = 7 };

	return engine_new(&config);
}

static int
setup(void **state)
{
	struct fixture *f = mem_new(1, sizeof(*f));
	struct err err = { 0 };

	(void)snprintf(f->dir, sizeof(f->dir), "/tmp/tidemill-load-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	if (store_open(&f->store, f->dir, HOLDER_SCHEDULER, &err))
		fail_msg("%s", err.msg);
	f->engine = new_engine();
	effects_init(&f->fx);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	effects_release(&f->fx);
	engine_free(f->engine);
	store_close(f->store);
	assert_int_equal(nftw(f->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
	free(f);
	return 0;
}

/* Stop everything and come back with what is on disk. */
static void
restart(struct fixture *f)
{
	struct err err = { 0 };

	engine_free(f->engine);
	store_close(f->store);
	f->store = NULL;
	f->engine = new_engine();
	if (store_open(&f->store, f->dir, HOLDER_SCHEDULER, &err) ||
	    store_load(f->store, f->engine, &err))
		fail_msg("%s", err.msg);
	engine_check(f->engine);
}

/* One step, committed; its actions stay in f->fx. */
static void
step(struct fixture *f, const struct event *event)
{
	struct event whole = *event;
	struct err err = { 0 };
	struct recall past;
	int64_t *keys = NULL;
	size_t n = 0;

	effects_reset(&f->fx);
	recall_init(&past);
	if (event->kind == EVENT_COMMAND) {
		if (store_answered(f->store, event->command->key, &past, &err))
			fail_msg("%s", err.msg);
		n = engine_needs(f->engine, event, past.answer, NOW_US, &f->fx, &keys);
	}
	if (store_recall(f->store, keys, n, &past, &err))
		fail_msg("%s", err.msg);
	whole.past = past.runs;
	whole.n_past = past.n;
	whole.answer = past.answer;
	engine_step(f->engine, &whole, NOW_US, &f->fx);
	recall_release(&past);
	free(keys);
	if (store_commit(f->store, f->fx.changes, f->fx.n_changes, &err))
		fail_msg("%s", err.msg);
}

static void
step_file(struct fixture *f, const char *text)
{
	struct diags diags;
	struct dag *dag;

	diags_init(&diags);
	dag = dagfile_read("dags/sales.yaml", text, strlen(text), &diags);
	assert_non_null(dag);
	step(f, &(struct event){ .kind = EVENT_CATALOG, .dags = &dag, .n_dags = 1 });
	dag_unref(dag);
	diags_release(&diags);
}

static void
step_catalog(struct fixture *f)
{
	step_file(f, sales);
}

static void
an_empty_database_gives_an_empty_engine(void **state)
{
	struct fixture *f = *state;
	struct progress p;

	restart(f);
	engine_progress(f->engine, &p);
	assert_int_equal(p.runs_total, 0);
	assert_int_equal(engine_live(f->engine, NULL, 0), 0);
}

static void
a_live_attempt_comes_back(void **state)
{
	struct fixture *f = *state;
	struct attempt_info before, after;
	char token[TOKEN_CHARS + 1];
	int64_t key = 0;

	step_catalog(f);
	step(f, &(struct event){ .kind = EVENT_WAKE });
	assert_int_equal(engine_live(f->engine, &key, 1), 1);
	assert_true(engine_attempt(f->engine, key, &before));
	(void)snprintf(token, sizeof(token), "%s", before.token);

	restart(f);
	assert_int_equal(engine_live(f->engine, &key, 1), 1);
	assert_true(engine_attempt(f->engine, key, &after));
	assert_string_equal(after.token, token);
	assert_string_equal(after.run_id, "scheduled__2026-05-01");
	assert_string_equal(after.task->id, "extract");
	assert_string_equal(after.inputs, "[]");
	assert_int_equal(after.state, ATTEMPT_STARTING);
	assert_int_equal(after.try_number, 1);
	assert_true(after.logical_us == DAY * DAY_US);
	assert_true(after.end_us == (DAY + 1) * DAY_US);
}

/* The exit record that a shim would leave. */
static void
step_left(struct fixture *f, int64_t key, char *outputs)
{
	static char none[] = "";
	struct exit_record record = { .attempt = key,
				      .outcome = OUTCOME_OK,
				      .started_us = NOW_US,
				      .ended_us = NOW_US,
				      .message = none,
				      .outputs = outputs };
	struct attempt_info info;

	assert_true(engine_attempt(f->engine, key, &info));
	memcpy(record.token, info.token, sizeof(record.token));
	step(f, &(struct event){ .kind = EVENT_EXITED, .attempt = key, .record = &record });
}

static void
step_exited(struct fixture *f, int64_t key)
{
	step_left(f, key, NULL);
}

/* The message of the reply, which lives until the next step. */
static const char *
say_command(struct fixture *f, const struct command *command)
{
	step(f, &(struct event){ .kind = EVENT_COMMAND, .request = 1, .command = command });
	for (size_t i = 0; i < f->fx.n_actions; i++)
		if (f->fx.actions[i].kind == ACTION_REPLY)
			return f->fx.actions[i].reply.message;
	fail_msg("no reply");
	return "";
}

/* What a task left is what a `when` asks after a restart too, and in a later epoch. */
static void
what_a_task_left_is_known_after_a_restart(void **state)
{
	static const char asks[] =
	    "dag: sales\nschedule: \"30 2 * * *\"\nstart_date: 2026-05-02\ncatchup: all\n"
	    "tasks:\n"
	    "  up: {operator: command, run: [x], outputs: {n: int64}}\n"
	    "  seven: {operator: command, run: [x], needs: up, when: outputs.up.n = 7}\n"
	    "  other: {operator: command, run: [x], needs: up, when: outputs.up.n <> 7}\n";
	static const struct command again = {
		.kind = COMMAND_CLEAR,
		.key = "again",
		.dag = "sales",
		.run_id = "scheduled__2026-05-02",
		.task = "seven",
	};
	static char left[] = "{\"n\":7}";
	struct fixture *f = *state;
	int64_t key = 0;

	step_file(f, asks);
	step(f, &(struct event){ .kind = EVENT_WAKE });
	assert_int_equal(engine_live(f->engine, &key, 1), 1);
	step_left(f, key, left);
	restart(f);
	step(f, &(struct event){ .kind = EVENT_WAKE });
	assert_int_equal(engine_live(f->engine, &key, 1), 1);
	assert_int_equal(key, 2);
	step_exited(f, key);
	restart(f);
	(void)say_command(f, &again);
	restart(f);
	step(f, &(struct event){ .kind = EVENT_WAKE });
	assert_int_equal(engine_live(f->engine, &key, 1), 1);
	assert_int_equal(key, 3);
}

/* Stopped after every single commit, both runs still end, and keys are not used twice. */
static void
a_restart_after_every_step_changes_nothing(void **state)
{
	struct fixture *f = *state;
	struct progress p = { 0 };
	int64_t key, last = 0;

	step_catalog(f);
	for (int i = 0; i < 20; i++) {
		restart(f);
		step(f, &(struct event){ .kind = EVENT_WAKE });
		if (!engine_live(f->engine, &key, 1))
			break;
		assert_true(key > last);
		last = key;
		restart(f);
		step(f, &(struct event){ .kind = EVENT_STARTED, .attempt = key });
		restart(f);
		step_exited(f, key);
	}
	engine_progress(f->engine, &p);
	assert_int_equal(p.tasks_running, 0);
	assert_int_equal(p.runs_failed, 0);
	assert_int_equal(last, 4); /* two runs of two tasks */
}

/* Run what there is to its end. */
static void
run_all(struct fixture *f)
{
	int64_t key;

	step(f, &(struct event){ .kind = EVENT_WAKE });
	while (engine_live(f->engine, &key, 1)) {
		step(f, &(struct event){ .kind = EVENT_STARTED, .attempt = key });
		step_exited(f, key);
	}
}

static void
a_run_that_has_ended_is_cleared_after_a_restart(void **state)
{
	const struct command clear = {
		.kind = COMMAND_CLEAR,
		.key = "one",
		.dag = "sales",
		.run_id = "scheduled__2026-05-01",
		.task = "load",
	};
	struct fixture *f = *state;
	struct attempt_info info;
	int64_t key = 0;

	step_catalog(f);
	run_all(f);
	restart(f);
	assert_string_equal(
	    say_command(f, &clear),
	    "run scheduled__2026-05-01 of dag 'sales' is queued again, epoch 2: load runs again");
	assert_int_equal(engine_live(f->engine, &key, 1), 1);
	assert_true(engine_attempt(f->engine, key, &info));
	assert_string_equal(info.task->id, "load");
	assert_int_equal(info.epoch, 2);
	assert_int_equal(info.try_number, 2);
	run_all(f);
	engine_check(f->engine);
}

/* One epoch's definition drops the task, a later one has it again: its try numbers go on. */
static void
a_task_that_comes_back_counts_on(void **state)
{
	static const char without[] = "dag: sales\n"
				      "schedule: \"30 2 * * *\"\n"
				      "start_date: 2026-05-01\n"
				      "tasks:\n"
				      "  load: {operator: command, run: [\"true\"]}\n";
	struct command clear = { .kind = COMMAND_CLEAR,
				 .key = "one",
				 .dag = "sales",
				 .run_id = "scheduled__2026-05-01" };
	struct fixture *f = *state;
	struct attempt_info info;
	int64_t key = 0;

	step_catalog(f);
	run_all(f);
	step_file(f, without);
	(void)say_command(f, &clear);
	restart(f); /* under way on the definition that has it not */
	run_all(f);
	restart(f);
	step_catalog(f);
	clear.key = "two";
	(void)say_command(f, &clear);
	assert_int_equal(engine_live(f->engine, &key, 1), 1);
	assert_true(engine_attempt(f->engine, key, &info));
	assert_string_equal(info.task->id, "extract");
	assert_int_equal(info.epoch, 3);
	assert_int_equal(info.try_number, 2);
	run_all(f);
	engine_check(f->engine);
}

static void
a_refusal_names_a_run_that_has_ended(void **state)
{
	const struct command trigger = {
		.kind = COMMAND_TRIGGER,
		.key = "one",
		.dag = "sales",
		.has_logical = true,
		.logical_us = DAY * DAY_US,
	};
	struct fixture *f = *state;

	step_catalog(f);
	run_all(f);
	restart(f);
	assert_non_null(
	    strstr(say_command(f, &trigger),
		   "has a run for 2026-05-01 already (scheduled__2026-05-01, success)"));
}

static void
an_answer_is_remembered_over_a_restart(void **state)
{
	struct fixture *f = *state;
	const struct command pause = { .kind = COMMAND_PAUSE, .key = "k", .dag = "sales" };
	char *first;

	step_catalog(f);
	step(f, &(struct event){ .kind = EVENT_COMMAND, .request = 1, .command = &pause });
	assert_true(f->fx.n_actions > 0);
	first = mem_str(f->fx.actions[f->fx.n_actions - 1].reply.message);
	restart(f);
	step(f, &(struct event){ .kind = EVENT_COMMAND, .request = 2, .command = &pause });
	assert_int_equal(f->fx.n_actions, 1);
	assert_int_equal(f->fx.actions[0].kind, ACTION_REPLY);
	assert_string_equal(f->fx.actions[0].reply.message, first);
	assert_int_equal(f->fx.n_changes, 0);
	free(first);
}

static void
partitions_come_back_as_they_were(void **state)
{
	struct fixture *f = *state;
	const struct change c = { .kind = CHANGE_PARTITION,
				  .partition = { .dataset = "orders",
						 .part = DAY,
						 .version = 3,
						 .digest = "abc",
						 .rows = 5,
						 .published_us = 6,
						 .inputs = "[]" } };
	const struct live_partition *row;
	struct err err = { 0 };

	assert_int_equal(store_commit(f->store, &c, 1, &err), ERR_NONE);
	restart(f);
	row = engine_partition(f->engine, "orders", DAY);
	assert_non_null(row);
	assert_int_equal(row->version, 3);
	assert_string_equal(row->digest, "abc");
	assert_null(engine_partition(f->engine, "orders", DAY + 1));
}

static void
a_definition_that_no_longer_parses_holds_its_own_runs_alone(void **state)
{
	struct fixture *f = *state;
	const struct change c[] = {
		{ .kind = CHANGE_DEF,
		  .def = { "d", "old", "dags/old.yaml", "dag: old\nsheep: 1\n" } },
		{ .kind = CHANGE_DAG, .dag = { "old", "d", true, false, INT64_MIN, 0 } },
		{ .kind = CHANGE_RUN,
		  .run = { .key = 1,
			   .dag = "old",
			   .run_id = "manual__2026-05-01",
			   .type = RUN_MANUAL,
			   .state = RUN_RUNNING,
			   .epoch = 1,
			   .logical_us = DAY * DAY_US,
			   .start_us = DAY * DAY_US,
			   .end_us = (DAY + 1) * DAY_US,
			   .digest = "d",
			   .params = "{}",
			   .waits = "" } },
		{ .kind = CHANGE_TASK,
		  .task = { .run = 1, .task = "t", .state = TASK_RUNNING, .waits = "" } },
		{ .kind = CHANGE_ATTEMPT,
		  .attempt = { .key = 1,
			       .pool = "default",
			       .run = 1,
			       .task = "t",
			       .epoch = 1,
			       .try_number = 1,
			       .state = ATTEMPT_RUNNING,
			       .token = "0123456789abcdef0123456789abcdef",
			       .outcome = -1,
			       .message = "" } },
	};
	const struct command cancel = {
		.kind = COMMAND_CANCEL, .dag = "old", .run_id = "manual__2026-05-01", .key = "k"
	};
	const int64_t *attempts;
	struct err err = { 0 };
	size_t n;

	assert_int_equal(store_commit(f->store, c, countof(c), &err), ERR_NONE);
	assert_int_equal(store_load(f->store, f->engine, &err), ERR_NONE);
	assert_int_equal(1, engine_held(f->engine, &attempts, &n));
	assert_int_equal(1, n);
	assert_int_equal(1, attempts[0]);
	step_catalog(f); /* others go on */
	step(f, &(struct event){ .kind = EVENT_COMMAND, .command = &cancel, .request = 1 });
	assert_int_equal(REPLY_REFUSED, f->fx.actions[0].reply.code);
	assert_non_null(strstr(f->fx.actions[0].reply.message, "is held"));
}

#define CASE(what_it_says) cmocka_unit_test_setup_teardown(what_it_says, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(an_empty_database_gives_an_empty_engine),
		CASE(a_live_attempt_comes_back),
		CASE(what_a_task_left_is_known_after_a_restart),
		CASE(a_restart_after_every_step_changes_nothing),
		CASE(a_run_that_has_ended_is_cleared_after_a_restart),
		CASE(a_task_that_comes_back_counts_on),
		CASE(a_refusal_names_a_run_that_has_ended),
		CASE(an_answer_is_remembered_over_a_restart),
		CASE(partitions_come_back_as_they_were),
		CASE(a_definition_that_no_longer_parses_holds_its_own_runs_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
