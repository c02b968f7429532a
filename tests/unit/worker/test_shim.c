/* test_shim.c - attempts as real processes: how they end, and that nothing of them is left. */
#include "worker/shift.h"

#include "core/wire/sweep.h"
#include "tests/fixture/lab.h"

#include <sched.h>

#define GIB (INT64_C(1) << 30)

static int
open_lab(void **state)
{
	return lab_setup(state, shift_main);
}

static void
expect(const struct exit_record *r, enum outcome outcome, int exit_code, int signal)
{
	assert_string_equal(outcome_name(r->outcome), outcome_name(outcome));
	assert_int_equal(r->exit_code, exit_code);
	assert_int_equal(r->signal, signal);
}

/* Endings that need nothing but a script. */
static const struct ending {
	const char *name, *script;
	int64_t timeout_us, grace_us;
	enum outcome outcome;
	int exit_code, signal;
	const char *message;
} endings[] = {
	{ "ok", "exit 0", 0, SECOND_US, OUTCOME_OK, 0, 0, "" },
	{ "status", "exit 7", 0, SECOND_US, OUTCOME_ERROR, 7, 0, "exit status 7" },
	{ "largest status", "exit 255", 0, SECOND_US, OUTCOME_ERROR, 255, 0, "exit status 255" },
	{ "crash", "kill -SEGV $$", 0, SECOND_US, OUTCOME_SIGNAL, 0, SIGSEGV,
	  "ended by signal 11 (Segmentation fault)" },
	{ "its own SIGKILL", "kill -KILL $$", 0, SECOND_US, OUTCOME_SIGNAL, 0, SIGKILL,
	  "ended by signal 9 (SIGKILL) from outside, not by tidemill" },
	{ "a program that is not there", "tidemill-no-such-program", 0, SECOND_US, OUTCOME_ERROR,
	  127, 0,
	  "exit status 127: a program was not found: /bin/sh: 1: tidemill-no-such-program:" },
	{ "a library that is missing",
	  "echo 'x: error while loading shared libraries: libx.so.1: cannot open' >&2; exit 127", 0,
	  SECOND_US, OUTCOME_ERROR, 127, 0,
	  "exit status 127: a shared library is missing: x: error while loading shared libraries: "
	  "libx.so.1" },
	{ "hangs", "exec sleep 600", SECOND_US / 5, 30 * SECOND_US, OUTCOME_TIMEOUT, 0, SIGTERM,
	  "ended after its timeout of 200ms" },
	{ "hangs in a child", "sleep 600; exit 0", SECOND_US / 5, 30 * SECOND_US, OUTCOME_TIMEOUT,
	  0, SIGTERM, "ended after its timeout of 200ms" },
	{ "ignores SIGTERM", "trap '' TERM; while :; do sleep 600; done", SECOND_US / 5,
	  SECOND_US / 5, OUTCOME_TIMEOUT, 0, SIGKILL, "ended after its timeout of 200ms" },
	{ "no grace", "trap '' TERM; while :; do sleep 600; done", SECOND_US / 5, 0,
	  OUTCOME_TIMEOUT, 0, SIGKILL, "ended after its timeout of 200ms" },
	{ "answers SIGTERM with success", "trap 'exit 0' TERM; while :; do sleep 0.01; done",
	  SECOND_US / 2, 30 * SECOND_US, OUTCOME_TIMEOUT, 0, 0,
	  "ended after its timeout of 500ms" },
	{ "in time", "exit 3", 600 * SECOND_US, 0, OUTCOME_ERROR, 3, 0, "exit status 3" },
};

static void
every_ending_has_its_outcome_and_message(void **state)
{
	struct lab *lab = *state;

	for (size_t i = 0; i < countof(endings); i++) {
		const struct ending *e = &endings[i];
		int64_t begin_us = clock_boot_us();
		struct exit_record r;

		print_message("  %s\n", e->name);
		lab->timeout_us = e->timeout_us;
		lab->grace_us = e->grace_us;
		r = lab_record(lab, lab_shell(lab, e->script));
		expect(&r, e->outcome, e->exit_code, e->signal);
		if (strncmp(r.message, e->message, strlen(e->message)) != 0 ||
		    (!*e->message && *r.message))
			fail_msg("%s: %s", e->name, r.message);
		assert_null(r.result);
		assert_true(r.started_us > 0 && r.ended_us >= r.started_us);
		assert_true(clock_boot_us() - begin_us < 5 * SECOND_US);
		exit_record_release(&r);
	}
	lab_reset(lab);
}

