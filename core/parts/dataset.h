/*
 * dataset.h - `datasets:` of a DAG file, and what their columns come to.
 */
#ifndef CORE_PARTS_DATASET_H
#define CORE_PARTS_DATASET_H

#include "core/parts/reader.h"

/* `read` function of the key: the datasets into drafts. */
void dagfile_read_datasets(struct yreader *r, const struct key *row, const struct ynode *key,
			   void *base);

/* True when path `inner` is `outer` or lies below it. */
bool path_is_inside(const char *inner, const char *outer);

/* An order in which a directory stands right before everything below it; as strcmp(). */
int path_order(const char *x, const char *y);

/*
 * Complete the schema of a dataset, an index, that task `t` writes from what it reads; its inputs
 * are complete before.  What does not go together is reported.
 */
void dataset_complete(struct dagfile *f, struct draft_task *t, int32_t dataset);

#endif
