/* home.c - which directory is meant by "the project". */
#include "core/project/home.h"

#include "core/base/mem.h"
#include "core/base/unicode.h"
#include "core/project/project.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool
home_is_project(const char *dir)
{
	static const struct {
		const char *name;
		mode_t kind;
	} marks[] = { { "dags", S_IFDIR }, { ".tidemill", S_IFDIR }, { "tidemill.yaml", S_IFREG } };
	int fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	bool found = false;

	for (size_t i = 0; fd >= 0 && i < countof(marks); i++) {
		struct stat st;

		/* A link to nowhere counts: whoever reads it says so, where else nothing would. */
		if (fstatat(fd, marks[i].name, &st, 0) == 0)
			found = found || (st.st_mode & S_IFMT) == marks[i].kind;
		else if (fstatat(fd, marks[i].name, &st, AT_SYMLINK_NOFOLLOW) == 0)
			found = found || S_ISLNK(st.st_mode);
	}
	if (fd >= 0)
		(void)close(fd);
	return found;
}

/* The nearest project of a path and the directories above it, cut in place; false: there is none.
 */
static bool
climb(char *path)
{
	for (;;) {
		char *slash = strrchr(path, '/');

		if (home_is_project(*path ? path : "/"))
			return true;
		if (!*path || !slash)
			return false;
		*slash = '\0';
	}
}

enum err_code
home_find(const char *dir, char **out, struct err *err)
{
	const char *home = getenv("TIDEMILL_HOME");
	bool named = dir || (home && *home), found;
	char *from = NULL, *path;
	enum err_code code = project_dir(dir, &from, err);

	if (code)
		return code;
	path = mem_str(from);
	found = named ? home_is_project(path) : climb(path);
	if (!found)
		code = err_set(err, ERR_NOT_FOUND,
			       "'%s' is no project: there is no dags/, tidemill.yaml or .tidemill/ "
			       "in it%s; `mkdir dags` begins one, -C DIR names one",
			       from, named ? "" : ", nor above it");
	else if (!unicode_valid(path))
		code = err_set(err, ERR_INPUT,
			       "the path of the project, '%s', is not UTF-8 text: rename it", path);
	if (!code)
		*out = mem_str(*path ? path : "/");
	free(path);
	free(from);
	return code;
}