static const struct left {
	const char *name, *script;
	enum outcome outcome;
	int exit_code;
	const char *outputs, *message;
} lefts[] = {
	{ "what was asked for", "echo '{\"more\": [], \"n\": 7}' >$TIDEMILL_RESULT", OUTCOME_OK, 0,
	  "{\"n\":7}", "" },
	{ "from a child", "sh -c 'printf {\\\"n\\\":8} >$TIDEMILL_RESULT' & wait", OUTCOME_OK, 0,
	  "{\"n\":8}", "" },
	{ "by a rename",
	  "echo '{\"n\":9}' >$TIDEMILL_RESULT.x; mv $TIDEMILL_RESULT.x $TIDEMILL_RESULT",
	  OUTCOME_OK, 0, "{\"n\":9}", "" },
	{ "nothing", "exit 0", OUTCOME_ERROR, 0, NULL,
	  "the task declares outputs, and it left nothing: write a JSON object into the file that "
	  "$TIDEMILL_RESULT names, {\"n\": ...}" },
	{ "a misfit", "echo '{\"n\": \"7\"}' >$TIDEMILL_RESULT", OUTCOME_ERROR, 0, NULL,
	  "output 'n' in $TIDEMILL_RESULT is the text \"7\"; int64 is wanted" },
	{ "too much", "head -c 70000 /dev/zero >$TIDEMILL_RESULT", OUTCOME_ERROR, 0, NULL,
	  "the outputs in $TIDEMILL_RESULT are longer than 64 KiB" },
	{ "a directory", "mkdir $TIDEMILL_RESULT", OUTCOME_ERROR, 0, NULL,
	  "read the outputs in $TIDEMILL_RESULT: it is no plain file any more" },
	{ "a pipe", "mkfifo $TIDEMILL_RESULT", OUTCOME_ERROR, 0, NULL,
	  "read the outputs in $TIDEMILL_RESULT: it is no plain file any more" },
	{ "a link", "ln -s /etc/passwd $TIDEMILL_RESULT", OUTCOME_ERROR, 0, NULL,
	  "read the outputs in $TIDEMILL_RESULT: Too many levels of symbolic links" },
	{ "before a failure", "echo '{\"n\": 7}' >$TIDEMILL_RESULT; exit 3", OUTCOME_ERROR, 3, NULL,
	  "exit status 3" },
};

/* The directory of an attempt is removed whatever a program made in it. */
static void
what_a_program_leaves_is_in_its_record(void **state)
{
	static struct task_output leaves[] = { { "n", OUTPUT_INT64 } };
	struct lab *lab = *state;

	for (size_t i = 0; i < countof(lefts); i++) {
		const struct left *l = &lefts[i];
		struct exit_record r;

		print_message("  %s\n", l->name);
		lab->spec.leaves = leaves;
		lab->spec.n_leaves = countof(leaves);
		r = lab_record(lab, lab_shell(lab, l->script));
		expect(&r, l->outcome, l->exit_code, 0);
		if (strncmp(r.message, l->message, strlen(l->message)) != 0)
			fail_msg("%s: %s", l->name, r.message);
		assert_int_equal(r.outputs == NULL, l->outputs == NULL);
		if (l->outputs)
			assert_string_equal(r.outputs, l->outputs);
		assert_int_equal(attempt_remove(lab->runtime_fd, r.attempt, NULL), ERR_NONE);
		exit_record_release(&r);
	}
	lab_reset(lab);
}

static const struct keeps {
	const char *name, *before, *script;
	enum outcome outcome;
	int exit_code;
	const char *kept, *message;
} keeps[] = {
	{ "nothing to begin with", NULL, "[ \"$(cat $TIDEMILL_STATE)\" = '{}' ]", OUTCOME_OK, 0,
	  NULL, "" },
	{ "what was left before", "{\"n\":1}", "[ \"$(cat $TIDEMILL_STATE)\" = '{\"n\":1}' ]",
	  OUTCOME_OK, 0, NULL, "" },
	{ "another", "{\"n\":1}", "echo '{\"n\": 2}' >$TIDEMILL_STATE", OUTCOME_OK, 0, "{\"n\":2}",
	  "" },
	{ "before a failure", NULL, "echo '{\"n\": 2}' >$TIDEMILL_STATE; exit 3", OUTCOME_ERROR, 3,
	  "{\"n\":2}", "exit status 3" },
	{ "forgotten", "{\"n\":1}", "echo '{}' >$TIDEMILL_STATE", OUTCOME_OK, 0, "{}", "" },
	{ "emptied", "{\"n\":1}", ": >$TIDEMILL_STATE", OUTCOME_OK, 0, NULL, "" },
	{ "removed", "{\"n\":1}", "rm $TIDEMILL_STATE", OUTCOME_OK, 0, NULL, "" },
	{ "no JSON", "{\"n\":1}", "echo '{\"n\":' >$TIDEMILL_STATE", OUTCOME_ERROR, 0, NULL,
	  "read the state in $TIDEMILL_STATE as JSON: line " },
	{ "no JSON before a failure", "{\"n\":1}", "echo no >$TIDEMILL_STATE; exit 3",
	  OUTCOME_ERROR, 3, NULL, "exit status 3; read the state in $TIDEMILL_STATE as JSON: " },
	{ "too much", NULL, "head -c 70000 /dev/zero >$TIDEMILL_STATE", OUTCOME_ERROR, 0, NULL,
	  "the state in $TIDEMILL_STATE is longer than 64 KiB" },
	{ "a link", NULL, "ln -sf /etc/passwd $TIDEMILL_STATE", OUTCOME_ERROR, 0, NULL,
	  "read the state in $TIDEMILL_STATE: Too many levels of symbolic links" },
};

