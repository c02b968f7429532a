/* source.c - the files of one partition, or other files that are read together, held open. */
#include "worker/attempt/source.h"

#include "core/time/grid.h"
#include "core/lake/lake.h"
#include "core/storage/identity.h"
#include "core/storage/live.h"
#include "core/storage/spot.h"
#include "core/base/mem.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void
source_close(struct input_source *s)
{
	if (s->dir >= 0)
		(void)close(s->dir);
	for (size_t i = 0; i < s->n_files; i++)
		free(s->files[i]);
	free(s->files);
	free(s->ids);
	free(s->sums);
	free(s->path);
	landing_release(&s->landing);
	free(s->landed.dataset);
	free((struct dialect_rename *)(uintptr_t)s->former.renames);
	json_decref(s->columns);
}

static void
add_file(struct input_source *s, const char *name)
{
	s->files = mem_grow(s->files, s->n_files, &s->files_room, sizeof(*s->files));
	s->files[s->n_files++] = mem_str(name);
}

char *
source_file(const struct input_source *s, size_t file)
{
	if (s->landing.count)
		return mem_str(s->landing.names[file]);
	return s->dir == AT_FDCWD ? mem_str(s->path) : mem_format("%s/%s", s->path, s->files[file]);
}

static struct file_id
id_of(const struct stat *st)
{
	return (struct file_id){ .device = st->st_dev,
				 .inode = st->st_ino,
				 .bytes = st->st_size,
				 .modified = st->st_mtim,
				 .changed = st->st_ctim };
}

