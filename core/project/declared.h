/*
 * declared.h - the names of a project: its dags, and the datasets that they declare and write.
 */
#ifndef CORE_PROJECT_DECLARED_H
#define CORE_PROJECT_DECLARED_H

#include "core/base/words.h"
#include "core/project/project_check.h"

/* A dataset and who declares it; the quarantine of one is declared with it. */
struct dataset_entry {
	const char *name;
	char *path; /* absolute if the project's directory is known; owned */
	uint32_t dag;
	const struct dataset *dataset;
};

/* Of names that stand twice, the one of the first file counts. */
struct declared_names {
	struct dataset_entry *items; /* in the order of the dags */
	size_t count;
	struct name_index datasets; /* in items */
	struct name_index dags;     /* in the set */
};

/* All that the dags of a set declare; names are borrowed from them. */
void declared_init(struct declared_names *names, const struct dag_set *set);

/* Free what declared_init() made. */
void declared_release(struct declared_names *names);

/* Who declares a dataset of that name, or NULL. */
const struct dataset_entry *declared_dataset(const struct declared_names *names, const char *name);

/* The number of the dag of that id, or -1. */
int declared_dag(const struct declared_names *names, const char *id);

#endif
