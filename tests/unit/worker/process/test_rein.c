/* test_rein.c - limits of processes: what is planned, what holds, and what is blamed. */
#include "worker/process/rein.h"

#include "core/base/base.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define MIB (INT64_C(1) << 20)
#define UNKNOWN                \
	{                      \
		-1, -1, -1, -1 \
	}

/* What a child does under limits; its exit status. */
typedef int deed_fn(void);

static int
take_memory(void)
{
	return malloc(100 * MIB) ? 0 : errno;
}

static int
open_many(void)
{
	for (int n = 0; n < 100; n++)
		if (open("/dev/null", O_RDONLY | O_CLOEXEC) < 0)
			return errno;
	return 0;
}

static int
write_much(void)
{
	static char zeros[1 << 16];
	char path[] = "/tmp/tidemill-rein-XXXXXX";
	int fd = mkstemp(path);

	(void)unlink(path);
	(void)signal(SIGXFSZ, SIG_IGN);
	for (int i = 0; i < 100; i++)
		if (write(fd, zeros, sizeof(zeros)) < 0)
			return errno;
	return 0;
}

static int
spin(void)
{
	for (volatile unsigned i = 0;; i++)
		;
	return 0;
}

static int
fork_many(void)
{
	for (int i = 0; i < 20; i++) {
		pid_t pid = fork();

		if (pid < 0)
			return errno;
		if (pid == 0)
			pause();
	}
	return 0;
}

/* Do it in a child under limits, as another user if we are root; gives what waitpid() gives. */
static int
under(const struct task_limits *limits, deed_fn *deed)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		struct held_to held = { 0 };
		struct buf notes;
		int result;

		buf_init(&notes, 1000);
		(void)setpgid(0, 0);
		if (geteuid() == 0 && (setgid(65534) || setuid(65534)))
			_exit(99);
		rein_plan(limits, &held, &notes);
		rein_enter(&held);
		result = deed();
		(void)signal(SIGTERM, SIG_IGN);
		(void)kill(0, SIGTERM);
		_exit(result);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static void
each_limit_holds_a_process(void **state)
{
	static const struct {
		const char *name;
		struct task_limits limits;
		deed_fn *deed;
		int error, signal;
	} cases[] = {
		{ "open files", { .open_files = 20 }, open_many, EMFILE, 0 },
		{ "file size", { .file_bytes = MIB }, write_much, EFBIG, 0 },
		{ "processor time", { .cpu_us = SECOND_US }, spin, 0, SIGXCPU },
		{ "half a second is a whole one", { .cpu_us = 1 }, spin, 0, SIGXCPU },
		{ "processes", { .processes = 4 }, fork_many, EAGAIN, 0 },
		{ "processes that suffice", { .processes = 40 }, fork_many, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		int status = under(&cases[i].limits, cases[i].deed);

		print_message("  %s\n", cases[i].name);
		if (cases[i].signal)
			assert_true(WIFSIGNALED(status) && WTERMSIG(status) == cases[i].signal);
		else
			assert_true(WIFEXITED(status) && WEXITSTATUS(status) == cases[i].error);
	}
}

/* Alone: the address sanitizer takes more than any limit for itself before a test begins. */
static void
memory_holds_a_process(void **state)
{
	const struct task_limits little = { .memory_bytes = 50 * MIB };
	const struct task_limits enough = { .memory_bytes = 200 * MIB };
	int status;

	(void)state;
#ifdef __SANITIZE_ADDRESS__
	skip();
#endif
	status = under(&little, take_memory);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == ENOMEM);
	status = under(&enough, take_memory);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

/* What a cgroup holds is not asked of the processes as well. */
static void
limits_of_a_cgroup_are_left_to_it(void **state)
{
	struct held_to held = { .limits = { .memory_bytes = MIB, .processes = 1 },
				.memory_of_all = true,
				.processes_of_all = true };
	struct rlimit before, after;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_DATA, &before), 0);
	rein_enter(&held);
	assert_int_equal(getrlimit(RLIMIT_DATA, &after), 0);
	assert_true(before.rlim_cur == after.rlim_cur);
}

