/* test_expand.c - tasks that are expanded: one instance for each item of a list. */
#include "tests/fixture/engine.h"

static const struct engine_config wide = { .pool_slots = 2000, .seed = 7 };

#define LIST                                                                                      \
	"dag: d\nmax_active_runs: 4\nschedule: {partition: day}\nstart_date: 2026-05-01\n"        \
	"tasks:\n"                                                                                \
	"  list: {operator: command, run: [x], outputs: {files: json}}\n"                         \
	"  load: {operator: command, needs: list, expand: {file: \"{{ outputs.list.files }}\"}, " \
	"run: [x, \"{{ item.file }}\"], outputs: {n: int64}, skip_exit_code: 99}\n"               \
	"  sum: {operator: command, needs: load, run: [x, \"{{ outputs.load.n }}\"]}\n"

enum { LISTS, LOAD, SUM };

static int64_t
open_run(struct table *t, const char *text)
{
	struct dag *dag;

	table_open(t, &wide);
	t->now_us = DAY_AT(9);
	dag = table_read(t, text);
	table_catalog(t, &dag, 1);
	return trigger_day(t, "d", DAY(0));
}

static void
edit(struct table *t, const char *text)
{
	struct dag *dag = table_read(t, text);

	table_catalog(t, &dag, 1);
}

static void
restart(struct table *t)
{
	table_restart(t);
	table_wake(t, t->now_us);
}

static const struct reply *
clear(struct table *t, const char *task, bool only_failed)
{
	return command(t, &(struct command){ .kind = COMMAND_CLEAR,
					     .dag = "d",
					     .run_id = "manual__2026-05-01",
					     .task = task,
					     .only_failed = only_failed });
}

static const char *
instance_is(struct table *t, int64_t run, int map_index)
{
	return task_is(t, run, INSTANCE(LOAD, map_index));
}

static const char *
says(struct table *t, int64_t run, int index)
{
	return table_says(t, table_task(t, run, index)->waits);
}

/* The launch of an attempt in the last step: the value of a name. */
static const char *
given(struct table *t, int64_t attempt, const char *name)
{
	for (size_t i = 0; i < t->fx.n_actions; i++) {
		const struct action *a = &t->fx.actions[i];

		for (size_t k = 0;
		     a->kind == ACTION_LAUNCH && a->attempt == attempt && k < a->n_given; k++)
			if (!strcmp(a->given[k].name, name))
				return a->given[k].value;
	}
	return "nothing";
}

static void
every_item_is_an_instance_and_what_they_leave_is_one_list(void **state)
{
	struct table t;
	int64_t run = open_run(&t, LIST);
	const struct task_row *row;

	(void)state;
	end_leaving(&t, live_of(&t, run, LISTS), "{\"files\":[\"a\",\"b c\",7]}");
	assert_string_equal(task_is(&t, run, LOAD), "expanded");
	assert_string_equal("b c", given(&t, live_of(&t, run, INSTANCE(LOAD, 1)), "item.file"));
	assert_string_equal("7", given(&t, live_of(&t, run, INSTANCE(LOAD, 2)), "item.file"));
	assert_string_equal("2", given(&t, live_of(&t, run, INSTANCE(LOAD, 2)), "map_index"));
	row = table_task(&t, run, INSTANCE(LOAD, 1));
	assert_string_equal("load[1]", row->task);
	assert_string_equal("{\"file\":\"b c\"}", row->item);
	assert_non_null(table_task(&t, run, LOAD)->list);
	restart(&t);
	end_leaving(&t, live_of(&t, run, INSTANCE(LOAD, 2)), "{\"n\":3}");
	end_leaving(&t, live_of(&t, run, INSTANCE(LOAD, 0)), "{\"n\":1}");
	assert_string_equal(task_is(&t, run, LOAD), "expanded");
	assert_string_equal(task_is(&t, run, SUM), "none");
	restart(&t);
	end_leaving(&t, live_of(&t, run, INSTANCE(LOAD, 1)), "{\"n\":2}");
	assert_string_equal(task_is(&t, run, LOAD), "success");
	assert_string_equal("[1,2,3]", given(&t, live_of(&t, run, SUM), "outputs.load.n"));
	succeed_all(&t);
	assert_string_equal(run_is(&t, run), "success");
	table_close(&t);
}

