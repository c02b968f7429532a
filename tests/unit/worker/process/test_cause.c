/* test_cause.c - who ended a program, and what for. */
#include "core/base/mem.h"
#include "worker/process/cause.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* Lay a file in a made root. */
static void
lay(const char *root, const char *path, const char *text)
{
	char *whole = mem_format("%s/%s", root, path), *dir = mem_str(whole), *command;
	FILE *f;

	*strrchr(dir, '/') = '\0';
	command = mem_format("mkdir -p '%s'", dir);
	assert_int_equal(system(command), 0);
	f = fopen(whole, "w");
	assert_non_null(f);
	(void)fputs(text, f);
	assert_int_equal(fclose(f), 0);
	free(command);
	free(dir);
	free(whole);
}

static void
the_kernels_own_counts_say_who_ran_out_of_memory(void **state)
{
	char root[] = "/tmp/tm-cause-XXXXXX", *command;
	struct oom_count before, after;

	(void)state;
	assert_non_null(mkdtemp(root));
	oom_read(root, &before);
	assert_true(before.group == -1 && before.machine == -1);
	assert_int_equal(oom_compare(&before, &before), OOM_NONE);
	lay(root, "proc/self/cgroup", "1:name=x:/old\n0::/a/b\n");
	lay(root, "sys/fs/cgroup/a/b/memory.events", "low 0\noom 3\noom_kill 2\n");
	lay(root, "proc/vmstat", "nr_free 7\noom_kill 5\n");
	oom_read(root, &before);
	assert_true(before.group == 2 && before.machine == 5);
	lay(root, "proc/vmstat", "nr_free 7\noom_kill 6\n");
	oom_read(root, &after);
	assert_int_equal(oom_compare(&before, &after), OOM_MACHINE);
	lay(root, "sys/fs/cgroup/a/b/memory.events", "low 0\noom 4\noom_kill 3\n");
	oom_read(root, &after);
	assert_int_equal(oom_compare(&before, &after), OOM_GROUP);
	command = mem_format("rm -rf '%s'", root);
	assert_int_equal(system(command), 0);
	free(command);
}

static void
the_lowest_limit_of_the_cgroups_around_it_counts(void **state)
{
	char root[] = "/tmp/tm-cause-XXXXXX", *command;

	(void)state;
	assert_non_null(mkdtemp(root));
	assert_int_equal(memory_limit_read(root), -1);
	lay(root, "proc/self/cgroup", "0::/a/b\n");
	lay(root, "sys/fs/cgroup/a/b/memory.max", "max\n");
	assert_int_equal(memory_limit_read(root), -1);
	lay(root, "sys/fs/cgroup/a/memory.max", "1048576\n");
	assert_int_equal(memory_limit_read(root), 1048576);
	lay(root, "sys/fs/cgroup/a/b/memory.max", "4096\n");
	assert_int_equal(memory_limit_read(root), 4096);
	command = mem_format("rm -rf '%s'", root);
	assert_int_equal(system(command), 0);
	free(command);
}

static void
a_kill_from_outside_is_told_with_what_speaks_against_the_kernel(void **state)
{
	static const struct {
		struct oom_count before, after;
		int64_t limit_bytes;
		const char *want;
	} cases[] = {
		{ { 2, 5 },
		  { 2, 5 },
		  1 << 21,
		  "ended by signal 9 (SIGKILL) from outside, not by tidemill and not by the kernel "
		  "for want of memory (memory.events of its cgroup counts no oom_kill); its peak "
		  "memory was 1 MiB of 2 MiB that its cgroup may have" },
		{ { -1, 5 },
		  { -1, 5 },
		  -1,
		  "ended by signal 9 (SIGKILL) from outside, not by tidemill and not by the kernel "
		  "for want of memory (/proc/vmstat counts no oom_kill); its peak memory was "
		  "1 MiB, no cgroup limits it" },
		{ { -1, 5 },
		  { -1, 6 },
		  -1,
		  "ended by signal 9 (SIGKILL) from outside, not by tidemill: perhaps by the "
		  "kernel, which ended a process meanwhile for want of memory; its peak memory was "
		  "1 MiB, no cgroup limits it" },
		{ { -1, -1 },
		  { -1, -1 },
		  -1,
		  "ended by signal 9 (SIGKILL) from outside, not by tidemill; its peak memory was "
		  "1 MiB, no cgroup limits it" },
	};
	struct buf out;

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		buf_init(&out, 4000);
		cause_killed(&cases[i].before, &cases[i].after, 1 << 20, cases[i].limit_bytes,
			     &out);
		assert_string_equal(out.data, cases[i].want);
		buf_release(&out);
	}
}

static void
a_log_tells_what_was_missing(void **state)
{
	static const struct {
		const char *log, *want;
	} cases[] = {
		{ "work\n./x: error while loading shared libraries: libz.so.9: cannot open\nend\n",
		  "a shared library is missing: ./x: error while loading shared libraries: "
		  "libz.so.9: cannot open" },
		{ "sh: 1: mke: not found\n", "a program was not found: sh: 1: mke: not found" },
		{ "sh: 1: ./x: Permission denied\n",
		  "a permission is missing: sh: 1: ./x: Permission denied" },
		{ "all is well\n", NULL },
		{ "", NULL },
	};
	char path[] = "/tmp/tm-cause-XXXXXX";

	(void)state;
	assert_true(mkstemp(path) >= 0);
	for (size_t i = 0; i < countof(cases); i++) {
		FILE *f = fopen(path, "w");
		struct buf out;

		assert_non_null(f);
		(void)fputs(cases[i].log, f);
		assert_int_equal(fclose(f), 0);
		buf_init(&out, 4000);
		assert_int_equal(cause_in_log(path, &out), cases[i].want != NULL);
		if (cases[i].want)
			assert_string_equal(out.data, cases[i].want);
		buf_release(&out);
	}
	assert_int_equal(unlink(path), 0);
}

static void
a_sender_is_named(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 4000);
	cause_sender((int)getpid(), 7, &out);
	assert_non_null(strstr(out.data, "(test_cause) of user 7"));
	buf_reset(&out);
	cause_sender(0, 7, &out);
	assert_string_equal(out.data, "process 0 of user 7");
	assert_false(cause_is_ours((int)getpid()));
	buf_release(&out);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_kernels_own_counts_say_who_ran_out_of_memory),
		cmocka_unit_test(the_lowest_limit_of_the_cgroups_around_it_counts),
		cmocka_unit_test(a_kill_from_outside_is_told_with_what_speaks_against_the_kernel),
		cmocka_unit_test(a_log_tells_what_was_missing),
		cmocka_unit_test(a_sender_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
