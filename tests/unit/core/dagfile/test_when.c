/* test_when.c - `when:` of a task: the names it knows, mistakes under the caret, what it says. */
#include "core/dagfile/dagfile.h"
#include "core/dagfile/when.h"
#include "tests/fixture/dagfile.h"

#include <string.h>

#define TASKS                                                                              \
	"dag: d\n"                                                                         \
	"params: {n: {type: int, default: 3}, mode: {default: full}, "                     \
	"share: {type: number, default: 0.5}, on: {type: bool, default: true}, a-b: {}}\n" \
	"tasks:\n"                                                                         \
	"  up: {operator: command, run: [x]}\n"                                            \
	"  far: {operator: command, run: [x]}\n"                                           \
	"  t: {operator: command, run: [x], needs: up, when: "

#define SAYS                                                                               \
	"dag: d\ntasks:\n"                                                                 \
	"  say: {operator: command, run: [x], outputs: {rows: int64, share: float64, "     \
	"mode: string, ok: bool, day: date, at: timestamp, took: duration, more: json}}\n" \
	"  far: {operator: command, run: [x], outputs: {n: int64}}\n"                      \
	"  t: {operator: command, run: [x], needs: say, when: "

static void
a_mistake_in_outputs_is_shown_where_it_is(void **state)
{
	static const struct mistake cases[] = {
		{ "no task", SAYS "\"outputs.saw.rows > 1\"}\n",
		  "5:63 'when': there is no task 'saw' => did you mean 'say'?" },
		{ "not upstream", SAYS "\"outputs.far.n > 1\"}\n",
		  "5:63 'when': task 'far' does not come directly before 't' => add it to 'needs' "
		  "of 't'" },
		{ "no output", SAYS "\"outputs.say.row > 1\"}\n",
		  "5:67 'when': task 'say' declares no output 'row' => did you mean 'rows'?" },
		{ "no key", SAYS "\"outputs.say > 1\"}\n",
		  "5:55 'when': a name that begins with 'outputs' has 3 parts => write "
		  "outputs.NAME.KEY" },
		{ "text with number", SAYS "\"outputs.say.mode = 5\"}\n",
		  "5:74 'when': text is compared with int64" },
		{ "json with number", SAYS "\"outputs.say.more = 5\"}\n",
		  "5:74 'when': json is compared with int64" },
		{ "a date that is none", SAYS "\"outputs.say.day = '2026-02-30'\"}\n",
		  "5:73 'when': '2026-02-30' is no date" },
		{ "a type that is none",
		  "dag: d\ntasks:\n  t: {operator: command, run: [x], outputs: "
		  "{rows: integer}}\n",
		  "3:52 'rows' has to be bool, int64, float64, string, date, timestamp, duration "
		  "or "
		  "json, not 'integer' => it is called 'int64' here" },
		{ "a name that is none",
		  "dag: d\ntasks:\n  t: {operator: command, run: [x], outputs: "
		  "{'a b': int64}}\n",
		  "3:46 'a b' cannot name a value: letters, digits, '_', '-' and '.', and not '-' "
		  "or '.' first" },
		{ "not of a command",
		  "dag: d\nschedule: {partition: day}\ndatasets: {a: {path: a, "
		  "schema: events}, b: {path: b, schema: events}}\ntasks:\n"
		  "  t: {operator: dedup, input: a, key: [event_id], output: b, "
		  "outputs: {n: int64}}\n",
		  "5:62 task 't' has no key 'outputs' => did you mean 'output'?" },
	};

	(void)state;
	assert_all(cases, countof(cases));
}

#define TOLD                                                                         \
	"dag: d\ntasks:\n"                                                           \
	"  g.up: {operator: command, run: [x], outputs: {n.of: int64, m: string}}\n" \
	"  far: {operator: command, run: [x], outputs: {n: int64}}\n"                \
	"  dumb: {operator: command, run: [x]}\n"                                    \
	"  t: {operator: command, needs: [g.up, dumb], run: [x, \""

