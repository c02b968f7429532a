/* store.c - the lock, the schema, checkpoints and retention of the state database. */
#include "scheduler/store/store.h"

#include "core/base/mem.h"
#include "scheduler/store/migrations.h"
#include "scheduler/store/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

struct fs_kind {
	uint64_t magic; /* statfs(2) */
	const char *name;
	bool local;
};

static const struct fs_kind fs_kinds[] = {
	{ 0xEF53, "ext4", true },        { 0x58465342, "xfs", true },
	{ 0x9123683E, "btrfs", true },   { 0x01021994, "tmpfs", true },
	{ 0x2FC12FC1, "zfs", true },     { 0x794C7630, "overlay", true },
	{ 0x6969, "nfs", false },        { 0x65735546, "fuse or virtiofs", false },
	{ 0x01021997, "9p", false },     { 0x517B, "smb", false },
	{ 0xFF534D42, "cifs", false },   { 0xFE534D42, "smb2", false },
	{ 0x00C36400, "ceph", false },   { 0x5346414F, "afs", false },
	{ 0x0BD00BD0, "lustre", false }, { 0x01161970, "gfs2", false },
	{ 0x7461636F, "ocfs2", false },  { 0x786F4256, "vboxsf", false },
	{ 0x4D44, "fat", false },        { 0x2011BAB0, "exfat", false },
};

const char *
store_fs_name(uint64_t magic, bool *local)
{
	*local = false;
	for (size_t i = 0; i < countof(fs_kinds); i++) {
		if (fs_kinds[i].magic == magic) {
			*local = fs_kinds[i].local;
			return fs_kinds[i].name;
		}
	}
	return NULL;
}

enum err_code
store_run(struct store *s, const char *sql, struct err *err)
{
	struct stmt stmt;

	stmt_begin(&stmt, s->db, sql);
	(void)stmt_row(&stmt);
	return stmt_end(&stmt, err);
}

void
store_rollback(struct store *s)
{
	struct stmt stmt;

	stmt_begin(&stmt, s->db, "ROLLBACK");
	(void)stmt_row(&stmt);
	(void)stmt_end(&stmt, NULL);
}

/* ---- the state directory and its lock ---- */

static enum err_code
check_fs(const char *dir, struct err *err)
{
	struct statfs fs;
	const char *name;
	uint64_t magic;
	bool local;

	if (statfs(dir, &fs))
		return err_errno(err, "look at the file system of '%s'", dir);
	magic = (uint64_t)fs.f_type & 0xFFFFFFFF;
	name = store_fs_name(magic, &local);
	if (local)
		return ERR_NONE;
	if (name)
		return err_set(err, ERR_SYSTEM,
			       "'%s' is on %s, where locks and a shared log are not safe;"
			       " keep the project on a local ext4, xfs, btrfs, zfs or tmpfs",
			       dir, name);
	return err_set(err, ERR_SYSTEM,
		       "'%s' is on a file system of unknown kind (0x%llx);"
		       " keep the project on a local ext4, xfs, btrfs, zfs or tmpfs",
		       dir, (unsigned long long)magic);
}

/* Make DIR/.tidemill, ours alone. */
static enum err_code
make_dir(const char *dir, struct err *err)
{
	struct stat st;

	if (mkdir(dir, 0700) && errno != EEXIST)
		return err_set(err, ERR_SYSTEM,
			       "make the state directory '%s': %s; the project directory has to"
			       " exist and to be writable",
			       dir, strerror(errno));
	if (stat(dir, &st))
		return err_errno(err, "look at the state directory '%s'", dir);
	if (!S_ISDIR(st.st_mode))
		return err_set(err, ERR_SYSTEM, "'%s' is not a directory; move it away", dir);
	if (st.st_uid != geteuid())
		return err_set(err, ERR_SYSTEM,
			       "the state directory '%s' belongs to user %ld and this is user %ld;"
			       " run tidemill as its owner",
			       dir, (long)st.st_uid, (long)geteuid());
	if ((st.st_mode & 0777) != 0700 && chmod(dir, 0700))
		return err_errno(err, "close the state directory '%s' to others", dir);
	return check_fs(dir, err);
}

static enum err_code
refuse(int fd, const char *dir, struct err *err)
{
	struct flock held = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	/* 0: gone by now, or in another pid namespace. */
	if (!fcntl(fd, F_GETLK, &held) && held.l_type != F_UNLCK && held.l_pid > 0)
		return err_set(err, ERR_BUSY, "another scheduler (pid %ld) works on '%s'",
			       (long)held.l_pid, dir);
	return err_set(err, ERR_BUSY, "another scheduler works on '%s'", dir);
}

/* Take DIR/.tidemill/lock; closing the descriptor gives it back, and so does death. */
static enum err_code
lock(const char *dir, int *out, struct err *err)
{
	struct flock all = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	char *path = mem_format("%s/lock", dir);
	enum err_code code = ERR_NONE;
	int fd;

	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0) {
		code = err_set(err, ERR_SYSTEM,
			       "open '%s': %s; the state directory has to be writable", path,
			       strerror(errno));
		goto out;
	}
	if (fcntl(fd, F_SETLK, &all)) {
		if (errno == EAGAIN || errno == EACCES)
			code = refuse(fd, dir, err);
		else
			code = err_errno(err, "lock '%s'", path);
		(void)close(fd);
		goto out;
	}
	/* For people only, who may look with cat; the kernel knows the owner. */
	if (!ftruncate(fd, 0))
		(void)dprintf(fd, "%ld\n", (long)getpid());
	*out = fd;
out:
	free(path);
	return code;
}

/* ---- the schema ---- */

