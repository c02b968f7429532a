/*
 * local_fs.h - what publishing does to the file system, as a table that the simulator can crash.
 */
#ifndef SCHEDULER_PUBLISH_LOCAL_FS_H
#define SCHEDULER_PUBLISH_LOCAL_FS_H

#include "core/lake/manifest.h"

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
	/* As verify, and each file is the very one that the manifest recorded: else ERR_INPUT. */
	enum err_code (*recorded)(void *arg, const char *dir, const struct manifest *m,
				  struct err *err);
	/* Is there nothing at all?  ERR_CONFLICT: there is something. */
	enum err_code (*vacant)(void *arg, const char *dir, struct err *err);
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

/*
 * Before a dataset is first written: make its staging directory and check that the file system
 * can exchange directories and is the same one.  ERR_INPUT names path and what it cannot do.
 */
enum err_code local_probe(const char *path, struct err *err) MUST_CHECK;

/* Of the row of storage.h: is there room to stage as many bytes? */
enum err_code local_room(const char *path, int64_t bytes, struct err *err) MUST_CHECK;

/*
 * Remove what the program of an attempt made and nobody read back ("aN-work" beside its staging
 * directory); a killed worker leaves it.
 */
void local_remove_work(const char *path, int64_t attempt);

#endif