static void
a_mistake_in_outputs_of_a_template_is_shown_where_it_is(void **state)
{
	static const struct mistake cases[] = {
		{ "no task", TOLD "a {{ outputs.g.op.m }}\"]}\n",
		  "6:70 'run': there is no task 'g.op' => did you mean 'g.up'?" },
		{ "not upstream", TOLD "{{ outputs.far.n }}\"]}\n",
		  "6:68 'run': task 'far' does not come directly before 't' => add 'far' to "
		  "'needs' "
		  "of 't'" },
		{ "itself", TOLD "{{ outputs.t.n }}\"]}\n",
		  "6:68 'run': task 't' does not come directly before 't' => a task has no outputs "
		  "before it has ended" },
		{ "no output", TOLD "{{ outputs.g.up.n.if }}\"]}\n",
		  "6:73 'run': task 'g.up' declares no output 'n.if' => did you mean 'n.of'?" },
		{ "none at all", TOLD "{{ outputs.dumb.n }}\"]}\n",
		  "6:68 'run': task 'dumb' declares no outputs => declare it under 'outputs'" },
		{ "no key", TOLD "{{ outputs.dumb }}\"]}\n",
		  "6:60 'run': 'outputs.dumb' is written outputs.TASK.NAME" },
		{ "a built-in operator",
		  "dag: d\nschedule: {partition: day}\ndatasets: {r: {path: r, schema: events}}\n"
		  "tasks:\n  up: {operator: command, run: [x], outputs: {n: string}}\n"
		  "  t: {operator: ingest, needs: up, output: r, event_time: timestamp,\n"
		  "    from: {path: \"{{ outputs.up.n }}\", format: jsonl}}\n",
		  "7:22 'path': a built-in operator is not given what other tasks left => let a "
		  "task of operator command take the value" },
	};
	struct dag *dag;

	(void)state;
	assert_all(cases, countof(cases));
	dag = read_good("d.yaml", TOLD "{{ outputs.g.up.n.of }} {{ outputs.g.up.m }} "
				       "{{ outputs.g.up.n.of }}\"]}\n");
	assert_int_equal(2, dag->tasks[3].n_given);
	assert_string_equal("outputs.g.up.n.of", dag->tasks[3].given[0].name);
	assert_int_equal(1, dag->tasks[3].given[1].output);
	dag_unref(dag);
}

#define MAPPED                                                                \
	"dag: d\ntasks:\n"                                                    \
	"  up: {operator: command, run: [x], outputs: {l: json, n: int64}}\n" \
	"  t: {operator: command, needs: up, run: [x, \"{{ item }}\"], "

static void
a_mistake_in_the_lists_of_a_task_is_shown_where_it_is(void **state)
{
	static const struct mistake cases[] = {
		{ "no list", MAPPED "expand: foo}\n",
		  "4:69 'expand' takes lists, and outputs and parameters that are lists => write "
		  "[a, b]" },
		{ "a filter", MAPPED "expand: \"{{ outputs.up.l | raw }}\"}\n",
		  "4:69 'expand' takes lists" },
		{ "no such parameter",
		  MAPPED "expand: \"{{ params.file }}\"}\nparams: {files: {type: list}}\n",
		  "4:73 'expand': there is no parameter 'file' => did you mean 'files'?" },
		{ "a parameter that is no list",
		  MAPPED "expand: \"{{ params.file }}\"}\nparams: {file: {type: int}}\n",
		  "4:73 'expand': parameter 'file' is no list => declare it with 'type: list'" },
		{ "more than a name", MAPPED "expand: \"x{{ outputs.up.l }}\"}\n",
		  "4:69 'expand' takes lists" },
		{ "no items", MAPPED "expand: []}\n",
		  "4:69 a list to expand has 1 to 1000 items, this has 0" },
		{ "an item that is a list", MAPPED "expand: [a, [b]]}\n",
		  "4:73 an item has to be a single value" },
		{ "no value", MAPPED "expand: [a, null]}\n",
		  "4:73 an item has to be a single value" },
		{ "no output", MAPPED "expand: \"{{ outputs.up.ll }}\"}\n",
		  "4:84 'expand': task 'up' declares no output 'll' => did you mean 'l'?" },
		{ "an output that is no list", MAPPED "expand: \"{{ outputs.up.n }}\"}\n",
		  "4:73 'expand': output 'n' of task 'up' is int64, and no list => declare it as "
		  "json" },
		{ "a list of lists of lists",
		  MAPPED "expand: [1], outputs: {l: json}}\n"
			 "  v: {operator: command, needs: t, run: [x], outputs: {l: json}, "
			 "expand: \"{{ outputs.t.l }}\"}\n"
			 "  w: {operator: command, needs: v, run: [x], "
			 "expand: \"{{ outputs.v.l }}\"}\n",
		  "6:46 task 'w' cannot be expanded: task 'v', whose lists it takes, has two "
		  "levels itself" },
		{ "a list of lists beside another",
		  MAPPED "expand: [1], outputs: {l: json}}\n"
			 "  v: {operator: command, needs: t, run: [x], "
			 "expand: {a: [1], b: \"{{ outputs.t.l }}\"}}\n",
		  "5:46 task 'v' cannot be expanded: task 't' is expanded itself, so that "
		  "outputs.t.l is a list of lists, beside another list" },
	};

	(void)state;
	assert_all(cases, countof(cases));
}

