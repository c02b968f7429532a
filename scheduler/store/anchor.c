/* anchor.c - do the names of the files that the store holds still lead to them? */
#include "scheduler/store/anchor.h"

#include "core/base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum {
	GUARD_LOOKS = 100, /* of GUARD_NS each: longer than anybody needs to notice */
	GUARD_NS = 20 * 1000 * 1000,
	GUARD_ASKED = 128,
	LOCK = 0,
	DATABASE = 1,
	LOG = 2,
	LOG_KEPT_BYTES = 64 << 20, /* SQLite cuts the log to this itself: db.c */
};

static const char *const names[ANCHOR_FILES] = { "lock", "state.db", "state.db-wal",
						 "state.db-shm" };

static bool
look(const char *dir, size_t file, struct anchor_file *out)
{
	char *path = mem_format("%s/.tidemill/%s", dir, names[file]);
	struct stat st;
	/* Not lstat(2): a library that pretends a clock moves the times that it gives. */
	bool there = fstatat(AT_FDCWD, path, &st, AT_SYMLINK_NOFOLLOW) == 0;

	free(path);
	if (there)
		*out = (struct anchor_file){ st.st_dev, st.st_ino, st.st_size, st.st_mtim };
	return there;
}

static bool
is_same(const char *dir, size_t file, const struct anchor_file *want)
{
	struct anchor_file now;

	return look(dir, file, &now) && now.dev == want->dev && now.ino == want->ino;
}

