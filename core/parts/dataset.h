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

/*
 * Report what a task needs of the columns of its input and does not find: the caret is under the
 * key that names the column, else under `at`.
 */
void dataset_report_columns(struct dagfile *f, const struct draft_task *t, const struct ynode *at,
			    const struct dataset *d, const char *why);

/*
 * Is there a task that writes, but does not say where, or names what is not there?  It may be the
 * writer of any dataset that seems to have none.
 */
bool dataset_output_is_lost(const struct dagfile *f);

#endif
