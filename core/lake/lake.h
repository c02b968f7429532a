/*
 * lake.h - where the partitions of a dataset live.  Pure: names only.
 *
 *   lake/events/event_date=2026-05-01/part-00000-3f9a12c4.csv     live; nothing else in lake/events
 *   lake/events/event_date=2026-05-01/_manifest.json
 *   lake/.tidemill-lake/events/staging/a17/                       private to attempt 17
 *   lake/.tidemill-lake/events/versions/event_date=2026-05-01/000006-81c0d2aa/
 *
 * `path` is the dataset's path, absolute or relative to the caller's directory.
 * All functions append to `out`.
 */
#ifndef CORE_LAKE_LAKE_H
#define CORE_LAKE_LAKE_H

#include "core/base/buf.h"
#include "core/base/mem.h"
#include "core/time/grid.h"

/* Beside the datasets, on the same file system, hidden from every reader's glob. */
#define LAKE_DIR ".tidemill-lake"

/* `path` of a dataset as its declaration says it, absolute: below `dir` unless it is already. */
char *lake_path(struct arena *arena, const char *dir, const char *path);

/* Append the directory of a live partition: "lake/events/event_date=2026-05-01". */
void lake_live(const char *path, struct grid grid, int64_t part, struct buf *out);

/* Append the staging directory of an attempt: ".tidemill-lake/events/staging/a17" beside it. */
void lake_staging(const char *path, int64_t attempt, struct buf *out);

/* Append the directory that holds the old versions of a partition. */
void lake_versions(const char *path, struct grid grid, int64_t part, struct buf *out);

/* The directory of one old version: six digits, the first 8 hex digits of its content digest. */
void lake_version(const char *path, struct grid grid, int64_t part, int64_t version,
		  const char *digest, struct buf *out);

#endif
