/* edge.h - who waits for whom in a DAG file that is being read. */
#ifndef CORE_PARTS_EDGE_H
#define CORE_PARTS_EDGE_H

#include "core/parts/reader.h"

/* Count one more edge against the bound, which is reported once, at a node; false: too many. */
bool edges_take(struct dagfile *f, const struct ynode *at);

/* Task `down` waits for task `up`, as of the next edges_settle().  False: too many edges. */
bool edges_add(struct dagfile *f, uint32_t down, uint32_t up, const struct ynode *at);

/* Put what was added to the edges of the tasks, which stay sorted and without doubles. */
void edges_settle(struct dagfile *f);

/* The name of something in a draft group (-1: in none), in the arena; NULL: too long. */
const char *group_member_name(struct dagfile *f, int32_t group, const char *name);

#endif
