/* test_attempt.c - the attempt directory: fence, evidence, records, and where it lives. */
#include "core/wire/attempt.h"

#include "tests/fixture/lab.h"

#define OTHER_TOKEN "ffffffffffffffffffffffffffffffff"

static struct exit_record
sample(void)
{
	static char message[] = "a \"quoted\" m\xC3\xA9ssage";
	static char outputs[] = "{\"n\":7}";
	static char limits[] = "{\"open_files\":20}";
	static char result[] = "{\"outcome\":\"gate_failed\",\"x\":0.1}";

	return (struct exit_record){ .attempt = 7,
				     .token = LAB_TOKEN,
				     .outcome = OUTCOME_GATE_FAILED,
				     .exit_code = 1,
				     .started_us = 1000,
				     .ended_us = 2000,
				     .used = { 5, 4096, 0, -1 },
				     .log_bytes = 6,
				     .log_dropped_bytes = 7,
				     .leftovers = 8,
				     .message = message,
				     .limits = limits,
				     .result = result,
				     .outputs = outputs };
}

static int
open_dir(void **state)
{
	struct lab *lab = calloc(1, sizeof(*lab));

	assert_non_null(lab);
	(void)snprintf(lab->dir, sizeof(lab->dir), "/tmp/tidemill-attempt-XXXXXX");
	assert_non_null(mkdtemp(lab->dir));
	memcpy(lab->token, LAB_TOKEN, sizeof(lab->token));
	lab->runtime_fd = open(lab->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(lab->runtime_fd >= 0);
	*state = lab;
	return 0;
}

static int
close_dir(void **state)
{
	lab_close(*state);
	free(*state);
	return 0;
}

static void
a_record_is_one_line_and_reads_back(void **state)
{
	struct exit_record in = sample(), out;
	struct buf text;
	struct err err;

	(void)state;
	buf_init(&text, EXIT_RECORD_BYTES_MAX);
	exit_record_write(&in, &text);
	assert_int_equal(text.data[text.bytes - 1], '\n');
	assert_ptr_equal(strchr(text.data, '\n'), text.data + text.bytes - 1);
	assert_int_equal(exit_record_read(&out, text.data, text.bytes, &err), ERR_NONE);
	assert_string_equal(out.token, in.token);
	assert_string_equal(out.message, in.message);
	assert_string_equal(out.result, in.result);
	assert_string_equal(out.outputs, in.outputs);
	assert_string_equal(out.limits, in.limits);
	assert_int_equal(out.attempt, 7);
	assert_int_equal(out.outcome, OUTCOME_GATE_FAILED);
	assert_int_equal(out.exit_code, 1);
	assert_int_equal(out.signal, 0);
	assert_int_equal(out.started_us, 1000);
	assert_int_equal(out.ended_us, 2000);
	assert_int_equal(out.used.peak_bytes, 4096);
	assert_int_equal(out.used.cpu_us, 5);
	assert_int_equal(out.used.read_bytes, 0);
	assert_int_equal(out.used.written_bytes, -1);
	assert_null(strstr(text.data, "written_bytes"));
	assert_int_equal(out.log_bytes, 6);
	assert_int_equal(out.log_dropped_bytes, 7);
	assert_int_equal(out.leftovers, 8);
	exit_record_release(&out);
	/* Every prefix is refused: a record is whole or it is none. */
	for (size_t n = 0; n + 1 < text.bytes; n++)
		assert_int_equal(exit_record_read(&out, text.data, n, NULL), ERR_INPUT);
	buf_release(&text);
}

/* The largest result that a shim lets through fits into a record whatever it is made of. */
static void
the_largest_result_fits_a_record(void **state)
{
	struct exit_record in = sample(), out;
	struct buf text;

	(void)state;
	in.result = malloc(RESULT_BYTES_MAX + 1);
	assert_non_null(in.result);
	memset(in.result, '"', RESULT_BYTES_MAX);
	in.result[RESULT_BYTES_MAX] = '\0';
	in.outputs = malloc(OUTPUTS_BYTES_MAX + 1);
	assert_non_null(in.outputs);
	memset(in.outputs, '"', OUTPUTS_BYTES_MAX);
	in.outputs[OUTPUTS_BYTES_MAX] = '\0';
	buf_init(&text, EXIT_RECORD_BYTES_MAX);
	exit_record_write(&in, &text);
	assert_false(text.full);
	assert_int_equal(exit_record_read(&out, text.data, text.bytes, NULL), ERR_NONE);
	assert_string_equal(out.result, in.result);
	exit_record_release(&out);
	buf_release(&text);
	free(in.result);
	free(in.outputs);
}

static void
a_damaged_record_is_refused(void **state)
{
	static const struct {
		const char *name, *from, *to;
	} cases[] = {
		{ "another protocol", "\"proto\":1", "\"proto\":2" },
		{ "no attempt", "\"attempt\":7,", "" },
		{ "attempt 0", "\"attempt\":7", "\"attempt\":0" },
		{ "attempt is text", "\"attempt\":7", "\"attempt\":\"7\"" },
		{ "short token", "\"token\":\"0", "\"token\":\"" },
		{ "token with another letter", "\"token\":\"0", "\"token\":\"g" },
		{ "unknown outcome", "gate_failed\",\"exit", "fine\",\"exit" },
		{ "exit code 256", "\"exit_code\":1", "\"exit_code\":256" },
		{ "exit code -1", "\"exit_code\":1", "\"exit_code\":-1" },
		{ "negative time", "\"ended_us\":2000", "\"ended_us\":-1" },
		{ "fraction", "\"cpu_us\":5", "\"cpu_us\":5.5" },
		{ "leftovers beyond int", "\"leftovers\":8", "\"leftovers\":2147483648" },
		{ "message is null", "\"message\":\"", "\"message\":null,\"m\":\"" },
		{ "result is a number", "\"result\":\"", "\"result\":1,\"m\":\"" },
		{ "a member twice", "\"cpu_us\":5", "\"cpu_us\":5,\"cpu_us\":5" },
		{ "something behind", "}\n", "} {}\n" },
	};
	struct exit_record in = sample(), out;
	struct buf text;

	(void)state;
	buf_init(&text, EXIT_RECORD_BYTES_MAX);
	exit_record_write(&in, &text);
	for (size_t i = 0; i < countof(cases); i++) {
		const char *at = strstr(text.data, cases[i].from);
		struct err err = { 0 };
		struct buf bad;

		assert_non_null(at);
		buf_init(&bad, EXIT_RECORD_BYTES_MAX);
		buf_add(&bad, text.data, (size_t)(at - text.data));
		buf_text(&bad, cases[i].to);
		buf_text(&bad, at + strlen(cases[i].from));
		if (exit_record_read(&out, bad.data, bad.bytes, &err) != ERR_INPUT)
			fail_msg("%s was accepted: %s", cases[i].name, bad.data);
		assert_true(err.msg[0] != '\0');
		buf_release(&bad);
	}
	buf_release(&text);
}

static void
expect(struct lab *lab, int64_t attempt, enum evidence wanted)
{
	struct exit_record record;
	int pid = 0;
	enum evidence found = lab_inspect(lab, attempt, &record, &pid);

	assert_int_equal(found, wanted);
	if (found == EVIDENCE_RECORD)
		exit_record_release(&record);
}

/* What the child does at each step of evidence_follows_the_life_of_a_shim; its end is a step too.
 */
static void
live(struct lab *lab, int steps_fd, int done_fd)
{
	struct exit_record r = sample();
	int dir_fd, lock_fd;
	char step;

	while (read(steps_fd, &step, 1) == 1) {
		if (step == 'c' && attempt_claim(lab->runtime_fd, 7, &dir_fd, &lock_fd, NULL))
			_exit(1);
		if (step == 'f' && attempt_finish(dir_fd, &r, NULL))
			_exit(1);
		if (write(done_fd, &step, 1) != 1)
			_exit(1);
	}
	_exit(0);
}

static void
take_step(int steps_fd, int done_fd, char step)
{
	assert_int_equal(write(steps_fd, &step, 1), 1);
	assert_int_equal(read(done_fd, &step, 1), 1);
}

/* A shim's life and death as the scheduler sees it, with and without a record. */
static void
evidence_follows_the_life_of_a_shim(void **state)
{
	struct lab *lab = *state;

	for (int with_record = 0; with_record < 2; with_record++) {
		int steps[2], done[2], owner = 0, status;
		struct exit_record record;
		pid_t pid;

		assert_int_equal(pipe2(steps, O_CLOEXEC), 0);
		assert_int_equal(pipe2(done, O_CLOEXEC), 0);
		pid = fork();
		if (pid == 0) {
			(void)close(steps[1]);
			live(lab, steps[0], done[1]);
		}
		(void)close(steps[0]);
		(void)close(done[1]);
		expect(lab, 7, EVIDENCE_ABSENT);
		take_step(steps[1], done[0], 'c');
		assert_int_equal(lab_inspect(lab, 7, &record, &owner), EVIDENCE_ALIVE);
		assert_int_equal(owner, pid);
		assert_int_equal(attempt_bury(lab->runtime_fd, 7, NULL), ERR_CONFLICT);
		if (with_record) {
			take_step(steps[1], done[0], 'f');
			expect(lab, 7, EVIDENCE_RECORD); /* though the lock is held */
		}
		(void)kill(pid, SIGKILL);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		expect(lab, 7, with_record ? EVIDENCE_RECORD : EVIDENCE_VANISHED);
		assert_int_equal(attempt_remove(lab->runtime_fd, 7, NULL), ERR_NONE);
		expect(lab, 7, EVIDENCE_ABSENT);
		(void)close(steps[1]);
		(void)close(done[0]);
	}
}

static void
a_tombstone_and_a_claim_exclude_each_other(void **state)
{
	struct lab *lab = *state;
	int dir_fd, lock_fd, dir2_fd, lock2_fd;
	char draft[64];

	assert_int_equal(attempt_bury(lab->runtime_fd, 8, NULL), ERR_NONE);
	expect(lab, 8, EVIDENCE_TOMBSTONE);
	assert_int_equal(attempt_claim(lab->runtime_fd, 8, &dir_fd, &lock_fd, NULL), ERR_CONFLICT);
	expect(lab, 8, EVIDENCE_TOMBSTONE);
	assert_int_equal(attempt_bury(lab->runtime_fd, 8, NULL), ERR_CONFLICT);

	/* A draft that a killed shim of the same pid left is no obstacle. */
	(void)snprintf(draft, sizeof(draft), "t9-%d", (int)getpid());
	assert_int_equal(mkdirat(lab->runtime_fd, draft, 0700), 0);
	assert_int_equal(attempt_claim(lab->runtime_fd, 9, &dir_fd, &lock_fd, NULL), ERR_NONE);
	assert_int_equal(attempt_claim(lab->runtime_fd, 9, &dir2_fd, &lock2_fd, NULL),
			 ERR_CONFLICT);
	assert_int_equal(faccessat(lab->runtime_fd, draft, F_OK, 0), -1);
	assert_true(fcntl(dir_fd, F_GETFD) & FD_CLOEXEC);
	assert_true(fcntl(lock_fd, F_GETFD) & FD_CLOEXEC);
	(void)close(dir_fd);
	(void)close(lock_fd);
	assert_int_equal(attempt_remove(lab->runtime_fd, 9, NULL), ERR_NONE);
	assert_int_equal(attempt_remove(lab->runtime_fd, 8, NULL), ERR_NONE);
	assert_int_equal(attempt_remove(lab->runtime_fd, 8, NULL), ERR_NONE);
}

/* A record of another token, or a torn one, is an error and not an answer. */
static void
a_record_with_another_token_is_refused(void **state)
{
	struct lab *lab = *state;
	struct exit_record in = sample(), out;
	int dir_fd, lock_fd, pid, fd;
	enum evidence evidence;
	struct err err;

	assert_int_equal(attempt_claim(lab->runtime_fd, 7, &dir_fd, &lock_fd, NULL), ERR_NONE);
	assert_int_equal(attempt_finish(dir_fd, &in, NULL), ERR_NONE);
	assert_int_equal(
	    attempt_inspect(lab->runtime_fd, 7, OTHER_TOKEN, &evidence, &out, &pid, &err),
	    ERR_INPUT);
	assert_non_null(strstr(err.msg, "attempt 7"));
	fd = openat(dir_fd, "exit", O_WRONLY | O_TRUNC | O_CLOEXEC);
	assert_true(fd >= 0);
	(void)close(fd);
	assert_int_equal(
	    attempt_inspect(lab->runtime_fd, 7, LAB_TOKEN, &evidence, &out, &pid, &err), ERR_INPUT);
	(void)close(dir_fd);
	(void)close(lock_fd);
	assert_int_equal(attempt_remove(lab->runtime_fd, 7, NULL), ERR_NONE);
}

/* Run in the environment of `session`; gives the path that was chosen. */
static char *
runtime_of(const char *project, const char *session)
{
	struct err err = { 0 };
	struct stat st;
	char *path;
	int fd;

	if (session)
		(void)setenv("XDG_RUNTIME_DIR", session, 1);
	else
		(void)unsetenv("XDG_RUNTIME_DIR");
	if (attempt_runtime_dir(project, &fd, &path, &err))
		fail_msg("%s", err.msg);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	(void)close(fd);
	return path;
}

static void
each_project_has_a_runtime_directory_of_its_own(void **state)
{
	struct lab *lab = *state;
	char project[700], copy[700], session[700], state_dir[800], command[1600];
	char *first, *again, *other;

	(void)snprintf(project, sizeof(project), "%s/project", lab->dir);
	(void)snprintf(copy, sizeof(copy), "%s/copy", lab->dir);
	(void)snprintf(session, sizeof(session), "%s/session", lab->dir);
	(void)snprintf(state_dir, sizeof(state_dir), "%s/.tidemill", project);
	assert_int_equal(mkdir(project, 0700) | mkdir(state_dir, 0700) | mkdir(session, 0700), 0);
	(void)snprintf(state_dir, sizeof(state_dir), "%s/.tidemill", copy);
	assert_int_equal(mkdir(copy, 0700) | mkdir(state_dir, 0700), 0);

	first = runtime_of(project, session);
	assert_int_equal(strncmp(first, session, strlen(session)), 0);
	/* Without the variable, as from cron: still the same place. */
	again = runtime_of(project, NULL);
	assert_string_equal(first, again);
	/* A copy of the project, link and all, gets one of its own. */
	(void)snprintf(command, sizeof(command), "%s/.tidemill/runtime", copy);
	assert_int_equal(symlink(first, command), 0);
	other = runtime_of(copy, session);
	assert_string_not_equal(first, other);
	free(other);
	/* One that others can enter, and one that is gone (a reboot), are not taken up again. */
	assert_int_equal(chmod(first, 0755), 0);
	other = runtime_of(project, session);
	assert_string_not_equal(first, other);
	assert_int_equal(rmdir(other), 0);
	free(again);
	again = runtime_of(project, session);
	assert_string_not_equal(other, again);
	free(first);
	free(again);
	free(other);
}

static void
the_boot_has_one_id(void **state)
{
	char a[64], b[64];

	(void)state;
	boot_id(a);
	boot_id(b);
	assert_int_equal(strlen(a), 36);
	assert_string_equal(a, b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_record_is_one_line_and_reads_back),
		cmocka_unit_test(the_largest_result_fits_a_record),
		cmocka_unit_test(a_damaged_record_is_refused),
		cmocka_unit_test(evidence_follows_the_life_of_a_shim),
		cmocka_unit_test(a_tombstone_and_a_claim_exclude_each_other),
		cmocka_unit_test(a_record_with_another_token_is_refused),
		cmocka_unit_test(each_project_has_a_runtime_directory_of_its_own),
		cmocka_unit_test(the_boot_has_one_id),
	};

	return cmocka_run_group_tests(tests, open_dir, close_dir);
}
