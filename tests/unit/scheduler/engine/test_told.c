/* test_told.c - tasks that wait and make no looks: a partition that comes, a person who answers. */
#include "tests/fixture/engine.h"

static const struct engine_config config = { .pool_slots = 4, .seed = 7 };

#define HEAD(name) \
	"dag: " name "\nmax_active_runs: 1\nschedule: {partition: day}\nstart_date: 2026-05-01\n"
#define SETS "datasets: {d: {path: lake/d, format: csv, columns: {x: int64}}}\n"
#define ASKS                                                                                 \
	HEAD("a")                                                                            \
	"tasks:\n"                                                                           \
	"  go: {operator: approve, subject: 'Publish {{ ds }}?', options: [approve, later, " \
	"reject], outputs: {limit: int64}, timeout: 1h}\n"                                   \
	"  use: {operator: command, needs: go, run: [x, \"{{ outputs.go.limit }}\"]}\n"
#define WRITES HEAD("w") SETS "tasks: {make: {operator: command, run: [x], output: d}}\n"
#define SENSES                                                               \
	HEAD("s")                                                            \
	"tasks:\n"                                                           \
	"  wait: {operator: sensor, partition: d, every: 1m, timeout: 2h}\n" \
	"  use: {operator: command, needs: wait, run: [x]}\n"

enum { GO, USE };

static void
open_dags(struct table *t, const char *one, const char *other)
{
	struct dag *dags[2];
	size_t n = 0;

	table_open(t, &config);
	t->now_us = DAY_AT(9);
	dags[n++] = table_read(t, one);
	if (other)
		dags[n++] = table_read(t, other);
	table_catalog(t, dags, n);
}

static const struct reply *
answer(struct table *t, enum command_kind kind, const char *option, const char *params)
{
	return command(t, &(struct command){ .kind = kind,
					     .dag = "a",
					     .run_id = "manual__2026-05-01",
					     .task = "go",
					     .by = "ann",
					     .answer = option,
					     .params = params });
}

static const char *
says(struct table *t, int64_t run, int index)
{
	return table_says(t, table_task(t, run, index)->waits);
}

static void
restart(struct table *t)
{
	table_restart(t);
	table_wake(t, t->now_us);
}

static void
an_answer_ends_the_task_and_is_its_output(void **state)
{
	struct table t;
	int64_t run;

	(void)state;
	open_dags(&t, ASKS, NULL);
	run = trigger_day(&t, "a", DAY(0));
	assert_string_equal(task_is(&t, run, GO), "none");
	assert_non_null(strstr(says(&t, run, GO), "it waits for a person: Publish 2026-05-01?: "
						  "`tidemill tasks approve a go manual__2026"));
	restart(&t);
	assert_int_equal(answer(&t, COMMAND_APPROVE, NULL, NULL)->code, REPLY_INVALID);
	assert_int_equal(answer(&t, COMMAND_APPROVE, NULL, "{\"limit\":\"x\"}")->code,
			 REPLY_INVALID);
	assert_int_equal(answer(&t, COMMAND_APPROVE, "never", "{\"limit\":1}")->code,
			 REPLY_INVALID);
	assert_int_equal(answer(&t, COMMAND_APPROVE, NULL, "{\"other\":1}")->code, REPLY_INVALID);
	assert_int_equal(answer(&t, COMMAND_APPROVE, "later", "{\"limit\":\"20\"}")->code,
			 REPLY_OK);
	assert_string_equal(task_is(&t, run, GO), "success");
	assert_string_equal(table_task(&t, run, GO)->outputs,
			    "{\"answer\":\"later\",\"limit\":20}");
	assert_int_equal(table_task(&t, run, GO)->tries, 0);
	assert_non_null(strstr(says(&t, run, GO), "a person said yes: 'later' by ann at "));
	assert_string_equal(task_is(&t, run, USE), "queued");
	/* The same again is fine, another is not. */
	assert_int_equal(answer(&t, COMMAND_APPROVE, "later", "{\"limit\":20}")->code, REPLY_OK);
	assert_int_equal(answer(&t, COMMAND_APPROVE, NULL, "{\"limit\":20}")->code, REPLY_REFUSED);
	assert_int_equal(answer(&t, COMMAND_REJECT, NULL, NULL)->code, REPLY_REFUSED);
	table_close(&t);
}

