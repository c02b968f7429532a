/* test_paged.c - lists a page at a time: nothing is left out, nothing comes twice. */
#include "core/view/paged.h"

#include "core/base/db.h"
#include "core/base/mem.h"
#include "core/view/dataset.h"
#include "scheduler/store/store.h"

#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

enum { RUNS = 30, EVERY = 7 };

struct fixture {
	char dir[64];
	struct view *view;
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
run_sql(const struct fixture *f, const char *sql)
{
	char *path = mem_format("%s/.tidemill/state.db", f->dir);
	struct db *db = NULL;
	struct err err;

	if (db_open_writer(&db, path, &err) || db_exec(db, sql, &err))
		fail_msg("%s", err.msg);
	db_close(db);
	free(path);
}

/* Thirty runs of two dags in turn, two to a logical date; each third failed, of which two tasks. */
static const char rows[] =
    "INSERT INTO def (digest, dag, file, text) VALUES ('x', 'x', 'dags/x.yaml', 'no yaml: ['),"
    "('a', 'a', 'dags/a.yaml', 'dag: a\nowner: ann\ndescription: The a\ntasks:\n"
    "  t: {operator: command, run: [x]}\n');"
    "INSERT INTO dag (dag, digest, present, paused, live_since_us) VALUES ('a', 'a', 1, 0, 0),"
    "('b', 'x', 1, 1, 0), ('ab', 'x', 0, 0, 0), ('c', 'x', 1, 0, 0);"
    "WITH n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 30)"
    "INSERT INTO run (key, dag, run_id, type, state, epoch, logical_us, start_us, end_us, digest,"
    " created_us, started_us, ended_us, params, waits)"
    "SELECT i, iif(i % 2, 'a', 'b'), 'r' || i, 'manual', iif(i % 3, 'success', 'failed'), 1,"
    " (i + 1) / 2 * 1000000, 0, 0, 'a', 0, 0, i, '{}', '' FROM n;"
    "WITH t(j, name) AS (VALUES (0, 't0'), (1, 't1'), (2, 't2'), (3, 't3'))"
    "INSERT INTO task (run, task_index, task, state, tries, failures, losses, since_us, waits)"
    "SELECT key, j, name, iif(run.state = 'failed' AND j IN (1, 3), 'failed', 'success'), 1, 0, 0,"
    " 0, '' FROM run, t;"
    "INSERT INTO attempt (key, run, task_index, task, epoch, try_number, state, cancel, token,"
    " exit_code, signal, created_us, message)"
    "SELECT run * 10 + task_index, run, task_index, task, 1, 1, state, 0, '', 0, 0, 0, '' FROM "
    "task;";

static int
setup(void **state)
{
	struct fixture *f = mem_new(1, sizeof(*f));
	struct store *store = NULL;
	struct err err;

	(void)snprintf(f->dir, sizeof(f->dir), "/tmp/tidemill-paged-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	if (store_open(&store, f->dir, HOLDER_SCHEDULER, &err))
		fail_msg("%s", err.msg);
	store_close(store);
	run_sql(f, rows);
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
	assert_int_equal(nftw(f->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
	free(f);
	return 0;
}

/* Keys or names of a list, one after the other. */
static void
expect_list(json_t *list, const char *key, const char *want)
{
	const json_t *row;
	struct buf got;
	size_t i;

	buf_init(&got, 1 << 16);
	json_array_foreach(list, i, row)
	{
		const json_t *value = json_object_get(row, key);

		buf_text(&got, i ? " " : "");
		if (json_is_string(value))
			buf_text(&got, json_string_value(value));
		else
			buf_format(&got, "%lld", (long long)json_integer_value(value));
	}
	assert_string_equal(got.data, want);
	buf_release(&got);
	json_decref(list);
}

static json_t *
runs(const struct fixture *f, const struct runs_page *page)
{
	json_t *out = NULL;
	struct err err;

	if (view_runs_page(f->view, page, &out, &err))
		fail_msg("%s", err.msg);
	return out;
}

static void
pages_of_runs_join_without_a_gap_in_both_directions(void **state)
{
	static const char *const dags[] = { NULL, "a" }, *const states[] = { NULL, "failed" };
	struct fixture *f = *state;

	for (size_t way = 0; way < 4; way++) {
		struct runs_page page = { .dag = dags[way & 1], .state = states[way >> 1] };
		json_t *all = runs(f, &page), *part;
		size_t n = json_array_size(all), at = 0;

		assert_int_equal(n, RUNS / (way & 1 ? 2 : 1) / (way >> 1 ? 3 : 1));
		page.limit = EVERY;
		do { /* towards the oldest */
			part = runs(f, &page);
			for (size_t i = 0; i < json_array_size(part); i++, at++)
				assert_true(
				    json_equal(json_array_get(part, i), json_array_get(all, at)));
			page.before = json_get_int(json_array_get(all, at - 1), "key", 0);
			json_decref(part);
		} while (at < n);
		part = runs(f, &page);
		assert_int_equal(json_array_size(part), 0);
		json_decref(part);
		page.before = 0;
		page.after = VIEW_FROM_OLDEST;
		do { /* and back, each page in the same order */
			size_t rows_here;

			part = runs(f, &page);
			rows_here = json_array_size(part);
			assert_true(rows_here > 0);
			for (size_t i = 0; i < rows_here; i++)
				assert_true(json_equal(json_array_get(part, i),
						       json_array_get(all, at - rows_here + i)));
			at -= rows_here;
			page.after = json_get_int(json_array_get(part, 0), "key", 0);
			json_decref(part);
		} while (at > 0);
		json_decref(all);
	}
}

static void
cells_stand_beside_the_tasks_that_were_asked_for(void **state)
{
	struct fixture *f = *state;
	json_t *list = runs(f, &(struct runs_page){ .dag = "a", .limit = 2 });
	json_t *tasks = json_pack("[s, s, s]", "t3", "gone", "t0"), *cells;
	struct err err;

	if (view_add_cells(f->view, list, tasks, &err))
		fail_msg("%s", err.msg);
	cells = json_object_get(json_array_get(list, 1), "cells"); /* run 27, which failed */
	assert_int_equal(json_array_size(cells), 3);
	assert_string_equal(json_get_text(json_array_get(cells, 0), "state", ""), "failed");
	assert_true(json_is_null(json_array_get(cells, 1)));
	assert_string_equal(json_get_text(json_array_get(cells, 2), "state", ""), "success");
	json_decref(tasks);
	json_decref(list);
}

static void
what_failed_comes_before_what_is_done(void **state)
{
	struct fixture *f = *state;
	json_t *out = NULL;
	struct err err;

	assert_int_equal(view_tasks_page(f->view, 3, NULL, 10, 0, &out, &err), ERR_NONE);
	expect_list(out, "task", "t1 t3 t0 t2");
	assert_int_equal(view_tasks_page(f->view, 3, NULL, 2, 1, &out, &err), ERR_NONE);
	expect_list(out, "task", "t3 t0");
	assert_int_equal(view_tasks_page(f->view, 3, "success", 10, 0, &out, &err), ERR_NONE);
	expect_list(out, "task", "t0 t2");
	assert_int_equal(view_attempts_page(f->view, 3, 3, &out, &err), ERR_NONE);
	expect_list(out, "key", "33 31 32");
	assert_int_equal(view_task(f->view, 3, "t2", &out, &err), ERR_NONE);
	assert_string_equal(json_get_text(out, "state", ""), "success");
	json_decref(out);
	assert_int_equal(view_task(f->view, 3, "t9", &out, &err), ERR_NOT_FOUND);
}

static void
pages_of_tasks_join_in_the_order_of_the_file(void **state)
{
	struct fixture *f = *state;
	json_t *tasks = json_pack("[{s:s}, {s:s}]", "task", "t3", "task", "t1"), *out = NULL;
	struct err err;

	assert_int_equal(view_tasks_after(f->view, 3, NULL, 3, &out, &err), ERR_NONE);
	expect_list(out, "task", "t0 t1 t2");
	assert_int_equal(view_tasks_after(f->view, 3, "t2", 3, &out, &err), ERR_NONE);
	expect_list(out, "task", "t3");
	assert_int_equal(view_tasks_after(f->view, 3, "t3", 3, &out, &err), ERR_NONE);
	expect_list(out, "task", "");
	assert_int_equal(view_tasks_after(f->view, 3, "t9", 3, &out, &err), ERR_INPUT);
	assert_int_equal(view_attempts_of(f->view, 3, tasks, &out, &err), ERR_NONE);
	expect_list(out, "key", "31 33");
	json_decref(tasks);
}

static void
each_failed_run_names_its_first_failed_tasks(void **state)
{
	struct fixture *f = *state;
	json_t *list = runs(f, &(struct runs_page){ .dag = "a", .limit = 2, .bare = true });
	struct err err;

	assert_int_equal(view_add_culprits(f->view, list, 5, &err), ERR_NONE);
	assert_int_equal(json_array_size(json_object_get(json_array_get(list, 0), "culprits")), 0);
	assert_true(json_is_null(json_object_get(json_array_get(list, 0), "tasks")));
	assert_int_equal(json_array_size(json_object_get(json_array_get(list, 1), "culprits")), 2);
	assert_int_equal(view_add_culprits(f->view, list, 1, &err), ERR_NONE);
	assert_int_equal(json_array_size(json_object_get(json_array_get(list, 1), "culprits")), 1);
	assert_string_equal(json_string_value(json_array_get(
				json_object_get(json_array_get(list, 1), "culprits"), 0)),
			    "t1");
	json_decref(list);
}

static json_t *
dags(const struct fixture *f, struct dags_page page)
{
	json_t *out = NULL;
	struct err err;

	if (view_dags_page(f->view, &page, &out, &err))
		fail_msg("%s", err.msg);
	return out;
}

static void
dags_are_found_by_name_and_by_what_they_are(void **state)
{
	struct dags_page any = { .present = -1, .paused = -1 }, page = any;
	struct fixture *f = *state;
	json_t *out = dags(f, any);

	assert_string_equal(json_get_text(json_array_get(out, 0), "owner", ""), "ann");
	assert_string_equal(json_get_text(json_array_get(out, 0), "description", ""), "The a");
	expect_list(out, "dag", "a ab b c");
	page.limit = 2;
	page.after = "a";
	expect_list(dags(f, page), "dag", "ab b");
	page.after = NULL;
	page.before = "c";
	expect_list(dags(f, page), "dag", "ab b");
	page = any;
	page.search = "B";
	expect_list(dags(f, page), "dag", "ab b");
	page = any;
	page.present = 0;
	expect_list(dags(f, page), "dag", "ab");
	page.present = 1;
	page.paused = 0;
	expect_list(dags(f, page), "dag", "a c");
}

static void
pages_of_partitions_join_without_a_gap_in_both_directions(void **state)
{
	struct partitions_page page = { .dataset = "d", .limit = 3 };
	struct fixture *f = *state;
	json_t *out = NULL;
	struct err err;

	run_sql(f,
		"WITH n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 7)"
		"INSERT INTO partition (dataset, part, version, digest, rows, bytes, partial,"
		" epoch, published_us, inputs) SELECT 'd', 20574 + i, 1, 'x', 1, 1, 0, 1, 0, '[]'"
		" FROM n WHERE i <> 5");
	assert_int_equal(view_partitions_page(f->view, &page, &out, &err), ERR_NONE);
	expect_list(out, "partition", "2026-05-08 2026-05-07 2026-05-05");
	page.before = "2026-05-05";
	assert_int_equal(view_partitions_page(f->view, &page, &out, &err), ERR_NONE);
	expect_list(out, "partition", "2026-05-04 2026-05-03 2026-05-02");
	page.before = "2026-05-02";
	assert_int_equal(view_partitions_page(f->view, &page, &out, &err), ERR_NONE);
	expect_list(out, "partition", "2026-05-01");
	page.before = NULL;
	page.after = VIEW_FROM_EARLIEST;
	assert_int_equal(view_partitions_page(f->view, &page, &out, &err), ERR_NONE);
	expect_list(out, "partition", "2026-05-03 2026-05-02 2026-05-01");
	page.after = "2026-05-03";
	assert_int_equal(view_partitions_page(f->view, &page, &out, &err), ERR_NONE);
	expect_list(out, "partition", "2026-05-07 2026-05-05 2026-05-04");
	page.after = "yesterday";
	assert_int_equal(view_partitions_page(f->view, &page, &out, &err), ERR_INPUT);
}

static void
a_dataset_that_nobody_wrote_or_checked_is_refused(void **state)
{
	struct fixture *f = *state;
	struct err err;

	assert_int_equal(view_know_checked(f->view, "d", &err), ERR_INPUT);
	run_sql(f, "INSERT INTO check_result (attempt, seq, dataset) VALUES (10, 0, 'd')");
	assert_int_equal(view_know_checked(f->view, "d", &err), ERR_NONE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(pages_of_runs_join_without_a_gap_in_both_directions,
						setup, teardown),
		cmocka_unit_test_setup_teardown(cells_stand_beside_the_tasks_that_were_asked_for,
						setup, teardown),
		cmocka_unit_test_setup_teardown(what_failed_comes_before_what_is_done, setup,
						teardown),
		cmocka_unit_test_setup_teardown(pages_of_tasks_join_in_the_order_of_the_file, setup,
						teardown),
		cmocka_unit_test_setup_teardown(each_failed_run_names_its_first_failed_tasks, setup,
						teardown),
		cmocka_unit_test_setup_teardown(dags_are_found_by_name_and_by_what_they_are, setup,
						teardown),
		cmocka_unit_test_setup_teardown(
		    pages_of_partitions_join_without_a_gap_in_both_directions, setup, teardown),
		cmocka_unit_test_setup_teardown(a_dataset_that_nobody_wrote_or_checked_is_refused,
						setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
