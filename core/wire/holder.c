/* holder.c - who holds the state of a project: the lock DIR/.tidemill/lock, and what it says. */
#include "core/wire/holder.h"

#include "core/base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TEXT_BYTES_MAX = 64 };

static const struct holder_row {
	const char *word, *name;
} rows[] = {
#define X(id, word, name) { word, name },
	HOLDERS(X)
#undef X
};

/* What the file says of its holder. */
static struct holder
holder_read(int fd)
{
	char text[TEXT_BYTES_MAX], word[TEXT_BYTES_MAX] = "";
	struct holder h = { HOLDER_COMMAND, 0 };
	ssize_t n = pread(fd, text, sizeof(text) - 1, 0);
	char *end;

	text[n > 0 ? n : 0] = '\0';
	h.pid = strtol(text, &end, 10);
	if (end == text || h.pid <= 0) {
		h.pid = 0;
		return h;
	}
	if (sscanf(end, " %63s", word) != 1)
		h.kind = HOLDER_SCHEDULER;
	for (size_t i = HOLDER_SCHEDULER; i < countof(rows); i++)
		if (!strcmp(rows[i].word, word))
			h.kind = (enum holder_kind)i;
	return h;
}

struct holder
holder_look(const char *project_dir)
{
	struct flock held = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	char *path = mem_format("%s/.tidemill/lock", project_dir);
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct holder h = { HOLDER_NONE, 0 };

	free(path);
	if (fd < 0)
		return h;
	if (!fcntl(fd, F_OFD_GETLK, &held) && held.l_type != F_UNLCK)
		h = holder_read(fd);
	(void)close(fd);
	return h;
}

enum err_code
holder_take(int fd, enum holder_kind kind, struct err *err)
{
	struct flock all = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	if (fcntl(fd, F_OFD_SETLK, &all)) {
		if (errno == EAGAIN || errno == EACCES)
			return err_set(err, ERR_BUSY, "somebody else has the lock");
		return err_errno(err, "take the lock");
	}
	/* Who cannot write it says nothing of itself, and has the lock all the same. */
	if (!ftruncate(fd, 0))
		(void)dprintf(fd, "%ld %s\n", (long)getpid(), rows[kind].word);
	return ERR_NONE;
}

void
holder_say(const struct holder *h, struct buf *out)
{
	buf_text(out, rows[h->kind].name);
	if (h->pid)
		buf_format(out, " (pid %ld)", h->pid);
}
