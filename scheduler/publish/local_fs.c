/* local_fs.c - what publishing does to the file system. */
#include "scheduler/publish/local_fs.h"

#include "core/lake/lake.h"
#include "core/base/mem.h"
#include "core/base/size.h"
#include "core/storage/identity.h"
#include "core/storage/live.h"
#include "core/storage/spot.h"
#include "core/storage/tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <unistd.h>

enum { ROOM_FILES = 16 }; /* a partition has its files, a manifest and its directories */

/* The name, beside a staging directory, of the manifest that will replace a live one. */
#define NEW_MANIFEST "%s.manifest"

static bool
is_dots(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

/* ---- looking ---- */

static enum err_code
fs_load(void *arg, const char *dir, struct manifest *out, struct err *err)
{
	enum err_code code;
	struct stat st;
	int fd;

	(void)arg;
	code = spot_open_dir(&fd, dir, err);
	if (code)
		return code;
	/* A pipe or a link of that name would make us wait, or read something else. */
	if (fstatat(fd, MANIFEST_FILE, &st, AT_SYMLINK_NOFOLLOW) < 0) {
		code = spot_refuse(err, "open", MANIFEST_FILE);
	} else if (!S_ISREG(st.st_mode)) {
		code = err_set(err, ERR_INPUT, "open '" MANIFEST_FILE "': not a plain file");
	} else {
		code = manifest_load(out, fd, ".", err);
	}
	if (code)
		err_wrap(err, "in '%s'", dir);
	(void)close(fd);
	return code;
}

static enum err_code
fs_vacant(void *arg, const char *dir, struct err *err)
{
	struct err why = { ERR_NONE };
	enum err_code code;
	struct stat st;
	struct spot s;

	(void)arg;
	code = spot_find(&s, dir, false, &why);
	if (code)
		return code == ERR_NOT_FOUND ? ERR_NONE : err_set(err, code, "%s", why.msg);
	if (fstatat(s.fd, s.name, &st, AT_SYMLINK_NOFOLLOW) == 0)
		code = err_set(err, ERR_CONFLICT, "'%s' is there", dir);
	else if (errno != ENOENT)
		code = spot_refuse(err, "look at", dir);
	spot_close(&s);
	return code;
}

static bool
is_listed(const struct manifest *m, const char *name)
{
	for (size_t i = 0; i < m->n_files; i++) {
		if (strcmp(m->files[i].path, name) == 0)
			return true;
	}
	return strcmp(name, MANIFEST_FILE) == 0;
}

/*
 * Nothing but the manifest and its files.  Those were all found, so the number
 * of entries tells, and names are compared only to say which one is too many.
 */
static enum err_code
check_no_more(DIR *entries, const char *dir, const struct manifest *m, struct err *err)
{
	size_t count = 0;
	struct dirent *e;

	while ((errno = 0, e = readdir(entries)) != NULL)
		count += !is_dots(e->d_name);
	if (errno)
		return err_errno(err, "read '%s'", dir);
	if (count == m->n_files + 1)
		return ERR_NONE;
	rewinddir(entries);
	while ((e = readdir(entries)) != NULL) {
		if (!is_dots(e->d_name) && !is_listed(m, e->d_name))
			return err_set(err, ERR_INPUT, "'%s/%s' is not in the manifest", dir,
				       e->d_name);
	}
	return err_set(err, ERR_INPUT, "'%s' changed while it was read", dir);
}

static enum err_code
check_file(int fd, const char *dir, const struct manifest_file *f, bool recorded, struct err *err)
{
	struct stat st;

	if (fstatat(fd, f->path, &st, AT_SYMLINK_NOFOLLOW) < 0) {
		if (errno != ENOENT)
			return err_errno(err, "look at '%s/%s'", dir, f->path);
		return err_set(err, ERR_INPUT, "'%s/%s' is in the manifest and not there", dir,
			       f->path);
	}
	if (!S_ISREG(st.st_mode))
		return err_set(err, ERR_INPUT, "'%s/%s' is not a plain file", dir, f->path);
	if (st.st_size != f->bytes)
		return err_set(err, ERR_INPUT, "'%s/%s' has %lld bytes, the manifest says %lld",
			       dir, f->path, (long long)st.st_size, (long long)f->bytes);
	if (recorded && !identity_is(&st, f))
		return err_set(err, ERR_INPUT, "'%s/%s' is not the file that was published", dir,
			       f->path);
	return ERR_NONE;
}

static enum err_code
check_files(const char *dir, const struct manifest *m, bool recorded, struct err *err)
{
	enum err_code code;
	DIR *entries;
	int fd;

	code = spot_open_dir(&fd, dir, err);
	if (code)
		return code;
	entries = fdopendir(fd);
	if (!entries) {
		code = err_errno(err, "read '%s'", dir);
		(void)close(fd);
		return code;
	}
	for (size_t i = 0; i < m->n_files && !code; i++)
		code = check_file(fd, dir, &m->files[i], recorded, err);
	if (!code)
		code = check_no_more(entries, dir, m, err);
	(void)closedir(entries);
	return code;
}

static enum err_code
fs_verify(void *arg, const char *dir, const struct manifest *m, struct err *err)
{
	(void)arg;
	return check_files(dir, m, false, err);
}

static enum err_code
fs_recorded(void *arg, const char *dir, const struct manifest *m, struct err *err)
{
	(void)arg;
	return check_files(dir, m, true, err);
}

/* ---- moving ---- */

static enum err_code
rename_dir(const char *a, const char *b, unsigned flags, struct err *err)
{
	struct spot from, to = { .fd = -1 };
	enum err_code code;

	code = spot_find(&from, a, false, err);
	if (code)
		return code;
	code = spot_find(&to, b, !(flags & RENAME_EXCHANGE), err);
	if (!code && renameat2(from.fd, from.name, to.fd, to.name, flags) < 0) {
		code = spot_refuse(err, flags & RENAME_EXCHANGE ? "exchange with" : "move to", b);
		err_wrap(err, "'%s'", a);
	}
	spot_close(&to);
	spot_close(&from);
	return code;
}

static enum err_code
fs_exchange(void *arg, const char *a, const char *b, struct err *err)
{
	(void)arg;
	return rename_dir(a, b, RENAME_EXCHANGE, err);
}

static enum err_code
fs_move(void *arg, const char *from, const char *to, struct err *err)
{
	(void)arg;
	return rename_dir(from, to, RENAME_NOREPLACE, err);
}

/* Write a new file and make its content durable. */
static enum err_code
write_file(int dir, const char *name, const struct buf *text, struct err *err)
{
	size_t done = 0;
	int fd;

	if (unlinkat(dir, name, 0) < 0 && errno != ENOENT)
		return err_errno(err, "remove '%s'", name);
	fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (fd < 0)
		return err_errno(err, "make '%s'", name);
	while (done < text->bytes) {
		ssize_t n = write(fd, text->data + done, text->bytes - done);

		if (n < 0 && errno != EINTR)
			break;
		done += n < 0 ? 0 : (size_t)n;
	}
	if (done < text->bytes || fsync(fd) < 0) {
		err_errno(err, "write '%s'", name);
		(void)close(fd);
		return ERR_SYSTEM;
	}
	return close(fd) == 0 ? ERR_NONE : err_errno(err, "close '%s'", name);
}

static enum err_code
fs_put_manifest(void *arg, const char *live, const char *staging, const struct manifest *m,
		struct err *err)
{
	struct spot s = { .fd = -1 };
	char *name = NULL;
	enum err_code code;
	struct buf text;
	int fd;

	(void)arg;
	code = spot_open_dir(&fd, live, err);
	if (code)
		return code;
	buf_init(&text, MANIFEST_BYTES_MAX);
	manifest_write(m, &text);
	if (text.full)
		code = err_set(err, ERR_LIMIT, "write the manifest of '%s': larger than %s", live,
			       SIZE_TEXT(MANIFEST_BYTES_MAX));
	if (!code)
		code = spot_find(&s, staging, false, err);
	if (code)
		goto out;
	name = mem_format(NEW_MANIFEST, s.name);
	code = write_file(s.fd, name, &text, err);
	if (!code && renameat(s.fd, name, fd, MANIFEST_FILE) < 0)
		code = err_errno(err, "rename '%s' to '" MANIFEST_FILE "'", name);
	if (code) {
		err_wrap(err, "replace the manifest of '%s'", live);
		(void)unlinkat(s.fd, name, 0); /* the first failure is what is told */
	}
out:
	free(name);
	buf_release(&text);
	spot_close(&s);
	(void)close(fd);
	return code;
}

static enum err_code
fs_sync_parent(void *arg, const char *dir, struct err *err)
{
	struct spot s;
	enum err_code code;

	(void)arg;
	code = spot_find(&s, dir, false, err);
	if (code)
		return code;
	if (spot_sync(s.fd) < 0)
		code = err_errno(err, "make the directory of '%s' durable", dir);
	spot_close(&s);
	return code;
}

/* ---- removing ---- */

/* Open directory `name` in `at` for reading its entries; NULL with errno when it cannot be. */
static DIR *
open_entries(int at, const char *name)
{
	int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *entries = fd < 0 ? NULL : fdopendir(fd);

	if (fd >= 0 && !entries)
		(void)close(fd);
	return entries;
}

/*
 * Remove the files of directory `name` in `top` and then the directory; what
 * directories it holds are moved up into `top` first, under names that are free
 * there.  So a tree of any depth goes away with two descriptors and no recursion.
 */
static int
empty_into(int top, const char *name, unsigned *serial)
{
	DIR *entries = open_entries(top, name);
	int fd = entries ? dirfd(entries) : -1;
	int rc = entries ? 0 : -1;
	struct dirent *e;

	while (rc == 0 && (e = readdir(entries)) != NULL) {
		char free_name[32];

		if (is_dots(e->d_name))
			continue;
		rc = unlinkat(fd, e->d_name, 0);
		if (rc == 0 || errno != EISDIR)
			continue;
		do {
			(void)snprintf(free_name, sizeof(free_name), ".up%u", (*serial)++);
			rc = renameat2(fd, e->d_name, top, free_name, RENAME_NOREPLACE);
		} while (rc < 0 && errno == EEXIST);
	}
	if (entries)
		(void)closedir(entries);
	return rc == 0 ? unlinkat(top, name, AT_REMOVEDIR) : rc;
}

/* Remove what an open directory holds.  Passes go on until one met no directory. */
static int
empty(DIR *entries)
{
	int fd = dirfd(entries);
	unsigned serial = 0;
	struct dirent *e;
	bool again;

	do {
		again = false;
		rewinddir(entries);
		while ((e = readdir(entries)) != NULL) {
			if (is_dots(e->d_name) || unlinkat(fd, e->d_name, 0) == 0)
				continue;
			if (errno != EISDIR || empty_into(fd, e->d_name, &serial) < 0)
				return -1;
			again = true;
		}
	} while (again);
	return 0;
}

static enum err_code
fs_remove(void *arg, const char *dir, struct err *err)
{
	struct err why = { ERR_NONE };
	struct spot s;
	enum err_code code;
	DIR *entries;
	char *name;

	(void)arg;
	code = spot_find(&s, dir, false, &why);
	if (code == ERR_NOT_FOUND)
		return ERR_NONE;
	if (code)
		return err_set(err, code, "%s", why.msg);
	name = mem_format(NEW_MANIFEST, s.name);
	(void)unlinkat(s.fd, name, 0); /* a crash in put_manifest may have left it; mostly absent */
	free(name);
	entries = open_entries(s.fd, s.name);
	if (!entries && errno != ENOENT)
		code = spot_refuse(err, "remove", dir);
	else if (entries && (empty(entries) < 0 || unlinkat(s.fd, s.name, AT_REMOVEDIR) < 0))
		code = err_errno(err, "remove '%s'", dir);
	if (entries)
		(void)closedir(entries);
	spot_close(&s);
	return code;
}

const struct publish_fs publish_fs_real = {
	.load = fs_load,
	.verify = fs_verify,
	.recorded = fs_recorded,
	.vacant = fs_vacant,
	.exchange = fs_exchange,
	.move = fs_move,
	.put_manifest = fs_put_manifest,
	.sync_parent = fs_sync_parent,
	.remove = fs_remove,
};

/* ---- can it be done here? ---- */

static const char *
fs_name(int fd)
{
	static const struct {
		long magic;
		const char *name;
	} names[] = {
		{ EXT4_SUPER_MAGIC, "ext4" },
		{ XFS_SUPER_MAGIC, "xfs" },
		{ BTRFS_SUPER_MAGIC, "btrfs" },
		{ TMPFS_MAGIC, "tmpfs" },
		{ OVERLAYFS_SUPER_MAGIC, "overlay" },
		{ NFS_SUPER_MAGIC, "nfs" },
		{ CIFS_SUPER_MAGIC, "cifs" },
		{ SMB2_SUPER_MAGIC, "smb2" },
		{ FUSE_SUPER_MAGIC, "fuse" },
		{ MSDOS_SUPER_MAGIC, "vfat" },
		{ V9FS_MAGIC, "9p" },
		{ 0x2fc12fc1, "zfs" },
	};
	struct statfs st;

	if (fstatfs(fd, &st) < 0)
		return "unknown";
	for (size_t i = 0; i < countof(names); i++) {
		if ((unsigned long)names[i].magic == (unsigned long)st.f_type)
			return names[i].name;
	}
	return "unknown";
}

/* Two directories between which a rename can work: one mount, and one device below it. */
static bool
is_same_mount(int a, int b)
{
	const unsigned want = STATX_BASIC_STATS | STATX_MNT_ID;
	struct statx x, y;

	if (statx(a, "", AT_EMPTY_PATH, want, &x) < 0 || statx(b, "", AT_EMPTY_PATH, want, &y) < 0)
		return true; /* then the first publish will tell */
	if (x.stx_dev_major != y.stx_dev_major || x.stx_dev_minor != y.stx_dev_minor)
		return false;
	return !(x.stx_mask & y.stx_mask & STATX_MNT_ID) || x.stx_mnt_id == y.stx_mnt_id;
}

/* Exchange two directories made for it; true, or false with errno. */
static bool
try_exchange(int staging)
{
	static const char *const names[] = { ".probe-a", ".probe-b" };
	bool ok;
	int saved;

	for (size_t i = 0; i < countof(names); i++) {
		if (mkdirat(staging, names[i], 0700) < 0 && errno != EEXIST)
			return false;
	}
	ok = renameat2(staging, names[0], staging, names[1], RENAME_EXCHANGE) == 0;
	saved = errno;
	for (size_t i = 0; i < countof(names); i++)
		(void)unlinkat(staging, names[i],
			       AT_REMOVEDIR); /* the next probe meets them again */
	errno = saved;
	return ok;
}

static enum err_code
probe(const char *path, int live, int staging, struct err *err)
{
	if (!is_same_mount(live, staging))
		return err_set(err, ERR_INPUT,
			       "dataset '%s' (%s) and the " LAKE_DIR
			       " beside it (%s) are on two file "
			       "systems, so partitions cannot be published atomically: put both on "
			       "one",
			       path, fs_name(live), fs_name(staging));
	if (try_exchange(staging))
		return ERR_NONE;
	if (errno == EINVAL || errno == EXDEV || errno == ENOSYS)
		return err_set(err, ERR_INPUT,
			       "the file system of '%s' (%s) cannot exchange two directories, so "
			       "partitions cannot be published atomically: use ext4, xfs, btrfs or "
			       "tmpfs",
			       path, fs_name(staging));
	return err_errno(err, "try to exchange two directories beside '%s'", path);
}

enum err_code
local_probe(const char *path, struct err *err)
{
	struct spot live = { .fd = -1 }, staging = { .fd = -1 };
	enum err_code code;
	struct buf name;

	/* Any partition and any attempt: what counts are the directories they would be in. */
	buf_init(&name, 64 << 10);
	lake_staging(path, 0, &name);
	code = spot_find(&staging, name.data, true, err);
	buf_reset(&name);
	lake_live(path, grid_days, 0, &name);
	if (!code)
		code = spot_find(&live, name.data, true, err);
	if (!code)
		code = probe(path, live.fd, staging.fd, err);
	spot_close(&live);
	spot_close(&staging);
	buf_release(&name);
	return code;
}

enum err_code
local_room(const char *path, int64_t bytes, struct err *err)
{
	struct statvfs fs;
	struct buf name;
	char *leaf;
	bool known;

	buf_init(&name, 64 << 10);
	lake_staging(path, 0, &name);
	leaf = strrchr(name.data, '/');
	if (leaf)
		*leaf = '\0';
	known = statvfs(name.data, &fs) == 0;
	buf_release(&name);
	if (!known || (fs.f_bavail * (uint64_t)fs.f_frsize >= (uint64_t)bytes &&
		       (fs.f_favail >= ROOM_FILES || !fs.f_files)))
		return ERR_NONE;
	errno = ENOSPC;
	return err_errno(err, "find room for the %" PRId64 " bytes that were staged of '%s' before",
			 bytes, path);
}

void
local_remove_work(const char *path, int64_t attempt)
{
	struct stat st;
	struct buf name;

	buf_init(&name, PATH_MAX);
	lake_staging(path, attempt, &name);
	buf_text(&name, "-work");
	/* Mostly absent.  What cannot be removed now is met again by leftovers.c. */
	if (!name.full && lstat(name.data, &st) == 0)
		(void)tree_remove(name.data);
	buf_release(&name);
}
