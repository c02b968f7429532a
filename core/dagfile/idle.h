/*
 * idle.h - keys of a DAG file that are written and change nothing.
 */
#ifndef CORE_DAGFILE_IDLE_H
#define CORE_DAGFILE_IDLE_H

#include "core/parts/reader.h"

/*
 * Warn of each key that has an effect only beside others, which are not there: a row in the table
 * of idle.c says when it counts.  The file is read, linked and right.
 */
void idle_say(struct dagfile *f);

#endif
