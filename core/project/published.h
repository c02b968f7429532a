/* published.h - what is published already, against the grids that DAG files say. */
#ifndef CORE_PROJECT_PUBLISHED_H
#define CORE_PROJECT_PUBLISHED_H

#include "core/project/project_check.h"

/*
 * A dataset with published partitions keeps its grid: a file that says another is a mistake, and
 * its dag becomes `bad`.  The state database of set->dir knows; where there is none, or none that
 * can be read, nothing is said.  It is not asked where a live partition of each dataset has the
 * grid that the files say, for all partitions of a dataset have one.
 */
void published_check(struct dag_set *set);

#endif
