/* test_store.c - the lock, the schema, what a crash leaves, retention, speed. */
#include "core/base/clock.h"
#include "tests/fixture/store.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- opening ---- */

static void
an_open_makes_what_it_needs(void **state)
{
	struct fixture *f = *state;
	struct store *s = open_store(f);
	char *dir = mem_format("%s/.tidemill", f->dir);
	struct stat st;

	assert_int_equal(stat(dir, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	expect(s, "PRAGMA user_version", "4");
	expect(s, "PRAGMA journal_mode", "wal");
	expect(s, "PRAGMA synchronous", "2");
	expect(s, "PRAGMA page_size", "4096");
	store_close(s);

	assert_int_equal(chmod(dir, 0755), 0);
	s = open_store(f);
	assert_int_equal(stat(dir, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	store_close(s);
	free(dir);
}

/* A scheduler in another process that holds the store until it is killed; returns its pid. */
static pid_t
start_holder(const struct fixture *f)
{
	int ready[2];
	pid_t pid;
	char c;

	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		struct store *s = NULL;

		if (store_open(&s, f->dir, HOLDER_SCHEDULER, NULL) || write(ready[1], "x", 1) != 1)
			_exit(1);
		for (;;)
			(void)pause();
	}
	(void)close(ready[1]);
	assert_int_equal(read(ready[0], &c, 1), 1);
	(void)close(ready[0]);
	return pid;
}

static void
end_holder(pid_t pid)
{
	int status;

	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
}

static void
a_second_scheduler_is_refused_by_pid(void **state)
{
	struct fixture *f = *state;
	pid_t pid = start_holder(f);
	struct err err = { 0 };
	struct store *s = NULL;
	char want[32];

	(void)snprintf(want, sizeof(want), "pid %ld", (long)pid);
	assert_int_equal(store_open(&s, f->dir, HOLDER_SCHEDULER, &err), ERR_BUSY);
	assert_null(s);
	assert_non_null(strstr(err.msg, want));
	assert_non_null(strstr(err.msg, f->dir));
	end_holder(pid);
	s = open_store(f);
	store_close(s);
}

static void
unusable_places_are_named(void **state)
{
	struct fixture *f = *state;
	char *file = mem_format("%s/.tidemill", f->dir), *none = mem_format("%s/none", f->dir);
	struct err err = { 0 };
	struct store *s = NULL;
	int fd;

	assert_int_equal(store_open(&s, none, HOLDER_SCHEDULER, &err), ERR_SYSTEM);
	assert_non_null(strstr(err.msg, none));
	assert_non_null(strstr(err.msg, "No such file"));
	fd = open(file, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	(void)close(fd);
	assert_int_equal(store_open(&s, f->dir, HOLDER_SCHEDULER, &err), ERR_SYSTEM);
	assert_non_null(strstr(err.msg, "not a directory"));
	assert_null(s);
	free(file);
	free(none);
}

/* Root may write anywhere, so a child becomes somebody else. */
static void
a_read_only_directory_is_named(void **state)
{
	struct fixture *f = *state;
	int status;
	pid_t pid;

	if (geteuid() != 0)
		skip();
	assert_int_equal(chmod(f->dir, 0755), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		struct err err = { 0 };
		struct store *s = NULL;

		if (setgid(65534) || setuid(65534))
			_exit(1);
		if (store_open(&s, f->dir, HOLDER_SCHEDULER, &err) != ERR_SYSTEM)
			_exit(2);
		_exit(strstr(err.msg, "has to exist and to be writable") ? 0 : 3);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void
file_systems_are_local_or_refused(void **state)
{
	static const struct {
		uint64_t magic;
		const char *name;
		bool local;
	} cases[] = {
		{ 0xEF53, "ext4", true },    { 0x01021994, "tmpfs", true },
		{ 0x6969, "nfs", false },    { 0x65735546, "fuse or virtiofs", false },
		{ 0x01021997, "9p", false }, { 0x12345678, NULL, false },
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		bool local = !cases[i].local;
		const char *name = place_fs_name(cases[i].magic, &local);

		if ((name != NULL) != (cases[i].name != NULL) ||
		    (name && strcmp(name, cases[i].name) != 0) || local != cases[i].local)
			fail_msg("0x%llx: %s, %d", (unsigned long long)cases[i].magic,
				 name ? name : "unknown", local);
	}
}

static void
a_newer_schema_is_refused(void **state)
{
	struct fixture *f = *state;
	struct err err = { 0 };
	struct store *s = open_store(f);

	assert_int_equal(db_exec(s->db, "PRAGMA user_version = 99", &err), ERR_NONE);
	store_close(s);
	s = NULL;
	assert_int_equal(store_open(&s, f->dir, HOLDER_SCHEDULER, &err), ERR_INPUT);
	assert_non_null(strstr(err.msg, "schema 99"));
	assert_null(s);
}

/* Killed after a commit: everything is there, and the next start looks at the pages. */
static void
a_kill_loses_nothing_that_was_committed(void **state)
{
	struct fixture *f = *state;
	struct store *s;
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		commit_base(open_store(f));
		(void)raise(SIGKILL);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	s = open_store(f);
	expect(s, "SELECT count(*) FROM task", "2");
	expect(s, "SELECT value FROM meta WHERE name = 'clean'", "no");
	store_close(s);
	s = open_store(f);
	expect(s, "SELECT count(*) FROM attempt", "1");
	store_close(s);
}

static void
damage_is_seen_after_a_kill(void **state)
{
	static const char junk[4096] = { 'j', 'u', 'n', 'k' };
	struct fixture *f = *state;
	struct err err = { 0 };
	struct store *s = open_store(f);
	int fd;

	commit_base(s);
	store_close(s);
	end_holder(start_holder(f)); /* leaves the mark of an unclean end */
	s = open_store(f);           /* moves the log into the database ... */
	assert_int_equal(db_checkpoint(s->db, 0, &err), ERR_NONE);
	store_close(s);
	end_holder(start_holder(f)); /* ... so that only the mark is in it now */
	fd = open(f->path, O_WRONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, junk, sizeof(junk), 5 * 4096), sizeof(junk));
	(void)close(fd);
	s = NULL;
	assert_int_equal(store_open(&s, f->dir, HOLDER_SCHEDULER, &err), ERR_SYSTEM);
	assert_non_null(strstr(err.msg, f->path));
	assert_null(s);
}

/* A database of more pages than an open looks at, left by a kill; all of it is in the file. */
static void
leave_large(const struct fixture *f)
{
	struct store *s = open_store(f);
	struct err err = { 0 };

	commit_base(s);
	if (db_exec(
		s->db,
		"WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)"
		" INSERT INTO command (key, command, reply, at_us)"
		" SELECT i, hex(zeroblob(2000)), '', i FROM n",
		&err))
		fail_msg("%s", err.msg);
	store_close(s);
	end_holder(start_holder(f)); /* leaves the mark of an unclean end ... */
	s = open_store(f);
	assert_true(store_check_due(s));
	assert_int_equal(db_checkpoint(s->db, 0, &err), ERR_NONE);
	store_close(s); /* ... which stays as long as nobody has looked at every page */
}

static void
a_large_file_is_looked_at_while_the_scheduler_works(void **state)
{
	struct fixture *f = *state;
	struct err err = { 0 };
	struct store *s;

	leave_large(f);
	s = open_store(f);
	assert_true(store_check_due(s));
	assert_int_equal(db_check(store_path(s), NULL, &err), ERR_NONE);
	expect(s, "SELECT value FROM meta WHERE name = 'clean'", "unchecked");
	assert_int_equal(store_checked(s, ERR_NONE, &err), ERR_NONE);
	expect(s, "SELECT value FROM meta WHERE name = 'clean'", "no");
	assert_false(store_check_due(s));
	store_close(s);
	s = open_store(f);
	assert_false(store_check_due(s));
	store_close(s);
}

static void
a_check_that_is_stopped_is_due_again(void **state)
{
	const atomic_bool stop = true;
	struct fixture *f = *state;
	struct err err = { 0 };
	struct store *s;

	leave_large(f);
	s = open_store(f);
	assert_int_equal(db_check(store_path(s), &stop, &err), ERR_LIMIT);
	store_close(s);
	s = open_store(f);
	assert_true(store_check_due(s));
	store_close(s);
}

static void
damage_that_a_late_check_finds_stops_the_next_start(void **state)
{
	static const char junk[4096] = { 'j', 'u', 'n', 'k' };
	struct fixture *f = *state;
	struct err err = { 0 };
	struct store *s;
	int fd;

	leave_large(f);
	fd = open(f->path, O_WRONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, junk, sizeof(junk), 4000 * 4096), sizeof(junk));
	(void)close(fd);
	s = open_store(f);
	assert_int_equal(db_check(store_path(s), NULL, &err), ERR_SYSTEM);
	assert_non_null(strstr(err.msg, f->path));
	assert_int_equal(store_checked(s, ERR_SYSTEM, &err), ERR_NONE);
	store_close(s);
	s = NULL;
	assert_int_equal(store_open(&s, f->dir, HOLDER_SCHEDULER, &err), ERR_SYSTEM);
	assert_non_null(strstr(err.msg, "damaged"));
	assert_null(s);
}

/* A file that may not grow stands for a full disk: nothing is acknowledged, path and cause are. */
static void
a_full_disk_is_told_with_path_and_cause(void **state)
{
	struct fixture *f = *state;
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		const struct rlimit limit = { 32 << 10, 32 << 10 };
		struct store *s = open_store(f);
		struct change c = def_change();
		struct err err = { 0 };

		c.def.text = mem_new(1 << 20, 1);
		memset((char *)(uintptr_t)c.def.text, 'x', (1 << 20) - 1);
		(void)signal(SIGXFSZ, SIG_IGN);
		if (setrlimit(RLIMIT_FSIZE, &limit))
			_exit(2);
		if (store_commit(s, &c, 1, &err) != ERR_SYSTEM)
			_exit(3);
		_exit(strstr(err.msg, f->path) && strstr(err.msg, "File too large") ? 0 : 4);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	store_close(open_store(f));
}

/* ---- retention ---- */

static void
old_versions_are_those_that_nobody_needs(void **state)
{
	static const struct {
		const char *name;
		int retain;
		int64_t before_us;
		size_t max, want;
		int64_t first;
	} cases[] = {
		{ "keep two", 2, 10000, 9, 1, 1 },
		{ "keep one", 1, 10000, 9, 2, 1 },
		{ "keep none", 0, 10000, 9, 2, 1 }, /* 3 is read by the live attempt */
		{ "at most one at a time", 0, 10000, 1, 1, 1 },
		{ "1 was replaced at 200", 0, 201, 9, 1, 1 },
		{ "not yet at 200", 0, 200, 9, 0, 0 },
	};
	struct fixture *f = *state;
	struct store *s = open_store(f);
	struct change reader = attempt_change(1, 1, 0, 1);
	struct old_version old[9];
	struct err err = { 0 };
	size_t n;

	reader.attempt.inputs =
	    "[{\"dataset\":\"orders\",\"day\":20000,\"version\":3,\"digest\":\"digest-3\"}]";
	commit_base(s);
	commit(s, &reader, 1);
	for (int i = 1; i <= 4; i++) {
		struct change c = partition_change(20000, i, i * 100);

		commit(s, &c, 1);
	}
	for (size_t i = 0; i < countof(cases); i++) {
		n = 99;
		assert_int_equal(store_old_versions(s, cases[i].retain, cases[i].before_us, old,
						    cases[i].max, &n, &err),
				 ERR_NONE);
		if (n != cases[i].want || (n && old[0].version != cases[i].first))
			fail_msg("%s: %zu, first %lld", cases[i].name, n,
				 n ? (long long)old[0].version : -1);
	}
	assert_int_equal(store_old_versions(s, 0, 10000, old, 9, &n, &err), ERR_NONE);
	assert_string_equal(old[0].dataset, "orders");
	assert_string_equal(old[0].digest, "digest-1");
	assert_int_equal(store_version_collected(s, &old[0], &err), ERR_NONE);
	assert_int_equal(store_version_collected(s, &old[0], &err), ERR_NONE);
	assert_int_equal(store_old_versions(s, 0, 10000, old, 9, &n, &err), ERR_NONE);
	assert_int_equal(n, 1);
	assert_int_equal(old[0].version, 2);
	store_close(s);
}

/* ---- the document ---- */

/* The public views: each has its heading, each column stands below it between backquotes. */
static void
every_public_view_and_column_is_documented(void **state)
{
	struct fixture *f = *state;
	struct db *db = NULL; /* a reader, as the views are for */
	struct err err = { 0 };
	struct buf doc;
	struct stmt stmt;

	store_close(open_store(f));
	assert_int_equal(db_open_reader(&db, f->path, &err), ERR_NONE);
	buf_init(&doc, 1 << 20);
	if (buf_read_file(&doc, AT_FDCWD, "docs/STATE-SCHEMA.md", &err))
		fail_msg("%s (tests run in the root of the tree)", err.msg);
	stmt_begin(&stmt, db,
		   "SELECT m.name, c.name FROM sqlite_schema m JOIN pragma_table_info(m.name) c"
		   " WHERE m.type = 'view'");
	while (stmt_row(&stmt)) {
		char *heading = mem_format("### %s\n", stmt_col_text(&stmt, 0));
		char *column = mem_format("`%s`", stmt_col_text(&stmt, 1));
		const char *from = strstr(doc.data, heading), *end, *found;

		if (!from)
			fail_msg("no heading for %s", stmt_col_text(&stmt, 0));
		from += strlen(heading);
		end = strstr(from, "\n##");
		found = strstr(from, column);
		if (!found || (end && found > end))
			fail_msg("%s: no %s", stmt_col_text(&stmt, 0), column);
		free(heading);
		free(column);
	}
	assert_int_equal(stmt_end(&stmt, &err), ERR_NONE);
	buf_release(&doc);
	db_close(db);
}

/* ---- speed, printed and never judged ---- */

/* What an attempt's end costs: one task, one attempt, five events, made durable. */
static void
measure(struct store *s, int64_t commits)
{
	int64_t start_us = clock_boot_us(), slowest_us = 0;

	for (int64_t i = 1; i <= commits; i++) {
		struct change c[7] = { task_change(1, 1), attempt_change(i + 1, 1, 1, (int)i) };
		int64_t before_us = clock_boot_us(), took_us;
		struct err err = { 0 };

		c[0].task.tries = (int)i;
		c[1].attempt.state = ATTEMPT_SUCCESS;
		for (int k = 0; k < 5; k++)
			c[2 + k] = event_change((i - 1) * 5 + k + 1);
		commit(s, c, countof(c));
		assert_int_equal(store_idle(s, &err), ERR_NONE);
		took_us = clock_boot_us() - before_us;
		if (took_us > slowest_us)
			slowest_us = took_us;
	}
	print_message("%lld commits: %.3f ms each, slowest %.1f ms\n", (long long)commits,
		      (double)(clock_boot_us() - start_us) / 1000.0 / (double)commits,
		      (double)slowest_us / 1000.0);
}

static void
commits_take_the_time_that_is_printed(void **state)
{
	const char *commits = getenv("STORE_COMMITS"); /* 5000 for a figure worth quoting */
	struct store *s = open_store(*state);

	commit_base(s);
	measure(s, commits ? strtoll(commits, NULL, 10) : 200);
	store_close(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(an_open_makes_what_it_needs),
		CASE(a_second_scheduler_is_refused_by_pid),
		CASE(unusable_places_are_named),
		CASE(a_read_only_directory_is_named),
		CASE(file_systems_are_local_or_refused),
		CASE(a_newer_schema_is_refused),
		CASE(a_kill_loses_nothing_that_was_committed),
		CASE(damage_is_seen_after_a_kill),
		CASE(a_large_file_is_looked_at_while_the_scheduler_works),
		CASE(a_check_that_is_stopped_is_due_again),
		CASE(damage_that_a_late_check_finds_stops_the_next_start),
		CASE(a_full_disk_is_told_with_path_and_cause),
		CASE(old_versions_are_those_that_nobody_needs),
		CASE(every_public_view_and_column_is_documented),
		CASE(commits_take_the_time_that_is_printed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
