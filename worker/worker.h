/*
 * worker.h - one attempt of one task, in a process of its own.
 */
#ifndef WORKER_WORKER_H
#define WORKER_WORKER_H

#include "core/wire/spec.h"

/*
 * Do the task: run the built-in operator, or the command, and write the result
 * (spec.h) to result_fd.  Standard output and error are the log.  Returns the
 * process's exit status: 0 when the outcome is ok, 1 otherwise.  A command
 * without output replaces the process and does not return.  Runs after fork,
 * in the sandbox; may exit on allocation failure only.
 */
int worker_main(const struct spec *spec, int result_fd);

#endif
