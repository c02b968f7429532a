/* test_shift.c - one shim, several attempts: when it has another, and that nothing reaches that. */
#include "worker/shift.h"

#include "core/wire/sweep.h"
#include "tests/fixture/lab.h"

#include <sched.h>

static int
open_lab(void **state)
{
	return lab_setup(state, shift_main);
}

/* The number in the first line of the log of the newest attempt. */
static int
first_number(const struct lab *lab)
{
	char *log = lab_log(lab);
	int number = (int)strtol(log, NULL, 10);

	free(log);
	assert_true(number > 1);
	return number;
}

/* Run a script to its end; gives the shim that it had, and its record to release. */
static int
run(struct lab *lab, const char *script, struct exit_record *r)
{
	char text[1024];

	(void)snprintf(text, sizeof(text), "echo $PPID; %s", script);
	*r = lab_record(lab, lab_shell(lab, text));
	return first_number(lab);
}

/* The same where only the shim is asked for. */
static int
shim_of(struct lab *lab, const char *script)
{
	struct exit_record r;
	int pid = run(lab, script, &r);

	exit_record_release(&r);
	return pid;
}

static size_t
count_open(int pid)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	return lab_count_entries(path);
}

/* A hundred, whatever its program ended with, and no descriptor more for each. */
static void
a_shim_has_the_next_attempt_and_no_more_than_a_hundred(void **state)
{
	struct lab *lab = *state;
	int first = shim_of(lab, "exit 0");
	int first_fd = lab_pidfd(first);
	size_t n_open = count_open(first);

	for (int i = 2; i < 100; i++)
		assert_int_equal(shim_of(lab, i % 2 ? "exit 0" : "exit 7"), first);
	assert_int_equal(count_open(first), n_open);
	assert_int_equal(shim_of(lab, "exit 0"), first);
	lab_gone(first_fd, LAB_WAIT_US);
	assert_int_not_equal(shim_of(lab, "exit 0"), first);
}

static void
two_at_a_time_have_two_shims(void **state)
{
	struct lab *lab = *state;
	int fifo = lab_fifo(lab, "two"), a, b, hold;
	char path[1024];
	struct exit_record r;
	int64_t held;

	(void)snprintf(path, sizeof(path), "%s/hold", lab->dir);
	assert_int_equal(mkfifo(path, 0600), 0);
	held = lab_shell(lab, "echo $PPID >two; read x <hold");
	lab_numbers(fifo, &a, 1);
	b = shim_of(lab, "exit 0");
	assert_int_not_equal(a, b);
	assert_int_equal(shim_of(lab, "exit 0"), b);
	hold = open(path, O_WRONLY | O_CLOEXEC);
	(void)close(hold);
	r = lab_record(lab, held);
	exit_record_release(&r);
	(void)close(fifo);
}

/* What may have left something ends its shim. */
static const struct ending {
	const char *name, *script;
	int64_t timeout_us, open_files;
	bool secret;
} endings[] = {
	{ "a secret", "exit 0", 0, 0, true },
	{ "a limit", "exit 0", 0, 100, false },
	{ "a child that had to be ended", "sleep 600 >/dev/null 2>&1 & exit 0", 0, 0, false },
	{ "a daemon that had to be ended", "setsid sleep 600 >/dev/null 2>&1 & exit 0", 0, 0,
	  false },
	{ "a signal", "kill -SEGV $$", 0, 0, false },
	{ "a timeout", "exec sleep 600", SECOND_US / 5, 0, false },
	{ "an end that was asked for", "kill -TERM $PPID; exec sleep 600", 0, 0, false },
};

static void
a_shim_whose_attempt_may_have_left_something_ends(void **state)
{
	struct spec_env secret = { .name = (char[]){ "S" }, .from_env = (char[]){ "LAB_SECRET" } };
	struct lab *lab = *state;

	for (size_t i = 0; i < countof(endings); i++) {
		const struct ending *e = &endings[i];
		int pid = shim_of(lab, "exit 0"), pid_fd = lab_pidfd(pid);

		print_message("  %s\n", e->name);
		lab->timeout_us = e->timeout_us;
		lab->spec.limits.open_files = e->open_files;
		lab->spec.env = e->secret ? &secret : NULL;
		lab->spec.n_env = e->secret;
		assert_int_equal(shim_of(lab, e->script), pid);
		lab_reset(lab);
		lab_gone(pid_fd, LAB_WAIT_US);
		assert_int_not_equal(shim_of(lab, "exit 0"), pid);
	}
}

