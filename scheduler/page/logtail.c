/* logtail.c - the end of an attempt's log, for a page. */
#include "scheduler/page/logtail.h"

#include "core/wire/attempt.h"
#include "scheduler/page/html.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CUT_BYTES_MAX = 4096, ESCAPE = 0x1b, BELL = 0x07 };

char *
logtail_path(const char *project_dir, const json_t *attempt)
{
	return attempt_log_path(
	    project_dir, json_get_text(attempt, "dag", ""), json_get_text(attempt, "run_id", ""),
	    json_get_text(attempt, "task", ""), (int)json_get_int(attempt, "try_number", 0));
}

/* From `at` on, at most `bytes`; a log that grows meanwhile is not followed. */
static bool
read_range(int fd, int64_t at, int64_t bytes, struct buf *out)
{
	char chunk[16384];

	while (bytes > 0) {
		size_t want = bytes < (int64_t)sizeof(chunk) ? (size_t)bytes : sizeof(chunk);
		ssize_t n = pread(fd, chunk, want, at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n == 0;
		buf_add(out, chunk, (size_t)n);
		at += n;
		bytes -= n;
	}
	return true;
}

/* Drop the rest of a line whose beginning was not read, unless it is very long or the last. */
static void
cut_line(struct buf *b, int64_t *skipped)
{
	size_t look = b->bytes < CUT_BYTES_MAX ? b->bytes : CUT_BYTES_MAX;
	const char *end = memchr(b->data, '\n', look);
	size_t cut = end ? (size_t)(end - b->data) + 1 : 0;

	if (cut == b->bytes)
		return; /* nothing would be left of the last line */
	memmove(b->data, b->data + cut, b->bytes - cut);
	b->bytes -= cut;
	b->data[b->bytes] = '\0';
	*skipped += (int64_t)cut;
}

enum err_code
logtail_read(const char *path, int64_t bytes_max, struct buf *out, int64_t *skipped,
	     struct err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	enum err_code code = ERR_NONE;
	struct stat st;

	*skipped = 0;
	if (fd < 0)
		return errno == ENOENT ? ERR_NONE : err_errno(err, "open log '%s'", path);
	if (fstat(fd, &st)) {
		code = err_errno(err, "look at log '%s'", path);
	} else if (!S_ISREG(st.st_mode)) {
		code = err_set(err, ERR_SYSTEM, "log '%s' is not a regular file", path);
	} else {
		*skipped = st.st_size > bytes_max ? st.st_size - bytes_max : 0;
		if (!read_range(fd, *skipped, st.st_size - *skipped, out))
			code = err_errno(err, "read log '%s'", path);
		else if (*skipped)
			cut_line(out, skipped);
	}
	(void)close(fd);
	return code;
}

/* Bytes of the control sequence that begins at p[0], an escape; 1 when it is none we know. */
static size_t
escape_bytes(const char *p, size_t left)
{
	size_t i = 2;

	if (left < 2)
		return 1;
	if (p[1] == '[') { /* parameters, then one byte that ends it */
		while (i < left && p[i] >= 0x20 && p[i] <= 0x3f)
			i++;
		return i < left && p[i] >= 0x40 && p[i] <= 0x7e ? i + 1 : i;
	}
	if (p[1] == ']') { /* a title or a link, to a bell or to escape and backslash */
		while (i < left && p[i] != BELL && p[i] != ESCAPE && p[i] != '\n')
			i++;
		if (i < left && p[i] == BELL)
			return i + 1;
		return i + 1 < left && p[i] == ESCAPE && p[i + 1] == '\\' ? i + 2 : i;
	}
	for (i = 1; i < left && p[i] >= 0x20 && p[i] <= 0x2f;)
		i++; /* such as the choice of a character set */
	return i < left && p[i] >= 0x30 && p[i] <= 0x7e ? i + 1 : i;
}

/* Copy one line without control sequences; a carriage return within it begins it anew. */
static void
put_line(struct buf *plain, const char *p, size_t bytes)
{
	size_t begin = plain->bytes;

	for (size_t i = 0; i < bytes;) {
		if (p[i] == ESCAPE) {
			i += escape_bytes(p + i, bytes - i);
		} else if (p[i] == '\r') {
			while (i < bytes && p[i] == '\r')
				i++;
			if (i < bytes) { /* else it belongs to the line's end */
				plain->bytes = begin;
				plain->data[begin] = '\0';
			}
		} else {
			buf_char(plain, p[i++]);
		}
	}
}

void
logtail_html(const struct buf *log, struct buf *out)
{
	struct buf plain;

	buf_init(&plain, log->bytes);
	for (size_t at = 0; at < log->bytes;) {
		const char *line = log->data + at;
		const char *end = memchr(line, '\n', log->bytes - at);
		size_t bytes = end ? (size_t)(end - line) : log->bytes - at;

		put_line(&plain, line, bytes);
		if (end)
			buf_char(&plain, '\n');
		at += bytes + (end ? 1 : 0);
	}
	html_bytes(out, plain.data, plain.bytes);
	buf_release(&plain);
}
