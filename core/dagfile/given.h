/* given.h - what a run has to give the templates of a task: outputs of the tasks before it. */
#ifndef CORE_DAGFILE_GIVEN_H
#define CORE_DAGFILE_GIVEN_H

#include "core/dagfile/reader.h"

/*
 * Resolve every outputs.TASK.NAME in the templates of the file, whose edges are known, into
 * `given` of its task; mistakes are reported.
 */
void given_link(struct dagfile *f);

#endif
