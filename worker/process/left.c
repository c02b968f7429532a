/* left.c - what the program of a task left for others and for its next try. */
#include "worker/process/left.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * What stands in the file, and at least one byte more than `most`; it may be anything that a
 * program made.  `what` names it in messages.
 */
static enum err_code
read_file(const char *path, const char *what, size_t most, struct buf *out, struct err *err)
{
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	enum err_code code = ERR_NONE;
	char chunk[4096];
	struct stat st;
	ssize_t n = 1;

	if (fd < 0 && errno == ENOENT)
		return ERR_NONE;
	if (fd < 0 || fstat(fd, &st) < 0)
		code = err_errno(err, "read %s", what);
	else if (!S_ISREG(st.st_mode))
		code = err_set(
		    err, ERR_INPUT,
		    "read %s: it is no plain file any more; write into the file that the "
		    "variable names",
		    what);
	while (!code && n > 0 && out->bytes <= most) {
		n = read(fd, chunk, sizeof(chunk));
		if (n > 0)
			buf_add(out, chunk, (size_t)n);
		else if (n < 0 && errno != EINTR)
			code = err_errno(err, "read %s", what);
		else if (n < 0)
			n = 1;
	}
	if (fd >= 0)
		(void)close(fd);
	return code;
}

/* What is kept is stored and shown: no secret of the task is to be in it. */
static enum err_code
check_secrets(struct mask *mask, const struct buf *text, const char *what, struct err *err)
{
	if (!mask || !mask_finds(mask, text->data, text->bytes))
		return ERR_NONE;
	return err_set(err, ERR_INPUT,
		       "%s: a secret of the task is in it, which would be stored and shown; leave "
		       "it out, or the name of a file that holds it",
		       what);
}

enum err_code
left_read(const struct spec *spec, struct mask *mask, struct buf *out, struct err *err)
{
	enum err_code code;
	struct buf text;

	if (!spec->n_leaves)
		return ERR_NONE;
	buf_init(&text, SIZE_MAX);
	code = read_file(spec->result_path, "the outputs in $TIDEMILL_RESULT", OUTPUTS_BYTES_MAX,
			 &text, err);
	if (!code)
		code = check_secrets(mask, &text, "the outputs in $TIDEMILL_RESULT", err);
	if (!code)
		code = outputs_check(spec->leaves, spec->n_leaves, text.data, text.bytes, out, err);
	buf_release(&text);
	return code;
}

/* What the try before left. */
static const char *
given_state(const struct spec *spec)
{
	return spec->kept && *spec->kept ? spec->kept : STATE_NONE;
}

enum err_code
state_place(const struct spec *spec, struct err *err)
{
	const char *text = given_state(spec);
	size_t bytes = strlen(text), done = 0;
	enum err_code code = ERR_NONE;
	int fd;

	if (!spec->keeps)
		return ERR_NONE;
	(void)unlink(spec->state_path);
	fd = open(spec->state_path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return err_errno(err, "make the file of $TIDEMILL_STATE, '%s'", spec->state_path);
	while (!code && done < bytes) {
		ssize_t n = write(fd, text + done, bytes - done);

		if (n < 0 && errno != EINTR)
			code = err_errno(err, "write what the try before left into '%s'",
					 spec->state_path);
		done += n > 0 ? (size_t)n : 0;
	}
	(void)close(fd);
	return code;
}

enum err_code
state_read(const struct spec *spec, struct mask *mask, struct buf *out, struct err *err)
{
	struct buf text, kept;
	enum err_code code;

	if (!spec->keeps)
		return ERR_NONE;
	buf_init(&text, SIZE_MAX);
	buf_init(&kept, STATE_BYTES_MAX);
	code = read_file(spec->state_path, "the state in $TIDEMILL_STATE", STATE_BYTES_MAX, &text,
			 err);
	if (!code)
		code = check_secrets(mask, &text, "the state in $TIDEMILL_STATE", err);
	if (!code)
		code = state_check(text.data, text.bytes, &kept, err);
	if (!code && kept.bytes && strcmp(kept.data, given_state(spec)) != 0)
		buf_add(out, kept.data, kept.bytes);
	buf_release(&kept);
	buf_release(&text);
	return code;
}
