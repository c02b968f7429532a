/*
 * local.h - staged directories become live partitions, atomically.
 *
 * Called when the attempt is committed as `publishing` (the intent) and its
 * process tree is proven empty.  Every step can be done again after a crash:
 * the publish id in the manifest in place says whether it already happened.
 *
 *   per output, quarantine first, main last:
 *   live manifest has our publish id        -> it happened; only tidy up
 *   staged content equals the live content  -> version and files kept, manifest replaced
 *   live exists                             -> exchange(staged, live), sync, old one to versions/
 *   live absent                             -> move(staged, live) without replacing, sync
 *
 * A live directory without a manifest is somebody else's: it is never replaced.
 *
 * File operations go through a table, so that the simulator can crash between
 * any two of them.
 */
#ifndef SCHEDULER_PUBLISH_LOCAL_H
#define SCHEDULER_PUBLISH_LOCAL_H

#include "core/model/manifest.h"
#include "scheduler/rows/words.h"

/*
 * Paths are absolute directories.  ERR_NOT_FOUND when the source is absent,
 * ERR_INPUT when something below the dataset is a link or no directory.
 */
struct publish_fs {
	void *arg;
	/* ERR_NOT_FOUND also for a directory that holds no manifest. */
	enum err_code (*load)(void *arg, const char *dir, struct manifest *out, struct err *err);
	/* Every file of the manifest is there with its size and nothing else is: else ERR_INPUT. */
	enum err_code (*verify)(void *arg, const char *dir, const struct manifest *m,
				struct err *err);
	/* Swap two existing directories atomically. */
	enum err_code (*exchange)(void *arg, const char *a, const char *b, struct err *err);
	/* Rename a directory; parents are made; ERR_CONFLICT when `to` exists. */
	enum err_code (*move)(void *arg, const char *from, const char *to, struct err *err);
	/*
	 * Write *m durably beside `staging`, then rename it over the manifest in `live`.
	 * sync_parent() of that file's path makes the rename durable.
	 */
	enum err_code (*put_manifest)(void *arg, const char *live, const char *staging,
				      const struct manifest *m, struct err *err);
	/* Make the entries of the directory that holds `dir` durable; `dir` itself may be gone. */
	enum err_code (*sync_parent)(void *arg, const char *dir, struct err *err);
	/* Remove a directory and all that is in it; absent is fine. */
	enum err_code (*remove)(void *arg, const char *dir, struct err *err);
};

/* The real one. */
extern const struct publish_fs publish_fs_real;

struct publish_output {
	const char *dataset;
	const char *path; /* of the dataset, absolute */
	int64_t day;
};

struct publish_job {
	int64_t attempt;
	char token[TOKEN_CHARS + 1];
	const struct publish_output *outputs; /* in publish order */
	size_t n_outputs;
};

/*
 * Do it.  `out` has room for n_outputs; strings in it live in `arena`.  What is
 * staged has to name this dataset, day and token.  Its version has to be above
 * the live one; where it is not, the state database is behind the lake (made
 * anew, or a publish was given up half way) and it gets the number after the
 * live one: out->version tells.
 * ERR_INPUT: what is staged is not what was promised; nothing was changed,
 * unless it is what is live that is in the way: then outputs before that one may
 * be published (their publish id says so).
 * ERR_SYSTEM: the file system refused; may be tried again.  Blocks; touches
 * only its arguments, so it may run on any thread.
 */
enum err_code publish_run(const struct publish_fs *fs, const struct publish_job *job,
			  struct published *out, struct arena *arena, struct err *err) MUST_CHECK;

/*
 * Remove what attempt `job->attempt` staged and did not publish.  An old version
 * that a publish left in the staging directory goes to versions/ instead.
 */
enum err_code publish_discard(const struct publish_fs *fs, const struct publish_job *job,
			      struct err *err) MUST_CHECK;

/* Remove one old version directory; absent is fine. */
enum err_code publish_collect(const struct publish_fs *fs, const char *path, int64_t day,
			      int64_t version, const char *digest, struct err *err) MUST_CHECK;

/*
 * Before a dataset is first written: make its staging directory and check that the file system
 * can exchange directories and is the same one.  ERR_INPUT names path and what it cannot do.
 */
enum err_code publish_probe(const char *path, struct err *err) MUST_CHECK;

#endif
