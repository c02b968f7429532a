/* cause.c - who ended a program, and what for: evidence beside its exit status. */
#include "worker/process/cause.h"

#include "core/wire/group.h"
#include "core/base/size.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TEXT_ROOM = 8192, PATH_ROOM = TEXT_ROOM + 4200, TAIL_BYTES = 4096, SHOWN_BYTES = 300 };

/* At most room - 1 bytes of a file from `from`, ended by a zero; false: it cannot be read. */
static bool
read_text(const char *path, off_t from, char *out, size_t room)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	ssize_t n = fd < 0 ? -1 : pread(fd, out, room - 1, from);

	if (fd >= 0)
		(void)close(fd);
	out[n > 0 ? n : 0] = '\0';
	return n >= 0;
}

/* The number behind "name " at the beginning of a line, or -1. */
static int64_t
number_of(const char *text, const char *name)
{
	size_t bytes = strlen(name);

	for (const char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, name, bytes) == 0 && line[bytes] == ' ')
			return strtoll(line + bytes, NULL, 10);
	}
	return -1;
}

/* The path of the cgroup of this process below that of all, "/" being the latter; false: unknown.
 */
static bool
find_cgroup(const char *root, char out[TEXT_ROOM])
{
	char path[PATH_ROOM], *group;

	(void)snprintf(path, sizeof(path), "%s/proc/self/cgroup", root);
	/* Version 2 has one line, "0::/path"; beside version 1 there may be others. */
	if (!read_text(path, 0, out, TEXT_ROOM) || !(group = strstr(out, "0::/")))
		return false;
	group[strcspn(group, "\n")] = '\0';
	memmove(out, group + 3, strlen(group + 3) + 1);
	return true;
}

void
oom_read(const char *root, struct oom_count *out)
{
	char path[PATH_ROOM], text[TEXT_ROOM];

	*out = (struct oom_count){ -1, -1 };
	if (find_cgroup(root, text)) {
		(void)snprintf(path, sizeof(path), "%s/sys/fs/cgroup%s/memory.events", root, text);
		if (read_text(path, 0, text, sizeof(text)))
			out->group = number_of(text, "oom_kill");
	}
	(void)snprintf(path, sizeof(path), "%s/proc/vmstat", root);
	if (read_text(path, 0, text, sizeof(text)))
		out->machine = number_of(text, "oom_kill");
}

int64_t
memory_limit_read(const char *root)
{
	char group[TEXT_ROOM], path[PATH_ROOM];
	int64_t least;

	if (!find_cgroup(root, group))
		return -1;
	(void)snprintf(path, sizeof(path), "%s/sys/fs/cgroup%s", root, group);
	least = group_memory_limit(path);
	return least ? least : -1;
}

void
cause_killed(const struct oom_count *before, const struct oom_count *after, int64_t peak_bytes,
	     int64_t limit_bytes, struct buf *out)
{
	enum oom_verdict oom = oom_compare(before, after);

	buf_text(out, "ended by signal 9 (SIGKILL) from outside, not by tidemill");
	if (oom == OOM_MACHINE)
		buf_text(out, ": perhaps by the kernel, which ended a process meanwhile for want "
			      "of memory");
	else if (before->group >= 0)
		buf_text(out, " and not by the kernel for want of memory (memory.events of its "
			      "cgroup counts no oom_kill)");
	else if (before->machine >= 0)
		buf_text(out, " and not by the kernel for want of memory (/proc/vmstat counts no "
			      "oom_kill)");
	buf_format(out, "; its peak memory was %s", SIZE_TEXT(peak_bytes));
	if (limit_bytes >= 0)
		buf_format(out, " of %s that its cgroup may have", SIZE_TEXT(limit_bytes));
	else
		buf_text(out, ", no cgroup limits it");
}

enum oom_verdict
oom_compare(const struct oom_count *before, const struct oom_count *after)
{
	if (before->group >= 0 && after->group > before->group)
		return OOM_GROUP;
	return before->machine >= 0 && after->machine > before->machine ? OOM_MACHINE : OOM_NONE;
}

/* The last line of a text that holds `words`; NULL: none does. */
static const char *
last_line_with(const char *text, const char *words)
{
	const char *found = NULL, *line;

	for (const char *p = text; (p = strstr(p, words)); p++)
		found = p;
	for (line = found; line && line > text && line[-1] != '\n';)
		line--;
	return line;
}

/* The end of a log, at most TAIL_BYTES of it; false: it cannot be read. */
static bool
read_end(const char *path, char text[TAIL_BYTES + 1])
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode) &&
	       read_text(path, st.st_size > TAIL_BYTES ? st.st_size - TAIL_BYTES : 0, text,
			 TAIL_BYTES + 1);
}

void
cause_log_end(const char *path, struct buf *out)
{
	char text[TAIL_BYTES + 1];

	if (read_end(path, text))
		buf_text(out, text);
}

bool
cause_in_log(const char *path, struct buf *out)
{
	static const struct {
		const char *words, *meaning;
	} signs[] = {
		{ "error while loading shared libraries:", "a shared library is missing" },
		{ "not found", "a program was not found" },
		{ "No such file or directory", "a file was not found" },
		{ "Permission denied", "a permission is missing" },
	};
	char text[TAIL_BYTES + 1];
	const char *line = NULL;

	if (!read_end(path, text))
		return false;
	for (size_t i = 0; i < countof(signs) && !line; i++) {
		size_t bytes;

		line = last_line_with(text, signs[i].words);
		if (!line)
			continue;
		bytes = strcspn(line, "\n");
		buf_format(out, "%s: ", signs[i].meaning);
		buf_add(out, line, bytes < SHOWN_BYTES ? bytes : SHOWN_BYTES);
	}
	return line != NULL;
}

static bool
name_of(int pid, char out[64])
{
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%d/comm", pid);
	if (pid <= 0 || !read_text(path, 0, out, 64))
		return false;
	out[strcspn(out, "\n")] = '\0';
	return true;
}

void
cause_sender(int pid, unsigned uid, struct buf *out)
{
	char name[64];

	buf_format(out, "process %d", pid);
	if (name_of(pid, name))
		buf_format(out, " (%s)", name);
	buf_format(out, " of user %u", uid);
}

bool
cause_is_ours(int pid)
{
	char name[64];

	return name_of(pid, name) &&
	       (strncmp(name, "tidemill", 8) == 0 || strncmp(name, "tm-", 3) == 0);
}