static void
a_mistake_in_what_a_task_is_expanded_over_is_shown_where_it_is(void **state)
{
	static const struct mistake cases[] = {
		{ "an item of another name",
		  MAPPED "expand: {a: [1]}, env: {X: \"{{ item.b }}\"}}\n",
		  "4:97 'X': 'expand' has no 'b' => did you mean 'a'?" },
		{ "an item without names", MAPPED "expand: [1], env: {X: \"{{ item.b }}\"}}\n",
		  "4:87 'X': the items of this task have no names => write {{ item }}" },
		{ "no expand", MAPPED "retries: 1}\n",
		  "4:50 'run': only a task that is expanded has an item => give the task an "
		  "'expand'" },
		{ "a setup", MAPPED "expand: [1], setup: true}\n",
		  "4:61 task 't' cannot be expanded: a setup or teardown is one task" },
		{ "a when that asks for a list",
		  MAPPED "expand: [1], outputs: {n: int64}}\n"
			 "  v: {operator: command, needs: t, run: [x], when: outputs.t.n > 1}\n",
		  "5:60 'when': task 't' is expanded: what its instances left is a list" },
		{ "an output dataset",
		  "dag: d\nschedule: {partition: day}\ndatasets: {r: {path: r, schema: events}}\n"
		  "tasks:\n  t: {operator: command, run: [x], output: r, expand: [1]}\n",
		  "5:47 task 't' cannot be expanded: its instances would all write the same "
		  "partition of its output" },
		{ "a built-in operator",
		  "dag: d\nschedule: {partition: day}\ndatasets: {r: {path: r, schema: events}, "
		  "e: {path: e, schema: events}}\ntasks:\n"
		  "  t: {operator: dedup, input: r, key: [event_id], output: e, expand: [1]}\n",
		  "5:62 task 't' cannot be expanded: only tasks that run a program are expanded" },
		{ "a group that is tried again",
		  "dag: d\ngroups: {g: {retries: 1, tasks: {t: {operator: command, run: [x], "
		  "expand: [1]}}}}\n",
		  "2:67 task 'g.t' cannot be expanded: its group is tried again as one" },
		{ "too many combinations",
		  MAPPED
		  "expand: {z: [1], a: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11], b: [1, 2, 3, 4, 5, 6, "
		  "7, 8, 9, 10], c: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]}}\n",
		  "4:69 the lists after the first have more than 1000 combinations" },
	};

	(void)state;
	assert_all(cases, countof(cases));
}

static void
a_mistake_is_shown_where_it_is(void **state)
{
	static const struct mistake cases[] = {
		{ "text with number", TASKS "\"params.mode = 5\"}\n",
		  "6:68 'when': text is compared with int64" },
		{ "number with text", TASKS "\"params.n = 'x'\"}\n",
		  "6:65 'when': int64 is compared with text => a number is written without quotes: "
		  "7" },
		{ "unknown parameter", TASKS "\"params.m = 1\"}\n",
		  "6:61 'when': 'm' is not a parameter of this dag => did you mean 'n'?" },
		{ "parameter with a dash", TASKS "\"params.a-b = 'x'\"}\n",
		  "6:61 'when': 'a' is not a parameter of this dag" },
		{ "misspelt state", TASKS "\"tasks.up.state = 'sucess'\"}\n",
		  "6:71 'when': tasks.up.state is never 'sucess' => did you mean 'success'?" },
		{ "state that no ended task has", TASKS "\"tasks.up.state = 'running'\"}\n",
		  "6:71 'when': tasks.up.state is never 'running' => it is one of success, "
		  "failed, skipped, upstream_failed, cancelled" },
		{ "not upstream", TASKS "\"tasks.far.state = 'failed'\"}\n",
		  "6:60 'when': task 'far' does not come directly before 't' => add it to 'needs' "
		  "of 't'" },
		{ "itself", TASKS "\"tasks.t.state = 'failed'\"}\n",
		  "6:60 'when': task 't' does not come directly before 't' => a task is not asked "
		  "about itself" },
		{ "no task", TASKS "\"tasks.u.state = 'failed'\"}\n",
		  "6:60 'when': there is no task 'u' => did you mean 'up'?" },
		{ "not a state", TASKS "\"tasks.up.status = 'failed'\"}\n",
		  "6:63 'when': a task has no 'status' here => write tasks.up.state" },
		{ "no outputs", TASKS "\"outputs.up.rows > 1\"}\n",
		  "6:62 'when': task 'up' declares no outputs" },
		{ "parts", TASKS "\"tasks.up = 'failed'\"}\n",
		  "6:54 'when': a name that begins with 'tasks' has 3 parts => write "
		  "tasks.NAME.state" },
		{ "bare parameter", TASKS "mode = 'full'}\n",
		  "6:53 'when': 'when' knows no 'mode' => write params.mode; a text stands in "
		  "quotes" },
		{ "misspelt name", TASKS "\"logical_dat > '2026-01-01'\"}\n",
		  "6:54 'when': 'when' knows no 'logical_dat' => did you mean 'logical_date'?" },
		{ "no condition", TASKS "params.n}\n",
		  "6:53 'when': true or false is wanted, this is int64 => compare it with "
		  "something, such as params.n = ..." },
		{ "no end", TASKS "\"params.n >\"}\n",
		  "6:63 'when': the expression ends here, a value is missing" },
		{ "no scalar", TASKS "[a]}\n", "6:53 'when' has to be a single value, not a list" },
	};

	(void)state;
	assert_all(cases, countof(cases));
}

