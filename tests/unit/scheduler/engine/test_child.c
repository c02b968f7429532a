/* test_child.c - tasks that have runs of another dag made and wait for them. */
#include "tests/fixture/engine.h"

static const struct engine_config wide = { .pool_slots = 40, .seed = 7 };

#define PARENT(more)                                                                          \
	"dag: p\nmax_active_runs: 2\nschedule: {partition: day}\nstart_date: 2026-05-01\n"    \
	"params: {n: {type: int, default: 5}}\n"                                              \
	"tasks:\n  first: {operator: command, run: [x]}\n"                                    \
	"  child: {operator: dag, dag: c, needs: first, params: {n: \"{{ params.n }}\"}" more \
	"}\n"                                                                                 \
	"  last: {operator: command, run: [x], needs: child}\n"

#define CHILD(schedule)                                                                   \
	"dag: c\nmax_active_runs: 30\n" schedule "params: {n: {type: int, default: 1}}\n" \
	"tasks: {t: {operator: command, run: [x]}}\n"

#define DAYS "schedule: {partition: day}\nstart_date: 2026-05-01\n"
#define HOURS "schedule: {partition: hour}\nstart_date: 2026-05-01\n"

enum { FIRST, TASK, LAST };

static void
open_two(struct table *t, const char *parent, const char *child)
{
	struct dag *dags[2];

	table_open(t, &wide);
	t->now_us = DAY_AT(9);
	dags[0] = table_read(t, parent);
	dags[1] = table_read(t, child);
	table_catalog(t, dags, 2);
}

/* The first task of a run of the parent has ended: its child begins.  Returns the run. */
static int64_t
begin(struct table *t, int64_t day)
{
	int64_t run = trigger_day(t, "p", DAY(day));

	succeed(t, run, FIRST);
	return run;
}

static const char *
says(struct table *t, int64_t run)
{
	return table_says(t, table_task(t, run, TASK)->waits);
}

static void
restart(struct table *t)
{
	table_restart(t);
	table_wake(t, t->now_us);
}

static const struct reply *
trigger(struct table *t, const char *dag, int64_t day, const char *params)
{
	return command(t, &(struct command){ .kind = COMMAND_TRIGGER,
					     .dag = dag,
					     .has_logical = true,
					     .logical_us = DAY_AT(day),
					     .params = params });
}

static const struct reply *
order(struct table *t, enum command_kind kind, const char *dag, int64_t day)
{
	return command(
	    t, &(struct command){
		   .kind = kind, .dag = dag, .has_logical = true, .logical_us = DAY_AT(day) });
}

static void
a_run_is_made_for_the_interval_and_its_end_is_the_end_of_the_task(void **state)
{
	(void)state;
	for (int restarts = 0; restarts < 2; restarts++) {
		struct table t;
		int64_t run, child;

		open_two(&t, PARENT(""), CHILD(DAYS));
		run = begin(&t, 0);
		child = t.last_run;
		assert_int_not_equal(child, run);
		assert_string_equal(table_run(&t, child)->run_id, "manual__2026-05-01");
		assert_string_equal(table_run(&t, child)->params, "{\"n\":\"5\"}");
		assert_int_equal(table_run(&t, child)->parent, run);
		assert_string_equal(table_run(&t, child)->parent_task, "child");
		assert_string_equal(task_is(&t, run, TASK), "none");
		assert_string_equal(says(&t, run),
				    "it waits for run manual__2026-05-01 of dag c: `tidemill why "
				    "c -r manual__2026-05-01`");
		assert_string_equal(table_says(&t, table_run(&t, run)->waits), says(&t, run));
		if (restarts)
			restart(&t);
		succeed(&t, child, 0);
		assert_string_equal(run_is(&t, child), "success");
		assert_string_equal(task_is(&t, run, TASK), "success");
		if (restarts)
			restart(&t);
		succeed(&t, run, LAST);
		assert_string_equal(run_is(&t, run), "success");
		table_close(&t);
	}
}