static enum err_code
migrate_once(struct store *s, const char *const *statements, struct err *err)
{
	enum err_code code = store_run(s, "BEGIN IMMEDIATE", err);

	for (; !code && *statements; statements++)
		code = db_exec(s->db, *statements, err);
	if (!code)
		code = store_run(s, "COMMIT", err);
	if (code)
		store_rollback(s);
	return code;
}

static enum err_code
migrate(struct store *s, struct err *err)
{
	int64_t schema = 0;
	enum err_code code;
	struct stmt stmt;

	stmt_begin(&stmt, s->db, "PRAGMA user_version");
	if (stmt_row(&stmt))
		schema = stmt_col_int(&stmt, 0);
	code = stmt_end(&stmt, err);
	if (!code && (schema < 0 || schema > DB_SCHEMA))
		return err_set(err, ERR_INPUT,
			       "'%s' was written by a newer tidemill (schema %lld, this one knows"
			       " up to %d); use that one",
			       s->path, (long long)schema, DB_SCHEMA);
	for (; !code && schema < DB_SCHEMA; schema++) {
		code = migrate_once(s, schema_migrations[schema], err);
		if (code)
			err_wrap(err, "take the schema from %lld to %lld", (long long)schema,
				 (long long)schema + 1);
	}
	return code;
}

/* ---- did the last one close it? ---- */

static enum err_code
put_clean(struct store *s, bool clean, struct err *err)
{
	struct stmt stmt;

	stmt_begin(&stmt, s->db, "INSERT OR REPLACE INTO meta (name, value) VALUES ('clean', ?1)");
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

	stmt_begin(&stmt, s->db, "SELECT value FROM meta WHERE name = 'clean'");
	if (stmt_row(&stmt))
		clean = strcmp(stmt_col_text(&stmt, 0), "yes") == 0;
	code = stmt_end(&stmt, err);
	if (!code && !clean)
		code = check_pages(s, err);
	return code ? code : put_clean(s, false, err);
}

/* ---- life ---- */

enum err_code
store_open(struct store **out, const char *project_dir, struct err *err)
{
	struct store *s = mem_new(1, sizeof(*s));
	char *dir = mem_format("%s/.tidemill", project_dir);
	enum err_code code;

	s->lock_fd = -1;
	s->path = mem_format("%s/state.db", dir);
	code = make_dir(dir, err);
	if (!code)
		code = lock(dir, &s->lock_fd, err);
	if (!code)
		code = db_open_writer(&s->db, s->path, err);
	if (!code)
		code = migrate(s, err);
	if (!code)
		code = check_clean(s, err);
	free(dir);
	if (code) {
		/* Not store_close(): what failed to open was not closed well. */
		db_close(s->db);
		if (s->lock_fd >= 0)
			(void)close(s->lock_fd);
		free(s->path);
		free(s);
		return code;
	}
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
	db_close(s->db);
	(void)close(s->lock_fd);
	free(s->path);
	free(s);
}

enum err_code
store_idle(struct store *s, struct err *err)
{
	return db_checkpoint(s->db, CHECKPOINT_PAGES, err);
}

/* ---- retention ---- */

enum err_code
store_old_versions(struct store *s, int retain, int64_t replaced_before_us, struct old_version *out,
		   size_t max, size_t *n, struct err *err)
{
	enum err_code code;
	struct stmt stmt;
	size_t found = 0;

	stmt_begin(&stmt, s->db,
		   "WITH pinned AS MATERIALIZED ("
		   " SELECT json_extract(i.value, '$.dataset') AS dataset,"
		   " json_extract(i.value, '$.day') AS day,"
		   " json_extract(i.value, '$.version') AS version"
		   " FROM attempt a, json_each(a.inputs) i"
		   " WHERE a.state IN ('starting', 'running', 'killing', 'publishing'))"
		   " SELECT v.dataset, v.day, v.version, v.digest FROM version v"
		   " JOIN partition p ON p.dataset = v.dataset AND p.day = v.day"
		   " WHERE v.collected = 0 AND v.version < p.version"
		   " AND (SELECT count(*) FROM version w WHERE w.dataset = v.dataset"
		   " AND w.day = v.day AND w.version > v.version) > ?1"
		   " AND (SELECT min(w.published_us) FROM version w WHERE w.dataset = v.dataset"
		   " AND w.day = v.day AND w.version > v.version) < ?2"
		   " AND (v.dataset, v.day, v.version) NOT IN (SELECT dataset, day, version"
		   " FROM pinned WHERE dataset IS NOT NULL AND day IS NOT NULL"
		   " AND version IS NOT NULL)"
		   " ORDER BY v.dataset, v.day, v.version LIMIT ?3");
	stmt_int(&stmt, 1, retain);
	stmt_int(&stmt, 2, replaced_before_us);
	stmt_int(&stmt, 3, (int64_t)max);
	while (found < max && stmt_row(&stmt)) {
		struct old_version *v = &out[found++];

		(void)snprintf(v->dataset, sizeof(v->dataset), "%s", stmt_col_text(&stmt, 0));
		v->day = stmt_col_int(&stmt, 1);
		v->version = stmt_col_int(&stmt, 2);
		(void)snprintf(v->digest, sizeof(v->digest), "%s", stmt_col_text(&stmt, 3));
	}
	code = stmt_end(&stmt, err);
	if (!code)
		*n = found;
	return code;
}

enum err_code
store_version_collected(struct store *s, const struct old_version *v, struct err *err)
{
	struct stmt stmt;

	stmt_begin(&stmt, s->db,
		   "UPDATE version SET collected = 1 WHERE dataset = ?1 AND day = ?2"
		   " AND version = ?3");
	stmt_text(&stmt, 1, v->dataset);
	stmt_int(&stmt, 2, v->day);
	stmt_int(&stmt, 3, v->version);
	(void)stmt_row(&stmt);
	return stmt_end(&stmt, err);
}
