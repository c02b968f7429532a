/*
 * storage.h - where partitions live: a row of functions for each kind of place, by URL scheme.
 *
 * The seam is to publish a partition, not to rename a directory: given a
 * partition, what an attempt staged for it and what is expected of both, it is
 * live afterwards, whole, or nothing has changed.  How that is done (an exchange
 * of directories, the end of an upload under a condition, a commit to a log) is
 * the storage's own.
 *
 * What is expected: what is staged is a manifest that names this dataset, this
 * partition and the token of this attempt; what is live is nothing at all, or a
 * manifest.  The token is the publish id: found in the live manifest it says
 * that it already happened, so that everything here can be done again after a
 * crash.  What is live is right about the number of its version; the state
 * database may be behind.
 *
 * Only the scheduler publishes; its rows stand in scheduler/publish/storage.c.
 */
#ifndef CORE_STORAGE_STORAGE_H
#define CORE_STORAGE_STORAGE_H

#include "core/base/err.h"
#include "core/time/grid.h"

struct arena;

/* A partition of a dataset. */
struct storage_partition {
	const char *dataset;
	const char *path; /* of the dataset: an absolute path, or a URL */
	struct grid grid;
	int64_t part;
	size_t n_checks; /* that its definition asks for: what is staged has to have passed them */
};

/* What one attempt staged: all of it in one storage. */
struct storage_job {
	int64_t attempt;
	char token[TOKEN_CHARS + 1];
	const struct storage_partition *outputs; /* in publish order (dag_outputs()) */
	size_t n_outputs;
};

/* One partition as it is live now. */
struct published {
	const char *dataset;
	int64_t part, version;
	char digest[DIGEST_CHARS + 1];
	int64_t rows, bytes;
	bool partial, changed;   /* changed: a new version */
	const char *inputs;      /* JSON, as in partition_row */
	const char *preliminary; /* why it will be made again; static, or NULL */
	/* What its content depends on, and the digest of that; NULL: not known. */
	const char *definition_text, *definition;
};

/*
 * Functions block, touch only their arguments and may run on any thread.
 * ERR_SYSTEM: the place refused; may be tried again.
 */
struct storage {
	const char *scheme; /* "" for absolute paths, else what stands before "://" */

	/*
	 * Before a dataset at `path` is first written: can partitions be published there,
	 * atomically?  ERR_INPUT names path and what it cannot do.
	 */
	enum err_code (*probe)(const char *path, struct err *err);

	/*
	 * Has the place where a dataset is staged room for as many bytes?  ERR_SYSTEM with the
	 * errno ENOSPC: it has not.  What cannot be found out is no reason to wait.
	 */
	enum err_code (*room)(const char *path, int64_t bytes, struct err *err);

	/*
	 * Make the outputs of the job live, one after the other; again after a crash is fine.
	 * `out` has room for n_outputs; strings in it live in `arena`.  All are looked at before
	 * the first goes live.  ERR_INPUT: what is staged is not what was promised, or what is
	 * live is in the way; nothing was changed, unless that came to be in between.
	 * ERR_SYSTEM: out->dataset is set when the first is live already.  Then the others have to
	 * follow, however long that takes; else it is NULL and nothing was changed.
	 */
	enum err_code (*publish)(const struct storage_job *job, struct published *out,
				 struct arena *arena, struct err *err);

	/*
	 * Remove what the attempt staged and did not publish; absent is fine.  What a publish
	 * had under way is brought to its end: no version is lost.
	 */
	enum err_code (*discard)(const struct storage_job *job, struct err *err);

	/* Remove one old version of a partition for good; absent is fine. */
	enum err_code (*collect)(const char *path, struct grid grid, int64_t part, int64_t version,
				 const char *digest, struct err *err);
};

/* The row among n whose scheme `path` has, or NULL. */
const struct storage *storage_find(const struct storage *const *rows, size_t n, const char *path);

#endif
