/*
 * result.h - what a worker says of itself, into the record of its attempt.
 */
#ifndef WORKER_PROCESS_RESULT_H
#define WORKER_PROCESS_RESULT_H

#include "core/wire/attempt.h"
#include "core/wire/spec.h"
#include "worker/process/mask.h"

/*
 * The outcome of a result (core/wire/spec.h), whose message and whatever else is kept of it go into
 * the record; -1: the text is no result.
 */
int result_take(const struct buf *text, struct exit_record *record);

/*
 * Of one that did what it was asked to: what it leaves for others goes into the record; when that
 * is not what its task declares, or has a secret (`mask`, or NULL), it ends in an error.
 */
void result_left(const struct spec *spec, struct mask *mask, struct exit_record *record);

/*
 * What it keeps for its next try goes into the record, however it ended.  What cannot be kept is an
 * error of one that ended well, and stands in the message of any other.
 */
void result_state(const struct spec *spec, struct mask *mask, struct exit_record *record);

/* The files that it left with its attempt, however it ended: listed in the record, on the disk. */
void result_artifacts(const struct spec *spec, struct exit_record *record);

#endif
