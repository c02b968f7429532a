/*
 * cover.h - the log of an attempt, without the secrets of its task.
 *
 * Those that are at hand the shim knows itself.  The worker tells the others before its
 * program begins; until then nothing of the output is read, so that none of it goes into
 * the log as it is.
 */
#ifndef WORKER_PROCESS_COVER_H
#define WORKER_PROCESS_COVER_H

#include "core/wire/spec.h"
#include "worker/process/drain.h"

struct cover {
	int pipe_fd;     /* owned; where secrets are told; -1 once all are */
	struct buf read; /* what was read of them */
};

/* Takes pipe_fd; -1: nobody tells any. */
void cover_init(struct cover *c, int pipe_fd);

/* Have the drain mask the secrets that are at hand. */
void cover_begin(const struct spec *spec, struct drain *d);

/* Read what is there of the others, once; when all are told, or none can come any more, it ends. */
void cover_read(struct cover *c, struct drain *d);

#endif