static void
a_block_of_lines_has_its_caret_too(void **state)
{
	static const struct mistake one = {
		"block",
		"dag: d\nparams: {on: {type: bool, default: true}}\ntasks:\n"
		"  t:\n    operator: command\n    run: [x]\n    when: |\n"
		"      params.on\n      and params.on = 7\n",
		"9:23 'when': bool is compared with int64"
	};

	(void)state;
	assert_mistakes(&one, one.text, strlen(one.text));
}

static enum task_state
state_of(const void *ctx, uint32_t task)
{
	(void)task;
	return *(const enum task_state *)ctx;
}

static const char *
outputs_of(const void *ctx, uint32_t task)
{
	(void)ctx;
	(void)task;
	return NULL;
}

static enum task_state
success(const void *ctx, uint32_t task)
{
	(void)ctx;
	(void)task;
	return TASK_SUCCESS;
}

static const char *
what_say_left(const void *ctx, uint32_t task)
{
	return task == 0 ? ctx : NULL;
}

/* What the `when` at the end of a file that begins so says of these facts. */
static enum when_says
ask_of(const char *file, const char *when, struct when_facts *facts, struct err *err)
{
	enum when_says says;
	struct diags diags;
	struct dag *dag;
	char text[2000];

	(void)snprintf(text, sizeof(text), "%s\"%s\"}\n", file, when);
	diags_init(&diags);
	dag = read_bytes("f.yaml", text, strlen(text), &diags);
	assert_non_null(dag);
	diags_release(&diags);
	facts->dag = dag;
	says = when_ask(dag->tasks[2].when, facts, err);
	dag_unref(dag);
	return says;
}

/* What a `when` says after task `say` left something. */
static enum when_says
ask_outputs(const char *when, const char *left, struct err *err)
{
	struct when_facts facts = {
		.type = RUN_MANUAL, .state = success, .outputs = what_say_left, .ctx = left
	};

	return ask_of(SAYS, when, &facts, err);
}

static void
what_a_task_left_is_asked_for_by_its_type(void **state)
{
	static const char left[] = "{\"rows\":7,\"share\":0.5,\"mode\":\"full\",\"ok\":true,"
				   "\"day\":\"2026-05-02\",\"at\":\"2026-05-02T01:00:00+02:00\","
				   "\"took\":\"90s\",\"more\":{\"a\":{\"b\":3}}}";
	static const struct {
		const char *when, *left;
		enum when_says want;
	} cases[] = {
		{ "outputs.say.rows = 7 and outputs.say.share < 1", left, WHEN_YES },
		{ "outputs.say.mode in ('quick', 'full')", left, WHEN_YES },
		{ "outputs.say.ok", left, WHEN_YES },
		{ "outputs.say.day = '2026-05-02'", left, WHEN_YES },
		{ "outputs.say.at = '2026-05-01T23:00:00Z'", left, WHEN_YES },
		{ "outputs.say.took > 1m", left, WHEN_YES },
		{ "json_int(outputs.say.more, '$.a.b') = 3", left, WHEN_YES },
		{ "outputs.say.rows > 7", left, WHEN_NO },
		/* Skipped or failed: it left nothing. */
		{ "outputs.say.rows > 0", NULL, WHEN_NULL },
		{ "outputs.say.rows is null", NULL, WHEN_YES },
		{ "outputs.say.rows > 0 or tasks.say.state = 'success'", NULL, WHEN_YES },
		{ "outputs.say.rows > 0 and false", NULL, WHEN_NO },
		{ "coalesce(outputs.say.rows, 0) = 0", NULL, WHEN_YES },
		{ "outputs.say.rows is null", "{\"rows\":null}", WHEN_YES },
		/* Kept by another definition, with another type. */
		{ "outputs.say.rows is null", "{\"rows\":\"7\"}", WHEN_YES },
	};
	struct err err;

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		enum when_says says = ask_outputs(cases[i].when, cases[i].left, &err);

		if (says != cases[i].want)
			fail_msg("%s: %d, wanted %d", cases[i].when, (int)says, (int)cases[i].want);
	}
}

