/* db.c - SQLite behind a small door. */
#include "core/base/db.h"

#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/base/hash.h"
#include "core/base/mem.h"

#include <assert.h>
#include <errno.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum {
	CACHE_SLOTS = 256,    /* a power of two, well above DB_STATEMENTS_MAX */
	PROGRESS_OPS = 10000, /* between two looks at the clock: about 0.1 ms */
	BUSY_MS = 5000,
	CLOSE_BUSY_MS = 100, /* readers may hold up the emptying of the log this long */
};

/* A prepared statement, found by the address of its text. */
struct cached {
	const char *sql;
	sqlite3_stmt *raw;
};

struct db {
	sqlite3 *raw;
	char *path;
	bool writer;
	struct cached cache[CACHE_SLOTS];
	size_t n_cached;
	int log_pages;            /* in the write-ahead log after the last commit */
	int log_pages_kept;       /* of them there already at the last checkpoint */
	int64_t deadline_boot_us; /* of a reader's query */
};

/*
 * Per connection.  Reasons, in order: foreign keys are off by default; what was
 * acknowledged is on the disk; nothing secret is stored, so wiping deleted
 * pages would only cost time; no temporary files; an I/O error must not become
 * a SIGBUS; an idle scheduler stays small; the log file is cut after a long
 * reader made it grow; the same triggers on every build; our own triggers and
 * views use JSON functions, which SQLite 3.40 does not count among the harmless
 * ones, and no function is there that could do harm; damage is noticed early.
 */
static const char settings[] = "PRAGMA foreign_keys = ON;"
			       "PRAGMA synchronous = FULL;"
			       "PRAGMA secure_delete = OFF;"
			       "PRAGMA temp_store = MEMORY;"
			       "PRAGMA mmap_size = 0;"
			       "PRAGMA cache_size = -2048;"
			       "PRAGMA journal_size_limit = 67108864;"
			       "PRAGMA recursive_triggers = ON;"
			       "PRAGMA trusted_schema = ON;"
			       "PRAGMA cell_size_check = ON;";

static const char reader_settings[] = "PRAGMA query_only = ON;"
				      "PRAGMA temp_store = MEMORY;"
				      "PRAGMA mmap_size = 0;"
				      "PRAGMA cache_size = -4096;"
				      "PRAGMA trusted_schema = ON;"
				      "PRAGMA cell_size_check = ON;";

/* What the caller can do about a result code. */
static enum err_code
classify(int rc)
{
	switch (rc & 0xff) {
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return ERR_BUSY;
	case SQLITE_CONSTRAINT:
		return ERR_CONFLICT;
	case SQLITE_INTERRUPT:
		return ERR_LIMIT;
	case SQLITE_NOTADB:
		return ERR_INPUT;
	default:
		return ERR_SYSTEM;
	}
}

/*
 * The errno of a failure; SQLite 3.40 keeps its own copy on some paths only.  When a file beside
 * the database cannot be made it looks once more whether one is there, and then that is what errno
 * says.
 */
static int
cause_of(const struct db *db, int rc)
{
	int cause = errno;
	struct statvfs fs;

	if ((rc & 0xff) == SQLITE_CANTOPEN && cause == ENOENT && !access(db->path, F_OK) &&
	    !statvfs(db->path, &fs) && (!fs.f_bavail || (fs.f_files && !fs.f_favail)))
		cause = ENOSPC;
	return cause;
}