/* Neither in the environment of the next, nor in what its log is masked by. */
static void
values_of_an_attempt_are_not_in_the_next(void **state)
{
	struct spec_env env[] = {
		{ .name = (char[]){ "PLAIN" }, .value = (char[]){ "of-the-first" } },
		{ .name = (char[]){ "S" }, .from_env = (char[]){ "LAB_SECRET" } },
	};
	struct lab *lab = *state;
	char *log;
	int pid;

	lab->spec.env = env;
	lab->spec.n_env = 1;
	pid = shim_of(lab, "exit 0");
	lab_reset(lab);
	assert_int_equal(shim_of(lab, "env; echo \"HOME is $HOME\""), pid);
	log = lab_log(lab);
	assert_null(strstr(log, "PLAIN"));
	assert_null(strstr(log, "LAB_SECRET"));
	free(log);
	lab->spec.env = env;
	lab->spec.n_env = 2;
	(void)shim_of(lab, "echo swordfish");
	log = lab_log(lab);
	assert_null(strstr(log, "swordfish"));
	free(log);
	lab_reset(lab);
	(void)shim_of(lab, "echo swordfish");
	log = lab_log(lab);
	assert_non_null(strstr(log, "swordfish"));
	free(log);
}

/* Not by its peak, its processor time or what it read, of which the kernel keeps sums. */
static void
what_was_used_is_that_of_the_one_attempt(void **state)
{
	struct lab *lab = *state;
	struct exit_record much, little;
	int pid = run(lab,
		      "x=$(head -c 40000000 /dev/zero | tr '\\0' x); i=0; "
		      "while [ $i -lt 20000 ]; do i=$((i+1)); done",
		      &much);

	assert_int_equal(run(lab, "exit 0", &little), pid);
	assert_true(much.used.peak_bytes > 40 << 20);
	assert_true(little.used.peak_bytes > 0 && little.used.peak_bytes < 20 << 20);
	assert_true(little.used.cpu_us < much.used.cpu_us);
	assert_true(much.used.read_bytes > 40000000);
	assert_true(little.used.read_bytes < 1000000);
	exit_record_release(&much);
	exit_record_release(&little);
}

/* Of a signal that comes late only the attempt that it names would hear, or nobody. */
static void
a_late_signal_reaches_no_other_attempt(void **state)
{
	struct lab *lab = *state;
	int fifo = lab_fifo(lab, "late"), pid = shim_of(lab, "exit 0"), pid_fd = lab_pidfd(pid);
	int64_t first = lab->attempt, next;
	struct exit_record r;
	int same;

	end_send(pid_fd, first); /* while it waits ... */
	assert_int_equal(kill(pid, SIGTERM), 0);
	next = lab_shell(lab, "echo $PPID >late; exec sleep 600");
	lab_numbers(fifo, &same, 1);
	assert_int_equal(same, pid);
	end_send(pid_fd, first); /* ... and while it has another */
	(void)lab_hint(lab, next, HINT_STARTED);
	assert_int_equal(lab_inspect(lab, next, &r, &same), EVIDENCE_ALIVE);
	assert_int_equal(same, pid);
	/* The kernel keeps one of a kind: one that comes before the last was read is lost. */
	do
		end_send(pid_fd, next);
	while (!poll(&(struct pollfd){ .fd = pid_fd, .events = POLLIN }, 1, 100));
	r = lab_record(lab, next);
	assert_string_equal(outcome_name(r.outcome), outcome_name(OUTCOME_CANCELLED));
	exit_record_release(&r);
	(void)close(fifo);
	lab_gone(pid_fd, LAB_WAIT_US);
}

