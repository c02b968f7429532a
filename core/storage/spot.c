/* spot.c - ways into a lake: no link is followed where Tidemill made what is there. */
#include "core/storage/spot.h"

#include "core/lake/lake.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void
spot_close(struct spot *s)
{
	if (s->fd >= 0)
		(void)close(s->fd);
	s->fd = -1;
}

int
spot_sync(int dir)
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int rc, saved;

	if (fd < 0)
		return -1;
	rc = fsync(fd);
	saved = errno;
	(void)close(fd);
	errno = saved;
	return rc;
}

/* One directory further; `make` it durably when it is absent. */
static int
enter(int at, const char *name, int nofollow, bool make)
{
	const int flags = O_PATH | O_DIRECTORY | O_CLOEXEC | nofollow;
	int fd = openat(at, name, flags);

	if (fd >= 0 || errno != ENOENT || !make)
		return fd;
	if (mkdirat(at, name, 0777) < 0 && errno != EEXIST)
		return -1;
	if (spot_sync(at) < 0)
		return -1;
	return openat(at, name, flags);
}

enum err_code
spot_refuse(struct err *err, const char *verb, const char *path)
{
	switch (errno) {
	case ENOENT:
		return err_set(err, ERR_NOT_FOUND, "%s '%s': no such file or directory", verb,
			       path);
	case EEXIST:
		return err_set(err, ERR_CONFLICT, "%s '%s': it exists", verb, path);
	case ELOOP:
	case ENOTDIR:
		return err_set(err, ERR_INPUT,
			       "%s '%s': a part of it is no directory, or a link inside a dataset, "
			       "which is not followed; remove it, or put the directory there",
			       verb, path);
	default:
		return err_errno(err, "%s '%s'", verb, path);
	}
}

/* Where what Tidemill makes begins in `path`: there and after it no link is followed. */
static const char *
guarded_part(const char *path)
{
	const char *at, *last = NULL;

	for (at = path; (at = strstr(at, "/" LAKE_DIR "/")) != NULL; at++)
		last = at;
	return last ? last : path + strlen(path);
}

/* Cut the next name off *path.  False: it is none that stays where it is. */
static bool
take_name(const char **path, char name[NAME_MAX + 1])
{
	size_t bytes;

	*path += strspn(*path, "/");
	bytes = strcspn(*path, "/");
	if (bytes == 0 || bytes > NAME_MAX)
		return false;
	memcpy(name, *path, bytes);
	name[bytes] = '\0';
	*path += bytes;
	return true;
}

static bool
is_dots(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

enum err_code
spot_find(struct spot *out, const char *path, bool make, struct err *err)
{
	const char *guarded = guarded_part(path);
	const char *rest = path;
	struct spot s = { .fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC) };
	enum err_code code = ERR_NONE;

	assert(*path == '/');
	if (s.fd < 0)
		return err_errno(err, "open '/'");
	for (;;) {
		bool is_guarded = rest >= guarded;
		int next;

		if (!take_name(&rest, s.name) || ((is_guarded || !*rest) && is_dots(s.name))) {
			code = err_set(err, ERR_INPUT, "open '%s': not the path of a directory",
				       path);
			break;
		}
		if (!*rest)
			break;
		next = enter(s.fd, s.name, is_guarded ? O_NOFOLLOW : 0, make);
		if (next < 0) {
			code = spot_refuse(err, make ? "make" : "open", path);
			break;
		}
		(void)close(s.fd);
		s.fd = next;
	}
	if (code)
		spot_close(&s);
	else
		*out = s;
	return code;
}

enum err_code
spot_open_dir(int *fd, const char *path, struct err *err)
{
	struct spot s = { .fd = -1 };
	enum err_code code = spot_find(&s, path, false, err);

	if (code)
		return code;
	*fd = openat(s.fd, s.name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (*fd < 0)
		code = spot_refuse(err, "open", path);
	spot_close(&s);
	return code;
}
