/* test_history.c - runs by when they were worked on, and whose failure kept a task from running. */
#include "core/view/history.h"

#include "core/base/hash.h"
#include "core/base/mem.h"
#include "core/view/blame.h"
#include "core/view/run.h"
#include "scheduler/store/commit.h"
#include "scheduler/store/store.h"

#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* a -> b -> d, c -> d */
static const char text[] = "dag: sales\n"
			   "tasks:\n"
			   "  a: {operator: command, run: [\"true\"]}\n"
			   "  b: {operator: command, needs: [a], run: [\"true\"]}\n"
			   "  c: {operator: command, run: [\"true\"]}\n"
			   "  d: {operator: command, needs: [b, c], run: [\"true\"]}\n";

enum { DAY = 20574 }; /* 2026-05-01 */

struct fixture {
	char dir[64];
	struct store *store;
	struct view *view;
	char digest[DIGEST_CHARS + 1];
};

static int
remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st;
	(void)kind;
	(void)at;
	return remove(path);
}

static void
commit(struct fixture *f, struct change c)
{
	struct err err = { 0 };

	if (store_commit(f->store, &c, 1, &err))
		fail_msg("%s", err.msg);
}

static int
setup(void **state)
{
	struct fixture *f = mem_new(1, sizeof(*f));
	struct err err = { 0 };

	(void)snprintf(f->dir, sizeof(f->dir), "/tmp/tidemill-history-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	digest_of(text, strlen(text), f->digest);
	if (store_open(&f->store, f->dir, HOLDER_SCHEDULER, &err))
		fail_msg("%s", err.msg);
	commit(f, (struct change){ .kind = CHANGE_DEF,
				   .def = { f->digest, "sales", "dags/sales.yaml", text } });
	commit(f, (struct change){ .kind = CHANGE_DAG,
				   .dag = { "sales", f->digest, true, false, DAY * DAY_US, 0 } });
	if (view_open(&f->view, f->dir, &err))
		fail_msg("%s", err.msg);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	view_close(f->view);
	store_close(f->store);
	assert_int_equal(nftw(f->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
	free(f);
	return 0;
}

/* The run of day `key`, worked on at an hour of 2026-06-01; a negative one: made then, not begun.
 */
static void
put_run(struct fixture *f, int64_t key, enum run_state state, int hour)
{
	char run_id[RUN_ID_CHARS + 1];

	(void)snprintf(run_id, sizeof(run_id), "r%d", (int)key);
	commit(f, (struct change){
		      .kind = CHANGE_RUN,
		      .run = { .key = key,
			       .dag = "sales",
			       .run_id = run_id,
			       .type = RUN_MANUAL,
			       .state = state,
			       .epoch = 1,
			       .logical_us = (DAY + key) * DAY_US,
			       .start_us = (DAY + key) * DAY_US,
			       .end_us = (DAY + key) * DAY_US,
			       .digest = f->digest,
			       .created_us = (DAY + 31) * DAY_US + (hour < 0 ? -hour : 0) * HOUR_US,
			       .started_us = hour < 0 ? 0 : (DAY + 31) * DAY_US + hour * HOUR_US,
			       .ended_us = hour < 0 ? 0 : (DAY + 32) * DAY_US,
			       .params = "{}",
			       .waits = "" } });
}

/* The ids that a filter gives, and how many there are in all. */
static void
expect(struct fixture *f, struct history_filter filter, const char *ids, int64_t total)
{
	struct err err = { 0 };
	json_t *rows = NULL;
	int64_t counted = -1;
	struct buf got;
	size_t i;
	const json_t *row;

	if (view_history(f->view, &filter, &rows, &counted, &err))
		fail_msg("%s", err.msg);
	buf_init(&got, 4096);
	json_array_foreach(rows, i, row)
	{
		buf_format(&got, "%s%s", i ? " " : "", json_get_text(row, "run_id", ""));
	}
	assert_string_equal(got.data, ids);
	assert_int_equal(counted, total);
	buf_release(&got);
	json_decref(rows);
}

static void
the_newest_work_comes_first_whatever_its_date(void **state)
{
	struct fixture *f = *state;
	const int64_t five = (DAY + 31) * DAY_US + 5 * HOUR_US;

	put_run(f, 1, RUN_SUCCESS, 9);
	put_run(f, 2, RUN_FAILED, 3);
	put_run(f, 3, RUN_SUCCESS, 5);
	put_run(f, 4, RUN_QUEUED, -7);
	expect(f, (struct history_filter){ 0 }, "r1 r4 r3 r2", 4);
	expect(f, (struct history_filter){ .by_date = true }, "r4 r3 r2 r1", 4);
	expect(f, (struct history_filter){ .limit = 2 }, "r1 r4", 4);
	expect(f, (struct history_filter){ .dag = "sales", .limit = 1 }, "r1", 4);
	expect(f, (struct history_filter){ .dag = "none" }, "", 0);
	expect(f, (struct history_filter){ .state = "success" }, "r1 r3", 2);
	expect(f, (struct history_filter){ .state = "failed", .dag = "sales" }, "r2", 1);
	expect(f, (struct history_filter){ .since_us = five }, "r1 r4 r3", 3);
	expect(f, (struct history_filter){ .since_us = five, .limit = 1, .by_date = true }, "r4",
	       3);
}

static void
put_task(struct fixture *f, int index, const char *task, enum task_state state)
{
	commit(f, (struct change){ .kind = CHANGE_TASK,
				   .task = { .run = 1,
					     .index = index,
					     .map_index = -1,
					     .task = task,
					     .state = state,
					     .since_us = DAY * DAY_US,
					     .waits = "" } });
}

static void
a_task_that_could_not_run_names_who_failed(void **state)
{
	struct fixture *f = *state;
	json_t *run = NULL, *tasks = NULL;
	struct err err = { 0 };
	char *got;

	put_run(f, 1, RUN_FAILED, 1);
	put_task(f, 0, "a", TASK_FAILED);
	put_task(f, 1, "b", TASK_UPSTREAM_FAILED);
	put_task(f, 2, "c", TASK_SUCCESS);
	put_task(f, 3, "d", TASK_UPSTREAM_FAILED);
	if (view_run(f->view, "sales", "r1", &run, &err) || view_tasks(f->view, 1, &tasks, &err) ||
	    view_blame(f->view, run, tasks, &err))
		fail_msg("%s", err.msg);
	assert_null(json_object_get(json_array_get(tasks, 0), "failed_upstream"));
	got = json_dumps(json_object_get(json_array_get(tasks, 3), "failed_upstream"),
			 JSON_COMPACT);
	assert_string_equal(got, "[\"a\"]");
	free(got);
	json_decref(tasks);
	json_decref(run);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_newest_work_comes_first_whatever_its_date,
						setup, teardown),
		cmocka_unit_test_setup_teardown(a_task_that_could_not_run_names_who_failed, setup,
						teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