static void
a_limit_above_the_hard_one_is_lowered_and_said(void **state)
{
	const struct task_limits asked = { .open_files = 1 << 20, .cpu_us = 10 * SECOND_US };
	int status;
	pid_t pid = fork();

	(void)state;
	if (pid == 0) {
		const struct rlimit files = { 50, 50 };
		struct held_to held = { 0 };
		struct buf notes;

		buf_init(&notes, 1000);
		(void)setrlimit(RLIMIT_NOFILE, &files);
		rein_plan(&asked, &held, &notes);
		_exit(held.limits.open_files == 50 && held.limits.cpu_us == 10 * SECOND_US &&
			      !strcmp(notes.data, "limits: open_files is 1048576, but no more than "
						  "50 can be had here: that holds\n")
			  ? 0
			  : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void
more_memory_than_the_machine_has_is_said(void **state)
{
	struct held_to held = { .memory_of_all = false };
	struct buf notes;

	(void)state;
	buf_init(&notes, 1000);
	rein_plan(&(struct task_limits){ .memory_bytes = INT64_C(1) << 50 }, &held, &notes);
	assert_int_equal(
	    strncmp(notes.data, "limits: memory is 1024 TiB, and the machine has ", 47), 0);
	buf_release(&notes);
}

static void
the_limit_that_ended_it_is_blamed_with_numbers(void **state)
{
	static const struct held_to all = { .limits = { 64 * MIB, 2 * SECOND_US, 20, MIB, 5 } };
	static const struct held_to grouped = { .limits = { 64 * MIB, 0, 0, 0, 5 },
						.memory_of_all = true,
						.processes_of_all = true };
	static const struct held_to none = { .limits = { 0 } };
	static const struct {
		const struct held_to *held;
		struct rein_end end;
		const char *want; /* NULL: none is blamed */
	} cases[] = {
		{ &all,
		  { 0, SIGXCPU, "", { 2300000, 1, 1, 1 } },
		  "at its limit of 2s of processor time a process (`limits: cpu_time`); all its "
		  "processes used 2.3s" },
		{ &all,
		  { 128 + SIGXCPU, 0, "", UNKNOWN },
		  "at its limit of 2s of processor time a process (`limits: cpu_time`)" },
		{ &all,
		  { 0, SIGKILL, "", { 7000000, 1, 1, 1 } },
		  "perhaps at its limit of 2s of processor time a process (`limits: cpu_time`); "
		  "all its processes used 7.0s" },
		{ &all, { 0, SIGKILL, "", { 3000000, 1, 1, 1 } }, NULL },
		{ &all,
		  { 0, SIGXFSZ, "", UNKNOWN },
		  "at its limit of 1 MiB for a file (`limits: file_size`)" },
		{ &all,
		  { 1, 0, "write 'x': File too large", UNKNOWN },
		  "at its limit of 1 MiB for a file (`limits: file_size`)" },
		{ &all,
		  { 1, 0, "a\nOSError: [Errno 24] Too many open files: 'x'\n", UNKNOWN },
		  "it says 'Too many open files', and its limit is 20 (`limits: open_files`)" },
		{ &all,
		  { 2, 0, "sh: 1: Cannot fork", UNKNOWN },
		  "it says 'Cannot fork', and its limit is 5 processes beside those that ran "
		  "before (`limits: processes`)" },
		{ &grouped,
		  { 2, 0, "sh: 1: Cannot fork", UNKNOWN },
		  "it says 'Cannot fork', and its limit is 5 processes (`limits: processes`)" },
		{ &all,
		  { 1, 0, "MemoryError\n", { 1, 50 * MIB, 1, 1 } },
		  "it says 'MemoryError', and its limit is 64 MiB of memory a process (`limits: "
		  "memory`); its peak memory was 50 MiB" },
		{ &grouped,
		  { 1, 0, "x: out of memory", UNKNOWN },
		  "it says 'out of memory', and its limit is 64 MiB of memory (`limits: memory`)" },
		{ &all, { 1, 0, "no such thing", UNKNOWN }, NULL },
		{ &none, { 0, SIGXCPU, "MemoryError Too many open files", UNKNOWN }, NULL },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		struct buf text;
		bool blamed;

		buf_init(&text, 1000);
		blamed = rein_cause(cases[i].held, &cases[i].end, &text);
		assert_string_equal(text.data, cases[i].want ? cases[i].want : "");
		assert_true(blamed == (cases[i].want != NULL));
		buf_release(&text);
	}
}

/* Who does not end by SIGXCPU is killed, and that is no kill from outside. */
static void
the_kill_behind_sigxcpu_is_known(void **state)
{
	static const struct held_to held = { .limits = { .cpu_us = 2 * SECOND_US } };
	static const struct held_to none = { 0 };
	const struct used much = { 6800000, 1, 1, 1 }, little = { 1900000, 1, 1, 1 };
	const struct used unknown = USED_UNKNOWN;

	(void)state;
	assert_true(rein_is_cpu_kill(&held, &much));
	assert_false(rein_is_cpu_kill(&held, &little));
	assert_false(rein_is_cpu_kill(&held, &unknown));
	assert_false(rein_is_cpu_kill(&none, &much));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_limit_holds_a_process),
		cmocka_unit_test(memory_holds_a_process),
		cmocka_unit_test(limits_of_a_cgroup_are_left_to_it),
		cmocka_unit_test(a_limit_above_the_hard_one_is_lowered_and_said),
		cmocka_unit_test(more_memory_than_the_machine_has_is_said),
		cmocka_unit_test(the_limit_that_ended_it_is_blamed_with_numbers),
		cmocka_unit_test(the_kill_behind_sigxcpu_is_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
