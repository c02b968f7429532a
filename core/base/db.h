/*
 * db.h - SQLite behind a small door.  The only file that includes sqlite3.h.
 *
 *   db_open_writer | db_open_reader -> (stmt_begin .. stmt_end)* -> db_close
 *
 * One writer: the scheduler's connection, the only one that ever writes or
 * checkpoints.  Readers open read-only.  Settings and their reasons
 * stand in db.c (sqlite.org/pragma.html).  A statement's first failure sticks until
 * stmt_end(), so binding needs no `if`.  Every message names the file.  Codes:
 * ERR_CONFLICT a constraint refused the row, ERR_BUSY another writer (a bug:
 * there is one), ERR_LIMIT a reader's query took too long, ERR_INPUT not a
 * database of ours, ERR_SYSTEM disk full, I/O error, damage.
 *
 * A connection must not cross a fork.
 */
#ifndef CORE_BASE_DB_H
#define CORE_BASE_DB_H

#include "core/base/err.h"
#include "core/base/library.h"

#include <stdatomic.h>

struct db;

enum {
	DB_APPLICATION_ID = 0x7469646d, /* "tidm" */
	DB_SCHEMA = 4,                  /* newest schema number this program knows (user_version) */
	DB_QUERY_SECONDS_MAX = 5,       /* of a reader */
	DB_PATH_BYTES_MAX = 500,        /* SQLite's own bound is 512, with the ending "-journal" */
	DB_STATEMENTS_MAX = 96,         /* different SQL texts that one connection may prepare */
};

/* Open for writing, make it if need be.  Refuses another program's file. */
enum err_code db_open_writer(struct db **out, const char *path, struct err *err) MUST_CHECK;

/* Open read-only.  ERR_NOT_FOUND: no file.  Queries are ended after DB_QUERY_SECONDS_MAX. */
enum err_code db_open_reader(struct db **out, const char *path, struct err *err) MUST_CHECK;

/* The writer moves its log into the database and empties it if no reader is in the way; NULL is
 * fine. */
void db_close(struct db *db);

/* Run SQL that gives no rows; several statements may stand in it. */
enum err_code db_exec(struct db *db, const char *sql, struct err *err) MUST_CHECK;

/* Run one statement that gives no rows and has no parameters; kept as with stmt_begin(). */
enum err_code db_run(struct db *db, const char *sql, struct err *err) MUST_CHECK;

/* Give up the transaction, if SQLite has not done so itself after a grave error. */
void db_rollback(struct db *db);

/*
 * A borrowed, prepared, cached statement.  It is known by the address of its text, which has to
 * live as long as the connection: a literal, or an array of a room's sql.h.
 */
struct stmt {
	struct db *db;
	void *raw;
	int rc;
};

/* Prepare it, or take the one that was.  The same text may be begun again only after stmt_end(). */
void stmt_begin(struct stmt *s, struct db *db, const char *sql);

/* Bind parameter `at`, from 1, to an integer.  One that is never bound is NULL. */
void stmt_int(struct stmt *s, int at, int64_t value);

/* Bind parameter `at` to a number. */
void stmt_real(struct stmt *s, int at, double value);

/* Bind parameter `at` to a text, borrowed until stmt_end(); NULL binds NULL. */
void stmt_text(struct stmt *s, int at, const char *value);

/* Go to the next row; false: there is none, or the statement failed. */
bool stmt_row(struct stmt *s);

/* Give the statement back; always called.  The first failure of any call since stmt_begin(). */
enum err_code stmt_end(struct stmt *s, struct err *err);

/* Column `at`, from 0, of the current row as an integer; 0 for NULL. */
int64_t stmt_col_int(const struct stmt *s, int at);

/* Column `at` as a number; 0 for NULL. */
double stmt_col_real(const struct stmt *s, int at);

/* Column `at` as text, "" for NULL; borrowed until the next stmt_row() or stmt_end(). */
const char *stmt_col_text(const struct stmt *s, int at);

/* Is column `at` of the current row NULL? */
bool stmt_col_null(const struct stmt *s, int at);

enum db_type { DB_NULL, DB_INT, DB_REAL, DB_TEXT };

/* How many columns a row has; 0 when the statement could not be prepared. */
int stmt_columns(const struct stmt *s);

/* What column `at` is called; borrowed until stmt_end(). */
const char *stmt_col_name(const struct stmt *s, int at);

/* What the value of column `at` in the current row is. */
enum db_type stmt_col_type(const struct stmt *s, int at);

/* Rows that the last statement changed. */
int64_t db_changes(const struct db *db);

/* The integer key of the row that was inserted last. */
int64_t db_last_id(const struct db *db);

/*
 * Look at every page of a database, on a connection of its own, so that another thread may do it
 * while the writer goes on.  ERR_SYSTEM: it is damaged, the message says what was found first.
 * ERR_LIMIT: *stop became true before the end; NULL: nobody asks for that.
 */
enum err_code db_check(const char *path, const atomic_bool *stop, struct err *err) MUST_CHECK;

/* Give back the memory of cached pages; they are read again when they are needed. */
void db_relax(struct db *db);

/* Move all of the log into the database now; writer only. */
enum err_code db_empty_log(struct db *db, struct err *err) MUST_CHECK;

/*
 * A PASSIVE checkpoint when the log has grown by `pages` since the last one;
 * writer only.  Readers are never in its way; pages they still need stay.
 */
enum err_code db_checkpoint(struct db *db, int pages, struct err *err) MUST_CHECK;

/* Add SQLite to the list. */
void db_library(struct library_list *list);

#endif