static void
what_a_try_keeps_is_in_its_record(void **state)
{
	struct lab *lab = *state;

	for (size_t i = 0; i < countof(keeps); i++) {
		const struct keeps *k = &keeps[i];
		struct exit_record r;
		char before[32];

		print_message("  %s\n", k->name);
		lab->spec.keeps = true;
		snprintf(before, sizeof(before), "%s", k->before ? k->before : "");
		lab->spec.kept = before;
		r = lab_record(lab, lab_shell(lab, k->script));
		expect(&r, k->outcome, k->exit_code, 0);
		if (strncmp(r.message, k->message, strlen(k->message)) != 0)
			fail_msg("%s: %s", k->name, r.message);
		assert_int_equal(r.kept == NULL, k->kept == NULL);
		if (k->kept)
			assert_string_equal(r.kept, k->kept);
		assert_int_equal(attempt_remove(lab->runtime_fd, r.attempt, NULL), ERR_NONE);
		exit_record_release(&r);
	}
	lab_reset(lab);
}

static void
no_output_makes_no_log(void **state)
{
	struct lab *lab = *state;
	struct exit_record r = lab_record(lab, lab_shell(lab, "exit 0"));

	assert_int_equal(access(lab->log, F_OK), -1);
	assert_int_equal(r.log_bytes, 0);
	assert_true(r.used.peak_bytes > 0);
	exit_record_release(&r);
}

/*
 * What was used is counted over the whole tree: of the worker, of children that it waited for, of
 * those that it left behind, and of those that had to be killed; and at any ending.
 */
static void
what_was_used_is_counted_over_all_processes(void **state)
{
	static const struct {
		const char *script;
		enum outcome outcome;
		int64_t io_bytes;
	} cases[] = {
		{ "head -c 3000000 /dev/zero >/dev/null", OUTCOME_OK, 3000000 },
		{ "sh -c 'head -c 3000000 /dev/zero >/dev/null; :'; exit 7", OUTCOME_ERROR,
		  3000000 },
		{ "head -c 3000000 /dev/zero >/dev/null; kill -9 $$", OUTCOME_SIGNAL, 3000000 },
		{ "setsid sh -c 'sleep 0.05; head -c 3000000 /dev/zero >/dev/null' & exit 0",
		  OUTCOME_OK, 3000000 },
		{ "head -c 3000000 /dev/zero >/dev/null; exec sleep 600", OUTCOME_TIMEOUT,
		  3000000 },
		{ "(trap '' TERM HUP; head -c 3000000 /dev/zero >/dev/null; while :; do sleep 9; "
		  "done) & sleep 0.2; exit 0",
		  OUTCOME_OK, 3000000 },
	};
	struct lab *lab = *state;

	for (size_t i = 0; i < countof(cases); i++) {
		struct exit_record r;

		lab->timeout_us = cases[i].outcome == OUTCOME_TIMEOUT ? SECOND_US : 0;
		r = lab_record(lab, lab_shell(lab, cases[i].script));
		print_message("  %s: cpu %lld us, peak %lld, read %lld, written %lld\n",
			      cases[i].script, (long long)r.used.cpu_us,
			      (long long)r.used.peak_bytes, (long long)r.used.read_bytes,
			      (long long)r.used.written_bytes);
		assert_string_equal(outcome_name(r.outcome), outcome_name(cases[i].outcome));
		assert_in_range(r.used.read_bytes, cases[i].io_bytes, cases[i].io_bytes + 1000000);
		assert_in_range(r.used.written_bytes, cases[i].io_bytes,
				cases[i].io_bytes + 100000);
		assert_in_range(r.used.cpu_us, 1, 5 * SECOND_US);
		assert_in_range(r.used.peak_bytes, 100000, 100000000);
		exit_record_release(&r);
	}
	lab_reset(lab);
}

/* 200 MiB in a grandchild, and half a second of work in another. */
static void
peak_and_processor_time_are_of_the_tree(void **state)
{
	struct lab *lab = *state;
	struct exit_record r = lab_record(
	    lab, lab_shell(lab, "sh -c 'dd if=/dev/zero of=/dev/null bs=200M count=1 2>/dev/null; "
				":'; timeout -s KILL 0.5 sh -c 'while :; do :; done'; exit 0"));

	expect(&r, OUTCOME_OK, 0, 0);
	assert_in_range(r.used.peak_bytes, 200 << 20, 230 << 20);
	assert_in_range(r.used.cpu_us, SECOND_US / 20, 3 * SECOND_US);
	exit_record_release(&r);
}

