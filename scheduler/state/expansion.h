/*
 * expansion.h - tasks that are expanded over a list: their instances, and the walk over all tasks
 * that count.
 *
 * The task of the definition, the template, stays at its index in run->tasks.  Its instances are
 * tasks of that definition, too, under the same index, told apart by map_index; they never move and
 * are never freed before their run.  From the commit that makes them on they stand for the
 * template: tallies of the run and of what comes after count each of them, and the template is none
 * of those.  Its own state is what they have come to together.
 */
#ifndef SCHEDULER_STATE_EXPANSION_H
#define SCHEDULER_STATE_EXPANSION_H

#include "core/dagfile/items.h"

struct run;
struct run_task;

/* One item of the list. */
struct instance {
	struct run_task *task;
	int32_t map_index;
	char *item;    /* JSON; NULL: never heard of in this process */
	char *outputs; /* what it left, JSON, or NULL */
};

/*
 * Of one task in one run; kept in run->expanded.  The n instances that are not removed are those of
 * the first items of its list.
 */
struct expansion {
	struct instance *items; /* by map_index; among them those that are removed */
	size_t n, made, room;   /* n: that are not */
	size_t total;           /* how many items the list has */
	size_t asked;           /* instances before it were looked at, or need not be */
	uint32_t unfinished;
	bool queued;                   /* in engine.growing */
	char digest[DIGEST_CHARS + 1]; /* of the list */
	struct arena *arena;           /* of `list`, while instances are made of it; or NULL */
	struct expand_items list;
};

/* The expansion of task `index` of a run; NULL: it never was expanded. */
struct expansion *expansion_of(const struct run *run, uint32_t index);

/* The same, made when there is none. */
struct expansion *expansion_make(struct run *run, uint32_t index);

/* How many instances a run has, of all its tasks, with those that are still to be made. */
size_t expansions_count(const struct run *run);

/* How many of its tasks have instances that are still to be made. */
uint32_t expansions_growing(const struct run *run);

/* Its list is not needed any more. */
void expansion_drop_list(struct expansion *x);

/* Free one that is of no run any more; NULL is fine. */
void expansion_free(struct expansion *x);

/* Free all of a run. */
void expansions_release(struct run *run);

/* Have an instance for each of n indexes, ascending; those that there were not are `removed`. */
void instances_make(struct run *run, uint32_t index, const int32_t *at, size_t n);

/* The instance with this index, made in state `removed` when there is none. */
struct run_task *instance_make(struct run *run, uint32_t index, int32_t map_index);

/* The instance of x with this index; NULL: there is none, or it is removed. */
struct instance *instance_find(const struct expansion *x, int32_t map_index);

/* The next from *at on that is not removed, *at behind it; NULL: that was the last. */
struct instance *instance_next(const struct expansion *x, size_t *at);

/* The instance as its expansion has it; the task is one. */
struct instance *instance_of(const struct run_task *t);

/* Are instances of it, or of the template that this instance has, still to be made? */
bool task_grows(const struct run_task *t);

/* Do instances stand for it? */
bool task_is_expanded(const struct run_task *t);

/* How many tasks stand for task `index` of a run: 1, or as many as there are instances. */
size_t task_stands(const struct run *run, uint32_t index);

/* What a task or an instance left, as of task_row; NULL: nothing. */
const char *task_outputs(const struct run_task *t);

/* What rows and people call it: its id, of an instance load[3].  `room` is used if need be. */
const char *task_label(const struct run_task *t, char room[INSTANCE_LABEL_ROOM]);

/* A walk over the tasks of a run, in the order of their indexes. */
struct task_walk {
	struct run *run;
	bool all; /* templates, and instances that are removed, too */
	uint32_t index;
	size_t at;
};

/* The next: one that counts, unless all are asked for; NULL: that was the last. */
struct run_task *walk_next(struct task_walk *w);

#endif
