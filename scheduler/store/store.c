/* store.c - opening, closing and the idle work of the state database. */
#include "scheduler/store/store.h"

#include "core/base/mem.h"
#include "scheduler/store/check.h"
#include "scheduler/store/internal.h"
#include "scheduler/store/migrate.h"
#include "scheduler/store/place.h"

#include <stdlib.h>
#include <unistd.h>

enum { CHECKPOINT_PAGES = 2000 }; /* 8 MiB of log: some milliseconds to move */

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
store_open(struct store **out, const char *project_dir, enum holder_kind kind, struct err *err)
{
	struct store *s = mem_new(1, sizeof(*s));
	char *dir = mem_format("%s/.tidemill", project_dir);
	enum err_code code;

	s->lock_fd = -1;
	s->path = mem_format("%s/state.db", dir);
	code = place_make(dir, err);
	if (!code)
		code = place_lock(project_dir, kind, &s->lock_fd, err);
	if (!code)
		code = db_open_writer(&s->db, s->path, err);
	if (!code)
		code = migrate(s->db, s->path, err);
	if (!code)
		code = check_open(s->db, s->path, &s->check_due, err);
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
store_idle(struct store *s, struct err *err)
{
	return db_checkpoint(s->db, CHECKPOINT_PAGES, err);
}

bool
store_check_due(const struct store *s)
{
	return s->check_due;
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
