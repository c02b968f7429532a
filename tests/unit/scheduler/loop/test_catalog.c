/* test_catalog.c - broken edits, restarts, and what is told of them. */
#include "scheduler/loop/catalog.h"

#include "core/base/json.h"
#include "core/base/mem.h"
#include "scheduler/loop/job.h"
#include "scheduler/store/commit.h"
#include "scheduler/store/store.h"

#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static const char good_a[] = "dag: a\ntasks:\n  t: {operator: command, run: [\"true\"]}\n";
static const char good_b[] = "dag: b\ntasks:\n  t: {operator: command, run: [\"true\"]}\n";
static const char broken[] = "dag: a\ntasks: [\n";

struct fixture {
	char dir[64];
	struct catalog catalog;
	struct log log;
};

static void
put(const struct fixture *f, const char *name, const char *text)
{
	char *path = mem_format("%s/%s", f->dir, name);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	(void)close(fd);
	free(path);
}

static int
set_up(void **state)
{
	struct fixture *f = mem_new(1, sizeof(*f));
	char *path;

	(void)snprintf(f->dir, sizeof(f->dir), "/tmp/test_catalog.XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	path = mem_format("%s/dags", f->dir);
	assert_int_equal(mkdir(path, 0700), 0);
	free(path);
	path = mem_format("%s/.tidemill", f->dir);
	assert_int_equal(mkdir(path, 0700), 0);
	free(path);
	f->log = log_open("test", NULL);
	catalog_init(&f->catalog, &f->log);
	*state = f;
	return 0;
}

static int
drop(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st;
	(void)kind;
	(void)at;
	return remove(path);
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	catalog_release(&f->catalog);
	assert_int_equal(nftw(f->dir, drop, 16, FTW_DEPTH | FTW_PHYS), 0);
	free(f);
	return 0;
}

static void
read_again(struct fixture *f)
{
	struct err err;

	if (catalog_read(&f->catalog, f->dir, &err))
		fail_msg("%s", err.msg);
}

/* How many diagnostics the report for the status page has. */
static size_t
reported(const struct fixture *f)
{
	char *path = mem_format("%s/.tidemill/import-errors.json", f->dir);
	json_t *all = NULL;
	struct buf text;
	size_t n;

	buf_init(&text, 1 << 20);
	assert_int_equal(buf_read_file(&text, AT_FDCWD, path, NULL), ERR_NONE);
	assert_int_equal(json_read(&all, text.data, text.bytes, "a report", NULL), ERR_NONE);
	n = json_array_size(all);
	json_decref(all);
	buf_release(&text);
	free(path);
	return n;
}

static void
a_broken_edit_of_the_settings_leaves_all_limits(void **state)
{
	static const char *const edits[] = {
		"pools: {p: {slots: 3, rat: 1/s}}\nmax_active_tasks: 9\n",
		"pools: {p: {slots: 3}\n", "max_active_tasks: x\n"
	};
	static const char good[] = "pools: {p: {slots: 2}}\nmax_active_tasks: 4\n";
	struct fixture *f = *state;
	const struct limits *limits = &f->catalog.project.settings.limits;

	put(f, "dags/a.yaml", good_a);
	put(f, "tidemill.yaml", good);
	read_again(f);
	/* One after the other: what the second would leave is what the first did. */
	for (size_t i = 0; i < countof(edits); i++) {
		put(f, "tidemill.yaml", edits[i]);
		read_again(f);
		assert_true(f->catalog.problems > 0);
		assert_int_equal(limits->max_active_tasks, 4);
		assert_int_equal(limits_pool(limits, "p")->slots, 2);
	}
	put(f, "tidemill.yaml", "max_active_tasks: 5\n");
	read_again(f);
	assert_int_equal(limits->max_active_tasks, 5);
	assert_null(limits_pool(limits, "p"));
}

static void
a_broken_edit_leaves_the_last_good_dag(void **state)
{
	struct fixture *f = *state;
	const struct dag *before;

	put(f, "dags/a.yaml", good_a);
	put(f, "dags/b.yaml", good_b);
	read_again(f);
	assert_int_equal(f->catalog.project.n_dags, 2);
	assert_int_equal(f->catalog.problems, 0);
	assert_int_equal(reported(f), 0);
	before = f->catalog.project.dags[0];
	put(f, "dags/a.yaml", broken);
	read_again(f);
	assert_int_equal(f->catalog.project.n_dags, 2);
	assert_ptr_equal(f->catalog.project.dags[0], before);
	assert_true(f->catalog.problems > 0);
	assert_true(reported(f) > 0);
	put(f, "dags/a.yaml", good_a);
	read_again(f);
	assert_int_equal(f->catalog.problems, 0);
	assert_int_equal(reported(f), 0);
	assert_ptr_equal(f->catalog.project.dags[0], before); /* the same text: the same memory */
}

/* More files than mistakes are kept of. */
static void
many_broken_edits_leave_each_last_good_dag(void **state)
{
	enum { FILES = DIAGS_MAX + 50 };
	struct fixture *f = *state;
	char name[32], text[100];

	for (int again = 0; again < 2; again++) {
		for (int i = 0; i < FILES; i++) {
			(void)snprintf(name, sizeof(name), "dags/d%d.yaml", i);
			(void)snprintf(text, sizeof(text),
				       "dag: d%d\ntasks: {t: {operator: command, run: [x]}%s\n", i,
				       again ? "" : "}");
			put(f, name, text);
		}
		read_again(f);
		assert_int_equal(f->catalog.project.n_dags, FILES);
	}
	assert_int_equal(f->catalog.project.n_broken, FILES);
}

static void
a_dag_goes_with_its_file(void **state)
{
	struct fixture *f = *state;
	char *path = mem_format("%s/dags/a.yaml", f->dir);

	put(f, "dags/a.yaml", good_a);
	put(f, "dags/b.yaml", good_b);
	read_again(f);
	assert_int_equal(unlink(path), 0);
	read_again(f);
	assert_int_equal(f->catalog.project.n_dags, 1);
	assert_string_equal(f->catalog.project.dags[0]->id, "b");
	free(path);
}

/* The state of an earlier life, in which `text` was active as dag `a` of dags/a.yaml. */
static void
remember(const struct fixture *f, const char *text, bool present)
{
	char digest[DIGEST_CHARS + 1];
	const struct change changes[] = {
		{ .kind = CHANGE_DEF,
		  .def = { .digest = digest, .dag = "a", .file = "dags/a.yaml", .text = text } },
		{ .kind = CHANGE_DAG, .dag = { .dag = "a", .digest = digest, .present = present } },
	};
	struct store *store = NULL;
	struct err err;

	memset(digest, '0', DIGEST_CHARS);
	digest[DIGEST_CHARS] = '\0';
	if (store_open(&store, f->dir, HOLDER_SCHEDULER, &err) ||
	    store_commit(store, changes, 2, &err))
		fail_msg("%s", err.msg);
	store_close(store);
}

static void
the_last_good_dag_survives_a_restart(void **state)
{
	struct fixture *f = *state;

	remember(f, good_a, true);
	put(f, "dags/a.yaml", broken);
	put(f, "dags/b.yaml", good_b);
	read_again(f);
	assert_int_equal(f->catalog.project.n_dags, 2);
	assert_string_equal(f->catalog.project.dags[0]->id, "a");
	assert_string_equal(f->catalog.project.dags[0]->text, good_a);
}

static void
the_last_limits_survive_a_restart(void **state)
{
	static const char told[] = "{\"pools\": [{\"name\": \"default\", \"slots\": 2}, "
				   "{\"name\": \"sensors\", \"slots\": 4}, "
				   "{\"name\": \"p\", \"slots\": 1}], \"max_active_tasks\": 3}";
	const struct change change = { .kind = CHANGE_LIMITS,
				       .limits = { .key = 1, .text = told } };
	struct fixture *f = *state;
	const struct limits *limits = &f->catalog.project.settings.limits;
	struct store *store = NULL;
	struct err err;

	if (store_open(&store, f->dir, HOLDER_SCHEDULER, &err) ||
	    store_commit(store, &change, 1, &err))
		fail_msg("%s", err.msg);
	store_close(store);
	put(f, "dags/a.yaml", good_a);
	put(f, "tidemill.yaml", "pools: {p: {slots: 1, rat: 1/s}}\n");
	read_again(f);
	assert_int_equal(limits_pool(limits, "p")->slots, 1);
	assert_int_equal(limits->max_active_tasks, 3);
	put(f, "tidemill.yaml", "pools: {p: {slots: 5}}\n");
	read_again(f);
	assert_int_equal(limits_pool(limits, "p")->slots, 5);
	assert_int_equal(limits->max_active_tasks, 0);
}

static void
what_was_removed_stays_away_after_a_restart(void **state)
{
	struct fixture *f = *state;

	remember(f, good_a, false);
	put(f, "dags/a.yaml", broken);
	read_again(f);
	assert_int_equal(f->catalog.project.n_dags, 0);
}

static void
paths_of_datasets_are_absolute(void **state)
{
	struct fixture *f = *state;
	char *path, *wanted = mem_format("%s/lake/in", f->dir);

	put(f, "dags/a.yaml",
	    "dag: a\ndatasets:\n"
	    "  in: {path: lake/in, format: csv, columns: {x: int64}}\n"
	    "  far: {path: /data/far, format: csv, columns: {x: int64}}\n"
	    "tasks:\n  t: {operator: command, run: [\"true\"]}\n");
	read_again(f);
	path = catalog_dataset_path(&f->catalog, "in");
	assert_string_equal(path, wanted);
	free(path);
	path = catalog_dataset_path(&f->catalog, "far");
	assert_string_equal(path, "/data/far");
	free(path);
	assert_null(catalog_dataset_path(&f->catalog, "nowhere"));
	free(wanted);
}

/* ---- off the loop ---- */

struct told {
	struct fixture *f;
	int n, taken;
	size_t dags[4], problems[4];
	int64_t requests[4];
};

static void
on_told(void *arg, int64_t request, const struct err *err)
{
	struct told *t = arg;

	assert_null(err);
	assert_true(t->n < 4 && t->taken > 0);
	t->dags[t->n] = t->f->catalog.project.n_dags;
	t->problems[t->n] = t->f->catalog.problems;
	t->requests[t->n++] = request;
}

static void
on_taken(void *arg)
{
	struct told *t = arg;

	t->taken++;
}

/* Each asker is told of a reading that began after it asked, once that was taken. */
static void
a_reading_off_the_loop_is_told_to_who_asked_before_it_began(void **state)
{
	struct fixture *f = *state;
	struct told told = { .f = f };
	struct jobs jobs;
	uv_loop_t loop;

	assert_int_equal(uv_loop_init(&loop), 0);
	jobs_init(&jobs, &loop);
	put(f, "dags/a.yaml", good_a);
	read_again(f);
	catalog_follow(&f->catalog, f->dir, &jobs, on_taken, &told);
	catalog_ask(&f->catalog, on_told, &told, 1);
	assert_int_equal(told.n, 0);
	put(f, "dags/b.yaml", good_b);
	catalog_ask(&f->catalog, on_told, &told, 2);
	catalog_ask(&f->catalog, NULL, NULL, 0);
	catalog_ask(&f->catalog, on_told, &told, 3);
	while (told.n < 3)
		(void)uv_run(&loop, UV_RUN_ONCE);
	assert_true(told.requests[0] == 1 && told.requests[1] == 2 && told.requests[2] == 3);
	assert_int_equal(told.dags[1], 2);
	assert_int_equal(told.dags[2], 2);
	assert_null(f->catalog.reading);
	put(f, "dags/a.yaml", broken);
	catalog_ask(&f->catalog, on_told, &told, 4);
	jobs_stop(&jobs);
	(void)uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(told.n, 3); /* dropped with the loop */
	assert_int_equal(told.taken, 2);
	assert_null(f->catalog.reading);
	assert_int_equal(uv_loop_close(&loop), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_broken_edit_of_the_settings_leaves_all_limits,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_broken_edit_leaves_the_last_good_dag, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(many_broken_edits_leave_each_last_good_dag, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(a_dag_goes_with_its_file, set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_last_good_dag_survives_a_restart, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(the_last_limits_survive_a_restart, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(what_was_removed_stays_away_after_a_restart, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(paths_of_datasets_are_absolute, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    a_reading_off_the_loop_is_told_to_who_asked_before_it_began, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
