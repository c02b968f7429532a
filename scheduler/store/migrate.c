/* migrate.c - an older state database becomes one of today. */
#include "scheduler/store/migrate.h"

#include "scheduler/store/sql.h"

_Static_assert(SQL_MIGRATIONS == (int)DB_SCHEMA,
	       "DB_SCHEMA is the last file of scheduler/store/sql");

static enum err_code
migrate_once(struct db *db, const char *statements, struct err *err)
{
	enum err_code code = db_run(db, "BEGIN IMMEDIATE", err);

	if (!code)
		code = db_exec(db, statements, err);
	if (!code)
		code = db_run(db, "COMMIT", err);
	if (code)
		db_rollback(db);
	return code;
}

enum err_code
migrate(struct db *db, const char *path, struct err *err)
{
	int64_t schema = 0;
	enum err_code code;
	struct stmt stmt;

	stmt_begin(&stmt, db, "PRAGMA user_version");
	if (stmt_row(&stmt))
		schema = stmt_col_int(&stmt, 0);
	code = stmt_end(&stmt, err);
	if (!code && (schema < 0 || schema > DB_SCHEMA))
		return err_set(err, ERR_INPUT,
			       "'%s' was written by a newer tidemill (schema %lld, this one knows"
			       " up to %d); use that one",
			       path, (long long)schema, DB_SCHEMA);
	for (; !code && schema < DB_SCHEMA; schema++) {
		code = migrate_once(db, sql_migrations[schema], err);
		if (code)
			err_wrap(err, "take the schema from %lld to %lld", (long long)schema,
				 (long long)schema + 1);
	}
	return code;
}
