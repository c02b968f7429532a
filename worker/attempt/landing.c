/* landing.c - the files that a pattern names, in the order they are read. */
#include "worker/attempt/landing.h"

#include "core/base/buf.h"
#include "core/base/mem.h"

#include <errno.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Append a text for glob(3); where `literal` is not 0 '*' and '?' stand for themselves, too. */
static void
add_pattern(struct buf *b, const char *text, const char *literal)
{
	for (size_t i = 0; text[i]; i++) {
		if (strchr(literal && literal[i] ? "*?[\\" : "[\\", text[i]))
			buf_char(b, '\\');
		buf_char(b, text[i]);
	}
}

/* Append a text that is no pattern. */
static void
add_escaped(struct buf *b, const char *text)
{
	for (; *text; text++) {
		if (strchr("*?[\\", *text))
			buf_char(b, '\\');
		buf_char(b, *text);
	}
}

static int
compare_paths(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool
is_file(const char *path)
{
	struct stat st;

	return stat(path, &st) != 0 ||
	       S_ISREG(st.st_mode); /* what is wrong shows when it is read */
}

/* Keep the files among what was found. */
static void
take(struct landing *l, const glob_t *found, const char *project_dir)
{
	size_t prefix = strlen(project_dir);

	l->paths = mem_new(found->gl_pathc, sizeof(*l->paths));
	l->names = mem_new(found->gl_pathc, sizeof(*l->names));
	for (size_t i = 0; i < found->gl_pathc; i++)
		if (is_file(found->gl_pathv[i]))
			l->paths[l->count++] = mem_str(found->gl_pathv[i]);
	qsort(l->paths, l->count, sizeof(*l->paths), compare_paths);
	for (size_t i = 0; i < l->count; i++) {
		const char *path = l->paths[i];
		bool inside = strncmp(path, project_dir, prefix) == 0 && path[prefix] == '/';

		l->names[i] = inside ? path + prefix + 1 : path;
	}
}

/* For glob(3): go on where a directory does not exist, stop where one cannot be read. */
static int
stop_at(const char *path, int why)
{
	(void)path;
	return why != ENOENT && why != ENOTDIR;
}

enum err_code
landing_find(struct landing *out, const char *project_dir, const char *pattern, const char *literal,
	     struct err *err)
{
	enum err_code code = ERR_NONE;
	glob_t found = { 0 };
	struct buf text;
	int status;

	*out = (struct landing){ 0 };
	buf_init(&text, 64 << 10);
	if (pattern[0] != '/') {
		add_escaped(&text, project_dir);
		buf_char(&text, '/');
	}
	add_pattern(&text, pattern, literal);
	status = glob(text.data, GLOB_NOSORT, stop_at, &found);
	if (status && status != GLOB_NOMATCH)
		code = err_errno(err, "look for '%s'", pattern);
	else if (found.gl_pathc > LANDING_FILES_MAX)
		code = err_set(err, ERR_LIMIT, "look for '%s': more than %d files", pattern,
			       LANDING_FILES_MAX);
	else
		take(out, &found, project_dir);
	globfree(&found);
	buf_release(&text);
	return code;
}

void
landing_join(struct landing *to, struct landing *from)
{
	size_t n = to->count + from->count;
	char **paths = mem_new(n, sizeof(*paths));
	const char **names = mem_new(n, sizeof(*names));

	for (size_t i = 0; i < n; i++) {
		const struct landing *l = i < to->count ? to : from;
		size_t at = i < to->count ? i : i - to->count;

		paths[i] = l->paths[at];
		names[i] = l->names[at];
	}
	from->count = to->count = 0;
	landing_release(to);
	*to = (struct landing){ .paths = paths, .names = names, .count = n };
}

void
landing_release(struct landing *l)
{
	for (size_t i = 0; i < l->count; i++)
		free(l->paths[i]);
	free(l->paths);
	free(l->names);
	*l = (struct landing){ 0 };
}