/* No slot of its dag is held meanwhile: a third run begins where two may. */
static void
a_run_that_only_waits_for_children_holds_no_slot(void **state)
{
	struct table t;

	(void)state;
	open_two(&t, PARENT(""), CHILD(DAYS));
	for (int64_t day = 0; day < 3; day++)
		assert_string_equal(run_is(&t, begin(&t, day)), "running");
	table_close(&t);
}

static void
of_a_finer_grid_every_interval_has_its_run(void **state)
{
	struct table t;
	int64_t run, first;

	(void)state;
	open_two(&t, PARENT(""), CHILD(HOURS));
	run = begin(&t, 0);
	first = run + 1;
	assert_int_equal(t.last_run, run + 24);
	assert_string_equal(table_run(&t, t.last_run)->run_id, "manual__2026-05-01T23:00:00Z");
	for (int64_t key = t.last_run; key > first; key--)
		succeed(&t, key, 0);
	restart(&t);
	assert_string_equal(task_is(&t, run, TASK), "none");
	succeed(&t, first, 0);
	assert_string_equal(task_is(&t, run, TASK), "success");
	table_close(&t);
}

static void
a_run_that_ended_well_is_taken_over_though_it_has_left_memory(void **state)
{
	struct table t;
	int64_t run, child;

	(void)state;
	open_two(&t, PARENT(""), CHILD(DAYS));
	child = trigger(&t, "c", 0, "{\"n\":5}")->run;
	succeed(&t, child, 0);
	restart(&t);
	run = begin(&t, 0);
	assert_string_equal(task_is(&t, run, TASK), "success");
	assert_int_equal(table_run(&t, child)->epoch, 1);
	assert_int_equal(table_run(&t, child)->parent, 0);
	table_close(&t);
}

static void
a_run_under_way_is_joined_and_not_cancelled_with_who_joined_it(void **state)
{
	struct table t;
	int64_t run, child;

	(void)state;
	open_two(&t, PARENT(""), CHILD(DAYS));
	child = trigger(&t, "c", 0, "{\"n\":5}")->run;
	run = begin(&t, 0);
	assert_string_equal(says(&t, run),
			    "it waits for run manual__2026-05-01 of dag c: `tidemill why "
			    "c -r manual__2026-05-01`");
	order(&t, COMMAND_CANCEL, "p", 0);
	assert_string_equal(run_is(&t, run), "cancelled");
	assert_string_equal(run_is(&t, child), "running");
	table_close(&t);
}

static void
what_failed_is_cleared_and_what_differs_is_a_conflict(void **state)
{
	struct table t;
	int64_t run, child, other;

	(void)state;
	open_two(&t, PARENT(""), CHILD(DAYS));
	child = trigger(&t, "c", 0, "{\"n\":5}")->run;
	end_with(&t, live_of(&t, child, 0), OUTCOME_ERROR);
	assert_string_equal(run_is(&t, child), "failed");
	run = begin(&t, 0);
	assert_int_equal(table_run(&t, child)->epoch, 2);
	assert_int_equal(table_run(&t, child)->parent, run);
	succeed(&t, child, 0);
	assert_string_equal(task_is(&t, run, TASK), "success");
	other = trigger(&t, "c", 1, "{\"n\":6}")->run;
	succeed(&t, other, 0);
	run = begin(&t, 1);
	assert_string_equal(task_is(&t, run, TASK), "failed");
	assert_string_equal(says(&t, run), "conflict: run manual__2026-05-02 of dag c is there "
					   "with another value of param n");
	assert_string_equal(run_is(&t, run), "failed");
	table_close(&t);
}