static void
no_is_a_failure_and_a_new_epoch_asks_anew(void **state)
{
	struct table t;
	int64_t run;

	(void)state;
	open_dags(&t, ASKS, NULL);
	run = trigger_day(&t, "a", DAY(0));
	assert_int_equal(answer(&t, COMMAND_REJECT, NULL, "{\"limit\":1}")->code, REPLY_INVALID);
	assert_int_equal(answer(&t, COMMAND_REJECT, NULL, NULL)->code, REPLY_OK);
	assert_string_equal(task_is(&t, run, GO), "failed");
	assert_string_equal(task_is(&t, run, USE), "upstream_failed");
	assert_non_null(strstr(says(&t, run, GO), "a person said no: 'reject' by ann at "));
	assert_null(table_task(&t, run, GO)->outputs);
	restart(&t);
	assert_int_equal(command(&t, &(struct command){ .kind = COMMAND_CLEAR,
							.dag = "a",
							.run_id = "manual__2026-05-01" })
			     ->code,
			 REPLY_OK);
	assert_string_equal(task_is(&t, run, GO), "none");
	assert_null(table_task(&t, run, GO)->answered);
	assert_int_equal(answer(&t, COMMAND_APPROVE, NULL, "{\"limit\":1}")->code, REPLY_OK);
	assert_string_equal(task_is(&t, run, GO), "success");
	table_close(&t);
}

static void
who_asks_holds_no_slot_and_an_answer_waits_for_one(void **state)
{
	struct table t;
	int64_t run, other;

	(void)state;
	open_dags(&t, ASKS, NULL);
	run = trigger_day(&t, "a", DAY(0));
	other = trigger_day(&t, "a", DAY(1));
	/* One run at a time, and yet both ask. */
	assert_string_equal(task_is(&t, run, GO), "none");
	assert_non_null(strstr(says(&t, other, GO), "it waits for a person"));
	assert_int_equal(answer(&t, COMMAND_APPROVE, NULL, "{\"limit\":1}")->code, REPLY_OK);
	assert_string_equal(task_is(&t, run, USE), "queued");
	assert_int_equal(command(&t, &(struct command){ .kind = COMMAND_APPROVE,
							.dag = "a",
							.run_id = "manual__2026-05-02",
							.task = "go",
							.by = "bob",
							.params = "{\"limit\":2}" })
			     ->code,
			 REPLY_OK);
	/* The answer is kept until the first run is done with the slot. */
	assert_string_equal(task_is(&t, other, GO), "none");
	restart(&t);
	assert_string_equal(task_is(&t, other, GO), "none");
	succeed(&t, run, USE);
	assert_string_equal(task_is(&t, other, GO), "success");
	assert_string_equal(task_is(&t, other, USE), "queued");
	table_close(&t);
}

static void
nobody_answers_and_the_timeout_is_over(void **state)
{
	struct table t;
	int64_t run;

	(void)state;
	open_dags(&t, ASKS, NULL);
	run = trigger_day(&t, "a", DAY(0));
	table_wake(&t, DAY_AT(9) + 30 * MINUTE_US);
	restart(&t);
	assert_string_equal(task_is(&t, run, GO), "none");
	/* A dag that is paused waits on. */
	assert_int_equal(command(&t, &(struct command){ .kind = COMMAND_PAUSE, .dag = "a" })->code,
			 REPLY_OK);
	table_wake(&t, DAY_AT(9) + 61 * MINUTE_US);
	assert_string_equal(task_is(&t, run, GO), "none");
	assert_int_equal(
	    command(&t, &(struct command){ .kind = COMMAND_UNPAUSE, .dag = "a" })->code, REPLY_OK);
	assert_string_equal(task_is(&t, run, GO), "failed");
	assert_non_null(strstr(says(&t, run, GO),
			       "within its timeout of 1h: nobody answered: Publish 2026-05-01?"));
	assert_int_equal(answer(&t, COMMAND_APPROVE, NULL, "{\"limit\":1}")->code, REPLY_REFUSED);
	table_close(&t);
}

