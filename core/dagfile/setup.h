/* setup.h - `setup:`, `teardown:`, `on_exit:`: what comes before the work and behind it. */
#ifndef CORE_DAGFILE_SETUP_H
#define CORE_DAGFILE_SETUP_H

#include "core/parts/reader.h"

/* A teardown gets its rule and waits for the setups that it names; before groups_link(). */
void setups_name(struct dagfile *f);

/*
 * Check that every teardown has a setup and something to wait for, and let every task wait for the
 * setups that stand open before it, however far before; after groups_link().
 */
void setups_link(struct dagfile *f);

/* `read` function of the key on_exit: its tasks, as the last of the file. */
void exits_read(struct yreader *r, const struct key *row, const struct ynode *key, void *base);

/* Do they stand apart from the others, and only run programs?  Edges are settled; reports. */
void exits_check(struct dagfile *f);

#endif
