/* program.h - why a program could not be run, in words that help. */
#ifndef WORKER_PROCESS_PROGRAM_H
#define WORKER_PROCESS_PROGRAM_H

#include "core/base/err.h"

/*
 * execvp() of `name` failed with errno `error`, in the directory that it was run in: say why.  A
 * file that is there and "does not exist" has an interpreter that does not.
 */
enum err_code program_error(const char *name, int error, struct err *err);

#endif
