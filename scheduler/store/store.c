/* store.c - opening, closing and the idle work of the state database. */
#include "scheduler/store/store.h"

#include "core/base/mem.h"
#include "scheduler/store/internal.h"
#include "scheduler/store/migrate.h"
#include "scheduler/store/place.h"
#include "scheduler/store/sql.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CHECKPOINT_PAGES = 2000 }; /* 8 MiB of log: some milliseconds to move */

/* ---- did the last one close it? ---- */

static enum err_code
put_clean(struct store *s, bool clean, struct err *err)
{
	struct stmt stmt;

	stmt_begin(&stmt, s->db, sql_put_clean);
	stmt_text(&stmt, 1, clean ? "yes" : "no");
	(void)stmt_row(&stmt);
	return stmt_end(&stmt, err);
}

static enum err_code
check_pages(struct store *s, struct err *err)
{
	enum err_code code = ERR_NONE;
	struct stmt stmt;

	stmt_begin(&stmt, s->db, "PRAGMA quick_check(1)");
	if (stmt_row(&stmt) && strcmp(stmt_col_text(&stmt, 0), "ok") != 0)
		code = err_set(err, ERR_SYSTEM, "'%s' is damaged: %s; restore a backup", s->path,
			       stmt_col_text(&stmt, 0));
	if (code) {
		(void)stmt_end(&stmt, NULL);
		return code;
	}
	return stmt_end(&stmt, err);
}

/* After an end that was not orderly, look before building on it (0.2 s for a million tasks). */
static enum err_code
check_clean(struct store *s, struct err *err)
{
	bool clean = true;
	enum err_code code;
	struct stmt stmt;

	stmt_begin(&stmt, s->db, sql_get_clean);
	if (stmt_row(&stmt))
		clean = strcmp(stmt_col_text(&stmt, 0), "yes") == 0;
	code = stmt_end(&stmt, err);
	if (!code && !clean)
		code = check_pages(s, err);
	return code ? code : put_clean(s, false, err);
}

/* ---- life ---- */

/* Everything but the mark of an orderly end. */
static void
release(struct store *s)
{
	db_close(s->db);
	if (s->lock_fd >= 0)
		(void)close(s->lock_fd);
	for (size_t i = 0; i < TABLES; i++)
		free(s->put[i]);
	free(s->path);
	free(s);
}

enum err_code
store_open(struct store **out, const char *project_dir, struct err *err)
{
	struct store *s = mem_new(1, sizeof(*s));
	char *dir = mem_format("%s/.tidemill", project_dir);
	enum err_code code;

	s->lock_fd = -1;
	s->path = mem_format("%s/state.db", dir);
	code = place_make(dir, err);
	if (!code)
		code = place_lock(dir, &s->lock_fd, err);
	if (!code)
		code = db_open_writer(&s->db, s->path, err);
	if (!code)
		code = migrate(s->db, s->path, err);
	if (!code)
		code = check_clean(s, err);
	free(dir);
	if (code) {
		release(s);
		return code;
	}
	for (size_t i = 0; i < TABLES; i++)
		s->put[i] = columns_insert((enum stored_table)i);
	*out = s;
	return ERR_NONE;
}

void
store_close(struct store *s)
{
	if (!s)
		return;
	/* Without the mark the next start looks at every page, nothing worse. */
	(void)put_clean(s, true, NULL);
	release(s);
}

enum err_code
store_idle(struct store *s, struct err *err)
{
	return db_checkpoint(s->db, CHECKPOINT_PAGES, err);
}