static void
a_list_without_items_skips_and_one_that_is_none_fails(void **state)
{
	static const struct {
		const char *left, *is, *why;
	} cases[] = {
		{ "{\"files\":[]}", "skipped", "it is expanded over a list without items" },
		{ "{\"files\":\"a\"}", "failed",
		  "it cannot be expanded: outputs.list.files is \"a\", and a list is wanted" },
		{ "{\"files\":null}", "failed",
		  "it cannot be expanded: outputs.list.files has no value" },
		{ "{\"files\":[1,{\"a\":1}]}", "failed",
		  "it cannot be expanded: outputs.list.files[1] is an object: texts, numbers, true "
		  "and false are items" },
		{ "{\"files\":[[]]}", "failed",
		  "it cannot be expanded: outputs.list.files[0] is a list: texts, numbers, true "
		  "and "
		  "false are items" },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		struct table t;
		int64_t run = open_run(&t, LIST);

		end_leaving(&t, live_of(&t, run, LISTS), cases[i].left);
		assert_string_equal(task_is(&t, run, LOAD), cases[i].is);
		assert_string_equal(says(&t, run, LOAD), cases[i].why);
		assert_string_equal(run_is(&t, run),
				    strcmp(cases[i].is, "failed") ? "success" : "failed");
		table_close(&t);
	}
}

static void
a_list_of_more_than_a_thousand_items_fails_its_task(void **state)
{
	struct table t;
	int64_t run = open_run(&t, LIST);
	struct buf left;

	(void)state;
	buf_init(&left, SIZE_MAX);
	buf_text(&left, "{\"files\":[0");
	for (int i = 1; i < 1001; i++)
		buf_format(&left, ",%d", i);
	buf_text(&left, "]}");
	end_leaving(&t, live_of(&t, run, LISTS), left.data);
	buf_release(&left);
	assert_string_equal(says(&t, run, LOAD),
			    "it cannot be expanded: outputs.list.files has 1001 items, and a task "
			    "is expanded over 1000");
	table_close(&t);
}

static void
rules_count_instances(void **state)
{
	static const char text[] =
	    "dag: d\nschedule: {partition: day}\nstart_date: 2026-05-01\ntasks:\n"
	    "  load: {operator: command, expand: [a, b, c], run: [x, \"{{ item }}\"]}\n"
	    "  first: {operator: command, needs: load, trigger_rule: one_success, run: [x]}\n"
	    "  bad: {operator: command, needs: load, trigger_rule: one_failed, run: [x]}\n"
	    "  all: {operator: command, needs: load, trigger_rule: all_done, run: [x]}\n"
	    "  said: {operator: command, needs: load, trigger_rule: one_success, "
	    "when: tasks.load.state = 'failed', run: [x]}\n";
	enum { LOADS, FIRST, BAD, ALL, SAID };
	struct table t;
	int64_t run = open_run(&t, text);

	(void)state;
	assert_string_equal(task_is(&t, run, LOADS), "expanded");
	succeed(&t, run, INSTANCE(LOADS, 1));
	assert_int_not_equal(0, live_of(&t, run, FIRST));
	assert_string_equal(task_is(&t, run, SAID), "none");
	assert_int_equal(0, live_of(&t, run, BAD));
	end_with(&t, live_of(&t, run, INSTANCE(LOADS, 0)), OUTCOME_ERROR);
	assert_int_not_equal(0, live_of(&t, run, BAD));
	assert_int_equal(0, live_of(&t, run, ALL));
	succeed(&t, run, INSTANCE(LOADS, 2));
	assert_string_equal(task_is(&t, run, LOADS), "failed");
	assert_int_not_equal(0, live_of(&t, run, ALL));
	assert_int_not_equal(0, live_of(&t, run, SAID));
	succeed_all(&t);
	assert_string_equal(run_is(&t, run), "failed");
	table_close(&t);
}