static void
a_failed_child_is_cleared_by_each_retry_of_the_task(void **state)
{
	struct table t;
	int64_t run, child;

	(void)state;
	open_two(&t, PARENT(", retries: 1, retry_delay: 10s, backoff: 1"), CHILD(DAYS));
	run = begin(&t, 0);
	child = t.last_run;
	end_with(&t, live_of(&t, child, 0), OUTCOME_ERROR);
	assert_string_equal(task_is(&t, run, TASK), "up_for_retry");
	restart(&t);
	table_wake(&t, t.now_us + 20 * SECOND_US);
	assert_int_equal(table_run(&t, child)->epoch, 2);
	assert_string_equal(task_is(&t, run, TASK), "none");
	end_with(&t, live_of(&t, child, 0), OUTCOME_ERROR);
	assert_string_equal(task_is(&t, run, TASK), "failed");
	assert_string_equal(says(&t, run), "run manual__2026-05-01 of dag c ended as failed: "
					   "`tidemill why c -r manual__2026-05-01`");
	assert_string_equal(run_is(&t, run), "failed");
	/* By hand: the task begins anew, and so does what failed. */
	order(&t, COMMAND_CLEAR, "p", 0);
	succeed(&t, run, FIRST);
	assert_int_equal(table_run(&t, child)->epoch, 3);
	succeed(&t, child, 0);
	succeed(&t, run, LAST);
	assert_string_equal(run_is(&t, run), "success");
	table_close(&t);
}

static void
who_cancels_a_child_is_not_contradicted(void **state)
{
	struct table t;
	int64_t run, child;

	(void)state;
	open_two(&t, PARENT(", retries: 3"), CHILD(DAYS));
	run = begin(&t, 0);
	child = t.last_run;
	order(&t, COMMAND_CANCEL, "c", 0);
	end_with(&t, live_of(&t, child, 0), OUTCOME_CANCELLED);
	assert_string_equal(task_is(&t, run, TASK), "failed");
	table_close(&t);
}

static void
what_a_task_made_is_cancelled_with_it(void **state)
{
	(void)state;
	for (int restarts = 0; restarts < 2; restarts++) {
		struct table t;
		int64_t run, child;

		open_two(&t, PARENT(""), CHILD(DAYS));
		run = begin(&t, 0);
		child = t.last_run;
		if (restarts)
			restart(&t);
		order(&t, COMMAND_CANCEL, "p", 0);
		assert_string_equal(run_is(&t, run), "cancelled");
		end_with(&t, live_of(&t, child, 0), OUTCOME_CANCELLED);
		assert_string_equal(run_is(&t, child), "cancelled");
		assert_string_equal(table_says(&t, table_task(&t, child, 0)->waits),
				    "the task of run manual__2026-05-01 of dag p that had made it "
				    "was ended");
		table_close(&t);
	}
}

/* What a person has cleared is theirs. */
static void
a_run_that_a_person_cleared_is_not_cancelled_with_who_made_it(void **state)
{
	struct table t;
	int64_t run, child;

	(void)state;
	open_two(&t, PARENT(""), CHILD(HOURS));
	run = begin(&t, 0);
	child = run + 1;
	end_with(&t, live_of(&t, child, 0), OUTCOME_ERROR);
	order(&t, COMMAND_CLEAR, "c", 0);
	assert_int_equal(table_run(&t, child)->parent, 0);
	order(&t, COMMAND_CANCEL, "p", 0);
	assert_string_equal(run_is(&t, child), "running");
	table_close(&t);
}

static void
an_early_parent_has_early_children_and_a_whole_one_does_not_take_them(void **state)
{
	struct table t;
	int64_t run, child;

	(void)state;
	open_two(&t, PARENT(""), CHILD(DAYS));
	t.now_us = DAY_AT(9) + HOUR_US;
	run = begin(&t, 9);
	child = t.last_run;
	assert_true(table_run(&t, child)->early);
	succeed(&t, child, 0);
	succeed(&t, run, LAST);
	assert_string_equal(run_is(&t, run), "success");
	table_wake(&t, DAY_AT(10));
	order(&t, COMMAND_CLEAR, "p", 9);
	succeed(&t, run, FIRST);
	assert_int_equal(table_run(&t, child)->epoch, 2);
	assert_false(table_run(&t, child)->early);
	table_close(&t);
}

