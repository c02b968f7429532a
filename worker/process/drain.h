/*
 * drain.h - the output of a worker, into a capped log that never holds it up.
 *
 * The log file is made at the first byte.  The first bytes_max bytes are kept,
 * the rest is read and counted; so is what the disk does not take.  A last
 * line says how much is missing.
 */
#ifndef WORKER_PROCESS_DRAIN_H
#define WORKER_PROCESS_DRAIN_H

#include "worker/process/mask.h"

struct drain {
	int pipe_fd;      /* owned; -1 once its other end is closed */
	int log_fd;       /* -1 before the first byte */
	const char *path; /* borrowed */
	int64_t bytes_max;
	int64_t written;   /* of the output, in the file */
	int64_t over;      /* dropped because of bytes_max */
	int64_t failed;    /* dropped because the file could not be written ... */
	int failed_errno;  /* ... and why, the first time */
	struct mask *mask; /* what of it nobody may read; the caller frees it; NULL: all may be */
};

/* Takes pipe_fd; nothing is allocated. */
void drain_init(struct drain *d, int pipe_fd, const char *path, int64_t bytes_max);

/* Read what is there, once.  False: the other end is closed, and so is this one now. */
bool drain_read(struct drain *d);

/* Write a line of our own, "[tidemill: ...]", past the cap; counted nowhere. */
void drain_note(struct drain *d, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Write the last line if something is missing, and close everything. */
void drain_end(struct drain *d);

#endif