static void
several_lists_are_all_combinations(void **state)
{
	struct table t;
	int64_t run = open_run(
	    &t, "dag: d\nschedule: {partition: day}\nstart_date: 2026-05-01\ntasks:\n"
		"  load: {operator: command, expand: {a: [x, y], b: [1, true, \"2\"]}, run: "
		"[x, \"{{ item.a }}\"]}\n");

	(void)state;
	assert_string_equal("{\"a\":\"x\",\"b\":1}", table_task(&t, run, INSTANCE(0, 0))->item);
	assert_string_equal("{\"a\":\"x\",\"b\":true}", table_task(&t, run, INSTANCE(0, 1))->item);
	assert_string_equal("{\"a\":\"y\",\"b\":\"2\"}",
			    table_task(&t, run, INSTANCE(0, 1002))->item);
	assert_string_equal("load[1,2]", table_task(&t, run, INSTANCE(0, 1002))->task);
	succeed_all(&t);
	assert_string_equal(run_is(&t, run), "success");
	table_close(&t);
}

#define NESTED                                                                                    \
	"dag: d\nschedule: {partition: day}\nstart_date: 2026-05-01\n"                            \
	"params: {files: {type: list, default: [a, b]}}\ntasks:\n"                                \
	"  split: {operator: command, expand: \"{{ params.files }}\", run: [x, \"{{ item }}\"], " \
	"outputs: {l: json, n: int64}, skip_exit_code: 1}\n"                                      \
	"  load: {operator: command, trigger_rule: none_failed, needs: split, expand: {part: "    \
	"\"{{ outputs.split.l }}\"}, "                                                            \
	"run: [x, \"{{ item.part }}\"], outputs: {n: int64}, skip_exit_code: 99}\n"               \
	"  sum: {operator: command, needs: load, run: [x, \"{{ outputs.load.n }}\"]}\n"           \
	"  each: {operator: command, trigger_rule: none_failed, needs: split, expand: \"{{ "      \
	"outputs.split.n }}\", "                                                                  \
	"run: [x, \"{{ item }}\"]}\n"

enum { SPLIT, EACH = 3 };

static int64_t
leave_lists(struct table *t, int64_t run, const char *first, const char *second)
{
	end_leaving(t, live_of(t, run, INSTANCE(SPLIT, 1)), second);
	end_leaving(t, live_of(t, run, INSTANCE(SPLIT, 0)), first);
	return run;
}

static void
what_each_instance_left_is_a_level_of_its_own(void **state)
{
	struct table t;
	int64_t run = open_run(&t, NESTED);

	(void)state;
	assert_string_equal("b", given(&t, live_of(&t, run, INSTANCE(SPLIT, 1)), "item"));
	leave_lists(&t, run, "{\"l\":[],\"n\":5}", "{\"l\":[\"x\",7],\"n\":6}");
	assert_string_equal(task_is(&t, run, LOAD), "expanded");
	assert_string_equal("load[1,0]", table_task(&t, run, INSTANCE(LOAD, 1000))->task);
	assert_string_equal("load[1,1]", table_task(&t, run, INSTANCE(LOAD, 1001))->task);
	assert_string_equal("x", given(&t, live_of(&t, run, INSTANCE(LOAD, 1000)), "item.part"));
	assert_string_equal("1001", given(&t, live_of(&t, run, INSTANCE(LOAD, 1001)), "map_index"));
	/* Single values of all instances are one list. */
	assert_string_equal("6", given(&t, live_of(&t, run, INSTANCE(EACH, 1)), "item"));
	restart(&t);
	end_leaving(&t, live_of(&t, run, INSTANCE(LOAD, 1001)), "{\"n\":2}");
	restart(&t);
	end_leaving(&t, live_of(&t, run, INSTANCE(LOAD, 1000)), "{\"n\":1}");
	assert_string_equal("[1,2]", given(&t, live_of(&t, run, SUM), "outputs.load.n"));
	succeed_all(&t);
	assert_string_equal(run_is(&t, run), "success");
	/* Longer lists leave the names of the others alone, and their tries. */
	assert_int_equal(clear(&t, NULL, false)->code, REPLY_OK);
	leave_lists(&t, run, "{\"l\":[1,2],\"n\":5}", "{\"l\":[3],\"n\":6}");
	assert_string_equal(task_is(&t, run, INSTANCE(LOAD, 1001)), "removed");
	assert_string_equal("3", given(&t, live_of(&t, run, INSTANCE(LOAD, 1000)), "item.part"));
	restart(&t);
	assert_int_equal(2, table_attempt(&t, live_of(&t, run, INSTANCE(LOAD, 1000)))->try_number);
	assert_int_equal(1, table_attempt(&t, live_of(&t, run, INSTANCE(LOAD, 1)))->try_number);
	succeed_all(&t);
	assert_string_equal(run_is(&t, run), "success");
	table_close(&t);
}

