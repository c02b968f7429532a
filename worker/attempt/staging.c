/* staging.c - one partition on its way: files, digests and the manifest. */
#include "worker/attempt/staging.h"

#include "core/time/civil.h"
#include "core/base/hash.h"
#include "core/lake/lake.h"
#include "core/op/definition.h"
#include "core/base/mem.h"
#include "core/base/size.h"
#include "core/storage/identity.h"
#include "core/storage/spot.h"
#include "worker/rows/canon.h"
#include "worker/format/writer.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FLUSH_BYTES = 1 << 20, FEW_FILES = 100 };

struct staging {
	const struct spec *spec;
	const struct spec_output *output;
	char *path;
	int dir;
	size_t file_bytes_max;
	struct canon canon;
	int64_t rows;
	struct manifest_file *files; /* the newest may still be open */
	size_t n_files, files_room;
	int fd; /* of the newest file; -1: none is open */
	struct writer writer;
	struct digest digest; /* of the newest file */
	struct err failure;   /* of what its bytes went to; code ERR_NONE: nothing failed */
};

/* Make a directory where the scheduler clears away what is left, and open it. */
static enum err_code
make_directory(int *fd, const char *path, struct err *err)
{
	struct spot at;
	struct err why = { ERR_NONE };
	enum err_code code = spot_find(&at, path, true, &why);

	/* That it cannot be made is nothing that is missing. */
	if (code)
		return err_set(err, code == ERR_NOT_FOUND ? ERR_SYSTEM : code, "%s", why.msg);
	if (mkdirat(at.fd, at.name, 0777) < 0 && errno != EEXIST) {
		code = err_errno(err, "make directory '%s'", path);
	} else {
		*fd = openat(at.fd, at.name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (*fd < 0)
			code = spot_refuse(err, "open", path);
	}
	spot_close(&at);
	return code;
}

/* A staging directory belongs to one attempt: files in it are its own, from a try in one process.
 */
static enum err_code
empty_directory(int dir, const char *path, struct err *err)
{
	enum err_code code = ERR_NONE;
	int fd = fcntl(dir, F_DUPFD_CLOEXEC, 0);
	struct dirent *entry;
	DIR *list;

	if (fd < 0)
		return err_errno(err, "read '%s'", path);
	list = fdopendir(fd);
	if (!list) {
		(void)close(fd);
		return err_errno(err, "read '%s'", path);
	}
	while (!code && (entry = readdir(list))) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		if (unlinkat(dir, entry->d_name, 0) && errno != ENOENT)
			code = err_errno(err, "remove '%s/%s'", path, entry->d_name);
	}
	(void)closedir(list);
	return code;
}

enum err_code
staging_open(struct staging **out, const struct spec *spec, const struct spec_output *output,
	     size_t file_bytes, struct err *err)
{
	struct staging *s = mem_new(1, sizeof(*s));
	enum err_code code;
	struct buf path;

	s->spec = spec;
	s->output = output;
	s->file_bytes_max = file_bytes ? file_bytes : STAGING_FILE_BYTES;
	s->fd = s->dir = -1;
	buf_init(&path, SIZE_MAX);
	lake_staging(output->path, spec->attempt, &path);
	s->path = buf_give(&path);
	buf_release(&path);
	canon_init(&s->canon, &output->schema);
	code = make_directory(&s->dir, s->path, err);
	if (!code)
		code = empty_directory(s->dir, s->path, err);
	if (code)
		goto out;
	*out = s;
	s = NULL;
out:
	staging_close(s);
	return code;
}

void
staging_close(struct staging *s)
{
	if (!s)
		return;
	if (s->fd >= 0)
		(void)close(s->fd);
	if (s->dir >= 0)
		(void)close(s->dir);
	for (size_t i = 0; i < s->n_files; i++)
		free(s->files[i].path);
	free(s->files);
	writer_close(&s->writer);
	canon_release(&s->canon);
	free(s->path);
	free(s);
}

