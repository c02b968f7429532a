/*
 * reader.h - one DAG file while it is read, for this room and core/dagfile only.
 *
 * Reading goes in three steps: the tables of keys fill drafts (dagfile.c,
 * dataset.c, task.c, and the rooms op and check), dagfile_link() resolves names
 * between drafts and checks what they say of each other, and the finished parts
 * are copied into the dag.  Drafts and the tree live in `y.scratch` and die with
 * the reader.
 */
#ifndef CORE_PARTS_READER_H
#define CORE_PARTS_READER_H

#include "core/base/words.h"
#include "core/op/draft.h"
#include "core/text/task_template.h"

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
	bool depends_on_past, wait_for_downstream;
	struct task_limits limits;
};

/* A group on its way; its tasks stand side by side. */
struct draft_group {
	const char *id;
	const struct ynode *key;      /* its name in the file */
	const struct ynode *needs;    /* key, or NULL */
	const struct ynode *defaults; /* key, or NULL */
	const struct ynode *groups;   /* key of those in it, or NULL */
	int32_t parent;               /* index, or -1 */
	uint32_t depth;               /* 1: in no other */
	uint32_t first, count;        /* its tasks */
	struct task_defaults task_defaults;
	struct retry retry;     /* of all of it */
	uint32_t *roots, *ends; /* tasks of it that wait for none, that none waits for, in it */
	size_t n_roots, n_ends;
};

/* A task or a group: the index of the other is -1. */
struct draft_node {
	int32_t task, group;
};

/* `needs` with a group on one of its ends. */
struct draft_need {
	struct draft_node who, what;
	const struct ynode *at;
};

/* Task `down` waits for task `up`. */
struct draft_edge {
	uint32_t down, up;
};

/* A template that tasks of the file name. */
struct used_template {
	const struct constant *kept; /* as definitions keep it */
	struct task_template template;
	bool good;
};

struct dagfile {
	struct yreader y;
	struct dag *dag;
	size_t errors_before; /* in y.diags, when reading began */
	const struct ynode *root, *dag_key, *schedule, *start_date, *end_date, *tasks_key,
	    *groups_key, *defaults_key, *params_key;
	struct task_defaults defaults;
	struct draft_dataset *datasets;
	size_t n_datasets;
	struct draft_task *tasks;
	size_t n_tasks, room_tasks;
	struct draft_group **groups;
	size_t n_groups, room_groups;
	int32_t group; /* whose tasks are read, or -1 */
	bool exits;    /* those of on_exit are read */
	bool is_slice; /* one task alone: what it names of others was looked at before */
	struct draft_need *group_needs;
	size_t n_group_needs, room_group_needs;
	size_t n_edges;
	struct draft_edge *added; /* edges that are not yet in those of the tasks */
	size_t n_added, room_added;
	const struct key *default_rows; /* what `defaults` may say */
	size_t n_default_rows;
	struct name_index dataset_names, task_names, group_names;
	struct used_template *templates; /* what tasks named, each once */
	size_t n_templates, room_templates;
	struct template_size template_size;
	bool is_sample;    /* the task of a template by itself, in the file of templates ... */
	bool guessed;      /* ... without values that only a use can give */
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