static void
an_instance_of_two_levels_is_cleared_by_its_name(void **state)
{
	static const char *const wrong[] = { "load[1]",      "load[1,2]",
					     "load[0,0]",    "load[01,0]",
					     "load[1,0",     "load[1,0]x",
					     "load[,]",      "load[1,-1]",
					     "load[1000,0]", "load[99999999999999999999,0]" };
	struct table t;
	int64_t run = open_run(&t, NESTED);

	(void)state;
	leave_lists(&t, run, "{\"l\":[],\"n\":5}", "{\"l\":[\"x\",7],\"n\":6}");
	succeed_all(&t);
	for (size_t i = 0; i < countof(wrong); i++) {
		const struct reply *reply = clear(&t, wrong[i], false);

		assert_int_equal(reply->code, REPLY_NOT_FOUND);
		assert_non_null(strstr(reply->message, "they are load[1,0] to load[1,1]"));
	}
	assert_int_equal(clear(&t, "load[1,1]", false)->code, REPLY_OK);
	assert_string_equal(task_is(&t, run, INSTANCE(LOAD, 1000)), "success");
	assert_int_not_equal(0, live_of(&t, run, INSTANCE(LOAD, 1001)));
	succeed_all(&t);
	assert_string_equal(run_is(&t, run), "success");
	table_close(&t);
}

static void
lists_of_lists_that_are_none_fail_and_what_was_skipped_has_none(void **state)
{
	struct table t;
	int64_t run = open_run(&t, NESTED);

	(void)state;
	leave_lists(&t, run, "{\"l\":[1],\"n\":5}", "{\"l\":[[2]],\"n\":6}");
	assert_string_equal(says(&t, run, LOAD),
			    "it cannot be expanded: outputs.split.l of [1][0] is a list: texts, "
			    "numbers, true and false are items");
	table_close(&t);
	run = open_run(&t, NESTED);
	end_leaving(&t, live_of(&t, run, INSTANCE(SPLIT, 1)), "{\"l\":[1],\"n\":5}");
	end_with(&t, live_of(&t, run, INSTANCE(SPLIT, 0)), OUTCOME_ERROR);
	assert_int_not_equal(0, live_of(&t, run, INSTANCE(LOAD, 1000)));
	/* Of what left nothing there is no item. */
	assert_string_equal("5", given(&t, live_of(&t, run, INSTANCE(EACH, 0)), "item"));
	succeed_all(&t);
	assert_string_equal(run_is(&t, run), "success");
	table_close(&t);
}

