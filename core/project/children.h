/*
 * children.h - tasks that run other dags of the project: is there such a dag, does it have runs for
 * the interval, does it take the params, and does nobody wait for itself?
 */
#ifndef CORE_PROJECT_CHILDREN_H
#define CORE_PROJECT_CHILDREN_H

#include "core/project/project_check.h"

/* What the tasks of dag number `at` ask of the dags that they run; mistakes are reported. */
void children_check(struct dag_set *set, uint32_t at);

/* A dag that runs one with mistakes is bad too: true, and it is reported. */
bool children_spread(struct dag_set *set, uint32_t at);

/*
 * Tasks that would wait for themselves, by the runs that they wait for and by what other dags
 * write.  True: one circle was reported, and its dags are bad.
 */
bool children_circle(struct dag_set *set);

#endif
