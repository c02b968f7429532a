/* sweep.c - find processes by what the kernel says of them, and end them. */
#include "core/wire/sweep.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { CHUNK_BYTES = 32 << 10, ENTRY_BYTES = sizeof(ATTEMPT_VARIABLE "=") + TOKEN_CHARS };

/* The number that a directory of /proc is named by, or 0. */
static pid_t
pid_of(const char *name)
{
	char *end;
	long n;

	if (name[0] < '1' || name[0] > '9')
		return 0;
	n = strtol(name, &end, 10);
	return *end ? 0 : (pid_t)n;
}

/* Read the beginning of a file of /proc as a string; false: it is not there. */
static bool
read_head(int proc, pid_t pid, const char *file, char *out, size_t room)
{
	char path[64];
	ssize_t n;
	int fd;

	(void)snprintf(path, sizeof(path), "%d/%s", (int)pid, file);
	fd = openat(proc, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	n = read(fd, out, room - 1);
	(void)close(fd);
	out[n > 0 ? n : 0] = '\0';
	return n > 0;
}

/* The parent of a process that has not ended, or 0. */
static pid_t
parent_of(int proc, pid_t pid)
{
	char text[1024];
	const char *at;
	char state;
	int parent;

	if (!read_head(proc, pid, "stat", text, sizeof(text)))
		return 0;
	/* "pid (name) state parent ...": the name may hold anything, brackets too
	 * (proc(5)). */
	at = strrchr(text, ')');
	if (!at || sscanf(at + 1, " %c %d", &state, &parent) != 2 || state == 'Z' || state == 'X')
		return 0;
	return parent;
}

size_t
sweep_children(pid_t *out, size_t room)
{
	DIR *dir = opendir("/proc");
	pid_t self = getpid();
	struct dirent *entry;
	size_t n = 0;

	while (dir && n < room && (entry = readdir(dir))) {
		pid_t pid = pid_of(entry->d_name);

		if (pid && parent_of(dirfd(dir), pid) == self)
			out[n++] = pid;
	}
	if (dir)
		(void)closedir(dir);
	return n;
}

/* Whether the environment of a process has `entry` among its NUL-ended entries.
 */
static bool
has_variable(int proc, pid_t pid, const char *entry)
{
	size_t need = strlen(entry) + 1, used = 0;
	char path[64], text[CHUNK_BYTES + 1];
	bool found = false, at_start = true;
	ssize_t n;
	int fd;

	(void)snprintf(path, sizeof(path), "%d/environ", (int)pid);
	fd = openat(proc, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	while (!found && (n = read(fd, text + used, CHUNK_BYTES - used)) > 0) {
		const char *at = text, *end = text + used + n;

		/* `at` is where an entry begins, unless the one before was cut in two. */
		while ((size_t)(end - at) >= need && !found) {
			const char *next = memchr(at, '\0', (size_t)(end - at));

			found = at_start && memcmp(at, entry, need) == 0;
			at_start = next != NULL;
			at = next ? next + 1 : end;
		}
		used = (size_t)(end - at);
		memmove(text, at, used);
	}
	(void)close(fd);
	return found;
}

/* Kill a process if it still is the one that carries the entry. */
static bool
kill_if(int proc, pid_t pid, const char *entry)
{
	int fd = (int)syscall(SYS_pidfd_open, pid, 0);
	bool killed;

	if (fd < 0)
		return false;
	killed = has_variable(proc, pid, entry) &&
		 syscall(SYS_pidfd_send_signal, fd, SIGKILL, NULL, 0) == 0;
	(void)close(fd);
	return killed;
}

static void
entry_of(const char *token, char out[ENTRY_BYTES])
{
	(void)snprintf(out, ENTRY_BYTES, ATTEMPT_VARIABLE "=%s", token);
}

bool
process_end(pid_t pid, const char *token)
{
	char entry[ENTRY_BYTES];
	int proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool killed;

	entry_of(token, entry);
	killed = proc >= 0 && kill_if(proc, pid, entry);
	if (proc >= 0)
		(void)close(proc);
	return killed;
}

enum err_code
tree_sweep(const char *token, bool *gone, struct err *err)
{
	char entry[ENTRY_BYTES];
	DIR *dir = opendir("/proc");
	struct dirent *item;
	bool found = false;

	if (!dir)
		return err_errno(err, "look for processes in '/proc'");
	entry_of(token, entry);
	while ((item = readdir(dir))) {
		pid_t pid = pid_of(item->d_name);

		if (pid && pid != getpid() && has_variable(dirfd(dir), pid, entry)) {
			found = true;
			(void)kill_if(dirfd(dir), pid, entry);
		}
	}
	(void)closedir(dir);
	*gone = !found;
	return ERR_NONE;
}

static bool
is_among(const pid_t *pids, size_t n, pid_t pid)
{
	for (size_t i = 0; i < n; i++)
		if (pids[i] == pid)
			return true;
	return false;
}

/* Is it a shim or a spawner, by the name that we gave it? */
static bool
is_keeper(int proc, pid_t pid)
{
	char name[32];

	return read_head(proc, pid, "comm", name, sizeof(name)) &&
	       (!strcmp(name, "tm-shim\n") || !strcmp(name, "tm-spawner\n"));
}

/* Has it neither one above it, nor is it one? */
static bool
is_orphan(int proc, const pid_t *pids, size_t n, pid_t pid)
{
	for (size_t steps = 0; pid > 1 && steps <= n && is_among(pids, n, pid); steps++) {
		if (is_keeper(proc, pid))
			return false;
		pid = parent_of(proc, pid);
	}
	return true;
}

/* Kill a process if it still is in the cgroup. */
static void
kill_in(int proc, pid_t pid, const char *leaf)
{
	int fd = (int)syscall(SYS_pidfd_open, pid, 0);
	char text[4096];
	const char *at;

	if (fd < 0)
		return;
	at = read_head(proc, pid, "cgroup", text, sizeof(text)) ? strstr(text, leaf) : NULL;
	if (at && (at[strlen(leaf)] == '\n' || !at[strlen(leaf)]))
		(void)syscall(SYS_pidfd_send_signal, fd, SIGKILL, NULL, 0);
	(void)close(fd);
}

bool
orphans_end(const pid_t *pids, size_t n, const char *leaf)
{
	int proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool found = false;

	for (size_t i = 0; proc >= 0 && i < n; i++) {
		/* One that has ended and is not reaped is listed as well, but has no parent. */
		if (pids[i] <= 1 || !parent_of(proc, pids[i]) || !is_orphan(proc, pids, n, pids[i]))
			continue;
		found = true;
		kill_in(proc, pids[i], leaf);
	}
	if (proc >= 0)
		(void)close(proc);
	return found;
}
