/*
 * artifact.h - the files that the program of a task leaves with its attempt.
 */
#ifndef WORKER_PROCESS_ARTIFACT_H
#define WORKER_PROCESS_ARTIFACT_H

#include "core/wire/spec.h"

/*
 * Make the empty directory that $TIDEMILL_ARTIFACTS names; what stood there goes.  Nothing is made
 * for a task that leaves none.
 */
enum err_code artifacts_place(const struct spec *spec, struct err *err) MUST_CHECK;

/*
 * The program has ended, with all that it had started: keep the files that its task names, as many
 * and as large as they may be, remove all else, and append the list (core/model/artifact.h);
 * nothing is appended where nothing was left.  Links are never followed and never kept.  What is
 * kept is on the disk when this returns.
 */
void artifacts_take(const struct spec *spec, struct buf *out);

#endif