static void
levels_that_are_edited_begin_anew(void **state)
{
	struct table t;
	int64_t run = open_run(&t, NESTED);

	(void)state;
	leave_lists(&t, run, "{\"l\":[1],\"n\":5}", "{\"l\":[2],\"n\":6}");
	succeed_all(&t);
	edit(&t, "dag: d\nschedule: {partition: day}\nstart_date: 2026-05-01\ntasks:\n"
		 "  load: {operator: command, expand: [1, 2], run: [x, \"{{ item }}\"]}\n");
	assert_int_equal(clear(&t, NULL, false)->code, REPLY_OK);
	assert_string_equal("load[1]", table_task(&t, run, INSTANCE(0, 1))->task);
	succeed_all(&t);
	restart(&t);
	edit(&t, NESTED);
	assert_int_equal(clear(&t, NULL, false)->code, REPLY_OK);
	leave_lists(&t, run, "{\"l\":[1],\"n\":5}", "{\"l\":[2],\"n\":6}");
	assert_int_equal(2, table_attempt(&t, live_of(&t, run, INSTANCE(LOAD, 1000)))->try_number);
	succeed_all(&t);
	assert_string_equal(run_is(&t, run), "success");
	table_close(&t);
}

/* The run of LIST over a, b, c, of which b failed. */
static int64_t
open_failed(struct table *t)
{
	int64_t run = open_run(t, LIST);

	end_leaving(t, live_of(t, run, LISTS), "{\"files\":[\"a\",\"b\",\"c\"]}");
	end_leaving(t, live_of(t, run, INSTANCE(LOAD, 0)), "{\"n\":1}");
	end_leaving(t, live_of(t, run, INSTANCE(LOAD, 2)), "{\"n\":3}");
	end_with(t, live_of(t, run, INSTANCE(LOAD, 1)), OUTCOME_ERROR);
	assert_string_equal(run_is(t, run), "failed");
	return run;
}

static void
only_what_failed_is_cleared_and_the_list_is_kept(void **state)
{
	struct table t;
	int64_t run = open_failed(&t);

	(void)state;
	restart(&t);
	assert_int_equal(clear(&t, NULL, true)->code, REPLY_OK);
	assert_string_equal(task_is(&t, run, LOAD), "expanded");
	assert_string_equal(instance_is(&t, run, 0), "success");
	assert_string_equal("b", given(&t, live_of(&t, run, INSTANCE(LOAD, 1)), "item.file"));
	assert_int_equal(2, table_attempt(&t, live_of(&t, run, INSTANCE(LOAD, 1)))->try_number);
	end_leaving(&t, live_of(&t, run, INSTANCE(LOAD, 1)), "{\"n\":2}");
	assert_string_equal("[1,2,3]", given(&t, live_of(&t, run, SUM), "outputs.load.n"));
	succeed_all(&t);
	assert_string_equal(run_is(&t, run), "success");
	table_close(&t);
}

static void
one_instance_is_cleared_by_its_name(void **state)
{
	struct table t;
	int64_t run = open_failed(&t);

	(void)state;
	assert_int_equal(clear(&t, "load[7]", false)->code, REPLY_NOT_FOUND);
	assert_int_equal(clear(&t, "sum[0]", false)->code, REPLY_NOT_FOUND);
	assert_int_equal(clear(&t, "load[0]", false)->code, REPLY_OK);
	assert_int_not_equal(0, live_of(&t, run, INSTANCE(LOAD, 0)));
	assert_string_equal(instance_is(&t, run, 1), "failed");
	succeed(&t, run, INSTANCE(LOAD, 0));
	assert_string_equal(run_is(&t, run), "failed");
	assert_string_equal(task_is(&t, run, SUM), "upstream_failed");
	table_close(&t);
}

