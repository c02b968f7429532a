/*
 * spot.h - ways into a lake: no link is followed where Tidemill made what is there.
 *
 * A path is walked from the root one name at a time.  What leads to a dataset may go through
 * links: that is how the owner of the machine laid his disks out.  Everything that Tidemill makes
 * (a partition, and all below .tidemill-lake) must not be a link, so nothing is published to,
 * collected or read from a place outside.
 */
#ifndef CORE_STORAGE_SPOT_H
#define CORE_STORAGE_SPOT_H

#include "core/base/err.h"

#include <limits.h>

/* The directory that holds the last name of a path, and that name. */
struct spot {
	int fd; /* O_PATH: for the *at() calls only */
	char name[NAME_MAX + 1];
};

/*
 * Go to an absolute path; `make`: directories that lead there are made, durably.  ERR_NOT_FOUND,
 * ERR_SYSTEM; ERR_INPUT: a link or no directory where Tidemill made what is there.
 */
enum err_code spot_find(struct spot *out, const char *path, bool make, struct err *err) MUST_CHECK;

/* Leave it again; fine twice. */
void spot_close(struct spot *s);

/* Open the directory `path` itself for reading; as spot_find(). */
enum err_code spot_open_dir(int *fd, const char *path, struct err *err) MUST_CHECK;

/* The error for errno, after `verb` was tried on `path`: what spot_find() gives. */
enum err_code spot_refuse(struct err *err, const char *verb, const char *path);

/* Make the entries of an open directory durable; -1 with errno. */
int spot_sync(int dir);

#endif
