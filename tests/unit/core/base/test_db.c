/* test_db.c - opening, refusing, statements, checkpoints. */
#include "core/base/db.h"

#include "core/base/mem.h"

#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

struct fixture {
	char dir[64];
	char *path;
};

static int
remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st;
	(void)kind;
	(void)at;
	return remove(path);
}

static int
setup(void **state)
{
	struct fixture *f = mem_new(1, sizeof(*f));

	(void)snprintf(f->dir, sizeof(f->dir), "/tmp/tidemill-db-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	f->path = mem_format("%s/x.db", f->dir);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(nftw(f->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
	free(f->path);
	free(f);
	return 0;
}

static struct db *
open_writer(const char *path)
{
	struct err err = { 0 };
	struct db *db = NULL;

	if (db_open_writer(&db, path, &err))
		fail_msg("%s", err.msg);
	return db;
}

static void
exec(struct db *db, const char *sql)
{
	struct err err = { 0 };

	if (db_exec(db, sql, &err))
		fail_msg("%s: %s", sql, err.msg);
}

static int64_t
count_rows(struct db *db)
{
	struct err err = { 0 };
	int64_t n = -1;
	struct stmt s;

	stmt_begin(&s, db, "SELECT count(*) FROM t");
	if (stmt_row(&s))
		n = stmt_col_int(&s, 0);
	if (stmt_end(&s, &err))
		fail_msg("%s", err.msg);
	return n;
}

static void
values_come_back_as_they_were_bound(void **state)
{
	struct fixture *f = *state;
	struct db *db = open_writer(f->path);
	struct err err = { 0 };
	struct stmt s;

	exec(db, "CREATE TABLE t (a INTEGER, b REAL, c TEXT, d TEXT) STRICT");
	for (int round = 0; round < 2; round++) {
		stmt_begin(&s, db, "INSERT INTO t VALUES (?1, ?2, ?3, ?4)");
		stmt_int(&s, 1, INT64_MIN);
		stmt_real(&s, 2, 0.25);
		stmt_text(&s, 3, "it's \xc3\xa4");
		stmt_text(&s, 4, round ? "second" : NULL);
		assert_false(stmt_row(&s));
		assert_int_equal(stmt_end(&s, &err), ERR_NONE);
		assert_int_equal(db_changes(db), 1);
		assert_int_equal(db_last_id(db), round + 1);
	}
	stmt_begin(&s, db, "SELECT a, b, c, d FROM t ORDER BY rowid");
	assert_true(stmt_row(&s));
	assert_int_equal(stmt_columns(&s), 4);
	assert_string_equal(stmt_col_name(&s, 2), "c");
	assert_true(stmt_col_int(&s, 0) == INT64_MIN);
	assert_true(stmt_col_real(&s, 1) == 0.25);
	assert_string_equal(stmt_col_text(&s, 2), "it's \xc3\xa4");
	assert_true(stmt_col_null(&s, 3));
	assert_string_equal(stmt_col_text(&s, 3), "");
	assert_int_equal(stmt_col_type(&s, 0), DB_INT);
	assert_int_equal(stmt_col_type(&s, 1), DB_REAL);
	assert_int_equal(stmt_col_type(&s, 2), DB_TEXT);
	assert_int_equal(stmt_col_type(&s, 3), DB_NULL);
	assert_true(stmt_row(&s));
	assert_string_equal(stmt_col_text(&s, 3), "second");
	assert_false(stmt_row(&s));
	assert_int_equal(stmt_end(&s, &err), ERR_NONE);
	db_close(db);
}

/* Parameters of one use must not leak into the next. */
static void
bindings_are_cleared_by_the_end(void **state)
{
	struct fixture *f = *state;
	struct db *db = open_writer(f->path);
	struct stmt s;

	for (int round = 0; round < 2; round++) {
		stmt_begin(&s, db, "SELECT ?1");
		if (round == 0)
			stmt_text(&s, 1, "left over");
		assert_true(stmt_row(&s));
		assert_int_equal(stmt_col_null(&s, 0), round == 1);
		assert_int_equal(stmt_end(&s, NULL), ERR_NONE);
	}
	db_close(db);
}

static void
failures_stick_and_are_named(void **state)
{
	static const struct {
		const char *name, *sql, *value;
		enum err_code code;
	} cases[] = {
		{ "no such table", "SELECT * FROM nowhere WHERE x = ?1", "1", ERR_SYSTEM },
		{ "syntax", "SELEKT ?1", "1", ERR_SYSTEM },
		{ "unique", "INSERT INTO t VALUES (?1)", "1", ERR_CONFLICT },
		{ "strict type", "INSERT INTO t VALUES (?1)", "word", ERR_CONFLICT },
		{ "fine", "INSERT INTO t VALUES (?1)", "2", ERR_NONE },
	};
	struct fixture *f = *state;
	struct db *db = open_writer(f->path);

	exec(db, "CREATE TABLE t (a INTEGER UNIQUE) STRICT; INSERT INTO t VALUES (1)");
	for (size_t i = 0; i < countof(cases); i++) {
		struct err err = { 0 };
		enum err_code code;
		struct stmt s;

		stmt_begin(&s, db, cases[i].sql);
		stmt_text(&s, 1, cases[i].value);
		(void)stmt_row(&s);
		assert_false(stmt_row(&s) && cases[i].code);
		code = stmt_end(&s, &err);
		if (code != cases[i].code)
			fail_msg("%s: code %d, %s", cases[i].name, code, err.msg);
		if (code && !strstr(err.msg, f->path))
			fail_msg("%s: no path in: %s", cases[i].name, err.msg);
	}
	db_close(db);
}

static void
a_writer_makes_and_keeps_the_file(void **state)
{
	struct fixture *f = *state;
	struct db *db = open_writer(f->path);
	char *wal = mem_format("%s-wal", f->path);
	struct stat st;

	exec(db, "CREATE TABLE t (a INTEGER) STRICT; INSERT INTO t VALUES (1)");
	db_close(db);
	assert_int_not_equal(stat(wal, &st), 0); /* moved into the database and gone */
	db = open_writer(f->path);
	assert_int_equal(count_rows(db), 1);
	db_close(db);
	free(wal);
}

static void
foreign_files_are_refused(void **state)
{
	static const char text[] = "this is a shopping list, and long enough to be one page: "
				   "bread, butter, four candles, a very long piece of string";
	struct fixture *f = *state;
	struct err err = { 0 };
	struct db *db = NULL;
	int fd = open(f->path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, sizeof(text)), sizeof(text));
	assert_int_equal(close(fd), 0);
	assert_int_equal(db_open_writer(&db, f->path, &err), ERR_INPUT);
	assert_null(db);
	assert_non_null(strstr(err.msg, f->path));
	assert_int_equal(unlink(f->path), 0);

	db = open_writer(f->path);
	exec(db, "CREATE TABLE theirs (a); PRAGMA application_id = 42");
	db_close(db);
	db = NULL;
	assert_int_equal(db_open_writer(&db, f->path, &err), ERR_INPUT);
	assert_non_null(strstr(err.msg, "another program"));
	assert_null(db);
}

