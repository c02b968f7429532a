/* intake.c - what an attempt reads: the pinned partitions of one dataset. */
#include "worker/intake.h"

#include "core/hash.h"
#include "core/lake.h"
#include "core/mem.h"
#include "worker/reader.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* One partition, or one unpartitioned file. */
struct source {
	const struct spec_input *spec;
	int dir;      /* descriptor; AT_FDCWD for an unpartitioned file, -1 when there is nothing */
	char *path;   /* of the directory or file, in messages */
	char **files; /* names in dir, or the whole path of an unpartitioned file */
	size_t n_files, files_room;
	int64_t version;
	int64_t rows; /* as the manifest says; -1: nobody says */
	char digest[DIGEST_CHARS + 1];
};

struct intake {
	struct source *sources;
	size_t n_sources;
	const struct schema *schema;
	enum format format;
	bool *wanted;
	size_t at_source, at_file; /* what is read next */
	struct reader *reader;     /* of the file before that, or NULL */
	char *name;                /* of the file that is read, in messages */
	int64_t source_rows;       /* read of the current source */
};

static void
close_source(struct source *s)
{
	if (s->dir >= 0)
		(void)close(s->dir);
	for (size_t i = 0; i < s->n_files; i++)
		free(s->files[i]);
	free(s->files);
	free(s->path);
}

void
intake_close(struct intake *in)
{
	if (!in)
		return;
	reader_close(in->reader);
	for (size_t i = 0; i < in->n_sources; i++)
		close_source(&in->sources[i]);
	free(in->sources);
	free(in->wanted);
	free(in->name);
	free(in);
}

static void
add_file(struct source *s, const char *name)
{
	s->files = mem_grow(s->files, s->n_files, &s->files_room, sizeof(*s->files));
	s->files[s->n_files++] = mem_str(name);
}

static char *
file_name(const struct source *s, const char *file)
{
	return s->dir == AT_FDCWD ? mem_str(s->path) : mem_format("%s/%s", s->path, file);
}

/* Open the directory of a partition and read its manifest; *found false: no such directory. */
static enum err_code
open_directory(struct source *s, struct manifest *m, bool *found, struct err *err)
{
	enum err_code code;
	struct err why;

	*found = false;
	s->dir = open(s->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s->dir < 0 && errno == ENOENT)
		return ERR_NONE;
	if (s->dir < 0)
		return err_errno(err, "open '%s'", s->path);
	*found = true;
	code = manifest_load(m, s->dir, ".", &why);
	if (!code || code == ERR_NOT_FOUND)
		return ERR_NONE;
	return err_set(err, code, "in '%s': %s", s->path, why.msg);
}

/* The files that the manifest names, with the sizes it names. */
static enum err_code
take_manifest(struct source *s, const struct manifest *m, struct err *err)
{
	char want[DIGEST_CHARS + 1];

	schema_digest(&s->spec->schema, want);
	if (strcmp(want, m->schema_digest) != 0)
		return err_set(err, ERR_INPUT,
			       "read '%s': it was written with other columns than dataset '%s' "
			       "has now; run its writer for that day again",
			       s->path, s->spec->dataset);
	for (size_t i = 0; i < m->n_files; i++) {
		struct stat st;

		if (fstatat(s->dir, m->files[i].path, &st, 0))
			return err_errno(err, "read '%s/%s'", s->path, m->files[i].path);
		if (st.st_size != m->files[i].bytes)
			return err_set(err, ERR_INPUT,
				       "read '%s/%s': %lld bytes, but the manifest says %lld; the "
				       "partition is damaged, run its writer again",
				       s->path, m->files[i].path, (long long)st.st_size,
				       (long long)m->files[i].bytes);
		add_file(s, m->files[i].path);
	}
	s->version = m->version;
	s->rows = m->rows;
	memcpy(s->digest, m->content_digest, sizeof(s->digest));
	return ERR_NONE;
}

/* The digest of a file as it is on disk. */
static enum err_code
read_digest(int dir, const char *file, const char *name, char out[DIGEST_CHARS + 1],
	    struct err *err)
{
	struct stream *stream = NULL;
	enum err_code code = stream_open(&stream, dir, file, name, err);

	if (code)
		return code;
	stream_want_digest(stream);
	while (!code && !stream->ended) {
		code = stream_fill(stream, err);
		stream->at = stream->end;
	}
	if (!code)
		stream_digest(stream, out);
	stream_close(stream);
	return code;
}

/* Add a file's name and digest to d. */
static enum err_code
digest_file(const struct source *s, const char *file, struct digest *d, struct err *err)
{
	char *name = file_name(s, file), digest[DIGEST_CHARS + 1];
	const char *slash = strrchr(name, '/'), *last = slash ? slash + 1 : name;
	enum err_code code = read_digest(s->dir, file, name, digest, err);

	if (!code) {
		digest_add(d, last, strlen(last) + 1);
		digest_add(d, digest, DIGEST_CHARS);
	}
	free(name);
	return code;
}

