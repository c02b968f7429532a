/* tree.c - a directory with all that is in it, removed. */
#include "core/storage/tree.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <sys/stat.h>

enum { WALK_FDS = 16 };

/* Once gone is gone, whoever did it. */
static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	(void)remove(path);
	return 0;
}

bool
tree_remove(const char *path)
{
	struct stat st;

	(void)nftw(path, remove_one, WALK_FDS, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
	return lstat(path, &st) < 0 && errno == ENOENT;
}
