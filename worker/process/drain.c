/* drain.c - the output of a worker, into a capped log that never holds it up. */
#include "worker/process/drain.h"

#include "core/base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	CHUNK_BYTES = 8 << 10, /* on the stack: most shims only see an empty pipe */
	LOG_PARENTS = 4,       /* directories above a log that are made with it */
};

void
drain_init(struct drain *d, int pipe_fd, const char *path, int64_t bytes_max)
{
	d->pipe_fd = pipe_fd;
	d->log_fd = -1;
	d->path = path;
	d->bytes_max = bytes_max;
	d->written = d->over = d->failed = 0;
	d->failed_errno = 0;
	d->mask = NULL;
}

/*
 * Make the directories above a file: logs/DAG/RUN/TASK.  Not what they stand in: where that is gone
 * the project was moved or removed, and nothing of it is to come back.
 */
static void
make_parents(const char *path)
{
	char *copy = mem_str(path), *at = copy + strlen(copy);

	for (int i = 0; at > copy && i < LOG_PARENTS; i++)
		while (--at > copy && *at != '/')
			continue;
	for (at = strchr(at == copy ? at + 1 : at, '/'); at; at = strchr(at + 1, '/')) {
		*at = '\0';
		(void)mkdir(copy, 0700); /* opening the file tells whether it worked */
		*at = '/';
	}
	free(copy);
}

/* Open the log, made if need be.  Not truncated: it is this attempt's own, or tells of a bug. */
static bool
open_log(struct drain *d)
{
	const int flags = O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC;

	if (d->failed_errno)
		return false; /* the directory cannot be written; do not try at every chunk */
	d->log_fd = open(d->path, flags, 0600);
	if (d->log_fd < 0 && errno == ENOENT) {
		make_parents(d->path);
		d->log_fd = open(d->path, flags, 0600);
	}
	return d->log_fd >= 0;
}

/* Append; gives how many bytes the file took. */
static size_t
append(struct drain *d, const char *data, size_t bytes)
{
	size_t done = 0;

	if (d->log_fd < 0 && !open_log(d))
		return 0;
	while (done < bytes) {
		ssize_t n = write(d->log_fd, data + done, bytes - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		done += (size_t)n;
	}
	return done;
}

static void
keep(struct drain *d, const char *data, size_t bytes)
{
	int64_t room = d->bytes_max - d->written - d->failed;
	size_t wanted = room < 0 ? 0 : (int64_t)bytes < room ? bytes : (size_t)room;
	size_t done = wanted ? append(d, data, wanted) : 0;

	if (done < wanted && !d->failed_errno)
		d->failed_errno = errno;
	d->written += (int64_t)done;
	d->failed += (int64_t)(wanted - done);
	d->over += (int64_t)(bytes - wanted);
}

static void
add_to(void *ctx, const char *data, size_t bytes)
{
	buf_add(ctx, data, bytes);
}

/* Keep it, or what is left of it without secrets; NULL: what was held back. */
static void
keep_masked(struct drain *d, const char *data, size_t bytes)
{
	struct buf out;

	if (!d->mask) {
		keep(d, data, bytes);
		return;
	}
	buf_init(&out, SIZE_MAX);
	if (data)
		mask_feed(d->mask, data, bytes, add_to, &out);
	else
		mask_end(d->mask, add_to, &out);
	keep(d, out.data, out.bytes);
	buf_release(&out);
}

bool
drain_read(struct drain *d)
{
	char chunk[CHUNK_BYTES];
	ssize_t n = read(d->pipe_fd, chunk, sizeof(chunk));

	if (n > 0)
		keep_masked(d, chunk, (size_t)n);
	if (n > 0 || (n < 0 && (errno == EINTR || errno == EAGAIN)))
		return true;
	(void)close(d->pipe_fd);
	d->pipe_fd = -1;
	return false;
}

void
drain_note(struct drain *d, const char *fmt, ...)
{
	static const char head[] = "\n[tidemill: ", tail[] = "]\n";
	char line[256];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	if (n < 0)
		return;
	/* On a full disk the exit record still has the numbers. */
	(void)append(d, head, sizeof(head) - 1);
	(void)append(d, line, strlen(line));
	(void)append(d, tail, sizeof(tail) - 1);
}

void
drain_end(struct drain *d)
{
	keep_masked(d, NULL, 0);
	if (d->over)
		drain_note(d, "%" PRId64 " bytes of output dropped, the limit is %" PRId64, d->over,
			   d->bytes_max);
	if (d->failed)
		drain_note(d, "%" PRId64 " bytes of output could not be written: %s", d->failed,
			   strerror(d->failed_errno));
	if (d->pipe_fd >= 0)
		(void)close(d->pipe_fd);
	if (d->log_fd >= 0)
		(void)close(d->log_fd);
	d->pipe_fd = d->log_fd = -1;
}
