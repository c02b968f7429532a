/* open.c - the state database, for reading. */
#include "core/view/open.h"

#include "core/base/mem.h"
#include "core/view/internal.h"
#include "core/view/sql.h"

#include <stdlib.h>

/* One of ours, not newer than this program; an older one gets the views of today. */
static enum err_code
check_schema(struct db *db, const char *path, struct err *err)
{
	enum err_code code;
	int64_t schema = 0;
	struct stmt s;

	stmt_begin(&s, db, "PRAGMA user_version");
	if (stmt_row(&s))
		schema = stmt_col_int(&s, 0);
	code = stmt_end(&s, err);
	if (code)
		return code;
	if (schema == 0)
		return err_set(err, ERR_NOT_FOUND, "nothing has run here yet: '%s' is empty", path);
	if (schema > DB_SCHEMA)
		return err_set(err, ERR_INPUT,
			       "'%s' was written by a newer tidemill (schema %lld, this one knows"
			       " up to %d); use that one",
			       path, (long long)schema, DB_SCHEMA);
	if (schema == DB_SCHEMA)
		return ERR_NONE;
	return db_exec(db, schema == 1 ? sql_old_1 : schema == 2 ? sql_old_2 : sql_old_3, err);
}

enum err_code
view_open(struct view **out, const char *project_dir, struct err *err)
{
	char *path = mem_format("%s/.tidemill/state.db", project_dir);
	enum err_code code;
	struct db *db = NULL;

	code = db_open_reader(&db, path, err);
	if (code == ERR_NOT_FOUND)
		code = err_set(err, code, "nothing has run here yet: '%s' does not exist", path);
	if (!code)
		code = check_schema(db, path, err);
	free(path);
	if (code) {
		db_close(db);
		return code;
	}
	*out = mem_new(1, sizeof(**out));
	(*out)->db = db;
	(*out)->project_dir = mem_str(project_dir);
	return ERR_NONE;
}

void
view_close(struct view *v)
{
	if (!v)
		return;
	db_close(v->db);
	free(v->project_dir);
	free(v);
}

enum err_code
view_begin(struct view *v, struct err *err)
{
	return db_exec(v->db, "BEGIN", err);
}

void
view_end(struct view *v)
{
	/* It read only: there is nothing that could fail to be kept. */
	if (db_exec(v->db, "COMMIT", NULL))
		return;
}
