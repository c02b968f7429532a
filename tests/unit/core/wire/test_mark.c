/* test_mark.c - a token shows where the kernel tells of a process, and variables stay readable. */
#include "core/base/buf.h"
#include "core/wire/mark.h"
#include "core/wire/sweep.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define TOKEN "0123456789abcdef0123456789abcdef"

/* In a child: mark it, and say in the exit status what can be seen of that. */
static int
marked_child(void)
{
	const char *path = getenv("PATH");
	char *before = path ? strdup(path) : NULL;
	struct buf text;
	bool shown;

	mark_prepare();
	if (!mark_room() || !mark_process(TOKEN))
		return 1;
	buf_init(&text, 1 << 20);
	if (buf_read_file(&text, AT_FDCWD, "/proc/self/environ", NULL))
		return 2;
	shown = !strcmp(text.data, ATTEMPT_VARIABLE "=" TOKEN);
	buf_release(&text);
	if (!shown)
		return 3;
	if (before && strcmp(getenv("PATH"), before) != 0)
		return 4;
	free(before);
	return 0;
}

static void
a_marked_process_shows_its_token_and_keeps_its_variables(void **state)
{
	int status = -1;
	pid_t pid = fork();

	(void)state;
	if (pid == 0)
		_exit(marked_child());
	assert_true(pid > 0 && waitpid(pid, &status, 0) == pid);
	assert_int_equal(0, status);
}

/* A child that is marked, says so, and waits to be killed. */
static pid_t
start_sleeper(void)
{
	int ready[2];
	char byte;
	pid_t pid;

	assert_int_equal(0, pipe(ready));
	pid = fork();
	if (pid == 0) {
		mark_prepare();
		if (mark_process(TOKEN) && fork() == 0) { /* what it forks shows it as well */
			(void)setsid();
			(void)!write(ready[1], "x", 1);
		}
		(void)pause();
		_exit(0);
	}
	assert_true(pid > 0);
	assert_int_equal(1, read(ready[0], &byte, 1));
	(void)close(ready[0]);
	(void)close(ready[1]);
	return pid;
}

static void
a_sweep_finds_and_ends_what_is_marked(void **state)
{
	pid_t pid = start_sleeper();
	int status = 0, passes = 0;
	bool gone = false;

	(void)state;
	assert_int_equal(0, tree_sweep(TOKEN, &gone, NULL));
	assert_false(gone);
	assert_int_equal(pid, waitpid(pid, &status, 0));
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	for (; !gone && passes < 1000; passes++) {
		assert_int_equal(0, tree_sweep(TOKEN, &gone, NULL));
		(void)usleep(1000);
	}
	assert_true(gone);
}

int
main(void)
{
	const struct CMUnitTest all[] = {
		cmocka_unit_test(a_marked_process_shows_its_token_and_keeps_its_variables),
		cmocka_unit_test(a_sweep_finds_and_ends_what_is_marked),
	};

	return cmocka_run_group_tests(all, NULL, NULL);
}