/* As fail() words it, without the errno. */
static enum err_code
describe(const struct db *db, int rc, int cause, struct err *err)
{
	const char *why = sqlite3_errstr(rc);

	if (sqlite3_extended_errcode(db->raw) == rc)
		why = sqlite3_errmsg(db->raw);
	switch (rc & 0xff) {
	case SQLITE_INTERRUPT:
		return err_set(err, ERR_LIMIT, "'%s': the query took longer than %d s", db->path,
			       DB_QUERY_SECONDS_MAX);
	case SQLITE_NOTADB:
		return err_set(err, ERR_INPUT, "'%s' is not a state database of tidemill: %s",
			       db->path, why);
	case SQLITE_CORRUPT:
		return err_set(err, ERR_SYSTEM, "'%s' is damaged: %s (%d); restore a backup",
			       db->path, why, rc);
	case SQLITE_IOERR:
	case SQLITE_CANTOPEN:
	case SQLITE_FULL:
		if (!cause)
			break;
		return err_set(err, ERR_SYSTEM, "'%s': %s (%d): %s", db->path, why, rc,
			       strerror(cause));
	default:
		break;
	}
	return err_set(err, classify(rc), "'%s': %s (%d)", db->path, why, rc);
}

static enum err_code
fail(const struct db *db, int rc, struct err *err)
{
	int cause = cause_of(db, rc);
	enum err_code code = describe(db, rc, cause, err);

	if (!err)
		return code;
	if ((rc & 0xff) == SQLITE_FULL)
		err->error = cause && err_is_shortage(cause) ? cause : ENOSPC;
	else if ((rc & 0xff) == SQLITE_IOERR || (rc & 0xff) == SQLITE_CANTOPEN)
		err->error = cause;
	return code;
}

/* Called after each commit with the size of the log. */
static int
note_log(void *arg, sqlite3 *raw, const char *name, int pages)
{
	struct db *db = arg;

	(void)raw;
	(void)name;
	if (pages < db->log_pages_kept)
		db->log_pages_kept = 0; /* it began anew at its start */
	db->log_pages = pages;
	return SQLITE_OK;
}

/* Called every PROGRESS_OPS steps of a query; true ends it. */
static int
is_late(void *arg)
{
	const struct db *db = arg;

	return clock_boot_us() > db->deadline_boot_us;
}

