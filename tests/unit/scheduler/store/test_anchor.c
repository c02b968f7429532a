/* test_anchor.c - files that are taken away from under a store that is open. */
#include "tests/fixture/store.h"

#include "core/base/clock.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

/* A path below the project's state directory; valid until the next call. */
static const char *
under(const struct fixture *f, const char *name)
{
	static char path[256];

	(void)snprintf(path, sizeof(path), "%s/.tidemill%s%s", f->dir, *name ? "/" : "", name);
	return path;
}

/* Put another file where one was. */
static void
replace(const struct fixture *f, const char *name)
{
	FILE *file;

	assert_int_equal(unlink(under(f, name)), 0);
	file = fopen(under(f, name), "w");
	assert_non_null(file);
	assert_int_equal(fclose(file), 0);
}

/* Neither a commit nor a look is answered any more, and the message has these words. */
static void
expect_lost(struct store *s, const char *what, const char *to_do)
{
	const struct change change = run_change(2);
	struct err err = { 0 };

	assert_int_equal(store_commit(s, &change, 1, &err), ERR_CONFLICT);
	if (!strstr(err.msg, what) || !strstr(err.msg, to_do))
		fail_msg("'%s' says not '%s' and '%s'", err.msg, what, to_do);
	assert_int_equal(store_hold(s, &err), ERR_CONFLICT);
}

static void
what_is_in_its_place_is_held(void **state)
{
	struct fixture *f = *state;
	struct store *s = open_store(f);

	commit_base(s);
	assert_int_equal(store_hold(s, NULL), ERR_NONE);
	store_close(s);
}

static void
a_lock_that_is_removed_or_replaced_ends_its_holder(void **state)
{
	struct fixture *f = *state;
	struct store *s = open_store(f);

	commit_base(s);
	replace(f, "lock");
	expect_lost(s, "/.tidemill/lock' was removed or replaced", "`tidemill scheduler`");
	assert_int_equal(unlink(under(f, "lock")), 0);
	expect_lost(s, "/.tidemill/lock' was removed or replaced", "a second one can start");
	store_close(s);
}

static void
a_database_that_is_replaced_ends_its_holder(void **state)
{
	struct fixture *f = *state;
	struct store *s = open_store(f);

	commit_base(s);
	replace(f, "state.db");
	expect_lost(s, "/.tidemill/state.db' was removed or replaced", "put a backup in its place");
	store_close(s);
}

static void
a_database_that_is_written_over_ends_its_holder(void **state)
{
	struct fixture *f = *state;
	struct store *s = open_store(f);
	FILE *file;

	commit_base(s);
	file = fopen(under(f, "state.db"), "r+"); /* the same file, as cp(1) does it */
	assert_non_null(file);
	assert_int_equal(fputc('X', file), 'X');
	assert_int_equal(fclose(file), 0);
	expect_lost(s, "somebody wrote over", "put a backup in its place");
	store_close(s);
}

static void
a_log_that_is_cut_ends_its_holder(void **state)
{
	struct fixture *f = *state;
	struct store *s = open_store(f);
	struct err err = { 0 };

	commit_base(s);
	assert_int_equal(truncate(under(f, "state.db-wal"), 0), 0);
	assert_int_equal(store_hold(s, &err), ERR_CONFLICT);
	assert_non_null(strstr(err.msg, "somebody cut"));
	store_close(s);
}

/* Our own writes, of every kind, are no reason. */
static void
a_store_that_works_holds_what_it_wrote(void **state)
{
	struct fixture *f = *state;
	struct store *s = open_store(f);

	commit_base(s);
	for (int64_t i = 1; i <= 3000; i++) {
		const struct change change = event_change(i);

		commit(s, &change, 1);
		assert_int_equal(store_idle(s, NULL), ERR_NONE);
	}
	assert_int_equal(store_hold(s, NULL), ERR_NONE);
	store_close(s);
}

static void
what_a_removed_log_held_goes_into_the_database(void **state)
{
	static const char *const gone[] = { "state.db-wal", "state.db-shm" };
	const struct change second = run_change(2);

	for (size_t i = 0; i < countof(gone); i++) {
		struct fixture *f;
		struct store *s;
		char *n;
		pid_t pid;
		int status;

		(void)setup(state);
		f = *state;
		/* A process that ends without closing anything. */
		pid = fork();
		assert_true(pid >= 0);
		if (pid == 0) {
			const struct change base[] = { def_change(), run_change(1) };

			s = open_store(f);
			if (store_commit(s, base, countof(base), NULL))
				_exit(2);
			if (unlink(under(f, gone[i])))
				_exit(3);
			_exit(store_commit(s, &second, 1, NULL) == ERR_CONFLICT ? 0 : 1);
		}
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_int_equal(status, 0);
		s = open_store(f);
		n = ask(s->db, "SELECT count(*) FROM run WHERE key = 1");
		assert_string_equal(n, "1");
		free(n);
		store_close(s);
		(void)teardown(state);
	}
}

