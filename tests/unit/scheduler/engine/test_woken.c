/* test_woken.c - runs that datasets make, and make again. */
#include "tests/fixture/engine.h"

static const struct engine_config wide = { .pool_slots = 1000, .seed = 7 };

#define WRITER(dag, dataset)                                                                    \
	"dag: " dag "\nmax_active_runs: 400\nschedule: {partition: day}\n"                      \
	"start_date: 2026-04-01\n"                                                              \
	"datasets: {" dataset ": {path: lake/" dataset ", format: csv, columns: {x: int64}}}\n" \
	"tasks: {make: {operator: command, run: [x], output: " dataset "}}\n"

#define READER(schedule, start)                                                           \
	"dag: c\nmax_active_runs: 400\nschedule: {" schedule "}\nstart_date: " start "\n" \
	"tasks:\n"                                                                        \
	"  a: {operator: command, run: [x]}\n"                                            \
	"  b: {operator: command, run: [x], needs: a}\n"

#define RERUN "datasets: [d], on_update: rerun, debounce: 1m, "
#define BOTH "datasets: [d, f], partition: day"

enum { A, B };

static void
open_dags(struct table *t, const char *reader)
{
	struct dag *dags[3];

	table_open(t, &wide);
	t->now_us = DAY_AT(9);
	dags[0] = table_read(t, WRITER("w", "d"));
	dags[1] = table_read(t, WRITER("v", "f"));
	dags[2] = table_read(t, reader);
	table_catalog(t, dags, 3);
}

/* The reader alone is another: as its file says now. */
static void
edit(struct table *t, const char *reader)
{
	struct dag *dags[3] = { t->dags[0], t->dags[1], table_read(t, reader) };

	table_catalog(t, dags, 3);
}

static void
order(struct table *t, enum command_kind kind, const char *dag, int64_t day, const char *task)
{
	const struct reply *r = command(t, &(struct command){ .kind = kind,
							      .dag = dag,
							      .has_logical = true,
							      .logical_us = DAY_AT(day),
							      .task = task });

	if (r->code != REPLY_OK)
		fail_msg("%s", r->message);
}

static void
set_paused(struct table *t, bool paused)
{
	(void)command(
	    t, &(struct command){ .kind = paused ? COMMAND_PAUSE : COMMAND_UNPAUSE, .dag = "c" });
}

/* What a writer has of a day becomes another version. */
static void
update(struct table *t, const char *dag, int64_t day)
{
	struct kept *k;

	for (k = t->rows; k; k = k->hh.next)
		if (k->change.kind == CHANGE_RUN && !strcmp(k->change.run.dag, dag) &&
		    k->change.run.logical_us == DAY_AT(day))
			break;
	if (k) {
		order(t, COMMAND_CLEAR, dag, day, NULL);
		succeed(t, k->change.run.key, 0);
		return;
	}
	succeed(t, trigger_day(t, dag, DAY(day)), 0);
}

/* The run of the reader for an instant; 0: there is none. */
static int64_t
run_at(struct table *t, int64_t logical_us)
{
	for (struct kept *k = t->rows; k; k = k->hh.next)
		if (k->change.kind == CHANGE_RUN && !strcmp(k->change.run.dag, "c") &&
		    k->change.run.logical_us == logical_us)
			return k->change.run.key;
	return 0;
}

/* How many runs of the reader are in such an epoch. */
static size_t
in_epoch(struct table *t, int epoch)
{
	size_t n = 0;

	for (struct kept *k = t->rows; k; k = k->hh.next)
		n += k->change.kind == CHANGE_RUN && !strcmp(k->change.run.dag, "c") &&
		     k->change.run.epoch == epoch;
	return n;
}

/* Let the engine go on for so long, as often as it wants to be woken. */
static void
wait(struct table *t, int64_t span_us)
{
	int64_t end_us = t->now_us + span_us;

	table_wake(t, t->now_us);
	while (t->fx.wake_us <= end_us)
		table_wake(t, t->fx.wake_us > t->now_us ? t->fx.wake_us : t->now_us);
	table_wake(t, end_us);
}

static void
a_run_is_made_when_all_of_its_datasets_are_there(void **state)
{
	(void)state;
	for (int restarts = 0; restarts < 2; restarts++) {
		struct table t;

		open_dags(&t, READER(BOTH, "2026-04-01"));
		update(&t, "w", 0);
		if (restarts)
			table_restart(&t);
		wait(&t, MINUTE_US);
		assert_int_equal(run_at(&t, DAY_AT(0)), 0);
		update(&t, "v", 0);
		assert_int_not_equal(run_at(&t, DAY_AT(0)), 0);
		table_close(&t);
	}
}

