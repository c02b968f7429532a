/* cgroup.c - a cgroup of our own, where the kernel has cgroup v2 and lets us make one. */
#include "core/wire/cgroup.h"

#include "core/base/buf.h"
#include "core/base/hash.h"
#include "core/base/mem.h"
#include "core/project/machine.h"
#include "core/wire/sweep.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TABLE_BYTES_MAX = 1 << 20, MARK_CHARS = 16 };

#define NOTE_PREFIX "cgroup-"

/* The text behind `key` in a line of a table of /proc, up to the line's end, for free(); NULL. */
static char *
line_behind(const char *file, const char *key)
{
	char *found = NULL;
	const char *at;
	struct buf text;

	buf_init(&text, TABLE_BYTES_MAX);
	if (!buf_read_file(&text, AT_FDCWD, file, NULL) && (at = strstr(text.data, key))) {
		at += strlen(key);
		found = mem_bytes(at, strcspn(at, "\n"));
	}
	buf_release(&text);
	return found;
}

/* All of cgroup v2, not a part of it. */
static bool
is_cgroup2(const struct mount *m, const void *ctx)
{
	(void)ctx;
	return !strcmp(m->type, "cgroup2") && !strcmp(m->root, "/");
}

char *
cgroup_of(int pid)
{
	char *file = pid ? mem_format("/proc/%d/cgroup", pid) : mem_str("/proc/self/cgroup");
	char *path = line_behind(file, "0::"), *own = NULL;
	struct mount mount;

	free(file);
	if (path && path[0] == '/' && strncmp(path, "/..", 3) != 0 &&
	    machine_find_mount(is_cgroup2, NULL, &mount))
		own = mem_format("%s%s", mount.point, strcmp(path, "/") ? path : "");
	free(path);
	return own;
}

bool
cgroup_join(const char *cgroup)
{
	char *procs = mem_format("%s/cgroup.procs", cgroup);
	int fd = open(procs, O_WRONLY | O_CLOEXEC);
	bool joined = fd >= 0 && write(fd, "0", 1) == 1;

	if (fd >= 0)
		(void)close(fd);
	free(procs);
	return joined;
}

char *
cgroup_note(const char *cgroup, const char *runtime_path)
{
	char digest[DIGEST_CHARS + 1], *link;

	digest_of(cgroup, strlen(cgroup), digest);
	link = mem_format("%s/" NOTE_PREFIX "%.8s", runtime_path, digest);
	(void)!symlink(cgroup, link); /* it is there mostly; without it less is found */
	return link;
}

char *
cgroup_enter(const char *runtime_path)
{
	const char *leaf = strrchr(runtime_path, '/');
	char *own = cgroup_of(0), *cgroup = NULL;

	if (own && leaf) {
		cgroup = mem_format("%s/tidemill-%.*s", own, MARK_CHARS, leaf + 1);
		if ((mkdir(cgroup, 0755) < 0 && errno != EEXIST) || !cgroup_join(cgroup)) {
			(void)rmdir(cgroup);
			free(cgroup);
			cgroup = NULL;
		}
	}
	if (cgroup)
		free(cgroup_note(cgroup, runtime_path));
	free(own);
	return cgroup;
}

void
cgroup_leave(const char *cgroup)
{
	const char *leaf = cgroup ? strrchr(cgroup, '/') : NULL;
	char *above;

	if (!leaf)
		return;
	above = mem_bytes(cgroup, (size_t)(leaf - cgroup));
	if (cgroup_join(above))
		(void)rmdir(cgroup); /* refused while somebody is in it */
	free(above);
}

/* The processes of one cgroup; one that is gone has none. */
static bool
end_orphans(const char *cgroup)
{
	char *procs = mem_format("%s/cgroup.procs", cgroup), *at, *end;
	pid_t *pids = NULL;
	size_t n = 0, room = 0;
	struct buf text;
	bool found;

	buf_init(&text, TABLE_BYTES_MAX);
	if (buf_read_file(&text, AT_FDCWD, procs, NULL))
		buf_reset(&text);
	for (at = text.data; *at; at = *end ? end + 1 : end) {
		long pid = strtol(at, &end, 10);

		if (end == at)
			break;
		pids = mem_grow(pids, n, &room, sizeof(*pids));
		pids[n++] = (pid_t)pid;
	}
	found = orphans_end(pids, n, strrchr(cgroup, '/'));
	free(pids);
	free(procs);
	buf_release(&text);
	return found;
}

/* Is it that of one attempt (group.h)?  With its shim in it nobody can remove it. */
static bool
is_of_attempt(const char *cgroup)
{
	const char *leaf = strrchr(cgroup, '/'), *behind = leaf ? strrchr(leaf, '-') : NULL;

	return behind && behind[1] == 'a' && strspn(behind + 2, "0123456789") == strlen(behind + 2);
}

enum err_code
cgroup_sweep(const char *runtime_path, bool *gone, struct err *err)
{
	DIR *dir = opendir(runtime_path);
	char cgroup[PATH_MAX];
	struct dirent *entry;
	ssize_t n;

	*gone = true;
	if (!dir && errno == ENOENT)
		return ERR_NONE;
	if (!dir)
		return err_errno(err, "open the runtime directory '%s'", runtime_path);
	while ((entry = readdir(dir))) {
		if (strncmp(entry->d_name, NOTE_PREFIX, strlen(NOTE_PREFIX)) != 0)
			continue;
		n = readlinkat(dirfd(dir), entry->d_name, cgroup, sizeof(cgroup) - 1);
		if (n <= 0)
			continue;
		cgroup[n] = '\0';
		if (strrchr(cgroup, '/') && end_orphans(cgroup))
			*gone = false;
		else if (is_of_attempt(cgroup) && rmdir(cgroup) == 0)
			(void)unlinkat(dirfd(dir), entry->d_name, 0); /* a dead shim left it */
	}
	(void)closedir(dir);
	return ERR_NONE;
}
