/*
 * link.h - the names in a DAG file, resolved, and its parts checked against each other.
 */
#ifndef CORE_DAGFILE_LINK_H
#define CORE_DAGFILE_LINK_H

#include "core/parts/reader.h"

/* Resolve and check the drafts; everything is reported.  Fills the dag when nothing was wrong. */
void dagfile_link(struct dagfile *f);

#endif