static void
the_log_has_both_streams(void **state)
{
	struct lab *lab = *state;
	struct exit_record r = lab_record(lab,
					  lab_shell(lab, "echo one; echo two >&2; kill -9 $$"));
	char *log = lab_log(lab);
	struct stat st;

	expect(&r, OUTCOME_SIGNAL, 0, SIGKILL);
	assert_string_equal(log, "one\ntwo\n");
	assert_int_equal(r.log_bytes, 8);
	assert_int_equal(stat(lab->log, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	free(log);
	exit_record_release(&r);
}

/* A log at its cap, one byte past it, and far past it. */
static void
the_log_is_cut_at_its_cap(void **state)
{
	struct lab *lab = *state;
	struct exit_record r;
	char *log;

	lab->log_bytes_max = 10;
	r = lab_record(lab, lab_shell(lab, "printf 1234567890"));
	log = lab_log(lab);
	assert_string_equal(log, "1234567890");
	assert_int_equal(r.log_dropped_bytes, 0);
	free(log);
	exit_record_release(&r);
	r = lab_record(lab, lab_shell(lab, "printf 12345; printf 678901"));
	log = lab_log(lab);
	assert_string_equal(log, "1234567890\n[tidemill: 1 bytes of output dropped, the limit is "
				 "10]\n");
	assert_int_equal(r.log_bytes, 10);
	assert_int_equal(r.log_dropped_bytes, 1);
	free(log);
	exit_record_release(&r);
	lab_reset(lab);
}

static void
a_gibibyte_of_output_is_dropped_and_counted(void **state)
{
	const char *argv[] = { "head", "-c", "1G", "/dev/zero", NULL };
	struct lab *lab = *state;
	struct exit_record r = lab_record(lab, lab_launch(lab, argv));
	struct stat st;

	expect(&r, OUTCOME_OK, 0, 0);
	assert_int_equal(r.log_bytes, 1 << 20);
	assert_int_equal(r.log_dropped_bytes, GIB - (1 << 20));
	assert_int_equal(stat(lab->log, &st), 0);
	assert_in_range(st.st_size, 1 << 20, (1 << 20) + 200);
	exit_record_release(&r);
}

/* A log that cannot be written never holds up or fails the task. */
static void
a_log_that_cannot_be_written_fails_no_task(void **state)
{
	struct lab *lab = *state;
	struct exit_record r;
	char path[1024];
	int fd;

	(void)snprintf(path, sizeof(path), "%s/.tidemill", lab->dir);
	(void)nftw(path, lab_remove_one, 16, FTW_DEPTH | FTW_PHYS);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	(void)close(fd);
	r = lab_record(lab, lab_shell(lab, "head -c 200000 /dev/zero; exit 4"));
	expect(&r, OUTCOME_ERROR, 4, 0);
	assert_int_equal(r.log_bytes, 0);
	assert_int_equal(r.log_dropped_bytes, 200000);
	exit_record_release(&r);
	assert_int_equal(unlink(path), 0);
}

static void
what_a_worker_leaves_behind_is_ended(void **state)
{
	static const struct {
		const char *name, *script;
		int64_t within_us;
	} cases[] = {
		{ "holds the output", "sleep 600 & exit 0", 5 * SECOND_US / 2 },
		{ "holds nothing", "sleep 600 >/dev/null 2>&1 & exit 0", SECOND_US },
		{ "in a session of its own, deaf",
		  "setsid sh -c 'trap \"\" TERM HUP; sleep 600' "
		  ">/dev/null 2>&1 & exit 0",
		  SECOND_US },
	};
	struct lab *lab = *state;

	for (size_t i = 0; i < countof(cases); i++) {
		int64_t begin_us = clock_boot_us();
		struct exit_record r = lab_record(lab, lab_shell(lab, cases[i].script));
		char *log = lab_log(lab);

		print_message("  %s\n", cases[i].name);
		expect(&r, OUTCOME_OK, 0, 0);
		assert_in_range(r.leftovers, 1, 2);
		assert_non_null(strstr(log, "left behind"));
		assert_true(clock_boot_us() - begin_us < cases[i].within_us + SECOND_US / 2);
		free(log);
		exit_record_release(&r);
	}
}

/* What a worker leaves behind may write its last words. */
static void
late_output_is_kept_in_the_log(void **state)
{
	struct lab *lab = *state;
	struct exit_record r = lab_record(
	    lab, lab_shell(lab, "(sleep 0.2; echo late) & echo early; exit 0"));
	char *log = lab_log(lab);

	expect(&r, OUTCOME_OK, 0, 0);
	assert_int_equal(r.leftovers, 0);
	assert_string_equal(log, "early\nlate\n");
	free(log);
	exit_record_release(&r);
}

/* Forked twice, in its own session, deaf to SIGTERM: still found and ended, whatever ends it. */
static void
a_daemon_is_found_and_ended(void **state)
{
	struct lab *lab = *state;
	int fifo = lab_fifo(lab, "daemon"), pid, pid_fd;
	struct exit_record r;
	int64_t attempt;

	attempt = lab_shell(lab, "mkfifo hold; setsid sh -c 'setsid sh -c \"trap \\\"\\\" TERM; "
				 "echo \\$\\$ >daemon; read x <hold\" </dev/null "
				 ">/dev/null 2>&1 &' & exec sleep 600");
	lab_numbers(fifo, &pid, 1);
	pid_fd = lab_pidfd(pid);
	(void)lab_hint(lab, attempt, HINT_STARTED);
	assert_int_equal(lab_inspect(lab, attempt, &r, &pid), EVIDENCE_ALIVE);
	assert_int_equal(kill(pid, SIGTERM), 0);
	lab_gone(pid_fd, LAB_WAIT_US);
	r = lab_record(lab, attempt);
	expect(&r, OUTCOME_CANCELLED, 0, SIGTERM);
	assert_non_null(strstr(r.message, "ended by SIGTERM from process"));
	exit_record_release(&r);
	(void)close(fifo);
	lab_reset(lab);
}

static void
a_cancelled_worker_ends_by_sigterm(void **state)
{
	struct lab *lab = *state;
	int64_t attempt = lab_shell(lab, "exec sleep 600");
	struct exit_record r;
	int pid;

	(void)lab_hint(lab, attempt, HINT_STARTED);
	assert_int_equal(lab_inspect(lab, attempt, &r, &pid), EVIDENCE_ALIVE);
	/* The worker may not have come as far as its own session: the signal has to reach it. */
	assert_int_equal(kill(pid, SIGTERM), 0);
	/* The second changes nothing, and may find that the first was enough. */
	assert_true(kill(pid, SIGTERM) == 0 || errno == ESRCH);
	r = lab_record(lab, attempt);
	expect(&r, OUTCOME_CANCELLED, 0, SIGTERM);
	assert_non_null(strstr(r.message, "(test_shim) of user"));
	exit_record_release(&r);
}

/* The worker dies with its shim; what the worker had forked, clean environment or not, too. */
static void
a_worker_dies_with_its_shim(void **state)
{
	struct lab *lab = *state;
	int fifo = lab_fifo(lab, "pids"), pids[2], shim, pid_fds[2];
	int64_t attempt = lab_shell(lab, "env -i setsid sleep 600 & echo $! >pids; echo $$ >pids; "
					 "wait");
	struct exit_record r;
	bool gone;

	lab_numbers(fifo, pids, 2);
	for (size_t i = 0; i < countof(pids); i++)
		pid_fds[i] = lab_pidfd(pids[i]);
	assert_int_equal(lab_inspect(lab, attempt, &r, &shim), EVIDENCE_ALIVE);
	assert_int_equal(kill(shim, SIGKILL), 0);
	for (size_t i = 0; i < countof(pids); i++)
		lab_gone(pid_fds[i], 2 * SECOND_US);
	(void)lab_hint(lab, attempt, HINT_SHIM_DIED);
	assert_int_equal(lab_inspect(lab, attempt, &r, &shim), EVIDENCE_VANISHED);
	assert_int_equal(tree_sweep(lab->token, &gone, NULL), ERR_NONE);
	assert_true(gone);
	assert_null(lab_seen(lab, attempt, HINT_ENDED));
	(void)close(fifo);
}

/* Killed as soon as it can be named, at whatever step it is: a record or nothing, never more. */
static void
a_shim_killed_early_leaves_a_record_or_nothing(void **state)
{
	struct lab *lab = *state;
	int vanished = 0;

	for (int i = 0; i < 40; i++) {
		int64_t attempt = lab_shell(lab, i % 2 ? "sleep 600 & sleep 600" : "exit 0");
		struct exit_record r;
		enum evidence found;
		bool gone;
		int pid;

		while ((found = lab_inspect(lab, attempt, &r, &pid)) == EVIDENCE_ABSENT)
			(void)sched_yield(); /* no hint comes as early as we want to be */
		if (found == EVIDENCE_ALIVE) {
			(void)kill(pid, SIGKILL);
			lab_either(lab, attempt, HINT_ENDED, HINT_SHIM_DIED);
			found = lab_inspect(lab, attempt, &r, &pid);
			vanished += found == EVIDENCE_VANISHED;
			assert_true(found == EVIDENCE_VANISHED || found == EVIDENCE_RECORD);
		} else {
			(void)lab_hint(lab, attempt, HINT_ENDED);
		}
		if (found == EVIDENCE_RECORD)
			exit_record_release(&r);
		assert_int_equal(tree_sweep(lab->token, &gone, NULL), ERR_NONE);
		assert_true(gone);
	}
	assert_true(vanished >= 20);
}

/* Without shim and spawner the token in the environment is what finds a command. */
static void
a_sweep_finds_a_command_by_its_token(void **state)
{
	struct lab *lab = *state;
	int fifo = lab_fifo(lab, "sweep"), pid, pid_fd;
	bool gone = false;
	int64_t attempt;

	attempt = lab_shell(lab, "sleep 600 & echo $! >sweep; wait");
	lab_numbers(fifo, &pid, 1);
	pid_fd = lab_pidfd(pid);
	assert_int_equal(tree_sweep("ffffffffffffffffffffffffffffffff", &gone, NULL), ERR_NONE);
	assert_true(gone);
	assert_int_equal(tree_sweep(lab->token, &gone, NULL), ERR_NONE);
	assert_false(gone);
	lab_gone(pid_fd, LAB_WAIT_US);
	(void)lab_hint(lab, attempt, HINT_SHIM_DIED); /* the shim shows it as well */
	assert_int_equal(tree_sweep(lab->token, &gone, NULL), ERR_NONE);
	assert_true(gone);
	(void)close(fifo);
}

/* A tombstone, and an attempt that is taken, keep a late shim from starting. */
static void
the_fence_lets_one_of_many_start(void **state)
{
	const char *argv[] = { "/bin/sh", "-c", "echo ran >>fence", NULL };
	struct lab *lab = *state;
	struct exit_record r;
	struct buf frame;
	char path[1024];
	struct stat st;
	int pid;

	(void)snprintf(path, sizeof(path), "%s/fence", lab->dir);
	assert_int_equal(attempt_bury(lab->runtime_fd, lab->attempt + 1, NULL), ERR_NONE);
	(void)lab_launch(lab, argv);
	(void)lab_hint(lab, lab->attempt, HINT_ENDED);
	assert_int_equal(lab_inspect(lab, lab->attempt, &r, &pid), EVIDENCE_TOMBSTONE);
	assert_int_equal(access(path, F_OK), -1);
	assert_null(lab_seen(lab, lab->attempt, HINT_STARTED));

	buf_init(&frame, SIZE_MAX);
	lab->attempt++;
	for (int i = 0; i < 5; i++)
		lab_frame(lab, lab->attempt, argv, &frame);
	lab_send(lab, frame.data, frame.bytes);
	buf_release(&frame);
	for (int i = 0; i < 5; i++)
		(void)lab_hint(lab, lab->attempt, HINT_ENDED);
	assert_int_equal(lab_inspect(lab, lab->attempt, &r, &pid), EVIDENCE_RECORD);
	expect(&r, OUTCOME_OK, 0, 0);
	exit_record_release(&r);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_size, 4); /* one of the five ran */
}

/* Whether `text` has a line that begins with `line`. */
static bool
has_line(const char *text, const char *line)
{
	size_t n = strlen(line);

	for (const char *at = text; at; at = strchr(at, '\n'), at = at ? at + 1 : NULL) {
		if (strncmp(at, line, n) == 0)
			return true;
	}
	return false;
}

static size_t
count_lines(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += *text == '\n';
	return n;
}

static void
a_command_has_its_environment_and_no_more(void **state)
{
	static const char *const lines[] = {
		"PATH=",
		"HOME=",
		"TZ=UTC\n",
		"LANG=C.UTF-8\n",
		"SECRET=***\n",
		"FILE=***\n",
		"PLAIN=value\n",
		"TIDEMILL_DAG=",
		"TIDEMILL_TASK=",
		"TIDEMILL_RUN_ID=",
		"TIDEMILL_PROJECT=/tmp/",
		"TIDEMILL_TRY_NUMBER=1\n",
		"TIDEMILL_DS=1970-01-02\n",
		"TIDEMILL_PARTITION=1970-01-02\n",
		"TIDEMILL_DATA_INTERVAL_START=1970-01-02T00:00:00Z\n",
		"TIDEMILL_DATA_INTERVAL_END=1970-01-03T00:00:00Z\n",
	};
	struct spec_env env[] = {
		{ .name = (char[]){ "SECRET" }, .from_env = (char[]){ "LAB_SECRET" } },
		{ .name = (char[]){ "FILE" }, .from_file = (char[]){ "secret.txt" } },
		{ .name = (char[]){ "PLAIN" }, .value = (char[]){ "value" } },
	};
	const char *argv[] = { "env", NULL };
	struct lab *lab = *state;
	struct exit_record r;
	char path[1024], attempt[64], *log;
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/secret.txt", lab->dir);
	file = fopen(path, "we");
	assert_non_null(file);
	(void)fprintf(file, "from a file\n");
	(void)fclose(file);
	assert_int_equal(0, chmod(path, 0600));
	lab->spec.env = env;
	lab->spec.n_env = countof(env);
	lab->spec.logical_us = lab->spec.start_us = DAY_US;
	lab->spec.end_us = 2 * DAY_US;
	r = lab_record(lab, lab_launch(lab, argv));
	log = lab_log(lab);
	expect(&r, OUTCOME_OK, 0, 0);
	for (size_t i = 0; i < countof(lines); i++) {
		if (!has_line(log, lines[i]))
			fail_msg("'%s' is not in:\n%s", lines[i], log);
	}
	(void)snprintf(attempt, sizeof(attempt), "TIDEMILL_ATTEMPT=%s\n", lab->token);
	assert_true(has_line(log, attempt));
	assert_int_equal(count_lines(log), countof(lines) + 1);
	free(log);
	exit_record_release(&r);
	lab_reset(lab);
}

/* 32 and 33 are the C library's own: nobody can change them, and some parents ignore them. */
#define LIBC_SIGNALS 0x180000000ULL

static void
a_command_has_clean_descriptors_and_signals(void **state)
{
	unsigned long long blocked = 0, ignored = 0;
	int no_new = 0;
	struct lab *lab = *state;
	struct exit_record r;
	char *log;

	/* ls itself opens the directory it lists: 3. */
	r = lab_record(lab, lab_shell(lab, "exec ls /proc/self/fd"));
	log = lab_log(lab);
	assert_string_equal(log, "0\n1\n2\n3\n");
	free(log);
	exit_record_release(&r);
	r = lab_record(lab, lab_shell(lab, "exec grep -E '^(SigBlk|SigIgn|NoNewPrivs)' "
					   "/proc/self/status"));
	log = lab_log(lab);
	assert_int_equal(3, sscanf(log, "SigBlk: %llx SigIgn: %llx NoNewPrivs: %d", &blocked,
				   &ignored, &no_new));
	assert_int_equal(blocked, 0);
	assert_int_equal(ignored & ~LIBC_SIGNALS, 0);
	assert_int_equal(no_new, 1);
	free(log);
	exit_record_release(&r);
	r = lab_record(lab, lab_shell(lab, "pwd; ulimit -c; read x || echo end"));
	log = lab_log(lab);
	assert_non_null(strstr(log, lab->dir));
	assert_non_null(strstr(log, "\n0\nend\n"));
	free(log);
	exit_record_release(&r);
}

static void
what_cannot_run_says_why(void **state)
{
	static const struct {
		const char *program, *from_env, *message;
		enum outcome outcome;
	} cases[] = {
		{ "./nope", NULL, "run './nope': No such file or directory", OUTCOME_ERROR },
		{ "tidemill-no-such-program", NULL,
		  "run 'tidemill-no-such-program': No such file or directory", OUTCOME_ERROR },
		{ "/tmp", NULL, "run '/tmp': Permission denied", OUTCOME_ERROR },
		{ "/bin/true", "LAB_ABSENT",
		  "set HOOK: the scheduler's environment has no variable LAB_ABSENT; export it, "
		  "then start the scheduler",
		  OUTCOME_FATAL },
	};
	struct lab *lab = *state;

	for (size_t i = 0; i < countof(cases); i++) {
		struct spec_env env = { .name = (char[]){ "HOOK" } };
		const char *argv[] = { cases[i].program, NULL };
		struct exit_record r;

		memcpy(&env.from_env, &cases[i].from_env, sizeof(env.from_env));
		lab->spec.env = &env;
		lab->spec.n_env = cases[i].from_env ? 1 : 0;
		r = lab_record(lab, lab_launch(lab, argv));
		expect(&r, cases[i].outcome, 127, 0);
		assert_string_equal(r.message, cases[i].message);
		exit_record_release(&r);
	}
	lab_reset(lab);
}

/* A spec that is none is a launch that failed, with a record that says so. */
static void
a_bad_spec_is_a_launch_that_failed(void **state)
{
	static const char *const specs[] = { "", "{", "{}", "[1]" };
	struct lab *lab = *state;

	for (size_t i = 0; i < countof(specs); i++) {
		struct launch l = { .attempt = ++lab->attempt,
				    .runtime_path = lab->runtime,
				    .log_path = "/nonexistent/log",
				    .spec = specs[i],
				    .spec_bytes = strlen(specs[i]) };
		struct exit_record r;
		struct buf frame;

		memcpy(l.token, lab->token, sizeof(l.token));
		buf_init(&frame, SIZE_MAX);
		launch_write(&l, &frame);
		lab_send(lab, frame.data, frame.bytes);
		buf_release(&frame);
		r = lab_record(lab, l.attempt);
		expect(&r, OUTCOME_LAUNCH_FAILED, 0, 0);
		assert_non_null(strstr(r.message, "spec"));
		exit_record_release(&r);
	}
}

static void
no_runtime_directory_is_told_as_failed(void **state)
{
	struct lab *lab = *state;
	struct exit_record r;
	char kept[sizeof(lab->runtime)];
	struct hint hint;
	int pid;

	memcpy(kept, lab->runtime, sizeof(kept));
	(void)snprintf(lab->runtime, sizeof(lab->runtime), "%s/absent", lab->dir);
	hint = lab_hint(lab, lab_shell(lab, "exit 0"), HINT_FORK_FAILED);
	assert_int_equal(hint.detail, ENOENT);
	assert_int_equal(lab_inspect(lab, lab->attempt, &r, &pid), EVIDENCE_ABSENT);
	memcpy(lab->runtime, kept, sizeof(kept));
}

/* Many at once: each has its record, and the spawner has as many descriptors as before. */
static void
many_at_once_all_leave_records(void **state)
{
	enum { MANY = 300 };
	const char *argv[] = { "true", NULL };
	struct lab *lab = *state;
	int64_t first = lab->attempt + 1;
	char path[64];
	size_t before;

	(void)snprintf(path, sizeof(path), "/proc/%d/fd", (int)lab->spawner.pid);
	before = lab_count_entries(path);
	for (int i = 0; i < MANY; i++) {
		(void)lab_launch(lab, argv);
		lab_take_hints(lab);
	}
	for (int i = 0; i < MANY; i++) {
		struct exit_record r = lab_record(lab, first + i);

		expect(&r, OUTCOME_OK, 0, 0);
		exit_record_release(&r);
		assert_int_equal(attempt_remove(lab->runtime_fd, first + i, NULL), ERR_NONE);
	}
	/* It has one for each shim that waits for another attempt. */
	assert_true(lab_count_entries(path) <= before + SPAWNER_SPARE_MAX);
}

/* The scheduler and the spawner go; the attempt goes on and leaves its record. */
static void
an_attempt_outlives_the_scheduler(void **state)
{
	struct lab *lab = *state;
	int fifo = lab_fifo(lab, "going"), shim, pid, go;
	struct exit_record r;
	char path[1024];
	int64_t attempt;

	(void)snprintf(path, sizeof(path), "%s/go", lab->dir);
	assert_int_equal(mkfifo(path, 0600), 0);
	attempt = lab_shell(lab, "echo $$ >going; read x <go; exit 5");
	lab_numbers(fifo, &pid, 1);
	assert_int_equal(lab_inspect(lab, attempt, &r, &shim), EVIDENCE_ALIVE);
	shim = lab_pidfd(shim);
	spawner_stop(&lab->spawner);
	go = open(path, O_WRONLY | O_CLOEXEC);
	assert_true(go >= 0);
	(void)close(go);
	lab_gone(shim, LAB_WAIT_US);
	assert_int_equal(lab_inspect(lab, attempt, &r, &pid), EVIDENCE_RECORD);
	expect(&r, OUTCOME_ERROR, 5, 0);
	exit_record_release(&r);
	(void)close(fifo);
}

/* A project whose path is 150 characters long, and a log path of more than 256. */
static void
long_paths_of_projects_work(void **state)
{
	char parent[256] = "/tmp/tidemill-long-XXXXXX", deep[256];
	struct exit_record r;
	struct lab lab;
	char *log;

	(void)state;
	assert_non_null(mkdtemp(parent));
	(void)snprintf(deep, sizeof(deep), "%.64s/%0150d", parent, 7);
	assert_int_equal(mkdir(deep, 0700), 0);
	lab_open(&lab, deep, shift_main);
	r = lab_record(&lab, lab_shell(&lab, "pwd"));
	log = lab_log(&lab);
	expect(&r, OUTCOME_OK, 0, 0);
	assert_int_equal(strncmp(log, lab.dir, strlen(lab.dir)), 0);
	free(log);
	exit_record_release(&r);
	lab_close(&lab);
	(void)nftw(parent, lab_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_ending_has_its_outcome_and_message),
		cmocka_unit_test(what_a_program_leaves_is_in_its_record),
		cmocka_unit_test(what_a_try_keeps_is_in_its_record),
		cmocka_unit_test(no_output_makes_no_log),
		cmocka_unit_test(what_was_used_is_counted_over_all_processes),
		cmocka_unit_test(peak_and_processor_time_are_of_the_tree),
		cmocka_unit_test(the_log_has_both_streams),
		cmocka_unit_test(the_log_is_cut_at_its_cap),
		cmocka_unit_test(a_gibibyte_of_output_is_dropped_and_counted),
		cmocka_unit_test(a_log_that_cannot_be_written_fails_no_task),
		cmocka_unit_test(what_a_worker_leaves_behind_is_ended),
		cmocka_unit_test(late_output_is_kept_in_the_log),
		cmocka_unit_test(a_daemon_is_found_and_ended),
		cmocka_unit_test(a_cancelled_worker_ends_by_sigterm),
		cmocka_unit_test(a_worker_dies_with_its_shim),
		cmocka_unit_test(a_shim_killed_early_leaves_a_record_or_nothing),
		cmocka_unit_test(a_sweep_finds_a_command_by_its_token),
		cmocka_unit_test(the_fence_lets_one_of_many_start),
		cmocka_unit_test(a_command_has_its_environment_and_no_more),
		cmocka_unit_test(a_command_has_clean_descriptors_and_signals),
		cmocka_unit_test(what_cannot_run_says_why),
		cmocka_unit_test(a_bad_spec_is_a_launch_that_failed),
		cmocka_unit_test(no_runtime_directory_is_told_as_failed),
		cmocka_unit_test(many_at_once_all_leave_records),
		cmocka_unit_test_setup_teardown(an_attempt_outlives_the_scheduler, open_lab,
						lab_teardown),
		cmocka_unit_test(long_paths_of_projects_work),
	};

	/* Before the spawner is forked: what a command must not see, and what it may ask for. */
	(void)setenv("LAB_SECRET", "swordfish", 1);
	(void)unsetenv("LAB_ABSENT");
	return cmocka_run_group_tests(tests, open_lab, lab_teardown);
}
