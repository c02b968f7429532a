/* zones.c - the time zones of this machine: the TZif files of its tzdata. */
#include "core/parts/zones.h"

#include "core/base/mem.h"
#include "core/text/diag.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ZONES_DIR "/usr/share/zoneinfo"

enum { ZONE_BYTES_MAX = 1 << 18, PATH_BYTES = 4096, NAME_BYTES_MAX = 100 };

static const char *
zones_dir(void)
{
	const char *dir = getenv("TZDIR");

	return dir && *dir == '/' && strlen(dir) < PATH_BYTES / 2 ? dir : ZONES_DIR;
}

/* Could it name a file below the directory of zones, and nothing elsewhere? */
static bool
is_name(const char *name)
{
	size_t bytes = strlen(name);

	return bytes && bytes <= NAME_BYTES_MAX && *name != '/' && !strstr(name, "..") &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+-/") ==
		   bytes;
}

static enum err_code
no_such_zone(const char *name, struct err *err)
{
	const char *near;
	size_t n;
	const char *const *names = zone_names(&n);

	if (is_name(name) && zone_is_known(name))
		return err_set(err, ERR_SYSTEM,
			       "this machine has no file of time zone '%s' in %s; install tzdata",
			       name, zones_dir());
	near = diag_nearest(name, names, n);
	return err_set(err, ERR_INPUT, "there is no time zone '%.100s'%s%s%s", name,
		       near ? ", perhaps '" : "", near ? near : "", near ? "'" : "");
}

static enum err_code
read_zone(int fd, const char *name, const char *path, struct zone **out, struct err *err)
{
	char *data = mem_new(ZONE_BYTES_MAX, 1);
	ssize_t bytes = read(fd, data, ZONE_BYTES_MAX);
	enum err_code code = ERR_NONE;

	if (bytes < 0)
		code = err_errno(err, "read '%s'", path);
	else if (zone_read(out, name, data, (size_t)bytes, NULL))
		code = err_set(err, ERR_SYSTEM, "read '%s': it is no time zone file", path);
	free(data);
	return code;
}

enum err_code
zone_open(const char *name, struct zone **out, struct err *err)
{
	char path[PATH_BYTES];
	struct stat st;
	enum err_code code;
	int fd;

	*out = NULL;
	if (strcmp(name, "UTC") == 0)
		return ERR_NONE;
	if (!is_name(name))
		return no_such_zone(name, err);
	(void)snprintf(path, sizeof(path), "%s/%s", zones_dir(), name);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return errno == ENOENT || errno == ENOTDIR
			   ? no_such_zone(name, err)
			   : err_errno(err, "open '%s', for time zone '%s'", path, name);
	if (fstat(fd, &st))
		code = err_errno(err, "stat '%s'", path);
	else if (!S_ISREG(st.st_mode)) /* Europe, a directory */
		code = no_such_zone(name, err);
	else
		code = read_zone(fd, name, path, out, err);
	(void)close(fd);
	return code;
}

struct zone *
zone_named(const char *name)
{
	struct zone *zone = NULL;

	return zone_open(strcmp(name, "UTC") == 0 ? "Etc/UTC" : name, &zone, NULL) ? NULL : zone;
}

void
zones_mark(char out[ZONES_MARK_CHARS + 1])
{
	static const char *const files[] = { "tzdata.zi", "+VERSION", "leapseconds", "" };
	char path[PATH_BYTES];
	struct stat st;

	out[0] = '\0';
	for (size_t i = 0; i < countof(files); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", zones_dir(), files[i]);
		if (stat(path, &st))
			continue;
		(void)snprintf(out, ZONES_MARK_CHARS + 1, "%zu:%lld:%lld.%09ld:%llu", i,
			       (long long)st.st_size, (long long)st.st_mtim.tv_sec,
			       st.st_mtim.tv_nsec, (unsigned long long)st.st_ino);
		return;
	}
}

const char *
zones_version(char out[ZONES_VERSION_CHARS + 1])
{
	/* tzdata.zi begins "# version 2026a". */
	static const struct {
		const char *name, *before;
	} files[] = { { "tzdata.zi", "# version " }, { "+VERSION", "" } };
	char path[PATH_BYTES], text[ZONES_VERSION_CHARS + 1];

	out[0] = '\0';
	for (size_t i = 0; i < countof(files) && !out[0]; i++) {
		size_t skip = strlen(files[i].before);
		ssize_t n;
		int fd;

		(void)snprintf(path, sizeof(path), "%s/%s", zones_dir(), files[i].name);
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
		n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
		if (fd >= 0)
			(void)close(fd);
		text[n > 0 ? n : 0] = '\0';
		text[strcspn(text, "\n")] = '\0';
		if (strncmp(text, files[i].before, skip) == 0)
			(void)snprintf(out, sizeof(text), "%s", text + skip);
	}
	return zones_dir();
}
