/*
 * project_check.h - mistakes that only show when the DAG files of a project are read together.
 */
#ifndef CORE_PROJECT_PROJECT_CHECK_H
#define CORE_PROJECT_PROJECT_CHECK_H

#include "core/model/limit.h"
#include "core/text/diag.h"

/* The DAG files of a project while they are checked together. */

struct dag_set {
	const char *dir;   /* of the project, for relative paths; NULL: as they are written */
	struct dag **dags; /* in the order of their files */
	bool *bad;         /* something was reported of dags[i] here */
	size_t n, room;
	size_t n_unread;             /* files that gave no dag: nobody knows what they declare */
	bool partial;                /* there may be other files */
	const struct limits *limits; /* the pools that there are; NULL: nobody knows */
	struct diags *diags;
};

/* Everything that spans files.  Sets `bad`; replaces dags whose inputs had to be resolved. */
void dag_set_check(struct dag_set *set);

#endif
