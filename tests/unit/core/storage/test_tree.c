/* test_tree.c - a tree goes with all that is in it, and what links lead to stays. */
#include "core/storage/tree.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static void
put_file(const char *dir, const char *name)
{
	char path[256];
	int fd;

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	(void)close(fd);
}

static void
put_dir(const char *dir, const char *name)
{
	char path[256];

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	assert_int_equal(mkdir(path, 0700), 0);
}

static void
all_below_goes_and_what_links_lead_to_stays(void **state)
{
	char dir[] = "/tmp/test_tree_XXXXXX", path[256], kept[256];

	(void)state;
	assert_non_null(mkdtemp(dir));
	put_dir(dir, "kept");
	put_file(dir, "kept/file");
	put_dir(dir, "tree");
	put_dir(dir, "tree/a");
	put_dir(dir, "tree/a/b");
	put_file(dir, "tree/a/b/file");
	(void)snprintf(kept, sizeof(kept), "%s/kept", dir);
	(void)snprintf(path, sizeof(path), "%s/tree/link", dir);
	assert_int_equal(symlink(kept, path), 0);
	(void)snprintf(path, sizeof(path), "%s/tree", dir);
	assert_true(tree_remove(path));
	assert_int_equal(access(path, F_OK), -1);
	(void)snprintf(path, sizeof(path), "%s/kept/file", dir);
	assert_int_equal(access(path, F_OK), 0);
	assert_true(tree_remove(path)); /* a file is a small tree */
	assert_true(tree_remove(path)); /* gone is gone */
	assert_true(tree_remove(dir));
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_below_goes_and_what_links_lead_to_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