static enum err_code
write_bytes(struct staging *s, const char *data, size_t bytes, struct err *err)
{
	struct manifest_file *f = &s->files[s->n_files - 1];

	digest_add(&s->digest, data, bytes);
	f->bytes += (int64_t)bytes;
	while (bytes) {
		ssize_t n = write(s->fd, data, bytes);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_errno(err, "write '%s/%s'", s->path, f->path);
		data += n;
		bytes -= (size_t)n;
	}
	return ERR_NONE;
}

/* A writer_sink: the first failure is told when the writer is done. */
static void
take_bytes(void *arg, const char *data, size_t bytes)
{
	struct staging *s = arg;

	if (!s->failure.code)
		(void)write_bytes(s, data, bytes, &s->failure);
}

static enum err_code
flush(struct staging *s, struct err *err)
{
	take_bytes(s, s->writer.data, s->writer.bytes);
	s->writer.bytes = 0;
	if (s->failure.code && err)
		*err = s->failure;
	return s->failure.code;
}

/* Begin a file.  Its name will hold the content digest, which is not known before the end. */
static enum err_code
begin_file(struct staging *s, struct err *err)
{
	struct manifest_file *f;

	if (s->n_files == MANIFEST_FILES_MAX)
		return err_set(err, ERR_LIMIT, "write '%s': more than %d files in one partition",
			       s->path, MANIFEST_FILES_MAX);
	s->files = mem_grow(s->files, s->n_files, &s->files_room, sizeof(*s->files));
	f = &s->files[s->n_files];
	*f = (struct manifest_file){ .path = mem_format("part-%05zu.part", s->n_files) };
	s->n_files++;
	s->fd = openat(s->dir, f->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (s->fd < 0)
		return err_errno(err, "create '%s/%s'", s->path, f->path);
	digest_init(&s->digest);
	writer_open(&s->writer, s->output->format, &s->output->schema);
	s->writer.plain = s->output->plain;
	s->writer.sink = take_bytes;
	s->writer.sink_arg = s;
	return ERR_NONE;
}

static enum err_code
end_file(struct staging *s, struct err *err)
{
	struct manifest_file *f = &s->files[s->n_files - 1];
	enum err_code code;

	writer_end(&s->writer);
	code = flush(s, err);
	writer_close(&s->writer);
	digest_end(&s->digest, f->sha256);
	if (!code && fsync(s->fd))
		code = err_errno(err, "sync '%s/%s'", s->path, f->path);
	if (close(s->fd) && !code)
		code = err_errno(err, "close '%s/%s'", s->path, f->path);
	s->fd = -1;
	return code;
}

/*
 * A file is full, or not, only where its format lets it end, which depends on its
 * rows alone: the same rows make the same files however they came.
 */
static bool
is_full(const struct staging *s)
{
	const struct manifest_file *f = &s->files[s->n_files - 1];

	if (!s->writer.may_end)
		return false;
	return s->writer.is_full || (size_t)f->bytes + s->writer.bytes >= s->file_bytes_max;
}

enum err_code
staging_add(struct staging *s, const struct batch *b, const uint32_t *rows, size_t n,
	    struct err *err)
{
	enum err_code code = ERR_NONE;

	canon_add(&s->canon, b, rows, n);
	for (size_t done = 0; done < n && !code;) {
		size_t some;

		if (s->fd < 0)
			code = begin_file(s, err);
		if (code)
			break;
		some = writer_add_some(&s->writer, b, rows, done, n - done);
		s->files[s->n_files - 1].rows += (int64_t)some;
		s->rows += (int64_t)some;
		done += some;
		if (is_full(s))
			code = end_file(s, err);
		else if (s->failure.code || s->writer.bytes >= FLUSH_BYTES)
			code = flush(s, err);
	}
	return code;
}

int64_t
staging_rows(const struct staging *s)
{
	return s->rows;
}

const char *
staging_path(const struct staging *s)
{
	return s->path;
}

/* Give the files the names they will be published under. */
static enum err_code
name_files(struct staging *s, const char *digest, struct err *err)
{
	for (size_t i = 0; i < s->n_files; i++) {
		char *name = mem_format("part-%05zu-%.8s.%s", i, digest,
					format_name(s->output->format));
		int failed = renameat(s->dir, s->files[i].path, s->dir, name);

		if (failed) {
			enum err_code code = err_errno(err, "rename '%s/%s'", s->path,
						       s->files[i].path);

			free(name);
			return code;
		}
		free(s->files[i].path);
		s->files[i].path = name;
	}
	return ERR_NONE;
}

/* What the files are, now that nothing more is done to them. */
static enum err_code
note_identities(struct staging *s, struct err *err)
{
	for (size_t i = 0; i < s->n_files; i++) {
		struct stat st;

		if (fstatat(s->dir, s->files[i].path, &st, AT_SYMLINK_NOFOLLOW) < 0)
			return err_errno(err, "look at '%s/%s'", s->path, s->files[i].path);
		identity_of(&st, s->files[i].identity);
	}
	return ERR_NONE;
}

static json_t *
columns_new(const struct staging *s, const struct definition_digests *digests)
{
	const struct schema *schema = &s->output->schema;
	json_t *list = json_array();

	for (size_t i = 0; i < schema->count; i++) {
		char content[DIGEST_CHARS + 1];
		json_t *item = json_pack("{s:s, s:s}", "name", schema->columns[i].name, "type",
					 col_type_name(schema->columns[i].type));

		if (digests->columns)
			json_object_set_new(item, "definition", json_string(digests->columns[i]));
		canon_column(&s->canon, i, content);
		json_object_set_new(item, "content", json_string(content));
		json_array_append_new(list, item);
	}
	return list;
}

/* What its content depends on; rows that were set aside depend on what wrote the others. */
static void
put_definition(const struct staging *s, struct manifest *m)
{
	const char *text = s->output->definition;
	struct definition_digests digests = { 0 };

	if (text && !json_read(&m->definition, text, strlen(text), "definition", NULL)) {
		definition_digests(m->definition, &s->output->schema, &digests);
		memcpy(m->definition_digest, digests.all, sizeof(m->definition_digest));
		memcpy(m->rows_definition, digests.rows, sizeof(m->rows_definition));
	}
	json_decref(m->columns);
	m->columns = columns_new(s, &digests);
	free(digests.columns);
}

static json_t *
run_new(const struct spec *spec)
{
	char start[TIMESTAMP_CHARS + 1], end[TIMESTAMP_CHARS + 1];

	timestamp_format(spec->start_us, start);
	timestamp_format(spec->end_us, end);
	return json_pack("{s:s, s:i, s:i, s:s, s:s, s:s}", "run_id", spec->run_id, "epoch",
			 spec->epoch, "try", spec->try_number, "type",
			 run_type_name(spec->run_type), "data_interval_start", start,
			 "data_interval_end", end);
}

static void
put_part(const struct spec_output *to, struct manifest *m)
{
	m->unit = to->grid.unit;
	m->part = to->part;
	m->start_us = grid_start(to->grid, to->part);
	m->end_us = grid_end(to->grid, to->part);
	free(m->zone);
	m->zone = to->grid.zone ? mem_str(grid_zone_name(to->grid)) : NULL;
}

static void
fill_manifest(struct staging *s, struct manifest *m)
{
	free(m->dataset);
	m->dataset = mem_str(s->output->dataset);
	put_part(s->output, m);
	m->version = s->output->version;
	m->partial = s->spec->partial;
	m->preliminary = s->spec->early ? MANIFEST_EARLY : NULL;
	memcpy(m->publish_id, s->spec->token, sizeof(m->publish_id));
	schema_digest(&s->output->schema, m->schema_digest);
	put_definition(s, m);
	json_decref(m->run);
	m->run = run_new(s->spec);
	m->rows = s->rows;
	m->bytes = 0;
	m->files = mem_new(s->n_files, sizeof(*m->files));
	m->n_files = s->n_files;
	for (size_t i = 0; i < s->n_files; i++) {
		m->files[i] = s->files[i];
		m->files[i].path = mem_str(s->files[i].path);
		m->bytes += s->files[i].bytes;
	}
}

static enum err_code
write_manifest(struct staging *s, const struct manifest *m, struct err *err)
{
	int fd = openat(s->dir, MANIFEST_FILE, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	enum err_code code = ERR_NONE;
	struct buf text;

	if (fd < 0)
		return err_errno(err, "create '%s/" MANIFEST_FILE "'", s->path);
	buf_init(&text, MANIFEST_BYTES_MAX);
	manifest_write(m, &text);
	if (text.full)
		code = err_set(err, ERR_LIMIT, "write '%s/" MANIFEST_FILE "': larger than %s",
			       s->path, SIZE_TEXT(MANIFEST_BYTES_MAX));
	else if (write(fd, text.data, text.bytes) != (ssize_t)text.bytes || fsync(fd))
		code = err_errno(err, "write '%s/" MANIFEST_FILE "'", s->path);
	if (close(fd) && !code)
		code = err_errno(err, "close '%s/" MANIFEST_FILE "'", s->path);
	buf_release(&text);
	return code;
}

enum err_code
staging_finish(struct staging *s, struct manifest *m, struct err *err)
{
	enum err_code code = ERR_NONE;

	if (s->fd >= 0)
		code = end_file(s, err);
	canon_end(&s->canon, m->content_digest);
	if (!code)
		code = name_files(s, m->content_digest, err);
	if (!code)
		code = note_identities(s, err);
	if (code)
		return code;
	fill_manifest(s, m);
	code = manifest_check_counters(m, err);
	if (!code)
		code = write_manifest(s, m, err);
	if (!code && fsync(s->dir))
		code = err_errno(err, "sync '%s'", s->path);
	return code;
}

/* What the files of a directory take. */
static int64_t
directory_bytes(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *entry;
	int64_t bytes = 0;
	struct stat st;

	while (dir && (entry = readdir(dir)))
		if (fstatat(dirfd(dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		    S_ISREG(st.st_mode))
			bytes += (int64_t)st.st_blocks * 512;
	if (dir)
		(void)closedir(dir);
	return bytes;
}

int64_t
staging_bytes(const struct spec *spec)
{
	int64_t bytes = 0;
	struct buf path;

	buf_init(&path, PATH_MAX);
	for (size_t i = 0; i < spec->n_outputs; i++) {
		buf_reset(&path);
		lake_staging(spec->outputs[i].path, spec->attempt, &path);
		bytes += directory_bytes(path.data);
	}
	buf_release(&path);
	return bytes;
}

void
staging_say_room(const char *path, const struct disk_room *room, int64_t staged_bytes,
		 struct buf *out)
{
	buf_format(out, "no_space: %s: %s free of %s", path, SIZE_TEXT(room->free_bytes),
		   SIZE_TEXT(room->all_bytes));
	if (room->all_files && room->free_files < FEW_FILES)
		buf_format(out, ", room for %" PRId64 " of %" PRId64 " files", room->free_files,
			   room->all_files);
	buf_format(out, "; %s were staged", SIZE_TEXT(staged_bytes));
}

void
staging_explain_full(const struct spec *spec, struct err *err)
{
	struct disk_room room, least = { .free_bytes = INT64_MAX };
	struct buf path, text;
	int64_t staged_bytes = staging_bytes(spec);
	char *at = NULL;

	buf_init(&path, PATH_MAX);
	for (size_t i = 0; i < spec->n_outputs; i++) {
		buf_reset(&path);
		lake_staging(spec->outputs[i].path, spec->attempt, &path);
		if (!machine_room(path.data, &room) || room.free_bytes >= least.free_bytes)
			continue;
		least = room;
		free(at);
		at = mem_str(path.data);
	}
	buf_release(&path);
	if (!at)
		return;
	buf_init(&text, sizeof(err->msg));
	staging_say_room(at, &least, staged_bytes, &text);
	err_wrap(err, "%s", text.data);
	buf_release(&text);
	free(at);
}
