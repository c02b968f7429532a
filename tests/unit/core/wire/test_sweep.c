/* test_sweep.c - processes found by their environment and by their parent. */
#include "core/wire/sweep.h"

#include "tests/fixture/lab.h"

/* Start a program that waits, with the given environment; gives its pid once it runs. */
static pid_t
start(char *const *env)
{
	char *const argv[] = { (char[]){ "sleep" }, (char[]){ "600" }, NULL };
	int fds[2];
	char none;
	pid_t pid;

	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0) {
		(void)execve("/bin/sleep", argv, env);
		_exit(127);
	}
	(void)close(fds[1]);
	assert_int_equal(read(fds[0], &none, 1), 0); /* closed by the exec */
	(void)close(fds[0]);
	return pid;
}

static void
end(pid_t pid, bool was_killed)
{
	int status;

	if (!was_killed)
		assert_int_equal(kill(pid, SIGTERM), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(WTERMSIG(status), was_killed ? SIGKILL : SIGTERM);
}

/* A token of this program alone: tree_sweep() ends whoever on this machine has it. */
static int
make_token(void **state)
{
	static char token[TOKEN_CHARS + 1];

	*state = token;
	return random_token(token, NULL) ? -1 : 0;
}

static void
only_the_whole_variable_is_found(void **state)
{
	static char own[80], longer[96], other[96], inner[96], plain[] = "PLAIN=1", empty[] = "";
	static const struct {
		const char *name;
		char *env[4];
		bool found;
	} cases[] = {
		{ "alone", { own }, true },
		{ "first", { own, plain }, true },
		{ "last", { plain, own }, true },
		{ "after an empty one", { empty, own }, true },
		{ "after a decoy", { other, inner, own }, true },
		{ "nothing", { NULL }, false },
		{ "another name", { other }, false },
		{ "in a value", { inner }, false },
		{ "a longer value", { longer }, false },
	};

	const char *token = *state;

	(void)snprintf(own, sizeof(own), "TIDEMILL_ATTEMPT=%s", token);
	(void)snprintf(longer, sizeof(longer), "%s0", own);
	(void)snprintf(other, sizeof(other), "X%s", own);
	(void)snprintf(inner, sizeof(inner), "A=%s", own);
	for (size_t i = 0; i < countof(cases); i++) {
		pid_t pid = start(cases[i].env);
		bool gone = cases[i].found;

		print_message("  %s\n", cases[i].name);
		assert_int_equal(tree_sweep(token, &gone, NULL), ERR_NONE);
		assert_int_equal(gone, !cases[i].found);
		end(pid, cases[i].found);
	}
}

/* At every place around the border of two reads. */
static void
a_variable_across_two_reads_is_found(void **state)
{
	static char own[80], filler[40000];
	char *env[] = { filler, own, NULL };
	const char *token = *state;

	(void)snprintf(own, sizeof(own), "TIDEMILL_ATTEMPT=%s", token);
	for (size_t bytes = 32768 - 60; bytes < 32768 + 5; bytes++) {
		bool gone = true;
		pid_t pid;

		memset(filler, 'f', bytes);
		filler[bytes] = '\0';
		pid = start(env);
		assert_int_equal(tree_sweep(token, &gone, NULL), ERR_NONE);
		if (gone)
			fail_msg("not found behind %zu bytes", bytes);
		end(pid, true);
	}
}

static void
children_that_live_are_listed(void **state)
{
	char *env[] = { NULL };
	pid_t pids[3], found[3], zombie;
	siginfo_t info;

	(void)state;
	assert_int_equal(sweep_children(found, countof(found)), 0);
	zombie = fork();
	if (zombie == 0)
		_exit(0);
	assert_int_equal(waitid(P_PID, (id_t)zombie, &info, WEXITED | WNOWAIT), 0);
	assert_int_equal(sweep_children(found, countof(found)), 0);
	for (size_t i = 0; i < countof(pids); i++)
		pids[i] = start(env);
	assert_int_equal(sweep_children(found, countof(found)), 3);
	assert_int_equal(sweep_children(found, 2), 2);
	for (size_t i = 0; i < countof(pids); i++)
		end(pids[i], false);
	assert_int_equal(waitpid(zombie, NULL, 0), zombie);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_the_whole_variable_is_found),
		cmocka_unit_test(a_variable_across_two_reads_is_found),
		cmocka_unit_test(children_that_live_are_listed),
	};

	return cmocka_run_group_tests(tests, make_token, NULL);
}