static void
a_producer_that_is_cleared_makes_a_new_list(void **state)
{
	struct table t;
	int64_t run = open_failed(&t);

	(void)state;
	restart(&t);
	assert_int_equal(clear(&t, NULL, false)->code, REPLY_OK);
	assert_string_equal(task_is(&t, run, LOAD), "none");
	assert_string_equal(instance_is(&t, run, 2), "removed");
	restart(&t);
	end_leaving(&t, live_of(&t, run, LISTS), "{\"files\":[\"z\"]}");
	assert_string_equal("z", given(&t, live_of(&t, run, INSTANCE(LOAD, 0)), "item.file"));
	assert_int_equal(2, table_attempt(&t, live_of(&t, run, INSTANCE(LOAD, 0)))->try_number);
	assert_string_equal(instance_is(&t, run, 1), "removed");
	end_leaving(&t, live_of(&t, run, INSTANCE(LOAD, 0)), "{\"n\":9}");
	assert_string_equal("[9]", given(&t, live_of(&t, run, SUM), "outputs.load.n"));
	succeed_all(&t);
	assert_string_equal(run_is(&t, run), "success");
	/* A longer one takes those that were removed back. */
	assert_int_equal(clear(&t, NULL, false)->code, REPLY_OK);
	end_leaving(&t, live_of(&t, run, LISTS), "{\"files\":[\"z\",\"y\"]}");
	assert_int_equal(2, table_attempt(&t, live_of(&t, run, INSTANCE(LOAD, 1)))->try_number);
	succeed_all(&t);
	table_close(&t);
}

static void
an_edit_keeps_the_list_unless_it_says_another(void **state)
{
	struct table t;
	int64_t run = open_failed(&t);

	(void)state;
	edit(&t, LIST "  extra: {operator: command, run: [x]}\n");
	assert_int_equal(clear(&t, NULL, true)->code, REPLY_OK);
	assert_string_equal(task_is(&t, run, LOAD), "expanded");
	assert_string_equal(instance_is(&t, run, 0), "success");
	assert_string_equal(instance_is(&t, run, 1), "queued");
	end_with(&t, live_of(&t, run, INSTANCE(LOAD, 1)), OUTCOME_ERROR);
	succeed_all(&t);
	assert_string_equal(run_is(&t, run), "failed");
	edit(&t,
	     "dag: d\nschedule: {partition: day}\nstart_date: 2026-05-01\ntasks:\n"
	     "  list: {operator: command, run: [x], outputs: {files: json}}\n"
	     "  load: {operator: command, needs: list, expand: [q], run: [x, \"{{ item }}\"]}\n");
	restart(&t);
	assert_int_equal(clear(&t, NULL, true)->code, REPLY_OK);
	assert_string_equal("q", given(&t, live_of(&t, run, INSTANCE(LOAD, 0)), "item"));
	assert_string_equal(instance_is(&t, run, 2), "removed");
	succeed_all(&t);
	assert_string_equal(run_is(&t, run), "success");
	edit(&t, "dag: d\nschedule: {partition: day}\nstart_date: 2026-05-01\ntasks:\n"
		 "  load: {operator: command, run: [x]}\n");
	assert_int_equal(clear(&t, NULL, false)->code, REPLY_OK);
	succeed_all(&t);
	assert_string_equal(run_is(&t, run), "success");
	edit(&t, LIST);
	assert_int_equal(clear(&t, NULL, false)->code, REPLY_OK);
	end_leaving(&t, live_of(&t, run, LISTS), "{\"files\":[\"a\",\"b\"]}");
	assert_int_equal(3, table_attempt(&t, live_of(&t, run, INSTANCE(LOAD, 1)))->try_number);
	succeed_all(&t);
	table_close(&t);
}

static void
a_cancelled_run_cancels_them(void **state)
{
	struct table t;
	int64_t run = open_run(&t, LIST);

	(void)state;
	end_leaving(&t, live_of(&t, run, LISTS), "{\"files\":[\"a\",\"b\"]}");
	assert_int_equal(command(&t, &(struct command){ .kind = COMMAND_CANCEL,
							.dag = "d",
							.run_id = "manual__2026-05-01" })
			     ->code,
			 REPLY_OK);
	assert_string_equal(task_is(&t, run, SUM), "cancelled");
	end_with(&t, live_of(&t, run, INSTANCE(LOAD, 0)), OUTCOME_SIGNAL);
	assert_string_equal(task_is(&t, run, LOAD), "expanded");
	end_with(&t, live_of(&t, run, INSTANCE(LOAD, 1)), OUTCOME_SIGNAL);
	assert_string_equal(task_is(&t, run, LOAD), "cancelled");
	assert_string_equal(run_is(&t, run), "cancelled");
	table_close(&t);
}

