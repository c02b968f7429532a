/* test_home.c - which directory is the project. */
#include "core/project/home.h"

#include "core/base/mem.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* TOP/{dags/, in/deeper/, other/} */
static int
setup(void **state)
{
	static const char *const dirs[] = { "dags", "in", "in/deeper", "other" };
	char top[] = "/tmp/tidemill-home.XXXXXX", path[PATH_MAX];

	(void)unsetenv("TIDEMILL_HOME");
	if (!mkdtemp(top) || !realpath(top, path) || chdir(path))
		return -1;
	for (size_t i = 0; i < countof(dirs); i++)
		if (mkdir(dirs[i], 0700))
			return -1;
	*state = mem_str(path);
	return 0;
}

static int
teardown(void **state)
{
	static const char *const dirs[] = { "dags", "in/deeper", "in", "other" };

	if (chdir(*state))
		return -1;
	for (size_t i = 0; i < countof(dirs); i++)
		(void)rmdir(dirs[i]);
	(void)rmdir(*state);
	free(*state);
	return 0;
}

static void
expect(const char *dir, const char *found)
{
	struct err err = { 0 };
	char *out = NULL;
	enum err_code code = home_find(dir, &out, &err);

	if (found) {
		assert_int_equal(code, ERR_NONE);
		assert_string_equal(out, found);
	} else {
		assert_int_equal(code, ERR_NOT_FOUND);
		assert_null(out);
	}
	free(out);
}

static void
the_project_is_here_or_the_nearest_above(void **state)
{
	const char *top = *state;

	expect(NULL, top);
	assert_int_equal(chdir("in/deeper"), 0);
	expect(NULL, top);
	assert_int_equal(mkdir("dags", 0700), 0);
	{
		char *deeper = mem_format("%s/in/deeper", top);

		expect(NULL, deeper);
		free(deeper);
	}
	assert_int_equal(rmdir("dags"), 0);
}

static void
a_mark_that_leads_nowhere_is_one_all_the_same(void **state)
{
	char *other = mem_format("%s/other", (const char *)*state);

	expect("other", NULL);
	assert_int_equal(symlink("unmounted", "other/dags"), 0);
	expect("other", other);
	assert_int_equal(unlink("other/dags"), 0);
	free(other);
}

static void
a_directory_that_is_named_is_meant_itself(void **state)
{
	const char *top = *state;

	expect(top, top);
	assert_int_equal(chdir("in"), 0);
	expect(".", NULL);
	expect("..", top);
	expect("deeper", NULL);
	expect("nothing", NULL);
	assert_int_equal(setenv("TIDEMILL_HOME", top, 1), 0);
	expect(NULL, top);
	assert_int_equal(setenv("TIDEMILL_HOME", "deeper", 1), 0);
	expect(NULL, NULL);
	assert_int_equal(unsetenv("TIDEMILL_HOME"), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_project_is_here_or_the_nearest_above, setup,
						teardown),
		cmocka_unit_test_setup_teardown(a_mark_that_leads_nowhere_is_one_all_the_same,
						setup, teardown),
		cmocka_unit_test_setup_teardown(a_directory_that_is_named_is_meant_itself, setup,
						teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
