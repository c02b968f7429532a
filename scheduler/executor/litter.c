/* litter.c - runtime directories that nobody comes back to. */
#include "scheduler/executor/litter.h"

#include "core/base/mem.h"
#include "core/storage/tree.h"
#include "core/wire/attempt.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NEIGHBOURS_MAX = 512, NAME_CHARS = 16 + 1 + 8 };

/* Read a link as a string; false: there is none. */
static bool
read_link(int dir, const char *name, char out[PATH_MAX])
{
	ssize_t n = readlinkat(dir, name, out, PATH_MAX - 1);

	out[n > 0 ? n : 0] = '\0';
	return n > 0;
}

/* Is it named as attempt_runtime_dir() names them? */
static bool
is_ours(const char *name)
{
	return strlen(name) == NAME_CHARS && strspn(name, "0123456789abcdef") == 16 &&
	       name[16] == '-' && strspn(name + 17, "0123456789abcdef") == 8;
}

/* Does the project that it was made for still call it its own? */
static bool
is_wanted(int dir, const char *path)
{
	char project[PATH_MAX], now[PATH_MAX], *link;
	bool wanted;

	if (!read_link(dir, RUNTIME_PROJECT_LINK, project))
		return true; /* an older version made it: whose it is cannot be told */
	link = mem_format("%s/.tidemill/runtime", project);
	if (read_link(AT_FDCWD, link, now))
		wanted = !strcmp(now, path);
	else
		wanted = errno != ENOENT && errno != ENOTDIR; /* not readable is not gone */
	free(link);
	return wanted;
}

/* Is the lock of an attempt in it held? */
static bool
is_lived_in(int dir)
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *entries = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	bool lived_in = false;

	while (entries && !lived_in && (entry = readdir(entries))) {
		char path[64];
		struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
		int n = snprintf(path, sizeof(path), "%.32s/lock", entry->d_name), file;

		file = n > 0 && entry->d_name[0] != '.' ? openat(dir, path, O_RDWR | O_CLOEXEC)
							: -1;
		if (file < 0)
			continue;
		lived_in = fcntl(file, F_GETLK, &lock) < 0 || lock.l_type != F_UNLCK;
		(void)close(file);
	}
	if (entries)
		(void)closedir(entries);
	else if (fd >= 0)
		(void)close(fd);
	return lived_in || !entries;
}

static void
look_at(const char *base, const char *name, const struct log *log)
{
	char *path = mem_format("%s/%s", base, name);
	int dir = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (dir >= 0 && !is_wanted(dir, path) && !is_lived_in(dir) && tree_remove(path))
		log_line(log, LOG_DEBUG,
			 "the runtime directory '%s' of a project that is gone was removed", path);
	if (dir >= 0)
		(void)close(dir);
	free(path);
}

void
litter_clear(const char *project_dir, const char *runtime_path, const struct log *log)
{
	const char *leaf = strrchr(runtime_path, '/');
	char *link = mem_format("%s/" RUNTIME_PROJECT_LINK, runtime_path);
	char *base = mem_bytes(runtime_path, (size_t)(leaf - runtime_path));
	char *whole = realpath(project_dir, NULL);
	DIR *dir = opendir(base);
	struct dirent *entry;

	if (whole) {
		(void)unlink(link); /* it may have been renamed */
		(void)!symlink(whole, link);
	}
	for (int i = 0; dir && i < NEIGHBOURS_MAX && (entry = readdir(dir)); i++)
		if (is_ours(entry->d_name) && strcmp(entry->d_name, leaf + 1) != 0)
			look_at(base, entry->d_name, log);
	if (dir)
		(void)closedir(dir);
	free(whole);
	free(base);
	free(link);
}
