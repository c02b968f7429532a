/* left.c - what the program of a task left in $TIDEMILL_RESULT, read when it has ended. */
#include "worker/process/left.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* What stands in the file, and one byte more than fits; it may be anything that a program made. */
static enum err_code
read_file(const char *path, struct buf *out, struct err *err)
{
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	enum err_code code = ERR_NONE;
	char chunk[4096];
	struct stat st;
	ssize_t n = 1;

	if (fd < 0 && errno == ENOENT)
		return ERR_NONE;
	if (fd < 0 || fstat(fd, &st) < 0) {
		code = err_errno(err, "read the outputs in $TIDEMILL_RESULT");
	} else if (!S_ISREG(st.st_mode)) {
		code = err_set(
		    err, ERR_INPUT,
		    "read the outputs in $TIDEMILL_RESULT: it is no plain file any more; "
		    "write into the file that the variable names");
	}
	while (!code && n > 0 && out->bytes <= OUTPUTS_BYTES_MAX) {
		n = read(fd, chunk, sizeof(chunk));
		if (n > 0)
			buf_add(out, chunk, (size_t)n);
		else if (n < 0 && errno != EINTR)
			code = err_errno(err, "read the outputs in $TIDEMILL_RESULT");
		else if (n < 0)
			n = 1;
	}
	if (fd >= 0)
		(void)close(fd);
	return code;
}

enum err_code
left_read(const struct spec *spec, struct buf *out, struct err *err)
{
	enum err_code code;
	struct buf text;

	if (!spec->n_leaves)
		return ERR_NONE;
	buf_init(&text, SIZE_MAX);
	code = read_file(spec->result_path, &text, err);
	if (!code)
		code = outputs_check(spec->leaves, spec->n_leaves, text.data, text.bytes, out, err);
	buf_release(&text);
	return code;
}
