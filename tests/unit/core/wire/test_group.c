/* test_group.c - where a cgroup of an attempt may be made, and what is read of one. */
#include "core/wire/group.h"

#include "core/base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include <cmocka.h>

/* A tree of directories that looks like one of cgroups: above/own. */
struct tree {
	char above[64], own[80];
};

static void
lay(const char *cgroup, const char *name, const char *text)
{
	char *path = mem_format("%s/%s", cgroup, name);
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	(void)fputs(text, f);
	assert_int_equal(fclose(f), 0);
	free(path);
}

static void
read_back(const char *cgroup, const char *name, const char *want)
{
	char *path = mem_format("%s/%s", cgroup, name), text[100] = "";
	FILE *f = fopen(path, "r");

	assert_non_null(f);
	text[fread(text, 1, sizeof(text) - 1, f)] = '\0';
	assert_string_equal(text, want);
	(void)fclose(f);
	free(path);
}

static int
plant(void **state)
{
	struct tree *t = mem_new(1, sizeof(*t));

	(void)snprintf(t->above, sizeof(t->above), "/tmp/tidemill-group-XXXXXX");
	assert_non_null(mkdtemp(t->above));
	(void)snprintf(t->own, sizeof(t->own), "%s/own", t->above);
	assert_int_equal(mkdir(t->own, 0755), 0);
	*state = t;
	return 0;
}

static int
fell(void **state)
{
	struct tree *t = *state;
	char *command = mem_format("rm -rf '%s'", t->above);

	assert_int_equal(system(command), 0);
	free(command);
	free(t);
	return 0;
}

/* Look; the place has to be `path` (NULL: there is none, and it is said why). */
static void
expect_place(const char *own, bool enable, const char *path, bool memory, bool pids)
{
	struct group_place place;
	struct buf why;

	buf_init(&why, 10000);
	group_find(own, enable, &place, &why);
	if (path) {
		assert_non_null(place.path);
		assert_string_equal(place.path, path);
		assert_string_equal(why.data, "");
	} else {
		assert_null(place.path);
		assert_true(why.bytes > 0);
	}
	assert_true(place.memory == memory && place.pids == pids);
	free(place.path);
	buf_release(&why);
}

static void
a_place_hands_controllers_down(void **state)
{
	struct tree *t = *state;

	expect_place(NULL, false, NULL, false, false);
	expect_place(t->own, false, NULL, false, false);
	lay(t->own, "cgroup.controllers", "cpu memory pids\n");
	lay(t->own, "cgroup.subtree_control", "");
	expect_place(t->own, true, NULL, false, false);
	read_back(t->own, "cgroup.subtree_control", "");
	lay(t->own, "cgroup.subtree_control", "cpu pids memoryless\n");
	expect_place(t->own, false, t->own, false, true);
	lay(t->own, "cgroup.subtree_control", "memory pids\n");
	expect_place(t->own, false, t->own, true, true);
}

/* Above us nothing is changed, and no group is made, unless it was handed over. */
static void
above_only_what_was_delegated_is_used(void **state)
{
	struct tree *t = *state;

	lay(t->own, "cgroup.controllers", "memory\n");
	lay(t->above, "cgroup.controllers", "memory\n");
	lay(t->above, "cgroup.subtree_control", "");
	expect_place(t->own, true, NULL, false, false);
	if (setxattr(t->above, "user.delegate", "1", 1, 0) < 0)
		skip(); /* a file system without such attributes */
	expect_place(t->own, false, t->above, true, false);
	read_back(t->above, "cgroup.subtree_control", "");
	expect_place(t->own, true, t->above, true, false);
	read_back(t->above, "cgroup.subtree_control", "+memory");
	assert_int_equal(setxattr(t->above, "user.delegate", "0", 1, 0), 0);
	expect_place(t->own, true, NULL, false, false);
}

static void
a_group_knows_better_than_its_processes(void **state)
{
	struct tree *t = *state;
	struct used used = { 1, 2, 3, 4 };

	group_read(t->own, &used);
	assert_true(used.cpu_us == 1 && used.peak_bytes == 2);
	lay(t->own, "cpu.stat", "usage_usec 1250000\nuser_usec 1000000\n");
	lay(t->own, "memory.peak", "67108864\n");
	group_read(t->own, &used);
	assert_true(used.cpu_us == 1250000 && used.peak_bytes == 67108864);
	assert_true(used.read_bytes == 3 && used.written_bytes == 4);
}

/* Where there is no place nothing changes, and leaving is no mistake. */
static void
no_place_is_no_group(void **state)
{
	struct attempt_group g;

	(void)state;
	assert_false(group_enter("/tmp/no-such-runtime", 7, 0, 0, &g));
	assert_null(g.path);
	group_leave(&g);
	group_leave(&(struct attempt_group){ 0 });
}

static void
the_least_memory_limit_on_the_way_up_counts(void **state)
{
	struct tree *t = *state;

	assert_true(group_memory_limit(NULL) == 0 && group_memory_limit(t->own) == 0);
	lay(t->own, "memory.max", "max\n");
	lay(t->above, "memory.max", "5000000\n");
	assert_int_equal(group_memory_limit(t->own), 5000000);
	lay(t->own, "memory.max", "4000000\n");
	assert_int_equal(group_memory_limit(t->own), 4000000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_place_hands_controllers_down, plant, fell),
		cmocka_unit_test_setup_teardown(above_only_what_was_delegated_is_used, plant, fell),
		cmocka_unit_test_setup_teardown(a_group_knows_better_than_its_processes, plant,
						fell),
		cmocka_unit_test_setup_teardown(the_least_memory_limit_on_the_way_up_counts, plant,
						fell),
		cmocka_unit_test(no_place_is_no_group),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