/* What a `when` says of a manual run on Saturday 2 May 2026, whose task `up` stands so. */
static enum when_says
ask(const char *when, const char *params, enum task_state up, struct err *err)
{
	struct when_facts facts = { .logical_us = INT64_C(20575) * DAY_US,
				    .start_us = INT64_C(20575) * DAY_US,
				    .end_us = INT64_C(20576) * DAY_US,
				    .type = RUN_MANUAL,
				    .params = params,
				    .state = state_of,
				    .outputs = outputs_of,
				    .ctx = &up };

	return ask_of(TASKS, when, &facts, err);
}

static void
it_is_asked_of_the_run(void **state)
{
	static const struct {
		const char *when, *params;
		enum task_state up;
		enum when_says want;
	} cases[] = {
		{ "params.n = 3", "{\"a-b\":\"x\"}", TASK_SUCCESS, WHEN_YES },
		{ "params.n = 3", "{\"a-b\":\"x\",\"n\":4}", TASK_SUCCESS, WHEN_NO },
		{ "params.mode = 'full' and params.share < 1 and params.on", "{\"a-b\":\"\"}",
		  TASK_SUCCESS, WHEN_YES },
		{ "params.`a-b` = 'x'", "{\"a-b\":\"x\"}", TASK_SUCCESS, WHEN_YES },
		{ "ds = '2026-05-02'", NULL, TASK_SUCCESS, WHEN_YES },
		{ "logical_date < '2026-05-02T00:00:00Z'", NULL, TASK_SUCCESS, WHEN_NO },
		{ "data_interval_end - data_interval_start = 1d", NULL, TASK_SUCCESS, WHEN_YES },
		{ "part('weekday', ds) in (6, 7)", NULL, TASK_SUCCESS, WHEN_YES },
		{ "run_type = 'manual'", NULL, TASK_SUCCESS, WHEN_YES },
		{ "date(logical_date, 'America/New_York') = '2026-05-01'", NULL, TASK_SUCCESS,
		  WHEN_YES },
		{ "date(logical_date, 'UTC') = ds", NULL, TASK_SUCCESS, WHEN_YES },
		{ "tasks.up.state = 'failed'", NULL, TASK_FAILED, WHEN_YES },
		{ "tasks.up.state in ('success', 'skipped')", NULL, TASK_FAILED, WHEN_NO },
		{ "nullif(1, 1) = 1", NULL, TASK_SUCCESS, WHEN_NULL },
		{ "null", NULL, TASK_SUCCESS, WHEN_NULL },
		{ "true", NULL, TASK_SUCCESS, WHEN_YES },
	};
	struct err err;

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		enum when_says says = ask(cases[i].when, cases[i].params, cases[i].up, &err);

		if (says != cases[i].want)
			fail_msg("%s: %d, wanted %d", cases[i].when, (int)says, (int)cases[i].want);
	}
}

static void
an_error_names_the_part_that_has_no_value(void **state)
{
	struct err err;

	(void)state;
	assert_int_equal(WHEN_ERROR, ask("params.n * 9223372036854775807 > 0", "{\"a-b\":\"\"}",
					 TASK_SUCCESS, &err));
	assert_string_equal("'params.n * 9223372036854775807': the result is beyond int64",
			    err.msg);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_mistake_is_shown_where_it_is),
		cmocka_unit_test(a_mistake_in_outputs_is_shown_where_it_is),
		cmocka_unit_test(a_mistake_in_the_lists_of_a_task_is_shown_where_it_is),
		cmocka_unit_test(a_mistake_in_what_a_task_is_expanded_over_is_shown_where_it_is),
		cmocka_unit_test(a_mistake_in_outputs_of_a_template_is_shown_where_it_is),
		cmocka_unit_test(what_a_task_left_is_asked_for_by_its_type),
		cmocka_unit_test(a_block_of_lines_has_its_caret_too),
		cmocka_unit_test(it_is_asked_of_the_run),
		cmocka_unit_test(an_error_names_the_part_that_has_no_value),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