/* What a task of it has read before is old, though the run has not begun again. */
static void
an_update_while_some_of_its_tasks_are_to_be_done_again_makes_all_of_them_again(void **state)
{
	struct table t;
	int64_t run;

	(void)state;
	open_dags(&t, READER(RERUN "partition: day", "2026-04-01"));
	update(&t, "w", 0);
	run = run_at(&t, DAY_AT(0));
	succeed_all(&t);
	set_paused(&t, true);
	order(&t, COMMAND_CLEAR, "c", 0, "b");
	assert_string_equal(task_is(&t, run, A), "success");
	update(&t, "w", 0);
	set_paused(&t, false);
	succeed_all(&t);
	wait(&t, HOUR_US);
	assert_int_equal(table_run(&t, run)->epoch, 3);
	assert_string_equal(task_is(&t, run, A), "queued");
	table_close(&t);
}

static void
one_that_has_not_begun_reads_what_was_updated_and_is_not_made_again(void **state)
{
	struct table t;
	int64_t run;

	(void)state;
	open_dags(&t, READER(RERUN "partition: day", "2026-04-01"));
	update(&t, "w", 0);
	run = run_at(&t, DAY_AT(0));
	succeed_all(&t);
	set_paused(&t, true);
	order(&t, COMMAND_CLEAR, "c", 0, NULL);
	update(&t, "w", 0);
	set_paused(&t, false);
	succeed_all(&t);
	wait(&t, HOUR_US);
	assert_int_equal(table_run(&t, run)->epoch, 2);
	table_close(&t);
}

/* 312 hours that have left memory: more than are made in one step. */
static void
many_runs_that_are_due_at_once_are_all_made_again(void **state)
{
	struct table t;

	(void)state;
	open_dags(&t, READER(RERUN "partition: hour", "2026-04-01"));
	for (int64_t day = -13; day < 0; day++)
		update(&t, "w", day);
	wait(&t, MINUTE_US);
	succeed_all(&t);
	set_paused(&t, true);
	for (int64_t day = -13; day < 0; day++)
		update(&t, "w", day);
	wait(&t, HOUR_US);
	assert_int_equal(in_epoch(&t, 1), 312);
	set_paused(&t, false);
	wait(&t, HOUR_US);
	assert_int_equal(in_epoch(&t, 2), 312);
	table_close(&t);
}

static void
a_start_date_that_moves_takes_updates_before_it_along(void **state)
{
	struct table t;

	(void)state;
	open_dags(&t, READER(BOTH, "2026-04-01"));
	update(&t, "w", 0);
	update(&t, "w", 2);
	edit(&t, READER(BOTH, "2026-05-02"));
	update(&t, "v", 0);
	update(&t, "v", 2);
	assert_int_equal(run_at(&t, DAY_AT(0)), 0);
	assert_int_not_equal(run_at(&t, DAY_AT(2)), 0);
	table_close(&t);
}

#define AFTER_LAST                                                                \
	"dag: c\nmax_active_runs: 4\nschedule: {datasets: [d], partition: day}\n" \
	"start_date: 2026-05-01\ntasks: {a: {operator: command, run: [x], "       \
	"depends_on_past: true}}\n"

/* The day before is being written: its run will be made, and comes first. */
static void
what_depends_on_the_past_waits_for_a_run_that_datasets_may_make(void **state)
{
	(void)state;
	for (int good = 0; good < 2; good++) {
		struct table t;
		int64_t writer, run;

		open_dags(&t, AFTER_LAST);
		writer = trigger_day(&t, "w", DAY(0));
		update(&t, "w", 1);
		run = run_at(&t, DAY_AT(1));
		assert_non_null(
		    strstr(table_says(&t, table_task(&t, run, A)->waits), "scheduled__2026-05-01"));
		table_restart(&t);
		wait(&t, MINUTE_US);
		assert_string_equal(task_is(&t, run, A), "none");
		if (good) {
			succeed(&t, writer, 0);
			assert_string_equal(task_is(&t, run, A), "none");
			succeed(&t, run_at(&t, DAY_AT(0)), A);
		} else {
			order(&t, COMMAND_CANCEL, "w", 0, NULL);
			tell(&t, EVENT_VANISHED, live_of(&t, writer, 0));
			tell(&t, EVENT_GONE, live_of(&t, writer, 0));
			assert_int_equal(run_at(&t, DAY_AT(0)), 0);
		}
		assert_string_equal(task_is(&t, run, A), "queued");
		table_close(&t);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_run_is_made_when_all_of_its_datasets_are_there),
		cmocka_unit_test(
		    an_update_while_some_of_its_tasks_are_to_be_done_again_makes_all_of_them_again),
		cmocka_unit_test(
		    one_that_has_not_begun_reads_what_was_updated_and_is_not_made_again),
		cmocka_unit_test(many_runs_that_are_due_at_once_are_all_made_again),
		cmocka_unit_test(what_depends_on_the_past_waits_for_a_run_that_datasets_may_make),
		cmocka_unit_test(a_start_date_that_moves_takes_updates_before_it_along),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
