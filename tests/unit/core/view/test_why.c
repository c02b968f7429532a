/* test_why.c - what is said of a run of many tasks. */
#include "core/base/hash.h"
#include "core/view/blame.h"
#include "core/view/dag.h"
#include "core/view/paged.h"
#include "core/view/run.h"
#include "core/view/stale.h"
#include "core/view/why.h"
#include "tests/fixture/store.h"

/* Each task but the first needs the one before it, or the first. */
enum { TASKS = 250, KEPT = 1 + KNOWN_DAGS_MAX };

static char *
make_text(const char *dag, bool chain)
{
	struct buf b;
	char *text;

	buf_init(&b, 1 << 20);
	buf_format(&b, "dag: %s\ndescription: %040000d\ntasks:\n", dag, 0);
	for (int i = 0; i < TASKS; i++) {
		buf_format(&b, "  t%d: {operator: command, run: [x]", i);
		if (i)
			buf_format(&b, ", needs: [t%d]", chain ? i - 1 : 0);
		buf_text(&b, "}\n");
	}
	text = buf_give(&b);
	buf_release(&b);
	return text;
}

static void
put(struct store *s, struct change change)
{
	struct err err = { 0 };

	if (store_commit(s, &change, 1, &err))
		fail_msg("%s", err.msg);
}

/* A dag with one run, that is under way; the states of its first task and of the others. */
static void
put_rows(const struct fixture *f, const char *dag, bool chain, enum task_state first,
	 enum task_state others)
{
	char digest[DIGEST_CHARS + 1], *text = make_text(dag, chain);
	struct store *s = open_store(f);
	struct change c = run_change(1);

	digest_of(text, strlen(text), digest);
	put(s, (struct change){ .kind = CHANGE_DEF, .def = { digest, dag, "dags/x.yaml", text } });
	put(s, (struct change){ .kind = CHANGE_DAG,
				.dag = { dag, digest, true, false, INT64_MIN, 0 } });
	c.run.dag = dag;
	c.run.digest = digest;
	if (first != TASK_NONE)
		put(s, c);
	for (int i = 0; first != TASK_NONE && i < TASKS; i++) {
		char name[16];

		(void)snprintf(name, sizeof(name), "t%d", i);
		c = task_change(1, i);
		c.task.task = name;
		c.task.state = i ? others : first;
		put(s, c);
	}
	store_close(s);
	free(text);
}

static struct view *
look(const struct fixture *f)
{
	struct view *view = NULL;
	struct err err = { 0 };

	if (view_open(&view, f->dir, &err))
		fail_msg("%s", err.msg);
	return view;
}

static json_t *
why(struct view *view, const char *task)
{
	struct err err = { 0 };
	json_t *out = NULL;

	if (view_why(view, "wide", task, NULL, &out, &err))
		fail_msg("%s", err.msg);
	return out;
}

static const json_t *
gate_at(const json_t *out, size_t at)
{
	return json_array_get(json_object_get(out, "gates"), at);
}

/* The gates of a run end in time, and what only waits for others is none of them. */
static void
a_run_of_many_tasks_says_what_the_first_hundred_wait_for(void **state)
{
	struct fixture *f = *state;
	struct view *view;
	json_t *out;

	put_rows(f, "wide", false, TASK_SUCCESS, TASK_SCHEDULED);
	view = look(f);
	out = why(view, NULL);
	assert_int_equal(json_array_size(json_object_get(out, "gates")), WHY_GATES_MAX);
	/* The first gate is that nobody is there. */
	assert_string_equal(json_get_text(gate_at(out, 1), "task", ""), "t1");
	assert_string_equal(json_get_text(gate_at(out, WHY_GATES_MAX - 1), "task", ""), "t99");
	json_decref(out);
	out = why(view, "t249");
	assert_int_equal(json_array_size(json_object_get(out, "gates")), 2);
	assert_string_equal(json_get_text(gate_at(out, 1), "gate", ""), "pool");
	json_decref(out);
	view_close(view);
}

static void
what_waits_for_others_is_said_of_it_alone(void **state)
{
	struct fixture *f = *state;
	struct view *view;
	json_t *out;

	put_rows(f, "wide", true, TASK_RUNNING, TASK_NONE);
	view = look(f);
	out = why(view, NULL);
	assert_int_equal(json_array_size(json_object_get(out, "gates")), 2);
	assert_string_equal(json_get_text(gate_at(out, 1), "task", ""), "t0");
	json_decref(out);
	out = why(view, "t1");
	assert_string_equal(json_get_text(gate_at(out, 1), "text", ""),
			    "it waits for t0 (running)");
	json_decref(out);
	view_close(view);
}

/* A page of tasks need not have the one that failed on it. */
static void
a_failure_is_named_wherever_in_the_run_it_is(void **state)
{
	struct fixture *f = *state;
	json_t *run = NULL, *tasks = NULL, *names;
	struct view *view;
	struct err err;

	put_rows(f, "wide", true, TASK_FAILED, TASK_UPSTREAM_FAILED);
	view = look(f);
	assert_int_equal(view_run(view, "wide", NULL, &run, &err), ERR_NONE);
	assert_int_equal(view_tasks_after(view, 1, "t200", 10, &tasks, &err), ERR_NONE);
	assert_int_equal(view_blame(view, run, tasks, &err), ERR_NONE);
	names = json_object_get(json_array_get(tasks, 9), "failed_upstream");
	assert_int_equal(json_array_size(names), 1);
	assert_string_equal(json_string_value(json_array_get(names, 0)), "t0");
	json_decref(run);
	json_decref(tasks);
	view_close(view);
}

/* A server that keeps parsed definitions says what one says that does not. */
static void
a_definition_that_is_remembered_says_the_same(void **state)
{
	struct stale_memory memory = { 0 };
	struct fixture *f = *state;
	struct view *view;
	struct err err;

	for (int i = 0; i < KEPT; i++) {
		char name[16];

		(void)snprintf(name, sizeof(name), "d%d", i);
		put_rows(f, name, i % 2, TASK_NONE, TASK_NONE);
	}
	view = look(f);
	for (int i = 0; i < 3 * KEPT; i++) {
		json_t *fresh = NULL, *kept = NULL;
		char name[16];

		(void)snprintf(name, sizeof(name), "d%d", i % KEPT);
		stale_remember(view, NULL);
		assert_int_equal(view_dag(view, name, 0, &fresh, &err), ERR_NONE);
		stale_remember(view, &memory);
		for (int again = 0; again < 2; again++) {
			assert_int_equal(view_dag(view, name, 0, &kept, &err), ERR_NONE);
			assert_true(json_equal(kept, fresh));
			json_decref(kept);
		}
		json_decref(fresh);
	}
	assert_non_null(memory.definitions.dags[KNOWN_DAGS_MAX - 1]);
	stale_memory_release(&memory);
	view_close(view);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    a_run_of_many_tasks_says_what_the_first_hundred_wait_for, setup, teardown),
		cmocka_unit_test_setup_teardown(what_waits_for_others_is_said_of_it_alone, setup,
						teardown),
		cmocka_unit_test_setup_teardown(a_failure_is_named_wherever_in_the_run_it_is, setup,
						teardown),
		cmocka_unit_test_setup_teardown(a_definition_that_is_remembered_says_the_same,
						setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
