/*
 * task.h - `tasks:` of a DAG file: the keys that every task has.
 */
#ifndef CORE_PARTS_TASK_H
#define CORE_PARTS_TASK_H

#include "core/parts/reader.h"

/* What `missing:` says of inputs that are not there. */
enum missing { MISSING_FAIL, MISSING_ALLOW };

/* Its words; NULL ends them. */
extern const char *const missing_words[];

/* Read a map of tasks, which messages call `what`, into drafts: those of group f->group. */
void dagfile_read_task_map(struct dagfile *f, const struct ynode *key, const char *what);

/* `read` function of `limits`, of a task or of defaults: what is said of struct task_limits. */
void dagfile_read_limits(struct yreader *r, const struct key *row, const struct ynode *key,
			 void *base);

/* `read` function of the key: the tasks into drafts. */
void dagfile_read_tasks(struct yreader *r, const struct key *row, const struct ynode *key,
			void *base);

#endif