static void
a_paused_dag_queues_its_run_and_a_paused_parent_makes_none(void **state)
{
	struct table t;
	int64_t run, child, other;

	(void)state;
	open_two(&t, PARENT(""), CHILD(DAYS));
	command(&t, &(struct command){ .kind = COMMAND_PAUSE, .dag = "c" });
	run = begin(&t, 0);
	child = t.last_run;
	assert_string_equal(run_is(&t, child), "queued");
	command(&t, &(struct command){ .kind = COMMAND_UNPAUSE, .dag = "c" });
	succeed(&t, child, 0);
	assert_string_equal(task_is(&t, run, TASK), "success");
	other = trigger_day(&t, "p", DAY(1));
	command(&t, &(struct command){ .kind = COMMAND_PAUSE, .dag = "p" });
	succeed(&t, other, FIRST);
	assert_int_equal(t.last_run, other);
	restart(&t);
	command(&t, &(struct command){ .kind = COMMAND_UNPAUSE, .dag = "p" });
	assert_int_equal(t.last_run, other + 1);
	table_close(&t);
}

static void
a_dag_that_is_gone_fails_the_task(void **state)
{
	struct table t;
	struct dag *parent;
	int64_t run;

	(void)state;
	open_two(&t, PARENT(""), CHILD(DAYS));
	parent = t.dags[0];
	table_catalog(&t, &parent, 1);
	run = begin(&t, 0);
	assert_string_equal(task_is(&t, run, TASK), "failed");
	assert_string_equal(says(&t, run), "it cannot run dag c: its file is gone or has errors: "
					   "see `tidemill validate`");
	table_close(&t);
}

/* Two definitions that follow each other may make a circle that no project has. */
static void
a_run_does_not_wait_for_itself(void **state)
{
	static const char back[] = "dag: c\nschedule: {partition: day}\nstart_date: 2026-05-01\n"
				   "params: {n: {type: int, default: 1}}\n"
				   "tasks: {t: {operator: dag, dag: p}}\n";
	struct table t;
	struct dag *dags[2];
	int64_t run, child;

	(void)state;
	open_two(&t, PARENT(""), CHILD(DAYS));
	run = trigger_day(&t, "p", DAY(0));
	dags[0] = t.dags[0];
	dags[1] = table_read(&t, back);
	table_catalog(&t, dags, 2);
	succeed(&t, run, FIRST);
	child = t.last_run;
	assert_string_equal(task_is(&t, child, 0), "failed");
	assert_string_equal(task_is(&t, run, TASK), "failed");
	table_close(&t);
}

/* A session of a command for p: how c ended, the task says that waits for it. */
static void
open_session(struct table *t, const char *parent, const char *child)
{
	open_two(t, parent, child);
	t->config.session = true;
	table_restart(t);
	table_catalog(t, t->dags, 2);
}

static void
a_session_fails_by_its_own_runs_alone(void **state)
{
	struct table t;
	bool failed, stuck;
	int64_t run;

	(void)state;
	open_session(&t, PARENT(", on_fail: ignore"),
		     CHILD(DAYS "run_retries: 1\nrun_retry_delay: 5s\n"));
	run = begin(&t, 0);
	assert_false(engine_session_done(t.engine, &failed, &stuck));
	assert_false(stuck);
	end_with(&t, live_of(&t, t.last_run, 0), OUTCOME_ERROR);
	assert_string_equal(run_is(&t, t.last_run), "up_for_retry");
	assert_false(engine_session_done(t.engine, &failed, &stuck));
	assert_false(stuck);
	table_wake(&t, t.now_us + 5 * SECOND_US);
	end_with(&t, live_of(&t, t.last_run, 0), OUTCOME_ERROR);
	assert_string_equal(run_is(&t, t.last_run), "failed");
	succeed(&t, run, LAST);
	assert_string_equal(run_is(&t, run), "success");
	assert_true(engine_session_done(t.engine, &failed, &stuck));
	assert_false(failed);
	/* Asked for by a command, too, it counts. */
	(void)order(&t, COMMAND_CLEAR, "c", 0);
	end_with(&t, live_of(&t, t.last_run, 0), OUTCOME_ERROR);
	table_wake(&t, t.now_us + 5 * SECOND_US);
	end_with(&t, live_of(&t, t.last_run, 0), OUTCOME_ERROR);
	assert_true(engine_session_done(t.engine, &failed, &stuck));
	assert_true(failed);
	table_close(&t);
}

