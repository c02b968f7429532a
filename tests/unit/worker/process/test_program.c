/* test_program.c - a program that is there and cannot be run says what is missing. */
#include "worker/process/program.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static void
the_missing_interpreter_is_named(void **state)
{
	static const struct {
		const char *text, *says;
	} cases[] = {
		{ "#!/bin/sh\r\necho\r\n", "its interpreter '/bin/sh\\r' does not exist: its first "
					   "line ends with a carriage return" },
		{ "#! /no/such/lua -x\n", "its interpreter '/no/such/lua' does not exist" },
		{ "\x7f"
		  "ELF",
		  "the loader that it needs is not" },
	};
	char dir[] = "/tmp/tidemill-program-XXXXXX", path[64];
	struct err err;

	(void)state;
	assert_non_null(mkdtemp(dir));
	(void)snprintf(path, sizeof(path), "%s/tool", dir);
	assert_int_equal(0, setenv("PATH", dir, 1));
	for (size_t i = 0; i < countof(cases); i++) {
		FILE *file = fopen(path, "w");

		assert_non_null(file);
		(void)fputs(cases[i].text, file);
		(void)fclose(file);
		assert_int_equal(0, chmod(path, 0755));
		assert_int_equal(ERR_SYSTEM, program_error(path, ENOENT, &err));
		assert_non_null(strstr(err.msg, cases[i].says));
		assert_int_equal(ERR_SYSTEM, program_error("tool", ENOENT, &err));
		assert_non_null(strstr(err.msg, cases[i].says));
	}
	assert_int_equal(0, unlink(path));
	assert_int_equal(0, rmdir(dir));
}

static void
other_reasons_are_told_as_they_are(void **state)
{
	struct err err;

	(void)state;
	(void)program_error("/no/such/tool", ENOENT, &err);
	assert_string_equal("run '/no/such/tool': No such file or directory", err.msg);
	assert_int_equal(ENOENT, err.error);
	(void)program_error("/", EACCES, &err);
	assert_string_equal("run '/': Permission denied", err.msg);
}

static void
a_file_that_nobody_may_execute_says_what_to_type(void **state)
{
	char path[] = "/tmp/tidemill-program-XXXXXX";
	struct err err;

	(void)state;
	assert_true(mkstemp(path) >= 0);
	(void)program_error(path, EACCES, &err);
	assert_non_null(strstr(err.msg, "it is not executable; type: chmod +x /tmp/tidemill-"));
	assert_int_equal(0, chmod(path, 0700));
	(void)program_error(path, EACCES, &err);
	assert_null(strstr(err.msg, "chmod"));
	assert_int_equal(0, unlink(path));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_missing_interpreter_is_named),
		cmocka_unit_test(other_reasons_are_told_as_they_are),
		cmocka_unit_test(a_file_that_nobody_may_execute_says_what_to_type),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
