/* test_files.c - edits, new and removed files, a directory that comes late. */
#include "scheduler/loop/files.h"

#include "core/base/clock.h"
#include "core/base/mem.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

enum { DEADLINE_US = 20 * 1000 * 1000 };

struct fixture {
	char dir[64];
	uv_loop_t loop;
	struct files_watch watch;
	int told;
};

static void
on_change(void *arg)
{
	((struct fixture *)arg)->told++;
}

static char *
path_in(const struct fixture *f, const char *name)
{
	return mem_format("%s/%s", f->dir, name);
}

static void
put(const struct fixture *f, const char *name, const char *text)
{
	char *path = path_in(f, name);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	(void)close(fd);
	free(path);
}

static void
drop(const struct fixture *f, const char *name)
{
	char *path = path_in(f, name);

	(void)remove(path);
	free(path);
}

static void
make_dags(const struct fixture *f)
{
	char *path = path_in(f, "dags");

	assert_int_equal(mkdir(path, 0700), 0);
	free(path);
}

static int
set_up(void **state)
{
	struct fixture *f = mem_new(1, sizeof(*f));

	(void)snprintf(f->dir, sizeof(f->dir), "/tmp/test_watch.XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	assert_int_equal(uv_loop_init(&f->loop), 0);
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	static const char *const names[] = { "dags/a.yaml", "dags/b.yaml", "dags/notes.txt", "dags",
					     "tidemill.yaml" };
	struct fixture *f = *state;

	files_stop(&f->watch);
	(void)uv_run(&f->loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&f->loop), 0);
	for (size_t i = 0; i < countof(names); i++)
		drop(f, names[i]);
	assert_int_equal(rmdir(f->dir), 0);
	free(f);
	return 0;
}

static void
start(struct fixture *f)
{
	files_start(&f->watch, &f->loop, f->dir, files_fingerprint(f->dir), on_change, f);
}

/* Turn the loop until it told once more than before. */
static void
await_told(struct fixture *f, const char *what)
{
	int64_t start_us = clock_boot_us();
	int before = f->told;

	while (f->told == before) {
		(void)uv_run(&f->loop, UV_RUN_ONCE);
		if (clock_boot_us() - start_us > DEADLINE_US)
			fail_msg("%s: not told", what);
	}
	assert_int_equal(f->told, before + 1);
}

static void
edits_new_and_removed_files_are_told(void **state)
{
	struct fixture *f = *state;

	make_dags(f);
	put(f, "dags/a.yaml", "dag: a\n");
	start(f);
	put(f, "dags/a.yaml", "dag: b\n"); /* the same size */
	await_told(f, "an edit");
	put(f, "dags/b.yaml", "");
	await_told(f, "a new file");
	drop(f, "dags/b.yaml");
	await_told(f, "a removed file");
	put(f, "tidemill.yaml", "pools: {default: 3}\n");
	await_told(f, "settings");
}

static void
a_directory_that_comes_late_is_followed(void **state)
{
	struct fixture *f = *state;

	start(f);
	make_dags(f);
	put(f, "dags/a.yaml", "");
	await_told(f, "a new directory");
	put(f, "dags/b.yaml", "");
	await_told(f, "a file in it");
}

static void
what_was_written_before_the_start_is_told(void **state)
{
	struct fixture *f = *state;
	uint64_t seen;

	make_dags(f);
	seen = files_fingerprint(f->dir);
	put(f, "dags/a.yaml", "");
	files_start(&f->watch, &f->loop, f->dir, seen, on_change, f);
	await_told(f, "a file written between reading and watching");
}

static void
other_files_are_not_told(void **state)
{
	struct fixture *f = *state;
	uint64_t before;

	make_dags(f);
	put(f, "dags/a.yaml", "");
	start(f);
	before = files_fingerprint(f->dir);
	put(f, "dags/notes.txt", "not a dag");
	assert_true(before == files_fingerprint(f->dir));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(edits_new_and_removed_files_are_told, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(a_directory_that_comes_late_is_followed, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(what_was_written_before_the_start_is_told, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(other_files_are_not_told, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
