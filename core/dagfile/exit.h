/* exit.h - `on_exit:` of a DAG file: tasks that run when a run ends, however it does. */
#ifndef CORE_DAGFILE_EXIT_H
#define CORE_DAGFILE_EXIT_H

#include "core/dagfile/reader.h"

/* `read` function of the key on_exit: its tasks, as the last of the file. */
void exits_read(struct yreader *r, const struct key *row, const struct ynode *key, void *base);

/* Do they stand apart from the others, and only run programs?  Edges are settled; reports. */
void exits_check(struct dagfile *f);

#endif
