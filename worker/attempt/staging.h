/*
 * staging.h - one partition on its way: files, digests and the manifest, before it is published.
 *
 *   staging_open -> staging_add ... -> staging_finish -> staging_close
 *
 * Everything goes into the attempt's own directory (lake_staging()).  Files are
 * called part-00000-<first 8 digits of the content digest>.<format>, a new one
 * begins when one is full, and an empty partition has none.  Closing without
 * finishing leaves what is there: the scheduler discards it.
 */
#ifndef WORKER_ATTEMPT_STAGING_H
#define WORKER_ATTEMPT_STAGING_H

#include "core/lake/manifest.h"
#include "core/project/machine.h"
#include "core/wire/spec.h"
#include "worker/rows/batch.h"

enum { STAGING_FILE_BYTES = 512 << 20 };

struct staging;

/*
 * Make the directory for an output of `spec`, empty.  Both are borrowed until
 * staging_close().  file_bytes: when a file is full; 0 is STAGING_FILE_BYTES.
 */
enum err_code staging_open(struct staging **out, const struct spec *spec,
			   const struct spec_output *output, size_t file_bytes,
			   struct err *err) MUST_CHECK;

/* Append rows[0..n) of a batch that has the output's schema; rows NULL: the first n. */
enum err_code staging_add(struct staging *s, const struct batch *b, const uint32_t *rows, size_t n,
			  struct err *err) MUST_CHECK;

/* How many rows there are so far. */
int64_t staging_rows(const struct staging *s);

/* The directory, absolute; borrowed. */
const char *staging_path(const struct staging *s);

/*
 * Make the files durable and write the manifest.  *m comes with what only the
 * operator knows: inputs, counters, checks, code; the rest is filled here, and
 * *m stays the caller's.
 */
enum err_code staging_finish(struct staging *s, struct manifest *m, struct err *err) MUST_CHECK;

/* What all outputs of an attempt take on the disk so far. */
int64_t staging_bytes(const struct spec *spec);

/* Append "no_space: /lake: 12.0 MiB free of 60.0 MiB; 5.0 MiB were staged". */
void staging_say_room(const char *path, const struct disk_room *room, int64_t staged_bytes,
		      struct buf *out);

/*
 * An attempt had no room to stage: put what is left on the fullest file system of its outputs, and
 * what it had staged, before what `err` says.
 */
void staging_explain_full(const struct spec *spec, struct err *err);

/* Close it, finished or not; the directory stays.  NULL is fine. */
void staging_close(struct staging *s);

#endif
