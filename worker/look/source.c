/* source.c - one file that `tidemill data` looks into: its format and its columns. */
#include "worker/look/source.h"

#include "worker/look/learn.h"
#include "core/base/mem.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

/* Is `tail` the end of text[0, bytes), capitals or not, with something before it? */
static bool
ends_in(const char *text, size_t bytes, const char *tail)
{
	size_t n = strlen(tail);

	return bytes > n && strncasecmp(text + bytes - n, tail, n) == 0;
}

int
data_format_of(const char *path)
{
	static const char *const packed[] = { ".gz", ".zst" };
	static const struct {
		const char *tail;
		enum format format;
	} names[] = {
		{ ".csv", FORMAT_CSV },
		{ ".jsonl", FORMAT_JSONL },
		{ ".ndjson", FORMAT_JSONL },
		{ ".parquet", FORMAT_PARQUET },
	};
	size_t bytes = strlen(path);

	for (size_t i = 0; i < countof(packed); i++) {
		if (ends_in(path, bytes, packed[i])) {
			bytes -= strlen(packed[i]);
			break;
		}
	}
	for (size_t i = 0; i < countof(names); i++) {
		if (ends_in(path, bytes, names[i].tail))
			return (int)names[i].format;
	}
	return -1;
}

struct schema
data_schema_copy(const struct schema *schema, struct arena *arena)
{
	struct column *columns = arena_get(arena, schema->count * sizeof(*columns));

	for (size_t i = 0; i < schema->count; i++)
		columns[i] = (struct column){ arena_str(arena, schema->columns[i].name),
					      schema->columns[i].type };
	return (struct schema){ columns, schema->count };
}

/* "-" is what other programs call standard input too. */
static const char *
file_of(const char *path)
{
	return strcmp(path, "-") == 0 ? "/dev/stdin" : path;
}

/* A name in which a shell would have found something to match, had there been any file. */
static bool
is_pattern(const char *path)
{
	return path[strcspn(path, "*?[")] != '\0';
}

/* The files that are meant by a directory: those of its partitions, if it has such. */
static const char *
files_below(const char *path)
{
	DIR *dir = opendir(path);
	const struct dirent *entry;
	bool has_partitions = false;

	while (dir && !has_partitions && (entry = readdir(dir)) != NULL)
		has_partitions = entry->d_name[0] != '.' && strchr(entry->d_name, '=') != NULL;
	if (dir)
		(void)closedir(dir);
	return has_partitions ? "*/part-*" : "*.parquet";
}

enum err_code
data_source_look(const char *path, struct err *err)
{
	struct stat stat_now;

	if (stat(file_of(path), &stat_now) == 0) {
		if (S_ISDIR(stat_now.st_mode))
			return err_set(err, ERR_INPUT,
				       "open '%s': it is a directory: give the files in it, such "
				       "as %s%s%s",
				       path, path, path[strlen(path) - 1] == '/' ? "" : "/",
				       files_below(path));
		return ERR_NONE;
	}
	if (errno == ENOENT)
		return err_set(err, ERR_NOT_FOUND, "open '%s': no such file%s", path,
			       is_pattern(path) ? "; the pattern matches none" : "");
	return err_errno(err, "open '%s'", path);
}

/* A pipe can be read once and from its front, which is not enough for every request. */
static enum err_code
check_pipe(const struct data_source *s, const struct schema *declared, struct err *err)
{
	if (s->is_regular)
		return ERR_NONE;
	if (s->format == FORMAT_PARQUET)
		return err_set(err, ERR_INPUT,
			       "read '%s': it is not a regular file, and Parquet is read from its "
			       "end; save it first",
			       s->path);
	if (!declared->count)
		return err_set(err, ERR_INPUT,
			       "read '%s': it is not a regular file: its columns cannot be "
			       "learned; give --columns or --schema, or save it first",
			       s->path);
	return ERR_NONE;
}

