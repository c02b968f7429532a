/*
 * live.h - the manifest of a partition that is there, read from this machine's directories.
 *
 * What stands in a manifest is core/lake/manifest.h; that room opens no files.
 */
#ifndef CORE_STORAGE_LIVE_H
#define CORE_STORAGE_LIVE_H

#include "core/lake/manifest.h"

/* Read MANIFEST_FILE in directory `path`, relative to dir.  ERR_NOT_FOUND: there is none. */
enum err_code manifest_load(struct manifest *out, int dir, const char *path,
			    struct err *err) MUST_CHECK;

/* The same of as much of it as `part` says. */
enum err_code manifest_load_part(struct manifest *out, enum manifest_part part, int dir,
				 const char *path, struct err *err) MUST_CHECK;

/* Of partition `of` of the dataset at `path`, which is live; as manifest_load_part(). */
enum err_code manifest_live(struct manifest *out, enum manifest_part part, const char *path,
			    struct grid grid, int64_t of, struct err *err) MUST_CHECK;

#endif