static int
compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Data files in a directory without a manifest: somebody else's, all of them are read. */
static enum err_code
list_files(struct source *s, struct err *err)
{
	int fd = fcntl(s->dir, F_DUPFD_CLOEXEC, 0);
	DIR *list = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	if (!list) {
		if (fd >= 0)
			(void)close(fd);
		return err_errno(err, "read '%s'", s->path);
	}
	while ((entry = readdir(list)))
		if (entry->d_name[0] != '_' && entry->d_name[0] != '.')
			add_file(s, entry->d_name);
	(void)closedir(list);
	if (s->n_files)
		qsort(s->files, s->n_files, sizeof(*s->files), compare_names);
	return ERR_NONE;
}

static enum err_code
digest_files(struct source *s, struct err *err)
{
	enum err_code code = ERR_NONE;
	struct digest d;

	digest_init(&d);
	for (size_t i = 0; i < s->n_files && !code; i++)
		code = digest_file(s, s->files[i], &d, err);
	digest_end(&d, s->digest);
	return code;
}

static char *
path_of(const struct spec_input *spec, bool live)
{
	struct buf path;
	char *text;

	buf_init(&path, SIZE_MAX);
	if (live)
		lake_live(spec->path, spec->day, &path);
	else
		lake_version(spec->path, spec->day, spec->version, spec->digest, &path);
	text = buf_give(&path);
	buf_release(&path);
	return text;
}

/* Try one place for the pinned version; *found tells whether it is there. */
static enum err_code
try_version(struct source *s, bool live, bool *found, struct err *err)
{
	struct manifest m = { 0 };
	enum err_code code;

	s->path = path_of(s->spec, live);
	code = open_directory(s, &m, found, err);
	*found = *found && m.version == s->spec->version &&
		 strcmp(m.content_digest, s->spec->digest) == 0;
	if (!code && *found)
		code = take_manifest(s, &m, err);
	manifest_release(&m);
	if (!code && !*found) {
		close_source(s);
		*s = (struct source){ .spec = s->spec, .dir = -1, .rows = -1 };
	}
	return code;
}

/* A version that we published. */
static enum err_code
open_pinned(struct source *s, struct op_ctx *ctx, struct err *err)
{
	char partition[PARTITION_CHARS + 1];
	bool found = false;
	enum err_code code = try_version(s, true, &found, err);

	if (!code && !found)
		code = try_version(s, false, &found, err);
	if (code || found)
		return code;
	lake_partition(s->spec->day, partition);
	return op_end(ctx, OUTCOME_INPUT_CHANGED,
		      err_set(err, ERR_CONFLICT,
			      "read %s of dataset '%s': version %lld is no longer there", partition,
			      s->spec->dataset, (long long)s->spec->version));
}

/* A partition that we did not publish, or not yet knowingly: what is there counts. */
static enum err_code
open_unpinned(struct source *s, struct op_ctx *ctx, struct err *err)
{
	struct manifest m = { 0 };
	enum err_code code;
	bool found;

	s->path = path_of(s->spec, true);
	code = open_directory(s, &m, &found, err);
	if (!code && !found)
		code = op_end(ctx, OUTCOME_MISSING,
			      err_set(err, ERR_NOT_FOUND,
				      "read '%s': this partition of dataset '%s' does not exist",
				      s->path, s->spec->dataset));
	else if (!code && m.version)
		code = take_manifest(s, &m, err);
	else if (!code)
		code = list_files(s, err);
	manifest_release(&m);
	if (!code && !s->digest[0])
		code = digest_files(s, err);
	return code;
}

/* One file without partitions, such as a dimension. */
static enum err_code
open_single(struct source *s, struct op_ctx *ctx, struct err *err)
{
	enum err_code code;

	s->path = mem_str(s->spec->path);
	s->dir = AT_FDCWD;
	add_file(s, s->path);
	code = read_digest(s->dir, s->path, s->path, s->digest, err);
	if (code == ERR_NOT_FOUND)
		return op_end(ctx, OUTCOME_MISSING, code);
	if (!code && s->spec->digest[0] && strcmp(s->digest, s->spec->digest) != 0)
		code =
		    op_end(ctx, OUTCOME_INPUT_CHANGED,
			   err_set(err, ERR_CONFLICT,
				   "read '%s': its content changed since the task was dispatched",
				   s->path));
	return code;
}

static enum err_code
open_source(struct source *s, struct op_ctx *ctx, struct err *err)
{
	if (s->spec->missing)
		return ERR_NONE;
	if (!s->spec->partitioned)
		return open_single(s, ctx, err);
	return s->spec->version ? open_pinned(s, ctx, err) : open_unpinned(s, ctx, err);
}