#define PREPARED                                                                           \
	"dag: d\nmax_active_runs: 4\nschedule: {partition: day}\nstart_date: 2026-05-01\n" \
	"tasks:\n"                                                                         \
	"  prepare: {operator: command, run: [x], setup: true, outputs: {at: string}}\n"   \
	"  load: {operator: command, needs: prepare, expand: [a, b], "                     \
	"run: [x, \"{{ outputs.prepare.at }}\"], outputs: {n: int64}}\n"                   \
	"  finish: {operator: command, needs: load, run: [x], teardown: prepare}\n"

enum { FINISH = 2 };

/* An instance that is done again is asked anew, as a task is: its setup is made again before it. */
static void
an_instance_waits_for_what_is_done_again_before_it(void **state)
{
	struct table t;
	int64_t run = open_run(&t, PREPARED);

	(void)state;
	end_leaving(&t, live_of(&t, run, LISTS), "{\"at\":\"x\"}");
	end_leaving(&t, live_of(&t, run, INSTANCE(LOAD, 0)), "{\"n\":1}");
	end_with(&t, live_of(&t, run, INSTANCE(LOAD, 1)), OUTCOME_ERROR);
	succeed(&t, run, FINISH);
	assert_int_equal(clear(&t, NULL, true)->code, REPLY_OK);
	assert_string_equal(instance_is(&t, run, 0), "success");
	assert_string_equal(instance_is(&t, run, 1), "none");
	restart(&t);
	assert_string_equal(instance_is(&t, run, 1), "none");
	end_leaving(&t, live_of(&t, run, LISTS), "{\"at\":\"y\"}");
	assert_string_equal("y",
			    given(&t, live_of(&t, run, INSTANCE(LOAD, 1)), "outputs.prepare.at"));
	end_with(&t, live_of(&t, run, INSTANCE(LOAD, 1)), OUTCOME_ERROR);
	succeed(&t, run, FINISH);
	assert_int_equal(clear(&t, "load[1]", false)->code, REPLY_OK);
	end_with(&t, live_of(&t, run, LISTS), OUTCOME_ERROR);
	assert_string_equal(instance_is(&t, run, 0), "success");
	assert_string_equal(instance_is(&t, run, 1), "upstream_failed");
	assert_string_equal(task_is(&t, run, LOAD), "upstream_failed");
	assert_string_equal(run_is(&t, run), "failed");
	assert_int_equal(clear(&t, NULL, true)->code, REPLY_OK);
	end_leaving(&t, live_of(&t, run, LISTS), "{\"at\":\"z\"}");
	succeed_all(&t);
	assert_string_equal(run_is(&t, run), "success");
	table_close(&t);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_item_is_an_instance_and_what_they_leave_is_one_list),
		cmocka_unit_test(a_list_without_items_skips_and_one_that_is_none_fails),
		cmocka_unit_test(a_list_of_more_than_a_thousand_items_fails_its_task),
		cmocka_unit_test(rules_count_instances),
		cmocka_unit_test(several_lists_are_all_combinations),
		cmocka_unit_test(what_each_instance_left_is_a_level_of_its_own),
		cmocka_unit_test(an_instance_of_two_levels_is_cleared_by_its_name),
		cmocka_unit_test(lists_of_lists_that_are_none_fail_and_what_was_skipped_has_none),
		cmocka_unit_test(levels_that_are_edited_begin_anew),
		cmocka_unit_test(only_what_failed_is_cleared_and_the_list_is_kept),
		cmocka_unit_test(one_instance_is_cleared_by_its_name),
		cmocka_unit_test(a_producer_that_is_cleared_makes_a_new_list),
		cmocka_unit_test(an_edit_keeps_the_list_unless_it_says_another),
		cmocka_unit_test(a_cancelled_run_cancels_them),
		cmocka_unit_test(an_instance_waits_for_what_is_done_again_before_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
