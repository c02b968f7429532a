/*
 * source.h - the files of one partition, or other files that are read together, held open.
 *
 *   source_open, source_open_files -> source_file ... -> source_digest -> source_close
 *
 * A directory is held open, so that a publish meanwhile moves it, but not its files.  Files that
 * nobody pinned may be written over at any time: what each of them is, is noted when the source
 * is opened, and whoever reads it later asks source_check().
 */
#ifndef WORKER_ATTEMPT_SOURCE_H
#define WORKER_ATTEMPT_SOURCE_H

#include "core/base/hash.h"
#include "core/lake/manifest.h"
#include "core/op/from.h"
#include "worker/attempt/ctx.h"

#include <sys/types.h>
#include <time.h>

/* What tells a file from one that took its place, or was written to. */
struct file_id {
	dev_t device;
	ino_t inode;
	int64_t bytes;
	struct timespec modified, changed;
};

struct input_source {
	const struct spec_input *spec;
	int dir;      /* descriptor; AT_FDCWD for an unpartitioned file, -1 when there is nothing */
	char *path;   /* of the directory or file, in messages */
	char **files; /* names in dir, or whole paths, of unpartitioned files */
	size_t n_files, files_room;
	struct file_id *ids; /* of the files when the source was opened */
	/* The checksum of each file, filled in by who reads it to its end; NULL: not asked for. */
	char (*sums)[CHECKSUM_CHARS + 1];
	/* Of source_open_files(); of columns that were called otherwise, `former`; else NULL. */
	const struct dialect *dialect;
	struct dialect former;
	bool shows_rows;          /* its rows may be shown in the log */
	struct landing landing;   /* of source_open_files(), else empty ... */
	struct spec_input landed; /* ... and what stands for it among the inputs */
	int64_t version;
	int64_t rows;    /* as the manifest says; -1: nobody says */
	json_t *columns; /* as the manifest tells of them; NULL: nobody does */
	char digest[DIGEST_CHARS + 1];
};

/*
 * Find what an input was pinned to, live or among the old versions.  ERR_NOT_FOUND: what nobody
 * pinned is not there; ERR_CONFLICT: what was pinned is no longer there.  *s is to be closed
 * whatever happens.
 */
enum err_code source_open(struct input_source *s, const struct spec_input *spec,
			  struct err *err) MUST_CHECK;

/*
 * The files that from->path names, by name; their checksums are asked for.  None is ERR_NOT_FOUND.
 * *s may not move, and is to be closed whatever happens.
 */
enum err_code source_open_files(struct input_source *s, struct op_ctx *ctx,
				const struct op_from *from, struct err *err) MUST_CHECK;

/* Close the directory and free the names. */
void source_close(struct input_source *s);

/* The name of a file in messages.  The caller frees it. */
char *source_file(const struct input_source *s, size_t file);

/*
 * Is a file still what it was when the source was opened?  `fd` is open on what was read; -1: what
 * its name leads to now.  ERR_CONFLICT: no.
 */
enum err_code source_check(const struct input_source *s, size_t file, int fd,
			   struct err *err) MUST_CHECK;

/*
 * Does the path still lead to the directory that was opened?  ERR_CONFLICT: no, a publish put
 * another one there.
 */
enum err_code source_stays(const struct input_source *s, struct err *err) MUST_CHECK;

/*
 * Append to m->inputs what was read: dataset, partition, version, digest, and the content of those
 * columns of its schema that are `wanted`; NULL: of all.
 */
void source_record(const struct input_source *s, const bool *wanted, struct manifest *m);

/* How many bytes all files have together. */
int64_t source_bytes(const struct input_source *s);

/* The digest of the content: as it was pinned, or over names and checksums. */
void source_digest(const struct input_source *s, char out[DIGEST_CHARS + 1]);

/* A column that nobody should read any more is named in the log; the day is the run's. */
void source_warn(const struct input_source *s, const struct spec *spec, size_t column);

#endif
