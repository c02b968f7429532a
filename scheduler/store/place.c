/* place.c - the state directory and its lock. */
#include "scheduler/store/place.h"

#include "core/base/mem.h"

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
place_fs_name(uint64_t magic, bool *local)
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
	name = place_fs_name(magic, &local);
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

enum err_code
place_make(const char *dir, struct err *err)
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
refuse(const char *project_dir, struct err *err)
{
	struct holder h = holder_look(project_dir);
	struct buf who;

	/* Gone by now: whoever it was had it a moment ago. */
	if (h.kind == HOLDER_NONE)
		h.kind = HOLDER_COMMAND;
	buf_init(&who, SIZE_MAX / 2);
	holder_say(&h, &who);
	(void)err_set(err, ERR_BUSY, "%s works on '%s'", who.data, project_dir);
	buf_release(&who);
	return ERR_BUSY;
}

enum err_code
place_lock(const char *project_dir, enum holder_kind kind, int *out, struct err *err)
{
	char *path = mem_format("%s/.tidemill/lock", project_dir);
	enum err_code code = ERR_NONE;
	int fd;

	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0) {
		code = err_set(err, ERR_SYSTEM,
			       "open '%s': %s; the state directory has to be writable", path,
			       strerror(errno));
		goto out;
	}
	code = holder_take(fd, kind, err);
	if (code == ERR_BUSY)
		code = refuse(project_dir, err);
	else if (code)
		err_wrap(err, "lock '%s'", path);
	if (code)
		(void)close(fd);
	else
		*out = fd;
out:
	free(path);
	return code;
}
