/* check.c - is the file whole?  Asked after every end that was not orderly. */
#include "scheduler/store/check.h"

#include "core/base/buf.h"
#include "scheduler/store/sql.h"

#include <stdlib.h>
#include <string.h>

/* How the database was left, in `meta`. */
static const char clean[] = "yes";
static const char in_use[] = "no";
static const char unchecked[] = "unchecked"; /* in use, and every page has still to be looked at */
static const char suspect[] = "damaged";

static enum err_code
put_mark(struct db *db, const char *mark, struct err *err)
{
	struct stmt s;

	stmt_begin(&s, db, sql_put_clean);
	stmt_text(&s, 1, mark);
	(void)stmt_row(&s);
	return stmt_end(&s, err);
}

/* Enter each table at its first page: SQL that does it, for the caller to free. */
static enum err_code
list_roots(struct db *db, char **out, struct err *err)
{
	enum err_code code;
	struct buf sql;
	struct stmt s;

	buf_init(&sql, SIZE_MAX);
	stmt_begin(&s, db, sql_roots);
	while (stmt_row(&s))
		buf_text(&sql, stmt_col_text(&s, 0));
	code = stmt_end(&s, err);
	if (!code)
		*out = buf_give(&sql);
	buf_release(&sql);
	return code;
}

static enum err_code
look_at_roots(struct db *db, const char *path, struct err *err)
{
	char *sql = NULL;
	enum err_code code = list_roots(db, &sql, err);

	if (!code)
		code = db_exec(db, sql, err);
	if (code)
		err_wrap(err, "look into '%s' after an end that was not orderly", path);
	free(sql);
	return code;
}

/* The rest is for later if the file is large, but not when damage was seen before. */
static enum err_code
look(struct db *db, const char *path, bool was_suspect, bool *due, struct err *err)
{
	enum err_code code;
	int64_t pages = 0;
	struct stmt s;

	stmt_begin(&s, db, "PRAGMA page_count");
	if (stmt_row(&s))
		pages = stmt_col_int(&s, 0);
	code = stmt_end(&s, err);
	if (code)
		return code;
	if (was_suspect || pages <= OPEN_PAGES_MAX)
		return db_check(path, NULL, err);
	*due = true;
	return look_at_roots(db, path, err);
}

enum err_code
check_open(struct db *db, const char *path, bool *due, bool *orderly, struct err *err)
{
	bool was_suspect = false;
	enum err_code code;
	struct stmt s;

	*due = false;
	*orderly = true;
	stmt_begin(&s, db, sql_get_clean);
	if (stmt_row(&s)) {
		*orderly = strcmp(stmt_col_text(&s, 0), clean) == 0;
		was_suspect = strcmp(stmt_col_text(&s, 0), suspect) == 0;
	}
	code = stmt_end(&s, err);
	if (!code && !*orderly)
		code = look(db, path, was_suspect, due, err);
	return code ? code : put_mark(db, *due ? unchecked : in_use, err);
}

enum err_code
check_close(struct db *db, struct err *err)
{
	return put_mark(db, clean, err);
}

enum err_code
check_end(struct db *db, bool whole, struct err *err)
{
	return put_mark(db, whole ? in_use : suspect, err);
}
