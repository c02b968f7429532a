/* store.c - opening, closing and the idle work of the state database. */
#include "scheduler/store/store.h"

#include "core/base/mem.h"
#include "scheduler/store/check.h"
#include "scheduler/store/internal.h"
#include "scheduler/store/migrate.h"
#include "scheduler/store/place.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CHECKPOINT_PAGES = 2000 }; /* 8 MiB of log: some milliseconds to move */

/* Everything but the mark of an orderly end. */
static void
release(struct store *s)
{
	db_close(s->db);
	if (s->guard_fd >= 0)
		(void)close(s->guard_fd);
	if (s->lock_fd >= 0)
		(void)close(s->lock_fd);
	anchor_release(&s->anchor);
	for (size_t i = 0; i < TABLES; i++)
		free(s->put[i]);
	free(s->path);
	free(s->notice);
	free(s);
}

/* Bytes of a file; -1: there is none. */
static int64_t
bytes_of(const char *path, const char *ending)
{
	char *whole = mem_format("%s%s", path, ending);
	struct stat st;
	int64_t bytes = stat(whole, &st) ? -1 : (int64_t)st.st_size;

	free(whole);
	return bytes;
}

/*
 * Open it, and see what somebody may have taken away since the last end.  The mark that it is in
 * use has to be in the database itself: a log that is gone took its own mark with it.
 */
static enum err_code
open_database(struct store *s, struct err *err)
{
	bool orderly = true, no_log = bytes_of(s->path, "-wal") <= 0;
	int64_t bytes = bytes_of(s->path, "");
	enum err_code code = db_open_writer(&s->db, s->path, err);

	if (!code)
		code = migrate(s->db, s->path, err);
	if (!code)
		code = check_open(s->db, s->path, &s->check_due, &orderly, err);
	if (!code)
		code = db_checkpoint(s->db, 0, err);
	if (bytes == 0)
		s->notice = mem_format("'%s' was empty: whatever it had recorded is gone, and a "
				       "new one was begun",
				       s->path);
	else if (bytes > 0 && !orderly && no_log)
		s->notice = mem_format("'%s-wal' is gone, which the last end had left: what was "
				       "recorded shortly before that end may be lost",
				       s->path);
	return code;
}

enum err_code
store_open(struct store **out, const char *project_dir, enum holder_kind kind, struct err *err)
{
	struct store *s = mem_new(1, sizeof(*s));
	char *dir = mem_format("%s/.tidemill", project_dir);
	enum err_code code;

	s->lock_fd = s->guard_fd = s->anchor.dir_fd = -1;
	s->path = mem_format("%s/state.db", dir);
	code = place_make(dir, err);
	if (!code)
		code = place_lock(project_dir, kind, &s->lock_fd, err);
	if (!code)
		code = anchor_guard(project_dir, &s->guard_fd, err);
	if (!code)
		code = open_database(s, err);
	if (!code)
		code = anchor_note(&s->anchor, project_dir, err);
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
	if (!s->check_due && check_close(s->db, NULL))
		s->check_due = true;
	release(s);
}

enum err_code
store_hold(struct store *s, struct err *err)
{
	bool log_only;
	enum err_code code = anchor_check(&s->anchor, &log_only, err);

	/* What was acknowledged is in a log without a name: into the database with it. */
	if (code && log_only && db_empty_log(s->db, NULL))
		err_wrap(err, "the last commits may be lost");
	return code;
}

enum err_code
store_idle(struct store *s, struct err *err)
{
	enum err_code code = store_hold(s, err);

	if (code)
		return code;
	code = db_checkpoint(s->db, CHECKPOINT_PAGES, err);
	anchor_wrote(&s->anchor);
	return code;
}

void
store_relax(struct store *s)
{
	db_relax(s->db);
}

bool
store_check_due(const struct store *s)
{
	return s->check_due;
}

const char *
store_notice(const struct store *s)
{
	return s->notice;
}

const char *
store_path(const struct store *s)
{
	return s->path;
}

enum err_code
store_checked(struct store *s, enum err_code found, struct err *err)
{
	s->check_due = found != ERR_NONE;
	return check_end(s->db, found == ERR_NONE, err);
}