/* What somebody left who is gone is seen to its end, also where it waits for a retry. */
static void
a_session_takes_up_a_child_that_another_left(void **state)
{
	struct table t;
	bool failed, stuck;
	int64_t run, child;

	(void)state;
	open_two(&t, PARENT(""), CHILD(DAYS "defaults: {retries: 1, retry_delay: 1m}\n"));
	assert_int_equal(trigger(&t, "c", 0, "{\"n\":\"5\"}")->code, REPLY_OK);
	child = t.last_run;
	end_with(&t, live_of(&t, child, 0), OUTCOME_ERROR);
	t.config.session = true;
	table_restart(&t);
	table_catalog(&t, t.dags, 2);
	table_wake(&t, t.now_us + HOUR_US);
	assert_string_equal(task_is(&t, child, 0), "up_for_retry");
	run = begin(&t, 0);
	table_wake(&t, t.now_us + MINUTE_US);
	succeed(&t, child, 0);
	succeed(&t, run, LAST);
	assert_true(engine_session_done(t.engine, &failed, &stuck));
	assert_false(failed);
	table_close(&t);
}

static void
a_session_whose_child_is_paused_is_stuck(void **state)
{
	struct table t;
	bool failed, stuck;

	(void)state;
	open_session(&t, PARENT(""), CHILD(DAYS));
	assert_int_equal(command(&t, &(struct command){ .kind = COMMAND_PAUSE, .dag = "c" })->code,
			 REPLY_OK);
	(void)begin(&t, 0);
	assert_string_equal(run_is(&t, t.last_run), "queued");
	assert_false(engine_session_done(t.engine, &failed, &stuck));
	assert_true(stuck);
	table_close(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_run_is_made_for_the_interval_and_its_end_is_the_end_of_the_task),
		cmocka_unit_test(a_run_that_only_waits_for_children_holds_no_slot),
		cmocka_unit_test(of_a_finer_grid_every_interval_has_its_run),
		cmocka_unit_test(a_run_that_ended_well_is_taken_over_though_it_has_left_memory),
		cmocka_unit_test(a_run_under_way_is_joined_and_not_cancelled_with_who_joined_it),
		cmocka_unit_test(what_failed_is_cleared_and_what_differs_is_a_conflict),
		cmocka_unit_test(a_failed_child_is_cleared_by_each_retry_of_the_task),
		cmocka_unit_test(who_cancels_a_child_is_not_contradicted),
		cmocka_unit_test(what_a_task_made_is_cancelled_with_it),
		cmocka_unit_test(a_run_that_a_person_cleared_is_not_cancelled_with_who_made_it),
		cmocka_unit_test(
		    an_early_parent_has_early_children_and_a_whole_one_does_not_take_them),
		cmocka_unit_test(a_paused_dag_queues_its_run_and_a_paused_parent_makes_none),
		cmocka_unit_test(a_dag_that_is_gone_fails_the_task),
		cmocka_unit_test(a_run_does_not_wait_for_itself),
		cmocka_unit_test(a_session_fails_by_its_own_runs_alone),
		cmocka_unit_test(a_session_takes_up_a_child_that_another_left),
		cmocka_unit_test(a_session_whose_child_is_paused_is_stuck),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
