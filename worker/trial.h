/*
 * trial.h - `tidemill tasks test`: one attempt without a shim, in the terminal of a person.
 */
#ifndef WORKER_TRIAL_H
#define WORKER_TRIAL_H

#include "core/wire/spec.h"

/*
 * As `tidemill tasks test`: the same in a child of this process, without a
 * shim, in its terminal and with no deadline; where the task has secrets what
 * it prints comes through pipes, so that they are masked as in a log.  spec->outputs have to be
 * scratch places already, spec->result_path a file that is not there if it leaves anything,
 * spec->state_path one that may be made.  The result's JSON goes to *result (the caller frees it),
 * also for a command that has none of its own; with what it left as the member `left`, for its next
 * try as `kept`. Returns the exit status.
 */
int worker_test(const struct spec *spec, char **result);

#endif
