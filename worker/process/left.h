/*
 * left.h - what the program of a task left in $TIDEMILL_RESULT, read when it has ended.
 */
#ifndef WORKER_PROCESS_LEFT_H
#define WORKER_PROCESS_LEFT_H

#include "core/wire/spec.h"

/*
 * Read and check it by what the task declares; the object that is kept is appended.  Nothing is
 * read, and nothing appended, of a task that declares nothing.  ERR_INPUT, ERR_LIMIT: it is not
 * what was declared, and the sentence says what to write; ERR_SYSTEM: it cannot be read.
 */
enum err_code left_read(const struct spec *spec, struct buf *out, struct err *err) MUST_CHECK;

#endif
