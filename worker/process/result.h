/*
 * result.h - what a worker says of itself, into the record of its attempt.
 */
#ifndef WORKER_PROCESS_RESULT_H
#define WORKER_PROCESS_RESULT_H

#include "core/wire/attempt.h"

/*
 * The outcome of a result (core/wire/spec.h), whose message and whatever else is kept of it go into
 * the record; -1: the text is no result.
 */
int result_take(const struct buf *text, struct exit_record *record);

#endif