static void
a_damaged_file_is_called_damaged_wherever_it_shows(void **state)
{
	struct fixture *f = *state;
	struct err err = { 0 };
	struct db *db = open_writer(f->path);
	char junk[4096];
	struct stmt s;
	int fd;

	exec(db, "CREATE TABLE t (a); INSERT INTO t VALUES ('x')");
	db_close(db);
	memset(junk, 0xA5, sizeof(junk));
	fd = open(f->path, O_WRONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, junk, sizeof(junk), sizeof(junk)), sizeof(junk));
	assert_int_equal(close(fd), 0);
	db = open_writer(f->path);
	stmt_begin(&s, db, "SELECT a FROM t");
	assert_false(stmt_row(&s));
	assert_int_equal(stmt_end(&s, &err), ERR_SYSTEM);
	assert_non_null(strstr(err.msg, f->path));
	assert_non_null(strstr(err.msg, "is damaged: "));
	assert_non_null(strstr(err.msg, "; restore a backup"));
	db_close(db);
	assert_int_equal(db_check(f->path, NULL, &err), ERR_SYSTEM);
	assert_non_null(strstr(err.msg, "; restore a backup"));
}

static void
a_reader_cannot_write(void **state)
{
	struct fixture *f = *state;
	struct db *writer, *reader = NULL;
	struct err err = { 0 };

	assert_int_equal(db_open_reader(&reader, f->path, &err), ERR_NOT_FOUND);
	assert_non_null(strstr(err.msg, f->path));
	writer = open_writer(f->path);
	exec(writer, "CREATE TABLE t (a INTEGER) STRICT; INSERT INTO t VALUES (1)");
	assert_int_equal(db_open_reader(&reader, f->path, &err), ERR_NONE);
	assert_int_not_equal(db_exec(reader, "INSERT INTO t VALUES (2)", &err), ERR_NONE);
	assert_int_equal(count_rows(reader), 1);

	/* One snapshot for as long as it is asked for. */
	assert_int_equal(db_exec(reader, "BEGIN", &err), ERR_NONE);
	assert_int_equal(count_rows(reader), 1);
	exec(writer, "INSERT INTO t VALUES (2)");
	assert_int_equal(count_rows(reader), 1);
	assert_int_equal(db_exec(reader, "COMMIT", &err), ERR_NONE);
	assert_int_equal(count_rows(reader), 2);
	db_close(writer);
	assert_int_equal(count_rows(reader), 2);
	db_close(reader);

	/* Also when nobody writes and no log is there. */
	reader = NULL;
	assert_int_equal(db_open_reader(&reader, f->path, &err), ERR_NONE);
	assert_int_equal(count_rows(reader), 2);
	db_close(reader);
}

