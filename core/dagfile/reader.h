/*
 * reader.h - one DAG file while it is read, for the files of this room only.
 *
 * Reading goes in three steps: the tables of keys fill drafts (dagfile.c,
 * dataset.c, task.c, and the rooms op and check), dagfile_link() resolves names
 * between drafts and checks what they say of each other, and the finished parts
 * are copied into the dag.  Drafts and the tree live in `y.scratch` and die with
 * the reader.
 */
#ifndef CORE_DAGFILE_READER_H
#define CORE_DAGFILE_READER_H

#include "core/base/words.h"
#include "core/op/draft.h"

/* A dataset on its way. */
struct draft_dataset {
	struct dataset d;            /* schema: as declared until dagfile_link() completes it */
	const struct ynode *key;     /* its name in the file; of a quarantine: its owner's */
	const struct ynode *grid_at; /* where it says its grid, or NULL */
	bool unsure;   /* something about it was reported: nothing more is said about its columns */
	bool complete; /* d.schema is what its writer writes */
};

/* Values of `defaults:`, which a task starts from. */
struct task_defaults {
	struct retry retry;
	int64_t timeout_us;
	int missing; /* enum missing */
};

struct dagfile {
	struct yreader y;
	struct dag *dag;
	size_t errors_before; /* in y.diags, when reading began */
	const struct ynode *root, *dag_key, *schedule, *start_date, *end_date, *tasks_key,
	    *defaults_key, *params_key;
	struct task_defaults defaults;
	struct draft_dataset *datasets;
	size_t n_datasets;
	struct draft_task *tasks;
	size_t n_tasks;
	size_t n_edges;
	struct name_index dataset_names, task_names;
	struct buf *slice; /* dagfile_slice(): where the slice of task slice_of goes; or NULL */
	size_t slice_of;
};

/* The reader that a table's `read` function got. */
static inline struct dagfile *
dagfile_of(struct yreader *r)
{
	return r->owner;
}

#endif
