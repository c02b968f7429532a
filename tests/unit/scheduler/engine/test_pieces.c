/* test_pieces.c - the instances of a long list are made in several turns. */
#include "scheduler/engine/look.h"
#include "tests/fixture/engine.h"

static const struct engine_config two_at_once = { .pool_slots = 20, .seed = 7, .piece = 2 };

#define LIST                                                                               \
	"dag: d\nmax_active_runs: 1\nschedule: {partition: day}\nstart_date: 2026-05-01\n" \
	"tasks:\n"                                                                         \
	"  list: {operator: command, run: [x], outputs: {files: json}}\n"                  \
	"  load: {operator: command, needs: list, expand: \"{{ outputs.list.files }}\", "  \
	"run: [x, \"{{ item }}\"]}\n"                                                      \
	"  sum: {operator: command, needs: load, trigger_rule: all_done, run: [x]}\n"

enum { LISTS, LOAD, SUM, ITEMS = 5 };

static int64_t
begin_run(struct table *t, const struct engine_config *config)
{
	struct dag *dag;

	table_open(t, config);
	t->now_us = DAY_AT(9);
	dag = table_read(t, LIST);
	table_catalog(t, &dag, 1);
	return trigger_day(t, "d", DAY(0));
}

static void
leave_list(struct table *t, int64_t run)
{
	end_leaving(t, live_of(t, run, LISTS), "{\"files\":[\"a\",\"b\",\"c\",\"d\",\"e\"]}");
}

/* Its list has five items, and instances of the first two. */
static int64_t
open_run(struct table *t)
{
	int64_t run = begin_run(t, &two_at_once);

	leave_list(t, run);
	return run;
}

static int
count(const struct table *t, int64_t run, enum task_state state)
{
	int n = 0;

	for (int i = 0; i < ITEMS; i++) {
		struct kept *k = table_find(t->rows, "task", run, INSTANCE(LOAD, i));

		n += k && (state == TASK_ILLEGAL || k->change.task.state == state);
	}
	return n;
}

static int
count_rows(const struct table *t, int64_t run)
{
	return count(t, run, TASK_ILLEGAL);
}

static const struct reply *
ask(struct table *t, enum command_kind kind)
{
	return command(
	    t, &(struct command){ .kind = kind, .dag = "d", .run_id = "manual__2026-05-01" });
}

static void
they_are_made_in_turns_and_begin_when_all_are_there(void **state)
{
	struct table t;
	int64_t run = open_run(&t);

	(void)state;
	assert_string_equal(task_is(&t, run, LOAD), "expanded");
	assert_int_equal(ITEMS, table_task(&t, run, LOAD)->list_items);
	assert_int_equal(2, count_rows(&t, run));
	/* At once, and not when something else happens. */
	assert_int_equal(t.now_us, t.fx.wake_us);
	table_wake(&t, t.now_us);
	assert_int_equal(4, count_rows(&t, run));
	assert_int_equal(4, count(&t, run, TASK_NONE));
	table_wake(&t, t.now_us);
	assert_int_equal(ITEMS, count_rows(&t, run));
	assert_true(count(&t, run, TASK_QUEUED) > 0);
	while (t.fx.wake_us <= t.now_us)
		table_wake(&t, t.now_us);
	assert_int_equal(ITEMS, count(&t, run, TASK_QUEUED));
	succeed_all(&t);
	assert_string_equal(run_is(&t, run), "success");
	table_close(&t);
}

static void
a_restart_goes_on_with_those_that_are_not_there(void **state)
{
	struct table t;
	int64_t run = open_run(&t);

	(void)state;
	for (int n = 2; n < ITEMS; n += 2) {
		table_restart(&t);
		assert_int_equal(n, count_rows(&t, run));
		table_wake(&t, t.now_us);
	}
	table_restart(&t);
	do
		table_wake(&t, t.now_us);
	while (t.fx.wake_us <= t.now_us);
	assert_int_equal(ITEMS, count(&t, run, TASK_QUEUED));
	for (int i = 0; i < ITEMS; i++) {
		const char item[] = { '"', (char)('a' + i), '"', '\0' };

		assert_string_equal(item, table_task(&t, run, INSTANCE(LOAD, i))->item);
		assert_int_equal(1, table_task(&t, run, INSTANCE(LOAD, i))->tries);
	}
	succeed_all(&t);
	assert_string_equal(run_is(&t, run), "success");
	table_close(&t);
}

