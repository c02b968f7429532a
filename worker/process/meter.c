/* meter.c - what an attempt used, counted as its processes end. */
#include "worker/process/meter.h"

#include "core/base/clock.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { IO_BYTES = 512 };

/*
 * rchar and wchar, not read_bytes and write_bytes: those are what went to and from a disk, and
 * differ for the same work by what was in memory before, by the file system, and are 0 for tmpfs.
 */
static bool
read_io(pid_t pid, int64_t *rchar, int64_t *wchar)
{
	char path[64], text[IO_BYTES];
	const char *wrote;
	ssize_t n;
	int fd;

	(void)snprintf(path, sizeof(path), "/proc/%d/io", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	n = read(fd, text, sizeof(text) - 1);
	(void)close(fd);
	text[n > 0 ? n : 0] = '\0';
	wrote = strstr(text, "\nwchar: ");
	if (strncmp(text, "rchar: ", 7) != 0 || !wrote)
		return false;
	*rchar = strtoll(text + 7, NULL, 10);
	*wchar = strtoll(wrote + 8, NULL, 10);
	return true;
}

static int64_t
time_us(struct timeval t)
{
	return (int64_t)t.tv_sec * SECOND_US + t.tv_usec;
}

pid_t
meter_reap(struct meter *m, pid_t pid, int *status)
{
	int64_t rchar = 0, wchar = 0, peak_bytes;
	struct rusage usage;

	m->torn |= !read_io(pid, &rchar, &wchar);
	pid = wait4(pid, status, 0, &usage);
	if (pid <= 0)
		return pid;
	peak_bytes = (int64_t)usage.ru_maxrss * 1024;
	m->peak_bytes = peak_bytes > m->peak_bytes ? peak_bytes : m->peak_bytes;
	m->cpu_us += time_us(usage.ru_utime) + time_us(usage.ru_stime);
	m->read_bytes += rchar;
	m->written_bytes += wchar;
	return pid;
}

void
meter_read(const struct meter *m, struct used *out)
{
	*out = USED_UNKNOWN;
	out->cpu_us = m->cpu_us;
	out->peak_bytes = m->peak_bytes;
	if (!m->torn) {
		out->read_bytes = m->read_bytes;
		out->written_bytes = m->written_bytes;
	}
}