enum err_code
anchor_note(struct anchor *a, const char *project_dir, struct err *err)
{
	a->given = mem_str(project_dir);
	a->real = realpath(project_dir, NULL);
	a->dir_fd = open(project_dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (!a->real || a->dir_fd < 0)
		return err_errno(err, "open the project directory '%s'", project_dir);
	for (size_t i = 0; i < ANCHOR_FILES; i++)
		if (!look(project_dir, i, &a->files[i]))
			return err_errno(err, "look at '%s/.tidemill/%s'", project_dir, names[i]);
	return ERR_NONE;
}

void
anchor_wrote(struct anchor *a)
{
	struct anchor_file now;

	for (size_t i = DATABASE; a->dir_fd >= 0 && i <= LOG; i++)
		if (look(a->given, i, &now) && now.ino == a->files[i].ino)
			a->files[i] = now;
}

/* Did somebody write into a file that only we write?  The database is ours between two moves. */
static bool
is_written_over(const struct anchor *a)
{
	const struct anchor_file *db = &a->files[DATABASE];
	struct anchor_file now;

	return look(a->given, DATABASE, &now) &&
	       (now.bytes != db->bytes || now.written.tv_sec != db->written.tv_sec ||
		now.written.tv_nsec != db->written.tv_nsec);
}

/* It only grows, until SQLite cuts it. */
static bool
is_log_cut(const struct anchor *a)
{
	struct anchor_file now;

	return look(a->given, LOG, &now) && now.bytes < a->files[LOG].bytes &&
	       now.bytes < LOG_KEPT_BYTES;
}

void
anchor_release(struct anchor *a)
{
	free(a->given);
	free(a->real);
	if (a->dir_fd >= 0)
		(void)close(a->dir_fd);
}

/* Where the project directory is now, for the caller to free; NULL: nowhere. */
static char *
find_project(const struct anchor *a)
{
	char link[64], path[PATH_MAX];
	struct stat held, found;
	ssize_t n;

	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", a->dir_fd);
	n = readlink(link, path, sizeof(path) - 1);
	path[n > 0 ? n : 0] = '\0';
	/* A removed directory has a name there as well, which leads nowhere. */
	if (n <= 0 || fstat(a->dir_fd, &held) || stat(path, &found) ||
	    held.st_dev != found.st_dev || held.st_ino != found.st_ino)
		return NULL;
	return mem_str(path);
}

/* The lock is not where it was. */
static enum err_code
tell_place(const struct anchor *a, struct err *err)
{
	char *now = find_project(a);
	char *dir = mem_format("%s/.tidemill", a->real);
	struct stat st;

	if (!now)
		(void)err_set(err, ERR_CONFLICT,
			      "the project directory '%s' was removed while this scheduler worked "
			      "on it",
			      a->real);
	else if (strcmp(now, a->real) != 0)
		(void)err_set(err, ERR_CONFLICT,
			      "the project was moved from '%s' to '%s' while this scheduler worked "
			      "on it: go on there with `tidemill -C '%s' scheduler`",
			      a->real, now, now);
	else if (stat(dir, &st))
		(void)err_set(err, ERR_CONFLICT,
			      "the state directory '%s' was removed while this scheduler worked on "
			      "it, and what it had recorded with it: put a backup in its place, or "
			      "begin with an empty one by `tidemill scheduler`",
			      dir);
	else
		(void)err_set(err, ERR_CONFLICT,
			      "'%s/%s' was removed or replaced while this scheduler held it, so "
			      "that a second one can start: start one again with `tidemill "
			      "scheduler`",
			      dir, names[LOCK]);
	free(dir);
	free(now);
	return ERR_CONFLICT;
}

enum err_code
anchor_check(const struct anchor *a, bool *log_only, struct err *err)
{
	size_t bad = 0;

	*log_only = false;
	if (a->dir_fd < 0)
		return ERR_NONE;
	if (!is_same(a->given, LOCK, &a->files[LOCK]) || !is_same(a->real, LOCK, &a->files[LOCK]))
		return tell_place(a, err);
	while (bad < ANCHOR_FILES && is_same(a->given, bad, &a->files[bad]))
		bad++;
	if (bad == ANCHOR_FILES && is_written_over(a))
		return err_set(err, ERR_CONFLICT,
			       "somebody wrote over '%s/.tidemill/%s' while this scheduler held "
			       "it: put a backup in its place, without a log beside it, and start "
			       "again with `tidemill scheduler`",
			       a->real, names[DATABASE]);
	if (bad == ANCHOR_FILES && is_log_cut(a))
		return err_set(err, ERR_CONFLICT,
			       "somebody cut '%s/.tidemill/%s' while this scheduler held it, and "
			       "the last that was recorded with it: start again with `tidemill "
			       "scheduler`",
			       a->real, names[LOG]);
	if (bad == ANCHOR_FILES)
		return ERR_NONE;
	if (bad == DATABASE)
		return err_set(err, ERR_CONFLICT,
			       "'%s/.tidemill/%s' was removed or replaced while this scheduler "
			       "held it, and what it had recorded with it: put a backup in its "
			       "place, and start again with `tidemill scheduler`",
			       a->real, names[bad]);
	*log_only = true;
	return err_set(err, ERR_CONFLICT,
		       "'%s/.tidemill/%s' was removed or replaced while this scheduler held it: "
		       "start again with `tidemill scheduler`",
		       a->real, names[bad]);
}

/* The process that listens there, if it is one of this user; 0: it is not. */
static pid_t
listener(const struct sockaddr_un *name, socklen_t bytes)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct ucred peer = { 0 };
	socklen_t room = sizeof(peer);
	pid_t pid = 0;

	if (fd < 0)
		return 0;
	if (!connect(fd, (const struct sockaddr *)name, bytes) &&
	    !getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &room) && peer.uid == geteuid())
		pid = peer.pid;
	(void)close(fd);
	return pid;
}

enum err_code
anchor_guard(const char *project_dir, int *out, struct err *err)
{
	const struct timespec pause = { .tv_nsec = GUARD_NS };
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	pid_t pid = 0;
	socklen_t bytes;
	struct stat st;
	int fd, n, i = 0;

	*out = -1;
	if (stat(project_dir, &st))
		return err_errno(err, "open the project directory '%s'", project_dir);
	/* Abstract, by the leading NUL: no file, and gone with its process. */
	n = snprintf(name.sun_path + 1, sizeof(name.sun_path) - 1, "tidemill-%u-%ju-%ju",
		     (unsigned)geteuid(), (uintmax_t)st.st_dev, (uintmax_t)st.st_ino);
	bytes = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)n);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	while (fd >= 0 && bind(fd, (struct sockaddr *)&name, bytes) < 0) {
		if (errno == EADDRINUSE && i++ < GUARD_LOOKS) {
			(void)nanosleep(&pause, NULL);
			continue;
		}
		pid = listener(&name, bytes);
		(void)close(fd);
		fd = -1;
	}
	if (pid)
		return err_set(err, ERR_BUSY,
			       "another scheduler (pid %ld) works on '%s', although its lock was "
			       "taken away: end it first",
			       (long)pid, project_dir);
	if (fd >= 0)
		(void)listen(fd, GUARD_ASKED); /* so that it can be asked who it is */
	*out = fd;
	return ERR_NONE;
}