static void
a_run_that_is_cancelled_meanwhile_has_only_a_part_of_them(void **state)
{
	struct table t;
	int64_t run = open_run(&t);

	(void)state;
	assert_int_equal(ask(&t, COMMAND_CANCEL)->code, REPLY_OK);
	assert_string_equal(run_is(&t, run), "cancelled");
	assert_string_equal(task_is(&t, run, LOAD), "cancelled");
	assert_int_equal(2, count(&t, run, TASK_CANCELLED));
	assert_int_equal(ITEMS, table_task(&t, run, LOAD)->list_items);
	assert_true(t.fx.wake_us > t.now_us);
	table_wake(&t, t.now_us);
	assert_int_equal(2, count_rows(&t, run));
	/* Nothing of it is kept: neither what failed nor one by its name is all that is left. */
	assert_int_equal(command(&t, &(struct command){ .kind = COMMAND_CLEAR,
							.dag = "d",
							.run_id = "manual__2026-05-01",
							.task = "load[1]" })
			     ->code,
			 REPLY_OK);
	do
		table_wake(&t, t.now_us);
	while (t.fx.wake_us <= t.now_us);
	assert_int_equal(ITEMS, count(&t, run, TASK_QUEUED));
	succeed_all(&t);
	assert_string_equal(run_is(&t, run), "success");
	table_close(&t);
}

static void
a_run_holds_its_slot_while_they_are_made(void **state)
{
	struct table t;
	int64_t run = open_run(&t), other = trigger_day(&t, "d", DAY(1));

	(void)state;
	assert_true(count_rows(&t, run) < ITEMS);
	assert_string_equal(run_is(&t, other), "queued");
	table_restart(&t);
	table_wake(&t, t.now_us);
	assert_string_equal(run_is(&t, other), "queued");
	do
		table_wake(&t, t.now_us);
	while (t.fx.wake_us <= t.now_us);
	assert_string_equal(run_is(&t, other), "queued");
	assert_int_equal(ITEMS, count(&t, run, TASK_QUEUED));
	table_close(&t);
}

static void
a_run_holds_its_slot_when_a_turn_has_room_for_all_of_them_and_no_more(void **state)
{
	static const struct engine_config all = { .pool_slots = 20, .seed = 7, .piece = ITEMS };
	struct table t;
	int64_t run = begin_run(&t, &all), other = trigger_day(&t, "d", DAY(1));

	(void)state;
	leave_list(&t, run);
	assert_int_equal(ITEMS, count_rows(&t, run));
	assert_string_equal(run_is(&t, other), "queued");
	while (t.fx.wake_us <= t.now_us)
		table_wake(&t, t.now_us);
	assert_string_equal(run_is(&t, other), "queued");
	assert_int_equal(ITEMS, count(&t, run, TASK_QUEUED));
	table_close(&t);
}

static void
a_session_stays_while_they_are_made(void **state)
{
	struct engine_config config = two_at_once;
	bool failed, stuck;
	struct table t;
	int64_t run;

	(void)state;
	config.session = true;
	run = begin_run(&t, &config);
	leave_list(&t, run);
	assert_int_equal(2, count_rows(&t, run));
	for (; count(&t, run, TASK_QUEUED) < ITEMS; table_wake(&t, t.now_us)) {
		assert_false(engine_session_done(t.engine, &failed, &stuck));
		assert_false(stuck);
	}
	succeed_all(&t);
	assert_true(engine_session_done(t.engine, &failed, &stuck));
	assert_false(failed);
	table_close(&t);
}

static void
a_list_that_reads_otherwise_after_a_restart_fails_all_of_them(void **state)
{
	struct table t;
	int64_t run = open_run(&t);
	struct kept *k = table_find(t.rows, "task", run, LOAD);

	(void)state;
	assert(k);
	k->change.task.list = "0123";
	table_restart(&t);
	table_wake(&t, t.now_us);
	assert_string_equal(task_is(&t, run, LOAD), "failed");
	assert_int_equal(2, count(&t, run, TASK_FAILED));
	assert_string_equal(table_says(&t, table_task(&t, run, INSTANCE(LOAD, 1))->waits),
			    "it cannot be expanded: its list is another than the one that the "
			    "first of its instances are of");
	succeed_all(&t);
	assert_string_equal(run_is(&t, run), "failed");
	table_close(&t);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(they_are_made_in_turns_and_begin_when_all_are_there),
		cmocka_unit_test(a_restart_goes_on_with_those_that_are_not_there),
		cmocka_unit_test(a_run_that_is_cancelled_meanwhile_has_only_a_part_of_them),
		cmocka_unit_test(a_run_holds_its_slot_while_they_are_made),
		cmocka_unit_test(
		    a_run_holds_its_slot_when_a_turn_has_room_for_all_of_them_and_no_more),
		cmocka_unit_test(a_session_stays_while_they_are_made),
		cmocka_unit_test(a_list_that_reads_otherwise_after_a_restart_fails_all_of_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