static void
a_partition_is_told_of_without_a_look(void **state)
{
	struct table t;
	int64_t run, made;

	(void)state;
	open_dags(&t, SENSES, WRITES);
	run = trigger_day(&t, "s", DAY(0));
	assert_string_equal(task_is(&t, run, GO), "none");
	assert_non_null(strstr(says(&t, run, GO), "it waits for d 2026-05-01, which nobody has"));
	restart(&t);
	made = trigger_day(&t, "w", DAY(0));
	assert_non_null(strstr(says(&t, run, GO), "d 2026-05-01 is being written by run"));
	end_with(&t, live_of(&t, made, 0), OUTCOME_ERROR);
	/* What would be missing for a reader is waited for: somebody clears it. */
	assert_string_equal(task_is(&t, run, GO), "none");
	assert_int_equal(command(&t, &(struct command){ .kind = COMMAND_CLEAR,
							.dag = "w",
							.run_id = "manual__2026-05-01" })
			     ->code,
			 REPLY_OK);
	succeed(&t, made, 0);
	assert_string_equal(task_is(&t, run, GO), "success");
	assert_int_equal(table_task(&t, run, GO)->tries, 0);
	assert_string_equal(task_is(&t, run, USE), "queued");
	table_close(&t);
}

static void
a_partition_that_does_not_come_is_given_up(void **state)
{
	struct table t;
	int64_t run;

	(void)state;
	open_dags(&t, SENSES, WRITES);
	run = trigger_day(&t, "s", DAY(0));
	assert_int_equal(t.fx.wake_us, DAY_AT(9) + 2 * HOUR_US);
	table_wake(&t, DAY_AT(9) + 2 * HOUR_US);
	assert_string_equal(task_is(&t, run, GO), "failed");
	assert_non_null(strstr(says(&t, run, GO),
			       "within its timeout of 2h: it waits for d 2026-05-01, which"));
	table_close(&t);
}

/* Nobody here writes it: looks are made, until somebody does. */
static void
what_nobody_writes_is_looked_at_until_a_writer_comes(void **state)
{
	struct table t;
	int64_t run, made;
	struct dag *dags[2];

	(void)state;
	open_dags(&t, SENSES, NULL);
	run = trigger_day(&t, "s", DAY(0));
	assert_string_equal(task_is(&t, run, GO), "queued");
	end_with(&t, live_of(&t, run, GO), OUTCOME_NOT_YET);
	assert_string_equal(task_is(&t, run, GO), "up_for_reschedule");
	dags[0] = t.dags[0];
	dags[1] = table_read(&t, WRITES);
	table_catalog(&t, dags, 2);
	table_wake(&t, DAY_AT(9) + MINUTE_US);
	assert_string_equal(task_is(&t, run, GO), "none");
	made = trigger_day(&t, "w", DAY(0));
	succeed(&t, made, 0);
	assert_string_equal(task_is(&t, run, GO), "success");
	table_close(&t);
}

/* The clocks as they are, of a machine that was started at DAY_AT(0); the wall clock was set. */
static void
set_clock(struct table *t, int64_t by_us)
{
	t->now_us += by_us;
	table_step(t, &(struct event){
			  .kind = EVENT_CLOCK, .boot = "boot", .offset_us = DAY_AT(0) + by_us });
}

/* It asked a person; after a clock that was set back the run before may still come. */
static void
who_asks_may_have_to_wait_for_the_run_before(void **state)
{
	struct table t;
	struct dag *dags[2];
	int64_t run;

	(void)state;
	table_open(&t, &config);
	t.now_us = DAY_AT(9) + 3 * HOUR_US;
	set_clock(&t, 0);
	dags[0] = table_read(&t, "dag: a\nschedule: {datasets: [d], partition: day}\n"
				 "start_date: 2026-05-01\ntasks:\n"
				 "  go: {operator: approve, subject: 'Publish?', timeout: 1h, "
				 "depends_on_past: true}\n");
	dags[1] = table_read(&t, WRITES);
	table_catalog(&t, dags, 2);
	run = trigger_day(&t, "a", DAY(8));
	assert_non_null(strstr(says(&t, run, GO), "Publish?"));
	set_clock(&t, -2 * DAY_US);
	assert_non_null(strstr(says(&t, run, GO), "depends_on_past"));
	table_close(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_answer_ends_the_task_and_is_its_output),
		cmocka_unit_test(no_is_a_failure_and_a_new_epoch_asks_anew),
		cmocka_unit_test(who_asks_holds_no_slot_and_an_answer_waits_for_one),
		cmocka_unit_test(nobody_answers_and_the_timeout_is_over),
		cmocka_unit_test(a_partition_is_told_of_without_a_look),
		cmocka_unit_test(a_partition_that_does_not_come_is_given_up),
		cmocka_unit_test(what_nobody_writes_is_looked_at_until_a_writer_comes),
		cmocka_unit_test(who_asks_may_have_to_wait_for_the_run_before),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