/* A text file that begins like something else would look as if it had no rows. */
static enum err_code
check_sign(const struct data_source *s, struct err *err)
{
	/* The byte behind PAR1 is that of any Parquet file, and of no header of csv. */
	static const struct {
		const char *bytes, *says;
	} signs[] = {
		{ "PAR1\x15", "it begins with PAR1: it is Parquet, add --format parquet" },
		{ "\x1f\x8b", "it is gzip: its name has to end in .gz" },
		{ "\x28\xb5\x2f\xfd", "it is zstd: its name has to end in .zst" },
		{ "\xff\xfe", "it is UTF-16: add --encoding utf-16" },
		{ "\xfe\xff", "it is UTF-16: add --encoding utf-16" },
	};
	size_t chars = strlen(s->file);
	size_t n_signs = countof(signs);
	ssize_t bytes = 0;
	char front[8];
	int fd;

	if (s->dialect->encoding)
		n_signs -= 2; /* the marks are right */

	/* In the very letters: by these stream.h unpacks. */
	if ((chars >= 3 && strcmp(s->file + chars - 3, ".gz") == 0) ||
	    (chars >= 4 && strcmp(s->file + chars - 4, ".zst") == 0))
		return ERR_NONE;
	fd = open(s->file, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		bytes = pread(fd, front, sizeof(front), 0);
		(void)close(fd);
	}
	for (size_t i = 0; i < n_signs; i++) {
		size_t n = strlen(signs[i].bytes);

		if (bytes >= (ssize_t)n && memcmp(front, signs[i].bytes, n) == 0)
			return err_set(err, ERR_INPUT, "read '%s': %s", s->path, signs[i].says);
	}
	return ERR_NONE; /* what cannot be opened or read is said when it has to be */
}

/* Is another column called like this one, which keeps its name? */
static bool
is_taken(const struct data_source *s, size_t column)
{
	const char *name = s->schema.columns[column].name;

	if (strcmp(dialect_theirs(s->dialect, name), name) == 0)
		return false;
	for (size_t i = 0; i < s->schema.count; i++)
		if (i != column &&
		    strcmp(dialect_ours(s->dialect, s->schema.columns[i].name), name) == 0)
			return true;
	return false;
}

/*
 * Columns that the file names itself get the names that they are to have.  One
 * whose own name another one gets cannot be asked for, and is left out.
 */
static void
rename_columns(struct data_source *s)
{
	struct column *columns = arena_get(s->arena, s->schema.count * sizeof(*columns));
	size_t n = 0;

	for (size_t i = 0; i < s->schema.count; i++) {
		const char *name = s->schema.columns[i].name;
		const char *ours = dialect_ours(s->dialect, name);

		if (strcmp(ours, name) != 0 || !is_taken(s, i))
			columns[n++] = (struct column){ ours, s->schema.columns[i].type };
	}
	s->schema = (struct schema){ columns, n };
}

enum err_code
data_source_open(struct data_source *out, const char *path, enum format format,
		 const struct schema *declared, const struct dialect *dialect, struct err *err)
{
	struct data_source s = {
		.path = path, .format = format, .dialect = dialect, .arena = arena_new()
	};
	struct stat stat_now;
	enum err_code code;

	s.file = file_of(path);
	s.is_regular = stat(s.file, &stat_now) == 0 && S_ISREG(stat_now.st_mode);
	code = data_source_look(path, err);
	if (!code)
		code = check_pipe(&s, declared, err);
	if (!code && format != FORMAT_PARQUET && s.is_regular)
		code = check_sign(&s, err);
	if (!code && format == FORMAT_PARQUET)
		code = pq_file_open(&s.parquet, AT_FDCWD, s.file, path, err);
	if (code)
		goto out;
	if (declared->count)
		s.schema = *declared;
	else if (s.parquet)
		pq_file_schema(s.parquet, &s.schema);
	else
		code = data_learn(s.file, format, dialect, s.arena, &s.schema, err);
	if (!code && !declared->count && dialect->n_renames)
		rename_columns(&s);
out:
	if (code)
		data_source_close(&s);
	else
		*out = s;
	return code;
}

void
data_source_close(struct data_source *s)
{
	pq_file_close(s->parquet);
	arena_free(s->arena);
	*s = (struct data_source){ 0 };
}

struct reader_options
data_source_options(const struct data_source *s, const struct schema *schema)
{
	/* Parquet has bytes that are no text; a person may still want to see them. */
	return (struct reader_options){
		.format = s->format,
		.schema = schema,
		.dialect = s->dialect,
		.any_bytes = s->format == FORMAT_PARQUET,
	};
}

enum err_code
data_source_read(const struct data_source *s, const struct schema *schema, struct reader **out,
		 struct err *err)
{
	const struct reader_options options = data_source_options(s, schema);

	return reader_open(out, AT_FDCWD, s->file, s->path, &options, err);
}