static bool
same_time(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

static bool
same_file(const struct file_id *a, const struct file_id *b)
{
	return a->device == b->device && a->inode == b->inode && a->bytes == b->bytes &&
	       same_time(&a->modified, &b->modified) && same_time(&a->changed, &b->changed);
}

/* Note what each file is, before anything of it is read; `gone` is the code for one that is not
 * there. */
static enum err_code
note_files(struct input_source *s, enum err_code gone, struct err *err)
{
	s->ids = mem_new(s->n_files, sizeof(*s->ids));
	for (size_t i = 0; i < s->n_files; i++) {
		enum err_code code = ERR_NONE;
		struct stat st;
		char *name;

		if (!fstatat(s->dir, s->files[i], &st, 0)) {
			s->ids[i] = id_of(&st);
			if (S_ISREG(st.st_mode))
				continue;
			errno = 0;
		}
		name = source_file(s, i);
		if (!errno)
			code = err_set(err, ERR_INPUT, "read '%s': it is not a regular file", name);
		else
			code = errno == ENOENT ? err_set(err, gone, "open '%s': no such file", name)
					       : err_errno(err, "read '%s'", name);
		free(name);
		return code;
	}
	return ERR_NONE;
}

enum err_code
source_check(const struct input_source *s, size_t file, int fd, struct err *err)
{
	enum err_code code;
	struct file_id id;
	struct stat st;
	bool known;
	char *name;

	known = (fd < 0 ? fstatat(s->dir, s->files[file], &st, 0) : fstat(fd, &st)) == 0;
	if (known) {
		id = id_of(&st);
		if (same_file(&id, &s->ids[file]))
			return ERR_NONE;
	}
	name = source_file(s, file);
	if (known || errno == ENOENT)
		code = err_set(err, ERR_CONFLICT,
			       "read '%s': it %s while it was read; let its writer finish, then "
			       "run again",
			       name, known ? "changed" : "went away");
	else
		code = err_errno(err, "read '%s'", name);
	free(name);
	return code;
}

/* What somebody else wrote may be a link to where he has it; what we published is none. */
static enum err_code
open_path(struct input_source *s, struct err *err)
{
	if (s->spec->version)
		return spot_open_dir(&s->dir, s->path, err);
	s->dir = open(s->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s->dir >= 0)
		return ERR_NONE;
	return errno == ENOENT ? err_set(err, ERR_NOT_FOUND, "open '%s': it is not there", s->path)
			       : err_errno(err, "open '%s'", s->path);
}

/* Open the directory of a partition and read its manifest; *found false: no such directory. */
static enum err_code
open_directory(struct input_source *s, struct manifest *m, bool *found, struct err *err)
{
	enum err_code code;
	struct err why;

	*found = false;
	code = open_path(s, &why);
	if (code == ERR_NOT_FOUND)
		return ERR_NONE;
	if (code)
		return err_set(err, code, "%s", why.msg);
	*found = true;
	code = manifest_load_part(m, MANIFEST_ROWS, s->dir, ".", &why);
	if (!code || code == ERR_NOT_FOUND)
		return ERR_NONE;
	return err_set(err, code, "in '%s': %s; move the directory away and run its writer again",
		       s->path, why.msg);
}

/* All bytes of a file into one of the two; it has to be the file that was noted. */
static enum err_code
read_bytes(const struct input_source *s, size_t file, struct digest *d, struct checksum *c,
	   struct err *err)
{
	enum { PIECE_BYTES = 256 << 10 };
	int fd = openat(s->dir, s->files[file], O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	enum err_code code;
	char *piece;
	ssize_t n;

	if (fd < 0 && errno == ENOENT)
		return source_check(s, file, -1, err);
	if (fd < 0)
		return err_errno(err, "open '%s'", s->files[file]);
	piece = mem_new(PIECE_BYTES, 1);
	while ((n = read(fd, piece, PIECE_BYTES)) > 0 || (n < 0 && errno == EINTR)) {
		if (d)
			digest_add(d, piece, n > 0 ? (size_t)n : 0);
		else
			checksum_add(c, piece, n > 0 ? (size_t)n : 0);
	}
	free(piece);
	code = n < 0 ? err_errno(err, "read '%s'", s->files[file]) : source_check(s, file, fd, err);
	(void)close(fd);
	return code;
}

/* The digest of a file as it is on disk: whoever pins it (core/view/stale.c) takes the same. */
static enum err_code
read_digest(const struct input_source *s, size_t file, char out[DIGEST_CHARS + 1], struct err *err)
{
	enum err_code code;
	struct digest d;

	digest_init(&d);
	code = read_bytes(s, file, &d, NULL, err);
	digest_end(&d, out);
	return code;
}

/* File `file` is not what was published; `how` says what is wrong with it. */
static enum err_code
refuse_file(const struct input_source *s, const struct manifest *m, size_t file, const char *how,
	    struct err *err)
{
	char part[GRID_TEXT_CHARS + 1];

	grid_text(s->spec->grid, m->part, part);
	return err_set(err, ERR_INPUT,
		       "read '%s/%s': %s; make the partition again: tidemill backfill create %s "
		       "--from-date %s --to-date %s --reprocess-behavior completed",
		       s->path, m->files[file].path, how, json_get_text(m->code, "dag", "DAG"),
		       part, part);
}

/*
 * Is a file the one that the manifest means?  Where it is the very one that was recorded, it is;
 * else what is in it tells: a copy of the lake has other files.
 */
static enum err_code
check_file(struct input_source *s, const struct manifest *m, size_t file, struct err *err)
{
	const struct manifest_file *f = &m->files[file];
	char digest[DIGEST_CHARS + 1], how[120];
	enum err_code code;
	struct stat st;

	if (fstatat(s->dir, f->path, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? refuse_file(s, m, file, "no such file", err)
				       : err_errno(err, "read '%s/%s'", s->path, f->path);
	if (!S_ISREG(st.st_mode))
		return refuse_file(s, m, file,
				   "it is no plain file, or a link, which is not "
				   "followed",
				   err);
	if (st.st_size != f->bytes) {
		(void)snprintf(how, sizeof(how), "%lld bytes, but the manifest says %lld",
			       (long long)st.st_size, (long long)f->bytes);
		return refuse_file(s, m, file, how, err);
	}
	s->ids[file] = id_of(&st); /* whoever reads it later finds the same */
	if (identity_is(&st, f))
		return ERR_NONE;
	code = read_digest(s, file, digest, err);
	if (!code && strcmp(digest, f->sha256) != 0)
		code = refuse_file(s, m, file, "its content is not what was published", err);
	return code;
}

/*
 * Do the columns have the names that they had when the partition was written, each its own or its
 * former one?  Then they are read under those.
 */
static bool
take_names(struct input_source *s, const struct manifest *m)
{
	const struct schema *now = &s->spec->schema;
	struct column *then = mem_new(now->count, sizeof(*then));
	struct dialect_rename *renames = mem_new(now->count, sizeof(*renames));
	char digest[DIGEST_CHARS + 1];
	size_t n = 0;

	for (size_t i = 0; i < now->count; i++) {
		const char *name = now->columns[i].name;
		const char *had = json_get_text(json_array_get(m->columns, i), "name", "");
		const struct column_note *note = column_note_of(&s->spec->notes, name);

		then[i] = now->columns[i];
		if (!note || !note->was || strcmp(note->was, had) != 0)
			continue;
		then[i].name = note->was;
		renames[n++] = (struct dialect_rename){ .theirs = note->was, .ours = name };
	}
	schema_digest(&(struct schema){ then, now->count }, digest);
	free(then);
	s->former = (struct dialect){ .renames = renames, .n_renames = n };
	s->dialect = n ? &s->former : NULL;
	return strcmp(digest, m->schema_digest) == 0;
}

/* The files that the manifest names, as it says they are. */
static enum err_code
take_manifest(struct input_source *s, const struct manifest *m, struct err *err)
{
	enum err_code code = ERR_NONE;

	if (!take_names(s, m))
		return err_set(err, ERR_INPUT,
			       "read '%s': it was written with other columns than dataset '%s' "
			       "has now; run its writer for that partition again",
			       s->path, s->spec->dataset);
	for (size_t i = 0; i < m->n_files; i++)
		add_file(s, m->files[i].path);
	s->ids = mem_new(m->n_files, sizeof(*s->ids));
	for (size_t i = 0; i < m->n_files && !code; i++)
		code = check_file(s, m, i, err);
	if (code)
		return code;
	s->version = m->version;
	s->rows = m->rows;
	s->columns = json_incref(m->columns);
	memcpy(s->digest, m->content_digest, sizeof(s->digest));
	return ERR_NONE;
}

/* Add a file's name and checksum to d. */
static enum err_code
digest_file(const struct input_source *s, size_t file, struct digest *d, struct err *err)
{
	char *name = source_file(s, file), sum[CHECKSUM_CHARS + 1];
	const char *slash = strrchr(name, '/'), *last = slash ? slash + 1 : name;
	struct checksum c;
	enum err_code code;

	checksum_init(&c);
	code = read_bytes(s, file, NULL, &c, err);
	checksum_end(&c, sum);
	digest_add(d, last, strlen(last) + 1);
	digest_add(d, sum, CHECKSUM_CHARS);
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
list_files(struct input_source *s, struct err *err)
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
	return note_files(s, ERR_INPUT, err);
}

static enum err_code
digest_files(struct input_source *s, struct err *err)
{
	enum err_code code = ERR_NONE;
	struct digest d;

	digest_init(&d);
	for (size_t i = 0; i < s->n_files && !code; i++)
		code = digest_file(s, i, &d, err);
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
		lake_live(spec->path, spec->grid, spec->part, &path);
	else
		lake_version(spec->path, spec->grid, spec->part, spec->version, spec->digest,
			     &path);
	text = buf_give(&path);
	buf_release(&path);
	return text;
}

/* Try one place for the pinned version; *found tells whether it is there. */
static enum err_code
try_version(struct input_source *s, bool live, bool *found, struct err *err)
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
		source_close(s);
		*s = (struct input_source){ .spec = s->spec, .dir = -1, .rows = -1 };
	}
	return code;
}

/* A version that we published. */
static enum err_code
open_pinned(struct input_source *s, struct err *err)
{
	char partition[GRID_KEY_CHARS + 1];
	bool found = false;
	enum err_code code = try_version(s, true, &found, err);

	if (!code && !found)
		code = try_version(s, false, &found, err);
	if (code || found)
		return code;
	grid_key(s->spec->grid, s->spec->part, partition);
	return err_set(err, ERR_CONFLICT,
		       "read %s of dataset '%s': version %lld is no longer there; if nobody "
		       "publishes it now, run its writer again",
		       partition, s->spec->dataset, (long long)s->spec->version);
}

/* A partition that we did not publish, or not yet knowingly: what is there counts. */
static enum err_code
open_unpinned(struct input_source *s, struct err *err)
{
	struct manifest m = { 0 };
	enum err_code code;
	bool found;

	s->path = path_of(s->spec, true);
	code = open_directory(s, &m, &found, err);
	if (!code && !found)
		code = err_set(err, ERR_NOT_FOUND,
			       "read '%s': this partition of dataset '%s' does not exist", s->path,
			       s->spec->dataset);
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
open_single(struct input_source *s, struct err *err)
{
	enum err_code code;

	s->path = mem_str(s->spec->path);
	s->dir = AT_FDCWD;
	add_file(s, s->path);
	code = note_files(s, ERR_NOT_FOUND, err);
	if (!code)
		code = read_digest(s, 0, s->digest, err);
	if (!code && s->spec->digest[0] && strcmp(s->digest, s->spec->digest) != 0)
		code = err_set(err, ERR_CONFLICT,
			       "read '%s': its content changed since the task was dispatched",
			       s->path);
	return code;
}

enum err_code
source_open(struct input_source *s, const struct spec_input *spec, struct err *err)
{
	*s = (struct input_source){ .spec = spec, .dir = -1, .rows = -1 };
	if (spec->missing)
		return ERR_NONE;
	if (!spec->partitioned)
		return open_single(s, err);
	return spec->version ? open_pinned(s, err) : open_unpinned(s, err);
}

enum err_code
source_open_files(struct input_source *s, struct op_ctx *ctx, const struct op_from *from,
		  struct err *err)
{
	enum err_code code;

	*s = (struct input_source){ .spec = &s->landed, .dir = AT_FDCWD, .rows = -1 };
	s->landed = (struct spec_input){ .dataset = mem_str("files"),
					 .format = from->format,
					 .schema = from->schema };
	s->dialect = &from->dialect;
	s->shows_rows = !from->personal.count && !ctx->spec->no_samples;
	code = op_find_files(ctx, from->path, &s->landing, err);
	for (size_t i = 0; i < s->landing.count && !code; i++)
		add_file(s, s->landing.paths[i]);
	s->sums = mem_new(s->n_files, sizeof(*s->sums));
	return code ? code : note_files(s, ERR_INPUT, err);
}

enum err_code
source_stays(const struct input_source *s, struct err *err)
{
	struct stat held, there;

	if (s->dir < 0 || !s->path)
		return ERR_NONE;
	if (fstat(s->dir, &held) == 0 && stat(s->path, &there) == 0 &&
	    held.st_dev == there.st_dev && held.st_ino == there.st_ino)
		return ERR_NONE;
	return err_set(err, ERR_CONFLICT,
		       "read '%s': another version of it was published meanwhile", s->path);
}

int64_t
source_bytes(const struct input_source *s)
{
	int64_t bytes = 0;

	for (size_t i = 0; i < s->n_files; i++)
		bytes += s->ids[i].bytes;
	return bytes;
}

void
source_digest(const struct input_source *s, char out[DIGEST_CHARS + 1])
{
	struct digest d;

	if (!s->sums) {
		memcpy(out, s->digest, sizeof(s->digest));
		return;
	}
	digest_init(&d);
	for (size_t i = 0; i < s->n_files; i++) {
		const char *name = s->landing.names[i];

		digest_add(&d, name, strlen(name) + 1);
		digest_add(&d, s->sums[i], CHECKSUM_CHARS);
	}
	digest_end(&d, out);
}

/* The content of the columns that are wanted; NULL: it is not known of one of them. */
static json_t *
contents_new(const struct input_source *s, const bool *wanted)
{
	const struct schema *schema = &s->spec->schema;
	json_t *out = json_object();

	for (size_t i = 0; i < schema->count; i++) {
		/* They stand in the schema's order: its digest was compared. */
		json_t *column = json_array_get(s->columns, i);
		json_t *content = json_object_get(column, "content");

		if (wanted && !wanted[i])
			continue;
		if (!json_is_string(content)) {
			json_decref(out);
			return NULL;
		}
		json_object_set(out, schema->columns[i].name, content);
	}
	return out;
}

void
source_record(const struct input_source *s, const bool *wanted, struct manifest *m)
{
	struct manifest_input *record;

	m->inputs = mem_resize(m->inputs, m->n_inputs + 1, sizeof(*m->inputs));
	record = &m->inputs[m->n_inputs++];
	*record = (struct manifest_input){ .dataset = mem_str(s->spec->dataset),
					   .partition = mem_new(GRID_KEY_CHARS + 1, 1),
					   .version = s->version,
					   .missing = s->spec->missing,
					   .weekly = s->spec->partitioned &&
						     s->spec->grid.unit == GRID_WEEK,
					   .whole = s->spec->whole,
					   .rows = s->rows };
	source_digest(s, record->digest);
	if (s->spec->partitioned)
		grid_key(s->spec->grid, s->spec->part, record->partition);
	if (s->columns)
		record->columns = contents_new(s, wanted);
}

void
source_warn(const struct input_source *s, const struct spec *spec, size_t column)
{
	const struct spec_input *from = s->spec;
	const char *name = from->schema.columns[column].name;
	const struct column_note *note = column_note_of(&from->notes, name);
	const struct grid days = { .unit = GRID_DAY, .zone = spec->grid.zone };
	char until[GRID_TEXT_CHARS + 1];

	if (!note || grid_part(days, spec->end_us - 1) <= note->deprecated_after)
		return;
	grid_text(grid_days, note->deprecated_after, until);
	op_log("warning: column '%s' of dataset '%s' was to be read until %s, its "
	       "'deprecated_after'; read another one",
	       name, from->dataset, until);
}
