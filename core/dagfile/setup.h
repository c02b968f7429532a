/* setup.h - `setup:` and `teardown:` of tasks: what is made before others and cleaned up after. */
#ifndef CORE_DAGFILE_SETUP_H
#define CORE_DAGFILE_SETUP_H

#include "core/dagfile/reader.h"

/* A teardown gets its rule and waits for the setups that it names; before groups_link(). */
void setups_name(struct dagfile *f);

/*
 * Check that every teardown has a setup and something to wait for, and let every task wait for the
 * setups that stand open before it, however far before; after groups_link().
 */
void setups_link(struct dagfile *f);

#endif