static enum err_code
open_raw(struct db **out, const char *path, int flags, struct err *err)
{
	struct db *db;
	int rc;

	if (strlen(path) > DB_PATH_BYTES_MAX)
		return err_set(err, ERR_LIMIT, "'%s': the path is longer than %d bytes", path,
			       DB_PATH_BYTES_MAX);
	db = mem_new(1, sizeof(*db));
	db->path = mem_str(path);
	/* Nobody asks how much it holds, and counting takes a lock.  Refused once it is under way.
	 */
	(void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	rc = sqlite3_open_v2(path, &db->raw, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE,
			     NULL);
	if (rc != SQLITE_OK) {
		enum err_code code = fail(db, rc, err);

		db_close(db);
		return code;
	}
	(void)sqlite3_db_config(db->raw, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	(void)sqlite3_limit(db->raw, SQLITE_LIMIT_ATTACHED, 0);
	(void)sqlite3_limit(db->raw, SQLITE_LIMIT_LENGTH, 64 << 20);
	*out = db;
	return ERR_NONE;
}

/* The number that a query of one row and one column gives. */
static enum err_code
ask(struct db *db, const char *sql, int64_t *out, struct err *err)
{
	enum err_code code;
	struct stmt s;

	stmt_begin(&s, db, sql);
	if (stmt_row(&s))
		*out = stmt_col_int(&s, 0);
	code = stmt_end(&s, err);
	return code;
}

/* Ours already, or empty and made ours now. */
static enum err_code
claim(struct db *db, struct err *err)
{
	int64_t id = 0, objects = 0;
	enum err_code code;

	code = ask(db, "PRAGMA application_id", &id, err);
	if (code || id == DB_APPLICATION_ID)
		return code;
	code = ask(db, "SELECT count(*) FROM sqlite_schema", &objects, err);
	if (code)
		return code;
	if (id != 0 || objects != 0)
		return err_set(err, ERR_INPUT,
			       "'%s' is the database of another program (application id %08x);"
			       " move it away",
			       db->path, (unsigned)id);
	/* The page size has to come first: it is fixed by the first write. */
	return db_exec(db,
		       "PRAGMA page_size = 4096; PRAGMA auto_vacuum = NONE;"
		       "PRAGMA application_id = 1953064045",
		       err);
}

/* The write-ahead log, and proof that the settings took. */
static enum err_code
set_up(struct db *db, struct err *err)
{
	enum err_code code;
	int64_t keys = 0;
	bool wal = false;
	struct stmt s;

	stmt_begin(&s, db, "PRAGMA journal_mode = WAL");
	if (stmt_row(&s))
		wal = strcmp(stmt_col_text(&s, 0), "wal") == 0;
	code = stmt_end(&s, err);
	if (code)
		return code;
	if (!wal)
		return err_set(err, ERR_SYSTEM,
			       "'%s': this file system cannot hold a write-ahead log", db->path);
	code = db_exec(db, settings, err);
	if (code)
		return code;
	code = ask(db, "PRAGMA foreign_keys", &keys, err);
	assert(code || keys == 1);
	return code;
}

enum err_code
db_open_writer(struct db **out, const char *path, struct err *err)
{
	_Static_assert(DB_APPLICATION_ID == 1953064045, "claim() spells it out");
	struct db *db = NULL;
	enum err_code code;

	code = open_raw(&db, path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, err);
	if (code)
		return code;
	assert(db);
	(void)sqlite3_busy_timeout(db->raw, BUSY_MS);
	/* Our hook in place of SQLite's: its own checkpoints would come inside a commit. */
	(void)sqlite3_wal_hook(db->raw, note_log, db);
	code = claim(db, err);
	if (!code)
		code = set_up(db, err);
	if (code) {
		db_close(db);
		return code;
	}
	db->writer = true;
	*out = db;
	return ERR_NONE;
}

/* The name of a file for SQLite that says: nobody changes it, so no index of a log is needed. */
static char *
immutable_name(const char *path)
{
	struct buf name;
	char *text;

	buf_init(&name, SIZE_MAX / 2);
	buf_text(&name, "file:");
	for (const char *at = path; *at; at++) {
		if (strchr("?#%", *at))
			buf_format(&name, "%%%02X", (unsigned)*at);
		else
			buf_char(&name, *at);
	}
	buf_text(&name, "?immutable=1");
	text = buf_give(&name);
	buf_release(&name);
	return text;
}

/* Has the database a log with something in it? */
static bool
has_log(const char *path)
{
	char *log = mem_format("%s-wal", path);
	struct stat st;
	bool there = stat(log, &st) == 0 && st.st_size > 0;

	free(log);
	return there;
}

static enum err_code
open_for_reading(struct db **out, const char *path, const char *name, int flags, struct err *err)
{
	struct db *db = NULL;
	enum err_code code = open_raw(&db, name, flags, err);
	int64_t version;

	if (code)
		return code;
	assert(db);
	free(db->path);
	db->path = mem_str(path);
	(void)sqlite3_db_config(db->raw, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	(void)sqlite3_busy_timeout(db->raw, BUSY_MS);
	sqlite3_progress_handler(db->raw, PROGRESS_OPS, is_late, db);
	db->deadline_boot_us = INT64_MAX;
	code = db_exec(db, reader_settings, err);
	if (!code)
		code = ask(db, "PRAGMA schema_version", &version, err); /* opens the file */
	if (code) {
		db_close(db);
		return code;
	}
	*out = db;
	return ERR_NONE;
}

enum err_code
db_open_reader(struct db **out, const char *path, struct err *err)
{
	enum err_code code;
	struct err why;
	char *name;

	if (access(path, F_OK) && (errno == ENOENT || errno == ENOTDIR))
		return err_set(err, ERR_NOT_FOUND, "'%s' does not exist", path);
	errno = 0;
	code = open_for_reading(out, path, path, SQLITE_OPEN_READONLY, &why);
	if (!code)
		return ERR_NONE;
	/*
	 * The first reader makes the index of the log beside the file, for which a full disk has no
	 * room.  Where there is no log, all is in the file itself.
	 */
	if (code == ERR_SYSTEM && !access(path, R_OK) && !has_log(path)) {
		name = immutable_name(path);
		code = open_for_reading(out, path, name, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI,
					&why);
		free(name);
	}
	return code ? err_set(err, code, "%s", why.msg) : ERR_NONE;
}

void
db_close(struct db *db)
{
	int rc;

	if (!db)
		return;
	for (size_t i = 0; i < CACHE_SLOTS; i++)
		(void)sqlite3_finalize(db->cache[i].raw);
	if (db->writer) {
		(void)sqlite3_busy_timeout(db->raw, CLOSE_BUSY_MS);
		/* A log that stays is no loss: the next writer reads it. */
		(void)sqlite3_wal_checkpoint_v2(db->raw, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL,
						NULL);
	}
	rc = sqlite3_close(db->raw);
	assert(rc == SQLITE_OK);
	free(db->path);
	free(db);
}

enum err_code
db_exec(struct db *db, const char *sql, struct err *err)
{
	int rc;

	errno = 0;
	rc = sqlite3_exec(db->raw, sql, NULL, NULL, NULL);
	return rc == SQLITE_OK ? ERR_NONE : fail(db, rc, err);
}

/* The slot of a text: its own, or the free one where it belongs. */
static struct cached *
find(struct db *db, const char *sql)
{
	size_t at = (size_t)hash_word((uint64_t)(uintptr_t)sql);

	for (;; at++) {
		struct cached *c = &db->cache[at % CACHE_SLOTS];

		if (!c->sql || c->sql == sql)
			return c;
	}
}

void
stmt_begin(struct stmt *s, struct db *db, const char *sql)
{
	struct cached *c = find(db, sql);

	s->db = db;
	s->raw = c->raw;
	s->rc = SQLITE_OK;
	if (!db->writer)
		db->deadline_boot_us = clock_boot_us() + DB_QUERY_SECONDS_MAX * SECOND_US;
	if (c->raw) {
		assert(!sqlite3_stmt_busy(c->raw));
		return;
	}
	s->rc = sqlite3_prepare_v3(db->raw, sql, -1, SQLITE_PREPARE_PERSISTENT, &c->raw, NULL);
	if (s->rc != SQLITE_OK)
		return;
	assert(db->n_cached < DB_STATEMENTS_MAX);
	db->n_cached++;
	c->sql = sql;
	s->raw = c->raw;
}

void
stmt_int(struct stmt *s, int at, int64_t value)
{
	if (s->rc == SQLITE_OK)
		s->rc = sqlite3_bind_int64(s->raw, at, value);
}

void
stmt_real(struct stmt *s, int at, double value)
{
	if (s->rc == SQLITE_OK)
		s->rc = sqlite3_bind_double(s->raw, at, value);
}

void
stmt_text(struct stmt *s, int at, const char *value)
{
	if (s->rc == SQLITE_OK)
		s->rc = sqlite3_bind_text(s->raw, at, value, -1, SQLITE_STATIC);
}

bool
stmt_row(struct stmt *s)
{
	if (s->rc != SQLITE_OK && s->rc != SQLITE_ROW)
		return false;
	errno = 0;
	s->rc = sqlite3_step(s->raw);
	return s->rc == SQLITE_ROW;
}

enum err_code
stmt_end(struct stmt *s, struct err *err)
{
	enum err_code code = ERR_NONE;

	if (s->rc != SQLITE_OK && s->rc != SQLITE_ROW && s->rc != SQLITE_DONE)
		code = fail(s->db, s->rc, err);
	if (s->raw) {
		/* Reset at once: a statement left open would hold its snapshot. */
		(void)sqlite3_reset(s->raw);
		(void)sqlite3_clear_bindings(s->raw);
	}
	s->raw = NULL;
	return code;
}

enum err_code
db_run(struct db *db, const char *sql, struct err *err)
{
	struct stmt s;

	stmt_begin(&s, db, sql);
	(void)stmt_row(&s);
	return stmt_end(&s, err);
}

void
db_rollback(struct db *db)
{
	struct stmt s;

	stmt_begin(&s, db, "ROLLBACK");
	(void)stmt_row(&s);
	(void)stmt_end(&s, NULL);
}

int64_t
stmt_col_int(const struct stmt *s, int at)
{
	return sqlite3_column_int64(s->raw, at);
}

double
stmt_col_real(const struct stmt *s, int at)
{
	return sqlite3_column_double(s->raw, at);
}

const char *
stmt_col_text(const struct stmt *s, int at)
{
	const unsigned char *text = sqlite3_column_text(s->raw, at);

	return text ? (const char *)text : "";
}

bool
stmt_col_null(const struct stmt *s, int at)
{
	return sqlite3_column_type(s->raw, at) == SQLITE_NULL;
}

int
stmt_columns(const struct stmt *s)
{
	return s->raw ? sqlite3_column_count(s->raw) : 0;
}

const char *
stmt_col_name(const struct stmt *s, int at)
{
	return sqlite3_column_name(s->raw, at);
}

enum db_type
stmt_col_type(const struct stmt *s, int at)
{
	switch (sqlite3_column_type(s->raw, at)) {
	case SQLITE_NULL:
		return DB_NULL;
	case SQLITE_INTEGER:
		return DB_INT;
	case SQLITE_FLOAT:
		return DB_REAL;
	default:
		return DB_TEXT;
	}
}

int64_t
db_changes(const struct db *db)
{
	return sqlite3_changes64(db->raw);
}

int64_t
db_last_id(const struct db *db)
{
	return sqlite3_last_insert_rowid(db->raw);
}

void
db_relax(struct db *db)
{
	(void)sqlite3_db_release_memory(db->raw);
}

enum err_code
db_empty_log(struct db *db, struct err *err)
{
	int rc;

	assert(db->writer);
	errno = 0;
	rc = sqlite3_wal_checkpoint_v2(db->raw, NULL, SQLITE_CHECKPOINT_FULL, NULL, NULL);
	return rc == SQLITE_OK ? ERR_NONE : fail(db, rc, err);
}

enum err_code
db_checkpoint(struct db *db, int pages, struct err *err)
{
	int in_log = 0, moved = 0, rc;

	assert(db->writer);
	if (db->log_pages - db->log_pages_kept < pages)
		return ERR_NONE;
	rc = sqlite3_wal_checkpoint_v2(db->raw, NULL, SQLITE_CHECKPOINT_PASSIVE, &in_log, &moved);
	if (rc != SQLITE_OK)
		return fail(db, rc, err);
	/* While a reader needs the log it cannot begin anew: count from here, not from its start.
	 */
	db->log_pages_kept = in_log;
	return ERR_NONE;
}

/* Called every PROGRESS_OPS steps of a check; true ends it. */
static int
is_stopped(void *arg)
{
	const atomic_bool *stop = arg;

	return stop && atomic_load(stop);
}

enum err_code
db_check(const char *path, const atomic_bool *stop, struct err *err)
{
	enum err_code code, end;
	struct db *db = NULL;
	struct stmt s;

	code = db_open_reader(&db, path, err);
	if (code)
		return code;
	assert(db);
	sqlite3_progress_handler(db->raw, PROGRESS_OPS, is_stopped, (void *)(uintptr_t)stop);
	stmt_begin(&s, db, "PRAGMA quick_check(1)");
	if (stmt_row(&s) && strcmp(stmt_col_text(&s, 0), "ok") != 0)
		code = err_set(err, ERR_SYSTEM, "'%s' is damaged: %s; restore a backup", path,
			       stmt_col_text(&s, 0));
	end = stmt_end(&s, code ? NULL : err);
	code = code ? code : end;
	if (code == ERR_LIMIT)
		code = err_set(err, ERR_LIMIT, "'%s': the check was not finished", path);
	db_close(db);
	return code;
}

void
db_library(struct library_list *list)
{
	library_add(list, "SQLite", sqlite3_libversion());
}