static void
a_path_has_a_bound(void **state)
{
	struct fixture *f = *state;
	struct err err = { 0 };
	struct db *db = NULL;
	char path[DB_PATH_BYTES_MAX + 2];
	size_t used = strlen(f->dir);

	memcpy(path, f->dir, used);
	while (used < DB_PATH_BYTES_MAX) {
		size_t piece = DB_PATH_BYTES_MAX - used > 120 ? 100 : DB_PATH_BYTES_MAX - used;

		path[used] = '\0';
		if (used > strlen(f->dir))
			assert_int_equal(mkdir(path, 0700), 0);
		path[used] = '/';
		memset(path + used + 1, 'p', piece - 1);
		used += piece;
	}
	path[used] = '\0';
	assert_int_equal(strlen(path), DB_PATH_BYTES_MAX);
	if (db_open_writer(&db, path, &err))
		fail_msg("%s", err.msg);
	db_close(db);
	path[used] = 'q';
	path[used + 1] = '\0';
	db = NULL;
	assert_int_equal(db_open_writer(&db, path, &err), ERR_LIMIT);
	assert_null(db);
}

static off_t
log_bytes(const char *path)
{
	char *wal = mem_format("%s-wal", path);
	struct stat st = { 0 };

	(void)stat(wal, &st);
	free(wal);
	return st.st_size;
}

/* Commits of about 3 pages each, checkpoint offered after each: the log begins anew. */
static void
checkpoints_bound_the_log(void **state)
{
	struct fixture *f = *state;
	struct db *db = open_writer(f->path), *reader = NULL;
	struct err err = { 0 };
	off_t bound, grown;

	exec(db, "CREATE TABLE t (a BLOB)");
	for (int i = 0; i < 200; i++) {
		exec(db, "INSERT INTO t VALUES (zeroblob(9000))");
		assert_int_equal(db_checkpoint(db, 30, &err), ERR_NONE);
	}
	bound = log_bytes(f->path);
	assert_in_range(bound, 1, 60 * 4200);

	/* A reader that keeps its snapshot makes it grow, and nothing fails. */
	assert_int_equal(db_open_reader(&reader, f->path, &err), ERR_NONE);
	assert_int_equal(db_exec(reader, "BEGIN", &err), ERR_NONE);
	assert_int_equal(count_rows(reader), 200);
	for (int i = 0; i < 200; i++) {
		exec(db, "INSERT INTO t VALUES (zeroblob(9000))");
		assert_int_equal(db_checkpoint(db, 30, &err), ERR_NONE);
	}
	grown = log_bytes(f->path);
	assert_true(grown > 200 * 2 * 4096);
	assert_int_equal(count_rows(reader), 200);
	db_close(reader);
	for (int i = 0; i < 200; i++) {
		exec(db, "INSERT INTO t VALUES (zeroblob(9000))");
		assert_int_equal(db_checkpoint(db, 30, &err), ERR_NONE);
	}
	/* One more interval, then it is used again from its start. */
	assert_in_range(log_bytes(f->path), grown, grown + 60 * 4200);
	db_close(db);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(values_come_back_as_they_were_bound, setup,
						teardown),
		cmocka_unit_test_setup_teardown(bindings_are_cleared_by_the_end, setup, teardown),
		cmocka_unit_test_setup_teardown(failures_stick_and_are_named, setup, teardown),
		cmocka_unit_test_setup_teardown(a_writer_makes_and_keeps_the_file, setup, teardown),
		cmocka_unit_test_setup_teardown(foreign_files_are_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(a_damaged_file_is_called_damaged_wherever_it_shows,
						setup, teardown),
		cmocka_unit_test_setup_teardown(a_reader_cannot_write, setup, teardown),
		cmocka_unit_test_setup_teardown(a_path_has_a_bound, setup, teardown),
		cmocka_unit_test_setup_teardown(checkpoints_bound_the_log, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