enum err_code
intake_open(struct intake **out, struct op_ctx *ctx, const char *dataset, struct err *err)
{
	const struct spec *spec = ctx->spec;
	struct intake *in = mem_new(1, sizeof(*in));
	enum err_code code = ERR_NONE;

	in->sources = mem_new(spec->n_inputs, sizeof(*in->sources));
	for (size_t i = 0; i < spec->n_inputs && !code; i++) {
		struct source *s = &in->sources[in->n_sources];

		if (strcmp(spec->inputs[i].dataset, dataset) != 0)
			continue;
		*s = (struct source){ .spec = &spec->inputs[i], .dir = -1, .rows = -1 };
		in->schema = &s->spec->schema;
		in->format = s->spec->format;
		in->n_sources++;
		code = open_source(s, ctx, err);
	}
	if (!code && !in->n_sources)
		code = err_set(err, ERR_INPUT, "read dataset '%s': the task was given none of it",
			       dataset);
	if (code) {
		intake_close(in);
		return code;
	}
	in->wanted = mem_new(in->schema->count, sizeof(*in->wanted));
	*out = in;
	return ERR_NONE;
}

const struct schema *
intake_schema(const struct intake *in)
{
	return in->schema;
}

int
intake_want(struct intake *in, const char *column)
{
	int index = schema_find(in->schema, column);

	assert(!in->reader);
	if (index >= 0)
		in->wanted[index] = true;
	return index;
}

void
intake_want_all(struct intake *in)
{
	assert(!in->reader);
	for (size_t i = 0; i < in->schema->count; i++)
		in->wanted[i] = true;
}

enum err_code
intake_need(struct intake *in, const char *column, int type, int *index, struct err *err)
{
	const char *dataset = in->sources[0].spec->dataset;

	*index = intake_want(in, column);
	if (*index < 0)
		return err_set(err, ERR_INPUT, "read dataset '%s': it has no column '%s'", dataset,
			       column);
	if (type >= 0 && in->schema->columns[*index].type != (enum col_type)type)
		return err_set(err, ERR_INPUT, "read dataset '%s': column '%s' is %s, not %s",
			       dataset, column, col_type_name(in->schema->columns[*index].type),
			       col_type_name((enum col_type)type));
	return ERR_NONE;
}

/* Open the next file; in->reader stays NULL when there is none. */
static enum err_code
next_file(struct intake *in, struct err *err)
{
	struct reader_options options = { .format = in->format,
					  .schema = in->schema,
					  .wanted = in->wanted };

	while (in->at_source < in->n_sources) {
		const struct source *s = &in->sources[in->at_source];

		if (in->at_file < s->n_files) {
			const char *file = s->files[in->at_file++];

			free(in->name);
			in->name = file_name(s, file);
			return reader_open(&in->reader, s->dir, file, in->name, &options, err);
		}
		if (s->rows >= 0 && s->rows != in->source_rows)
			return err_set(err, ERR_INPUT,
				       "read '%s': %lld rows, but the manifest says %lld; the "
				       "partition is damaged, run its writer again",
				       s->path, (long long)in->source_rows, (long long)s->rows);
		in->source_rows = 0;
		in->at_file = 0;
		in->at_source++;
	}
	return ERR_NONE;
}

enum err_code
intake_next(struct intake *in, const struct batch **out, struct err *err)
{
	enum err_code code;

	for (;;) {
		if (!in->reader) {
			code = next_file(in, err);
			if (code)
				return code;
			if (!in->reader) {
				*out = NULL;
				return ERR_NONE;
			}
		}
		code = reader_next(in->reader, out, err);
		if (code)
			return code;
		if (*out)
			break;
		reader_close(in->reader);
		in->reader = NULL;
	}
	if ((*out)->n_rejects) {
		const struct reject *r = &(*out)->rejects[0];

		return err_set(err, ERR_INPUT, "read '%s': row %lld: %s: %s", in->name,
			       (long long)r->row_no, r->reason, r->detail);
	}
	in->source_rows += (int64_t)(*out)->rows;
	return ERR_NONE;
}

void
intake_rewind(struct intake *in)
{
	reader_close(in->reader);
	in->reader = NULL;
	in->at_source = in->at_file = 0;
	in->source_rows = 0;
}

void
intake_record(const struct intake *in, struct manifest *m)
{
	m->inputs = mem_resize(m->inputs, m->n_inputs + in->n_sources, sizeof(*m->inputs));
	for (size_t i = 0; i < in->n_sources; i++) {
		const struct source *s = &in->sources[i];
		struct manifest_input *record = &m->inputs[m->n_inputs++];

		*record = (struct manifest_input){ .dataset = mem_str(s->spec->dataset),
						   .version = s->version,
						   .missing = s->spec->missing };
		memcpy(record->digest, s->digest, sizeof(record->digest));
		record->partition = mem_new(PARTITION_CHARS + 1, 1);
		if (s->spec->partitioned)
			lake_partition(s->spec->day, record->partition);
	}
}
