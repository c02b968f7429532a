/* group.h - `groups:` of a DAG file, and what they mean for who waits for whom. */
#ifndef CORE_DAGFILE_GROUP_H
#define CORE_DAGFILE_GROUP_H

#include "core/parts/reader.h"

/* `read` function of the row for `groups:` of a DAG file. */
void dagfile_read_groups(struct yreader *r, const struct key *row, const struct ynode *key,
			 void *base);

/* Index the names of groups, and report those that are also names of tasks. */
void groups_index(struct dagfile *f);

/*
 * What `name` means to somebody in a draft group (-1: in none): the innermost task or group of that
 * name, or by its whole name.  Both indexes are -1: nothing.
 */
struct draft_node groups_resolve(const struct dagfile *f, int32_t group, const char *name);

/* A task needs a group: reported if it is in it, else kept for groups_link(). */
void groups_need(struct dagfile *f, size_t task, uint32_t group, const struct ynode *at);

/*
 * Turn what needs a group, and what a group needs, into edges of tasks: who needs a group needs its
 * ends, and what a group needs is needed by those of its tasks that need none of it.
 */
void groups_link(struct dagfile *f);

/*
 * Groups with retries: none is inside another, none has a setup whose teardown it has not or the
 * other way round, and none waits for something that waits for it.
 */
void groups_check_retries(struct dagfile *f);

/* Copy the drafts into the dag, whose `tasks` are told what group with retries holds them. */
void groups_fill(struct dagfile *f, struct task *tasks);

#endif