/* A sweep for an attempt that has ended finds nobody, and ends no shim that waits. */
static void
a_shim_that_waits_carries_no_token(void **state)
{
	struct lab *lab = *state;
	int pid = shim_of(lab, "exit 0");
	bool gone = false;

	assert_int_equal(tree_sweep(lab->token, &gone, NULL), ERR_NONE);
	assert_true(gone);
	assert_int_equal(shim_of(lab, "exit 0"), pid);
}

/* Killed or stopped while it waits: the next attempt begins all the same, once. */
static void
a_shim_that_is_killed_or_stopped_while_it_waits_holds_up_nobody(void **state)
{
	struct lab *lab = *state;

	for (int i = 0; i < 40; i++) {
		int pid = shim_of(lab, "exit 0"), next, pid_fd = lab_pidfd(pid);
		struct hint hint;
		struct exit_record r;
		int64_t attempt;

		assert_int_equal(kill(pid, i % 2 ? SIGKILL : SIGSTOP), 0);
		attempt = lab_shell(lab, "echo $PPID; echo ran >>once");
		hint = lab_either(lab, attempt, HINT_ENDED, HINT_SHIM_DIED);
		if (hint.kind == HINT_ENDED) {
			assert_int_equal(lab_inspect(lab, attempt, &r, &next), EVIDENCE_RECORD);
			exit_record_release(&r);
			next = first_number(lab);
			assert_true(i % 2 ? next != pid : next == pid);
		} else {
			/* It was given to one that was about to die: proved, and not begun. */
			assert_true(i % 2);
			assert_int_equal(lab_inspect(lab, attempt, &r, &next), EVIDENCE_ABSENT);
		}
		if (i % 2)
			lab_gone(pid_fd, LAB_WAIT_US);
		else
			(void)close(pid_fd);
	}
}

/* However the spawner ends; one that is busy ends with its attempt. */
static void
shims_that_wait_end_with_their_spawner(void **state)
{
	struct lab *lab = *state;
	int fifo = lab_fifo(lab, "busy"), spare, spare_fd, busy, busy_fd, hold;
	struct exit_record r;
	char path[1024];
	int64_t attempt;

	(void)snprintf(path, sizeof(path), "%s/hold", lab->dir);
	assert_int_equal(mkfifo(path, 0600), 0);
	(void)shim_of(lab, "exit 0");
	attempt = lab_shell(lab, "echo $PPID >busy; read x <hold; exit 5");
	lab_numbers(fifo, &busy, 1);
	busy_fd = lab_pidfd(busy);
	spare = shim_of(lab, "exit 0");
	spare_fd = lab_pidfd(spare);
	assert_int_equal(kill(lab->spawner.pid, SIGKILL), 0);
	lab_gone(spare_fd, LAB_WAIT_US);
	assert_int_equal(poll(&(struct pollfd){ .fd = busy_fd, .events = POLLIN }, 1, 0), 0);
	hold = open(path, O_WRONLY | O_CLOEXEC);
	(void)close(hold);
	lab_gone(busy_fd, LAB_WAIT_US);
	assert_int_equal(lab_inspect(lab, attempt, &r, &busy), EVIDENCE_RECORD);
	assert_int_equal(r.exit_code, 5);
	exit_record_release(&r);
	(void)close(fifo);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_shim_has_the_next_attempt_and_no_more_than_a_hundred),
		cmocka_unit_test(two_at_a_time_have_two_shims),
		cmocka_unit_test(a_shim_whose_attempt_may_have_left_something_ends),
		cmocka_unit_test(values_of_an_attempt_are_not_in_the_next),
		cmocka_unit_test(what_was_used_is_that_of_the_one_attempt),
		cmocka_unit_test(a_late_signal_reaches_no_other_attempt),
		cmocka_unit_test(a_shim_that_waits_carries_no_token),
		cmocka_unit_test(a_shim_that_is_killed_or_stopped_while_it_waits_holds_up_nobody),
		cmocka_unit_test_setup_teardown(shims_that_wait_end_with_their_spawner, open_lab,
						lab_teardown),
	};

	/* Before the spawner is forked. */
	(void)setenv("LAB_SECRET", "swordfish", 1);
	return cmocka_run_group_tests(tests, open_lab, lab_teardown);
}
