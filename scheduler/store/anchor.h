/*
 * anchor.h - do the names of the files that the store holds still lead to them?
 *
 * A descriptor outlives its name: after somebody has removed or replaced the
 * state directory, the lock, the database or its log, or has renamed the
 * project, everything here would go on working, into files that nobody finds
 * again, beside a second scheduler.  So the names are looked at after each commit, before anything
 * is done or answered, and twice a second.
 */
#ifndef SCHEDULER_STORE_ANCHOR_H
#define SCHEDULER_STORE_ANCHOR_H

#include "core/base/err.h"

#include <sys/types.h>
#include <time.h>

/* What a name led to, and how that was left by the last write of ours. */
struct anchor_file {
	dev_t dev;
	ino_t ino;
	off_t bytes;
	struct timespec written; /* as the file system says */
};

/* The lock, the database, its log and its index. */
enum { ANCHOR_FILES = 4 };

struct anchor {
	char *given, *real; /* the project's path as it was named, and without links */
	int dir_fd;         /* the project directory; -1: nothing is anchored */
	struct anchor_file files[ANCHOR_FILES];
};

/* Note what the names lead to now, with the database open and written to. */
enum err_code anchor_note(struct anchor *a, const char *project_dir, struct err *err) MUST_CHECK;

/* Note how our own writes have left the files: after each commit, each move of the log. */
void anchor_wrote(struct anchor *a);

/* Let go; zeros are fine. */
void anchor_release(struct anchor *a);

/*
 * ERR_CONFLICT: a name leads elsewhere or nowhere, or somebody wrote over the database or cut its
 * log; the message says which, what happened, and what to type.  *log_only: lock and database are
 * in their places, only what belongs to the log is not, so that it can still be moved into the
 * database.
 */
enum err_code anchor_check(const struct anchor *a, bool *log_only, struct err *err) MUST_CHECK;

/*
 * A lock in the kernel that no name can be taken from, by the inode of the project directory: who
 * got a lock file made anew while the holder of the old one still lives waits here until that one
 * has noticed, some two seconds at most.  *out: a descriptor that holds it, or -1 where somebody
 * else has it who is none of ours.  ERR_BUSY: one of ours does not let go.
 */
enum err_code anchor_guard(const char *project_dir, int *out, struct err *err) MUST_CHECK;

#endif
