/* program.c - why a program could not be run, in words that help. */
#include "worker/process/program.h"

#include "core/base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LINE_BYTES = 256 }; /* as the kernel reads of a "#!" */

/* Open the file that execvp() ran, or -1: none of that name is in PATH. */
static int
open_program(const char *name)
{
	const int flags = O_RDONLY | O_NONBLOCK | O_CLOEXEC;
	const char *path = getenv("PATH"), *end;
	char candidate[PATH_MAX];
	int fd = -1;

	if (strchr(name, '/'))
		return open(name, flags);
	for (; path && *path && fd < 0; path = *end ? end + 1 : end) {
		int n;

		end = strchrnul(path, ':');
		n = snprintf(candidate, sizeof(candidate), "%.*s/%s", (int)(end - path), path,
			     name);
		if (n > 0 && (size_t)n < sizeof(candidate) && access(candidate, X_OK) == 0)
			fd = open(candidate, flags);
	}
	return fd;
}

/* The interpreter that the first line of a file names, in `line`; NULL: it names none. */
static char *
interpreter_of(int fd, char line[LINE_BYTES + 1])
{
	ssize_t n = read(fd, line, LINE_BYTES);
	char *at;

	line[n > 0 ? n : 0] = '\0';
	if (strncmp(line, "#!", 2) != 0)
		return NULL;
	line[strcspn(line, "\n")] = '\0';
	at = line + 2 + strspn(line + 2, " \t");
	at[strcspn(at, " \t")] = '\0';
	return at;
}

/* Is it a file whose one fault is that nobody may execute it? */
static bool
may_be_made_executable(const char *name)
{
	struct stat st;

	return strchr(name, '/') && stat(name, &st) == 0 && S_ISREG(st.st_mode) &&
	       !(st.st_mode & 0111);
}

enum err_code
program_error(const char *name, int error, struct err *err)
{
	char line[LINE_BYTES + 1], *interpreter = NULL;
	int fd = error == ENOENT ? open_program(name) : -1;
	size_t bytes;

	if (fd >= 0) {
		interpreter = interpreter_of(fd, line);
		(void)close(fd);
	}
	errno = error;
	if (error == EACCES && may_be_made_executable(name))
		return err_set(err, ERR_SYSTEM,
			       "run '%s': Permission denied: it is not executable; type: "
			       "chmod +x %s",
			       name, name);
	if (fd < 0)
		return err_errno(err, "run '%s'", name);
	if (!interpreter)
		return err_set(err, ERR_SYSTEM,
			       "run '%s': the file is there, but the loader that it needs is not",
			       name);
	bytes = strlen(interpreter);
	if (bytes && interpreter[bytes - 1] == '\r')
		return err_set(err, ERR_SYSTEM,
			       "run '%s': its interpreter '%.*s\\r' does not exist: its first line "
			       "ends with a carriage return; save it with Unix line ends",
			       name, (int)bytes - 1, interpreter);
	return err_set(err, ERR_SYSTEM,
		       "run '%s': its interpreter '%s' does not exist; its first line names it",
		       name, interpreter);
}