static void
a_state_directory_that_is_removed_ends_its_holder(void **state)
{
	struct fixture *f = *state;
	struct store *s = open_store(f);
	char *away = mem_format("%s/away", f->dir);

	commit_base(s);
	assert_int_equal(rename(under(f, ""), away), 0);
	expect_lost(s, "/.tidemill' was removed", "a backup");
	store_close(s);
	free(away);
}

static void
a_project_that_is_moved_is_told_where_it_is(void **state)
{
	struct fixture *f = *state;
	struct store *s = open_store(f);
	char *away = mem_format("%s-moved", f->dir);
	char *to_do = mem_format("`tidemill -C '%s' scheduler`", away);

	commit_base(s);
	assert_int_equal(rename(f->dir, away), 0);
	expect_lost(s, "the project was moved from", to_do);
	assert_int_equal(rename(away, f->dir), 0);
	assert_int_equal(store_hold(s, NULL), ERR_NONE);
	store_close(s);
	free(away);
	free(to_do);
}

/* The old holder has not noticed yet that its lock file is gone: the new one waits for its end. */
static void
nobody_begins_beside_a_holder_whose_lock_was_removed(void **state)
{
	struct fixture *f = *state;
	int64_t began_us;
	struct store *s;
	int ready[2];
	pid_t pid;
	char c;

	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		s = open_store(f);
		if (unlink(under(f, "lock")) || write(ready[1], "x", 1) != 1)
			_exit(1);
		(void)usleep(300 * 1000);
		_exit(0);
	}
	assert_int_equal(read(ready[0], &c, 1), 1);
	began_us = clock_boot_us();
	s = open_store(f);
	assert_true(clock_boot_us() - began_us > 200 * 1000);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	store_close(s);
	(void)close(ready[0]);
	(void)close(ready[1]);
}

/* It cannot notice: it is stopped.  Nobody else begins all the same. */
static void
beside_a_holder_that_does_not_notice_nobody_begins(void **state)
{
	struct fixture *f = *state;
	struct err err = { 0 };
	struct store *s = NULL;
	int ready[2];
	char c, want[32];
	pid_t pid;

	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		s = open_store(f);
		if (unlink(under(f, "lock")) || write(ready[1], "x", 1) != 1)
			_exit(1);
		for (;;)
			(void)pause();
	}
	assert_int_equal(read(ready[0], &c, 1), 1);
	assert_int_equal(store_open(&s, f->dir, HOLDER_SCHEDULER, &err), ERR_BUSY);
	(void)snprintf(want, sizeof(want), "pid %ld", (long)pid);
	assert_non_null(strstr(err.msg, want));
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	s = open_store(f);
	store_close(s);
	(void)close(ready[0]);
	(void)close(ready[1]);
}

static void
what_was_taken_away_between_two_lives_is_told(void **state)
{
	struct fixture *f = *state;
	struct store *s = open_store(f);
	pid_t pid;

	assert_null(store_notice(s));
	store_close(s);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		commit_base(open_store(f));
		_exit(0);
	}
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	s = open_store(f);
	assert_null(store_notice(s)); /* a crash, and nothing was taken */
	store_close(s);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		(void)open_store(f);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_int_equal(unlink(under(f, "state.db-wal")), 0);
	s = open_store(f);
	assert_non_null(strstr(store_notice(s), "state.db-wal' is gone"));
	store_close(s);
	replace(f, "state.db");
	s = open_store(f);
	assert_non_null(strstr(store_notice(s), "state.db' was empty"));
	store_close(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(what_is_in_its_place_is_held),
		CASE(a_lock_that_is_removed_or_replaced_ends_its_holder),
		CASE(a_database_that_is_replaced_ends_its_holder),
		CASE(a_database_that_is_written_over_ends_its_holder),
		CASE(a_log_that_is_cut_ends_its_holder),
		CASE(a_store_that_works_holds_what_it_wrote),
		cmocka_unit_test(what_a_removed_log_held_goes_into_the_database),
		CASE(a_state_directory_that_is_removed_ends_its_holder),
		CASE(a_project_that_is_moved_is_told_where_it_is),
		CASE(nobody_begins_beside_a_holder_whose_lock_was_removed),
		CASE(beside_a_holder_that_does_not_notice_nobody_begins),
		CASE(what_was_taken_away_between_two_lives_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
